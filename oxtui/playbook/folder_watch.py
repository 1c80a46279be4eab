"""Watch a playbook's folder for saved files by polling, which works on every system and network drive."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

LOOK_SECONDS: Final = 0.3
"""The polling interval; a poll takes under a millisecond, and a file is complete once two polls agree."""

Stamp: TypeAlias = frozenset[tuple[str, int, int, int]]


def stamp_of(folder: Path) -> Stamp:
    """Return the files of a folder and its subfolders, each with its mtime, size and inode."""
    stamps = set()
    folders = [""]
    for place in folders:
        try:
            entries = list(os.scandir(folder / place))
        except OSError:
            continue
        for entry in entries:
            name = f"{place}/{entry.name}" if place else entry.name
            try:
                if not place and entry.is_dir():
                    folders.append(name)
                at = entry.stat()
            except OSError:
                continue
            if not entry.is_dir():
                stamps.add((name, at.st_mtime_ns, at.st_size, at.st_ino))
    return frozenset(stamps)


class FolderWatch:
    """The changes of one folder since the last that was reported."""

    def __init__(self, folder: Path, wait: Callable[[float], object] = time.sleep) -> None:
        self.folder = folder
        self._wait = wait
        self._seen = self._before = stamp_of(folder)

    def found(self) -> bool:
        """Poll once: whether files have been saved and nothing is being written any more."""
        now = stamp_of(self.folder)
        whole, self._before = now == self._before, now
        if not whole or now == self._seen:
            return False
        self._seen = now
        return True

    def wait(self) -> None:
        """Block until files have been saved."""
        while not self.found():
            self._wait(LOOK_SECONDS)
