"""The banner under the top bar: unsaved changes, repairs, and whatever else matters on every screen."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from textual import events
from textual.message import Message

from oxtui.widgets.spans import Line, cut, wrap
from oxtui.widgets.text_view import TextView


class Notice(Struct, frozen=True):
    """One message: a highlighted word, and the text that there is room for."""

    word: str
    text: str
    whole: tuple[str, ...] = ()
    """The whole text, line by line."""
    stays: bool = False
    """It cannot be dismissed while it is true."""
    calm: bool = False
    """Nothing needs attention: its word is not in the alarm colour."""


class Banner(TextView):
    """A few rows under the top bar, mounted only while there are notices."""

    DEFAULT_CSS = """
    Banner { height: auto; background: $ox-bar; padding: 0 1; }
    """
    ROWS = 3
    """The most rows of one notice; a click or its key opens the whole text."""

    class Pressed(Message):
        """The banner was clicked, to read the whole text."""

    def __init__(self, notices: tuple[Notice, ...]) -> None:
        super().__init__()
        self.notices = notices

    def show(self, notices: tuple[Notice, ...]) -> None:
        """Replace the notices."""
        if notices != self.notices:
            self.notices = notices
            self.redraw()

    def content(self, width: int) -> Iterable[Line]:
        for notice in self.notices:
            role = "trouble" if notice.stays else "text"
            word: Line = ((f" {notice.word} ", "chip" if notice.calm else "alarm"), (" ", "text"))
            lines = wrap((*word, (notice.text, role)), width, 1)
            if len(lines) > self.ROWS:
                more = f" {self.glyphs.ellipsis}"
                lines[self.ROWS - 1 :] = [(*cut(lines[self.ROWS - 1], width - len(more), ""), (more, role))]
            yield from lines

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Pressed())
