"""Cases as agents work on them, with the shipped playbook and without a service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from oxtui.cases.case import Case
from oxtui.cases.commands import AnswerIt, Change, PutQuote, Skip, Tick, Undo, confirmation, last_undoable
from oxtui.cases.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    KeepEvidence,
    RecordCopy,
    Resume,
    SetDetails,
    SetHold,
    SetMailboxes,
)
from oxtui.cases.events import FORMAT, Document, Event, iso, new_id, to_document
from oxtui.cases.evidence import MX, Evidence
from oxtui.cases.money import given_by_sme
from oxtui.cases.notes import wrap_up
from oxtui.cases.replay import fold
from oxtui.clock import Clock
from oxtui.playbook.dns_owners import OFFICE_365
from oxtui.playbook.load import Playbook, load

CONFIG = Path(__file__).parents[2] / "config"
SUNDAY = datetime.fromisoformat("2026-11-22T10:46:00+11:00")
FOUR = ("anna", "info", "sales", "support")


@cache
def shipped() -> Playbook:
    """The playbook in config/."""
    return load(CONFIG).playbook


class Worked:
    """A case as agents work on it: every change is decided, appended and folded, as the service does it."""

    def __init__(self, domain: str = "brightside.com.au", agent: str = "anna", at: datetime = SUNDAY) -> None:
        self.agent = agent
        self.at = at
        case_id = new_id()
        digest = shipped().procedure.digest
        opened = Event(new_id(), 1, at, agent, "opened", {"domain": domain, "playbook": digest})
        self.document: Document = {
            "id": case_id,
            "format": FORMAT,
            "opened_at": iso(at),
            "playbook": digest,
            "log": [to_document(case_id, opened)],
        }

    @property
    def clock(self) -> Clock:
        return Clock(self.at)

    @property
    def case(self) -> Case:
        return fold(self.document, shipped().procedure, self.at)

    def do(self, *changes: Change, minutes: int = 1) -> Worked:
        """Decide and append each change, `minutes` after the last."""
        for change in changes:
            self.at += timedelta(minutes=minutes)
            for what, data in change.drafts(self.case):
                self.append(what, data)
        return self

    def append(self, what: str, data: Mapping[str, Any]) -> None:
        entry = Event(new_id(), len(self.document["log"]) + 1, self.at, self.agent, what, data)
        self.document["log"].append(to_document(self.document["id"], entry))

    def undo(self, *, reversed_: bool = False) -> Worked:
        return self.do(Undo(last_undoable(self.case, self.agent), self.agent, reversed_))

    def confirm(self, name: str, *mailboxes: str) -> Worked:
        """Tick a killer or witness as the screen names it."""
        assert self.case.scenario
        item = self.case.scenario.by_id[name]
        return self.do(Tick(name, mailboxes, confirmed=confirmation(self.case, item)))

    def says(self, name: str, *value: str, mailboxes: tuple[str, ...] = (), told: str = "") -> Worked:
        """Answer a question, confirmed where a cancellation rests on it."""
        assert self.case.scenario
        wanted = confirmation(self.case, self.case.scenario.by_id[name])
        return self.do(AnswerIt(name, value, mailboxes, told, confirmed=wanted))

    def later(self, moment: str) -> Worked:
        """The clock is moved to a moment."""
        self.at = datetime.fromisoformat(moment)
        return self

    def note(self) -> str:
        return wrap_up(self.case, self.clock)


def box(name: str) -> str:
    return f"{name}@brightside.com.au"


def evidence() -> Evidence:
    return Evidence(
        domain="brightside.com.au",
        resolver="127.0.0.1:53",
        asked_at=SUNDAY,
        ns=("ns1.example.net",),
        mx=(MX("brightside-com-au.mail.protection.outlook.com", 0, OFFICE_365),),
        spf="v=spf1 include:spf.protection.outlook.com -all",
        owner=OFFICE_365,
    )


def escalated() -> Worked:
    """A case of scenario 2 with four mailboxes up to the JIRA: one check skipped, a template copied."""
    plans = shipped().plans
    now, new = plans.get("ox-deluxe-yearly"), plans.get("m365-business-basic-yearly")
    assert now and new
    work = Worked()
    work.do(
        SetDetails({"contact": "Jo Bright", "phone": "03 9000 0000", "salesforce": "00123456"}),
        SetMailboxes(added=" ".join(box(name) for name in FOUR)),
        KeepEvidence(evidence().to_data()),
        BeginCall("client", "PIN", "Jo Bright"),
        Choose(2, {"moved": "done", "want": "office-365"}),
    )
    work.says("ox-running", "running").says("licence", "business-basic")
    work.says("billed-now", "yearly").says("billed-next", "yearly").do(Tick("sme"))
    quote = given_by_sme(
        now,
        new,
        plans.policy,
        work.at.date(),
        Decimal("11.80"),
        "Sam Lee",
        "chat 22/11",
        months=3,
        uncovered_by="D10",
    )
    work.do(PutQuote(quote), Tick("order", through="SalesDB"))
    work.says("order-completed", "completed").says("dns-office-365", "yes").confirm("devices")
    work.says("ns", "with-us").says("mx", "office-365").says("spamexperts", "could-not")
    work.do(Skip("webmail", "the webmail is down for maintenance"))
    work.says("missing", "yes").says("missing-since", "2026-11-20")
    work.do(RecordCopy("o365-reversal", ("When did it start",), tuple(box(name) for name in FOUR)))
    return work.do(Tick("jira", values={"jira": "HOST-4412"}), EndCall())


def returned() -> Worked:
    """... returned for one mailbox, sent again, and put on hold for two days."""
    work = escalated().later("2026-11-23T09:10:00+11:00").do(BeginCall("back-office"))
    others = tuple(box(name) for name in FOUR if name != "sales")
    work.says("jira-result", "completed", mailboxes=others)
    work.says("jira-result", "returned", mailboxes=(box("sales"),), told="the password was wrong")
    work.do(RecordCopy("o365-reversal", (), (box("sales"),)), Tick("jira-again"))
    return work.do(SetHold("Platform Support", "2026-11-25", "sales@ is being moved"))


def finished() -> Worked:
    """... due, resumed, completed, confirmed for each mailbox, OX-Mail cancelled, closed."""
    work = returned().later("2026-11-25T09:00:00+11:00").do(Resume(), BeginCall("client", "PIN", "Jo Bright"))
    work.says("jira-result", "completed", mailboxes=(box("sales"),))
    for name in FOUR:
        work.confirm("client-confirms", box(name))
    return work.confirm("cancel-ox-mail").do(Close("complete"))


def with_mailboxes(*names: str) -> Worked:
    """A case with an authenticated client on the line."""
    work = Worked().do(SetMailboxes(added=" ".join(box(name) for name in names)))
    return work.do(BeginCall("client", "PIN", "Jo Bright"))
