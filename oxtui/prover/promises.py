"""What the program keeps of every playbook, seen in each state of each item: what is refused, whatever was answered."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases import guard, moves
from oxtui.cases.board import NO_LONGER_APPLIES, ON_OTHER_TERMS, Board, Key, Mark
from oxtui.cases.guard import Conversation, Position
from oxtui.cases.status import Situation, Standing, State
from oxtui.errors import Refusal
from oxtui.playbook.about import spoken
from oxtui.playbook.conditions import Condition, Join, Node, Not, Over
from oxtui.playbook.model import NB, Item, Procedure, Scenario
from oxtui.playbook.order import derive, leading_to, reopens
from oxtui.prover.cut import OFF, ON, apart, cut
from oxtui.prover.duties import locking
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import NO_BITS, Sound, entries
from oxtui.prover.walk import EVENT, FIRST, LIVE, SECOND, Place, Step, Walk

MOST_STATES = 20_000
MOST_TOGETHER = 4
"""Items of one guard that are looked at together."""

PROMISES: Final[Mapping[str, str]] = {
    "conversation": "Nothing is ticked, answered, skipped, settled or quoted without a live conversation",
    "client": "What needs the client is never done without the client",
    "two-steps": "What is irreversible is never done in one step, skipped or put off",
    "firm": "What a rule, a decision or something irreversible waits for is never skipped",
    "applies": "What does not apply is never done",
    "waits": "What is irreversible waits for all that it names: nothing too old or contradicted counts, at any depth",
    "another": "What is for another agent is never done by who did what it waits for",
    "locks": "What an NB locks is not done while the NB is in force",
    "each": "What is irreversible is locked without {many}, and while one came late or was left out",
}

DEAD: Final = (
    Conversation(),
    Conversation(authenticated_before=True),
    Conversation("client", lapsed=True, authenticated_before=True, event=EVENT),
    Conversation("client", parked=True, authenticated_before=True, event=EVENT),
    Conversation("writing", lapsed=True, authenticated_before=True, event=EVENT),
    Conversation("back-office", lapsed=True, authenticated_before=True, event=EVENT),
)
"""Conversations in which nothing may be done."""
ALONE: Final = Conversation("back-office", authenticated_before=True, event=EVENT)
"""One without the client."""


class Kept(Struct):
    """What was seen of a promise: how many states, how it is broken (if it is), whether all states were seen."""

    states: int = 0
    broken: str = ""
    item: str = ""
    scenario: int = 0
    finished: bool = True


class Promises:
    """Goes through every item of every scenario."""

    def __init__(self, procedure: Procedure, limits: Limits, until: float) -> None:
        self.limits = limits
        self.until = until
        self.kept = {name: Kept() for name in PROMISES}
        self.nbs = locking(procedure)
        self.about, self.words = procedure.about, procedure.words
        self.scenarios = tuple(procedure.scenarios.values())

    def run(self) -> dict[str, Kept]:
        """What was seen of each promise."""
        for scenario in self.scenarios:
            for item in scenario.items():
                self._item(scenario, item)
                if item.another:
                    self._another(scenario, item)
            self._locks(scenario)
        for scenario in self.scenarios:
            for item in scenario.items():
                if item.killer:
                    self._waits(scenario, item)
        return self.kept

    def _break(self, name: str, scenario: Scenario, item: Item, words: str) -> None:
        kept = self.kept[name]
        if not kept.broken:
            kept.broken, kept.item, kept.scenario = words, item.id, scenario.number

    def _seen(self, names: Iterable[str], finished: bool, states: int) -> None:
        for name in names:
            self.kept[name].states += states
            self.kept[name].finished &= finished

    def _looked(self, places: Iterable[Place], look: Callable[[Place], None]) -> tuple[bool, int]:
        """Look at every place; whether all were seen, and how many."""
        count = 0
        for place in places:
            if count >= MOST_STATES or time.monotonic() > self.until:
                return False, count
            count += 1
            self.limits.visited()
            look(place)
        return True, count

    # -- one item alone
    def _item(self, scenario: Scenario, item: Item) -> None:
        walk = Walk(cut(scenario, {item.id}), most_boxes=1)
        small = walk.scenario.by_id[item.id]
        firm = item.id in scenario.firm
        witness = item.id in scenario.witnesses

        def look(place: Place) -> None:
            position = walk.position(place)
            steps = [step for step in walk.steps_of(place, small) if step.verb not in ("back", "already")]
            for step in steps:
                for dead in DEAD:
                    if allowed(walk, replace(position, conversation=dead), step):
                        words = f"'{item.text}' can be done without a live conversation ({step.verb})"
                        self._break("conversation", scenario, item, words)
                alone = item.client and step.verb in ("mark", "cancel")
                if alone and allowed(walk, replace(position, conversation=ALONE), step):
                    self._break("client", scenario, item, f"'{item.text}' can be done without the client")
            if item.killer:
                for way in _one_step(position, small):
                    self._break("two-steps", scenario, item, f"'{item.text}' can be {way}")
            if (firm or item.killer) and _permitted(lambda: moves.skip(position, small)):
                self._break("firm", scenario, item, f"'{item.text}' can be skipped")
            if witness and self._can_be_put_off(scenario, walk, place, small):
                self._break("two-steps", scenario, item, f"'{item.text}' can be put off")
            self._applies(scenario, item, walk, place, steps)
            if item.killer:
                self._locked(scenario, item, walk, place)

        finished, states = self._looked(places(walk), look)
        self._seen(("conversation", "client", "two-steps", "firm", "applies", "each"), finished, states)

    def _can_be_put_off(self, scenario: Scenario, walk: Walk, place: Place, small: Item) -> bool:
        """Whether an item that something irreversible waits for can be put off; the slice does not know of that."""
        known = replace(walk.scenario, witnesses=scenario.witnesses)
        standing = Standing(known, place.board, walk.situation(place.boxes))
        return _permitted(lambda: moves.put_off(Position(standing, LIVE), small))

    def _applies(self, scenario: Scenario, item: Item, walk: Walk, place: Place, steps: Iterable[Step]) -> None:
        standing = walk.standing(place)
        for step in steps:
            key = (item.id, step.boxes[0] if step.boxes else "")
            if step.verb not in ("mark", "quote", "cancel") or standing.applies(key) is not False:
                continue
            mark = place.board.marks.get(key)
            attempt = mark is not None and bool(item.reopens or any(answer.reopens for answer in item.answers))
            if not attempt and walk.take(place, step) is not None:
                self._break("applies", scenario, item, f"'{item.text}' can be done where it does not apply")

    def _locked(self, scenario: Scenario, item: Item, walk: Walk, place: Place) -> None:
        """The ways in which mailboxes lock what is irreversible."""
        if not self.about.each:
            return
        board = walk.standing(place).board
        boxes = place.boxes or (FIRST,)
        situations = [(Situation(mailboxes=()), board, "without a {one}")]
        late = replace(board, uncovered=(FIRST,))
        situations.append((Situation(mailboxes=boxes), late, "while the {licences} of a new {one} are not settled"))
        if item.ends:
            served = Situation(mailboxes=boxes, still_served=frozenset({item.ends}))
            situations.append((served, board, "while a {one} that was left out is still served"))
        for situation, marks, words in situations:
            standing = Standing(walk.scenario, marks, situation)
            if _cleared(walk, standing, item.id):
                self._break(
                    "each", scenario, item, f"'{item.text}' can be done {spoken(words, self.about, self.words)}"
                )

    # -- what is irreversible, with what it waits for
    def _waits(self, scenario: Scenario, killer: Item) -> None:
        """Two levels at a time, from the killer down: how a level takes doubt is seen by the one above it.

        What another mailbox changes is seen at one level.
        """
        below = leading_to(scenario.rested_on_by, killer.id)
        for item in (killer, *(each for each in scenario.items() if each.id in below and not reopens(each))):
            for around, names, boxes in _windows(scenario, item):
                small = cut(around, {item.id, *names}, item.id)
                walk = Walk(small, most_boxes=1 if apart(small, item.id) else boxes)
                fixed = {item.id: () if item.killer else (Mark(EVENT, walk.values[item.id][0].value),)}
                look = partial(self._waited, scenario, killer, item, walk)
                finished, states = self._looked(places(walk, fixed), look)
                self._seen(("waits",), finished, states)

    def _waited(self, scenario: Scenario, killer: Item, item: Item, walk: Walk, place: Place) -> None:
        small = walk.scenario.by_id[item.id]
        for standing in _aging(walk, place):
            if item.killer:
                counts = [""] if _cleared(walk, standing, item.id) else []
            else:
                counts = [
                    box for (name, box), state in standing.states.items() if (name, state) == (item.id, State.DONE)
                ]
            if not all(Sound(standing, strict=item.killer).rests(small, box) for box in counts):
                words = f"'{killer.text}' does not wait for all that '{item.text}' names"
                self._break("waits", scenario, killer, words)

    # -- what is for another agent
    def _another(self, scenario: Scenario, item: Item) -> None:
        """Two agents: one has done all that the item waits for, the other none of it."""
        names = {name for entry in item.after for name in entry.items() if name in scenario.by_id}
        walk = Walk(cut(scenario, {item.id, *names}, item.id))
        small = walk.scenario.by_id[item.id]

        def look(place: Place) -> None:
            marks = {
                key: replace(mark, done_by=(FIRST,)) if key[0] in names else mark
                for key, mark in place.board.marks.items()
            }
            standing = Standing(walk.scenario, replace(place.board, marks=marks), walk.situation(place.boxes))
            for step in walk.steps_of(place, small):
                done = any(key[0] in names and _together(key[1], step.boxes) for key in marks)
                if step.verb not in ("mark", "quote", "cancel") or not done:
                    continue
                if allowed(walk, Position(standing, LIVE, FIRST), step):
                    self._break("another", scenario, item, f"'{item.text}' can be done by who did what it waits for")

        finished, states = self._looked(places(walk, {item.id: ()}, flags=False), look)
        self._seen(("another",), finished, states)

    # -- NBs that lock
    def _locks(self, scenario: Scenario) -> None:
        for nb in self.nbs:
            for name in nb.locks:
                if name in scenario.by_id:
                    self._lock(scenario, nb, scenario.by_id[name])

    def _lock(self, scenario: Scenario, nb: NB, item: Item) -> None:
        names = {name for name in nb.when.items() if name in scenario.by_id}
        walk = Walk(cut(scenario, {item.id, *names}, item.id), nbs=(nb,))
        small = walk.scenario.by_id[item.id]

        def look(place: Place) -> None:
            standings = []
            if nb.when and walk.standing(place).holds(nb.when) is True:
                standings.append(walk.standing(place))
            for key, answer in nb.evidence:
                seen = replace(walk.situation(place.boxes), evidence={key: answer})
                standings.append(Standing(walk.scenario, place.board, seen))
            for standing in standings:
                for step in walk.steps_of(place, small):
                    if step.verb in ("mark", "quote", "cancel") and allowed(walk, Position(standing, LIVE), step):
                        self._break(
                            "locks", scenario, item, f"'{item.text}' can be done while '{nb.short}' is in force"
                        )

        finished, states = self._looked(places(walk, {item.id: ()}, flags=False), look)
        self._seen(("locks",), finished, states)


def places(walk: Walk, fixed: Mapping[str, tuple[Mark, ...]] | None = None, *, flags: bool = True) -> Iterator[Place]:
    """Every place with any marks at all, whether or not a way leads there.

    An item in `fixed` has one of those marks, or none where there are none. `flags`: marks that have to be checked
    again, or that are asked about, too.
    """
    for count in range(walk.most_boxes + 1) if walk.most_boxes else (1,):
        boxes = (FIRST, SECOND)[:count]
        choices: dict[Key, tuple[Mark | None, ...]] = {}
        for item in (*walk.cut.items, *walk.cut.switches):
            marks: tuple[Mark | None, ...] = (fixed or {}).get(item.id, ()) or (None,)
            if item in walk.cut.switches:
                marks = (Mark(EVENT, ON), Mark(EVENT, OFF))
            elif item.id not in (fixed or {}):
                marks = (None, *_marks(walk, item, flags=flags))
            choices |= {(item.id, box): marks for box in (boxes if item.each else ("",))}
        for chosen in itertools.product(*choices.values()):
            board = {key: mark for key, mark in zip(choices, chosen, strict=True) if mark is not None}
            yield Place(Board(board), boxes, NO_BITS, None)


def _marks(walk: Walk, item: Item, *, flags: bool) -> Iterator[Mark]:
    marks = [Mark(EVENT, value.value, open=value.open) for value in walk.values[item.id]]
    for mark in marks if item.id in walk.scenario.firm else (*marks, Mark(EVENT, skipped=True)):
        yield mark
        if flags and not item.killer:
            yield replace(mark, stale=EVENT)
            if item.acts and not mark.skipped:
                yield replace(mark, asked=NO_LONGER_APPLIES)
                yield replace(mark, asked=ON_OTHER_TERMS)


def _windows(scenario: Scenario, item: Item) -> Iterator[tuple[Scenario, frozenset[str], int]]:
    """What an item waits for, an entry at a time (two mailboxes); then with an entry of what is named there (one)."""
    for node in entries(item):
        for part in _parts(node):
            around = scenario if part is node else _waiting_for(scenario, item, part)
            names = frozenset(Condition(part).items())
            yield around, names, 2
            below = (Condition(piece).items() for name in names for each in entries(scenario.by_id[name])
                     for piece in _parts(each))  # fmt: skip
            for more in dict.fromkeys(frozenset(each) for each in below):
                if more - names:
                    yield around, names | more, 1


def _parts(node: Node) -> Iterator[Node]:
    """A guard in parts that are small enough to be looked at whole: all that reads guards joins their parts alike."""
    if len(Condition(node).items()) <= MOST_TOGETHER:
        yield node
    elif isinstance(node, Join):
        for part in node.parts:
            yield from _parts(part)
    elif isinstance(node, Not):
        yield from (Not(part) for part in _parts(node.part))
    elif isinstance(node, Over):
        yield from (Over(node.word, part) for part in _parts(node.part))


def _waiting_for(scenario: Scenario, item: Item, part: Node) -> Scenario:
    """The scenario with an item that waits for one part of what it waits for, and nothing else."""
    small = replace(item, after=(Condition(part),), uses=())
    steps = tuple(
        replace(step, items=tuple(small if each is item else each for each in step.items)) for step in scenario.steps
    )
    return replace(derive(replace(scenario, steps=steps)), firm=scenario.firm)


def _together(box: str, boxes: tuple[str, ...]) -> bool:
    """Whether a mark for a mailbox, or for all, is among what a step for some mailboxes waits for."""
    return not box or not boxes or box in boxes


def allowed(walk: Walk, position: Position, step: Step) -> bool:
    """Whether nothing refuses a step there."""
    return _permitted(lambda: walk.decide(position, step))


def _cleared(walk: Walk, standing: Standing, killer: str) -> bool:
    """Whether what is irreversible could be begun there."""
    return _permitted(lambda: moves.clear(Position(standing, LIVE), walk.scenario.by_id[killer]))


def _permitted(do: Callable[[], object]) -> bool:
    try:
        do()
    except Refusal:
        return False
    return True


def _one_step(position: Position, killer: Item) -> Iterator[str]:
    """The ways in which something irreversible is done by one step, or left out."""
    if _permitted(lambda: moves.mark(position, killer)):
        yield "ticked in one step"
    if _permitted(lambda: moves.cancel(position, killer)):
        yield "confirmed without being looked at"
    if _permitted(lambda: guard.may_skip(position, killer)):
        yield "skipped"
    if _permitted(lambda: moves.put_off(position, killer)):
        yield "put off"


def _aging(walk: Walk, place: Place) -> Iterator[Standing]:
    """The place as it is, and with each mark that can become too old so."""
    yield walk.standing(place)
    for key in place.board.marks:
        item = walk.scenario.by_id[key[0]]
        if item.fresh_for or item.quote:
            aged: dict[Key, str] = {key: "age"}
            situation = replace(walk.situation(place.boxes), aged=aged)
            standing = Standing(walk.scenario, place.board, situation)
            if standing.states.get(key) is not State.NOT_APPLICABLE:
                yield standing
