"""The one widget that everything is drawn on: lines of text with roles, laid out to the width there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from oxtui.text import clean
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.ink import Line
from oxtui.widgets.themes import role_styles, theme_colours

NOBODY = -1
"""The owner of a line that belongs to no row."""


class Paper(ScrollView, can_focus=False):
    """Lines to read. Subclasses give `content`; `redraw` lays it out again."""

    DEFAULT_CSS = """
    Paper { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; height: auto; }
    """
    ALLOW_SELECT = True

    def __init__(self, *, id: str | None = None, classes: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, classes=classes)
        self.glyphs = glyphs
        self._lines: list[Line] = []
        self._owners: list[int] = []
        self._width = 0
        self._shown: tuple[int, list[tuple[Line, Style | None]]] = (0, [])
        """The first line in view and the rows from there, as they were drawn last."""

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        """The lines at `width` cells, each with the index of the row it belongs to (or NOBODY)."""
        return ()

    def _laid_out(self, width: int) -> list[tuple[Line, int]]:
        """The content with nothing in it that acts on a terminal, whatever a file from elsewhere held."""
        return [
            (line if all(text.isprintable() for text, _ in line) else _harmless(line), owner)
            for line, owner in self.content(width)
        ]

    def redraw(self) -> None:
        """Lay the content out again, keeping the place."""
        width = self.scrollable_content_region.width
        if width <= 0:
            self._width = 0  # hidden: it is laid out once it is shown
            return
        self._lay_out(width)
        size = Size(width, len(self._lines))
        if size != self.virtual_size:
            if self.styles.is_auto_height:
                self.virtual_size = size
                self.refresh(layout=True)
            else:  # as the reactive it would lay the whole screen out again, for a scrollbar
                self.set_reactive(Widget.virtual_size, size)
                super()._size_updated(self.size, Size(0, 0), self.container_size)
        self._repaint()

    def _lay_out(self, width: int) -> None:
        pairs = self._laid_out(width)
        self._lines, self._owners = [line for line, _ in pairs], [owner for _, owner in pairs]
        self._width = width

    def _repaint(self) -> None:
        """Paint the rows in view that have changed: mostly one or two."""
        top, (width, height) = self.scroll_offset.y, self.scrollable_content_region.size
        pairs = zip(self._lines[top : top + height], self._owners[top : top + height], strict=True)
        (top_before, before), rows = self._shown, [(line, self.row_style(owner)) for line, owner in pairs]
        self._shown = top, rows
        places = enumerate(zip_longest(before, rows))
        changed = [Region(0, place, width, 1) for place, (old, new) in places if old != new or top != top_before]
        if changed:
            self.refresh(*changed)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the content has at this width."""
        if self.styles.scrollbar_gutter == "stable":  # the column that is kept free is not counted in `width`
            width -= self.styles.scrollbar_size_vertical
        if width != self._width:
            self._lay_out(width)
            self.virtual_size = Size(width, len(self._lines))
        return max(1, len(self._lines))

    def fit(self) -> None:
        """Lay the content out for the size that there is now, where that is another."""
        if self.scrollable_content_region.width != self._width or not self._lines:
            self.redraw()

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        # Before the paint that follows, and not at Resize: that comes behind it, or not at all where somebody has
        # asked for a region between the change and the new layout.
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self.fit()
        return changed

    def on_show(self) -> None:
        """What came while it was hidden has never been laid out."""
        self.fit()

    def style_of(self, role: str) -> Style:
        """The style of a role in today's theme."""
        styles = role_styles(theme_colours(self.app.theme_variables))
        return styles.get(role) or styles["text"]

    def row_style(self, owner: int) -> Style | None:
        """What is put over all the lines of a row, or None."""
        return None

    def ground(self, line: Line) -> str:
        """The role whose ground fills the rest of a line, or ""."""
        return "nb" if line and line[-1][1].startswith("nb") else ""

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        top = self.scroll_offset.y
        width = self.scrollable_content_region.width
        base = self.visual_style.rich_style
        place = top + y
        if place >= len(self._lines):
            return Strip.blank(width, base)
        line, over = self._lines[place], self.row_style(self._owners[place])
        strip = _strip(line, over, base, self.ground(line), width, theme_colours(self.app.theme_variables))
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(place)) is not None:
            start, end = span
            end = width if end == -1 else end
            chosen = self.screen.get_component_rich_style("screen--selection")
            before, middle, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end, width)
            strip = Strip.join([before, middle.apply_style(chosen), after])
        return strip.apply_offsets(0, place)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The plain text under a mouse selection."""
        return selection.extract(self.plain()), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def plain(self) -> str:
        """All the text on it, for copying and for tests."""
        return "\n".join("".join(text for text, _ in line) for line in self._lines)


class Reading(Paper, can_focus=True):
    """Lines that are read and no more: the keys scroll them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "by(-1)", "up", show=False, id="page.up"),
        Binding("down,j", "by(1)", "down", show=False, id="page.down"),
        Binding("pageup", "by_page(-1)", "page up", show=False, id="page.page-up"),
        Binding("pagedown,space", "by_page(1)", "page down", show=False, id="page.page-down"),
        Binding("home,g", "by(-9999)", "top", show=False, id="page.top"),
        Binding("end,G", "by(9999)", "end", show=False, id="page.end"),
    ]

    def action_by(self, rows: int) -> None:
        self.scroll_relative(y=rows, animate=False)

    def action_by_page(self, pages: int) -> None:
        self.action_by(pages * max(1, self.size.height - 1))


class Rows(Paper, can_focus=True):
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

        def __init__(self, rows: Rows, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> Rows:
            return self.rows

    class Highlighted(AtRow):
        """The cursor came to a row."""

    class Chosen(AtRow):
        """A row was chosen by enter or by the mouse."""

    def __init__(self, *, id: str | None = None, classes: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, classes=classes, glyphs=glyphs)
        self.cursor = 0
        self.moved: Callable[[], None] | None = None
        """Called in place of the message, where what is drawn beside it is to be painted with it."""

    def choices(self) -> Sequence[int]:
        """The indices of the rows that the cursor can rest on, in order."""
        return list(dict.fromkeys(owner for owner in self._owners if owner != NOBODY))

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


@lru_cache(512)
def _strip(line: Line, over: Style | None, base: Style, ground: str, width: int, colours: tuple[str, ...]) -> Strip:
    """A line in its colours; kept, as most rows of a new frame are rows of the last one."""
    styles = role_styles(colours)
    fill = base + over if over else base + styles[ground] if ground else base
    segments = []
    for text, role in line:
        style = base + (styles.get(role) or styles["text"])
        segments.append(Segment(text, style + over if over and role not in ("chip", "alarm") else style))
    return Strip(segments).adjust_cell_length(width, fill)


def _harmless(line: Line) -> Line:
    return tuple((clean(text), role) for text, role in line)


def numbered(lines: Iterable[Line], owner: int = NOBODY) -> Iterator[tuple[Line, int]]:
    """`lines`, all of one row."""
    for line in lines:
        yield line, owner
