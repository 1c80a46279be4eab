"""The store of one machine: open cases in a TinyDB file, closed ones in an SQLite archive beside it.

A case is written where it goes first and removed where it was second, so that a crash in between leaves it in both
places and never in none; from the logs, which only grow, `settle` sees which way it was going.

Whoever changes a case holds the home's lock. Nobody waits for the archive while holding it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from oxtui.cases.events import Document
from oxtui.clock import Clock
from oxtui.errors import Negative, NotOpen, StoreError
from oxtui.store.interface import Summarise
from oxtui.store.local.archive import WRITE_SECONDS, Archive, ArchiveBusy
from oxtui.store.local.cases import OpenCases
from oxtui.store.local.drafts import Drafts
from oxtui.store.logs import Missed, check_new, extended, has, ids, missed

if TYPE_CHECKING:
    from oxtui.store.restored import Restored

CLOSED = "closed"
"""What the last event of a closed case is called."""
T = TypeVar("T")


class LocalStore:
    """The cases in `folder`; nothing is touched before the first use. See CaseStore."""

    floor: Final[None] = None

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        lock_timeout: float | None = None,
        archive_timeout: float = WRITE_SECONDS,
    ) -> None:
        self._archive_timeout = archive_timeout
        self.archive = Archive(folder, write_seconds=archive_timeout)
        self._archive = Archive(folder, 0, 0)  # the same one, for who holds the lock: it never waits
        self.cases = OpenCases(folder, clock, lock_timeout, self._known_as_closed)
        self.drafts = Drafts(self.cases)

    # -- reading
    def open(self) -> None:
        """Make the folder, sweep what a crash left, and read the open cases once."""
        self.cases.open()

    def stamp(self) -> object:
        """What changes whenever the case file does: one call of the operating system."""
        return self.cases.stamp()

    def snapshot(self) -> Mapping[str, Document]:
        """All open cases by case id, as they are on the disk now."""
        return self.cases.snapshot()

    def peek(self) -> Mapping[str, Document]:
        """`snapshot` as this process read or wrote it last, without looking at the disk."""
        return self.cases.peek()

    def get(self, case_id: str) -> Document | None:
        """The open case with this id as it is on the disk now, or None."""
        return self.cases.get(case_id)

    def make_sure(self) -> None:
        """See that what `snapshot` and `get` show is durable, whoever wrote it."""
        self.cases.make_sure()

    def take_restored(self) -> list[Restored]:
        """What was restored from damage since the last call, for the agent to be told; run `settle` after it."""
        return self.cases.take_restored()

    def verify(self) -> dict[str, list[int]]:
        """The events with a wrong checksum, as numbers by case id, after mending what can be mended."""
        return self.cases.verify()

    # -- changing an open case
    def create(self, document: Document) -> None:
        """Add an open case; creating it again, as its first event tells, changes nothing."""
        case_id = str(document["id"])
        if not document["log"]:
            raise StoreError("a case begins with an event")
        with self.cases.lock():
            there = self.cases.newest().get(case_id)
            if there is None:
                self.cases.write({case_id: document})
            elif there["log"] and there["log"][0]["id"] == document["log"][0]["id"]:
                self.cases.make_sure()
            else:
                raise StoreError("another open case has this id")

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """Add `events`, numbered from `after` + 1, to an open case whose last event has the number `after`."""
        check_new(case_id, after, events)
        with self.cases.lock():
            document = self.cases.newest().get(case_id)
            if document is not None:
                if has(document, events):
                    self.cases.make_sure()
                    return None
                news = missed(document, after)
                if news is None:
                    self.cases.write({case_id: extended(document, events)})
                return news
        self._must_be_archived(case_id, events)
        return None

    def drop(self, case_id: str, after: int) -> Missed:
        """Remove an open case; one that is not there is dropped already. Raises NotOpen where it was closed."""
        with self.cases.lock():
            document = self.cases.newest().get(case_id)
            if document is not None:
                news = missed(document, after)
                if news is None:
                    self.cases.write({case_id: None})
                return news
            self.cases.make_sure()
        if self.archive.holds([case_id]):
            raise not_open()
        return None

    # -- between open cases and archive
    def close(self, case_id: str, after: int, events: Sequence[Document], summary: Mapping[str, Any]) -> Missed:
        """`append`, and the case goes to the archive with its `summary`."""
        check_new(case_id, after, events)

        def work() -> tuple[bool, Missed]:
            document = self.cases.newest().get(case_id)
            if document is None:
                self.cases.make_sure()
                return False, None
            closed = document
            if not has(document, events):
                news = missed(document, after)
                if news is not None:
                    return True, news
                closed = extended(document, events)
            elif document["log"][-1]["id"] != events[-1]["id"]:
                return True, None  # it was closed by these, and has been reopened since
            self._move_to_archive(closed, summary)
            return True, None

        was_open, news = self._with_archive(work)
        if not was_open:
            self._must_be_archived(case_id, events)
        return news

    def reopen(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """`append` to a closed case, which is open from then on; raises Negative where the archive lacks it."""
        check_new(case_id, after, events)

        def work() -> tuple[Document | None, Missed]:
            document, closed = self.cases.newest().get(case_id), self._archive.get(case_id)
            if document is not None:
                if not has(document, events):
                    return None, missed(document, after) or ()
                self.cases.make_sure()
                return closed if closed and ids(closed) <= ids(document) else None, None
            if closed is None:
                raise Negative("This case is not in the history", "it may be open, or it was purged")
            if has(closed, events):
                return None, None  # it was reopened by these, and has been closed since
            news = missed(closed, after)
            if news is not None:
                return None, news
            self.cases.write({case_id: extended(closed, events)})
            return closed, None

        closed, news = self._with_archive(work)
        self._is_open_again(closed)
        return news

    def replace(self, document: Document, after: int, summary: Mapping[str, Any] | None = None) -> Missed:
        """Put a case that came from elsewhere in the place of what is here of it, open or closed."""
        case_id = str(document["id"])

        def work() -> tuple[Document | None, Missed]:
            mine, closed = self.cases.newest().get(case_id), self._archive.get(case_id)
            here = mine or closed
            if here is None:
                if after:
                    return None, ()
            elif missed(here, after) is not None:
                return None, None if has(here, document["log"]) else missed(here, after)
            if summary is None:
                self.cases.write({case_id: document})
                return closed if mine is None else None, None
            self._move_to_archive(document, summary)
            return None, None

        closed, news = self._with_archive(work)
        self._is_open_again(closed)
        return news

    def settle(self, summarise: Summarise) -> list[str]:
        """Finish what a crash left half done between open cases and archive; gives the ids of the cases moved.

        Run at start and after a restoration. Costs one look at each where there is nothing to do.
        """
        open_now = self.snapshot()
        if not self.archive.holds(open_now) and not any(_is_closed(document) for document in open_now.values()):
            return []
        from oxtui.store.local.recovery import merge  # 1 ms, and there is seldom anything to settle

        moved: dict[str, Document | None] = {}

        def work() -> None:
            there = self.cases.newest()
            held = self._archive.holds(there)
            for case_id, document in there.items():
                closed = self._archive.get(case_id) if case_id in held else None
                if closed is not None and ids(document) <= ids(closed):
                    self.cases.write({case_id: None})
                    moved[case_id] = None
                elif _is_closed(document):
                    whole = merge(document, closed) if closed else document
                    self._move_to_archive(whole, summarise(whole))
                    moved[case_id] = None
                elif closed is not None:
                    # open again, or never closed: then work went on where the open file could not be written
                    begun = [kept for kept in closed["log"] if kept["what"] != CLOSED]
                    self.cases.write({case_id: merge(document, {"log": begun})})
                    moved[case_id] = closed

        self._with_archive(work)
        for closed in moved.values():
            self._is_open_again(closed)
        return list(moved)

    def purge_old(self, days: int, now: datetime) -> tuple[str, ...]:
        """Remove for good what was closed more than `days` days before `now`; gives the ids of the cases removed.

        Raises ClockDoubt, which is no StoreError, where the clock may be wrong.
        """
        from oxtui.store.local.purge import doubt_once, purge_at_start

        if doubt_once(self.cases, self.archive, days, now):
            return ()
        return purge_at_start(self.cases, self.archive, days, now).cases

    # -- inside
    def _with_archive(self, work: Callable[[], T]) -> T:
        """What `work` gives, run under the home's lock, and again for as long as it finds the archive busy.

        It is waited for without the lock: nobody's append waits for the archive.
        """
        deadline = time.monotonic() + self._archive_timeout
        while True:
            try:
                with self.cases.lock():
                    return work()
            except ArchiveBusy:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
            self.archive.wait(left)

    def _move_to_archive(self, document: Document, summary: Mapping[str, Any]) -> None:
        """Under the lock: write a case to the archive, then take it out of the open ones."""
        case_id = str(document["id"])
        self._archive.add(document, summary)
        if case_id not in self.cases.newest():
            return
        try:
            self.cases.write({case_id: None})
        except BaseException:
            with suppress(StoreError):  # what cannot be undone now is settled at the next start
                if case_id in self.cases.newest():
                    self._archive.remove(case_id, only=document)
            raise

    def _is_open_again(self, closed: Document | None) -> None:
        """Take what is open again out of the archive; where somebody holds it, `settle` does that later."""
        if closed is not None:
            with suppress(ArchiveBusy):
                self.archive.remove(str(closed["id"]), only=closed)

    def _must_be_archived(self, case_id: str, events: Sequence[Document]) -> None:
        """Raise NotOpen, unless the archive has `events` in that case."""
        closed = self.archive.get(case_id)
        if closed is None or not has(closed, events):
            raise not_open()

    def _known_as_closed(self, case_ids: Iterable[str]) -> set[str]:
        try:
            return self._archive.holds(case_ids)
        except StoreError:
            return set()  # rather a closed case that `settle` closes again than an open one lost


def not_open() -> NotOpen:
    """What is raised where a case that has to be open is not."""
    return NotOpen("This case is no longer open", "another pane may have closed it: see the history")


def _is_closed(document: Mapping[str, Any]) -> bool:
    return bool(document["log"]) and document["log"][-1]["what"] == CLOSED
