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
from oxtui.store.local import last_write, layout
from oxtui.store.local.backups import Backups
from oxtui.store.local.files import regular_file

NAME = "cases.json"


class CaseFile:
    """`cases.json` of one home, with what was last read from it; safe to read while another thread writes it."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self.path = home / NAME
        self.backups = Backups(home)
        self._clock = clock
        self._turns = threading.Lock()
        self._turn = 0
        self._known: tuple[Stamp, layout.Contents] | None = None
        self._last = layout.EMPTY

    def stamp(self) -> Stamp | None:
        """What changes whenever the file does: one call of the operating system; None where there is no file.

        Raises StoreError where something else lies in its place, or the file system does not answer.
        """
        status = regular_file(self.path)
        return None if status is None else stamp_of(status)

    def last(self) -> layout.Contents:
        """What was read or written last, however long ago."""
        return self._last

    def read(self) -> layout.Contents:
        """What the file holds now; EMPTY where there is none.

        Raises layout.Damaged, NewerFormat, and StoreError for an error of the operating system.
        """
        while True:
            turn, known, base = self._turn, self._known, self._last
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
            # another thread was quicker: what it knows may be newer than what was read here

    def bytes(self) -> tuple[Stamp, bytes]:
        """The file as it is, with its stamp; raises StoreError for an error of the operating system."""
        try:
            with open(self.path, "rb") as file:
                # its own status, not that of the name: another process may replace the file in between
                return stamp_of(os.fstat(file.fileno())), file.read()
        except OSError as error:
            raise unreadable(error, self.path) from error

    def write(
        self, base: layout.Contents, documents: Mapping[str, Document], others: Mapping[str, Any]
    ) -> layout.Contents:
        """Make the file, which holds `base`, hold `documents` by number and the tables `others`; under the lock.

        Only documents that are not the very objects of `base` are serialised. Raises StoreError for what is no case,
        Unsaved as write_durably does.
        """
        # most of many cases are as they were: start from all, and look at those that differ
        kept, lines = dict(documents), dict.fromkeys(documents, b"")
        lines.update((number, line) for number, line in base.lines.items() if number in lines)
        same_ids = documents.keys() == base.documents.keys()
        for number, document in documents.items():
            before = base.documents.get(number)
            if document is not before:
                kept[number], lines[number] = layout.written(number, document)
                same_ids = same_ids and before is not None and before["id"] == document["id"]
        if same_ids:
            return self.put(layout.Contents(kept, lines, base.numbers, others), base)
        try:
            contents = layout.contents(kept, lines, others)
        except ValueError as error:
            raise StoreError(f"this cannot be saved: {error}") from error
        return self.put(contents, base)

    def put(self, contents: layout.Contents, base: layout.Contents | None = None) -> layout.Contents:
        """Make the file hold `contents`; to be called under the lock. Raises Unsaved.

        With `base`, which it holds until then, that is kept as the previous copy, and what changes beside it.
        """
        data = layout.assemble(contents)
        if base is None:
            stamp = write_durably(self.path, data)
        else:
            made = last_write.changes(base, contents)

            def keep() -> None:
                self.backups.keep(self.path, self._clock.now())
                last_write.announce(self.backups.folder, made)  # changes nothing by itself

            stamp = write_durably(self.path, data, keep)
            last_write.remember(self.backups.folder, made)
        with self._turns:
            self._remember(stamp, contents)
        return contents

    def _remember(self, stamp: Stamp, contents: layout.Contents) -> None:
        self._turn += 1
        self._known = (stamp, contents)
        self._last = contents
