"""The shipped procedure, with items otherwise, or with more of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.load import load
from oxtui.playbook.model import Answer, Item, Procedure, Step
from oxtui.playbook.order import derive, with_rules
from oxtui.prover.prove import Proof, prove

CONFIG = Path(__file__).parents[2] / "config"
YES_NO = (Answer("yes", "yes"), Answer("no", "no"))


@cache
def shipped() -> Procedure:
    return load(CONFIG).playbook.procedure


@cache
def proof() -> Proof:
    return prove(shipped(), seconds=120)


def edited(number: int, name: str, change: Callable[[Item], Item]) -> Procedure:
    """The shipped procedure with one item otherwise."""
    procedure = shipped()
    scenario = procedure.scenarios[number]
    steps = tuple(
        replace(step, items=tuple(change(item) if item.id == name else item for item in step.items))
        for step in scenario.steps
    )
    changed = with_rules(derive(replace(scenario, steps=steps)), procedure.rules)
    return replace(procedure, scenarios={**procedure.scenarios, number: changed})


def bigger(gates: int = 0, more: int = 0, number: int = 2, killer: str = "cancel-ox-mail") -> Procedure:
    """The shipped procedure with so many yes/no questions that gate a cancellation, and so many items beside it."""
    questions = tuple(Item(f"gate-{count}", "question", f"Gate {count}?", answers=YES_NO) for count in range(gates))
    beside = []
    for count in range(more):
        before = tuple(Condition(Atom(f"more-{each}")) for each in range(max(0, count - 2), count))
        kind = Item(f"more-{count}", "action", f"More {count}", after=before[:1])
        beside.append(replace(kind, kind="question", answers=YES_NO) if count % 2 else kind)
    waits = tuple(Condition(Atom(each.id, frozenset({"yes"}))) for each in questions)
    procedure = edited(number, killer, lambda each: replace(each, after=(*each.after, *waits)))
    scenario = procedure.scenarios[number]
    steps = (Step("gates", "Gates", questions), *scenario.steps, Step("more", "More", tuple(beside)))
    changed = with_rules(derive(replace(scenario, steps=steps)), procedure.rules)
    return replace(procedure, scenarios={**procedure.scenarios, number: changed})
