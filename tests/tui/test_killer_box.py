"""Before a service is ended for good: what it rests on is read, and only a quiet enter answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.screens.case.killer_box import KillerBox
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Ask
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, ONE, THREE, FakeClock, Walk, new_service, playbook, service_at
from tests.drive.screen import SIZES, Tui, running

KILLER = "cancel-ox-mail"


def whats(walk: Walk) -> list[str]:
    """What was recorded of the killer."""
    return [event.what for event in walk.case.log if event.get("item") == KILLER]


def box(tui: Tui) -> KillerBox:
    assert isinstance(tui.screen, KillerBox), tui.text()
    return tui.screen


async def enter(tui: Tui, times: int = 1) -> None:
    """Press enter, and wait until nothing has followed it."""
    for _ in range(times):
        await tui.press("enter")
        await tui.until(lambda: not (isinstance(tui.screen, KillerBox) and tui.screen.deciding))
        await tui.settle()


async def opened(tui: Tui, walk: Walk, *keys: str) -> None:
    tui.app.open_case(walk.case)
    await tui.settle()
    await tui.press(*keys)


@pytest.mark.parametrize("size", SIZES)
async def test_two_steps_end_a_service_and_both_are_recorded(tmp_path: Path, size: tuple[int, int]) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=THREE).back()
    walk.do(EndCall())
    service.start(DOMAIN)
    walk.do(BeginCall("client"))
    async with running(tmp_path, size, service=service) as tui:
        await opened(tui, walk, "enter")
        read = box(tui)
        await tui.until(lambda: not read.shown.waiting)
        seen = "\n".join("".join(text for text, _ in row) for row in read.head())
        for part in (
            DOMAIN,
            "3 mailboxes: all that the console shows?  anna@, info@, sales@",
            "DNS and MX point to Office 365: yes   anna 10:46, just now",
            "JIRA result: completed   3 of 3: anna 10:46, just now",
            "Mail in Office 365, the client says: works   3 of 3",
            f"Another open case of {DOMAIN}",
            "DNS now",
        ):
            assert part in seen, (part, seen)
        for _ in range(8):  # on a small pane enter reads on first
            if read.shown.phase != "read" or whats(walk):
                break
            await enter(tui)
        assert whats(walk) == ["cleared"] and box(tui).shown.not_yet
        shown = walk.case.cleared[0][1].get("shown")
        assert shown[0] == "3 mailboxes: all that the console shows?"
        assert any(row.startswith("Mail in Office 365, the client says: works (3 of 3") for row in shown), shown
        assert "Cancel the OX-Mail service now. Have you cancelled it?" in tui.words()
        assert "enter yes, cancelled esc not yet" in tui.words()
        for _ in range(8):  # and so it does where the question took a row of the others
            if walk.state(KILLER) is State.DONE:
                break
            await enter(tui)
        assert whats(walk) == ["cleared", "ticked"] and walk.state(KILLER) is State.DONE
        assert isinstance(tui.screen, CaseScreen)


async def test_nothing_of_a_product_is_written_into_the_box(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(1).swapped()
    walk.tick("next-invoice")
    walk.answer("essentials-running", "running")
    walk.answer("workflows", "none")
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "enter")
        await enter(tui)
        assert "OX-Mail" not in "".join(text for row in box(tui).head() for text, _ in row)
        assert "Cancel the Email Essentials product now. Have you cancelled it?" in tui.words()
        assert "DNS now" not in tui.words(), "DNS says nothing about this one"
        await enter(tui)
        assert walk.state("cancel-essentials") is State.DONE


async def test_esc_before_it_is_clear_records_nothing_and_afterwards_not_yet(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "enter", "escape")
        assert isinstance(tui.screen, CaseScreen) and whats(walk) == []
        await enter(tui)
        await enter(tui)
        assert "esc not yet" in tui.words()
        await tui.press("escape")
        assert whats(walk) == ["cleared", "not-yet"] and not walk.case.cleared


async def test_space_and_digits_do_not_open_it(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "1", "space")
        assert isinstance(tui.screen, CaseScreen) and "enter shows what it rests on" in tui.words()
        assert whats(walk) == []


# -- quiet
async def test_an_early_enter_is_dropped_and_said(tmp_path: Path) -> None:
    """Within 300 ms of the last row or of another key nothing is answered, and no key is kept for later."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    async with running(tmp_path, service=service, slow=False) as tui:
        hand = [0.0]
        tui.app.typing.monotonic = lambda: hand[0]
        await opened(tui, walk, "enter")
        read = box(tui)
        await tui.until(lambda: not read.shown.waiting)
        await tui.settle()
        for pause, answered in ((0.1, False), (0.25, False), (0.29, False)):
            hand[0] += pause
            await enter(tui)
            assert "enter again: all clear" in tui.words()
            assert bool(whats(walk)) is answered
        hand[0] += 0.31
        await tui.press("j")
        hand[0] += 0.2
        await enter(tui)
        assert whats(walk) == [], "a key begins the quiet time anew"
        tui.app.post_message(events.Paste("\n\n"))
        await tui.settle()
        hand[0] += 0.2
        await enter(tui)
        assert whats(walk) == []
        hand[0] += 0.31
        await enter(tui)
        assert whats(walk) == ["cleared"]
        hand[0] += 0.2
        await enter(tui)
        assert whats(walk) == ["cleared"], "the second question is new: it wants its own quiet time"
        hand[0] += 0.31
        await enter(tui)
        assert whats(walk) == ["cleared", "ticked"]


async def test_lines_that_come_unbracketed_end_nothing(tmp_path: Path) -> None:
    """Two blank lines and a sentence, as a terminal without bracketed paste gives them (keys at one moment)."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    async with running(tmp_path, service=service, slow=False) as tui:
        await opened(tui, walk)
        text = "\n\nplease call the client back, thanks\n"
        keys = [events.Key("enter", "\r") if each == "\n" else events.Key(each, each) for each in text]
        for key in keys:
            tui.app.post_message(key)
        await asyncio.sleep(1)  # longer than anything holds a key back
        await tui.settle()
        assert whats(walk) == [] and walk.state(KILLER) is State.TODO


async def test_enter_reads_on_while_rows_are_out_of_view(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=THREE).back()
    async with running(tmp_path, (40, 12), service=service) as tui:
        await opened(tui, walk, "enter")
        read = box(tui)
        await tui.until(lambda: not read.shown.waiting)
        assert "enter read on" in tui.words() and "the client says: works" not in tui.words()
        pages = 0
        while "enter read on" in tui.words():
            await enter(tui)
            pages += 1
            assert pages < 8 and whats(walk) == []
        assert pages and "DNS now" in tui.words()
        await enter(tui)
        assert whats(walk) == ["cleared"]


# -- the world and other panes
async def test_dns_that_contradicts_locks_it_while_it_is_read(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "enter")
        read = box(tui)
        await tui.until(lambda: not read.shown.waiting)
        tui.app.submit(walk.id, KeepEvidence(evidence_data(DOMAIN, "ox-mail")), lambda _: None, tui.app.tell)
        await tui.settle()
        assert read.shown.phase == "locked" and "is locked" in tui.words()
        await enter(tui)
        assert whats(walk) == [] and isinstance(tui.screen, KillerBox)
        await tui.press("escape")
        assert isinstance(tui.screen, CaseScreen) and whats(walk) == []


async def test_what_another_pane_changed_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    ben = new_service(tmp_path, agent="ben", playbook=playbook())
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "enter")
        await tui.until(lambda: not box(tui).shown.waiting)
        tui.app.watcher.end()  # or this pane reads what Ben changed before the key, and shows that it is locked
        await tui.settle()
        ben.change(walk.id, BeginCall("back-office"))
        other = walk.other(ben)
        other.answer("webmail", "does-not")
        other.answer("webmail", "works")
        await enter(tui)
        assert whats(walk) == [] and "ben changed the JIRA at 10:46. Look, then again." in tui.words()


async def test_a_case_that_is_cleared_asks_when_it_is_opened_and_on_the_row(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    walk.do(Clear(KILLER))
    again = new_service(tmp_path, agent="ben", playbook=playbook())
    async with running(tmp_path, service=again) as tui:
        await opened(tui, walk)
        await tui.until(lambda: isinstance(tui.screen, KillerBox))
        assert "All clear by anna 10:46" in tui.words() and "esc back" in tui.words()
        await tui.press("escape")
        await tui.until(lambda: not isinstance(tui.screen, KillerBox))
        assert whats(walk) == ["cleared"] and walk.case.cleared, "who only looks takes nothing back"
        await tui.press("enter")
        await tui.until(lambda: isinstance(tui.screen, KillerBox))
        await enter(tui)
        assert whats(walk) == ["cleared"], "who has no call here is told to ask anna"
        assert "anna says whether it is cancelled" in tui.words()
    again.change(walk.id, BeginCall("back-office"))
    async with running(tmp_path, service=again) as tui:
        await opened(tui, walk)
        await tui.until(lambda: isinstance(tui.screen, KillerBox))
        assert "Did anna tell you that it is cancelled?" in tui.words()
        await enter(tui)
        assert whats(walk) == ["cleared", "ticked"]
        assert walk.case.marks(KILLER)[""].word == "anna", "it is by word of who cleared it"


async def test_u_leads_back_to_the_question(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "enter")
        await enter(tui, 2)
        assert walk.state(KILLER) is State.DONE
        await tui.press("u")
        await tui.until(lambda: isinstance(tui.screen, KillerBox))
        assert walk.case.cleared and "Have you cancelled it?" in tui.words()
        await tui.press("escape")
        assert whats(walk)[-1] == "not-yet"


async def test_what_changed_since_it_was_clear_refuses_it_and_offers_already(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    walk.do(Clear(KILLER))
    walk.take_back("client-confirms")
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk)
        await tui.until(lambda: isinstance(tui.screen, KillerBox))
        assert box(tui).shown.phase == "locked" and "1 it's already done" in tui.words()
        await tui.press("1")
        assert isinstance(tui.screen, Ask)
        await tui.press(*"Ben, today", "enter")
        assert isinstance(tui.screen, CaseScreen), tui.text()
        assert walk.case.marks("ox-running")[""].value == ("cancelled",)
        assert walk.case.marks("ox-running")[""].told == "Ben, today" and not walk.case.cleared


LOCKED: dict[str, tuple[Callable[[Walk], object], list[str]]] = {
    "early": (lambda walk: walk.plan(2), ["order", "dns-office-365"]),
    "MX is elsewhere": (lambda walk: walk.back().answer("mx", "ox-mail"), ["jira", "dns-office-365", "mx"]),
    "a mailbox came late": (lambda walk: walk.back().do(SetMailboxes(added=f"new@{DOMAIN}")), ["", "devices"]),
}


@pytest.mark.parametrize("why", LOCKED)
async def test_a_locked_killer_leads_to_each_thing_in_the_way(tmp_path: Path, why: str) -> None:
    """A digit goes there, also into a folded step; it records nothing, and a second enter does nothing."""
    make, first = LOCKED[why]
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service)
    make(walk)
    before = whats(walk)
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case, KILLER)
        for place, item in enumerate(first, 1):
            await tui.go_to(KILLER)
            await tui.press("enter", "enter")
            assert screen.checklist.current.item.id == KILLER, tui.text()
            await tui.press("enter")
            offered = tui.screen.options  # type: ignore[attr-defined]
            assert [text.startswith("go to: ") for text, _ in offered] == [True] * len(first) + [False] * 2, offered
            await tui.press(str(place))
            row = screen.checklist.current
            assert row.item.id == item and row.item.text in tui.words()
    assert whats(walk) == before


@pytest.mark.parametrize(("way", "there"), [("details", "Details of the case"), ("dns", "DNS")])
async def test_a_locked_killer_leads_to_what_is_no_item(tmp_path: Path, way: str, there: str) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    if way == "details":
        walk.do(SetMailboxes(removed=ONE, reasons={ONE[0]: "mistyped"}))
    else:
        walk.do(KeepEvidence(evidence_data(DOMAIN, "ox-mail")))
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case, KILLER)
        await tui.press("enter")
        names = [name for name, _ in tui.screen.options]  # type: ignore[attr-defined]
        wanted = {"details": "go to: the details of the case", "dns": "ask DNS anew"}[way]
        await tui.press(str(names.index(wanted) + 1))
        await tui.until(lambda: there in tui.text())
        assert way == "details" or screen.sidebar.asking_dns or screen.panel.has_focus


async def test_a_locked_killer_offers_that_it_was_done_already(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).ordered(2)
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, *("j",) * 20)
        await tui.go_to(KILLER)
        await enter(tui)
        assert "is locked" in tui.words() and "3 it's already done" in tui.words()
        await tui.press("3", *"Kim", "enter")
        assert "When was it done?" in tui.words() and not walk.case.marks("ox-running")[""].told
        await tui.press(*"next week", "enter")
        assert "still to come" in tui.words() or "is not a date" in tui.words()
        await tui.press(*(["backspace"] * 9), *"yesterday 16:20", "enter")
        assert walk.case.marks("ox-running")[""].told == "Kim, Sat 21/11/2026 16:20"
        walk.refused(Cancel(KILLER), "not cleared")


@pytest.mark.parametrize("step", ["read", "cleared"])
async def test_lines_that_come_into_the_open_box_answer_nothing(tmp_path: Path, step: str) -> None:
    """However long it was quiet: a line end that something follows at once is no answer."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).back()
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "enter")
        await tui.until(lambda: not box(tui).shown.waiting)
        if step == "cleared":
            await enter(tui)
        before = whats(walk)
        assert box(tui).shown.phase == step
        tui.seconds += 10
        for each in "\n\nplease":
            tui.app.post_message(events.Key("enter", "\r") if each == "\n" else events.Key(each, each))
        await asyncio.sleep(0.6)
        await tui.settle()
        assert whats(walk) == before


async def test_a_cancellation_that_is_answered_days_later_was_done_when_it_was_cleared(tmp_path: Path) -> None:
    service = service_at(tmp_path / "oxhome", "anna", clock := FakeClock(), playbook())
    walk = Walk(service).back()
    walk.do(Clear(KILLER))
    clock.pass_(days=12)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await opened(tui, walk)
        await tui.until(lambda: "Had you cancelled it then?" in tui.words())
        await enter(tui)
        assert whats(walk) == ["cleared", "ticked"]
        (row,) = (line for line in tui.text().splitlines() if "Cancel the OX-Mail service" in line)
        assert "22/11" in row, "the day it was done, not recorded"
    note = wrap_up(walk.case, service.clock)
    assert "Cancelled the OX-Mail service (done Sun 22/11/2026 10:46, recorded later)" in note
    assert "OX-Mail service: ended here at 10:46" in note
