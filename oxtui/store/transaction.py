"""What can be done to open cases while their lock is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from typing import Any

from tinydb import TinyDB

from oxtui.cases.events import Document
from oxtui.errors import StoreError
from oxtui.store import layout
from oxtui.store.storage import DurableStorage


class Transaction:
    """The open cases under the lock; changes become real together at the end. Nobody changes a document in
    place."""

    def __init__(self, storage: DurableStorage, numbers: Mapping[str, str]) -> None:
        # one TinyDB for each transaction: its next number and its query cache would not see other processes
        self._table = TinyDB(storage=lambda: storage).table(layout.TABLE, cache_size=0)
        self._storage = storage
        self._numbers = dict(numbers)
        self._elsewhere: list[Callable[[], object]] = []

    def if_it_fails(self, undo: Callable[[], object]) -> None:
        """Have `undo` called where these changes do not reach the disk, for what was done elsewhere with
        them."""
        self._elsewhere.append(undo)

    def take_back(self) -> None:
        """Undo what was done elsewhere, last first; what cannot be undone now is settled at the next
        start."""
        while self._elsewhere:
            with suppress(StoreError):
                self._elsewhere.pop()()

    def all(self) -> dict[str, Document]:
        """Every open case by its id, with the changes made here."""
        return {document["id"]: document for document in self._table}

    def get(self, case_id: str) -> Document | None:
        """The case as it is now, with the changes made here, or None."""
        number = self._numbers.get(case_id)
        return None if number is None else self._table.get(doc_id=int(number))

    def append(self, case_id: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Add entry documents to the end of the case's log; one whose id is there already is not added again.

        Raises StoreError where the case is not open.
        """
        document = self._must(case_id)
        there = {entry["id"] for entry in document["log"]}
        new = [dict(entry) for entry in entries if entry["id"] not in there]
        if new:
            self._change({"log": [*document["log"], *new]}, self._numbers[case_id])

    def create(self, document: Document) -> None:
        """Add a case; raises StoreError where its id is taken."""
        if document["id"] in self._numbers:
            raise StoreError("a case with this id is open already")
        self._numbers[document["id"]] = str(self._table.insert(layout.fresh(document)))

    def replace(self, case_id: str, document: Document) -> None:
        """Put `document` in the place of the case; raises StoreError where it is not open or the ids
        differ."""
        self._must(case_id)
        if document["id"] != case_id:
            raise StoreError("a case keeps its id")
        new = layout.fresh(document)

        def change(old: MutableMapping[Any, Any]) -> None:
            old.clear()
            old.update(new)

        self._change(change, self._numbers[case_id])

    def remove(self, case_id: str) -> None:
        """Remove the case; nothing where it is not there."""
        number = self._numbers.pop(case_id, None)
        if number is not None:
            self._table.remove(doc_ids=[int(number)])

    def _change(self, fields: Mapping[str, Any] | Callable[[MutableMapping[Any, Any]], None], number: str) -> None:
        self._storage.own(number)
        self._table.update(fields, doc_ids=[int(number)])

    def _must(self, case_id: str) -> Document:
        document = self.get(case_id)
        if document is None:
            raise StoreError("this case is not open any more", "another pane may have closed it: see the history")
        return document
