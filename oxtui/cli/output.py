"""What a command prints: cleaned, kept until it is complete, and written at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from oxtui.text import cells, clean


class Output:
    """Collects what goes to stdout and stderr; a reader that has gone away (`| head`) is no error."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._err: list[str] = []

    def line(self, text: str = "") -> None:
        """One line on stdout."""
        self._out.append(clean(text).rstrip() + "\n")

    def text(self, text: str) -> None:
        """Several lines on stdout, exactly as they are (cleaned)."""
        text = clean(text, lines=True)
        self._out.append(text if text.endswith("\n") else text + "\n")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows with their columns one under the other; the last column is not padded."""
        cleaned = [[clean(cell) for cell in row] for row in rows]
        widths = [max(map(cells, column)) for column in zip(*cleaned, strict=True)]
        for row in cleaned:
            padded = [cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True)]
            self.line("  ".join(padded))

    def json_line(self, value: Any) -> None:
        """A value as one line of JSON."""
        import json

        self.line(json.dumps(value, ensure_ascii=True))

    def json(self, value: Any) -> None:
        """A JSON value in UTF-8."""
        import json

        _as_utf8(sys.stdout)
        self._out.append(json.dumps(_cleaned(value), ensure_ascii=False, indent=2) + "\n")

    def error(self, text: str) -> None:
        """One line on stderr, with the program's name."""
        self._err.append(f"oxtui: {clean(text)}\n")

    def now(self, text: str) -> None:
        """One line on stderr at once, for what takes a while."""
        _write(sys.stderr, f"oxtui: {clean(text)}\n")

    def flush(self) -> bool:
        """Write everything; False where stdout takes no more (a full disk), which is told on stderr."""
        out, self._out = "".join(self._out), []
        problem = _write(sys.stdout, out)
        if problem:
            self.error(f"the output cannot be written: {problem}")
        err, self._err = "".join(self._err), []
        _write(sys.stderr, err)
        return not problem


def named(path: object) -> str:
    """A path or a reason as it stands in a message: clean, and not longer than one is read."""
    return clean(str(path))[:200]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, lines=True)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value


def _as_utf8(stream: TextIO | None) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8")


def _write(stream: TextIO | None, text: str) -> str:
    """Write and flush; what the stream's encoding lacks is replaced by `?`. Returns why it could not be written."""
    if stream is None:  # started without it: closed, or a window without a console
        return "it is closed" if text else ""
    try:
        if text:
            encoding = stream.encoding or "utf-8"
            stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError as error:
        # The interpreter flushes once more at its end: that must not fail again.
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, stream.fileno())
        os.close(silent)
        return "" if isinstance(error, BrokenPipeError) else error.strerror or str(error)
    return ""
