"""Confirmed requests, sent again to a server that was restored to an earlier time."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import Any, Final

from msgspec import Struct

from oxtui.errors import StoreError, Unsaved
from oxtui.store.floor.link import Link
from oxtui.store.floor.memory import Memory

REMEMBERED: Final = 2000
AT_ONCE: Final = 50
"""Requests sent with one poll, so that new work does not wait long behind them."""
ROUNDS: Final = 60
"""Attempts for one request: it may have to wait for what other agents send."""
NOTICE_SECONDS: Final = 600.0


class Request(Struct):
    """A confirmed call of a function. Making it again is harmless: events that are there already count as success."""

    function: str
    values: tuple[Any, ...]
    rounds: int = 0


class Journal:
    """The latest confirmed requests of this program, in memory, and the ones a restored server is missing."""

    def __init__(self) -> None:
        self._confirmed: deque[Request] = deque(maxlen=REMEMBERED)
        self._to_send: deque[Request] = deque()
        self._sent = 0
        self._lost: list[str] = []
        """The ids of cases whose requests the server did not take, as the cases had changed without them."""
        self._restored_at: float | None = None

    def confirm(self, function: str, values: tuple[Any, ...]) -> None:
        """Remember a request that the server has confirmed."""
        self._confirmed.append(Request(function, values))

    def server_was_restored(self) -> None:
        """Queue every remembered request."""
        self._restored_at = monotonic()
        self._to_send = deque(Request(each.function, each.values) for each in self._confirmed)

    def resend(self, link: Link) -> None:
        """Send some of the queue, in order; a request that cannot be taken yet goes to its end. Raises Away."""
        for _ in range(min(len(self._to_send), AT_ONCE)):
            request = self._to_send.popleft()
            try:
                answer = link.call(request.function, *request.values)
            except Unsaved:
                self._to_send.appendleft(request)
                raise
            except StoreError:
                answer = None
            if isinstance(answer, dict) and answer.get("is") == "ok":
                self._sent += 1
            elif request.rounds < ROUNDS:
                request.rounds += 1
                self._to_send.append(request)
            else:
                self._lost.append(str(request.values[0]))

    def notices(self, memory: Memory) -> list[str]:
        """The notices about this, until ten minutes after the last change; lost changes stay, with their cases."""
        if self._restored_at is None:
            return []
        if self._to_send:
            self._restored_at = monotonic()
        elif not self._lost and monotonic() - self._restored_at > NOTICE_SECONDS:
            return []
        text = f"The floor's server was restored to an earlier time: {self._sent} changes made here were sent again"
        text += f", {len(self._to_send)} wait for others" if self._to_send else ""
        cases = ", ".join(dict.fromkeys(map(memory.domain_of, self._lost)))
        text += f", {len(self._lost)} could not be: look at {cases}" if self._lost else ""
        return [f"{text}."]
