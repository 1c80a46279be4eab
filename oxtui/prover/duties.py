"""One thing that has to be so whenever an item is done, and the slices of its scenario on which that is walked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from oxtui.playbook.model import NB, Procedure, Scenario
from oxtui.prover.cut import Cut, apart, cut
from oxtui.prover.edges import edges, ways
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import Wanted
from oxtui.prover.walk import FIRST, Place, Step, Walk

MOST_STATES = 40_000
"""Places of one slice, beyond which it is given up."""
BREACHES = 12
"""Ways to break a slice that are looked for: where the first cannot be followed on the whole, another may."""
DOES = frozenset({"mark", "quote", "cancel", "anew", "copy"})


class Duty(Struct, frozen=True):
    """What has to be so whenever `item` is done in a scenario: one entry of a rule, younger than one item."""

    scenario: Scenario
    item: str
    wanted: Wanted
    nbs: tuple[NB, ...] = ()

    @property
    def core(self) -> frozenset[str]:
        """The items that it speaks of."""
        named = (name for each in (*self.wanted.before, self.wanted.where) for name in each.items())
        return frozenset(name for name in (self.item, *named, *self.wanted.newer_than) if name in self.scenario.by_id)

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        """A walk over a slice of its scenario."""
        return Walk(small, self.wanted, nbs=self.nbs, most_boxes=most_boxes)

    def whole(self) -> Walk:
        """A walk over its whole scenario."""
        return self.walk(cut(self.scenario, self.scenario.by_id))

    def is_broken(self, walk: Walk, place: Place, step: Step, after: Place) -> bool:
        """Whether a step that led from `place` to `after` breaks it."""
        if step.item != self.item or not (step.verb in DOES or (step.verb == "settle" and step.way == "2")):
            return False
        return self.wanted.broken(walk.standing(place), place.bits.old, step.boxes or ("",))


class Breach(Struct, frozen=True):
    """Where a duty is broken, and by which step."""

    place: Place
    step: Step

    def way(self) -> tuple[Step, ...]:
        """All steps, the last being the one that breaks it."""
        return (*self.place.way(), self.step)


class Outcome(Struct, frozen=True):
    """What walking a slice gave: how many places were visited, how the duty is broken, whether it came to an end."""

    states: int
    breaches: tuple[Breach, ...] = ()
    finished: bool = True

    @property
    def holds(self) -> bool:
        """Whether every place was seen and none breaks the duty."""
        return self.finished and not self.breaches


def locking(procedure: Procedure) -> tuple[NB, ...]:
    """The NBs that lock items."""
    return tuple(nb for nb in procedure.nbs.values() if nb.locks)


def slices(duty: Duty) -> Iterator[frozenset[str]]:
    """The items of ever larger slices for a duty: what it speaks of, then what lies between, way by way."""
    kept = duty.core
    yield kept
    graph = edges(duty.scenario, duty.nbs)
    named = kept - {duty.item}
    pairs = [(duty.item, name) for name in sorted(named)]
    witnesses = {name for each in duty.wanted.before for name in each.items()}
    pairs += [(name, newer) for name in sorted(witnesses) for newer in sorted(duty.wanted.newer_than)]
    more = list(ways(graph, pairs))
    scenario = duty.scenario
    for name in (duty.item, *sorted(named)):
        if name in scenario.by_id:
            decides = frozenset((*scenario.by_id[name].when.items(), *scenario.step_of[name].when.items()))
            more.append(decides)
    locks = [frozenset(nb.when.items()) for nb in duty.nbs if duty.item in nb.locks]
    locks.sort(key=lambda names: not names & named)
    first = len([names for names in locks if names & named])
    for inner in (*locks[:first], *more, *locks[first:]):
        inner = frozenset(name for name in inner if name in scenario.by_id)
        if not inner <= kept:
            kept |= inner
            yield kept


def walked(
    duty: Duty,
    kept: frozenset[str],
    limits: Limits,
    until: float,
    boxes: int,
    most: int = MOST_STATES,
    breaches: int = BREACHES,
) -> Outcome:
    """Visit every place of a slice, the nearest first, until the duty was broken in some ways."""
    return explored(duty.walk(cut(duty.scenario, kept, duty.item), boxes), duty, limits, until, most, breaches)


def explored(
    walk: Walk,
    duty: Duty,
    limits: Limits,
    until: float,
    most: int = MOST_STATES,
    breaches: int = 1,
    only: frozenset[str] = frozenset(),
) -> Outcome:
    """Visit every place of a walk, the nearest first, until the duty was broken in so many ways.

    With `only`, nothing is done with any other item.
    """
    # Where nothing is done for each mailbox there is one, and it stays: a killer is locked without any.
    start = walk.start(() if walk.most_boxes and not walk.cut.whole else (FIRST,))
    seen = {start.key}
    queue = deque([start])
    count = 0
    found: list[Breach] = []
    killer = duty.scenario.by_id[duty.item].killer
    while queue:
        place = queue.popleft()
        count += 1
        limits.visited()
        if count > most or time.monotonic() > until:
            return Outcome(count, tuple(found), finished=False)
        for step in walk.steps(place):
            after = walk.take(place, step) if not only or not step.item or step.item in only else None
            if after is None:
                continue
            if duty.is_broken(walk, place, step, after):
                found.append(Breach(place, step))
                if len(found) >= breaches:
                    return Outcome(count, tuple(found))
            if (killer and step.item == duty.item and step.verb == "cancel") or after.key in seen:
                continue  # a service that was ended is a fact: nothing that follows makes it worse
            seen.add(after.key)
            queue.append(after)
        place.forget()
    return Outcome(count, tuple(found))


def boxes_of(duty: Duty, kept: frozenset[str]) -> tuple[int, ...]:
    """With how many mailboxes a slice has to be walked."""
    return (1,) if apart(cut(duty.scenario, kept, duty.item), duty.item) else (1, 2)
