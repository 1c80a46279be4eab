"""Ending a service for good, in two steps: what it rests on is read, then the console is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands import Cancel, Clear, NotYet
from oxtui.cases.confirmation import Read, count_words, rows
from oxtui.cases.evidence import Evidence, evidence_in
from oxtui.cases.guard import may_clear
from oxtui.cases.nbs import of_item
from oxtui.cases.overview import Overview
from oxtui.errors import OxtuiError, Refusal, StoreError
from oxtui.playbook.model import Item
from oxtui.screens.asking_dns import ask
from oxtui.screens.case.killer_box import Answer, KillerBox
from oxtui.screens.case.part import CaseParts
from oxtui.screens.case.reporting import ALREADY, SayingSo
from oxtui.widgets.ink import Span

DNS_SECONDS: Final = 3.0
"""How long the box waits for DNS at most."""


class Killing:
    """The box of one killer at a time, and what it sends."""

    def __init__(self, screen: CaseParts, saying: SayingSo) -> None:
        self.screen = screen
        self.saying = saying
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
        case = self.screen.case
        cleared = item.id in case.board.cleared
        if not cleared and not self.screen.under_way():
            try:
                may_clear(case.position(), item)
            except OxtuiError as error:
                self.screen.offer(item, error)
                return
        self.item, self._saving = item, False
        self._others = () if cleared else None
        self._dns = ""
        self.box = KillerBox(f"{item.text} · {case.domain}", self._answered, self.screen.home.typing.monotonic)
        self._round += 1
        if not cleared:
            self._look_up(self._round)
        self.draw()
        self.screen.app.push_screen(self.box)

    @property
    def open_now(self) -> bool:
        """Whether the box is there."""
        return self.box is not None and self.box in self.screen.app.screen_stack

    def _look_up(self, number: int) -> None:
        """Ask DNS, and the home for other open cases of the domain: both in threads, each row when it comes."""
        screen, domain, case_id = self.screen, self.screen.case.domain, self.screen.case.id
        if _asks_dns(screen.case):
            self._dns = "asking"
            ask(screen.home, screen.case, lambda error: self._dns_came(number, error))
            screen.set_timer(DNS_SECONDS, lambda: self._dns_late(number))

        def look() -> None:
            try:
                found = [row for row in screen.service.open_for(domain) if row.id != case_id]
            except StoreError:
                found = [row for row in screen.service.seen_overviews() if row.domain == domain and row.id != case_id]
            screen.app.call_from_thread(self._others_came, number, found)

        screen.run_worker(look, thread=True, group="killer", exit_on_error=False)

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
        box, item, case = self.box, self.item, self.screen.case
        if box is None or item is None:
            return
        if case.closed or (item.id, "") in case.board.marks:
            self._close()
            return
        self._seen = case.seq
        shown = self._rows(case, item)
        cleared = case.event(case.board.cleared.get(item.id, ""))
        # who only looks answers nothing: esc says "not yet" for whoever cleared it, or is in a conversation here
        box.cleared = cleared is not None and (cleared.agent == case.agent or case.conversation.live)
        waiting = self._dns == "asking" or self._others is None
        if self._saving:
            box.show(shown, (), "", step="saving", waiting=False)
            return
        try:
            if cleared is not None:
                self.screen.service.may(case, Cancel(item.id))
            elif not self.screen.under_way():
                may_clear(case.position(), item)
        except OxtuiError as error:
            offers = error.offers if isinstance(error, Refusal) else ()
            why: list[Span] = [(f"{error.message}. ", "trouble"), (error.hint, "text")]
            box.show(shown, why, "", step="locked", waiting=False, already=ALREADY in offers)
            return
        past = (item.noted.split() or ["done"])[0].lower()
        if cleared is None:
            box.show(shown, (("Is all of this true now?", "strong"),), "all clear", step="read", waiting=waiting)
            return
        mine = cleared.agent == self.screen.service.agent
        when = self.screen.service.clock.when(cleared.at)
        who = "" if mine else f" by {cleared.agent}"
        head = f"All clear{who} {when}. {item.text} now."
        question: list[Span] = [(f"{head} ", "text"), (f"Have you {past} it?", "strong")]
        box.show(shown, question, f"yes, {past}", step="cleared", waiting=False)

    def _rows(self, case: Case, item: Item) -> list[Sequence[Span]]:
        glyphs = self.screen.glyphs
        found: list[Sequence[Span]] = [
            ((f" {glyphs.nb} NB ", "nb-chip"), (f"{nb.text} ", "nb")) for nb in of_item(case, item)
        ]
        names = ", ".join(name.removesuffix(case.domain) for name in case.addresses)
        found.append(((count_words(case), "strong"), (f"  {names}", "text")))
        for row in self._read(case, item):
            sign: Span = (f"{glyphs.nb} ", "due") if row.amber else (f"{glyphs.done} ", "done")
            role = "due" if row.amber else "text"
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
        at = self.screen.service.clock.when(evidence.asked_at)
        return [Read("DNS now", evidence.verdict, at, amber=bool(evidence.error))]

    def _other_rows(self, case: Case) -> list[Read]:
        return [
            Read(f"Another open case of {case.domain}", row.title or "no scenario yet", f"next: {row.next}", amber=True)
            for row in self._others or ()
        ]

    # -- answering
    def _answered(self, answer: Answer) -> None:
        item, case, screen = self.item, self.screen.case, self.screen
        if item is None:
            return
        if answer == "back":
            self._close()
        elif answer == "not-yet":
            self._close()
            screen.send(case, NotYet(item.id), lambda _: screen.home.say(f"Not yet: {item.text}"), item.id)
        elif answer == "already":
            self.saying.already(item, self._close)
        elif answer == "clear":
            shown = (count_words(case), *(row.plain() for row in self._read(case, item)))
            self._submit(Clear(item.id, shown))
        else:
            self._submit(Cancel(item.id))

    def _submit(self, command: Clear | Cancel) -> None:
        self._saving = True
        screen, item = self.screen, command.item

        def done(case: Case) -> None:
            self._saving = False
            self.draw()
            if isinstance(command, Cancel) and screen in screen.app.screen_stack:
                screen.checklist.go_to_next(item)

        def refused(error: OxtuiError) -> None:
            screen.read_newest(lambda: self._refused(error), error)

        screen.home.submit(screen.case.id, command, done, refused, item, self._seen)
        self.draw()

    def _refused(self, error: OxtuiError) -> None:
        """Tell in the box why nothing was written, beside what has come meanwhile."""
        self._saving = False
        self.draw()
        if self.open_now and self.box is not None:
            self.box.refused(error)
        else:
            self.screen.refused(error)

    def _close(self) -> None:
        box, self.box, self.item = self.box, None, None
        self._round += 1
        if box is not None and box in self.screen.app.screen_stack and box.is_current:
            box.dismiss(None)


def _asks_dns(case: Case) -> bool:
    """Whether DNS has anything to say about the scenario."""
    items = case.scenario.items() if case.scenario else ()
    return any(item.proposal and item.proposal.evidence for item in items)
