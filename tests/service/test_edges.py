"""Edges of the log that no way through a scenario comes to: skips, forgeries, repeats, what is taken back late."""

from __future__ import annotations

import copy
import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands import Skip, Undo, Unwind
from oxtui.cases.conduct import BeginCall, Close, EndCall, Note, Revoke, SetDetails
from oxtui.cases.events import Event, to_document
from oxtui.cases.replay import fold
from oxtui.errors import Negative, Refusal, StoreError, WrongUse
from oxtui.playbook.progress import State
from oxtui.secret import Secret
from tests.drive.case import ONE, SUNDAY, Walk, changed, service_at, shipped


# -- what rests on an authentication
def test_a_skip_is_open_again_only_with_the_authentication_it_rested_on(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.do(Skip("salesforce-reason", "no case yet"))
    walk.do(BeginCall("client"), Revoke("wrong person"))
    assert walk.state("salesforce-reason") is State.OVERRIDDEN
    walk.do(Revoke("that one as well"))
    assert walk.state("salesforce-reason") is State.TODO


def test_what_was_skipped_does_not_come_back_as_done(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.tick("salesforce-reason")
    walk.do(Revoke("wrong person"), BeginCall("client"))
    assert walk.state("salesforce-reason") is State.STALE
    assert not walk.do(Skip("salesforce-reason", "the reason is set")).record("salesforce-reason").marks
    walk.do(Revoke("and again"), BeginCall("client"))
    assert walk.state("salesforce-reason") is State.TODO


def test_an_empty_value_wipes_no_number(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(SetDetails({"salesforce": "00987654"}))
    walk.plan(1)
    assert walk.tick("salesforce-reason", values={}).details.salesforce == "00987654"


def test_a_number_typed_in_small_letters_is_kept_in_capitals(home: Path) -> None:
    walk = Walk(service_at(home))
    assert walk.do(SetDetails({"jira": "host-4412"})).details.jira == ("HOST-4412",)
    for wrong in ("host4412", "host-", "höst-1"):
        with pytest.raises(WrongUse, match="does not look like"):
            walk.do(SetDetails({"jira": wrong}))


def test_what_was_reported_stays_done_when_the_client_is_authenticated_here(home: Path, tmp_path: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    away = service_at(tmp_path / "away", "cora")
    case = away.take_over(walk.service.note(walk.case))
    assert not case.call.live and case.status("order").state is State.DONE
    case = away.change(case.id, BeginCall("client"))
    assert case.status("order").state is State.DONE


# -- taken back late
def test_a_tick_is_taken_back_after_it_was_reversed(home: Path) -> None:
    walk = Walk(service_at(home)).checked("sending-receiving")
    walk.answer("ns", "with-us")
    ticked = walk.tick("sme-case").log[-1].id
    walk.answer("solved", "yes")
    walk.do(Unwind(3, "sme-case"))
    case = walk.do(Undo(ticked, "anna"))
    assert case.status("sme-case").state is State.NOT_APPLICABLE and not case.unwinds


# -- a log that was changed from outside
def changed_log(walk: Walk, what: str, **data: Any) -> Case:
    """The case with the last entry of a kind turned into another."""
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    entry = next(kept for kept in reversed(document["log"]) if kept["what"] == what)
    entry.update(data)
    return fold(document, shipped().procedure, SUNDAY)


def test_a_forged_entry_tells_and_permits_nothing(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.do(Note("soon something else"), Note("taken back"))
    walk.service.undo(walk.id)
    forged = {"what": "closed", "data": {"ending": "complete"}}
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    place = next(n for n, kept in enumerate(document["log"]) if kept["data"].get("text") == "soon something else")
    document["log"][place].update(forged)
    for log in (document["log"], [kept for kept in document["log"] if kept["what"] != "undone"]):
        case = fold({**document, "log": log}, shipped().procedure, SUNDAY)
        assert case.altered and case.closed is None
    walk.do(SetDetails({"phone": "03 9000 0000"}))
    case = changed_log(walk, "details", data={"phone": "03 9111 1111"})
    assert case.altered and case.details.phone == "03 9111 1111", "what it says of the client is still shown"


def test_what_a_changed_entry_says_of_the_client_is_shown_in_any_log(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(SetDetails({"phone": "03 9000 0000"}))
    case = changed_log(walk, "details", data={"phone": "03 9111 1111"})
    assert case.altered and case.details.phone == "03 9111 1111"


def test_what_the_playbook_has_no_more_is_passed_over(home: Path) -> None:
    """A case that was moved to another playbook has entries of items that are gone."""
    walk = Walk(service_at(home)).plan(2)
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    for what in ("ticked", "answered", "skipped", "deferred", "unwound"):
        seq = len(document["log"]) + 1
        entry = Event(f"gone{seq}", seq, SUNDAY, "anna", what, {"scenario": 2, "item": "gone", "value": ["x"]})
        document["log"].append(to_document(walk.id, entry))
    case = fold(document, shipped().procedure, SUNDAY)
    assert not case.altered and case.statuses == walk.case.statuses


def test_a_skip_in_a_log_with_a_hole_is_open_again(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.do(Skip("salesforce-reason", "no case yet"), EndCall(), Note("x"))
    case = changed_log(walk, "note", data={"text": "y"})
    assert case.altered and case.status("salesforce-reason").state is State.TODO


def test_what_is_done_in_knowledge_of_the_damage_stands(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.do(Note("x"))
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    document["log"][-1]["data"] = {"text": "y"}
    other = service_at(home.with_name("other"))
    with other.store.transaction() as kept:
        kept.create(document)
    again = Walk(other, walk.id)
    assert again.case.altered and again.state("billed-now") is State.STALE
    assert "oxtui:" in walk.service.note(walk.case) and "oxtui:" not in other.note(again.case)
    assert service_at(home.with_name("empty")).note(walk.case), "a note of a case that is kept nowhere"
    again.do(BeginCall("client"))
    again.answer("billed-now", "yearly")
    again.do(BeginCall("client"))
    assert again.state("billed-now") is State.DONE


# -- the same attempt twice
def test_what_reached_the_disk_is_not_written_twice(home: Path) -> None:
    walk = Walk(service_at(home))
    service, attempt = walk.service, list[str]()
    service.change(walk.id, Note("once"), attempt)
    before = walk.case.log
    assert attempt == [before[-1].id]
    assert service.change(walk.id, Note("once"), attempt).log == before == walk.case.log
    stamp = service.stamp()
    assert service.change(walk.id, EndCall()).log == before and service.stamp() == stamp, (
        "nothing to write, nothing written"
    )


def test_an_attempt_at_a_case_that_was_dropped_meanwhile_says_so(home: Path) -> None:
    walk = Walk(service_at(home))
    attempt = list[str]()
    walk.service.change(walk.id, SetDetails({"phone": "03 9000 0000"}), attempt)
    service_at(home).drop(walk.id)
    with pytest.raises(Negative, match="no longer open"):
        walk.service.change(walk.id, SetDetails({"phone": "03 9000 0000"}), attempt)


@pytest.mark.parametrize("twice", [False, True])
def test_a_password_does_not_outlive_its_case(home: Path, twice: bool) -> None:
    walk = Walk(service_at(home))
    service, attempt = walk.service, list[str]()
    service.keep_secret(walk.id, ONE[0], Secret("blue-Horse_17"))
    service.change(walk.id, Close("unreachable"), attempt)
    if twice:  # typed again while the first attempt was still being told
        service.keep_secret(walk.id, ONE[0], Secret("blue-Horse_17"))
        assert service.change(walk.id, Close("unreachable"), attempt).closed
    assert service.reveal(walk.id, ONE[0]) == ""


def test_a_case_whose_closing_failed_at_the_last_sync_is_in_the_history(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open file has lost it already: the history must not lose it as well."""
    walk = Walk(service_at(home))
    service, attempt, fsync = walk.service, list[str](), os.fsync
    assert not service.history.recent(5)

    def failing(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing)
        with pytest.raises(StoreError):
            service.change(walk.id, Close("unreachable"), attempt)
        with pytest.raises(StoreError):  # it is there, but whether it stays there is still not known
            service.change(walk.id, Close("unreachable"), attempt)
    for pane in (service, service_at(home)):
        assert pane.find(walk.id).closed
    assert service.change(walk.id, Close("unreachable"), attempt).closed


def test_a_case_moved_to_todays_playbook_is_read_when_that_is_yesterdays(home: Path, tmp_path: Path) -> None:
    """A case that was taken over is pinned to a playbook that is kept, too."""
    walk = Walk(service_at(home)).plan(1)
    line = walk.service.note(walk.case)
    other = changed(tmp_path, "playbook.yaml", ("title: OX-Mail escalations", "title: Escalations"))
    away = tmp_path / "away"
    case = service_at(away, "cora", playbook=other).take_over(line)
    assert case.procedure.digest == other.procedure.digest
    assert service_at(away, "dora").case(case.id).procedure.digest == other.procedure.digest


# -- what is asked of the service without writing
def test_a_closed_case_says_that_it_is_closed_and_takes_a_note(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    closed = walk.close("unreachable")
    for change in (Skip("salesforce-reason", "late"), Undo(closed.log[-2].id, "anna"), EndCall()):
        with pytest.raises(Refusal, match="The case is closed"):
            walk.service.may(closed, change)
    walk.service.may(closed, Note("they rang again"))


def test_passwords_belong_to_their_case_and_templates_to_the_playbook(home: Path) -> None:
    service = service_at(home)
    one, two = Walk(service), Walk(service)
    for walk in (one, two):
        service.keep_secret(walk.id, ONE[0], Secret("blue-Horse_17"))
    service.forget_secrets(one.id)
    assert (service.reveal(one.id, ONE[0]), service.reveal(two.id, ONE[0])) == ("", "blue-Horse_17")
    missing = [service.filled(walk.case, "o365-reversal").missing for walk in (one, two)]
    assert set(missing[0]) - set(missing[1]) == {f"OX-MAIL Email {ONE[0]}"}, "the line of the password"
    service.forget_secrets()
    assert service.reveal(two.id, ONE[0]) == ""
    with pytest.raises(WrongUse, match="no template 'none'"):
        service.filled(one.case, "none")
