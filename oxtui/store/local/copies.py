"""Copies of the case file in `backups/`: before the last write, one an hour, one a day; and its changes.

`cases.previous.json` is the file before the last write; `cases-20261122T10.json` before the first write of that hour
(UTC), 24 of them; `cases-20261122.json` before the first of that day, 14 of them. A copy is a hard link to a file that
is never written to again, so it costs no time, and it shares the sync of the write that it belongs to.

`cases.last.json` has the cases that the last write changed, and the ids of those it removed. With the previous copy
that is everything the case file must hold: where the file has less, an older copy was put in its place or a log was
cut off, and the missing events can be put back. It is not synced: after a power cut it may be that of an earlier write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from oxtui.cases.events import Document
from oxtui.durable import PRIVATE_FILE, make_folder, remove_quietly, temporary_beside
from oxtui.errors import StoreError
from oxtui.store.files import link_or_copy
from oxtui.store.local import layout
from oxtui.store.logs import grown

FOLDER: Final = "backups"
PREVIOUS: Final = "cases.previous.json"
LAST: Final = "cases.last.json"
GONE: Final = "gone"
"""The table of LAST with the ids of the cases that the write removed."""
_DATED: Final = ((re.compile(r"cases-\d{8}T\d{2}\.json"), 24), (re.compile(r"cases-\d{8}\.json"), 14))
"""The names of dated copies, and how many of each are kept."""


def keep(path: Path, folder: Path, now: datetime) -> None:
    """Keep the case file at `path` as the previous copy, and as this hour's and day's unless they have one.

    Raises OSError or Unsaved. `now` is in UTC.
    """
    make_folder(folder)
    try:
        link_or_copy(path, folder / PREVIOUS)
    except FileNotFoundError:
        if path.exists():
            raise
        return  # the very first write
    for name in (f"cases-{now:%Y%m%dT%H}.json", f"cases-{now:%Y%m%d}.json"):
        if not (folder / name).exists():
            link_or_copy(path, folder / name)
            _prune(folder)


def newest_first(folder: Path) -> list[Path]:
    """Every copy: the previous file, then the dated ones, newest first by the time they were written."""
    return sorted((folder / name for name in _names(folder)), key=_age)


def _names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [
        name for name in os.listdir(folder) if name == PREVIOUS or any(dated.fullmatch(name) for dated, _ in _DATED)
    ]


def _prune(folder: Path) -> None:
    names = sorted(_names(folder), reverse=True)
    for pattern, most in _DATED:
        for name in [name for name in names if pattern.fullmatch(name)][most:]:
            remove_quietly(folder / name)


def _age(path: Path) -> tuple[bool, int, str]:
    try:
        written = path.stat().st_mtime_ns
    except OSError:  # removed by another process meanwhile
        written = 0
    return (path.name != PREVIOUS, -written, path.name)


# -- the last write
def changes(before: layout.Contents, after: layout.Contents) -> layout.Contents:
    """The cases that a write adds or changes, and the ids of those it removes."""
    documents = {number: each for number, each in after.documents.items() if each is not before.documents.get(number)}
    removed: dict[str, Document] = {case_id: {} for case_id in before.by_id if case_id not in after.by_id}
    return layout.contents(documents, {number: after.lines[number] for number in documents}, {GONE: removed})


def announce(folder: Path, made: layout.Contents) -> None:
    """Save which cases are about to be removed. Raises OSError: without it they would come back."""
    if made.others[GONE]:
        _write(folder / LAST, layout.Contents(others=made.others))


def remember(folder: Path, made: layout.Contents) -> None:
    """Save the changes; if that fails, remove the earlier ones, which are out of date."""
    if made.documents:
        try:
            _write(folder / LAST, made)
        except OSError:
            remove_quietly(folder / LAST)


def _write(path: Path, made: layout.Contents) -> None:
    temporary = temporary_beside(path)
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
            file.writelines(layout.assemble(made))
        temporary.replace(path)
    except OSError:
        remove_quietly(temporary)
        raise


def last_write(folder: Path, known: layout.Contents = layout.EMPTY) -> layout.Contents:
    """The changes of the last write; EMPTY if they cannot be read."""
    return _readable(folder / LAST, known)


def _readable(path: Path, known: layout.Contents) -> layout.Contents:
    with suppress(OSError, StoreError):
        return layout.read(path.read_bytes(), known)
    return layout.EMPTY


def shrunk(before: layout.Contents, now: layout.Contents) -> tuple[dict[str, Document], dict[str, Document]]:
    """The cases of `before` with events that `now` lacks, and those that `now` lacks altogether, by id."""
    shorter: dict[str, Document] = {}
    absent: dict[str, Document] = {}
    for case_id, old in before.by_id.items():
        new = now.by_id.get(case_id)
        if new is None:
            absent[case_id] = old
        elif old is not new and not grown(old, new):
            shorter[case_id] = old
    return shorter, absent


def missing(
    folder: Path, contents: layout.Contents, closed: Callable[[Iterable[str]], set[str]]
) -> dict[str, Document]:
    """The cases that `contents` lacks, wholly or in part, although an earlier write had them."""
    last = last_write(folder, contents)
    previous = _readable(folder / PREVIOUS, contents)
    shorter, absent = shrunk(previous, contents)
    shorter_last, absent_last = shrunk(last, contents)
    absent = {**absent_last, **absent}
    removed = closed(absent).union(last.others.get(GONE, ())) if absent else ()
    return {**shorter, **shorter_last, **{name: case for name, case in absent.items() if name not in removed}}


def without(others: Mapping[str, object], case_ids: set[str]) -> dict[str, object]:
    """The extra tables of a copy without the ids of those cases."""
    removed = others.get(GONE)
    if not isinstance(removed, dict):
        return dict(others)
    return {**others, GONE: {case_id: row for case_id, row in removed.items() if case_id not in case_ids}}
