"""What quick or half-done work comes to: defaults taken at once, drafts, days that cannot be, marks without colour."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import Input

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.reasons import quote_flaw
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Ask
from oxtui.screens.dialogs.secrets import AskSecret
from oxtui.store.local.purge import purge_case
from oxtui.widgets.panels import TEMPLATE
from tests.drive.case import DOMAIN, new_service, playbook
from tests.drive.case import Walk as Worked
from tests.drive.screen import running, walking

THREE = (f"anna@{DOMAIN}", f"info@{DOMAIN}", f"kim@{DOMAIN}")


# -- at three keys a second
@pytest.mark.parametrize("gap", [0.1, 0.3])
async def test_what_a_dialog_offers_is_taken_by_quick_hands(tmp_path: Path, gap: float) -> None:
    async with walking(tmp_path) as walk:
        worked = Worked(walk.service).plan(1)
        await walk.open(worked.case)
        await walk.keys("w", "4", "enter", gap=gap)
        await walk.wait(3)
        assert worked.case.hold and worked.case.hold.waits_for
        await walk.fresh_home()
        worked = Worked(walk.service, walk.service.start("other.example", mailboxes=("jo@other.example",)).id).begin(3)
        await walk.open(worked.case)
        await walk.keys("d", "enter", gap=gap)
        await walk.wait(3)
        assert any(entry.what == "deferred" for entry in worked.case.log)
        await walk.fresh_home()
        fresh = walk.service.start("third.example")
        await walk.show(CallFlowScreen(fresh))
        await walk.keys("f", "enter", gap=gap)
        await walk.wait(3)
        assert [entry.what for entry in walk.service.case(fresh.id).log].count("auth-failed") == 1


# -- drafts
async def test_a_note_that_is_being_written_outlives_the_program(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = Worked(service).plan(1).case
    async with running(tmp_path, service=service) as tui:
        await tui.open(case)
        await tui.press("n")
        await tui.type("Kim rings back")
        await tui.until(lambda: service.store.drafts.of(case.id) == "Kim rings back")
    again = new_service(tmp_path)  # as after a kill: nothing was saved, nothing was closed
    async with running(tmp_path, service=again) as tui:
        await tui.open(again.case(case.id))
        await tui.press("n")
        assert "Kim rings back" in tui.text() and "Begun before" in tui.text()
        await tui.press("ctrl+s")
        assert "The note is saved" in tui.told()
        await tui.until(lambda: not again.store.drafts.path.exists())
        assert [entry.get("text") for entry in again.case(case.id).log if entry.what == "note"] == ["Kim rings back"]


async def test_esc_keeps_a_note_as_a_draft_and_a_password_is_none(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = Worked(service).plan(1).case
    async with running(tmp_path, service=service) as tui:
        await tui.open(case)
        await tui.press("n", *"half", "escape")
        await tui.until(lambda: service.store.drafts.of(case.id) == "half")
        assert service.store.drafts.path.stat().st_mode & 0o777 == 0o600
        await tui.press("n", "end", *": password: Xy7-lk2!", "escape")
        await tui.until(lambda: service.store.drafts.of(case.id) == "")
        assert "Xy7" not in "".join(path.read_text("utf-8", "replace") for path in service.places.home.glob("*.json"))
        assert not any(entry.what == "note" for entry in service.case(case.id).log)


def test_a_draft_outlives_the_closing_of_its_case_and_goes_with_the_case_itself(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    one, two = Worked(service).plan(1), Worked(service, service.start("two.example").id)
    service.store.drafts.keep(one.id, "one")
    service.store.drafts.keep(two.id, "two")
    one.do(Close("unreachable"))
    service.store.drafts.keep(two.id, "two more")
    service.store.drafts.prune()
    assert json.loads(service.store.drafts.path.read_text()) == {one.id: "one", two.id: "two more"}
    purge_case(service.store, one.id)  # type: ignore[arg-type]
    service.store.drafts.prune()
    assert json.loads(service.store.drafts.path.read_text()) == {two.id: "two more"}
    service.store.drafts.path.write_text("[not json")
    assert service.store.drafts.of(two.id) == ""
    service.store.drafts.keep(two.id, "again")
    assert service.store.drafts.of(two.id) == "again"


# -- days
async def test_days_that_cannot_be_are_refused_or_asked_about(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    worked = Worked(service).plan(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(worked.case)
        await tui.press("w", "4", *"20/11", "enter")
        assert "20/11/2026 is past" in tui.text() and worked.case.hold is None
        await tui.press("escape", "escape")
        worked.do(EndCall())
        missing = Worked(service, service.start("three.example", mailboxes=("jo@three.example",)).id)
        await tui.open(missing.checked("missing-mail").case, "missing-dates")
        await tui.press("enter", *"20/11 to 31/12/2026", "enter")
        assert "This looks like a date in the future" in tui.text() and isinstance(tui.screen, Ask)
        await tui.press("enter")
        assert missing.case.marks("missing-dates"), "asked about once, and then it is the agent's word"


# -- what stands is told
async def test_a_quote_that_does_not_hold_gives_no_figure(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service).ordered(1, "yearly", "yearly")
    figure = worked.case.quote.first_invoice if worked.case.quote else None
    assert figure and str(figure) in service.note(worked.case)
    worked.answer("licence", "email-deluxe")
    assert quote_flaw(worked.case) == "the new licence changed, 10:46"
    async with running(tmp_path, (120, 40), service=service) as tui:
        copied: list[str] = []
        tui.app.copy = lambda text, *_, **__: copied.append(text)  # type: ignore[method-assign]
        await tui.open(worked.case, "quote")
        assert "check again: the new licence changed" in tui.text() and str(figure) not in tui.text()
        await tui.press("y")
        assert copied == [] and "Work the discount out again first" in tui.told()


async def test_mailboxes_to_be_checked_again_are_not_counted_as_done(tmp_path: Path) -> None:
    """Changed to new terms, what was done for one mailbox is asked again for that one, and the key is for that one."""
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service, mailboxes=THREE).ordered(1)
    worked.answer("order-completed", "completed")
    worked.tick("accounts-swapped", THREE[0])
    worked.answer("licence", "email-deluxe")
    worked.settle("order", "2")
    worked.answer("order-completed", "completed")
    assert worked.case.status("accounts-swapped").again == (THREE[0],)
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(worked.case, "accounts-swapped")
        assert "again  anna@" in tui.text()
        await tui.press("space")
        assert "Record 'done' for all 3 mailboxes?" in tui.text(), "it asks for no number: one key where all are alike"
        await tui.press("enter")
    assert worked.case.status("accounts-swapped").done == 3 and not worked.case.status("accounts-swapped").left


async def test_marked_answers_are_seen_without_colour(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service).begin(3)
    async with running(tmp_path, service=service) as tui:
        await tui.open(worked.case, "issue")
        await tui.press("2", "3")
        assert "2 ✓sending or receiving" in tui.text() and "3 ✓missing mail" in tui.text()
        assert "1 general setup" in tui.text()


async def test_the_nb_of_a_licence_is_there_when_it_is_changed(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service).plan(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(worked.case)
        assert "does not include Teams" not in tui.text()
        await tui.go_to("licence")
        assert "does not include Teams" in tui.text()


async def test_what_was_checked_is_told_with_what_it_came_to(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service).checked("sending-receiving")
    worked.answer("spamexperts", "could-not")
    async with running(tmp_path, (200, 60), service=service) as tui:
        screen = await tui.open(worked.case)
        screen.sidebar.open(TEMPLATE)
        await tui.settle()
        assert "the SPAM-Experts check: could not check" in tui.words()


async def test_no_key_is_offered_that_would_be_refused(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service).ordered(2)
    worked.do(EndCall())
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(worked.case, "order-completed")
        assert "enter answer" not in tui.lines()[-1]
        worked.do(BeginCall("back-office"))
        screen.case_changed(worked.case)
        await tui.settle()
        assert "enter answer" in tui.lines()[-1]


async def test_undo_goes_past_a_note_to_the_last_mark(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service).plan(1)
    async with running(tmp_path, service=service) as tui:
        await tui.open(worked.case)
        await tui.press("n", *"rang back", "ctrl+s", "u")
        assert "Taken back: new billing" in tui.told()
        assert any(event.what == "note" and event.id not in worked.case.dropped for event in worked.case.log)


# -- passwords
async def test_what_is_typed_where_a_password_is_wanted_is_not_shown(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        worked = Worked(walk.service).ordered(2).sent()
        await walk.open(worked.case)
        screen = walk.screen
        assert isinstance(screen, CaseScreen)
        screen.sidebar.open(TEMPLATE)
        await walk.settle()
        assert screen.panel.filled
        place = next(n for n, line in enumerate(screen.panel.filled.lines) if line.line.kind == "secret")
        screen.panel.put_cursor(place)
        await walk.settle()
        await walk.type("hunter2x", 90)
        await walk.wait(3)
        assert "hunter2x" not in "".join(walk.rows()) and not isinstance(walk.app.focused, Input)
        assert not any("hunter2x" in f"{told.title}{told.message}" for told in walk.app._notifications)
        await walk.key("2")  # take back what the letters did
        await walk.key("enter")
        assert isinstance(walk.screen, AskSecret)


# -- a pane that changes its size
async def test_a_line_being_typed_goes_with_its_line(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    worked = Worked(service).checked("sending-receiving")
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(worked.case)
        await tui.press("t")
        await tui.until(lambda: screen.form.editing)
        await tui.type("yester")
        for size in ((80, 24), (40, 12), (120, 40)):
            await tui.pilot.resize_terminal(*size)
            await tui.settle()
            await tui.until(lambda: any(": yester" in row for row in tui.lines()))
        await tui.press(*"day", "enter")
        assert "21/11/2026" in tui.text() or "21/11/26" in tui.text()
