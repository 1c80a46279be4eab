"""A case keeps its steps when the playbook changes: the differences are listed, and one key moves it."""

from __future__ import annotations

from pathlib import Path

from oxtui.cases.commands.marks import AnswerIt
from oxtui.cases.status import State
from oxtui.playbook.playbook import Playbook
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Confirm
from tests.drive.case import begun, changed, do, new_service
from tests.drive.screen import running

SCENARIO_1 = "scenarios/1-does-not-want-ox-mail.yaml"


def newer(folder: Path) -> Playbook:
    """The shipped playbook with one item of scenario 1 more."""
    more = "      - {id: say-thanks, do: Thank the client, done: the thanks}\n      - id: salesforce-reason\n"
    return changed(folder, SCENARIO_1, ("      - id: salesforce-reason\n", more))


async def test_what_is_new_is_told_and_one_key_moves_the_case(tmp_path: Path) -> None:
    case = begun(new_service(tmp_path))
    service = new_service(tmp_path, playbook=newer(tmp_path / "config"))
    for size in ((80, 24), (120, 40), (40, 12)):
        async with running(tmp_path, size, service=service) as tui:
            await tui.press("enter")
            assert isinstance(tui.screen, CaseScreen)
            words = " ".join(nb.short + nb.text for nb in tui.screen.head.lasting_nbs())
            assert "Today's playbook has other steps: 1 new" in words and "0 gone" not in words
            assert ("has other steps" if size == (120, 40) else "P: today's steps differ: 1 new") in tui.text()
            await tui.press("P")
            assert isinstance(tui.screen, Confirm) and "new: Thank the client" in tui.screen.text
            await tui.press("escape")
            assert service.case(case.id).procedure.digest == case.procedure.digest
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.press("enter", "P", "enter")
        assert service.case(case.id).procedure.digest == service.playbook.procedure.digest
        assert "Thank the client" in tui.text() and "steps differ" not in tui.text()
        await tui.press("P")
        assert isinstance(tui.screen, CaseScreen), "there is nothing to be asked any more"


async def test_the_guards_are_asked_again_and_what_was_done_stays(tmp_path: Path) -> None:
    first = new_service(tmp_path)
    case = do(first, begun(first), AnswerIt("billed-now", ("yearly",)))
    service = new_service(tmp_path, playbook=newer(tmp_path / "config"))
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.press("enter", "i", "end", "enter")
        assert isinstance(tui.screen, Confirm), "the row of the details asks the same"
        await tui.press("enter")
    moved = service.case(case.id)
    assert moved.status("billed-now").state is State.DONE and "say-thanks" in moved.statuses


async def test_a_playbook_with_the_same_steps_says_so_and_nothing_is_told_before(tmp_path: Path) -> None:
    begun(new_service(tmp_path))
    text = ("text: Authenticate the client before you help.", "text: Authenticate the client before any help.")
    service = new_service(tmp_path, playbook=changed(tmp_path / "config", "playbook.yaml", text))
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.press("enter")
        assert isinstance(tui.screen, CaseScreen)
        assert "steps differ" not in tui.text() and not tui.screen.steps.newer()
        await tui.press("P")
        assert isinstance(tui.screen, Confirm) and "steps are the same" in tui.screen.text
