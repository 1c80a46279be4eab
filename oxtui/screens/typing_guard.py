"""A sentence typed into the wrong pane does no harm: the burst is noticed, stopped and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input, TextArea

from oxtui.casework.case import Case
from oxtui.casework.changes import Change, Undo
from oxtui.casework.conduct import Revoke
from oxtui.text import clean

if TYPE_CHECKING:
    from textual.screen import Screen

    from oxtui.app import OxtuiApp

GAP = 0.45
"""Seconds: keys that follow each other faster belong together (40 words a minute are 0.3 s a key)."""
PAUSE = 1.0
"""Seconds of silence after which a stopped burst is over."""
FEW = 4
"""So many printable keys, of which one means nothing here, are a sentence and no command."""
MANY = 6
"""So many, where they went on into a field that the burst itself opened."""


@dataclass(slots=True)
class Burst:
    """Printable keys that came quickly after each other."""

    began: float
    last: float
    depth: int
    text: str = ""
    strange: int = 0
    """How many of them mean nothing on the screen they fell on."""
    commands: int = 0
    """How many fell on a screen, not into a field."""
    done: list[tuple[str, str]] = field(default_factory=list)
    """Case and entry ids of what they did."""
    stopped: bool = False


class TypingGuard:
    """Watches the keys of one app; `takes` says whether a key is to be dropped."""

    def __init__(self, app: OxtuiApp, monotonic: Callable[[], float]) -> None:
        self.app = app
        self.monotonic = monotonic
        self.burst: Burst | None = None
        self._event: events.Key | None = None
        self._verdict = False

    def takes(self, event: events.Key) -> bool:
        """Whether the key belongs to a burst that was stopped, and must do nothing."""
        if event is not self._event:  # the app sees a key again when nothing below it wanted it
            self._event, self._verdict = event, self._judge(event)
        return self._verdict

    def _judge(self, event: events.Key) -> bool:
        now = self.monotonic()
        burst = self.burst
        if burst and now - burst.last > (PAUSE if burst.stopped else GAP):
            self.burst = burst = None
        if burst and burst.stopped:
            burst.last = now
            if event.is_printable and event.character:
                burst.text += event.character
            elif event.key == "escape":
                return False
            return True
        if not (event.is_printable and event.character):
            if event.key not in ("shift", "backspace"):
                self.burst = None
            return False
        in_field = isinstance(self.app.focused, Input | TextArea)
        if burst is None:
            if in_field:
                return False
            burst = self.burst = Burst(now, now, len(self.app.screen_stack))
        elif in_field and burst.commands < 2:
            self.burst = None
            return False
        burst.last = now
        burst.text += event.character
        if not in_field:
            burst.commands += 1
            burst.strange += event.character.isalpha() and not self._known(event.key)
        strange = burst.strange and len(burst.text) >= FEW
        if strange or (in_field and len(burst.text) >= MANY):
            self._stop(burst)
            return True
        return False

    def did(self, before: Case, after: Case) -> None:
        """A change is on disk: if the burst under way made it, it can be taken back."""
        if self.burst is None:
            return
        known = {entry.id for entry in before.log}
        new = [(after.id, entry.id) for entry in after.log if entry.id not in known and entry.agent == self.app.desk.agent]
        self.burst.done += new
        if self.burst.stopped and new:
            self._take_back(self.burst)

    def copying(self) -> bool:
        """Whether a copy has to be dropped: it was asked for by a burst that was stopped."""
        return self.burst is not None and self.burst.stopped

    def _known(self, key: str) -> bool:
        """Whether a key means something on the screen in front, now or in another state of it."""
        screen: Screen[object] = self.app.screen
        nodes = [screen, *([self.app.focused] if self.app.focused else [])]
        return any(key in node._bindings.key_to_bindings for node in nodes)

    def _stop(self, burst: Burst) -> None:
        burst.stopped = True
        while len(self.app.screen_stack) > max(burst.depth, 2):
            self.app.pop_screen()
        self._take_back(burst)
        self._look_for_the_end(burst)

    def _take_back(self, burst: Burst) -> None:
        while burst.done:
            case_id, entry_id = burst.done.pop()
            case = self.app.desk.case(case_id)
            entry = case.entry(entry_id)
            if entry is None:
                continue
            change: Change = Undo(entry_id, self.app.desk.agent)
            if entry.what == "call":
                change = Revoke("typed into the wrong pane")
            elif entry.what not in TAKEN_BACK:
                continue
            self.app.carry(case_id, change, _nothing, self.app.tell, TAKING_BACK)

    def _look_for_the_end(self, burst: Burst) -> None:
        """Once it is silent, offer what was typed as a note."""
        rest = PAUSE - (self.monotonic() - burst.last)
        if rest > 0:
            self.app.set_timer(rest + 0.05, lambda: self._look_for_the_end(burst))
            return
        self.burst = None
        self.app.offer_sentence(clean(burst.text).strip())


def _nothing(case: Case) -> None:
    """Nothing more follows on a change that was taken back."""


TAKING_BACK = "taking back"
TAKEN_BACK = frozenset({
    "ticked", "answered", "quote", "skipped", "deferred", "line", "scenario", "flow", "hold", "unwound",
    "mailboxes", "details", "note", "undone",
})  # fmt: skip
