"""The store of one machine: open cases in a TinyDB file, closed ones in an SQLite archive beside it.

A case that moves is written to its new place first and then removed from the old one, so that a crash in between leaves
it in both places and never in none; from the logs, which only grow, `settle` knows in which direction it moved.

Every change is made under the home's lock. No one waits for the archive while holding it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from oxtui.cases.events import Document
from oxtui.clock import Clock
from oxtui.errors import NotArchived, NotOpen, StoreError
from oxtui.store.drafts import Drafts
from oxtui.store.interface import Summarise
from oxtui.store.local.archive import WRITE_SECONDS, ArchiveBusy
from oxtui.store.local.cases import OpenCases
from oxtui.store.logs import Missed, check_new, extended, has, ids, missed

CLOSED = "closed"
"""The name of a closed case's last event."""
T = TypeVar("T")


class LocalStore(OpenCases):
    """The cases in `folder`; nothing is touched before the first use. See CaseStore for the methods."""

    floor: Final[None] = None

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        lock_timeout: float | None = None,
        archive_timeout: float = WRITE_SECONDS,
    ) -> None:
        super().__init__(folder, clock, lock_timeout, archive_timeout)
        self._archive_timeout = archive_timeout
        self.drafts = Drafts(folder, clock, self.lock, self._existing)

    # -- changing an open case
    def create(self, document: Document) -> None:
        case_id = str(document["id"])
        if not document["log"]:
            raise StoreError("a case begins with an event")
        with self.lock():
            there = self.newest().get(case_id)
            if there is None:
                self.write({case_id: document})
            elif there["log"] and there["log"][0]["id"] == document["log"][0]["id"]:
                self.make_sure()
            else:
                raise StoreError("another open case has this id")

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        check_new(case_id, after, events)
        with self.lock():
            document = self.newest().get(case_id)
            if document is not None:
                if has(document, events):
                    self.make_sure()
                    return None
                news = missed(document, after)
                if news is None:
                    self.write({case_id: extended(document, events)})
                return news
        self._must_be_archived(case_id, events)
        return None

    def drop(self, case_id: str, after: int) -> Missed:
        with self.lock():
            document = self.newest().get(case_id)
            if document is not None:
                news = missed(document, after)
                if news is None:
                    self.write({case_id: None})
                return news
            self.make_sure()
        if self.archive.holds([case_id]):
            raise NotOpen
        return None

    # -- between open cases and archive
    def close(self, case_id: str, after: int, events: Sequence[Document], summary: Mapping[str, Any]) -> Missed:
        check_new(case_id, after, events)

        def work() -> tuple[bool, Missed]:
            document = self.newest().get(case_id)
            if document is None:
                self.make_sure()
                return False, None
            closed = document
            if not has(document, events):
                news = missed(document, after)
                if news is not None:
                    return True, news
                closed = extended(document, events)
            elif document["log"][-1]["id"] != events[-1]["id"]:
                return True, None  # closed by these events, and reopened since
            self._move_to_archive(closed, summary)
            return True, None

        was_open, news = self._with_archive(work)
        if not was_open:
            self._must_be_archived(case_id, events)
        return news

    def reopen(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        check_new(case_id, after, events)

        def work() -> tuple[Document | None, Missed]:
            document, closed = self.newest().get(case_id), self._archive.get(case_id)
            if document is not None:
                if not has(document, events):
                    return None, missed(document, after) or ()
                self.make_sure()
                return closed if closed and ids(closed) <= ids(document) else None, None
            if closed is None:
                raise NotArchived
            if has(closed, events):
                return None, None  # reopened by these events, and closed since
            news = missed(closed, after)
            if news is not None:
                return None, news
            self.write({case_id: extended(closed, events)})
            return closed, None

        closed, news = self._with_archive(work)
        self._remove_reopened(closed)
        return news

    def replace(self, document: Document, after: int, summary: Mapping[str, Any] | None = None) -> Missed:
        case_id = str(document["id"])

        def work() -> tuple[Document | None, Missed]:
            mine, closed = self.newest().get(case_id), self._archive.get(case_id)
            here = mine or closed
            if here is None:
                if after:
                    return None, ()
            elif missed(here, after) is not None:
                return None, None if has(here, document["log"]) else missed(here, after)
            if summary is None:
                self.write({case_id: document})
                return closed if mine is None else None, None
            self._move_to_archive(document, summary)
            return None, None

        closed, news = self._with_archive(work)
        self._remove_reopened(closed)
        return news

    def settle(self, summarise: Summarise) -> list[str]:
        """Run it at start and after a restoration; it costs two reads if there is nothing to do."""
        open_now = self.snapshot()
        if not self.archive.holds(open_now) and not any(_is_closed(document) for document in open_now.values()):
            return []
        from oxtui.store.local.recovery import merge  # 1 ms, and seldom needed

        moved: dict[str, Document | None] = {}

        def work() -> None:
            there = self.newest()
            held = self._archive.holds(there)
            for case_id, document in there.items():
                closed = self._archive.get(case_id) if case_id in held else None
                if closed is not None and ids(document) <= ids(closed):
                    self.write({case_id: None})
                    moved[case_id] = None
                elif _is_closed(document):
                    whole = merge(document, closed) if closed else document
                    self._move_to_archive(whole, summarise(whole))
                    moved[case_id] = None
                elif closed is not None:
                    # reopened, or never closed because the open file could not be written, and work went on
                    before = [event for event in closed["log"] if event["what"] != CLOSED]
                    self.write({case_id: merge(document, {"log": before})})
                    moved[case_id] = closed

        self._with_archive(work)
        for closed in moved.values():
            self._remove_reopened(closed)
        return list(moved)

    def purge_old(self, days: int, now: datetime) -> tuple[str, ...]:
        from oxtui.store.local.purge import doubt_once, purge_at_start

        return () if doubt_once(self, days, now) else purge_at_start(self, days, now).cases

    # -- inside
    def _with_archive(self, work: Callable[[], T]) -> T:
        """Run `work` under the home's lock, and again while it finds the archive busy, waiting without the lock."""
        deadline = time.monotonic() + self._archive_timeout
        while True:
            try:
                with self.lock():
                    return work()
            except ArchiveBusy:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
            self.archive.wait(left)

    def _move_to_archive(self, document: Document, summary: Mapping[str, Any]) -> None:
        """Under the lock: write a case to the archive, then remove it from the open ones."""
        case_id = str(document["id"])
        self._archive.add(document, summary)
        if case_id not in self.newest():
            return
        try:
            self.write({case_id: None})
        except BaseException:
            with suppress(StoreError):  # if it cannot be undone now, the next start settles it
                if case_id in self.newest():
                    self._archive.remove(case_id, only=document)
            raise

    def _remove_reopened(self, closed: Document | None) -> None:
        """Remove a reopened case from the archive; if that is busy, `settle` does it later."""
        if closed is not None:
            with suppress(ArchiveBusy):
                self.archive.remove(str(closed["id"]), only=closed)

    def _must_be_archived(self, case_id: str, events: Sequence[Document]) -> None:
        """Raise NotOpen unless the archive has `events` in that case."""
        closed = self.archive.get(case_id)
        if closed is None or not has(closed, events):
            raise NotOpen

    def _existing(self, case_ids: Iterable[str]) -> set[str]:
        """Those of `case_ids` that are open or closed; one that moves meanwhile is in one of the three looks."""
        open_before = self.snapshot().keys()
        return (open_before | self.archive.holds(case_ids) | self.snapshot().keys()).intersection(case_ids)


def _is_closed(document: Mapping[str, Any]) -> bool:
    return bool(document["log"]) and document["log"][-1]["what"] == CLOSED
