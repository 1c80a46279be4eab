"""The open cases of one home: read cheaply, changed durably, mended where the file was damaged."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from oxtui.cases.events import Document
from oxtui.clock import Clock
from oxtui.durable import make_folder, sync_folder, unsaved
from oxtui.errors import Unsaved
from oxtui.store.local import last_write, layout
from oxtui.store.local.backups import PREVIOUS
from oxtui.store.local.casefile import CaseFile
from oxtui.store.local.files import quarantine_mark, sweep_home
from oxtui.store.local.lock import locked
from oxtui.store.logs import grown

if TYPE_CHECKING:
    from oxtui.store.restored import Restored

LOCK = "cases.lock"
LOCK_SECONDS = 5.0
"""How long a change waits for another process that holds the lock."""
SECOND_LOOK = 0.02
"""Seconds before a file that looks damaged is read again, under the lock."""


def _none_closed(case_ids: Iterable[str]) -> set[str]:
    return set()


class OpenCases:
    """The open cases in `folder`; every pane and every command has one, and its threads share it.

    Documents that it hands out are shared: nobody changes them. Nothing is touched before the first use.
    `closed` tells which of some cases were closed; it must not wait. Every method raises StoreError: NewerFormat for
    a file of a newer oxtui, Unsaved where a change could not be written.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        lock_timeout: float | None = None,
        closed: Callable[[Iterable[str]], set[str]] = _none_closed,
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.file = CaseFile(folder, clock)
        self._timeout = LOCK_SECONDS if lock_timeout is None else lock_timeout
        self._closed = closed
        self._identity: tuple[int, int] | None = None
        self._view: tuple[layout.Contents, Mapping[str, Document]] | None = None
        self._turns = threading.Lock()  # over what follows; nothing waits for a disk within it
        self._restored: list[Restored] = []
        self._seen = layout.EMPTY
        self._begun = False
        self.newest_at_start = ""
        """When the last event of the open cases was made, as they were first read here (ISO 8601, UTC)."""
        self._mark = 0
        self._owed: dict[str, Document] = {}

    def open(self) -> None:
        """Make the folder, sweep what a crash left, and read the file once."""
        make_folder(self.folder)
        self._find()
        try:
            with locked(self.folder / LOCK, 0.2):
                sweep_home(self.folder)
        except Unsaved:
            pass  # a busy or read-only home can still be read; the next start sweeps
        self.snapshot()

    def stamp(self) -> tuple[int, ...]:
        """What changes whenever the case file does: one call of the operating system."""
        return self.file.stamp() or ()

    def snapshot(self) -> Mapping[str, Document]:
        """All open cases by case id, as they are on the disk now."""
        return self._by_id(self._read())

    def peek(self) -> Mapping[str, Document]:
        """`snapshot` as this process read or wrote it last, without looking at the disk."""
        return self._by_id(self._seen)

    def get(self, case_id: str) -> Document | None:
        """The open case with this id as it is on the disk now, or None."""
        return self.snapshot().get(case_id)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this home's lock, under which everybody changes the case file; it is not re-entrant."""
        self._find()
        with locked(self.folder / LOCK, self._timeout):
            yield

    def newest(self) -> Mapping[str, Document]:
        """`snapshot` for who holds the lock: nobody changes it before the lock is let go."""
        return self._by_id(self._read(under_lock=True))

    def write(self, changes: Mapping[str, Document | None]) -> None:
        """Put the documents in `changes` in the place of those cases, None in place of none; under the lock.

        All of it is on the disk when this returns. Raises Unsaved where the file cannot be written: the disk is then
        as it was (but see write_durably); StoreError for what is no case.
        """
        # TinyDB costs 14 ms, and the first frame needs none of it
        from oxtui.store.local.storage import changed

        base = self._read(under_lock=True)
        self._saw(self.file.write(base, changed(base, changes), base.others))

    def make_sure(self) -> None:
        """Make what was read durable: a crash may have come between the file's new name and the folder's sync."""
        try:
            sync_folder(self.folder)
        except FileNotFoundError:
            return  # nothing was read there
        except OSError as error:
            raise unsaved(error, self.file.path) from error

    def take_restored(self) -> list[Restored]:
        """What was restored from damage since the last call, for the agent to be told; run `settle` after it."""
        with self._turns:
            restored, self._restored = self._restored, []
        return restored

    def verify(self) -> dict[str, list[int]]:
        """The events with a wrong checksum, as sequence numbers by case id, after mending what can be mended.

        Where an older copy still has the right event, the file is set aside and that event restored. About 0.2 ms a
        case: not for the first frame.
        """
        from oxtui.store.local import recovery

        wrong = {id: case for id, case in self.snapshot().items() if recovery.altered(case)}
        if wrong and recovery.mendable(self.file, wrong):
            with self.lock():
                self._restore("entries in it were changed by something else than oxtui")
            wrong = {id: case for id, case in self.snapshot().items() if recovery.altered(case)}
        return {id: recovery.altered(case) for id, case in wrong.items()}

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
        """The newest contents; damage is mended and lost events are put back on the way."""
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
        """At the first reading: what the file lacks of what was written before has to be put back."""
        owed = last_write.missing(self.file.backups.folder, contents, self._closed)
        with self._turns:
            if not self._begun:
                self._begun = True
                ends = (kept["at"] for each in contents.documents.values() for kept in each["log"][-1:])
                self.newest_at_start = max(ends, default="")
                self._owed.update(owed)

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
        from oxtui.store.local.recovery import recover

        restored = recover(self.file, reason, self.clock.now())
        with self._turns:
            self._restored.append(restored)
            self._seen = self.file.last()
            self._mark = quarantine_mark(self.folder)
        return self._seen

    def _saw(self, contents: layout.Contents) -> None:
        with self._turns:
            self._seen = contents

    def _take_in(self, contents: layout.Contents) -> bool:
        """Make `contents` what was seen last, noting what it lacks; False where another thread saw newer ones.

        It lacks events where a log got shorter and, where another pane restored an older copy, whole cases.
        """
        before, mark = self._seen, quarantine_mark(self.folder)
        absent: dict[str, Document] = {}
        owed: dict[str, Document] = {}
        for case_id, number in before.numbers.items():
            old, now = before.documents[number], contents.numbers.get(case_id)
            if now is None:
                absent[case_id] = old
            elif old is not contents.documents[now] and not grown(old, contents.documents[now]):
                owed[case_id] = old
        if absent and mark != self._mark:
            closed = self._closed(absent)
            owed.update((case_id, old) for case_id, old in absent.items() if case_id not in closed)
        with self._turns:
            if self._seen is not before or (contents is not layout.EMPTY and contents is not self.file.last()):
                return False
            self._owed.update(owed)
            self._seen, self._mark = contents, mark
        return True

    def _put_back(self, contents: layout.Contents, under_lock: bool) -> layout.Contents:
        """Write what this pane has seen and the disk lacks now; doing it twice is doing it once."""
        from oxtui.store.local.recovery import given_back, merge_all, renumbered

        owed = dict(self._owed)
        try:
            with nullcontext() if under_lock else self.lock():
                contents = self.file.read()
                there = {document["id"]: document for document in contents.documents.values()}
                merged = merge_all(there, owed.values())
                if any(there.get(case_id) is not case for case_id, case in merged.items()):
                    contents = self.file.write(contents, renumbered(self.file, merged), contents.others)
                    count = _events(merged) - _events(there)
                    with self._turns:
                        self._restored.append(given_back([merged[case_id] for case_id in owed], len(merged), count))
        except Unsaved:
            if under_lock:
                raise
            return contents  # still owed: tried again with the next change
        with self._turns:
            for case_id, document in owed.items():
                if self._owed.get(case_id) is document:
                    del self._owed[case_id]
            self._seen = contents
        return contents


def _events(cases: Mapping[str, Document]) -> int:
    return sum(len(case["log"]) for case in cases.values())
