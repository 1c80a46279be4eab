"""The copies that leave a case by the clipboard: templates, exact words, the quote, the note, links.

The guard decides on a template's copy first: "copy begun" is recorded, then the clipboard is written, then the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import field

from oxtui.cases.case import Case
from oxtui.cases.commands.copies import BeginCopy, RecordCopy, may_copy, wanted
from oxtui.cases.guard import need_conversation
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.templates import FilledTemplate, cover
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.playbook.template import Template
from oxtui.screens.case.part import CasePart
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.dialogs.ask import Confirm
from oxtui.screens.parts.note_parts import NoteCopies
from oxtui.text import plural
from oxtui.widgets.panels import DNS, NOTES, TEMPLATE

if TYPE_CHECKING:
    from oxtui.outside.clipboard import Copied

COPYING: Final = "copying"
UNRECORDED: Final = "copied, not recorded yet"


class Copying(CasePart):
    """The copies of a case."""

    sidebar: Sidebar
    texts: NoteCopies
    copies: dict[str, str] = field(default_factory=dict)
    """Copies under way, by template or item id: COPYING or UNRECORDED."""

    # -- templates
    def _copy_template(self, *, with_cover: bool = False) -> None:
        """Copy the template in front, after asking once if lines are missing.

        `with_cover` puts lines before it for whoever gets it: summary, numbers, evidence.
        """
        case, name = self.case, self.sidebar.template_name()
        if not name or self.copies.get(name) == COPYING or not self.screen.allowed(lambda: may_copy(self.newest, name)):
            return
        filled = self.service.filled(case, name)
        copy = partial(self._copy, case, filled, with_cover=with_cover)
        if not filled.missing:
            copy()
            return
        title = f"Copy with {plural(len(filled.missing), 'line')} missing?"
        self.ask(Confirm(title, ", ".join(filled.missing), yes="copy it anyway"), lambda _: copy())

    def _copy(self, case: Case, filled: FilledTemplate, *, with_cover: bool) -> None:
        """Record "copy begun", decided on the case as shown, then write the clipboard."""
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
        # a key that begins a sentence meant for another window must copy nothing
        self.host.typing.when_clear(
            lambda: self.host.submit(case.id, begin, begun, refused, seen=case.seen),
            lambda: self._state(name, ""),
        )

    def _write(self, case: Case, template: Template, begun: str, *, with_cover: bool) -> None:
        service = self.service
        filled = service.filled(case, template.id)
        lead = "\n".join((*cover(case, template, service.clock), "", "")) if with_cover else ""

        def ended(copied: Copied | None) -> None:
            if copied is None:
                self._state(template.id, "")
            else:
                self._record(case, template, begun, copied.message)

        text = lead + filled.text(partial(service.reveal, case.id))
        dots = lead + filled.text() if filled.secret else None
        self.host.copy(text, template.title, ended, shown=dots, now=True)

    def _record(self, case: Case, template: Template, begun: str, how: str) -> None:
        """Record that the clipboard was written; the row says UNRECORDED until that is saved."""
        host = self.host
        self._state(template.id, UNRECORDED)

        def recorded(_: Case) -> None:
            self._state(template.id, "")
            row = self.checklist.current if self.screen.in_stack else None
            if row and self.panel.has_focus and template.id in [name for name, _ in row.item.templates]:
                self.sidebar.leave()

        def failed(error: OxtuiError) -> None:
            host.tell(error)
            host.warn(f"{template.title} is copied, but that is not recorded: {error.message}")

        host.submit(case.id, RecordCopy(begun, how), recorded, failed)

    def _state(self, name: str, state: str) -> None:
        """Set and draw the state of a copy; "" once it is over."""
        if state:
            self.copies[name] = state
        else:
            self.copies.pop(name, None)
        if self.screen.in_stack:
            self.panel.copying = self.copies
            self.screen.draw()

    def shown(self) -> dict[str, str]:
        """Return the copies under way, by item."""
        states: dict[str, str] = {}
        for item in self.items():
            names = (item.id, *(name for name, _ in item.templates))
            state = next((self.copies[name] for name in names if name in self.copies), "")
            if state and self.case.status(item.id).applies:
                states[item.id] = state
        return states

    def words(self) -> dict[str, str]:
        """Return the keys of the items that have two things to copy."""
        return {item.id: f"y the template   S {item.copy}" for item in self.items() if item.copy and self._wanted(item)}

    def _wanted(self, item: Item) -> bool:
        return any(wanted(self.case, name) for name, _ in item.templates)

    # -- the keys
    def copy(self) -> None:
        """y: copy the text that the row or the panel names."""
        if self.panel.has_focus:
            self._copy_panel()
            return
        row = self.checklist.current
        if row is None:
            return
        item = row.item
        if self._wanted(item):
            self._copy_template()
        elif item.copy:
            self._copy_words(item)
        elif self.case.quote and item.quote:
            self._copy_working(self.case.quote.working)
        else:
            self.host.copy(item.text, "The item")

    def copy_words(self) -> None:
        """S: copy the item's exact words, if y copies its template."""
        row = self.checklist.current
        if row and row.item.copy:
            self._copy_words(row.item)

    def _copy_words(self, item: Item) -> None:
        """Copy an item's exact words in a live conversation, which is checked again when the clipboard is written."""

        def over(_: object = None) -> None:
            self._state(item.id, "")

        def allowed() -> bool:
            return self.screen.allowed(lambda: need_conversation(self.newest.conversation, "A copy"))

        def copy() -> None:
            if allowed():
                self.host.copy(item.copy, item.copy, over, now=True)
            else:
                over()

        if allowed():
            self._state(item.id, COPYING)
            self.host.typing.when_clear(copy, over)

    def _copy_panel(self) -> None:
        tab, evidence, quote = self.panel.tab, self.sidebar.evidence(), self.case.quote
        if tab == TEMPLATE:
            self._copy_template()
        elif tab == NOTES:
            self.texts.wrap_up()
        elif tab == DNS:
            if evidence:
                self.host.copy("\n".join(evidence.summary(self.service.clock)) + "\n", "The DNS evidence")
        elif quote:
            self._copy_working((*quote.working, quote.say))

    def _copy_working(self, lines: Sequence[str]) -> None:
        flaw = quote_flaw(self.case)
        if flaw:
            self.refuse(Refusal(f"Work the discount out again first: {flaw}", "c opens the calculator"))
        else:
            self.host.copy("\n".join(lines) + "\n", "The working")

    def covers(self) -> bool:
        """Return whether the template in front has cover lines."""
        panel = self.panel
        return panel.has_focus and panel.tab == TEMPLATE and bool(panel.filled and panel.filled.template.cover)

    def copy_covered(self) -> None:
        """C: copy the template with cover lines."""
        self._copy_template(with_cover=True)

    def copy_link(self) -> None:
        """l: copy the item's link."""
        row = self.checklist.current
        if row and row.item.link:
            self.host.copy(row.item.link, "The link")
