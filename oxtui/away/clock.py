"""The time on a floor: this machine's, unless its clock is wrong."""

from __future__ import annotations

from datetime import datetime

from oxtui.clock import MOST_OFF, Clock
from oxtui.store.interface import Floor


class FloorClock(Clock):
    """A clock that follows the server's if this machine's is off by more than a minute."""

    def __init__(self, own: Clock, floor: Floor) -> None:
        super().__init__(own.frozen)
        self._own = own
        self._floor = floor

    def now(self) -> datetime:
        """The current moment in UTC."""
        own = self._own.now()
        if self.frozen is not None:
            return own
        server = self._floor.server_now()
        return server if abs(server - own) > MOST_OFF else own

    def monotonic(self) -> float:
        """Seconds for countdowns and time limits."""
        return self._own.monotonic()
