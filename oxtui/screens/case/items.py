"""The checklist: its rows, and the part that handles the keys on each."""

from __future__ import annotations

from typing import Protocol

from textual.content import Content

from oxtui.cases.status import State
from oxtui.errors import WrongUse
from oxtui.screens.case.actions import Actions
from oxtui.screens.case.copying import Copying
from oxtui.screens.case.killer import Killing
from oxtui.screens.case.part import AT_REST, CasePart, KeyWords
from oxtui.screens.case.questions import Questions, proposals
from oxtui.screens.case.settling import Settling
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.parts.part import DigitMeans
from oxtui.widgets.item_rows import Row


class RowKeys(Protocol):
    """A part that handles space, the digits and enter on some rows, and names what they do."""

    def words(self, row: Row) -> KeyWords: ...
    def tick(self, row: Row) -> None: ...
    def digit(self, row: Row, digit: int) -> None: ...
    def open(self, row: Row) -> None: ...


class Items(CasePart):
    """The rows of the checklist."""

    questions: Questions
    actions: Actions
    killing: Killing
    settling: Settling

    def draw(self, sidebar: Sidebar, copying: Copying) -> None:
        """Draw the checklist with hints from DNS, copies and pending keys."""
        shown = self.checklist.shown
        shown.pending = self.host.outbox.marks(self.case.id)
        shown.notes = sidebar.words() | copying.words()
        shown.copies = copying.shown()
        shown.proposed = proposals(self.case)
        self.checklist.inline_nb = not self.screen.wide()
        self.checklist.set_titles(Content("Checklist"), Content(f"next: {self.case.next_text()}"))
        self.checklist.show(self.case)

    def tick(self) -> None:
        """space on the row under the cursor."""
        if row := self.checklist.current:
            self._part_for(row).tick(row)

    def digit(self, digit: int) -> None:
        """A digit on the row under the cursor."""
        if row := self.checklist.current:
            self._part_for(row).digit(row, digit)

    def open(self) -> None:
        """enter on the row under the cursor."""
        if row := self.checklist.current:
            self._part_for(row).open(row)

    def words(self, row: Row | None) -> KeyWords:
        """Return what space, the digits and enter do now to the row; without a conversation they only look."""
        if row is None:
            return KeyWords(enter="open")
        state, words = row.status.state, self._part_for(row).words(row)
        if state is State.LOCKED:
            return KeyWords(enter="why locked")
        if self.case.conversation.live or state is State.OUT_THERE:
            return words
        return KeyWords(enter=words.enter if row.item.kind == "action" and state in AT_REST else "")

    def digit_means(self, digit: int) -> DigitMeans:
        """Return what a digit does on the row under the cursor."""
        row = self.checklist.current
        if row is None:
            return ""
        part = self._part_for(row)
        if (part is self.questions and not row.item.answers) or (part is self.actions and self.actions.types(row)):
            return "field"
        hint = part.words(row).digits
        return "choice" if hint and digit <= int(hint.key[-1]) else ""

    def _part_for(self, row: Row) -> RowKeys:
        if row.kind == "cover" or row.status.state is State.OUT_THERE:
            return self.settling
        if row.item.killer:
            return self.killing
        return self.questions if row.item.kind == "question" else self.actions

    def pasted(self, text: str) -> bool:
        """Open the row's field with a pasted text; return whether the text was meant for the row."""
        row = self.checklist.current
        if row is None or not row.ours or not text or not self.checklist.has_focus or len(text.splitlines()) > 1:
            return False
        part = self.questions if row.item.kind == "question" else self.actions
        if not part.pasted(row.item, text):
            what = f"'{row.item.text}' takes nothing pasted"
            self.refuse(WrongUse(what, "t for the template, n for a note"))
        return True
