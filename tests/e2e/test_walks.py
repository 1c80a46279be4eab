"""Whole cases in a real terminal, through the installed program, from the ringing phone to closed.

The keys are counted as in tests/tui/test_key_budget.py: each press but typed text and `tab` between the fields of a
form. On the way each wrong shortcut is tried, and refused: it is not counted, and it writes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drive.case import DOMAIN, service_at
from tests.drive.terminal import TMUX
from tests.e2e.dns_floor import Floor
from tests.e2e.pane import BOXES, Pane

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.skipif(TMUX is None, reason="no tmux")]

NOW = "2026-11-23T10:46:00+11:00"
SILENT = "127.0.0.1:9"


SIZES = [(80, 24), (120, 40)] if os.environ.get("OXTUI_LONG") else [(80, 24)]
"""The wider pane takes as long again, and its keys are counted in the process too (tui/test_key_budget.py)."""


@pytest.fixture(params=SIZES, ids=[f"{cols}x{rows}" for cols, rows in SIZES])
def pane(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pane]:
    """The installed program on a fresh home, on a floor whose DNS answers nothing."""
    cols, rows = request.param
    floor = Floor(tmp_path, SILENT, timeout_s="1")
    home = floor.home("home")
    with floor.pane(home, NOW, cols=cols, rows=rows) as terminal:
        yield Pane(terminal, service_at(home, "ben"))
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0


def test_scenario_1_in_24_keys(pane: Pane) -> None:
    pane.begin("1")
    pane.does("1 1 1")  # billed now, licence, billed next
    pane.copy()  # the notice for the chat
    pane.does("1 1 1 1")  # through the chat; its reason; ordered, completed
    pane.locked()
    pane.keys("space")
    pane.does("enter")  # both mailboxes have moved
    pane.text("1/12")
    pane.does("enter")  # the next invoice
    pane.locked()  # whether Essentials still runs is not known yet
    pane.does("1 1")  # it runs, no workflows
    pane.cancel()
    pane.not_complete()
    pane.does("space 1")  # the billing lines, gone at Microsoft
    pane.close()
    assert pane.pressed <= 24


def in_office_365(pane: Pane) -> None:
    """Scenario 2 from `n` to a raised JIRA."""
    pane.begin("2")
    pane.does("1 1 1 1")  # OX-Mail runs, licence, billing now and next
    pane.does("space 1 1")  # SME, ordered, completed
    pane.locked()
    for _ in range(2):  # DNS, devices
        pane.keys("1")
        pane.does("enter")
    pane.does("1 1 1 1 1")  # NS, MX, SPAM-Experts, webmail, nothing missing
    pane.locked()
    pane.keys("t")
    pane.text("12/9")
    pane.keys("enter")  # when it started; then the passwords
    pane.paste("\n".join(f"{box} : pass-{place}" for place, box in enumerate(BOXES)))
    pane.copy()
    pane.paste("HOST-4412")  # the number out of JIRA, on the item that asks for it
    pane.does("enter")
    pane.locked()


def test_scenario_2_in_34_keys(pane: Pane) -> None:
    in_office_365(pane)
    pane.keys("1")
    pane.does("enter")  # completed
    pane.locked()  # the client has not said so yet
    pane.keys("1")
    pane.does("enter")  # works
    pane.cancel()
    pane.not_complete()
    pane.does("space")
    pane.close()
    assert pane.pressed <= 34


def test_scenario_2_with_one_mailbox_returned_in_42_keys(pane: Pane) -> None:
    in_office_365(pane)
    pane.keys("2 3")  # returned, for the second
    pane.text("the password is wrong")
    pane.does("enter")
    pane.locked()
    pane.keys("1")
    pane.does("enter")  # completed for the first
    pane.locked()
    pane.copy()
    pane.keys("space")
    pane.does("enter")  # sent again, no new number
    pane.locked()
    for _ in range(2):  # completed, works
        pane.keys("1")
        pane.does("enter")
    pane.cancel()
    pane.does("space")
    pane.close()
    assert pane.pressed <= 42


def test_scenario_3_in_30_keys(pane: Pane) -> None:
    pane.begin("3")
    pane.keys("2 enter")
    pane.does("enter")  # sending or receiving, for both
    pane.does("1 1 1 1 1")  # NS, DNS, webmail, settings, SPAM-Experts
    pane.keys("2")
    pane.does("enter")  # not solved, for both
    pane.not_complete()
    pane.keys("t")
    for typed in ("12/9", "", f"test@{DOMAIN}", BOXES[0], "a test", "23/11 10:30"):
        if typed:
            pane.text(typed)
            pane.keys("enter")
        else:
            pane.keys("1")  # a choice
    pane.copy()
    pane.paste("00123456")
    pane.does("enter 1 1")
    pane.close()
    assert pane.pressed <= 30
