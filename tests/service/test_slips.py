"""Small steps that mislead: what is asked about keeps its first reason, and the way on is not skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Skip
from oxtui.cases.commands.waiting import Note
from oxtui.cases.reasons import why
from oxtui.errors import Refusal
from tests.drive.case import DOMAIN, Walk, service_at

TWO = (f"anna@{DOMAIN}", f"info@{DOMAIN}")


def test_an_order_on_other_terms_keeps_the_reason_it_was_asked_for_first(home: Path) -> None:
    """The licence was changed; working the discount out again does not hide that."""
    walk = Walk(service_at(home)).ordered(1, "yearly", "yearly", "email-deluxe")
    walk.answer("licence", "business-basic")
    walk.quote(new="m365-business-basic-yearly")
    assert "licence" in why(walk.case, walk.case.status("order"))


def test_an_order_with_a_discount_is_not_still_right_once_billing_is_monthly(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1, "yearly", "yearly")
    walk.answer("billed-now", "monthly")
    assert walk.case.marks("order")[""].asked == "123"


def test_sending_it_again_is_the_way_on_and_is_not_skipped(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2).sent()
    walk.answer("jira-result", "returned", told="the password was wrong")
    walk.refused(Skip("jira-again", "no time"), "it is the way on")


def test_who_has_no_call_takes_no_mailbox_out_of_which_something_was_done(home: Path) -> None:
    """It may unlock what waits for it; one that was only typed leaves as before."""
    walk = Walk(service_at(home), mailboxes=TWO).ordered(2).sent()
    ben = walk.other(service_at(home, "ben"))
    gone = SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"})
    ben.refused(gone, f"Taking {TWO[1]} out needs")
    new = f"new@{DOMAIN}"
    ben.do(SetMailboxes(added=new), SetMailboxes(removed=(new,), reasons={new: "mistyped"}))
    walk.do(gone)
    assert walk.case.addresses == TWO[:1]


def test_a_line_of_a_case_ends_nobody_elses_call(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    away = service_at(home.parent / "away", "zoe")
    there = away.take_over(walk.service.note(walk.case))
    away.change(there.id, Note("rang from the other desk"))
    line = away.note(away.case(there.id))
    with pytest.raises(Refusal, match="anna is in a conversation"):
        service_at(home, "ben").take_over(line)
    assert walk.case.conversation.live
