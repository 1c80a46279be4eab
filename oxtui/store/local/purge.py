"""Removing closed cases from everywhere: the archive, older copies, the quarantine.

Nobody who waits for the archive holds the home's lock, and it is let go between two copies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from oxtui.cases.events import Document, iso
from oxtui.durable import unreadable, unsaved, write_durably
from oxtui.errors import NewerFormat, Refusal
from oxtui.store.local import last_write, layout
from oxtui.store.local.archive import Archive
from oxtui.store.local.cases import OpenCases
from oxtui.store.local.files import QUARANTINE, quarantine_mark, sweep_home
from oxtui.store.local.layout import is_moment
from oxtui.store.local.salvage import salvage

FAR = timedelta(days=60)
"""So long nothing happens in no home that is worked in: rather the clock is wrong."""
_SURE = "clock right after"
_DOUBTED = "clock doubted after"


class Purged(Struct, frozen=True):
    """What was removed: the ids of the `cases`, how many `files` were rewritten, which were `left` (a newer
    format)."""

    cases: tuple[str, ...]
    files: int
    left: tuple[Path, ...]


class ClockDoubt(Refusal):
    """Nothing was purged: the clock is far ahead of all that was written here. `cases` would go."""

    def __init__(self, cases: int, newest: datetime) -> None:
        count = "1 closed case" if cases == 1 else f"{cases} closed cases"
        super().__init__(
            f"Nothing happened here for months after {newest.astimezone():%d/%m/%Y}: is the clock right? "
            f"{count} would be removed as too old, and stay for now",
            "set the clock; or, where it is right, oxtui purge --older DAYS --sure",
        )
        self.cases = cases
        self.newest = newest


def need_right_clock(cases: OpenCases, archive: Archive, days: int, now: datetime) -> None:
    """Raise ClockDoubt where all that was written is so old that `now` may be wrong, and nobody has said it is right.

    The doubt is kept: what is then written by that clock does not lift it, but a clock that was set right does.
    """
    cases.snapshot()  # so that it is known what was there
    newest, doubted = max(cases.newest_at_start, archive.newest(now + timedelta(days=1))), archive.fact(_DOUBTED)
    if doubted and not _is_far(doubted, now):
        archive.keep_fact(_DOUBTED, "")
        doubted = ""
    at = doubted or (newest if _is_far(newest, now) else "")
    if at and at > archive.fact(_SURE):
        raise ClockDoubt(len(archive.older_than(days, now)), datetime.fromisoformat(at))


def doubt_once(cases: OpenCases, archive: Archive, days: int, now: datetime) -> bool:
    """Whether the clock may be wrong; raises ClockDoubt the first time, where that would have cost a case."""
    try:
        need_right_clock(cases, archive, days, now)
    except ClockDoubt as doubt:
        at = iso(doubt.newest)
        if doubt.cases and archive.fact(_DOUBTED) != at:
            archive.keep_fact(_DOUBTED, at)
            raise
        return True
    return False


def be_sure(cases: OpenCases, archive: Archive, days: int, now: datetime) -> None:
    """Keep that the clock is right in spite of what `need_right_clock` says."""
    try:
        need_right_clock(cases, archive, days, now)
    except ClockDoubt as doubt:
        archive.keep_fact(_SURE, iso(doubt.newest))
        archive.keep_fact(_DOUBTED, "")


def _is_far(moment: str, now: datetime) -> bool:
    return is_moment(moment) and now - datetime.fromisoformat(moment) > FAR


def purge_case(cases: OpenCases, archive: Archive, case_id: str) -> Purged:
    """Remove one closed case everywhere; raises Refusal where it is still open, StoreError, Unsaved."""
    if case_id in cases.snapshot():
        raise Refusal("this case is still open", "close it first")
    _sweep(cases)
    removed = {case_id} if archive.purge([case_id]) else set()
    return _rewrite_all(cases, lambda document: document["id"] == case_id, float("inf"), removed)


def purge_older(cases: OpenCases, archive: Archive, days: int, now: datetime) -> Purged:
    """Remove every closed case that was closed more than `days` days before `now`; raises StoreError, Unsaved."""
    limit = now - timedelta(days=days)
    _sweep(cases)
    old = set(archive.purge_older(days, now))
    return _rewrite_all(cases, _older(old, limit), limit.timestamp(), old)


def purge_at_start(cases: OpenCases, archive: Archive, days: int, now: datetime) -> Purged:
    """What `purge_older` does, at the cost of a look where nothing is that old; raises StoreError, Unsaved.

    A case that was closed before the limit is in no copy that was written after it: only the copies written before it
    are read, and while there are none, nobody has to wait for the lock. (To read all the copies of 1,000 open cases
    takes four seconds.)
    """
    limit = now - timedelta(days=days)
    old = set(archive.purge_older(days, now))
    return _rewrite_all(cases, _older(old, limit), limit.timestamp(), old, limit.timestamp())


def _older(old: set[str], limit: datetime) -> Callable[[Document], bool]:
    """Whether a case in a copy goes: closed and among `old`, or closed (or dropped) with no event since `limit`."""

    def goes(document: Mapping[str, Any]) -> bool:
        return document["id"] in old or max((kept["at"] for kept in document["log"]), default="") < iso(limit)

    return goes


def _written(path: Path) -> float:
    """When a copy was written (seconds); infinitely late where it has gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
    except OSError as error:
        raise unreadable(error, path) from error


def _rewrite_all(
    cases: OpenCases,
    goes: Callable[[Document], bool],
    damaged_before: float,
    removed: set[str],
    written_before: float = float("inf"),
) -> Purged:
    """Rewrite every copy without the cases that go and are not open; the lock is let go between two copies."""
    files, left = 0, []

    def closed_and_goes(document: Document) -> bool:
        return document["id"] not in cases.newest() and goes(document)

    for folder in _folders(cases):
        for path in sorted(folder.glob("*.json")):
            if _written(path) >= written_before:
                continue
            with cases.lock():
                mark = quarantine_mark(cases.folder)
                try:
                    gone = _rewrite(path, closed_and_goes, damaged_before, removed)
                except NewerFormat:
                    left.append(path)
                    continue
                if mark:  # its time tells open panes of restorations, and this was none
                    os.utime(cases.folder / QUARANTINE, ns=(mark, mark))
            files += bool(gone)
            removed |= gone
    return Purged(tuple(sorted(removed)), files, tuple(left))


def _folders(cases: OpenCases) -> tuple[Path, Path]:
    return (cases.file.backups.folder, cases.folder / QUARANTINE)


def _sweep(cases: OpenCases) -> None:
    """Remove what killed writers left: it may hold the cases that go."""
    with cases.lock():
        sweep_home(cases.folder)


def _rewrite(path: Path, goes: Callable[[Document], bool], damaged_before: float, removed: set[str]) -> set[str]:
    """Take cases out of one copy, which keeps its time; returns the ids of those taken out.

    Of a damaged copy from before `damaged_before` (seconds), or with such a case in it, only what can be read
    stays: the rest might be of a case that goes.
    """
    try:
        data, status = path.read_bytes(), path.stat()
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise unreadable(error, path) from error
    try:
        contents = layout.read(data)
        damaged = False
    except layout.Damaged:
        found = salvage(data).documents
        documents = {str(number): document for number, document in enumerate(found.values(), 1)}
        lines = {number: layout.line(number, document) for number, document in documents.items()}
        contents = layout.contents(documents, lines, {})
        damaged = status.st_mtime < damaged_before
    gone = {document["id"] for document in contents.documents.values() if goes(document)}
    others = last_write.without(contents.others, gone | removed)
    if not gone and not damaged and others == contents.others:
        return gone
    documents = {number: case for number, case in contents.documents.items() if case["id"] not in gone}
    lines = {number: contents.lines[number] for number in documents}
    write_durably(path, layout.assemble(layout.contents(documents, lines, others)))
    try:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        raise unsaved(error, path) from error
    return gone
