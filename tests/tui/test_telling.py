"""Messages about keys: one refusal at a time, cleared by the next key that acts; and no key is silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.waiting import SetHold
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Ask
from oxtui.screens.pages.help import HelpScreen
from oxtui.widgets.panels import TEMPLATE
from tests.drive.case import DOMAIN, Walk, new_service, playbook
from tests.drive.screen import SIZES, Tui, running


def refusals(tui: Tui) -> list[str]:
    """Every refusal on the screen: under its row, or in a message of its own."""
    told = tui.screen.checklist.shown.refused if isinstance(tui.screen, CaseScreen) else None
    return [note.message for note in tui.app._notifications if note.title == "Not now"] + (
        [told.message] if told else []
    )


async def test_one_refusal_is_told_at_a_time_and_goes_with_the_key_that_acts(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).begin(1)
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        for item in ("order", "order", "accounts-swapped"):
            await tui.go_to(item)
            await tui.press("space")
            assert len(refusals(tui)) == 1
        assert "Move the mailbox" in refusals(tui)[0]
        screen.checklist.put_cursor(0)
        await tui.press("1")
        await tui.until(lambda: not refusals(tui))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 44)])
async def test_a_refusal_that_is_repeated_takes_no_row_and_leaves_its_own_in_view(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """25 times `space` on a locked item: the page stays as it was after the first, and the row is on it."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(2)
    async with running(tmp_path, size, service=service) as tui:
        await tui.open(walk.case, "cancel-ox-mail")
        before = tui.text()
        await tui.press("x")
        first = tui.text()
        assert "cannot be skipped" in " ".join(first.split())
        for _ in range(24):
            await tui.press("x")
            assert tui.text() == first and "Cancel the OX-Mail service" in tui.text()
        await tui.press("k", "j")
        assert tui.text() == before, "every row comes back when it goes"


async def test_what_cannot_be_skipped_says_so(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(2)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "cancel-ox-mail")
        assert "skip" not in tui.lines()[-1]
        await tui.press("x")
        assert refusals(tui) and not isinstance(tui.app.screen, Ask)


async def test_from_the_back_office_a_authenticates_the_client(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(2)
    walk.do(EndCall(), BeginCall("back-office"))
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "devices")
        assert tui.lines()[-1].split()[:2] == ["a", "authenticated"]
        await tui.press("a")
        await tui.until(lambda: walk.case.conversation.mode == "client")


async def test_where_the_work_waits_w_is_in_the_footer(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(2).sent()
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case, "jira-result")
        assert tui.lines()[-1].split("   ")[:2] == [" 1-3 answer", "w waiting"]
        walk.do(EndCall())
        screen.case_changed(walk.case)
        await tui.settle()
        assert "space" not in tui.lines()[-1], "it would be refused"


async def test_digits_that_only_mark_say_so(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "issue")
        assert tui.lines()[-1].split("   ")[0] == " 1-4 mark"


async def test_undo_says_what_stands_again(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).begin(1)
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        for digit in "12":
            await tui.go_to("billed-now")
            await tui.press(digit)
        await tui.press("u")
        first, second = screen.case.scenario.by_id["billed-now"].answers[:2]
        assert f"As before: {first.text}" in tui.told()
        await tui.press("u")
        assert tui.told().count("As before") == 1 and second.text not in tui.told()


async def test_the_help_is_scrolled_as_every_list_is(tmp_path: Path) -> None:
    async with running(tmp_path, (40, 12)) as tui:
        await tui.press("question_mark")
        top = tui.text()
        await tui.press("j", "j")
        below = tui.text()
        assert below != top and isinstance(tui.screen, HelpScreen)
        await tui.press("k", "k")
        assert tui.text() == top


@pytest.mark.parametrize("size", SIZES)
async def test_an_item_done_for_some_mailboxes_names_the_others(tmp_path: Path, size: tuple[int, int]) -> None:
    service = new_service(tmp_path, playbook=playbook())
    anna, *others = (f"anna@{DOMAIN}", f"info@{DOMAIN}", "kim@elsewhere.example")
    walk = Walk(service, mailboxes=(anna, *others)).ordered(2)
    walk.answer("order-completed", "completed")
    async with running(tmp_path, size, service=service) as tui:
        screen = await tui.open(walk.answer("devices", "connected", mailboxes=(anna,)), "devices")
        assert "still  info@, kim@elsewhere.example" in tui.text()
        screen.case_changed(walk.answer("devices", "connected"))
        await tui.settle()
        assert "still  " not in tui.text()


async def test_the_endings_name_what_is_open_once(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).plan(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("z")
        assert tui.text().count("still open") == 1 and "(locked)" not in tui.text()
        assert tui.text().count("is still running and billed") == 1


async def test_a_hold_is_told_inside_its_case(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(2)
    walk.do(SetHold("Platform Support", "2026-11-24"))
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        assert "waits for Platform Support" in tui.text()


async def test_a_key_seen_twice_is_one_letter_of_a_sentence(tmp_path: Path) -> None:
    """The app sees a key again when nothing below it wanted it: in a hurry the next one has come by then."""
    async with running(tmp_path, slow=False) as tui:
        keys = [events.Key(letter, letter) for letter in "jo"]
        for key in (*keys, *keys):
            tui.app.typing.takes(key)
        assert tui.app.typing.burst and tui.app.typing.burst.text == "jo"


async def test_a_second_template_that_is_wanted_is_named(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).checked("sending-receiving", "missing-mail")
    async with running(tmp_path, (120, 50), service=service) as tui:
        screen = await tui.open(walk.case, "sme-case")
        screen.sidebar.open(TEMPLATE)
        await tui.settle()
        first = tui.words()
        assert "t turns to" in first
        await tui.press("escape", "t")
        await tui.until(lambda: "t turns to" in tui.words())
