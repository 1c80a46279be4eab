"""TinyDB's view of the case file: many operations, one durable write."""

from __future__ import annotations

from typing import Any

from tinydb.storages import Storage

from oxtui.store.casefile import CaseFile
from oxtui.store.layout import TABLE, Contents


class DurableStorage(Storage):
    """A TinyDB storage that gathers what is written and puts it on the disk at `commit`, all of it or
    nothing.

    For one transaction under the lock: TinyDB keeps numbers and query results of its own, which another
    process would make wrong.
    """

    def __init__(self, file: CaseFile, base: Contents) -> None:
        super().__init__()
        self._file = file
        self._tables: dict[str, dict[str, Any]] = {**base.others, TABLE: dict(base.documents)}
        self._changed = False

    def read(self) -> dict[str, dict[str, Any]]:
        return self._tables

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        self._tables = data
        self._changed = True

    def own(self, number: str) -> None:
        """Give TinyDB a copy of a document, since it updates in place, and others are reading this one."""
        self._tables[TABLE][number] = dict(self._tables[TABLE][number])

    def commit(self) -> None:
        """Put everything on the disk, where anything has changed; raises Unsaved."""
        if self._changed:
            others = {name: table for name, table in self._tables.items() if name != TABLE}
            self._file.write(self._tables.get(TABLE, {}), others)
            self._changed = False
