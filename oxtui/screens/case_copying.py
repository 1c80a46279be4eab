"""What leaves a case by the clipboard: templates, values, the quote, the note, links."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from oxtui.cases.conduct import RecordCopy, may_copy
from oxtui.cases.templates import cover
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Template
from oxtui.screens.case_parts import CaseParts
from oxtui.screens.dialogs import Confirm
from oxtui.screens.note_parts import NoteParts
from oxtui.widgets.panels import DNS, NOTES, TEMPLATE


class CopyKeys(CaseParts):
    """The copies of a case."""

    note_parts: NoteParts

    def copy_template(self, name: str, *, with_cover: bool = False) -> None:
        """Copy a template: refused until its item can be done, asked once where lines are missing.

        An escalation may take cover lines with it (`with_cover`): summary, numbers, evidence. The template stays
        as it is.
        """
        try:
            may_copy(self.case, name)
        except OxtuiError as error:
            self.refused(error)
            return
        filled = self.service.filled(self.case, name)
        template = filled.template
        if filled.missing:
            names, count = ", ".join(filled.missing), len(filled.missing)
            self.app.push_screen(
                Confirm(f"Copy with {count} line{'s' if count > 1 else ''} missing?", names, yes="copy it incomplete"),
                lambda yes: self._copy(template, with_cover=with_cover) if yes else None,
            )
        else:
            self._copy(template, with_cover=with_cover)

    def _copy(self, template: Template, *, with_cover: bool = False) -> None:
        case, service = self.case, self.service
        filled = service.filled(case, template.id)
        lead = "\n".join((*cover(case, template, service.clock), "", "")) if with_cover else ""
        boxes = tuple(dict.fromkeys(line.mailbox for line in filled.lines if line.mailbox))

        def copied() -> None:
            record = RecordCopy(template.id, filled.missing, boxes)
            self.send(case, record, lambda _: self.after_copy(template))

        dots = lead + filled.text() if filled.secret else None
        self.home.copy(lead + filled.text(partial(service.reveal, case.id)), template.title, copied, shown=dots)

    def after_copy(self, template: Template) -> None:
        """What was copied for the current item has been dealt with: the keys go back to the item."""
        row = self.checklist.current
        if self.panel.has_focus and row and template.id in [name for name, _ in row.item.templates]:
            self.remove_class("-panel")
            self.checklist.focus()

    def action_copy(self) -> None:
        """y: what has the focus."""
        panel = self.panel
        if panel.has_focus:
            self._copy_panel()
            return
        row = self.checklist.current
        if row is None:
            return
        item = row.item
        value = item.copy
        if not value and any(self.template_wanted(name) for name, _ in item.templates):
            self.copy_template(self.template_name())
        elif value:
            try:
                if not self.case.call.live:
                    raise Refusal("Nothing is copied before the client is authenticated", "press a")
            except OxtuiError as error:
                self.refused(error)
                return
            self.home.copy(value, value)
        elif self.case.quote and item.quote:
            self._copy_working(self.case.quote.working)
        else:
            self.home.copy(item.text, "The item")

    def _copy_panel(self) -> None:
        tab = self.panel.tab
        if tab == TEMPLATE:
            name = self.template_name()
            if name:
                self.copy_template(name)
        elif tab == NOTES:
            self.run_key_later("wrap_up")
        elif tab == DNS:
            evidence = self.evidence()
            if evidence:
                self.home.copy("\n".join(evidence.summary(self.service.clock)) + "\n", "The DNS evidence")
        elif self.case.quote:
            self._copy_working((*self.case.quote.working, self.case.quote.say))

    def _copy_working(self, lines: Sequence[str]) -> None:
        flaw = self.case.quote_flaw()
        if flaw:
            self.refused(Refusal(f"The quote does not hold: {flaw}", "c works it out again"))
        else:
            self.home.copy("\n".join(lines) + "\n", "The working")

    def run_key_later(self, action: str) -> None:
        """Run another action of the screen."""
        self.call_next(self.run_action, action)

    def covers(self) -> bool:
        """Whether the template in front can be copied with cover lines."""
        panel = self.panel
        return panel.has_focus and panel.tab == TEMPLATE and bool(panel.filled and panel.filled.template.cover)

    def action_copy_covered(self) -> None:
        self.copy_template(self.template_name(), with_cover=True)

    def action_wrap_up(self) -> None:
        self.note_parts.copy(self.home, self.service.note(self.case), "The wrap-up note", "Y")

    def action_link(self) -> None:
        row = self.checklist.current
        if row and row.item.link:
            self.home.copy(row.item.link, "The link")
