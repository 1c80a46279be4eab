"""The app in a test: `running` for keys and what they show, `walking` where the time between keys matters.

async with running(tmp_path, size=(80, 24)) as tui:
    case = sample(tui.service, "yearly")
    await tui.press("c", "2", "enter")
    assert "AU$11.80" in tui.text()

async with walking(tmp_path, size=(80, 24)) as walk:
    await walk.type("hello", 90)      # words a minute; the clock is moved by hand
    await walk.key("enter")
    assert not walk.app.crashes
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pytest import MonkeyPatch
from rich.cells import cell_len
from textual import events
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from oxtui.app import OxtuiApp
from oxtui.cases.case import Case
from oxtui.locations import Locations
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.keyboard import type_ahead
from oxtui.service import Service
from tests.drive.case import CONFIG, MONDAY, FakeClock, new_service, playbook
from tests.drive.waiting import PATIENCE

SIZES = ((40, 12), (80, 24), (120, 40), (200, 60))
NAMED = {"space": " ", "slash": "/", "question_mark": "?"}


def pressed(key: str, seconds: float) -> events.Key:
    """A key, given as its character or by Textual's name, as a terminal sends it at `seconds` of the hand's clock."""
    event = events.Key(_character_to_key(key), key) if len(key) == 1 else events.Key(key, NAMED.get(key))
    event.time = 1e9 + seconds
    return event


@dataclass
class Tui:
    """The running app, with quick keys."""

    app: OxtuiApp
    pilot: Pilot[Any]
    service: Service
    seconds: float = 0.0
    AWAITED: ClassVar[tuple[str, ...]] = ("aside", "dns")
    """Threads of the app that are waited for."""

    @property
    def screen(self) -> Screen[Any]:
        return self.app.screen

    async def press(self, *keys: str) -> None:
        """Press keys by Textual's names, quickly, and wait until they are worked off."""
        for key in keys:
            self.seconds += 1.0
            event = pressed(key, self.seconds)
            self.app.post_message(event)
            await self.pilot._wait_for_screen()
            if event.character is None:  # an action may take some messages more
                await self.settle()
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        await self.press(*("space" if char == " " else char for char in text))

    async def begun(self) -> None:
        """Wait until a thread has read the cases, or the screen says that they cannot be read."""
        end = time.monotonic() + PATIENCE
        while not (self.app.watcher.whole or self.app.watcher.trouble):
            assert time.monotonic() < end, "the cases are not read"
            await asyncio.sleep(0.002)
        await self.settle()

    async def settle(self) -> None:
        """Wait until no key is held, nothing is on its way to disk, no worker runs, and the screen is drawn."""
        if not await self.rests(PATIENCE) and not self.app._exception:
            raise AssertionError(f"it never came to rest on {self.screen}")

    async def rests(self, seconds: float) -> bool:
        """Whether it comes to that within so many seconds; it does not where something cannot be saved."""
        end = time.monotonic() + seconds
        quiet = 0
        while quiet < 2 and time.monotonic() < end and not self.app._exception:
            while self.under_way() and time.monotonic() < end:
                self.screen._on_timer_update()  # what waits for the next frame is laid out and painted now
                await asyncio.sleep(0.002)
            await self.pilot._wait_for_screen()
            quiet = 0 if self.under_way() else quiet + 1
        return quiet == 2

    def under_way(self) -> bool:
        """Whether something is still being done that will change the screen."""
        app, screen = self.app, self.screen
        held = app.ahead._held or (app.ahead._task is not None and not app.ahead._task.done())
        reading = any(thread.name in self.AWAITED for thread in threading.enumerate())
        if held or app.outbox.pending or app.coming or reading or not all(worker.is_finished for worker in app.workers):
            return True
        if not screen.is_mounted or screen._callbacks or screen._layout_required or screen._dirty_widgets:
            return True
        return any(node.message_queue_size for node in (app, *screen.walk_children(with_self=True)))

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something holds; fails where it never does."""
        end = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"it never came; on the screen:\n{self.text()}")
            await self.pilot.pause(0.02)

    async def broken(self) -> None:
        """Wait until a fault of the program has ended it."""
        end = time.monotonic() + PATIENCE
        while not self.app._exception:
            assert time.monotonic() < end, "it goes on"
            await asyncio.sleep(0.002)

    async def show(self, screen: Screen[Any]) -> None:
        """Push a screen and wait until it is drawn."""
        await self.app.push_screen(screen)
        await self.settle()

    async def open(self, case: Case, item: str = "") -> CaseScreen:
        """Show a case, with the cursor on an item of it."""
        screen = CaseScreen(case)
        await self.show(screen)
        if item:
            await self.go_to(item)
        return screen

    async def go_to(self, item: str) -> None:
        """Put the cursor on an item of the case in front."""
        screen = self.screen
        assert isinstance(screen, CaseScreen)
        screen.checklist.put_cursor([row.item.id for row in screen.checklist.rows].index(item))
        await self.settle()

    def rows(self) -> list[str]:
        """The screen, row by row, as it goes to the terminal."""
        visible_screen_stack.set(self.app._background_screens)
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def lines(self) -> list[str]:
        """The rows of the screen as a person sees them."""
        width, height = self.app.size
        return [row.rstrip() for row in self.rows()][:height] if width else []

    def text(self) -> str:
        """All that is on the screen."""
        return "\n".join(self.lines())

    def words(self) -> str:
        """The same in one line, without borders and scrollbars."""
        return " ".join(re.sub("[▁-█│]", " ", self.text()).split())

    def told(self) -> str:
        """The messages at the foot of the screen, oldest first; then why the last key on an item was refused."""
        notes = [f"{note.title} {note.message}" for note in self.app._notifications]
        cases = [screen for screen in self.app.screen_stack if isinstance(screen, CaseScreen) and screen.ready]
        refused = [told for screen in cases if (told := screen.checklist.shown.refused)]
        return "\n".join([*notes, *(f"{told.message} {told.hint}" for told in refused)])


@asynccontextmanager
async def running(
    home: Path,
    size: tuple[int, int] = (80, 24),
    *,
    service: Service | None = None,
    banner: str = "",
    slow: bool = True,
    practice: bool = False,
    held: float = PATIENCE,
) -> AsyncIterator[Tui]:
    """The app, running on Home, at a size of columns and rows; `slow`: keys count as typed one a second.

    `held`: the seconds for which a key waits for what the one before began.
    """
    service = service or new_service(home)
    app = OxtuiApp(service, banner=banner, practice=practice)
    with quick(held):
        async with app.run_test(size=size, notifications=True) as pilot:
            tui = Tui(app, pilot, service)
            if slow:
                app.typing.monotonic = lambda: tui.seconds + time.monotonic()
            await tui.begun()
            yield tui


PAINT = Compositor.render_update


def unpainted(compositor: Compositor, full: bool = False, **more: Any) -> Any:
    """No frame is painted that no terminal takes: what a test reads it draws itself, with `text`."""
    if full:  # a picture is taken
        return PAINT(compositor, full, **more)
    compositor._dirty_regions.clear()
    return None


@contextmanager
def quick(held: float = PATIENCE) -> Iterator[None]:
    """An app in which nothing waits for a frame, and a key typed ahead for the one before it, however slow that is."""
    with MonkeyPatch.context() as patch:
        patch.setattr(Compositor, "render_update", unpainted)
        patch.setattr(type_ahead, "LOOK", 0.001)
        patch.setattr(type_ahead, "LONGEST", held)
        yield


# -- with time in the test's hands
class Alarm:
    """A timer that the test lets run out."""

    def __init__(self, due: float, call: Callable[[], Any]) -> None:
        self.due = due
        self.call = call
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


class WalkApp(OxtuiApp):
    """The app, whose own timers run on the clock that is moved by hand, and which does not end."""

    def __init__(self, service: Service, clock: FakeClock) -> None:
        super().__init__(service)
        self.hand = clock
        self.alarms: list[Alarm] = []
        self.crashes: list[str] = []
        self.ends = 0
        self.walking = False

    def set_timer(self, delay: float, callback: Any = None, **more: Any) -> Any:
        if not self.walking or callback is None or delay < 0.05:  # Textual's own, for a resize
            return super().set_timer(delay, callback, **more)
        alarm = Alarm(self.hand.seconds + delay, callback)
        self.alarms.append(alarm)
        return alarm

    def exit(self, *given: Any, **more: Any) -> None:
        if self.walking:
            self.ends += 1
        else:
            super().exit(*given, **more)

    def _handle_exception(self, error: Exception) -> None:
        self.crashes.append("".join(traceback.format_exception(error)))
        super()._handle_exception(error)
        self._exception_event.set()  # whoever waits for the screen waits no longer


@dataclass(kw_only=True)
class Timed(Tui):
    """The running app and hands on it whose pace the test says."""

    app: WalkApp
    clock: FakeClock
    AWAITED = ("aside",)

    def check(self, told: object = "") -> None:
        """Fail with the traceback where the app broke."""
        if self.app.crashes:
            raise AssertionError(f"{told}\n{self.app.crashes[0]}")

    # -- time
    async def wait(self, seconds: float) -> None:
        """Let time pass; timers of the app run out in their order."""
        end = self.clock.seconds + seconds
        while True:
            due = sorted((a for a in self.app.alarms if a.due <= end), key=lambda alarm: alarm.due)
            if not due:
                break
            self.app.alarms.remove(due[0])
            self.clock.seconds = max(self.clock.seconds, due[0].due)
            if not due[0].stopped:
                self.app.call_later(due[0].call)
                await self.settle()
        self.clock.seconds = end

    # -- keys
    async def key(self, key: str, gap: float = 2.0, *, rest: bool = True) -> None:
        """Press a key (a character, or Textual's name of it), `gap` seconds after the one before."""
        await self.wait(gap)
        self.check()
        self.app.post_message(pressed(key, self.clock.seconds))
        while self.app.message_queue_size and not self.app.crashes:
            await asyncio.sleep(0)
        if rest:
            await self.settle()
        else:
            await self.pilot._wait_for_screen()

    async def keys(self, *keys: str, gap: float = 2.0) -> None:
        for key in keys:
            await self.key(key, gap)

    async def type(self, text: str, words_a_minute: float = 65, gaps: Iterator[float] | None = None) -> None:
        """Type a text: a word is five characters; `gaps` gives each key's share of the mean gap."""
        mean = 60 / (words_a_minute * 5)
        for character in text:
            await self.key(character, mean * (next(gaps) if gaps else 1.0))

    async def paste(self, text: str) -> None:
        """Paste a text into what has the keys."""
        self.app.post_message(events.Paste(text))
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        # Textual waits a moment for more of them before it lays out again
        await self.until(lambda: self.app.crashes or tuple(self.screen._compositor.size) == (width, height))
        await self.settle()

    async def go_home(self, most: int = 14) -> bool:
        """Press esc until Home is in front; whether it came to that."""
        for _ in range(most):
            if type(self.screen) is HomeScreen and len(self.app.screen_stack) == 1:
                return True
            await self.key("escape")
        return type(self.screen) is HomeScreen

    async def fresh_home(self) -> None:
        """Take every screen above Home away, as no key does, and let what is under way run out."""
        await self.wait(60)
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
            await self.settle()
        self.app.clear_notifications()
        self.app.typing.burst = None
        self.app._clipboard = ""
        self.app.alarms.clear()
        await self.settle()

    # -- what is seen
    async def crooked(self) -> list[str]:
        """The rows that are not exactly as wide as the terminal, or hold what acts on one."""
        await self.settle()
        width = self.app.size.width
        return [row for row in self.rows() if cell_len(row) != width or any(map(acts, row))]


def acts(character: str) -> bool:
    """Whether a character acts on a terminal, or hides or turns text on it."""
    code = ord(character)
    return (
        code < 32
        or 127 <= code < 160
        or 0x200B <= code <= 0x200F
        or 0x202A <= code <= 0x202E
        or 0x2060 <= code <= 0x206F
        or 0xD800 <= code <= 0xDFFF
        or code in (0x61C, 0xFEFF)
    )


@asynccontextmanager
async def walking(
    home: Path,
    size: tuple[int, int] = (80, 24),
    *,
    config: Path = CONFIG,
    made: Callable[[Service], object] | None = None,
) -> AsyncIterator[Timed]:
    """The app on Home over a home of its own; `made` puts cases there first."""
    clock = FakeClock(MONDAY)
    service = Service(Locations(home / "oxhome", config), playbook(config), clock, "anna")
    if made:
        made(service)
    app = WalkApp(service, clock)
    with quick():
        async with app.run_test(size=size, notifications=True) as pilot:
            walk = Timed(app=app, pilot=pilot, service=service, clock=clock)
            app.walking = True
            await walk.begun()
            try:
                yield walk
            finally:
                app.walking = False
    assert App.copy_to_clipboard is not OxtuiApp.copy_to_clipboard


async def looks_right(walk: Timed, told: str) -> None:
    """Fail where the app broke, or where a row is too wide or acts on the terminal."""
    walk.check(told)
    crooked = await walk.crooked()
    assert not crooked, f"{told}: {crooked[0]!r}"
