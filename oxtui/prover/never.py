"""That nothing leads somewhere: a slice in which an item is never done proves it of the whole scenario."""

from __future__ import annotations

import time
from collections.abc import Iterator

from oxtui.errors import Refusal
from oxtui.playbook.model import Scenario
from oxtui.prover.cut import Cut
from oxtui.prover.duties import Duty, boxes_of, walked
from oxtui.prover.edges import edges
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import Wanted
from oxtui.prover.walk import Place, Step, Walk

MOST_STATES = 3_000
SECONDS = 1.0
LAYERS = 4
"""How far from its goal a slice grows."""


class NeverDuty(Duty, frozen=True):
    """That an item is never done; with `answer` (item, answer): as long as that answer is the only one given."""

    answer: tuple[str, str] = ("", "")

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        if not self.answer[0]:
            return super().walk(small, most_boxes)
        walk = _Keeping(small, self.wanted, nbs=self.nbs, most_boxes=most_boxes, fine=True)
        walk.answer = self.answer
        return walk


class _Keeping(Walk):
    """A walk in which a question has one answer, or none."""

    answer = ("", "")

    def taken(self, place: Place, step: Step) -> Place:
        after = super().taken(place, step)
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
    """Whether a slice shows that `goal` is never done; it grows from `goal`, or from the item `through`."""
    duty = NeverDuty(scenario, goal, Wanted(), (), answer)
    until = min(until, time.monotonic() + SECONDS)
    return any(_holds(duty, kept, limits, until) for kept in _slices(scenario, goal, through or goal))


def _holds(duty: Duty, kept: frozenset[str], limits: Limits, until: float) -> bool:
    outcomes = (walked(duty, kept, limits, until, boxes, MOST_STATES, 1) for boxes in boxes_of(duty, kept))
    return all(outcome.holds for outcome in outcomes)


def _slices(scenario: Scenario, goal: str, through: str) -> Iterator[frozenset[str]]:
    """Ever larger slices: what decides whether an item applies before what it waits for, and so on from there."""
    graph = edges(scenario)
    kept = frozenset({goal, through})
    layer = {through}
    for _ in range(LAYERS):
        deciding = {name for each in layer for name in _deciding(scenario, each)} - kept
        if deciding:
            kept |= deciding
            yield kept
        layer = {name for each in layer for name in graph.get(each, ())}
        if not layer <= kept:
            kept |= layer
            yield kept


def _deciding(scenario: Scenario, name: str) -> tuple[str, ...]:
    return (*scenario.by_id[name].when.items(), *scenario.step_of[name].when.items())
