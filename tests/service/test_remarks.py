"""What agents say is wrong with a step, for whoever writes the playbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.marks import Skip
from oxtui.cases.commands.waiting import Remark
from oxtui.cases.notes.report import remarks
from oxtui.errors import Refusal, WrongUse
from tests.drive.case import Walk, service_at


def test_a_remark_changes_nothing_and_is_told_with_the_skips_newest_first(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2).sent()
    before = walk.case
    walk.do(Remark("order-completed", "The console says Provisioned, not completed"))
    assert walk.case.statuses == before.statuses and walk.case.boards == before.boards
    walk.do(Skip("chat-follow-up", "no such login here"))
    text = remarks([walk.case], walk.service.clock)
    assert "2  Is the order completed?" in text and "wrong    The console says Provisioned, not completed" in text
    assert "skipped  no such login here" in text
    assert walk.case.agent not in text and walk.case.domain not in text
    assert "No one has called a step wrong" in remarks([walk.case], walk.service.clock, until=date(2020, 1, 1))


def test_a_remark_needs_no_call_but_a_text_an_item_and_an_open_case(home: Path) -> None:
    walk = Walk(service_at(home)).begin(3)
    walk.refused(Remark("ns", "  "), "What is wrong with it?", error=WrongUse)
    walk.refused(Remark("none", "x"), error=Refusal)
    walk.do(Close("unreachable"))
    assert walk.closed_as("unreachable")


def test_a_remark_is_not_what_undo_means(home: Path) -> None:
    walk = Walk(service_at(home)).begin(3)
    walk.answer("ns", "with-us")
    answered = walk.case.undo
    walk.do(Remark("ns", "asked twice"))
    assert walk.case.undo and answered and walk.case.undo.event.id == answered.event.id
