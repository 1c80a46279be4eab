"""The tmux around this process: its paste buffers, and the clipboard of the terminal around it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from oxtui.outside.clipboard.process import Done, run

# in the same breath as loading, so that the newest buffer is ours
_AFTER_LOADING = (
    *(";", "list-buffers", "-F", "buffer #{buffer_name}"),
    *(";", "display-message", "-p", "client #{client_termfeatures}"),
)


class Loaded(Struct, frozen=True):
    """The buffer's name once it was read back, and whether the terminal around tmux got the text too."""

    buffer: str = ""
    outer: bool = False
    error: str = ""


def _tmux(words: Sequence[str], environ: Mapping[str, str], until: float, given: bytes = b"") -> Done:
    program = shutil.which("tmux", path=environ.get("PATH"))
    if program is None:
        return Done(False, error="tmux is not on the PATH")
    return run([program, *words], environ=environ, until=until, given=given, reads=True)


def inside(environ: Mapping[str, str]) -> bool:
    """Whether this process runs inside tmux."""
    return bool(environ.get("TMUX"))


def load(data: bytes, ours: Callable[[bytes], bool], environ: Mapping[str, str], until: float) -> Loaded:
    """Make a new paste buffer, pass it on to the terminal around tmux, and read it back.

    The buffer gets no name: in newer versions tmux's paste key only takes buffers that it named itself.
    The terminal gets it by OSC 52 (`-w`, tmux 3.2 and later), whatever `set-clipboard` says.
    """
    done = _tmux(("load-buffer", "-w", "-", *_AFTER_LOADING), environ, until, data)
    if not done.ok and done.error != "no answer in time":
        done = _tmux(("load-buffer", "-", *_AFTER_LOADING), environ, until, data)
        outer = False
    else:
        outer = True
    if not done.ok:
        return Loaded(error=f"tmux: {done.error}")
    lines = done.output.decode("utf-8", "replace").splitlines()
    names = [line.removeprefix("buffer ") for line in lines if line.startswith("buffer ")]
    features = next((line for line in lines if line.startswith("client ")), "")
    for name in names[:5]:  # newest first; another pane may have come between
        if holds(name, ours, environ, until):
            return Loaded(name, outer and "clipboard" in features)
    return Loaded(error="tmux: the buffer did not read back as it was sent")


def buffers(environ: Mapping[str, str], until: float) -> list[str]:
    """Return the names of the newest paste buffers."""
    done = _tmux(("list-buffers", "-F", "#{buffer_name}"), environ, until)
    return done.output.decode("utf-8", "replace").splitlines()[:20] if done.ok else []


def holds(name: str, ours: Callable[[bytes], bool], environ: Mapping[str, str], until: float) -> bool:
    """Whether the buffer exists and holds our text."""
    done = _tmux(("show-buffer", "-b", name), environ, until)
    return done.ok and ours(done.output)


def clear(name: str, environ: Mapping[str, str], until: float, *, outer: bool) -> Done:
    """Remove the buffer; with `outer`, write a blank over the clipboard of the terminal around tmux first.

    A blank, because an empty OSC 52 clears nothing in many terminals, tmux among them.
    """
    delete = ("delete-buffer", "-b", name)
    if outer:
        done = _tmux(("load-buffer", "-w", "-b", name, "-", ";", *delete), environ, until, b" ")
        if done.ok:
            return done
    return _tmux(delete, environ, until)


def terminal(environ: Mapping[str, str], until: float) -> str:
    """Return the TERM of the terminal around tmux, or ""."""
    done = _tmux(("display-message", "-p", "#{client_termname}"), environ, until)
    return done.output.decode("utf-8", "replace").strip() if done.ok else ""


def answers(environ: Mapping[str, str], until: float) -> bool:
    """Whether tmux answers."""
    return _tmux(("list-buffers",), environ, until).ok
