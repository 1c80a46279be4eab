"""The bars of every screen: the location at the top, the available keys at the bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from textual import events
from textual.message import Message

from oxtui.text import cells
from oxtui.widgets.spans import Line, Span, cut, spread, width_of
from oxtui.widgets.text_view import TextView


class TwoEnds(TextView):
    """One row with a left and a right end."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: Sequence[Span] = ()
        self._right: Sequence[Span] = ()

    def show(self, left: Sequence[Span], right: Sequence[Span]) -> None:
        """Replace the two ends."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.redraw()

    def content(self, width: int) -> Iterable[Line]:
        right = list(self._right)
        # quiet spans are dropped first; for the others the left end is cut
        while width_of(self._left) + width_of(right) + 1 > width:
            quiet = next((span for span in right if span[1] == "quiet"), None)
            if quiet is None:
                break
            right.remove(quiet)
        # on a narrow pane the left end may be the whole state of a case, which matters more than other due cases
        if width_of(right) + 12 > width or (width < 60 and width_of(self._left) + width_of(right) + 1 > width):
            right = [span for span in right if span[1] != "due"]
        yield spread(self._left, tuple(right), width)


class TopBar(TwoEnds):
    """Breadcrumbs at the left; due and open cases, the time and the save state at the right."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; background: $ox-bar; padding: 0 1; }
    """

    def on_resize(self) -> None:
        refresh = getattr(self.screen, "refresh_bars", None)
        if refresh is not None:  # its text depends on the width
            refresh()


class HeadLine(TwoEnds):
    """The line under the top bar: without enough room it drops its last facts, each as a whole."""

    DEFAULT_CSS = """
    HeadLine { background: $ox-ground; height: 1; }
    """

    def content(self, width: int) -> Iterable[Line]:
        room = max(0, width - width_of(self._right) - 1)
        left = list(self._left)
        while len(left) > 1 and left[-1][1] == "quiet" and width_of(left) > room:
            left.pop()
        if len(left) < len(self._left) and width_of(left) + 4 <= room:
            left.append(("   …", "quiet"))
        yield spread(cut(left, room), self._right, width)


class KeyHint(Struct, frozen=True):
    """One key of the footer with its label and action."""

    key: str
    label: str
    action: str


class FootBar(TextView):
    """The available keys in one row, as many as fit; the last one (help) is always shown."""

    DEFAULT_CSS = """
    FootBar { dock: bottom; height: 1; background: $ox-bar; padding: 0 1; }
    """

    class Pressed(Message):
        """A key of the footer was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: tuple[KeyHint, ...] = ()
        self._spots: list[tuple[int, int, str]] = []

    def show(self, hints: tuple[KeyHint, ...]) -> None:
        """Replace the keys."""
        if hints != self._hints:
            self._hints = hints
            self.redraw()

    def content(self, width: int) -> Iterable[Line]:
        hints = list(self._hints)
        sizes = [cells(hint.key) + 1 + cells(hint.label) for hint in hints]
        while len(hints) > 1 and sum(sizes) + 3 * (len(hints) - 1) > width:
            del hints[-2], sizes[-2]
        self._spots = []
        spans: list[Span] = []
        start = 0
        for hint, size in zip(hints, sizes, strict=True):
            spans += [("   ", "text")] if start else []
            spans += [(hint.key, "key"), (f" {hint.label}", "quiet")]
            self._spots.append((start, start + size, hint.action))
            start += size + 3
        yield cut(spans, width)

    def on_click(self, event: events.Click) -> None:
        x = event.x - self.gutter.left
        for start, end, action in self._spots:
            if start <= x < end:
                self.post_message(self.Pressed(action))
