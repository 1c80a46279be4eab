"""Mailboxes that come, go and come back, and the licences that follow them until the order (rules 5 and 7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.quotes import Cover, SetLicences
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.status import State
from oxtui.errors import Refusal, WrongUse
from tests.drive.case import DOMAIN, ONE, THREE, FakeClock, Walk, service_at, undo_last

TWO = THREE[:2]
LATE = f"late@{DOMAIN}"


def case(home: Path, boxes: tuple[str, ...] = TWO) -> Walk:
    return Walk(service_at(home, clock=FakeClock()), mailboxes=boxes)


def out(*boxes: str, why: str = "mistyped") -> SetMailboxes:
    return SetMailboxes(removed=boxes, reasons=dict.fromkeys(boxes, why))


# -- addresses
def test_capitals_do_not_make_another_mailbox(home: Path) -> None:
    walk = case(home, (f"Anna@{DOMAIN}",))
    before = len(walk.case.log)
    walk.do(SetMailboxes(f"anna@{DOMAIN} ANNA@{DOMAIN.upper()}"))
    assert walk.case.addresses == (f"Anna@{DOMAIN}",) and len(walk.case.log) == before
    walk.do(SetMailboxes(f"Bo@{DOMAIN}, bo@{DOMAIN}; BO@{DOMAIN}"))
    assert walk.case.addresses == (f"Anna@{DOMAIN}", f"Bo@{DOMAIN}")


def test_one_that_was_left_out_comes_back_as_it_was_written_with_what_is_known_and_begins_anew(home: Path) -> None:
    walk = case(home, (f"Anna@{DOMAIN}", *TWO[1:])).begin(3)
    walk.do(SetMailboxes(known={f"Anna@{DOMAIN}": {"ox-mail": "yes"}}))
    walk.answer("issue", "missing-mail")
    walk.do(out(f"Anna@{DOMAIN}", why="removed"))
    assert [(left.mailbox.address, left.reason) for left in walk.case.left_out] == [(f"Anna@{DOMAIN}", "removed")]
    walk.do(SetMailboxes(f"anna@{DOMAIN}"))
    assert walk.case.addresses == (*TWO[1:], f"Anna@{DOMAIN}") and walk.case.left_out == ()
    assert walk.case.mailboxes[-1].of("ox-mail") == "yes"
    assert walk.case.status("issue").by == {TWO[1]: State.DONE, f"Anna@{DOMAIN}": State.TODO}


# -- leaving
def test_nothing_said_and_nothing_served_leaves_without_a_reason(home: Path) -> None:
    walk = case(home)
    walk.do(SetMailboxes(removed=TWO[1:]))
    assert walk.case.addresses == TWO[:1] and walk.case.left_out == ()


@pytest.mark.parametrize(("scenario", "field"), [(1, "essentials"), (2, "ox-mail")])
def test_what_may_still_be_served_leaves_with_a_reason_only(home: Path, scenario: int, field: str) -> None:
    walk = case(home).begin(scenario)
    for known in ("unknown", "yes"):
        walk.do(SetMailboxes(known={TWO[1]: {field: known}}))
        walk.refused(SetMailboxes(removed=TWO[1:]), "Why does", "mistyped", "not part of this case")
    walk.refused(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "because"}), "Why does")
    walk.do(SetMailboxes(known={TWO[1]: {field: "no"}}), SetMailboxes(removed=TWO[1:]))
    assert walk.case.addresses == TWO[:1]


def test_what_something_was_said_of_leaves_with_a_reason_even_when_it_is_not_served(home: Path) -> None:
    walk = case(home).begin(3)
    walk.answer("issue", "missing-mail")
    walk.do(SetMailboxes(known={TWO[1]: {"ox-mail": "no", "essentials": "no"}}))
    with pytest.raises(Refusal) as caught:
        walk.do(SetMailboxes(removed=TWO[1:]))
    assert caught.value.offers == ("reason",)
    walk.do(out(TWO[1]))
    assert walk.case.marks("issue").keys() == {TWO[0]}, "what was said of it goes with it"


@pytest.mark.parametrize(("why", "locks"), [("mistyped", False), ("removed", False), ("not-part", True)])
def test_only_what_is_not_part_of_the_move_locks_while_it_is_served(home: Path, why: str, locks: bool) -> None:
    walk = case(home).back()
    walk.do(out(TWO[1], why=why))
    if locks:
        walk.refused(Clear("cancel-ox-mail"), "left out is still served")
        walk.refused(Close("complete"), "still open")
        walk.do(SetMailboxes(known={TWO[1]: {"essentials": "no"}}))  # another service
        walk.refused(Clear("cancel-ox-mail"), "left out is still served")
        walk.do(SetMailboxes(known={TWO[1]: {"ox-mail": "no"}}))
    walk.do(Clear("cancel-ox-mail"), Cancel("cancel-ox-mail"))


def test_put_back_it_locks_as_a_mailbox_that_is_still_to_be_done(home: Path) -> None:
    walk = case(home).back()
    walk.do(out(TWO[1], why="not-part"), SetMailboxes(TWO[1]))
    told = walk.refused(Clear("cancel-ox-mail"), "locked")
    assert "left out" not in told
    assert walk.case.status("devices").by[TWO[1]] is State.TODO


def test_not_part_of_this_move_locks_only_the_service_that_it_is_served_by(home: Path) -> None:
    walk = case(home).ordered(1).swapped()
    walk.answer("essentials-running", "running")
    walk.do(SetMailboxes(known={TWO[1]: {"essentials": "no", "ox-mail": "yes"}}), out(TWO[1], why="not-part"))
    walk.do(Clear("cancel-essentials"))


def test_without_a_mailbox_the_cancellation_is_locked_whatever_it_waits_for(home: Path) -> None:
    walk = case(home, ONE).back()
    walk.do(out(*ONE))
    assert "mailboxes" in {lock.kind for lock in walk.case.status("cancel-ox-mail").locks}
    walk.refused(Clear("cancel-ox-mail"), "locked")


# -- address by address
def test_what_becomes_of_one_mailbox_is_no_matter_of_the_others(home: Path) -> None:
    walk = case(home, THREE).back()
    walk.answer("jira-result", "returned", mailboxes=THREE[1:2])
    below = ("jira-result", "client-confirms")
    for box in (THREE[0], THREE[2]):
        assert [walk.case.status(name).by[box] for name in below] == [State.DONE] * 2
    walk.tick("jira-again")
    assert walk.case.log[-1].get("mailboxes") == [THREE[1]]
    walk.answer("jira-result", "completed")
    walk.answer("client-confirms", "works")
    assert walk.case.log[-1].get("mailboxes") == [THREE[1]], "only its word is asked for again"
    walk.do(Clear("cancel-ox-mail"))


def test_a_plain_item_rests_on_all_mailboxes(home: Path) -> None:
    walk = case(home, THREE).ordered(1).swapped()
    walk.tick("next-invoice")
    walk.take_back("accounts-swapped", THREE[1])
    assert walk.state("next-invoice") is State.STALE


# -- licences, before the order
def test_before_the_order_they_follow_the_mailboxes_and_each_change_loses_the_quote(home: Path) -> None:
    walk = case(home).plan(1, "yearly", "yearly")
    assert walk.case.licences == 2
    for change, count in ((SetMailboxes(LATE), 3), (out(LATE), 2), (SetLicences(5), 5), (SetLicences(None), 2)):
        walk.quote()
        assert walk.state("quote") is State.DONE
        walk.do(change)
        status = walk.case.status("quote")
        assert (walk.case.licences, status.state, status.because) == (count, State.STALE, "licences")
    assert not walk.case.uncovered


def test_a_number_that_was_typed_follows_no_mailbox(home: Path) -> None:
    walk = case(home).plan(1, "yearly", "yearly")
    walk.do(SetLicences(5))
    walk.quote()
    walk.do(SetMailboxes(LATE))
    assert walk.case.licences == 5 and walk.state("quote") is State.DONE


# -- licences, with the order
def test_with_the_order_they_are_fixed(home: Path) -> None:
    walk = case(home, THREE).ordered(1, "yearly", "yearly")
    walk.do(out(THREE[2]))
    assert walk.case.licences == 3 and walk.states("quote", "order") == [State.DONE] * 2


def test_a_mailbox_that_comes_after_the_order_is_asked_about_and_locks(home: Path) -> None:
    walk = case(home).back("yearly", "yearly")
    walk.do(SetMailboxes(LATE))
    assert walk.case.uncovered == (LATE,) and walk.case.licences == 2
    walk.refused(Close("complete"))
    killer = walk.case.status("cancel-ox-mail")
    assert "licences" in {lock.kind for lock in killer.locks}
    finish(walk)
    walk.refused(Clear("cancel-ox-mail"), "a mailbox came after the order")
    walk.do(Cover(covered=True))
    walk.do(Clear("cancel-ox-mail"), Cancel("cancel-ox-mail"))
    assert walk.states("quote", "order") == [State.DONE] * 2 and walk.case.licences == 2


def finish(walk: Walk) -> None:
    """Do for the late mailbox what was done for the others."""
    for name, value in (("devices", "connected"), ("webmail", "works"), ("spamexperts", "yes")):
        walk.answer(name, value, mailboxes=(LATE,))
    walk.tick("jira", LATE)
    walk.answer("jira-result", "completed", mailboxes=(LATE,))
    walk.answer("client-confirms", "works", mailboxes=(LATE,))


def test_one_more_is_ordered_the_quote_first_and_then_the_order(home: Path) -> None:
    walk = case(home).ordered(1, "yearly", "yearly")
    walk.do(SetMailboxes(LATE), Cover(covered=False))
    assert walk.case.licences == 3 and not walk.case.uncovered
    assert walk.states("quote", "order") == [State.STALE, State.OUT_THERE]
    walk.refused(Settle("order", "2"), "the discount needs checking again")
    walk.refused(Settle("order", "1"), "that does not fit")
    walk.quote()
    walk.settle("order", "2")
    assert walk.states("quote", "order", "order-completed") == [State.DONE, State.DONE, State.TODO]
    typed = walk.case.typed_with(walk.case.marks("order")[""])
    assert typed and typed.get("licences") == 3
    walk.do(SetMailboxes(f"later@{DOMAIN}"))
    assert walk.case.uncovered == (f"later@{DOMAIN}",), "each late mailbox is asked about once"


def test_nothing_is_closed_as_complete_before_somebody_said_it(home: Path) -> None:
    walk = case(home, ONE).back()
    walk.cancel("cancel-ox-mail")
    walk.tick("ox-billing")
    walk.do(SetMailboxes(LATE))
    finish(walk)
    walk.refused(Close("complete"), "A mailbox came after the order")
    walk.do(Cover(covered=True))
    walk.close()
    assert walk.closed_as("complete")


def test_taken_out_again_it_is_asked_about_no_more(home: Path) -> None:
    walk = case(home).back()
    walk.do(SetMailboxes(LATE), out(LATE))
    assert not walk.case.uncovered
    walk.refused(Cover(covered=True), "No mailbox came after the order")
    walk.do(Clear("cancel-ox-mail"))


def test_the_order_taken_back_the_number_follows_again(home: Path) -> None:
    walk = case(home).ordered(1, "yearly", "yearly")
    walk.take_back("order")
    walk.do(SetMailboxes(LATE))
    assert walk.case.licences == 3 and not walk.case.uncovered
    assert walk.state("quote") is State.STALE


def test_without_an_order_nobody_asks_whether_its_licences_cover_a_mailbox(home: Path) -> None:
    walk = case(home).ordered(1)
    walk.do(SetMailboxes(LATE))
    walk.take_back("order")
    assert not walk.case.uncovered and walk.case.licences == 3
    walk.refused(Cover(covered=False), "No mailbox came after the order")
    undo_last(walk.service, walk.id)
    assert walk.case.uncovered == (LATE,)
    walk.answer("licence", "email-deluxe")
    walk.settle("order", "3")
    assert not walk.case.uncovered and walk.case.licences == 3


def test_a_number_that_is_typed_no_more_is_again_the_one_that_was_ordered(home: Path) -> None:
    walk = case(home).ordered(1)
    walk.do(SetMailboxes(LATE), Cover(covered=True), SetLicences(None))
    assert walk.case.licences == 2 and walk.state("order") is State.DONE


# -- an order that is kept in another scenario
def test_a_kept_order_counts_with_its_licences_there(home: Path) -> None:
    walk = case(home).ordered(1)
    walk.do(Choose(2, keep=("order",)))
    assert walk.case.licences == 2
    walk.do(SetMailboxes(LATE))
    assert walk.case.uncovered == (LATE,)


def test_whether_its_licences_cover_a_late_mailbox_goes_with_the_order(home: Path) -> None:
    walk = case(home).ordered(1)
    walk.do(SetMailboxes(LATE), Choose(2, keep=("order",)))
    assert walk.case.uncovered == (LATE,)
    walk.do(Cover(covered=True))
    assert not walk.case.uncovered and walk.case.licences == 2
    walk.do(Choose(1, keep=("order",)))
    assert not walk.case.uncovered, "it is asked once of an order"


def test_a_mailbox_that_came_while_another_scenario_was_chosen_is_asked_about_on_the_way_back(home: Path) -> None:
    walk = case(home).ordered(2)
    walk.do(Choose(3), SetMailboxes(LATE), Choose(2))
    walk.settle("order", "4")
    assert walk.case.uncovered == (LATE,)


def test_the_number_of_licences_is_a_whole_number(home: Path) -> None:
    walk = case(home)
    for wrong in (0, -1, 10_000):
        walk.refused(SetLicences(wrong), "a whole number", error=WrongUse)
