"""Edges that no way through a scenario comes to: empty values, the same attempt twice, passwords, a disk that fails."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from oxtui.cases.commands.base import Command, Sent
from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy, SetLine
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.marks import AnswerIt, Skip
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import Note, SetHold
from oxtui.cases.events import new_id
from oxtui.cases.status import State
from oxtui.errors import Negative, OxtuiError, Refusal, StoreError, WrongUse
from oxtui.secret import Secret
from tests.drive.case import ONE, Walk, changed, service_at

PASSWORD = "blue-Horse_17"


# -- details
def test_an_empty_value_wipes_no_number(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(SetDetails({"salesforce": "00987654"}))
    walk.plan(1)
    assert walk.answer("salesforce-reason", "set", values={}).details.of("salesforce") == "00987654"


def test_a_number_typed_in_small_letters_is_kept_in_capitals(home: Path) -> None:
    walk = Walk(service_at(home))
    assert walk.do(SetDetails({"jira": "host-4412"})).details.all_of("jira") == ("HOST-4412",)
    for wrong in ("host4412", "host-", "höst-1"):
        with pytest.raises(WrongUse, match="does not look like"):
            walk.do(SetDetails({"jira": wrong}))


def test_jira_numbers_come_one_after_another_and_go_together(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(SetDetails({"jira": "HOST-1"}), SetDetails({"jira": "HOST-2"}), SetDetails({"jira": "HOST-1"}))
    assert walk.case.details.all_of("jira") == ("HOST-2", "HOST-1"), "the last one typed is the last"
    assert walk.do(SetDetails({"jira": ""})).details.all_of("jira") == ()


# -- a case that was reported
def test_what_was_reported_stays_done_when_the_client_is_authenticated_here(home: Path, tmp_path: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    away = service_at(tmp_path / "away", "cora")
    case = away.take_over(walk.service.note(walk.case))
    assert not case.conversation.live and not case.authenticated
    assert case.status("order").state is State.DONE
    case = away.change(case.id, BeginCall("client"))
    assert case.status("order").state is State.DONE


def test_a_case_moved_to_todays_playbook_is_read_when_that_is_yesterdays(home: Path, tmp_path: Path) -> None:
    """A case that was taken over is pinned to a playbook that is kept, too."""
    walk = Walk(service_at(home)).plan(1)
    line = walk.service.note(walk.case)
    other = changed(tmp_path, "playbook.yaml", ("title: OX-Mail escalations", "title: Escalations"))
    away = tmp_path / "away"
    case = service_at(away, "cora", playbook=other).take_over(line)
    assert case.procedure.digest == other.procedure.digest
    assert service_at(away, "dora").case(case.id).procedure.digest == other.procedure.digest


# -- the same attempt twice
def sent(command: Command, seen: int | None = None) -> Sent:
    return Sent(command, new_id(), seen)


def test_what_reached_the_disk_is_not_written_twice(home: Path) -> None:
    walk = Walk(service_at(home))
    service, attempt = walk.service, sent(Note("once"))
    service.change(walk.id, attempt.command, attempt)
    before = walk.case.log
    assert before[-1].id == attempt.id, "its id was made with it"
    assert service.change(walk.id, attempt.command, attempt).log == before == walk.case.log
    assert walk.other(service_at(home, "anna")).service.change(walk.id, attempt.command, attempt).log == before
    stamp = service.store.stamp()
    assert service.change(walk.id, EndCall()).log == before and service.store.stamp() == stamp, (
        "nothing to write, nothing written"
    )


def test_a_command_that_writes_two_events_is_not_written_twice_either(home: Path) -> None:
    walk = Walk(service_at(home)).begin(1)
    attempt = sent(SetHold("sme", "2026-11-30"))
    after = walk.service.change(walk.id, attempt.command, attempt).log
    assert [event.what for event in after[-2:]] == ["call-ended", "hold"]
    assert walk.service.change(walk.id, attempt.command, attempt).log == after


def test_what_was_written_is_not_decided_again_though_it_would_be_refused_now(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    tick = walk.ticking("tell-team")
    attempt = sent(tick, walk.case.seq)
    walk.service.change(walk.id, tick, attempt)
    walk.refused(tick, "done already")
    walk.do(EndCall())
    before = walk.case.log
    assert walk.service.change(walk.id, tick, attempt).log == before


def test_an_attempt_at_a_case_that_was_dropped_meanwhile_says_so(home: Path) -> None:
    walk = Walk(service_at(home))
    attempt = sent(SetDetails({"phone": "03 9000 0000"}))
    walk.service.change(walk.id, attempt.command, attempt)
    service_at(home).drop(walk.id)
    with pytest.raises(Negative, match="no longer open"):
        walk.service.change(walk.id, attempt.command, attempt)


# -- closing, twice, and with a disk that fails
@pytest.mark.parametrize("twice", [False, True])
def test_a_password_does_not_outlive_its_case(home: Path, twice: bool) -> None:
    walk = Walk(service_at(home))
    service, attempt = walk.service, sent(Close("unreachable"))
    service.keep_secret(walk.id, ONE[0], Secret(PASSWORD))
    service.change(walk.id, attempt.command, attempt)
    if twice:  # typed again while the first attempt was still being told
        service.keep_secret(walk.id, ONE[0], Secret(PASSWORD))
        assert service.change(walk.id, attempt.command, attempt).closed
    assert service.reveal(walk.id, ONE[0]) == ""
    assert all(PASSWORD.encode() not in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_case_whose_closing_failed_at_the_last_sync_is_in_the_history(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open file has lost it already: the history must not lose it as well."""
    walk = Walk(service_at(home))
    service, attempt, fsync = walk.service, sent(Close("unreachable")), os.fsync
    assert not service.store.archive.recent(5)

    def failing(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing)
        with pytest.raises(StoreError):
            service.change(walk.id, attempt.command, attempt)
    for pane in (service, service_at(home)):
        assert pane.find(walk.id).closed
    assert service.change(walk.id, attempt.command, attempt).closed


# -- what is asked of the service without writing
def test_what_a_service_says_may_not_be_done_it_refuses_in_the_same_words(home: Path) -> None:
    walk = Walk(service_at(home)).plan(2)
    for command in (
        walk.ticking("jira"), walk.ticking("order"), Clear("cancel-ox-mail"), BeginCopy("o365-reversal"),
        AnswerIt("licence", ("no-such",)), Skip("ox-running", "x"), Close("complete"), UndoIt("no-such"),
        SetLine("o365-reversal", "no-such", "x"), walk.ticking("sme"), Note("fine"),
    ):  # fmt: skip
        said = ""
        before = walk.service.store.get(walk.id)
        try:
            walk.service.would_change(walk.case, command)
        except (Refusal, WrongUse) as error:
            said = str(error)
        assert walk.service.store.get(walk.id) == before, "it was only asked"
        if said:
            assert walk.refused(command, error=type(error_of(walk, command))) == said
        else:
            walk.do(command)


def error_of(walk: Walk, command: Command) -> OxtuiError:
    try:
        walk.service.would_change(walk.case, command)
    except (Refusal, WrongUse) as error:
        return error
    raise AssertionError(command)


def test_a_closed_case_says_that_it_is_closed_and_takes_a_note(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    closed = walk.close("unreachable")
    for change in (Skip("salesforce-reason", "late"), UndoIt(closed.log[-2].id), EndCall()):
        with pytest.raises(Refusal, match="The case is closed"):
            walk.service.would_change(closed, change)
    walk.service.would_change(closed, Note("they rang again"))


def test_passwords_belong_to_their_case_and_templates_to_the_playbook(home: Path) -> None:
    service = service_at(home)
    one, two = Walk(service), Walk(service)
    for walk in (one, two):
        service.keep_secret(walk.id, ONE[0], Secret(PASSWORD))
    service.forget_secrets(one.id)
    assert (service.reveal(one.id, ONE[0]), service.reveal(two.id, ONE[0])) == ("", PASSWORD)
    missing = [service.filled(walk.case, "o365-reversal").missing for walk in (one, two)]
    assert set(missing[0]) - set(missing[1]) == {f"OX-MAIL Email {ONE[0]}"}, "the line of the password"
    service.forget_secrets()
    assert service.reveal(two.id, ONE[0]) == ""
    with pytest.raises(WrongUse, match="no template 'none'"):
        service.filled(one.case, "none")
