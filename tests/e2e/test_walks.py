"""A whole case in a real terminal, through the installed program: the phone rings, and the case is closed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from oxtui.service import Service
from tests.drive.case import DOMAIN, new_service
from tests.drive.terminal import TMUX, Terminal
from tests.e2e.proved import proved

pytestmark = pytest.mark.e2e
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")

COPY = "y"
"""After it the copy's own event is waited for."""
READING = 1.5
"""Seconds for which the box of a cancellation is looked at before an enter counts."""


class Pane:
    """The program in a pane, and a second look at its home."""

    def __init__(self, terminal: Terminal, service: Service) -> None:
        self.terminal = terminal
        self.service = service

    def keys(self, keys: str) -> None:
        """Press keys one after another, each when the screen has come to rest."""
        for key in keys.split():
            self.terminal.press(key)
            self.terminal.wait_still()
            if key == COPY:
                self.terminal.wait_still(0.5)

    def text(self, text: str) -> None:
        self.terminal.type(text)
        self.terminal.wait_still()

    def cancel(self) -> None:
        """The cancellation under the cursor in its two steps, looked at before each."""
        self.keys("enter")
        for _ in range(2):
            time.sleep(READING)
            self.keys("enter")
            self.terminal.wait_still(0.5)

    def endings(self) -> list[str]:
        return [str(row["ending"]) for row in self.service.store.archive.by_domain(DOMAIN)]


@needs_tmux
def test_scenario_1_from_the_ringing_phone_to_closed(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    home = service.places.home
    proved(home)
    command = [sys.executable, "-m", "oxtui", "--home", home]
    with Terminal(command, 80, 24, {"OXTUI_AGENT": "anna", "OXTUI_NOW": "2026-11-23T10:46:00+11:00"}) as terminal:
        terminal.wait_for("No open case", 15)
        pane = Pane(terminal, service)
        pane.keys("n")
        pane.text(DOMAIN)
        pane.keys("tab tab tab tab")
        pane.text(f"anna@{DOMAIN}")
        pane.keys("enter a 1")
        terminal.wait_for("How is")
        pane.keys("1 1 1")  # billed now, licence, billed next
        pane.keys("y 1 1 1 1")  # the notice, through the chat; its reason; ordered, completed
        pane.keys("space enter")  # the mailbox has moved
        pane.text("1/12")
        pane.keys("enter 1 1")  # its next invoice; Essentials runs, no workflows
        pane.cancel()
        pane.keys("space 1 z enter")  # the billing lines, gone at Microsoft
        terminal.wait_for("No open case")
        assert pane.endings() == ["complete"]
