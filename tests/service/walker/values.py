"""The values that the oracle keeps of a log: marks, losses, conversations, and what the walker knows beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final, NamedTuple, TypeAlias

Key: TypeAlias = tuple[int, str, str]
"""Scenario, item, mailbox ("" where the item is done once)."""
Row: TypeAlias = Mapping[str, Any]
"""An event as it is kept in the file."""

LAPSE: Final = timedelta(minutes=60)
SKEW: Final = timedelta(minutes=1)
"""How far ahead of now an event may be: less is a clock that was corrected."""
ZONE: Final = timezone(timedelta(hours=11))
KEEPS: Final = {(1, "tell-team"): (2,)}
"""Acts that another scenario leaves as they are."""
TERMS: Final = {"ns": "jira", "mx": "jira"}
"""Answers that are only terms of an act once it is done."""
WITH_CLIENT: Final = frozenset({(2, "devices"), (2, "client-confirms"), (3, "settings"), (3, "client-confirms")})


def moment(text: str) -> datetime:
    """A moment as the file has it, or local time as somebody typed it."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZONE)


class Mark(NamedTuple):
    """What stands of an item."""

    seq: int
    event: str
    agent: str
    at: datetime
    counts: datetime
    """When it counts from: of what was told or written, when that was."""
    value: tuple[str, ...]
    auth: str
    saw: Mapping[str, str]
    """What the newest evidence on the screen proposed."""

    @property
    def done(self) -> bool:
        return "skipped" not in self.value


class Loss(NamedTuple):
    """When something was lost or done anew."""

    seq: int
    at: datetime
    how: str


@dataclass
class Conversation:
    """One agent's conversation in the case."""

    call: str
    mode: str
    began: datetime
    last: datetime
    auth: str
    written: datetime | None = None
    ended: str = ""
    parked: bool = False


@dataclass
class Clearing:
    """The first step of a killer."""

    seq: int
    agent: str
    event: str


@dataclass
class Told:
    """What the walker knows beside the log: from which pane an event came, what that pane had seen, what was pasted."""

    pane: dict[str, str] = field(default_factory=dict)
    seen: dict[str, int | None] = field(default_factory=dict)
    foreign: dict[str, frozenset[str]] = field(default_factory=dict)
    """For an `imported` event: the events before it that its home had never seen."""


def proposals(evidence: Mapping[str, Any]) -> dict[str, str]:
    """The answers that made-up evidence speaks for: only of the kinds that the walker makes up."""
    found: dict[str, str] = {}
    if evidence.get("dns_with_us") is not None:
        found["ns"] = "with-us" if evidence["dns_with_us"] else "not-with-us"
    if evidence.get("error"):
        return found
    owner = evidence.get("owner")
    if owner == "office365":
        found |= {"dns-office-365": "yes", "dns-ox": "no", "mx": "office-365"}
    if owner == "ox-mail":
        found |= {"dns-office-365": "no", "dns-ox": "yes", "mx": "ox-mail"}
    if owner == "none":  # no MX at all: mail goes nowhere
        found |= {"dns-office-365": "no", "dns-ox": "no"}
    if owner == "other":
        found |= {"dns-office-365": "no", "dns-ox": "no", "mx": "other"}
    return found
