"""Holes that the prover, or writing it, found in the core: each stays closed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from oxtui.cases import moves
from oxtui.cases.status import State
from oxtui.errors import Refusal
from oxtui.playbook.load import load
from oxtui.prover.cut import cut
from oxtui.prover.helper import Helper
from oxtui.prover.limits import Limits
from oxtui.prover.promises import Seen
from oxtui.prover.rules import settled
from oxtui.prover.walk import FIRST, Move, Walk
from tests.prover.bigger_playbooks import shipped

FIBRE = Path(__file__).parents[1] / "samples" / "fibre-move"


def test_an_order_on_other_terms_is_not_ticked_again_while_it_is_about_to_be_placed_anew() -> None:
    """The order was in doubt then, and one key made it done: no question came, and *completed* let the rest go on."""
    scenario = shipped().scenarios[2]
    walk = Walk(cut(scenario, scenario.by_id))
    helper = Helper(walk, time.monotonic() + 60)
    place = helper.make(walk.start((FIRST,)), Move("mark", "order-completed", (), ("completed",)))
    assert place is not None
    place = walk.taken(place, Move("licences"))
    place = walk.taken(place, Move("mark", "order-completed", (), ("refused",)))
    assert walk.standing(place).states["order", ""] is State.IN_DOUBT
    with pytest.raises(Refusal, match="was done on other terms"):
        walk.taken(place, Move("mark", "order"))
    again = walk.taken(place, Move("mark", "order-again"))
    assert walk.standing(again).states["order", ""] is State.DONE
    assert ("order-completed", "") not in again.board.marks


def test_a_quote_is_not_put_in_while_what_it_is_read_off_is_open() -> None:
    """The billing taken back, a quote with any discount went in; answered monthly, it stood."""
    procedure = load(FIBRE).playbook.procedure
    rule = next(each for each in procedure.rules if each.never == "discount")
    result = settled(procedure, rule, Seen(), Limits(60), time.monotonic() + 60)
    assert result.holds is True, result.way
    scenario = procedure.scenarios[1]
    quote = next(item for item in scenario.items() if item.quote)
    assert quote.quote is not None
    walk = Walk(cut(scenario, scenario.by_id))
    place = Helper(walk, time.monotonic() + 60).make(walk.start((FIRST,)), Move("quote", quote.id, (), ("quote",)))
    assert place is not None
    place = walk.taken(place, Move("back", quote.quote.new_term))
    with pytest.raises(Refusal, match="is locked"):
        moves.requote(walk.position(place), quote, ("another",))
