"""Calls that lapse, cases that are closed and come back, files changed by hand, and playbooks that pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.conduct import (
    BeginCall,
    Close,
    EndCall,
    FailAuthentication,
    MovePlaybook,
    Note,
    RecordCopy,
    Resume,
    Revoke,
    SetDetails,
    SetHold,
    SetMailboxes,
)
from oxtui.errors import Negative, Refusal, WrongUse
from oxtui.playbook.progress import State
from tests.drive.case import DOMAIN, THREE, FakeClock, Walk, changed, service_at, shipped


# -- calls and time
def test_a_call_lapses_by_the_monotonic_clock_even_where_the_wall_clock_stands_still(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    clock.pass_(minutes=59, wall=False)
    walk.answer("billed-now", "monthly")
    clock.pass_(minutes=1, wall=False)
    assert walk.case.call.lapsed and walk.state("billed-now") is State.DONE
    walk.refused(walk.answering("licence", "business-basic"), "lapsed", "authenticate again")
    walk.do(BeginCall("client"))
    walk.answer("licence", "business-basic")


def test_a_call_lapses_where_the_machine_slept(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    assert walk.case.call.live
    clock.pass_(minutes=61, monotonic=False)
    assert not walk.case.call.live


def test_a_clock_put_back_does_not_lengthen_a_call(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    clock.pass_(minutes=-300, monotonic=False)
    assert walk.case.call.live
    clock.pass_(minutes=61, wall=False)
    assert not walk.case.call.live


def test_a_call_lapses_across_a_restart(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    clock.pass_(minutes=40)
    again = FakeClock(clock.local())
    walk = walk.other(service_at(home, clock=again))
    walk.answer("billed-now", "monthly")
    again.pass_(minutes=21)
    assert walk.case.call.lapsed
    walk.refused(BeginCall("phone"), "no kind of call", error=WrongUse)


def test_back_office_lapses_too(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    walk.do(EndCall(), BeginCall("back-office"))
    walk.answer("billed-now", "monthly")
    clock.pass_(minutes=60)
    walk.refused(walk.answering("licence", "business-basic"), "lapsed")


def test_a_case_that_nobody_changed_is_not_read_again_while_its_call_goes_on_or_once_it_is_over(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    assert walk.case.call.live and walk.case is walk.case
    clock.pass_(minutes=61)
    assert walk.case.call.lapsed and walk.case is walk.case


def test_what_never_needs_a_call(home: Path) -> None:
    walk = Walk(service_at(home))
    walk.do(FailAuthentication("wrong PIN"), Note("will call back"), SetHold("the client", "2026-11-24"),
            SetDetails({"phone": "1"}), SetMailboxes(THREE[1]), Resume())  # fmt: skip
    assert walk.case.auth_failed
    walk.refused(SetHold("x", "soon"), "not a date", error=WrongUse)
    walk.refused(Note("  "), "empty", error=WrongUse)
    walk.close("not-authenticated")
    assert walk.closed_as("not-authenticated")


def test_a_hold_ends_the_call_and_falls_due(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    case = walk.do(SetHold("SME", "2026-11-23T09:00", "the amount"))
    assert case.hold and not case.call.mode and case.standing() == "waiting"
    clock.pass_(hours=23)
    assert walk.case.standing() == "due"


def test_an_authentication_that_was_taken_back_is_not_taken_back_for_another(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    first = walk.case.auth_event
    wrong = walk.do(BeginCall("client")).auth_event
    assert first and wrong and wrong.id != first.id
    for _ in range(2):
        walk.do(Revoke("typed by accident", wrong.id))
        assert walk.case.auth_event and walk.case.auth_event.id == first.id
    assert [entry.what for entry in walk.case.log].count("revoked") == 1


def test_revoking_makes_stale_and_doing_it_again_fresh(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    walk.do(Revoke("another person called"))
    assert walk.states("licence", "tell-team", "order") == [State.STALE] * 3
    walk.refused(Revoke(), "no authentication")
    walk.do(BeginCall("client"))
    for name, value in {
        "billed-now": "monthly",
        "licence": "business-basic",
        "billed-next": "monthly",
    }.items():
        walk.answer(name, value)
    walk.tick("tell-team")
    walk.tick("salesforce-reason")
    walk.tick("order")
    assert walk.states("licence", "tell-team", "order") == [State.DONE] * 3


# -- closing
def test_every_ending_and_what_it_asks(home: Path) -> None:
    def fresh() -> Walk:
        return Walk(service_at(home))

    for ending in ("handed-over", "out-of-scope"):
        walk = fresh()
        walk.refused(Close(ending, " "), "?", error=WrongUse)
        walk.close(ending, "Ben")
        assert walk.closed_as(ending)
    for ending in ("not-authenticated", "unreachable", "nothing-to-do", "mistake"):
        walk = fresh()
        walk.close(ending)
        assert walk.closed_as(ending)
    walk = fresh().ordered(1)
    walk.refused(Close("not-authenticated"), "was authenticated")
    walk.refused(Close("nothing-to-do"), "A scenario was chosen")
    walk.refused(Close("mistake"), "Something was done")
    walk.refused(Close("complete"), "still open", "more")
    walk.refused(Close("perfect"), "no ending", error=WrongUse)
    copied = fresh().begin(1)
    copied.do(RecordCopy("i-dont-want-ox-mail"))
    copied.refused(Close("mistake"), "Something was done")


def test_a_case_that_is_closed_takes_nothing_and_reopens_with_nobody_on_the_line(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    before = walk.case
    closed = walk.close("handed-over", "Ben")
    assert closed.log[-1].get("left") == ["Microsoft 365 - Email Essentials is still running and billed"]
    with pytest.raises(Negative, match="no longer open"):
        walk.service.change(walk.id, Note("too late"))
    with pytest.raises(Refusal, match="closed"):
        walk.service.may(closed, BeginCall("client"))
    assert [row["id"] for row in walk.service.history.by_domain(DOMAIN)] == [walk.id]
    case = walk.service.reopen(walk.id)
    assert not case.closed and not case.call.live and case.call.authenticated_before
    assert case.log[: len(before.log)] == before.log and [e.what for e in case.log[-2:]] == [
        "closed",
        "reopened",
    ]
    assert walk.service.history.get(walk.id) is None and walk.service.settle() == []
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


# -- changed by hand
Log = list[dict[str, Any]]


def by_hand(home: Path, change: Callable[[Log], object]) -> None:
    path = home / "cases.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    (document,) = data["cases"].values()
    change(document["log"])
    path.write_text(json.dumps(data), encoding="utf-8")


FORGERIES: dict[str, Callable[[Log], object]] = {
    "a tick is moved to the cancellation": lambda log: last(log, "ticked")["data"].update(item="cancel-ox-mail"),
    "an answer is turned round": lambda log: last(log, "answered")["data"].update(value=["completed"]),
    "a call is made one with the client": lambda log: last(log, "call")["data"].update(mode="client"),
    "an entry in the middle is gone": lambda log: log.pop(6),
    "an entry is written in": lambda log: log.append({**last(log, "call"), "seq": len(log) + 1, "id": "zzzzzzzzzzzz"}),
}


def last(log: Log, what: str) -> dict[str, Any]:
    return next(kept for kept in reversed(log) if kept["what"] == what)


@pytest.mark.parametrize("name", list(FORGERIES))
def test_a_file_changed_by_hand_opens_no_gate(home: Path, name: str) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(2).sent()
    walk.answer("jira-result", "returned")
    walk.do(EndCall(), BeginCall("back-office"))
    assert walk.case.call.live
    for path in (home / "backups").rglob("*"):
        path.unlink() if path.is_file() else None
    by_hand(home, FORGERIES[name])
    for pane in (walk, walk.other(service_at(home))):
        case = pane.case
        if case.altered:
            assert not case.call.live and not case.authenticated
            pane.refused(pane.ticking("client-confirms"))
            pane.refused(RecordCopy("o365-reversal"), "authenticated client")
            pane.refused(BeginCall("back-office"), "never authenticated")
        else:  # the pane that had read it put the entry back
            assert case.status("cancel-ox-mail").state is State.LOCKED
        assert case.status("cancel-ox-mail").state is not State.DONE
    walk.do(BeginCall("client"))
    walk.refused(walk.ticking("cancel-ox-mail"))
    assert walk.case.call.live, "a new authentication goes on from there"


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
    walk.refused(MovePlaybook(digest), "today's playbook only")
    (home / "playbooks" / f"{digest}.json").unlink()
    later.do(MovePlaybook(digest))
    assert later.state("say-thanks") is State.TODO and "salesforce-reason" not in later.case.statuses
    assert later.state("licence") is State.DONE
    assert (home / "playbooks" / f"{digest}.json").exists(), "what it was moved to is kept"
    assert walk.other(service_at(home)).case.procedure.digest == digest
    before = len(later.case.log)
    later.do(MovePlaybook(digest))
    assert len(later.case.log) == before


# -- the summary of what it costs
def test_two_desks_see_each_other_at_once(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    other = walk.other(service_at(home, "ben"))
    stamp = other.service.stamp()
    walk.tick("tell-team")
    assert other.service.stamp() != stamp and other.state("tell-team") is State.DONE
    other.do(BeginCall("client"))
    other.tick("order")
    assert walk.case.log[-1].agent == "ben" and [e.seq for e in walk.case.log] == list(range(1, len(walk.case.log) + 1))
