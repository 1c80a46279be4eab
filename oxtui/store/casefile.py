"""The case file as one value: read when it has changed, written whole and durably."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oxtui.cases.events import Document
from oxtui.clock import Clock
from oxtui.errors import Unsaved
from oxtui.store import layout
from oxtui.store.backups import Backups
from oxtui.store.files import Stamp, stamp_of, unreadable, write_durably

NAME = "cases.json"


class CaseFile:
    """`cases.json` of one home, with what was last read from it."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self.path = home / NAME
        self.backups = Backups(home)
        self._clock = clock
        self._known: tuple[Stamp, layout.Contents] | None = None
        self._last = layout.EMPTY

    def stamp(self) -> Stamp | None:
        """What changes whenever the file does: one call of the operating system; None where there is no file.

        Raises StoreError where the file cannot be asked for.
        """
        try:
            return stamp_of(os.stat(self.path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(error, self.path) from error

    def last(self) -> layout.Contents:
        """What was read last, however long ago: what this process has in its hands."""
        return self._last

    def read(self) -> layout.Contents:
        """What the file holds now; EMPTY where there is none.

        Raises layout.Damaged, NewerFormat, and StoreError for an error of the operating system.
        """
        known = self._known
        stamp = self.stamp()
        if stamp is None:
            self._known = None
            return layout.EMPTY
        if known is not None and known[0] == stamp:
            return known[1]
        self._known = None
        stamp, data = self.bytes()
        contents = layout.read(data, self._last)
        self._known = (stamp, contents)
        self._last = contents
        return contents

    def bytes(self) -> tuple[Stamp, bytes]:
        """The file as it is, with its stamp; raises StoreError for an error of the operating system."""
        try:
            with open(self.path, "rb") as file:
                return stamp_of(os.fstat(file.fileno())), file.read()
        except OSError as error:
            raise unreadable(error, self.path) from error

    def write(self, documents: Mapping[str, Document], others: Mapping[str, Any]) -> layout.Contents:
        """Make the file hold `documents` and the tables `others`; to be called under the lock.

        Only documents that are not the very objects last read are serialised. Raises Unsaved; see
        write_durably.
        """
        base = self._last
        # most of many cases are as they were: start from all, and look at those that differ
        kept, lines = dict(documents), dict.fromkeys(documents, b"")
        lines.update((number, line) for number, line in base.lines.items() if number in lines)
        same_ids = documents.keys() == base.documents.keys()
        for number, document in documents.items():
            before = base.documents.get(number)
            if document is not before:
                # as read back: memory has what the disk has, and nobody else holds a part of it
                kept[number], lines[number] = layout.fresh(document), layout.line(number, document)
                same_ids = same_ids and before is not None and before["id"] == document["id"]
        if same_ids:
            return self.put(layout.Contents(kept, lines, base.numbers, others))
        try:
            contents = layout.contents(kept, lines, others)
        except ValueError as error:
            raise Unsaved(str(error)) from error
        return self.put(contents)

    def put(self, contents: layout.Contents, keep_previous: bool = True) -> layout.Contents:
        """Make the file hold `contents`, whatever it held; to be called under the lock. Raises Unsaved."""
        data = layout.assemble(contents)

        def keep() -> None:
            self.backups.keep(self.path, self._clock.now())

        self._known = None
        stamp = write_durably(self.path, data, keep if keep_previous else None)
        self._known = (stamp, contents)
        self._last = contents
        return contents
