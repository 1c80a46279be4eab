"""One lock for every change of a home: between processes, and between the threads of one.

The operating system's lock on an open file, which a crash or kill -9 releases. It is our own, because importing
filelock takes 39 ms (fcntl: 0.2 ms).
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    """Hold the lock file `path`; not re-entrant. Waits at most `timeout` seconds.

    Raises Unsaved if another process or thread holds it that long, or the file cannot be opened. The file is never
    removed: then two processes could hold two locks of one name.
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
    """The error for a file system without locks."""
    return Unsaved(f"the file system of {folder} has no locks", "name a folder on another disk with OXTUI_HOME")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        regular_file(path)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
    except StoreError as error:
        raise Unsaved(error.message, error.hint) from error
    except OSError as error:
        raise unsaved(error, path) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _wait(descriptor: int, owned: int, path: Path, deadline: float, timeout: float) -> None:
    """Poll until the lock is ours: a blocking call has no time limit."""
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
    """The process id in the lock file, or ""; it is only there for the message of a process that waits."""
    with suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        number = os.read(descriptor, 20).decode("ascii", "replace").strip()
        return number if number.isdecimal() else ""
    return ""


def _write_owner(descriptor: int) -> None:
    number = str(os.getpid())
    if _owner(descriptor) != number:
        with suppress(OSError):  # a full disk must not stop the lock
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, f"{number}\n".encode())


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
        """Raise Unsaved if the file system of `folder` has no locks, of files or of parts of them."""
        path = temporary_beside(folder / "lock")
        try:
            with path.open("xb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:  # other errors are reported by whoever writes there
            if error.errno in _NO_LOCKS:
                raise no_locks(folder) from error
        finally:
            remove_quietly(path)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
