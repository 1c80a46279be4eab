"""When a conversation lapses: by the wall clock and by the monotonic one, whichever is further on."""

from __future__ import annotations

from datetime import timedelta

from oxtui.cases.case import Talk
from oxtui.clock import Clock


class Lapses:
    """The conversations that were looked at, each with its age at the first look."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, timedelta]] = {}

    def left(self, talk: Talk, lapse: timedelta, clock: Clock) -> timedelta:
        """How long a conversation still lasts, counted from its last event; zero or less once it has lapsed.

        A clock that was set back revives none: what has lapsed here once stays lapsed until something happens in it.
        """
        key = f"{talk.event.id}:{talk.last.timestamp()}"
        if key not in self._seen:
            self._seen[key] = (clock.monotonic(), max(timedelta(), clock.now() - talk.last))
        since, age = self._seen[key]
        # The monotonic clock stands still while a laptop sleeps, the wall clock where it was made to.
        elapsed = max(age + timedelta(seconds=clock.monotonic() - since), clock.now() - talk.last)
        left = lapse - elapsed
        if left <= timedelta():
            self._seen[key] = (since, timedelta.max // 2)
        return left
