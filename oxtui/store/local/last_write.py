"""What the last write changed, kept beside the case file.

With the previous copy it holds all that the file must hold. Logs only grow: where the file has less, an older copy was
put in its place, or the end of a log was cut off, and what is missing can be given back. It is not synced, for it is
an aid: after a power cut it may be that of an earlier write, which the file has, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from oxtui.cases.events import Document
from oxtui.durable import PRIVATE_FILE, remove_quietly, temporary_beside
from oxtui.errors import StoreError
from oxtui.store.local import layout
from oxtui.store.local.backups import PREVIOUS
from oxtui.store.logs import grown

LAST = "cases.last.json"
GONE = "gone"
"""The table with the ids of the cases that the write removed."""


def changes(before: layout.Contents, after: layout.Contents) -> layout.Contents:
    """What a write changes: its cases that are new or different, and the ids of those it removes."""
    documents = {
        number: document for number, document in after.documents.items() if document is not before.documents.get(number)
    }
    gone: dict[str, Document] = {case_id: {} for case_id in before.numbers if case_id not in after.numbers}
    lines = {number: after.lines[number] for number in documents}
    return layout.contents(documents, lines, {GONE: gone})


def announce(folder: Path, made: layout.Contents) -> None:
    """Keep in `folder` which cases are about to be removed. Raises OSError: unsaid, they would come back."""
    if made.others[GONE]:
        _write(folder / LAST, layout.Contents(others=made.others))


def remember(folder: Path, made: layout.Contents) -> None:
    """Keep in `folder` the changes that were `made`; where that fails, the earlier ones go, for they are old."""
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


def missing(
    folder: Path, contents: layout.Contents, closed: Callable[[Iterable[str]], set[str]]
) -> dict[str, Document]:
    """The cases that `contents` lacks, wholly or in part, of what the copies in `folder` say was written before."""
    last = read(folder, contents)
    removed = set(last.others.get(GONE, ()))
    found: dict[str, Document] = {}
    for copy in (_read(folder / PREVIOUS, contents), last):
        for case_id, number in copy.numbers.items():
            old, now = copy.documents[number], contents.numbers.get(case_id)
            if now is None:
                found.setdefault(case_id, old)
            elif old is not contents.documents[now] and not grown(old, contents.documents[now]):
                found[case_id] = old
    absent = [case_id for case_id in found if case_id not in contents.numbers]
    for case_id in removed.union(closed(absent)) if absent else ():
        if case_id not in contents.numbers:
            found.pop(case_id, None)
    return found


def without(others: Mapping[str, object], case_ids: set[str]) -> dict[str, object]:
    """The tables of a copy without the names of those cases."""
    gone = others.get(GONE)
    if not isinstance(gone, dict):
        return dict(others)
    return {**others, GONE: {case_id: row for case_id, row in gone.items() if case_id not in case_ids}}


def read(folder: Path, known: layout.Contents = layout.EMPTY) -> layout.Contents:
    """What is kept of the last write in `folder`."""
    return _read(folder / LAST, known)


def _read(path: Path, known: layout.Contents) -> layout.Contents:
    with suppress(OSError, StoreError):  # damaged, or none: then it tells nothing
        return layout.read(path.read_bytes(), known)
    return layout.EMPTY
