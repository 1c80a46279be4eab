"""A breach as a person would meet it: the way that broke a slice, followed on the whole playbook.

What stands in the slice for the surroundings is brought about by answers and ticks; each step is put to the guards,
and only a way that breaks the rule there is told. Then what is not needed for it is left out.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterable, Iterator

from oxtui.playbook.model import LICENCES
from oxtui.prover.cut import OFF, ON, SWITCH
from oxtui.prover.duties import Duty
from oxtui.prover.helper import Helper
from oxtui.prover.limits import Limits, TimeIsUp
from oxtui.prover.walk import FIRST, Place, Step, Walk

MOST_LOOKED_AT = 3_000
"""Places looked at for a shorter way than the one found."""


class _Found(Exception):
    """The rule was broken: the place, and the step that was taken there."""

    def __init__(self, place: Place, step: Step) -> None:
        super().__init__()
        self.place = place
        self.step = step


def _breaks(duty: Duty, walk: Walk, place: Place, step: Step, after: Place) -> bool:
    return duty.broken(walk, place, step) or duty.stands(walk, after)


class _Follower(Helper):
    """A helper that stops where the duty is broken."""

    def __init__(self, walk: Walk, duty: Duty, until: float) -> None:
        super().__init__(walk, until)
        self.duty = duty

    def take(self, place: Place, step: Step) -> Place | None:
        after = super().take(place, step)
        if after is not None and _breaks(self.duty, self.walk, place, step, after):
            raise _Found(place, step)
        return after


class Real:
    """Ways on the whole scenario that break a duty."""

    def __init__(self, duty: Duty, limits: Limits) -> None:
        self.duty = duty
        self.limits = limits
        self.walk = duty.whole()

    def followed(self, steps: Iterable[Step], until: float) -> tuple[Step, ...] | None:
        """A way that breaks the duty on the whole scenario, along the steps of a slice; None where there was none."""
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
        except _Found as found:
            return (*found.place.way(), found.step)
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
        """Answers given so that an item applies, or does not."""
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
        """An action done on new terms: what it uses is changed first."""
        item = self.walk.scenario.by_id[step.item]
        key = (item.id, step.boxes[0] if step.boxes else "")
        if key not in place.board.marks:
            return None
        settle = Step("settle", item.id, (key[1],), way="2")
        if LICENCES in item.uses and (asked := helper.take(place, Step("licences"))) is not None:
            after = helper.make(asked, settle)
            if after is not None:
                return after
        for name in item.uses:
            for lost in self._losses(place, name):
                asked = helper.take(place, lost)
                if asked is not None and asked.board.marks.get(key) and asked.board.marks[key].asked:
                    after = helper.make(asked, settle)
                    if after is not None:
                        return after
        taken = helper.take(place, Step("back", item.id, step.boxes))
        value = self.walk.values[item.id][0]
        return helper.mark(taken, item, key[1], value) if taken is not None else None

    def _losses(self, place: Place, name: str) -> Iterator[Step]:
        """The steps by which an item loses its value."""
        if name in self.walk.scenario.by_id:
            steps = self.walk.steps_of(place, self.walk.scenario.by_id[name])
            yield from (step for step in steps if step.verb in ("mark", "quote", "back"))

    # -- shorter
    def still(self, steps: Iterable[Step]) -> Place | None:
        """The place before the last step, where all of them may be taken and the last breaks the duty; else None."""
        place = self.walk.start((FIRST,))
        steps = tuple(steps)
        for step in steps[:-1]:
            after = self.walk.take(place, step)
            if after is None:
                return None
            place = after
        after = self.walk.take(place, steps[-1])
        if after is None:
            return None
        return place if _breaks(self.duty, self.walk, place, steps[-1], after) else None

    def shortened(self, steps: tuple[Step, ...], looking: float, until: float) -> tuple[Step, ...]:
        """The way without what can be left out, and without detours that a look around finds.

        `looking`: how many seconds of the processor that may take; it ends at `until` (monotonic) anyway.
        """
        end = time.process_time() + looking

        def in_time() -> bool:
            return time.process_time() < end and time.monotonic() < until

        steps = self._without_needless(steps, in_time)
        return self._ordered(self._searched(steps, in_time) or steps)

    def _without_needless(self, steps: tuple[Step, ...], in_time: Callable[[], bool]) -> tuple[Step, ...]:
        changed = True
        while changed and in_time():
            changed = False
            for size in (1, 2):
                at = len(steps) - 1 - size
                while at >= 0 and in_time():
                    fewer = (*steps[:at], *steps[at + size :])
                    if self.still(fewer) is not None:
                        steps, changed = fewer, True
                    at -= 1
        return steps

    def _ordered(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The way with its first marks in the order of the article, where that makes no difference."""
        places = {item.id: place for place, item in enumerate(self.walk.scenario.items())}
        seen: set[str] = set()
        count = 0
        for step in steps[:-1]:
            if step.verb not in ("mark", "quote") or step.item in seen:
                break
            seen.add(step.item)
            count += 1
        first = sorted(steps[:count], key=lambda step: places[step.item])
        other = (*first, *steps[count:])
        return other if self.still(other) is not None else steps

    def _needed(self, name: str) -> set[str]:
        """Items without which one cannot be done, whatever is answered: each takes a step of its own."""
        by_id = self.walk.scenario.by_id
        found: set[str] = set()
        rest = [name]
        while rest:
            each = rest.pop()
            if each in found:
                continue
            found.add(each)
            item = by_id[each]
            strict = item.killer
            for entry in item.after:
                atoms = list(entry.atoms())
                if len(atoms) == 1 and str(entry) == str(atoms[0]) and atoms[0].item in by_id:
                    other = by_id[atoms[0].item]
                    if strict or not (other.when or self.walk.scenario.step_of[other.id].when):
                        rest.append(other.id)
        return found

    def _searched(self, best: tuple[Step, ...], in_time: Callable[[], bool]) -> tuple[Step, ...] | None:
        """A shorter way than `best`, where a look at the nearest places finds one."""
        needed = self._needed(self.duty.item)
        names = {step.item for step in best} | needed | self.duty.core
        count = itertools.count()
        start = self.walk.start((FIRST,))
        rest = [(len(needed), next(count), start)]
        lengths: dict[object, int] = {start.key: 0}
        looked = 0
        found: tuple[Step, ...] | None = None
        while rest and looked < MOST_LOOKED_AT and in_time():
            least, _, place = heapq.heappop(rest)
            if least >= len(found or best):
                break
            if lengths.get(place.key, 0) < place.length:
                continue
            looked += 1
            self.limits.visited()
            for step in self._steps(place, names):
                after = self.walk.take(place, step)
                if after is None:
                    continue
                if _breaks(self.duty, self.walk, place, step, after):
                    if after.length < len(found or best):
                        found = after.way()
                    continue
                least = after.length + self._missing(after, needed)
                if least < len(found or best) and lengths.get(after.key, 1_000_000) > after.length:
                    lengths[after.key] = after.length
                    heapq.heappush(rest, (least, next(count), after))
        return found

    def _missing(self, place: Place, needed: set[str]) -> int:
        marked = {name for name, _ in place.board.marks}
        return len(needed - marked)

    def _steps(self, place: Place, names: set[str]) -> Iterator[Step]:
        for item in self.walk.cut.items:
            if item.id in names:
                yield from self.walk.steps_of(place, item)
        yield from (step for step in self.walk.world(place) if not step.item or step.item in names)
