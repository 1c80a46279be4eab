"""Services whose cases lie on the tests' server: what is tried above the store is tried on both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oxtui.clock import Clock
from oxtui.store.floor import roster
from oxtui.store.interface import CaseStore
from tests.drive.case import STORES
from tests.floor.cluster import shared
from tests.store.places import NewsNow


class Floors:
    """A database for each home that a test names, a role for each agent, a store for each pane."""

    def __init__(self) -> None:
        self.cluster = shared()
        self.databases: dict[Path, str] = {}
        self.stores: list[NewsNow] = []
        self._agents: set[str] = set()

    def store(self, home: Path, clock: Clock, agent: str) -> CaseStore:
        if home not in self.databases:
            self.databases[home] = self.cluster.new_database()
        name = self.databases[home]
        if agent not in self._agents:
            link = self.cluster.admin(name)
            roster.add(link, agent, lead=True)
            link.rows(f'ALTER ROLE "{agent}" CONNECTION LIMIT -1')
            link.close()
            self._agents.add(agent)
        folder = home.with_name(f"{home.name}-{len(self.stores)}")
        store = NewsNow(self.cluster.address(agent, name), folder, clock, poll_seconds=3600)
        self.stores.append(store)
        return store


@contextmanager
def floors() -> Iterator[Floors]:
    """Within it every service of a test is on a floor."""
    made = Floors()
    STORES.append(made.store)
    try:
        yield made
    finally:
        STORES.pop()
        for store in made.stores:
            store.close_down()
