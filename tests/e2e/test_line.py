"""A line that is hung up, that nobody reads, that sends other bytes: the program on a pseudo-terminal of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.drive.case import new_service
from tests.drive.terminal import asleep, unread
from tests.drive.waiting import PATIENCE, until
from tests.e2e.faults import ROOT, at_length, home_with_a_case, marks

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
fcntl: Any = pytest.importorskip("fcntl")
termios: Any = pytest.importorskip("termios")

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

PROGRAM = [sys.executable, "-m", "oxtui"]
LEFT = b"\x1b[?1049l"
"""How a program leaves the other screen of a terminal."""


class Line:
    """The program at the end of a line that can be hung up, or not read from; `controls`: it is its terminal."""

    def __init__(self, home: Path, *, controls: bool = True, ignored: str = "") -> None:
        self.master, self.slave = pty.openpty()
        self._open = [self.master, self.slave]
        termios.tcsetwinsize(self.slave, (24, 80))
        self.before = termios.tcgetattr(self.slave)
        words = ["sh", "-c", f'trap "" {ignored}; exec "$@"', "sh", *PROGRAM] if ignored else PROGRAM
        env = {**os.environ, "OXTUI_HOME": str(home), "OXTUI_NOW": NOW, "OXTUI_AGENT": "anna"}
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), self.slave)
        self.program = subprocess.Popen(words, env=env, cwd=ROOT, preexec_fn=_control if controls else None, **streams)
        self.sent = b""
        self.read = threading.Event()
        self.read.set()
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        os.set_blocking(self.master, False)  # type: ignore[attr-defined]
        while not self._ended.is_set():
            if not self.read.wait(0.05):
                continue
            try:
                self.sent += os.read(self.master, 65536)
            except BlockingIOError:
                time.sleep(0.01)

    def wait_for(self, text: str, since: int = 0) -> None:
        until(
            lambda: text.encode() in self.sent[since:] or self.program.poll() is not None,
            told=lambda: self.sent[-2000:],
        )
        assert text.encode() in self.sent[since:], self.sent[-2000:]
        self.rest()

    def rest(self) -> None:
        """Wait until all that was pressed has been read, and for a moment nothing was drawn and nothing ran."""
        size, since = -1, time.monotonic()
        end = since + PATIENCE
        while time.monotonic() - since < 0.3:
            assert time.monotonic() < end, "it never came to rest"
            if len(self.sent) != size or unread(os.ttyname(self.slave)) or asleep(self.program.pid) is False:  # type: ignore[attr-defined]
                size, since = len(self.sent), time.monotonic()
            time.sleep(0.02)

    def all_sent(self) -> bytes:
        """Every byte that the ended program has written: what nobody had read lies in the line."""
        self._ended.set()
        self._reader.join()
        with contextlib.suppress(BlockingIOError):
            while more := os.read(self.master, 65536):
                self.sent += more
        return self.sent

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def stand_still(self) -> None:
        """Read nothing more, and have the program draw more than the line and its own queue hold."""
        self.read.clear()
        time.sleep(0.2)
        for _ in range(40):
            self.press(b"?")
            time.sleep(0.1)
            self.press(b"\x1b")
            time.sleep(0.15)

    def hang_up(self) -> None:
        self._ended.set()
        self._reader.join()
        while self._open:
            os.close(self._open.pop())

    def ends(self) -> int:
        return self.program.wait(PATIENCE)

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        self.hang_up()


def _control() -> None:
    os.setsid()  # type: ignore[attr-defined]
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_with_a_case(tmp_path)


@pytest.fixture
def line(home: Path, request: pytest.FixtureRequest) -> Iterator[Line]:
    line = Line(home, **getattr(request, "param", {}))
    try:
        line.wait_for("brightside")
        yield line
    finally:
        line.close()


# -- a terminal that goes away
@pytest.mark.parametrize(
    "line", [{}, {"controls": False}, {"ignored": "HUP"}], ids=["hung up", "no signal", "nohup"], indirect=True
)
def test_the_program_ends_with_its_terminal(line: Line) -> None:
    """A line that is not the program's controlling one sends no SIGHUP: only reading from it tells."""
    line.hang_up()
    assert line.ends() == 143


@pytest.mark.parametrize("line", [{}, {"controls": False}], ids=["hung up", "no signal"], indirect=True)
@at_length
def test_the_program_ends_with_a_terminal_that_stood_still_before(line: Line) -> None:
    line.stand_still()
    line.hang_up()
    assert line.ends() == 143


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 130)],  # type: ignore[attr-defined]
)
def test_a_signal_ends_the_program_while_nobody_reads(line: Line, number: int, status: int) -> None:
    """What it had drawn is thrown away, and the line is left as it was for the reader who comes back."""
    line.stand_still()
    line.program.send_signal(number)
    assert line.ends() == status
    assert termios.tcgetattr(line.slave) == line.before
    assert LEFT in line.all_sent()


@at_length
def test_what_was_answered_while_nobody_reads_is_saved(line: Line, home: Path) -> None:
    case_id = next(iter(new_service(home.parent, agent="ben").store.snapshot()))
    line.press(b"\r")
    line.wait_for("Checklist")
    line.stand_still()
    line.press(b"1")
    until(lambda: marks(home, case_id))
    line.program.send_signal(signal.SIGTERM)
    assert line.ends() == 143
    assert marks(home, case_id)


@at_length
def test_a_reader_who_comes_back_sees_it_go_on(line: Line) -> None:
    line.stand_still()
    line.read.set()
    line.rest()
    before = len(line.sent)
    line.press(b"?")
    line.wait_for("Help", before)
    line.press(b"\x11")
    assert line.ends() == 0
    assert line.all_sent().count(LEFT) == 1


@pytest.mark.parametrize(("how", "code"), [("q", 0), ("\x11", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])  # type: ignore[attr-defined]
def test_the_terminal_is_left_as_it_was(line: Line, how: str | int, code: int) -> None:
    if isinstance(how, str):
        line.press(how.encode())
    else:
        line.program.send_signal(how)
    assert line.ends() == code
    assert termios.tcgetattr(line.slave) == line.before
    sent = line.all_sent()
    end = sent[sent.rindex(b"\x1b[?2004l") :]
    for off in (b"?1000l", b"?1003l", b"?1006l", b"?1049l", b"?25h", b"?1004l", b"?7h"):
        assert b"\x1b[" + off in end


# -- what a terminal sends
OTHER_BYTES = bytes(range(0x80, 0x100))


@pytest.mark.parametrize(
    "sent",
    [
        OTHER_BYTES,
        "üéß".encode("iso-8859-1"),
        b"\x1b[200~m\xfcller\xff\xfe\x1b[201~",
        b"\x1b[M \xa0\xa1\x1b[M#\xff\xff",
        b"\xe1\xe2\xf1",
        b"\xf0\x9f",
    ],
    ids=["every byte", "Latin-1", "in a paste", "old mouse reports", "alt as eight bits", "half a letter"],
)
@pytest.mark.parametrize("pieces", [True, False], ids=["byte by byte", "at once"])
def test_bytes_that_are_no_utf8_end_nothing(line: Line, sent: bytes, pieces: bool) -> None:
    for piece in [sent[at : at + 1] for at in range(len(sent))] if pieces else [sent]:
        line.press(piece)
        time.sleep(0.005 if pieces else 0)
    line.rest()
    before = len(line.sent)
    line.press(b"\x0e")  # ctrl+n
    line.wait_for("Domain", before)
    line.press(b"\x11")
    assert line.ends() == 0
