"""Terminals as they are: of another kind, tiny, inside each other, and with quick hands at them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.drive.case import new_service
from tests.drive.terminal import TMUX, Terminal
from tests.e2e.faults import at_length, home_with_a_case, open_at

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

PROGRAM = [sys.executable, "-m", "oxtui"]
NO_TMUX = ["env", "-u", "TMUX", "-u", "TMUX_PANE"]
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")
needs_screen = pytest.mark.skipif(TMUX is None or not shutil.which("screen"), reason="no tmux with GNU screen")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_with_a_case(tmp_path)


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
