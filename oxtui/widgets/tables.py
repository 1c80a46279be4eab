"""Pages to read and lists to choose them from: paragraphs and tables that fit the width there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct
from rich.style import Style

from oxtui.text import cells, clip
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.ink import Line, Span, cut, spread, width_of, wrap
from oxtui.widgets.paper import NOBODY, Reading, Rows

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


class Page(Reading):
    """A page to read, made of parts."""

    def __init__(self, *, id: str | None = None, classes: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, classes=classes, glyphs=glyphs)
        self.parts: tuple[Part, ...] = ()

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


class Entry(Struct, frozen=True):
    """One row of a list: cells in columns, the first one strong."""

    cells: tuple[str, ...]
    key: str = ""


class Entries(Rows):
    """A list to choose from, in columns; those at the right go first where there is no room."""

    def __init__(self, *, id: str | None = None, classes: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, classes=classes, glyphs=glyphs)
        self.entries: tuple[Entry, ...] = ()
        self.empty: tuple[Part, ...] = ()
        self.driven = False
        """Whether the keys move it from an input beside it, so that its cursor is always the live one."""

    def row_style(self, owner: int) -> Style | None:
        return self.style_of("cursor") if self.driven and owner == self.cursor != NOBODY else super().row_style(owner)

    def show(self, entries: Iterable[Entry], empty: Iterable[Part] = ()) -> None:
        """Draw these, with the cursor on the entry that had it, else on the first."""
        before = self.current
        self.entries, self.empty = tuple(entries), tuple(empty)
        keys = [entry.key for entry in self.entries]
        self.cursor = keys.index(before.key) if before and before.key in keys else 0
        self.redraw()

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor."""
        return self.entries[self.cursor] if 0 <= self.cursor < len(self.entries) else None

    def choices(self) -> list[int]:
        return list(range(len(self.entries)))

    def content(self, width: int) -> Iterator[tuple[Line, int]]:
        if not self.entries:
            for part in self.empty:
                for line in part.lines(width):
                    yield line, NOBODY
            return
        widths = self._widths(width - 2)
        for place, entry in enumerate(self.entries):
            mark = f"{self.glyphs.cursor} " if place == self.cursor else "  "
            spans: list[Span] = [(mark, "accent")]
            for number, (cell, room) in enumerate(zip(entry.cells, widths, strict=False)):
                shown = clip(cell, room, self.glyphs.ellipsis)
                gap = GAP if number + 1 < len(widths) else 0
                spans.append((shown + " " * (room - cells(shown) + gap), "quiet" if number else "text"))
            yield cut(spans, width, self.glyphs.ellipsis), place

    def _widths(self, width: int) -> list[int]:
        """A width for every column with room: the first gives way down to half, then the last go."""
        count = max(len(entry.cells) for entry in self.entries)
        wanted = [max(cells(entry.cells[n]) for entry in self.entries if n < len(entry.cells)) for n in range(count)]
        while len(wanted) > 1:
            rest = sum(wanted[1:]) + GAP * (len(wanted) - 1)
            first = min(wanted[0], width - rest)
            if first >= min(wanted[0], width // 2):
                return [first, *wanted[1:]]
            wanted.pop()
        return [min(wanted[0], max(1, width))]
