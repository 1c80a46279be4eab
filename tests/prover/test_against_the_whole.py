"""What a slice proves holds on the whole playbook, state by state; a reported breach is one there too."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from oxtui.cases.board import NO_LONGER_APPLIES, ON_OTHER_TERMS
from oxtui.playbook.model import Procedure
from oxtui.prover.cut import cut
from oxtui.prover.duties import Duty, SliceResult, explored
from oxtui.prover.limits import Limits
from oxtui.prover.real import Real
from oxtui.prover.rules import duties, duty_settled
from oxtui.prover.walk import EVENT, Move, Place, Walk
from tests.prover.bigger_playbooks import shipped
from tests.prover.random_playbooks import playbook

LONG = os.environ.get("OXTUI_LONG") == "1"
SEEDS, MOST, SECONDS = (1_000, 4_000, 20) if LONG else (60, 250, 2)
GROUP = 10


def whole(duty: Duty, *, flags: bool) -> SliceResult:
    """Every state of the whole scenario; with `flags` marks go stale and actions are asked about at any moment."""
    kind = Flagging if flags else Walk
    walk = kind(cut(duty.scenario, duty.scenario.by_id), duty.wanted, nbs=duty.nbs)
    return explored(walk, duty, Limits(300), time.monotonic() + 120, MOST)


class Flagging(Walk):
    """A walk in which evidence, the authentication and other scenarios flag marks at any moment."""

    def world(self, place: Place) -> Iterator[Move]:
        yield from super().world(place)
        for (name, box), mark in place.board.marks.items():
            item = self.scenario.by_id[name]
            chosen = (box,) if box else ()
            if not item.killer and not mark.stale:
                yield Move("spoil", name, chosen)
            if item.acts and not mark.asked and not mark.skipped:
                yield from (Move("ask", name, chosen, told=ways) for ways in (NO_LONGER_APPLIES, ON_OTHER_TERMS))

    def taken(self, place: Place, move: Move) -> Place:
        key = (move.item, move.boxes[0] if move.boxes else "")
        if move.verb == "spoil":
            marks = {**place.board.marks, key: replace(place.board.marks[key], stale=EVENT)}
        elif move.verb == "ask":
            marks = {**place.board.marks, key: replace(place.board.marks[key], asked=move.told)}
        else:
            return super().taken(place, move)
        return self.placed(replace(place.board, marks=marks), place.boxes, place.bits, (place, move))


@pytest.mark.parametrize("first", range(0, SEEDS, GROUP))
def test_a_slice_that_holds_proves_the_whole(first: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(first, first + GROUP):
        made = playbook(seed)
        if made is None:
            continue
        scenario, rule = made
        procedure: Procedure = replace(shipped(), scenarios={1: scenario}, nbs={}, rules=(rule,))
        *_, duty = duties(procedure, rule)  # the one that asks for most
        limits = Limits(SECONDS)
        verdict = duty_settled(duty, limits, limits.until(1.0))
        seen[str(verdict.holds)] += 1
        if verdict.holds:
            for flags in (False, True):
                found = whole(duty, flags=flags)
                assert not found.breaches, f"seed {seed}: a slice held, and the whole is broken"
        elif verdict.holds is False:
            assert Real(duty, limits).still_breaks(verdict.moves), f"seed {seed}: reported, but it breaks nothing"
    assert seen["True"] + seen["False"] > GROUP / 2, seen
