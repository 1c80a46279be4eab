"""Cases as agents work on them, with the shipped playbook and without a service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, item_of
from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy, RecordCopy
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Skip, Tick
from oxtui.cases.commands.quotes import PutQuote
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import KeepEvidence, Resume, SetHold
from oxtui.cases.events import FORMAT, Document, Event, iso, new_id, to_document
from oxtui.cases.evidence import MX, Evidence
from oxtui.cases.log.replay import replay
from oxtui.cases.money import given_by_sme, work_out
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.playbook.dns_owners import OFFICE_365
from oxtui.playbook.model import Procedure
from tests.drive.case import DOMAIN, SUNDAY, shipped

FOUR = ("anna", "info", "sales", "support")


class Worked:
    """A case as agents work on it: every command is decided, appended and replayed, as the service does it."""

    def __init__(
        self,
        domain: str = DOMAIN,
        agent: str = "anna",
        at: datetime = SUNDAY,
        procedure: Procedure | None = None,
    ) -> None:
        self.agent = agent
        self.at = at
        self.procedure = procedure or shipped().procedure
        case_id = new_id()
        opened = Event(new_id(), 1, at, agent, "opened", {"domain": domain, "playbook": self.procedure.digest})
        self.document: Document = {
            "id": case_id,
            "format": FORMAT,
            "opened_at": iso(at),
            "playbook": self.procedure.digest,
            "log": [to_document(case_id, opened)],
        }

    @property
    def clock(self) -> Clock:
        return Clock(self.at)

    @property
    def case(self) -> Case:
        return replay(self.document, self.procedure, self.at, agent=self.agent)

    def do(self, *commands: Command, minutes: int = 1) -> Worked:
        """Decide and append each command, `minutes` after the last."""
        for command in commands:
            self.at += timedelta(minutes=minutes)
            for draft in command.decide(self.case):
                self.append(draft.what, draft.data)
        return self

    def append(self, what: str, data: Mapping[str, Any], event_id: str = "") -> None:
        event = Event(event_id or new_id(), len(self.document["log"]) + 1, self.at, self.agent, what, data)
        self.document["log"].append(to_document(self.document["id"], event))

    def undo(self) -> Worked:
        undo = self.case.undo
        assert undo
        return self.do(UndoIt(undo.event.id))

    def tick(self, name: str, *mailboxes: str, **more: Any) -> Worked:
        """Tick an action, through the first way that is open."""
        through = next(iter(self.case.ways(item_of(self.case, name)[1])), "")
        return self.do(Tick(name, mailboxes, **{"through": through, **more}))

    def says(self, name: str, *value: str, mailboxes: tuple[str, ...] = (), told: str = "", **more: Any) -> Worked:
        """Answer a question."""
        return self.do(AnswerIt(name, value, mailboxes, told, **more))

    def settle(self, name: str, way: Any, told: str = "", **more: Any) -> Worked:
        """Say what became of an action that was done on other terms."""
        return self.do(Settle(name, way, told=told or ("it is" if way == "4" else ""), **more))

    def cancel(self, name: str) -> Worked:
        """Both steps of a killer, within a minute."""
        return self.do(Clear(name)).do(Cancel(name), minutes=0)

    def copied(self, template: str, missing: tuple[str, ...] = (), mailboxes: tuple[str, ...] = ()) -> Worked:
        """A copy that was begun and arrived within a minute."""
        self.do(BeginCopy(template, missing, mailboxes))
        return self.do(RecordCopy(self.case.log[-1].id, "system"), minutes=0)

    def later(self, moment: str) -> Worked:
        """The clock is moved to a moment."""
        self.at = datetime.fromisoformat(moment)
        return self

    def by(self, agent: str) -> Worked:
        """Another agent goes on."""
        self.agent = agent
        return self

    def state(self, name: str) -> State:
        return self.case.status(name).state

    def note(self) -> str:
        return wrap_up(self.case, self.clock)


def box(name: str) -> str:
    return f"{name}@{DOMAIN}"


def section(note: str, name: str) -> list[str]:
    """The lines under a heading of the note; none where it is not there."""
    for part in note.rstrip("\n").split("\n\n"):
        lines = part.split("\n")
        if lines[0] == name:
            return lines[1:]
    return []


def evidence() -> Evidence:
    return Evidence(
        domain=DOMAIN,
        resolver="127.0.0.1:53",
        asked_at=SUNDAY,
        ns=("ns1.example.net",),
        mx=(MX("brightside-com-au.mail.protection.outlook.com", 0, OFFICE_365),),
        spf="v=spf1 include:spf.protection.outlook.com -all",
        owner=OFFICE_365,
    )


def with_mailboxes(*names: str) -> Worked:
    """A case with an authenticated client on the line."""
    work = Worked().do(SetMailboxes(added=" ".join(box(name) for name in names)))
    return work.do(BeginCall("client", "PIN", "Jo Bright"))


def escalated() -> Worked:
    """A case of scenario 2 with four mailboxes up to the JIRA: the follow-up skipped, a template copied."""
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
    work.says("billed-now", "yearly").says("billed-next", "yearly").tick("sme")
    bare = work_out(now, new, plans.policy, work.at.date(), months=3, licences=4, uncovered_by="D10")
    quote = given_by_sme(bare, now, new, plans.policy, Decimal("11.80"), "Sam Lee", "chat 22/11")
    work.do(PutQuote(quote)).tick("order", values={"order": "SO-77"})
    work.says("order-completed", "completed").says("dns-office-365", "yes").says("devices", "connected")
    work.says("ns", "with-us").says("mx", "office-365").says("spamexperts", "could-not")
    work.says("webmail", "could-not")
    work.says("missing", "yes").says("missing-since", "2026-11-20")
    work.copied("o365-reversal", ("When did it start",), tuple(box(name) for name in FOUR))
    work.tick("jira", values={"jira": "HOST-4412"})
    return work.do(Skip("chat-follow-up", "the chat is closed on Sundays"), EndCall())


def returned() -> Worked:
    """... returned for one mailbox, sent again, and put on hold for two days."""
    work = escalated().later("2026-11-23T09:10:00+11:00").do(BeginCall("back-office"))
    others = tuple(box(name) for name in FOUR if name != "sales")
    work.says("jira-result", "completed", mailboxes=others)
    work.says("jira-result", "returned", mailboxes=(box("sales"),), told="the password was wrong")
    work.copied("o365-reversal", (), (box("sales"),)).tick("jira-again")
    return work.do(SetHold("Platform Support", "2026-11-25", "sales@ is being moved"))


def confirmed() -> Worked:
    """... due, resumed, completed, confirmed for each mailbox: only OX-Mail is left to cancel."""
    work = returned().later("2026-11-25T09:00:00+11:00").do(Resume(), BeginCall("client", "PIN", "Jo Bright"))
    work.says("jira-result", "completed", mailboxes=(box("sales"),))
    for name in FOUR:
        work.says("client-confirms", "works", mailboxes=(box(name),))
    return work


def finished() -> Worked:
    """... OX-Mail cancelled, and closed."""
    return confirmed().cancel("cancel-ox-mail").tick("ox-billing").do(Close("complete"))
