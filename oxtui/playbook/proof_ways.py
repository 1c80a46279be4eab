"""Where a scenario leads: that everything in it can be reached, and that every state leads to an ending.

*Reachable.* The items are taken in the order of their dependencies, each with every answer it can get,
for each state that later items could tell apart (what nobody looks at any more is forgotten). One real
set of records is kept for each such state, and the program's own permits decide what may be marked.

*To an ending.* Let W be one way that ends with everything done. From any state whatever, W can be taken
up again: item by item in the order of dependencies, each is answered anew, done again or taken back until
it stands as it does in W. That this can be done is tried for each item with all that its record can hold,
while those before it stand as in W; those after it do not matter to it. So whoever answers anew always
comes to "complete". Whether a person can honestly answer anew is another matter: an answer with which the
case cannot be complete is told, with what leads on from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from msgspec import Struct, field

from oxtui.errors import Refusal
from oxtui.playbook import permits, progress
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import Item, Procedure, Scenario
from oxtui.playbook.order import needs_of
from oxtui.playbook.permits import Position
from oxtui.playbook.progress import NOTHING, Mark, Record, State, Status
from oxtui.playbook.proof_slices import IN_CALL, Records, Value, permitted, told_apart, values_of

Step = tuple[str, Value]
_MOST_NODES = 20_000


class Look(Struct, frozen=True):
    """Something shown with an item under a condition: an NB (with `answer`, for that only), or a template."""

    kind: str
    name: str
    item: str
    when: Condition = Condition()
    answer: str = ""


class Node(Struct):
    """One state that later items can tell from others, with the records of one way that leads to it."""

    records: Records
    path: tuple[Step, ...]
    alive: bool
    met: frozenset[str]
    """The items that could be marked, of those that something is still to be shown with."""
    edges: list[tuple[str, Value, Node]] = field(default_factory=list)
    completes: bool = False


class Ways(Struct):
    """What was found of one scenario."""

    states: int = 0
    reached: set[str] = field(default_factory=set)
    shown: set[tuple[str, str]] = field(default_factory=set)
    complete: Node | None = None
    removed: dict[tuple[str, str], tuple[Step, ...]] = field(default_factory=dict)
    """(item, what it waits for) where an answer has removed that, with the way there."""
    stuck: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(question, answer): whether some way with it is complete."""
    open: tuple[str, ...] = ()
    """What stays open on the way that comes furthest, where none is complete."""
    lost: bool = False
    """Whether there were too many states to visit them all."""


class Explorer:
    """Walks all ways through one scenario, with one number of mailboxes."""

    def __init__(self, procedure: Procedure, scenario: Scenario, mailboxes: tuple[str, ...], ways: Ways) -> None:
        self.scenario, self.mailboxes, self.ways = scenario, mailboxes, ways
        self.looks = tuple(looks_of(procedure, scenario))
        more = [atom for look in self.looks for atom in look.when.atoms()]
        more += [Atom(look.item, frozenset({look.answer})) for look in self.looks if look.answer]
        for item in scenario.items():
            more += [Atom(item.id, frozenset({answer.id})) for answer in item.answers if answer.reopens]
        self.told = told_apart(scenario, more)
        self.place = {name: number for number, name in enumerate(scenario.order)}
        self.last_read = self._last_read()

    def _last_read(self) -> dict[str, int]:
        """For each item, the place of the last one that looks at it."""
        last = dict(self.place)

        def read(name: str, place: int) -> None:
            if name in last:
                last[name] = max(last[name], place)

        for name, item in self.scenario.by_id.items():
            for other in needs_of(item, self.scenario.step_of[name], self.scenario.by_id):
                read(other, self.place[name])
        for look in self.looks:
            names = [look.item, *(atom.item for atom in look.when.atoms())]
            at = max(self.place.get(name, 0) for name in names)
            for name in names:
                # What an item rests on decides whether it applies, too.
                read(name, at)
        return last

    def run(self) -> None:
        """Visit every way; what is found is added to `ways`."""
        layer = [Node({}, (), True, frozenset())]
        layers = [layer]
        for name in self.scenario.order:
            merged: dict[tuple[object, ...], Node] = {}
            for node in layer:
                for value, after in self._after(node, name):
                    key = self._key(after, self.place[name])
                    kept = merged.setdefault(key, after)
                    node.edges.append((name, value, kept))
            layer = list(merged.values())
            self.ways.states += len(layer)
            layers.append(layer)
            if self.ways.states > _MOST_NODES:
                self.ways.lost = True
                return
        self._end(layers)

    def _end(self, layers: list[list[Node]]) -> None:
        for node in layers[-1]:
            statuses = self._statuses(node.records)
            rest = tuple(name for name in self.scenario.order if statuses[name].open)
            node.completes = node.alive and not rest
            if node.completes and (self.ways.complete is None or len(self.mailboxes) > 1):
                self.ways.complete = node
            if rest and (not self.ways.open or len(rest) < len(self.ways.open)):
                self.ways.open = rest
        for layer in reversed(layers[:-1]):
            for node in layer:
                node.completes = any(after.completes for _, _, after in node.edges)
        for layer in layers[:-1]:
            for node in layer:
                for name, value, after in node.edges:
                    for answer in dict.fromkeys(value if self.scenario.by_id[name].answers else ()):
                        self.ways.stuck[name, answer] = self.ways.stuck.get((name, answer), False) or after.completes

    def _statuses(self, records: Mapping[str, Record]) -> dict[str, Status]:
        return progress.evaluate(self.scenario, records, self.mailboxes)

    def _after(self, node: Node, name: str) -> Iterator[tuple[Value, Node]]:
        """What `node` becomes with the item left as it is, and with each way to mark it."""
        item = self.scenario.by_id[name]
        statuses = self._statuses(node.records)
        status = statuses[name]
        self._note_removed(node, item, status)
        position = Position(self.scenario, statuses, IN_CALL)
        may = self._may(position, item)
        met = node.met
        if may:
            self.ways.reached.add(name)
            met |= {name}
        yields_left = not may or item.optional or bool(item.reopens)
        if yields_left:
            yield (), self._seen(Node(node.records, node.path, node.alive and not status.open, met), name)
        if may:
            for value, marks in self._marks(item):
                records = {
                    each: Record(dict(kept.marks), kept.skipped, kept.deferred) for each, kept in node.records.items()
                }
                targets = progress.effects(item, value)
                progress.reopen(self.scenario, records, item, targets)
                used = progress.snapshot(self.scenario, records, item)
                records[name] = Record({box: Mark(f"{name} {box}", each, used) for box, each in marks.items()})
                alive = node.alive and not targets
                yield value, self._seen(Node(records, (*node.path, (name, value)), alive, met), name)

    def _may(self, position: Position, item: Item) -> bool:
        return permitted(permits.may_mark, position, item)

    def _note_removed(self, node: Node, item: Item, status: Status) -> None:
        if status.state is State.LOCKED and item.killer:
            for wait in status.waits:
                if wait.why == "does not apply":
                    self.ways.removed.setdefault((item.id, wait.atom.item), node.path)

    def _marks(self, item: Item) -> Iterator[tuple[Value, dict[str, Value]]]:
        """The ways to mark an item for all mailboxes: alike, or (two) each with another answer."""
        boxes = self.mailboxes if item.each else ("",)
        values = values_of(item, self.told)
        for chosen in itertools.combinations_with_replacement(values, len(boxes)):
            yield tuple(dict.fromkeys(itertools.chain(*chosen))), dict(zip(boxes, chosen, strict=True))

    def _seen(self, node: Node, name: str) -> Node:
        """Note what is shown at `node`, once all that it depends on is settled."""
        here = self.place[name]
        statuses: dict[str, Status] | None = None
        for look in self.looks:
            if (look.kind, look.name) in self.ways.shown or look.item not in node.met:
                continue
            names = [look.item, *(atom.item for atom in look.when.atoms())]
            if max(self.place.get(each, 0) for each in names) != here:
                continue
            statuses = statuses or self._statuses(node.records)
            if look.answer and not self._answered(node.records, look):
                continue
            if look.when.truth(partial(self._holds, statuses=statuses, records=node.records)) is True:
                self.ways.shown.add((look.kind, look.name))
        return node

    def _answered(self, records: Mapping[str, Record], look: Look) -> bool:
        return any(look.answer in mark.value for mark in records.get(look.item, NOTHING).marks.values())

    def _holds(self, atom: Atom, *, statuses: Mapping[str, Status], records: Mapping[str, Record]) -> bool | None:
        if atom.item not in statuses or not statuses[atom.item].applies:
            return False
        values = [mark.value for mark in records.get(atom.item, NOTHING).marks.values()]
        if not atom.answers:
            return statuses[atom.item].state is State.DONE
        return any(atom.answers.intersection(value) for value in values)

    def _key(self, node: Node, here: int) -> tuple[object, ...]:
        """What later items can tell of a node."""
        statuses = self._statuses(node.records)
        rows = []
        for name in self.scenario.order:
            if self.place[name] <= here < self.last_read[name]:
                status, record = statuses[name], node.records.get(name, NOTHING)
                rows.append((status.state, tuple(sorted((box, mark.value) for box, mark in record.marks.items()))))
        wanted = frozenset(name for name in node.met if self.last_read[name] > here)
        return tuple(rows), node.alive, wanted


def looks_of(procedure: Procedure, scenario: Scenario) -> Iterator[Look]:
    """All NBs and templates that the scenario shows, with the item and the condition each is shown under."""
    first = scenario.order[0] if scenario.order else ""
    for item in scenario.items():
        for name, answer in [(name, "") for name in item.nbs] + [(name, a.id) for a in item.answers for name in a.nbs]:
            nb = procedure.nbs.get(name)
            yield Look("NB", name, item.id, nb.when if nb else Condition(), answer)
        for name, condition in item.templates:
            yield Look("template", name, item.id, condition)
    for name in scenario.nbs:
        nb = procedure.nbs.get(name)
        if nb:
            yield Look("NB", name, nb.from_item if nb.from_item in scenario.by_id else first, nb.when)


def mends(
    scenario: Scenario, mailboxes: tuple[str, ...], done: Node, told: Iterable[Atom]
) -> Iterator[tuple[str, str]]:
    """The items that cannot be brought back to where they stand in the complete way `done`, and from what."""
    goal = progress.evaluate(scenario, done.records, mailboxes)
    atoms = tuple(told)
    for name in scenario.order:
        item = scenario.by_id[name]
        for text, record in _left(scenario, item, done.records, mailboxes, atoms):
            if not _mended(scenario, item, record, done.records, mailboxes, goal[name]):
                yield name, text


def _left(
    scenario: Scenario,
    item: Item,
    records: Mapping[str, Record],
    mailboxes: tuple[str, ...],
    told: tuple[Atom, ...],
) -> Iterator[tuple[str, Record]]:
    """All that the item's record can hold."""
    now = progress.snapshot(scenario, records, item)
    yield "nothing", Record()
    yield "skipped", Record(skipped="skip")
    yield "put off", Record(deferred="later")
    boxes = mailboxes if item.each else ("",)
    for value in values_of(item, told):
        for chosen in (boxes, boxes[:1]):
            yield "marked", Record({box: Mark("before", value, now) for box in chosen})
            yield "spoiled", Record({box: Mark("before", value, now, "taken back") for box in chosen})
            if now:
                changed = tuple((used, (("", "other"),)) for used, _ in now)
                yield "stale", Record({box: Mark("before", value, changed) for box in chosen})


def _mended(
    scenario: Scenario, item: Item, record: Record, done: Records, mailboxes: tuple[str, ...], goal: Status
) -> bool:
    """Whether the item comes to stand as in the complete way, in one or two acts."""
    records = {**done, item.id: record}
    for _ in range(3):
        status = progress.evaluate(scenario, records, mailboxes)[item.id]
        same = status.state is goal.state or (status.state is State.OVERRIDDEN and item.id not in scenario.firm)
        wanted = done.get(item.id, NOTHING).marks
        values = {box: mark.value for box, mark in records[item.id].marks.items()}
        if same and (item.kind == "action" or not status.applies or values == {b: m.value for b, m in wanted.items()}):
            return True
        position = Position(scenario, {**progress.evaluate(scenario, records, mailboxes)}, IN_CALL)
        try:
            if status.state is State.UNWIND:
                permits.may_unwind(position, item, status)
                records[item.id] = Record()
                continue
            permits.may_mark(position, item)
        except Refusal:
            return not status.open and item.optional
        used = progress.snapshot(scenario, records, item)
        boxes = mailboxes if item.each else ("",)
        value = {box: wanted[box].value if box in wanted else () for box in boxes}
        records[item.id] = Record({box: Mark("again", value[box], used) for box in boxes})
    return False
