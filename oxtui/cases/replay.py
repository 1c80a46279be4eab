"""From a log to a case: every fact about a case is read off its events here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from msgspec.structs import replace

from oxtui.cases.case import MOVED, Case, Closed, Details, Hold, Mailbox, Typed
from oxtui.cases.events import Document, Event, events_of, from_document, is_intact
from oxtui.cases.money import Quote
from oxtui.playbook.model import Item, Procedure, Scenario
from oxtui.playbook.permits import Call
from oxtui.playbook.progress import (
    Fingerprint,
    Mark,
    Record,
    Status,
    consume,
    effects,
    evaluate,
    reopen,
    snapshot,
)

# What an event changed from outside may still tell: it shows, but nothing is permitted by it.
_HARMLESS = frozenset({"opened", "details", "note", "hold", "resumed"})
# Entries that rest on others: what they rested on is seen when they are read first.
_RESTING = frozenset({"ticked", "answered", "quote"})
_CHANGED = "the log was changed from outside"
Used: TypeAlias = tuple[tuple[str, Fingerprint], ...]


class Replay:
    """The state of a case while its log is read, event by event."""

    def __init__(
        self, procedure: Procedure, used: dict[str, Used] | None = None, suspect: frozenset[int] = frozenset()
    ) -> None:
        self.procedure = procedure
        self.used: dict[str, Used] = {} if used is None else used
        """What each event rested on when it was made: an undo of something earlier does not rewrite that."""
        self.suspect = suspect
        self.details = Details()
        self.mailboxes: dict[str, Mailbox] = {}
        self.flow: dict[str, str] = {}
        self.number = 0
        self.records: dict[int, dict[str, Record]] = {}
        self.call: Event | None = None
        self.auths: list[Event] = []
        self.failed: Event | None = None
        self.rests: dict[str, str] = {}
        self.quotes: dict[int, tuple[Quote, Event]] = {}
        self.lines: dict[tuple[str, str], Typed] = {}
        self.evidence: Mapping[str, object] | None = None
        self.hold: Hold | None = None
        self.closed: Closed | None = None

    # -- helpers
    def find(self, event: Event) -> tuple[Scenario, Item, dict[str, Record]] | None:
        """The scenario, item and records an event speaks of, or None where the playbook has them no more."""
        scenario = self.procedure.scenarios.get(int(event.get("scenario", 0)))
        item = scenario.by_id.get(str(event.get("item"))) if scenario else None
        if scenario is None or item is None:
            return None
        return scenario, item, self.records.setdefault(scenario.number, {})

    def mark(self, event: Event, value: tuple[str, ...] = ()) -> None:
        """Put a mark on the event's item, for the mailboxes it names or for all."""
        found = self.find(event)
        if not found:
            return
        scenario, item, records = found
        reopen(scenario, records, item, effects(item, value))
        used = self.used.setdefault(event.id, snapshot(scenario, records, item))
        record = records.setdefault(item.id, Record())
        record.skipped = record.deferred = ""
        # Other answers may be offered since the case moved to another playbook.
        gone = item.kind == "question" and bool(item.answers) and not (value and all(map(item.answer, value)))
        mark = Mark(event.id, value, used, "its answers have changed" if gone else "")
        chosen = event.get("mailboxes") or list(self.mailboxes)
        for mailbox in chosen if item.each else [""]:
            record.marks[str(mailbox)] = mark
        if self.auths:
            self.rests[event.id] = self.auths[-1].id
        consume(scenario, records, item.id)

    def spoil(self, why: str, auths: set[str] | None = None) -> None:
        """Have all that was done (on those authentications) checked again; what was skipped is open again."""
        for record in (record for records in self.records.values() for record in records.values()):
            for mailbox, mark in record.marks.items():
                if auths is None or self.rests.get(mark.event) in auths:
                    record.marks[mailbox] = replace(mark, spoiled=why)
            if record.skipped and (auths is None or self.rests.get(record.skipped) in auths):
                record.skipped = ""

    # -- one method an event
    def on_opened(self, event: Event) -> None:
        self.on_details(event)

    def on_details(self, event: Event) -> None:
        for name in ("domain", "phone", "contact", "salesforce", "jira"):
            if name in event.data:
                self.details = self.details.with_field(name, str(event.data[name]))

    def on_mailboxes(self, event: Event) -> None:
        for address in event.get("removed", ()):
            self.mailboxes.pop(str(address), None)
        for address in event.get("added", ()):
            self.mailboxes.setdefault(str(address), Mailbox(str(address)))
        for address, ox in event.get("ox", {}).items():
            if address in self.mailboxes and str(ox) in MOVED:
                self.mailboxes[address] = Mailbox(address, str(ox))

    def on_call(self, event: Event) -> None:
        if not self.suspect <= set(event.get("despite", ())):
            # A log with holes proves nothing about who was on the line: only a call that was begun in full
            # knowledge of them counts, and what was done before has to be checked again.
            return
        if self.suspect and not self.auths:
            self.spoil(_CHANGED)
        if event.get("mode") == "client":
            self.auths.append(event)
            self.call = event
            self.failed = None
        elif self.auths:
            self.call = event

    def on_call_ended(self, event: Event) -> None:
        self.call = None

    def on_auth_failed(self, event: Event) -> None:
        self.call = None
        self.failed = event

    def on_revoked(self, event: Event) -> None:
        revoked = {str(event.get("call"))} if event.get("call") else {auth.id for auth in self.auths}
        self.auths = [auth for auth in self.auths if auth.id not in revoked]
        self.call = None
        self.spoil("the authentication was taken back", revoked)

    def on_flow(self, event: Event) -> None:
        self.flow = {str(key): str(value) for key, value in event.get("answers", {}).items()}

    def on_scenario(self, event: Event) -> None:
        number = int(event.get("scenario", 0))
        self.number = number if number in self.procedure.scenarios else 0

    def on_ticked(self, event: Event) -> None:
        self.mark(event)
        found = self.find(event)
        for value in found[1].values if found else ():
            text = str(event.get("values", {}).get(value.key, ""))
            if value.field and text:
                self.details = self.details.with_field(value.field, text)

    def on_answered(self, event: Event) -> None:
        self.mark(event, tuple(str(value) for value in event.get("value", ())))

    def on_quote(self, event: Event) -> None:
        self.quotes[int(event.get("scenario", 0))] = (Quote.from_data(event.get("quote", {})), event)
        self.mark(event)

    def on_skipped(self, event: Event) -> None:
        found = self.find(event)
        if found:
            record = found[2].setdefault(found[1].id, Record())
            if not found[1].acts:
                # What was done outside is remembered: it may have to be taken back one day.
                record.marks.clear()
            record.skipped, record.deferred = event.id, ""
            if self.auths:
                self.rests[event.id] = self.auths[-1].id

    def on_deferred(self, event: Event) -> None:
        found = self.find(event)
        if found:
            record = found[2].setdefault(found[1].id, Record())
            record.deferred, record.skipped = event.id, ""

    def on_unwound(self, event: Event) -> None:
        found = self.find(event)
        if found and found[1].id in found[2]:
            record = found[2][found[1].id]
            record.marks.clear()
            record.skipped = record.deferred = ""

    def on_line(self, event: Event) -> None:
        key = (str(event.get("template")), str(event.get("key")))
        self.lines[key] = Typed(str(event.get("value", "")), event.seq)

    def on_evidence(self, event: Event) -> None:
        self.evidence = event.get("evidence")

    def on_hold(self, event: Event) -> None:
        self.hold = Hold(str(event.get("for", "")), str(event.get("until", "")), str(event.get("reason", "")))

    def on_resumed(self, event: Event) -> None:
        self.hold = None

    def on_closed(self, event: Event) -> None:
        self.closed = Closed(str(event.get("ending")), str(event.get("told", "")), event.at, event.agent)
        self.call = self.hold = None

    def on_reopened(self, event: Event) -> None:
        self.closed = None

    def on_imported(self, event: Event) -> None:
        # What another agent reported stays; who was on the line there is not on the line here.
        self.call, self.auths = None, []

    def take(self, event: Event) -> None:
        """Read one event; what this program does not know is passed over."""
        handler = getattr(self, f"on_{event.what.replace('-', '_')}", None)
        if handler:
            handler(event)

    # -- what follows from all of it
    def unwinds(self) -> tuple[tuple[int, Item], ...]:
        """Actions with an effect outside that were done in a scenario which is no longer the case's."""
        found: list[tuple[int, Item]] = []
        for number, records in self.records.items():
            scenario = self.procedure.scenarios[number]
            if number != self.number:
                found += [(number, item) for item in scenario.items() if item.acts and _acted(records, item)]
        return tuple(found)


def _acted(records: Mapping[str, Record], item: Item) -> bool:
    record = records.get(item.id)
    return record is not None and bool(record.marks)


def read_log(document: Document) -> tuple[list[Event], tuple[int, ...]]:
    """The events of a case document in order, and the sequence numbers that are altered or missing."""
    log = document.get("log", ())
    case_id = str(document.get("id"))
    altered: set[int] = set()
    try:
        events = events_of(log)
    except ValueError:
        log, events, altered = _readable(log)
    altered.update(event.seq for kept, event in zip(log, events, strict=True) if not is_intact(case_id, kept))
    events.sort(key=lambda event: event.seq)
    seen = {event.seq for event in events}
    if events:
        altered.update(number for number in range(1, events[-1].seq + 1) if number not in seen)
    return events, tuple(sorted(altered))


def _readable(log: Sequence[Any]) -> tuple[list[Any], list[Event], set[int]]:
    """What can be read of a log: documents and events; and the places of the others, counted from 1."""
    documents: list[Any] = []
    events: list[Event] = []
    others: set[int] = set()
    for place, kept in enumerate(log, start=1):
        try:
            events.append(from_document(kept))
        except ValueError:
            others.add(place)
        else:
            documents.append(kept)
    return documents, events, others


def dropped_by_undo(events: list[Event], altered: frozenset[int]) -> frozenset[str]:
    """The ids of the events that were taken back (an undo may itself be taken back: the last word counts)."""
    taken: set[str] = set()
    for event in reversed(events):
        if event.what == "undone" and event.seq not in altered and event.id not in taken:
            taken.add(str(event.get("entry")))
    return frozenset(taken)


def replay(events: list[Event], procedure: Procedure, suspect: frozenset[int] = frozenset()) -> Replay:
    """The state after `events`; those whose sequence numbers are `suspect` may tell but not permit.

    What was taken back is left out from then on, not from its beginning: what was done in between keeps
    the answers that it was done under.
    """
    state = Replay(procedure, None, suspect)
    gone: frozenset[str] = frozenset()
    again = False
    for place, event in enumerate(events):
        if event.id in gone or (event.seq in suspect and event.what not in _HARMLESS):
            continue
        if event.what == "undone":
            gone, again = dropped_by_undo(events[: place + 1], suspect), True
            continue
        if again and event.what in _RESTING:
            state, again = _without(events[:place], gone, state), False
        state.take(event)
    return _without(events, gone, state) if again else state


def _without(events: list[Event], gone: frozenset[str], before: Replay) -> Replay:
    """The state after `events` but those in `gone`; what each rested on stays as it was seen before."""
    state = Replay(before.procedure, before.used, before.suspect)
    for event in events:
        if event.id not in gone and (event.seq not in state.suspect or event.what in _HARMLESS):
            state.take(event)
    return state


def fold(
    document: Document,
    procedure: Procedure,
    now: datetime,
    *,
    lapsed: Callable[[Event], bool] = lambda event: False,
    price: Callable[[str], Any] | None = None,
) -> Case:
    """The case that `document` holds, seen at `now` (in the agent's zone).

    `lapsed` says whether a call's time is over; `price` gives a plan's price today (Decimal, or None).
    """
    events, altered = read_log(document)
    suspect = frozenset(altered)
    dropped = dropped_by_undo(events, suspect)
    state = replay(events, procedure, suspect)
    if suspect and not state.auths:
        state.spoil(_CHANGED)
    scenario = procedure.scenarios.get(state.number)
    addresses = tuple(state.mailboxes)
    if scenario:
        _price_changed(state, scenario, price)
    statuses: Mapping[str, Status] = {}
    if scenario:
        statuses = evaluate(scenario, state.records.setdefault(scenario.number, {}), addresses)
    quote = state.quotes.get(state.number)
    call = Call(
        str(state.call.get("mode", "")) if state.call else "",
        bool(state.call and lapsed(state.call)),
        bool(state.auths),
    )
    return Case(
        id=str(document["id"]),
        opened_at=datetime.fromisoformat(str(document["opened_at"])),
        procedure=procedure,
        log=tuple(events),
        now=now,
        details=state.details,
        mailboxes=tuple(state.mailboxes.values()),
        flow=state.flow,
        scenario=scenario,
        records=state.records,
        statuses=statuses,
        unwinds=state.unwinds(),
        call=call,
        call_event=state.call,
        auth_event=state.auths[-1] if state.auths else None,
        auth_failed=state.failed,
        quote=quote[0] if quote else None,
        quote_event=quote[1] if quote else None,
        lines=state.lines,
        evidence=state.evidence,
        hold=state.hold,
        closed=state.closed,
        dropped=dropped,
        altered=altered,
    )


def _price_changed(state: Replay, scenario: Scenario, price: Callable[[str], Any] | None) -> None:
    """A quote whose price has changed is worked out again, unless the order is placed."""
    if price is None or scenario.number not in state.quotes:
        return
    quote, event = state.quotes[scenario.number]
    today = (price(quote.current), price(quote.new))
    if None in today or today == (quote.current_price, quote.new_price):
        return
    records = state.records.get(scenario.number, {})
    for item in scenario.items():
        if item.quote is None or item.id not in records:
            continue
        if any(item.id in other.uses and _acted(records, other) for other in scenario.items()):
            continue
        for mailbox, mark in records[item.id].marks.items():
            if mark.event == event.id:
                records[item.id].marks[mailbox] = replace(mark, spoiled="a price has changed since")
