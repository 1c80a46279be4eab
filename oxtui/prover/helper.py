"""Finds a way to a move: backwards from the requirements of its guards, and forwards with those answers.

Every move is put to the guards. Finding no way does not prove that there is none.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from oxtui.cases.board import Key
from oxtui.cases.guard import Way
from oxtui.cases.status import Lock, Standing, State
from oxtui.cases.waits import waits_of
from oxtui.playbook.conditions import Atom, Condition, Join, Node, Not, Over
from oxtui.playbook.model import Item
from oxtui.prover.cut import all_of
from oxtui.prover.limits import TimeIsUp
from oxtui.prover.values import ValueClass
from oxtui.prover.walk import FIRST, Move, Place, Walk

DEEPEST = 14
MOST_TRIES = 30
MOST_TAKEN = 2_000
"""Moves tried before a way is given up."""


class Helper:
    """Brings a walk to a place where a move may be taken, without touching `frozen` marks or `kept` items."""

    def __init__(
        self,
        walk: Walk,
        until: float,
        frozen: Iterable[Key] = (),
        kept: Iterable[str] = (),
        most: int = MOST_TAKEN,
    ) -> None:
        self.walk = walk
        self.until = until
        self.left = most + 10 * len(walk.scenario.by_id)
        self.frozen = frozenset(frozen)
        self.kept = frozenset(kept)
        self.by_id = walk.scenario.by_id

    def take(self, place: Place, move: Move) -> Place | None:
        """Return the place a move leads to, or None; raises TimeIsUp."""
        if time.monotonic() > self.until:
            raise TimeIsUp
        self.left -= 1
        if move.item in self.kept or any((move.item, box) in self.frozen for box in move.boxes or ("",)):
            return None
        return self.walk.take(place, move)

    def make(self, place: Place, move: Move, depth: int = 0) -> Place | None:
        """Do all that a move waits for, then the move; returns the place after it, or None if no way was found."""
        seen = {place.key}
        for _ in range(MOST_TRIES + len(self.by_id)):
            after = self.take(place, move)
            if after is not None:
                return after
            if depth > DEEPEST or self.left < 0:
                return None
            helped = self._help(place, move, depth)
            if helped is None or helped.key in seen:
                return None
            seen.add(helped.key)
            place = helped
        return None

    def _help(self, place: Place, move: Move, depth: int) -> Place | None:
        """Do one thing that the move waits for."""
        item = self.by_id.get(move.item)
        if item is None:
            return None
        if not place.boxes and (item.each or item.killer):
            return self.take(place, Move("comes", boxes=(FIRST,)))
        if item.killer and place.board.uncovered:
            return self.take(place, Move("cover", way="1"))
        standing = self.walk.standing(place)
        for box in move.boxes or ("",):
            helped = self._ready(place, standing, item, box, depth, settling=move.verb == "settle")
            if helped is not None:
                return helped
        return None

    def _ready(
        self, place: Place, standing: Standing, item: Item, box: str, depth: int, *, settling: bool = False
    ) -> Place | None:
        """Do one thing that is missing before an item may be marked for a mailbox."""
        if standing.applies((item.id, box)) is False:
            return self.applying(place, item, box, depth)
        mark = place.board.marks.get((item.id, box))
        if mark is not None and mark.asked and not settling and (helped := self._settle(place, item, box, depth)):
            return helped
        for wait in waits_of(standing, item, box):
            helped = self.satisfy(place, wait.atom, wait.mailbox, depth, strict=item.killer)
            if helped is not None:
                return helped
        for entry in item.after:
            if entry.root is not None and not standing.met(entry, box, strict=item.killer):
                helped = self.turn(place, entry.root, box, True, depth)
                if helped is not None:
                    return helped
        for lock in standing.locks(item):
            if (helped := self._unlock(place, lock, depth)) is not None:
                return helped
        return None

    def _unlock(self, place: Place, lock: Lock, depth: int) -> Place | None:
        nb = next((nb for nb in self.walk.nbs if nb.id == lock.about), None)
        return self.turn(place, nb.when.root, "", False, depth) if nb and nb.when.root else None

    def _settle(self, place: Place, item: Item, box: str, depth: int) -> Place | None:
        ways: tuple[Way, ...] = ("1", "4")
        for way in ways:
            if way in place.board.marks[item.id, box].asked:
                return self.make(place, Move("settle", item.id, (box,), way=way), depth + 1)
        return None

    # -- conditions
    def satisfy(self, place: Place, atom: Atom, box: str, depth: int, *, strict: bool = False) -> Place | None:
        """Do one thing towards an atom of a guard; unless `strict`, an item that does not apply satisfies it."""
        item = self.by_id.get(atom.item)
        if item is None or depth > DEEPEST or self.left < 0:
            return None
        box = box if item.each else ""
        key = (item.id, box)
        standing = self.walk.standing(place)
        state, mark = standing.states.get(key), place.board.marks.get(key)
        if state is State.NOT_APPLICABLE:
            return self.applying(place, item, box, depth + 1)
        if mark is None and not strict and standing.applies(key) is None:
            helped = self.applying(place, item, box, depth + 1, wanted=False)
            if helped is not None:
                return helped
        if mark is not None and mark.asked and (helped := self._settle(place, item, box, depth + 1)):
            return helped
        if mark is not None and mark.skipped:
            return self.take(place, Move("back", item.id, (box,) if box else ()))
        fits = mark is not None and atom.fits(mark.value, mark.on) is True
        if state is State.DONE and fits:
            return None
        if state is State.IN_DOUBT and fits:
            return self._ready(place, standing, item, box, depth + 1)
        wanted = [each for each in self.walk.values[item.id] if atom.fits(each.value)]
        wanted.sort(key=lambda each: (mark is None or mark.value != each.value, each.open))
        for value in wanted:
            if not value.open or atom.judges:
                helped = self.mark(place, item, box, value, depth + 1)
                if helped is not None:
                    return helped
        return None

    def mark(self, place: Place, item: Item, box: str, value: ValueClass, depth: int = 0) -> Place | None:
        """Mark an item, for all mailboxes at once if none of them is marked."""
        if item.killer:
            return self.make(place, Move("cancel", item.id), depth)
        verb = "quote" if item.quote else "mark"
        marks = place.board.marks
        if box and len(place.boxes) > 1 and not any((item.id, each) in marks for each in place.boxes):
            helped = self.make(place, Move(verb, item.id, place.boxes, value.value), depth)
            if helped is not None:
                return helped
        return self.make(place, Move(verb, item.id, (box,) if box else (), value.value), depth)

    def applying(self, place: Place, item: Item, box: str, depth: int, wanted: bool = True) -> Place | None:
        """Do one thing towards making an item apply, or not apply."""
        conditions = (self.walk.scenario.step_of[item.id].when, item.when)
        node = all_of(each.root for each in conditions if each.root is not None).root
        return self.turn(place, node, box, wanted, depth) if node is not None else None

    def turn(self, place: Place, node: Node, box: str, wanted: bool, depth: int) -> Place | None:
        """Do one thing towards making a `when` true, or false."""
        if depth > DEEPEST or self.left < 0 or self.walk.standing(place).holds(Condition(node), box) is wanted:
            return None
        if isinstance(node, Not):
            return self.turn(place, node.part, box, not wanted, depth + 1)
        if isinstance(node, Join):
            return self._first(self.turn(place, part, box, wanted, depth + 1) for part in node.parts)
        if isinstance(node, Over):
            boxes = self._unmarked_first(place, node)
            return self._first(self.turn(place, node.part, each, wanted, depth + 1) for each in boxes)
        item = self.by_id.get(node.item)
        if item is None:
            return None
        boxes = ("",) if not item.each else (box,) if box else self._unmarked_first(place, node)
        return self._first(self._turn_atom(place, node, item, each, wanted, depth + 1) for each in boxes)

    def _unmarked_first(self, place: Place, node: Node) -> tuple[str, ...]:
        """Return the mailboxes, those first for which no item of the node is marked yet."""
        names = Condition(node).items()
        return tuple(sorted(place.boxes, key=lambda box: any((name, box) in place.board.marks for name in names)))

    def _first(self, tried: Iterator[Place | None]) -> Place | None:
        return next((place for place in tried if place is not None), None)

    def _turn_atom(self, place: Place, atom: Atom, item: Item, box: str, wanted: bool, depth: int) -> Place | None:
        standing = self.walk.standing(place)
        if standing.states.get((item.id, box)) is State.NOT_APPLICABLE:
            return self.applying(place, item, box, depth) if wanted else None
        fits = [each for each in self.walk.values[item.id] if atom.fits(each.value) is wanted]
        mark = place.board.marks.get((item.id, box))
        if mark is not None and mark.skipped:
            return self.take(place, Move("back", item.id, (box,) if box else ()))
        for value in fits:
            helped = self.mark(place, item, box, value, depth)
            if helped is not None:
                return helped
        return None if wanted else self.applying(place, item, box, depth, wanted=False)
