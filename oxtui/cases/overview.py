"""A case in a line: what Home and `oxtui cases` tell of it, the order they are told in, and when they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.case import Case, Hold, moment_of
from oxtui.cases.events import Document, iso
from oxtui.playbook.progress import State

MOST_AT_ONCE = 40
"""So many cases that may be due are read for the first frame."""
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
    words = (case.id, case.domain, *case.addresses, details.phone, details.contact, details.salesforce, *details.jira)
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
        if status.state is State.DEFERRED and (event := case.event(case.record(status.item.id).deferred)):
            untils.append(str(event.get("until", "")))
    return min((moment for until in untils if (moment := moment_of(until))), default=None)


def in_order(rows: list[Overview]) -> list[Overview]:
    """Due first (the longest due at the top), then in hand (the last touched first), then waiting (soonest first)."""

    def key(row: Overview) -> tuple[int, float, str]:
        moment = moment_of(row.hold.until) if row.hold else None
        if row.status in ("due", "waiting"):
            return _PLACES[row.status], moment.timestamp() if moment else 0.0, row.domain
        return _PLACES[row.status], -row.touched_at.timestamp(), row.domain

    return sorted(rows, key=key)


class First(Struct, frozen=True):
    """The first lines of all, enough for a screen, of `total` cases."""

    rows: tuple[Overview, ...]
    total: int


class Lines:
    """The lines of all open cases; each case is folded once for as long as its log stays.

    To fold a case takes 0.2 ms, so a thousand of them would keep the first frame waiting: `first` folds no
    more than a screen shows, and `more` the others, a few at a time, while nobody waits.
    """

    def __init__(self, fold: Callable[[Document], Case]) -> None:
        self._fold = fold
        self._kept: dict[str, tuple[object, date, Overview]] = {}
        self._ends: dict[str, tuple[object, datetime | None]] = {}

    def all(self, documents: Mapping[str, Document], now: datetime) -> list[Overview]:
        """Every case, in order; `now` in the agent's zone."""
        return in_order([self._line(document, now) for document in documents.values()])

    def first(self, documents: Mapping[str, Document], now: datetime, count: int) -> First:
        """At least the first `count` of `all` (or all), and whatever else was folded before."""
        found: list[Overview] = []
        others: list[Document] = []
        promising: list[tuple[datetime, int, Document]] = []
        local = now.replace(tzinfo=None)
        for document in documents.values():
            if line := self._known(document, now):
                found.append(line)
            elif (end := self._end(document)) and end <= local:
                promising.append((end, len(promising), document))
            else:
                others.append(document)
        promising.sort(reverse=True)  # the longest due last
        shown = sum(row.status == "due" for row in found)
        while promising and shown < max(count, MOST_AT_ONCE):
            found.append(self._line(promising.pop()[2], now))
            shown += found[-1].status == "due"
        if shown < count:
            others.sort(key=_touched)
        while others and shown < count:
            found.append(self._line(others.pop(), now))
            shown += found[-1].status != "waiting"
        return First(tuple(in_order(found)), len(documents))

    def due(self, documents: Mapping[str, Document], now: datetime) -> int | None:
        """How many cases are due; None while more of them than `first` reads at once have still to be folded."""
        count = 0
        promising: list[tuple[datetime, int, Document]] = []
        local, today = now.replace(tzinfo=None), now.date()
        for document in documents.values():
            held = self._kept.get(document["id"])
            if held is not None and held[0] is document["log"] and held[1] == today:
                turns = held[2].turns
                count += turns is not None and turns <= local
            elif (end := self._end(document)) and end <= local:  # a guess: the fold says whether it is
                promising.append((end, len(promising), document))
        promising.sort(reverse=True)  # the longest due last
        while promising and count < MOST_AT_ONCE:
            count += self._line(promising.pop()[2], now).status == "due"
        return None if promising else count

    def more(self, documents: Mapping[str, Document], now: datetime, until: Callable[[], bool]) -> bool:
        """Fold on until `until` says stop; whether every case is folded."""
        for document in documents.values():
            if not self._known(document, now):
                if until():
                    return False
                self._line(document, now)
        return True

    def _known(self, document: Document, now: datetime) -> Overview | None:
        held = self._kept.get(str(document["id"]))
        if held is None or held[0] is not document["log"] or held[1] != now.date():  # prices are the day's
            return None
        return held[2].at(now)

    def _line(self, document: Document, now: datetime) -> Overview:
        if line := self._known(document, now):
            return line
        line = overview(self._fold(document))
        self._kept[str(document["id"])] = (document["log"], now.date(), line)
        return line.at(now)

    def _end(self, document: Document) -> datetime | None:
        case_id, log = str(document["id"]), document["log"]
        held = self._ends.get(case_id)
        if held is None or held[0] is not log:
            held = self._ends[case_id] = (log, _first_end(log))
        return held[1]


def _touched(document: Document) -> str:
    log = document["log"]
    return str(log[-1].get("at", "")) if log else ""


def _first_end(log: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When the first hold or deferral in a log ends: a guess, without folding, and never too late."""
    untils: dict[object, str] = {}
    ever: list[str] = []
    undone = False
    for event in log:
        what = event.get("what")
        if what in ("hold", "deferred"):
            data = event.get("data") or {}
            untils[data.get("item")] = str(data.get("until", ""))
            ever.append(untils[data.get("item")])
        elif what == "resumed":
            untils.pop(None, None)
        elif what in ("ticked", "answered", "skipped"):
            untils.pop((event.get("data") or {}).get("item"), None)
        elif what == "undone":
            undone = True  # what it brings back is for the fold to say
    candidates = ever if undone else untils.values()
    return min((moment for until in candidates if (moment := moment_of(until))), default=None)
