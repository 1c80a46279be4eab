"""One lock for everybody who changes a home: between processes, and between the threads of one.

Of our own, because importing filelock costs 39 ms (measured, 0.2 ms for fcntl) for what are two calls. The
lock is the operating system's, held on an open file: whatever ends the process, a crash or kill -9,
releases it.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oxtui.durable import PRIVATE_FILE, remove_quietly, temporary_beside, unsaved
from oxtui.errors import StoreError, Unsaved
from oxtui.store.files import regular_file

_FAR = 1 << 30  # Windows locks bytes, not files: one far behind the process id, which stays readable
_PAUSE = 0.001  # seconds between two tries
_NO_LOCKS = {
    number for name in ("ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EINVAL") if (number := getattr(errno, name, None))
}
_threads: dict[str, threading.Lock] = {}


@contextmanager
def locked(path: Path, timeout: float = 5.0) -> Iterator[None]:
    """Hold the lock file `path`; waits at most `timeout` seconds.

    Raises Unsaved when another process or thread holds it that long, or where the file cannot be opened. It
    is not re-entrant. The file is never removed: removing it would let two processes hold two locks of one
    name.
    """
    deadline = time.monotonic() + timeout
    # flock is kept by the process on some network file systems, so threads have a lock of their own
    threads = _threads.setdefault(os.path.abspath(path), threading.Lock())
    if not threads.acquire(timeout=max(timeout, 0)):
        raise Unsaved(f"{path.name} is held by another task of this program", "try again in a moment")
    try:
        with _opened(path) as descriptor:
            with _opened(path.with_suffix(".next")) as door:
                _wait(door, descriptor, path, deadline, timeout)
                try:
                    _wait(descriptor, descriptor, path, deadline, timeout)
                finally:
                    _unlock(door)
            try:
                _write_owner(descriptor)
                yield
            finally:
                _unlock(descriptor)
    finally:
        threads.release()


def no_locks(folder: Path) -> Unsaved:
    """The Unsaved that says that the file system of `folder` has no locks."""
    return Unsaved(f"the file system of {folder} has no locks", "name a folder on another disk with OXTUI_HOME")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = _open(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        regular_file(path)
    except StoreError as error:
        raise Unsaved(error.message, error.hint) from error
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
    except OSError as error:
        raise unsaved(error, path) from error


def _wait(descriptor: int, owned: int, path: Path, deadline: float, timeout: float) -> None:
    """Try again and again until the lock is ours; a blocking call would know no time limit."""
    while not _try(descriptor, path):
        if time.monotonic() >= deadline:
            owner = _owner(owned)
            who = f"process {owner}" if owner else "another process"
            raise Unsaved(
                f"{who} has held {path.name} for more than {timeout:g} s",
                "close that oxtui, or end that process if it hangs; the change is saved then",
            )
        time.sleep(_PAUSE)


def _owner(descriptor: int) -> str:
    try:
        text = os.pread(descriptor, 20, 0) if hasattr(os, "pread") else _read_start(descriptor)
    except OSError:  # the number is a courtesy: without it the message says "another process"
        return ""
    number = text.decode("ascii", "replace").strip()
    return number if number.isdecimal() else ""


def _read_start(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 20)


def _write_owner(descriptor: int) -> None:
    """Leave our process id for the message of those who wait; a full disk must not stop the lock."""
    number = f"{os.getpid()}\n".encode()
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        if os.read(descriptor, 20) != number:
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, number)
    except OSError:
        return


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int, path: Path) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:  # EACCES and EDEADLOCK both mean: held
            return False
        return True

    def need_locks(folder: Path) -> None:
        """Every file system of Windows has locks."""

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(descriptor: int, path: Path) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # NFS says EACCES for "held"
            return False
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise no_locks(path.parent) from error
            raise unsaved(error, path) from error
        return True

    def need_locks(folder: Path) -> None:
        """Raise Unsaved where the file system of `folder` has no locks, of files or of parts of them."""
        path = temporary_beside(folder / "lock")
        try:
            with path.open("xb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:  # what else is wrong is told by who writes there
            if error.errno in _NO_LOCKS:
                raise no_locks(folder) from error
        finally:
            remove_quietly(path)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
