"""The case file edited by hand: it is seen, and no edit lets an unauthenticated case be ticked or copied.

A checksum is no signature: who computes a right one for what he makes up is not found out by it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.commands import Tick
from oxtui.cases.conduct import BeginCall, Choose, EndCall, Note, RecordCopy, Revoke
from tests.drive.case import ONE, Walk, service_at

Log = list[dict[str, Any]]


def place_of(log: Log, what: str) -> int:
    return [entry["what"] for entry in log].index(what)


def forged_call(log: Log, _: Log) -> None:
    call = {"what": "call", "data": {"mode": "client", "method": "", "caller": ""}}
    log.append({**log[-1], **call, "id": "f" * 12, "seq": log[-1]["seq"] + 1})


def opened_made_a_call(log: Log, _: Log) -> None:
    log[-1].update(what="call", data={"mode": "client"})


def call_of_another_case(log: Log, other: Log) -> None:
    log.append({**other[place_of(other, "call")], "seq": log[-1]["seq"] + 1})


def the_same_call_of_another_case(log: Log, other: Log) -> None:
    log.append(other[place_of(other, "call")])


EDITS: dict[str, Callable[[Log, Log], None]] = {
    "a call made up": forged_call,
    "an entry made a call": opened_made_a_call,
    "a call of another case": call_of_another_case,
    "a call of another case, unchanged": the_same_call_of_another_case,
}


def edited(home: Path, edit: Callable[..., object], case_id: str, other: str = "") -> None:
    """The case file with the log of one case edited, as with a text editor."""
    file = home / "cases.json"
    whole = json.loads(file.read_text())
    logs = {document["id"]: document["log"] for document in whole["cases"].values()}
    edit(logs[case_id]) if not other else edit(logs[case_id], logs[other])
    file.write_text(json.dumps(whole))


def nothing_goes(walk: Walk) -> None:
    """That it is seen as edited, and that nothing which needs a client can be done."""
    assert walk.case.altered and not walk.case.authenticated and not walk.case.call.live
    for change in (Choose(1), Tick("tell-team"), BeginCall("back-office"), RecordCopy("o365-reversal")):
        walk.refused(change)


@pytest.mark.parametrize("name", list(EDITS))
def test_a_call_that_was_written_by_hand_opens_nothing(home: Path, name: str) -> None:
    other = Walk(service_at(home), mailboxes=ONE).begin(1)
    walk = Walk(service_at(home), mailboxes=ONE)
    edited(home, EDITS[name], walk.id, other.id)
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


def test_an_order_of_lines_that_was_changed_by_hand_changes_nothing(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).begin(1)
    walk.do(EndCall())
    edited(home, lambda log: log.append(log.pop(place_of(log, "call"))), walk.id)
    again = walk.other(service_at(home))
    assert not again.case.call.live
    again.refused(again.ticking("tell-team"), "needs an authenticated client")
