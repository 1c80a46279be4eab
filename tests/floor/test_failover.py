"""A server lost with its machine, a network that drops packets: shown within 4 s, and nothing confirmed is lost."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from oxtui.cases.commands.waiting import Note
from oxtui.clock import Clock
from oxtui.errors import Unsaved
from oxtui.store.floor.store import FloorStore
from tests.core.store_help import LONG, ROOT
from tests.drive.waiting import until
from tests.floor.agents import ServerAgent
from tests.floor.cluster import TOLD_SECONDS, Cluster, running
from tests.floor.standby import PRIMARY, Standby
from tests.floor.test_probes import by
from tests.floor.test_server import case_of

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not LONG, reason="a campaign: OXTUI_LONG=1")]


class Writer:
    """Appends without end, sending again what was not confirmed; `confirmed` has the ids in their order."""

    def __init__(self, store: FloorStore) -> None:
        self.store = store
        self.document = case_of("anna")
        self.confirmed: list[str] = [self.document["log"][0]["id"]]
        store.create(self.document)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        case_id = self.document["id"]
        while not self._end.is_set():
            seq = len(self.confirmed) + 1
            event = by("anna", case_id, seq)
            while not self._end.is_set():
                try:
                    assert self.store.append(case_id, seq - 1, [event]) is None
                except Unsaved:
                    time.sleep(0.02)
                else:
                    self.confirmed.append(str(event["id"]))
                    break

    def end(self) -> None:
        self._end.set()
        self._thread.join(30)


def told_away(store: FloorStore) -> float:
    """Seconds until the screens are told; what they ask meanwhile is answered at once."""
    began, slowest = time.monotonic(), 0.0
    while store.floor.away is None:
        asked = time.monotonic()
        assert asked - began < TOLD_SECONDS, "the limit of the design"
        assert store.peek() and store.snapshot() and store.stamp()
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.005)
    assert slowest < 0.5, "nothing that a screen asks waits for the server"
    return time.monotonic() - began


@pytest.mark.parametrize("number", range(3))
def test_a_standby_that_is_promoted_has_all_that_was_confirmed(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    with running(PRIMARY) as primary:
        primary.new_floor("floor", "anna")
        standby = Standby(primary)
        try:
            standby.follow()
            both = f"host=127.0.0.1,127.0.0.1 port={primary.port},{standby.port} dbname=floor user=anna"
            store = FloorStore(both, tmp_path, Clock(), 0.2)
            store.connect()
            writer = Writer(store)
            time.sleep(1 + chance.random())
            primary.kill()
            told = told_away(store)
            before, asked = len(writer.confirmed), time.monotonic()
            standby.promote()
            until(lambda: store.floor.away is None and len(writer.confirmed) > before + 10)
            back = time.monotonic() - asked
            writer.end()
            query = f"SELECT id FROM oxtui.events WHERE case_id = '{writer.document['id']}' ORDER BY seq"
            kept = [row[0] for row in standby.sql("floor", query)]
            assert kept[: len(writer.confirmed)] == writer.confirmed and len(kept) <= len(writer.confirmed) + 1
            print(f"{before} confirmed before, none lost; told after {told:.2f} s, writing again after {back:.2f} s")
            store.close_down()
        finally:
            standby.stop()


def test_packets_that_are_dropped_are_told_and_what_was_done_arrives_once(tmp_path: Path) -> None:
    """In a network namespace of its own, whose loopback drops everything."""
    if shutil.which("unshare") is None or shutil.which("tc") is None:
        pytest.skip("unshare and tc are needed")
    alone = ["unshare", "--net", sys.executable, "-m", "tests.floor.test_failover", str(tmp_path)]
    found = subprocess.run(alone, cwd=ROOT, capture_output=True, text=True, timeout=180)
    if "Operation not permitted" in found.stderr:
        pytest.skip("no network namespace can be made here")
    assert found.returncode == 0, found.stdout + found.stderr
    print(found.stdout)


def _dropping(drop: bool) -> None:
    verb = ["replace"] if drop else ["del"]
    what = ["handle", "1:", "pfifo", "limit", "0"] if drop else []
    subprocess.run(["tc", "qdisc", *verb, "dev", "lo", "root", *what], check=True)


def _drop_packets(path: Path) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    cluster = Cluster({})
    try:
        cluster.start().new_floor("floor", "anna", "ben")
        anna, ben = (ServerAgent(cluster.address(name), path / name, Clock()) for name in ("anna", "ben"))
        until(lambda: anna.outbox.floor.away is None and ben.outbox.floor.away is None)
        case = anna.service.start("example.com")
        until(lambda: ben.service.peek(case.id))
        times = []
        for number in range(3):
            _dropping(True)
            times.append(told_away(anna.store))
            until(lambda: anna.outbox.floor.away is not None)
            anna.press(case.id, Note(f"kept {number}"))
            assert len(anna.seen(case.id).log) == number + 2, "shown, and kept"
            _dropping(False)
            asked = time.monotonic()
            until(lambda number=number: len(ben.service.peek(case.id).log) == number + 2)  # type: ignore[misc, union-attr]
            print(f"told after {times[-1]:.2f} s; back, and at the colleague's, after {time.monotonic() - asked:.2f} s")
        texts = [event.get("text") for event in ben.service.case(case.id).log if event.what == "note"]
        assert texts == ["kept 0", "kept 1", "kept 2"] and not anna.refused
        anna.end()
        ben.end()
    finally:
        cluster.stop()


if __name__ == "__main__":
    _drop_packets(Path(sys.argv[1]))
