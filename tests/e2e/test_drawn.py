"""What a terminal really shows: rows that a widget has left are painted over, whoever asked where it was."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.drive.case import DOMAIN, new_service
from tests.drive.terminal import TMUX
from tests.e2e.faults import open_at

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.skipif(TMUX is None, reason="no tmux")]

# A message that leaves a part of its rows free, as Textual's own do: there old rows would be seen.
NARROW = """
import oxtui.app
oxtui.app.OxtuiApp.CSS = "Toast { width: 48; }"
import oxtui.cli
raise SystemExit(oxtui.cli.main())
"""


@pytest.mark.parametrize("words", [(sys.executable, "-m", "oxtui"), (sys.executable, "-c", NARROW)])
def test_what_is_told_leaves_no_old_rows_beside_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    new_service(tmp_path).start(DOMAIN)
    with open_at(tmp_path / "oxhome", 80, 24, words) as terminal:
        terminal.wait_for("brightside")
        terminal.press("enter").wait_for("Call flow")
        terminal.wait_still()
        terminal.press("1").wait_for("Authentication comes first")
        lines = terminal.wait_still()
        end = next(place for place, line in enumerate(lines) if line.lstrip().startswith("╰"))
        assert not any(sign in line for line in lines[end + 1 :] for sign in "│╰├"), "\n".join(lines)
        terminal.wait_gone("Authentication comes first")
        lines = terminal.wait_still()
        assert sum(line.lstrip().startswith("╰") for line in lines) == 1, "\n".join(lines)
