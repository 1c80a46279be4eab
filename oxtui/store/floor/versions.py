"""Which programs a floor's server serves: those of its own schema and of the one before; older ones only read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from oxtui.errors import NewerFormat, StoreError
from oxtui.store.floor.link import Link

SCHEMA: Final = 6
"""The number of the newest file in `sql/`: what this program needs of a server."""
TOLD_AHEAD: Final = timedelta(days=7)


class Served(Struct, frozen=True):
    """How a server of the schema `server` serves this program; `until` is the day from which on it only reads."""

    server: int = SCHEMA
    until: date | None = None

    def refused(self, today: date) -> NewerFormat | None:
        """What every change is refused with, or None; `today` is the server's."""
        if self.server <= SCHEMA + 1 or (self.until is not None and today < self.until):
            return None
        words = "This oxtui is too old to change anything on the floor: it only reads"
        return NewerFormat(words, "update oxtui on this machine")

    def notice(self, today: date) -> str:
        """What the screens tell of it, or nothing; a set day is told a week ahead."""
        if refused := self.refused(today):
            return f"{refused.message}. Update it on this machine."
        if self.server > SCHEMA + 1 and self.until is not None and today >= self.until - TOLD_AHEAD:
            day = f"{self.until.day} {self.until:%B}"
            return f"From {day} on this oxtui only reads: it is too old for the floor. Update it before."
        return ""

    def advice(self, today: date) -> str:
        """What the doctor says is to be done, or nothing."""
        if self.refused(today):
            return "update oxtui: it only reads here"
        if self.server > SCHEMA + 1:
            return f"update oxtui before {self.until}: it only reads from then on"
        return (
            "update oxtui soon: the next version of the floor's server only lets it read"
            if self.server > SCHEMA
            else ""
        )


def served(link: Link, server: int) -> Served:
    """How a server of that schema serves this program; raises NewerFormat where it is too old, StoreError."""
    if server < SCHEMA:
        raise NewerFormat("the floor's server is of an earlier oxtui", "the operator runs oxtui floor init")
    if server <= SCHEMA + 1:
        return Served(server)
    try:
        answer = link.call("served_until", SCHEMA)
        return Served(server, None if answer is None else date.fromisoformat(str(answer)))
    except ValueError:
        raise StoreError("the floor's server answers what this oxtui cannot read", "update oxtui") from None
