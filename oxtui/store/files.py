"""The files of a home: what lies in their place, second names of them, and what a crash left beside them."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
import time
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
"""The folder within a home that damaged files are set aside in."""


def regular_file(path: Path) -> os.stat_result | None:
    """What the file system says of the file `path`; None where nothing is there.

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
    """What lies in the place of the files and folders of a home and is none; each says so. Raises OSError."""
    found: dict[Path, StoreError] = {}
    for name in sorted(os.listdir(home)):
        path = home / name
        if name in _FOLDERS:
            if not path.is_dir():  # a link to a folder on another disk serves as well
                found[path] = StoreError(*not_a_folder(path))
        elif any(fnmatchcase(name, pattern) for pattern in _OURS):
            try:
                regular_file(path)
            except StoreError as error:
                found[path] = error
    return found


if sys.platform == "win32":

    def tighten(home: Path) -> list[Path]:
        """Windows gives a home of its own to each person: there is nothing to make private."""
        return []

else:

    def tighten(home: Path) -> list[Path]:
        """Make the home (0700) and our files in it (0600) private where others may use them; returns which were.

        A journal of the archive that a crash left is among them. What belongs to somebody else stays as it is, and so
        does a folder that holds nothing of ours yet.
        """
        ours = [path for pattern in _OURS for path in home.glob(pattern)]
        folders = [home / name for name in _FOLDERS]
        inside = [path for folder in folders for path in folder.glob("*")]
        return [path for path in (*([home] if ours else ()), *folders, *ours, *inside) if _tightened(path)]

    def _tightened(path: Path) -> bool:
        try:
            status = path.lstat()
            if not status.st_mode & 0o077 or status.st_uid != os.geteuid():
                return False
            if stat.S_ISDIR(status.st_mode):
                path.chmod(PRIVATE_FOLDER)
            elif stat.S_ISREG(status.st_mode):
                path.chmod(PRIVATE_FILE)
            else:
                return False
        except OSError:  # not there, or not ours to change: the doctor tells of it
            return False
        return True


def quarantine_mark(home: Path) -> int:
    """What changes when something was restored in this home (ns); 0 where nothing ever was."""
    try:
        return os.stat(home / QUARANTINE).st_mtime_ns
    except OSError:  # not there, or not to be seen: then this pane can tell nothing from it
        return 0


def set_aside(path: Path, now: datetime) -> Path:
    """Give the file `path` a second, dated name in the home's quarantine, where its bytes stay; returns that.

    It leaves its place when it is replaced. Raises Unsaved.
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
    """Give the file `source` the second name `target` in place of what had it; a copy where links are
    unknown.

    Raises OSError; `target` is then what it was.
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
    """Remove what a crash left anywhere in a home; under the lock.

    Steps are kept without the lock: one that is just being written is left alone.
    """
    for name in ("", "backups", QUARANTINE):
        sweep(home / name)
    sweep(home / "playbooks", min_age=_UNDER_WAY_SECONDS)


def sweep(folder: Path, min_age: float = 0) -> int:
    """Remove the temporary files a crash left in `folder`, at least `min_age` seconds old; returns how many.

    To be called under the lock.
    """
    swept = 0
    try:
        names = os.listdir(folder)
    except OSError:  # no such folder yet, or one we may not read: then nothing can be swept either
        return 0
    for name in names:
        if name.startswith(TEMPORARY) and name.endswith(".tmp") and (not min_age or _age(folder / name) >= min_age):
            remove_quietly(folder / name)
            swept += 1
    return swept


def _age(path: Path) -> float:
    """How long ago a file was written, in seconds; none where that cannot be told."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0
