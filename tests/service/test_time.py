"""Conversations that lapse, cases that are closed and come back, and playbooks that pass."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Park, Revoke
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy
from oxtui.cases.commands.details import ChangeDomain, SetDetails
from oxtui.cases.commands.killers import Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Skip
from oxtui.cases.commands.scenarios import Choose, MovePlaybook
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import Note, Resume, SetHold
from oxtui.cases.status import State
from oxtui.errors import Negative, Refusal, WrongUse
from tests.drive.case import DOMAIN, ONE, THREE, FakeClock, Walk, changed, service_at, shipped


def timed(home: Path) -> tuple[Walk, FakeClock]:
    """A case in a call, and its clock."""
    clock = FakeClock()
    return Walk(service_at(home, clock=clock)).begin(1), clock


# -- conversations and time
def test_a_call_lapses_by_the_monotonic_clock_even_where_the_wall_clock_stands_still(home: Path) -> None:
    walk, clock = timed(home)
    clock.pass_(minutes=59, wall=False)
    assert walk.case.conversation.live
    clock.pass_(minutes=1, wall=False)
    assert walk.case.conversation.lapsed
    walk.refused(walk.answering("licence", "business-basic"), "lapsed", "authenticate again")
    walk.do(BeginCall("client"))
    walk.answer("licence", "business-basic")


def test_a_call_lapses_where_the_machine_slept(home: Path) -> None:
    walk, clock = timed(home)
    assert walk.case.conversation.live
    clock.pass_(minutes=61, monotonic=False)
    assert not walk.case.conversation.live


@pytest.mark.parametrize("written", [Note("called back"), SetDetails({"contact": "Lee"})])
def test_what_is_written_by_a_clock_that_was_put_back_ends_the_call_for_good(home: Path, written: Command) -> None:
    walk, clock = timed(home)
    clock.pass_(minutes=5)
    walk.answer("licence", "business-basic")
    clock.pass_(minutes=-3, monotonic=False)
    walk.do(written)
    clock.pass_(minutes=4)
    again = service_at(home, clock=clock).case(walk.id)
    assert not again.conversation.live


def test_a_clock_put_back_does_not_lengthen_a_call(home: Path) -> None:
    walk, clock = timed(home)
    assert walk.case.conversation.live
    clock.pass_(minutes=40)
    assert walk.service.reader.lapses_in(walk.case) == timedelta(minutes=20)
    clock.pass_(minutes=-30, monotonic=False)
    assert walk.service.reader.lapses_in(walk.case) == timedelta(minutes=20)
    clock.pass_(minutes=21, wall=False)
    assert not walk.case.conversation.live


def test_the_time_counts_from_the_last_event_of_the_conversation(home: Path) -> None:
    walk, clock = timed(home)
    for _ in range(3):
        clock.pass_(minutes=40)
        walk.do(BeginCall("client"))  # the client is still there
        assert walk.case.log[-1].what == "still-there"
    clock.pass_(minutes=40)
    walk.answer("billed-now", "monthly")
    clock.pass_(minutes=59)
    assert walk.case.conversation.live
    clock.pass_(minutes=1)
    assert walk.case.conversation.lapsed and walk.state("billed-now") is State.DONE
    walk.do(BeginCall("client"))
    assert walk.case.log[-1].what == "call", "what has lapsed is begun anew"


def test_what_another_agent_does_keeps_nobodys_call_alive(home: Path) -> None:
    walk, clock = timed(home)
    ben = walk.other(service_at(home, "ben", clock))
    clock.pass_(minutes=40)
    ben.do(Note("looked at it"), BeginCall("client"))
    clock.pass_(minutes=21)
    assert walk.case.conversation.lapsed and ben.case.conversation.live


def test_a_call_lapses_across_a_restart(home: Path) -> None:
    walk, clock = timed(home)
    clock.pass_(minutes=40)
    again = FakeClock(clock.local())
    walk = walk.other(service_at(home, clock=again))
    walk.answer("billed-now", "monthly")
    again.pass_(minutes=40)
    assert walk.case.conversation.live
    third = FakeClock(again.local())
    walk = walk.other(service_at(home, clock=third))
    third.pass_(minutes=20)
    assert walk.case.conversation.lapsed
    walk.refused(BeginCall("phone"), "not a kind of conversation", error=WrongUse)


def test_back_office_lapses_too(home: Path) -> None:
    walk, clock = timed(home)
    walk.do(EndCall(), BeginCall("back-office"))
    walk.answer("billed-now", "monthly")
    clock.pass_(minutes=60)
    walk.refused(walk.answering("licence", "business-basic"), "lapsed")


def test_a_parked_call_lapses_and_nothing_is_done_in_it(home: Path) -> None:
    walk, clock = timed(home)
    walk.do(Park())
    assert not walk.case.conversation.live and walk.case.conversation.parked
    walk.refused(walk.answering("billed-now", "monthly"), "parked", "a takes it up again")
    walk.refused(BeginCopy("i-dont-want-ox-mail"), "parked")
    before = len(walk.case.log)
    assert len(walk.do(Park()).log) == before, "it is parked already"
    walk.do(BeginCall("client"))
    assert walk.case.log[-1].what == "still-there"
    walk.answer("billed-now", "monthly")
    walk.do(Park())
    clock.pass_(minutes=61)
    walk.do(BeginCall("client"))
    assert walk.case.log[-1].what == "call", "it has lapsed while it was parked"


def test_a_case_that_nobody_changed_is_not_read_again_while_its_call_goes_on_or_once_it_is_over(home: Path) -> None:
    walk, clock = timed(home)
    assert walk.case.conversation.live and walk.case is walk.case
    clock.pass_(minutes=61)
    assert walk.case.conversation.lapsed and walk.case is walk.case


def test_what_never_needs_a_conversation(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(FailAuthentication("wrong PIN"), Note("will call back"), SetHold("the client", "2026-11-24"),
            SetDetails({"phone": "1"}), SetMailboxes(THREE[1]), Resume())  # fmt: skip
    assert walk.case.auth_failed
    walk.refused(SetHold("x", "soon"), "not a date", error=WrongUse)
    walk.refused(Note("  "), "empty", error=WrongUse)
    walk.close("not-authenticated")
    assert walk.closed_as("not-authenticated")


# -- a wait ends with its answer
def test_a_wait_ends_with_the_answer_for_the_last_mailbox(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(2).sent()
    walk.do(SetHold("Platform Support", "2026-11-30", on="jira-result"), BeginCall("client"))
    walk.answer("jira-result", "completed", mailboxes=THREE[:1])
    assert walk.case.hold, "two are still out"
    walk.answer("jira-result", "returned", mailboxes=THREE[1:], told="needs the password")
    assert walk.case.hold is None and walk.case.standing_word() == "in hand"


def test_undoing_the_answer_gives_the_wait_back(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).ordered(2).sent()
    walk.do(SetHold("Platform Support", "2026-11-30", "copy runs", on="jira-result"), BeginCall("client"))
    before = walk.case.hold
    walk.answer("jira-result", "completed")
    walk.do(UndoIt(walk.case.log[-1].id))
    assert walk.case.hold == before


def test_not_yet_and_what_is_answered_beside_it_end_no_wait(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.do(SetHold("the order", "2026-11-30", on="order-completed"), BeginCall("client"))
    walk.answer("spamexperts", "yes")
    walk.answer("order-completed", "not-yet")
    assert walk.case.hold
    walk.answer("order-completed", "completed")
    assert walk.case.hold is None


# -- how old a witness may be
def test_a_witness_is_as_old_as_now_or_the_newest_event_says_whichever_is_later(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).back()
    clock.pass_(days=5)
    assert walk.state("client-confirms") is State.DONE
    ahead = FakeClock(clock.local() + timedelta(minutes=1))
    walk.other(service_at(home, "ben", ahead)).do(Note("it is later than you think"))
    status = walk.case.status("client-confirms")
    assert (status.state, status.because) == (State.STALE, "age")
    assert walk.states("jira-result", "devices", "dns-office-365") == [State.DONE] * 3, "only it"
    clock.pass_(minutes=1)
    walk.do(BeginCall("client"))
    walk.answer("client-confirms", "works")
    assert walk.state("client-confirms") is State.DONE


# -- authentications
def test_an_authentication_that_was_taken_back_is_not_taken_back_for_another(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    first = walk.case.auth_event
    wrong = walk.do(EndCall(), BeginCall("client")).auth_event
    assert first and wrong and wrong.id != first.id
    for _ in range(2):
        walk.do(Revoke("typed by accident", wrong.id))
        assert walk.case.auth_event and walk.case.auth_event.id == first.id
    assert [event.what for event in walk.case.log].count("revoked") == 1
    assert walk.states("licence", "order") == [State.DONE] * 2, "they rest on the first"


def test_each_takes_back_the_authentication_of_their_own_call(home: Path) -> None:
    anna = Walk(service_at(home)).ordered(1)
    mine = anna.case.auth_event
    ben = anna.other(service_at(home, "ben"))
    ben.do(BeginCall("client"))
    ben.answer("order-completed", "completed")
    assert mine and anna.case.own_auth == mine and ben.case.own_auth != mine
    anna.do(Revoke("another person"))
    assert not anna.case.conversation.live and ben.case.conversation.live
    assert anna.states("licence", "order") == [State.STALE] * 2 and anna.case.marks("order-completed")[""].stale == ""
    ben.do(Revoke("seen by Anna, taken back by Ben", mine.id))
    assert [event.what for event in anna.case.log].count("revoked") == 1


def test_revoking_makes_all_stale_and_doing_it_again_fresh(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    walk.do(Revoke("another person called"))
    assert walk.states("licence", "tell-team", "order") == [State.STALE] * 3
    assert walk.case.status("order").because == "authentication"
    walk.refused(Revoke(), "no authentication")
    walk.do(BeginCall("client"))
    for name in ("billed-now", "licence", "billed-next"):
        walk.answer(name, *walk.case.marks(name)[""].value)
    walk.tick("tell-team")
    walk.answer("salesforce-reason", "set")
    walk.tick("order")
    assert walk.states("licence", "tell-team", "order") == [State.DONE] * 3


def test_a_skip_is_to_be_looked_at_again_only_with_the_authentication_it_rested_on(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.do(Skip("salesforce-reason", "no case yet"), EndCall())
    walk.do(BeginCall("client"), Revoke("wrong person"))
    assert walk.state("salesforce-reason") is State.SKIPPED
    walk.do(Revoke("that one as well"))
    assert walk.state("salesforce-reason") is State.STALE


def test_taking_it_back_reaches_what_was_done_in_the_back_office_whoever_did_it(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    ben = walk.other(service_at(home, "ben"))
    ben.do(BeginCall("back-office"))
    ben.tick("tell-team")
    walk.do(Revoke("the wrong client"))
    assert walk.states("billed-now", "tell-team") == [State.STALE] * 2
    assert not ben.case.conversation.live, "back office needs an authentication that stands"
    ben.refused(BeginCall("back-office"), "never authenticated")


def test_what_was_kept_from_another_scenario_rests_on_an_authentication_too(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    walk.do(Choose(2, keep=("order",)))
    walk.answer("ox-running", "running")
    walk.do(Revoke("the wrong person"))
    status = walk.case.status("order")
    assert (status.state, status.because) == (State.STALE, "authentication")


def test_a_mistyped_domain_is_put_right_in_the_conversation_it_was_typed_in(home: Path) -> None:
    walk, clock = timed(home)
    ben = walk.other(service_at(home, "ben", clock))
    ben.refused(ChangeDomain("example.com.au", same_client=True))
    walk.do(ChangeDomain("example.com.au", same_client=True))
    assert walk.case.conversation.live and walk.case.domain == "example.com.au"
    walk.do(EndCall())
    walk.refused(ChangeDomain(DOMAIN, same_client=True))
    fresh = Walk(service_at(home))
    fresh.do(ChangeDomain("example.com.au", same_client=True))
    assert fresh.case.domain == "example.com.au", "before anybody was on the line nothing rests on it"


def test_another_domain_in_a_later_conversation_is_another_clients(home: Path) -> None:
    walk = Walk(service_at(home)).begin(2)
    walk.do(EndCall(), BeginCall("client"))
    walk.refused(ChangeDomain("example.com.au", same_client=True), "Something was done")
    walk.do(ChangeDomain("example.com.au"))
    assert not walk.case.authenticated


# -- closing
def test_every_ending_and_what_it_asks(home: Path) -> None:
    def fresh(name: str) -> Walk:
        return Walk(service_at(home / name))

    for ending in ("handed-over", "out-of-scope"):
        walk = fresh(ending)
        walk.refused(Close(ending, " "), "?", error=WrongUse)
        walk.close(ending, "Ben")
        assert walk.closed_as(ending)
    for ending in ("not-authenticated", "unreachable", "nothing-to-do", "mistake"):
        walk = fresh(ending)
        walk.close(ending)
        assert walk.closed_as(ending)
    walk = fresh("ordered").ordered(1)
    walk.refused(Close("not-authenticated"), "was authenticated")
    walk.refused(Close("nothing-to-do"), "A scenario was chosen")
    walk.refused(Close("mistake"), "Something was done")
    walk.refused(Close("complete"), "still open", "more")
    for name in ("tell-team", "order"):  # it was placed, whatever became of it
        walk.take_back(name)
    walk.refused(Close("mistake"), "Something was done")
    walk.refused(ChangeDomain("example.com.au", same_client=True), "already")
    walk.refused(Close("perfect"), "no ending", error=WrongUse)
    copied = fresh("copied").begin(1)
    copied.do(BeginCopy("i-dont-want-ox-mail"))
    copied.refused(Close("mistake"), "Something was done")


@pytest.mark.parametrize(
    ("ending", "decided"),
    [
        ("stays-on-ox-mail", {"jira-result": "refused", "sme-decides": "stays"}),
        ("old-mail-lost", {"jira-result": "refused", "sme-decides": "lost", "client-confirms": "works-lost"}),
    ],
)
def test_an_ending_by_a_decision_wants_that_decision(home: Path, ending: str, decided: dict[str, str]) -> None:
    walk = Walk(service_at(home)).ordered(2).sent()
    walk.refused(Close(ending, "the SME"), "do not lead to this ending")
    for name, value in decided.items():
        walk.answer(name, value)
    walk.refused(Close("complete"), error=Refusal)
    walk.close(ending, "the SME")
    assert walk.closed_as(ending)


def test_a_case_that_is_closed_takes_nothing_and_reopens_with_nobody_on_the_line(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    before = walk.case
    closed = walk.close("handed-over", "Ben")
    assert closed.log[-1].get("left") == ["Microsoft 365 - Email Essentials is still running and billed"]
    with pytest.raises(Negative, match="no longer open"):
        walk.service.change(walk.id, Note("too late"))
    with pytest.raises(Refusal, match="closed"):
        walk.service.would_change(closed, BeginCall("client"))
    assert [row["id"] for row in walk.service.store.archive.by_domain(DOMAIN)] == [walk.id]
    case = walk.service.reopen(walk.id)
    assert not case.closed and not case.conversation.live and case.conversation.authenticated_before
    assert case.log[: len(before.log)] == before.log
    assert [event.what for event in case.log[-2:]] == ["closed", "reopened"]
    assert walk.service.store.archive.get(walk.id) is None and walk.service.settle() == []
    with pytest.raises(Negative, match="not in the history"):
        walk.service.reopen(walk.id)
    walk.do(BeginCall("client"))
    walk.answer("order-completed", "completed")


def test_a_case_in_which_nothing_was_done_is_dropped_and_no_other(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(SetDetails({"phone": "1"}))
    walk.service.drop(walk.id)
    walk.service.drop(walk.id)
    assert walk.service.overviews() == []
    other = Walk(service_at(home))
    other.do(Note("something"))
    with pytest.raises(Refusal, match="Something was done"):
        other.service.drop(other.id)


# -- playbooks
def test_a_case_keeps_the_steps_it_was_opened_with_until_it_is_moved(home: Path, tmp_path: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    newer = changed(
        tmp_path,
        "scenarios/1-does-not-want-ox-mail.yaml",
        (
            "      - id: salesforce-reason\n",
            "      - {id: say-thanks, do: Thank the client, done: the thanks}\n      - id: say-more\n",
        ),
    )
    digest = newer.procedure.digest
    assert digest != shipped().procedure.digest
    later = walk.other(service_at(home, playbook=newer))
    assert later.state("salesforce-reason") is State.TODO and "say-thanks" not in later.case.statuses
    assert later.service.start("other.com").procedure.digest == digest
    walk.refused(MovePlaybook(newer.procedure), "today's playbook only")
    (home / "playbooks" / f"{digest}.json").unlink()
    later.do(MovePlaybook(newer.procedure))
    assert later.state("say-thanks") is State.TODO and "salesforce-reason" not in later.case.statuses
    assert later.state("licence") is State.DONE
    assert (home / "playbooks" / f"{digest}.json").exists(), "what it was moved to is kept"
    assert walk.other(service_at(home)).case.procedure.digest == digest


def test_what_has_changed_its_kind_or_lost_its_answer_is_asked_again_and_every_witness(
    home: Path, tmp_path: Path
) -> None:
    walk = Walk(service_at(home)).back()
    lost = ("answers: {no: nothing missing, yes: yes, not-known: the client cannot say}",
            "answers: {yes: yes, not-known: the client cannot say}")  # fmt: skip
    newer = changed(tmp_path, "scenarios/2-wants-office-365-back.yaml", lost)
    later = walk.other(service_at(home, playbook=newer))
    later.do(MovePlaybook(newer.procedure))
    asked = [status.item.id for status in later.case.applicable() if status.because == "playbook"]
    assert asked == ["dns-office-365", "devices", "missing", "jira-result", "client-confirms"]
    assert later.state("order") is State.DONE, "nothing else is asked twice"


def test_a_case_that_is_cleared_does_not_move_to_steps_that_would_not_ask(home: Path) -> None:
    walk = Walk(service_at(home)).back()
    steps = shipped().procedure
    without = {number: each for number, each in steps.scenarios.items() if number != 2}
    move = MovePlaybook(replace(steps, digest="0", scenarios=without))
    walk.do(Clear("cancel-ox-mail"))
    with pytest.raises(Refusal, match="Was it cancelled"):
        move.decide(walk.case)
    walk.do(NotYet("cancel-ox-mail"))
    assert move.decide(walk.case)


def test_once_its_service_was_ended_a_witness_is_not_asked_again_by_a_move(home: Path, tmp_path: Path) -> None:
    walk = Walk(service_at(home)).back()
    walk.cancel("cancel-ox-mail")
    newer = changed(tmp_path, "playbook.yaml", ("title: OX-Mail escalations", "title: Escalations"))
    later = walk.other(service_at(home, playbook=newer))
    later.do(MovePlaybook(newer.procedure))
    assert later.states("cancel-ox-mail", "client-confirms", "jira-result") == [State.DONE] * 3


# -- two desks
def test_two_desks_see_each_other_at_once(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    other = walk.other(service_at(home, "ben"))
    stamp = other.service.store.stamp()
    walk.tick("tell-team")
    assert other.service.store.stamp() != stamp and other.state("tell-team") is State.DONE
    other.do(BeginCall("client"))
    other.tick("order")
    assert walk.case.log[-1].agent == "ben"
    assert [event.seq for event in walk.case.log] == list(range(1, len(walk.case.log) + 1))


def test_a_case_may_have_a_conversation_of_each_agent(home: Path) -> None:
    walk = Walk(service_at(home)).begin(1)
    ben = walk.other(service_at(home, "ben"))
    ben.do(BeginCall("client"))
    assert {talk.event.agent for talk in walk.service.reader.talking(walk.case)} == {"anna", "ben"}
    walk.do(EndCall())
    assert not walk.case.conversation.mode and ben.case.conversation.live
    ben.answer("billed-now", "monthly")
    walk.refused(walk.answering("licence", "business-basic"), "needs an authenticated client")
    ben.do(Choose(2))


def test_a_case_keeps_the_lapse_that_it_was_opened_with(tmp_path: Path, home: Path) -> None:
    """What is shown, counted and listed is one time, whatever today's playbook says."""
    walk, clock = timed(home)
    todays = changed(tmp_path, "playbook.yaml", ("lapse_minutes: 60", "lapse_minutes: 20"))
    walk.service.reader.take(todays)
    clock.pass_(minutes=25)
    case = walk.case
    assert case.conversation.live and case.lapses_at == clock.now() + timedelta(minutes=35)
    assert walk.service.reader.lapses_in(case) == timedelta(minutes=35)
    assert case.id in walk.service.reader.conversations(walk.service.documents().values(), late=False)
    clock.pass_(minutes=35)
    assert walk.case.conversation.lapsed
    assert not walk.service.reader.conversations(walk.service.documents().values(), late=False)
