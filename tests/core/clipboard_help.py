"""What the tests of the clipboard share: terminals to copy in, stand-ins for programs, and a marked text."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oxtui.outside.clipboard import Clipboard, Copied, Token, tmux
from tests.drive.terminal import Terminal
from tests.drive.waiting import PATIENCE, until

MARKED = "Zebra-7-marked"
TEXT = "Domain: bücher.example\nMailboxes: 日本, anna@example.com\t'\"$(id)`\\;"
PATH = os.environ["PATH"]

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
needs_x = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xclip")), reason="Xvfb and xclip are not both installed"
)
posix = pytest.mark.skipif(os.name != "posix", reason="stands in programs written for sh")


@contextmanager
def tmux_in_a_terminal() -> Iterator[tuple[Terminal, Terminal]]:
    """A tmux that is looked at from inside another terminal: (inner, outer)."""
    with Terminal(["cat"], clipboard="off") as inner:
        attach = ["tmux", "-u", "-S", str(inner.socket), "attach"]
        with Terminal(attach, env={"TERM": "tmux-256color"}) as outer:
            until(lambda: "clipboard" in inner.tmux("list-clients", "-F", "#{client_termfeatures}"))
            yield inner, outer


@contextmanager
def x_server() -> Iterator[str]:
    """Run a headless X server; yields the name of its display."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x200x8", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(PATIENCE)


def stand_in(folder: Path, name: str, script: str) -> Path:
    """A program of that name that does what the script says, first on the PATH that is returned."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def holds_no_text(copied: Copied) -> bool:
    return MARKED not in repr(copied) + copied.message + copied.detail + repr(copied.token)


def still_ours(clipboard: Clipboard, token: Token) -> bool:
    """Whether tmux or the system's clipboard still holds the copy; OSC 52 cannot be asked."""
    environ, end = clipboard._environ, time.monotonic() + clipboard._limit
    if token.tool is not None and token.ours(token.tool.read(environ, end)):
        return True
    return bool(token.buffer) and tmux.holds(token.buffer, token.ours, environ, end)
