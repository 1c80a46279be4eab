"""Breaches on the whole playbook: follows the steps that broke a slice, and shortens the way they lead.

The switches and stubs of a slice are brought about by answers and ticks. Each step is put to the guards, so that only
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
from oxtui.prover.walk import FIRST, Place, Step, Walk

MOST_SEARCHED = 3_000
"""Places searched for a shorter way than the one found."""
LONGEST_SEARCHED = 12
"""Steps of a way; a search for less than a longer one would come to no end."""


class _Broken(Exception):
    """The duty was broken: the place, and the step taken there."""

    def __init__(self, place: Place, step: Step) -> None:
        super().__init__()
        self.place = place
        self.step = step


class _Follower(Helper):
    """A helper that stops where the duty is broken."""

    def __init__(self, walk: Walk, duty: Duty, until: float) -> None:
        super().__init__(walk, until)
        self.duty = duty

    def take(self, place: Place, step: Step) -> Place | None:
        after = super().take(place, step)
        if after is not None and self.duty.is_broken(self.walk, place, step, after):
            raise _Broken(place, step)
        return after


class Real:
    """Ways on the whole scenario that break a duty."""

    def __init__(self, duty: Duty, limits: Limits) -> None:
        self.duty = duty
        self.limits = limits
        self.walk = duty.whole()

    def followed(self, steps: Iterable[Step], until: float) -> tuple[Step, ...] | None:
        """Return a way along the steps of a slice that breaks the duty on the whole scenario, or None."""
        helper = _Follower(self.walk, self.duty, until)
        place = self.walk.start((FIRST,))
        steps = tuple(steps)
        try:
            for number, step in enumerate(steps):
                last = number == len(steps) - 1
                if last:
                    helper.frozen = place.bits.old
                after = self._follow(helper, place, step, last=last)
                if after is None:
                    return None
                place = after
        except _Broken as broken:
            return (*broken.place.way(), broken.step)
        except TimeIsUp:
            return None
        return None

    def _follow(self, helper: Helper, place: Place, step: Step, *, last: bool) -> Place | None:
        marks = place.board.marks
        item = self.walk.scenario.by_id.get(step.item)
        boxes = step.boxes or ("",)
        if step.verb == "switch":
            return self._switched(helper, place, step)
        if step.verb == "stub":
            assert item is not None
            values = self.walk.values[item.id]
            tries = (helper.mark(place, item, boxes[0], value) for value in values)
            return next((after for after in tries if after is not None), None)
        if step.verb == "anew":
            return self._anew(helper, place, step)
        if step.verb == "comes":
            return place if step.boxes[0] in place.boxes else helper.make(place, step)
        if step.verb == "ended":
            killers = (each for each in self.walk.scenario.items() if each.already and each.already.item == step.item)
            tries = (helper.take(place, Step("already", killer.id)) for killer in killers)
            return next((after for after in tries if after is not None), None)
        if step.verb == "settle" and not any(marks[key].asked for box in boxes if (key := (step.item, box)) in marks):
            return self._anew(helper, place, step) if step.way == "2" else place
        if step.verb == "back" and not any((step.item, box) in marks for box in boxes):
            return place
        if step.verb == "kept" and (step.item, boxes[0]) in marks:
            return place
        done = all((step.item, box) in marks and marks[step.item, box].value == step.value for box in boxes)
        if step.verb in ("mark", "quote") and done and item is not None and item.kind == "action" and not last:
            return helper.take(place, step) or place
        return helper.make(place, step)

    def _switched(self, helper: Helper, place: Place, step: Step) -> Place | None:
        """Give answers until an item applies, or no longer does."""
        item = self.walk.scenario.by_id[step.item.removesuffix(SWITCH)]
        wanted = step.value == ON
        boxes = step.boxes or (("",) if not item.each else place.boxes)
        for box in boxes:
            for _ in range(4):
                now = self.walk.standing(place).applies((item.id, box))
                if now is wanted or (now is None and step.value != OFF):
                    break
                after = helper.applying(place, item, box, 0, wanted)
                if after is None:
                    return None
                place = after
        return place

    def _anew(self, helper: Helper, place: Place, step: Step) -> Place | None:
        """Do an action on new terms, after a change of what it uses."""
        item = self.walk.scenario.by_id[step.item]
        key = (item.id, step.boxes[0] if step.boxes else "")
        if key not in place.board.marks:
            return None
        settle = Step("settle", item.id, (key[1],), way="2")
        changes = [Step("licences")] if LICENCES in item.uses else []
        changes += [each for name in item.uses for each in self._losses(place, name)]
        for change in changes:
            changed = helper.take(place, change)
            if changed is not None and changed.board.marks.get(key) and changed.board.marks[key].asked:
                after = helper.make(changed, settle)
                if after is not None:
                    return after
        taken = helper.take(place, Step("back", item.id, step.boxes))
        value = self.walk.values[item.id][0]
        return helper.mark(taken, item, key[1], value) if taken is not None else None

    def _losses(self, place: Place, name: str) -> Iterator[Step]:
        """Yield the steps by which an item loses its value."""
        if name in self.walk.scenario.by_id:
            steps = self.walk.steps_of(place, self.walk.scenario.by_id[name])
            yield from (step for step in steps if step.verb in ("mark", "quote", "back"))

    # -- shorter
    def still_breaks(self, steps: tuple[Step, ...]) -> bool:
        """Whether all the steps may be taken, and the last one breaks the duty."""
        place: Place | None = self.walk.start((FIRST,))
        for step in steps[:-1]:
            place = self.walk.take(place, step) if place else None
        after = self.walk.take(place, steps[-1]) if place else None
        return bool(place and after and self.duty.is_broken(self.walk, place, steps[-1], after))

    def shortened(self, steps: tuple[Step, ...], until: float) -> tuple[Step, ...]:
        """Return the way without the steps it does not need, or a shorter one that a search from the start finds."""
        steps = self._without_needless(steps, until)
        if len(steps) <= LONGEST_SEARCHED:
            only = self.duty.core | {step.item for step in steps}
            breaches = explored(self.walk, self.duty, self.limits, until, MOST_SEARCHED, only=only).breaches
            steps = min([steps, *(each.way() for each in breaches)], key=len)
        return self._in_order(steps)

    def _without_needless(self, steps: tuple[Step, ...], until: float) -> tuple[Step, ...]:
        changed = True
        while changed:
            changed = False
            for size in (1, 2):
                for at in range(len(steps) - 1 - size, -1, -1):
                    fewer = (*steps[:at], *steps[at + size :])
                    if time.monotonic() < until and self.still_breaks(fewer):
                        steps, changed = fewer, True
        return steps

    def _in_order(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Return the way with its first marks in the article's order, if it still breaks the duty."""
        places = {item.id: place for place, item in enumerate(self.walk.scenario.items())}
        seen: set[str] = set()
        for step in steps[:-1]:
            if step.verb not in ("mark", "quote") or step.item in seen:
                break
            seen.add(step.item)
        count = len(seen)
        other = (*sorted(steps[:count], key=lambda step: places[step.item]), *steps[count:])
        return other if self.still_breaks(other) else steps
