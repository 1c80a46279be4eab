"""Repair of a damaged case file: set it aside, restore the good parts, and report it.

Logs only ever grow. So the union of everything that can be read, by event id, is never more than was once
written, and every place that still has an event can give it back: the damaged file, its copies, the open panes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from oxtui.cases.events import Document, is_intact, stood_for
from oxtui.durable import make_folder, remove_quietly, unreadable, unsaved
from oxtui.errors import StoreError
from oxtui.store.files import QUARANTINE, set_aside
from oxtui.store.local import copies, layout
from oxtui.store.local.casefile import CaseFile, changed
from oxtui.store.local.salvage import Salvage, salvage
from oxtui.store.restored import LastEvent, Restored

_Backup: TypeAlias = tuple[Path, float, layout.Contents | Salvage]


def altered(document: Mapping[str, Any]) -> list[int]:
    """The numbers of the events whose checksum is wrong: changed since oxtui wrote them."""
    return [event["seq"] for event in document["log"] if not is_intact(document["id"], event)]


def gaps(document: Mapping[str, Any]) -> list[int]:
    """The numbers that are missing between the first and the last event of the log."""
    there = {event["seq"] for event in document["log"]}
    return [number for number in range(1, max(there, default=0)) if number not in there]


def merge(document: Document, *others: Mapping[str, Any]) -> Document:
    """`document` with the events that only `others` (the same case) have, ordered by number.

    An event with a wrong checksum gives way to one with a right one of the same id or the same number. Returns
    `document` itself if nothing is added.
    """
    case_id = document["id"]
    events: dict[str, Document] = {}
    good: dict[str, bool] = {}
    logs = (document["log"], *(other["log"] for other in others))
    given_up = {event_id for log in logs for event_id in stood_for(log)}
    for log in logs:
        for event in log:
            if event["id"] in given_up:
                continue
            if event["id"] not in events or (not good[event["id"]] and is_intact(case_id, event)):
                events[event["id"]] = event
                good[event["id"]] = is_intact(case_id, event)
    taken = {event["seq"] for event in events.values() if good[event["id"]]}
    merged = [event for event in events.values() if good[event["id"]] or event["seq"] not in taken]
    merged.sort(key=lambda event: (event["seq"], event["at"], event["id"]))
    if merged == document["log"]:
        return document
    newest = max(int(other.get("format", 1)) for other in (document, *others))
    return {**document, "format": newest, "log": merged}


def merge_all(base: Mapping[str, Document], held: Iterable[Mapping[str, Any]]) -> dict[str, Document]:
    """The cases of `base` with the cases and events that only `held` has; idempotent."""
    merged = dict(base)
    for document in held:
        there = merged.get(document["id"])
        merged[document["id"]] = dict(document) if there is None else merge(there, document)
    return merged


def put_back(held: Mapping[str, Document], cases: Mapping[str, Document], events: int) -> Restored:
    """The report if the file was older than a pane or copy that still `held` more; `cases` are open now."""
    reason = "the case file lacked entries that were written before: it was replaced by an older copy, or cut"
    last = tuple(_last(cases[case_id]) for case_id in held if cases[case_id]["log"])
    return Restored(reason, cases=len(cases), put_back=events, last=last)


def recover(file: CaseFile, reason: str, now: datetime) -> Restored:
    """Set the damaged (or missing) case file aside and restore the readable parts; call it under the lock.

    Raises StoreError if nothing can be restored (the file then stays), NewerFormat if a copy was written by a newer
    oxtui, Unsaved if the file system refuses.
    """
    missing = file.stamp() is None
    data, held, older = b"" if missing else file.bytes()[1], file.last, _copies(file.backups)
    damaged: list[Salvage] = []
    good: tuple[Path, float, layout.Contents] | None = None
    for path, written, copy in older:
        if isinstance(copy, layout.Contents):
            good = path, written, copy
            break
        damaged.append(copy)
    found = salvage(data, dict.fromkeys([*held.by_id, *(good[2].by_id if good else ())]))
    cases = _union(good[2] if good else layout.EMPTY, [*reversed(damaged), found])
    cases = merge_all(cases, copies.last_write(file.backups).by_id.values())
    on_disk = _event_ids(cases)
    cases = merge_all(cases, held.by_id.values())
    if not cases and good is None:
        raise StoreError(
            f"{file.path} is damaged beyond the backups: {reason}",
            "it was left as it is; move it away to begin with no cases",
        )
    while broken := {case_id for case_id, case in cases.items() if gaps(case) or altered(case)}:
        if (copy_of := next(older, None)) is None:
            break
        cases = merge_all(cases, [case for case_id, case in copy_of[2].by_id.items() if case_id in broken])
    cases = _without_shadows(cases)
    quarantined = _quarantined(file.path, now, missing)
    try:
        changes: dict[str, Document | None] = {**dict.fromkeys(held.by_id), **cases}
        others = (good[2] if good else held).others
        restored = file.write(layout.EMPTY, changed(held, changes), others, keep=False).by_id
    except BaseException:
        if quarantined:
            remove_quietly(quarantined)
        raise
    there = _event_ids(restored)
    seen, traces = found.seen.union(*(part.seen for part in damaged)), max(part.traces for part in [found, *damaged])
    touched = [document for case_id, document in restored.items() if case_id not in found.whole]
    return Restored(
        reason,
        copy=good[0].name if good else "",
        written_at=datetime.fromtimestamp(good[1], UTC) if good else None,
        cases=len(restored),
        put_back=len(there - on_disk),
        lost=max(len(seen - there), traces - len(there), sum(len(gaps(case)) for case in touched)),
        altered=sum(len(altered(document)) for document in restored.values()),
        last=tuple(_last(document) for document in touched if document["log"]),
        quarantined=quarantined,
    )


def mendable(file: CaseFile, wrong: Mapping[str, Document]) -> bool:
    """Whether a copy has the right version of an altered event of the cases `wrong`."""
    bad = {event["id"] for case_id, case in wrong.items() for event in case["log"] if not is_intact(case_id, event)}
    return any(
        event["id"] in bad and is_intact(case_id, event)
        for _, _, copy in _copies(file.backups)
        for case_id, document in copy.by_id.items()
        for event in document["log"]
    )


def _copies(folder: Path) -> Iterator[_Backup]:
    """The copies, newest first, with the time each was written (seconds); raises StoreError if one cannot be read."""
    for path in copies.newest_first(folder):
        try:
            data, written = path.read_bytes(), path.stat().st_mtime
        except FileNotFoundError:
            continue
        except OSError as error:
            raise unreadable(error, path) from error
        try:
            yield path, written, layout.read(data)
        except layout.Damaged:
            yield path, written, salvage(data)


def _union(good: layout.Contents, damaged: Iterable[Salvage]) -> dict[str, Document]:
    """The union of a good copy and the cases salvaged from files newer than it, oldest first."""
    cases = dict(good.by_id)
    for part in damaged:
        cases = merge_all(cases, part.by_id.values())
        for case_id in part.whole:  # the newest head that could be read whole
            cases[case_id] = {**part.by_id[case_id], "log": cases[case_id]["log"]}
        for case_id, events in part.loose.items():
            if case_id in cases:
                cases[case_id] = merge(cases[case_id], {"log": events})
    return cases


def _last(document: Mapping[str, Any]) -> LastEvent:
    event = document["log"][-1]
    return LastEvent(document["id"], event["what"], event["at"])


def _without_shadows(cases: dict[str, Document]) -> dict[str, Document]:
    """`cases` without copies of a case under a wrong id: no checksum is right, and each event is elsewhere."""
    right = {event["id"] for case_id, case in cases.items() for event in case["log"] if is_intact(case_id, event)}

    def is_shadow(case_id: str, log: list[Document]) -> bool:
        return bool(log) and all(event["id"] in right and not is_intact(case_id, event) for event in log)

    return {case_id: case for case_id, case in cases.items() if not is_shadow(case_id, case["log"])}


def _event_ids(cases: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {event["id"] for document in cases.values() for event in document["log"]}


def _quarantined(path: Path, now: datetime, missing: bool) -> Path | None:
    """Set the damaged file aside; the quarantine's time tells other panes to look for events that only they have."""
    if not missing:
        return set_aside(path, now)
    folder = path.parent / QUARANTINE
    make_folder(folder)
    try:
        os.utime(folder)
    except OSError as error:
        raise unsaved(error, folder) from error
    return None
