"""The case file edited by hand: it is seen, and no edit lets an unauthenticated case be ticked or copied.

A checksum is no signature: who computes a right one for what he makes up is not found out by it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall, EndCall, Revoke
from oxtui.cases.commands.copies import BeginCopy
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.marks import Skip, Tick
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Note
from oxtui.cases.events import Event, to_document
from oxtui.cases.log.replay import replay
from oxtui.cases.status import State
from tests.drive.case import ONE, SUNDAY, THREE, Walk, service_at, shipped, undo_last

Log = list[dict[str, Any]]


def last(log: Log, what: str) -> dict[str, Any]:
    return next(kept for kept in reversed(log) if kept["what"] == what)


def place_of(log: Log, what: str) -> int:
    return [kept["what"] for kept in log].index(what)


def edited(home: Path, edit: Callable[..., object], case_id: str, other: str = "") -> None:
    """The case file with the log of one case edited, as with a text editor; nothing to mend it from."""
    for path in (home / "backups").rglob("*"):
        path.unlink() if path.is_file() else None
    file = home / "cases.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    logs = {document["id"]: document["log"] for document in whole["cases"].values()}
    edit(logs[case_id], *([logs[other]] if other else []))
    file.write_text(json.dumps(whole), encoding="utf-8")


def nothing_goes(walk: Walk) -> None:
    """That it is seen as edited, and that nothing which needs a client can be done."""
    assert walk.case.altered and not walk.case.authenticated and not walk.case.conversation.live
    for change in (Choose(1), Tick("tell-team"), BeginCall("back-office"), BeginCopy("o365-reversal")):
        walk.refused(change)


# -- a call that never took place
def forged_call(log: Log, _: Log) -> None:
    call = {"what": "call", "data": {"mode": "client", "method": "", "caller": ""}}
    log.append({**log[-1], **call, "id": "f" * 12, "seq": log[-1]["seq"] + 1})


def opened_made_a_call(log: Log, _: Log) -> None:
    log[-1].update(what="call", data={"mode": "client"})


def call_of_another_case(log: Log, other: Log) -> None:
    log.append({**other[place_of(other, "call")], "seq": log[-1]["seq"] + 1})


def the_same_call_of_another_case(log: Log, other: Log) -> None:
    log.append(other[place_of(other, "call")])


CALLS: dict[str, Callable[[Log, Log], None]] = {
    "a call made up": forged_call,
    "an event made a call": opened_made_a_call,
    "a call of another case": call_of_another_case,
    "a call of another case, unchanged": the_same_call_of_another_case,
}


@pytest.mark.parametrize("name", list(CALLS))
def test_a_call_that_was_written_by_hand_opens_nothing(home: Path, name: str) -> None:
    other = Walk(service_at(home), mailboxes=ONE).begin(1)
    walk = Walk(service_at(home), mailboxes=ONE)
    edited(home, CALLS[name], walk.id, other.id)
    nothing_goes(walk.other(service_at(home)))
    walk.other(service_at(home)).do(Note("and it can still be written up"))


@pytest.mark.parametrize("edit", ["revoked taken out", "revoked made a note", "the order turned round"])
def test_a_revocation_that_was_taken_out_by_hand_opens_nothing(home: Path, edit: str) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).begin(1)
    walk.do(Revoke(), Note("the caller was somebody else"))

    def change(log: Log) -> None:
        at = place_of(log, "revoked")
        if edit == "revoked taken out":
            del log[at]
        elif edit == "revoked made a note":
            log[at].update(what="note", data={"text": ""})
        else:
            call = log.pop(place_of(log, "call"))
            log.append({**call, "seq": log[-1]["seq"] + 1})

    edited(home, change, walk.id)
    nothing_goes(walk.other(service_at(home)))


def test_an_order_of_events_that_was_changed_by_hand_changes_nothing(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).begin(1)
    walk.do(EndCall())
    edited(home, lambda log: log.append(log.pop(place_of(log, "call"))), walk.id)
    again = walk.other(service_at(home))
    assert not again.case.conversation.live
    again.refused(again.ticking("tell-team"), "needs an authenticated client")


# -- the gate
FORGERIES: dict[str, Callable[[Log], object]] = {
    "a tick is moved to the cancellation": lambda log: last(log, "ticked")["data"].update(item="cancel-ox-mail"),
    "a tick is made the first step": lambda log: last(log, "ticked").update(what="cleared"),
    "an answer is turned round": lambda log: last(log, "answered")["data"].update(value=["completed"]),
    "a call is made one with the client": lambda log: last(log, "call")["data"].update(mode="client"),
    "an event in the middle is gone": lambda log: log.pop(6),
    "an event is written in": lambda log: log.append({**last(log, "call"), "seq": len(log) + 1, "id": "zzzzzzzzzzzz"}),
    "what it made stale is taken out": lambda log: last(log, "answered")["data"].update(effects={}),
}


@pytest.mark.parametrize("name", list(FORGERIES))
def test_a_file_changed_by_hand_opens_no_gate(home: Path, name: str) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(2).sent()
    walk.answer("jira-result", "completed")
    walk.answer("client-confirms", "works")
    walk.answer("jira-result", "returned")
    walk.do(EndCall(), BeginCall("back-office"))
    assert walk.case.conversation.live
    edited(home, FORGERIES[name], walk.id)
    for pane in (walk, walk.other(service_at(home))):
        case = pane.case
        if case.altered:
            assert not case.conversation.live and not case.authenticated
            pane.refused(pane.answering("client-confirms", "works"))
            pane.refused(BeginCopy("o365-reversal"), "authenticated client")
            pane.refused(BeginCall("back-office"), "never authenticated")
        assert case.status("cancel-ox-mail").state is State.LOCKED
    walk.do(BeginCall("client"))
    walk.refused(Clear("cancel-ox-mail"))
    assert walk.case.conversation.live, "a new authentication goes on from there"


# -- what a changed event still says
def changed_log(walk: Walk, what: str, **data: Any) -> Case:
    """The case with the last event of a kind turned into another."""
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    last(document["log"], what).update(data)
    return replay(document, shipped().procedure, SUNDAY)


def test_a_forged_event_tells_and_permits_nothing(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.do(Note("soon something else"), Note("taken back"))
    undo_last(walk.service, walk.id)
    forged = {"what": "closed", "data": {"ending": "complete"}}
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    place = next(n for n, kept in enumerate(document["log"]) if kept["data"].get("text") == "soon something else")
    document["log"][place].update(forged)
    for log in (document["log"], [kept for kept in document["log"] if kept["what"] != "undone"]):
        case = replay({**document, "log": log}, shipped().procedure, SUNDAY)
        assert case.altered and case.closed is None
    walk.do(SetDetails({"phone": "03 9000 0000"}))
    case = changed_log(walk, "details", data={"phone": "03 9111 1111"})
    assert case.altered and case.details.of("phone") == "03 9111 1111", "what it says of the client is still shown"


def test_what_the_playbook_has_no_more_is_passed_over(home: Path) -> None:
    """A case that was moved to another playbook has events of items that are gone."""
    walk = Walk(service_at(home)).plan(2)
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    known = "ticked answered skipped deferred settled corrected taken-back cleared not-yet unwound"
    for what in (*known.split(), "from-the-future"):
        seq = len(document["log"]) + 1
        data = {"scenario": 2, "item": "gone", "value": ["x"], "until": "2026-12-01"}
        event = Event(f"gone{seq}", seq, SUNDAY, "anna", what, data)
        document["log"].append(to_document(walk.id, event))
    case = replay(document, shipped().procedure, SUNDAY)
    assert not case.altered and case.statuses == walk.case.statuses


def test_what_was_done_and_skipped_in_a_log_with_a_hole_is_to_be_checked_again(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.do(Skip("salesforce-reason", "no case yet"), EndCall(), Note("x"))
    case = changed_log(walk, "note", data={"text": "y"})
    assert case.altered
    assert [case.status(name).state for name in ("billed-now", "salesforce-reason")] == [State.STALE] * 2
    assert case.status("billed-now").because == "altered"


def test_what_is_done_in_knowledge_of_the_damage_stands(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.do(Note("x"))
    document = copy.deepcopy(walk.service.store.get(walk.id))
    assert document
    document["log"][-1]["data"] = {"text": "y"}
    other = service_at(home.with_name("other"))
    other.store.create(document)
    again = Walk(other, walk.id)
    assert again.case.altered and again.state("billed-now") is State.STALE
    assert "oxtui:" in walk.service.note(walk.case) and "oxtui:" not in other.note(again.case)
    assert service_at(home.with_name("empty")).note(walk.case), "a note of a case that is kept nowhere"
    again.do(BeginCall("client"))
    again.answer("billed-now", "yearly")
    again.do(EndCall(), BeginCall("client"))
    assert again.state("billed-now") is State.DONE
