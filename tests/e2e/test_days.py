"""A case that waits, by keys in a real terminal: from the order to its end over four days.

Each day is one start of the program with the clock moved; what a day leaves is where the next begins.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from oxtui.cases.case import Case
from oxtui.clock import Clock
from oxtui.service import Service
from tests.core.dns_server import DnsServer
from tests.drive.case import DOMAIN, service_at
from tests.drive.terminal import TMUX
from tests.e2e.dns_floor import PROGRAM, Floor, zone
from tests.e2e.pane import BOXES, Pane
from tests.e2e.test_walks import in_office_365

MONDAY, TUESDAY, THURSDAY = "2026-11-23T10:46:00+11:00", "2026-11-24T11:10:00+11:00", "2026-11-26T11:30:00+11:00"

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.skipif(TMUX is None, reason="no tmux")]


@dataclass
class Story:
    """A home on a floor, day by day."""

    floor: Floor
    home: Path

    def service(self, now: str) -> Service:
        return service_at(self.home, "ben", Clock(datetime.fromisoformat(now)), config=self.floor.config)

    def case(self, now: str) -> Case:
        return self.service(now).find(DOMAIN)

    def status(self, now: str) -> str:
        """How Home shows the case, on that day."""
        (row,) = self.service(now).overviews()
        return row.status

    @contextmanager
    def day(self, now: str) -> Iterator[Pane]:
        """The program from its start to its end, on that day."""
        with self.floor.pane(self.home, now) as terminal:
            yield Pane(terminal, self.service(now))
            terminal.press("ctrl+q")
            assert terminal.exit_status() == 0

    def oxtui(self, *words: str, now: str) -> str:
        """What the command line says on that home."""
        env = {**os.environ, **self.floor.env(self.home, now)}
        done = subprocess.run(
            [PROGRAM, *words], env=env, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with DnsServer() as server:
        zone(server, DOMAIN, "0 brightside-com-au.mail.protection.outlook.com.")
        floor = Floor(tmp_path_factory.mktemp("days"), server.resolver)
        yield Story(floor, floor.home("home"))


def waits(pane: Pane, until: str) -> None:
    """Put the case on hold for Platform Support."""
    pane.keys("w", "waits for Platform Support")
    pane.keys("enter", "Until when")
    pane.text(until)
    pane.does("enter")
    pane.terminal.wait_for("Waits for Platform Support until")


def resumes(pane: Pane) -> None:
    """Say that the wait is over; the case tells what was done last."""
    pane.keys("w", "the wait is over")
    pane.does("1")
    pane.terminal.wait_for("Last done:")


def test_a_case_over_four_days(story: Story) -> None:
    with story.day(MONDAY) as pane:
        in_office_365(pane)
        waits(pane, "1d")
    case = story.case(MONDAY)
    assert case.evidence and case.evidence["owner"] == "office365"
    assert (story.status(MONDAY), story.status(TUESDAY)) == ("waiting", "due")

    with story.day(TUESDAY) as pane:
        pane.terminal.wait_for_all("1 due", "waits: Platform Support")
        pane.keys("enter", "Checklist")
        resumes(pane)
        assert "Raised a JIRA" in pane.terminal.text()
        pane.does("b")
        pane.keys("2 3")
        pane.text("the password is wrong")
        pane.does("enter")
        pane.keys("1")
        pane.does("enter")
        pane.locked()
        pane.keys("t", "Password of")
        pane.paste("pass-9")
        pane.keys("enter")
        pane.copy()
        pane.keys("space")
        pane.does("enter")
        waits(pane, "2d")
    sent = story.case(TUESDAY)
    assert sent.status("jira-result").done == 1
    note = story.oxtui("notes", DOMAIN, now=TUESDAY)
    assert "JIRA result: returned (the password is wrong) for info@" in note and "pass-" not in note

    with story.day(THURSDAY) as pane:
        pane.terminal.wait_for("1 due")
        pane.keys("enter", "Checklist")
        resumes(pane)
        pane.does("a")
        pane.locked()
        for _ in range(2):  # completed, works
            pane.keys("1")
            pane.does("enter")
        pane.cancel()
        pane.does("space")
        pane.close()
    (row,) = json.loads(story.oxtui("cases", "--all", "--json", now=THURSDAY))
    assert (row["status"], row["hold"], row["next"]) == ("closed", None, None)
    note = story.oxtui("notes", DOMAIN, now=THURSDAY)
    for day in ("Mon 23/11/2026", "Tue 24/11/2026", "Thu 26/11/2026"):
        assert day in note
    assert "Cancelled" in note and all(box in note for box in BOXES) and "pass-" not in note
