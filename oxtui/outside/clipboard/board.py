"""The program's one clipboard: copies to every place that takes text, reads it back, and reports the true result."""

from __future__ import annotations

import hmac
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from oxtui.outside.clipboard import history, mark, tmux
from oxtui.outside.clipboard.tools import Tool, environment, over_ssh, tools
from oxtui.text import clean, series

LIMIT = 2.0  # seconds for a whole copy
NOT_CLEARED = "Not cleared"
"""The beginning of the message if some of a copy is left."""
_OSC52_BYTES = 74_994  # what the strictest common terminals take, as base64
_UNREAD = "cannot be read back"
_BLANKED = "the terminal's clipboard (a blank was sent over it, not verified)"


def _digest(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data.replace(b"\r\n", b"\n"), "sha256")


class Token(Struct, frozen=True):
    """The places one copy went to, with a keyed digest that recognises its text; it does not hold the text."""

    key: bytes
    digest: bytes
    buffer: str = ""  # of tmux
    outer: bool = False  # tmux passed it on to the terminal around it
    tool: Tool | None = None
    osc52: bool = False

    def __repr__(self) -> str:
        return f"Token(buffer={self.buffer!r}, outer={self.outer}, osc52={self.osc52})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("buffer", self.buffer), ("outer", self.outer), ("osc52", self.osc52)]

    @classmethod
    def of(cls, data: bytes) -> Token:
        """Return a token for these bytes, under a new key."""
        key = os.urandom(32)
        return cls(key, _digest(key, data))

    def ours(self, data: bytes | None) -> bool:
        """Whether these bytes are the copied text."""
        return data is not None and hmac.compare_digest(self.digest, _digest(self.key, data))


class Cleared(Struct, frozen=True):
    """The result of clearing: `done` if none of the copy is known to be left; `message` is one line."""

    done: bool
    message: str


class Route(Struct, frozen=True):
    """One way a copy can go: whether it exists, whether it answered just now, and a remark."""

    name: str
    available: bool
    tested: bool
    detail: str = ""


class Copied(Struct, frozen=True):
    """The result of a copy, with one true line about it; it does not hold the text.

    `route` is the surest place it went to. With "none" the caller shows the text to be selected by hand (a secret as
    dots). `detail` names the failures on the way; `token` clears the copy later.
    """

    route: Literal["tmux", "system", "osc52", "none"]
    message: str
    detail: str = ""
    token: Token | None = None


class Clipboard:
    """Every copy of the program; made once, used from worker threads (it waits for other programs).

    `write_osc52` writes one OSC 52 sequence with that text to the terminal. `limit`: seconds for one copy.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        write_osc52: Callable[[str], None] | None = None,
        *,
        limit: float = LIMIT,
        platform: str = sys.platform,
    ) -> None:
        self._environ = environment(environ, platform)
        self._write_osc52 = write_osc52
        self._limit = limit
        self._platform = platform

    def copy(self, text: str, *, secret: bool = False) -> Copied:
        """Copy cleaned text: into the tmux around us and the system's clipboard, else over the terminal.

        Each place is read back. Takes at most the limit; raises nothing. A `secret` takes no route that would write it
        to disk.
        """
        text = clean(text, lines=True)
        if not text:
            return Copied("none", "Nothing to copy: the text is empty")
        until = time.monotonic() + self._limit
        token = Token.of(text.encode("utf-8"))
        usable = tools(self._environ, self._platform, secret=secret)
        trouble: list[str] = []
        if secret:
            names = {tool.name for tool in usable}
            others = [tool.name for tool in tools(self._environ, self._platform) if tool.name not in names]
            trouble += [f"{name}: left out, it lays what it serves into a file" for name in others]
        if tmux.inside(self._environ):
            # a tmux that hangs must leave time for the system's clipboard
            share = time.monotonic() + self._limit / 2 if usable else until
            loaded = tmux.load(text.encode("utf-8"), token.ours, self._environ, share)
            token = replace(token, buffer=loaded.buffer, outer=loaded.outer)
            if loaded.error:
                trouble.append(loaded.error)
        unread = False
        for tool in usable:
            error = self._hand_over(tool, text, token, until)
            unread = error == _UNREAD
            if not error or unread:
                token = replace(token, tool=tool)
                break
            trouble.append(f"{tool.name}: {error}")
        if not token.buffer and token.tool is None:
            return self._over_terminal(text, token, trouble)
        return _copied(token, unread, "; ".join(trouble))

    def _hand_over(self, tool: Tool, text: str, token: Token, until: float) -> str:
        """Give text to a tool and read it back; returns the error, or ""."""
        done = tool.write(text, self._environ, until)
        if not done.ok:
            return done.error
        data = self._read_back(tool, token.ours, until)
        if token.ours(data):
            return ""
        return _UNREAD if data is None else "it did not read back as it was sent"

    def _read_back(self, tool: Tool, right: Callable[[bytes | None], bool], until: float) -> bytes | None:
        """Read a tool until it holds what is right: some take a moment after they have ended."""
        patience = min(until, time.monotonic() + self._limit / 5)
        while not right(data := tool.read(self._environ, until)) and time.monotonic() < patience:
            time.sleep(0.02)
        return data

    def _over_terminal(self, text: str, token: Token, trouble: list[str]) -> Copied:
        """Send OSC 52, the last resort, which is never confirmed."""
        deaf = _deaf(self._environ)
        if self._write_osc52 is not None and not deaf:
            try:
                self._write_osc52(text)
            except OSError as error:
                trouble.append(f"the terminal: {error.strerror or 'cannot be written to'}")
            else:
                if len(text.encode("utf-8")) * 4 // 3 > _OSC52_BYTES:
                    trouble.append("long: some terminals take only the beginning, or nothing")
                message = "Sent to the terminal's clipboard, not verified: look before you paste"
                return Copied("osc52", message, "; ".join(trouble), replace(token, osc52=True))
        if deaf:
            trouble.append(deaf)
        return Copied("none", "Not copied: no clipboard here can be reached", "; ".join(trouble))

    def clear_if_ours(self, token: Token) -> Cleared:
        """Clear the copy wherever it still is; later copies are left alone."""
        until = time.monotonic() + self._limit
        cleared: list[str] = []
        left: list[str] = []
        theirs = False  # seen to hold something else: then so does the terminal's, which is the same one
        empty = False
        if token.tool is not None:
            data = token.tool.read(self._environ, until)
            if not token.tool.reads:  # it can never be asked: as with OSC 52, better emptied than left
                done = token.tool.clear(self._environ, until)
                (cleared if done.ok else left).append("the system clipboard (not verified)")
            elif token.ours(data):
                (cleared if self._emptied(token.tool, token, until) else left).append("the system clipboard")
            elif data is None:
                left.append("the system clipboard (it does not answer)")
            else:
                theirs, empty = bool(data), not data
        if token.buffer and tmux.holds(token.buffer, token.ours, self._environ, until):
            outer = token.outer and not theirs
            done = tmux.clear(token.buffer, self._environ, until, outer=outer)
            if not done.ok and tmux.holds(token.buffer, token.ours, self._environ, until):
                left.append("the tmux buffer")
            else:
                cleared += ["the tmux buffer", *([_BLANKED] if outer and done.ok else [])]
        if token.osc52:
            (cleared if self._blanked() else left).append(_BLANKED if self._write_osc52 else "the terminal's clipboard")
        if left:
            return Cleared(False, f"{NOT_CLEARED}: {series(left)}. Copy something else over it")
        if cleared:
            return Cleared(True, f"Cleared: {series(cleared)}")
        if empty:  # an earlier try, whose end was not seen, may have done it
            return Cleared(True, "Cleared: the system clipboard is empty")
        return Cleared(True, "Nothing to clear: something else has been copied since")

    def _emptied(self, tool: Tool, ours: Token | mark.Left, until: float) -> bool:
        """Clear a tool; whether its clipboard was read afterwards and no longer holds our text."""

        def gone(data: bytes | None) -> bool:
            return data is not None and not ours.ours(data)

        tool.clear(self._environ, until)
        return gone(self._read_back(tool, gone, until))

    def _blanked(self) -> bool:
        """Overwrite the terminal's clipboard with a blank, if there is a way."""
        if self._write_osc52 is None:
            return False
        self._write_osc52(" ")
        return True

    def clear_left(self, home: Path) -> str:
        """Clear a text that a killed run left on the clipboard, by its mark in `home`; returns words for the agent."""
        lines: list[str] = []
        for path, left in mark.left_in(home).items():
            where = series(list(dict.fromkeys(self._cleared_of(left))))
            now = f"it is cleared now, from {where}" if where else "something else has been copied since"
            lines.append(f"An earlier oxtui ended with a password on the clipboard: {now}")
            path.unlink(missing_ok=True)
        return "; ".join(lines)

    def _cleared_of(self, left: mark.Left) -> Iterator[str]:
        """Clear a text wherever it can be seen; yields the places."""
        until = time.monotonic() + self._limit
        usable = tools(self._environ, self._platform)
        holding = (tool for tool in usable if left.ours(tool.read(self._environ, until)))
        if any(self._emptied(tool, left, until) for tool in holding):
            yield "the system clipboard"
        inside = tmux.inside(self._environ)
        for name in tmux.buffers(self._environ, until) if inside else ():
            holds = tmux.holds(name, left.ours, self._environ, until)
            if holds and tmux.clear(name, self._environ, until, outer=True).ok:
                yield "a tmux buffer"
        if not usable and not inside and self._blanked():
            yield _BLANKED

    def history_risk(self) -> str | None:
        """Return one sentence if a clipboard history may keep copied text, else None."""
        until = time.monotonic() + self._limit
        return history.history_risk(self._environ, self._platform, until)

    def routes(self) -> list[Route]:
        """Return every way a copy can go, tested without changing the clipboard; for the doctor."""
        until = time.monotonic() + self._limit
        if tmux.inside(self._environ):
            terminal = tmux.terminal(self._environ, until)
            answers = bool(terminal) or tmux.answers(self._environ, until)
            routes = [Route("tmux", True, answers, terminal)]
        else:
            routes = [Route("tmux", False, False, "not inside tmux")]
        programs = tools(self._environ, self._platform)
        for tool in programs:
            answers = tool.read(self._environ, until) is not None
            routes.append(Route(tool.name, True, answers, "" if answers else "it does not answer"))
        if not programs:
            why = "over SSH the clipboard is on the other machine" if over_ssh(self._environ) else "none was found"
            routes.append(Route("system clipboard", False, False, why))
        deaf = _deaf(self._environ)
        detail = deaf or "sent, never verified: whether it arrives is the terminal's choice"
        routes.append(Route("osc52", self._write_osc52 is not None and not deaf, False, detail))
        return routes


def _copied(token: Token, unread: bool, detail: str) -> Copied:
    """Return the result of a copy that is in tmux, on the system's clipboard, or both."""
    if token.buffer and token.tool is not None and not unread:
        message = "Copied"
    elif token.buffer and token.tool is not None:
        message = "Copied to tmux; the system clipboard could not be checked, so look before you paste"
    elif token.buffer and token.outer:
        message = "Copied to tmux, and sent to the terminal's clipboard: look before you paste there"
    elif token.buffer:
        message = "Copied to tmux only: paste it with tmux's own key"
    elif unread:
        message = "Handed to the system clipboard, not verified: look before you paste"
    else:
        message = "Copied"
    route: Literal["tmux", "system"] = "tmux" if token.buffer else "system"
    return Copied(route, message, detail, token)


def _deaf(environ: Mapping[str, str]) -> str:
    """Return why this terminal is known to lose OSC 52, or ""."""
    if tmux.inside(environ):
        return ""  # the other variables then describe another terminal
    if environ.get("STY"):
        return "GNU screen keeps OSC 52 to itself"
    if over_ssh(environ):
        return ""
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Apple's Terminal takes no OSC 52"
    if environ.get("TERM") in ("dumb", "linux"):
        return "this terminal has no clipboard"
    return ""
