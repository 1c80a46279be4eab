"""`oxtui try`: a case at once in the playbook that is being edited; a sound save is taken up, a broken one reported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from oxtui.playbook.starting import start
from tests.drive.terminal import TMUX
from tests.e2e.faults import open_at

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.skipif(TMUX is None, reason="no tmux")]


def test_a_case_is_open_at_once_and_follows_what_is_saved(tmp_path: Path) -> None:
    folder = tmp_path / "article"
    start(folder, 1)
    scenario = folder / "scenarios" / "1.yaml"
    text = scenario.read_text("utf-8")
    words = [sys.executable, "-m", "oxtui", "try", str(folder), "--scenario", "1"]
    # a floor that is named is none of practice's business
    with open_at(tmp_path / "oxhome", 120, 24, words, OXTUI_FLOOR="nowhere") as terminal:
        terminal.wait_for("Does it work?")
        assert "PRACTICE" in terminal.text() and "client.example" in terminal.text()
        terminal.press("1").wait_for("no")
        scenario.write_text(text.replace("Do what the article says", "Mend it"), "utf-8")
        terminal.wait_for("Mend it")
        assert "Do what the article says" not in terminal.text()
        scenario.write_text(text.replace("    title: Mend\n", "    titel: Mend\n"), "utf-8")
        terminal.wait_for("'titel' is not a key of a step")
        assert "Mend it" in terminal.text(), "the case goes on with the last sound one"
        scenario.write_text(text, "utf-8")
        terminal.wait_for("Do what the article says")
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0
    assert not (tmp_path / "oxhome" / "cases.json").exists(), "the real home is not touched"


def test_a_scenario_that_is_not_there_is_told(tmp_path: Path) -> None:
    start(tmp_path / "article", 1)
    words = [sys.executable, "-m", "oxtui", "try", str(tmp_path / "article"), "--scenario", "2"]
    with open_at(tmp_path / "oxhome", 120, 24, words) as terminal:
        terminal.wait_for("there is no scenario 2")
        assert terminal.exit_status() == 2
