"""One way proves that something can be reached; a dead end is reported only where it is one."""

from __future__ import annotations

import time

import pytest

from oxtui.playbook.model import Procedure
from oxtui.prover.duties import proved_never
from oxtui.prover.limits import Limits
from oxtui.prover.prove import prove
from oxtui.prover.reach import Found, Reach
from tests.prover.bigger_playbooks import bigger, shipped
from tests.prover.broken_playbooks import add, build, item, sound


def looked(procedure: Procedure, number: int = 1, seconds: float = 60) -> Found:
    return Reach(procedure, procedure.scenarios[number], Limits(seconds), time.monotonic() + seconds).run()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_item_of_the_shipped_playbook_is_reached(number: int) -> None:
    reach = Reach(shipped(), shipped().scenarios[number], Limits(60), time.monotonic() + 60)
    found = reach.run()
    assert found.problems == [] and found.open == []
    assert set(shipped().scenarios[number].by_id) <= reach.reached


@pytest.mark.parametrize("gates", [5, 10, 20])
def test_yes_no_questions_before_a_cancellation_bring_no_false_fault(gates: int) -> None:
    """Five of them had a sound playbook refused once: nothing ever led to its cancellation."""
    reach = Reach(bigger(gates), bigger(gates).scenarios[2], Limits(60), time.monotonic() + 60)
    found = reach.run()
    assert found.problems == [] and found.open == []
    assert "cancel-ox-mail" in reach.reached


def test_what_needs_a_change_of_mind_is_reached() -> None:
    """One item needs one answer, another the other: each is somewhere to be seen."""
    data = sound()
    add(data, {"id": "cheap", "do": "Take the cheap way", "when": "plan=monthly"})
    add(data, {"id": "dear", "do": "Take the dear way", "when": "plan=yearly", "after": ["order"]})
    assert looked(build(data)).problems == []


def test_a_case_is_complete_by_any_ending_that_says_so() -> None:
    """The first of them fits no case of this scenario; the other does."""
    data = sound()
    add(
        data,
        {
            "id": "never",
            "ask": "Is it so?",
            "answers": {"no": "no", "yes": "yes"},
            "when": "plan=monthly and plan=yearly",
        },
    )
    ends = {"other": {"text": "done otherwise", "complete": "true", "when": "never=yes"}}
    data["endings"] = {**ends, **data["endings"]}
    assert not any("complete" in words for _, words in (*looked(build(data)).problems, *looked(build(data)).open))


def test_what_only_two_mailboxes_show_is_reached() -> None:
    data = sound()
    add(data, {"id": "mixed", "do": "See to both", "when": "any(result=good) and any(result=bad)"})
    found = looked(build(data))
    assert found.problems == [] and found.open == []


def test_an_item_that_contradicts_itself_is_told_however_far_the_contradiction_is() -> None:
    data = sound()
    add(data, {"id": "first", "ask": "First?", "when": "plan=yearly", "answers": {"yes": "yes", "no": "no"}})
    add(data, {"id": "second", "do": "Second", "when": "plan=monthly", "after": ["first=yes"]})
    add(data, {"id": "third", "do": "Third", "when": "second and plan=yearly"})
    told = {spot[1]: message for spot, message in looked(build(data)).problems}
    assert told.get("third") == "nothing ever leads to 'Third'"


def test_what_was_neither_found_nor_proved_is_told_as_that() -> None:
    proof = prove(build(sound()), seconds=0)
    assert proof.ok and proof.problems == ()
    assert any("the time was up before all of the scenario" in each.message for each in proof.unproved)


def test_a_slice_proves_that_nothing_leads_there_and_never_what_can_be_reached() -> None:
    scenario = build(sound()).scenarios[1]
    for name in scenario.by_id:
        assert not proved_never(scenario, name, Limits(10), time.monotonic() + 10)


def test_an_answer_with_an_ending_of_its_own_is_noted() -> None:
    data = sound()
    del data["endings"]["handed-over"]
    data["endings"]["kept"] = {"text": "the old service is kept", "when": "result=bad"}
    rows = data["scenarios"][0]["steps"][0]["items"]
    rows.remove(item(data, "again"))
    found = looked(build(data))
    assert found.problems == []
    assert any("bad: it is answered anew, or the case ends as the old service is kept" in note for note in found.notes)
