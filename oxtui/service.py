"""Everything an agent can do to a case, without a screen: the one door to playbook, casework, store and the world."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from oxtui.cases.case import Case
from oxtui.cases.events import FORMAT, Document, Event, iso, new_id, pinned_digest, to_document
from oxtui.cases.overview import First, Lines, Overview, overview
from oxtui.cases.replay import fold
from oxtui.clock import Clock
from oxtui.errors import Negative, Refusal, WrongUse
from oxtui.locations import Locations
from oxtui.playbook.load import Playbook
from oxtui.playbook.model import Procedure
from oxtui.playbook.pins import load_pin, save_pin
from oxtui.store.cases import OpenCases
from oxtui.store.drafts import Drafts
from oxtui.text import clean, domain_of

if TYPE_CHECKING:
    from decimal import Decimal

    from oxtui.cases.commands import Change
    from oxtui.cases.templates import FilledTemplate
    from oxtui.secret import Secret
    from oxtui.store.history import History


class Service:
    """The agent's service: one home, one playbook, one agent. Safe to call from several threads.

    Every method that changes something raises Refusal (the playbook does not allow it), WrongUse (a value does
    not fit) or StoreError (it cannot be kept); then nothing has changed on disk.
    """

    def __init__(self, places: Locations, playbook: Playbook, clock: Clock, agent: str) -> None:
        self.places = places
        self.playbook = playbook
        self.clock = clock
        self.agent = clean(agent).strip() or "agent"
        self.store = OpenCases(places.home, clock)
        self.drafts = Drafts(self.store)
        self._history: History | None = None
        self._pins: dict[str, Procedure] = {playbook.procedure.digest: playbook.procedure}
        self._folded: dict[str, tuple[object, str, Case]] = {}
        self._lines = Lines(self._fold)
        self._seen: dict[str, tuple[float, timedelta]] = {}
        self._secrets: dict[tuple[str, str], Secret] = {}

    @property
    def history(self) -> History:
        """The closed cases; opened at first use."""
        if self._history is None:
            from oxtui.store.history import History

            self._history = History(self.places.home)
        return self._history

    # -- reading
    def overviews(self) -> list[Overview]:
        """All open cases in a line each, due first."""
        return self._lines.all(self.store.snapshot(), self.clock.local())

    def first_overviews(self, count: int) -> First:
        """At least the first `count` of `overviews`, and how many cases are open; the others: `read_on`."""
        return self._lines.first(self.store.snapshot(), self.clock.local(), count)

    def due(self, documents: Mapping[str, Document]) -> int | None:
        """How many of these open cases are due; None while too many have still to be folded to tell."""
        return self._lines.due(documents, self.clock.local())

    def read_on(self, seconds: float) -> bool:
        """Get more of `overviews` ready, for about so long; whether all are."""
        end = time.perf_counter() + seconds
        return self._lines.more(self.store.snapshot(), self.clock.local(), lambda: time.perf_counter() > end)

    def case(self, case_id: str) -> Case:
        """The open case with that id as it stands on disk; raises Negative where there is none."""
        document = self.store.get(case_id)
        if document is None:
            raise Negative(f"There is no open case '{clean(case_id)}'", "it may have been closed: oxtui cases --all")
        return self._fold(document)

    def peek(self, case_id: str) -> Case | None:
        """The case as it was last seen, without looking at the disk, or None."""
        held = self._folded.get(case_id)
        return held[2] if held else None

    def find(self, name: str) -> Case:
        """The case with that id, open or closed, or the only one of that domain; raises Negative."""
        document = self._document(name)
        if document is not None:
            return self._fold(document)
        domain = domain_of(name)
        open_ones = self.open_for(domain)
        if len(open_ones) == 1:
            return self.case(open_ones[0].id)
        if open_ones:
            ids = ", ".join(row.id for row in open_ones)
            raise Negative(f"{domain} has {len(open_ones)} open cases", f"name one by its id: {ids}")
        closed = self.history.by_domain(domain)
        if len(closed) == 1:
            document = self.history.get(str(closed[0]["id"]))
            if document is not None:
                return self._fold(document)
        if closed:
            ids = ", ".join(str(row["id"]) for row in closed)
            raise Negative(f"{domain} has {len(closed)} closed cases", f"name one by its id: {ids}")
        raise Negative(f"There is no case for {domain}", "oxtui cases --all")

    def open_for(self, domain: str) -> list[Overview]:
        """The open cases of a domain, last touched first."""
        return [row for row in self.overviews() if row.domain == domain]

    def stamp(self) -> object:
        """What changes whenever another pane has written."""
        return self.store.stamp()

    def may(self, case: Case, change: Change) -> None:
        """Raise the Refusal (or WrongUse) that `change` would meet now; writes nothing."""
        self._decide(case, change)

    # -- changing
    def start(self, domain: str, details: Mapping[str, str] | None = None, mailboxes: Sequence[str] = ()) -> Case:
        """A new case for a domain (or a mail address, or a URL), pinned to the playbook of today.

        A mail address becomes the first mailbox. Raises WrongUse where it is no domain.
        """
        from oxtui.cases.conduct import SetDetails, SetMailboxes

        name = domain_of(domain)
        procedure = self.playbook.procedure
        save_pin(self.places.playbooks, procedure)
        case_id, now = new_id(), self.clock.now()
        opened = Event(new_id(), 1, now, self.agent, "opened", {"domain": name, "playbook": procedure.digest})
        document: Document = {
            "id": case_id,
            "format": FORMAT,
            "opened_at": iso(now),
            "playbook": procedure.digest,
            "log": [to_document(case_id, opened)],
        }
        case = self._fold(document)
        drafts = SetDetails(dict(details or {})).drafts(case)
        address = clean(domain).replace("mailto:", "") if "@" in domain and "/" not in domain else ""
        given = " ".join((address, *mailboxes)).strip()
        drafts += SetMailboxes(added=given).drafts(case) if given else []
        document = {**document, "log": [*document["log"], *self._entries(case, drafts)]}
        with self.store.transaction() as kept:
            kept.create(document)
        return self._fold(document)

    def change(self, case_id: str, change: Change, attempt: list[str] | None = None) -> Case:
        """Decide `change` against the newest log, append what it gives, durably, and return the case after it.

        `attempt` remembers the ids of the entries: handed in again after an Unsaved, what has reached the disk
        all the same is not appended twice.
        """
        with self.store.transaction() as kept:
            document = kept.get(case_id)
            if attempt and (tried := self._reached(document, case_id, attempt)):
                if tried.closed:
                    self.forget_secrets(case_id)
                return tried
            if document is None:
                raise Negative("This case is no longer open", "it may have been closed in another pane")
            case = self._fold(document)
            entries = self._entries(case, self._decide(case, change))
            if attempt is not None:
                attempt[:] = [entry["id"] for entry in entries]
            kept.append(case_id, entries)
            document = {**document, "log": [*document["log"], *entries]}
            closes = any(entry["what"] == "closed" for entry in entries)
            if closes:
                from oxtui.store.closing import close_within

                closed = document
                case = self._fold(document)
                kept.if_it_fails(lambda: self._keep_closed(closed))  # after what close_within does then
                close_within(kept, self.history, document, self._summary(case))
        if closes:
            self.forget_secrets(case_id)
            return case
        return self._fold(self.store.get(case_id) or document)

    def _keep_closed(self, document: Document) -> None:
        """Have the history keep a closed case whose closing failed when the open file had lost it already."""
        if document["id"] not in self.store.file.read().numbers:
            self.history.add(document, self._summary(self._fold(document)))

    def _reached(self, document: Document | None, case_id: str, attempt: Sequence[str]) -> Case | None:
        """The case where an attempt that ended in Unsaved has reached the disk; seen to it that it stays there."""
        document = document or self.history.get(case_id)
        if document is None or not any(entry["id"] in attempt for entry in document["log"]):
            return None
        from oxtui.folders import sync_folder
        from oxtui.store.files import unsaved

        try:
            sync_folder(self.places.home)
        except OSError as error:
            raise unsaved(error, self.places.home) from error
        return self._fold(document)

    def undo(self, case_id: str, *, reversed_: bool = False, entry: str = "") -> Case:
        """Take back the last thing this agent did in the case (or the entry named)."""
        from oxtui.cases.commands import Undo, last_undoable

        chosen = entry or last_undoable(self.case(case_id), self.agent)
        return self.change(case_id, Undo(chosen, self.agent, reversed_))

    def reopen(self, case_id: str) -> Case:
        """Bring a closed case back from the history; nobody is on the line."""
        from oxtui.cases.conduct import Reopen
        from oxtui.store.closing import reopen

        document = self.history.get(case_id)
        if document is None:
            raise Negative("This case is not in the history", "it may be open already")
        case = self._fold(document)
        return self._fold(reopen(self.store, self.history, case_id, self._entries(case, Reopen().drafts(case))))

    def settle(self) -> list[str]:
        """Finish what a crash left half done between open cases and history; run at start."""
        from oxtui.store.closing import settle

        return settle(self.store, self.history, lambda document: self._summary(self._fold(document)))

    def take_over(self, text: str) -> Case:
        """Restore the case that an `oxtui:` line carries, as reported by the agent who wrote it; not authenticated.

        The longer log counts where one is the beginning of the other; a case that was closed goes to the history.
        Raises WrongUse for a line that was altered, Refusal where the two went different ways (see `versions`).
        """
        from oxtui.cases.transfer import read_line, restored
        from oxtui.store.taking_over import take_over

        theirs = read_line(text)
        save_pin(self.places.playbooks, self.playbook.procedure)  # it may be its own: a new home has none yet
        today = "" if self._has_steps_of(theirs) else self.playbook.procedure.digest
        kept = take_over(
            self.store,
            self.history,
            theirs,
            lambda document, here: restored(document, self.agent, self.clock.now(), playbook=today, here=here),
            lambda document: self._fold(document).closed is not None,
            lambda document: self._summary(self._fold(document)),
        )
        if kept is None:
            raise Refusal("This home has another version of that case", "compare both; nothing was merged")
        return self._fold(self.store.get(kept["id"]) or kept)

    def versions(self, text: str) -> tuple[Case, Case, int] | None:
        """This home's and the line's version of a case where neither goes on from the other, and how far they agree.

        None where nothing is in conflict; raises WrongUse for a line that was altered.
        """
        from oxtui.cases.transfer import agree, merged, read_line

        theirs = read_line(text)
        mine = self._document(str(theirs["id"]))
        if mine is None or merged(mine, theirs).document is not None:
            return None
        steps = self._procedure(theirs) if self._has_steps_of(theirs) else self.playbook.procedure
        other = fold(theirs, steps, self.clock.local(), lapsed=self._lapsed, price=self._price)
        return self._fold(mine), other, agree(mine, theirs)

    def _has_steps_of(self, document: Document) -> bool:
        """Whether this home keeps the playbook that a case is pinned to."""
        return (self.places.playbooks / f"{pinned_digest(document)}.json").exists()

    def note(self, case: Case) -> str:
        """The wrap-up note, ending with the `oxtui:` line that carries the case to another machine.

        A log that was changed from outside is not carried on: its note has no line.
        """
        from oxtui.cases.notes import wrap_up
        from oxtui.cases.transfer import line_of

        text = wrap_up(case, self.clock)
        document = self._document(case.id)
        if document is None or case.altered:
            return text
        return f"{text.rstrip()}\n\n{line_of(document)}\n"

    def drop(self, case_id: str) -> None:
        """Drop a case in which nothing was done; raises Refusal where something was."""
        with self.store.transaction() as kept:
            document = kept.get(case_id)
            if document is None:
                return
            case = self._fold(document)
            if any(entry.what not in ("opened", "details", "mailboxes", "evidence") for entry in case.log):
                raise Refusal("Something was done in this case", "z closes it")
            kept.remove(case_id)

    # -- templates and secrets
    def filled(self, case: Case, template_id: str) -> FilledTemplate:
        """A template filled from the case, secrets as dots."""
        from oxtui.cases.templates import fill

        template = case.procedure.templates.get(template_id)
        if template is None:
            raise WrongUse(f"There is no template '{clean(template_id)}'", ", ".join(case.procedure.templates))
        known = frozenset(address for held, address in self._secrets if held == case.id)
        return fill(case, template, with_secret=known, clock=self.clock)

    def keep_secret(self, case_id: str, address: str, secret: Secret) -> None:
        """Hold a mailbox's password in memory, for the copy of a template; it is written nowhere."""
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
        """What this home has of a case, open or closed, or None."""
        return self.store.get(case_id) or self.history.get(case_id)

    def _decide(self, case: Case, change: Change) -> Any:
        from oxtui.cases.conduct import MovePlaybook, Note, Reopen

        if case.closed and not isinstance(change, Reopen | Note):
            raise Refusal("The case is closed", "reopen it from the history")
        if isinstance(change, MovePlaybook):
            if change.digest != self.playbook.procedure.digest:
                raise Refusal("A case moves to today's playbook only", "look again: it may have changed")
            save_pin(self.places.playbooks, self.playbook.procedure)
        return change.drafts(case)

    def _entries(self, case: Case, drafts: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Document]:
        last = max((*case.altered, case.log[-1].seq if case.log else 0), default=0)
        now = self.clock.now()
        return [
            to_document(case.id, Event(new_id(), last + place, now, self.agent, what, data))
            for place, (what, data) in enumerate(drafts, start=1)
        ]

    def _summary(self, case: Case) -> dict[str, Any]:
        from oxtui.cases.notes import wrap_up
        from oxtui.cases.report import summary

        return {**summary(case), "text": f"{overview(case).words}\n{wrap_up(case, self.clock)}"}

    def _price(self, plan_id: str) -> Decimal | None:
        plan = self.playbook.plans.get(plan_id)
        return plan.price_on(self.clock.today()) if plan else None

    def _lapsed(self, entry: Event) -> bool:
        """Whether a call's time is over: counted on the monotonic clock from when it was first seen here."""
        if entry.id not in self._seen:
            self._seen[entry.id] = (self.clock.monotonic(), max(timedelta(), self.clock.now() - entry.at))
        since, age = self._seen[entry.id]
        # The monotonic clock stands still while a laptop sleeps, the wall clock where it was made to.
        elapsed = max(age + timedelta(seconds=self.clock.monotonic() - since), self.clock.now() - entry.at)
        return elapsed >= timedelta(minutes=self.playbook.procedure.call_lapse_minutes)

    def _procedure(self, document: Document) -> Procedure:
        digest = pinned_digest(document)
        if digest not in self._pins:
            self._pins[digest] = load_pin(self.places.playbooks, digest)
        return self._pins[digest]

    def _fold(self, document: Document) -> Case:
        # The store hands out the same log until somebody has changed the file; nothing tells so more surely.
        now = self.clock.local()
        log, minute, case_id = document["log"], now.strftime("%Y%m%d%H%M"), str(document["id"])
        held = self._folded.get(case_id)
        if held and held[0] is log and held[1] == minute and not self._just_lapsed(held[2]):
            return held[2]
        case = fold(document, self._procedure(document), now, lapsed=self._lapsed, price=self._price)
        self._folded[case_id] = (log, minute, case)
        return case

    def _just_lapsed(self, case: Case) -> bool:
        entry = case.call_event
        return entry is not None and not case.call.lapsed and self._lapsed(entry)
