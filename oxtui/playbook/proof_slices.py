"""The part of a scenario that a rule rests on, and every state that part can be in.

A *slice* is a small Scenario, judged by the program's own `evaluate` and permits. It holds the item in
question (the target), what stands between it and the items that a rule names, and all that their `when`
reads. What else they wait for or use is cut away. Nothing is lost by that: whatever state the whole
scenario is in, there is a state of the slice in which every item looks the same to those that rest on it.

* An `after` or `uses` that leads out of the slice can only lock an item, which to others is the same as
  not done yet, or make it stale; and to be stale is among what each record of the slice can hold.
* Whether an item applies does matter to others. So a `when` is kept with all the items it reads. Only at
  the border does it go: a *leaf* has no guards left, and a switch (`id~applies`) stands for its `when`
  and takes all three values.
* The target itself is a guard of nothing here. What it waits for outside the slice could only forbid it, so
  the slice permits at least what the whole scenario permits.

Within a slice every combination of contents is visited, not only those that a known sequence leads to.
That covers every order of ticks, answers changed, entries taken back in whatever order, reopened and
unwound items, marks made in another call, scenarios left and entered again: each of these leaves some
content in each record, and every content is there: each answer; each mailbox done or not; resting on
something that has changed since; authentication taken back; not on disk yet; an answer of a mailbox that
the case has no more; and, where the permits would ever let it happen, skipped or put off. Answers that no
guard of the slice tells apart count as one.

None, one and two mailboxes suffice: a guard asks for all mailboxes (one that lacks it breaks it) or for
any (one other has it), so a fault that needs more shows with these two. Which of the two comes first does
not matter.

That slices look like what they were cut from is tested against whole scenarios with random records
(tests/core/test_proof_slices.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from oxtui.errors import Refusal
from oxtui.playbook import permits, progress
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import Answer, Item, Scenario, Step
from oxtui.playbook.order import needs_of
from oxtui.playbook.permits import Call, Position
from oxtui.playbook.progress import NOTHING, Fingerprint, Mark, Record

Value: TypeAlias = tuple[str, ...]
Records: TypeAlias = dict[str, Record]

ONE: tuple[str, ...] = ("a",)
MAILBOXES: tuple[tuple[str, ...], ...] = (ONE, ("a", "b"), ())
GONE = "gone"
"""A mailbox that was answered for and then removed from the case."""
SWITCH = "~applies"
OTHER: Fingerprint = (("", "something else"),)

IN_CALL = Call("client", False, True)
CALLS = (
    Call("", False, False),
    Call("", False, True),
    IN_CALL,
    Call("client", True, True),
    Call("back-office", False, True),
    Call("back-office", True, True),
)
"""Every call that a case can be in; `b` is refused where nobody was authenticated before."""


def authentic(call: Call) -> bool:
    """Whether somebody was authenticated and that still holds, said apart from the permits."""
    return call.mode in ("client", "back-office") and not call.lapsed and call.authenticated_before


class Content(Struct, frozen=True):
    """What one record holds: marks as (mailbox, value, flaw), or that the item was skipped or put off.

    A flaw is "" (none), "spoiled", "pending", or the id of a used item that has changed since.
    """

    marks: tuple[tuple[str, Value, str], ...] = ()
    skipped: bool = False
    deferred: bool = False
    discount: bool = False
    """For a quote: whether it gives one."""


EMPTY = Content()


class Slice(Struct, frozen=True, dict=True):
    """A cut scenario with its mailboxes; `told` are the atoms by which answers are told apart."""

    scenario: Scenario
    told: tuple[Atom, ...]
    mailboxes: tuple[str, ...]
    skips: frozenset[str] = frozenset()
    """The items that the permits would ever let be skipped; `defers`: put off."""
    defers: frozenset[str] = frozenset()
    quotes: bool = False
    """Whether quotes with and without a discount are two things here."""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        return tuple(self.scenario.by_id[name] for name in self.scenario.order)

    @cached_property
    def contents(self) -> tuple[tuple[Content, ...], ...]:
        """For each item in order, what its record can hold."""
        first_each = next((item.id for item in self.items if item.each), "")
        return tuple(tuple(self._of(item, item.id == first_each)) for item in self.items)

    @cached_property
    def counted(self) -> frozenset[str]:
        """The items answered for each mailbox that a `when` reads."""
        conditions = [item.when for item in self.items] + [step.when for step in self.scenario.step_of.values()]
        read = {atom.item for condition in conditions for atom in condition.atoms()}
        return frozenset(name for name in read if self.scenario.by_id[name].each)

    @property
    def size(self) -> int:
        """How many states there are."""
        size = 1
        for contents in self.contents:
            size *= len(contents)
        return size

    def states(self) -> Iterator[tuple[Records, tuple[Content, ...]]]:
        """Every state, as records; they are made anew for each and may be kept, not changed."""
        return self._from(0, {}, ())

    def position(self, records: Mapping[str, Record]) -> Position:
        """Where a case in that state would stand, the client on the line."""
        return Position(self.scenario, progress.evaluate(self.scenario, records, self.mailboxes), IN_CALL)

    def _from(
        self, place: int, records: Records, chosen: tuple[Content, ...]
    ) -> Iterator[tuple[Records, tuple[Content, ...]]]:
        if place == len(self.items):
            yield records, chosen
            return
        item = self.items[place]
        for content in self.contents[place]:
            yield from self._from(
                place + 1, {**records, item.id: self.realise(item, content, records)}, (*chosen, content)
            )

    def realise(self, item: Item, content: Content, records: Mapping[str, Record]) -> Record:
        """The record that `content` stands for, where the items that `item` uses have these records."""
        if content is EMPTY:
            return NOTHING
        now = progress.snapshot(self.scenario, records, item) if content.marks else ()
        marks = {}
        for mailbox, value, flaw in content.marks:
            used = tuple((name, OTHER if name == flaw else prints) for name, prints in now)
            spoiled = "the authentication was taken back" if flaw == "spoiled" else ""
            marks[mailbox] = Mark(f"{item.id} {mailbox}", value, used, spoiled, flaw == "pending")
        return Record(marks, "skip" if content.skipped else "", "later" if content.deferred else "")

    def _of(self, item: Item, sort: bool) -> Iterator[Content]:
        if item.id.endswith(SWITCH):
            yield from (EMPTY, Content((("", ("yes",), ""),)), Content((("", ("no",), ""),)))
            return
        values = values_of(item, self.told)
        flaws = ("", "spoiled", "pending", *item.uses)
        one: list[tuple[Value, str] | None] = [None, *itertools.product(values, flaws)]
        wanted = self.mailboxes if item.each else ("",)
        several = itertools.combinations_with_replacement if sort else _product
        for combination in several(one, len(wanted)):
            marks = tuple((name, *mark) for name, mark in zip(wanted, combination, strict=True) if mark)
            yield Content(marks) if marks else EMPTY
            if item.id in self.counted and item.kind == "question":
                yield from (Content((*marks, (GONE, value, ""))) for value in values)
            if marks and item.quote and self.quotes:
                yield Content(marks, discount=True)
        full = [tuple((name, values[0], flaw) for name in wanted) for flaw in flaws] if wanted else []
        if item.id in self.skips:
            yield Content(skipped=True)
            if item.acts and full:
                # What was done outside stays in the record of what is skipped.
                yield Content(full[0], skipped=True)
        if item.id in self.defers:
            yield Content(deferred=True)
            yield from (Content(marks, deferred=True) for marks in full[:2])


def _product(each: list[tuple[Value, str] | None], count: int) -> Iterable[tuple[tuple[Value, str] | None, ...]]:
    return itertools.product(each, repeat=count)


def values_of(item: Item, told: Iterable[Atom]) -> tuple[Value, ...]:
    """The values that `item` can be marked with, one for all that the atoms `told` do not tell apart."""
    if item.kind == "action":
        return ((),)
    if item.select not in ("one", "several"):
        return (("given",),)
    asked = [atom.answers for atom in told if atom.item == item.id and atom.answers]
    found: dict[tuple[object, ...], Value] = {}
    for answer in item.answers:
        found.setdefault(tuple(answer.id in answers for answers in asked), (answer.id,))
    if item.select == "several":
        apart = list(found.values())
        for count in range(2, len(apart) + 1):
            for chosen in itertools.combinations(apart, count):
                value = tuple(each[0] for each in chosen)
                found.setdefault(tuple(bool(answers.intersection(value)) for answers in asked), value)
    return tuple(found.values())


def may_ever(scenario: Scenario, name: str, verb: str) -> bool:
    """Whether `permits` would let the item be skipped (or put off) in any state of it, guards left aside."""
    permit = permits.may_skip if verb == "skip" else permits.may_defer
    item = scenario.by_id[name]
    bare = cut(scenario, (), (name,))
    for mailboxes in MAILBOXES:
        alone = Slice(bare, (), mailboxes)
        leaf = bare.by_id[name]
        plain: list[Record] = [NOTHING]
        for flaw in ("", "spoiled"):
            content = Content(tuple((each, (), flaw) for each in (mailboxes if item.each else ("",))))
            plain.append(alone.realise(leaf, content, {}))
        for record in plain:
            records = {name: record}
            if name + SWITCH in bare.by_id:
                records[name + SWITCH] = Record({"": Mark("switch", ("yes",))})
            if permitted(permit, alone.position(records), leaf):
                return True
    return False


def permitted(permit: Callable[[Position, Item], None], position: Position, item: Item) -> bool:
    """Whether one of the permits lets it pass."""
    try:
        permit(position, item)
    except Refusal:
        return False
    return True


def cut(
    scenario: Scenario,
    kept: Iterable[str],
    leaves: Iterable[str] = (),
    *,
    bare: str = "",
    switched: bool = False,
) -> Scenario:
    """`scenario` with the items `kept`, what their `when` reads, and `leaves`; `bare` loses its `when`.

    With `switched`, every leaf can come not to apply, also one that always does.
    """
    expanded = set(kept)
    edge = set(leaves) - expanded
    for name in expanded - {bare}:
        item, step = scenario.by_id[name], scenario.step_of[name]
        edge.update(atom.item for atom in (*step.when.atoms(), *item.when.atoms()) if atom.item not in expanded)
    inside = expanded | edge
    by_id: dict[str, Item] = {}
    step_of: dict[str, Step] = {}
    order: list[str] = []
    plain = Step("", "", ())
    for name in scenario.order:
        if name not in inside:
            continue
        item, step = scenario.by_id[name], scenario.step_of[name]
        if name in edge:
            guarded = switched or bool(item.when or step.when)
            if guarded:
                switch = _switch(name)
                by_id[switch.id], step_of[switch.id] = switch, plain
                order.append(switch.id)
            when = Condition(((Atom(name + SWITCH, frozenset({"yes"})),),)) if guarded else Condition()
            by_id[name], step_of[name] = replace(item, when=when, after=(), uses=()), plain
        else:
            after = tuple(atom for atom in item.after if atom.item in inside)
            uses = tuple(each for each in item.uses if each in inside)
            when = Condition() if name == bare else item.when
            by_id[name] = replace(item, when=when, after=after, uses=uses)
            step_of[name] = plain if name == bare else step
        order.append(name)
    return replace(scenario, order=tuple(order), by_id=by_id, step_of=step_of)


def _switch(name: str) -> Item:
    return Item(id=name + SWITCH, kind="question", text=name, answers=(Answer("yes", "yes"), Answer("no", "no")))


def told_apart(scenario: Scenario, more: Iterable[Atom] = ()) -> tuple[Atom, ...]:
    """The atoms of a slice (and `more`) by which answers are told apart."""
    found = dict.fromkeys(more)
    for name, item in scenario.by_id.items():
        step = scenario.step_of[name]
        found.update(dict.fromkeys((*step.when.atoms(), *item.when.atoms(), *item.after)))
    return tuple(found)


def cone(scenario: Scenario, names: Iterable[str]) -> set[str]:
    """The items that those of `names` rest on, at whatever distance, and they themselves."""
    found: set[str] = set()
    rest = [name for name in names if name in scenario.by_id]
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            rest += needs_of(scenario.by_id[name], scenario.step_of[name], scenario.by_id)
    return found


def between(scenario: Scenario, upper: str, lower: str) -> set[str]:
    """The items on any way from `upper` down to what it rests on, `lower`; without a way, none."""
    if lower not in cone(scenario, (upper,)):
        return set()
    return {name for name in cone(scenario, (upper,)) if lower in cone(scenario, (name,))}


def shortest_way(scenario: Scenario, upper: str, lower: str) -> tuple[str, ...]:
    """The items on one shortest way from `upper` down to `lower`, or nothing where there is none."""
    ways: dict[str, tuple[str, ...]] = {upper: (upper,)}
    for name in (queue := [upper]):
        if name == lower:
            return ways[name]
        for other in needs_of(scenario.by_id[name], scenario.step_of[name], scenario.by_id):
            if other not in ways:
                ways[other] = (*ways[name], other)
                queue.append(other)
    return ()
