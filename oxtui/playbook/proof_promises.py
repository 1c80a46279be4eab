"""What the program promises whatever the playbook says: proved of its own functions, item by item."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook import permits, progress
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.progress import Mark, Record, State
from oxtui.playbook.proof_judge import Judge
from oxtui.playbook.proof_rules import Powers, may_quote, may_unwind
from oxtui.playbook.proof_slices import (
    CALLS,
    MAILBOXES,
    ONE,
    SWITCH,
    Slice,
    authentic,
    cut,
    permitted,
    told_apart,
    values_of,
)

PROMISES = {
    "guards": "What an item waits for is done for every mailbox, fresh, and for a killer not skipped",
    "applies": "What does not apply, or may not, is not done",
    "client": "What needs the client on the line is never done without",
    "firm": "What a cancellation rests on is never skipped or put off",
    "unwind": "What was done outside and no longer applies is taken back before the case ends",
    "reopen": "What is sent again takes back the answers that made it necessary, and may be sent once more",
    "done": "The program holds done what is done, and nothing else",
}


_ANSWERED = (State.DONE, State.STALE)


class Kept(Struct):
    """Whether a promise is kept: states visited, and the first in which it is not."""

    states: int = 0
    broken: str = ""


def promises(scenario: Scenario, powers: Powers) -> dict[str, Kept]:
    """Each promise, held against every state of each item with one guard of it."""
    kept = {name: Kept() for name in PROMISES}
    for item in scenario.items():
        for mailboxes in MAILBOXES:
            _guards(scenario, item, mailboxes, kept)
            _alone(scenario, item, mailboxes, powers, kept)
            _decided(scenario, item, mailboxes, powers, kept["applies"])
            _reopened(scenario, item, mailboxes, kept["reopen"])
    return kept


def _guards(scenario: Scenario, item: Item, mailboxes: tuple[str, ...], kept: dict[str, Kept]) -> None:
    # Even what the permits never let be skipped would not count for a killer.
    names = frozenset(scenario.order)
    for atom in item.after:
        guard = scenario.by_id[atom.item]
        if mailboxes != ONE and not (item.each or guard.each):
            continue
        small = cut(scenario, (item.id,), (atom.item,), bare=item.id, switched=True)
        # `uses` is left aside: an item of its own, below.
        small = _using(small, item.id, ())
        mine = small.by_id[item.id]
        part = Slice(small, told_apart(small), mailboxes, names, names)
        for records, _ in part.states():
            kept["guards"].states += 1
            position = part.position(records)
            again = item.kind == "question" and position.statuses[item.id].state in _ANSWERED
            judge = Judge(small, records, mailboxes)
            if not again and _may_mark(position, mine, records) and not judge.counts(atom, mine):
                kept["guards"].broken = kept["guards"].broken or f"'{item.text}' can be done before '{guard.text}'"
            _same(position, judge, item, kept["done"])


def _using(scenario: Scenario, name: str, uses: tuple[str, ...]) -> Scenario:
    item = replace(scenario.by_id[name], uses=uses)
    return replace(scenario, by_id={**scenario.by_id, name: item})


def _may_mark(position: permits.Position, item: Item, records: dict[str, Record]) -> bool:
    if item.quote:
        return position.statuses[item.id].state is not State.DONE and may_quote(position, item, records, discount=False)
    return permitted(permits.may_mark, position, item)


def _same(position: permits.Position, judge: Judge, item: Item, kept: Kept) -> None:
    """Whether the program and the judge agree on what is done."""
    kept.states += 1
    if (position.statuses[item.id].state is State.DONE) is not judge.done(item.id):
        kept.broken = kept.broken or f"'{item.text}' is held {position.statuses[item.id].state}"


def _alone(scenario: Scenario, item: Item, mailboxes: tuple[str, ...], powers: Powers, kept: dict[str, Kept]) -> None:
    """The item with what it uses, and whether it applies."""
    if mailboxes != ONE and not item.each and not any(scenario.by_id[name].each for name in item.uses):
        return
    skips, defers = powers.of(scenario)
    for used in item.uses or ("",):
        small = cut(scenario, (), (item.id, used) if used else (item.id,))
        if used:
            small = _using(small, item.id, (used,))
        part = Slice(small, told_apart(small, _apart(small, used)), mailboxes, skips, defers)
        mine = small.by_id[item.id]
        for records, _ in part.states():
            position = part.position(records)
            judge = Judge(small, records, mailboxes)
            _same(position, judge, item, kept["done"])
            _applies(position, mine, judge, kept["applies"])
            _needs_client(position, mine, kept["client"])
            if item.killer or item.id in scenario.witnesses:
                kept["firm"].states += 1
                if permitted(permits.may_skip, position, mine) or permitted(permits.may_defer, position, mine):
                    kept["firm"].broken = kept["firm"].broken or f"'{item.text}' can be skipped or put off"
            elif item.id in scenario.firm:
                kept["firm"].states += 1
                if permitted(permits.may_skip, position, mine):
                    kept["firm"].broken = kept["firm"].broken or f"'{item.text}' can be skipped"
            _unwound(position, mine, records, kept["unwind"])


def _decided(scenario: Scenario, item: Item, mailboxes: tuple[str, ...], powers: Powers, kept: Kept) -> None:
    """A killer, or what is decided for any mailbox, with the answers that decide whether it applies."""
    atoms = (*item.when.atoms(), *scenario.step_of[item.id].when.atoms())
    if not (item.killer or any(scenario.by_id[atom.item].each for atom in atoms)):
        return
    skips, defers = powers.of(scenario)
    small = cut(scenario, (item.id,))
    part = Slice(small, told_apart(small), mailboxes, skips, defers)
    for records, _ in part.states():
        position = part.position(records)
        _applies(position, small.by_id[item.id], Judge(small, records, mailboxes), kept)


def _apart(scenario: Scenario, used: str) -> Iterator[Atom]:
    """Atoms that tell the answers of what is used apart."""
    if used:
        yield from (Atom(used, frozenset({answer.id})) for answer in scenario.by_id[used].answers[:2])


def _applies(position: permits.Position, item: Item, judge: Judge, kept: Kept) -> None:
    kept.states += 1
    again = item.kind == "question" and position.statuses[item.id].state in _ANSWERED
    verdict = judge.applies(item.id)
    if verdict is True or (verdict is None and again):
        return
    if permitted(permits.may_mark, position, item):
        kept.broken = kept.broken or f"'{item.text}' can be done where it does not apply"


def _needs_client(position: permits.Position, item: Item, kept: Kept) -> None:
    if not item.client:
        return
    for call in CALLS:
        kept.states += 1
        there = authentic(call) and call.mode == "client"
        if not there and permitted(permits.may_mark, replace(position, call=call), item):
            kept.broken = kept.broken or f"'{item.text}' can be done without the client on the line"


def _unwound(position: permits.Position, item: Item, records: dict[str, Record], kept: Kept) -> None:
    kept.states += 1
    switch = records.get(item.id + SWITCH)
    off = switch is not None and any(mark.value == ("no",) for mark in switch.marks.values())
    status = position.statuses[item.id]
    owed = item.acts and off and bool(records[item.id].marks)
    if owed and not (status.open and status.state is State.UNWIND and may_unwind(position, item)):
        kept.broken = kept.broken or f"'{item.text}' is left behind without being taken back"
    if not owed and may_unwind(position, item):
        kept.broken = kept.broken or f"'{item.text}' can be recorded as taken back where it was not"


def _reopened(scenario: Scenario, item: Item, mailboxes: tuple[str, ...], kept: Kept) -> None:
    """Sending again takes back what made it necessary, where it did, and no more; an answer ends it."""
    values = [()] if item.kind == "action" else [(answer.id,) for answer in item.answers]
    for value in values:
        targets = progress.effects(item, value)
        wanted = item.reopens if item.kind == "action" else next(a.reopens for a in item.answers if a.id in value)
        if targets != wanted:
            kept.broken = kept.broken or f"'{item.text}' takes back {targets} instead of {wanted}"
        for name in wanted:
            asked = scenario.by_id[name]
            named = {answer for atom in item.when.atoms() if atom.item == name for answer in atom.answers}
            boxes = mailboxes if asked.each else ("",)
            apart = values_of(asked, [Atom(name, frozenset({answer.id})) for answer in asked.answers])
            for chosen in itertools.product(apart, repeat=len(boxes)):
                kept.states += 1
                marks = {box: Mark("before", each) for box, each in zip(boxes, chosen, strict=True)}
                records = {name: Record(dict(marks)), item.id: Record({"": Mark("mine", value)})}
                progress.reopen(scenario, records, item, targets)
                left = {box for box, each in zip(boxes, chosen, strict=True) if named and not named.intersection(each)}
                progress.consume(scenario, records, name)
                if set(records[name].marks) != left or records[item.id].marks:
                    kept.broken = kept.broken or f"'{item.text}' does not take '{asked.text}' back as it should"
