"""Every screen with another playbook, its help, its dialogs and its refusals: no word of the shipped article."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from oxtui.cli.samples import make
from oxtui.screens.base import BaseScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.service import Service
from oxtui.widgets.page import Page
from tests.core.shipped_words import shipped_words
from tests.drive.case import service_at
from tests.drive.screen import Tui, running

FIBRE = Path(__file__).parents[1] / "samples" / "fibre-move"
ROOMY = (120, 40)


def practised(home: Path) -> Service:
    """A service on it with its practice cases."""
    service = service_at(home, config=FIBRE)
    # Nobody listens there: the lookup for a new case ends at once and leaves this machine alone.
    settings = replace(service.playbook.settings, resolver="127.0.0.1:9", dns_timeout_seconds=0.05)
    service.playbook = replace(service.playbook, settings=settings)
    make(service)
    return service


class Looking:
    """Presses keys and keeps what stood on the screen after each."""

    def __init__(self, tui: Tui) -> None:
        self.tui = tui
        self.screens: set[str] = set()
        self.wrong: dict[str, list[str]] = {}

    async def see(self, *keys: str) -> str:
        """Press keys, one by one; what is on the screen then."""
        for key in keys:
            await self.tui.press(key)
            text = f"{self.tui.text()}\n{self.tui.told()}"
            self.screens.add(type(self.tui.screen).__name__)
            if named := shipped_words(text):
                self.wrong.setdefault(f"{key} on {type(self.tui.screen).__name__}", named)
        return self.tui.text()

    async def help(self) -> str:
        """The whole help of the screen in front, whatever room there is; and back."""
        front = self.tui.screen
        assert isinstance(front, BaseScreen)
        front.action_help()
        await self.tui.settle()
        page = self.tui.screen.query_one(Page)
        text = "\n".join("".join(span[0] for span in line) for line, _ in page.content(300))
        assert "Keys" in text
        if named := shipped_words(f"{text}\n{self.tui.text()}"):
            self.wrong[f"the help of {type(front).__name__}"] = named
        await self.see("escape")
        return text

    async def each(self, *keys: str) -> None:
        """Press each key on the screen in front, and go back to it."""
        front = self.tui.screen
        for key in keys:
            await self.see(key)
            while self.tui.screen is not front:
                assert front in self.tui.app.screen_stack, key
                await self.see("escape")


async def test_no_page_shows_them(tmp_path: Path) -> None:
    service = practised(tmp_path)
    async with running(tmp_path, ROOMY, service=service) as tui:
        walk = Looking(tui)
        await walk.each("H", "ctrl+p")
        await walk.help()
        assert "for example: ads y" in await walk.see("c", *"zzz", "enter")
        assert "'ads y' is Business ADSL, yearly" in await walk.help()
        await walk.see("escape", "t", *["down"] * len(service.playbook.procedure.templates))
        await walk.help()
        await walk.see("escape", "r", *["down"] * 6)
        await walk.help()
        await walk.see("escape", "h")
        await walk.each("enter")
        await walk.help()
        assert walk.screens >= {"CalculatorScreen", "TemplatesScreen", "ReferenceScreen", "HistoryScreen"}
        assert walk.wrong == {}


async def test_no_call_flow_shows_them(tmp_path: Path) -> None:
    async with running(tmp_path, ROOMY, service=practised(tmp_path)) as tui:
        walk = Looking(tui)
        await walk.see("n")
        await walk.help()
        await tui.type("corner.example")
        await walk.see("enter")
        await tui.until(lambda: "Has fibre been laid to the address?" in tui.text())
        assert "such as 'no internet'" in await walk.help()
        assert "such as: no internet" in await walk.see("slash")
        await walk.see(*"zz", "escape", "1")
        assert "1 2 scenario" in tui.text() and "1 2 3" not in tui.text()
        await walk.each("f", "a", "0")
        await walk.see("1")
        await tui.until(lambda: "Is ADSL still running?" in tui.text())
        assert walk.wrong == {}


async def test_no_case_shows_them(tmp_path: Path) -> None:
    service = practised(tmp_path)
    async with running(tmp_path, ROOMY, service=service) as tui:
        walk = Looking(tui)
        cases = {row.domain: service.case(row.id) for row in service.overviews()}
        for domain in ("fernhill-school.example", "pier-nine-cafe.example"):
            await tui.show(CaseScreen(cases[domain]))
            await walk.see("tab", "t", "v", "escape", "escape")
        await tui.show(CaseScreen(next(case for case in cases.values() if case.evidence)))
        await walk.each(*"cdisvwxzY", "enter")
        await walk.help()
        assert walk.wrong == {}
