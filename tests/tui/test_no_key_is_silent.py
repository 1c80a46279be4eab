"""Keys that did nothing and said nothing, or said what was not so: each acts, or says why not."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pytest import MonkeyPatch

from oxtui.outside.clipboard import Clipboard, Copied
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Ask, Pick, PickSeveral
from oxtui.screens.parts.note_parts import NoteParts
from oxtui.service import Service
from tests.drive.case import FakeClock, playbook, service_at
from tests.drive.screen import Tui, running, walking


def ends_with(found: list[str], text: str) -> bool:
    return found[-1:] == [text]


def copies(patch: MonkeyPatch) -> list[str]:
    """Every text that reaches the clipboard from here on."""
    found: list[str] = []

    def copy(_: Clipboard, text: str, *, secret: bool = False) -> Copied:
        found.append(text)
        return Copied("system", "Copied")

    patch.setattr(Clipboard, "copy", copy)
    return found


def quiet(home: Path) -> Service:
    """An agent's service whose DNS answers nothing."""
    return service_at(home / "oxhome", "anna", FakeClock(), playbook())


def toasts(tui: Tui) -> list[str]:
    return [note.message for note in tui.app._notifications]


async def test_a_failed_authentication_is_closed_with_its_note_and_leads_back(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    copied = copies(monkeypatch)
    async with running(tmp_path, service=quiet(tmp_path)) as tui:
        await tui.press("n", *"first.example", "enter", "a", "1")
        await tui.until(lambda: isinstance(tui.screen, CaseScreen))
        await tui.press("ctrl+n", *"second.example", "enter")
        await tui.until(lambda: isinstance(tui.screen, CallFlowScreen))
        await tui.press("E")
        assert "nothing goes out in writing" in tui.told()
        await tui.press("z")
        assert isinstance(tui.screen, Pick) and "could not authenticate" in tui.text()
        await tui.press("escape", "Y")
        await tui.until(lambda: len(copied) == 1)
        assert "second.example" in copied[-1]
        await tui.press("f", "enter")
        assert "Close as 'could not authenticate'?" in tui.text()
        await tui.press("Y")
        await tui.until(lambda: len(copied) == 2)
        assert "could not be authenticated" in copied[-1].lower(), copied[-1]
        await tui.press("enter")
        await tui.until(lambda: "second.example is closed: could not authenticate" in tui.told())
        assert isinstance(tui.screen, CaseScreen) and len(tui.app.screen_stack) == 2, "where one came from"
        assert tui.screen.case.domain == "first.example" and tui.screen.case.conversation.live


async def test_after_a_failed_authentication_the_head_says_what_a_is_for(tmp_path: Path) -> None:
    async with running(tmp_path, service=quiet(tmp_path)) as tui:
        await tui.press("n", *"first.example", "enter", "f", "enter", "escape")
        assert isinstance(tui.screen, CallFlowScreen)
        assert " a    if you can authenticate them after all" in tui.text()
        await tui.press("1")
        assert "a once the client is authenticated" in tui.told()


async def test_one_message_says_which_part_of_the_note_is_on_the_clipboard(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    copied = copies(monkeypatch)
    parts = (("The note", "short"), ("The note, whole", "whole"), ("The oxtui: line", "oxtui:"))
    async with running(tmp_path) as tui:
        note = NoteParts()
        for place, (name, text) in enumerate(parts):
            note.copy(tui.app, parts, "Y", "case")
            await tui.until(partial(ends_with, copied, text))
            await tui.settle()
            following = parts[(place + 1) % 3][0]
            assert toasts(tui) == [f"Copied: {name.replace('The', 'the')}\nY again: {following.replace('The', 'the')}"]


async def test_several_are_marked_and_unmarked_with_one_key(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.show(PickSeveral("Which?", [(f"box{n}", "") for n in range(14)], chosen=range(14)))
        assert "a unmark all" in tui.text()
        await tui.press("a", "enter")
        assert isinstance(tui.screen, PickSeveral) and "Nothing is marked" in tui.text()
        await tui.press("2")
        assert tui.screen.chosen == {1} and "Nothing is marked" not in tui.text() and "a mark all" in tui.text()
        await tui.press("a")
        assert tui.screen.chosen == set(range(14))


async def test_enter_in_an_empty_field_behind_quick_digits_is_no_sentence(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        await walk.show(Ask("Until when?", "enter alone: tomorrow", check=lambda text: text))
        field = walk.screen
        walk.app.typing.burst = None
        await walk.app.push_screen(Pick("How?", [("by phone", ""), ("in writing", "")]))
        await walk.settle()
        await walk.type("02", 300)
        await walk.settle()
        assert walk.screen is field
        await walk.key("enter", 0.1)
        await walk.wait(3)
        assert walk.screen is not field and "another window" not in walk.told()


async def test_the_calculators_help_says_what_its_fields_take(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("c", "f1")
        text = tui.text()
        assert "super" not in text and "Submit" not in text
        assert "The next field" in text and "Months used: a number, or the day" in " ".join(text.split())
