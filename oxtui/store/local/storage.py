"""TinyDB's part: what its table of cases is after a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage

from oxtui.cases.events import Document
from oxtui.store.local.layout import TABLE, Contents


class _Held(Storage):
    """A TinyDB storage of tables that are in memory; what comes of them is written once, and durably, by CaseFile."""

    def __init__(self, tables: dict[str, dict[str, Any]]) -> None:
        self.tables = tables

    def read(self) -> dict[str, dict[str, Any]]:
        return self.tables

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        self.tables = data


def changed(base: Contents, changes: Mapping[str, Document | None]) -> dict[str, Document]:
    """The cases of `base` by TinyDB's number after `changes` by case id: a document is put there, None removes."""
    storage = _Held({TABLE: dict(base.documents)})
    # one TinyDB for each change: its next number and its query cache would not see other processes
    table = TinyDB(storage=lambda: storage).table(TABLE, cache_size=0)
    for case_id, document in changes.items():
        number = base.numbers.get(case_id)
        if number is None:
            if document is not None:
                table.insert(document)
        elif document is None:
            table.remove(doc_ids=[int(number)])
        else:
            # TinyDB updates in place, and other threads read the document that is there
            storage.tables[TABLE][number] = dict(storage.tables[TABLE][number])
            table.update(_put(document), doc_ids=[int(number)])
    return storage.tables[TABLE]


def _put(document: Document) -> Callable[[MutableMapping[Any, Any]], None]:
    def put(row: MutableMapping[Any, Any]) -> None:
        row.clear()
        row.update(document)

    return put
