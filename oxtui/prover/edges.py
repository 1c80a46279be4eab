"""What an item rests on, is decided by or is locked by; and the ways between two items along that."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from oxtui.playbook.model import LICENCES, NB, Scenario
from oxtui.playbook.order import leading_to

MOST_WAYS = 60
LONGEST = 9


def edges(scenario: Scenario, nbs: Iterable[NB] = ()) -> dict[str, tuple[str, ...]]:
    """For each item the items that decide directly what becomes of it."""
    found: dict[str, tuple[str, ...]] = {}
    for item in scenario.items():
        names = dict.fromkeys(scenario.rests_on.get(item.id, ()))
        names |= dict.fromkeys((*item.when.items(), *scenario.step_of[item.id].when.items()))
        names |= dict.fromkeys(name for nb in nbs if item.id in nb.locks for name in nb.when.items())
        names |= dict.fromkeys((item.anew,) if item.anew else ())
        found[item.id] = tuple(name for name in names if name != LICENCES and name in scenario.by_id)
    return found


def ways(graph: dict[str, tuple[str, ...]], pairs: Iterable[tuple[str, str]]) -> Iterator[frozenset[str]]:
    """What lies on each simple way from one item of a pair to the other, the shortest ways first, each once."""
    seen: set[frozenset[str]] = {frozenset()}
    found: list[tuple[int, int, frozenset[str]]] = []
    for one, other in pairs:
        for way in _between(graph, one, other):
            inner = frozenset(way)
            if inner not in seen:
                seen.add(inner)
                found.append((len(way), len(found), inner))
    for _, _, inner in sorted(found, key=lambda each: each[:2]):
        yield inner


def _between(graph: dict[str, tuple[str, ...]], one: str, other: str) -> Iterator[tuple[str, ...]]:
    """The inner items of the shortest simple ways, at most MOST_WAYS."""
    count = 0
    towards = leading_to(graph, other)
    queue: deque[tuple[str, ...]] = deque([(one,)])
    while queue and count < MOST_WAYS:
        way = queue.popleft()
        for name in graph.get(way[-1], ()):
            if name == other:
                count += 1
                yield way[1:]
            elif name not in way and name in towards and len(way) < LONGEST:
                queue.append((*way, name))
