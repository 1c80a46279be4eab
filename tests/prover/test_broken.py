"""A small sound playbook is proved, and each fault made in it is refused: with the shortest way, or where it is."""

from __future__ import annotations

import time
from typing import Any

import pytest

from oxtui.playbook.build import procedure_from_data
from oxtui.playbook.model import Procedure
from oxtui.prover.cut import cut
from oxtui.prover.duties import Duty, explored
from oxtui.prover.limits import Limits, Progress
from oxtui.prover.prove import prove
from oxtui.prover.real import Real
from oxtui.prover.rules import duties
from tests.prover.bigger_playbooks import bigger
from tests.prover.broken_playbooks import BROKEN, START, build, item, sound


def path_of(procedure: Procedure, name: str) -> tuple[str | int, ...]:
    """Where a rule, an item, an NB or a template stands in the data."""
    data: Any = procedure.data
    for number, rule in enumerate(data["rules"]):
        if rule["id"] == name:
            return ("rules", number)
    if name in data["nbs"]:
        return ("nbs", name)
    for number, each in enumerate(data["templates"]):
        if each["id"] == name:
            return ("templates", number, "id")
    rows = data["scenarios"][0]["steps"][0]["items"]
    return ("scenarios", 0, "steps", 0, "items", next(row for row, each in enumerate(rows) if each["id"] == name))


def test_the_small_playbook_is_sound() -> None:
    assert procedure_from_data(sound())[1] == []
    proof = prove(build(sound()))
    assert proof.problems == () and proof.unproved == () and proof.ok
    assert all(each.holds and each.states for each in proof.rules)
    assert all(each.holds for each in proof.promises)
    assert proof.notes == (
        "scenario 1, \"Result?\": bad leads on by 'Send again'",
        "scenario 1, 'Cancel the old service': it has no 'ends', so a mailbox that is left out does not lock it",
    )


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_playbook_is_refused(fault: str) -> None:
    broken = BROKEN[fault]
    procedure = broken.procedure()
    proof = prove(procedure)
    assert not proof.ok
    messages = [each.message for each in proof.problems if each.path == path_of(procedure, broken.where)]
    if broken.way:
        result = next(each for each in proof.rules if each.id == broken.where)
        assert result.holds is False and result.way == broken.way and not result.unproved
        assert "; ".join(broken.way) in messages[0]
    else:
        assert any(broken.says in message for message in messages), proof.problems


@pytest.mark.parametrize("fault", [name for name, each in BROKEN.items() if each.way])
def test_nothing_shorter_breaks_the_rule(fault: str) -> None:
    """Every state of the whole playbook is visited, step by step, until the rule is broken."""
    broken = BROKEN[fault]
    procedure = broken.procedure()
    rule = next(each for each in procedure.rules if each.id == broken.where)
    fewest = min(shortest(procedure, duty) for duty in duties(procedure, rule))
    assert fewest == len(broken.way) - len(START)


def shortest(procedure: Procedure, duty: Duty) -> int:
    """How many steps break a duty at least, on the whole scenario."""
    walk = duty.walk(cut(duty.scenario, duty.scenario.by_id))
    found = explored(walk, duty, Limits(300), time.monotonic() + 300, most=200_000)
    return min((len(each.way()) for each in found.breaches), default=10_000)


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_who_has_no_time_is_told_what_is_not_proved_and_nothing_false(seconds: float) -> None:
    proof = prove(bigger(gates=2), seconds=seconds)
    assert proof.problems == () and proof.ok
    left = [each for each in proof.rules if each.holds is None]
    assert left and all(each.unproved and not each.way for each in left)
    assert all(each.holds in (True, None) for each in (*proof.rules, *proof.promises))
    assert {("rules", number) for number, each in enumerate(proof.rules) if each in left} <= {
        each.path for each in proof.unproved
    }


def test_seconds_are_a_limit() -> None:
    """One rule that takes long takes no more than is left, and the others have their share."""
    began = time.process_time()
    proof = prove(bigger(gates=10, more=60), seconds=1)
    assert time.process_time() - began < 10, "a step more than the limit, on a slow machine"
    assert proof.problems == ()


def test_a_rule_that_another_guard_keeps_holds() -> None:
    data = sound()
    del item(data, "order")["when"]
    data["rules"][0]["before"] = ["order", "plan"]
    proof = prove(build(data))
    assert proof.ok, proof.problems


def test_how_far_it_is_is_shown() -> None:
    seen: list[Progress] = []
    proof = prove(build(sound()), progress=seen.append)
    assert [each.at for each in seen if each.at in ("moved", "good", "priced")] == ["moved", "good", "priced"]
    assert all(1 <= each.done <= each.of for each in seen)
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert seen[-1].states <= proof.states and seen[-1].done == seen[-1].of


def test_a_breach_is_only_told_where_the_whole_playbook_has_it() -> None:
    """A way of a slice that the other guards do not let pass is no breach."""
    procedure = build(sound())
    rule = next(each for each in procedure.rules if each.id == "good")
    (duty,) = duties(procedure, rule)
    real = Real(duty, Limits(60))
    walk = duty.walk(cut(duty.scenario, {"cancel", "moved"}, "cancel"))
    fell = explored(walk, duty, Limits(60), time.monotonic() + 60)
    assert fell.breaches, "without the result in it, the slice falls"
    assert real.followed(fell.breaches[0].way(), time.monotonic() + 60) is None
