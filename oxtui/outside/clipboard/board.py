"""The one clipboard: what is copied goes to every place that can take it, and the answer tells the truth."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from oxtui.outside.clipboard import history, mark, routes, taking_back, tmux
from oxtui.outside.clipboard.taking_back import Cleared, Token
from oxtui.outside.clipboard.tools import Tool, environment, over_ssh, tools
from oxtui.text import clean

LIMIT = 2.0  # seconds for a whole copy
_OSC52_BYTES = 74_994  # what the strictest common terminals take, as base64


class Copied(Struct, frozen=True):
    """How a copy ended, in one line that is true of it.

    `route` is the surest place it went to. `verified`: it was read back there. With "none" the caller shows
    the text to be selected by hand (a secret stays dots). `detail` says what failed on the way; `token` takes
    the copy back later. None of it holds the text.
    """

    route: Literal["tmux", "system", "osc52", "none"]
    verified: bool
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

        Each place is read back. Takes at most the limit; raises nothing. With `secret` no way is taken that
        would lay the text on disk.
        """
        text = clean(text, lines=True)
        if not text:
            return Copied("none", False, "Nothing to copy: the text is empty")
        until = time.monotonic() + self._limit
        token = Token.of(text.encode("utf-8"))
        found = tools(self._environ, self._platform, secret=secret)
        trouble: list[str] = []
        if secret:
            kept = {tool.name for tool in found}
            others = [tool.name for tool in tools(self._environ, self._platform) if tool.name not in kept]
            trouble += [f"{name}: left out, it lays what it serves into a file" for name in others]
        if tmux.inside(self._environ):
            # a tmux that hangs must leave time for the system's clipboard
            share = time.monotonic() + self._limit / 2 if found else until
            loaded = tmux.load(text.encode("utf-8"), token.ours, self._environ, share)
            token = replace(token, buffer=loaded.buffer, outer=loaded.outer)
            if loaded.error:
                trouble.append(loaded.error)
        unread = False
        for tool in found:
            error = self._hand_over(tool, text, token, until)
            unread = error == _UNREAD
            if not error or unread:
                token = replace(token, tool=tool)
                break
            trouble.append(f"{tool.name}: {error}")
        if not token.buffer and token.tool is None:
            return self._over_terminal(text, token, trouble)
        return _told(token, unread, "; ".join(trouble))

    def _hand_over(self, tool: Tool, text: str, token: Token, until: float) -> str:
        """What went wrong in giving text to a tool and reading it back; empty where nothing did."""
        done = tool.write(text, self._environ, until)
        if not done.ok:
            return done.error
        data: bytes | None = None
        patience = min(until, time.monotonic() + 0.4)  # some take a moment after they have ended
        while True:
            data = tool.read(self._environ, until)
            if token.ours(data):
                return ""
            if time.monotonic() >= patience:
                return _UNREAD if data is None else "it did not read back as it was sent"
            time.sleep(0.02)

    def _over_terminal(self, text: str, token: Token, trouble: list[str]) -> Copied:
        """The last way: OSC 52, which tells nothing of what became of it."""
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
                return Copied("osc52", False, message, "; ".join(trouble), replace(token, osc52=True))
        if deaf:
            trouble.append(deaf)
        return Copied("none", False, "Not copied: no clipboard here can be reached", "; ".join(trouble))

    def clear_if_ours(self, token: Token) -> Cleared:
        """Clear the copy wherever it still is; what somebody has copied since is left alone."""
        until = time.monotonic() + self._limit
        return taking_back.clear_if_ours(token, self._environ, until, self._write_osc52)

    def clear_left(self, home: Path) -> str:
        """Clear what a run that was killed left on a clipboard, as its mark in `home` says; gives what to tell."""
        told: list[str] = []
        for path, left in mark.left_in(home).items():
            until = time.monotonic() + self._limit
            where = mark.clear(left, self._environ, self._platform, until, self._write_osc52)
            now = f"it is cleared now, from {where}" if where else "something else has been copied since"
            told.append(f"An earlier oxtui ended with a password on the clipboard: {now}")
            path.unlink(missing_ok=True)
        return "; ".join(told)

    def history_risk(self) -> str | None:
        """One sentence where a clipboard history may keep what is copied, else None; see history."""
        until = time.monotonic() + self._limit
        return history.history_risk(self._environ, self._platform, until)

    def routes(self) -> list[routes.Route]:
        """Every way a copy could go, tried without touching what is on the clipboard; for the doctor."""
        return routes.routes(
            self._environ,
            self._platform,
            time.monotonic() + self._limit,
            can_write=self._write_osc52 is not None,
            deaf=_deaf(self._environ),
        )


_UNREAD = "cannot be read back"


def _told(token: Token, unread: bool, detail: str) -> Copied:
    """The true line for a copy that is in tmux, on the system's clipboard, or both."""
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
    return Copied(route, bool(token.buffer) or not unread, message, detail, token)


def _deaf(environ: Mapping[str, str]) -> str:
    """Why OSC 52 is known to be lost in this terminal; empty where it may arrive."""
    if tmux.inside(environ):
        return ""  # the other variables tell of another terminal then
    if environ.get("STY"):
        return "GNU screen keeps OSC 52 to itself"
    if over_ssh(environ):
        return ""
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Apple's Terminal takes no OSC 52"
    if environ.get("TERM") in ("dumb", "linux"):
        return "this terminal has no clipboard"
    return ""
