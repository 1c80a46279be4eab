"""The states of items, judged on small scenarios made for it."""

from __future__ import annotations

from typing import Any

import pytest

from oxtui.errors import Refusal
from oxtui.playbook.conditions import Condition, parse_atom, parse_condition
from oxtui.playbook.model import Answer, Item, QuoteSpec, Scenario, Step
from oxtui.playbook.order import derive
from oxtui.playbook.permits import Call, Position, may_defer, may_mark, may_skip, may_unwind
from oxtui.playbook.progress import (
    Mark,
    Record,
    State,
    Status,
    consume,
    effects,
    evaluate,
    fingerprint,
    reopen,
    snapshot,
)

LIVE = Call("client", False, True)
BOXES = ("a@x.au", "b@x.au")


def item(name: str, **more: Any) -> Item:
    """An action, or with `answers` a question; `when` and `after` as text."""
    after = tuple(parse_atom(atom) for atom in more.pop("after", ()))
    when = parse_condition(more.pop("when")) if "when" in more else Condition()
    answers = tuple(
        answer if isinstance(answer, Answer) else Answer(answer, answer) for answer in more.pop("answers", ())
    )
    kind = "question" if answers or more.get("select") in ("text", "date", "dates") else "action"
    return Item(name, kind, f"Do {name}", after=after, when=when, answers=answers, **more)


def scenario(*items: Item, when: str = "") -> Scenario:
    step = Step("s", "S", items, parse_condition(when) if when else Condition())
    return derive(Scenario(1, "T", "T", (), "", (), (step,)))


class Floor:
    """A scenario with records that are put in by hand."""

    def __init__(self, *items: Item, boxes: tuple[str, ...] = BOXES) -> None:
        self.scenario, self.boxes = scenario(*items), boxes
        self.records: dict[str, Record] = {}

    def mark(self, name: str, *value: str, boxes: tuple[str, ...] | None = None, **more: Any) -> Floor:
        found = self.scenario.by_id[name]
        reopen(self.scenario, self.records, found, effects(found, value))
        used = snapshot(self.scenario, self.records, found)
        record = self.records.setdefault(name, Record())
        record.skipped = record.deferred = ""
        entry = f"e{sum(len(each.marks) for each in self.records.values())}{value}"
        for box in (boxes or self.boxes) if found.each else ("",):
            record.marks[box] = Mark(entry, value, used, **more)
        consume(self.scenario, self.records, name)
        return self

    def set(self, name: str, **fields: Any) -> Floor:
        record = self.records.setdefault(name, Record())
        for key, value in fields.items():
            setattr(record, key, value)
        return self

    def status(self, name: str) -> Status:
        return evaluate(self.scenario, self.records, self.boxes)[name]

    def state(self, name: str) -> State:
        return self.status(name).state

    def position(self, call: Call = LIVE) -> Position:
        return Position(self.scenario, evaluate(self.scenario, self.records, self.boxes), call)

    def no(self, may: Any, name: str, *words: str, call: Call = LIVE) -> None:
        with pytest.raises(Refusal) as caught:
            may(self.position(call), self.scenario.by_id[name])
        assert all(word in str(caught.value) for word in words), str(caught.value)


ASK = item("ask", answers=("yes", "no"))


# -- when
def test_an_unanswered_question_leaves_it_open_and_an_answer_decides() -> None:
    floor = Floor(ASK, item("act", when="ask=yes"))
    assert floor.state("act") is State.LOCKED and floor.status("act").applies and floor.status("act").open
    assert floor.status("act").waits[0].why == "is not answered"
    assert floor.mark("ask", "no").state("act") is State.NOT_APPLICABLE
    assert not floor.status("act").applies and not floor.status("act").open
    assert floor.mark("ask", "yes").state("act") is State.TODO


def test_a_when_on_something_that_does_not_apply_is_false() -> None:
    floor = Floor(ASK, item("then", answers=("x", "y"), when="ask=yes"), item("last", when="then=x"))
    assert floor.mark("ask", "no").state("last") is State.NOT_APPLICABLE


def test_a_step_that_does_not_apply_takes_its_items_with_it() -> None:
    one, other = Step("a", "A", (ASK,)), Step("b", "B", (item("act"),), parse_condition("ask=yes"))
    both = derive(Scenario(1, "T", "T", (), "", (), (one, other)))
    records = {"ask": Record({"": Mark("e", ("no",))})}
    assert evaluate(both, records, BOXES)["act"].state is State.NOT_APPLICABLE
    assert evaluate(both, {}, BOXES)["act"].state is State.LOCKED


def test_any_mailbox_turns_it_on_and_only_all_turn_it_off() -> None:
    floor = Floor(item("ask", answers=("yes", "no"), each=True), item("act", when="ask=yes"))
    assert floor.mark("ask", "no", boxes=BOXES[:1]).state("act") is State.LOCKED
    assert floor.mark("ask", "no", boxes=BOXES[1:]).state("act") is State.NOT_APPLICABLE
    assert floor.mark("ask", "yes", boxes=BOXES[1:]).state("act") is State.TODO


def test_a_mailbox_that_has_left_the_case_decides_nothing() -> None:
    floor = Floor(item("ask", answers=("yes", "no"), each=True), item("act", when="ask=yes"))
    floor.mark("ask", "no", boxes=BOXES[:1]).mark("ask", "yes", boxes=BOXES[1:])
    floor.boxes = BOXES[:1]
    assert floor.state("act") is State.NOT_APPLICABLE
    assert floor.state("ask") is State.DONE


def test_a_killer_does_not_go_by_an_answer_that_has_to_be_checked_again() -> None:
    floor = Floor(ASK, item("k", when="ask=yes", killer=True), item("a", when="ask=yes"))
    floor.mark("ask", "yes", spoiled="the authentication was taken back")
    assert (floor.state("k"), floor.state("a")) == (State.LOCKED, State.TODO)
    assert floor.status("k").waits[0].why == "has to be checked again"
    floor.mark("ask", "yes")
    assert floor.state("k") is State.TODO
    floor.mark("k").set("ask", marks={"": Mark("e", ("yes",), (), "taken back")})
    assert floor.state("k") is State.STALE
    floor.no(may_mark, "k", "locked", "has to be checked again")
    assert floor.mark("ask", "no").state("k") is State.NOT_APPLICABLE


def test_a_usual_item_stays_done_while_its_question_is_open_but_is_not_done_again() -> None:
    floor = Floor(ASK, item("act", when="ask=yes")).mark("ask", "yes").mark("act").set("ask", marks={})
    assert floor.state("act") is State.DONE
    floor.mark("act", spoiled="taken back")
    assert floor.state("act") is State.STALE
    floor.no(may_mark, "act", "Do ask is not answered")


# -- after
def test_after_waits_for_done_and_says_for_what() -> None:
    floor = Floor(item("first"), item("second", after=["first"]))
    assert floor.state("second") is State.LOCKED
    floor.no(may_mark, "second", "locked", "Do first is not done")
    assert floor.mark("first").state("second") is State.TODO
    may_mark(floor.position(), floor.scenario.by_id["second"])


def test_after_an_answer_waits_for_that_answer() -> None:
    floor = Floor(ASK, item("act", after=["ask=yes"]))
    assert floor.mark("ask", "no").state("act") is State.LOCKED
    floor.no(may_mark, "act", "Do ask is not 'yes'")
    assert floor.mark("ask", "yes").state("act") is State.TODO


def test_after_an_answer_for_each_mailbox_waits_for_every_one() -> None:
    floor = Floor(item("ask", answers=("yes", "no"), each=True), item("act", after=["ask=yes"]))
    floor.mark("ask", "yes", boxes=BOXES[:1])
    assert floor.state("act") is State.LOCKED and floor.status("ask").done == 1
    floor.mark("ask", "no", boxes=BOXES[1:])
    assert floor.state("act") is State.LOCKED
    assert floor.mark("ask", "yes", boxes=BOXES[1:]).state("act") is State.TODO


def test_what_does_not_apply_counts_as_met_but_not_for_a_killer() -> None:
    floor = Floor(ASK, item("a", when="ask=yes"), item("b", after=["a"]), item("k", after=["a"], killer=True))
    floor.mark("ask", "no")
    assert floor.state("b") is State.TODO
    assert floor.state("k") is State.LOCKED and floor.status("k").waits[0].why == "does not apply"


@pytest.mark.parametrize("how", [{"skipped": "e"}, {"deferred": "e"}])
def test_skipped_is_enough_for_a_usual_item_only_put_off_for_none(how: dict[str, str]) -> None:
    floor = Floor(item("a"), item("b", after=["a"]), item("k", after=["a"], killer=True)).set("a", **how)
    assert floor.state("k") is State.LOCKED
    assert floor.state("b") is (State.TODO if "skipped" in how else State.LOCKED)


@pytest.mark.parametrize("what", [{"pending": True}, {"spoiled": "the price changed"}])
def test_pending_and_spoiled_satisfy_nothing(what: dict[str, Any]) -> None:
    floor = Floor(item("a"), item("b", after=["a"]), item("k", after=["a"], killer=True)).mark("a", **what)
    assert floor.state("a") is (State.PENDING if "pending" in what else State.STALE)
    assert floor.state("b") is floor.state("k") is State.LOCKED
    assert floor.status("a").open


def test_a_pending_answer_turns_nothing_on() -> None:
    assert Floor(ASK, item("act", when="ask=yes")).mark("ask", "yes", pending=True).state("act") is State.LOCKED


# -- stale
def test_uses_makes_it_stale_when_the_answer_changes_and_fresh_when_it_changes_back() -> None:
    floor = Floor(ASK, item("act", after=["ask"], uses=("ask",))).mark("ask", "yes").mark("act")
    floor.mark("ask", "no")
    assert floor.state("act") is State.STALE and "ask changed" in floor.status("act").why
    assert floor.mark("ask", "yes").state("act") is State.DONE
    floor.mark("ask", "no").mark("act")
    assert floor.state("act") is State.DONE, "affirmed again"


def test_using_an_action_means_its_very_tick() -> None:
    floor = Floor(ASK, item("order"), item("done", answers=("yes",), after=["order"], uses=("order",)))
    floor.mark("order").mark("done", "yes")
    floor.mark("order")
    assert floor.state("done") is State.STALE


def test_what_it_waited_for_breaking_makes_it_stale_and_mending_fresh() -> None:
    floor = Floor(ASK, item("k", after=["ask=yes"], killer=True)).mark("ask", "yes").mark("k")
    assert floor.mark("ask", "no").state("k") is State.STALE
    floor.no(may_mark, "k", "locked")
    assert floor.mark("ask", "yes").state("k") is State.DONE


def test_stale_goes_down_the_line() -> None:
    floor = Floor(ASK, item("a", uses=("ask",)), item("b", after=["a"]), item("c", after=["b"]))
    floor.mark("ask", "yes").mark("a").mark("b").mark("c").mark("ask", "no")
    assert [floor.state(name) for name in "abc"] == [State.STALE] * 3


def test_a_further_mailbox_opens_what_was_done_for_all() -> None:
    floor = Floor(item("each", each=True), item("k", after=["each"], killer=True)).mark("each").mark("k")
    floor.boxes = (*BOXES, "c@x.au")
    assert (floor.state("each"), floor.state("k")) == (State.TODO, State.STALE)
    assert (floor.status("each").done, floor.status("each").of) == (2, 3)
    floor.boxes = ()
    assert floor.state("each") is State.TODO
    floor.no(may_mark, "each", "no mailbox yet")


# -- acts
def test_an_effect_that_no_longer_applies_has_to_be_taken_back() -> None:
    floor = Floor(ASK, item("act", when="ask=yes", acts=True, reverse="Undo it"), item("b", after=["act"]))
    floor.mark("ask", "yes").mark("act").mark("ask", "no")
    status = floor.status("act")
    assert (status.state, status.why, status.open, status.applies) == (State.UNWIND, "Undo it", True, False)
    assert floor.state("b") is State.LOCKED
    floor.no(may_mark, "act", "no longer applies", "Undo it")
    floor.no(may_skip, "act")
    floor.no(may_defer, "act")
    may_unwind(floor.position(), floor.scenario.by_id["act"], status)
    floor.set("act", marks={})
    assert (floor.state("act"), floor.state("b")) == (State.NOT_APPLICABLE, State.TODO)


def test_an_effect_that_was_skipped_once_stale_is_still_to_be_taken_back() -> None:
    floor = Floor(ASK, item("act", when="ask=yes", acts=True, reverse="Undo it"))
    floor.mark("ask", "yes").mark("act").set("act", skipped="e")
    assert floor.state("act") is State.OVERRIDDEN
    assert floor.mark("ask", "no").state("act") is State.UNWIND


# -- skipped, put off, optional
def test_skipped_keeps_its_locks() -> None:
    floor = Floor(ASK, item("act", after=["ask=yes"])).mark("ask", "yes").set("act", skipped="e")
    may_mark(floor.position(), floor.scenario.by_id["act"])
    floor.mark("ask", "no")
    assert floor.state("act") is State.OVERRIDDEN and not floor.status("act").open
    floor.no(may_mark, "act", "locked")


def test_put_off_blocks_closing_even_where_it_was_stale() -> None:
    floor = Floor(ASK, item("act", uses=("ask",)), item("opt", optional=True)).set("act", deferred="e")
    assert floor.state("act") is State.DEFERRED and floor.status("act").open
    floor.mark("ask", "yes").mark("act").mark("ask", "no").set("act", deferred="e")
    assert floor.state("act") is State.DEFERRED and "changed" in floor.status("act").why
    assert floor.mark("ask", "yes").state("act") is State.DONE, "it is fresh again: nothing is left to do later"


def test_optional_never_blocks_but_where_it_is_wrong() -> None:
    floor = Floor(ASK, item("opt", optional=True, uses=("ask",)), item("b", optional=True, after=["ask"]))
    assert not floor.status("opt").open and not floor.status("b").open
    assert not floor.set("opt", deferred="e").status("opt").open
    assert floor.mark("ask", "yes").mark("opt").mark("ask", "no").status("opt").open


def test_answers_that_decide_killers_and_witnesses_are_firm() -> None:
    floor = Floor(ASK, item("w"), item("k", after=["w", "ask=yes"], killer=True), item("free"))
    floor.no(may_skip, "k", "cannot be skipped")
    floor.no(may_skip, "w", "rests on it")
    floor.no(may_skip, "ask", "rests on it")
    may_skip(floor.position(), floor.scenario.by_id["free"])
    for name in ("k", "w", "ask"):
        floor.no(may_defer, name, "cannot be put off")


@pytest.mark.parametrize("call", [Call(), Call("client", True, True), Call("", False, True)])
def test_without_a_live_call_nothing_is_marked_or_skipped(call: Call) -> None:
    floor = Floor(ASK, item("free"))
    for may in (may_mark, may_skip):
        floor.no(may, "free", call=call)
    floor.no(may_mark, "ask", call=call)


def test_what_is_with_the_client_needs_the_client() -> None:
    floor = Floor(item("talk", client=True))
    floor.no(may_mark, "talk", "on the line", call=Call("back-office", False, True))
    may_mark(floor.position(), floor.scenario.by_id["talk"])


def test_done_is_not_ticked_twice_but_answered_anew_at_any_time() -> None:
    floor = Floor(item("a"), item("ask", answers=("yes", "no"), after=["a"])).mark("a").mark("ask", "yes")
    floor.no(may_mark, "a", "done already")
    may_mark(floor.position(), floor.scenario.by_id["ask"])
    floor.set("a", marks={})
    assert floor.state("ask") is State.STALE
    may_mark(floor.position(), floor.scenario.by_id["ask"])


# -- attempts
RESULT = item("result", answers=("good", "back", "no"), after=["send"], each=True)
AGAIN = item("again", when="result=back", reopens=("result",))
DECIDES = item("decides", when="result=no", answers=(Answer("retry", "retry", reopens=("result",)), "stop"))


def test_sending_again_takes_back_only_the_answers_that_asked_for_it() -> None:
    floor = Floor(item("send"), RESULT, AGAIN, DECIDES).mark("send")
    floor.mark("result", "good", boxes=BOXES[:1]).mark("result", "back", boxes=BOXES[1:])
    assert (floor.state("again"), floor.state("decides")) == (State.TODO, State.NOT_APPLICABLE)
    floor.mark("again")
    assert set(floor.records["result"].marks) == set(BOXES[:1])
    assert (floor.state("result"), floor.state("again")) == (State.TODO, State.DONE)
    floor.mark("result", "back", boxes=BOXES[1:])
    assert floor.state("again") is State.TODO and floor.records["again"].attempts == 1
    floor.mark("again").mark("result", "good", boxes=BOXES[1:])
    assert floor.state("again") is State.NOT_APPLICABLE and floor.records["again"].attempts == 2


def test_an_answer_can_take_answers_back_too() -> None:
    floor = Floor(item("send"), RESULT, AGAIN, DECIDES).mark("send").mark("result", "no")
    assert floor.mark("decides", "stop").state("result") is State.DONE
    floor.mark("decides", "retry")
    assert floor.records["result"].marks == {} and floor.state("decides") is State.DONE
    assert floor.mark("result", "no").state("decides") is State.TODO


def test_fingerprints_of_answers_are_values_and_of_ticks_entries() -> None:
    marks = {"": Mark("e1", ("yes",))}
    assert fingerprint(ASK, Record(marks)) == (("", ("yes",)),)
    assert fingerprint(item("act"), Record(marks)) == (("", "e1"),)


def test_a_quote_is_read_off_firm_questions() -> None:
    spec = QuoteSpec("p", "now", "ask", "next")
    terms = [item(name, answers=("monthly", "yearly")) for name in ("now", "next")]
    floor = Floor(ASK, *terms, item("quote", quote=spec, uses=("now", "next", "ask")))
    for name in ("now", "next", "ask"):
        floor.no(may_skip, name, "decides")
