"""The app on a home of its own, with the shipped playbook and a clock that stands still, at any size.

async with running(tmp_path, size=(80, 24)) as tui:
    case = sample(tui.service, "yearly")
    await tui.press("c", "2", "enter")
    assert "AU$11.80" in tui.text()
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from oxtui.app import OxtuiApp
from oxtui.cases.case import Case
from oxtui.cases.commands import AnswerIt, Command, Tick
from oxtui.cases.conduct import BeginCall, Choose, Close, Park, SetMailboxes
from oxtui.clock import Clock
from oxtui.locations import Locations
from oxtui.playbook.load import Playbook, load
from oxtui.screens.case.screen import CaseScreen
from oxtui.service import Service

CONFIG = Path(__file__).parents[2] / "config"
NOW = datetime.fromisoformat("2026-11-22T10:46:00+11:00")
SIZES = ((40, 12), (80, 24), (120, 40), (200, 60))


@cache
def shipped() -> Playbook:
    """The playbook in config/."""
    return load(CONFIG).playbook


def new_service(home: Path, *, now: datetime = NOW, agent: str = "anna", playbook: Playbook | None = None) -> Service:
    """A service over an empty home."""
    return Service(Locations(home / "oxhome", CONFIG), playbook or shipped(), Clock(now), agent)


# -- sample cases
def do(service: Service, case: Case, *commands: Command) -> Case:
    """Carry commands out one after the other."""
    for command in commands:
        case = service.change(case.id, command)
    return case


def begun(service: Service, domain: str = "brightside.com.au", scenario: int = 1, mailboxes: str = "") -> Case:
    """A case whose client is authenticated, in a scenario."""
    for other in service.on_the_line():
        service.change(other.id, Park())
    case = service.start(domain)
    boxes = mailboxes or f"anna@{domain} info@{domain}"
    return do(service, case, SetMailboxes(added=boxes), BeginCall("client"), Choose(scenario))


TO_THE_QUOTE = {
    "yearly": (1, "business-basic", "yearly", "yearly"),
    "monthly": (1, "business-basic", "monthly", "monthly"),
    "mixed": (1, "business-basic", "monthly", "yearly"),
    "mixed-back": (1, "business-basic", "yearly", "monthly"),
    "ox": (2, "business-basic", "yearly", "yearly"),
}
"""Sample cases that wait for their quote: scenario, licence, billed now, billed next."""


def sample(service: Service, name: str = "yearly", domain: str = "brightside.com.au") -> Case:
    """A case worked on up to its pro-rata (a key of TO_THE_QUOTE)."""
    scenario, licence, now, new = TO_THE_QUOTE[name]
    case = begun(service, domain, scenario)
    assert case.scenario
    wanted = {"licence": licence, "billed-now": now, "billed-next": new}
    for item in case.scenario.items():
        if item.quote:
            return case
        status = case.status(item.id)
        if not status.applies or item.killer:
            continue
        if item.kind == "question" and item.answers:
            answer = wanted.get(item.id, item.answers[0].id)
            case = do(service, case, AnswerIt(item.id, (answer,)))
        elif item.kind == "action" and not item.optional:
            through = next(iter(case.ways(item)), "")
            case = do(service, case, Tick(item.id, through=through) if through else Tick(item.id))
    raise AssertionError(f"scenario {scenario} has no quote")


def closed(service: Service, domain: str = "brightside.com.au", ending: str = "unreachable") -> Case:
    """A closed case, in the history."""
    return do(service, begun(service, domain, 3), Close(ending))


# -- the app
@dataclass
class Tui:
    """The running app, with quick keys."""

    app: OxtuiApp
    pilot: Pilot[Any]
    service: Service
    seconds: float = 0.0

    @property
    def screen(self) -> Screen[Any]:
        return self.app.screen

    async def press(self, *keys: str) -> None:
        """Press keys by Textual's names, quickly, and wait until they are worked off."""
        for key in keys:
            self.seconds += 1.0
            name = _character_to_key(key) if len(key) == 1 else key
            character = key if len(key) == 1 else " " if key == "space" else None
            self.app.post_message(events.Key(name, character))
            await self.pilot._wait_for_screen()
            if character is None:  # an action may take some messages more
                await self.pilot.pause()
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        await self.press(*("space" if char == " " else char for char in text))

    async def settle(self, seconds: float = 5.0) -> None:
        """Wait until no change is on its way to disk, no worker runs, and the screen is drawn."""
        await self.pilot.pause()
        for _ in range(int(seconds / 0.01)):
            working = any(not worker.is_finished for worker in self.app.workers)
            busy = self.app.outbox.pending or self.app.coming or working
            if not busy:
                break
            await asyncio.sleep(0.01)
        await self.pilot.pause()

    async def until(self, true: Callable[[], object], seconds: float = 5.0) -> None:
        """Wait until something holds; fails where it never does."""
        for _ in range(int(seconds / 0.02)):
            if true():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"it never came; on the screen:\n{self.text()}")

    async def show(self, screen: Screen[Any]) -> None:
        """Push a screen and wait until it is drawn."""
        await self.app.push_screen(screen)
        await self.settle()

    def lines(self) -> list[str]:
        """The rows of the screen as a person sees them."""
        width, height = self.app.size
        rows = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in row).rstrip() for row in rows][:height] if width else []

    def text(self) -> str:
        """All that is on the screen."""
        return "\n".join(self.lines())

    def told(self) -> str:
        """What was told at the foot of the screen, oldest first; then why the last key on an item was refused."""
        notes = [f"{note.title} {note.message}" for note in self.app._notifications]
        cases = [screen for screen in self.app.screen_stack if isinstance(screen, CaseScreen) and screen.ready]
        refused = [told for screen in cases if (told := screen.checklist.shown.told)]
        return "\n".join([*notes, *(f"{told.title}: {told.message} {told.hint}" for told in refused)])


@asynccontextmanager
async def running(
    home: Path,
    size: tuple[int, int] = (80, 24),
    *,
    service: Service | None = None,
    banner: str = "",
    slow: bool = True,
) -> AsyncIterator[Tui]:
    """The app, running on Home, at a size of columns and rows; `slow`: keys count as typed one a second."""
    service = service or new_service(home)
    app = OxtuiApp(service, banner=banner)
    async with app.run_test(size=size, notifications=True) as pilot:
        tui = Tui(app, pilot, service)
        if slow:
            app.typing.monotonic = lambda: tui.seconds + time.monotonic()
        await tui.settle()
        yield tui
