"""What the row of an item says at its right, without a screen: what is wrong with something that was done."""

from __future__ import annotations

from pathlib import Path

from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.widgets.glyphs import UNICODE
from oxtui.widgets.item_rows import Shown, rows_of
from oxtui.widgets.item_words import Look, right_of
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, THREE, Walk, service_at


def said(walk: Walk, name: str, width: int = 60) -> list[tuple[str, str]]:
    """The words of a row that the cursor is not on, each with its role."""
    look = Look(walk.case, Shown(), UNICODE, walk.service.clock.when)
    (row,) = (row for row in rows_of(walk.case) if row.item.id == name)
    return list(right_of(look, row, row.status.state, width, current=False))


def test_an_answer_that_dns_speaks_against_says_so_in_its_row(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE[:2]).ordered(2)
    walk.answer("order-completed", "completed")
    walk.do(KeepEvidence(evidence_data(DOMAIN, "ox-mail")))
    walk.answer("dns-office-365", "yes")
    assert said(walk, "dns-office-365") == [("yes  ", "strong"), ("DNS says otherwise: MX at OX-Mail", "trouble")]
    assert said(walk, "dns-office-365", 40)[1] == ("DNS differs", "trouble")
    walk.do(KeepEvidence(evidence_data(DOMAIN, "office365")))
    assert "trouble" not in {role for _, role in said(walk, "dns-office-365")}


def test_a_service_that_was_ended_too_early_says_so_in_red_in_its_row(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE[:2]).back()
    walk.cancel("cancel-ox-mail")
    assert "trouble" not in {role for _, role in said(walk, "cancel-ox-mail")}
    walk.answer("jira-result", "returned", mailboxes=THREE[:1], told="not named")
    words = "cancelled before this was known: the JIRA result, the client's word"
    assert said(walk, "cancel-ox-mail") == [(words, "trouble")]


def test_a_ticked_ticket_whose_template_was_never_copied_says_what_it_lacks(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE[:2]).ordered(2).sent()
    (number, words) = said(walk, "jira")
    assert number == ("HOST-4412  ", "strong") and words[0].startswith("template never copied, ")
    assert said(walk, "jira", 40)[1] == ("not copied", "due")
