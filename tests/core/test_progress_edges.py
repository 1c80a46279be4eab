"""Edges of `progress` that the shipped article does not come to, and another may."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from oxtui.errors import Refusal
from oxtui.playbook.model import Scenario
from oxtui.playbook.permits import Call, Position, may_mark, may_skip
from oxtui.playbook.progress import Mark, Record, State, consume, evaluate, reopen
from tests.core.broken_playbooks import add, build, item, sound

ON = Call("client", False, True)


def scenario(**items: dict[str, Any]) -> Scenario:
    """The small playbook's scenario, with keys of its items changed, and further items."""
    data = copy.deepcopy(sound())
    for name, keys in items.items():
        if any(each["id"] == name for each in data["scenarios"][0]["steps"][0]["items"]):
            item(data, name).update(keys)
        else:
            add(data, {"id": name, **keys})
    return build(data).scenarios[1]


def marked(*value: str) -> Record:
    return Record({"": Mark("1", value)})


def test_a_lapsed_call_has_no_client() -> None:
    assert ON.with_client and not Call("client", True, True).with_client


def test_a_when_on_an_action_holds_once_it_is_done() -> None:
    small = scenario(thank={"do": "Thank the client", "when": "price"})
    plan = {"plan": marked("yearly")}
    assert evaluate(small, plan, ("a",))["thank"].state is State.LOCKED
    used = (("plan", (("", ("yearly",)),)),)
    done = plan | {"price": Record({"": Mark("2", (), used)})}
    assert evaluate(small, done, ("a",))["thank"].state is State.TODO


def test_an_item_of_a_step_that_does_not_apply_does_not_apply_whatever_its_own_condition() -> None:
    data = copy.deepcopy(sound())
    step = {"id": "more", "title": "More", "when": "plan=monthly"}
    data["scenarios"][0]["steps"].append({**step, "items": [{"id": "gift", "do": "Send a gift", "when": "wants=yes"}]})
    small = build(data).scenarios[1]
    told = evaluate(small, {"plan": marked("yearly"), "wants": marked("yes")}, ("a",))
    assert told["gift"].state is State.NOT_APPLICABLE
    told = evaluate(small, {"plan": marked("monthly"), "wants": marked("yes")}, ("a",))
    assert told["gift"].state is State.TODO


@pytest.mark.parametrize(
    ("mark", "why"),
    [(Mark("1", spoiled="taken back"), "has to be checked again"), (Mark("1", pending=True), "is being saved")],
)
def test_a_refusal_says_why_what_was_done_does_not_count(mark: Mark, why: str) -> None:
    small = scenario(thank={"do": "Thank the client", "after": ["tea"]}, tea={"do": "Offer tea"})
    position = Position(small, evaluate(small, {"tea": Record({"": mark})}, ("a",)), ON)
    with pytest.raises(Refusal, match=f"Offer tea {why}"):
        may_mark(position, small.by_id["thank"])


def test_what_is_locked_is_not_skipped() -> None:
    small = scenario(thank={"do": "Thank the client", "after": ["tea"]}, tea={"do": "Offer tea"})
    with pytest.raises(Refusal, match="is locked: Offer tea is not done"):
        may_skip(Position(small, evaluate(small, {}, ("a",)), ON), small.by_id["thank"])


def test_sending_again_looks_at_the_answers_of_that_question_only() -> None:
    again = {"when": "result=bad and plan=good", "after": ["moved"], "reopens": ["result"]}
    answers = {"monthly": "monthly", "yearly": "yearly", "good": "good"}
    small = scenario(again=again, plan={"answers": answers})
    records = {"result": Record({"a": Mark("1", ("good",)), "b": Mark("2", ("bad",))})}
    reopen(small, records, small.by_id["again"], ("result",))
    assert set(records["result"].marks) == {"a"}


def test_what_is_taken_back_whatever_was_answered() -> None:
    small = scenario(again={"when": "plan=yearly", "after": ["moved"], "reopens": ["result"]})
    records = {"result": Record({"a": Mark("1", ("good",))})}
    reopen(small, records, small.by_id["again"], ("result",))
    assert not records["result"].marks
    nothing: dict[str, Record] = {}
    reopen(small, nothing, small.by_id["again"], ("result",))  # never answered: nothing to take back
    assert not nothing


def test_only_what_was_sent_again_counts_as_an_attempt() -> None:
    small = scenario()
    records = {"again": Record(skipped="1")}
    consume(small, records, "result")
    assert records["again"].attempts == 0
    records["again"].marks[""] = Mark("2")
    consume(small, records, "result")
    assert records["again"].attempts == 1 and not records["again"].marks
