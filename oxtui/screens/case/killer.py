"""Ending a service for good, in two steps: the agent reads what it rests on, then confirms it in the console."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.killers import Cancel, Clear, NotYet
from oxtui.cases.confirmation import Read, count_words, dns_locks, rows
from oxtui.cases.events import Event
from oxtui.cases.evidence import evidence_in
from oxtui.cases.guard import may_clear
from oxtui.cases.nbs import of_item
from oxtui.cases.overview import Overview
from oxtui.cases.wording import past_word
from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.playbook.model import Item
from oxtui.screens.case.actions import Actions
from oxtui.screens.case.killer_box import BoxAnswer, BoxContents, KillerBox
from oxtui.screens.case.part import CasePart, KeyWords
from oxtui.screens.case.reporting import ALREADY, Reporting
from oxtui.screens.parts.dns_lookup import look_up_dns
from oxtui.widgets.item_rows import Row
from oxtui.widgets.spans import Span

FRESH: Final = timedelta(minutes=15)
"""How long the rows count as just read; later the box only asks for the result."""
ASKING: Final = "asking ..."
DNS_SECONDS: Final = 3.0
"""How long the box waits for DNS."""


class Killing(CasePart):
    """The box of one killer at a time, and its commands."""

    reporting: Reporting
    actions: Actions
    item: Item | None = None
    box: KillerBox | None = None
    _seen: int = 0
    _saving: bool = False
    _dns: str = ""
    """ASKING, what went wrong, or "" if DNS answered or is not asked."""
    _others: Sequence[Overview] | None = None
    """Other open cases of the domain; None while they are looked up."""

    # -- keys
    def words(self, row: Row) -> KeyWords:
        """Return what the keys do to what ends a service."""
        board, ends = self.case.board, self.case.procedure.words.ends
        if (row.item.id, "") in board.marks:
            return self.actions.words(row)
        return KeyWords(enter=f"{ends.done}?" if row.item.id in board.cleared else f"look, then {ends.do}")

    def tick(self, row: Row) -> None:
        """space ends no service."""
        self.refuse(WrongUse(f"'{row.item.text}' is not ticked by space", "enter shows what it rests on"))

    def digit(self, row: Row, digit: int) -> None:
        """A digit ends no service."""
        self.refuse(WrongUse("There is nothing to choose here", "enter shows what it rests on"))

    def open(self, row: Row) -> None:
        """enter: the box, or the mark of a service that was ended."""
        if (row.item.id, "") in self.case.board.marks:
            self.actions.open(row)
        else:
            self.open_box(row.item)

    # -- opening
    def open_box(self, item: Item) -> None:
        """Open the box, or refuse, and offer what can be reported instead."""
        case = self.case
        cleared = item.id in case.board.cleared

        def check() -> None:
            may_clear(case.position(), item)
            if self.host.sharing is not None:
                self.host.sharing.may_begin(case, Clear(item.id))

        if not (cleared or self.screen.under_way() or self.reporting.allowed(item, check, self.actions.by_word)):
            return
        self.item, self._saving, self._dns = item, False, ""
        self._others = () if cleared else None
        self.box = KillerBox(f"{item.text} · {case.name}", self._answered, self.host.typing.monotonic)
        if not cleared:
            self._look_up(self.box)
        self.draw()
        self.screen.ask(self.box)

    @property
    def open_now(self) -> bool:
        """Whether the box is on the screen."""
        return self.box is not None and self.box in self.host.screen_stack

    def _look_up(self, box: KillerBox) -> None:
        """Ask DNS, and the home for other open cases of the domain; each row appears when its answer comes."""
        service, domain, case_id = self.service, self.case.domain, self.case.id
        if service.playbook.asks_dns and self._rests_on_dns():
            self._dns = ASKING
            look_up_dns(self.host, self.case, lambda error: self._dns_came(box, error.message if error else ""))
            self.screen.set_timer(DNS_SECONDS, lambda: self._dns_late(box))

        def came(others: Sequence[Overview]) -> None:
            if box is self.box:
                self._others = [row for row in others if row.id != case_id and row.domain == domain]
                self.draw()

        def failed(_: OxtuiError) -> None:
            came(service.seen_overviews())

        self.host.aside(lambda: service.open_for(domain), came, failed, holds_keys=False, name="killer")

    def _dns_came(self, box: KillerBox, trouble: str) -> None:
        if box is self.box:
            self._dns = trouble
            self.draw()

    def _dns_late(self, box: KillerBox) -> None:
        if self._dns == ASKING:
            self._dns_came(box, f"no answer in {DNS_SECONDS:.0f} seconds")

    # -- drawing
    def draw(self) -> None:
        """Draw the box as the case is now; close it if it was answered elsewhere."""
        box, item, case = self.box, self.item, self.case
        if box is None or item is None:
            return
        if case.closed or (item.id, "") in case.board.marks:
            self._close()
            return
        self._seen = case.seen
        box.show(self._shown(case, item))

    def _shown(self, case: Case, item: Item) -> BoxContents:
        lines = self._lines(case, item)
        cleared = case.event(case.board.cleared.get(item.id, ""))
        mine = cleared is not None and cleared.agent == case.agent and not case.reported(cleared)
        # an onlooker answers nothing: esc says "not yet" for whoever cleared it, or is in a conversation here
        answers = cleared is not None and (mine or case.conversation.live)
        if self._saving:
            return BoxContents(lines, phase="saving", not_yet=answers)
        if cleared is not None and cleared.agent != case.agent and not case.conversation.live:
            head = f"All clear by {cleared.agent} {self.service.clock.when(cleared.at)}. "
            theirs = f"{cleared.agent} says whether it is {past_word(item)}. If you were told, press a or b first."
            return BoxContents(lines, ((head, "text"), (theirs, "strong")), phase="locked", not_yet=answers)
        try:
            if cleared is not None:
                self.service.would_change(case, Cancel(item.id))
            elif not self.screen.under_way():
                may_clear(case.position(), item)
        except OxtuiError as error:
            already = isinstance(error, Refusal) and ALREADY in error.offers
            why = ((f"{error.message}. ", "trouble"), (error.hint, "text"))
            return BoxContents(lines, why, phase="locked", already=already, not_yet=answers)
        if cleared is not None:
            return self._second_step(case, item, cleared, lines, mine=mine)
        waiting = self._dns == ASKING or self._others is None
        return BoxContents(lines, (("Is all of this true now?", "strong"),), "all clear", waiting=waiting)

    def _second_step(
        self, case: Case, item: Item, cleared: Event, lines: Sequence[Sequence[Span]], *, mine: bool
    ) -> BoxContents:
        """Ask for the result of a killer that was cleared."""
        when, past = self.service.clock.when(cleared.at), past_word(item)
        if not mine:
            head, question = f"All clear by {cleared.agent} {when}.", f"Did {cleared.agent} tell you that it is {past}?"
            yes = f"yes, {cleared.agent} told me"
        elif not _long_ago(case, cleared):
            head, question = f"All clear {when}. {item.text} now.", f"Have you {past} it?"
            yes = f"yes, {past}"
        else:
            head, question = f"It was all clear {when}, and has not been looked at since.", f"Had you {past} it then?"
            yes = f"yes, {past} then"
        spans = ((f"{head} ", "text"), (question, "strong"))
        return BoxContents(lines, spans, yes, phase="cleared", not_yet=mine or case.conversation.live)

    def _lines(self, case: Case, item: Item) -> list[Sequence[Span]]:
        glyphs = self.glyphs
        lines: list[Sequence[Span]] = [
            ((f" {glyphs.nb} NB ", "nb-chip"), (f"{nb.text} ", "nb")) for nb in of_item(case, item)
        ]
        names = ", ".join(name.removesuffix(case.domain) for name in case.addresses)
        lines.append(((count_words(case), "strong"), (f"  {names}", "text")))
        for row in self._read(case, item):
            sign, role = (f"{glyphs.done} ", "done"), "text"
            if row.locks:
                sign, role = (f"{glyphs.locked} ", "trouble"), "trouble"
            elif row.amber:
                sign, role = (f"{glyphs.nb} ", "due"), "due"
            value: tuple[Span, ...] = ((f" {row.value}", "strong"),) if row.value else ()
            who: tuple[Span, ...] = ((f"   {row.who}", "due" if row.amber else "quiet"),) if row.who else ()
            lines.append((sign, (row.text + (":" if row.value else ""), role), *value, *who))
        return lines

    def _read(self, case: Case, item: Item) -> list[Read]:
        """Return all rows to read; the log stores them too."""
        read = list(rows(case, item))
        evidence = evidence_in(case.evidence) if self._rests_on_dns() else None
        if self._dns:
            read.append(Read("DNS now", self._dns, amber=True))
        elif evidence is not None:
            at, locks = self.service.clock.when(evidence.asked_at), dns_locks(case, item)
            label = "DNS now" if abs(case.now - evidence.asked_at) < timedelta(minutes=1) else "DNS"
            read.append(Read(label, evidence.verdict, at, amber=bool(evidence.error), locks=locks))
        another = f"Another open case of {case.name}"
        for other in self._others or ():
            read.append(Read(another, other.title or "no scenario yet", f"next: {other.next}", amber=True))
        return read

    def _rests_on_dns(self) -> bool:
        """Return whether DNS answers a question of the scenario."""
        return any(item.proposal and item.proposal.evidence for item in self.items())

    # -- answering
    def _answered(self, answer: BoxAnswer) -> None:
        item, case = self.item, self.case
        if item is None:
            return
        if answer == "back":
            self._close()
        elif answer == "not-yet":
            self._close()
            self.send(case, NotYet(item.id), lambda _: self.host.say(f"Not yet: {item.text}"), item.id)
        elif answer == "already":
            self.follow(self.reporting.already(item, self._close))
        elif answer == "clear":
            shown = (count_words(case), *(row.plain() for row in self._read(case, item)))
            self._submit(Clear(item.id, shown))
        else:
            cleared = case.event(case.board.cleared.get(item.id, ""))
            mine = cleared is not None and cleared.agent == case.agent
            self._submit(Cancel(item.id, then=cleared is not None and mine and _long_ago(case, cleared)))

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
        """Say in the box why nothing was written, beside the rows that arrived meanwhile."""
        self._saving = False
        self.draw()
        if self.open_now and self.box is not None:
            self.box.refused(error)
        else:
            self.refuse(error)

    def _close(self) -> None:
        box, self.box, self.item = self.box, None, None
        if box is not None and box in self.host.screen_stack and box.is_current:
            box.dismiss(None)


def _long_ago(case: Case, cleared: Event) -> bool:
    """Return whether it is only asked what happened when the killer was cleared, and no longer to do it now."""
    return not timedelta() <= case.now - cleared.at < FRESH or not case.conversation.live
