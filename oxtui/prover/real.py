"""Breaches on the whole playbook: follows the moves that broke a slice, and shortens the way they lead.

The switches and stubs of a slice are brought about by answers and ticks. Each move is put to the guards, so that only
a way that breaks the rule on the whole playbook is reported.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from oxtui.playbook.model import LICENCES
from oxtui.prover.cut import OFF, ON, SWITCH
from oxtui.prover.duties import Duty, explored
from oxtui.prover.helper import Helper
from oxtui.prover.limits import Limits, TimeIsUp
from oxtui.prover.walk import FIRST, Move, Place, Walk

MOST_SEARCHED = 3_000
"""Places searched for a shorter way than the one found."""
LONGEST_SEARCHED = 12
"""Moves of a way; a search for less than a longer one would come to no end."""


class _Broken(Exception):
    """The duty was broken: the place, and the move taken there."""

    def __init__(self, place: Place, move: Move) -> None:
        super().__init__()
        self.place = place
        self.move = move


class _Follower(Helper):
    """A helper that stops where the duty is broken."""

    def __init__(self, walk: Walk, duty: Duty, until: float) -> None:
        super().__init__(walk, until)
        self.duty = duty

    def take(self, place: Place, move: Move) -> Place | None:
        after = super().take(place, move)
        if after is not None and self.duty.is_broken(self.walk, place, move, after):
            raise _Broken(place, move)
        return after


class Real:
    """Ways on the whole scenario that break a duty."""

    def __init__(self, duty: Duty, limits: Limits) -> None:
        self.duty = duty
        self.limits = limits
        self.walk = duty.whole()

    def followed(self, moves: Iterable[Move], until: float) -> tuple[Move, ...] | None:
        """Return a way along the moves of a slice that breaks the duty on the whole scenario, or None."""
        helper = _Follower(self.walk, self.duty, until)
        place = self.walk.start((FIRST,))
        moves = tuple(moves)
        try:
            for number, move in enumerate(moves):
                last = number == len(moves) - 1
                if last:
                    helper.frozen = place.bits.old
                after = self._follow(helper, place, move, last=last)
                if after is None:
                    return None
                place = after
        except _Broken as broken:
            return (*broken.place.way(), broken.move)
        except TimeIsUp:
            return None
        return None

    def _follow(self, helper: Helper, place: Place, move: Move, *, last: bool) -> Place | None:
        marks = place.board.marks
        item = self.walk.scenario.by_id.get(move.item)
        boxes = move.boxes or ("",)
        if move.verb == "switch":
            return self._switched(helper, place, move)
        if move.verb == "stub":
            assert item is not None
            values = self.walk.values[item.id]
            tries = (helper.mark(place, item, boxes[0], value) for value in values)
            return next((after for after in tries if after is not None), None)
        if move.verb == "anew":
            return self._anew(helper, place, move)
        if move.verb == "comes":
            return place if move.boxes[0] in place.boxes else helper.make(place, move)
        if move.verb == "ended":
            killers = (each for each in self.walk.scenario.items() if each.already and each.already.item == move.item)
            tries = (helper.take(place, Move("already", killer.id)) for killer in killers)
            return next((after for after in tries if after is not None), None)
        if move.verb == "settle" and not any(marks[key].asked for box in boxes if (key := (move.item, box)) in marks):
            return self._anew(helper, place, move) if move.way == "2" else place
        if move.verb == "back" and not any((move.item, box) in marks for box in boxes):
            return place
        if move.verb == "kept" and (move.item, boxes[0]) in marks:
            return place
        done = all((move.item, box) in marks and marks[move.item, box].value == move.value for box in boxes)
        if move.verb in ("mark", "quote") and done and item is not None and item.kind == "action" and not last:
            return helper.take(place, move) or place
        return helper.make(place, move)

    def _switched(self, helper: Helper, place: Place, move: Move) -> Place | None:
        """Give answers until an item applies, or no longer does."""
        item = self.walk.scenario.by_id[move.item.removesuffix(SWITCH)]
        wanted = move.value == ON
        boxes = move.boxes or (("",) if not item.each else place.boxes)
        for box in boxes:
            for _ in range(4):
                now = self.walk.standing(place).applies((item.id, box))
                if now is wanted or (now is None and move.value != OFF):
                    break
                after = helper.applying(place, item, box, 0, wanted)
                if after is None:
                    return None
                place = after
        return place

    def _anew(self, helper: Helper, place: Place, move: Move) -> Place | None:
        """Do an action on new terms, after a change of what it uses."""
        item = self.walk.scenario.by_id[move.item]
        key = (item.id, move.boxes[0] if move.boxes else "")
        if key not in place.board.marks:
            return None
        settle = Move("settle", item.id, (key[1],), way="2")
        changes = [Move("licences")] if LICENCES in item.uses else []
        changes += [each for name in item.uses for each in self._losses(place, name)]
        for change in changes:
            changed = helper.take(place, change)
            if changed is not None and changed.board.marks.get(key) and changed.board.marks[key].asked:
                after = helper.make(changed, settle)
                if after is not None:
                    return after
        taken = helper.take(place, Move("back", item.id, move.boxes))
        value = self.walk.values[item.id][0]
        return helper.mark(taken, item, key[1], value) if taken is not None else None

    def _losses(self, place: Place, name: str) -> Iterator[Move]:
        """Yield the moves by which an item loses its value."""
        if name in self.walk.scenario.by_id:
            moves = self.walk.moves_of(place, self.walk.scenario.by_id[name])
            yield from (move for move in moves if move.verb in ("mark", "quote", "back"))

    # -- shorter
    def still_breaks(self, moves: tuple[Move, ...]) -> bool:
        """Whether all the moves may be taken, and the last one breaks the duty."""
        place: Place | None = self.walk.start((FIRST,))
        for move in moves[:-1]:
            place = self.walk.take(place, move) if place else None
        after = self.walk.take(place, moves[-1]) if place else None
        return bool(place and after and self.duty.is_broken(self.walk, place, moves[-1], after))

    def shortened(self, moves: tuple[Move, ...], until: float) -> tuple[Move, ...]:
        """Return the way without the moves it does not need, or a shorter one that a search from the start finds."""
        moves = self._without_needless(moves, until)
        if len(moves) <= LONGEST_SEARCHED:
            only = self.duty.core | {move.item for move in moves}
            breaches = explored(self.walk, self.duty, self.limits, until, MOST_SEARCHED, only=only).breaches
            moves = min([moves, *(each.way() for each in breaches)], key=len)
        return self._in_order(moves)

    def _without_needless(self, moves: tuple[Move, ...], until: float) -> tuple[Move, ...]:
        changed = True
        while changed:
            changed = False
            for size in (1, 2):
                for at in range(len(moves) - 1 - size, -1, -1):
                    fewer = (*moves[:at], *moves[at + size :])
                    if time.monotonic() < until and self.still_breaks(fewer):
                        moves, changed = fewer, True
        return moves

    def _in_order(self, moves: tuple[Move, ...]) -> tuple[Move, ...]:
        """Return the way with its first marks in the article's order, if it still breaks the duty."""
        places = {item.id: place for place, item in enumerate(self.walk.scenario.items())}
        seen: set[str] = set()
        for move in moves[:-1]:
            if move.verb not in ("mark", "quote") or move.item in seen:
                break
            seen.add(move.item)
        count = len(seen)
        other = (*sorted(moves[:count], key=lambda move: places[move.item]), *moves[count:])
        return other if self.still_breaks(other) else moves
