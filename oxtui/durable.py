"""Write files so that a crash at any moment leaves the old one or the new one, whole."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from oxtui.errors import StoreError, Unsaved

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
TEMPORARY = ".oxtui-"
"""Prefix of our temporary files; those found at start were left by a crash."""

Stamp: TypeAlias = tuple[int, int, int]
"""inode, modification time in ns, size: differs whenever a file has been replaced."""

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_GONE = {
    number
    for name in ("ENOENT", "ENOTDIR", "ESTALE", "ENODEV", "ENXIO", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH")
    if (number := getattr(errno, name, None)) is not None
}
_IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP)
_KINDS = (
    (stat.S_ISREG, "a file"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def kind_of(mode: int) -> str:
    """The kind of file that a mode stands for, in plain words."""
    return next((words for is_one, words in _KINDS if is_one(mode)), "a device")


def not_a_file(path: Path, mode: int) -> tuple[str, str]:
    """Message and hint for something else in the place of a file."""
    return f"{path} is {kind_of(mode)}, not a file", "move it away, or put the file itself in its place"


def not_a_folder(path: Path) -> tuple[str, str]:
    """Message and hint for something else in the place of a folder; raises OSError if nothing is there."""
    kind, another = kind_of(os.lstat(path).st_mode), "name another folder with OXTUI_HOME"
    return f"{path} is {kind}, not a folder", another if kind == "a device" else f"move it away, or {another}"


def _in_the_way(error: OSError, path: Path) -> tuple[str, str] | None:
    """Message and hint if something of the wrong kind is in the way of `path`, else None."""
    try:
        for folder in reversed(path.parents):
            if os.path.lexists(folder) and not folder.is_dir():
                return not_a_folder(folder)
        mode = os.lstat(path).st_mode
        if error.errno == errno.EEXIST:
            return None if stat.S_ISDIR(mode) else not_a_folder(path)
        return None if stat.S_ISREG(mode) else not_a_file(path, mode)
    except OSError:  # it has changed since, or may not be read
        return None


def _explain(error: OSError, path: Path) -> tuple[str, str]:
    """Message and hint for an error of the operating system."""
    place = path.parent
    if error.errno in _IN_THE_WAY and (program := _in_the_way(error, path)):
        return program
    if error.errno in FULL:
        return f"the disk that holds {place} is full", "free some space on it"
    if error.errno == errno.EROFS:
        return f"{place} is read-only", "make it writable, or name another folder with OXTUI_HOME"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"no permission for {path}", "check who owns it, or name another folder with OXTUI_HOME"
    if error.errno in _GONE:
        return f"{path} is not there", "if it lies on another machine or a disk, see that it is connected"
    if error.errno == errno.EIO:
        return f"the disk that holds {place} reports an error", "have it looked at before more is written to it"
    return f"{path}: {error.strerror or error}", "oxtui paths says where everything lies"


def unsaved(error: OSError, path: Path) -> Unsaved:
    """The Unsaved that says why `path` could not be written."""
    return Unsaved(*_explain(error, path))


def unreadable(error: OSError, path: Path) -> StoreError:
    """The StoreError that says why `path` could not be read."""
    return StoreError(*_explain(error, path))


def stamp_of(status: os.stat_result) -> Stamp:
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def make_folder(folder: Path) -> None:
    """Make `folder` (0700) and its parents, durably; raises Unsaved if it cannot be made."""
    try:
        if not folder.is_dir():
            make_folder(folder.parent)
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            sync_folder(folder.parent)
    except OSError as error:
        raise unsaved(error, folder) from error


def temporary_beside(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}.tmp")


def sync(descriptor: int) -> None:
    """Wait until a file's bytes are on the disk itself."""
    if sys.platform == "darwin":
        import fcntl

        # on macOS fsync only hands the bytes to the drive
        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """fsync a folder so that renames in it survive a crash; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot
            raise
    finally:
        os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Path.replace, retried for half a second while Windows refuses because another process reads the file."""
    for pause in (0.005, 0.01, 0.02, 0.05, 0.1, 0.3):
        try:
            source.replace(target)
            return
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(pause)
    source.replace(target)


def write_durably(path: Path, data: Iterable[bytes], before: Callable[[], None] | None = None) -> Stamp:
    """Replace the file `path` by the blocks of `data`; when this returns, they are on the disk.

    `before` is called once all bytes found room, before the first sync, which makes its effect durable too. Raises
    Unsaved on any error of the operating system; the old file is then still in place, unless only the last sync, of
    the folder, failed.
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


def remove_quietly(path: Path) -> None:
    """Remove a temporary file; one that cannot be removed now is swept at the next start."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
