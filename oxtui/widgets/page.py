"""Pages to read, made of paragraphs and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, TypeAlias

from msgspec import Struct
from textual.binding import Binding, BindingType

from oxtui.text import cells
from oxtui.widgets.spans import Line, Span, spread, width_of, wrap
from oxtui.widgets.text_view import TextView

GAP = 3  # cells between two columns
MEASURE = 100  # cells: longer lines are hard to read


class Para(Struct, frozen=True):
    """A paragraph; all but its first line are indented. `right` goes at the end of the first line if it fits."""

    spans: Sequence[Span]
    indent: int = 0
    right: Sequence[Span] = ()

    def lines(self, width: int) -> Iterator[Line]:
        """Yield its lines, at most `width` cells wide."""
        if self.right and width_of(self.spans) + width_of(self.right) + GAP <= width:
            yield spread(self.spans, self.right, width)
            return
        yield from wrap(self.spans, width, self.indent)
        if self.right:
            yield from wrap(self.right, width, self.indent)

    def text(self) -> str:
        """The paragraph as one line of plain text."""
        return "".join(text for text, _ in (*self.spans, *((("   ", ""), *self.right) if self.right else ())))


class Table(Struct, frozen=True):
    """Rows of cells under headings, with a role for each column; each row becomes a block if the pane is too narrow."""

    heads: tuple[str, ...]
    roles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[int] = frozenset()
    """The right-aligned columns."""

    def _widths(self) -> list[int]:
        return [max(cells(row[n]) for row in (self.heads, *self.rows)) for n in range(len(self.heads))]

    def lines(self, width: int) -> Iterator[Line]:
        """Yield its lines, at most `width` cells wide."""
        widths = self._widths()
        if sum(widths) + GAP * (len(widths) - 1) <= width:
            yield self._row(self.heads, widths, ("quiet",) * len(widths))
            for row in self.rows:
                yield self._row(row, widths, self.roles)
            return
        for row in self.rows:
            yield from wrap(((row[0], self.roles[0]),), width, 2)
            rest: list[Span] = [("  ", "text")]
            for place in range(1, len(row)):
                if len(rest) > 1:
                    rest.append(("   ", "text"))
                if place in self.figures:
                    rest.append((f"{self.heads[place]} ", "quiet"))
                rest.append((row[place], self.roles[place]))
            yield from wrap(rest, width, 2)

    def _row(self, row: tuple[str, ...], widths: list[int], roles: tuple[str, ...]) -> Line:
        spans: list[Span] = []
        for place, (cell, room, role) in enumerate(zip(row, widths, roles, strict=True)):
            blank = " " * (room - cells(cell))
            spans.append((blank + cell if place in self.figures else cell + blank, role))
            spans.append((" " * GAP, "text"))
        return tuple(spans[:-1])

    def text(self) -> str:
        """The table as plain text, in columns."""
        widths = self._widths()
        rows = (self._row(row, widths, self.roles) for row in (self.heads, *self.rows))
        return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)


Part: TypeAlias = Para | Table
BLANK = Para(())


def plain_text(parts: Iterable[Part]) -> str:
    """A page as plain text for the clipboard, with a final newline."""
    return "\n".join(part.text() for part in parts) + "\n"


class Page(TextView, can_focus=True):
    """A page that the keys scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "by(-1)", "up", show=False, id="page.up"),
        Binding("down,j", "by(1)", "down", show=False, id="page.down"),
        Binding("pageup", "by_page(-1)", "page up", show=False, id="page.page-up"),
        Binding("pagedown,space", "by_page(1)", "page down", show=False, id="page.page-down"),
        Binding("home,g", "by(-9999)", "top", show=False, id="page.top"),
        Binding("end,G", "by(9999)", "end", show=False, id="page.end"),
    ]

    parts: tuple[Part, ...] = ()

    def show(self, parts: Iterable[Part], *, keep: bool = False) -> None:
        """Replace the page and scroll to its top, unless `keep`."""
        self.parts = tuple(parts)
        self._lines, self._width = [], 0  # a hidden page is laid out when it is shown
        self.redraw()
        if not keep:
            self.scroll_home(animate=False)

    def content(self, width: int) -> Iterator[Line]:
        for part in self.parts:
            yield from part.lines(min(width, MEASURE))

    def action_by(self, rows: int) -> None:
        self.scroll_relative(y=rows, animate=False)

    def action_by_page(self, pages: int) -> None:
        self.action_by(pages * max(1, self.size.height - 1))
