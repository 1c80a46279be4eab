"""What `make.py` runs in the former program: one home with a case in every state that it knew.

This file speaks the former program's language (`oxtui.desk.Desk`); nothing of today's program can import it.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from oxtui.casework import entries
from oxtui.casework.case import Case
from oxtui.casework.changes import Defer, Skip, Unwind
from oxtui.casework.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    FailAuthentication,
    KeepEvidence,
    MovePlaybook,
    Note,
    RecordCopy,
    Revoke,
    SetDetails,
    SetHold,
    SetLine,
    SetMailboxes,
)
from oxtui.casework.evidence import MX, Evidence
from oxtui.desk import Desk
from tests.desk import walks
from tests.desk.walks import CONFIG, FakeClock, Walk, shipped

from oxtui.locations import Locations
from oxtui.playbook.load import load

AGENTS = ("anna", "ben")


class Dice:
    """The same ids whenever the homes are made."""

    def __init__(self) -> None:
        self.random = random.Random(20261122)

    def choice(self, letters: str) -> str:
        return self.random.choice(letters)


class Floor:
    """One home with two agents, its clock, and the cases that were made, by name."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = FakeClock()
        self.desks = {name: Desk(Locations(home, CONFIG), shipped(), self.clock, name) for name in AGENTS}
        self.names: dict[str, str] = {}

    def walk(self, name: str, boxes: int = 1, desk: Desk | None = None) -> Walk:
        """A new case, its domain named after it, with some mailboxes."""
        domain = f"{name}.com.au"
        addresses = tuple(f"{each}@{domain}" for each in ("anna", "info", "sales")[:boxes])
        chosen = desk or self.desks["anna"]
        case = chosen.start(domain, mailboxes=addresses)
        self.names[case.id] = name
        self.clock.pass_(minutes=3)
        return Walk(chosen, case.id)


def dns(domain: str, owner: str) -> KeepEvidence:
    """What a resolver answered for a domain."""
    hosts = {
        "office365": "x.mail.protection.outlook.com",
        "ox-mail": "mx1.ox-mail.example",
        "other": "mx.other.example",
    }
    at = walks.SUNDAY + timedelta(minutes=1)
    mx = (MX(hosts[owner], 0, owner),)
    found = Evidence(domain, "192.0.2.53:53", at, ns=("ns1.our-floor.example",), mx=mx, owner=owner, dns_with_us=True)
    return KeepEvidence(found.to_data())


def scenario_one(floor: Floor) -> None:
    floor.walk("one-plan", 2).plan(1, "yearly", "yearly")
    floor.walk("one-ordered", 2).ordered(1)
    floor.walk("one-quoted", 2).ordered(1, "yearly", "yearly")
    walk = floor.walk("one-half-swapped", 3).ordered(1)
    walk.answer("order-completed", "completed")
    walk.tick("accounts-swapped", "anna@one-half-swapped.com.au", "info@one-half-swapped.com.au")
    walk = floor.walk("one-ready", 2).ordered(1).swapped()
    walk.tick("next-invoice")
    walk.answer("essentials-running", "running")
    walk.answer("workflows", "found")
    walk.tick("workflows-cancelled")
    walk = floor.walk("one-cancelled", 2).ordered(1).swapped()
    walk.answer("essentials-running", "running")
    walk.answer("workflows", "none")
    walk.tick("cancel-essentials")
    walk.answer("csp", "sme-asked")
    walk = floor.walk("one-refused").ordered(1)
    walk.answer("order-completed", "refused")
    walk.tick("order-again")
    walk = floor.walk("one-other-licence", 2).ordered(1)
    walk.answer("licence", "email-deluxe")
    walk = floor.walk("one-wrong-scenario").ordered(1)
    walk.do(Choose(2))
    walk = floor.walk("one-unwound").ordered(1)
    walk.do(Choose(3), Unwind(1, "order"))


def scenario_two(floor: Floor) -> None:
    floor.walk("two-plan", 2).plan(2)
    floor.walk("two-ordered", 2).ordered(2, "yearly", "yearly")
    floor.walk("two-sent", 2).ordered(2).sent(missing="yes")
    walk = floor.walk("two-returned", 2).ordered(2).sent()
    walk.answer("jira-result", "completed", mailboxes=("anna@two-returned.com.au",))
    walk.answer("jira-result", "returned", mailboxes=("info@two-returned.com.au",))
    walk = floor.walk("two-sent-again", 2).ordered(2).sent()
    walk.answer("jira-result", "completed", mailboxes=("anna@two-sent-again.com.au",))
    walk.answer("jira-result", "returned", mailboxes=("info@two-sent-again.com.au",))
    walk.tick("jira-again")
    walk = floor.walk("two-ready", 3).ordered(2).sent()
    walk.answer("jira-result", "completed")
    walk.tick("client-confirms")
    walk = floor.walk("two-cancelled", 2)
    walk.back()
    walk.tick("cancel-ox-mail")
    walk = floor.walk("two-gone", 2)
    walk.begin(2)
    walk.answer("ox-running", "cancelled")
    walk = floor.walk("two-decided").ordered(2).sent()
    walk.answer("jira-result", "refused")
    walk.answer("sme-decides", "stays")
    walk = floor.walk("two-no-mailbox", 0).ordered(2)
    walk.answer("order-completed", "completed")
    for name, value in (("ns", "with-us"), ("mx", "office-365"), ("spamexperts", "works"), ("webmail", "does-not")):
        if walk.case.status(name).state.name != "LOCKED":
            walk.answer(name, value)
    walk = floor.walk("two-dns").ordered(2)
    walk.answer("order-completed", "completed")
    walk.do(dns("two-dns.com.au", "ox-mail"))
    walk.answer("dns-office-365", "no")
    walk = floor.walk("two-stale", 2).ordered(2).sent()
    walk.answer("order-completed", "not-yet")
    walk.answer("order-completed", "completed")


def scenario_three(floor: Floor) -> None:
    walk = floor.walk("three-checked", 2).checked("missing-mail", "sending-receiving")
    walk.answer("ns", "with-us")
    walk.tick("sme-case")
    walk.answer("result", "returned")
    walk = floor.walk("three-solved", 2).checked("general-setup", solved="yes")
    walk.tick("client-confirms", "anna@three-solved.com.au")
    walk = floor.walk("three-decided").checked("other")
    walk.answer("ns", "not-with-us")
    walk.tick("sme-case")
    walk.answer("result", "refused")
    walk.answer("sme-decides", "stays")


def beside(floor: Floor) -> None:
    """States that are of no scenario."""
    floor.walk("opened", 0)
    walk = floor.walk("typed", 2)
    walk.do(
        SetDetails({"phone": "0299 555 123", "contact": "Kim", "salesforce": "00123456"}), dns("typed.com.au", "other")
    )
    walk = floor.walk("put-off", 2).plan(1)
    walk.do(Defer("salesforce-reason", "2026-11-30", "the case comes on Monday"), Skip("tell-team", "told by Priya"))
    walk = floor.walk("waiting", 2).ordered(2)
    walk.do(SetHold("order", "2026-11-30", "until it is completed"))
    walk = floor.walk("copied", 2).ordered(2).sent()
    walk.do(SetLine("o365-reversal", "when-did-it-start", "2026-11-20"), RecordCopy("o365-reversal", ("mx",)))
    walk.do(Note("Called back at eleven.\nNobody there."), EndCall())
    walk = floor.walk("not-authenticated")
    walk.do(BeginCall("client", "PIN"), FailAuthentication("wrong PIN"))
    walk = floor.walk("revoked", 2).ordered(2)
    walk.do(Revoke("the wrong person"))
    walk = floor.walk("undone", 2).ordered(2)
    floor.desks["anna"].undo(walk.id)
    walk.answer("licence", "another")
    floor.desks["anna"].undo(walk.id)
    walk = floor.walk("two-agents", 2).plan(2)
    other = Walk(floor.desks["ben"], walk.id)
    other.do(BeginCall("back-office"))
    other.tick("sme")
    walk = floor.walk("reopened").ordered(1)
    walk.do(Close("unreachable"))
    floor.desks["ben"].reopen(walk.id)
    walk = floor.walk("mailbox-left", 3).ordered(2).sent()
    walk.do(SetMailboxes(removed=("sales@mailbox-left.com.au",), ox={"info@mailbox-left.com.au": "yes"}))
    live = floor.walk("live", 1).plan(1)
    live.do(Note("On the line now."))


def closed(floor: Floor) -> None:
    """Closed cases, each with an ending of its own."""
    walk = floor.walk("closed-one", 2).ordered(1).swapped()
    for name, value in (("essentials-running", "running"), ("workflows", "none")):
        walk.answer(name, value)
    walk.tick("next-invoice")
    walk.tick("cancel-essentials")
    walk.answer("csp", "gone")
    walk.close()
    walk = floor.walk("closed-two", 2).back()
    walk.do(Skip("chat-follow-up", "not needed"))
    walk.tick("cancel-ox-mail")
    walk.close()
    walk = floor.walk("closed-three").checked("general-setup", solved="yes")
    walk.tick("client-confirms")
    walk.close()
    floor.walk("closed-handed-over", 2).ordered(2).close("handed-over", "Priya")
    floor.walk("closed-unreachable").plan(1).close("unreachable")
    walk = floor.walk("closed-not-authenticated")
    walk.do(FailAuthentication("wrong PIN"), Close("not-authenticated"))
    floor.walk("closed-mistake").close("mistake")


def imported(floor: Floor, elsewhere: Path) -> None:
    """A case that was worked on another machine and came in a line."""
    there = Desk(Locations(elsewhere, CONFIG), shipped(), floor.clock, "cleo")
    walk = floor.walk("imported", 2, there).ordered(2).sent()
    walk.answer("jira-result", "completed")
    floor.desks["ben"].take_over(there.note(walk.case))


def older(floor: Floor, folder: Path) -> None:
    """Cases that keep the steps of a playbook that was published before."""
    shutil.copytree(CONFIG, folder)
    book = folder / "playbook.yaml"
    text = book.read_text(encoding="utf-8")
    assert text.count("title: OX-Mail escalations") == 1
    book.write_text(text.replace("title: OX-Mail escalations", "title: OX-Mail escalations, winter"), encoding="utf-8")
    playbook = load(folder).playbook
    desk = Desk(Locations(floor.home, folder), playbook, floor.clock, "anna")
    floor.walk("older-ordered", 2, desk).ordered(2)
    walk = floor.walk("older-moved", 2, desk).ordered(2)
    floor.desks["ben"].change(walk.id, MovePlaybook(shipped().procedure.digest))


def drafts(floor: Floor) -> None:
    store = floor.desks["anna"].drafts
    for name, text in (("two-sent", "half a note, to be"), ("opened", "The client asks whether"), ("live", "and then")):
        store.keep(next(case for case, each in floor.names.items() if each == name), text)


def said_of(case: Case) -> dict[str, Any]:
    """What the former program said of a case."""
    items: dict[str, Any] = {}
    for item in case.scenario.items() if case.scenario else ():
        status = case.status(item.id)
        record = case.record(item.id)
        if not record.touched():
            continue
        items[item.id] = {
            "state": status.state.name.lower(),
            "text": item.text,
            "kind": item.kind,
            "each": item.each,
            "again": list(status.again),
            "marks": {box: list(mark.value) for box, mark in record.marks.items()},
        }
    return {
        "scenario": case.number,
        "mailboxes": list(case.addresses),
        "events": len(case.log),
        "authenticated": case.authenticated,
        "closed": case.closed.ending if case.closed else "",
        "unwinds": [item.id for _, item in case.unwinds],
        "items": items,
    }


PARTS: tuple[Callable[[Floor], None], ...] = (scenario_one, scenario_two, scenario_three, beside, closed)


def main(home: Path) -> None:
    entries.secrets = Dice()  # type: ignore[assignment]
    floor = Floor(home)
    for part in PARTS:
        part(floor)
    elsewhere = home.parent / "elsewhere"
    elsewhere.mkdir()
    imported(floor, elsewhere)
    older(floor, home.parent / "config-then")
    drafts(floor)
    said = {name: {"id": case, **said_of(floor.desks["ben"].find(case))} for case, name in floor.names.items()}
    (home / "told.json").write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
