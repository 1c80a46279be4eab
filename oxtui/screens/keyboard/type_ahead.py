"""Hold keys typed ahead for the screen they are meant for: none is lost, none acts on the screen before it.

Textual hands every key to the screen in front at once. `n` opens a screen some hundredths of a second later, and
keys typed meanwhile would act on Home. So a key that comes before the last one has had its effect is held.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events

from oxtui.screens.base import BaseScreen
from oxtui.screens.host import AppHost

LONGEST = 1.0
"""Seconds that a key is held at most, whatever is still under way."""
LOOK = 0.004
"""Seconds between two checks whether the last key has had its effect."""


class TypeAhead:
    """Holds the keys of one app; `take` passes one on."""

    def __init__(self, app: AppHost, take: Callable[[events.Event], Awaitable[None]]) -> None:
        self.app = app
        self._take = take
        self._held: deque[events.Event] = deque()
        self._early = True
        """Whether a key may have been typed before the app read the terminal: while the playbook was proved."""
        self._task: asyncio.Task[None] | None = None

    async def came(self, event: events.Event) -> None:
        """Pass on a key or pasted text from the terminal, or hold it while the last one is still at work."""
        if self._early and isinstance(event, events.Key) and event.key == "ctrl+j":
            # until then the terminal itself made a line feed of enter
            event = events.Key("enter", "\r")
        if self._task is not None and not self._task.done():
            self._held.append(event)
            return
        await self._take(event)
        self._task = asyncio.create_task(self._give_on())

    async def _give_on(self) -> None:
        await self._settled()
        while self._held and self.app.screen_stack:  # an app that has ended has no screen
            await self._take(self._held.popleft())
            await self._settled()
        self._early = False

    async def _settled(self) -> None:
        """Wait until the last key has had its effect: its messages read, its change on disk, its screen in front."""
        end = asyncio.get_running_loop().time() + LONGEST
        quiet = 0
        while quiet < 2 and asyncio.get_running_loop().time() < end:
            quiet = quiet + 1 if self._idle() else 0
            await asyncio.sleep(0 if quiet else LOOK)

    def _idle(self) -> bool:
        app = self.app
        if not app.screen_stack:
            return True
        screen, focused = app.screen, app.focused
        waiting = app.message_queue_size + screen.message_queue_size
        if waiting or (focused is not None and focused.message_queue_size):
            return False
        if not screen.is_mounted or (focused is None and screen.AUTO_FOCUS and screen.focus_chain):
            return False
        if app.coming or (isinstance(screen, BaseScreen) and screen.coming):
            return False
        return bool(app.outbox.trouble) or not app.outbox.pending
