"""The two cancellations, and the gate: no way round what they wait for, whatever the order and the pane."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import permutations
from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall, Revoke
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy, SetLine, may_copy
from oxtui.cases.commands.details import may_be_mistyped
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Defer, Skip
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.undo import UndoIt, may_undo
from oxtui.cases.commands.waiting import SetHold
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.errors import Refusal, WrongUse
from tests.drive.case import DOMAIN, ONE, THREE, FakeClock, Walk, service_at, undo_last

KILLERS = {1: "cancel-essentials", 2: "cancel-ox-mail"}
WITNESSES = {
    1: ("accounts-swapped",),
    2: ("client-confirms", "jira-result", "dns-office-365", "devices"),
}


def ready(home: Path, scenario: int, boxes: tuple[str, ...] = THREE) -> Walk:
    """A case in which nothing but the cancellation is to be done next."""
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=boxes)
    if scenario == 2:
        return walk.back()
    walk.ordered(1).swapped()
    walk.answer("essentials-running", "running")
    return walk


def shut(walk: Walk, *words: str) -> None:
    """That the cancellation cannot be cleared, done, skipped, put off or closed around."""
    killer = KILLERS[walk.case.number or 0]
    walk.refused(Clear(killer), *words)
    walk.refused(Cancel(killer), "not cleared")
    walk.refused(walk.ticking(killer))
    walk.refused(Skip(killer, "in a hurry"))
    walk.refused(Defer(killer, "2026-11-30"), "cannot be put off")
    walk.refused(Close("complete"), "still open")


@pytest.mark.parametrize("scenario", [1, 2])
def test_ready_means_ready(home: Path, scenario: int) -> None:
    walk = ready(home, scenario)
    walk.cancel(KILLERS[scenario])
    assert walk.state(KILLERS[scenario]) is State.DONE


@pytest.mark.parametrize("scenario", [1, 2])
def test_at_no_point_of_the_way_can_it_be_done_too_early(home: Path, scenario: int) -> None:
    walk = Walk(service_at(home), mailboxes=THREE)
    steps: list[Callable[[], object]] = [
        lambda: walk.plan(scenario),
        lambda: walk.tick("tell-team" if scenario == 1 else "sme"),
        lambda: walk.tick("order"),
        lambda: walk.answer("order-completed", "not-yet"),
    ]
    walk.begin(scenario)
    for step in steps:
        step()
        shut(walk, "locked")
    if scenario == 1:
        walk.answer("order-completed", "completed")
        walk.answer("essentials-running", "running")
        for box in THREE:
            shut(walk, "the move to the new licence is not done")
            walk.tick("accounts-swapped", box)
    else:
        walk.sent()
        for box in THREE:
            shut(walk, "no result on the JIRA yet")
            walk.answer("jira-result", "completed", mailboxes=(box,))
        for box in THREE:
            shut(walk, "the client has not confirmed yet")
            walk.answer("client-confirms", "works", mailboxes=(box,))
    walk.cancel(KILLERS[scenario])


@pytest.mark.parametrize("scenario", [1, 2])
def test_what_a_cancellation_waits_for_is_neither_skipped_nor_put_off(home: Path, scenario: int) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).begin(scenario)
    for name in WITNESSES[scenario]:
        walk.refused(Skip(name, "no time"), "cannot be skipped")
        walk.refused(Defer(name, "2026-11-30"), "cannot be put off")


BREAKS: dict[str, Callable[[Walk], object]] = {
    "the JIRA came back after all": lambda w: w.answer("jira-result", "returned", mailboxes=THREE[1:2]),
    "the JIRA was refused after all": lambda w: w.answer("jira-result", "refused"),
    "DNS points elsewhere": lambda w: w.answer("dns-office-365", "no"),
    "the order is not completed": lambda w: w.answer("order-completed", "not-yet"),
    "another mailbox": lambda w: w.do(SetMailboxes(f"new@{DOMAIN}")),
    "another licence": lambda w: w.answer("licence", "another"),
    "the authentication was no good": lambda w: w.do(Revoke(), BeginCall("client")),
    "the client's word taken back": lambda w: w.take_back("client-confirms"),
    "the JIRA taken back": lambda w: w.take_back("jira"),
    "the first answer taken back": lambda w: w.take_back("ox-running"),
    "the devices taken back": lambda w: w.take_back("devices"),
    "OX-Mail is cancelled already": lambda w: w.answer("ox-running", "cancelled"),
    "no mailbox": lambda w: w.do(SetMailboxes(removed=THREE, reasons=dict.fromkeys(THREE, "mistyped"))),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_whatever_breaks_a_witness_locks_it_again(home: Path, name: str) -> None:
    walk = ready(home, 2)
    BREAKS[name](walk)
    assert walk.state("cancel-ox-mail") in (State.LOCKED, State.NOT_APPLICABLE)
    walk.refused(Clear("cancel-ox-mail"))
    walk.refused(Skip("cancel-ox-mail", "anyway"))
    walk.refused(Close("complete"))


@pytest.mark.parametrize("name", list(BREAKS))
def test_once_it_is_cancelled_that_is_a_fact_and_what_is_learnt_opens_its_own_items(home: Path, name: str) -> None:
    walk = ready(home, 2)
    walk.cancel("cancel-ox-mail")
    BREAKS[name](walk)
    assert walk.state("cancel-ox-mail") is State.DONE
    walk.refused(Close("complete"))


@pytest.mark.parametrize("pair", list(permutations(sorted(BREAKS), 2))[::4], ids=" then ".join)
def test_two_things_broken_in_either_order(home: Path, pair: tuple[str, str]) -> None:
    walk = ready(home, 2)
    for name in pair:
        with suppress(Refusal, WrongUse):
            BREAKS[name](walk)
    walk.refused(Clear("cancel-ox-mail"))
    assert walk.case.open_items() or walk.case.uncovered
    walk.refused(Close("complete"))


def test_mending_it_opens_it_again(home: Path) -> None:
    walk = ready(home, 2)
    walk.answer("dns-office-365", "no")
    shut(walk, "locked")
    walk.answer("webmail", "works")
    walk.answer("dns-office-365", "yes")
    shut(walk, "locked")
    walk.tick("jira")
    walk.answer("client-confirms", "works")
    walk.cancel("cancel-ox-mail")


# -- scenarios switched
@pytest.mark.parametrize("other", [1, 3])
def test_switched_and_back_it_still_waits(home: Path, other: int) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(2).sent()
    walk.do(Choose(other))
    walk.refused(Close("complete"), "Settle first")
    walk.do(Choose(2))
    shut(walk, "locked")


def test_what_was_done_for_one_scenario_is_no_witness_in_another(home: Path) -> None:
    walk = ready(home, 1)
    walk.do(Choose(2, keep=("order",)))
    assert walk.state("order") is not State.TODO, "the order of the licence was kept"
    walk.answer("ox-running", "running")
    assert walk.states("licence", "billed-now") == [State.TODO] * 2, "another product's billing is asked for itself"
    walk.refused(Clear("cancel-ox-mail"), "locked")
    assert not walk.case.unwinds, "the domain stays off the list, and the order counts"


def test_leaving_with_the_scenario_does_not_leave_what_was_done_outside(home: Path) -> None:
    walk = ready(home, 2)
    walk.do(Choose(3))
    assert {item.id for _, item, _ in walk.case.unwinds} == {"sme", "order", "jira"}
    walk.refused(Close("complete"), "Settle first")


# -- two panes
def test_the_other_pane_takes_a_witness_back_and_this_one_is_told(home: Path) -> None:
    walk = ready(home, 2)
    assert walk.state("cancel-ox-mail") is State.TODO
    walk.other(service_at(home, "ben")).take_back("dns-office-365")
    walk.refused(Clear("cancel-ox-mail"), "the DNS check")


def test_nobody_undoes_what_a_colleague_did(home: Path) -> None:
    walk = ready(home, 2)
    ben = walk.other(service_at(home, "ben"))
    with pytest.raises(Refusal, match="nothing to undo"):
        undo_last(ben.service, ben.id)
    ben.refused(UndoIt(walk.case.log[-1].id), "done by anna")


def test_the_other_pane_closed_it(home: Path) -> None:
    walk = ready(home, 2)
    walk.other(service_at(home, "ben")).close("handed-over", "me")
    with pytest.raises(Exception, match="no longer open"):
        walk.service.change(walk.id, Clear("cancel-ox-mail"))


# -- the conversation
def lapse(walk: Walk) -> None:
    assert isinstance(walk.service.clock, FakeClock)
    walk.service.clock.pass_(minutes=61)


ENDS: dict[str, Callable[[Walk], object]] = {
    "ended": lambda w: w.do(EndCall()),
    "held": lambda w: w.do(SetHold("SME team", "2026-11-24")),
    "lapsed": lambda w: lapse(w),
    "revoked": lambda w: w.do(Revoke()),
    "closed and reopened": lambda w: (w.close("unreachable"), w.service.reopen(w.id)),
}


@pytest.mark.parametrize("scenario", [1, 2])
@pytest.mark.parametrize("end", list(ENDS))
def test_without_a_conversation_nothing_is_ticked_answered_skipped_or_copied(
    home: Path, end: str, scenario: int
) -> None:
    walk = ready(home, scenario)
    ENDS[end](walk)
    assert not walk.case.conversation.live
    walk.refused(Clear(KILLERS[scenario]))
    walk.refused(walk.answering("licence", "business-basic"))
    walk.refused(Skip("chat-follow-up" if scenario == 2 else "next-invoice", "why"))
    walk.refused(BeginCopy("o365-reversal" if scenario == 2 else "i-dont-want-ox-mail"))
    walk.refused(Choose(3))
    with pytest.raises(Refusal):
        may_copy(walk.case, "o365-reversal")


def test_with_the_client_means_with_the_client(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).ordered(2).sent()
    walk.answer("jira-result", "completed")
    walk.do(EndCall(), BeginCall("back-office"))
    walk.refused(walk.answering("client-confirms", "works"), "needs the client")
    walk.do(BeginCall("client"))
    walk.answer("client-confirms", "works")
    walk.do(EndCall(), BeginCall("back-office"))
    walk.cancel("cancel-ox-mail")


def test_what_the_client_writes_counts_from_when_it_was_written(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock), mailboxes=ONE).ordered(2).sent()
    walk.answer("jira-result", "completed")
    clock.pass_(days=6)
    walk.refused(BeginCall("writing"), "Where did the client write", error=Exception)
    walk.do(EndCall(), BeginCall("writing", reference="00123456", written_at="2026-11-22T12:00"))
    walk.answer("client-confirms", "works")
    assert walk.state("client-confirms") is State.STALE, "it was written six days ago"
    walk.do(EndCall(), BeginCall("writing", reference="00123456", written_at="2026-11-28"))
    walk.answer("client-confirms", "works")
    walk.cancel("cancel-ox-mail")


def test_how_the_client_was_authenticated_is_said_of_the_same_call_and_taken_back_with_it(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).plan(2)
    walk.do(BeginCall("client", "PIN"))
    assert walk.case.undo and may_undo(walk.case) and may_be_mistyped(walk.case), "still the same call"
    walk.tick("sme")
    note = wrap_up(walk.do(Revoke("another person")), walk.service.clock)
    assert note.count("TAKEN BACK") == 2
    assert set(walk.states("licence", "billed-now", "sme")) == {State.STALE}
    walk.refused(BeginCall("back-office"), "never authenticated")
    walk.do(BeginCall("client"))
    walk.answer("licence", "business-basic")
    clock.pass_(hours=3)  # lapsed: what comes now is another call
    walk.do(BeginCall("client", "PIN"), Revoke("another person"))
    assert walk.state("licence") is State.DONE and walk.case.authenticated


def test_before_any_authentication_there_is_no_back_office(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.refused(BeginCall("back-office"), "never authenticated")
    walk.refused(Choose(1), "authenticated")
    walk.do(BeginCall("client"), Revoke())
    walk.refused(BeginCall("back-office"), "never authenticated")


# -- past the guards by way of skipping or putting off
def test_what_was_skipped_once_is_not_ticked_past_its_guards_later(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.refused(Skip("order", "ordered by a colleague"))
    walk.tick("tell-team")
    walk.answer("billed-now", "yearly")
    walk.refused(walk.ticking("order"), "the discount is not done")


def test_putting_off_a_locked_item_does_not_open_its_copy(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.do(Defer("jira", "2026-11-30"))
    walk.refused(BeginCopy("o365-reversal"), "The copy waits")
    walk.refused(walk.ticking("jira"), "locked")


def test_a_copy_waits_for_its_item_and_for_answers_that_want_it(home: Path) -> None:
    walk = Walk(service_at(home)).begin(3)
    walk.answer("issue", "missing-mail")
    walk.refused(BeginCopy("ox-mail-resync"), "The copy waits")
    walk = Walk(service_at(home.with_name("other"))).checked("missing-mail")
    walk.refused(BeginCopy("ox-mail-issues"), "don't need this template")
    walk.refused(BeginCopy("o365-reversal"), "does not belong")
    walk.do(BeginCopy("ox-mail-resync", ("Was OX-Mail Cancelled",)))
    assert walk.case.log[-1].what == "copying"
    walk.do(SetLine("ox-mail-resync", "was-ox-mail-cancelled", "No"))
    walk.do(Defer("sme-case", "2026-11-30"), BeginCopy("ox-mail-resync"))
