"""Lists with a cursor: rows of any kind, and entries in columns."""

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
from oxtui.widgets.text_view import NO_ROW, TextView

T = TypeVar("T")


class Rows(TextView, Generic[T], can_focus=True):
    """A list with keyboard, mouse and a cursor that stays in view. Subclasses define `owned`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="row.up"),
        Binding("down,j", "move(1)", "down", show=False, id="row.down"),
        Binding("home,g", "move(-9999)", "first", show=False, id="row.first"),
        Binding("end,G", "move(9999)", "last", show=False, id="row.last"),
        Binding("pageup", "page(-1)", "page up", show=False, id="row.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="row.page-down"),
    ]

    class AtRow(Message):
        """A message about the row at `index`."""

        def __init__(self, rows: Rows[Any], index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> Rows[Any]:
            return self.rows

    class Highlighted(AtRow):
        """The cursor moved to a row."""

    class Chosen(AtRow):
        """A row was clicked while the cursor was on it."""

    rows: Sequence[T] = ()
    cursor = 0
    moved: Callable[[], None] | None = None
    """Called instead of posting Highlighted, to draw other widgets in the same paint."""

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def choices(self) -> Sequence[int]:
        """The indices of the rows that the cursor can be on, in order."""
        return range(len(self.rows))

    def row_style(self, owner: int) -> Style | None:
        if owner == NO_ROW or owner != self.cursor:
            return None
        return self.style_of("cursor" if self.has_focus or not self.screen.focused else "rest")

    def redraw(self) -> None:
        super().redraw()
        self.show_cursor()

    def fit(self) -> None:
        super().fit()
        if self.has_focus:  # there may be less room now
            self.show_cursor()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def put_cursor(self, index: int) -> None:
        """Move the cursor to a row, scroll to it and notify the screen."""
        if index == self.cursor:
            return
        self.cursor = index
        self.redraw()
        if self.moved:
            self.moved()
        else:
            self.post_message(self.Highlighted(self, index))

    def show_cursor(self) -> None:
        """Scroll to the cursor's row, and to its heading if both fit."""
        places = [place for place, owner in enumerate(self._owners) if owner == self.cursor]
        if places:
            first, last = places[0], places[-1]
            room = max(1, self.scrollable_content_region.height)
            while first > 0 and self._owners[first - 1] == NO_ROW and self.lead(first - 1) and last - first + 1 < room:
                first -= 1
            self.scroll_to_region(Region(0, first, 1, last - first + 1), animate=False, force=True, immediate=True)

    def lead(self, place: int) -> bool:
        """Whether the line at `place` belongs to the row below it, as a heading or a warning."""
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
        if not 0 <= place < len(self._owners) or self._owners[place] == NO_ROW:
            return
        self.focus()
        if self._owners[place] == self.cursor:
            self.post_message(self.Chosen(self, self.cursor))
        else:
            self.put_cursor(self._owners[place])


class Entry(Struct, frozen=True):
    """A row of a list in columns."""

    cells: tuple[str, ...]
    key: str = ""


class Entries(Rows[Entry]):
    """A list in columns; the rightmost columns are dropped if there is no room."""

    empty: tuple[Part, ...] = ()
    driven = False
    """Whether an input beside it has the focus and moves its cursor."""

    def row_style(self, owner: int) -> Style | None:
        return self.style_of("cursor") if self.driven and owner == self.cursor != NO_ROW else super().row_style(owner)

    def show(self, entries: Iterable[Entry], empty: Iterable[Part] = ()) -> None:
        """Replace the entries; the cursor stays on the same key, else goes to the first."""
        before = self.current
        self.rows, self.empty = tuple(entries), tuple(empty)
        keys = [entry.key for entry in self.rows]
        self.cursor = keys.index(before.key) if before and before.key in keys else 0
        self.redraw()

    def owned(self, width: int) -> Iterator[tuple[Line, int]]:
        if not self.rows:
            yield from ((line, NO_ROW) for part in self.empty for line in part.lines(width))
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
        """The widths of the columns that fit: the first shrinks to half the width, then the last ones are dropped."""
        count = max(len(entry.cells) for entry in self.rows)
        widths = [max(cells(entry.cells[n]) for entry in self.rows if n < len(entry.cells)) for n in range(count)]
        while len(widths) > 1:
            rest = sum(widths[1:]) + GAP * (len(widths) - 1)
            first = min(widths[0], width - rest)
            if first >= min(widths[0], width // 2):
                return [first, *widths[1:]]
            widths.pop()
        return [min(widths[0], max(1, width))]
