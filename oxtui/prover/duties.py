"""Duties: conditions that must hold whenever an item is done, and the slices of its scenario walked for them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from oxtui.errors import Refusal
from oxtui.playbook.model import LICENCES, NB, Procedure, Scenario
from oxtui.playbook.order import inverse
from oxtui.prover.cut import Cut, apart, cut
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import Wanted
from oxtui.prover.walk import FIRST, Move, Place, Walk

MOST_STATES = 40_000
"""Places of one slice, beyond which it is given up."""
NEVER_STATES = 3_000
NEVER_SECONDS = 1.0
NEVER_LAYERS = 4
"""The most layers that a slice grows by around its goal."""
BREACHES = 12
"""Breaches of a slice that are collected: a later one may work on the whole scenario if the first does not."""
DOES = frozenset({"mark", "quote", "cancel", "anew", "copy"})


class Duty(Struct, frozen=True):
    """The conditions that must hold whenever `item` is done in a scenario: one entry of a rule, newer than one item."""

    scenario: Scenario
    item: str
    wanted: Wanted
    nbs: tuple[NB, ...] = ()

    @property
    def core(self) -> frozenset[str]:
        """The items that it names."""
        named = (name for each in (*self.wanted.before, self.wanted.where) for name in each.items())
        return frozenset(name for name in (self.item, *named, *self.wanted.newer_than) if name in self.scenario.by_id)

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        """Return a walk over a slice of its scenario."""
        return Walk(small, self.wanted, nbs=self.nbs, most_boxes=most_boxes)

    def whole(self) -> Walk:
        """Return a walk over its whole scenario."""
        return self.walk(cut(self.scenario, self.scenario.by_id))

    def is_broken(self, walk: Walk, place: Place, move: Move, after: Place) -> bool:
        """Whether the move from `place` to `after` breaks it."""
        if move.item != self.item or not (move.verb in DOES or (move.verb == "settle" and move.way == "2")):
            return False
        return self.wanted.broken(walk.standing(place), place.bits.old, move.boxes or ("",))


class Breach(Struct, frozen=True):
    """A place where a duty is broken, and the move that does it."""

    place: Place
    move: Move

    def way(self) -> tuple[Move, ...]:
        """Return all the moves; the last one breaks it."""
        return (*self.place.way(), self.move)


class SliceResult(Struct, frozen=True):
    """The result of walking a slice: places visited, how the duty is broken, and whether every place was seen."""

    states: int
    breaches: tuple[Breach, ...] = ()
    finished: bool = True

    @property
    def holds(self) -> bool:
        """Whether every place was seen and none breaks the duty."""
        return self.finished and not self.breaches


def locking(procedure: Procedure) -> tuple[NB, ...]:
    """Return the NBs that lock items."""
    return tuple(nb for nb in procedure.nbs.values() if nb.locks)


def slices(duty: Duty) -> Iterator[frozenset[str]]:
    """Yield the items of ever larger slices: those the duty names, then those between them, path by path."""
    core = duty.core
    yield core
    graph = _edges(duty.scenario, duty.nbs)
    named = core - {duty.item}
    pairs = [(duty.item, name) for name in sorted(named)]
    witnesses = {name for each in duty.wanted.before for name in each.items()}
    pairs += [(name, newer) for name in sorted(witnesses) for newer in sorted(duty.wanted.newer_than)]
    more = list(_ways(graph, pairs))
    scenario = duty.scenario
    for name in (duty.item, *sorted(named)):
        if name in scenario.by_id:
            more.append(frozenset(deciding(scenario, name)))
    locks = [frozenset(nb.when.items()) for nb in duty.nbs if duty.item in nb.locks]
    locks.sort(key=lambda names: not names & named)
    first = len([names for names in locks if names & named])
    for inner in (*locks[:first], *more, *locks[first:]):
        inner = frozenset(name for name in inner if name in scenario.by_id)
        if not inner <= core:
            core |= inner
            yield core


def _edges(scenario: Scenario, nbs: Iterable[NB] = ()) -> dict[str, tuple[str, ...]]:
    """For each item, the items that directly decide its state."""
    edges: dict[str, tuple[str, ...]] = {}
    for item in scenario.items():
        names = dict.fromkeys(scenario.rests_on.get(item.id, ()))
        names |= dict.fromkeys((*item.when.items(), *scenario.step_of[item.id].when.items()))
        names |= dict.fromkeys(name for nb in nbs if item.id in nb.locks for name in nb.when.items())
        names |= dict.fromkeys((item.anew,) if item.anew else ())
        edges[item.id] = tuple(name for name in names if name != LICENCES and name in scenario.by_id)
    return edges


def _ways(graph: Mapping[str, tuple[str, ...]], pairs: Iterable[tuple[str, str]]) -> Iterator[frozenset[str]]:
    """Yield the items on the shortest ways from one item of a pair to the other, then those on longer ones."""
    back = inverse(graph)
    lengths: dict[str, int] = {}
    for one, other in pairs:
        ahead, behind = _distances(graph, one), _distances(back, other)
        for name in ahead.keys() & behind.keys():
            length = ahead[name] + behind[name]
            lengths[name] = min(length, lengths.get(name, length))
    for most in sorted(set(lengths.values())):
        yield frozenset(name for name, length in lengths.items() if length <= most)


def _distances(graph: Mapping[str, tuple[str, ...]], name: str) -> dict[str, int]:
    distances = {name: 0}
    queue = deque([name])
    while queue:
        one = queue.popleft()
        for other in graph.get(one, ()):
            if other not in distances:
                distances[other] = distances[one] + 1
                queue.append(other)
    return distances


def walked(
    duty: Duty,
    kept: frozenset[str],
    limits: Limits,
    until: float,
    boxes: int,
    most: int = MOST_STATES,
    breaches: int = BREACHES,
) -> SliceResult:
    """Visit the places of a slice, nearest first, until the duty is broken `breaches` times."""
    return explored(duty.walk(cut(duty.scenario, kept, duty.item), boxes), duty, limits, until, most, breaches)


def explored(
    walk: Walk,
    duty: Duty,
    limits: Limits,
    until: float,
    most: int = MOST_STATES,
    breaches: int = 1,
    only: frozenset[str] = frozenset(),
) -> SliceResult:
    """Visit the places of a walk, nearest first, until the duty is broken `breaches` times.

    With `only`, nothing is done with any other item.
    """
    # Where nothing is done for each mailbox there is one that stays: without any, a killer is locked.
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
            return SliceResult(count, tuple(found), finished=False)
        for move in walk.moves_from(place):
            after = walk.take(place, move) if not only or not move.item or move.item in only else None
            if after is None:
                continue
            if duty.is_broken(walk, place, move, after):
                found.append(Breach(place, move))
                if len(found) >= breaches:
                    return SliceResult(count, tuple(found))
            if (killer and move.item == duty.item and move.verb == "cancel") or after.key in seen:
                continue  # once a service is ended, nothing that follows can make it worse
            seen.add(after.key)
            queue.append(after)
        place.forget()
    return SliceResult(count, tuple(found))


def boxes_of(duty: Duty, kept: frozenset[str]) -> tuple[int, ...]:
    """Return the numbers of mailboxes with which a slice must be walked."""
    return (1,) if apart(cut(duty.scenario, kept, duty.item), duty.item) else (1, 2)


# -- items that are never done


class NeverDuty(Duty, frozen=True):
    """The duty that an item is never done; with `answer` (item, answer): while it is the only answer given."""

    answer: tuple[str, str] = ("", "")

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        if not self.answer[0]:
            return super().walk(small, most_boxes)
        walk = _OneAnswer(small, self.wanted, nbs=self.nbs, most_boxes=most_boxes, fine=True)
        walk.answer = self.answer
        return walk


class _OneAnswer(Walk):
    """A walk in which a question has one answer, or none."""

    answer = ("", "")

    def taken(self, place: Place, move: Move) -> Place:
        after = super().taken(place, move)
        name, answer = self.answer
        if any(key[0] == name and answer not in mark.value for key, mark in after.board.marks.items()):
            raise Refusal("That answer stays", "")
        return after


def proved_never(
    scenario: Scenario,
    goal: str,
    limits: Limits,
    until: float,
    through: str = "",
    answer: tuple[str, str] = ("", ""),
) -> bool:
    """Whether a slice shows that `goal` is never done; slices grow around `goal`, or around the item `through`."""
    duty = NeverDuty(scenario, goal, Wanted(), (), answer)
    until = min(until, time.monotonic() + NEVER_SECONDS)
    return any(
        all(walked(duty, names, limits, until, boxes, NEVER_STATES, 1).holds for boxes in boxes_of(duty, names))
        for names in _around(scenario, goal, through or goal)
    )


def _around(scenario: Scenario, goal: str, through: str) -> Iterator[frozenset[str]]:
    """Yield ever larger slices: the items that decide whether an item applies, then those it waits for, and so on."""
    graph = _edges(scenario)
    around = frozenset({goal, through})
    layer = {through}
    for _ in range(NEVER_LAYERS):
        more = {name for each in layer for name in deciding(scenario, each)} - around
        if more:
            around |= more
            yield around
        layer = {name for each in layer for name in graph.get(each, ())}
        if not layer <= around:
            around |= layer
            yield around


def deciding(scenario: Scenario, name: str) -> tuple[str, ...]:
    """Return the items that an item's `when`, or its step's, names."""
    return (*scenario.by_id[name].when.items(), *scenario.step_of[name].when.items())
