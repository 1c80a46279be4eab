"""Random keys and kill -9 at a random moment through the whole program: what was shown as done is there.

`OXTUI_LONG=1` goes 1,000 rounds in place of a few; OXTUI_ROUNDS names another number.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.cases.case import Case
from tests.conftest import NOW
from tests.drive.case import begun, new_service
from tests.drive.terminal import TMUX, Terminal
from tests.e2e.faults import ROOT, opened
from tests.e2e.proved import proved

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")

FORKS = """
import os, sys, termios
import oxtui.cli, oxtui.app, oxtui.screens.home.screen, oxtui.screens.case.screen
gate, told = sys.argv[1:]
saved = termios.tcgetattr(0)
while True:
    home = open(gate).read().strip()
    child = os.fork()
    if not child:
        os._exit(oxtui.cli.main(["--home", home]))
    with open(told, "w") as file:
        file.write(f"{child}\\n")
    os.waitpid(child, 0)
    open(gate).read()  # the last screen stands until it has been looked at
    termios.tcsetattr(0, termios.TCSAFLUSH, saved)  # keys that were not read any more are not for the next one
    os.write(1, b"\\x1bcround over")
"""
KEYS = ("space", "space", "1", "1", "2", "enter", "j", "k", "down", "u")
SURE = 3
"""So many answers of a round are given in order, and seen, before keys fall at random: no round proves nothing."""


# read here, because every test runs without the variables of the person at the machine
ROUNDS = int(os.environ.get("OXTUI_ROUNDS") or ("1000" if os.environ.get("OXTUI_LONG") else "8"))
SEED = int(os.environ.get("OXTUI_SEED") or "7")


@needs_tmux
def test_random_keys_and_kill_9_lose_nothing_that_was_shown(tmp_path: Path) -> None:
    """The program is forked from one that has its modules read already: a round takes a second, not three."""
    chance = random.Random(SEED)
    gate, told, script = tmp_path / "gate", tmp_path / "told", tmp_path / "forks.py"
    os.mkfifo(gate), os.mkfifo(told)  # type: ignore[attr-defined]
    script.write_text(FORKS)
    env = {"OXTUI_NOW": NOW, "OXTUI_AGENT": "anna", "TZ": "Australia/Melbourne", "PYTHONPATH": str(ROOT)}
    shown = killed = 0
    with Terminal([sys.executable, script, gate, told], 120, 50, env, cwd=ROOT) as terminal:
        for number in range(ROUNDS):
            if number % 10 == 0:
                place = tmp_path / f"h{number}"
                scenario = 1 + number // 10 % 3
                case = begun(new_service(place), scenario=scenario)
                proved(place / "oxhome")
            gate.write_text(f"{place / 'oxhome'}\n")
            child = int(told.read_text())
            terminal.wait_for("brightside")
            opened(terminal, scenario)
            before = new_service(place).case(case.id)
            answers = answered(terminal, before)
            assert check(place, case, terminal.screen()) >= SURE, "what is shown as done is not seen here"
            end = time.monotonic() + chance.uniform(0.05, 0.9)
            while time.monotonic() < end:
                terminal.press(chance.choice(KEYS), gap=chance.choice((0, 0.01, 0.06)))
            os.kill(child, signal.SIGKILL)  # type: ignore[attr-defined]
            killed += 1
            shown += check(place, case, terminal.screen())
            gate.write_text("seen\n")
            kept = new_service(place).case(case.id).log[len(before.log) :]
            if not any(entry.what == "undone" and entry.get("typed") for entry in kept):  # the former value at once
                assert answers <= {(entry.get("item"), tuple(entry.get("value") or ())) for entry in kept}
            terminal.wait_for("round over")
    print(f"\n{killed} rounds, {SURE * killed} answers seen, {shown} items shown as done at the end, none lost")


def answered(terminal: Terminal, case: Case) -> set[tuple[str, tuple[str, ...]]]:
    """Give the first questions that rest on nothing another answer than they have, and see each shown as done."""
    assert case.scenario
    items = list(case.scenario.items())
    plain = [item for item in items if item.select == "one" and not item.when and not item.after and not item.each]
    plain = [item for item in plain if len(item.answers) > 1 and not any(each.asks for each in item.answers[:2])]
    given: set[tuple[str, tuple[str, ...]]] = set()
    for item in plain[:SURE]:
        which = 1 if any(mark.value == (item.answers[0].id,) for mark in case.marks(item.id).values()) else 0
        cursor_to(terminal, item.text)
        terminal.press(str(which + 1))
        terminal.wait_still()
        cursor_to(terminal, item.text)  # a step that is done is drawn in one row until the cursor is in it
        terminal.wait_for(in_checklist(f"✓ {item.text} {item.answers[which].text}"), 15)
        given.add((item.id, (item.answers[which].id,)))
    return given


def cursor_to(terminal: Terminal, text: str) -> None:
    """Put the cursor on the row that begins with a text, from the first row down."""
    terminal.press("home").wait_still()
    for _ in range(40):
        if any(re.search(rf"▸.? ?{re.escape(text[:30])}", line) for line in terminal.screen()):
            return
        terminal.press("down").wait_still()
    raise AssertionError(f"no row {text!r}\n{terminal.text()}")


def in_checklist(text: str) -> Callable[[list[str]], bool]:
    """Whether the left half of a screen holds a text, its rows put one behind the other."""
    return lambda lines: text in " ".join(" ".join(line[2:65].rstrip(" │") for line in lines).split())


def check(place: Path, case: Case, screen: list[str]) -> int:
    """Every item that the screen shows as done has its entry in the file, which is whole."""
    service = new_service(place)
    now = service.case(case.id)
    assert service.store.take_restored() == [] and now.altered == ()
    assert [entry.seq for entry in now.log] == list(range(1, len(now.log) + 1))
    there = {entry.get("item") for entry in now.log if entry.what in ("ticked", "answered", "quote")}
    items = [item for scenario in now.procedure.scenarios.values() for item in scenario.items()]
    found = 0
    for line in screen:
        match = re.search(r"[│ ][▸ ]✓ (\S.{8,30})", line)
        if match:
            head = match[1].split("  ")[0].rstrip(" …")
            names = {item.id for item in items if item.text.startswith(head)}
            if names:
                assert names & there, f"{head!r} was shown as done and is not there\n" + "\n".join(screen)
                found += 1
    return found
