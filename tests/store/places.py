"""Where the contract is tried: each kind of store, and how another process opens the same one."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from oxtui.cases.events import Document
from oxtui.store.floor import roster
from oxtui.store.floor.store import FloorStore
from oxtui.store.interface import CaseStore
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, HOLD_ARCHIVE, Other, start
from tests.drive.waiting import PATIENCE
from tests.floor.cluster import shared


class Place(Protocol):
    """One place where cases are kept; a test has as many handles on it as it likes."""

    address: str
    """What another process opens it by: `opened(address)`."""

    def handle(self) -> CaseStore:
        """Another handle, as another pane has it."""
        ...

    def archive_held(self) -> AbstractContextManager[Other]:
        """Another process that keeps everybody from the closed cases, until its standard input is closed."""
        ...

    def close(self) -> None:
        """Let go of what the handles hold."""
        ...


class LocalPlace:
    """A folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"local:{folder}"

    def handle(self) -> LocalStore:
        return LocalStore(self.folder, CLOCK, lock_timeout=PATIENCE, archive_timeout=PATIENCE)

    def close(self) -> None:
        """Nothing is held between calls."""

    @contextmanager
    def archive_held(self) -> Iterator[Other]:
        path = self.folder / "history.sqlite3"
        sqlite3.connect(path).close()
        with start(HOLD_ARCHIVE, path) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            yield other


LOCK_ARCHIVE = """
from oxtui.store.floor.link import connect
link = connect(A[0])
link.rows("BEGIN; LOCK TABLE oxtui.archive IN ACCESS EXCLUSIVE MODE")
print("held", flush=True)
sys.stdin.read()
link.rows("ROLLBACK")
"""


class NewsNow(FloorStore):
    """A floor's store that asks for the news where it is read, and not each second."""

    def stamp(self) -> object:
        self.refresh()
        return super().stamp()

    def snapshot(self) -> Mapping[str, Document]:
        self.refresh()
        return super().snapshot()

    def get(self, case_id: str) -> Document | None:
        self.refresh()
        return super().get(case_id)


class FloorPlace:
    """A database of its own on the tests' server."""

    def __init__(self, folder: Path, address: str = "") -> None:
        self.folder = folder
        self.stores: list[FloorStore] = []
        if not address:
            cluster = shared()
            name = cluster.new_database()
            if not cluster.sql("postgres", "SELECT FROM pg_roles WHERE rolname = 'kim'"):
                link = cluster.admin(name)
                roster.add(link, "kim", lead=True)
                link.rows("ALTER ROLE kim CONNECTION LIMIT -1")
                link.close()
            address, self.operator = cluster.address("kim", name), cluster.address("root", name)
        self.address = f"floor:{address}"

    def handle(self) -> FloorStore:
        home = self.folder / f"home{len(self.stores)}"
        store = NewsNow(self.address.removeprefix("floor:"), home, CLOCK, poll_seconds=3600)
        self.stores.append(store)
        return store

    def close(self) -> None:
        for store in self.stores:
            store.close_down()

    @contextmanager
    def archive_held(self) -> Iterator[Other]:
        with start(LOCK_ARCHIVE, self.operator) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            yield other


PLACES: Mapping[str, Callable[[Path], Place]] = {
    "local": lambda folder: LocalPlace(folder / "home"),
    "floor": lambda folder: FloorPlace(folder),
}
"""A store that is to keep the contract is added here, by the name that its addresses begin with."""


def opened(address: str) -> CaseStore:
    """The store with that address, in whichever process."""
    kind, _, rest = address.partition(":")
    if kind == "floor":
        return FloorPlace(Path(tempfile.mkdtemp()), rest).handle()
    assert kind == "local", address
    return LocalPlace(Path(rest)).handle()
