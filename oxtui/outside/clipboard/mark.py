"""A mark in the home while a secret is on the clipboard: a run that was killed meanwhile leaves it to the next start.

It holds no part of the secret: only how the text begins, up to the first secret in it, as a digest.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

from msgspec import Struct

from oxtui.durable import write_durably
from oxtui.errors import StoreError
from oxtui.outside.clipboard import tmux
from oxtui.outside.clipboard.process import is_running
from oxtui.outside.clipboard.tools import tools

_NAME: Final = "clipboard-{}.mark"
_MOST_BYTES: Final = 1000


class Left(Struct, frozen=True):
    """How a text begins that an earlier run may have left on the clipboard."""

    length: int = 0
    digest: str = ""

    def ours(self, data: bytes | None) -> bool:
        """Whether these bytes begin as that text; where it began with the secret itself, whether there are any."""
        start = (data or b"").replace(b"\r\n", b"\n")[: self.length]
        return bool(data) and (not self.length or hashlib.sha256(start).hexdigest() == self.digest)


def put(home: Path, text: str, shown: str) -> None:
    """Leave the mark of this process for `text`, of which `shown` is the same with dots for each secret."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(text, shown, strict=False))
    known = "".join(letter for letter, _ in same).encode("utf-8")
    mark = {"length": len(known), "digest": hashlib.sha256(known).hexdigest()}
    with suppress(StoreError):  # the copy goes on: it is taken back all the same, unless the process is killed
        write_durably(home / _NAME.format(os.getpid()), [json.dumps(mark).encode("ascii")])


def remove(home: Path) -> None:
    """Take the mark of this process away: nothing of it is on the clipboard any more."""
    with suppress(OSError):
        (home / _NAME.format(os.getpid())).unlink(missing_ok=True)


def left_in(home: Path) -> dict[Path, Left]:
    """The marks of processes that are no more."""
    found: dict[Path, Left] = {}
    for path in home.glob(_NAME.format("*")):
        number = path.stem.rpartition("-")[2]
        if number.isdecimal() and not is_running(int(number)):
            found[path] = _read(path)
    return found


def _read(path: Path) -> Left:
    """What a mark says; one that cannot be read says that anything may be left."""
    try:
        with path.open("rb") as file:
            given = json.loads(file.read(_MOST_BYTES))
        length, digest = given["length"], given["digest"]
    except (OSError, ValueError, TypeError, LookupError):
        return Left()
    return Left(length, digest) if type(length) is int and length >= 0 and isinstance(digest, str) else Left()


def clear(
    left: Left, environ: Mapping[str, str], platform: str, until: float, write_osc52: Callable[[str], None] | None
) -> str:
    """Clear what is left wherever it can be seen; gives where that was, or "" where it was nowhere."""
    cleared: list[str] = []
    found = tools(environ, platform)
    for tool in found:
        if left.ours(tool.read(environ, until)):
            tool.clear(environ, until)
            if not left.ours(tool.read(environ, until)):
                cleared.append("the system clipboard")
                break
    inside = tmux.inside(environ)
    if inside:
        for name in tmux.buffers(environ, until):
            if tmux.holds(name, left.ours, environ, until) and tmux.clear(name, environ, until, outer=True).ok:
                cleared.append("a tmux buffer")
    if not found and not inside and write_osc52 is not None:
        write_osc52(" ")
        cleared.append("the terminal's clipboard (a blank was sent over it, not verified)")
    return " and ".join(dict.fromkeys(cleared))
