"""The keys of the panels: the quote, the template that is filled and copied, DNS evidence, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from textual.widgets import Input

from oxtui.cases.conduct import SetLine, item_for_template, may_copy, wanted
from oxtui.cases.dates import looks_ahead, parse_date
from oxtui.cases.evidence import proposed_answers
from oxtui.cases.notes import wrap_up
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.status import State
from oxtui.cases.templates import Filled
from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.asking_dns import ask
from oxtui.screens.case.copying import CopyKeys
from oxtui.text import cells, clean, secret_like
from oxtui.widgets.checklist import value_text
from oxtui.widgets.ink import Span
from oxtui.widgets.panels import DNS, NOTES, TABS, TEMPLATE, quote_spans

TRIES = 10
"""How often it is looked whether a panel that was hidden has been laid out: 30 ms between two looks."""


class EditHere(Input):
    """A line of the template, typed in its place."""

    warned = ""
    """What was typed when it was told what it looks like."""

    def doubt(self, kind: str, today: date) -> str:
        """What the text looks like that should not be kept in a line of this kind, once for each text; else ""."""
        if self.value == self.warned:
            return ""
        self.warned = self.value
        return (looks_ahead(self.value, today) if kind == "date" else secret_like(self.value)) or ""


def line_value(line: Filled, text: str, today: date) -> str:
    """What was typed for a template line as it is kept (dates in ISO form); raises WrongUse where it does not fit."""
    value = clean(text).strip()
    if line.line.kind == "date" and value:
        return parse_date(value, today).isoformat()
    if line.line.kind == "choice" and value and not line.line.free:
        for option in line.line.options:
            if option.lower() == value.lower():
                return option
        raise WrongUse(f"'{value}' is not offered", " or ".join(line.line.options))
    return value


class PanelKeys(CopyKeys):
    """What the keys do to the panel beside the checklist."""

    _typed_in: EditHere | None = None

    # -- moving between the parts
    def action_turn(self, by: int) -> None:
        """tab: from the checklist to the panels, through them, and back."""
        panel = self.panel
        if not panel.has_focus:
            self.open_panel(panel.tab if by > 0 else NOTES)
            return
        tab = panel.tab + by
        if 0 <= tab < len(TABS):
            self.open_panel(tab)
        else:
            self.remove_class("-panel")
            self.checklist.focus()
        self.refresh_bars()

    def open_panel(self, tab: int) -> None:
        """Show a panel and put the keys into it."""
        self.add_class("-panel")
        self.panel.focus()
        self.panel.turn(tab)
        self.draw()

    def action_template(self) -> None:
        self.open_panel(TEMPLATE)
        self.panel.turn(TEMPLATE)  # to the first missing line of what is shown now
        if self.case.conversation.live:
            self.type_missing()

    def wants_secret(self) -> bool:
        line = self.panel.line if self.ready and self.panel.has_focus else None
        return line is not None and line.line.kind == "secret"

    def action_dns(self) -> None:
        self.open_panel(DNS)
        self.ask_dns()

    def quote_rows(self) -> list[Sequence[Span]]:
        """The quote of the case with its working; where it has to be worked out again, why, and no figure."""
        quote, flaw = self.case.quote, quote_flaw(self.case)
        if quote is None:
            return self.no_quote()
        if not flaw:
            return quote_spans(quote)
        before = f"Before: discount {quote.shown_discount or 'without a figure'}"
        return [(("check again: ", "trouble"), (flaw, "text")), *self.no_quote(), (), ((before, "quiet"),)]

    def no_quote(self) -> list[Sequence[Span]]:
        """What the pro-rata panel says while there is no quote."""
        item = next((item for item in self.case.scenario.items() if item.quote), None) if self.case.scenario else None
        if item is None:
            return [(("This scenario has no order and no pro-rata.", "quiet"),)]
        if self.case.status(item.id).state is State.NOT_APPLICABLE:
            # Why there is none is the playbook's to say: the first NB of the item that holds.
            nbs = (self.case.procedure.nbs[name] for name in item.nbs)
            why = next((nb for nb in nbs if self.holds(nb)), None)
            if why is None:
                return [(("No pro-rata applies.", "quiet"),)]
            return [((why.short, "text"),), ((why.text, "quiet"),)]
        return [(("c", "key"), (" works the discount out", "quiet"))]

    def wrap_up_text(self) -> str:
        """The wrap-up note as it would be copied now."""
        return wrap_up(self.case, self.service.clock)

    # -- template
    def template_wanted(self, name: str) -> bool:
        """Whether the answers want this template (several may be wanted)."""
        return wanted(self.case, name)

    def template_note(self, name: str) -> str:
        """The pre-checks (T1) with what they came to, and which item the copy waits for."""
        template = self.case.procedure.templates.get(name)
        if template is None:
            return ""
        told = [self._precheck(entry) for entry in template.prechecks]
        item = item_for_template(self.case, name)
        waits = ""
        if item:
            try:
                may_copy(self.case, name)
            except OxtuiError as error:
                waits = f"\n{self.glyphs.locked} {error.message}"
        return "checked: " + " · ".join(told) + waits if told else waits.strip()

    def _precheck(self, entry: str) -> str:
        item = self.case.scenario.by_id.get(entry) if self.case.scenario else None
        if item is None:
            if "authenticated" in entry.lower():
                return f"{self.glyphs.done if self.case.authenticated else self.glyphs.action} {entry}"
            return f"{self.glyphs.dot} {entry}"  # a line of the template: whether it is there is seen in it
        state = self.case.status(item.id).state
        came_to = f": {value_text(self.case, item)}" if item.kind == "question" and state is State.DONE else ""
        return f"{self.glyphs.of(state)} {item.done or item.text}{came_to}"

    def clients_lines(self) -> list[tuple[str, Filled]]:
        """The lines, by template, that only the client can tell and that are still missing."""
        found: dict[str, tuple[str, Filled]] = {}
        for name in self.case.procedure.templates:
            if not self.template_wanted(name):
                continue
            for line in self.service.filled(self.case, name).lines:
                if line.missing and line.line.source == "client":
                    found.setdefault(line.line.label, (name, line))
        return list(found.values())

    def edit_line(self) -> None:
        """enter on a line: type it in its place."""
        line = self.panel.line
        if line is not None and line.editable and line.line.kind == "secret":
            self.ask_secret(line)
        elif line is not None and line.editable:
            self._type_here(TRIES)

    def _type_here(self, tries: int) -> None:
        """Put a field over the line under the cursor; where the panel is not laid out yet, as soon as it is."""
        self.coming = False
        line, panel = self.panel.line, self.panel
        if line is None or not panel.has_focus or not self.is_current or self.editing():
            return
        where = panel.place_of(panel.cursor)
        if where is None:
            self.coming = tries > 0
            if tries:
                self.set_timer(0.03, partial(self._type_here, tries - 1))
            return
        value = line.value or line.proposal
        box = EditHere(
            clean(value),
            classes="edit-here",
            compact=True,
            placeholder="12/9, yesterday, 3d" if line.line.kind == "date" else "",
        )
        self._put_over(box, line, where)
        self._typed_in = box
        self.mount(box)
        box.focus()
        self.call_after_refresh(self.refresh_bars)

    def _put_over(self, box: EditHere, line: Filled, where: tuple[int, int, int]) -> None:
        x, y, width = where
        at = min(cells(f"{line.line.label} : "), max(0, width - 16))
        box.styles.offset = (x + at, y)
        box.styles.width = max(12, width - at)

    def follow_panel(self) -> None:
        """The pane has another size: the field that is being typed in goes with its line, and what is in it stays."""
        box = self._typed_in
        line = self.panel.line if box is not None else None
        if box is None or line is None:
            return
        self.panel.show_cursor()
        where = self.panel.place_of(self.panel.cursor)
        if where is not None:
            self._put_over(box, line, where)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if isinstance(message.input, EditHere):
            message.stop()
            line = self.panel.line
            why = message.input.doubt(line.line.kind if line else "", self.service.clock.today())
            if why:
                error = WrongUse(f"NB This looks like {why}", "enter saves it so: template lines are kept")
                self.home.tell(error)
            elif line and self.put_line(line, message.value):
                self.end_edit()

    def put_line(self, line: Filled, text: str) -> bool:
        """Keep what was typed for a line; False where it does not fit (that is told)."""
        filled = self.panel.filled
        if filled is None:
            return False
        try:
            value = line_value(line, text, self.service.clock.today())
        except OxtuiError as error:
            self.refused(error)
            return False
        self.send(self.case, SetLine(filled.template.id, line.line.key, value), lambda _: self.next_missing())
        return True

    def next_missing(self) -> None:
        """Go on to the next line that is missing."""
        filled, panel = self.panel.filled, self.panel
        if filled is None:
            return
        rest = [n for n, line in enumerate(filled.lines) if line.missing and line.editable and n > panel.cursor]
        if rest:
            panel.put_cursor(rest[0])
            self.type_missing()
        panel.redraw()

    def type_missing(self) -> None:
        """Have the line under the cursor typed if it is missing (a choice is turned instead)."""

        def type_it() -> None:
            self.coming = False
            line = self.panel.line
            typed = line is not None and line.missing and line.line.kind != "choice"
            if typed and self.panel.has_focus and self.is_current and not self.editing():
                self.edit_line()

        self.coming = True
        self.call_after_refresh(type_it)

    def end_edit(self) -> None:
        """Take the input away and give the keys back to the panel."""
        if self._typed_in is not None:
            self._typed_in.remove()
            self._typed_in = None
        self.panel.focus()
        self.call_after_refresh(self.refresh_bars)

    def editing(self) -> bool:
        """Whether a line is being typed."""
        return self._typed_in is not None

    def typed_here(self) -> str:
        """What is being typed in a line of the template; "" where that is nothing new."""
        line = self.panel.line
        text = self._typed_in.value.strip() if self._typed_in is not None else ""
        return "" if line is not None and text in (line.value, line.proposal) else text

    def turn_choice(self) -> None:
        """space on a line: the next choice."""
        line = self.panel.line
        if line is None:
            return
        if line.line.kind != "choice":
            self.edit_line()
            return
        options = line.line.options
        at = options.index(line.value) + 1 if line.value in options else 0
        if line.proposal in options and not line.value:
            at = options.index(line.proposal)
        filled = self.panel.filled
        if filled:
            self.send(self.case, SetLine(filled.template.id, line.line.key, options[at % len(options)]))

    def choices_here(self) -> int:
        """How many choices the line under the cursor has."""
        line = self.panel.line
        return len(line.line.options) if line and line.editable and line.line.kind == "choice" else 0

    def pick_choice(self, digit: int) -> None:
        """A digit on a line: that choice, and on to the next missing line."""
        line, filled = self.panel.line, self.panel.filled
        if line and filled and digit <= self.choices_here():
            command = SetLine(filled.template.id, line.line.key, line.line.options[digit - 1])
            self.send(self.case, command, lambda _: self.next_missing())

    def ask_secret(self, line: Filled) -> None:
        """A password: masked, kept in memory only; pasted `address : password` lines are split."""
        from oxtui.screens.secrets import AskSecret

        def answered(given: object) -> None:
            self.draw()
            if given is not None:
                self.next_missing()

        self.app.push_screen(AskSecret(self.service, self.case, line.mailbox), answered)

    # -- DNS
    def ask_dns(self) -> None:
        """Look the domain up in the background."""
        if self.asking_dns:
            return
        self.asking_dns = True
        self.draw()
        ask(self.home, self.case, self._answered)

    def _answered(self, error: OxtuiError | None) -> None:
        self.asking_dns = False
        if error:
            self.refused(error)
        self.draw()

    def evidence_answers(self) -> Mapping[str, str]:
        """What the DNS evidence proposes, by the playbook's keys; nothing where it does not know."""
        return proposed_answers(self.evidence())

    def evidence_words(self) -> dict[str, str]:
        """A word beside the questions that the evidence speaks to, and the keys of items with two things to copy."""
        evidence = self.evidence()
        found: dict[str, str] = {}
        if evidence is not None and self.case.scenario:
            at = self.service.clock.when(evidence.asked_at)
            found = {
                item.id: f"{self.glyphs.dot} seen {at}: {evidence.verdict}"
                for item in self.case.scenario.items()
                if item.proposal and item.proposal.evidence
            }
        return found | self.copy_words()
