"""The time limit of a proof, and its progress."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct


class Progress(Struct, frozen=True):
    """The rule or part a proof is at, how many of all are done, and the states visited so far."""

    at: str
    done: int
    of: int
    states: int
    seconds: float


class TimeIsUp(Exception):
    """The time for a part of the proof is over: everything not settled by then is unproved."""


class Limits:
    """The clock of a whole proof, to which every part reports its progress."""

    def __init__(self, seconds: float, progress: Callable[[Progress], None] | None = None, of: int = 0) -> None:
        self.began = time.monotonic()
        self.seconds = seconds
        self.states = 0
        self.at = ""
        self.done = 0
        self.of = of
        self._progress = progress
        self._reported = 0.0

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.began + self.seconds - time.monotonic()

    @property
    def taken(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def until(self, share: float) -> float:
        """Return the moment (monotonic) at which a share of the time left is over."""
        return time.monotonic() + max(0.0, self.left) * share

    def part(self, at: str) -> None:
        """Begin the next rule or part."""
        self.at = at
        self.done += 1
        self._report(0.0)

    def visited(self) -> None:
        """Count one more visited state."""
        self.states += 1
        self._report(0.2)

    def _report(self, every: float) -> None:
        now = time.monotonic()
        if self._progress is not None and now - self._reported >= every:
            self._reported = now
            self._progress(Progress(self.at, self.done, self.of, self.states, now - self.began))
