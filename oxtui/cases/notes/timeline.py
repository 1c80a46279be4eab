"""What was done in a case, day by day: the part of the wrap-up note that is told in the order it happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.log import legacy
from oxtui.cases.notes.telling import TELLERS, Before, Teller, all_effects, counted, source_of, tell_answer
from oxtui.cases.parts import item_of
from oxtui.cases.wording import Stamps, answer_words
from oxtui.playbook.model import Item, Scenario

_DONE: Final = frozenset({"ticked", "answered", "copied", "settled", "taken-back", "unwound"})
"""What counts as something done when a case is taken up again."""


def timeline(case: Case, stamps: Stamps, after: int = 0) -> list[str]:
    """What was done and what came back, in order, under a line for each day and agent.

    With `after`, the sequence number of an event, only what came later, but every answer.
    """
    tellers = {**TELLERS, "answered": tell_answer} if after else TELLERS
    rows: list[str] = []
    heading = ""
    for row in _rows(case, stamps, after, tellers):
        head = f"{stamps.day(row.event.at)}, {row.event.agent}"
        if head != heading:
            heading = head
            rows.append(f"{head}:")
        times = list(dict.fromkeys((stamps.time(row.event.at), stamps.time(row.last))))
        rows.append(f"{' to '.join(times)} {tellers[row.event.what](case, row.event, row.before)}")
    return rows


def last_done(case: Case, stamps: Stamps, count: int = 2) -> list[str]:
    """The last things done and answered, newest first, each with its time: where a case is taken up again."""
    rows: list[str] = []
    seen: set[tuple[object, ...]] = set()
    for event, before in reversed(list(_Walk(case).rows())):
        key = (event.what, event.get("item") or event.get("template"))
        if event.what not in _DONE or key in seen:
            continue
        seen.add(key)
        tell = tell_answer if event.what == "answered" else TELLERS[event.what]
        if text := tell(case, event, before):
            rows.append(f"{stamps.at(event.at)} {text}")
        if len(rows) == count:
            break
    return rows


def _rows(case: Case, stamps: Stamps, after: int, tellers: Mapping[str, Teller]) -> Iterable[_Row]:
    """The events that are told; what was done for one mailbox after the other is one, with its last time."""
    run: _Row | None = None
    for event, before in _Walk(case).rows():
        if event.seq <= after or event.what not in tellers or not tellers[event.what](case, event, before):
            continue
        if run and run.before == before and _same(run.event, event) and stamps.day(run.last) == stamps.day(event.at):
            named = dict.fromkeys((*run.event.get("mailboxes"), *event.get("mailboxes")))
            data = {**run.event.data, "mailboxes": list(named)}
            run = replace(run, event=replace(run.event, data=data), last=event.at)
            continue
        if run:
            yield run
        run = _Row(event, before, event.at)
    if run:
        yield run


def _same(one: Event, other: Event) -> bool:
    """Whether two events differ in their mailboxes and times only."""
    if one.what != other.what or one.agent != other.agent or not one.get("mailboxes"):
        return False
    aside = ("mailboxes", "effects", "boards")
    rest = [{key: value for key, value in event.data.items() if key not in aside} for event in (one, other)]
    return rest[0] == rest[1] and not set(one.get("mailboxes")).intersection(other.get("mailboxes") or ())


class _Row(Struct, frozen=True):
    """Events that are told as one: what was done for one mailbox after the other."""

    event: Event
    before: Before
    last: datetime


class _Walk:
    """Goes through a log once, and knows at each event what stood before it."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.values: dict[tuple[int, str, str], tuple[str, ...]] = {}
        self.talks: dict[str, Event] = {}
        self.ended: dict[tuple[int, str], Event] = {}
        self.domain = ""

    def rows(self) -> Iterable[tuple[Event, Before]]:
        """Every event that counts, with what it found."""
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
        late = self._late(scenario, item)
        stood = [self.values[key] for key in self._keys(event, scenario, item) if key in self.values]
        if not stood or event.what not in ("ticked", "answered"):
            return Before(source=source, late=late)
        new = _value(event)
        others = [value for value in stood if value != new]
        if item.kind == "action":
            once = legacy.is_old(event) and not item.each and not item.reopens
            return Before(again=bool(event.get("again")) or once, source=source, late=late)
        words = dict.fromkeys(answer_words(self.case, item, value[:-1], value[-1]) or "skipped" for value in others)
        return Before("; ".join(words), not others, source, late)

    def _late(self, scenario: Scenario, item: Item) -> str:
        for name in scenario.witnesses.get(item.id, ()):
            if name != item.id and (scenario.number, name) in self.ended:
                return scenario.by_id[name].done or scenario.by_id[name].text
        return ""

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
                self.ended[scenario.number, item.id] = event
        elif event.what in ("taken-back", "unwound") or (event.what == "settled" and event.get("way") == "3"):
            for key in keys:
                self.values.pop(key, None)
            self.ended.pop((scenario.number, item.id), None)


def _value(event: Event) -> tuple[str, ...]:
    """An answer with what was told, to be compared."""
    return (*map(str, event.get("value", ())), str(event.get("told") or ""))
