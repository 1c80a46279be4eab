"""Every state of an item has its own sign and says itself in words, at every size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, Word
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.confirmation import rows
from oxtui.cases.status import State
from oxtui.screens.dialogs.ask import Ask
from oxtui.widgets.glyphs import ASCII, UNICODE
from tests.drive.case import DOMAIN, THREE, FakeClock, Walk, new_service, playbook, service_at
from tests.drive.screen import SIZES, Tui, running

TWO = THREE[:2]


def test_no_two_states_have_one_sign() -> None:
    for glyphs in (UNICODE, ASCII):
        signs = [glyphs.of(state) for state in State if state is not State.NOT_APPLICABLE]
        assert len(set(signs)) == len(signs) and glyphs.question not in signs and glyphs.killer not in signs


async def shown(tui: Tui, case: Case, item: str) -> str:
    """The screen with the cursor on an item."""
    await tui.open(case, item)
    return tui.words()


@pytest.mark.parametrize("size", SIZES)
async def test_each_state_says_itself(tmp_path: Path, size: tuple[int, int]) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).plan(2)
    walk.do(Skip("sme", "she knows already"), Defer("missing", "2026-11-24"))
    walk.tick("order")
    walk.answer("order-completed", "not-yet")
    wanted = {
        "order": ("✓ Place the Office 365 order", "01/12/2026"),
        "sme": ("» Tell an SME", "skipped: she knows already"),
        "missing": ("◷ Is any mail missing?", "later: Tue 24/11/2026"),
        "order-completed": ("? Is the order completed?", "not yet"),
        "dns-office-365": ("⊘ Do DNS and MX", "waiting on the order's completion"),
        "cancel-ox-mail": ("⊘ Cancel the OX-Mail service", "waiting on"),
    }
    async with running(tmp_path, size, service=service) as tui:
        for item, (row, says) in wanted.items():
            seen = await shown(tui, walk.case, item)
            assert re.search("▸" + re.escape(row), seen) and says in seen, (item, seen)
    walk.answer("order-completed", "completed")
    walk.answer("dns-office-365", "yes")
    walk.answer("devices", "connected")
    walk.answer("licence", "another")
    async with running(tmp_path, size, service=service) as tui:
        assert "▸↶ Place the Office 365 order" in await shown(tui, walk.case, "order")
        seen = await shown(tui, walk.case, "devices")
        assert "▸◌ Is every device connected" in seen and "waiting on the order's completion" in seen
        walk.settle("order", "2")
        walk.answer("order-completed", "completed")
        seen = await shown(tui, walk.case, "devices")
        assert "▸↻ Is every device connected" in seen and "check again: the order's completion changed, 10:46" in seen


async def test_a_cleared_killer_says_so_on_its_row(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).back()
    async with running(tmp_path, (120, 40), service=service) as tui:
        await shown(tui, walk.case, "cancel-ox-mail")
        tui.app.show_everywhere(walk.do(Clear("cancel-ox-mail")))
        await tui.settle()
        assert "cleared 10:46: cancelled?" in tui.words() and "enter cancelled?" in tui.words()


async def test_a_mailbox_that_comes_late_has_the_others_number_proposed(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2).sent()
    kim = f"kim@{DOMAIN}"
    walk.do(SetMailboxes(added=kim), Cover(True))
    for item, value in (("devices", "connected"), ("spamexperts", "yes"), ("webmail", "works")):
        walk.answer(item, value)
    async with running(tmp_path, (120, 40), service=service) as tui:
        seen = await shown(tui, walk.case, "jira")
        assert "still kim@" in seen
        await tui.press("space")
        assert isinstance(tui.screen, Ask) and "HOST-4412" in tui.words()
        await tui.press("enter")
        assert set(walk.case.marks("jira")) == {*TWO, kim} and walk.state("jira") is State.DONE


# -- what a killer's confirmation says of its witnesses
def test_witnesses_are_folded_where_all_are_alike_and_open_where_they_differ(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(tmp_path, clock=clock), mailboxes=THREE).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer("dns-office-365", "yes")
    walk.answer("devices", "connected", mailboxes=THREE[:1])
    killer = walk.item("cancel-ox-mail")
    assert [(row.text, row.value, row.locks) for row in rows(walk.case, killer) if row.text.startswith("Devices")] == [
        ("Devices connected to Office 365, anna@", "connected", False),
        ("Devices connected to Office 365, info@, sales@", "not answered", True),
    ]
    walk.answer("devices", "no-device", mailboxes=THREE[1:])
    told = [(row.text, row.value, row.who) for row in rows(walk.case, killer)]
    assert ("Devices connected to Office 365, anna@", "connected", "anna 10:46, just now") in told
    assert (
        "Devices connected to Office 365, info@, sales@",
        "no device of its own (shared)",
        "anna 10:46, just now",
    ) in told
    clock.pass_(days=2)
    other = walk.other(service_at(tmp_path, "priya", clock))
    other.do(BeginCall("client"))
    other.answer("devices", "connected", mailboxes=THREE[1:])
    (row,) = [row for row in rows(other.case, killer) if row.text.startswith("Devices")]
    assert row.value == "connected" and row.who == "3 of 3: 1 anna Sun, 2 priya today" and not row.amber


def test_a_colleagues_word_and_what_was_left_out_are_amber(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path, clock=FakeClock()), mailboxes=THREE).ordered(2)
    walk.answer("order-completed", "completed")
    walk.do(AnswerIt("devices", ("connected",), word=Word("Priya", "2026-11-22T10:46")))
    walk.do(SetMailboxes(removed=(THREE[2],), reasons={THREE[2]: "removed"}))
    amber = {(row.text, row.who) for row in rows(walk.case, walk.item("cancel-ox-mail")) if row.amber}
    assert ("Devices connected to Office 365", "2 of 2: by word of Priya today, not authenticated by them") in amber
    assert (f"Left out: {THREE[2]}", "") in amber


# -- what is counted, and what comes first
def test_an_optional_item_left_undone_does_not_keep_a_case_from_its_full_count(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path, clock=FakeClock()), mailboxes=TWO).back()
    walk.cancel("cancel-ox-mail")
    done, total = walk.case.progress()
    assert done == total - 1 and walk.case.status("chat-follow-up").state is State.TODO
    walk.tick("ox-billing")
    assert walk.case.progress() == (total, total) and not walk.case.open_items()
    walk.tick("chat-follow-up")
    assert walk.case.progress() == (total + 1, total + 1)


def test_what_is_locked_names_first_what_can_be_done_now(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.refused(Clear("cancel-ox-mail"), "the client has not confirmed yet", "first: Is the order completed?")
    walk.answer("order-completed", "completed")
    told = walk.refused(Clear("cancel-ox-mail"), "first: ")
    assert walk.case.scenario
    found = [item for item in walk.case.scenario.items() if f"first: {item.text}" in told]
    assert [walk.state(item.id) for item in found] == [State.TODO], told
