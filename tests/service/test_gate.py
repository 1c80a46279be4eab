"""The two cancellations, and the gate: no way round what they wait for, whatever the order and the pane."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from oxtui.cases.commands import Defer, Skip, Undo, confirmation
from oxtui.cases.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    RecordCopy,
    Revoke,
    SetHold,
    SetLine,
    SetMailboxes,
    may_copy,
)
from oxtui.errors import Refusal
from oxtui.playbook.progress import State
from tests.drive.case import DOMAIN, ONE, THREE, FakeClock, Walk, service_at

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
    """That the cancellation cannot be ticked, skipped, put off or closed around."""
    killer = KILLERS[walk.case.number or 0]
    walk.refused(walk.ticking(killer), *words)
    walk.refused(Skip(killer, "in a hurry"))
    walk.refused(Defer(killer, "2026-11-30"), "cannot be put off")
    walk.refused(Close("complete"), "still open")


@pytest.mark.parametrize("scenario", [1, 2])
def test_ready_means_ready(home: Path, scenario: int) -> None:
    walk = ready(home, scenario)
    walk.tick(KILLERS[scenario])
    assert walk.state(KILLERS[scenario]) is State.DONE


@pytest.mark.parametrize("scenario", [1, 2])
def test_at_no_point_of_the_way_can_it_be_ticked_too_early(home: Path, scenario: int) -> None:
    walk = Walk(service_at(home), mailboxes=THREE)
    steps: list[Callable[[], object]] = [
        lambda: walk.plan(scenario),
        lambda: [walk.tick(name) for name in (("tell-team", "salesforce-reason") if scenario == 1 else ("sme",))],
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
            shut(walk, "the move of the mailboxes is not done")
            walk.tick("accounts-swapped", box)
    else:
        walk.sent()
        for box in THREE:
            shut(walk, "the JIRA's result is not answered")
            walk.answer("jira-result", "completed", mailboxes=(box,))
        for box in THREE:
            shut(walk, "the client's word is not done")
            walk.tick("client-confirms", box)
    walk.tick(KILLERS[scenario])


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
    "the client's word taken back": lambda w: w.do(Undo(entry_of(w, "client-confirms"), "anna")),
    "the JIRA taken back": lambda w: w.do(Undo(entry_of(w, "jira"), "anna")),
    "the first answer taken back": lambda w: w.do(Undo(entry_of(w, "ox-running"), "anna")),
    "the devices taken back": lambda w: w.do(Undo(entry_of(w, "devices"), "anna")),
    "OX-Mail is cancelled already": lambda w: w.answer("ox-running", "cancelled"),
    "no mailbox": lambda w: w.do(SetMailboxes(removed=THREE)),
}


def entry_of(walk: Walk, item: str) -> str:
    return next(entry.id for entry in walk.case.log if entry.get("item") == item)


@pytest.mark.parametrize("name", list(BREAKS))
def test_whatever_breaks_a_witness_locks_it_again(home: Path, name: str) -> None:
    walk = ready(home, 2)
    BREAKS[name](walk)
    assert walk.state("cancel-ox-mail") in (State.LOCKED, State.NOT_APPLICABLE)
    walk.refused(walk.ticking("cancel-ox-mail"))
    walk.refused(Skip("cancel-ox-mail", "anyway"))
    if walk.case.open_items():  # where it is cancelled already, all is done
        walk.refused(Close("complete"))
    assert bool(walk.case.open_items()) is (name != "OX-Mail is cancelled already")


@pytest.mark.parametrize("name", list(BREAKS))
def test_and_once_it_is_cancelled_it_is_to_be_checked_again(home: Path, name: str) -> None:
    walk = ready(home, 2)
    walk.tick("cancel-ox-mail")
    BREAKS[name](walk)
    if name == "OX-Mail is cancelled already":
        assert walk.state("cancel-ox-mail") is State.NOT_APPLICABLE
        return
    assert walk.state("cancel-ox-mail") is State.STALE
    walk.refused(Close("complete"), "still open")


PAIRS = [
    pair
    for pair in permutations(sorted(BREAKS), 2)
    if pair != ("the first answer taken back", "OX-Mail is cancelled already")  # which mends the first
]


@pytest.mark.parametrize("pair", PAIRS[::4], ids=" then ".join)
def test_two_things_broken_in_either_order(home: Path, pair: tuple[str, str]) -> None:
    walk = ready(home, 2)
    for name in pair:
        try:
            BREAKS[name](walk)
        except Refusal:
            continue
    walk.refused(walk.ticking("cancel-ox-mail"))
    assert walk.case.open_items()
    walk.refused(Close("complete"))


def test_mending_it_opens_it_again(home: Path) -> None:
    walk = ready(home, 2)
    walk.answer("dns-office-365", "no")
    shut(walk, "the DNS check is not 'yes'")
    walk.answer("dns-office-365", "yes")
    walk.tick("cancel-ox-mail")


# -- scenarios switched
@pytest.mark.parametrize("other", [1, 3])
def test_switched_and_back_it_still_waits(home: Path, other: int) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(2).sent()
    walk.do(Choose(other))
    walk.refused(walk.ticking("client-confirms") if other == 3 else walk.ticking("cancel-essentials"))
    walk.refused(Close("complete"), "taken back")
    walk.do(Choose(2))
    shut(walk, "the JIRA's result")


def test_what_was_done_for_one_scenario_is_no_witness_in_another(home: Path) -> None:
    walk = ready(home, 1)
    walk.do(Choose(2))
    walk.answer("ox-running", "running")
    assert walk.states("licence", "billed-now", "order", "cancel-ox-mail")[:2] == [State.TODO] * 2
    walk.refused(walk.ticking("cancel-ox-mail"), "locked")
    walk.refused(Close("complete"), "taken back")


def test_leaving_with_the_scenario_does_not_leave_what_has_to_be_taken_back(home: Path) -> None:
    walk = ready(home, 2)
    walk.do(Choose(3))
    assert {item.id for _, item in walk.case.unwinds} == {"sme", "order", "jira"}
    for ending in ("complete", "handed-over", "unreachable"):
        walk.refused(Close(ending, "x"), "taken back")


# -- the confirmation
@pytest.mark.parametrize("scenario", [1, 2])
def test_it_takes_a_confirmation_that_names_domain_and_mailboxes(home: Path, scenario: int) -> None:
    walk = ready(home, scenario)
    killer = KILLERS[scenario]
    said = confirmation(walk.case, walk.item(killer))
    assert DOMAIN in said and all(box in said for box in THREE)
    walk.refused(walk.ticking(killer, confirmed=""), "has to be confirmed", said)
    walk.refused(walk.ticking(killer, confirmed="yes"), "changed meanwhile")


@pytest.mark.parametrize("name", ["client-confirms", "jira-result", "dns-office-365", "devices"])
def test_so_do_its_witnesses(home: Path, name: str) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(2)
    walk.answer("order-completed", "completed")
    if name in ("client-confirms", "jira-result"):
        walk = Walk(service_at(home), mailboxes=THREE).ordered(2).sent()
        if name == "client-confirms":
            walk.answer("jira-result", "completed")
    value = {"jira-result": "completed", "dns-office-365": "yes"}.get(name, "")
    change = walk.answering(name, value, confirmed="") if value else walk.ticking(name, confirmed="")
    walk.refused(change, "has to be confirmed")
    if name == "dns-office-365":
        walk.answer(name, "no", confirmed="")  # this opens nothing: no confirmation


def test_a_mailbox_added_in_the_other_pane_has_it_asked_again(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(1)
    walk.answer("order-completed", "completed")
    ben, new = walk.other(service_at(home, "ben")), f"new@{DOMAIN}"
    confirm = walk.ticking("accounts-swapped")
    ben.do(SetMailboxes(new))
    walk.refused(confirm, "changed meanwhile", new)
    walk.tick("accounts-swapped")
    walk.answer("essentials-running", "running")
    killer = walk.ticking("cancel-essentials")
    ben.do(SetMailboxes(removed=(new,)))
    walk.refused(killer, "changed meanwhile")
    walk.tick("cancel-essentials")


# -- two panes
def test_the_other_pane_takes_a_witness_back_and_this_one_is_told(home: Path) -> None:
    walk = ready(home, 2)
    assert walk.state("cancel-ox-mail") is State.TODO
    killer = walk.ticking("cancel-ox-mail")
    walk.other(service_at(home, "ben")).answer("dns-office-365", "no")
    walk.refused(killer, "the DNS check is not 'yes'")


def test_nobody_takes_back_what_a_colleague_did(home: Path) -> None:
    walk = ready(home, 2)
    ben = walk.other(service_at(home, "ben"))
    with pytest.raises(Refusal, match="nothing to take back"):
        ben.service.undo(ben.id)
    entry = walk.case.log[-1].id
    ben.refused(Undo(entry, "ben"), "done by anna")


def test_the_other_pane_closed_it(home: Path) -> None:
    walk = ready(home, 2)
    killer = walk.ticking("cancel-ox-mail")
    walk.other(service_at(home, "ben")).close("handed-over", "me")
    with pytest.raises(Exception, match="no longer open"):
        walk.service.change(walk.id, killer)


# -- the call
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
def test_without_a_call_nothing_is_ticked_answered_skipped_or_copied(home: Path, end: str, scenario: int) -> None:
    walk = ready(home, scenario)
    ENDS[end](walk)
    assert not walk.case.call.live
    name = "cancel-ox-mail" if scenario == 2 else "cancel-essentials"
    walk.refused(walk.ticking(name))
    walk.refused(walk.answering("licence", "business-basic"))
    walk.refused(Skip("chat-follow-up" if scenario == 2 else "salesforce-reason", "why"))
    walk.refused(RecordCopy("o365-reversal" if scenario == 2 else "i-dont-want-ox-mail"))
    walk.refused(Choose(3), "Authentication comes first")
    with pytest.raises(Refusal):
        may_copy(walk.case, "o365-reversal")


def test_with_the_client_means_with_the_client(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).ordered(2).sent()
    walk.answer("jira-result", "completed")
    walk.do(EndCall(), BeginCall("back-office"))
    walk.refused(walk.ticking("client-confirms"), "needs the client on the line")
    walk.do(BeginCall("client"))
    walk.tick("client-confirms")
    walk.do(EndCall(), BeginCall("back-office"))
    walk.tick("cancel-ox-mail")


def test_before_any_authentication_there_is_no_back_office(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.refused(BeginCall("back-office"), "never authenticated")
    walk.refused(Choose(1), "Authentication comes first")
    walk.do(BeginCall("client"), Revoke())
    walk.refused(BeginCall("back-office"), "never authenticated")


# -- past the guards by way of skipping or putting off
def test_what_was_skipped_once_is_not_ticked_past_its_guards_later(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.tick("tell-team")
    walk.do(Skip("order", "ordered by a colleague"))
    walk.answer("billed-now", "yearly")
    assert walk.case.status("order").waits
    walk.refused(walk.ticking("order"), "the discount is not done")


def test_putting_off_a_locked_item_does_not_open_its_copy(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.do(Defer("jira", "2026-11-30"))
    walk.refused(RecordCopy("o365-reversal"), "the DNS check")
    walk.refused(walk.ticking("jira"), "locked")


def test_a_copy_waits_for_its_item_and_for_answers_that_want_it(home: Path) -> None:
    walk = Walk(service_at(home)).checked("missing-mail")
    walk.refused(RecordCopy("ox-mail-resync"), "the NS check")
    walk.answer("ns", "with-us")
    walk.refused(RecordCopy("ox-mail-issues"), "do not ask for this template")
    walk.refused(RecordCopy("o365-reversal"), "does not belong")
    walk.do(RecordCopy("ox-mail-resync", ("Was OX-Mail Cancelled",)))
    assert walk.case.log[-1].what == "copied"
    walk.answer("dns-ox", "no")
    assert walk.state("sme-case") is State.TODO
    walk.do(SetLine("ox-mail-resync", "was-ox-mail-cancelled", "No"))
    walk.do(Defer("sme-case", "2026-11-30"), RecordCopy("ox-mail-resync"))
