"""Small playbooks at random: questions and actions of every kind, with any guards, and one cancellation with a rule."""

from __future__ import annotations

import random
from typing import Any

from oxtui.playbook.conditions import Atom, Condition, Join, Node, Not, Over
from oxtui.playbook.item_parts import Proposal
from oxtui.playbook.model import LICENCES, Answer, Item, Rule, Scenario, Step
from oxtui.playbook.order import circles, derive, with_rules

NAMES = "pqrstuvw"
KILLER = "end"


def condition(chance: random.Random, items: list[Item], depth: int = 0) -> Node:
    """Any condition over the items."""
    kind = chance.random()
    if depth < 2 and kind < 0.18:
        parts = condition(chance, items, depth + 1), condition(chance, items, depth + 1)
        return Join("and" if chance.random() < 0.5 else "or", parts)
    if depth < 2 and kind < 0.28:
        return Not(condition(chance, items, depth + 1))
    item = chance.choice(items)
    answers = (
        frozenset({chance.choice(item.answers).id}) if item.answers and chance.random() < 0.7 else frozenset[str]()
    )
    atom = Atom(item.id, answers)
    if item.each and chance.random() < 0.2:
        return Over("any" if chance.random() < 0.5 else "all", atom)
    return atom


def question(chance: random.Random) -> dict[str, Any]:
    """What a question may have."""
    answers = [Answer("x", "x"), Answer("y", "y")]
    if chance.random() < 0.3:
        answers.append(Answer("z", "z", open=True))
    found: dict[str, Any] = {"answers": tuple(answers)}
    if chance.random() < 0.3:
        found["waits_on"] = "somebody"
    if chance.random() < 0.3:
        found["proposal"] = Proposal(evidence="mx")
    return found


def action(chance: random.Random, items: list[Item]) -> dict[str, Any]:
    """What an action may have."""
    actions = [item for item in items if item.kind == "action"]
    questions = [item for item in items if item.kind == "question"]
    found: dict[str, Any] = {"acts": bool(items) and chance.random() < 0.5}
    if items and chance.random() < 0.5:
        found["uses"] = (chance.choice(items).id, *((LICENCES,) if chance.random() < 0.3 else ()))
    if actions and chance.random() < 0.4:
        found["anew"] = chance.choice(actions).id
    if questions and chance.random() < 0.4:
        reopened = [chance.choice(questions).id for _ in range(chance.choice([1, 1, 2]))]
        found["reopens"] = tuple(dict.fromkeys(reopened))
        if chance.random() < 0.7:
            found["when"] = Condition(Atom(reopened[0], frozenset({"y"})))
    if chance.random() < 0.15:
        found["same_as"] = ((2, "same"),)
    return found


def playbook(seed: int) -> tuple[Scenario, Rule] | None:
    """A scenario and a rule about its cancellation; None where the guards go in a circle, or say nothing."""
    chance = random.Random(seed)
    items: list[Item] = []
    for name in NAMES[: chance.choice([3, 4, 5])]:
        asked = chance.random() < 0.6
        found: dict[str, Any] = {}
        if items and chance.random() < 0.35:
            found["when"] = Condition(condition(chance, items))
        if items:
            found["after"] = tuple(Condition(condition(chance, items)) for _ in range(chance.choice([0, 1, 1, 2])))
        found |= question(chance) if asked else action(chance, items)
        each = chance.random() < 0.4
        items.append(Item(name, "question" if asked else "action", name, each=each, **found))
    firm = [item for item in items if not item.reopens]
    if not firm:
        return None
    after = tuple(Condition(condition(chance, firm)) for _ in range(chance.choice([1, 2, 3])))
    when = Condition(condition(chance, items)) if chance.random() < 0.3 else Condition()
    killer = Item(KILLER, "action", KILLER, killer=True, after=after, when=when)
    scenario = derive(Scenario(1, "t", "t", (), "", (), (Step("s", "s", (*items, killer)),)))
    if circles(scenario):
        return None
    witness = scenario.by_id[chance.choice([name for each in after for name in each.items()])]
    answers = frozenset({"x"}) if witness.answers and chance.random() < 0.7 else frozenset[str]()
    before = chance.choice(after) if chance.random() < 0.15 else Condition(Atom(witness.id, answers))
    others = [item.id for item in items if item.id not in before.items()]
    newer = tuple(chance.sample(others, min(len(others), chance.choice([0, 1, 1]))))
    rule = Rule("rule", "Never too early", 1, KILLER, (before,), newer_than=newer)
    return with_rules(scenario, (rule,)), rule
