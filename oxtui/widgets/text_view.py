"""The widget that shows text: lines of spans, laid out to its width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from oxtui.text import clean
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.spans import Line, Span, wrap
from oxtui.widgets.themes import role_styles, theme_colours

NO_ROW = -1
"""The owner of a line that belongs to no row."""
NO_TITLE: Final = Content()


class TextView(ScrollView, can_focus=False):
    """Lines of text. Subclasses define `content`; `redraw` lays it out again."""

    DEFAULT_CSS = """
    TextView { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; height: auto; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._owners: list[int] = []
        self._width = 0
        self._shown: tuple[int, list[tuple[Line, Style | None]]] = (0, [])
        """The first visible line, and the visible lines as last painted."""
        self._titles = (NO_TITLE, NO_TITLE)

    @property
    def glyphs(self) -> Glyphs:
        """The app's glyphs, Unicode or ASCII."""
        return getattr(self.app, "glyphs", UNICODE) if self.is_attached else UNICODE

    def set_titles(self, title: Content, subtitle: Content = NO_TITLE) -> None:
        """Set the titles in the border, if they changed: Textual repaints the whole box even if they did not."""
        if not title.is_same(self._titles[0]):
            self.border_title = title
        if not subtitle.is_same(self._titles[1]):
            self.border_subtitle = subtitle
        self._titles = (title, subtitle)

    def content(self, width: int) -> Iterable[Line]:
        """Yield the lines, `width` cells wide."""
        return ()

    def owned(self, width: int) -> Iterable[tuple[Line, int]]:
        """Yield each line with the index of the row it belongs to, or NO_ROW."""
        return ((line, NO_ROW) for line in self.content(width))

    def redraw(self) -> None:
        """Lay the content out again and repaint what changed; the scroll position stays."""
        width = self.scrollable_content_region.width
        if width <= 0:
            self._width = 0  # hidden: laid out when it is shown
            return
        self._lay_out(width)
        size = Size(width, len(self._lines))
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            if self.styles.is_auto_height:
                self.refresh(layout=True)
            else:  # only the scrollbar changes
                super()._size_updated(self.outer_size, Size(0, 0), self.container_size)
        self._repaint()

    def _lay_out(self, width: int) -> None:
        self._lines, self._owners, self._width = [], [], width
        for line, owner in self.owned(width):
            self._lines.append(line if all(text.isprintable() for text, _ in line) else _cleaned(line))
            self._owners.append(owner)

    def _repaint(self) -> None:
        """Repaint only the visible lines that changed."""
        top, (width, height) = self.scroll_offset.y, self.scrollable_content_region.size
        pairs = zip(self._lines[top : top + height], self._owners[top : top + height], strict=True)
        (top_before, before), rows = self._shown, [(line, self.row_style(owner)) for line, owner in pairs]
        self._shown = top, rows
        if top != top_before:
            self.refresh()
            return
        places = enumerate(zip_longest(before, rows))
        changed = [Region(0, place, width, 1) for place, (old, new) in places if old != new]
        if changed:
            self.refresh(*changed)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if self.styles.scrollbar_gutter == "stable":  # Textual counts the reserved column in `width`
            width -= self.styles.scrollbar_size_vertical
        if width != self._width:
            self._lay_out(width)
            self.set_reactive(Widget.virtual_size, Size(width, len(self._lines)))  # assigning asks for a second layout
        return max(1, len(self._lines))

    def fit(self) -> None:
        """Lay the content out again if the width changed."""
        if self.scrollable_content_region.width != self._width or not self._lines:
            self.redraw()

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        # Here, and not in on_resize: that event comes after the paint, or not at all if a region was asked for
        # between the change and the new layout.
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self.fit()
        return changed

    def on_show(self) -> None:
        self.fit()  # content set while it was hidden is not laid out yet

    def get_line_filters(self) -> Sequence[LineFilter]:
        # every line would be copied to convert ANSI colours, and the roles have none
        return [each for each in super().get_line_filters() if not isinstance(each, ANSIToTruecolor)]

    def style_of(self, role: str) -> Style:
        """The style of a role in the current theme."""
        styles = role_styles(theme_colours(self.app.theme_variables))
        return styles.get(role) or styles["text"]

    def row_style(self, owner: int) -> Style | None:
        """The style laid over all lines of a row, or None."""
        return None

    def ground(self, line: Line) -> str:
        """The role whose background fills the rest of a line, or ""."""
        return "nb" if line and line[-1][1].startswith("nb") else ""

    def render_line(self, y: int) -> Strip:
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
        return selection.extract(self.plain()), "\n"

    def plain(self) -> str:
        """All its text, for selecting and for tests."""
        return "\n".join("".join(text for text, _ in line) for line in self._lines)


class Paragraphs(TextView):
    """Paragraphs of text, wrapped."""

    indent = 0
    """Cells by which all but the first line of a paragraph are indented."""

    def __init__(self, paragraphs: Sequence[Sequence[Span]] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paragraphs: Sequence[Sequence[Span]] = paragraphs

    def show(self, paragraphs: Sequence[Sequence[Span]]) -> None:
        """Replace the text."""
        self.paragraphs = paragraphs
        self.redraw()

    def content(self, width: int) -> Iterable[Line]:
        for paragraph in self.paragraphs:
            yield from wrap(paragraph, width, self.indent)


@lru_cache(512)
def _strip(line: Line, over: Style | None, base: Style, ground: str, width: int, colours: tuple[str, ...]) -> Strip:
    """A line in its colours; cached, since most lines of a frame were in the last one."""
    styles = role_styles(colours)
    fill = base + over if over else base + styles[ground] if ground else base
    segments = []
    for text, role in line:
        style = base + (styles.get(role) or styles["text"])
        segments.append(Segment(text, style + over if over and role not in ("chip", "alarm") else style))
    return Strip(segments).adjust_cell_length(width, fill)


def _cleaned(line: Line) -> Line:
    """`line` without the control characters that would act on a terminal, whatever file they came from."""
    return tuple((clean(text), role) for text, role in line)
