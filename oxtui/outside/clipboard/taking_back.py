"""What was copied, remembered without its text; and taking it back where it is still ours."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from oxtui.outside.clipboard import tmux
from oxtui.outside.clipboard.tools import Tool

NOT_CLEARED = "Not cleared"
"""How the message begins where some is left."""


def _digest(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data.replace(b"\r\n", b"\n"), "sha256")


class Token(Struct, frozen=True):
    """Where one copy went, and a keyed digest that knows its text again; the text is not in it."""

    key: bytes
    digest: bytes
    buffer: str = ""  # of tmux
    outer: bool = False  # tmux handed it on to the terminal around it
    tool: Tool | None = None
    osc52: bool = False

    def __repr__(self) -> str:
        return f"Token(buffer={self.buffer!r}, outer={self.outer}, osc52={self.osc52})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("buffer", self.buffer), ("outer", self.outer), ("osc52", self.osc52)]

    @classmethod
    def of(cls, data: bytes) -> Token:
        """A token for these bytes, under a key of its own."""
        key = os.urandom(32)
        return cls(key, _digest(key, data))

    def ours(self, data: bytes | None) -> bool:
        """Whether these bytes are what was copied."""
        return data is not None and hmac.compare_digest(self.digest, _digest(self.key, data))


class Cleared(Struct, frozen=True):
    """How taking back ended: `done` where none of it is known to be left; `message` is one plain line."""

    done: bool
    message: str


def clear_if_ours(
    token: Token, environ: Mapping[str, str], until: float, write_osc52: Callable[[str], None] | None
) -> Cleared:
    """Clear what still holds the copy, and leave alone what somebody has copied since."""
    gone: list[str] = []
    left: list[str] = []
    theirs = False  # seen to hold something else: then so does the terminal's, which is the same one
    empty = False
    if token.tool is not None:
        data = token.tool.read(environ, until)
        if not token.tool.reads:  # it can never be asked: as with OSC 52, better emptied than left
            done = token.tool.clear(environ, until)
            (gone if done.ok else left).append("the system clipboard (not verified)")
        elif token.ours(data):
            token.tool.clear(environ, until)
            emptied = token.tool.read(environ, until)
            still = emptied is None or token.ours(emptied)
            (left if still else gone).append("the system clipboard")
        elif data is None:
            left.append("the system clipboard (it does not answer)")
        else:
            theirs, empty = bool(data), not data
    if token.buffer and tmux.holds(token.buffer, token.ours, environ, until):
        outer = token.outer and not theirs
        done = tmux.clear(token.buffer, environ, until, outer=outer)
        if not done.ok and tmux.holds(token.buffer, token.ours, environ, until):
            left.append("the tmux buffer")
        else:
            gone.append("the tmux buffer")
            if outer and done.ok:
                gone.append("the terminal's clipboard (a blank was sent over it, not verified)")
    if token.osc52:
        if write_osc52 is None:
            left.append("the terminal's clipboard")
        else:
            write_osc52(" ")
            gone.append("the terminal's clipboard (a blank was sent over it, not verified)")
    if left:
        return Cleared(False, f"{NOT_CLEARED}: {_and(left)}. Copy something else over it")
    if not gone and empty:  # an earlier try may have done it, whose end could not be seen
        return Cleared(True, "Cleared: the system clipboard is empty")
    if not gone:
        return Cleared(True, "Nothing to clear: something else has been copied since")
    return Cleared(True, f"Cleared: {_and(gone)}")


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
