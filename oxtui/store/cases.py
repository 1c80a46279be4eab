"""The open cases of one home: read them cheaply, change them durably, see what other panes did."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from oxtui.cases.events import Document, stood_for
from oxtui.clock import Clock
from oxtui.errors import StoreError, Unsaved
from oxtui.store import layout
from oxtui.store.backups import PREVIOUS
from oxtui.store.casefile import CaseFile
from oxtui.store.files import make_folder, quarantine_mark, sweep, unsaved
from oxtui.store.lock import locked

if TYPE_CHECKING:
    from oxtui.store.recovery import Restored
    from oxtui.store.transaction import Transaction

LOCK = "cases.lock"
LOCK_SECONDS = 5.0
"""How long a change waits for another process that holds the lock."""
SECOND_LOOK = 0.02
"""Seconds before a file that looks damaged is read again, under the lock."""


class OpenCases:
    """The open cases in `folder`; every pane and every command has one.

    Documents that it hands out are shared: nobody changes them. Nothing is touched before the first use.
    Every method raises StoreError: NewerFormat for a file of a newer oxtui, Unsaved where a change could
    not be written.
    """

    def __init__(self, folder: Path, clock: Clock, lock_timeout: float | None = None) -> None:
        self.folder = folder
        self.clock = clock
        self.file = CaseFile(folder, clock)
        self._timeout = LOCK_SECONDS if lock_timeout is None else lock_timeout
        self._identity: tuple[int, int] | None = None
        self._view: tuple[layout.Contents, Mapping[str, Document]] | None = None
        self._restored: list[Restored] = []
        self._seen = layout.EMPTY
        self._mark = 0
        self._owed: dict[str, Document] = {}

    def open(self) -> None:
        """Make the folder, sweep what a crash left, and read the file once."""
        make_folder(self.folder)
        self._find()
        try:
            with locked(self.folder / LOCK, 0.2):
                sweep(self.folder)
                sweep(self.file.backups.folder)
        except Unsaved:
            pass  # a busy or read-only home can still be read; the next start sweeps
        self.snapshot()

    def close(self) -> None:
        """Nothing is held open between calls; what was read is let go."""
        self._view = None
        self.file = CaseFile(self.folder, self.clock)

    def stamp(self) -> tuple[int, ...]:
        """What changes whenever the case file does: one call of the operating system, cheap enough to
        poll."""
        return self.file.stamp() or ()

    def snapshot(self) -> Mapping[str, Document]:
        """All open cases by case id, as they are on the disk now; nobody changes the documents."""
        return self._by_id(self._read())

    def peek(self) -> Mapping[str, Document]:
        """`snapshot` as this process read or wrote it last, without looking at the disk."""
        return self._by_id(self._seen)

    def _by_id(self, contents: layout.Contents) -> Mapping[str, Document]:
        view = self._view
        if view is None or view[0] is not contents:
            documents = contents.documents
            view = (
                contents,
                MappingProxyType({id: documents[number] for id, number in contents.numbers.items()}),
            )
            self._view = view
        return view[1]

    def get(self, case_id: str) -> Document | None:
        """The open case with this id as it is on the disk now, or None."""
        return self.snapshot().get(case_id)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Read the newest state and change it under the lock; when the block has ended, it is on the disk.

        Everything is written at once at the end; nothing where the block raises. Raises Unsaved where the
        lock is held for too long or the file cannot be written: the disk is then as it was.
        """
        # TinyDB costs 14 ms, and the first frame needs none of it
        from oxtui.store.storage import DurableStorage
        from oxtui.store.transaction import Transaction

        with self.lock():
            contents = self._read(under_lock=True)
            storage = DurableStorage(self.file, contents)
            change = Transaction(storage, contents.numbers)
            try:
                yield change
                storage.commit()
            except BaseException:
                change.take_back()
                raise
            self._seen = self.file.last()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this home's lock, for changes that reach beyond the case file; it is not re-entrant."""
        self._find()
        with locked(self.folder / LOCK, self._timeout):
            yield

    def take_restored(self) -> list[Restored]:
        """What was restored from damage since the last call, for the agent to be told; then run `settle`."""
        restored, self._restored = self._restored, []
        return restored

    def put_back(self, documents: Iterable[Mapping[str, Any]]) -> int:
        """Write those entries (and cases) of `documents` that the disk lacks; returns how many entries.

        Reading does this by itself after a restoration with what was read before. Doing it twice is doing it
        once. Raises Unsaved.
        """
        with self.lock():
            return self._put_back(self._read(under_lock=True), documents)

    def verify(self) -> dict[str, list[int]]:
        """The entries with a wrong checksum, as sequence numbers by case id, after mending what can be
        mended.

        Where an older copy still has the right entry, the file is set aside and that entry restored. About
        0.2 ms a case: not for the first frame.
        """
        from oxtui.store import recovery

        wrong = {id: case for id, case in self.snapshot().items() if recovery.altered(case)}
        if wrong and recovery.mendable(self.file, wrong):
            with self.lock():
                self._restore("entries in it were changed by something else than oxtui")
            wrong = {id: case for id, case in self.snapshot().items() if recovery.altered(case)}
        return {id: recovery.altered(case) for id, case in wrong.items()}

    def _find(self) -> None:
        """See that the folder is there and is the one we began with; made at the first use, never again."""
        try:
            status = os.stat(self.folder)
        except FileNotFoundError as error:
            if self._identity is not None:
                raise unsaved(error, self.folder) from error
            make_folder(self.folder)
            status = os.stat(self.folder)
        except OSError as error:
            raise unsaved(error, self.folder) from error
        identity = (status.st_dev, status.st_ino)
        if self._identity is not None and identity != self._identity and self.file.stamp() is None:
            # an empty mount point, say: writing there would split the cases over two places
            raise Unsaved(
                f"{self.folder} is another folder than at the start, and has no cases",
                "if it lies on another machine or a disk, see that it is connected",
            )
        self._identity = identity

    def _read(self, under_lock: bool = False) -> layout.Contents:
        """The newest contents; damage is mended and lost entries are put back on the way."""
        try:
            contents = self.file.read()
            missing = contents is layout.EMPTY and self._ought_to_exist()
        except layout.Damaged:
            missing = True
        if missing:
            with nullcontext() if under_lock else self.lock():
                contents = self._read_again()
        if contents is not self._seen or (under_lock and self._owed):
            contents = self._give_what_was_lost(contents, under_lock)
        return contents

    def _ought_to_exist(self) -> bool:
        """Whether a missing case file means loss, not a new home."""
        if self._identity is not None:
            self._find()
        return bool(self.file.last().documents) or (self.file.backups.folder / PREVIOUS).exists()

    def _read_again(self) -> layout.Contents:
        """Under the lock, a second reading; where that finds damage too, restore."""
        time.sleep(SECOND_LOOK)
        reason = "it was not there"
        try:
            contents = self.file.read()
            if contents is not layout.EMPTY:
                return contents
        except layout.Damaged as error:
            reason = error.message
        return self._restore(reason)

    def _restore(self, reason: str) -> layout.Contents:
        from oxtui.store.recovery import recover

        self._restored.append(recover(self.file, reason, self.clock.now()))
        self._seen = self.file.last()
        self._mark = quarantine_mark(self.folder)
        return self._seen

    def _give_what_was_lost(self, contents: layout.Contents, under_lock: bool) -> layout.Contents:
        """Put back what this pane read earlier and the disk lacks now: a log that got shorter, or, where
        another pane restored an older copy, a whole case."""
        before, mark = self._seen, quarantine_mark(self.folder)
        absent: dict[str, Document] = {}
        for case_id, number in before.numbers.items():
            old, now = before.documents[number], contents.numbers.get(case_id)
            if now is None:
                absent[case_id] = old
            elif old is not contents.documents[now] and not _grown(old, contents.documents[now]):
                self._owed[case_id] = old
        if absent and mark != self._mark:
            closed = self._closed(absent)
            self._owed.update((case_id, old) for case_id, old in absent.items() if case_id not in closed)
        self._seen, self._mark = contents, mark
        if not self._owed:
            return contents
        try:
            with nullcontext() if under_lock else self.lock():
                self._put_back(self.file.read(), list(self._owed.values()), told=True)
        except Unsaved:
            if under_lock:
                raise
            return contents  # still owed: tried again with the next transaction
        self._owed.clear()
        return self.file.last()

    def _closed(self, case_ids: Iterable[str]) -> set[str]:
        from oxtui.store.history import History

        try:
            return History(self.folder).holds(case_ids)
        except StoreError:
            return set()  # rather a closed case that `settle` closes again than an open one lost

    def _put_back(self, contents: layout.Contents, documents: Iterable[Mapping[str, Any]], told: bool = False) -> int:
        from oxtui.store.recovery import given_back, merge_all, renumbered

        there = {document["id"]: document for document in contents.documents.values()}
        merged = merge_all(there, documents)
        count = _entries(merged) - _entries(there)
        if any(there.get(case_id) is not case for case_id, case in merged.items()):
            self.file.write(renumbered(self.file, merged), contents.others)
            self._seen = self.file.last()
            if told:
                cases = [merged[document["id"]] for document in documents]
                self._restored.append(given_back(cases, len(merged), count))
        return count


def _entries(cases: Mapping[str, Document]) -> int:
    return sum(len(case["log"]) for case in cases.values())


def _grown(old: Document, new: Document) -> bool:
    there = {entry["id"] for entry in new["log"]} | stood_for(new["log"])
    return {entry["id"] for entry in old["log"]} <= there
