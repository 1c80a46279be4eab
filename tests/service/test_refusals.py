"""Checks that no way through a scenario runs into: each would be missed by nothing else if it were gone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall, Revoke
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.copies import BeginCopy, RecordCopy, SetLine
from oxtui.cases.commands.corrections import Correct, Settle
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, Tick
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.status import State
from oxtui.cases.templates import never_copied
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.load import load
from oxtui.playbook.model import Scenario
from oxtui.playbook.playbook import Playbook
from tests.drive.case import ONE, THREE, Walk, changed, service_at, shipped

FIBRE = Path(__file__).parents[1] / "samples" / "fibre-move"


@cache
def fibre() -> Playbook:
    return load(FIBRE).playbook


# -- before a scenario is chosen
def test_without_a_scenario_there_is_nothing_to_do(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(BeginCall("client"))
    for change in (Tick("order"), AnswerIt("licence", ("business-basic",)), Skip("order", "why")):
        walk.refused(change, "No scenario was chosen yet")
    walk.refused(BeginCopy("o365-reversal"), "does not belong to the case's scenario")
    walk.do(Choose(2))
    walk.refused(Tick("no-such-item"), "has no item 'no-such-item'")


# -- what comes first
@pytest.mark.parametrize("scenario", [1, 2])
def test_what_a_locked_cancellation_names_first_is_what_comes_next_in_the_case(home: Path, scenario: int) -> None:
    """Two answers to one question would have an agent look for the one that is wrong."""
    walk = Walk(service_at(home), mailboxes=THREE[:2])
    walk.do(BeginCall("client"), Choose(scenario))
    killer = next(item for item in walk.case.scenario.items() if item.killer)
    named = []
    while (item := walk.case.next_item()) is not None and walk.state(killer.id) is State.LOCKED:
        with pytest.raises(Refusal) as caught:
            walk.service.would_change(walk.case, Clear(killer.id))
        first = caught.value.hint.removeprefix("first: ")
        if item.id in below(walk.case.scenario, killer.id):  # type: ignore[arg-type]
            assert first == walk.case.next_text(), walk.case.log[-1]
            named.append(item.id)
        if item.quote:
            walk.quote()
        elif item.kind == "action":
            walk.tick(item.id)
        elif item.select == "date":
            walk.answer(item.id, "2026-11-03")
        else:
            walk.answer(item.id, item.answers[0].id)
    assert len(named) > 3, named


def below(scenario: Scenario, name: str) -> set[str]:
    """All that an item rests on, at any depth."""
    rests = [each for each in scenario.rests_on.get(name, ()) if each in scenario.by_id]
    return {*rests, *(deep for each in rests for deep in below(scenario, each))}


def test_after_a_result_that_is_not_the_wanted_one_the_next_attempt_comes_first(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE[:2]).back()
    walk.answer("jira-result", "returned", mailboxes=THREE[:1], told="not named")
    walk.refused(Clear("cancel-ox-mail"), "first: Fix the JIRA and send it again")
    assert walk.case.next_text() == "Fix the JIRA and send it again"


def test_a_mailbox_that_came_late_is_asked_about_first(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE[:2]).back()
    walk.do(SetMailboxes(THREE[2]))
    walk.refused(Clear("cancel-ox-mail"), f"first: {walk.case.next_text()}")


# -- skipping and putting off
def test_what_is_locked_is_not_skipped(home: Path) -> None:
    """Otherwise everything that waits for it would be open without ever being reached."""
    walk = Walk(service_at(home)).plan(1)
    assert walk.states("next-invoice", "essentials-billing") == [State.LOCKED] * 2
    walk.refused(Skip("next-invoice", "no time"), "is locked", "first: ")
    walk.refused(Skip("essentials-billing", "no time"), "is locked")


def test_what_is_settled_is_neither_skipped_nor_put_off(home: Path) -> None:
    walk = Walk(service_at(home)).plan(2)
    walk.tick("sme")
    walk.refused(Skip("sme", "why"), "nothing to skip")
    walk.refused(Defer("sme", "2026-11-30"), "nothing to put off")
    walk.refused(Defer("quote", "2026-11-30"), "not applicable")


# -- values and answers
def test_a_date_and_a_text_are_not_just_anything(home: Path) -> None:
    walk = Walk(service_at(home, playbook=fibre())).begin(1)
    for name, value in (("adsl-running", "running"), ("billed-now", "monthly"), ("speed", "fibre-50")):
        walk.answer(name, value)
    walk.answer("billed-next", "monthly")
    walk.answer("fixed-ip", "no")
    given = {"service": "FIB00412207", "visit": "some day"}
    walk.refused(Tick("order", (), given, "Network desk"), "is not a date", error=WrongUse)
    walk.do(Tick("order", (), given | {"visit": "2026-11-26"}, "Network desk"))
    walk.answer("fibre-state", "active")
    for nothing in ((), ("",), ("  ",)):
        walk.refused(AnswerIt("speed-test", nothing), "needs a value", error=WrongUse)
    walk.answer("speed-test", "48 / 19")
    assert walk.case.marks("speed-test")[""].value == ("48 / 19",)


def test_no_answer_at_all_is_none(home: Path) -> None:
    walk = Walk(service_at(home)).begin(3)
    walk.refused(AnswerIt("issue", ()), "has no such answer", error=WrongUse)


def test_what_one_of_several_answers_asks_is_asked(home: Path, tmp_path: Path) -> None:
    asking = ("other: something else", 'other: {text: something else, asks: "Which issue?"}')
    walk = Walk(service_at(home, playbook=changed(tmp_path, "scenarios/3-keeps-ox-mail.yaml", asking))).begin(3)
    both = ("missing-mail", "other")
    walk.refused(AnswerIt("issue", both), "Which issue?", error=WrongUse)
    walk.do(AnswerIt("issue", both, told="the calendar"))
    assert walk.case.marks("issue")[ONE[0]].told == "the calendar"


def test_only_what_is_asked_about_is_settled(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.refused(Settle("order", "1"), "does not need to be settled")
    walk.refused(Settle("no-such-item", "1"), "There is no item")
    walk.refused(Settle("order", "1", scenario=9), "There is no item")
    walk.answer("licence", "another")
    walk.refused(Settle("order", "4"), "Why is it still right?", error=WrongUse)


def test_what_was_never_done_has_nothing_to_correct(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.refused(Correct("jira", {"jira": "HOST-1"}), "was not done")
    walk.refused(Correct("no-such-item", {}), "has no item")
    walk.do(EndCall())
    walk.refused(Correct("order", {"order": "4711"}), "needs an authenticated client")


# -- mailboxes and template lines
def test_a_mailbox_is_added_once_and_known_to_be_on_ox_mail_or_not(home: Path) -> None:
    walk = Walk(service_at(home))
    before = len(walk.case.log)
    assert len(walk.do(SetMailboxes(ONE[0])).log) == before
    assert [box.of("ox-mail") for box in walk.do(SetMailboxes(known={ONE[0]: {"ox-mail": "no"}})).mailboxes] == ["no"]
    again = walk.do(SetMailboxes(known={ONE[0]: {"ox-mail": "no"}, "else@where.example": {"ox-mail": "yes"}}))
    assert len(again.log) == before + 1
    walk.refused(SetMailboxes(known={ONE[0]: {"ox-mail": "perhaps"}}), "yes, no or unknown", error=WrongUse)
    assert len(walk.do(SetMailboxes(removed=("ben@elsewhere.example",))).log) == before + 1, "it is gone already"


def test_a_line_can_be_emptied_again(home: Path) -> None:
    walk = Walk(service_at(home)).begin(2)
    lines = [
        line for line in walk.case.procedure.templates["o365-reversal"].lines if line.source not in ("fixed", "call")
    ]
    typed = {line.kind: line for line in lines if line.kind in ("choice", "date")}
    assert set(typed) == {"choice", "date"}
    for line in typed.values():
        full = line.options[0] if line.kind == "choice" else "2026-11-03"
        for value in (full, ""):
            case = walk.do(SetLine("o365-reversal", line.key, value))
            assert case.lines["o365-reversal", line.key].value == value
    walk.refused(SetLine("o365-reversal", "authenticated", "Yes"), error=Refusal)
    walk.refused(SetLine("o365-reversal", "no-such-line", "x"), "There is no line", error=WrongUse)


# -- copies
def test_what_does_not_apply_is_not_copied_and_what_has_to_be_settled_not_either(home: Path) -> None:
    walk = Walk(service_at(home)).checked("missing-mail", solved="yes")
    walk.refused(BeginCopy("ox-mail-resync"), "does not apply here")
    walk.answer("solved", "no")
    walk.do(BeginCopy("ox-mail-resync"))
    walk.tick("sme-case")
    walk.answer("solved", "yes")
    assert walk.state("sme-case") is State.OUT_THERE
    walk.refused(BeginCopy("ox-mail-resync"))


def test_a_copy_is_recorded_with_the_item_it_was_made_for(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.refused(BeginCopy("o365-reversal"), "The copy waits")
    walk.sent()
    assert walk.do(BeginCopy("o365-reversal")).log[-1].get("item") == "jira"
    walk.answer("jira-result", "returned")
    assert walk.do(BeginCopy("o365-reversal")).log[-1].get("item") == "jira-again"


def test_only_what_was_begun_is_recorded_as_copied_and_only_once(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2).sent()
    begun = walk.do(BeginCopy("o365-reversal", ("DNS",), ONE)).log[-1]
    walk.refused(RecordCopy(walk.case.log[0].id), "was not begun here")
    walk.refused(RecordCopy("no-such-event"), "was not begun here")
    copied = walk.do(RecordCopy(begun.id, "the system's clipboard"), RecordCopy(begun.id, "once more")).log[-1]
    assert [event.what for event in walk.case.log].count("copied") == 1
    assert (copied.get("template"), copied.get("missing"), copied.get("how")) == (
        "o365-reversal", ["DNS"], "the system's clipboard",
    )  # fmt: skip


def test_a_copy_that_was_begun_in_time_is_recorded_even_when_the_client_was_not_the_client(home: Path) -> None:
    """The clipboard was written, and that can be said; no other copy is begun."""
    walk = Walk(service_at(home)).ordered(2).sent()
    begun = walk.do(BeginCopy("o365-reversal")).log[-1].id
    walk.do(Revoke("the wrong person"))
    walk.do(RecordCopy(begun, "the system's clipboard"))
    assert walk.case.copied()
    walk.refused(BeginCopy("o365-reversal"), "authenticated client")


# -- closing
def test_what_is_open_is_not_opened_again(home: Path) -> None:
    Walk(service_at(home)).refused(Reopen(), "The case is open")


def test_what_leaves_nothing_running_is_not_told_to_run(home: Path, tmp_path: Path) -> None:
    silent = ("        leaves: OX-Mail is still running and billed\n", "")
    walk = Walk(service_at(home, playbook=changed(tmp_path, "scenarios/2-wants-office-365-back.yaml", silent))).plan(2)
    assert walk.do(Close("unreachable")).log[-1].get("left") == []


def test_what_was_ended_already_is_not_left_running(home: Path) -> None:
    walk = Walk(service_at(home)).plan(2)
    walk.answer("ox-running", "cancelled")
    assert walk.do(Close("unreachable")).log[-1].get("left") == []


# -- what the shipped article asks with an answer, and takes back
def test_what_comes_back_says_why_and_numbers_have_their_form() -> None:
    scenarios = shipped().procedure.scenarios.items()
    asks = {
        (number, item.id, answer.id)
        for number, s in scenarios
        for item in s.items()
        for answer in item.answers
        if answer.asks
    }
    assert asks == {
        (1, "order-completed", "refused"), (1, "essentials-running", "cancelled"),
        (2, "ox-running", "cancelled"), (2, "order-completed", "refused"), (2, "licence", "another"),
        (2, "devices", "not-yet"), (2, "jira-result", "returned"), (2, "jira-result", "refused"),
        (2, "rescue", "moved-back"), (2, "sme-decides", "stays"), (3, "dns-ox", "no"), (3, "result", "returned"),
        (3, "result", "refused"), (3, "sme-decides", "stays"), (3, "client-confirms", "no"),
    }  # fmt: skip
    forms = {
        (number, item.id, v.pattern, v.required)
        for number, s in scenarios
        for item in s.items()
        for v in item.values
        if v.pattern
    }
    assert forms == {
        (1, "salesforce-reason", "salesforce", False), (2, "jira", "jira", True), (2, "jira-again", "jira", False),
        (3, "sme-case", "salesforce", True),
    }  # fmt: skip


def test_what_is_done_anew_asks_for_its_result_again() -> None:
    found = {
        (number, item.id, item.anew, name)
        for number, scenario in shipped().procedure.scenarios.items()
        for item in scenario.items()
        for name in item.reopens
    }
    assert found == {
        (1, "order-again", "order", "order-completed"), (2, "order-again", "order", "order-completed"),
        (2, "jira-again", "jira", "jira-result"), (2, "jira-again", "jira", "client-confirms"),
        (2, "fix-mail", "", "client-confirms"),
        (3, "again", "sme-case", "result"), (3, "again", "sme-case", "client-confirms"),
        (3, "look-again", "", "solved"), (3, "look-again", "", "client-confirms"),
    }  # fmt: skip


# -- through what
@pytest.mark.parametrize(
    ("scenario", "now", "new", "open_"),
    [
        (1, "monthly", "monthly", ("client console", "SalesDB")),
        (1, "yearly", "yearly", ("SalesDB",)),
        (1, "monthly", "yearly", ("SalesDB",)),
        (2, "monthly", "monthly", ("client console", "SalesDB")),
        (2, "yearly", "monthly", ("SalesDB",)),
    ],
)
def test_an_order_goes_where_its_billing_lets_it(
    home: Path, scenario: int, now: str, new: str, open_: tuple[str, ...]
) -> None:
    walk = Walk(service_at(home)).plan(scenario, now, new)
    walk.tick("tell-team" if scenario == 1 else "sme")
    if now == "yearly":
        walk.quote()
    item = walk.item("order")
    assert walk.case.ways(item) == open_
    for way in item.through:
        if way not in open_:
            walk.refused(walk.ticking("order", through=way), f"not through {way} here", open_[0])
    walk.tick("order", through=open_[-1])


def test_a_ticket_that_is_ticked_and_was_never_copied_says_what_it_lacks(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE[:2]).ordered(2).sent()
    jira = walk.item("jira")
    missing = len(walk.service.filled(walk.case, "o365-reversal").missing)
    assert missing > 1 and never_copied(walk.case, jira) == f"template never copied, {missing} lines missing"
    assert never_copied(walk.case, walk.item("order")) == ""
    walk.do(BeginCopy("o365-reversal"))
    walk.do(RecordCopy(walk.case.log[-1].id))
    assert never_copied(walk.case, jira) == ""
