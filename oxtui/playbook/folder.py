"""The files of a playbook's folder as bytes, and those in it that nothing reads."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from oxtui.errors import Problem
from oxtui.text import did_you_mean

MAIN: Final = "playbook.yaml"
_NEEDED: Final = (MAIN,)
_OPTIONAL: Final = ("plans.yaml", "reference.yaml", "dns.yaml", "settings.yaml")
FOLDERS: Final = ("scenarios", "templates")
SCHEMA_FOLDER: Final = "schema"
"""JSON schemas for editors; not part of the playbook."""
WALKS_FOLDER: Final = "walks"
"""Saved walks, for `oxtui check` only: not pinned, and unable to break a playbook in use."""
STEPS_FOLDER: Final = "steps"
MOST_BYTES: Final = 1_000_000
"""The largest file that is read."""


def raw_files(folder: Path) -> dict[str, bytes | Problem]:
    """Return the bytes of every file of a playbook, by name within `folder`, or why it cannot be read."""
    if not folder.is_dir():
        return {_NEEDED[0]: Problem(_NEEDED[0], 1, f"there is no folder {folder}")}
    contents = _contents(folder, (*_NEEDED, *_OPTIONAL))
    for part in (*FOLDERS, STEPS_FOLDER):
        contents |= raw_part(folder, part)
    return contents


def raw_part(folder: Path, part: str) -> dict[str, bytes | Problem]:
    """As `raw_files`, for one folder within it (`scenarios`), which may be missing."""
    try:
        listed = sorted(each.name for each in os.scandir(folder / part))
    except FileNotFoundError:
        return {}
    except OSError as error:
        return {part: Problem(part, 1, f"the folder cannot be read: {_why(error)}")}
    names = (name for name in listed if name.endswith(".yaml") and not name.startswith((".", "~")))
    return _contents(folder, [f"{part}/{name}" for name in names])


def _contents(folder: Path, names: Iterable[str]) -> dict[str, bytes | Problem]:
    contents: dict[str, bytes | Problem] = {}
    for name in names:
        try:
            if not stat.S_ISREG((folder / name).stat().st_mode):  # opening a pipe would wait for a writer
                contents[name] = Problem(name, 1, "this is no file: a folder, a pipe or a device is in its place")
                continue
            # Bounded, in case somebody put a log file there.
            with (folder / name).open("rb") as file:
                contents[name] = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            if (folder / name).is_symlink():
                contents[name] = Problem(name, 1, "this is a link to a file that is not there")
            elif name in _NEEDED:
                contents[name] = Problem(name, 1, f"the file is missing in {folder}")
        except OSError as error:
            contents[name] = Problem(name, 1, f"the file cannot be read: {_why(error)}")
    return contents


def _why(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "its links lead round in a circle"
    if error.errno == errno.ENOTDIR:
        return "a file is in its place"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "you have no permission to read it"
    return error.strerror or str(error)


def strangers(folder: Path) -> Iterator[Problem]:
    """Report files that nothing reads: a misspelt settings file would silently do nothing."""
    known = (*_NEEDED, *_OPTIONAL, *FOLDERS, STEPS_FOLDER, SCHEMA_FOLDER, WALKS_FOLDER)
    for place in ("", *FOLDERS, STEPS_FOLDER, WALKS_FOLDER):
        try:
            entries = sorted(os.scandir(folder / place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            name = f"{place}/{entry.name}" if place else entry.name
            if entry.name.startswith((".", "~")) or entry.name.endswith("~"):
                continue
            if not place and entry.name not in known and (entry.is_dir() or _looks_meant(entry.name)):
                yield Problem(name, 1, f"nothing reads this{did_you_mean(entry.name, known)}")
            elif entry.name.endswith(".yaml") or not place:
                continue  # read, or told, as a file
            elif entry.is_dir() or _looks_meant(entry.name):
                yield Problem(name, 1, "nothing reads this: the name has to end in .yaml")


def _looks_meant(name: str) -> bool:
    return re.search(r"\.(ya?ml|json)(\.txt)?$", name.lower()) is not None
