"""The two bars of every screen: where one is at the top, which keys act now at the bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from textual import events
from textual.message import Message

from oxtui.text import cells
from oxtui.widgets.spans import Line, Span, cut, spread, width_of
from oxtui.widgets.text_view import NOBODY, TextView


class TwoEnds(TextView):
    """One row with a left and a right end."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: Sequence[Span] = ()
        self._right: Sequence[Span] = ()

    def show(self, left: Sequence[Span], right: Sequence[Span]) -> None:
        """Draw the two ends."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.redraw()

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        right = list(self._right)
        # what is only good to know goes first; banner, due and saved stay, and the crumbs are cut for them
        while width_of(self._left) + width_of(right) + 1 > width:
            quiet = next((span for span in right if span[1] == "quiet"), None)
            if quiet is None:
                break
            right.remove(quiet)
        # on a narrow pane the left end may be a case's whole state: that comes before what is due elsewhere
        if width_of(right) + 12 > width or (width < 60 and width_of(self._left) + width_of(right) + 1 > width):
            right = [span for span in right if span[1] != "due"]
        yield spread(self._left, tuple(right), width), NOBODY


class TopBar(TwoEnds):
    """Crumbs at the left; what is due, open and saved at the right."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; background: $ox-bar; padding: 0 1; }
    """

    def on_resize(self) -> None:
        refresh = getattr(self.screen, "refresh_bars", None)
        if refresh is not None:  # what it says depends on the width
            refresh()


class HeadLine(TwoEnds):
    """The line under the top bar: where room is short, the facts in the middle go first, each as a whole."""

    DEFAULT_CSS = """
    HeadLine { background: $ox-ground; height: 1; }
    """

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        room = max(0, width - width_of(self._right) - 1)
        left = list(self._left)
        while len(left) > 1 and left[-1][1] == "quiet" and width_of(left) > room:
            left.pop()
        if len(left) < len(self._left) and width_of(left) + 4 <= room:
            left.append(("   …", "quiet"))
        yield spread(cut(left, room), self._right, width), NOBODY


class KeyHint(Struct, frozen=True):
    """One key of the footer: what is printed, what it does, and the action it runs."""

    key: str
    label: str
    action: str


class FootBar(TextView):
    """One row: the keys that act now, as many as there is room for; the last one (help) always."""

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
        """Draw these keys."""
        if hints != self._hints:
            self._hints = hints
            self.redraw()

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        self._spots = []
        spans: list[Span] = []
        used = 0
        shown = self._fitting(width)
        for hint in shown:
            if used:
                spans.append(("   ", "text"))
                used += 3
            size = cells(hint.key) + 1 + cells(hint.label)
            spans += [(hint.key, "key"), (f" {hint.label}", "quiet")]
            self._spots.append((used, used + size, hint.action))
            used += size
        yield cut(spans, width), NOBODY

    def _fitting(self, width: int) -> list[KeyHint]:
        """The hints that fit, in order; the last one is kept before those in front of it."""
        hints = list(self._hints)
        sizes = [cells(hint.key) + 1 + cells(hint.label) + 3 for hint in hints]
        while len(hints) > 1 and sum(sizes) - 3 > width:
            drop = len(hints) - 2
            del hints[drop], sizes[drop]
        return hints

    def on_click(self, event: events.Click) -> None:
        x = event.x - self.gutter.left
        for start, end, action in self._spots:
            if start <= x < end:
                self.post_message(self.Pressed(action))
