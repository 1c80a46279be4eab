"""How long a proof may take, and what it tells on the way."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct


class Progress(Struct, frozen=True):
    """How far a proof is: the rule or part it is at, how many of all are done, and the states visited so far."""

    at: str
    done: int
    of: int
    states: int
    seconds: float


class TimeIsUp(Exception):
    """The time given to a part of the proof is over: what was not settled by then is unproved."""


class Limits:
    """One clock for the whole proof: every part looks at it, and tells how far it is."""

    def __init__(self, seconds: float, progress: Callable[[Progress], None] | None = None, of: int = 0) -> None:
        self.began = time.monotonic()
        self.seconds = seconds
        self.states = 0
        self.at = ""
        self.done = 0
        self.of = of
        self._progress = progress
        self._told = 0.0

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.began + self.seconds - time.monotonic()

    @property
    def taken(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def until(self, share: float) -> float:
        """The moment (monotonic) at which a share of what is left is over."""
        return time.monotonic() + max(0.0, self.left) * share

    def part(self, at: str) -> None:
        """The next rule or part begins."""
        self.at = at
        self.done += 1
        self._tell(0.0)

    def visited(self, count: int = 1) -> None:
        """So many more states were visited."""
        self.states += count
        self._tell(0.2)

    def _tell(self, every: float) -> None:
        now = time.monotonic()
        if self._progress is not None and now - self._told >= every:
            self._told = now
            self._progress(Progress(self.at, self.done, self.of, self.states, now - self.began))
