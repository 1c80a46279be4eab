"""Where the contract is tried: each kind of store, and how another process opens the same one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from oxtui.store.interface import CaseStore
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, Other, start


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


HOLD_ARCHIVE = """
import sqlite3
base = sqlite3.connect(A[0], isolation_level=None)
base.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
base.execute("ROLLBACK")
"""


class LocalPlace:
    """A folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"local:{folder}"

    def handle(self) -> LocalStore:
        return LocalStore(self.folder, CLOCK)

    @contextmanager
    def archive_held(self) -> Iterator[Other]:
        path = self.folder / "history.sqlite3"
        sqlite3.connect(path).close()
        with start(HOLD_ARCHIVE, path) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            yield other


PLACES: Mapping[str, Callable[[Path], Place]] = {"local": lambda folder: LocalPlace(folder / "home")}
"""A store that is to keep the contract is added here, by the name that its addresses begin with."""


def opened(address: str) -> CaseStore:
    """The store with that address, in whichever process."""
    kind, _, rest = address.partition(":")
    assert kind == "local", address
    return LocalPlace(Path(rest)).handle()
