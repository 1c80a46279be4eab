"""What leaves a case by the clipboard: templates, values, the quote, the note, links.

A template's copy passes the guard first: "copy begun" is recorded, then the clipboard is written, then how it went.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from oxtui.cases.case import Case
from oxtui.cases.commands.copies import BeginCopy, RecordCopy, may_copy, wanted
from oxtui.cases.guard import need_conversation
from oxtui.cases.notes.client_text import client_text
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.templates import FilledTemplate, cover
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Ending, Item, Template
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.dialogs.ask import Confirm
from oxtui.screens.parts.note_parts import NoteParts
from oxtui.text import plural
from oxtui.widgets.panels import DNS, NOTES, TEMPLATE

if TYPE_CHECKING:
    from oxtui.outside.clipboard import Copied

COPYING = "copying"
UNRECORDED = "copied, not recorded yet"


class Copying(CasePart):
    """The copies of a case."""

    def __init__(self, screen: CaseOwner, sidebar: Sidebar) -> None:
        super().__init__(screen)
        self.sidebar = sidebar
        self.note_parts = NoteParts()
        self.copies: dict[str, str] = {}
        """Copies that are not over, by template or item id: COPYING, or that they are not recorded."""

    # -- templates
    def _copy_template(self, name: str, *, with_cover: bool = False) -> None:
        """Copy a template: refused until its item can be done, asked once where lines are missing.

        An escalation may take cover lines with it (`with_cover`): summary, numbers, evidence. The template stays
        as it is.
        """
        case = self.case
        if self.copies.get(name) == COPYING:
            return  # the row says so
        try:
            may_copy(self.service.peek(case.id) or case, name)
        except OxtuiError as error:
            self.refuse(error)
            return
        filled = self.service.filled(case, name)
        copy = partial(self._copy, case, filled, with_cover=with_cover)
        if not filled.missing:
            copy()
            return
        names, count = ", ".join(filled.missing), len(filled.missing)
        self.ask(
            Confirm(f"Copy with {plural(count, 'line')} missing?", names, yes="copy it anyway"),
            lambda yes: copy() if yes else None,
        )

    def _copy(self, case: Case, filled: FilledTemplate, *, with_cover: bool) -> None:
        """Have "copy begun" recorded on what was shown; only then anything is on the clipboard."""
        name = filled.template.id
        boxes = tuple(dict.fromkeys(line.mailbox for line in filled.lines if line.mailbox))
        begin = BeginCopy(name, filled.missing, boxes)

        def begun(case: Case) -> None:
            event = next(event.id for event in reversed(case.log) if event.what == "copying")
            self._write(case, filled.template, event, with_cover=with_cover)

        def refused(error: OxtuiError) -> None:
            self._state(name, "")
            self.refuse(error)

        self._state(name, COPYING)
        # what begins a sentence meant for another window copies nothing
        self.host.typing.when_clear(
            lambda: self.host.submit(case.id, begin, begun, refused, seen=case.seen),
            lambda: self._state(name, ""),
        )

    def _write(self, case: Case, template: Template, begun: str, *, with_cover: bool) -> None:
        service = self.service
        filled = service.filled(case, template.id)
        lead = "\n".join((*cover(case, template, service.clock), "", "")) if with_cover else ""
        dots = lead + filled.text() if filled.secret else None

        def ended(copied: Copied | None) -> None:
            if copied is None:
                self._state(template.id, "")
            else:
                self._record(case, template, begun, copied.message)

        text = lead + filled.text(partial(service.reveal, case.id))
        self.host.copy(text, template.title, ended, shown=dots, now=True)

    def _record(self, case: Case, template: Template, begun: str, how: str) -> None:
        """Record that it is on the clipboard; until that is saved the row says so."""
        host = self.host
        self._state(template.id, UNRECORDED)

        def recorded(_: Case) -> None:
            self._state(template.id, "")
            if self.screen.in_stack:
                self._copied(template)

        def failed(error: OxtuiError) -> None:
            host.tell(error)
            host.warn(f"{template.title} is copied, but that is not recorded: {error.message}")

        host.submit(case.id, RecordCopy(begun, how), recorded, failed)

    def _state(self, name: str, state: str) -> None:
        """What a copy has come to; "" once it is over. The row and the panel say it."""
        if state:
            self.copies[name] = state
        else:
            self.copies.pop(name, None)
        if self.screen.in_stack:
            self.panel.copying = self.copies
            self.screen.draw()

    def shown(self) -> dict[str, str]:
        """What the copies that are not over have come to, by item."""
        found: dict[str, str] = {}
        for item in self.case.scenario.items() if self.case.scenario else ():
            states = [
                self.copies[name] for name in (item.id, *(name for name, _ in item.templates)) if name in self.copies
            ]
            if states and self.case.status(item.id).applies:
                found[item.id] = states[0]
        return found

    def words(self) -> dict[str, str]:
        """The keys of the items that have two things to copy."""
        items = self.case.scenario.items() if self.case.scenario else ()
        return {item.id: f"y the template   S {item.copy}" for item in items if item.copy and self._wanted_of(item)}

    def _wanted_of(self, item: Item) -> bool:
        return any(wanted(self.case, name) for name, _ in item.templates)

    def _copied(self, template: Template) -> None:
        """What was copied for the current item has been dealt with: the keys go back to the item."""
        row = self.checklist.current
        if self.panel.has_focus and row and template.id in [name for name, _ in row.item.templates]:
            self.sidebar.leave()

    # -- the keys
    def copy(self) -> None:
        """y: what the row or the panel says it copies."""
        if self.panel.has_focus:
            self._copy_panel()
            return
        row = self.checklist.current
        if row is None:
            return
        item = row.item
        if self._wanted_of(item):
            self._copy_template(self.sidebar.template_name())
        elif item.copy:
            self._copy_value(item)
        elif self.case.quote and item.quote:
            self._copy_working(self.case.quote.working)
        else:
            self.host.copy(item.text, "The item")

    def copy_words(self) -> None:
        """S: the item's exact words, where y copies its template."""
        row = self.checklist.current
        if row and row.item.copy:
            self._copy_value(row.item)

    def _copy_value(self, item: Item) -> None:
        """Copy an item's exact words, for an authenticated client: that is looked at once more when it is done."""

        def over(_: object = None) -> None:
            self._state(item.id, "")

        def copy() -> None:
            if self._authenticated():
                self.host.copy(item.copy, item.copy, over, now=True)
            else:
                over()

        if self._authenticated():
            self._state(item.id, COPYING)
            self.host.typing.when_clear(copy, over)

    def _authenticated(self) -> bool:
        """Whether the conversation is live now; if not, that is told."""
        case = self.service.peek(self.case.id) or self.case
        try:
            need_conversation(case.conversation, "A copy")
        except OxtuiError as error:
            self.refuse(error)
            return False
        return True

    def _copy_panel(self) -> None:
        tab = self.panel.tab
        if tab == TEMPLATE:
            name = self.sidebar.template_name()
            if name:
                self._copy_template(name)
        elif tab == NOTES:
            self.screen.run_key("wrap_up")
        elif tab == DNS:
            evidence = self.sidebar.evidence()
            if evidence:
                self.host.copy("\n".join(evidence.summary(self.service.clock)) + "\n", "The DNS evidence")
        elif self.case.quote:
            self._copy_working((*self.case.quote.working, self.case.quote.say))

    def _copy_working(self, lines: Sequence[str]) -> None:
        flaw = quote_flaw(self.case)
        if flaw:
            self.refuse(Refusal(f"Work the discount out again first: {flaw}", "c opens the calculator"))
        else:
            self.host.copy("\n".join(lines) + "\n", "The working")

    def covers(self) -> bool:
        """Whether the template in front can be copied with cover lines."""
        panel = self.panel
        return panel.has_focus and panel.tab == TEMPLATE and bool(panel.filled and panel.filled.template.cover)

    def copy_covered(self) -> None:
        self._copy_template(self.sidebar.template_name(), with_cover=True)

    def wrap_up(self) -> None:
        """Y: the wrap-up note, a part at each press."""
        self.note_parts.copy_of_case(self.host, self.case, self.refuse)

    def copy_client_text(self, ending: Ending | None = None) -> None:
        """E: what the client gets in writing; `ending` is how the case is about to close."""
        service = self.service
        case = service.peek(self.case.id) or self.case
        try:
            text = client_text(case, service.playbook.plans, service.clock.today(), ending)
        except OxtuiError as error:
            self.refuse(error)
        else:
            self.host.copy(text, "The client's text")

    def copy_link(self) -> None:
        row = self.checklist.current
        if row and row.item.link:
            self.host.copy(row.item.link, "The link")
