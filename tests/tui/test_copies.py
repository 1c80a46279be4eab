"""Copies by keys: the guard decides first, "copy begun" is on disk before the clipboard is written, then its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Sent
from oxtui.cases.commands.calls import Revoke
from oxtui.cases.commands.copies import BeginCopy, RecordCopy
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Note
from oxtui.errors import Refusal
from oxtui.outside.clipboard import Copied
from oxtui.screens.dialogs.ask import Confirm
from oxtui.secret import Secret
from oxtui.service import Service
from oxtui.widgets.panels import PRO_RATA, TEMPLATE
from tests.drive.case import ONE, FakeClock, Walk, playbook, service_at
from tests.drive.screen import Tui, running


def service_of(home: Path, agent: str = "anna", clock: FakeClock | None = None) -> Service:
    return service_at(home / "oxhome", agent, clock or FakeClock(), playbook())


def kinds(walk: Walk) -> list[str]:
    return [event.what for event in walk.case.log]


def at_the_chat_notice(service: Service) -> Walk:
    """Scenario 1, on the item whose template is complete."""
    return Walk(service, service.start("brightside.com.au", mailboxes=ONE).id).plan(1)


def at_the_jira(service: Service) -> Walk:
    """Scenario 2 before the JIRA is raised; its template holds a password."""
    walk = Walk(service, service.start("brightside.com.au", mailboxes=ONE).id).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer("dns-office-365", "yes")
    walk.answer("devices", "connected")
    assert walk.case.scenario
    for item in walk.case.scenario.step_of["jira"].items:
        if item.kind == "question" and walk.case.status(item.id).state == "todo":
            walk.answer(item.id, {"missing": "no", "missing-since": "2026-11-03"}.get(item.id) or item.answers[0].id)
    return walk


def events_on_disk(file: Path, case_id: str) -> list[str]:
    """The names of a case's events, read from the file as it is now."""
    tables = [table for table in json.loads(file.read_bytes()).values() if isinstance(table, dict)]
    cases: list[dict[str, Any]] = [each for table in tables for each in table.values() if isinstance(each, dict)]
    return [event["what"] for case in cases if case.get("id") == case_id for event in case["log"]]


class Board:
    """A clipboard that tells what was on the disk when it was written."""

    def __init__(self, tui: Tui, monkeypatch: pytest.MonkeyPatch, walk: Walk) -> None:
        self.texts: list[str] = []
        self.logs: list[list[str]] = []
        file = walk.service.places.cases

        def copy(text: str, *, secret: bool = False) -> Copied:
            self.logs.append(events_on_disk(file, walk.id))
            self.texts.append(text)
            return Copied("system", "Copied")

        from oxtui.screens.shell.copying import clipboard_of

        monkeypatch.setattr(clipboard_of(tui.app), "copy", copy)


async def test_a_copy_is_begun_on_disk_before_the_clipboard_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    walk = at_the_chat_notice(service)
    async with running(tmp_path, service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        await tui.open(walk.case, "tell-team")
        await tui.pilot.press("y")
        await tui.until(lambda: "copying" in tui.text())
        await tui.until(lambda: kinds(walk)[-1] == "copied")
        assert board.logs[0][-1] == "copying", "nothing is on the clipboard that is not recorded"
        assert kinds(walk)[-2:] == ["copying", "copied"]
        assert walk.case.log[-1].get("begun") == walk.case.log[-2].id and walk.case.log[-1].get("how") == "Copied"
        assert "I DONT WANT OX-MAIL" in board.texts[0]
        await tui.until(lambda: "copying" not in tui.text() and "copied 10:46" in tui.text())


async def test_after_the_call_has_lapsed_nothing_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen still stands as it was drawn: y is decided on what is so now."""
    clock = FakeClock()
    service = service_of(tmp_path, clock=clock)
    walk = at_the_jira(service)
    async with running(tmp_path, service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        screen = await tui.open(walk.case, "jira")
        clock.pass_(minutes=61)
        assert screen.case.conversation.live, "as it was drawn"
        await tui.press("y")
        await tui.until(lambda: "lapsed" in tui.told())
        await tui.press("S")
        await tui.settle()
        assert not board.texts and "copying" not in kinds(walk)


async def test_an_authentication_taken_back_while_the_question_is_open_lets_nothing_be_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = at_the_jira(service)
    async with running(tmp_path, service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        await tui.open(walk.case, "jira")
        await tui.press("y")
        assert isinstance(tui.screen, Confirm), "a line is missing"
        pane.change(walk.id, Revoke("another person called"))
        await tui.press("enter")
        await tui.until(lambda: "needs an authenticated client" in tui.told())
        assert not board.texts and "copying" not in kinds(walk)


async def test_what_somebody_changed_while_the_question_was_open_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, pane = service_of(tmp_path), service_of(tmp_path, "Ben")
    walk = at_the_jira(service)
    async with running(tmp_path, service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        await tui.open(walk.case, "jira")
        await tui.press("y")
        pane.change(walk.id, SetMailboxes(added="late@brightside.com.au"))
        await tui.press("enter")
        await tui.until(lambda: "Ben changed the mailboxes" in tui.told())
        assert not board.texts


async def test_a_copy_that_cannot_be_recorded_says_so_and_its_password_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    walk = at_the_jira(service)
    change = service.change

    def refusing(case_id: str, command: Command, sent: Sent | None = None) -> Case:
        if isinstance(command, RecordCopy):
            raise Refusal("It could not be written")
        return change(case_id, command, sent)

    monkeypatch.setattr(service, "change", refusing)
    async with running(tmp_path, service=service) as tui:
        lent: list[str] = []

        def lend(board: object, text: str, shown: str = "") -> Copied:
            lent.append(text)
            return Copied("system", "Copied")

        monkeypatch.setattr(tui.app.clipboard_secrets, "copy", lend)
        service.keep_secret(walk.id, ONE[0], Secret("hunter2horse"))
        await tui.open(walk.case, "jira")
        await tui.press("y")
        if isinstance(tui.screen, Confirm):
            await tui.press("enter")
        await tui.until(lambda: "not recorded" in tui.told())
        assert "hunter2horse" in lent[0], "it went the way that takes it back"
        assert kinds(walk)[-1] == "copying"
        assert "copied, not recorded yet" in tui.text()


async def test_a_copy_that_nobody_confirmed_is_never_told_as_copied(tmp_path: Path) -> None:
    """The program ended between the two: the row and the note say so, and no question comes up."""
    service = service_of(tmp_path)
    walk = at_the_chat_notice(service)
    walk.do(BeginCopy("i-dont-want-ox-mail"))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case, "tell-team")
        assert "copy begun, not confirmed 10:46" in tui.text()
        assert "not confirmed" in service.note(walk.case)


async def test_a_template_and_the_exact_words_have_a_key_each_shown_in_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    walk = at_the_jira(service)
    async with running(tmp_path, (120, 40), service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        await tui.open(walk.case, "jira")
        assert "y the template   S Hosting - OX Mail" in tui.text()
        await tui.press("S")
        await tui.until(lambda: board.texts == ["Hosting - OX Mail"])
        assert "copying" not in kinds(walk), "the words are no template"


async def test_y_in_the_panel_copies_what_the_panel_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(tmp_path)
    walk = at_the_chat_notice(service)
    async with running(tmp_path, (120, 40), service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        screen = await tui.open(walk.case, "tell-team")
        screen.sidebar.open(TEMPLATE)
        await tui.settle()
        assert "y copies it" in tui.text()
        await tui.press("y")
        await tui.until(lambda: len(board.texts) == 1)
        await tui.press("shift+tab")
        assert board.texts[0].startswith("I DONT WANT OX-MAIL")


@pytest.mark.parametrize("at", [at_the_chat_notice, at_the_jira])
async def test_the_copy_of_a_template_comes_first_in_the_footer_once_it_is_complete(
    at: Callable[[Service], Walk], tmp_path: Path
) -> None:
    service = service_of(tmp_path)
    walk = at(service)
    async with running(tmp_path, (80, 24), service=service) as tui:
        screen = await tui.open(walk.case)
        await tui.press("t")
        if screen.form.editing:
            await tui.press("escape")
        assert screen.panel.has_focus and screen.panel.filled
        first = screen.hints()[0].action
        assert (first == "copy") == (not screen.panel.filled.missing), screen.hints()


async def test_a_scenario_that_works_nothing_out_has_no_page_for_it(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = at_the_chat_notice(service)
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(walk.case)
        assert PRO_RATA in screen.panel.names
        screen.case_changed(walk.do(Choose(3)))
        await tui.settle()
        assert PRO_RATA not in screen.panel.names and "Pro-rata" not in tui.text()


async def test_a_note_that_fits_a_comment_with_its_line_is_copied_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    walk = at_the_chat_notice(service)
    async with running(tmp_path, (120, 40), service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        await tui.open(walk.case, "tell-team")
        await tui.press("Y")
        await tui.until(lambda: len(board.texts) == 1)
        assert board.texts[0] == service.note(walk.case) and "\n\noxtui:2:" in board.texts[0]
        assert "Y again" not in tui.text()


async def test_the_note_fits_a_comment_then_comes_whole_then_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(tmp_path)
    walk = at_the_jira(service)
    for number in range(60):
        walk.do(Note(f"{number}: the client told at length what happened to the mail of the whole office that day"))
    async with running(tmp_path, (120, 40), service=service) as tui:
        board = Board(tui, monkeypatch, walk)
        await tui.open(walk.case, "jira")
        while not (board.texts and board.texts[-1].startswith("oxtui:")):
            count = len(board.texts)
            assert count < 8
            await tui.press("Y")
            await tui.until(lambda count=count: len(board.texts) > count)  # type: ignore[misc]
        short, *whole, line = board.texts
        assert len(short) <= 4000 and short.startswith("brightside.com.au")
        assert all(len(part) <= 4000 for part in whole) and "59: the client" in "".join(whole)
        assert line.startswith("oxtui:") and service.versions(line) is None
