"""A program on its own pseudo-terminal, timed from outside.

The end-to-end tests use a tmux pane, whose screen is looked at every 20 ms; here the program's own bytes are
waited for, so that a millisecond can be seen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import resource
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from tests.bench.homes import NOW, ROOT

FLOORS = Path(__file__).parent / "floors"
BARE = [sys.executable, str(FLOORS / "bare.py")]
SAME_AREA = [sys.executable, str(FLOORS / "same_area.py")]
OXTUI = [sys.executable, "-c", "import sys; from oxtui.cli import main; sys.exit(main())"]

_ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")


class DidNotCome(AssertionError):
    """The expected text was not written in time; the message ends with what was."""


def environment(home: Path | None = None) -> dict[str, str]:
    """A small clean environment; bytecode is written and used, as on any machine that people work on."""
    given = {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "TERM": "xterm-256color",
        "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "TZ": "Australia/Melbourne", "OXTUI_AGENT": "kim",
        "OXTUI_NOW": NOW, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return given | ({"OXTUI_HOME": str(home)} if home else {})


class Drawn(NamedTuple):
    """The seconds from a key to the last byte of its picture, and the number of bytes."""

    seconds: float
    bytes: int


class Pane:
    """A running program; `started` seconds ago it was spawned."""

    def __init__(
        self,
        command: Sequence[str],
        home: Path | None = None,
        size: tuple[int, int] = (100, 30),
        config: str = "",
    ) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        env: Mapping[str, str] = environment(home) | ({"OXTUI_CONFIG": config} if config else {})
        self.began = time.perf_counter()
        self.pid = os.posix_spawn(
            command[0], list(command), env, setsid=True, file_actions=[
                (os.POSIX_SPAWN_DUP2, slave, 0), (os.POSIX_SPAWN_DUP2, slave, 1),
                (os.POSIX_SPAWN_DUP2, slave, 2), (os.POSIX_SPAWN_CLOSE, slave),
                (os.POSIX_SPAWN_CLOSE, master),
            ],
        )  # fmt: skip
        os.close(slave)
        self._master = master
        self._usage: resource.struct_rusage | None = None
        self.seen = b""

    def __enter__(self) -> Pane:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> float:
        """Kill the program; return the seconds of processor time that it used."""
        if self._usage is None:
            os.kill(self.pid, signal.SIGKILL)
            _, _, self._usage = os.wait4(self.pid, 0)
            os.close(self._master)
        return self._usage.ru_utime + self._usage.ru_stime

    def wait(self, *marks: str, seconds: float = 20.0) -> float:
        """Wait until all `marks` were written since the last key; return the time (perf_counter)."""
        wanted = [mark.encode() for mark in marks]
        end = time.perf_counter() + seconds
        while not all(mark in self.seen for mark in wanted):
            if not self._read(end - time.perf_counter()):
                tail = self.seen[-1500:].decode("utf-8", "replace")
                raise DidNotCome(f"{marks} did not come within {seconds} s; the last bytes: {tail!r}")
        return time.perf_counter()

    def wait_line(self, pattern: str, seconds: float = 20.0) -> float:
        """Wait until text matching `pattern` was written since the last key, ignoring colours."""
        wanted = re.compile(pattern)
        end = time.perf_counter() + seconds
        while not wanted.search(_ESCAPE.sub(b"", self.seen).decode("utf-8", "replace")):
            if not self._read(end - time.perf_counter()):
                raise DidNotCome(f"{pattern} did not come within {seconds} s")
        return time.perf_counter()

    def rest(self, quiet: float = 0.06, seconds: float = 5.0) -> Pane:
        """Wait until nothing has been written for `quiet` seconds."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end and self._read(quiet):
            pass
        return self

    def key(self, text: str) -> float:
        """Press a key (its bytes) and clear the output seen so far; return the time."""
        self.seen = b""
        moment = time.perf_counter()
        os.write(self._master, text.encode())
        return moment

    def drawn(self, text: str, quiet: float = 0.1) -> Drawn:
        """Press a key and wait until its picture is complete, with nothing written for `quiet` seconds."""
        self.rest(0.03)
        began = last = self.key(text)
        while self._read(quiet if last > began else 0.5) and last - began < 2.0:
            last = time.perf_counter()
        return Drawn(last - began, len(self.seen))

    def type(self, text: str) -> Pane:
        """Press keys one by one, waiting after each until nothing is written any more."""
        for char in text:
            self.key(char)
            self.rest()
        return self

    def processor(self) -> float:
        """The seconds of processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """The resident memory in bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            self.seen += os.read(self._master, 65536)
        except OSError:  # the program has ended
            return False
        return True
