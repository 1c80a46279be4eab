"""The platform's clipboard programs: which are installed, and how each writes, reads and clears."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from oxtui.outside.clipboard.process import Done, run

_WINDOWS = "/mnt/c/Windows/System32/"  # where WSL shows them even if they are not on the PATH
_READ_WINDOWS = "[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false);[Console]::Out.Write((Get-Clipboard -Raw))"


class Tool(Struct, frozen=True):
    """One clipboard program; without `reads` it cannot be read back."""

    name: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    clears: tuple[str, ...] = ()  # by default an empty text is written
    windows: bool = False

    def write(self, text: str, environ: Mapping[str, str], until: float) -> Done:
        """Put text on the clipboard by stdin, never by the arguments."""
        data = text.encode("utf-8")
        if self.windows:
            # clip.exe takes the console's code page or UTF-16, and detects which of the two
            text = text.replace("\n", "\r\n")
            data = text.encode("ascii") if text.isascii() else text.encode("utf-16-le")
        return run(self.writes, environ=environ, until=until, given=data)

    def read(self, environ: Mapping[str, str], until: float) -> bytes | None:
        """Return the contents of the clipboard (empty: `b""`), or None if it cannot be read."""
        if not self.reads:
            return None
        done = run(self.reads, environ=environ, until=until, reads=True)
        if done.ok:
            return done.output
        # an empty clipboard is an error to xclip and wl-paste, and not to the others
        empty = ("target" in done.error and "not available" in done.error) or "No selection" in done.error
        return b"" if empty or "Nothing is copied" in done.error else None

    def clear(self, environ: Mapping[str, str], until: float) -> Done:
        """Empty the clipboard."""
        return run(self.clears or self.writes, environ=environ, until=until)


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether the terminal, and so its clipboard, is on another machine."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def under_wsl(environ: Mapping[str, str]) -> bool:
    """Whether this Linux runs inside Windows, whose clipboard is the one that counts."""
    return bool(environ.get("WSL_DISTRO_NAME") or environ.get("WSL_INTEROP"))


def environment(environ: Mapping[str, str], platform: str) -> Mapping[str, str]:
    """Return the programs' environment; pbcopy takes UTF-8 only if the locale says so."""
    return {**environ, "LC_CTYPE": "UTF-8", "LC_ALL": ""} if platform == "darwin" else environ


def tools(environ: Mapping[str, str], platform: str = sys.platform, *, secret: bool = False) -> list[Tool]:
    """Return the clipboard programs that can be used here, best first; none over SSH.

    A program that would write a `secret` to a file on disk is left out.
    """
    if over_ssh(environ):
        return []

    def path_of(name: str, *more: str) -> str:
        return shutil.which(name, path=environ.get("PATH")) or next((p for p in more if Path(p).exists()), "")

    usable: list[Tool] = []
    if platform == "darwin":
        if copy := path_of("pbcopy"):
            usable.append(Tool("pbcopy", (copy,), _one(path_of("pbpaste"))))
        return usable
    windows = platform == "win32" or under_wsl(environ)
    if windows and (clip := path_of("clip.exe", _WINDOWS + "clip.exe")):
        shell = path_of("powershell.exe", _WINDOWS + "WindowsPowerShell/v1.0/powershell.exe")
        words = (shell, "-NoProfile", "-NonInteractive", "-Command", _READ_WINDOWS)
        usable.append(Tool("clip.exe", (clip,), words if shell else (), windows=True))
    if environ.get("WAYLAND_DISPLAY") and (copy := path_of("wl-copy")) and not (secret and not _tmp_in_memory()):
        plain = ("--type", "text/plain")  # else it asks another program what kind of text it is
        hint = ("--sensitive",) if secret and _knows(copy, "--sensitive", environ) else ()
        paste = path_of("wl-paste")
        reads = (paste, "--no-newline", *plain) if paste else ()
        usable.append(Tool("wl-copy", (copy, *plain, *hint), reads, (copy, "--clear")))
    if environ.get("DISPLAY"):
        if xclip := path_of("xclip"):
            ours = (xclip, "-selection", "clipboard")
            usable.append(Tool("xclip", ours, (*ours, "-o")))
        if xsel := path_of("xsel"):
            base = (xsel, "--clipboard")
            usable.append(Tool("xsel", (*base, "--input"), (*base, "--output"), (*base, "--clear")))
    return usable


def _one(path: str) -> tuple[str, ...]:
    return (path,) if path else ()


def _knows(program: str, option: str, environ: Mapping[str, str]) -> bool:
    """Whether a program's help names an option; an unknown one would make it fail."""
    done = run([program, "--help"], environ=environ, until=time.monotonic() + 0.3, reads=True)
    return option.encode() in done.output


def _tmp_in_memory(read: Callable[[], str] = lambda: Path("/proc/mounts").read_text("utf-8")) -> bool:
    """Whether /tmp is kept in memory: wl-copy puts the text it serves into a file there."""
    try:
        mounts = [line.split() for line in read().splitlines()]
    except OSError:
        return False
    kinds = {fields[1]: fields[2] for fields in mounts if len(fields) > 2}
    return kinds.get("/tmp", kinds.get("/")) in ("tmpfs", "ramfs")
