"""Typing the former value at once is an undo; what was typed with an item is corrected without loss."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.marks import AnswerIt, Word
from oxtui.cases.status import State
from oxtui.errors import OxtuiError, WrongUse
from tests.drive.case import THREE, FakeClock, Walk, service_at
from tests.service.test_undo import colleague, ready, stands, undo

TWO = THREE[:2]


# -- typing the former value at once
def test_typing_the_former_value_at_once_is_an_undo(home: Path) -> None:
    walk = ready(home)
    before = stands(walk.case)
    walk.answer("webmail", "could-not", mailboxes=TWO[1:])
    assert walk.state("jira") is State.OUT_THERE
    event = walk.answer("webmail", "works", mailboxes=TWO[1:]).log[-1]
    assert (event.what, event.get("typed")) == ("undone", True)
    assert stands(walk.case) == before


BETWEEN = {
    "something was marked": lambda walk: walk.answer("missing", "yes"),
    "another conversation": lambda walk: walk.do(EndCall(), BeginCall("client")),
    "a colleague marked what rests on it": lambda walk: colleague(walk).settle("jira", "1", TWO[1]),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_later_it_is_an_answer_like_any_other(home: Path, name: str) -> None:
    walk = ready(home)
    walk.answer("webmail", "could-not", mailboxes=TWO[1:])
    BETWEEN[name](walk)
    event = walk.answer("webmail", "works", mailboxes=TWO[1:]).log[-1]
    assert event.what == "answered"
    assert walk.state("jira") is State.OUT_THERE, "no earlier value returns by itself"


def test_without_a_conversation_nothing_is_typed_back(home: Path) -> None:
    walk = ready(home)
    walk.answer("webmail", "could-not")
    walk.do(EndCall())
    walk.refused(walk.answering("webmail", "works"), "needs an authenticated client")


def test_for_other_mailboxes_or_with_other_words_it_is_no_undo(home: Path) -> None:
    walk = ready(home)
    walk.answer("webmail", "could-not", mailboxes=TWO[1:])
    assert walk.answer("webmail", "works").log[-1].what == "answered"
    walk.answer("licence", "another", told="Business Standard")
    walk.answer("licence", "another", told="Business Premium")
    assert walk.answer("licence", "another", told="Business Basic").log[-1].what == "answered"
    undo(walk)
    assert walk.answer("licence", "another", told="Business Standard").log[-1].what == "undone"


def test_with_another_number_it_is_no_undo(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock())).plan(1)
    walk.answer("salesforce-reason", "set", values={"salesforce": "11111"})
    walk.answer("salesforce-reason", "no-case", values={})
    case = walk.answer("salesforce-reason", "set", values={"salesforce": "22222"})
    assert (case.log[-1].what, case.details.of("salesforce")) == ("answered", "22222")


@pytest.mark.parametrize("again", [{"salesforce": "11111"}, {}], ids=["the same number", "none"])
def test_with_the_same_number_or_none_it_is_one(home: Path, again: dict[str, str]) -> None:
    walk = Walk(service_at(home, clock=FakeClock())).plan(1)
    walk.answer("salesforce-reason", "set", values={"salesforce": "11111"})
    walk.answer("salesforce-reason", "no-case", values={})
    case = walk.answer("salesforce-reason", "set", values=again)
    assert (case.log[-1].what, case.details.of("salesforce")) == ("undone", "11111")


def test_by_word_of_a_colleague_it_is_no_undo(home: Path) -> None:
    walk = ready(home)
    walk.answer("webmail", "could-not")
    told = AnswerIt("webmail", ("works",), word=Word("Priya", "2026-11-22T10:46"))
    assert walk.do(told).log[-1].what == "answered"


@pytest.mark.parametrize(
    ("name", "other", "former"),
    [
        ("jira-result", "returned", "completed"),
        ("order-completed", "refused", "completed"),
        ("client-confirms", "old-mail-missing", "works"),
        ("dns-office-365", "no", "yes"),
        ("devices", "not-yet", "connected"),
    ],
)
def test_of_a_result_or_a_witness_it_is_never_an_undo(home: Path, name: str, other: str, former: str) -> None:
    walk = ready(home)
    walk.answer(name, other)
    event = walk.answer(name, former).log[-1]
    assert event.what == "answered", "there u is"
    assert {mark.event for mark in walk.case.marks(name).values()} == {event.id}, "it was looked at anew"


def test_within_the_hour_of_one_conversation_it_is_still_at_once(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock), mailboxes=TWO).back()
    walk.answer("webmail", "could-not")
    clock.frozen = clock.local() + timedelta(minutes=30)
    assert walk.answer("webmail", "works").log[-1].what == "undone"


def test_what_is_told_with_an_answer_is_part_of_it(home: Path) -> None:
    walk = ready(home)
    walk.answer("licence", "another", told="Business Standard")
    walk.settle("order", "1")
    assert walk.state("order") is State.DONE
    walk.answer("missing", "no")
    walk.answer("licence", "another", told="Business Premium")
    assert walk.state("order") is State.OUT_THERE, "it was ordered for the licence that was named"


# -- corrections of what was typed
def test_a_number_typed_wrong_is_corrected_and_nothing_is_lost(home: Path) -> None:
    walk = ready(home)
    before = walk.case
    walk.do(Correct("jira", {"jira": "HOST-4413"}))
    case = walk.case
    assert case.statuses == before.statuses and walk.state("cancel-ox-mail") is State.TODO
    mark = case.marks("jira")[TWO[0]]
    typed = case.typed_with(mark)
    assert typed and typed.get("values") == {"jira": "HOST-4413"} and case.details.of("jira") == "HOST-4413"
    assert mark.event == before.marks("jira")[TWO[0]].event, "it stands as it was marked"
    undo(walk)
    assert stands(walk.case) == stands(before)
    assert len(walk.do(Correct("jira", {"jira": "HOST-4412"})).log) == len(before.log) + 2, "nothing to correct"


def test_a_correction_keeps_the_other_values_and_is_checked_like_them(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).checked("missing-mail")
    walk.do(Correct("screenshots", {"ox-mail": "better.png"}))
    typed = walk.case.typed_with(walk.case.marks("screenshots")[""])
    assert typed and typed.get("values") == {"ox-mail": "better.png", "office-365": "o365.png"}
    walk.tick("sme-case")
    walk.refused(Correct("sme-case", {"salesforce": "x"}), "does not look like", error=OxtuiError)
    walk.do(Correct("sme-case", {"salesforce": "00999999"}, TWO[1:]))
    found = {box: walk.case.typed_with(mark) for box, mark in walk.case.marks("sme-case").items()}
    assert {box: event.get("values")["salesforce"] for box, event in found.items() if event} == {
        TWO[0]: "00123456", TWO[1]: "00999999",
    }  # fmt: skip


def test_looked_at_again_what_was_typed_stays_and_a_correction_too(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2).sent()
    walk.do(Correct("jira", {"jira": "HOST-4413"}))
    walk.take_back("dns-office-365")
    walk.answer("dns-office-365", "yes")
    assert walk.state("jira") is State.STALE
    walk.tick("jira", values={})
    typed = walk.case.typed_with(walk.case.marks("jira")[TWO[0]])
    assert typed and typed.get("values") == {"jira": "HOST-4413"}


def test_a_day_that_is_to_come_is_not_past(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1).swapped()
    past = walk.ticking("next-invoice", values={"date": "2026-11-21"})
    walk.refused(past, "Next invoice date: 21/11/2026 is past", error=WrongUse)
    walk.do(walk.ticking("next-invoice", values={"date": f"{walk.case.now:%Y-%m-%d}"}))
    assert walk.state("next-invoice") is State.DONE
