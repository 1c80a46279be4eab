"""The template as a form: its lines are typed in their place, and the cursor goes on to the next missing one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from textual.widgets import Input

from oxtui.cases.commands.copies import SetLine
from oxtui.cases.dates import looks_ahead, parse_date
from oxtui.cases.templates import Filled
from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.case.part import CasePart
from oxtui.text import cells, clean, secret_like

TRIES: Final = 10
"""How often to look whether a panel that was hidden has been laid out, every 30 ms."""


class EditHere(Input):
    """A line of the template, typed in its place."""

    warned = ""
    """The text that the agent was already warned about."""
    save: Callable[[str], None]

    async def action_submit(self) -> None:
        self.save(self.value)


def looks_like(kind: str, text: str, today: date) -> str | None:
    """Return the kind of text that a line of this kind should not hold (a password, say), or None."""
    return looks_ahead(text, today) if kind == "date" else secret_like(text)


def line_value(line: Filled, text: str, today: date) -> str:
    """Return the value to save for a template line (dates in ISO form); raise WrongUse if the text does not fit."""
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

    coming: bool = False
    """Whether a field is about to open: the keys behind the last one are meant for it."""
    _field: EditHere | None = None

    @property
    def editing(self) -> bool:
        """Whether a line is being typed."""
        return self._field is not None

    @property
    def _usable(self) -> bool:
        return self.panel.has_focus and self.screen.is_current and not self.editing

    def wants_secret(self) -> bool:
        """Return whether the line under the cursor is a password."""
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
        """Put a field over the line under the cursor, as soon as the panel is laid out."""
        self.coming = False
        line, panel = self.panel.line, self.panel
        if line is None or not self._usable:
            return
        if panel.place_of(panel.cursor) is None:
            self.coming = tries > 0
            if tries:
                self.screen.set_timer(0.03, partial(self._type_here, tries - 1))
            return
        hint = "for example 12/9, yesterday, 3d" if line.line.kind == "date" else ""
        box = EditHere(clean(line.value or line.proposal), classes="edit-here", compact=True, placeholder=hint)
        box.save = partial(self._submitted, box)
        self._field = box
        self._place_field()
        self.screen.mount(box)
        box.focus()
        self.screen.call_after_refresh(self.screen.refresh_bars)

    def _place_field(self) -> None:
        """Put the field over its line."""
        line, where = self.panel.line, self.panel.place_of(self.panel.cursor)
        if self._field is not None and line is not None and where is not None:
            x, y, width = where
            at = min(cells(f"{line.line.label} : "), max(0, width - 16))
            self._field.styles.offset = (x + at, y)
            self._field.styles.width = max(12, width - at)

    def move_field(self) -> None:
        """Move the field with its line when the pane has another size; its text stays."""
        if self.editing and self.panel.line is not None:
            self.panel.show_cursor()
            self._place_field()

    def _submitted(self, field: EditHere, text: str) -> None:
        """Save the line, after one warning if it looks wrong."""
        line = self.panel.line
        why = looks_like(line.line.kind, text, self.service.clock.today()) if line else None
        if why and text != field.warned:
            field.warned = text
            self.host.tell(WrongUse(f"NB This looks like {why}", "enter saves it anyway"))
        elif line and self._save(line, text):
            self.end()

    def _save(self, line: Filled, text: str) -> bool:
        """Save a line and go on to the next missing one; refuse a text that does not fit."""
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
        filled, panel = self.panel.filled, self.panel
        if filled is None:
            return
        rest = [n for n, line in enumerate(filled.lines) if line.missing and line.editable and n > panel.cursor]
        if rest:
            panel.put_cursor(rest[0])
            self.type_missing()
        panel.redraw()

    def open(self, show: Callable[[], None]) -> None:
        """t: show the template, with its first missing line being typed; t again: the item's other one."""
        show()
        if self.case.conversation.live:
            self.type_missing()

    def type_missing(self) -> None:
        """Have the line under the cursor typed if it is missing (a choice is turned instead)."""

        def type_it() -> None:
            self.coming = False
            line = self.panel.line
            if line is not None and line.missing and line.line.kind != "choice" and self._usable:
                self.edit()

        self.coming = True
        self.screen.call_after_refresh(type_it)

    def end(self) -> None:
        """Remove the field and give the keys back to the panel."""
        if self._field is not None:
            self._field.remove()
            self._field = None
        self.panel.focus()
        self.screen.call_after_refresh(self.screen.refresh_bars)

    def typed(self) -> str:
        """Return the text being typed in a line; "" if it has not changed."""
        line = self.panel.line
        text = self._field.value.strip() if self._field is not None else ""
        return "" if line is not None and text in (line.value, line.proposal) else text

    def turn_choice(self) -> None:
        """space on a line: the next choice; any other line is typed."""
        line, filled = self.panel.line, self.panel.filled
        if line is None or filled is None:
            return
        if line.line.kind != "choice":
            self.edit()
            return
        options = line.line.options
        at = options.index(line.value) + 1 if line.value in options else 0
        if line.proposal in options and not line.value:
            at = options.index(line.proposal)
        self.send(self.case, SetLine(filled.template.id, line.line.key, options[at % len(options)]))

    def choices(self) -> int:
        """Return how many choices the line under the cursor has."""
        line = self.panel.line
        return len(line.line.options) if line and line.editable and line.line.kind == "choice" else 0

    def pick_choice(self, digit: int) -> None:
        """A digit on a line: take that choice and go on to the next missing line."""
        line = self.panel.line
        if line and digit <= self.choices():
            self._save(line, line.line.options[digit - 1])
        else:
            self.refuse(WrongUse("There is nothing to choose here", "esc goes back to the checklist"))

    def _ask_secret(self, line: Filled) -> None:
        """Ask for a password: masked, kept in memory only; pasted `address : password` lines are split."""
        from oxtui.screens.dialogs.secrets import AskSecret

        def answered(given: object) -> None:
            self.screen.draw()
            if given is not None:
                self._next_missing()

        self.screen.ask(AskSecret(self.service, self.case, line.mailbox), answered)
