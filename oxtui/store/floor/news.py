"""What the server tells each second, read as what it is: from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from oxtui.clock import MOST_OFF
from oxtui.errors import StoreError
from oxtui.playbook.pins import is_digest
from oxtui.store.floor.resending import Journal
from oxtui.store.floor.versions import Served
from oxtui.store.interface import Here
from oxtui.text import clean


class Told(Struct, frozen=True):
    """One answer of `news`."""

    cursor: str
    behind: bool
    timeline: str
    now: Annotated[datetime, Meta(tz=True)]
    agent: str
    lead: bool
    schema: int
    in_force: str | None
    who: list[tuple[str, str, Annotated[datetime, Meta(tz=True)]]]
    heads: list[tuple[str, int, int, str]]


class News:
    """The newest answer, as the screens ask for it."""

    def __init__(self) -> None:
        self.role = "agent"
        self.in_force = ""
        self.who: Mapping[str, tuple[Here, ...]] = MappingProxyType({})
        self.notices: tuple[str, ...] = ()

    def read(self, answer: Any) -> Told:
        """An answer; raises StoreError where it has not the form of one."""
        try:
            return msgspec.convert(answer, Told, strict=False)
        except ValueError as error:
            raise StoreError(
                f"the floor's server answers what this oxtui cannot read: {error}", "update oxtui"
            ) from None

    def told(self, found: Told, offset: timedelta, journal: Journal, damaged: tuple[str, ...], served: Served) -> None:
        """Take an answer in, with what has to be told of it."""
        self.role = "lead" if found.lead else "agent"
        digest = found.in_force or ""
        self.in_force = digest if is_digest(digest) else ""
        rows: dict[str, tuple[Here, ...]] = {}
        others = (row for row in found.who if row[1] != found.agent)
        for case_id, agent, since in others:
            rows[case_id] = (*rows.get(case_id, ()), Here(clean(agent), since))
        self.who = MappingProxyType(rows)
        self.notices = tuple(filter(None, (served.notice(found.now.date()), *_notices(offset, journal, damaged))))


def _notices(offset: timedelta, journal: Journal, damaged: tuple[str, ...]) -> list[str]:
    found = []
    if journal.restored:
        text = f"The floor's server was restored to an earlier time: {journal.sent} changes made here were sent again"
        text += f", {journal.left} wait for others" if journal.left else ""
        text += f", {journal.lost} could not be: look at your cases of today" if journal.lost else ""
        found.append(f"{text}.")
    if abs(offset) > MOST_OFF:
        seconds = round(offset.total_seconds())
        which = "behind" if seconds > 0 else "ahead of"
        found.append(f"This machine's clock is {abs(seconds)} s {which} the floor's: the floor's counts.")
    if damaged:
        found.append(
            f"The floor's server sent what is no case: {', '.join(map(clean, damaged[:3]))}. Tell its operator."
        )
    return found
