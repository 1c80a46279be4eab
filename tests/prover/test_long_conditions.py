"""Long conditions cost next to nothing: many `or`s in one guard or `when`, and many constants."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.playbook.conditions import parse_condition
from oxtui.playbook.load import load
from oxtui.playbook.model import Answer, Item, Procedure, Rule, Step
from oxtui.playbook.order import derive, with_rules
from oxtui.prover.prove import Proof, prove

REFUND = Path(__file__).parents[1] / "samples" / "refund"
ANSWERS = (Answer("yes", "yes"), Answer("no", "no"))


def guarded(guard: str, rule: Rule, questions: list[Item], *, in_when: bool = False) -> Procedure:
    """One irreversible item behind a guard."""
    base = load(REFUND).playbook.procedure
    condition = parse_condition(guard)
    seen = Item("seen", "question", "Seen?", answers=ANSWERS)
    after = (parse_condition("seen=yes"), *(() if in_when else (condition,)))
    kill = Item("kill", "action", "End it", killer=True, after=after)
    kill = replace(kill, when=condition) if in_when else kill
    steps = (Step("all", "All", (*questions, seen, kill)),)
    scenario = with_rules(derive(replace(base.scenarios[2], steps=steps)), [rule])
    return replace(base, scenarios={2: scenario}, rules=(rule,), nbs={}, templates={})


def pairs(count: int) -> tuple[str, list[Item]]:
    """So many `or`s in one condition, with its questions."""
    questions = [
        Item(f"q{number}{side}", "question", f"{number}{side}?", answers=ANSWERS)
        for number in range(count)
        for side in "ab"
    ]
    return " and ".join(f"(q{number}a=yes or q{number}b=yes)" for number in range(count)), questions


def broken(proof: Proof) -> list[tuple[str, ...]]:
    return [each.way for each in proof.rules if each.holds is False]


@pytest.mark.parametrize("count", [4, 8])
def test_many_ors_in_a_guard_and_in_a_when(count: int) -> None:
    text, questions = pairs(count)
    before = Rule("r", "never", 2, "kill", (parse_condition(text),))
    proof = prove(guarded(text, before, questions))
    assert [each.holds for each in proof.rules] == [True] and proof.states < 3_000
    assert all(each.holds for each in proof.promises)
    where = Rule("r", "never", 2, "kill", (), parse_condition(f"not ({text})"))
    assert [each.holds for each in prove(guarded(text, where, questions, in_when=True)).rules] == [True]


def test_one_of_many_ors_that_is_missing_is_found_with_its_way() -> None:
    text, questions = pairs(8)
    rule = Rule("r", "never", 2, "kill", (parse_condition(text),))
    (way,) = broken(prove(guarded(text.rpartition(" and ")[0], rule, questions), seconds=3))
    assert len(way) < 15 and not any("7a?" in step or "7b?" in step for step in way)


def test_three_numbers_of_three_constants_each() -> None:
    questions = [Item(f"n{number}", "question", f"Number {number}", select="number") for number in range(3)]
    text = " and ".join(f"(n{number} >= 10 and n{number} < 20 or n{number} > 30)" for number in range(3))
    rule = Rule("r", "never", 2, "kill", (parse_condition(text),))
    proof = prove(guarded(text, rule, questions))
    assert [each.holds for each in proof.rules] == [True] and proof.states < 6_000
    (way,) = broken(prove(guarded(text.replace("> 30", "> 20"), rule, questions)))
    assert any("Number" in step and "21" in step for step in way)
