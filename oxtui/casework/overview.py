"""A case in a line: what Home and `oxtui cases` tell of it, and the order they are told in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from oxtui.casework.case import Case, Hold, moment_of
from oxtui.casework.entries import iso
from oxtui.playbook.progress import State

_PLACES = {"due": 0, "in hand": 1, "waiting": 2, "closed": 3}


class Overview(Struct, frozen=True):
    """What is told of a case in a line; `status` is "due", "in hand", "waiting" or "closed"."""

    id: str
    domain: str
    scenario: int | None
    title: str
    status: str
    authenticated: bool
    done: int
    total: int
    next: str
    hold: Hold | None
    opened_at: datetime
    touched_at: datetime
    words: str
    """All that a filter looks through, in lower case: domain, mailboxes, phone, tickets."""
    turns: datetime | None = None
    """The local moment (without a zone) from which it is due, or None."""

    def at(self, now: datetime) -> Overview:
        """The same line at another time: all of it but the status stays while the log does."""
        if self.status == "closed":
            return self
        rest = "waiting" if self.hold else "in hand"
        status = "due" if self.turns and self.turns <= now.replace(tzinfo=None) else rest
        return self if status == self.status else replace(self, status=status)

    def as_json(self) -> dict[str, Any]:
        """The Contract's JSON of `oxtui cases`."""
        return {
            "id": self.id,
            "domain": self.domain,
            "scenario": self.scenario,
            "status": self.status,
            "authenticated": self.authenticated,
            "done": self.done,
            "total": self.total,
            "next": self.next or None,
            "hold": {"for": self.hold.waits_for, "until": self.hold.until} if self.hold else None,
            "opened_at": iso(self.opened_at),
        }

    def matches(self, text: str) -> bool:
        """Whether every word of `text` is found in it."""
        return all(word in self.words for word in text.lower().split())


def overview(case: Case) -> Overview:
    """`case` in a line."""
    done, total = case.progress()
    details = case.details
    words = (
        case.id,
        case.domain,
        *case.addresses,
        details.phone,
        details.contact,
        details.salesforce,
        *details.jira,
    )
    return Overview(
        id=case.id,
        domain=case.domain,
        scenario=case.number,
        title=case.scenario.title if case.scenario else "",
        status=case.standing(),
        authenticated=case.authenticated,
        done=done,
        total=total,
        next=case.next_text(),
        hold=case.hold,
        opened_at=case.opened_at,
        touched_at=case.log[-1].at if case.log else case.opened_at,
        words=" ".join(words).lower(),
        turns=_turns(case),
    )


def _turns(case: Case) -> datetime | None:
    untils = [case.hold.until] if case.hold else []
    for status in case.applicable():
        if status.state is State.DEFERRED and (entry := case.entry(case.record(status.item.id).deferred)):
            untils.append(str(entry.get("until", "")))
    return min((moment for until in untils if (moment := moment_of(until))), default=None)


def in_order(rows: list[Overview]) -> list[Overview]:
    """Due first (the longest due at the top), then in hand (the last touched first), then waiting (soonest first)."""

    def key(row: Overview) -> tuple[int, float]:
        moment = moment_of(row.hold.until) if row.hold else None
        if row.status in ("due", "waiting"):
            return _PLACES[row.status], moment.timestamp() if moment else 0.0
        return _PLACES[row.status], -row.touched_at.timestamp()

    return sorted(rows, key=key)
