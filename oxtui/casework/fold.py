"""From a log to a case: every fact about a case is read off its entries here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from msgspec.structs import replace

from oxtui.casework.case import MOVED, Case, Closed, Details, Hold, Mailbox, Typed
from oxtui.casework.entries import Document, Entry, entries_of, from_document, is_intact
from oxtui.casework.money import Quote
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

# What an entry changed from outside may still tell: it shows, but nothing is permitted by it.
_HARMLESS = frozenset({"opened", "details", "note", "hold", "resumed"})
# Entries that rest on others: what they rested on is seen when they are read first.
_RESTING = frozenset({"ticked", "answered", "quote"})
_CHANGED = "the log was changed from outside"
Used: TypeAlias = tuple[tuple[str, Fingerprint], ...]


class Folding:
    """The state of a case while its log is read, entry by entry."""

    def __init__(
        self, procedure: Procedure, used: dict[str, Used] | None = None, suspect: frozenset[int] = frozenset()
    ) -> None:
        self.procedure = procedure
        self.used: dict[str, Used] = {} if used is None else used
        """What each entry rested on when it was made: an undo of something earlier does not rewrite that."""
        self.suspect = suspect
        self.details = Details()
        self.mailboxes: dict[str, Mailbox] = {}
        self.flow: dict[str, str] = {}
        self.number = 0
        self.records: dict[int, dict[str, Record]] = {}
        self.call: Entry | None = None
        self.auths: list[Entry] = []
        self.failed: Entry | None = None
        self.rests: dict[str, str] = {}
        self.quotes: dict[int, tuple[Quote, Entry]] = {}
        self.lines: dict[tuple[str, str], Typed] = {}
        self.evidence: Mapping[str, object] | None = None
        self.hold: Hold | None = None
        self.closed: Closed | None = None

    # -- helpers
    def find(self, entry: Entry) -> tuple[Scenario, Item, dict[str, Record]] | None:
        """The scenario, item and records an entry speaks of, or None where the playbook has them no more."""
        scenario = self.procedure.scenarios.get(int(entry.get("scenario", 0)))
        item = scenario.by_id.get(str(entry.get("item"))) if scenario else None
        if scenario is None or item is None:
            return None
        return scenario, item, self.records.setdefault(scenario.number, {})

    def mark(self, entry: Entry, value: tuple[str, ...] = ()) -> None:
        """Put a mark on the entry's item, for the mailboxes it names or for all."""
        found = self.find(entry)
        if not found:
            return
        scenario, item, records = found
        reopen(scenario, records, item, effects(item, value))
        used = self.used.setdefault(entry.id, snapshot(scenario, records, item))
        record = records.setdefault(item.id, Record())
        record.skipped = record.deferred = ""
        # Other answers may be offered since the case moved to another playbook.
        gone = item.kind == "question" and bool(item.answers) and not (value and all(map(item.answer, value)))
        mark = Mark(entry.id, value, used, "its answers have changed" if gone else "")
        chosen = entry.get("mailboxes") or list(self.mailboxes)
        for mailbox in chosen if item.each else [""]:
            record.marks[str(mailbox)] = mark
        if self.auths:
            self.rests[entry.id] = self.auths[-1].id
        consume(scenario, records, item.id)

    def spoil(self, why: str, auths: set[str] | None = None) -> None:
        """Have all that was done (on those authentications) checked again; what was skipped is open again."""
        for record in (record for records in self.records.values() for record in records.values()):
            for mailbox, mark in record.marks.items():
                if auths is None or self.rests.get(mark.entry) in auths:
                    record.marks[mailbox] = replace(mark, spoiled=why)
            if record.skipped and (auths is None or self.rests.get(record.skipped) in auths):
                record.skipped = ""

    # -- one method an event
    def on_opened(self, entry: Entry) -> None:
        self.on_details(entry)

    def on_details(self, entry: Entry) -> None:
        for name in ("domain", "phone", "contact", "salesforce", "jira"):
            if name in entry.data:
                self.details = self.details.with_field(name, str(entry.data[name]))

    def on_mailboxes(self, entry: Entry) -> None:
        for address in entry.get("removed", ()):
            self.mailboxes.pop(str(address), None)
        for address in entry.get("added", ()):
            self.mailboxes.setdefault(str(address), Mailbox(str(address)))
        for address, ox in entry.get("ox", {}).items():
            if address in self.mailboxes and str(ox) in MOVED:
                self.mailboxes[address] = Mailbox(address, str(ox))

    def on_call(self, entry: Entry) -> None:
        if not self.suspect <= set(entry.get("despite", ())):
            # A log with holes proves nothing about who was on the line: only a call that was begun in full
            # knowledge of them counts, and what was done before has to be checked again.
            return
        if self.suspect and not self.auths:
            self.spoil(_CHANGED)
        if entry.get("mode") == "client":
            self.auths.append(entry)
            self.call = entry
            self.failed = None
        elif self.auths:
            self.call = entry

    def on_call_ended(self, entry: Entry) -> None:
        self.call = None

    def on_auth_failed(self, entry: Entry) -> None:
        self.call = None
        self.failed = entry

    def on_revoked(self, entry: Entry) -> None:
        revoked = {str(entry.get("call"))} if entry.get("call") else {auth.id for auth in self.auths}
        self.auths = [auth for auth in self.auths if auth.id not in revoked]
        self.call = None
        self.spoil("the authentication was taken back", revoked)

    def on_flow(self, entry: Entry) -> None:
        self.flow = {str(key): str(value) for key, value in entry.get("answers", {}).items()}

    def on_scenario(self, entry: Entry) -> None:
        number = int(entry.get("scenario", 0))
        self.number = number if number in self.procedure.scenarios else 0

    def on_ticked(self, entry: Entry) -> None:
        self.mark(entry)
        found = self.find(entry)
        for value in found[1].values if found else ():
            text = str(entry.get("values", {}).get(value.key, ""))
            if value.field and text:
                self.details = self.details.with_field(value.field, text)

    def on_answered(self, entry: Entry) -> None:
        self.mark(entry, tuple(str(value) for value in entry.get("value", ())))

    def on_quote(self, entry: Entry) -> None:
        self.quotes[int(entry.get("scenario", 0))] = (Quote.from_data(entry.get("quote", {})), entry)
        self.mark(entry)

    def on_skipped(self, entry: Entry) -> None:
        found = self.find(entry)
        if found:
            record = found[2].setdefault(found[1].id, Record())
            if not found[1].acts:
                # What was done outside is remembered: it may have to be taken back one day.
                record.marks.clear()
            record.skipped, record.deferred = entry.id, ""
            if self.auths:
                self.rests[entry.id] = self.auths[-1].id

    def on_deferred(self, entry: Entry) -> None:
        found = self.find(entry)
        if found:
            record = found[2].setdefault(found[1].id, Record())
            record.deferred, record.skipped = entry.id, ""

    def on_unwound(self, entry: Entry) -> None:
        found = self.find(entry)
        if found and found[1].id in found[2]:
            record = found[2][found[1].id]
            record.marks.clear()
            record.skipped = record.deferred = ""

    def on_line(self, entry: Entry) -> None:
        key = (str(entry.get("template")), str(entry.get("key")))
        self.lines[key] = Typed(str(entry.get("value", "")), entry.seq)

    def on_evidence(self, entry: Entry) -> None:
        self.evidence = entry.get("evidence")

    def on_hold(self, entry: Entry) -> None:
        self.hold = Hold(str(entry.get("for", "")), str(entry.get("until", "")), str(entry.get("reason", "")))

    def on_resumed(self, entry: Entry) -> None:
        self.hold = None

    def on_closed(self, entry: Entry) -> None:
        self.closed = Closed(str(entry.get("ending")), str(entry.get("told", "")), entry.at, entry.agent)
        self.call = self.hold = None

    def on_reopened(self, entry: Entry) -> None:
        self.closed = None

    def on_imported(self, entry: Entry) -> None:
        # What another agent reported stays; who was on the line there is not on the line here.
        self.call, self.auths = None, []

    def take(self, entry: Entry) -> None:
        """Read one entry; what this program does not know is passed over."""
        handler = getattr(self, f"on_{entry.what.replace('-', '_')}", None)
        if handler:
            handler(entry)

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


def read_log(document: Document) -> tuple[list[Entry], tuple[int, ...]]:
    """The entries of a case document in order, and the sequence numbers that are altered or missing."""
    log = document.get("log", ())
    case_id = str(document.get("id"))
    altered: set[int] = set()
    try:
        entries = entries_of(log)
    except ValueError:
        log, entries, altered = _readable(log)
    altered.update(entry.seq for kept, entry in zip(log, entries, strict=True) if not is_intact(case_id, kept))
    entries.sort(key=lambda entry: entry.seq)
    seen = {entry.seq for entry in entries}
    if entries:
        altered.update(number for number in range(1, entries[-1].seq + 1) if number not in seen)
    return entries, tuple(sorted(altered))


def _readable(log: Sequence[Any]) -> tuple[list[Any], list[Entry], set[int]]:
    """What can be read of a log: documents and entries; and the places of the others, counted from 1."""
    documents: list[Any] = []
    entries: list[Entry] = []
    others: set[int] = set()
    for place, kept in enumerate(log, start=1):
        try:
            entries.append(from_document(kept))
        except ValueError:
            others.add(place)
        else:
            documents.append(kept)
    return documents, entries, others


def dropped_by_undo(entries: list[Entry], altered: frozenset[int]) -> frozenset[str]:
    """The ids of the entries that were taken back (an undo may itself be taken back: the last word counts)."""
    taken: set[str] = set()
    for entry in reversed(entries):
        if entry.what == "undone" and entry.seq not in altered and entry.id not in taken:
            taken.add(str(entry.get("entry")))
    return frozenset(taken)


def replay(entries: list[Entry], procedure: Procedure, suspect: frozenset[int] = frozenset()) -> Folding:
    """The state after `entries`; those whose sequence numbers are `suspect` may tell but not permit.

    What was taken back is left out from then on, not from its beginning: what was done in between keeps
    the answers that it was done under.
    """
    state = Folding(procedure, None, suspect)
    gone: frozenset[str] = frozenset()
    again = False
    for place, entry in enumerate(entries):
        if entry.id in gone or (entry.seq in suspect and entry.what not in _HARMLESS):
            continue
        if entry.what == "undone":
            gone, again = dropped_by_undo(entries[: place + 1], suspect), True
            continue
        if again and entry.what in _RESTING:
            state, again = _without(entries[:place], gone, state), False
        state.take(entry)
    return _without(entries, gone, state) if again else state


def _without(entries: list[Entry], gone: frozenset[str], before: Folding) -> Folding:
    """The state after `entries` but those in `gone`; what each rested on stays as it was seen before."""
    state = Folding(before.procedure, before.used, before.suspect)
    for entry in entries:
        if entry.id not in gone and (entry.seq not in state.suspect or entry.what in _HARMLESS):
            state.take(entry)
    return state


def fold(
    document: Document,
    procedure: Procedure,
    now: datetime,
    *,
    lapsed: Callable[[Entry], bool] = lambda entry: False,
    price: Callable[[str], Any] | None = None,
) -> Case:
    """The case that `document` holds, seen at `now` (in the agent's zone).

    `lapsed` says whether a call's time is over; `price` gives a plan's price today (Decimal, or None).
    """
    entries, altered = read_log(document)
    suspect = frozenset(altered)
    dropped = dropped_by_undo(entries, suspect)
    state = replay(entries, procedure, suspect)
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
        log=tuple(entries),
        now=now,
        details=state.details,
        mailboxes=tuple(state.mailboxes.values()),
        flow=state.flow,
        scenario=scenario,
        records=state.records,
        statuses=statuses,
        unwinds=state.unwinds(),
        call=call,
        call_entry=state.call,
        auth_entry=state.auths[-1] if state.auths else None,
        auth_failed=state.failed,
        quote=quote[0] if quote else None,
        quote_entry=quote[1] if quote else None,
        lines=state.lines,
        evidence=state.evidence,
        hold=state.hold,
        closed=state.closed,
        dropped=dropped,
        altered=altered,
    )


def _price_changed(state: Folding, scenario: Scenario, price: Callable[[str], Any] | None) -> None:
    """A quote whose price has changed is worked out again, unless the order is placed."""
    if price is None or scenario.number not in state.quotes:
        return
    quote, entry = state.quotes[scenario.number]
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
            if mark.entry == entry.id:
                records[item.id].marks[mailbox] = replace(mark, spoiled="a price has changed since")
