"""A mark in the home while a secret is on the clipboard, by which the next start clears a text that a killed run left.

It holds no part of the secret: only a digest of the text up to the first secret in it.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

from msgspec import Struct

from oxtui.durable import write_durably
from oxtui.errors import StoreError
from oxtui.outside.clipboard.process import is_running

_NAME: Final = "clipboard-{}.mark"
_MOST_BYTES: Final = 1000


class Left(Struct, frozen=True):
    """The beginning of a text that an earlier run may have left on the clipboard: its length and digest."""

    length: int = 0
    digest: str = ""

    def ours(self, data: bytes | None) -> bool:
        """Whether these bytes begin like that text; any bytes do if it began with the secret itself."""
        start = (data or b"").replace(b"\r\n", b"\n")[: self.length]
        return bool(data) and (not self.length or hashlib.sha256(start).hexdigest() == self.digest)


def put(home: Path, text: str, shown: str) -> None:
    """Write this process's mark for `text`; `shown` is the same text with dots for each secret."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(text, shown, strict=False))
    known = "".join(letter for letter, _ in same).encode("utf-8")
    mark = {"length": len(known), "digest": hashlib.sha256(known).hexdigest()}
    with suppress(StoreError):  # without a mark the copy is still cleared, unless the process is killed
        write_durably(home / _NAME.format(os.getpid()), [json.dumps(mark).encode("ascii")])


def remove(home: Path) -> None:
    """Remove this process's mark: its secrets are off the clipboard."""
    with suppress(OSError):
        (home / _NAME.format(os.getpid())).unlink(missing_ok=True)


def left_in(home: Path) -> dict[Path, Left]:
    """Return the marks of processes that no longer run."""
    marks: dict[Path, Left] = {}
    for path in home.glob(_NAME.format("*")):
        number = path.stem.rpartition("-")[2]
        if number.isdecimal() and not is_running(int(number)):
            marks[path] = _read(path)
    return marks


def _read(path: Path) -> Left:
    """Read a mark; one that cannot be read stands for any text."""
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(_MOST_BYTES))
        length, digest = data["length"], data["digest"]
    except (OSError, ValueError, TypeError, LookupError):
        return Left()
    return Left(length, digest) if type(length) is int and length >= 0 and isinstance(digest, str) else Left()
