"""Bigger playbooks: ten more questions before a cancellation, a hundred more items, many `or`s. No false fault."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from oxtui.playbook.conditions import parse_condition
from oxtui.playbook.order import derive, with_rules
from oxtui.prover.prove import Proof, prove
from tests.prover.bigger_playbooks import bigger, proof, shipped
from tests.prover.broken_playbooks import build, item, sound


def sound_proof(found: Proof) -> None:
    assert found.problems == () and found.unproved == ()
    assert all(each.holds is True for each in (*found.rules, *found.promises))


@pytest.mark.parametrize("gates", [5, 10])
def test_questions_before_a_cancellation_are_no_fault(gates: int) -> None:
    found = prove(bigger(gates), seconds=120)
    sound_proof(found)
    assert found.states < 2 * proof().states


@pytest.mark.slow
def test_a_hundred_more_items_are_no_fault() -> None:
    found = prove(bigger(more=100), seconds=240)
    sound_proof(found)
    rules = {each.id: each.states for each in found.rules if each.id != "authenticated"}
    assert rules == {each.id: each.states for each in proof().rules if each.id in rules}, (
        "what lies on no way costs nothing"
    )


@pytest.mark.parametrize("parts", [4, 8])
def test_many_ors_in_one_when_cost_nothing(parts: int) -> None:
    """Four took 69 seconds and 1.09 million states once, twice that many parts over eight minutes."""
    data = sound()
    rows = data["scenarios"][0]["steps"][0]["items"]
    names = [f"q{count}" for count in range(2 * parts)]
    rows[0:0] = [{"id": name, "ask": f"{name}?", "answers": {"yes": "yes", "no": "no"}} for name in names]
    pairs = " or ".join(f"({one}=yes and {two}=yes)" for one, two in zip(names[::2], names[1::2], strict=True))
    item(data, "cancel")["when"] = f"running=running and ({pairs})"
    found = prove(build(data), seconds=120)
    assert found.problems == (), found.problems
    assert all(each.holds is True for each in found.rules)
    assert found.states < 5_000


def test_a_gate_that_is_missing_is_still_found() -> None:
    procedure = bigger(10)
    scenario = procedure.scenarios[2]
    rule = next(each for each in procedure.rules if each.id == "ox-mail-after-dns")
    gated = replace(rule, id="gated", text="Not before gate 7", before=(parse_condition("gate-7=yes"),))
    killer = scenario.by_id["cancel-ox-mail"]
    steps = tuple(
        replace(
            step,
            items=tuple(
                replace(each, after=tuple(one for one in each.after if "gate-7" not in one.items()))
                if each.id == killer.id
                else each
                for each in step.items
            ),
        )
        for step in scenario.steps
    )
    changed = with_rules(derive(replace(scenario, steps=steps)), (*procedure.rules, gated))
    found = prove(replace(procedure, rules=(gated,), scenarios={2: changed}), seconds=120)
    (result,) = found.rules
    assert result.holds is False and not any("Gate 7" in words for words in result.way)
    assert shipped().scenarios[2].by_id["cancel-ox-mail"].text in result.way[-1]
