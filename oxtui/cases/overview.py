"""A case as a line of Home and of `oxtui cases`, and the order of the lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.addresses import phone_forms, shown_domain
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
    lapses_at: datetime

    def at(self, now: datetime) -> OnTheLine:
        """The conversation at another time; one that has lapsed stays lapsed."""
        live = self.live and now < self.lapses_at
        return self if live == self.live else replace(self, live=live)


class Cleared(Struct, frozen=True):
    """A cancellation that was cleared and not confirmed since: what, when, by whom."""

    text: str
    at: datetime
    agent: str
    ended: str
    """The playbook's word for it once it is done: `cancelled`."""


class Overview(Struct, frozen=True):
    """A case in a line; `status` is "due", "in hand", "waiting" or "closed".

    `agent` is on the line, or else worked on it last. `authenticated` says whether the client was, in this case; the
    JSON says so only during a live conversation, in which something may be ticked (rule 11).
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
    """The text that a filter searches, in lower case: domain, mailboxes, phone, tickets, notes."""
    turns: datetime | None = None
    """The local moment (without a zone) from which it is due, or None."""
    agent: str = ""
    holder: str = ""
    """The agent whose case it is; "" for none."""
    talks: tuple[OnTheLine, ...] = ()
    cleared: tuple[Cleared, ...] = ()
    clock: Running | None = None
    """The countdown that ends next."""

    @property
    def name(self) -> str:
        """The subject as a person writes it, for a screen."""
        return shown_domain(self.domain)

    def at(self, now: datetime) -> Overview:
        """The line at another time: only the status and the conversations change while the log stays."""
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
        """Whether every word of `text` occurs in the case, or the phone number that it is."""
        sought = clean(text).lower()
        found = all(word in self.words for word in sought.split())
        return found or any(form in self.words for form in phone_forms(sought))


def overview(case: Case) -> Overview:
    """Return the line of a case."""
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
    lapsed = case.conversation.lapsed if agent == case.agent else case.now >= talk.lapses_at
    return OnTheLine(agent, talk.mode, not (lapsed or talk.parked), talk.lapses_at)


def _words(case: Case) -> str:
    details = case.details
    notes = (str(event.get("text", "")) for event in case.log if event.what == "note" and event.id not in case.dropped)
    known = [value for values in details.fields.values() for value in values]
    names = (case.domain, *case.addresses)
    # as it is typed, too: an international name, and a number without its blanks, from abroad and from here
    phones = [details.of(name) for name, each in case.procedure.about.fields.items() if each.phone]
    numbers = [form for phone in phones for form in (re.sub(r"[^0-9+]", "", phone), *phone_forms(phone))]
    typed = (*map(shown_domain, names), *numbers)
    return " ".join(dict.fromkeys((case.id, *names, *typed, *known, *notes))).lower()


def _turns(case: Case) -> datetime | None:
    untils = [case.hold.until] if case.hold else []
    put_off = (status.item.id for status in case.applicable() if status.state is State.PUT_OFF)
    untils += [case.put_off_until(name) for name in put_off]
    moments = [moment for until in untils if (moment := moment_of(until))]
    return min((*moments, *(time.at for _, time in case.timed())), default=None)


def in_order(rows: list[Overview]) -> list[Overview]:
    """Due first (the longest due at the top), then in hand (the last touched first), then waiting (soonest first).

    Within each of these, cases with a countdown come first, the next to end at the top.
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
    """The lines of all open cases; a case is replayed only when its log has changed."""

    def __init__(self, replayed: Callable[[Document], Case]) -> None:
        self._replayed = replayed
        self._kept: dict[str, tuple[object, date, Overview]] = {}
        self._again: dict[str, float] = {}
        """When a case that could not be read is tried again: the steps it is pinned to may arrive a moment later."""

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
        """The line of a case; one that cannot be read says so, and the others are shown."""
        try:
            line = overview(self._replayed(document))
        except (OxtuiError, ValueError, ArithmeticError, LookupError, TypeError) as error:
            self._again[str(document["id"])] = monotonic() + AGAIN_SECONDS
            return unreadable(document, error)
        self._again.pop(str(document["id"]), None)
        return line


def unreadable(document: Document, error: Exception) -> Overview:
    """The line of a case that cannot be read, with the reason."""
    began = datetime(1970, 1, 1, tzinfo=UTC)
    log = document.get("log")
    first = log[0] if isinstance(log, list) and log and isinstance(log[0], dict) else {}
    data = first.get("data")
    domain = str(data.get("domain") or "") if isinstance(data, dict) else ""
    why = error.message if isinstance(error, OxtuiError) else "something in it has the wrong form"
    text = f"This case cannot be read: {why}"
    name = clean(domain) or str(document["id"])
    return Overview(str(document["id"]), name, None, "", "in hand", False, 0, 0, text, None, began, began, name.lower())


def likely_first(documents: Mapping[str, Document], now: datetime, count: int) -> dict[str, Document]:
    """The `count` documents that come first in the list, guessed from the raw logs, for a quick first frame.

    Those that seem due, the longest due first, then those touched last; `now` is in the agent's zone.
    """
    local = now.replace(tzinfo=None)
    due: list[tuple[datetime, str, str]] = []
    others: list[tuple[str, str]] = []
    for case_id, document in documents.items():
        log = document["log"]
        end = _first_end(log)
        touched = str(log[-1].get("at", "")) if log else ""
        if end is not None and end <= local:
            domain = str((log[0].get("data") or {}).get("domain", ""))
            due.append((end, domain, case_id))
        else:
            others.append((touched, case_id))
    names = [case_id for _, _, case_id in sorted(due)[:count]]
    others.sort(reverse=True)
    names += [case_id for _, case_id in others[: count - len(names)]]
    return {name: documents[name] for name in names}


def _first_end(log: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When the first wait of a log, or the first item that was put off, ends; rather too early than too late."""
    untils: dict[object, str] = {}
    held = ""
    for event in log:
        what = event.get("what")
        if what == "hold":
            held = str(event.get("id"))
        if what in ("hold", "deferred"):
            data = event.get("data") or {}
            untils[data.get("item")] = str(data.get("until", ""))
        elif what == "resumed" or (what == "undone" and (event.get("data") or {}).get("entry") == held):
            untils.pop(None, None)
        elif what in ("ticked", "answered", "skipped"):
            untils.pop((event.get("data") or {}).get("item"), None)
    return min((moment for until in untils.values() if (moment := moment_of(until))), default=None)
