"""Pages to read: paragraphs and tables that fit the width there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, TypeAlias

from msgspec import Struct
from textual.binding import Binding, BindingType

from oxtui.text import cells
from oxtui.widgets.spans import Line, Span, spread, width_of, wrap
from oxtui.widgets.text_view import NOBODY, TextView

GAP = 3  # cells between two columns
MEASURE = 100  # cells of a line to read: longer ones lose the eye


class Para(Struct, frozen=True):
    """A paragraph; later lines begin after `indent` cells. `right` stands at the end of the first line."""

    spans: Sequence[Span]
    indent: int = 0
    right: Sequence[Span] = ()

    def lines(self, width: int) -> Iterator[Line]:
        """It, laid out to `width` cells."""
        if self.right and width_of(self.spans) + width_of(self.right) + GAP <= width:
            yield spread(self.spans, self.right, width)
            return
        yield from wrap(self.spans, width, self.indent)
        if self.right:
            yield from wrap(self.right, width, self.indent)

    def text(self) -> str:
        """It as plain text, unbroken."""
        return "".join(text for text, _ in (*self.spans, *((("   ", ""), *self.right) if self.right else ())))


class Table(Struct, frozen=True):
    """Rows of cells under headings; a role for each column. Where it is too wide, each row is a small block.

    `figures` names the columns whose cells stand at the right.
    """

    heads: tuple[str, ...]
    roles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[int] = frozenset()

    def _widths(self) -> list[int]:
        return [max(cells(row[n]) for row in (self.heads, *self.rows)) for n in range(len(self.heads))]

    def lines(self, width: int) -> Iterator[Line]:
        """It, laid out to `width` cells."""
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
        """It as plain text, in columns."""
        widths = self._widths()
        rows = (self._row(row, widths, self.roles) for row in (self.heads, *self.rows))
        return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)


Part: TypeAlias = Para | Table
BLANK = Para(())


def plain_text(parts: Iterable[Part]) -> str:
    """A page as plain text for the clipboard, ending in a line feed."""
    return "\n".join(part.text() for part in parts) + "\n"


class Page(TextView, can_focus=True):
    """A page to read, made of parts; the keys scroll it."""

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
        """Draw another page from its top; with `keep`, at the place one was."""
        self.parts = tuple(parts)
        self._lines, self._width = [], 0  # a page that is hidden now is laid out when it is shown
        self.redraw()
        if not keep:
            self.scroll_home(animate=False)

    def content(self, width: int) -> Iterator[tuple[Line, int]]:
        for part in self.parts:
            for line in part.lines(min(width, MEASURE)):
                yield line, NOBODY

    def action_by(self, rows: int) -> None:
        self.scroll_relative(y=rows, animate=False)

    def action_by_page(self, pages: int) -> None:
        self.action_by(pages * max(1, self.size.height - 1))
