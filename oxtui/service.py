"""Every operation on a case, without a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Sent, numbered
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.cases.commands.waiting import Note
from oxtui.cases.events import Document, new_document, new_id, to_document
from oxtui.cases.log import legacy
from oxtui.cases.overview import Lines, Overview, likely_first, overview
from oxtui.cases.parts import Talk
from oxtui.cases.reader import Reader
from oxtui.cases.templates import FilledTemplate, fill
from oxtui.clock import Clock
from oxtui.errors import Negative, NotArchived, NotOpen, Refusal, StoreError, WrongUse
from oxtui.locations import Locations
from oxtui.playbook.about import subject_of
from oxtui.playbook.pins import save_pin
from oxtui.playbook.playbook import Playbook
from oxtui.secret import Secret
from oxtui.store.interface import CaseStore
from oxtui.store.local.store import LocalStore
from oxtui.text import clean

TRIES = 50
"""How often a command is decided again because somebody else wrote first."""


class Overlay(Protocol):
    """The commands that wait for a floor's server (oxtui.away), shown on top of the cases as last read."""

    def over(self, documents: Mapping[str, Document]) -> Mapping[str, Document]:
        """The open cases with the commands that wait, each decided as of the time of its key; never blocks."""
        ...

    def create(self, document: Document) -> None:
        """Add a new case to the store, or keep it until the server is back. Raises StoreError."""
        ...

    def drop(self, case_id: str) -> bool:
        """Drop a case that the server does not have yet; False if it has it. Raises StoreError."""
        ...


class Service:
    """One home, one playbook, one agent. Safe to call from several threads.

    Every method that changes something raises Refusal (the playbook does not allow it), WrongUse (a value does not
    fit) or StoreError (it cannot be kept); then nothing has changed on disk.
    """

    def __init__(
        self, places: Locations, playbook: Playbook, clock: Clock, agent: str, store: CaseStore | None = None
    ) -> None:
        self.places = places
        self.agent = clean(agent).strip() or "agent"
        self.store: CaseStore = store or LocalStore(places.home, clock)
        self.reader = Reader(places.playbooks, playbook, clock, self.agent)
        self._lines = Lines(self.reader.case)
        self._made: set[str] = set()
        self._secrets: dict[tuple[str, str], Secret] = {}
        self.waiting: Overlay | None = None
        """The commands that wait for a floor's server."""

    @property
    def clock(self) -> Clock:
        """The time that commands are decided at."""
        return self.reader.clock

    @property
    def playbook(self) -> Playbook:
        """The playbook that new cases are pinned to, with today's prices and channels."""
        return self.reader.playbook

    # -- reading
    def documents(self) -> Mapping[str, Document]:
        """All open cases as last read, with the commands that wait for a floor's server; from memory."""
        return self._over(self.store.peek())

    def _over(self, documents: Mapping[str, Document]) -> Mapping[str, Document]:
        return documents if self.waiting is None else self.waiting.over(documents)

    def overviews(self) -> list[Overview]:
        """A line for each open case as it is on disk now, due ones first."""
        return self._lines.all(self._over(self.store.snapshot()), self.clock.local())

    def seen_overviews(self) -> list[Overview]:
        """`overviews` as last read, without waiting for a disk."""
        return self._lines.all(self.documents(), self.clock.local())

    def first_overviews(self, count: int) -> list[Overview]:
        """The first `count` of `seen_overviews`, quickly even with a thousand cases."""
        now = self.clock.local()
        return self._lines.all(likely_first(self.documents(), now, count), now)

    def case(self, case_id: str) -> Case:
        """The open case with that id as it is on disk; raises Negative if there is none."""
        document = self.store.get(case_id)
        if self.waiting is not None:
            document = self._over({case_id: document} if document else {}).get(case_id)
        if document is None:
            raise Negative(f"There is no open case '{clean(case_id)}'", "it may have been closed: oxtui cases --all")
        return self.reader.case(document)

    def peek(self, case_id: str) -> Case | None:
        """The case as last read, without looking at the disk, or None."""
        document = self.documents().get(case_id)
        return self.reader.last(case_id) if document is None else self.reader.case(document)

    def find(self, name: str) -> Case:
        """The case with that id, open or closed, or the only one of that domain; raises Negative.

        An open one is found without the history, which another process may hold, or may be damaged.
        """
        document = self.store.get(name)
        subject = "" if document else self._open_subject(name)
        document = document or (None if subject else self.store.archive.get(name))
        if document is not None:
            return self.reader.case(document)
        subject = subject or self._closed_subject(name)
        open_ones = [row.id for row in self.open_for(subject)]
        ids = open_ones or [str(row["id"]) for row in self.store.archive.by_domain(subject)]
        if len(ids) > 1:
            state = "open" if open_ones else "closed"
            raise Negative(f"{subject} has {len(ids)} {state} cases", f"name one by its id: {', '.join(ids)}")
        if open_ones:
            return self.case(ids[0])
        document = self.store.archive.get(ids[0]) if ids else None
        if document is None:
            raise Negative(f"There is no case for {subject}", "oxtui cases --all")
        return self.reader.case(document)

    def _open_subject(self, name: str) -> str:
        """The subject of an open case meant by `name`, in whichever playbook's form, or ""."""
        there = {row.domain.lower(): row.domain for row in self.overviews()}
        meant = clean(name).strip().lower()
        if meant not in there:
            with suppress(WrongUse):
                meant = self.subject_of(name).lower()
        return there.get(meant, "")

    def _closed_subject(self, name: str) -> str:
        """The same of a closed case; raises WrongUse if it cannot be one."""
        text = clean(name).strip()
        return text if self.store.archive.by_domain(text) else self.subject_of(name)

    def subject_of(self, text: str) -> str:
        """The typed subject of a case in the form of today's playbook; raises WrongUse."""
        return subject_of(self.playbook.procedure.about, self.playbook.procedure.patterns, text)

    def open_for(self, domain: str) -> list[Overview]:
        """The open cases about a domain or other subject, in the order of Home."""
        return [row for row in self.overviews() if row.domain == domain]

    def on_the_line(self, but: str = "") -> list[Case]:
        """The open cases in which this agent has a live conversation."""
        return self.reader.on_the_line(self.documents().values(), but)

    def conversations(self) -> dict[str, tuple[Case, tuple[Talk, ...]]]:
        """By case id, the open cases with conversations that have not lapsed, whoever has them, as last read."""
        return self.reader.conversations(self.documents().values(), late=self.store.floor is not None)

    # -- deciding
    def would_change(self, case: Case, command: Command) -> bool:
        """Whether `command` would change anything; raises the Refusal (or WrongUse) it would meet. Writes nothing."""
        return bool(self._decide(case, Sent(command, new_id())))

    def _decide(self, case: Case, sent: Sent, others: Mapping[str, Document] | None = None) -> list[Draft]:
        """The events of a command; `others` are the cases in which this agent may be on a call."""
        command = sent.command
        if case.closed and not isinstance(command, Reopen | Note):
            raise Refusal("The case is closed", "reopen it from the history")
        if isinstance(command, MovePlaybook):
            if command.procedure.digest != self.playbook.procedure.digest:
                raise Refusal("A case moves to today's playbook only", "look again: it may have changed")
            save_pin(self.places.playbooks, self.playbook.procedure)
        if isinstance(command, BeginCall):
            self._one_conversation(case, self.documents() if others is None else others)
        sent.check_seen(case, self._made, self.clock)
        return command.decide(case, sent.seen_in(case))

    def _one_conversation(self, case: Case, others: Mapping[str, Document]) -> None:
        """Refuse a second live conversation with a client."""
        for other in self.reader.on_the_line(others.values(), case.id):
            if other.conversation.mode != "back-office":
                raise Refusal(
                    f"You are in a call: {other.domain}",
                    "say whether it has ended, or is parked",
                    (f"talk:{other.id}",),
                )

    # -- changing
    def start(self, domain: str, details: Mapping[str, str] | None = None, mailboxes: Sequence[str] = ()) -> Case:
        """A new case, pinned to today's playbook, about a domain (or a mail address or URL), or another subject.

        A mail address becomes the first mailbox. Raises WrongUse if it cannot be a subject.
        """
        name = self.subject_of(domain)
        procedure = self.playbook.procedure
        save_pin(self.places.playbooks, procedure)
        document = new_document(name, procedure.digest, self.agent, self.clock.now())
        case = self.reader.case(document)
        drafts = SetDetails(dict(details or {})).decide(case)
        about = procedure.about
        mail = about.is_domain and about.each and "@" in domain and "/" not in domain
        address = clean(domain).replace("mailto:", "") if mail else ""
        text = ("," if not about.is_domain else " ").join(filter(None, (address, *mailboxes))).strip()
        drafts += SetMailboxes(added=text).decide(case) if text else []
        document = {**document, "log": [*document["log"], *self._events(case, drafts, new_id())]}
        self._made.update(event["id"] for event in document["log"])
        (self.waiting or self.store).create(document)
        return self.reader.case(document)

    def change(self, case_id: str, command: Command, sent: Sent | None = None) -> Case:
        """Decide `command` on the newest log, append its events durably, and return the case after it.

        `sent` carries the ids it was made with and the events seen: sent again, it is not written twice.
        """
        sent = sent or Sent(command, new_id())
        for _ in range(TRIES):
            document = self.store.get(case_id)
            if document is None:
                return self._gone(case_id, sent)
            if any(event["id"] == sent.id for event in document["log"]):
                self.store.make_sure()
                return self.reader.case(document)
            case = self._as_of(document, sent)
            # later commands that wait say nothing about the time of its key
            others = self.store.peek() if sent.at else None
            events = self._events(case, self._decide(case, sent, others), sent.id, sent.at)
            if not events:
                return self.reader.case(document)
            after = {**document, "log": [*document["log"], *events]}
            if isinstance(command, Close):
                missed = self.store.close(case_id, case.seq, events, self._summary(self.reader.read(after)))
                if missed is None:
                    self.forget_secrets(case_id)
                    return self.reader.case(after)
            else:
                missed = self.store.append(case_id, case.seq, events)
                if missed is None:
                    return self.reader.case(self.store.peek().get(case_id) or after)
        raise StoreError("Others change this case all the time", "try again")

    def _gone(self, case_id: str, sent: Sent) -> Case:
        """The case if this very command has closed it; raises NotOpen if somebody else has."""
        document = self.store.archive.get(case_id)
        if document is not None and any(event["id"] == sent.id for event in document["log"]):
            self.forget_secrets(case_id)
            return self.reader.case(document)
        raise NotOpen

    def reopen(self, case_id: str) -> Case:
        """Bring a closed case back from the history."""
        document = self.store.archive.get(case_id)
        if document is None:
            raise NotArchived
        case = self.reader.case(document)
        events = self._events(case, Reopen().decide(case), new_id())
        self.store.reopen(case_id, case.seq, events)
        return self.case(case_id)

    def open_case(self, case_id: str) -> tuple[Case, bool]:
        """The case to work on, and whether it was just moved to today's steps, being of an earlier version."""
        case = self.case(case_id)
        if case.closed or legacy.is_of_these_steps(case.log):
            return case, False
        return self.change(case_id, MovePlaybook(self.playbook.procedure)), True

    def settle(self) -> list[str]:
        """At the start, finish moves between open cases and archive that a crash interrupted."""
        return self.store.settle(lambda document: self._summary(self.reader.case(document)))

    def drop(self, case_id: str) -> None:
        """Drop a case in which nothing was done; raises Refusal if something was."""
        if self.waiting is not None and self.case(case_id).untouched() and self.waiting.drop(case_id):
            return
        for _ in range(TRIES):
            document = self.store.get(case_id)
            if document is None:
                return
            case = self.reader.case(document)
            if not case.untouched():
                raise Refusal("Something was done in this case", "z closes it")
            if self.store.drop(case_id, case.seq) is None:
                return

    # -- a pasted case
    def take_over(self, text: str, *, instead: bool = False) -> Case:
        """Restore the case that an `oxtui:` line carries, as reported by the agent who wrote it; not authenticated.

        The longer log counts if one is the beginning of the other; a case that was closed goes to the history. With
        `instead` theirs counts although the two went different ways (see `versions`), and a note lists the acts
        here. Raises WrongUse for a line that was altered, Refusal if the two went different ways, or ours knows of
        something irreversible that theirs does not.
        """
        from oxtui.store.pasted_case import PastedCase

        line = PastedCase(text, self.store, self.reader)
        save_pin(self.places.playbooks, self.playbook.procedure)  # for a home that has none yet
        return line.take(self._summary, instead=instead)

    def versions(self, text: str) -> tuple[Case, Case, int] | None:
        """This home's and the line's version of a case that went on in both places, and how many events are alike.

        None if one goes on from the other; raises WrongUse for a line that was altered.
        """
        from oxtui.store.pasted_case import PastedCase

        return PastedCase(text, self.store, self.reader).versions()

    def note(self, case: Case) -> str:
        """The wrap-up note, ending with the `oxtui:` line that carries the case to another machine.

        The note of a log that was changed from outside has no line.
        """
        from oxtui.cases.notes.note import wrap_up
        from oxtui.cases.transfer import encoded

        text = wrap_up(case, self.clock)
        document = self._document(case.id)
        if document is None or case.altered:
            return text
        return f"{text.rstrip()}\n\n{encoded(document)}\n"

    # -- templates and secrets
    def filled(self, case: Case, template_id: str) -> FilledTemplate:
        """A template filled from the case, secrets as dots."""
        template = case.procedure.templates.get(template_id)
        if template is None:
            raise WrongUse(f"There is no template '{clean(template_id)}'", ", ".join(case.procedure.templates))
        known = frozenset(address for held, address in self._secrets if held == case.id)
        return fill(case, template, with_secret=known, clock=self.clock)

    def keep_secret(self, case_id: str, address: str, secret: Secret) -> None:
        """Hold a mailbox's password in memory for the copy of a template; it is never written."""
        self._secrets[case_id, address] = secret

    def reveal(self, case_id: str, address: str) -> str:
        """The password held for a mailbox, or "": only for the text that leaves by the clipboard."""
        secret = self._secrets.get((case_id, address))
        return secret.reveal() if secret else ""

    def forget_secrets(self, case_id: str = "") -> None:
        """Wipe the passwords held for a case, or all of them."""
        for key in [key for key in self._secrets if not case_id or key[0] == case_id]:
            self._secrets.pop(key).wipe()

    # -- inside
    def _document(self, case_id: str) -> Document | None:
        """The document of a case, open or closed, or None."""
        return self.store.get(case_id) or self.store.archive.get(case_id)

    def _events(
        self, case: Case, drafts: Sequence[Draft], command_id: str, at: datetime | None = None
    ) -> list[Document]:
        events = numbered(case.seq, drafts, command_id, at or self.clock.now(), self.agent)
        self._made.update(event.id for event in events)
        return [to_document(case.id, event) for event in events]

    def _summary(self, case: Case) -> dict[str, Any]:
        from oxtui.cases.notes.note import wrap_up
        from oxtui.cases.notes.report import summary

        return {**summary(case), "text": f"{overview(case).words}\n{wrap_up(case, self.clock)}"}

    def _as_of(self, document: Document, sent: Sent) -> Case:
        """The case as a command is decided on it: now, or at the time of a key that had to wait."""
        if sent.at is None:
            return self.reader.case(document)
        return self.reader.read(document, at=min(sent.at, self.clock.now()))

    def after(self, document: Document, sent: Sent) -> Document:
        """A document with the events of a command added, written nowhere; raises as `change` would."""
        case = self._as_of(document, sent)
        events = self._events(case, self._decide(case, sent, {}), sent.id, sent.at)
        return {**document, "log": [*document["log"], *events]} if events else document
