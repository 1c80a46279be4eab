"""The way that the proof prints is the shortest: every state is visited, act by act, until a rule is broken.

Without undo, and without the proof's own search: the case under way is the one that `test_proof_walk.py` holds
to the service.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from oxtui.errors import Refusal
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Procedure, Rule
from oxtui.playbook.progress import snapshot
from oxtui.playbook.proof_judge import Judge
from oxtui.playbook.proof_search import marks_of
from oxtui.playbook.proof_slices import told_apart
from oxtui.playbook.proof_walk import Act, Walk
from tests.core.broken_playbooks import BROKEN, START

# Eight acts are 80,000 states, half a minute.
LONGEST = 99 if os.environ.get("OXTUI_LONG") == "1" else 5


def acts(walk: Walk, told: tuple[Atom, ...]) -> Iterator[Act]:
    for item in walk.scenario.items():
        yield from marks_of(item, told, walk.mailboxes)
        yield from (Act("skip", item.id), Act("defer", item.id))
        yield from (Act("copy", item.id, template=name) for name, _ in item.templates)
        if item.acts:
            yield Act("unwind", item.id)
    if len(walk.mailboxes) == 1:
        yield Act("mailbox")
    yield from (Act("a"), Act("b"), Act("end"), Act("revoke"))


def forbidden(rule: Rule, walk: Walk, act: Act) -> bool:
    """Whether the rule forbids doing `act` now."""
    if rule.never.startswith("copy:"):
        meant = act.verb == "copy"
    elif rule.never == "discount":
        meant = act.discount
    else:
        meant = act.item == rule.never and act.verb in ("tick", "answer", "quote")
    judge = Judge(walk.scenario, walk.records, walk.mailboxes)
    if not meant or (rule.where and judge.true(rule.where) is not True):
        return False
    return not rule.before or not all(judge.met(atom) for atom in rule.before)


def state(walk: Walk) -> Any:
    rows = []
    for name, record in sorted(walk.records.items()):
        now = snapshot(walk.scenario, walk.records, walk.scenario.by_id[name])
        marks = [(box, m.value, bool(m.spoiled), m.used == now) for box, m in sorted(record.marks.items())]
        rows.append((name, tuple(marks), bool(record.skipped), bool(record.deferred), walk.discounts.get(name)))
    return tuple(rows), walk.mailboxes, walk.call, len(walk.auths)


def fewest(procedure: Procedure, rule: Rule, most: int) -> int | None:
    """How many acts break the rule at least."""
    scenario = procedure.scenarios[1]
    told = told_apart(scenario, [*rule.where.atoms(), *rule.before])
    layer = [Walk(scenario)]
    seen = {state(layer[0])}
    for number in range(1, most + 1):
        after: list[Walk] = []
        for walk in layer:
            position = walk.position()
            for act in acts(walk, told):
                try:
                    walk.check(act, position)
                except Refusal:
                    continue
                if forbidden(rule, walk, act):
                    return number
                other = walk.copy()
                other.do(act, position)
                if (key := state(other)) not in seen:
                    seen.add(key)
                    after.append(other)
        layer = after
    return None


@pytest.mark.parametrize("fault", [name for name, each in BROKEN.items() if 0 < len(each.way) - len(START) <= LONGEST])
def test_nothing_shorter_breaks_the_rule(fault: str) -> None:
    broken = BROKEN[fault]
    procedure = broken.procedure()
    rule = next(rule for rule in procedure.rules if rule.id == broken.where)
    assert fewest(procedure, rule, len(broken.way)) == len(broken.way) - len(START)
