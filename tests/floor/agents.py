"""An agent on the real server, without a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

from oxtui.away.outbox import FloorOutbox
from oxtui.cases.case import Case
from oxtui.clock import Clock
from oxtui.errors import OxtuiError
from oxtui.locations import Locations
from oxtui.service import Service
from oxtui.store.floor.store import FloorStore
from tests.drive.case import CONFIG, playbook
from tests.drive.floor import Agent


def service_on(address: str, home: Path, clock: Clock) -> Service:
    """A pane's service on the floor's server at an address."""
    store = FloorStore(address, home, clock, 0.2)
    return Service(Locations(home, CONFIG), playbook(), clock, store.floor.name, store)


class ServerAgent(Agent):
    """One agent's program on the real server: a home, a service, and the outbox with its thread."""

    def __init__(self, address: str, home: Path, clock: Clock) -> None:
        self.service = service_on(address, home, clock)
        self.store: Any = self.service.store
        floor = self.service.store.floor
        assert floor is not None
        self.inbox: Queue[Callable[[], None]] = Queue()
        self.refused: list[OxtuiError] = []
        self.done: list[Case] = []
        self.threaded = True
        self.outbox = FloorOutbox(self.service, floor, self.inbox.put, self._changed, self._arrived)
        self.store.thread.begin()  # type: ignore[attr-defined]
        self.outbox.begin()

    def end(self) -> None:
        """End it as `q` does."""
        self.outbox.stop()
        self.store.close_down()
