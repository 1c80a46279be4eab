"""What you need to know on every screen: that changes are not being saved and why, what was mended."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from textual import events
from textual.message import Message

from oxtui.widgets.spans import Line, cut, wrap
from oxtui.widgets.text_view import NOBODY, TextView


class Notice(Struct, frozen=True):
    """One thing to be known: a word that stands out, what it is, what helps.

    `text` is what the banner has room for, `whole` all of it, line by line. `stays`: as long as it is so, it
    cannot be put away.
    """

    word: str
    text: str
    whole: tuple[str, ...] = ()
    stays: bool = False
    calm: bool = False
    """Nothing that has to be seen to: its word is not in the colour of an alarm."""


class Banner(TextView):
    """A few rows under the top bar; it is there only while there is something to tell."""

    DEFAULT_CSS = """
    Banner { height: auto; background: $ox-bar; padding: 0 1; }
    """
    ROWS = 3
    """The most rows that one notice takes; the rest is read where a click or its key opens it."""

    class Pressed(Message):
        """The banner was clicked: what it tells is wanted whole."""

    def __init__(self, notices: tuple[Notice, ...]) -> None:
        super().__init__()
        self.notices = notices

    def show(self, notices: tuple[Notice, ...]) -> None:
        """Draw these."""
        if notices != self.notices:
            self.notices = notices
            self.redraw()

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        for notice in self.notices:
            role = "trouble" if notice.stays else "text"
            lines = wrap(
                ((f" {notice.word} ", "chip" if notice.calm else "alarm"), (" ", "text"), (notice.text, role)), width, 1
            )
            for place, line in enumerate(lines[: self.ROWS]):
                if place == self.ROWS - 1 and len(lines) > self.ROWS:
                    more = f" {self.glyphs.ellipsis}"
                    line = (*cut(line, width - len(more), ""), (more, role))
                yield line, NOBODY

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Pressed())
