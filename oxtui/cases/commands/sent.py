"""A command on its way, with what it was decided on: the same whether it is sent once, again, or much later."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.events import ID_LENGTH


class Sent(Struct, frozen=True):
    """A command on its way: the ids of its events come from `id`, and `seen` is what the screen showed.

    `seen` is the sequence number of the log's last event there; None where nobody looked at a screen. `at`: the time of
    the key, of a command that waited for the server (oxtui.away); `own` are the ids of those of this agent's that it
    was given after, which the server did not have yet.
    """

    command: Command
    id: str
    seen: int | None = None
    at: datetime | None = None
    own: frozenset[str] = frozenset()

    def made(self, event_id: str) -> bool:
        """Whether an event came of a command that this one was given after."""
        return event_id[:ID_LENGTH] in self.own

    def seen_in(self, case: Case) -> int | None:
        """The last event that the screen had shown, in the log as it is now: one's own that came behind it count."""
        seen = self.seen
        if seen is None:
            return None
        for event in case.log if self.own else ():
            if event.seq == seen + 1 and self.made(event.id):
                seen = event.seq
        return seen
