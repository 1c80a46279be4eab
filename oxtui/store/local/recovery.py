"""What is done about a damaged case file: set it aside, restore what is good, and say so.

Logs only ever grow. So the union of all that can be read, by event id, is never more than what once was
written, and every place that still holds an event can give it back: the damaged file itself, older copies,
the open panes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oxtui.cases.events import Document, is_intact, stood_for
from oxtui.durable import make_folder, remove_quietly, unreadable, unsaved
from oxtui.errors import StoreError
from oxtui.store.local import last_write, layout
from oxtui.store.local.casefile import CaseFile
from oxtui.store.local.files import QUARANTINE, set_aside
from oxtui.store.local.salvage import Salvage, salvage
from oxtui.store.restored import LastEvent, Restored


def given_back(cases: Iterable[Mapping[str, Any]], open_cases: int, events: int) -> Restored:
    """What is told where the file is older than what this pane, or a copy beside it, holds."""
    return Restored(
        reason="the case file lacked entries that were written before: it was replaced by an older copy, or cut",
        copy="",
        written_at=None,
        cases=open_cases,
        put_back=events,
        lost=0,
        altered=0,
        last=tuple(_last(case) for case in cases if case["log"]),
        quarantined=None,
    )


def altered(document: Mapping[str, Any]) -> list[int]:
    """The sequence numbers of the events whose checksum is wrong: changed since oxtui wrote them."""
    return [event["seq"] for event in document["log"] if not is_intact(document["id"], event)]


def gaps(document: Mapping[str, Any]) -> list[int]:
    """The sequence numbers that are missing between the first and the last event of the log."""
    there = {event["seq"] for event in document["log"]}
    return [number for number in range(1, max(there, default=0)) if number not in there]


def merge(document: Document, *others: Mapping[str, Any]) -> Document:
    """`document` with the events that only `others` (the same case) hold, in the order of their sequence.

    An event with a wrong checksum gives way to one with a right one of the same id or the same number.
    Returns `document` itself where nothing is added.
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
    kept = [event for event in events.values() if good[event["id"]] or event["seq"] not in taken]
    kept.sort(key=lambda event: (event["seq"], event["at"], event["id"]))
    if kept == document["log"]:
        return document
    newest = max(int(other.get("format", 1)) for other in (document, *others))
    return {**document, "format": newest, "log": kept}


def merge_all(base: Mapping[str, Document], held: Iterable[Mapping[str, Any]]) -> dict[str, Document]:
    """The cases of `base` with what `held` has more: missing cases, missing events. Doing it twice is
    doing it once."""
    merged = dict(base)
    for document in held:
        there = merged.get(document["id"])
        merged[document["id"]] = dict(document) if there is None else merge(there, document)
    return merged


def renumbered(file: CaseFile, cases: Mapping[str, Document]) -> dict[str, Document]:
    """`cases` under the numbers that TinyDB gave them, new ones behind."""
    numbers = file.last().numbers
    following = max((int(number) for number in numbers.values()), default=0) + 1
    result: dict[str, Document] = {}
    for case_id, document in cases.items():
        number = numbers.get(case_id)
        if number is None:
            number, following = str(following), following + 1
        result[number] = document
    return result


def recover(file: CaseFile, reason: str, now: datetime) -> Restored:
    """Set the damaged (or missing) case file aside and restore what can be read; call it under the lock.

    Raises StoreError if nothing can be restored (the file then stays), NewerFormat if a copy was written by a newer
    oxtui, Unsaved if the file system refuses.
    """
    missing = file.stamp() is None
    data = b"" if missing else file.bytes()[1]
    held = file.last()
    copies = _Copies(file)
    base = copies.newest
    found = salvage(data, dict.fromkeys([*held.numbers, *(base.numbers if base else ())]))
    cases = merge_all(_together(found, copies), last_write.read(file.backups.folder).documents.values())
    on_disk = _event_ids(cases.values())
    cases = merge_all(cases, held.documents.values())
    if not cases and base is None:
        raise StoreError(
            f"{file.path} is damaged beyond the backups: {reason}",
            "it was left as it is; move it away to begin with no cases",
        )
    cases = _without_shadows(copies.mend(cases))
    quarantined = _quarantined(file.path, now, missing)
    try:
        restored = _write(file, cases, base or held)
    except BaseException:
        if quarantined:
            remove_quietly(quarantined)
        raise
    there = _event_ids(restored.values())
    seen = found.seen.union(*(part.seen for part in copies.partial))
    traces = max(part.traces for part in [found, *copies.partial])
    touched = [document for case_id, document in restored.items() if case_id not in found.whole]
    return Restored(
        reason=reason,
        copy=copies.path.name if copies.path else "",
        written_at=copies.written_at,
        cases=len(restored),
        put_back=len(there - on_disk),
        lost=max(len(seen - there), traces - len(there), sum(len(gaps(case)) for case in touched)),
        altered=sum(len(altered(document)) for document in restored.values()),
        last=tuple(_last(document) for document in touched if document["log"]),
        quarantined=quarantined,
    )


def mendable(file: CaseFile, wrong: Mapping[str, Document]) -> bool:
    """Whether an older copy has a right event in the place of a wrong one of the cases `wrong`."""
    bad = {
        event["id"] for case_id, document in wrong.items() for event in document["log"] if not is_intact(case_id, event)
    }
    copies = _Copies(file)
    while copies.newest is not None:
        for document in copies.newest.documents.values():
            if any(event["id"] in bad and is_intact(document["id"], event) for event in document["log"]):
                return True
        copies.next()
    return False


class _Copies:
    """The older copies: `newest` is the newest good one; `partial` is what those newer than it still tell."""

    def __init__(self, file: CaseFile) -> None:
        self._paths = iter(file.backups.newest_first())
        self.partial: list[Salvage] = []
        self.path: Path | None = None
        self.written_at: datetime | None = None
        self.newest = self.next()

    def next(self) -> layout.Contents | None:
        """Go on to the next older good copy; raises StoreError where one cannot be read."""
        self.newest = None
        for path in self._paths:
            try:
                data, written = path.read_bytes(), path.stat().st_mtime
            except FileNotFoundError:
                continue
            except OSError as error:
                raise unreadable(error, path) from error
            try:
                self.newest = layout.read(data)
            except layout.Damaged:
                self.partial.append(salvage(data))
                continue
            if self.path is None:
                self.path, self.written_at = path, datetime.fromtimestamp(written, UTC)
            break
        return self.newest

    def mend(self, cases: dict[str, Document]) -> dict[str, Document]:
        """`cases` with what still older copies know better: events that are missing or wrong in them."""
        while broken := {case_id for case_id, case in cases.items() if gaps(case) or altered(case)}:
            older = self.next()
            if older is None:
                break
            held = [document for document in older.documents.values() if document["id"] in broken]
            cases = merge_all(cases, held)
        return cases


def _together(found: Salvage, copies: _Copies) -> dict[str, Document]:
    """The union of what the disk has: the newest good copy, damaged newer ones, the damaged file itself."""
    cases: dict[str, Document] = {}
    if copies.newest is not None:
        cases = merge_all(cases, copies.newest.documents.values())
    for part in [*reversed(copies.partial), found]:
        cases = merge_all(cases, part.documents.values())
        for case_id in part.whole:  # the newest head that could be read whole
            cases[case_id] = {**part.documents[case_id], "log": cases[case_id]["log"]}
        for case_id, events in part.loose.items():
            if case_id in cases:
                cases[case_id] = merge(cases[case_id], {"log": events})
    return cases


def _last(document: Mapping[str, Any]) -> LastEvent:
    event = document["log"][-1]
    return LastEvent(document["id"], event["what"], event["at"])


def _without_shadows(cases: dict[str, Document]) -> dict[str, Document]:
    """`cases` without those that are another one under a wrong id: no checksum is right, each event is elsewhere."""
    right = {event["id"] for id, case in cases.items() for event in case["log"] if is_intact(id, event)}
    return {
        case_id: case
        for case_id, case in cases.items()
        if not case["log"] or not all(event["id"] in right for event in case["log"])
        or any(is_intact(case_id, event) for event in case["log"])
    }  # fmt: skip


def _event_ids(documents: Iterable[Mapping[str, Any]]) -> set[str]:
    return {event["id"] for document in documents for event in document["log"]}


def _quarantined(path: Path, now: datetime, missing: bool) -> Path | None:
    """Set the damaged file aside; the quarantine's time tells other panes to look for events that only they hold."""
    if not missing:
        return set_aside(path, now)
    folder = path.parent / QUARANTINE
    make_folder(folder)
    try:
        os.utime(folder)
    except OSError as error:
        raise unsaved(error, folder) from error
    return None


def _write(file: CaseFile, cases: Mapping[str, Document], base: layout.Contents) -> dict[str, Document]:
    documents: dict[str, Document] = {}
    lines: dict[str, bytes] = {}
    for number, document in renumbered(file, cases).items():
        documents[number], lines[number] = layout.written(number, document)
    file.put(layout.contents(documents, lines, base.others))
    return {document["id"]: document for document in documents.values()}
