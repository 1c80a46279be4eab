"""Ending a service for good, in two steps: what it rests on is read, then the console is asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.killers import Cancel, Clear, NotYet
from oxtui.cases.commands.marks import Word
from oxtui.cases.confirmation import Read, count_words, dns_locks, rows
from oxtui.cases.evidence import Evidence, evidence_in
from oxtui.cases.guard import may_clear
from oxtui.cases.nbs import of_item
from oxtui.cases.overview import Overview
from oxtui.cases.wording import past_word
from oxtui.errors import OxtuiError, Refusal, StoreError
from oxtui.playbook.model import Item
from oxtui.screens.case.killer_box import Answer, KillerBox
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.case.reporting import ALREADY, Reporting
from oxtui.screens.parts.asking_dns import ask
from oxtui.widgets.spans import Span

FRESH: Final = timedelta(minutes=15)
"""How long what was read counts as read just now: later it is only asked what became of it."""
DNS_SECONDS: Final = 3.0
"""How long the box waits for DNS at most."""


class Killing(CasePart):
    """The box of one killer at a time, and what it sends."""

    def __init__(self, screen: CaseOwner, reporting: Reporting, by_word: Callable[[Item, Word], None]) -> None:
        super().__init__(screen)
        self.by_word = by_word
        self.reporting = reporting
        self.item: Item | None = None
        self.box: KillerBox | None = None
        self._seen = 0
        self._saving = False
        self._dns = ""
        """"asking", what went wrong, or "" where it was answered or is not asked."""
        self._others: Sequence[Overview] | None = None
        self._round = 0

    # -- opening
    def open(self, item: Item) -> None:
        """enter on a killer: the box, or why it is locked."""
        case = self.case
        cleared = item.id in case.board.cleared
        if not cleared and not self.screen.under_way():
            try:
                may_clear(case.position(), item)
                if self.host.sharing is not None:
                    self.host.sharing.may_begin(case, Clear(item.id))
            except OxtuiError as error:
                self.reporting.offer(item, error, partial(self.by_word, item))
                return
        self.item, self._saving = item, False
        self._others = () if cleared else None
        self._dns = ""
        self.box = KillerBox(f"{item.text} · {case.domain}", self._answered, self.host.typing.monotonic)
        self._round += 1
        if not cleared:
            self._look_up(self._round)
        self.draw()
        self.screen.ask(self.box)

    @property
    def open_now(self) -> bool:
        """Whether the box is there."""
        return self.box is not None and self.box in self.host.screen_stack

    def _look_up(self, number: int) -> None:
        """Ask DNS, and the home for other open cases of the domain: both in threads, each row when it comes."""
        domain, case_id = self.case.domain, self.case.id
        if self.service.playbook.asks_dns and _asks_dns(self.case):
            self._dns = "asking"
            ask(self.host, self.case, lambda error: self._dns_came(number, error))
            self.screen.soon(lambda: self._dns_late(number), DNS_SECONDS)

        def look() -> None:
            try:
                found = [row for row in self.service.open_for(domain) if row.id != case_id]
            except StoreError:
                found = [row for row in self.service.seen_overviews() if row.domain == domain and row.id != case_id]
            self.host.call_from_thread(self._others_came, number, found)

        self.host.run_worker(look, thread=True, group="killer", exit_on_error=False)

    def _dns_came(self, number: int, error: OxtuiError | None) -> None:
        if number == self._round:
            self._dns = error.message if error else ""
            self.draw()

    def _dns_late(self, number: int) -> None:
        if number == self._round and self._dns == "asking":
            self._dns = f"no answer in {DNS_SECONDS:.0f} seconds"
            self.draw()

    def _others_came(self, number: int, found: Sequence[Overview]) -> None:
        if number == self._round:
            self._others = found
            self.draw()

    # -- drawing
    def draw(self) -> None:
        """Draw the box as the case is now; one that was answered elsewhere goes."""
        box, item, case = self.box, self.item, self.case
        if box is None or item is None:
            return
        if case.closed or (item.id, "") in case.board.marks:
            self._close()
            return
        self._seen = case.seen
        shown = self._rows(case, item)
        cleared = case.event(case.board.cleared.get(item.id, ""))
        # who only looks answers nothing: esc says "not yet" for whoever cleared it, or is in a conversation here
        mine = cleared is not None and cleared.agent == case.agent and not case.reported(cleared)
        box.cleared = cleared is not None and (mine or case.conversation.live)
        waiting = self._dns == "asking" or self._others is None
        if self._saving:
            box.show(shown, (), "", step="saving", waiting=False)
            return
        past = past_word(item)
        if cleared is not None and cleared.agent != case.agent and not case.conversation.live:
            head = f"All clear by {cleared.agent} {self.service.clock.when(cleared.at)}. "
            theirs = f"{cleared.agent} says whether it is {past}; told it by {cleared.agent}, a or b first."
            box.show(shown, ((head, "text"), (theirs, "strong")), "", step="locked", waiting=False)
            return
        try:
            if cleared is not None:
                self.service.may(case, Cancel(item.id))
            elif not self.screen.under_way():
                may_clear(case.position(), item)
        except OxtuiError as error:
            offers = error.offers if isinstance(error, Refusal) else ()
            why: list[Span] = [(f"{error.message}. ", "trouble"), (error.hint, "text")]
            box.show(shown, why, "", step="locked", waiting=False, already=ALREADY in offers)
            return
        if cleared is None:
            box.show(shown, (("Is all of this true now?", "strong"),), "all clear", step="read", waiting=waiting)
            return
        when = self.service.clock.when(cleared.at)
        fresh = case.now - cleared.at < FRESH and case.conversation.live
        if mine and fresh:
            head, asked, yes = f"All clear {when}. {item.text} now.", f"Have you {past} it?", f"yes, {past}"
        elif mine:
            head, asked = f"It was all clear {when}, and has not been looked at since.", f"Had you {past} it then?"
            yes = f"yes, {past} then"
        else:
            head, asked = f"All clear by {cleared.agent} {when}.", f"Did {cleared.agent} tell you that it is {past}?"
            yes = f"yes, {cleared.agent} told me"
        box.show(shown, ((f"{head} ", "text"), (asked, "strong")), yes, step="cleared", waiting=False)

    def _rows(self, case: Case, item: Item) -> list[Sequence[Span]]:
        glyphs = self.glyphs
        found: list[Sequence[Span]] = [
            ((f" {glyphs.nb} NB ", "nb-chip"), (f"{nb.text} ", "nb")) for nb in of_item(case, item)
        ]
        names = ", ".join(name.removesuffix(case.domain) for name in case.addresses)
        found.append(((count_words(case), "strong"), (f"  {names}", "text")))
        for row in self._read(case, item):
            sign: Span = (f"{glyphs.nb} ", "due") if row.amber else (f"{glyphs.done} ", "done")
            role = "due" if row.amber else "text"
            if row.locks:
                sign, role = (f"{glyphs.locked} ", "trouble"), "trouble"
            value: tuple[Span, ...] = ((f" {row.value}", "strong"),) if row.value else ()
            who: tuple[Span, ...] = ((f"   {row.who}", "due" if row.amber else "quiet"),) if row.who else ()
            found.append((sign, (row.text + (":" if row.value else ""), role), *value, *who))
        return found

    def _read(self, case: Case, item: Item) -> list[Read]:
        """All that is read before it, as the log keeps it too."""
        return [*rows(case, item), *self._dns_row(case), *self._other_rows(case)]

    def _dns_row(self, case: Case) -> list[Read]:
        if self._dns == "asking":
            return [Read("DNS now", "asking ...", amber=True)]
        if self._dns:
            return [Read("DNS now", self._dns, amber=True)]
        evidence: Evidence | None = evidence_in(case.evidence) if _asks_dns(case) else None
        if evidence is None:
            return []
        at = self.service.clock.when(evidence.asked_at)
        locks = self.item is not None and dns_locks(case, self.item)
        return [Read("DNS now", evidence.verdict, at, amber=bool(evidence.error), locks=locks)]

    def _other_rows(self, case: Case) -> list[Read]:
        return [
            Read(f"Another open case of {case.domain}", row.title or "no scenario yet", f"next: {row.next}", amber=True)
            for row in self._others or ()
        ]

    # -- answering
    def _answered(self, answer: Answer) -> None:
        item, case = self.item, self.case
        if item is None:
            return
        if answer == "back":
            self._close()
        elif answer == "not-yet":
            self._close()
            self.send(case, NotYet(item.id), lambda _: self.host.say(f"Not yet: {item.text}"), item.id)
        elif answer == "already":
            self.reporting.already(item, self._close)
        elif answer == "clear":
            shown = (count_words(case), *(row.plain() for row in self._read(case, item)))
            self._submit(Clear(item.id, shown))
        else:
            self._submit(Cancel(item.id))

    def _submit(self, command: Clear | Cancel) -> None:
        self._saving = True
        item = command.item

        def done(case: Case) -> None:
            self._saving = False
            self.draw()
            if isinstance(command, Cancel) and self.screen.in_stack:
                self.checklist.go_to_next(item)

        def refused(error: OxtuiError) -> None:
            self.screen.read_newest(lambda: self._refused(error), error)

        self.host.submit(self.case.id, command, done, refused, item, self._seen)
        self.draw()

    def _refused(self, error: OxtuiError) -> None:
        """Tell in the box why nothing was written, beside what has come meanwhile."""
        self._saving = False
        self.draw()
        if self.open_now and self.box is not None:
            self.box.refused(error)
        else:
            self.refuse(error)

    def _close(self) -> None:
        box, self.box, self.item = self.box, None, None
        self._round += 1
        if box is not None and box in self.host.screen_stack and box.is_current:
            box.dismiss(None)


def _asks_dns(case: Case) -> bool:
    """Whether DNS has anything to say about the scenario."""
    items = case.scenario.items() if case.scenario else ()
    return any(item.proposal and item.proposal.evidence for item in items)
