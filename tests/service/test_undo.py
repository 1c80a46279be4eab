"""Undo: exactly what one's last mark changed, one after another, and what it never brings back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.board import EMPTY
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, Revoke
from oxtui.cases.commands.copies import BeginCopy, RecordCopy
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.details import ChangeDomain, SetDetails
from oxtui.cases.commands.killers import Cancel, Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Skip, TakeBack
from oxtui.cases.commands.quotes import Cover, SetLicences
from oxtui.cases.commands.scenarios import Choose, MovePlaybook
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import KeepEvidence, Note
from oxtui.cases.log.reading import UNDOABLE
from oxtui.cases.status import State
from oxtui.errors import Refusal
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, THREE, FakeClock, Walk, changed, service_at, undo_last

TWO = THREE[:2]


def undo(walk: Walk) -> Case:
    return undo_last(walk.service, walk.id)


def ready(home: Path) -> Walk:
    """Scenario 2, two mailboxes, all done but the cancellation."""
    return Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).back()


def colleague(walk: Walk) -> Walk:
    """The same case in the pane of Ben, who is in a call of his own."""
    ben = walk.other(service_at(walk.service.places.home, "ben", walk.service.clock))
    ben.do(BeginCall("client"))
    return ben


def stands(case: Case) -> Mapping[str, Any]:
    """All that an undo puts back."""
    return {
        "boards": {number: board for number, board in case.boards.items() if board != EMPTY},
        "mailboxes": case.mailboxes, "left out": case.left_out, "scenario": case.number, "details": case.details,
        "licences": case.licences_typed, "quote": case.quote, "lines": case.lines,
    }  # fmt: skip


# -- what it means, and when
def test_undo_of_every_kind_goes_back_step_by_step(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=THREE).plan(1, "yearly", "yearly")
    walk.do(SetDetails({"phone": "03 1"}), SetMailboxes(f"new@{DOMAIN}"), SetLicences(7))
    walk.quote()
    walk.tick("tell-team")
    walk.do(Skip("salesforce-reason", "x"))
    walk.tick("order")
    walk.do(SetMailboxes(f"late@{DOMAIN}"), Cover(covered=True), TakeBack("tell-team"), Choose(3, {"moved": "done"}))
    walk.do(Settle("order", "4", told="it stays", scenario=1))
    done = [event for event in walk.case.log if event.what in UNDOABLE]
    assert {event.what for event in done} >= {
        "ticked", "answered", "quote", "skipped", "settled", "taken-back", "scenario", "flow", "mailboxes", "details",
        "licences", "covered",
    }  # fmt: skip
    for event in reversed(done):
        if event.seq < 3:
            break  # the case was begun so, before the conversation
        assert undo(walk).log[-1].get("entry") == event.id
    case = walk.case
    assert (case.number, case.addresses, case.details.of("phone"), case.quote, case.flow) == (None, THREE, "", None, {})
    assert case.unwinds == () and not case.acted()
    with pytest.raises(Refusal):
        undo(walk)
    assert service_at(home).case(walk.id).log == case.log


def test_it_is_undone_in_the_conversation_it_was_done_in_or_within_five_minutes(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).plan(1)
    clock.pass_(minutes=30)
    undo(walk)
    assert walk.state("billed-next") is State.TODO, "in one conversation there is time"
    walk.answer("billed-next", "monthly")
    walk.do(EndCall(), BeginCall("client"))
    with pytest.raises(Refusal, match="can no longer be undone"):
        undo(walk)
    walk.tick("tell-team")
    walk.do(EndCall())
    clock.pass_(minutes=4)
    undo(walk)
    assert walk.state("tell-team") is State.TODO
    walk.do(SetDetails({"phone": "1"}))
    clock.pass_(minutes=6)
    with pytest.raises(Refusal, match="can no longer be undone"):
        undo(walk)


def test_evidence_copies_and_a_colleagues_note_do_not_count_as_later(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2).sent()
    mark = walk.answer("devices", "no-device").log[-1].id
    begun = walk.do(BeginCopy("o365-reversal")).log[-1].id
    walk.do(RecordCopy(begun, "read back"), KeepEvidence(evidence_data(DOMAIN, "office365")))
    colleague(walk).do(Note("looked at it"))
    walk.do(UndoIt(mark))
    assert walk.case.marks("devices")[TWO[0]].value == ("connected",)


def test_a_colleagues_mark_counts_as_later_where_it_touches_what_was_changed(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    ben = colleague(walk)
    mark = walk.answer("order-completed", "completed").log[-1].id
    ben.answer("ox-running", "running")
    assert walk.case.undo and walk.case.undo.event.id == mark, "it rests on nothing that was changed"
    ben.answer("dns-office-365", "yes")
    assert walk.case.undo is None
    walk.refused(UndoIt(mark), "can no longer be undone")
    ben.refused(UndoIt(mark), "done by anna")


def test_a_scenario_in_which_a_colleague_went_on_is_changed_and_not_undone(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).begin(3)
    chosen = walk.do(Choose(2)).log[-1].id
    colleague(walk).tick("sme")
    walk.refused(UndoIt(chosen), "can no longer be undone")
    assert walk.do(Choose(3)).unwinds, "what was asked of the SME is asked about"


def test_licences_by_which_a_colleague_worked_the_discount_out_are_changed_and_not_undone(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).plan(1, "yearly", "yearly")
    counted = walk.do(SetLicences(5)).log[-1].id
    colleague(walk).quote()
    walk.refused(UndoIt(counted), "can no longer be undone")
    walk.do(SetLicences(2))
    assert walk.state("quote") is State.STALE


def test_what_a_colleague_filled_in_meanwhile_stays(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2).sent()
    walk.take_back("jira")
    walk.do(SetDetails({"contact": "Ann", "jira": ""}))
    before = walk.case.details
    walk.do(SetDetails({"contact": "Anne"}))
    colleague(walk).tick("jira")
    details = undo(walk).details
    assert (details.of("contact"), details.of("jira")) == ("Ann", "HOST-4412")
    assert undo_last(colleague(walk).service, walk.id).details == before


def test_what_was_typed_with_it_is_still_in_the_log_to_be_proposed_again(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2).sent()
    ticked = walk.case.log[-1]
    undo(walk)
    assert walk.state("jira") is State.TODO and walk.case.details.all_of("jira") == ()
    assert ticked.id in walk.case.dropped and ticked.get("values") == {"jira": "HOST-4412"}


# -- what it never brings back
@pytest.mark.parametrize("spoils", [Revoke("the wrong person"), ChangeDomain("other.com.au")], ids=["client", "domain"])
def test_it_does_not_reach_past_what_made_everything_stale(home: Path, spoils: Command) -> None:
    """What stood in a mailbox that was taken out would come back untouched by it."""
    walk = ready(home)
    walk.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"}), spoils)
    with pytest.raises(Refusal):
        undo(walk)
    assert walk.case.addresses == TWO[:1]


def test_nor_past_a_move_to_other_steps(home: Path, tmp_path: Path) -> None:
    walk = ready(home)
    newer = changed(tmp_path, "playbook.yaml", ("title: OX-Mail escalations", "title: Escalations"))
    later = walk.other(service_at(home, clock=walk.service.clock, playbook=newer))
    later.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"}), MovePlaybook(newer.procedure))
    with pytest.raises(Refusal):
        undo(later)


def test_what_a_colleague_made_stale_meanwhile_does_not_stand_again(home: Path) -> None:
    """Ben has the order placed anew; the devices were looked at before that."""
    walk = ready(home)
    ben = colleague(walk)
    walk.answer("devices", "no-device")
    ben.answer("order-completed", "refused")
    ben.tick("order-again")
    ben.answer("order-completed", "completed")
    ben.answer("dns-office-365", "yes")
    with pytest.raises(Refusal):
        undo(walk)
    assert walk.state("devices") is State.STALE
    walk.refused(Clear("cancel-ox-mail"), "locked")


@pytest.mark.parametrize("how", ["undone", "taken back, undone"])
def test_what_dns_said_in_between_counts_against_what_is_put_back(home: Path, how: str) -> None:
    walk = ready(home)
    if how == "undone":
        walk.answer("dns-office-365", "no")
    else:
        walk.take_back("dns-office-365")
    walk.do(KeepEvidence(evidence_data(DOMAIN, "other")))
    undo(walk)
    status = walk.case.status("dns-office-365")
    assert (status.state, status.because) == (State.STALE, "evidence")
    walk.refused(Clear("cancel-ox-mail"), "the DNS check")


def test_what_dns_had_said_before_is_put_back_as_it_was(home: Path) -> None:
    walk = ready(home)
    walk.do(KeepEvidence(evidence_data(DOMAIN, "other")))
    before = stands(walk.case)
    walk.answer("dns-office-365", "yes")
    assert walk.state("dns-office-365") is State.DONE, "still so, they say"
    undo(walk)
    assert stands(walk.case) == before


def test_putting_back_needs_what_doing_it_needed(home: Path) -> None:
    walk = ready(home)
    walk.do(EndCall())
    walk.take_back("dns-office-365")
    with pytest.raises(Refusal, match="needs an authenticated client"):
        undo(walk)
    walk.do(BeginCall("back-office"))
    walk.take_back("client-confirms")
    with pytest.raises(Refusal, match="needs the client"):
        undo(walk)
    walk.answer("dns-office-365", "yes")
    undo(walk)
    assert walk.state("dns-office-365") is State.TODO, "what was not done before needs nothing"


# -- killers
def test_not_yet_is_undone_and_so_is_the_cancellation_back_to_cleared(home: Path) -> None:
    walk = ready(home)
    walk.do(Clear("cancel-ox-mail"), NotYet("cancel-ox-mail"))
    assert not walk.case.cleared
    undo(walk)
    assert walk.case.cleared
    walk.do(Cancel("cancel-ox-mail"))
    undo(walk)
    assert walk.case.cleared and walk.state("cancel-ox-mail") is State.TODO
