"""The template as a form: its lines are typed in their place, and the cursor goes on to the next missing one."""

from __future__ import annotations

from datetime import date
from functools import partial

from textual.widgets import Input

from oxtui.cases.commands.copies import SetLine
from oxtui.cases.dates import looks_ahead, parse_date
from oxtui.cases.templates import Filled
from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.text import cells, clean, secret_like

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
        raise WrongUse(f"'{value}' is not one of the choices", " or ".join(line.line.options))
    return value


class TemplateForm(CasePart):
    """The template page of the panel as a form; it owns the field in which a line is typed."""

    def __init__(self, screen: CaseOwner) -> None:
        super().__init__(screen)
        self.coming = False
        """Whether a field that the last key asked for is still on its way: the keys behind it are meant for it."""
        self._typed_in: EditHere | None = None

    @property
    def editing(self) -> bool:
        """Whether a line is being typed."""
        return self._typed_in is not None

    @property
    def _usable(self) -> bool:
        return self.panel.has_focus and self.screen.in_front and not self.editing

    def wants_secret(self) -> bool:
        """Whether the line under the cursor is a password."""
        line = self.panel.line if self.panel.has_focus else None
        return line is not None and line.line.kind == "secret"

    def edit(self) -> None:
        """enter on a line: type it in its place."""
        line = self.panel.line
        if line is not None and line.editable and line.line.kind == "secret":
            self._ask_secret(line)
        elif line is not None and line.editable:
            self._type_here(TRIES)

    def _type_here(self, tries: int) -> None:
        """Put a field over the line under the cursor; where the panel is not laid out yet, as soon as it is."""
        self.coming = False
        line, panel = self.panel.line, self.panel
        if line is None or not self._usable:
            return
        where = panel.place_of(panel.cursor)
        if where is None:
            self.coming = tries > 0
            if tries:
                self.screen.soon(partial(self._type_here, tries - 1), 0.03)
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
        self.screen.put_over(box)
        box.focus()
        self.screen.soon(self.screen.refresh_bars)

    def _put_over(self, box: EditHere, line: Filled, where: tuple[int, int, int]) -> None:
        x, y, width = where
        at = min(cells(f"{line.line.label} : "), max(0, width - 16))
        box.styles.offset = (x + at, y)
        box.styles.width = max(12, width - at)

    def follow(self) -> None:
        """The pane has another size: the field that is being typed in goes with its line, and what is in it stays."""
        box = self._typed_in
        line = self.panel.line if box is not None else None
        if box is None or line is None:
            return
        self.panel.show_cursor()
        where = self.panel.place_of(self.panel.cursor)
        if where is not None:
            self._put_over(box, line, where)

    def submitted(self, field: EditHere, text: str) -> None:
        """enter in the field: keep the line; what it looks like is said once before."""
        line = self.panel.line
        why = field.doubt(line.line.kind if line else "", self.service.clock.today())
        if why:
            self.host.tell(WrongUse(f"NB This looks like {why}", "enter saves it anyway"))
        elif line and self._put_line(line, text):
            self.end()

    def _put_line(self, line: Filled, text: str) -> bool:
        """Keep what was typed for a line; False where it does not fit (that is told)."""
        filled = self.panel.filled
        if filled is None:
            return False
        try:
            value = line_value(line, text, self.service.clock.today())
        except OxtuiError as error:
            self.refuse(error)
            return False
        self.send(self.case, SetLine(filled.template.id, line.line.key, value), lambda _: self._next_missing())
        return True

    def _next_missing(self) -> None:
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
            if typed and self._usable:
                self.edit()

        self.coming = True
        self.screen.soon(type_it)

    def end(self) -> None:
        """Take the input away and give the keys back to the panel."""
        if self._typed_in is not None:
            self._typed_in.remove()
            self._typed_in = None
        self.panel.focus()
        self.screen.soon(self.screen.refresh_bars)

    def typed(self) -> str:
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
            self.edit()
            return
        options = line.line.options
        at = options.index(line.value) + 1 if line.value in options else 0
        if line.proposal in options and not line.value:
            at = options.index(line.proposal)
        filled = self.panel.filled
        if filled:
            self.send(self.case, SetLine(filled.template.id, line.line.key, options[at % len(options)]))

    def choices(self) -> int:
        """How many choices the line under the cursor has."""
        line = self.panel.line
        return len(line.line.options) if line and line.editable and line.line.kind == "choice" else 0

    def pick_choice(self, digit: int) -> None:
        """A digit on a line: that choice, and on to the next missing line."""
        line, filled = self.panel.line, self.panel.filled
        if line and filled and digit <= self.choices():
            command = SetLine(filled.template.id, line.line.key, line.line.options[digit - 1])
            self.send(self.case, command, lambda _: self._next_missing())
        else:
            self.refuse(WrongUse("There is nothing to choose here", "esc goes back to the checklist"))

    def _ask_secret(self, line: Filled) -> None:
        """A password: masked, kept in memory only; pasted `address : password` lines are split."""
        from oxtui.screens.dialogs.secrets import AskSecret

        def answered(given: object) -> None:
            self.screen.draw()
            if given is not None:
                self._next_missing()

        self.ask(AskSecret(self.service, self.case, line.mailbox), answered)
