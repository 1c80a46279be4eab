"""Home where cases are shared: three views, taking a case over, giving it to somebody."""

from __future__ import annotations

from pathlib import Path

from oxtui.cases.commands.details import Assign
from tests.drive.case import new_service
from tests.drive.screen import running


async def test_home_alone_has_no_views_and_none_of_their_keys(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    service.start("one.example")
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.press("2", "T", "A")
        assert "Open cases" in tui.text() and "take over" not in tui.text() and "Give" not in tui.text()
        assert service.overviews()[0].holder == "anna"


async def test_mine_all_and_nobodys_and_one_key_takes_a_case_over(tmp_path: Path) -> None:
    service, ben = new_service(tmp_path), new_service(tmp_path, agent="ben")
    service.start("mine.example")
    ben.start("bens.example")
    nobodys = ben.start("nobodys.example").id
    ben.change(nobodys, Assign(""))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.until(lambda: "1 mine 1  2 all 3  3 nobody's 1" in tui.text())
        await tui.press("1")
        assert "mine.example" in tui.text() and "bens.example" not in tui.text()
        await tui.press("3")
        assert "nobodys.example" in tui.text() and "mine.example" not in tui.text()
        await tui.press("T")
        assert service.case(nobodys).holder == "anna" and "nobodys.example is yours now" in tui.told()
        assert "1 mine 2  2 all 3  3 nobody's 0" in tui.text()


async def test_a_case_is_given_by_the_beginning_of_a_name(tmp_path: Path) -> None:
    service, ben = new_service(tmp_path), new_service(tmp_path, agent="ben")
    mine = service.start("mine.example").id
    ben.start("bens.example")
    async with running(tmp_path, (80, 24), service=service) as tui:
        await tui.until(lambda: "2 all 2" in tui.text())
        await tui.press("1", "A", *"be", "enter")
        assert service.case(mine).holder == "ben" and "mine.example is with ben now" in tui.told()
        assert "mine.example" not in "\n".join(tui.lines()[2:8])
        await tui.press("2")
        assert "mine.example" in tui.text()
