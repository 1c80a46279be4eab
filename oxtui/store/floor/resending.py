"""What was confirmed is sent again where the server was restored to an earlier time."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from msgspec import Struct

from oxtui.errors import StoreError, Unsaved
from oxtui.store.floor.link import Link

KEPT: Final = 2000
"""As many confirmed changes are remembered; they are in memory only."""
AT_ONCE: Final = 50
"""As many are sent with each look for news: what agents do now waits behind them."""
ROUNDS: Final = 60
"""So many times one is tried: others send theirs in between."""


class Change(Struct):
    """A call that changed a case, made anew without harm: what is there already is success."""

    function: str
    values: tuple[Any, ...]
    rounds: int = 0


class Journal:
    """The changes that this program has had confirmed, and those that a restored server lacks."""

    def __init__(self) -> None:
        self._kept: deque[Change] = deque(maxlen=KEPT)
        self._to_send: deque[Change] = deque()
        self.sent = 0
        """How many changes a restored server has taken again."""
        self.lost = 0
        """How many it did not take: the case went on otherwise."""
        self.restored = False

    def keep(self, function: str, values: tuple[Any, ...]) -> None:
        """A change was confirmed."""
        self._kept.append(Change(function, values))

    def server_was_restored(self) -> None:
        """All that is remembered is to be sent again."""
        self.restored = True
        self._to_send = deque(Change(each.function, each.values) for each in self._kept)

    @property
    def left(self) -> int:
        """How many changes are still to be sent."""
        return len(self._to_send)

    def resend(self, link: Link) -> None:
        """Send what is left, in order; what cannot be taken yet waits for what others have to send. Raises Away."""
        for _ in range(min(len(self._to_send), AT_ONCE)):
            change = self._to_send.popleft()
            if self._taken(link, change):
                self.sent += 1
            elif change.rounds < ROUNDS:
                change.rounds += 1
                self._to_send.append(change)
            else:
                self.lost += 1

    def _taken(self, link: Link, change: Change) -> bool:
        try:
            answer = link.call(change.function, *change.values)
        except Unsaved:
            self._to_send.appendleft(change)
            raise
        except StoreError:
            return False
        return isinstance(answer, dict) and answer.get("is") == "ok"
