"""Removing closed cases from everywhere: the archive, older copies, the quarantine.

No one waits for the archive while holding the home's lock, which is released between two copies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from oxtui.cases.events import Document, iso
from oxtui.durable import unreadable, unsaved, write_durably
from oxtui.errors import NewerFormat, Refusal
from oxtui.store.files import QUARANTINE, quarantine_mark, sweep_home
from oxtui.store.local import copies, layout
from oxtui.store.local.cases import OpenCases
from oxtui.store.local.salvage import salvage
from oxtui.text import plural

FAR = timedelta(days=60)
"""No home in use is idle for so long: the clock is more likely wrong."""
_SURE = "clock right after"
_DOUBTED = "clock doubted after"
_EVER = float("inf")
_Goes: TypeAlias = Callable[[Document], bool]


class Purged(Struct, frozen=True):
    """The ids of the removed `cases`, the number of rewritten `files`, and those `left` (a newer format)."""

    cases: tuple[str, ...]
    files: int
    left: tuple[Path, ...]


class ClockDoubt(Refusal):
    """Nothing was purged: the clock is far ahead of everything written here. `cases` would be removed."""

    def __init__(self, cases: int, newest: datetime) -> None:
        super().__init__(
            f"Nothing happened here for months after {newest.astimezone():%d/%m/%Y}: is the clock right? "
            f"{plural(cases, 'closed case')} would be removed as too old, and stay for now",
            "set the clock; or, where it is right, oxtui purge --older DAYS --sure",
        )
        self.cases = cases
        self.newest = newest


def need_right_clock(store: OpenCases, days: int, now: datetime) -> None:
    """Raise ClockDoubt if everything written is so old that `now` may be wrong, and no one has confirmed it.

    The doubt is saved: writing with the doubtful clock does not lift it; setting the clock right does.
    """
    store.snapshot()  # reads newest_at_start
    archive = store.archive
    newest, doubted = max(store.newest_at_start, archive.newest(now + timedelta(days=1))), archive.fact(_DOUBTED)
    if doubted and not _is_far(doubted, now):
        archive.keep_fact(_DOUBTED, "")
        doubted = ""
    at = doubted or (newest if _is_far(newest, now) else "")
    if at and at > archive.fact(_SURE):
        raise ClockDoubt(len(archive.older_than(days, now)), datetime.fromisoformat(at))


def doubt_once(store: OpenCases, days: int, now: datetime) -> bool:
    """Whether the clock may be wrong; raises ClockDoubt the first time, if that would have cost a case."""
    try:
        need_right_clock(store, days, now)
    except ClockDoubt as doubt:
        at = iso(doubt.newest)
        if doubt.cases and store.archive.fact(_DOUBTED) != at:
            store.archive.keep_fact(_DOUBTED, at)
            raise
        return True
    return False


def be_sure(store: OpenCases, days: int, now: datetime) -> None:
    """Save that the clock is right in spite of what `need_right_clock` says."""
    try:
        need_right_clock(store, days, now)
    except ClockDoubt as doubt:
        store.archive.keep_fact(_SURE, iso(doubt.newest))
        store.archive.keep_fact(_DOUBTED, "")


def _is_far(moment: str, now: datetime) -> bool:
    return layout.is_moment(moment) and now - datetime.fromisoformat(moment) > FAR


def purge_case(store: OpenCases, case_id: str) -> Purged:
    """Remove one closed case everywhere; raises Refusal if it is still open, StoreError, Unsaved."""
    if case_id in store.snapshot():
        raise Refusal("this case is still open", "close it first")
    _sweep(store)
    removed = {case_id} if store.archive.purge([case_id]) else set()
    return _rewrite_all(store, lambda document: document["id"] == case_id, removed)


def purge_older(store: OpenCases, days: int, now: datetime) -> Purged:
    """Remove every case closed more than `days` days before `now`; raises StoreError, Unsaved."""
    _sweep(store)
    old, limit = set(store.archive.purge_older(days, now)), now - timedelta(days=days)
    return _rewrite_all(store, _older(old, limit), old, damaged_before=limit.timestamp())


def purge_at_start(store: OpenCases, days: int, now: datetime) -> Purged:
    """`purge_older`, at the cost of a look if nothing is that old; raises StoreError, Unsaved.

    A case that was closed before the limit is in no copy written after it: only copies written before it are read, and
    without any, no one waits for the lock. (To read all the copies of 1,000 open cases takes four seconds.)
    """
    old, limit = set(store.archive.purge_older(days, now)), now - timedelta(days=days)
    at = limit.timestamp()
    return _rewrite_all(store, _older(old, limit), old, damaged_before=at, written_before=at)


def _older(old: set[str], limit: datetime) -> _Goes:
    """Whether to remove a case from a copy: one of `old`, or one (closed or dropped) without an event since `limit`."""

    def goes(document: Mapping[str, Any]) -> bool:
        return document["id"] in old or max((event["at"] for event in document["log"]), default="") < iso(limit)

    return goes


def _mtime(path: Path) -> float:
    """When a copy was written (seconds); never, if it is not there."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return _EVER
    except OSError as error:
        raise unreadable(error, path) from error


def _rewrite_all(
    store: OpenCases,
    goes: _Goes,
    removed: set[str],
    *,
    damaged_before: float = _EVER,
    written_before: float = _EVER,
) -> Purged:
    """Rewrite every copy without the cases to be removed, unless they are open."""
    files, left = 0, []

    def closed_and_goes(document: Document) -> bool:
        return document["id"] not in store.newest() and goes(document)

    for path in (*sorted(store.file.backups.glob("*.json")), *sorted((store.folder / QUARANTINE).glob("*.json"))):
        if _mtime(path) >= written_before:
            continue
        with store.lock():
            mark = quarantine_mark(store.folder)
            try:
                purged = _rewrite(path, closed_and_goes, damaged_before, removed)
            except NewerFormat:
                left.append(path)
                continue
            if mark:  # its time announces restorations to open panes, and this was none
                os.utime(store.folder / QUARANTINE, ns=(mark, mark))
        files += bool(purged)
        removed |= purged
    return Purged(tuple(sorted(removed)), files, tuple(left))


def _sweep(store: OpenCases) -> None:
    """Remove files that killed writers left: they may hold the cases to be removed."""
    with store.lock():
        sweep_home(store.folder)


def _rewrite(path: Path, goes: _Goes, damaged_before: float, removed: set[str]) -> set[str]:
    """Take cases out of one copy, which keeps its time; returns the ids of those taken out.

    Of a damaged copy that is older than `damaged_before` (seconds), or has such a case in it, only the readable
    part stays: the rest might belong to a case to be removed.
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
        documents = {str(number): document for number, document in enumerate(salvage(data).by_id.values(), 1)}
        lines = {number: layout.line_of(number, document) for number, document in documents.items()}
        contents = layout.Contents(documents, lines)
        damaged = status.st_mtime < damaged_before
    purged = {case_id for case_id, document in contents.by_id.items() if goes(document)}
    others = copies.without(contents.others, purged | removed)
    if not purged and not damaged and others == contents.others:
        return purged
    lines = {number: contents.lines[number] for case_id, number in contents.numbers.items() if case_id not in purged}
    write_durably(path, layout.assemble(layout.Contents(lines=lines, others=others)))
    try:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        raise unsaved(error, path) from error
    return purged
