"""The walk holds what the service writes against the oracle; and the oracle has teeth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.service.walker.facts import KILLERS, LICENCES, SCENARIOS
from tests.service.walker.faults import FAULTS, broken
from tests.service.walker.panes import shipped
from tests.service.walker.walk import Found, World

LONG = os.environ.get("OXTUI_LONG") == "1"
STEPS = 200_000
EACH = 20_000
"""Steps in one pair of homes before new ones are begun."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_a_short_walk_breaks_no_rule(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    world.walk(1200)
    assert world.counted["cleared"] and world.counted["undone"] and world.counted["closed"]


@pytest.mark.skipif(not LONG, reason="OXTUI_LONG=1")
@pytest.mark.parametrize("seed", range(100, 100 + STEPS // EACH))
def test_a_long_walk_breaks_no_rule(tmp_path: Path, seed: int) -> None:
    World(tmp_path, seed).walk(EACH)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(FAULTS))
def test_a_deliberate_fault_is_found(tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    for part in ("broken", "whole"):
        (tmp_path / part).mkdir()
    world = World(tmp_path / "broken", fault.seed)
    with broken(name), pytest.raises(Found) as found:
        world.walk(4000)
    told = str(found.value)
    World(tmp_path / "whole", fault.seed).walk(world.step_number)
    assert any(told.startswith(rule) for rule in fault.rules), told
    assert f"seed {fault.seed}, step " in told


def test_a_walk_can_be_walked_again(tmp_path: Path) -> None:
    walks = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        world = World(tmp_path / name, 7)
        world.walk(150)
        walks.append((world.counted, [line.split(" -> ")[0] for line in world.last if "event=" not in line]))
    assert walks[0] == walks[1]


@pytest.mark.parametrize("number", sorted(SCENARIOS))
def test_the_oracles_facts_are_those_of_the_shipped_playbook(number: int) -> None:
    """A playbook that says something else is not wrong by that; but the oracle has to be told."""
    scenario, facts = shipped().procedure.scenarios[number], SCENARIOS[number]
    assert set(facts) == set(scenario.by_id)
    for name, fact in facts.items():
        item = scenario.by_id[name]
        assert set(fact.rests) == set(scenario.rests_on.get(name, ())), name
        assert (fact.each, fact.acts, fact.killer, fact.optional) == (item.each, item.acts, item.killer, item.optional)
        assert (fact.action, fact.anew, fact.reopens) == (item.kind == "action", item.anew, item.reopens), name
        assert fact.still_open == {answer.id for answer in item.answers if answer.open}, name
        assert LICENCES not in scenario.by_id


@pytest.mark.parametrize("number", sorted(SCENARIOS))
def test_the_oracles_killers_are_those_of_the_shipped_playbook(number: int) -> None:
    procedure = shipped().procedure
    for name, killer in KILLERS[number].items():
        rules = [rule for rule in procedure.rules if rule.never == name and rule.scenario == number]
        for witness, wanted in killer.witnesses.items():
            stated = [rule for rule in rules if any(witness in before.items() for before in rule.before)]
            assert stated, witness
            assert {older for rule in stated for older in rule.newer_than} == set(wanted.newer_than), witness
        assert procedure.scenarios[number].by_id[name].ends == killer.field
