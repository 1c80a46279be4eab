"""A case in a line: what Home and `oxtui cases` tell of it, and the order in which they are told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.addresses import shown_domain
from oxtui.cases.case import Case
from oxtui.cases.clocks import Running, running
from oxtui.cases.events import Document, iso
from oxtui.cases.parts import Hold, Talk, moment_of
from oxtui.cases.status import State
from oxtui.errors import OxtuiError
from oxtui.text import clean

_PLACES: Final = {"due": 0, "in hand": 1, "waiting": 2, "closed": 3}


class OnTheLine(Struct, frozen=True):
    """A conversation that an agent has in a case: by phone (`client`), in writing or back office.

    `live` until it is parked or lapses at `lapses_at`.
    """

    agent: str
    mode: str
    live: bool
    parked: bool
    lapses_at: datetime

    def at(self, now: datetime) -> OnTheLine:
        """The same conversation at another time; one that has lapsed stays so."""
        live = self.live and now < self.lapses_at
        return self if live == self.live else replace(self, live=live)


class Cleared(Struct, frozen=True):
    """A service that was cleared to be ended, and of which nobody has said whether it was: what, when, by whom."""

    text: str
    at: datetime
    agent: str
    ended: str
    """What it is then, in the playbook's word: `cancelled`."""


class Overview(Struct, frozen=True):
    """What is told of a case in a line; `status` is "due", "in hand", "waiting" or "closed".

    `agent` has it: who is on the line, else who worked on it last. `authenticated`: the client was, in this case; its
    JSON says so only while a conversation is live, so that something may be ticked in it now (rule 11).
    """

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
    """All that a filter looks through, in lower case: domain, mailboxes, phone, tickets, notes."""
    turns: datetime | None = None
    """The local moment (without a zone) from which it is due, or None."""
    agent: str = ""
    holder: str = ""
    """Whose it is; "" where it is nobody's."""
    talks: tuple[OnTheLine, ...] = ()
    cleared: tuple[Cleared, ...] = ()
    clock: Running | None = None
    """What is lost next in it."""

    def at(self, now: datetime) -> Overview:
        """The same line at another time: all of it but the status and who is on the line stays while the log does."""
        if self.status == "closed":
            return self
        rest = "waiting" if self.hold else "in hand"
        status = "due" if self.turns and self.turns <= now.replace(tzinfo=None) else rest
        talks = tuple(talk.at(now) for talk in self.talks)
        return self if (status, talks) == (self.status, self.talks) else replace(self, status=status, talks=talks)

    def as_json(self) -> dict[str, Any]:
        """The Contract's JSON of `oxtui cases`."""
        return {
            "id": self.id,
            "domain": self.domain,
            "scenario": self.scenario,
            "status": self.status,
            "authenticated": any(talk.live for talk in self.talks),
            "done": self.done,
            "total": self.total,
            "next": self.next or None,
            "hold": {"for": self.hold.waits_for, "until": self.hold.until} if self.hold else None,
            "opened_at": iso(self.opened_at),
            "agent": self.agent,
        }

    def matches(self, text: str) -> bool:
        """Whether every word of `text` is found in it."""
        return all(word in self.words for word in clean(text).lower().split())


def overview(case: Case) -> Overview:
    """`case` in a line."""
    done, total = case.progress()
    talks = tuple(_on_the_line(case, agent, talk) for agent, talk in case.talks.items())
    last = case.log[-1].agent if case.log else ""
    return Overview(
        id=case.id,
        domain=case.domain,
        scenario=case.number,
        title=case.scenario.title if case.scenario else "",
        status=case.standing_word(),
        authenticated=case.authenticated,
        done=done,
        total=total,
        next=case.next_text(),
        hold=case.hold,
        opened_at=case.opened_at,
        touched_at=case.log[-1].at if case.log else case.opened_at,
        words=_words(case),
        turns=_turns(case),
        agent=next((talk.agent for talk in talks if talk.live), last),
        holder=case.holder,
        talks=talks,
        cleared=tuple(
            Cleared(item.text, event.at, event.agent, case.procedure.words.ends.done) for item, event in case.cleared
        ),
        clock=next(iter(running(case)), None),
    )


def _on_the_line(case: Case, agent: str, talk: Talk) -> OnTheLine:
    lapses_at = talk.last + timedelta(minutes=case.procedure.call_lapse_minutes)
    lapsed = case.conversation.lapsed if agent == case.agent else case.now >= lapses_at
    return OnTheLine(agent, talk.mode, not (lapsed or talk.parked), talk.parked, lapses_at)


def _words(case: Case) -> str:
    details = case.details
    notes = (str(event.get("text", "")) for event in case.log if event.what == "note" and event.id not in case.dropped)
    known = [value for values in details.fields.values() for value in values]
    names = (case.domain, *case.addresses)
    # as it was typed, too: an international name, and a number without its blanks
    phones = (details.of(name) for name, each in case.procedure.about.fields.items() if each.phone)
    typed = (*map(shown_domain, names), *(re.sub(r"[^0-9+]", "", phone) for phone in phones))
    return " ".join(dict.fromkeys((case.id, *names, *typed, *known, *notes))).lower()


def _turns(case: Case) -> datetime | None:
    untils = [case.hold.until] if case.hold else []
    put_off = (status.item.id for status in case.applicable() if status.state is State.PUT_OFF)
    untils += [case.put_off_until(name) for name in put_off]
    moments = [moment for until in untils if (moment := moment_of(until))]
    return min((*moments, *(time.at for _, time in case.timed())), default=None)


def in_order(rows: list[Overview]) -> list[Overview]:
    """Due first (the longest due at the top), then in hand (the last touched first), then waiting (soonest first).

    In each of these, cases in which something will be lost stand first, the next loss at the top.
    """

    def key(row: Overview) -> tuple[int, date, str, float, str]:
        ends = row.clock.ends if row.clock else date.max
        moment = row.turns.isoformat() if row.turns else ""
        if row.status in ("due", "waiting"):
            return _PLACES[row.status], ends, moment, 0, row.domain
        return _PLACES[row.status], ends, "", -row.touched_at.timestamp(), row.domain

    return sorted(rows, key=key)


AGAIN_SECONDS: Final = 1.0


class Lines:
    """The lines of all open cases; each case is replayed once for as long as its log stays."""

    def __init__(self, replayed: Callable[[Document], Case]) -> None:
        self._replayed = replayed
        self._kept: dict[str, tuple[object, date, Overview]] = {}
        self._again: dict[str, float] = {}
        """When a case that could not be read is tried again: the steps that it is pinned to may come a moment later."""

    def all(self, documents: Mapping[str, Document], now: datetime) -> list[Overview]:
        """Every case, in order; `now` in the agent's zone."""
        return in_order([self._line(document, now) for document in documents.values()])

    def _line(self, document: Document, now: datetime) -> Overview:
        case_id = str(document["id"])
        held = self._kept.get(case_id)
        turned = held is not None and held[2].status != "due" and held[2].at(now).status == "due"
        # prices are the day's; and once a time is over, other items can be done
        again = case_id in self._again and monotonic() >= self._again[case_id]
        if held is None or turned or again or held[0] is not document["log"] or held[1] != now.date():
            held = self._kept[case_id] = (document["log"], now.date(), self._read(document))
        return held[2].at(now)

    def _read(self, document: Document) -> Overview:
        """A case in a line; one that cannot be read is named, and the others are shown."""
        try:
            line = overview(self._replayed(document))
        except (OxtuiError, ValueError, ArithmeticError, LookupError, TypeError) as error:
            self._again[str(document["id"])] = monotonic() + AGAIN_SECONDS
            return unreadable(document, error)
        self._again.pop(str(document["id"]), None)
        return line


def unreadable(document: Document, error: Exception) -> Overview:
    """The line of a case that cannot be read: what it is called, and why."""
    began = datetime(1970, 1, 1, tzinfo=UTC)
    log = document.get("log")
    first = log[0] if isinstance(log, list) and log and isinstance(log[0], dict) else {}
    data = first.get("data")
    domain = str(data.get("domain") or "") if isinstance(data, dict) else ""
    why = error.message if isinstance(error, OxtuiError) else "something in it has the wrong form"
    text = f"This case cannot be read: {why}"
    name = clean(domain) or str(document["id"])
    return Overview(str(document["id"]), name, None, "", "in hand", False, 0, 0, text, None, began, began, name.lower())
