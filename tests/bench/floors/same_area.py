"""The floor of a key: a Textual app that paints as many rows a key, and writes as many bytes as durably.

Arguments: the rows that change with a key, and, where the key is saved, a file and the bytes to write.
"""

import os
import sys
from pathlib import Path

os.environ["TEXTUAL_FPS"] = "250"

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.events import Key
from textual.strip import Strip
from textual.widget import Widget

COLOURS = [Style.parse(name) for name in ("red", "green", "blue", "yellow on black", "cyan", "bold magenta")]


class Area(Widget):
    """Rows of six coloured words and a blank, as a checklist has; the first `rows` differ after each key."""

    keys = 0

    def render_line(self, y: int) -> Strip:
        width, part = self.size.width, self.size.width // 9
        number = self.keys if y < int(sys.argv[1]) else 0
        texts = [f"{number * 7 + y + place:>{part - 1}} " for place in range(len(COLOURS))]
        segments = [Segment(text, style) for text, style in zip(texts, COLOURS, strict=True)]
        return Strip(segments).adjust_cell_length(width)


class SameArea(App[None]):
    CSS = "Area { width: 1fr; height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield Area()

    def on_key(self, event: Key) -> None:
        if len(sys.argv) > 2:
            save(Path(sys.argv[2]), int(sys.argv[3]))
        area = self.query_one(Area)
        area.keys += 1
        area.refresh()


def save(path: Path, size: int) -> None:
    """Replace a file as safely as any program can: temporary file, fsync, replace, fsync of the folder."""
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(b"x" * size)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


if __name__ == "__main__":
    SameArea().run()
