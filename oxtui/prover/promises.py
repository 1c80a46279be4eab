"""What the program keeps of every playbook, seen in each state of each item: what is refused, whatever was answered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases import guard, moves
from oxtui.cases.board import Key
from oxtui.cases.guard import Conversation, Position
from oxtui.cases.status import Situation, Standing, State
from oxtui.errors import Refusal
from oxtui.playbook.model import NB, Item, Procedure, Scenario
from oxtui.prover.cut import apart, cut
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import Said
from oxtui.prover.walk import EVENT, FIRST, LIVE, Place, Step, Walk

MOST_STATES = 4_000

PROMISES: Final[Mapping[str, str]] = {
    "conversation": "Nothing is ticked, answered, skipped, settled or quoted without a live conversation",
    "client": "What needs the client is never done without the client",
    "two-steps": "What is irreversible is never done in one step, skipped or put off",
    "firm": "What a rule, a decision or something irreversible waits for is never skipped",
    "applies": "What does not apply is never done",
    "waits": "What is irreversible waits for all that it names; what is too old or contradicted does not count",
    "locks": "What an NB locks is not done while the NB is in force",
    "mailboxes": "What is irreversible is locked without mailboxes, and while one came late or was left out",
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
        self.nbs = tuple(nb for nb in procedure.nbs.values() if nb.locks)
        self.scenarios = tuple(procedure.scenarios.values())

    def run(self) -> dict[str, Kept]:
        """What was seen of each promise."""
        for scenario in self.scenarios:
            for item in scenario.items():
                self._item(scenario, item)
                if item.killer:
                    self._waits(scenario, item)
            self._locks(scenario)
        return self.kept

    def _break(self, name: str, scenario: Scenario, item: Item, words: str) -> None:
        kept = self.kept[name]
        if not kept.broken:
            kept.broken, kept.item, kept.scenario = words, item.id, scenario.number

    def _seen(self, names: Iterable[str], finished: bool, states: int) -> None:
        for name in names:
            self.kept[name].states += states
            self.kept[name].finished &= finished

    def _places(self, walk: Walk, look: Callable[[Place], None]) -> tuple[bool, int]:
        """Look at every place of a walk; whether all were seen, and how many."""
        start = walk.start() if walk.most_boxes else walk.start((FIRST,))
        seen = {start.key}
        queue = deque([start])
        count = 0
        while queue:
            if count >= MOST_STATES or time.monotonic() > self.until:
                return False, count
            place = queue.popleft()
            count += 1
            self.limits.visited()
            look(place)
            for step in walk.steps(place):
                after = walk.take(place, step)
                if after is not None and after.key not in seen:
                    seen.add(after.key)
                    queue.append(after)
        return True, count

    # -- one item alone
    def _item(self, scenario: Scenario, item: Item) -> None:
        walk = Walk(cut(scenario, {item.id}), flags=True, most_boxes=1)
        small = walk.scenario.by_id[item.id]
        firm = item.id in scenario.firm
        witness = item.id in scenario.witnesses

        def look(place: Place) -> None:
            position = walk.position(place)
            steps = [step for step in walk.steps_of(place, small) if step.verb not in ("back", "already")]
            for step in steps:
                for dead in DEAD:
                    if _allowed(walk, replace(position, conversation=dead), step):
                        words = f"'{item.text}' can be done without a live conversation ({step.verb})"
                        self._break("conversation", scenario, item, words)
                alone = item.client and step.verb in ("mark", "cancel")
                if alone and _allowed(walk, replace(position, conversation=ALONE), step):
                    self._break("client", scenario, item, f"'{item.text}' can be done without the client")
            if item.killer:
                for way in _one_step(position, small):
                    self._break("two-steps", scenario, item, f"'{item.text}' can be {way}")
            if (firm or item.killer) and _permitted(lambda: moves.skip(position, small, EVENT)):
                self._break("firm", scenario, item, f"'{item.text}' can be skipped")
            if witness and self._can_be_put_off(scenario, walk, place, small):
                self._break("two-steps", scenario, item, f"'{item.text}' can be put off")
            self._applies(scenario, item, walk, place, steps)
            if item.killer:
                self._locked(scenario, item, walk, place)

        finished, states = self._places(walk, look)
        self._seen(("conversation", "client", "two-steps", "firm", "applies", "mailboxes"), finished, states)

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
        board = walk.standing(place).board
        boxes = place.boxes or (FIRST,)
        situations = [(Situation(mailboxes=()), board, "without a mailbox")]
        late = replace(board, uncovered=(FIRST,))
        situations.append((Situation(mailboxes=boxes), late, "while the licences of a new mailbox are not settled"))
        if item.ends:
            served = Situation(mailboxes=boxes, still_served=frozenset({item.ends}))
            situations.append((served, board, "while a mailbox that was left out is still served"))
        for situation, marks, words in situations:
            standing = Standing(walk.scenario, marks, situation)
            if _cleared(walk, standing, item.id):
                self._break("mailboxes", scenario, item, f"'{item.text}' can be done {words}")

    # -- what is irreversible, with what it waits for
    def _waits(self, scenario: Scenario, killer: Item) -> None:
        for entry in killer.after:
            small = cut(scenario, {killer.id, *entry.items()}, killer.id)
            walk = Walk(small, flags=True, most_boxes=1 if apart(small, killer.id) else 2)
            finished, states = self._places(walk, partial(self._waited, scenario, killer, walk))
            self._seen(("waits",), finished, states)

    def _waited(self, scenario: Scenario, killer: Item, walk: Walk, place: Place) -> None:
        for standing in _aging(walk, place):
            if not _cleared(walk, standing, killer.id):
                continue
            reading = Said(standing, flags=True)
            for each in walk.scenario.by_id[killer.id].after:
                if each.root is not None and reading.truth(each.root) is not True:
                    self._break("waits", scenario, killer, f"'{killer.text}' does not wait for {each}")

    # -- NBs that lock
    def _locks(self, scenario: Scenario) -> None:
        for nb in self.nbs:
            for name in nb.locks:
                if name in scenario.by_id:
                    self._lock(scenario, nb, scenario.by_id[name])

    def _lock(self, scenario: Scenario, nb: NB, item: Item) -> None:
        names = {name for name in nb.when.items() if name in scenario.by_id}
        walk = Walk(cut(scenario, {item.id, *names}, item.id), nbs=(nb,), flags=False)
        small = walk.scenario.by_id[item.id]

        def look(place: Place) -> None:
            if any(key[0] == item.id for key in place.board.marks):
                return
            standings = []
            if nb.when and walk.standing(place).holds(nb.when) is True:
                standings.append(walk.standing(place))
            for key, answer in nb.evidence:
                seen = replace(walk.situation(place.boxes), evidence={key: answer})
                standings.append(Standing(walk.scenario, place.board, seen))
            for standing in standings:
                for step in walk.steps_of(place, small):
                    if step.verb in ("mark", "quote", "cancel") and _allowed(walk, Position(standing, LIVE), step):
                        self._break(
                            "locks", scenario, item, f"'{item.text}' can be done while '{nb.short}' is in force"
                        )

        finished, states = self._places(walk, look)
        self._seen(("locks",), finished, states)


def _allowed(walk: Walk, position: Position, step: Step) -> bool:
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
    if _permitted(lambda: moves.mark(position, killer, EVENT)):
        yield "ticked in one step"
    if _permitted(lambda: moves.cancel(position, killer, EVENT)):
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
        if item.fresh_days or item.quote:
            aged: dict[Key, str] = {key: "age"}
            situation = replace(walk.situation(place.boxes), aged=aged)
            standing = Standing(walk.scenario, place.board, situation)
            if standing.states.get(key) is not State.NOT_APPLICABLE:
                yield standing
