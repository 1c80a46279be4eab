"""Writing a file so that a crash at any moment leaves the old one or the new one, whole."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from oxtui.errors import StoreError, Unsaved
from oxtui.folders import sync_folder

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
QUARANTINE = "quarantine"
"""The folder within a home that damaged files are set aside in."""
TEMPORARY = ".oxtui-"
"""How the names of our temporary files begin; what is found under it at start was left by a crash."""

Stamp: TypeAlias = tuple[int, int, int]
"""inode, time of change in ns, size: differs whenever a file has been replaced."""

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_GONE = {
    number
    for name in ("ENOENT", "ENOTDIR", "ESTALE", "ENODEV", "ENXIO", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH")
    if (number := getattr(errno, name, None)) is not None
}


def _explain(error: OSError, path: Path) -> tuple[str, str]:
    """What an operating system's error means to a person, and what would help."""
    place = path.parent
    if error.errno in _FULL:
        return f"the disk that holds {place} is full", "free some space on it"
    if error.errno == errno.EROFS:
        return f"{place} is read-only", "make it writable, or name another folder with OXTUI_HOME"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"no permission for {path}", "check who owns it, or name another folder with OXTUI_HOME"
    if error.errno in _GONE:
        return f"{path} is not there", "if it lies on another machine or a disk, see that it is connected"
    if error.errno == errno.EIO:
        return (
            f"the disk that holds {place} reports an error",
            "have it looked at before more is written to it",
        )
    return f"{path}: {error.strerror or error}", "oxtui paths says where everything lies"


def unsaved(error: OSError, path: Path) -> Unsaved:
    """The Unsaved that says why `path` could not be written."""
    message, hint = _explain(error, path)
    return Unsaved(message, hint)


def unreadable(error: OSError, path: Path) -> StoreError:
    """The StoreError that says why `path` could not be read."""
    message, hint = _explain(error, path)
    return StoreError(message, hint)


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
        kind = "a link" if stat.S_ISLNK(status.st_mode) else "a folder" if stat.S_ISDIR(status.st_mode) else "a device"
        kind = "a pipe" if stat.S_ISFIFO(status.st_mode) else kind
        raise StoreError(f"{path} is {kind}, not a file", "move it away, or put the file itself in its place")
    return status


def stamp_of(status: os.stat_result) -> Stamp:
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def make_folder(folder: Path) -> None:
    """Make `folder` (0700) and what it lies in, durably; raises Unsaved where that cannot be."""
    try:
        if not folder.is_dir():
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            sync_folder(folder.parent)
    except OSError as error:
        raise unsaved(error, folder) from error


def quarantine_mark(home: Path) -> int:
    """What changes when something was restored in this home (ns); 0 where nothing ever was."""
    try:
        return os.stat(home / QUARANTINE).st_mtime_ns
    except OSError:  # not there, or not to be seen: then this pane can tell nothing from it
        return 0


def temporary_beside(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}.tmp")


def sync(descriptor: int) -> None:
    """Wait until the file's bytes are on the disk itself."""
    if sys.platform == "darwin":
        import fcntl

        # there, fsync only hands the bytes to the drive
        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
    os.fsync(descriptor)


def replace(source: Path, target: Path) -> None:
    """os.replace, tried again for half a second where Windows refuses while another process reads."""
    for pause in (0.005, 0.01, 0.02, 0.05, 0.1, 0.3):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(pause)
    os.replace(source, target)


def write_durably(path: Path, data: Iterable[bytes], before: Callable[[], None] | None = None) -> Stamp:
    """Put the blocks of `data` in the place of the file `path`; when this returns, it is on the disk.

    `before` is called before the first sync, which so makes it durable too, when all bytes found room.
    Raises Unsaved on any error of the operating system; the old file is then still in place (only a failing
    sync of the folder can come later: then the new one is, and whether a power cut would undo that is not
    known).
    """
    temporary = temporary_beside(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
        try:
            for block in data:
                view = memoryview(block)
                while view:
                    view = view[os.write(descriptor, view) :]
            if before is not None:
                before()
            sync(descriptor)
            stamp = stamp_of(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        replace(temporary, path)
        sync_folder(path.parent)
    except BaseException as error:
        remove_quietly(temporary)
        if isinstance(error, OSError):
            raise unsaved(error, path) from error
        raise
    return stamp


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
            if error.errno in _FULL or error.errno == errno.ENOENT:
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


def remove_quietly(path: Path) -> None:
    """Remove a temporary file; what cannot be removed now is swept at the next start."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def sweep(folder: Path) -> int:
    """Remove the temporary files a crash left in `folder`, and return how many; to be called under the
    lock."""
    swept = 0
    try:
        names = os.listdir(folder)
    except OSError:  # no such folder yet, or one we may not read: then nothing can be swept either
        return 0
    for name in names:
        if name.startswith(TEMPORARY) and name.endswith(".tmp"):
            remove_quietly(folder / name)
            swept += 1
    return swept
