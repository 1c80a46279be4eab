"""A floor without a server, for what is decided above the store: a folder that several agents share and that goes away.

What the real server does is tested in tests/floor. Here the folder answers at once, or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from oxtui.away.outbox import FloorOutbox
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.events import Document
from oxtui.clock import Clock
from oxtui.errors import OxtuiError, Unsaved
from oxtui.locations import Locations
from oxtui.outbox import Job
from oxtui.service import Service
from oxtui.store.interface import Here
from oxtui.store.local.store import LocalStore
from tests.drive.case import CONFIG, FakeClock, playbook
from tests.drive.waiting import PATIENCE


class Shared:
    """What all agents of one floor have in common: the folder, and who is where."""

    def __init__(self, folder: Path, names: Sequence[str] = ("anna", "ben", "carla")) -> None:
        self.folder = folder
        self.names = tuple(names)
        self.here: dict[str, tuple[str, datetime]] = {}
        self.bundles: list[tuple[str, bytes]] = []


class FolderFloor:
    """The floor as one agent's program knows it; `gone_since` is set by the test."""

    def __init__(self, shared: Shared, name: str, clock: Clock) -> None:
        self.shared = shared
        self.name = name
        self.role = "agent"
        self.clock = clock
        self.gone_since: datetime | None = None
        self.notices: tuple[str, ...] = ()
        self.shut_out = ""

    @property
    def away(self) -> datetime | None:
        return self.gone_since

    def server_now(self) -> datetime:
        return self.clock.now()

    def who(self) -> Mapping[str, tuple[Here, ...]]:
        found: dict[str, tuple[Here, ...]] = {}
        for agent, (case_id, since) in self.shared.here.items():
            if agent != self.name and case_id and self.gone_since is None:
                found[case_id] = (*found.get(case_id, ()), Here(agent, since))
        return found

    def here(self, case_id: str) -> None:
        if self.gone_since is None and self.shared.here.get(self.name, ("",))[0] != case_id:
            self.shared.here[self.name] = (case_id, self.clock.now())

    def in_force(self) -> str:
        return self.shared.bundles[-1][0] if self.shared.bundles else ""

    def playbook(self, digest: str) -> bytes:
        return dict(self.shared.bundles)[digest]

    def published(self) -> tuple[tuple[str, str], ...]:
        return tuple((digest, "") for digest, _ in reversed(self.shared.bundles))

    def agents(self) -> tuple[str, ...]:
        return self.shared.names


class FolderStore(LocalStore):
    """The folder's store, from which nothing new comes while the floor is away."""

    floor: FolderFloor  # type: ignore[assignment, misc]

    def __init__(self, shared: Shared, name: str, clock: Clock) -> None:
        super().__init__(shared.folder, clock)
        self.floor = FolderFloor(shared, name, clock)  # type: ignore[misc]
        self.fail_after: int | None = None
        """So many writes from now the floor goes away in the middle."""
        self.written = True
        """Whether it has written it then, and only the answer is lost."""

    def _there(self) -> None:
        if self.floor.away is not None:
            raise Unsaved("The floor does not answer", "it is tried again")

    def snapshot(self) -> Mapping[str, Document]:
        return super().snapshot() if self.floor.away is None else super().peek()

    def get(self, case_id: str) -> Document | None:
        return super().get(case_id) if self.floor.away is None else super().peek().get(case_id)

    def create(self, document: Document) -> None:
        self._there()
        super().create(document)

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> Any:
        self._there()
        if self.fail_after is not None and not self.written:
            self._lose()
        missed = super().append(case_id, after, events)
        self._lose()
        return missed

    def close(self, case_id: str, after: int, events: Sequence[Document], summary: Mapping[str, Any]) -> Any:
        self._there()
        return super().close(case_id, after, events, summary)

    def drop(self, case_id: str, after: int) -> Any:
        self._there()
        return super().drop(case_id, after)

    def _lose(self) -> None:
        if self.fail_after is not None:
            self.fail_after -= 1
            if self.fail_after < 0:
                self.fail_after = None
                self.floor.gone_since = self.floor.clock.now()
                raise Unsaved("The floor does not answer", "it is tried again")


def floor_service(shared: Shared, home: Path, name: str, clock: Clock) -> Service:
    """A pane's service on the floor, for an app that makes its own outbox."""
    return Service(Locations(home, CONFIG), playbook(), clock, name, FolderStore(shared, name, clock))


def floor_of(service: Service) -> FolderFloor:
    """The floor of such a service, for a test to take away and give back."""
    assert isinstance(service.store, FolderStore)
    return service.store.floor


class Agent:
    """One agent's program without its screen: a home, a service on the floor, and the outbox with its thread."""

    def __init__(
        self,
        shared: Shared,
        home: Path,
        name: str,
        clock: FakeClock,
        *,
        thread: bool = True,
    ) -> None:
        self.store = FolderStore(shared, name, clock)
        self.service = Service(Locations(home, CONFIG), playbook(), clock, name, self.store)
        self.inbox: Queue[Callable[[], None]] = Queue()
        self.refused: list[OxtuiError] = []
        self.done: list[Case] = []
        self.outbox = FloorOutbox(self.service, self.store.floor, self.inbox.put, self._changed, self._arrived)
        self.threaded = thread
        if thread:
            self.outbox.begin()

    def _changed(self) -> None:
        pass

    def _arrived(self, case: Case) -> None:
        pass

    def leave(self) -> None:
        """The server stops answering this agent."""
        self.store.snapshot()
        self.store.floor.gone_since = self.service.clock.now()

    def back(self) -> None:
        self.store.floor.gone_since = None

    def seen(self, case_id: str) -> Case:
        """The case as it is drawn."""
        found = self.service.peek(case_id)
        assert found is not None
        return found

    def press(self, case_id: str, command: Command, seen: Case | None = None) -> None:
        """Hand a command over as a key does, decided on the case as it is drawn."""
        case = seen or self.service.peek(case_id)
        job = Job(case_id, command, self.done.append, self.refused.append, case.seen if case else None)
        self.outbox.send(job)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing moves any more: all that can be sent is sent, what cannot is on the disk."""
        box = self.outbox
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not self.threaded:
                box._turn()
            self._run_inbox()
            rest = box.pending or box._unwritten or (box.kept and box.floor.away is None)
            if not rest and self.inbox.empty():
                return
            if self.threaded:
                time.sleep(0.002)
        raise AssertionError("it never came to rest")

    def _run_inbox(self) -> None:
        while True:
            try:
                self.inbox.get_nowait()()
            except Empty:
                return

    def killed(self) -> None:
        """As after kill -9: everything in memory is lost (no thread is left running)."""
        assert not self.threaded


@contextmanager
def agents(folder: Path, clock: FakeClock, *names: str) -> Iterator[list[Agent]]:
    """Agents of one floor, each with a home."""
    shared = Shared(folder / "floor")
    found = [Agent(shared, folder / name, name, clock) for name in names]
    try:
        yield found
    finally:
        for each in found:
            each.outbox.stop()
