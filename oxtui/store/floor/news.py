"""The server's report of each second, validated like any input from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from oxtui.clock import MOST_OFF
from oxtui.errors import NewerFormat, StoreError
from oxtui.playbook.pins import is_digest
from oxtui.store.floor.address import SCHEMA
from oxtui.store.interface import Here
from oxtui.text import clean

NOTICE_DAYS: Final = 7


class News(Struct, frozen=True):
    """One answer of the server's function `news`."""

    cursor: str
    behind: bool
    timeline: str
    now: Annotated[datetime, Meta(tz=True)]
    agent: str
    lead: bool
    schema: int
    reads_only_from: date | None
    """The day from which on a program of this version only reads; None while the server serves it."""
    in_force: str | None
    who: list[tuple[str, str, Annotated[datetime, Meta(tz=True)]]]
    heads: list[tuple[str, int, int, str]]

    @property
    def playbook(self) -> str:
        """The digest of the bundle in force, or ""."""
        return self.in_force if self.in_force and is_digest(self.in_force) else ""

    @property
    def reads_only(self) -> bool:
        """Whether the server refuses every change because this program is too old."""
        return self.reads_only_from is not None and self.reads_only_from <= self.now.date()

    def others(self) -> Mapping[str, tuple[Here, ...]]:
        """By case id, the other agents who have it open."""
        rows: dict[str, tuple[Here, ...]] = {}
        for case_id, agent, since in self.who:
            if agent != self.agent:
                rows[case_id] = (*rows.get(case_id, ()), Here(clean(agent), since))
        return rows

    def notices(self, offset: timedelta, damaged: tuple[str, ...]) -> list[str]:
        """Warnings for every screen: an old program, a wrong clock (`offset`), cases that arrived `damaged`."""
        lines = []
        day = self.reads_only_from
        if self.reads_only:
            lines.append("This oxtui is too old to change anything on the floor: it only reads. Update it.")
        elif day is not None and self.now.date() >= day - timedelta(days=NOTICE_DAYS):
            lines.append(f"From {day.day} {day:%B} this oxtui only reads: it is too old for the floor. Update it.")
        if abs(offset) > MOST_OFF:
            seconds = round(offset.total_seconds())
            which = "behind" if seconds > 0 else "ahead of"
            lines.append(f"This machine's clock is {abs(seconds)} s {which} the floor's: the floor's counts.")
        if damaged:
            ids = ", ".join(map(clean, damaged[:3]))
            lines.append(f"The floor's server sent cases that cannot be read: {ids}. Tell its operator.")
        return lines

    def advice(self) -> str:
        """What `oxtui doctor` recommends about versions, or ""."""
        if self.reads_only:
            return "update oxtui: it only reads here"
        if self.reads_only_from is not None:
            return f"update oxtui before {self.reads_only_from}: it only reads from then on"
        late = "update oxtui soon: the next version of the floor's server only lets it read"
        return late if self.schema > SCHEMA else ""


def read_news(answer: Any) -> News:
    """Validate an answer of `news`; raises StoreError, or NewerFormat if the server is older than this program."""
    try:
        news = msgspec.convert(answer, News, strict=False)
    except ValueError as error:
        raise StoreError(f"the floor's server answers what this oxtui cannot read: {error}", "update oxtui") from None
    if news.schema < SCHEMA:
        raise NewerFormat("the floor's server is of an earlier oxtui", "the operator runs oxtui floor init")
    return news
