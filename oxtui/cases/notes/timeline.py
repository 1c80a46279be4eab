"""The acts in a case, day by day, for the wrap-up note."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.log import legacy
from oxtui.cases.notes.telling import EVERY_ANSWER, TELLERS, Before, Teller, all_effects, counted, source_of
from oxtui.cases.parts import item_of
from oxtui.cases.waits import name_of
from oxtui.cases.wording import Stamps, answer_words
from oxtui.playbook.model import Item, Scenario

_ACTS: Final = frozenset({"ticked", "answered", "quote", "copied", "settled", "taken-back", "unwound"})
"""The events that remind an agent who takes up a case again."""


def timeline(case: Case, stamps: Stamps, after: int = 0) -> list[str]:
    """The acts and results in order, under a line for each day and agent.

    With `after`, the sequence number of an event, only later events, but every answer.
    """
    rows: list[str] = []
    heading = ""
    for run in _runs(case, stamps, after):
        head = f"{stamps.day(run.event.at)}, {run.event.agent}:"
        if head != heading:
            heading = head
            rows.append(head)
        times = dict.fromkeys((stamps.time(run.event.at), stamps.time(run.last)))
        rows.append(f"{' to '.join(times)} {run.tell(case, run.event, run.before)}")
    return rows


def last_done(case: Case, count: int = 2) -> list[tuple[datetime, str]]:
    """The last acts and answers, newest first, each with when; of one item the last only, so nothing taken back."""
    rows: dict[tuple[object, ...], tuple[datetime, str]] = {}
    for event, before in reversed(list(_Events(case).with_before())):
        key = (event.what == "copied", event.get("scenario"), event.get("item") or event.get("template"))
        wanted = len(rows) < count and event.what in _ACTS and key not in rows
        if wanted and (text := EVERY_ANSWER[event.what](case, event, before)):
            rows[key] = event.at, text
    return list(rows.values())


class _Run(Struct, frozen=True):
    """Events in one line: the same act for one mailbox after the other."""

    event: Event
    before: Before
    last: datetime
    tell: Teller


def _runs(case: Case, stamps: Stamps, after: int) -> Iterable[_Run]:
    """The events that the note has, those that only differ in their mailboxes joined."""
    run: _Run | None = None
    for event, before in _Events(case).with_before():
        tell = (EVERY_ANSWER if after else TELLERS).get(event.what)
        if event.seq <= after or tell is None or not tell(case, event, before):
            continue
        if run and run.before == before and _same(run.event, event) and stamps.day(run.last) == stamps.day(event.at):
            named = dict.fromkeys((*run.event.get("mailboxes"), *event.get("mailboxes")))
            data = {**run.event.data, "mailboxes": list(named)}
            run = replace(run, event=replace(run.event, data=data), last=event.at)
            continue
        if run:
            yield run
        run = _Run(event, before, event.at, tell)
    if run:
        yield run


def _same(one: Event, other: Event) -> bool:
    """Whether two events differ in their mailboxes and times only."""
    if one.what != other.what or one.agent != other.agent or not one.get("mailboxes"):
        return False
    aside = ("mailboxes", "effects", "boards")
    rest = [{key: value for key, value in event.data.items() if key not in aside} for event in (one, other)]
    return rest[0] == rest[1] and not set(one.get("mailboxes")).intersection(other.get("mailboxes") or ())


class _Events:
    """Goes through a log once, with the state before each event."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.values: dict[tuple[int, str, str], tuple[str, ...]] = {}
        self.talks: dict[str, Event] = {}
        self.ended: set[tuple[int, str]] = set()
        self.domain = ""

    def with_before(self) -> Iterable[tuple[Event, Before]]:
        """Every event that counts, with the state before it."""
        for event in counted(self.case):
            before = self._before(event)
            self._take(event)
            yield event, before

    def _before(self, event: Event) -> Before:
        if event.what == "details":
            return Before(domain=self.domain)
        found = item_of(self.case.procedure, event)
        if found is None or event.what not in ("ticked", "answered", "taken-back", "settled"):
            return Before()
        scenario, item = found
        source = source_of(self.case, event, self.talks.get(event.agent))
        late = self._ended_already(scenario, item)
        values = [self.values[key] for key in self._keys(event, scenario, item) if key in self.values]
        if not values or event.what not in ("ticked", "answered"):
            return Before(source=source, late=late)
        if item.kind == "action":
            once = legacy.is_old(event) and not item.each and not item.reopens
            return Before(again=bool(event.get("again")) or once, source=source, late=late)
        others = [value for value in values if value != _value(event)]
        words = dict.fromkeys(answer_words(self.case, item, value[:-1], value[-1]) or "skipped" for value in others)
        return Before("; ".join(words), not others, source, late)

    def _ended_already(self, scenario: Scenario, item: Item) -> str:
        """The service that rests on an item and was ended already."""
        names = (name for name in scenario.witnesses.get(item.id, ()) if name != item.id)
        return next((name_of(scenario.by_id[name]) for name in names if (scenario.number, name) in self.ended), "")

    def _keys(self, event: Event, scenario: Scenario, item: Item) -> list[tuple[int, str, str]]:
        boxes = event.get("mailboxes") or self.case.addresses if item.each else ("",)
        return [(scenario.number, item.id, str(box)) for box in boxes]

    def _take(self, event: Event) -> None:
        if event.what in ("call", "call-ended", "auth-failed"):
            self.talks.pop(event.agent, None)
            if event.what == "call":
                self.talks[event.agent] = event
        self.domain = str(event.get("domain") or self.domain)
        for number, effects in all_effects(event):
            for item_id, box in effects.ended:
                self.values.pop((number, item_id, box), None)
        found = item_of(self.case.procedure, event)
        if found is None:
            return
        scenario, item = found
        keys = self._keys(event, scenario, item)
        if event.what in ("ticked", "answered", "skipped"):
            self.values |= dict.fromkeys(keys, _value(event))
            if item.killer:
                self.ended.add((scenario.number, item.id))
        elif event.what in ("taken-back", "unwound") or (event.what == "settled" and event.get("way") == "3"):
            for key in keys:
                self.values.pop(key, None)
            self.ended.discard((scenario.number, item.id))


def _value(event: Event) -> tuple[str, ...]:
    """An answer with the text typed with it, for comparison."""
    return (*map(str, event.get("value", ())), str(event.get("told") or ""))
