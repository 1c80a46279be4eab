"""The record of a bug: the places in the code, and never any data."""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path


def write_crash(log: Path, error: BaseException) -> str:
    """Append the kind of `error` and the places in the code to `log` (0600); returns where, in words.

    Messages and local variables are left out: they may hold client data.
    """
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [f"{moment} {type(error).__name__}"]
    for frame in traceback.extract_tb(error.__traceback__):
        lines.append(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}")
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # a pipe in its place would wait for a reader
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError:
        return "no log (it could not be written)"
    return "".join(filter(str.isprintable, str(log)))  # a folder may have any name, and this goes to a terminal
