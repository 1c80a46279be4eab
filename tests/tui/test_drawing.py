"""What is painted anew: what has changed and no more, and nothing under a screen that hides it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest import MonkeyPatch
from textual._compositor import Compositor
from textual.screen import Screen
from textual.widgets._toast import Toast

from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Ask, ChoiceRows, Pick, PickSeveral
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.new_case import NewCaseScreen
from oxtui.screens.pages.calculator import CalculatorScreen
from oxtui.screens.pages.help import HelpScreen
from oxtui.screens.pages.history import HistoryScreen
from oxtui.screens.pages.reference import ReferenceScreen
from oxtui.screens.pages.templates import TemplatesScreen
from oxtui.widgets.panels import Panel
from oxtui.widgets.text_view import TextView
from tests.drive.case import Walk, begun, new_service, playbook
from tests.drive.screen import Tui, running, unpainted


def whole(tui: Tui) -> str:
    """The screen, every row of it painted anew."""
    for widget in tui.screen.query(TextView):
        widget.refresh()
    tui.screen.refresh()
    return tui.text()


async def test_what_is_painted_row_by_row_is_what_the_whole_would_be(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    begun(service)
    for size in ((80, 24), (120, 40)):
        async with running(tmp_path, size, service=service) as tui:
            await tui.press("enter")
            for key in ("1", "k", "2", "j", "space", "tab", "tab", "escape", "u", "t", "escape", "down", "up"):
                await tui.press(key)
                seen = tui.text()
                assert whole(tui) == seen, key


async def test_the_first_picture_of_a_screen_or_dialog_is_the_whole_one(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    service = new_service(tmp_path)
    begun(service)
    first: dict[Screen[Any], list[str]] = {}
    async with running(tmp_path, (120, 40), service=service) as tui:

        def painted(compositor: Compositor, **more: Any) -> None:
            if compositor is tui.screen._compositor:
                first.setdefault(tui.screen, tui.rows())
            unpainted(compositor, **more)

        monkeypatch.setattr(Compositor, "render_update", painted)
        for key in ("enter", "w"):
            await tui.press(key)
            assert first[tui.screen] == tui.rows(), key
        assert [type(screen) for screen in first] == [CaseScreen, Pick]


async def test_a_screen_that_comes_back_is_painted_whole_once(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    """Textual does it again when the screen before it has been removed."""
    service = new_service(tmp_path)
    begun(service)
    whole_paints: list[Screen[Any]] = []
    async with running(tmp_path, (120, 40), service=service) as tui:

        def painted(compositor: Compositor, **more: Any) -> None:
            if compositor is tui.screen._compositor and compositor.size.region in compositor._dirty_regions:
                whole_paints.append(tui.screen)
            unpainted(compositor, **more)

        await tui.press("enter")
        monkeypatch.setattr(Compositor, "render_update", painted)
        for key in ("w", "escape", "escape"):
            await tui.press(key)
        assert [type(screen) for screen in whole_paints] == [Pick, CaseScreen, HomeScreen]


async def test_a_key_paints_no_whole_panel_and_asks_for_no_second_layout(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    service = new_service(tmp_path)
    begun(service)
    whole_panels, in_layout, late = [], [False], []
    reflow, refresh = Compositor.reflow, TextView.refresh

    def reflowing(compositor: Compositor, *given: Any) -> Any:
        in_layout[0] = True
        found = reflow(compositor, *given)
        in_layout[0] = False
        return found

    def refreshing(widget: TextView, *regions: Any, layout: bool = False, **more: Any) -> Any:
        if isinstance(widget, Panel) and not regions:
            whole_panels.append(widget)
        if layout and in_layout[0]:
            late.append(widget)
        return refresh(widget, *regions, layout=layout, **more)

    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.press("enter", "down")
        monkeypatch.setattr(Compositor, "reflow", reflowing)
        monkeypatch.setattr(TextView, "refresh", refreshing)
        await tui.press("up", "down", "up")
        assert (whole_panels, late) == ([], [])


async def test_a_screen_that_is_hidden_is_not_drawn(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    begun(service)
    async with running(tmp_path, (80, 24), service=service) as tui:
        home = tui.screen
        assert isinstance(home, HomeScreen)
        await tui.press("enter")
        before = tui.app.screen_stack[-2].query_one("#cases", TextView).plain()
        assert isinstance(tui.screen, CaseScreen) and not home.in_view
        await tui.press("1", "2")
        assert home.query_one("#cases", TextView).plain() == before
        await tui.press("w")
        below = tui.app.screen_stack[-2]
        assert isinstance(below, CaseScreen) and below.in_view, "a dialog does not hide it"
        await tui.press("escape", "escape")
        assert tui.screen is home and home.query_one("#cases", TextView).plain() != before


async def test_a_scenario_taken_back_leads_to_the_call_flow(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    begun(service)
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.press("enter")
        assert isinstance(tui.screen, CaseScreen)
        await tui.press("u")
        assert isinstance(tui.screen, CallFlowScreen) and "Call flow" in tui.text()
        await tui.press("2")
        assert isinstance(tui.screen, CaseScreen) and tui.screen.case.number == 2
        assert [type(screen) for screen in tui.app.screen_stack] == [HomeScreen, CaseScreen]


async def test_a_screen_taken_away_before_it_was_drawn_does_no_harm(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = begun(service)
    async with running(tmp_path, (80, 24), service=service) as tui:
        app = tui.app
        for screen in (
            CaseScreen(case), CallFlowScreen(case), CalculatorScreen(case), HelpScreen(tui.screen), HistoryScreen(),  # type: ignore[arg-type]
            NewCaseScreen(), ReferenceScreen(), TemplatesScreen(), Ask("What?"), Pick("Which?", [("this", "")]),
        ):  # fmt: skip
            app.push_screen(screen)
            app.pop_screen()
            await tui.settle()
            assert isinstance(tui.screen, HomeScreen) and app.return_code is None, type(screen)


async def test_the_cursor_on_home_is_on_the_case_just_left(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    for name in ("one", "two", "three"):
        begun(service, f"{name}.example")
    async with running(tmp_path, (80, 24), service=service) as tui:
        for wanted in ("one.example", "three.example"):
            case = next(case for case in service.overviews() if case.domain == wanted)
            tui.app.open_case(service.case(case.id))
            await tui.settle()
            await tui.press("escape")
            home = tui.screen
            assert isinstance(home, HomeScreen) and home.table.current and home.table.current.domain == wanted


async def test_a_digit_takes_the_cursor_along_where_several_are_marked(tmp_path: Path) -> None:
    async with running(tmp_path, (80, 24)) as tui:
        await tui.show(PickSeveral("Which?", [("one", ""), ("two", ""), ("three", "")]))
        await tui.press("3", "space", "2")
        dialog = tui.screen
        assert isinstance(dialog, PickSeveral) and dialog.chosen == {1}
        assert dialog.query_one(ChoiceRows).cursor == 1


@pytest.mark.parametrize(("size", "whole"), [((120, 40), True), ((120, 24), False)])
async def test_the_values_of_a_folded_step_are_whole_where_there_is_room(
    size: tuple[int, int], whole: bool, tmp_path: Path
) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service).checked("sending-receiving", "missing-mail")
    async with running(tmp_path, size, service=service) as tui:
        screen = await tui.open(walk.case)
        lines = ["".join(text for text, _ in line).strip() for line in screen.checklist._lines]
        assert ("sending or receiving, missing mail" in lines) is whole
        assert any(line.endswith("…") or "…  " in line for line in lines) is not whole, lines
        await tui.press("g", "k")
        assert screen.checklist.current and screen.checklist.current.item.id == "issue"


async def test_a_message_drawn_as_its_time_is_over_goes_and_stops_nothing(tmp_path: Path) -> None:
    """Textual looks whether it is over, and then what is left: a timer of less than nothing never ends."""
    async with running(tmp_path) as tui:
        tui.app.notify("gone in a moment")
        (told,) = tui.app._toasts
        told.raised_at -= told.timeout + 1
        assert told.has_expired and told.time_left > 0, "or this test never ends"
        toast = Toast(told)
        await tui.screen.mount(toast)
        await tui.until(lambda: not toast.is_attached)
