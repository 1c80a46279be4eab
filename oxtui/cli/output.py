"""The output of a command: cleaned, collected, and written when the command is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from oxtui.errors import NotWritten, WrongUse
from oxtui.text import cells, clean


class Output:
    """Collects stdout and stderr; a reader that closes early (`| head`) is no error."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._err: list[str] = []

    def line(self, text: str = "") -> None:
        """Add a line to stdout."""
        self._out.append(clean(text).rstrip() + "\n")

    def text(self, text: str) -> None:
        """Add several lines to stdout, unchanged but cleaned."""
        text = clean(text, lines=True)
        self._out.append(text if text.endswith("\n") else text + "\n")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Add rows in aligned columns."""
        cleaned = [[clean(cell) for cell in row] for row in rows]
        widths = [max(map(cells, column)) for column in zip(*cleaned, strict=True)]
        for row in cleaned:
            padded = [cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True)]
            self.line("  ".join(padded))

    def json_line(self, value: Any) -> None:
        """Add a value as one line of JSON."""
        import json

        self.line(json.dumps(value, ensure_ascii=True))

    def json(self, value: Any) -> None:
        """Add a value as JSON in UTF-8."""
        import json

        _as_utf8(sys.stdout)
        self._out.append(json.dumps(_cleaned(value), ensure_ascii=False, indent=2) + "\n")

    def error(self, text: str) -> None:
        """Add a line to stderr, with the program's name."""
        self._err.append(f"oxtui: {clean(text)}\n")

    def now(self, text: str) -> None:
        """Write a line to stderr at once, for progress."""
        _write(sys.stderr, f"oxtui: {clean(text)}\n")

    def flush(self) -> bool:
        """Write everything; False if stdout cannot be written (a full disk), with the reason on stderr."""
        out, self._out = "".join(self._out), []
        problem = _write(sys.stdout, out)
        if problem:
            self.error(f"the output cannot be written: {problem}")
        err, self._err = "".join(self._err), []
        _write(sys.stderr, err)
        return not problem


def named(path: object) -> str:
    """Return a path or a reason for a message, cleaned and cut to a readable length."""
    return clean(str(path))[:200]


def folder_named(given: str, hint: str) -> Path:
    """Return the folder that an argument names; raises WrongUse with `hint` if there is none."""
    try:
        folder = Path(given).expanduser().absolute()
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError, ValueError):  # too long, a NUL, or the home of an unknown user
        pass
    raise WrongUse(f"{named(given)} is no folder", hint)


def write_file(name: str, text: str) -> None:
    """Write a text file that an argument names; raises NotWritten on a full disk, WrongUse for a wrong name."""
    with writing(name, "file"):
        if not name:
            raise ValueError("it has no name")
        Path(name).expanduser().write_text(text, "utf-8", newline="")


@contextmanager
def writing(name: str, what: str) -> Iterator[None]:
    """Turn an error of writing into NotWritten (a full disk) or WrongUse; `what` is what to name instead."""
    from oxtui.durable import FULL

    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        message = f"{named(name) or repr(name)} cannot be written"
        if getattr(error, "errno", None) in FULL:
            raise NotWritten(f"{message}: the disk is full", "free some space on it") from error
        why = named(getattr(error, "strerror", None) or error)
        raise WrongUse(f"{message}: {why}", f"name another {what}") from error


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
    """Write and flush, with `?` for characters the encoding lacks; returns why it could not be written, or ""."""
    if stream is None:  # closed, or a Windows program without a console
        return "it is closed" if text else ""
    try:
        if text:
            encoding = stream.encoding or "utf-8"
            stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError as error:
        # the interpreter flushes once more at exit, which must not fail again
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, stream.fileno())
        os.close(silent)
        return "" if isinstance(error, BrokenPipeError) else error.strerror or str(error)
    return ""
