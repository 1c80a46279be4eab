"""Closed cases: found by any word, read as their wrap-up note, reopened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.widgets import Input

from oxtui.addresses import shown_domain
from oxtui.cases.case import Case
from oxtui.cases.notes.note import wrap_up
from oxtui.errors import OxtuiError, StoreError
from oxtui.screens.base import key, key_hint, typing
from oxtui.screens.dialogs.ask import Confirm
from oxtui.screens.pages.list_page import ListPage
from oxtui.screens.parts.note_parts import NoteParts, note_parts
from oxtui.service import Service
from oxtui.text import clean
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.page import Para, Part
from oxtui.widgets.rows import Entry, Rows
from oxtui.widgets.spans import Span

MOST = 200
"""Rows of the list: a further word in the search shows others."""


class HistoryScreen(ListPage):
    """The closed cases of this home; typing searches them at once."""

    CRUMB = "History"
    FILTER_WORDS = "any word or number"
    AUTO_FOCUS = "#lp-filter"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("history.open", "enter", "open", "read", "Read the wrap-up note of the case"),
        key("history.reopen", "o,ctrl+o", "reopen", "reopen", "Take the case up again"),
        key("history.copy", "y,Y,ctrl+y", "copy", "copy", "Copy the wrap-up note of the case"),
        key("history.up", "up", "move(-1)", "up", show=False),
        key("history.down", "down", "move(1)", "down", show=False),
        key("history.page-up", "pageup", "page(-1)", "page up", show=False),
        key("history.page-down", "pagedown", "page(1)", "page down", show=False),
    ]
    HELP_TEXT = (
        "Closed cases, newest first. What you type is looked for in the whole note: "
        "names, numbers, answers, notes. Each word matches from its start.",
        "enter shows the wrap-up note, o (ctrl+o while typing) takes the case up again, without a call.",
    )

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.note_parts = NoteParts()
        self._notes: dict[str, str] = {}
        self.total = 0
        self.text = ""
        self._looking = True
        self._failed = False
        self._then: Callable[[], None] | None = None
        """The action of a key pressed before the rows that it was meant for had arrived."""

    def beside(self) -> bool:
        return self.wide()

    def on_mount(self) -> None:
        self.entries.border_title = "Closed cases"
        self.entries.driven = True
        self.look()

    def on_screen_resume(self) -> None:
        if self.is_mounted and self.query("#lp-list"):
            self.look()

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw_page)

    # -- searching
    def on_input_changed(self, message: Input.Changed) -> None:
        self.text = clean(message.value)
        self.look()

    def look(self) -> None:
        """Search in a thread; only the answer to the newest text is drawn."""
        self._looking = True
        text, archive = self.text, self.service.store.archive

        def search() -> tuple[Sequence[Mapping[str, Any]], int]:
            return archive.search(text, MOST) if text.strip() else archive.recent(MOST), archive.count()

        self.host.aside(search, lambda found: self._found(text, *found), self._not_found, holds_keys=False)

    def _not_found(self, error: OxtuiError) -> None:
        self._looking, self._then = False, None
        if not self._failed:
            self.refused(error)
        self._failed = True
        if not self.rows and self.in_stack and self.query("#lp-list"):
            self.entries.show((), (Para(((f"The history cannot be read: {error.message}.", "due"),)),))

    def time_passed(self) -> None:
        super().time_passed()
        if self._failed and not self._looking and self.in_stack:
            self.look()  # another process may have let go of it

    def _found(self, text: str, found: Sequence[Mapping[str, Any]], total: int) -> None:
        if text != self.text or not (self.in_stack and self.query("#lp-list")):
            return
        self.total, self._looking, self._failed = total, False, False
        self.rows = {str(row.get("id", "")): row for row in found}
        self.entries.show((Entry(cells_of(row, self.service), key) for key, row in self.rows.items()), self._empty())
        count = len(found)
        self.entries.border_subtitle = f"{count} of {total}" if text.strip() or count < total else ""
        self.draw_page()
        if self._then:
            then, self._then = self._then, None
            then()

    def _waits(self, then: Callable[[], None]) -> bool:
        """Return whether the rows asked for have yet to come; `then` is called once they are there."""
        typed = clean(self.query_one("#lp-filter", Input).value) != self.text  # its message is under way
        waits = (self._looking or typed) and not self.reading()
        self._then = then if waits else None
        return waits

    def _empty(self) -> tuple[Part, ...]:
        if self.total:
            return (Para((("No closed case matches that.", "text"), ("  esc clears the search.", "quiet"))),)
        return (
            Para((("No case is closed yet.", "text"),)),
            Para((("z in a case closes it. It is kept here with its note, and can be taken up again.", "quiet"),)),
        )

    # -- the note
    def page_title(self, key: str) -> str:
        return shown_domain(clean(str(self.rows.get(key, {}).get("domain") or "")))

    def page_of(self, key: str) -> Iterable[Part]:
        if not (self.reading() or self.beside()):
            return ()  # it is hidden: the note is made when the page is opened
        note = self._notes.get(key)
        if note is None:
            self._read_note(key)
            return [Para((("reading ...", "quiet"),))]
        return [Para(((line, "strong" if line.isupper() else "text"),), 2) for line in note.split("\n")]

    def _read_note(self, key: str, then: Callable[[], None] | None = None) -> None:
        """Make the note of a closed case in a thread, once: a closed case does not change."""

        def made(note: str) -> None:
            self._notes[key] = note
            if self.in_stack and self.query("#lp-list"):
                self.draw_page()
                if then:
                    then()

        self.host.aside(partial(note_of, self.service, key), made, self.refused, holds_keys=False)

    def to_page(self) -> None:
        if not self._waits(self.to_page):
            super().to_page()
            self.draw_page()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.action_open()

    def to_list(self) -> None:
        self.remove_class("-reading")
        self.query_one("#lp-filter", Input).focus()

    def action_back(self) -> None:
        self._then = None
        box = self.query_one("#lp-filter", Input)
        if not self.reading() and box.value:
            box.value = ""
        else:
            super().action_back()

    def action_copy(self) -> None:
        if self._waits(self.action_copy):
            return
        entry = self.entries.current
        if entry is None:
            return
        key = entry.key

        def copy() -> None:
            parts = note_parts(self._notes[key], f"The wrap-up note of {self.page_title(key)}")
            self.note_parts.copy(self.host, parts, "y", key)

        if key in self._notes:
            copy()
        else:
            self._read_note(key, copy)

    def action_move(self, by: int) -> None:
        self.entries.action_move(by)

    def action_page(self, by: int) -> None:
        self.entries.action_page(by)

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_open()

    # -- taking up again
    def action_reopen(self) -> None:
        if self._waits(self.action_reopen):
            return
        entry = self.entries.current
        if entry is None:
            return
        domain = self.page_title(entry.key)
        text = "It opens as it was left, without a call."
        self.app.push_screen(
            Confirm(f"Take {domain} up again?", text, yes="take it up"),
            lambda yes: self._take_up(entry.key) if yes else None,
        )

    def _take_up(self, key: str) -> None:
        service = self.service
        self.host.aside(lambda: service.reopen(key), self._taken_up, self.refused)

    def _taken_up(self, case: Case) -> None:
        self.host.say(f"{case.name} is open again")
        if self.is_current:
            self.host.switch_to_case(case)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.query("#lp-list"):
            return True
        if action in ("open", "reopen", "copy") and not (self.entries.rows or self._looking):
            return False
        if action in ("move", "page"):
            return not self.reading()
        return super().check_action(action, parameters)

    def hints(self) -> list[KeyHint]:
        keys = super().hints()
        if typing(self) and self.entries.rows:
            keys.insert(0, key_hint(self, "enter", "read", "open"))
        return keys

    def crumbs(self) -> Sequence[Span]:
        crumbs = super().crumbs()
        return (*crumbs, (f"   {self.total} closed", "quiet")) if self.total and not self.narrow() else crumbs


def cells_of(row: Mapping[str, Any], service: Service) -> tuple[str, ...]:
    """Return a closed case as the cells of a row: date and domain, scenario, ending, agent."""
    endings = {ending.id: ending.text for ending in service.playbook.procedure.endings}
    ending, number = clean(str(row.get("ending") or "")), row.get("scenario")
    try:
        date = service.clock.local(datetime.fromisoformat(str(row.get("closed_at", "")))).strftime("%d/%m/%Y")
    except ValueError:
        date = "??/??/????"
    return (
        f"{date}  {shown_domain(clean(str(row.get('domain') or '?')))}",
        str(number) if isinstance(number, int) else "-",
        endings.get(ending, ending),
        clean(str(row.get("agent") or "")),
    )


def note_of(service: Service, case_id: str) -> str:
    """Return the wrap-up note of a closed case, or why there is none, behind a draft that was never saved."""
    try:
        note = wrap_up(service.find(case_id), service.clock)
        try:
            draft = clean(service.store.drafts.of(case_id), lines=True)
        except StoreError as error:  # the note is shown anyway
            return f"Whether one was begun and never saved cannot be read: {error.message}\n\n{note}"
        return f"NOTE NEVER SAVED\n{draft}\n\n{note}" if draft else note
    except OxtuiError as error:
        return f"{error.message}\n{error.hint}"
