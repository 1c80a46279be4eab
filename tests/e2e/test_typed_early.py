"""Keys typed before the program reads the terminal: while a new playbook is proved."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.drive.terminal import Terminal
from tests.e2e.faults import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_what_is_typed_while_the_playbook_is_proved_arrives_with_its_enter(tmp_path: Path) -> None:
    env = {"OXTUI_HOME": str(tmp_path / "home"), "OXTUI_NOW": NOW, "OXTUI_AGENT": "anna", "TZ": "Australia/Melbourne"}
    with Terminal([sys.executable, "-m", "oxtui"], 80, 24, env, cwd=ROOT) as terminal:
        terminal.wait_for("being proved")
        terminal.press("n").type("example.com").press("enter")
        terminal.wait_for("Authenticate the client first")
        assert "example.com" in terminal.text()
