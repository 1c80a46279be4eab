"""The two steps of a cancellation, whose they are, and that what was ended is a fact (rules 9 and 13)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall, Revoke
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.details import ChangeDomain, SetDetails
from oxtui.cases.commands.killers import AlreadyDone, Cancel, Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, TakeBack
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import KeepEvidence, Note
from oxtui.cases.confirmation import dns_locks, rows
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.reasons import ended_before
from oxtui.cases.status import State
from oxtui.errors import Refusal
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, THREE, FakeClock, Walk, service_at

TWO = THREE[:2]
KILLER = "cancel-ox-mail"


def ready(home: Path) -> Walk:
    return Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).back()


def pane(walk: Walk, agent: str) -> Walk:
    return walk.other(service_at(walk.service.places.home, agent, walk.service.clock))


# -- the first step
def test_the_first_step_is_recorded_with_what_was_shown_and_by_whom(home: Path) -> None:
    walk = ready(home)
    walk.do(Clear(KILLER, ("2 mailboxes", "2 of 2: anna\x07 today")))
    ((item, event),) = walk.case.cleared
    assert (item.id, event.agent, event.get("mailboxes")) == (KILLER, "anna", list(TWO))
    assert event.get("shown") == ["2 mailboxes", "2 of 2: anna today"], "nothing that a terminal obeys"
    assert walk.state(KILLER) is State.TODO and "cancelled" in walk.case.next_text()


def test_a_case_that_is_cleared_says_so_in_every_pane_until_it_is_answered(home: Path) -> None:
    walk = ready(home)
    walk.do(Clear(KILLER))
    for other in (pane(walk, "ben"), pane(walk, "anna")):
        assert other.case.cleared
        other.refused(Close("complete"), "Was it cancelled")
        other.refused(Close("unreachable"), "Was it cancelled")
    walk.do(EndCall())
    assert walk.case.cleared, "the end of the conversation answers nothing"
    pane(walk, "ben").do(NotYet(KILLER))
    assert not walk.case.cleared
    walk.refused(Cancel(KILLER), "was not cleared")
    walk.refused(NotYet(KILLER), "was not cleared")


def test_no_other_scenario_hides_the_question(home: Path) -> None:
    walk = ready(home)
    walk.do(Clear(KILLER))
    walk.refused(Choose(3), "Was it cancelled")
    walk.do(NotYet(KILLER), Choose(3))


# -- the second
CHANGES: dict[str, Callable[[Walk], object]] = {
    "a witness was looked at anew": lambda w: w.answer("dns-office-365", "yes"),
    "one mailbox of a witness": lambda w: w.take_back("devices", TWO[0]),
    "something deeper down changed": lambda w: w.answer("order-completed", "refused"),
    "a mailbox came": lambda w: w.do(SetMailboxes(f"late@{DOMAIN}")),
    "a mailbox went": lambda w: w.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"})),
    "the domain changed": lambda w: w.do(ChangeDomain("other.com.au")),
    "the authentication was taken back": lambda w: w.do(Revoke("the wrong person")),
    "DNS has answered": lambda w: w.do(KeepEvidence(evidence_data(DOMAIN, "other"))),
    "MX is at OX-Mail": lambda w: w.do(KeepEvidence(evidence_data(DOMAIN, "ox-mail"))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_second_step_is_refused_for_what_changed_and_offers_that_it_was_cancelled(home: Path, name: str) -> None:
    walk = ready(home)
    walk.do(Clear(KILLER))
    ben = pane(walk, "ben")
    ben.do(BeginCall("back-office"))
    CHANGES[name](ben)
    with pytest.raises(Refusal) as caught:
        walk.service.change(walk.id, Cancel(KILLER))
    assert "already" in caught.value.offers
    walk.do(AlreadyDone(KILLER, "anna", "10:46"))
    assert walk.case.marks("ox-running")[""].told == "anna, 10:46"


BESIDE: dict[str, Callable[[Walk], object]] = {
    "a note": lambda w: w.do(Note("still here")),
    "a phone number": lambda w: w.do(SetDetails({"phone": "1"})),
    "evidence that says the same": lambda w: w.do(KeepEvidence(evidence_data(DOMAIN, "office365"))),
    "what is not below it": lambda w: w.tick("chat-follow-up"),
    "the end of the conversation": lambda w: w.do(EndCall()),
}


@pytest.mark.parametrize("name", BESIDE)
def test_and_for_nothing_else(home: Path, name: str) -> None:
    walk = ready(home)
    walk.do(Clear(KILLER))
    BESIDE[name](walk)
    walk.do(Cancel(KILLER))
    assert walk.state(KILLER) is State.DONE


def test_another_agents_second_step_counts_as_by_word_of_the_clearer(home: Path) -> None:
    walk = ready(home)
    walk.do(Clear(KILLER))
    ben = pane(walk, "ben")
    ben.refused(Cancel(KILLER), "Saying so for anna needs")
    ben.do(BeginCall("back-office"), Cancel(KILLER))
    mark = walk.case.marks(KILLER)[""]
    event = walk.case.event(mark.event)
    assert event and event.agent == "ben" and event.get("word")["who"] == "anna"
    assert mark.word == "anna"
    own = ready(home / "own")
    own.cancel(KILLER)
    assert own.case.marks(KILLER)[""].word == ""


# -- already cancelled
def test_that_it_was_cancelled_already_needs_no_conversation(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.do(EndCall())
    with pytest.raises(Refusal) as caught:
        walk.service.change(walk.id, Clear(KILLER))
    assert "already" in caught.value.offers
    with pytest.raises(Exception, match="By whom"):
        walk.do(AlreadyDone(KILLER, "  "))
    walk.do(AlreadyDone(KILLER, "the client", "yesterday"))
    assert walk.case.marks("ox-running")[""].value == ("cancelled",)
    assert walk.state("rescue") is State.TODO and walk.state(KILLER) is State.NOT_APPLICABLE
    assert "ox-mail-gone" in [nb.id for nb in lasting(walk.case)]


def test_it_never_closes_as_complete_without_the_witnesses(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.do(AlreadyDone(KILLER, "the client", "yesterday"))
    walk.answer("rescue", "not-needed")
    walk.tick("ox-billing")
    walk.answer("order-completed", "completed")
    walk.answer("dns-office-365", "yes")
    walk.answer("devices", "connected")
    walk.refused(Close("complete"), "the client's word")
    walk.answer("client-confirms", "works")
    walk.close()
    assert walk.closed_as("complete")


def test_what_is_done_here_was_not_cancelled_before_and_what_has_no_question_cannot_say_it(home: Path) -> None:
    walk = ready(home)
    walk.refused(AlreadyDone("jira-again", "Ben"), "Nothing asks whether")
    walk.cancel(KILLER)
    walk.refused(AlreadyDone(KILLER, "Ben"), "is done already")
    three = Walk(service_at(home / "three")).begin(3)
    three.refused(AlreadyDone(KILLER, "Ben"), "has no item")


# -- a fact
LEARNT: dict[str, Callable[[Walk], object]] = {
    "the client's word taken back": lambda w: w.take_back("client-confirms"),
    "the JIRA came back after all": lambda w: w.answer("jira-result", "returned"),
    "a mailbox came late": lambda w: w.do(SetMailboxes(f"late@{DOMAIN}")),
    "DNS differs": lambda w: w.do(KeepEvidence(evidence_data(DOMAIN, "ox-mail"))),
    "the authentication was taken back": lambda w: w.do(Revoke(), BeginCall("client")),
    "the domain changed": lambda w: w.do(ChangeDomain("other.com.au"), BeginCall("client")),
    "it is a week later": lambda w: w.service.clock.pass_(days=8),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("name", LEARNT)
def test_what_was_ended_stays_ended_whatever_is_learnt(home: Path, name: str) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    LEARNT[name](walk)
    assert walk.state(KILLER) is State.DONE
    walk.refused(Clear(KILLER), "is done already")


@pytest.mark.parametrize("learnt", ["a mailbox was not moved", "the order was refused after all"])
def test_it_passes_no_doubt_on(home: Path, learnt: str) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(1).swapped()
    walk.answer("essentials-running", "running")
    walk.cancel("cancel-essentials")
    walk.tick("essentials-billing")
    if learnt == "a mailbox was not moved":
        walk.take_back("accounts-swapped", TWO[0])
    else:
        walk.answer("order-completed", "refused")
    assert walk.states("cancel-essentials", "essentials-billing") == [State.DONE] * 2
    walk.answer("csp", "gone")
    assert walk.state("csp") is State.DONE, "what rests on it goes on"


def test_its_witnesses_do_not_age_any_more(home: Path) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    assert isinstance(walk.service.clock, FakeClock)
    walk.service.clock.pass_(days=30)
    assert walk.state("client-confirms") is State.DONE


def test_what_is_learnt_later_is_told_in_red_until_it_is_settled(home: Path) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    assert not [nb for nb in lasting(walk.case) if nb.id == f"ended-{KILLER}"]
    walk.take_back("client-confirms", TWO[0])
    (nb,) = [nb for nb in lasting(walk.case) if nb.id == f"ended-{KILLER}"]
    assert nb.danger and "before this was known: the client's word" in nb.text
    assert walk.case.status(KILLER).no_longer_so == ("client-confirms",)
    walk.answer("client-confirms", "works", mailboxes=TWO[:1])
    assert not [nb for nb in lasting(walk.case) if nb.id == f"ended-{KILLER}"]


def test_what_comes_back_after_a_service_was_ended_is_said_in_its_own_row(home: Path) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    assert not walk.case.status(KILLER).no_longer_so
    walk.answer("jira-result", "returned", mailboxes=TWO[:1], told="not named")
    assert walk.state(KILLER) is State.DONE
    said = ended_before(walk.case, walk.case.status(KILLER))
    assert said == "before this was known: the JIRA result, the client's word"
    (nb,) = [nb for nb in lasting(walk.case) if nb.id == f"ended-{KILLER}"]
    assert nb.text.endswith(said) and nb.text in wrap_up(walk.case, walk.service.clock)


def test_a_mailbox_that_comes_after_a_service_was_ended_is_said_in_its_row(home: Path) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    walk.do(SetMailboxes(f"late@{DOMAIN}"), Cover(covered=True))
    assert "client-confirms" in walk.case.status(KILLER).no_longer_so


# -- the rows that are read
def locking(walk: Walk) -> list[str]:
    killer = walk.item(KILLER)
    return [row.plain().partition(" (")[0] for row in rows(walk.case, killer) if row.locks]


def test_a_row_says_whether_it_keeps_the_service_locked(home: Path) -> None:
    walk = ready(home)
    assert locking(walk) == [] and len(rows(walk.case, walk.item(KILLER))) > 3
    walk.answer("jira-result", "returned", mailboxes=TWO[:1], told="not named")
    assert locking(walk) == [
        "JIRA result, anna@: returned: not named",
        "Mail in Office 365, the client says, anna@: works",
    ]


def test_a_row_that_dns_speaks_against_keeps_it_locked(home: Path) -> None:
    walk = ready(home)
    assert not dns_locks(walk.case, walk.item(KILLER))
    walk.do(KeepEvidence(evidence_data(DOMAIN, "ox-mail")))
    walk.answer("dns-office-365", "yes")
    assert dns_locks(walk.case, walk.item(KILLER))
    walk.do(KeepEvidence(evidence_data(DOMAIN, "office365")))
    assert not dns_locks(walk.case, walk.item(KILLER)) and locking(walk) == []


def test_an_answer_that_locks_it_has_a_row(home: Path) -> None:
    walk = ready(home)
    walk.answer("mx", "ox-mail")
    walk.settle("jira", "1")
    assert locking(walk) == ["DNS and MX point to Office 365: yes", "MX now: OX-Mail"]


def test_a_mailbox_left_out_and_still_served_keeps_it_locked(home: Path) -> None:
    walk = ready(home)
    walk.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "not-part"}))
    assert locking(walk) == [f"Left out: {TWO[1]}: not part of this case"]
    walk.do(SetMailboxes(known={TWO[1]: {"ox-mail": "no"}}))
    assert locking(walk) == []


# -- a witness
def test_a_witness_is_not_answered_well_past_what_it_waits_for_and_badly_at_any_time(home: Path) -> None:
    walk = ready(home)
    walk.answer("jira-result", "refused", mailboxes=TWO[:1])
    walk.answer("webmail", "could-not", mailboxes=TWO[:1])
    assert walk.case.status("jira").by[TWO[0]] is State.OUT_THERE
    good = AnswerIt("jira-result", ("completed",), TWO[:1])
    walk.refused(good, "locked", "the JIRA was done on other terms")
    walk.answer("jira-result", "returned", mailboxes=TWO[:1])
    walk.answer("jira-result", "refused", mailboxes=TWO[:1])
    walk.settle("jira", "1", TWO[0])
    walk.do(good)


# -- no other way to it
def test_neither_skipped_nor_put_off_nor_answered_nor_kept_from_another_scenario(home: Path) -> None:
    walk = ready(home)
    walk.refused(Skip(KILLER, "why"), "cannot be skipped")
    walk.refused(Defer(KILLER, "2026-11-30"), "cannot be put off")
    walk.refused(AnswerIt(KILLER, ("yes",)), "is not a question")
    walk.refused(walk.ticking(KILLER), "two steps")
    walk.do(Clear(KILLER))
    walk.refused(walk.ticking(KILLER), "two steps")
    walk.do(NotYet(KILLER), Choose(3), Choose(2))
    walk.refused(Clear(KILLER), "locked")


def test_taken_back_it_is_open_again_and_waits_as_before(home: Path) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    walk.do(TakeBack(KILLER))
    assert walk.state(KILLER) is State.TODO and not walk.case.cleared
    walk.refused(Cancel(KILLER), "was not cleared")


def test_a_template_says_that_the_service_was_ended_however_the_question_was_answered_before(home: Path) -> None:
    walk = ready(home)

    def said() -> set[str]:
        filled = walk.service.filled(walk.case, "o365-reversal")
        return {line.value for line in filled.lines if line.line.key == "was-ox-mail-cancelled"}

    assert said() == {"No"}
    walk.do(Clear(KILLER))
    assert said() == {"No"}, "it was only cleared"
    walk.do(Cancel(KILLER))
    walk.answer("jira-result", "returned", mailboxes=TWO[:1], told="not named")
    assert said() == {"Yes"}
    walk.do(TakeBack(KILLER))
    assert said() == {"No"}
