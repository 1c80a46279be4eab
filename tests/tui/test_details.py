"""The details of a case: which of its mailboxes have moved."""

from __future__ import annotations

from pathlib import Path

from oxtui.cases.conduct import SetMailboxes
from oxtui.screens.case import CaseScreen
from oxtui.screens.dialogs import Pick, Turn
from tests.drive.case import Walk
from tests.tui.harness import new_service, running
from tests.tui.walk import playbook

BOXES = ("jo@young.com.au", "sam@young.com.au", "kit@young.com.au")


async def test_which_mailboxes_have_moved_is_turned_and_kept(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    case = Walk(service, service.start("young.com.au", mailboxes=BOXES).id).ordered(2).case
    async with running(tmp_path, (200, 60), service=service) as tui:
        await tui.show(CaseScreen(service.case(case.id)))
        await tui.press("i", "3")
        assert isinstance(tui.app.screen, Turn) and "not known" in tui.text()
        await tui.press("1", "down", "space", "space", "9")
        assert service.case(case.id).mailboxes[0].ox == "unknown", "nothing before enter"
        await tui.press("enter")
        await tui.until(lambda: [box.ox for box in service.case(case.id).mailboxes] == ["yes", "no", "unknown"])
        assert not isinstance(tui.app.screen, Pick)
        entries = len(service.case(case.id).log)
        await tui.press("i")
        assert "1 of 3" in tui.text()
        await tui.press("3", "enter", "i", "3", "3", "3", "escape")
        assert len(service.case(case.id).log) == entries, "what is as it was is not written, nor what is left by esc"
        await tui.press("i", "3", "1", "1", "enter")  # moved, not moved, not known
        await tui.until(lambda: [box.ox for box in service.case(case.id).mailboxes] == ["unknown", "no", "unknown"])
        await tui.press("escape", "escape")  # the first asks what the client could still tell
        await tui.until(lambda: "sam@young.com.au  not moved" in tui.text())  # beside the case on Home


async def test_a_case_without_mailboxes_is_told_to_have_one_first(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    case = (
        Walk(service, service.start("young.com.au", mailboxes=BOXES[:1]).id).ordered(2).do(SetMailboxes(removed=BOXES))
    )
    async with running(tmp_path, service=service) as tui:
        await tui.show(CaseScreen(service.case(case.id)))
        await tui.press("i", "3")
        await tui.until(lambda: "The case has no mailbox" in tui.told())
