"""The keys that concern a case as a whole: closing, drafts, another scenario, a case of an earlier version, DNS."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.killers import Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Tick
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.evidence import Evidence
from oxtui.cases.status import State
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Confirm, Pick
from oxtui.screens.dialogs.write import Write
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.new_case import NewCaseScreen
from oxtui.service import Service
from oxtui.widgets.panels import TEMPLATE
from tests.drive.case import DOMAIN, ONE, FakeClock, Walk, playbook, service_at
from tests.drive.screen import SIZES, Tui, running
from tests.drive.waiting import PATIENCE
from tests.service.homes.test_homes import put_back


def service_of(home: Path, agent: str = "anna", clock: FakeClock | None = None) -> Service:
    return service_at(home / "oxhome", agent, clock or FakeClock(), playbook())


def notes(case: Case) -> list[str]:
    return [str(event.get("text")) for event in case.log if event.what == "note"]


# -- closing
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_only_the_endings_that_fit_are_offered_first_and_what_is_open_is_said(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).ordered(1)
    async with running(tmp_path, size, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("z")
        assert isinstance(tui.screen, Pick)
        names = [name for name, _ in tui.screen.options]
        assert names == [
            "client unreachable",
            "client changed their mind",
            "handed over",
            "out of scope",
            "other endings",
        ]
        assert "Not complete: 8 still open" in tui.screen.text
        await tui.press("5")
        assert isinstance(tui.screen, Pick)
        others = dict(tui.screen.options)
        assert {"complete", "could not authenticate", "nothing to do", "opened by mistake"} <= set(others)
        assert "The client was authenticated" in others["could not authenticate"]
        await tui.press("1")
        await tui.until(lambda: "8 still open" in tui.told())
        assert walk.case.closed is None


async def test_a_complete_case_closes_with_two_keys(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).back()
    walk.cancel("cancel-ox-mail")
    walk.tick("ox-billing")
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("z", "1")
        await tui.until(lambda: isinstance(tui.screen, HomeScreen))
        assert walk.closed_as("complete")


# -- drafts
async def half_a_note(tui: Tui, text: str) -> None:
    await tui.press("n")
    await tui.type(text)
    await tui.press("escape")


async def test_a_note_being_written_is_named_when_the_case_is_closed_and_saved_with_it(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await half_a_note(tui, "Kim rings at four")
        await tui.press("z")
        assert "You've started a note and not saved it" in tui.text() and "Kim rings at four" in tui.text()
        await tui.press("1")
        await tui.until(lambda: "Close brightside.com.au" in tui.text())
        await tui.press("1", "enter")
        await tui.until(lambda: isinstance(tui.screen, HomeScreen))
        closed = service.find(walk.id)
        assert closed.closed and notes(closed) == ["Kim rings at four"]
        await tui.settle()
        assert service.store.drafts.of(walk.id) == ""


async def test_going_on_with_the_note_closes_nothing(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await half_a_note(tui, "Kim rings")
        await tui.press("z", "2")
        assert isinstance(tui.screen, Write) and tui.screen.typed() == "Kim rings"
        assert walk.case.closed is None


async def test_a_draft_that_another_run_left_is_read_and_gone_on_with(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).begin(3)
    service.store.drafts.keep(walk.id, "half a note")
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("n")
        assert isinstance(tui.screen, Write) and tui.screen.typed() == "half a note"


async def test_an_ending_that_fits_no_longer_is_refused_when_it_is_chosen(tmp_path: Path) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = Walk(service).back()
    walk.cancel("cancel-ox-mail")
    walk.tick("ox-billing")
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        await tui.press("z")
        assert "1 complete" in tui.words()
        pane.change(walk.id, SetMailboxes(added=f"late@{DOMAIN}"))
        screen.case_changed(walk.case)
        await tui.press("1")
        assert not isinstance(tui.screen, Pick) and "A mailbox came after the order" in tui.words()
        assert walk.case.closed is None


async def test_a_note_that_another_pane_has_begun_is_named_before_closing(tmp_path: Path) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        pane.store.drafts.keep(walk.id, "Kim rings at four")
        await tui.press("z")
        assert "You've started a note and not saved it" in tui.text() and "Kim rings at four" in tui.text()


async def test_a_note_never_saved_is_read_in_the_history(tmp_path: Path) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = Walk(service).begin(3)
    pane.change(walk.id, Close("unreachable"))
    service.store.drafts.keep(walk.id, "Kim rings at four")
    async with running(tmp_path, service=service) as tui:
        await tui.press("h", "enter")
        await tui.until(lambda: "NOTE NEVER SAVED" in tui.text())
        assert "Kim rings at four" in tui.text()


async def test_a_note_begun_elsewhere_while_the_case_is_being_closed_outlives_it(tmp_path: Path) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await half_a_note(tui, "Kim rings")
        await tui.press("z", "3")  # without it
        pane.store.drafts.keep(walk.id, "Kim rings at four")
        await tui.press("1", "enter")
        await tui.until(lambda: service.store.get(walk.id) is None)
        await tui.press("h", "enter")
        await tui.until(lambda: "NOTE NEVER SAVED" in tui.text())
        assert "Kim rings at four" in tui.text()


@pytest.mark.parametrize("heard", [True, False], ids=["heard of it", "not yet heard of it"])
async def test_a_note_is_not_lost_where_another_pane_closes_the_case(tmp_path: Path, heard: bool) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        tui.app.watcher.end()
        await tui.press("n")
        await tui.type("the client rings at four")
        pane.change(walk.id, Close("unreachable"))
        if heard:
            assert service.store.get(walk.id) is None
            screen.floor_changed()
            await tui.settle()
            assert isinstance(tui.screen, Write) and tui.screen.typed() == "the client rings at four"
        await tui.press("ctrl+s")
        await tui.until(lambda: "was closed in another pane" in tui.text())
        assert "the client rings at four" in tui.text()
        await tui.press("1")
        await tui.until(lambda: service.store.get(walk.id) is not None and notes(service.case(walk.id)))
        assert notes(service.case(walk.id)) == ["the client rings at four"]


async def test_a_line_being_typed_is_not_lost_where_another_pane_closes_the_case(tmp_path: Path) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = Walk(service).checked("sending-receiving")
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(walk.case)
        screen.sidebar.open(TEMPLATE)
        await tui.settle()
        filled = screen.panel.filled
        assert filled
        place = next(n for n, line in enumerate(filled.lines) if line.editable and line.line.kind == "text")
        screen.panel.put_cursor(place)
        await tui.press("enter")
        assert screen.form.editing
        await tui.type("since the third of May")
        await tui.press("z")
        assert walk.case.closed is None, "it is a letter of the line"
        pane.change(walk.id, Close("unreachable"))
        await tui.until(lambda: "was closed in another pane" in tui.text())
        assert "since the third of Mayz" in tui.text()


async def closed_unheard(
    tui: Tui, walk: Walk, monkeypatch: pytest.MonkeyPatch, *keys: str
) -> list[Callable[[], object]]:
    """Close the case as 'client unreachable', press more keys, and return the news that the screens do not have yet."""
    late: list[Callable[[], object]] = []
    await tui.press("z")
    assert isinstance(tui.screen, Pick)
    place = next(n for n, (name, _) in enumerate(tui.screen.options, 1) if name == "client unreachable")
    monkeypatch.setattr(tui.app.outbox, "_deliver", late.append)
    await tui.press(str(place), *keys)
    await tui.until(lambda: walk.id not in walk.service.documents())
    return late


@pytest.mark.parametrize("flow", [True, False], ids=["call flow", "case"])
async def test_a_case_closed_here_is_not_called_closed_in_another_pane(
    tmp_path: Path, flow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    walk = Walk(service) if flow else Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(walk.case) if flow else CaseScreen(walk.case))
        screen = tui.screen
        assert isinstance(screen, CallFlowScreen | CaseScreen)
        late = await closed_unheard(tui, walk, monkeypatch, *(["enter"] if flow else []))
        screen.floor_changed()  # it is on the disk before the screens hear of it
        assert tui.screen is screen and "another pane" not in tui.told()
        monkeypatch.undo()
        for each in late:
            tui.app.deliver(each)
        await tui.until(lambda: isinstance(tui.screen, HomeScreen))
        assert "is closed: client unreachable" in tui.told()


@pytest.mark.parametrize("flow", [True, False], ids=["call flow", "case"])
async def test_a_case_closed_late_is_left_without_the_screen_that_was_opened_over_it(
    tmp_path: Path, flow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk or the server was slow, and the next client is there already."""
    service = service_of(tmp_path)
    walk = Walk(service) if flow else Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(walk.case) if flow else CaseScreen(walk.case))
        late = await closed_unheard(tui, walk, monkeypatch, *(["enter"] if flow else []), "ctrl+n", "k", "i")
        monkeypatch.undo()
        for each in late:
            tui.app.deliver(each)
        await tui.until(lambda: "is closed: client unreachable" in tui.told())
        await tui.settle()
        assert isinstance(tui.screen, NewCaseScreen)
        await tui.press("escape")
        assert isinstance(tui.screen, HomeScreen)


async def test_a_scenario_chosen_late_does_not_take_the_place_of_the_next_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    case = service.change(service.start(DOMAIN).id, BeginCall("client"))
    late: list[Callable[[], object]] = []
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        monkeypatch.setattr(tui.app.outbox, "_deliver", late.append)
        await tui.press("3", "ctrl+n", "k", "i")
        await tui.until(lambda: late)
        monkeypatch.undo()
        for each in late:
            tui.app.deliver(each)
        await tui.settle()
        assert isinstance(tui.screen, NewCaseScreen) and "ki" in tui.text()
        await tui.press("escape")
        assert isinstance(tui.screen, CaseScreen) and tui.screen.case.number == 3


async def test_a_question_that_comes_late_does_not_take_the_next_clients_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The enter behind the next domain would have closed the case before it."""
    service = service_of(tmp_path)
    case = service.start(DOMAIN)
    late: list[Callable[[], object]] = []
    async with running(tmp_path, service=service) as tui:
        await tui.show(CallFlowScreen(case))
        monkeypatch.setattr(tui.app.outbox, "_deliver", late.append)
        await tui.press("f", "enter", "ctrl+n", "k", "i")
        await tui.until(lambda: late)
        monkeypatch.undo()
        for each in late:
            tui.app.deliver(each)
        await tui.settle()
        assert isinstance(tui.screen, NewCaseScreen) and "ki" in tui.text()
        await tui.press("escape")
        assert isinstance(tui.screen, Confirm) and "Close as" in tui.words()


async def test_a_closing_that_was_dropped_is_not_taken_for_another_panes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key before it was refused, and it was dropped with it: the case is open here until somebody closes it."""
    service = service_of(tmp_path)
    walk, go, change = Walk(service).begin(3), threading.Event(), service.change

    def later(*given: Any) -> Case:
        go.wait(PATIENCE)
        return change(*given)

    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        monkeypatch.setattr(service, "change", later)
        for command in (Tick("nothing"), Close("unreachable")):
            tui.app.submit(walk.id, command, lambda case: None, tui.app.tell)
        go.set()
        await tui.until(lambda: "dropped" in tui.told())
        assert walk.id in service.documents()
        monkeypatch.undo()
        change(walk.id, Close("unreachable"))
        screen.floor_changed()
        await tui.until(lambda: isinstance(tui.screen, HomeScreen) and "no longer open" in tui.told())


# -- another scenario
async def test_what_counts_in_the_other_scenario_is_kept_with_one_key(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).ordered(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("s", "2")
        assert "1 thing already done counts there too: the order" in tui.text()
        assert "1 thing already done will need undoing: Cancel the Office 365 order" in tui.words()
        await tui.press("1")
        await tui.until(lambda: walk.case.number == 2)
        assert walk.case.marks("order") and not walk.case.unwinds
        assert isinstance(tui.screen, CaseScreen)
        row = tui.screen.checklist.current
        assert row and row.item is walk.case.next_item(), "the cursor is on what comes next"


async def test_begun_anew_what_was_done_outside_is_asked_about(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).ordered(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("s", "2", "2")
        await tui.until(lambda: walk.case.number == 2)
        assert [item.id for _, item, _ in walk.case.unwinds] == ["order"]
        assert not walk.case.marks("order")


async def test_what_will_need_undoing_is_said_before_and_esc_changes_nothing(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).ordered(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("s", "3")
        assert isinstance(tui.screen, Confirm)
        assert "will need undoing" in tui.text() and "2 things already done" in tui.text()
        await tui.press("escape")
        assert walk.case.number == 1 and isinstance(tui.screen, CallFlowScreen)


async def test_a_scenario_in_which_nothing_was_done_outside_is_changed_at_once(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).begin(1)
    walk.answer("billed-now", "monthly")
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("s", "3")
        await tui.until(lambda: walk.case.number == 3)
        assert walk.state("issue") is State.TODO


# -- a case of an earlier version
async def test_a_case_of_an_earlier_version_moves_to_todays_steps_and_says_so_once(tmp_path: Path) -> None:
    home = put_back(tmp_path / "former")
    service = service_at(home, "anna", FakeClock(), playbook())
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.press("slash")
        await tui.type("two-sent.com.au")
        await tui.press("enter")
        await tui.until(lambda: isinstance(tui.screen, CaseScreen))
        assert isinstance(tui.screen, CaseScreen)
        case_id = tui.screen.case.id
        assert "comes from an earlier oxtui, and follows today's steps from now on" in tui.told()
        assert [event.what for event in service.case(case_id).log].count("moved") == 1
        tui.app.clear_notifications()
        await tui.press("escape", "escape")
        await tui.until(lambda: isinstance(tui.screen, HomeScreen))
        await tui.press("enter")
        await tui.until(lambda: isinstance(tui.screen, CaseScreen))
        assert "earlier oxtui" not in tui.told()
        assert [event.what for event in service.case(case_id).log].count("moved") == 1


# -- DNS
def answer(domain: str, owner: str) -> Evidence:
    """What a resolver answered."""
    from datetime import UTC, datetime

    from oxtui.cases.evidence import MX

    host = {"ox-mail": "mx1.ox-mail.example", "office365": "x.mail.protection.outlook.com"}[owner]
    return Evidence(
        domain, "192.0.2.53:53", datetime(2026, 11, 21, 23, 50, tzinfo=UTC), mx=(MX(host, 0, owner),), owner=owner
    )


async def test_dns_that_contradicts_an_answer_is_said_in_red_and_locks_the_cancellation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).back()
    monkeypatch.setattr("oxtui.outside.dns.lookup", lambda domain, **_: answer(domain, "ox-mail"))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case)
        await tui.press("v")
        await tui.until(lambda: walk.state("dns-office-365") is State.STALE)
        await tui.until(lambda: "DNS says otherwise" in tui.told())
        assert "DNS says otherwise" in tui.text()
        assert walk.state("cancel-ox-mail") is State.LOCKED


async def test_dns_that_says_the_same_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).back()
    monkeypatch.setattr("oxtui.outside.dns.lookup", lambda domain, **_: answer(domain, "office365"))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case)
        await tui.press("v")
        await tui.until(lambda: walk.case.evidence is not None)
        assert "otherwise" not in tui.told() and walk.state("dns-office-365") is State.DONE


async def test_dns_of_the_domain_that_was_mistyped_is_not_kept(tmp_path: Path) -> None:
    """The answer comes after the domain was changed: it speaks of another one."""
    service = service_of(tmp_path)
    walk = Walk(service, mailboxes=ONE)
    walk.do(BeginCall("client"), KeepEvidence(answer(DOMAIN, "ox-mail").to_data()))
    from oxtui.cases.commands.details import ChangeDomain

    walk.do(ChangeDomain("other.com.au", same_client=True))
    assert walk.case.evidence is None and not walk.case.situation.evidence


# -- cleared, and no answer
async def test_a_service_that_was_cleared_and_not_answered_is_told_in_every_pane(tmp_path: Path) -> None:
    clock = FakeClock()
    service, pane = service_of(tmp_path, clock=clock), service_of(tmp_path, "Ben", clock)
    walk = Walk(pane).back()
    walk.do(Clear("cancel-ox-mail"))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.until(lambda: tui.app.watcher.cleared)
        await tui.settle()
        assert "CANCELLED?" not in tui.text(), "Ben is still at it"
        clock.pass_(minutes=2)
        tui.app._time_passed()
        await tui.until(lambda: f"{DOMAIN}: cleared at 10:46 by Ben, cancelled?" in tui.text())
        looked = tui.app.watcher.cleared
        walk.do(NotYet("cancel-ox-mail"))
        await tui.until(lambda: "CANCELLED?" not in tui.text())
        tui.app.watcher.cleared = looked  # answered in this pane, the next look is still to come
        tui.app.refresh_bars()
        await tui.settle()
        assert "CANCELLED?" not in tui.text()


async def test_a_step_that_is_wrong_is_told_to_whoever_writes_the_playbook(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("exclamation_mark")
        await tui.type("asked twice")
        await tui.press("enter")
        await tui.until(lambda: walk.case.log[-1].what == "remark")
        assert "Noted for whoever writes the playbook" in tui.text()
