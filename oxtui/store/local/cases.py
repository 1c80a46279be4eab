"""The open cases of one home: read cheaply, changed durably, repaired if the file was damaged."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from oxtui.cases.events import Document
from oxtui.clock import Clock
from oxtui.durable import make_folder, sync_folder, unsaved
from oxtui.errors import StoreError, Unsaved
from oxtui.store.files import quarantine_mark, sweep_home
from oxtui.store.local import copies, layout
from oxtui.store.local.archive import WRITE_SECONDS, Archive
from oxtui.store.local.casefile import CaseFile, changed
from oxtui.store.local.lock import locked

if TYPE_CHECKING:
    from oxtui.store.restored import Restored

LOCK = "cases.lock"
LOCK_SECONDS = 5.0
"""How long a change waits for another process that holds the lock."""
SECOND_LOOK = 0.02
"""Seconds before a file that looks damaged is read again, under the lock."""


class OpenCases:
    """The open cases in `folder`, shared by the threads of a process. See CaseStore.

    Nothing is touched before the first use.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        lock_timeout: float | None = None,
        archive_timeout: float = WRITE_SECONDS,
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.file = CaseFile(folder, clock)
        self.archive = Archive(folder, write_seconds=archive_timeout)
        self._archive = Archive(folder, 0, 0)  # the same one, for use under the lock: it never waits
        self._timeout = LOCK_SECONDS if lock_timeout is None else lock_timeout
        self._identity: tuple[int, int] | None = None
        self._turns = threading.Lock()  # over what follows; never held while waiting for a disk
        self._restored: list[Restored] = []
        self._seen = layout.EMPTY
        self._begun = False
        self.newest_at_start = ""
        """The time of the last event in the open cases when they were first read here (ISO 8601, UTC)."""
        self._mark = 0
        self._owed: dict[str, Document] = {}
        """Cases with events that the file lacks, to be put back."""

    def open(self) -> None:
        make_folder(self.folder)
        self._find()
        try:
            with locked(self.folder / LOCK, 0.2):
                sweep_home(self.folder)
        except Unsaved:
            pass  # a busy or read-only home can still be read; the next start sweeps
        self.snapshot()

    def stamp(self) -> object:
        return self.file.stamp() or ()

    def snapshot(self) -> Mapping[str, Document]:
        return self._read().by_id

    def peek(self) -> Mapping[str, Document]:
        return self._seen.by_id

    def get(self, case_id: str) -> Document | None:
        return self._read().by_id.get(case_id)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this home's lock, under which the case file is changed; it is not re-entrant."""
        self._find()
        with locked(self.folder / LOCK, self._timeout):
            yield

    def newest(self) -> Mapping[str, Document]:
        """`snapshot` under the lock."""
        return self._read(under_lock=True).by_id

    def write(self, changes: Mapping[str, Document | None]) -> None:
        """Replace or add the cases in `changes`, or remove them (None), durably; call it under the lock.

        Raises Unsaved if the file cannot be written: the disk is then unchanged (but see write_durably); StoreError
        if one is no case.
        """
        base = self._read(under_lock=True)
        contents = self.file.write(base, changed(base, changes), base.others)
        with self._turns:
            self._seen = contents

    def make_sure(self) -> None:
        # a crash may have come between the file's new name and the sync of its folder
        try:
            sync_folder(self.folder)
        except FileNotFoundError:
            return  # nothing was read there
        except OSError as error:
            raise unsaved(error, self.file.path) from error

    def take_restored(self) -> list[Restored]:
        with self._turns:
            restored, self._restored = self._restored, []
        return restored

    def verify(self) -> dict[str, list[int]]:
        """Restores from an older copy that still has the right event. About 0.2 ms a case: not for the first frame."""
        from oxtui.store.local import recovery

        wrong = {case_id: case for case_id, case in self.snapshot().items() if recovery.altered(case)}
        if wrong and recovery.mendable(self.file, wrong):
            with self.lock():
                self._restore("entries in it were changed by something other than oxtui")
            wrong = {case_id: case for case_id, case in self.snapshot().items() if recovery.altered(case)}
        return {case_id: recovery.altered(case) for case_id, case in wrong.items()}

    def _closed_among(self, case_ids: Iterable[str]) -> set[str]:
        """Those of `case_ids` that are closed cases, without waiting."""
        try:
            return self._archive.holds(case_ids)
        except StoreError:
            return set()  # better a closed case that `settle` closes again than an open one lost

    def _find(self) -> None:
        """Check that the folder is the one we began with; it is made at the first use, never again."""
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
        """The newest contents; on the way damage is repaired, and lost events are put back."""
        while True:
            try:
                contents = self.file.read()
                missing = contents is layout.EMPTY and self._ought_to_exist()
            except layout.Damaged:
                missing = True
            if missing:
                with nullcontext() if under_lock else self.lock():
                    contents = self._read_again()
            if not self._begun:
                self._begin(contents)
            news = contents is not self._seen
            if news and not self._take_in(contents):
                continue  # another thread has read or written something newer meanwhile
            if self._owed and (news or under_lock):
                return self._put_back(contents, under_lock)
            return contents

    def _begin(self, contents: layout.Contents) -> None:
        """At the first reading, note which events of earlier writes the file lacks."""
        owed = copies.missing(self.file.backups, contents, self._closed_among)
        with self._turns:
            if not self._begun:
                self._begun = True
                ends = (event["at"] for each in contents.documents.values() for event in each["log"][-1:])
                self.newest_at_start = max(ends, default="")
                self._owed.update(owed)

    def _ought_to_exist(self) -> bool:
        """Whether a missing case file means loss, not a new home."""
        if self._identity is not None:
            self._find()
        return bool(self.file.last.documents) or (self.file.backups / copies.PREVIOUS).exists()

    def _read_again(self) -> layout.Contents:
        """Read a second time, under the lock, and restore if the file is damaged."""
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
        from oxtui.store.local.recovery import recover

        restored = recover(self.file, reason, self.clock.now())
        with self._turns:
            self._restored.append(restored)
            self._seen = self.file.last
            self._mark = quarantine_mark(self.folder)
        return self._seen

    def _take_in(self, contents: layout.Contents) -> bool:
        """Make `contents` the last ones seen, noting the events they lack; False if another thread saw newer ones.

        They lack events if a log got shorter; whole cases too if another pane has restored an older copy since.
        """
        before, mark = self._seen, quarantine_mark(self.folder)
        owed, absent = copies.shrunk(before, contents)
        if absent and mark != self._mark:
            closed = self._closed_among(absent)
            owed.update((case_id, old) for case_id, old in absent.items() if case_id not in closed)
        with self._turns:
            if self._seen is not before or (contents is not layout.EMPTY and contents is not self.file.last):
                return False
            self._owed.update(owed)
            self._seen, self._mark = contents, mark
        return True

    def _put_back(self, contents: layout.Contents, under_lock: bool) -> layout.Contents:
        """Write the events that this pane has seen and the disk now lacks; idempotent."""
        from oxtui.store.local.recovery import merge_all, put_back

        owed = dict(self._owed)
        try:
            with nullcontext() if under_lock else self.lock():
                contents = self.file.read()
                there = contents.by_id
                merged = merge_all(there, owed.values())
                changes = {case_id: case for case_id, case in merged.items() if there.get(case_id) is not case}
                if changes:
                    contents = self.file.write(contents, changed(contents, changes), contents.others)
                    count = sum(len(case["log"]) for case in merged.values())
                    count -= sum(len(case["log"]) for case in there.values())
                    with self._turns:
                        self._restored.append(put_back(owed, merged, count))
        except Unsaved:
            if under_lock:
                raise
            return contents  # still to be put back: tried again with the next change
        with self._turns:
            for case_id, document in owed.items():
                if self._owed.get(case_id) is document:
                    del self._owed[case_id]
            self._seen = contents
        return contents
