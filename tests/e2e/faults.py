"""The program on a home that something goes wrong with, and what goes wrong."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.drive.case import begun, new_service
from tests.drive.terminal import Terminal
from tests.e2e.proved import proved

FIRST = "How is Email Essentials billed?"
ROOT = Path(__file__).parents[2]
at_length = pytest.mark.skipif(
    not os.environ.get("OXTUI_LONG"), reason="OXTUI_LONG=1 does it: half a minute of waiting"
)


def home_with_a_case(folder: Path) -> Path:
    """A home with one case that is begun."""
    begun(new_service(folder))
    proved(folder / "oxhome")
    return folder / "oxhome"


def open_at(home: Path, cols: int = 80, rows: int = 24, words: Sequence[str] = (), **env: str) -> Terminal:
    """The program on a home, in a terminal; `words` in the place of `python -m oxtui`."""
    proved(home)
    given = {"OXTUI_HOME": str(home), "OXTUI_NOW": NOW, "OXTUI_AGENT": "anna", "TZ": "Australia/Melbourne"}
    return Terminal(words or [sys.executable, "-m", "oxtui"], cols, rows, {**given, **env}, cwd=ROOT)


def in_case(terminal: Terminal) -> Terminal:
    """Open the only case of Home."""
    terminal.wait_for("brightside")
    terminal.press("enter").wait_for(lambda lines: any("▸" in line and FIRST in line for line in lines))
    return terminal


def opened(terminal: Terminal, scenario: int) -> None:
    """enter opens the case, or the call flow where u took its scenario back, too: then it is chosen again.

    Pressed once: a second enter, behind one that is only slow, would do something in the case.
    """
    terminal.press("enter")
    terminal.wait_for(lambda lines: any("Checklist" in line or "Call flow" in line for line in lines))
    if "Checklist" not in terminal.text():
        terminal.press(str(scenario)).wait_for("Checklist")


def row(terminal: Terminal, text: str = FIRST) -> str:
    return next((line for line in terminal.screen() if text in line), "")


def marks(home: Path, case_id: str, item: str = "billed-now") -> bool:
    """Whether the case has an answer there, as a new program reads it from the disk."""
    return bool(new_service(home.parent, agent="ben").case(case_id).marks(item))


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


def may_mount(tmp: Path) -> bool:
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount")):
        return False
    return subprocess.run(["mount", "--bind", tmp, tmp], capture_output=True).returncode == 0


HOLD = """
import fcntl, os, sys, time
file = open(sys.argv[1], "a+")
hold, rest = float(sys.argv[2]), float(sys.argv[3])
while True:
    fcntl.flock(file, fcntl.LOCK_EX)
    file.truncate(0)
    print(os.getpid(), file=file, flush=True)
    print("held", flush=True)
    time.sleep(hold)
    fcntl.flock(file, fcntl.LOCK_UN)
    time.sleep(rest)
"""


# The program with a lock limit that a test need not wait five seconds for.
IMPATIENT = (
    sys.executable, "-c",
    "import oxtui.store.local.cases as c; c.LOCK_SECONDS = 0.8; from oxtui.cli import main; raise SystemExit(main())",
)  # fmt: skip


class Holder:
    """Another process that holds the home's lock: hung (stopped), or again and again for a while."""

    def __init__(self, home: Path, hold: float = 0, rest: float = 0) -> None:
        self.hung = not hold
        self.words = [sys.executable, "-c", HOLD, str(home / "cases.lock"), str(hold or 600), str(rest)]

    def __enter__(self) -> Holder:
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE)
        assert self.process.stdout and self.process.stdout.readline()
        if self.hung:
            self.process.send_signal(signal.SIGSTOP)  # type: ignore[attr-defined]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
