"""Two agents whose cables are pulled out and put back at random, on the real server: held against replays.

As tests/service/test_divergences.py, which does it by the hundred on a folder.
"""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.events import Document, new_id
from tests.drive.case import LONG, FakeClock
from tests.drive.waiting import until
from tests.floor import cluster
from tests.floor.agents import ServerAgent
from tests.floor.cable import Cable
from tests.service.test_divergences import SEED, Round, beginnings, own_rows_only
from tests.service.walker import talks

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(cluster.why_not()), reason=cluster.why_not())]
ROUNDS = 40 if LONG else 5


class Wired(ServerAgent):
    """An agent with a cable."""

    def __init__(self, server: cluster.Cluster, database: str, home: Path, name: str, clock: FakeClock) -> None:
        self.cable = Cable(server.port)
        address = server.address(name, database).replace(f"port={server.port}", f"port={self.cable.port}")
        super().__init__(address, home, clock)
        until(lambda: self.outbox.floor.away is None)
        known = self.store.snapshot

        def newest() -> Any:
            if self.outbox.floor.away is None:
                self.store.refresh()
            return known()

        self.store.snapshot = newest

    def leave(self) -> None:
        self.cable.cut()
        until(lambda: self.outbox.floor.away is not None)

    def back(self) -> None:
        self.cable.join()
        until(lambda: self.outbox.floor.away is None)


class OnServer(Round):
    """A divergence on the real server; no process is killed, and only a cut connection loses anything."""

    def __init__(
        self, server: cluster.Cluster, path: Path, document: Document, seed: int, counted: Counter[str]
    ) -> None:
        self.server, self.database = server, f"floor_{new_id()}"
        server.new_floor(self.database, "anna", "ben", "reader")
        self.started: list[Wired] = []
        super().__init__(path, document, seed, counted)

    def start(self, name: str) -> Any:
        self.started.append(Wired(self.server, self.database, self.folder / name, name, self.clock))
        return self.started[-1]

    def heard(self) -> None:
        """Wait until all that are not away know the case as it is."""
        for each in self.started:
            if each.outbox.floor.away is None:
                each.store.refresh()

    def type(self, name: str) -> None:
        self.heard()
        super().type(name)

    def kill(self, name: str) -> None:
        return

    def back(self, name: str) -> None:
        agent = self.agents[name]
        if agent.outbox.floor.away is not None:
            self.done.append(f"{name} back")
            agent.back()
            agent.settle()

    def judge(self) -> None:
        self.heard()
        super().judge()

    def end(self) -> None:
        for each in self.started:
            each.end()
            each.cable.end()


def test_agents_whose_cables_are_pulled_out_come_to_one_case(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = beginnings(tmp_path_factory.getbasetemp() / "divergences")
    monkeypatch.setattr(talks.Talks, "pass_by", own_rows_only)
    counted: Counter[str] = Counter()
    with cluster.running() as server:
        for number in range(ROUNDS):
            document = copy.deepcopy(starts[number % len(starts)])
            each = OnServer(server, tmp_path / str(number), document, SEED * 1_000 + number, counted)
            try:
                each.run()
                each.judge()
            finally:
                each.end()
    assert counted["kept"] and counted["done"]
