"""Checks that no way through a scenario runs into: each would be missed by nothing else if it were gone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from oxtui.cases.commands import AnswerIt, PutQuote, Skip, Tick
from oxtui.cases.conduct import BeginCall, Choose, Close, RecordCopy, Reopen, SetLine, SetMailboxes
from oxtui.cases.templates import fill
from oxtui.errors import WrongUse
from oxtui.playbook.load import Playbook, load
from oxtui.playbook.model import Line, Template
from oxtui.playbook.progress import State
from tests.drive.case import ONE, Walk, changed, service_at, shipped

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
    walk.refused(RecordCopy("o365-reversal"), "does not belong to the case's scenario")
    walk.do(Choose(2))
    walk.refused(Tick("no-such-item"), "has no item 'no-such-item'")


# -- skipping
def test_what_is_locked_is_not_skipped(home: Path) -> None:
    """Otherwise all that waits for it would be open, though nobody ever came to it."""
    walk = Walk(service_at(home)).plan(2)
    assert walk.state("order-again") is State.LOCKED and walk.state("jira") is State.LOCKED
    walk.refused(Skip("jira", "no time"), "is locked", "first: ")
    walk.refused(Skip("order-again", "no time"), "is locked")


# -- values and answers
def test_a_date_and_a_text_are_not_just_anything(home: Path) -> None:
    walk = Walk(service_at(home, playbook=fibre())).begin(1)
    for name, value in (("adsl-running", "running"), ("billed-now", "monthly"), ("speed", "fibre-50")):
        walk.answer(name, value)
    walk.answer("billed-next", "monthly")
    walk.answer("fixed-ip", "no")
    given = {"service": "FIB00412207", "visit": "some day"}
    walk.refused(Tick("order", (), given, "Network service"), "is not a date", error=WrongUse)
    walk.do(Tick("order", (), given | {"visit": "2026-11-26"}, "Network service"))
    walk.answer("fibre-state", "active")
    for nothing in ((), ("",), ("  ",)):
        walk.refused(AnswerIt("speed-test", nothing), "needs a value", error=WrongUse)
    assert walk.answer("speed-test", "48 / 19").record("speed-test").marks[""].value == ("48 / 19",)
    lines = (Line("speed", "Speed", "item", ref="speed-test"),)
    assert fill(walk.case, Template("made-up", "Made up", "nobody", lines)).lines[0].value == "48 / 19"


def test_no_answer_at_all_is_none(home: Path) -> None:
    walk = Walk(service_at(home)).begin(3)
    walk.refused(AnswerIt("issue", ()), "is not answered by that", error=WrongUse)


def test_what_one_of_several_answers_asks_is_asked(home: Path, tmp_path: Path) -> None:
    asking = ("other: other trouble", 'other: {text: other trouble, asks: "Which trouble?"}')
    walk = Walk(service_at(home, playbook=changed(tmp_path, "scenarios/3-keeps-ox-mail.yaml", asking))).begin(3)
    both = ("missing-mail", "other")
    walk.refused(AnswerIt("issue", both), "Which trouble?", error=WrongUse)
    assert walk.do(AnswerIt("issue", both, told="the calendar")).record("issue").marks[""].value == both


# -- a quote whose terms are not asked for first
@pytest.mark.parametrize("known", ["billed-now", "billed-next"])
def test_a_quote_is_held_against_the_terms_that_are_known(home: Path, tmp_path: Path, known: str) -> None:
    early = (
        "        after: [billed-now, billed-next, licence]\n        uses: [billed-now, billed-next, licence]\n",
        "        after: [licence]\n        uses: [billed-now, billed-next, licence]\n",
    )
    playbook = changed(tmp_path, "scenarios/1-does-not-want-ox-mail.yaml", early)
    walk = Walk(service_at(home, playbook=playbook)).begin(1)
    walk.answer("licence", "business-basic")
    walk.answer("billed-now", "yearly")
    walk.answer("billed-next", "yearly")
    quote = walk.quoted()
    for _ in range(2):
        walk.service.undo(walk.id)
    walk.answer(known, "yearly")
    assert PutQuote(quote).drafts(walk.case)[0][0] == "quote"


# -- mailboxes and template lines
def test_a_mailbox_is_added_once_and_told_to_be_on_ox_mail_or_not(home: Path) -> None:
    walk = Walk(service_at(home))
    before = len(walk.case.log)
    assert len(walk.do(SetMailboxes(ONE[0])).log) == before
    assert [box.ox for box in walk.do(SetMailboxes(ox={ONE[0]: "no"})).mailboxes] == ["no"]
    assert len(walk.do(SetMailboxes(ox={ONE[0]: "no", "else@where.example": "yes"})).log) == before + 1
    walk.refused(SetMailboxes(ox={ONE[0]: "perhaps"}), "yes, no or unknown", error=WrongUse)
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


# -- copies
def test_what_does_not_apply_or_has_to_be_taken_back_is_not_copied(home: Path) -> None:
    walk = Walk(service_at(home)).checked("missing-mail", solved="yes")
    walk.refused(RecordCopy("ox-mail-resync"), "does not apply here")
    walk.answer("solved", "no")
    walk.answer("ns", "with-us")
    walk.do(RecordCopy("ox-mail-resync"))
    walk.tick("sme-case")
    walk.answer("solved", "yes")
    assert walk.state("sme-case") is State.UNWIND
    walk.refused(RecordCopy("ox-mail-resync"), "The copy waits")


def test_a_copy_is_recorded_with_the_item_it_was_made_for(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.refused(RecordCopy("o365-reversal"), "The copy waits", "Raise a JIRA")
    walk.sent()
    assert walk.do(RecordCopy("o365-reversal")).log[-1].get("item") == "jira"
    walk.answer("jira-result", "returned")
    assert walk.do(RecordCopy("o365-reversal")).log[-1].get("item") == "jira-again"


# -- closing
def test_what_is_open_is_not_opened_again(home: Path) -> None:
    Walk(service_at(home)).refused(Reopen(), "The case is open")


def test_what_leaves_nothing_running_is_not_told_to_run(home: Path, tmp_path: Path) -> None:
    silent = ("        leaves: OX-Mail is still running and billed\n", "")
    walk = Walk(service_at(home, playbook=changed(tmp_path, "scenarios/2-wants-office-365-back.yaml", silent))).plan(2)
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
        (1, "order-completed", "refused"), (2, "order-completed", "refused"), (2, "licence", "another"),
        (2, "jira-result", "returned"), (2, "jira-result", "refused"), (2, "sme-decides", "stays"),
        (3, "dns-ox", "no"), (3, "result", "returned"), (3, "result", "refused"), (3, "sme-decides", "stays"),
    }  # fmt: skip
    forms = {
        (number, item.id, v.pattern, v.required)
        for number, s in scenarios
        for item in s.items()
        for v in item.values
        if v.pattern
    }
    assert forms == {
        (1, "salesforce-reason", "salesforce", False), (2, "jira", "jira", True), (3, "sme-case", "salesforce", True),
    }  # fmt: skip


def test_what_is_sent_again_asks_for_its_result_again() -> None:
    found = set()
    for number, scenario in shipped().procedure.scenarios.items():
        for item in scenario.items():
            found |= {(number, item.id, "", name) for name in item.reopens}
            found |= {(number, item.id, answer.id, name) for answer in item.answers for name in answer.reopens}
    assert found == {
        (1, "order-again", "", "order-completed"), (2, "order-again", "", "order-completed"),
        (2, "jira-again", "", "jira-result"), (2, "sme-decides", "send-again", "jira-result"),
        (3, "again", "", "result"), (3, "sme-decides", "send-again", "result"),
    }  # fmt: skip


# -- through what
@pytest.mark.parametrize(
    ("scenario", "now", "new", "open_"),
    [
        (1, "monthly", "monthly", ("SalesDB", "client console")),
        (1, "yearly", "yearly", ("SalesDB",)),
        (1, "monthly", "yearly", ("SalesDB",)),
        (2, "monthly", "monthly", ("client console",)),
        (2, "yearly", "monthly", ("SalesDB",)),
    ],
)
def test_an_order_goes_where_its_billing_lets_it(
    home: Path, scenario: int, now: str, new: str, open_: tuple[str, ...]
) -> None:
    walk = Walk(service_at(home)).plan(scenario, now, new)
    if scenario == 1:
        walk.tick("tell-team")
    else:
        walk.tick("sme")
    if "yearly" in (now, new):
        walk.quote()
    item = walk.item("order")
    assert walk.case.ways(item) == open_
    for way in item.through:
        if way not in open_:
            walk.refused(walk.ticking("order", through=way), f"not through {way} here", open_[0])
    walk.tick("order", through=open_[-1])
