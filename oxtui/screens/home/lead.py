"""The lead's view of a floor: who is in which case, the cases due and waiting longest, and the items skipped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from oxtui.cases.case import Case
from oxtui.cases.events import Document
from oxtui.cases.notes.lead import LeadRow, Section, sections
from oxtui.errors import OxtuiError
from oxtui.screens.base import BaseScreen, key
from oxtui.screens.home.holders import Holders
from oxtui.service import Service
from oxtui.text import cells, clip
from oxtui.widgets.bars import FootBar, TopBar
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, spread, wrap
from oxtui.widgets.text_view import NO_ROW

SAID = ("skipped", "remark")
LOOK_SECONDS = 5.0
LINES = 3
"""Lines of a row at most."""


class LeadTable(Rows[LeadRow]):
    """The sections, with their cases to choose from."""

    sections: Sequence[Section] = ()

    def show(self, found: Sequence[Section]) -> None:
        """Draw these sections, with the cursor on the row it was on."""
        before = self.current
        self.sections = found
        self.rows = [row for section in found for row in section.rows]
        self.cursor = self.rows.index(before) if before in self.rows else min(self.cursor, max(0, len(self.rows) - 1))
        self.redraw()

    def lead(self, place: int) -> bool:
        return bool(self._lines[place])

    def owned(self, width: int) -> Iterable[tuple[Line, int]]:
        if not self.rows:
            yield (("Nothing is due, nothing waits, and nobody is in a case.", "quiet"),), NO_ROW
            return
        place = 0
        for number, section in enumerate(self.sections):
            if number:
                yield (), NO_ROW
            more = f" and {section.more} more" if section.more else ""
            role = "due" if section.urgent else "accent"
            yield ((section.title, role), (f"  {len(section.rows)}{more}", "quiet")), NO_ROW
            for row in section.rows:
                for line in self._row(row, place == self.cursor, width):
                    yield line, place
                place += 1

    def _row(self, row: LeadRow, current: bool, width: int) -> Iterable[Line]:
        pointer: Span = (self.glyphs.cursor + " " if current else "  ", "accent")
        holder: Span = (row.holder or "nobody", "quiet")
        if width < 70:
            yield spread((pointer, (row.domain, "strong")), (holder,), width)
            yield from list(wrap((("    ", "text"), (row.text, "text")), width, 4))[:2]
            return
        room = min(34, width // 3)
        name = clip(row.domain, room - 1, self.glyphs.ellipsis)
        head = (pointer, (name + " " * (room - cells(name)), "strong"))
        lines = list(wrap(((row.text, "text"),), max(20, width - room - 18)))
        yield spread((*head, *lines[0]), (holder,), width)
        for line in lines[1:LINES]:
            yield ((" " * (room + 2), "text"), *line)


class LeadScreen(BaseScreen):
    """The floor as its lead sees it."""

    CRUMB = "Floor"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("lead.open", "enter", "open", "open", "Open the case under the cursor"),
        key("lead.give", "A", "give_case", "give to", "Give the case to somebody"),
        key("lead.take", "T", "take_case", "take over", "The case is yours now"),
    ]
    HELP_TEXT: ClassVar[tuple[str, ...]] = (
        "Who has a case in front, what is due, what is nobody's, what has waited longest, and what agents said of "
        "the steps. Nothing is counted by agent.",
    )
    AUTO_FOCUS = "#lead"

    def __init__(self) -> None:
        super().__init__()
        holders = Holders(self, self.draw, lambda: row.case_id if (row := self.table.current) else "")
        self.action_open = holders.open
        self.action_take_case = holders.take
        self.action_give_case = holders.give
        self._reading = False

    def compose(self) -> ComposeResult:
        yield TopBar()
        table = LeadTable(id="lead")
        table.add_class("box", update=False)
        yield table
        yield FootBar()

    @property
    def table(self) -> LeadTable:
        return self.query_one("#lead", LeadTable)

    def on_mount(self) -> None:
        self.table.border_title = "The floor now"
        self.set_interval(LOOK_SECONDS, self.draw)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.draw()

    def floor_changed(self) -> None:
        super().floor_changed()
        self.draw()

    def case_changed(self, case: Case) -> None:
        super().case_changed(case)
        self.draw()

    def draw(self) -> None:
        """Read the floor in a thread, then draw it."""
        if self.ready and self.in_view and not self._reading:
            self._reading = True
            self.host.aside(partial(read, self.service), self._show, self._not_read, holds_keys=False)

    def _show(self, found: list[Section]) -> None:
        self._reading = False
        if self.in_stack:
            self.table.show(found)
            self.refresh_bars()

    def _not_read(self, error: OxtuiError) -> None:
        self._reading = False
        self.refused(error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("open", "give_case", "take_case") and self.query("#lead"):
            return bool(self.table.rows)
        return True

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_open()


def _readable(service: Service, document: Document) -> Case | None:
    """Return the case in a document; None if it cannot be read, which Home reports."""
    try:
        return service.reader.case(document)
    except (OxtuiError, ValueError, ArithmeticError, LookupError, TypeError):
        return None


def read(service: Service) -> list[Section]:
    """Return the lead's view of the floor now; only the logs with skips and remarks are read whole."""
    documents = service.documents()
    marked = [each for each in documents.values() if any(event.get("what") in SAID for event in each["log"])]
    floor = service.store.floor
    who = floor.who() if floor else {}
    return sections(
        service.seen_overviews(),
        [case for document in marked if (case := _readable(service, document))],
        {case_id: [(each.agent, each.since) for each in rows] for case_id, rows in who.items()},
        service.clock.local(),
    )
