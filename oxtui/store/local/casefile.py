"""The case file as one value: read when it has changed, written whole and durably."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oxtui.cases.events import Document
from oxtui.clock import Clock
from oxtui.durable import Stamp, stamp_of, unreadable, write_durably
from oxtui.errors import StoreError
from oxtui.store.files import regular_file
from oxtui.store.local import copies, layout

NAME = "cases.json"


class CaseFile:
    """`cases.json` of one home, and its contents as last read; safe to read while another thread writes."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self.path = home / NAME
        self.backups = home / copies.FOLDER
        self._clock = clock
        self._turns = threading.Lock()
        self._turn = 0
        self._known: tuple[Stamp, layout.Contents] | None = None
        self.last = layout.EMPTY
        """The contents as last read or written."""

    def stamp(self) -> Stamp | None:
        """A value that changes whenever the file does, from one system call; None if there is no file.

        Raises StoreError if the path is no regular file, or the file system does not answer.
        """
        status = regular_file(self.path)
        return None if status is None else stamp_of(status)

    def read(self) -> layout.Contents:
        """The current contents of the file; EMPTY if there is none.

        Raises layout.Damaged, NewerFormat, and StoreError for an error of the operating system.
        """
        while True:
            turn, known, base = self._turn, self._known, self.last
            stamp = self.stamp()
            if stamp is None:
                return layout.EMPTY
            if known is not None and known[0] == stamp:
                return known[1]
            stamp, data = self.bytes()
            contents = layout.read(data, base)
            with self._turns:
                if self._turn == turn:
                    self._remember(stamp, contents)
                    return contents
            # another thread was quicker: its contents may be newer

    def bytes(self) -> tuple[Stamp, bytes]:
        """The stamp and bytes of the file; raises StoreError for an error of the operating system."""
        try:
            with open(self.path, "rb") as file:
                # the status of the open file: another process may replace the name in between
                return stamp_of(os.fstat(file.fileno())), file.read()
        except OSError as error:
            raise unreadable(error, self.path) from error

    def write(
        self,
        base: layout.Contents,
        documents: Mapping[str, Document],
        others: Mapping[str, Any],
        *,
        keep: bool = True,
    ) -> layout.Contents:
        """Replace `base` by `documents` (by number) and `others`, and `keep` copies; call it under the lock.

        Only documents that are not the very objects of `base` are serialised. Raises StoreError if one is no case,
        Unsaved as write_durably does.
        """
        by_number: dict[str, Document] = {}
        lines: dict[str, bytes] = {}
        for number, document in documents.items():
            if document is base.documents.get(number):
                by_number[number], lines[number] = document, base.lines[number]
            else:
                by_number[number], lines[number] = layout.round_trip(number, document)
        try:
            contents = layout.contents(by_number, lines, others)
        except ValueError as error:
            raise StoreError(f"this cannot be saved: {error}") from error
        made = copies.changes(base, contents)

        def keep_copies() -> None:
            copies.keep(self.path, self.backups, self._clock.now())
            copies.announce(self.backups, made)

        stamp = write_durably(self.path, layout.assemble(contents), keep_copies if keep else None)
        if keep:
            copies.remember(self.backups, made)
        with self._turns:
            self._remember(stamp, contents)
        return contents

    def _remember(self, stamp: Stamp, contents: layout.Contents) -> None:
        self._turn += 1
        self._known = (stamp, contents)
        self.last = contents


def changed(base: layout.Contents, changes: Mapping[str, Document | None]) -> dict[str, Document]:
    """The documents of `base` by TinyDB's number after `changes` by case id: a new document, or None to remove it."""
    from tinydb import TinyDB  # 14 ms, which the first frame does not need
    from tinydb.storages import MemoryStorage

    storage = MemoryStorage()  # type: ignore[no-untyped-call]
    storage.memory = {layout.TABLE: dict(base.documents)}
    # a TinyDB for each change: its next number and its query cache would miss other processes
    table = TinyDB(storage=lambda: storage).table(layout.TABLE, cache_size=0)
    for case_id, document in changes.items():
        number = base.numbers.get(case_id)
        if number is None:
            if document is not None:
                table.insert(document)
        elif document is None:
            table.remove(doc_ids=[int(number)])
        else:
            storage.memory[layout.TABLE][number] = {}  # TinyDB updates in place, and other threads read the old one
            table.update(document, doc_ids=[int(number)])
    found: dict[str, Document] = storage.memory[layout.TABLE]
    return found
