"""A marked password through the whole program: it is nowhere but in memory and, for the countdown, on the clipboard."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.core.clipboard_help import x_server
from tests.drive.case import CONFIG, new_service
from tests.drive.terminal import TMUX, Terminal
from tests.drive.waiting import PATIENCE, until
from tests.e2e.proved import proved
from tests.e2e.secret_case import BOXES, new_marker, walked

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")


@pytest.fixture
def marker() -> str:
    """A password that is nowhere else on this machine."""
    return new_marker()


# -- through a real terminal
@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with that case, and the time zone that a test is given."""
    place = tmp_path_factory.mktemp("prepared")
    walked(new_service(place))
    proved(place / "oxhome")
    return place / "oxhome"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A headless X server where one is installed; otherwise only the tmux buffer is tried."""
    if not (shutil.which("Xvfb") and shutil.which("xclip")):
        yield ""
        return
    with x_server() as name:
        yield name


# A fault of the program, put in from outside: what it holds then is a password and a client's name.
FAULT = """
from oxtui.screens.pages import help
def fails(self):
    (secret, *_) = self.app.service._secrets.values()
    client, password = self.app.service.overviews()[0].domain, secret.reveal()
    raise RuntimeError(f"for {client}: {password}")
help.HelpScreen.compose = fails
import oxtui.cli
raise SystemExit(oxtui.cli.main())
"""
PROGRAM = ("-m", "oxtui")
COUNTDOWN = 8
"""Seconds: what a copy holds is looked at before they are over, on a slow machine too."""


class Pane:
    """The program on a case that waits for its passwords, with a countdown of so many seconds."""

    def __init__(
        self, tmp: Path, prepared: Path, display: str, seconds: int, program: tuple[str, ...] = PROGRAM
    ) -> None:
        self.tmp, self.display, self.began = tmp, display, time.time() - 1
        config = tmp / "config"
        shutil.copytree(CONFIG, config)
        settings = config / "settings.yaml"
        settings.write_text(
            re.sub(
                r'clipboard_clear_seconds: "\d+"',
                f'clipboard_clear_seconds: "{seconds}"',
                settings.read_text(),
            )
        )
        (tmp / "person").mkdir()
        (tmp / "tmp").mkdir()
        shutil.copytree(prepared, tmp / "oxhome")
        env = {
            "OXTUI_HOME": str(tmp / "oxhome"), "OXTUI_CONFIG": str(config), "OXTUI_NOW": NOW,
            "OXTUI_AGENT": "anna", "TZ": "Australia/Melbourne", "HOME": str(tmp / "person"),
            "XDG_CACHE_HOME": str(tmp / "person/cache"), "XDG_DATA_HOME": str(tmp / "person/data"),
            "TMPDIR": str(tmp / "tmp"), "TEXTUAL_LOG": str(tmp / "textual.log"),
            **({"DISPLAY": display} if display else {}),
        }  # fmt: skip
        self.terminal = Terminal([sys.executable, *program], 120, 45, env, cwd=ROOT)

    def __enter__(self) -> Pane:
        terminal = self.terminal
        terminal.wait_for("brightside")
        terminal.press("enter").wait_for("Checklist")
        return self

    def __exit__(self, *_: object) -> None:
        self.terminal.close()

    def typed(self, text: str) -> None:
        """Text typed by hand: as keys, not as a paste; it is in no argument of ours."""
        self.terminal.tmux("load-buffer", "-b", "hands", "-", given=text)
        self.terminal.tmux("paste-buffer", "-r", "-d", "-b", "hands")

    def give(self, marker: str) -> None:
        """Fill the template: both passwords are typed by hand."""
        terminal = self.terminal
        terminal.press("t").wait_for("Accounts that need reversals")
        terminal.wait_still(0.1)
        terminal.type("yesterday").press("enter").wait_for("21/11/2026")
        terminal.wait_still(0.1)
        self.ask()
        for box, mark in zip(BOXES, "TU", strict=True):
            terminal.wait_for(f"Password of {box}")
            self.typed(marker + mark)
            terminal.wait_for("•" * len(marker + mark))
            terminal.press("enter")
        terminal.wait_gone("Password of")

    def ask(self) -> None:
        """The dialog for a password, by enter on its line."""
        terminal = self.terminal
        for _ in range(8):
            if "Password of" in terminal.text():
                return
            terminal.press("enter").wait_still(0.15)
        raise AssertionError(terminal.text())

    def on_x(self) -> str:
        words = ["xclip", "-selection", "clipboard", "-o"]
        env = {"PATH": os.environ["PATH"], "DISPLAY": self.display}
        return subprocess.run(words, env=env, capture_output=True, timeout=PATIENCE).stdout.decode()

    def to_x(self, text: str) -> None:
        env = {"PATH": os.environ["PATH"], "DISPLAY": self.display}
        subprocess.run(
            ["xclip", "-selection", "clipboard"], input=text.encode(), env=env, timeout=PATIENCE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        until(lambda: self.on_x() == text)

    def copy(self, told: str = "Copied") -> None:
        terminal = self.terminal
        terminal.wait_still(0.1)
        terminal.press("y").wait_for(re.compile(f"lines? missing|the template alone|{told}"))
        if re.search(r"lines? missing\?", terminal.text()):
            terminal.press("enter").wait_for(re.compile(f"the template alone|{told}"))
        if "the template alone" in terminal.text():
            terminal.press("1")
        terminal.wait_for(told)

    def places(self) -> list[str]:
        """Where a copy can be now."""
        try:
            buffers = self.terminal.buffers()
        except RuntimeError:  # one was removed between listing and reading
            return self.places()
        return [*buffers, *([self.on_x()] if self.display else [])]

    def where(self, marker: str) -> list[str]:
        """Every file that was written since the start and holds the marker."""
        found = []
        roots = [self.tmp, Path("/tmp"), self.terminal.socket.parent]
        for root in roots:
            for folder, folders, names in os.walk(root):
                if root == Path("/tmp"):
                    folders[:] = []  # what lies in it itself: left-over files of programs
                for name in names:
                    path = Path(folder, name)
                    try:
                        fresh = path.is_file() and path.stat().st_mtime >= self.began and path.stat().st_size < 5e7
                        if fresh and marker.encode() in path.read_bytes():
                            found.append(str(path))
                    except OSError:
                        continue
        return found


class Arguments(threading.Thread):
    """Reads the arguments and the environment of every process, again and again."""

    def __init__(self, marker: str) -> None:
        super().__init__(daemon=True)
        self.marker, self.over, self.found, self.looks = marker.encode(), False, set[str](), 0

    def __enter__(self) -> Arguments:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over = True
        self.join()

    def run(self) -> None:
        while not self.over:
            self.looks += 1
            time.sleep(0.03)
            for path in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        data = (path / name).read_bytes()
                    except OSError:
                        continue
                    if self.marker in data:
                        self.found.add(data.replace(b"\0", b" ").decode("utf-8", "replace")[:200])


@needs_tmux
def test_a_marked_password_is_found_nowhere(tmp_path: Path, prepared: Path, display: str, marker: str) -> None:
    """Typed by hand and pasted; copied, cleared by the countdown; copied over by somebody; the end."""
    with Arguments(marker) as watcher, Pane(tmp_path, prepared, display, COUNTDOWN) as pane:
        terminal = pane.terminal
        pane.give(marker)
        assert marker not in terminal.text() and "••••" in terminal.text()
        before = time.monotonic()
        pane.copy()
        there = pane.places()
        assert len(there) == (2 if display else 1)
        for place in there:
            assert all(f"{box} : {marker}{mark}" in place for box, mark in zip(BOXES, "TU", strict=True))
        assert marker not in terminal.text()
        until(lambda: not any(marker in place for place in pane.places()))
        assert time.monotonic() - before >= COUNTDOWN, "not before the countdown has ended"
        terminal.wait_for("Cleared")
        # a second time: pasted over what was typed, and somebody copies something else meanwhile
        terminal.press("t").wait_still(0.1)
        terminal.press("end")
        pane.ask()
        terminal.paste("\n".join(f"{box} : {marker}{n}" for n, box in enumerate(BOXES))).wait_gone("Password of")
        pane.copy()
        # the copy holds what was pasted
        until(lambda: all(f"{BOXES[1]} : {marker}1" in place for place in pane.places()))
        terminal.tmux("load-buffer", "-", given="theirs")
        if display:
            pane.to_x("theirs")
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0
        assert pane.places() == ["theirs"] * (2 if display else 1), "ours is gone, theirs is left alone"
        assert watcher.looks > 3 and not watcher.found, watcher.found
        assert marker.encode() not in terminal.raw()
        assert pane.where(marker) == []
        assert not (tmp_path / "textual.log").exists() or marker not in (tmp_path / "textual.log").read_text()


@needs_tmux
@pytest.mark.parametrize("end", ["ctrl+q", "SIGTERM", "closed pane", "crash"])
def test_the_end_of_the_program_takes_a_secret_back(
    tmp_path: Path, prepared: Path, display: str, marker: str, end: str
) -> None:
    program = ("-c", FAULT) if end == "crash" else PROGRAM
    with Pane(tmp_path, prepared, display, 60, program) as pane:
        terminal = pane.terminal
        pane.give(marker)
        pane.copy()
        assert all(marker in place for place in pane.places())
        if end == "SIGTERM":
            terminal.signal(signal.SIGTERM, wait=False)
            assert terminal.exit_status() == 143
        elif end == "closed pane":
            terminal.tmux("set", "-g", "exit-empty", "off")
            terminal.tmux("kill-pane")
            until(lambda: not any(marker in place for place in pane.places()))
            until(lambda: not Path(f"/proc/{terminal.pid}").exists())
        elif end == "crash":
            terminal.press("?")
            assert terminal.exit_status() == 1
            told = terminal.raw().rpartition(b"\x1b[?1049l")[2].decode()
            assert "oxtui stopped because of an error in the program (RuntimeError)" in told and "Traceback" not in told
            assert len(told.strip().splitlines()) <= 5 and "brightside" not in told, told
            log = (tmp_path / "oxhome" / "oxtui.log").read_text()
            assert "RuntimeError" in log and "fails" in log and "brightside" not in log
        else:
            terminal.press(end)
            assert terminal.exit_status() == 0
        assert not any(marker in place for place in pane.places())
        assert pane.where(marker) == []
        assert marker.encode() not in terminal.raw()


BARE = """
import os
for name in ("TMUX", "TMUX_PANE", "DISPLAY"):
    os.environ.pop(name, None)
import oxtui.cli
raise SystemExit(oxtui.cli.main())
"""


@needs_tmux
def test_where_only_the_terminal_takes_copies_a_blank_goes_over_it_at_the_end(
    tmp_path: Path, prepared: Path, marker: str
) -> None:
    with Pane(tmp_path, prepared, "", 60, ("-c", BARE)) as pane:
        pane.give(marker)
        pane.copy("not verified")
        assert any(marker in text for text in pane.terminal.osc52())
        pane.terminal.signal(signal.SIGTERM, wait=False)
        assert pane.terminal.exit_status() == 143
        assert pane.terminal.osc52()[-1] == " "
        assert pane.where(marker) == []
