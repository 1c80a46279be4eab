"""Slips that a floor lead could make in the shipped playbook: each is found and explained by its steps."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from oxtui.cases.status import State
from oxtui.playbook.model import Item
from oxtui.prover.limits import Limits
from oxtui.prover.promises import Seen
from oxtui.prover.prove import killer_faults, killer_notes, prove
from oxtui.prover.real import Real
from oxtui.prover.rules import duties, settled
from oxtui.prover.walk import FIRST, Move
from oxtui.prover.words import way_in_words
from tests.prover.bigger_playbooks import edited
from tests.prover.broken_playbooks import build, item, sound

Change = Callable[[Item], Item]

FOUND: dict[str, tuple[int, str, Change, str, str]] = {
    "an order placed again on an old discount": (
        2,
        "order-again",
        lambda item: replace(item, after=()),
        "order-after-quote-2",
        'tick "Fix the order and place it again"',
    ),
    "the client's word asked once for all mailboxes": (
        2,
        "client-confirms",
        lambda item: replace(item, each=False),
        "ox-mail-after-client",
        "then 'the client's word' is older than what changed in ",
    ),
    "the result of a JIRA that outlives the JIRA": (
        2,
        "jira-result",
        lambda item: replace(item, after=()),
        "ox-mail-after-jira",
        "then 'the JIRA result' is older than what changed in 'the JIRA'",
    ),
    "mailboxes moved before the order is completed": (
        1,
        "accounts-swapped",
        lambda item: replace(item, after=()),
        "essentials-after-swap",
        "then 'the move to the new licence' is older than what changed in 'the order'",
    ),
}


@pytest.mark.parametrize("slip", FOUND)
def test_a_slip_is_found(slip: str) -> None:
    number, name, change, rule_id, last = FOUND[slip]
    procedure = edited(number, name, change)
    rule = next(each for each in procedure.rules if each.id == rule_id)
    result = settled(procedure, rule, Seen(), Limits(120), time.monotonic() + 120)
    assert result.holds is False, result.unproved
    assert result.way[-1].startswith(last)


def test_what_a_copy_has_to_be_newer_than_is_proved_as_well() -> None:
    data = sound()
    item(data, "moved")["after"] = ["order", "plan"]
    newer = {"never": "copy:request", "before": ["plan"], "newer_than": ["wants"]}
    data["rules"].append({"id": "fresh", "text": "The billing is asked after the wish", **newer})
    procedure = build(data)
    result = settled(procedure, procedure.rules[-1], Seen(), Limits(60), time.monotonic() + 60)
    assert result.holds is False
    assert result.way[-1] == "then 'Billed how?' is older than what changed in 'Order it?'"


def test_still_right_has_checked_again_what_rests_on_it_directly_and_more_where_a_rule_says_so() -> None:
    """An action that stopped applying and is still right was never undone: what lies further off stands again.

    So it is with every loss: a witness names all that it must be younger than, and a rule of the playbook asks for it.
    """
    data = sound()
    data["rules"][1]["newer_than"] = ["order"]
    procedure = build(data)
    *_, duty = duties(procedure, procedure.rules[1])
    said = {"running": "running", "plan": "monthly", "wants": "yes"}
    way = [Move("mark", name, (), (answer,)) for name, answer in said.items()]
    way += [Move("mark", "order"), Move("mark", "moved", (FIRST,)), Move("mark", "result", (FIRST,), ("good",))]
    way += [
        Move("mark", "wants", (), ("no",)),
        Move("mark", "wants", (), ("yes",)),
        Move("settle", "order", ("",), way="4"),
    ]
    walk = duty.whole()
    place = walk.start((FIRST,))
    for move in way:
        place = walk.taken(place, move)
    states = walk.standing(place).states
    assert (states["moved", FIRST], states["result", FIRST]) == (State.STALE, State.IN_DOUBT)
    again = (*way, Move("mark", "moved", (FIRST,)), Move("cancel", "cancel"))
    assert Real(duty, Limits(60)).still_breaks(again), "the rule names the order: it is reported"
    assert "still right (4)" in way_in_words(walk, again)[-3].words
    item(data, "result").update(after=["moved", "order"], waits_on="shop")
    assert prove(build(data), seconds=60).ok, "with the edge that the rule asks for"


def test_a_service_that_ends_without_a_look_at_each_mailbox_is_a_fault() -> None:
    """A mailbox came late, the licences covered it, and no item asked whether it was moved."""
    procedure = edited(1, "accounts-swapped", lambda item: replace(item, each=False))
    ((item, words),) = killer_faults(procedure, procedure.scenarios[1])
    assert item.id == "cancel-essentials" and "nobody is asked about a late one" in words


def test_what_a_lead_may_have_meant_otherwise_is_noted() -> None:
    old = edited(2, "client-confirms", lambda item: replace(item, fresh_for="")).scenarios[2]
    assert ["never becomes too old" in note for note in killer_notes(old)] == [True]
    left = edited(2, "cancel-ox-mail", lambda item: replace(item, ends="")).scenarios[2]
    assert ["that is left out does not lock it" in note for note in killer_notes(left)] == [True]
    for number in (1, 2, 3):
        procedure = edited(number, "", lambda item: item)
        scenario = procedure.scenarios[number]
        assert not [*killer_faults(procedure, scenario), *killer_notes(scenario)]
