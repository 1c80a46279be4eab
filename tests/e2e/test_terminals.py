"""Terminals as they are: ones that go away, stand still, send other bytes, are tiny, or are inside each other."""

from __future__ import annotations

import contextlib
import os
import shutil
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
from tests.drive.case import begun, new_service
from tests.drive.terminal import TMUX, Terminal, asleep, unread
from tests.drive.waiting import PATIENCE, until
from tests.e2e.faults import ROOT, marks, open_at
from tests.e2e.proved import proved

at_length = pytest.mark.skipif(
    not os.environ.get("OXTUI_LONG"), reason="OXTUI_LONG=1 does it: half a minute of waiting"
)

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
fcntl: Any = pytest.importorskip("fcntl")
termios: Any = pytest.importorskip("termios")

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

PROGRAM = [sys.executable, "-m", "oxtui"]
NO_TMUX = ["env", "-u", "TMUX", "-u", "TMUX_PANE"]
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")
needs_screen = pytest.mark.skipif(TMUX is None or not shutil.which("screen"), reason="no tmux with GNU screen")
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
    """A home with one case that is begun."""
    begun(new_service(tmp_path))
    place = tmp_path / "oxhome"
    proved(place)
    return place


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])  # type: ignore[attr-defined]
def test_a_signal_ends_the_program_while_nobody_reads(line: Line, number: int) -> None:
    """What it had drawn is thrown away, and the line is left as it was for the reader who comes back."""
    line.stand_still()
    line.program.send_signal(number)
    assert line.ends() == 143
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


# -- terminals of another kind
def at_home(terminal: Terminal) -> Terminal:
    terminal.wait_for("brightside")
    terminal.wait_still()
    return terminal


@needs_tmux
@pytest.mark.parametrize("kind", ["xterm", "xterm-256color", "linux", "vt100", "screen", "never-heard-of"])
def test_every_kind_of_terminal_that_can_draw(home: Path, kind: str) -> None:
    with open_at(home, words=[*NO_TMUX, "-u", "COLORTERM", f"TERM={kind}", *PROGRAM]) as terminal:
        at_home(terminal).press("?").wait_for("Help for this screen")
        terminal.press("escape").wait_gone("Help for this screen")
        terminal.press("ctrl+n").wait_for("Domain")
        terminal.paste("pasted.example").wait_for("pasted.example")
        terminal.press("escape").wait_for("brightside")
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0


@needs_tmux
@pytest.mark.parametrize("kind", ["dumb", "unknown"])
@at_length
def test_a_terminal_that_cannot_draw_is_refused(home: Path, kind: str) -> None:
    """It was painted without end, five hundred kilobytes a second, and no key ended that."""
    with open_at(home, words=[*NO_TMUX, f"TERM={kind}", *PROGRAM]) as terminal:
        terminal.wait_for(f"this terminal cannot draw (TERM={kind})")
        assert terminal.exit_status() == 2
        assert b"?1049h" not in terminal.raw()


@needs_screen
def test_esc_acts_inside_gnu_screen(home: Path, tmp_path: Path) -> None:
    """While a program asks for the mouse, screen holds a lone esc back until the next key."""
    folder = tmp_path / "screens"
    words = ["screen", "-U", "-c", os.devnull, *PROGRAM]
    with open_at(home, words=[*NO_TMUX, *words], SCREENDIR=str(folder)) as terminal:
        at_home(terminal).press("?").wait_for("Help for this screen")
        terminal.press("escape").wait_gone("Help for this screen")
        terminal.press("ctrl+q").wait_for(lambda _: not terminal.alive())


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


# -- where it runs
@needs_tmux
def test_the_size_in_the_environment_is_not_believed(home: Path) -> None:
    with open_at(home, 90, 26, COLUMNS="200", LINES="60") as terminal:
        at_home(terminal)
        assert terminal.screen()[-1].startswith(" n new")
        terminal.resize(70, 22).wait_for(lambda lines: lines[21].startswith(" n new"))


@needs_tmux
@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ({"LC_ALL": "C"}, False),  # Python itself takes UTF-8 there
        ({"LC_ALL": "C.UTF-8"}, False),
        ({"LC_ALL": "", "LANG": "C.UTF-8", "LC_CTYPE": "C"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "iso-8859-1"}, True),
        ({"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}, True),
    ],
)
def test_signs_are_those_that_the_locale_has(home: Path, given: dict[str, str], plain: bool) -> None:
    with open_at(home, **given) as terminal:  # type: ignore[arg-type]
        at_home(terminal)
        assert ("─" not in terminal.text()) == plain
        assert b"\x1b[?1049h" in terminal.raw()
        terminal.press("enter").wait_for("Checklist")
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0


@needs_tmux
@pytest.mark.skipif(not shutil.which("localedef"), reason="no localedef")
def test_a_locale_in_latin_1_is_drawn_plainly(home: Path, tmp_path: Path) -> None:
    made = tmp_path / "en_AU.ISO-8859-1"
    done = subprocess.run(["localedef", "-i", "en_AU", "-f", "ISO-8859-1", str(made)], capture_output=True)
    if done.returncode > 1:
        pytest.skip("the sources of locales are not installed")
    with open_at(home, LC_ALL="en_AU.ISO-8859-1", LOCPATH=str(tmp_path)) as terminal:
        at_home(terminal)
        assert terminal.raw().replace("·".encode("iso-8859-1"), b"").isascii()
        terminal.press("enter").wait_for("Checklist")
        terminal.wait_still()


SIZES = ((1, 1), (2, 1), (1, 2), (3, 3), (500, 200), (10, 5), (500, 1), (1, 200), (40, 12), (80, 24))


@needs_tmux
@pytest.mark.parametrize("key", ["", "z", "t", "c", "i", "?"] if os.environ.get("OXTUI_LONG") else ["t"])
def test_no_size_ends_it(home: Path, key: str) -> None:
    """With a dialog, a field or a page open; at last the rows are as wide and as many as the terminal."""
    with open_at(home) as terminal:
        at_home(terminal).press("enter").wait_for("Checklist")
        terminal.wait_still()
        if key:
            terminal.press(key)
            terminal.wait_still()
        heads = terminal.screen()[0].split("  ")[:2]
        for cols, rows in SIZES:
            terminal.resize(cols, rows)
            time.sleep(0.2)
            assert terminal.alive(), (cols, rows)
        terminal.wait_still(0.3)
        assert terminal.screen()[0].split("  ")[:2] == heads
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0


# -- hands
SENTENCE = "the client says hello 12 times"


@needs_tmux
@pytest.mark.parametrize("rate", [3, 8, 30])
@pytest.mark.parametrize("keys", ["", "enter", "?", "enter t"], ids=["Home", "a case", "help", "a template"])
@at_length
def test_a_sentence_for_another_window_writes_nothing(home: Path, keys: str, rate: int) -> None:
    service = new_service(home.parent, agent="ben")
    before = {case_id: len(case["log"]) for case_id, case in service.store.snapshot().items()}
    with open_at(home) as terminal:
        at_home(terminal)
        for key in keys.split():
            terminal.press(key)
            terminal.wait_still()
        for sign in SENTENCE:
            terminal.press(sign, gap=1 / rate)
        terminal.wait_for("Was that meant for another window?")
        assert {case_id: len(case["log"]) for case_id, case in service.store.snapshot().items()} == before


@needs_tmux
@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 44)], ids=["40x12", "80x24", "120x44"])
@at_length
def test_a_refusal_a_hundred_times_takes_no_row_away(home: Path, size: tuple[int, int]) -> None:
    with open_at(home, *size) as terminal:
        at_home(terminal).press("enter").wait_for("How is Email Essentials")
        for _ in range(40):
            terminal.wait_still(0.1)
            if any("▸" in row and "Cancel" in row for row in terminal.screen()):
                break
            terminal.press("down")
        unrefused = terminal.wait_still(0.3)
        terminal.press("space")
        refused = terminal.wait_still(0.3)
        assert refused != unrefused
        for place in range(100):
            terminal.press("space", gap=0.1 if place < 20 else 0.02)
        assert terminal.wait_still(0.5) == refused
        terminal.press("up", "down")
        assert terminal.wait_still(0.5) in (refused, unrefused)


@needs_tmux
@pytest.mark.parametrize("rate", [2, 3, 4, 6])
@at_length
def test_quick_answers_are_all_kept(home: Path, rate: int) -> None:
    """Six keys that all act are no sentence for another window, however fast they come."""
    service = new_service(home.parent, agent="ben")
    case_id, document = next(iter(service.store.snapshot().items()))
    begun_with = len(document["log"])
    with open_at(home) as terminal:
        at_home(terminal).press("enter").wait_for("How is Email Essentials")
        terminal.wait_still()
        terminal.press("1", "1", "1", "1", "space", "enter", gap=1 / rate)
        terminal.wait_still(1.5)
        assert "window" not in terminal.text()
        log = [str(event["what"]) for event in service.store.snapshot()[case_id]["log"][begun_with:]]
        assert log == ["answered", "answered", "answered", "ticked", "answered"]
