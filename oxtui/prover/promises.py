"""The promises that the program keeps for every playbook, checked in each state of each item."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, TypeAlias

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
from oxtui.prover.walk import EVENT, FIRST, LIVE, SECOND, Move, Place, Walk

MOST_STATES = 20_000
MOST_TOGETHER = 4
"""Items of one guard that are checked together."""

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

DOES: Final = ("mark", "quote", "cancel")
"""The verbs of moves that do an item."""
DEAD: Final = (
    Conversation(),
    Conversation(authenticated_before=True),
    Conversation("client", lapsed=True, authenticated_before=True, event=EVENT),
    Conversation("client", parked=True, authenticated_before=True, event=EVENT),
    Conversation("writing", lapsed=True, authenticated_before=True, event=EVENT),
    Conversation("back-office", lapsed=True, authenticated_before=True, event=EVENT),
)
"""Conversations that allow nothing."""
ALONE: Final = Conversation("back-office", authenticated_before=True, event=EVENT)
"""One without the client."""


class Seen(Struct):
    """The findings on one promise: how many states, how it is broken and where, and whether all states were seen."""

    states: int = 0
    broken: str = ""
    item: str = ""
    scenario: int = 0
    finished: bool = True


Breaks: TypeAlias = Iterator[tuple[str, str]]
"""The promises broken at a place, each with how it is broken in words."""


class Promises:
    """Checks the promises for every item of every scenario."""

    def __init__(self, procedure: Procedure, limits: Limits, until: float) -> None:
        self.limits = limits
        self.until = until
        self.seen = {name: Seen() for name in PROMISES}
        self.nbs = locking(procedure)
        self.about, self.words = procedure.about, procedure.words
        self.scenarios = tuple(procedure.scenarios.values())

    def run(self) -> dict[str, Seen]:
        """Return the findings on each promise, within the time."""
        for scenario in self.scenarios:
            for item in scenario.items():
                walk = Walk(cut(scenario, {item.id}), most_boxes=1)
                names = ("conversation", "client", "two-steps", "firm", "applies", "each")
                self._look(names, scenario, item, places(walk), partial(self._alone, scenario, walk))
                if item.another:
                    named = {name for entry in item.after for name in entry.items() if name in scenario.by_id}
                    walk = Walk(cut(scenario, {item.id, *named}, item.id))
                    reached = places(walk, {item.id: ()}, flags=False)
                    self._look(("another",), scenario, item, reached, partial(_another, named, walk))
            for nb in self.nbs:
                for item in (scenario.by_id[name] for name in nb.locks if name in scenario.by_id):
                    named = {name for name in nb.when.items() if name in scenario.by_id}
                    walk = Walk(cut(scenario, {item.id, *named}, item.id), nbs=(nb,))
                    reached = places(walk, {item.id: ()}, flags=False)
                    self._look(("locks",), scenario, item, reached, partial(_locks, nb, walk))
        for scenario in self.scenarios:
            for item in scenario.items():
                if item.killer:
                    self._waits(scenario, item)
        return self.seen

    def _look(
        self,
        names: Iterable[str],
        scenario: Scenario,
        item: Item,
        found: Iterable[Place],
        breaks: Callable[[Item, Place], Breaks],
    ) -> None:
        """Look at every place for breaches of the promises `names`, as long as there is time."""
        count, finished = 0, True
        for place in found:
            if count >= MOST_STATES or time.monotonic() > self.until:
                finished = False
                break
            count += 1
            self.limits.visited()
            for name, words in breaks(item, place):
                seen = self.seen[name]
                if not seen.broken:
                    seen.broken, seen.item, seen.scenario = words, item.id, scenario.number
        for name in names:
            self.seen[name].states += count
            self.seen[name].finished &= finished

    # -- one item alone
    def _alone(self, scenario: Scenario, walk: Walk, item: Item, place: Place) -> Breaks:
        small = walk.scenario.by_id[item.id]
        position = walk.position(place)
        for move in walk.moves_of(place, small):
            if move.verb in ("back", "already"):
                continue
            for dead in DEAD:
                if allowed(walk, replace(position, conversation=dead), move):
                    yield "conversation", f"'{item.text}' can be done without a live conversation ({move.verb})"
            alone = item.client and move.verb in ("mark", "cancel")
            if alone and allowed(walk, replace(position, conversation=ALONE), move):
                yield "client", f"'{item.text}' can be done without the client"
            if _does_not_apply(walk, place, item, move) and walk.take(place, move) is not None:
                yield "applies", f"'{item.text}' can be done where it does not apply"
        if (item.killer or item.id in scenario.firm) and _permitted(lambda: moves.skip(position, small)):
            yield "firm", f"'{item.text}' can be skipped"
        if item.id in scenario.witnesses:
            # the slice does not know what waits for the item
            known = replace(walk.scenario, witnesses=scenario.witnesses)
            there = Position(Standing(known, place.board, walk.situation(place.boxes)), LIVE)
            if _permitted(lambda: moves.put_off(there, small)):
                yield "two-steps", f"'{item.text}' can be put off"
        if item.killer:
            for way in _one_step(position, small):
                yield "two-steps", f"'{item.text}' can be {way}"
            for standing, words in self._without_mailboxes(walk, place, item):
                if _can_clear(walk, standing, item.id):
                    yield "each", f"'{item.text}' can be done {spoken(words, self.about, self.words)}"

    def _without_mailboxes(self, walk: Walk, place: Place, item: Item) -> Iterator[tuple[Standing, str]]:
        """Yield the case with its mailboxes as they must lock a killer, with the words for it."""
        if not self.about.each:
            return
        board, boxes = place.board, place.boxes or (FIRST,)
        yield Standing(walk.scenario, board, Situation(mailboxes=())), "without a {one}"
        late = replace(board, uncovered=(FIRST,))
        words = "while the {licences} of a new {one} are not settled"
        yield Standing(walk.scenario, late, Situation(mailboxes=boxes)), words
        if item.ends:
            served = Situation(mailboxes=boxes, still_served=frozenset({item.ends}))
            yield Standing(walk.scenario, board, served), "while a {one} that was left out is still served"

    # -- irreversible items, with those they wait for
    def _waits(self, scenario: Scenario, killer: Item) -> None:
        """Look at two levels at a time, from the killer down: each level shows how it takes doubt from the one below.

        The effects of another mailbox are seen at one level.
        """
        below = leading_to(scenario.rested_on_by, killer.id)
        for item in (killer, *(each for each in scenario.items() if each.id in below and not reopens(each))):
            for around, names, boxes in _windows(scenario, item):
                small = cut(around, {item.id, *names}, item.id)
                walk = Walk(small, most_boxes=1 if apart(small, item.id) else boxes)
                fixed = {item.id: () if item.killer else (Mark(EVENT, walk.values[item.id][0].value),)}
                self._look(("waits",), scenario, killer, places(walk, fixed), partial(_waited, item, walk))


def _does_not_apply(walk: Walk, place: Place, item: Item, move: Move) -> bool:
    """Whether a move does an item that does not apply; an attempt ends by itself, so its mark may be repeated."""
    key = (item.id, move.boxes[0] if move.boxes else "")
    if move.verb not in DOES or walk.standing(place).applies(key) is not False:
        return False
    return key not in place.board.marks or not (item.reopens or any(answer.reopens for answer in item.answers))


def _waited(item: Item, walk: Walk, killer: Item, place: Place) -> Breaks:
    """Whether `item` counts, or may be done, without all that it names."""
    small = walk.scenario.by_id[item.id]
    for standing in _aging(walk, place):
        if item.killer:
            counts = [""] if _can_clear(walk, standing, item.id) else []
        else:
            counts = [box for (name, box), state in standing.states.items() if (name, state) == (item.id, State.DONE)]
        if not all(Sound(standing, strict=item.killer).rests(small, box) for box in counts):
            yield "waits", f"'{killer.text}' does not wait for all that '{item.text}' names"


def _another(names: set[str], walk: Walk, item: Item, place: Place) -> Breaks:
    """Let one agent do everything that the item waits for, and then the item itself."""
    small = walk.scenario.by_id[item.id]
    marks = {
        key: replace(mark, done_by=(FIRST,)) if key[0] in names else mark for key, mark in place.board.marks.items()
    }
    standing = Standing(walk.scenario, replace(place.board, marks=marks), walk.situation(place.boxes))
    for move in walk.moves_of(place, small):
        own = any(key[0] in names and (not key[1] or not move.boxes or key[1] in move.boxes) for key in marks)
        if move.verb in DOES and own and allowed(walk, Position(standing, LIVE, FIRST), move):
            yield "another", f"'{item.text}' can be done by who did what it waits for"


def _locks(nb: NB, walk: Walk, item: Item, place: Place) -> Breaks:
    """Do an item that an NB locks, while its `when` holds or its evidence is there."""
    small = walk.scenario.by_id[item.id]
    in_force = []
    if nb.when and walk.standing(place).holds(nb.when) is True:
        in_force.append(walk.standing(place))
    for key, answer in nb.evidence:
        seen = replace(walk.situation(place.boxes), evidence={key: answer})
        in_force.append(Standing(walk.scenario, place.board, seen))
    for standing in in_force:
        for move in walk.moves_of(place, small):
            if move.verb in DOES and allowed(walk, Position(standing, LIVE), move):
                yield "locks", f"'{item.text}' can be done while '{nb.short}' is in force"


def places(walk: Walk, fixed: Mapping[str, tuple[Mark, ...]] | None = None, *, flags: bool = True) -> Iterator[Place]:
    """Yield every place with any marks at all, whether or not a way leads there.

    An item in `fixed` has one of those marks, or none if there are none. `flags`: stale marks and marks that are
    asked about as well.
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
    """Yield what an item waits for, by entry (two mailboxes), then with an entry of each item named there (one)."""
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
    """Split a guard into parts small enough to be checked whole; everything that reads guards joins them alike."""
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
    """Return the scenario with an item that waits for one part of its guard, and for nothing else."""
    small = replace(item, after=(Condition(part),), uses=())
    steps = tuple(
        replace(step, items=tuple(small if each is item else each for each in step.items)) for step in scenario.steps
    )
    return replace(derive(replace(scenario, steps=steps)), firm=scenario.firm)


def allowed(walk: Walk, position: Position, move: Move) -> bool:
    """Whether a move is allowed there."""
    return _permitted(lambda: walk.decide(position, move))


def _can_clear(walk: Walk, standing: Standing, killer: str) -> bool:
    """Whether the first step of a killer is allowed there."""
    return _permitted(lambda: moves.clear(Position(standing, LIVE), walk.scenario.by_id[killer]))


def _permitted(do: Callable[[], object]) -> bool:
    try:
        do()
    except Refusal:
        return False
    return True


def _one_step(position: Position, killer: Item) -> Iterator[str]:
    """Yield the ways in which a killer could be done in one step, or left out."""
    if _permitted(lambda: moves.mark(position, killer)):
        yield "ticked in one step"
    if _permitted(lambda: moves.cancel(position, killer)):
        yield "confirmed without being looked at"
    if _permitted(lambda: guard.may_skip(position, killer)):
        yield "skipped"
    if _permitted(lambda: moves.put_off(position, killer)):
        yield "put off"


def _aging(walk: Walk, place: Place) -> Iterator[Standing]:
    """Yield the place as it is, and with each mark too old that can become so."""
    yield walk.standing(place)
    for key in place.board.marks:
        item = walk.scenario.by_id[key[0]]
        if item.fresh_for or item.quote:
            aged: dict[Key, str] = {key: "age"}
            situation = replace(walk.situation(place.boxes), aged=aged)
            standing = Standing(walk.scenario, place.board, situation)
            if standing.states.get(key) is not State.NOT_APPLICABLE:
                yield standing
