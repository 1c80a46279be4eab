"""Two agents in two terminals, each on a home of their own, and the server between them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.scenarios import Choose
from oxtui.clock import Clock
from tests.drive.terminal import TMUX, Terminal
from tests.drive.waiting import until
from tests.e2e.proved import proved
from tests.floor import cluster
from tests.floor.agents import ServerAgent
from tests.floor.cluster import SLOWER, TOLD_SECONDS

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.e2e,
    pytest.mark.skipif(TMUX is None, reason="no tmux"),
    pytest.mark.skipif(bool(cluster.why_not()), reason=cluster.why_not()),
]
SEEN_SECONDS = 2.0
"""Seconds until one agent sees what another has done."""


@pytest.fixture
def server() -> Iterator[cluster.Cluster]:
    with cluster.running() as found:
        found.new_floor("floor", "anna", "ben", "carla")
        yield found


def pane(server: cluster.Cluster, home: Path, name: str, cols: int = 120, rows: int = 40) -> Terminal:
    proved(home / name)
    words = [sys.executable, "-m", "oxtui", "--floor", server.address(name), "--home", str(home / name)]
    return Terminal(words, cols, rows, {"TZ": "Australia/Melbourne"}, cwd=ROOT)


def seconds_to(terminal: Terminal, true: Callable[[str], object]) -> float:
    """How long it takes until the screen shows something."""
    began = time.monotonic()
    terminal.wait_for(lambda lines: bool(true("\n".join(lines))))
    return time.monotonic() - began


def a_case(server: cluster.Cluster, home: Path) -> tuple[ServerAgent, str]:
    """A case of scenario 2 that Carla has begun."""
    carla = ServerAgent(server.address("carla"), home / "carla", Clock())
    until(lambda: not carla.outbox.floor.away)
    case = carla.service.start("brightside.com.au", mailboxes=("jo@brightside.com.au",))
    for command in (BeginCall("client"), Choose(2)):
        carla.service.change(case.id, command)
    return carla, case.id


def test_two_agents_see_each_other_within_two_seconds(server: cluster.Cluster, tmp_path: Path) -> None:
    carla, case_id = a_case(server, tmp_path)
    with pane(server, tmp_path, "anna") as anna, pane(server, tmp_path, "ben", 80, 24) as ben:
        for each in (anna, ben):
            each.wait_for("3 nobody's")
            each.press("2").wait_for("brightside.com.au")
        anna.press("enter").wait_for("Checklist")
        assert seconds_to(ben, lambda text: "anna is in it" in text) < SEEN_SECONDS * SLOWER
        ben.press("enter").wait_for("anna has been in this case since")
        ben.press("enter").wait_for("also here: anna")
        assert seconds_to(anna, lambda text: "also here: ben" in text) < SEEN_SECONDS * SLOWER
        anna.press("a").wait_for("✓ authenticated")
        anna.press("1")  # OX-Mail is still running
        anna.wait_for("1/18")
        assert seconds_to(ben, lambda text: "1/18" in text) < SEEN_SECONDS * SLOWER
        assert seconds_to(ben, lambda text: "still running" in text) < SEEN_SECONDS * SLOWER
    case = carla.service.case(case_id)
    assert [event.agent for event in case.log if event.what == "answered"] == ["anna"]
    carla.end()


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_server_that_is_gone_is_told_and_what_is_done_survives_a_kill_of_the_program(
    server: cluster.Cluster, tmp_path: Path, how: str
) -> None:
    carla, case_id = a_case(server, tmp_path)
    with pane(server, tmp_path, "anna") as anna:
        anna.wait_for("3 nobody's")
        anna.press("2").wait_for("brightside.com.au")
        anna.press("T").wait_for("is yours now")
        anna.press("enter").wait_for("Checklist")
        anna.press("a").wait_for("✓ authenticated")
        server.signal_all(signal.SIGSTOP) if how == "stopped" else server.kill()  # type: ignore[attr-defined]
        assert seconds_to(anna, lambda text: "FLOOR AWAY since" in text) < TOLD_SECONDS * SLOWER
        anna.press("1")
        assert seconds_to(anna, lambda text: "1 kept" in text) < 1.0 * SLOWER, "no key waits for the server"
        anna.press("n").wait_for("ctrl+s")
        anna.type("rang back").press("ctrl+s").wait_for("2 kept")
        anna.kill9()
    with pane(server, tmp_path, "anna") as anna:
        anna.wait_for("FLOOR AWAY since")
        anna.wait_for("2 kept")
        anna.wait_for("brightside.com.au")
        server.signal_all(signal.SIGCONT) if how == "stopped" else server.start()  # type: ignore[attr-defined]
        until(lambda: "FLOOR AWAY" not in anna.text() and "saved" in anna.text())
    until(lambda: not carla.outbox.floor.away)
    until(lambda: len([e for e in carla.service.case(case_id).log if e.what in ("note", "answered")]) == 2)
    log = carla.service.case(case_id).log
    assert [(e.what, e.agent) for e in log if e.what in ("note", "answered", "late")] == [
        ("answered", "anna"), ("note", "anna"),
    ]  # fmt: skip
    carla.end()
