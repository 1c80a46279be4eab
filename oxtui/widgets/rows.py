"""Lists to choose from: rows with a cursor, and entries in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message

from oxtui.text import cells, clip
from oxtui.widgets.page import GAP, Part
from oxtui.widgets.spans import Line, Span, cut
from oxtui.widgets.text_view import NOBODY, TextView

T = TypeVar("T")


class Rows(TextView, Generic[T], can_focus=True):
    """Lines of which some are rows to choose from: keyboard, mouse, and a cursor that is always in view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="row.up"),
        Binding("down,j", "move(1)", "down", show=False, id="row.down"),
        Binding("home,g", "move(-9999)", "first", show=False, id="row.first"),
        Binding("end,G", "move(9999)", "last", show=False, id="row.last"),
        Binding("pageup", "page(-1)", "page up", show=False, id="row.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="row.page-down"),
    ]

    class AtRow(Message):
        """Something about the row with an index."""

        def __init__(self, rows: Rows[Any], index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> Rows[Any]:
            return self.rows

    class Highlighted(AtRow):
        """The cursor came to a row."""

    class Chosen(AtRow):
        """A row was chosen by enter or by the mouse."""

    rows: Sequence[T] = ()
    """What there is to choose from, a row each."""
    cursor = 0
    moved: Callable[[], None] | None = None
    """Called in place of the message, where what is drawn beside it is to be painted with it."""

    @property
    def current(self) -> T | None:
        """What is under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def choices(self) -> Sequence[int]:
        """The indices of the rows that the cursor can rest on, in order."""
        return range(len(self.rows))

    def row_style(self, owner: int) -> Style | None:
        if owner == NOBODY or owner != self.cursor:
            return None
        return self.style_of("cursor" if self.has_focus or not self.screen.focused else "rest")

    def redraw(self) -> None:
        super().redraw()
        self.show_cursor()

    def fit(self) -> None:
        super().fit()
        if self.has_focus:  # fewer rows (a message came, the pane was resized): the cursor's stays in view
            self.show_cursor()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def put_cursor(self, index: int) -> None:
        """Move the cursor to a row, bring it into view and tell the screen."""
        if index == self.cursor:
            return
        self.cursor = index
        self.redraw()
        if self.moved:
            self.moved()
        else:
            self.post_message(self.Highlighted(self, index))

    def show_cursor(self) -> None:
        """Scroll so that the cursor's row is in view, with what stands above and below it where there is room."""
        places = [place for place, owner in enumerate(self._owners) if owner == self.cursor]
        if places:
            first, last = places[0], places[-1]
            room = max(1, self.scrollable_content_region.height)
            while first > 0 and self._owners[first - 1] == NOBODY and self.lead(first - 1) and last - first + 1 < room:
                first -= 1  # as many as leave the row itself in view
            self.scroll_to_region(Region(0, first, 1, last - first + 1), animate=False, force=True, immediate=True)

    def lead(self, place: int) -> bool:
        """Whether the line at `place` belongs with the row under it (a heading, a warning)."""
        return False

    def action_move(self, by: int) -> None:
        choices = list(self.choices())
        if not choices:
            return
        at = choices.index(self.cursor) if self.cursor in choices else 0
        self.put_cursor(choices[min(len(choices) - 1, max(0, at + by))])

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self.size.height - 2))

    def on_click(self, event: events.Click) -> None:
        place = event.y - self.gutter.top + self.scroll_offset.y
        if not 0 <= place < len(self._owners) or self._owners[place] == NOBODY:
            return
        self.focus()
        if self._owners[place] == self.cursor:
            self.post_message(self.Chosen(self, self.cursor))
        else:
            self.put_cursor(self._owners[place])


class Entry(Struct, frozen=True):
    """One row of a list: cells in columns, the first one strong."""

    cells: tuple[str, ...]
    key: str = ""


class Entries(Rows[Entry]):
    """A list to choose from, in columns; those at the right go first where there is no room."""

    empty: tuple[Part, ...] = ()
    driven = False
    """Whether the keys move it from an input beside it, so that its cursor is always the live one."""

    def row_style(self, owner: int) -> Style | None:
        return self.style_of("cursor") if self.driven and owner == self.cursor != NOBODY else super().row_style(owner)

    def show(self, entries: Iterable[Entry], empty: Iterable[Part] = ()) -> None:
        """Draw these, with the cursor on the entry that had it, else on the first."""
        before = self.current
        self.rows, self.empty = tuple(entries), tuple(empty)
        keys = [entry.key for entry in self.rows]
        self.cursor = keys.index(before.key) if before and before.key in keys else 0
        self.redraw()

    def content(self, width: int) -> Iterator[tuple[Line, int]]:
        if not self.rows:
            for part in self.empty:
                for line in part.lines(width):
                    yield line, NOBODY
            return
        widths = self._widths(width - 2)
        for place, entry in enumerate(self.rows):
            mark = f"{self.glyphs.cursor} " if place == self.cursor else "  "
            spans: list[Span] = [(mark, "accent")]
            for number, (cell, room) in enumerate(zip(entry.cells, widths, strict=False)):
                shown = clip(cell, room, self.glyphs.ellipsis)
                gap = GAP if number + 1 < len(widths) else 0
                spans.append((shown + " " * (room - cells(shown) + gap), "quiet" if number else "text"))
            yield cut(spans, width, self.glyphs.ellipsis), place

    def _widths(self, width: int) -> list[int]:
        """A width for every column with room: the first gives way down to half, then the last go."""
        count = max(len(entry.cells) for entry in self.rows)
        wanted = [max(cells(entry.cells[n]) for entry in self.rows if n < len(entry.cells)) for n in range(count)]
        while len(wanted) > 1:
            rest = sum(wanted[1:]) + GAP * (len(wanted) - 1)
            first = min(wanted[0], width - rest)
            if first >= min(wanted[0], width // 2):
                return [first, *wanted[1:]]
            wanted.pop()
        return [min(wanted[0], max(1, width))]
