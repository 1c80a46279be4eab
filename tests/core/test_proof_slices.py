"""A slice looks like what it was cut from: for every state of a scenario it has one that looks the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.playbook import permits, progress
from oxtui.playbook.load import load
from oxtui.playbook.model import Item, Procedure, Scenario
from oxtui.playbook.progress import Mark, Record, State
from oxtui.playbook.proof_judge import Judge
from oxtui.playbook.proof_slices import (
    IN_CALL,
    MAILBOXES,
    SWITCH,
    Records,
    Slice,
    between,
    cone,
    cut,
    permitted,
    shortest_way,
    told_apart,
    values_of,
)
from tests.core.broken_playbooks import BROKEN, build, sound

CONFIG = Path(__file__).parent.parent.parent / "config"
SAME = {State.LOCKED: State.TODO, State.DEFERRED: State.TODO}


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    procedures: list[Procedure] = [load(CONFIG).playbook.procedure, build(sound())]
    procedures.append(BROKEN["one mailbox is enough for the guard, two break it"].procedure())
    return [scenario for procedure in procedures for scenario in procedure.scenarios.values()]


def any_records(chance: random.Random, scenario: Scenario, mailboxes: tuple[str, ...]) -> Records:
    """Records with anything in them: mostly done, as most states of interest are."""
    records: Records = {}
    for name in scenario.order:
        item = scenario.by_id[name]
        what = chance.choices(["done", "some", "none", "skipped", "later"], [12, 2, 2, 1, 1])[0]
        if what in ("skipped", "later"):
            records[name] = Record(skipped="1" if what == "skipped" else "", deferred="1" if what == "later" else "")
            continue
        now = progress.snapshot(scenario, records, item)
        boxes = mailboxes if item.each else ("",)
        marks = {}
        for box in boxes if what == "done" else boxes[: what == "some"]:
            used = tuple((each, old if chance.random() < 0.95 else ((("", "x"),))) for each, old in now)
            value = chance.choice(values_of(item, [a for i in scenario.items() for a in (*i.after, *i.when.atoms())]))
            spoiled, pending = chance.random() < 0.03, chance.random() < 0.03
            marks[box] = Mark(f"{name}{box}", value, used, "revoked" if spoiled else "", pending)
        records[name] = Record(marks)
    return records


def seen_from_within(small: Scenario, whole: Scenario, records: Records, mailboxes: tuple[str, ...]) -> Records:
    """The state of the slice that looks like `records`."""
    statuses = progress.evaluate(whole, records, mailboxes)
    judge = Judge(whole, records, mailboxes)
    found: Records = {}
    for name in small.order:
        if name.endswith(SWITCH):
            applies = judge.applies(name.removesuffix(SWITCH))
            found[name] = Record({} if applies is None else {"": Mark("", ("yes" if applies else "no",))})
            continue
        marks = {}
        for box, mark in records[name].marks.items():
            used = tuple((each, old) for each, old in mark.used if each in small.by_id[name].uses)
            stale = statuses[name].state is State.STALE
            marks[box] = replace(mark, used=used, spoiled="stale" if stale else mark.spoiled)
        found[name] = replace(records[name], marks=marks)
    return found


def cuts(chance: random.Random, scenario: Scenario) -> tuple[Item, Scenario]:
    """A target with one of the ways in which a rule about it is cut out."""
    target = chance.choice(scenario.items())
    other = chance.choice(sorted(cone(scenario, (target.id,))))
    way = chance.choice([(), shortest_way(scenario, target.id, other), tuple(between(scenario, target.id, other))])
    bare = target.id if chance.random() < 0.5 else ""
    return target, cut(scenario, {target.id, *way}, {other}, bare=bare)


@pytest.mark.parametrize("seed", range(8))
def test_a_slice_looks_like_the_whole(scenarios: list[Scenario], seed: int) -> None:
    chance = random.Random(seed)
    allowed = compared = 0
    for _ in range(250):
        scenario, mailboxes = chance.choice(scenarios), chance.choice(MAILBOXES)
        records = any_records(chance, scenario, mailboxes)
        target, small = cuts(chance, scenario)
        within = seen_from_within(small, scenario, records, mailboxes)
        part = Slice(small, told_apart(small), mailboxes)
        position = part.position(within)
        statuses = progress.evaluate(scenario, records, mailboxes)
        for name, status in position.statuses.items():
            if name != target.id and not name.endswith(SWITCH):
                state = statuses[name].state
                assert SAME.get(status.state, status.state) is SAME.get(state, state), (
                    name,
                    status,
                    statuses[name],
                )
                compared += 1
        if permitted(permits.may_mark, permits.Position(scenario, statuses, IN_CALL), target):
            allowed += 1
            assert permitted(permits.may_mark, position, small.by_id[target.id])
    assert allowed > 20 and compared > 200


def test_a_slice_holds_every_content(scenarios: list[Scenario]) -> None:
    scenario = scenarios[1]
    small = cut(scenario, ("cancel-ox-mail",), ("jira-result", "ox-running"))
    part = Slice(small, told_apart(small), ("a", "b"), frozenset({"jira-result"}), frozenset())
    states = [progress.evaluate(small, records, ("a", "b"))["jira-result"].state for records, _ in part.states()]
    assert set(states) == {State.TODO, State.DONE, State.STALE, State.PENDING, State.OVERRIDDEN}
    assert len(states) == part.size


def test_answers_that_no_guard_tells_apart_count_as_one(scenarios: list[Scenario]) -> None:
    result = scenarios[1].by_id["jira-result"]
    completed = [atom for atom in scenarios[1].by_id["cancel-ox-mail"].after if atom.item == "jira-result"]
    assert values_of(result, completed) == (("completed",), ("returned",))
    assert values_of(result, ()) == (("completed",),)
    issue = scenarios[2].by_id["issue"]
    atoms = [atom for item in scenarios[2].items() for _, when in item.templates for atom in when.atoms()]
    assert len(values_of(issue, atoms)) == 4
