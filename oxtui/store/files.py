"""The files of a home: checks of their kinds, hard links, and the remains of a crash."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
import time
from contextlib import suppress
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from oxtui.durable import (
    FULL,
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    TEMPORARY,
    make_folder,
    not_a_file,
    not_a_folder,
    remove_quietly,
    replace,
    sync,
    sync_folder,
    temporary_beside,
    unreadable,
    unsaved,
)
from oxtui.errors import StoreError

_OURS = ("cases.*", "history.sqlite3*", "drafts.json", "oxtui.log", "clipboard-*.mark", f"{TEMPORARY}*")
_FOLDERS = ("backups", "playbooks", "quarantine")
_UNDER_WAY_SECONDS = 60
QUARANTINE = "quarantine"
"""The folder of a home for damaged files."""


def regular_file(path: Path) -> os.stat_result | None:
    """The status of the file `path`, or None if there is none.

    Raises StoreError for anything but a regular file: opening a pipe hangs, and replacing a link splits the data.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(error, path) from error
    if not stat.S_ISREG(status.st_mode):
        raise StoreError(*not_a_file(path, status.st_mode))
    return status


def misplaced(home: Path) -> dict[Path, StoreError]:
    """By path, errors for anything else in the place of a home's files and folders. Raises OSError."""
    errors: dict[Path, StoreError] = {}
    for name in sorted(os.listdir(home)):
        path = home / name
        if name in _FOLDERS:
            if not path.is_dir():  # a link to a folder on another disk serves as well
                errors[path] = StoreError(*not_a_folder(path))
        elif any(fnmatchcase(name, pattern) for pattern in _OURS):
            try:
                regular_file(path)
            except StoreError as error:
                errors[path] = error
    return errors


def tighten(home: Path) -> list[Path]:
    """Make the home (0700) and our files in it (0600) private if others may use them; return which were changed.

    A journal of the archive that a crash left is among them. Other users' files stay as they are, and so does a folder
    without files of ours. On Windows each person's home is private already.
    """
    if os.name == "nt":
        return []
    ours = [path for pattern in _OURS for path in home.glob(pattern)]
    folders = [home / name for name in _FOLDERS]
    inside = [path for folder in folders for path in folder.glob("*")]
    return [path for path in (*([home] if ours else ()), *folders, *ours, *inside) if _tightened(path)]


def _tightened(path: Path) -> bool:
    with suppress(OSError):  # not there, or not ours to change: the doctor reports it
        status = path.lstat()
        is_folder = stat.S_ISDIR(status.st_mode)
        mine = sys.platform != "win32" and status.st_uid == os.geteuid()
        if status.st_mode & 0o077 and mine and (is_folder or stat.S_ISREG(status.st_mode)):
            path.chmod(PRIVATE_FOLDER if is_folder else PRIVATE_FILE)
            return True
    return False


def quarantine_mark(home: Path) -> int:
    """A value that changes with each restoration in this home (ns); 0 if there was none."""
    try:
        return os.stat(home / QUARANTINE).st_mtime_ns
    except OSError:  # not there, or not readable
        return 0


def set_aside(path: Path, now: datetime) -> Path:
    """Link the file `path` into the home's quarantine under a dated name, and return that. Raises Unsaved.

    The file leaves its place when it is replaced.
    """
    folder = path.parent / QUARANTINE
    make_folder(folder)
    target = folder / f"{path.stem}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}{path.suffix}"
    try:
        link_or_copy(path, target)
        target.chmod(PRIVATE_FILE)
        sync_folder(folder)
    except OSError as error:
        raise unsaved(error, target) from error
    return target


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`, or a copy if there are no links.

    Raises OSError; `target` is then unchanged.
    """
    temporary = temporary_beside(target)
    try:
        try:
            os.link(source, temporary)
        except OSError as error:
            if error.errno in FULL or error.errno == errno.ENOENT:
                raise
            shutil.copyfile(source, temporary)
            os.chmod(temporary, PRIVATE_FILE)
            with open(temporary, "rb+") as copy:
                sync(copy.fileno())
        replace(temporary, target)
    finally:
        # also after success: replacing one name of a file by another of its names leaves both
        if os.path.lexists(temporary):
            remove_quietly(temporary)


def sweep_home(home: Path) -> None:
    """Remove temporary files that a crash left anywhere in a home; call it under the lock.

    Steps are written without the lock: a file that is just being written is left alone.
    """
    for name in ("", "backups", QUARANTINE, "playbooks"):
        with suppress(OSError):  # no such folder yet, or one we may not read
            for file in os.scandir(home / name):
                under_way = name == "playbooks" and time.time() - file.stat().st_mtime < _UNDER_WAY_SECONDS
                if file.name.startswith(TEMPORARY) and file.name.endswith(".tmp") and not under_way:
                    remove_quietly(Path(file.path))
