"""That the proof may take every time as over: what waits for one is only ever refused, so all else is walked."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, combinations
from pathlib import Path

from msgspec.structs import replace

from oxtui.cases.ages import TimeUp
from oxtui.cases.board import Key
from oxtui.cases.status import Situation
from oxtui.playbook.load import load
from oxtui.prover.cut import cut
from oxtui.prover.walk import FIRST, Place, Walk

RELEASE = Path(__file__).parents[1] / "samples" / "name-release"
LATER = TimeUp(datetime(2026, 12, 6, 10, 46), False)


class Early(Walk):
    """The walk of a case in which some times are not over."""

    early: tuple[Key, ...] = ()

    def situation(self, boxes: tuple[str, ...]) -> Situation:
        return replace(super().situation(boxes), over=dict.fromkeys(self.early, LATER))


def test_a_time_that_is_not_over_only_refuses() -> None:
    scenario = load(RELEASE).playbook.procedure.scenarios[1]
    walk, early = Walk(cut(scenario, scenario.by_id)), Early(cut(scenario, scenario.by_id))
    keys: list[Key] = [("reminded", ""), ("reply", "")]
    start = walk.start((FIRST,))
    places: dict[object, Place] = {start.key: start}
    rest, refused = [start], 0
    while rest:
        place = rest.pop()
        for move in (each for each in walk.moves_from(place) if each.item):  # nothing in it is done for each mailbox
            after = walk.take(place, move)
            for early.early in chain.from_iterable(combinations(keys, count) for count in (1, 2)):
                there = Place(place.board, place.boxes, place.bits, place.key)
                sooner = early.take(there, move)
                assert sooner is None or (after is not None and sooner.key == after.key), move
                refused += sooner is None and after is not None
            if after is not None and after.key not in places:
                places[after.key] = after
                rest.append(after)
    assert len(places) > 20 and refused > 20
