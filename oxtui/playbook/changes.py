"""Whether a playbook's folder was saved to, by looking: the same on every system, and on a drive of the network."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

LOOK_SECONDS: Final = 0.3
"""Between two looks. One costs a stat for each file, less than a millisecond; a file is whole once two are alike."""

Stamp: TypeAlias = frozenset[tuple[str, int, int, int]]


def stamp_of(folder: Path) -> Stamp:
    """The files of a folder and of those in it, each with its time, size and inode; editors save in many ways."""
    found = set()
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
                found.add((name, at.st_mtime_ns, at.st_size, at.st_ino))
    return frozenset(found)


class Changes:
    """The looks at one folder, since it was made or last found changed."""

    def __init__(self, folder: Path, wait: Callable[[float], object] = time.sleep) -> None:
        self.folder = folder
        self._wait = wait
        self._seen = self._before = stamp_of(folder)

    def found(self) -> bool:
        """Look once: whether it was saved to since, and nothing is being written any more."""
        now = stamp_of(self.folder)
        whole, self._before = now == self._before, now
        if not whole or now == self._seen:
            return False
        self._seen = now
        return True

    def wait(self) -> None:
        """Return once it was saved to."""
        while not self.found():
            self._wait(LOOK_SECONDS)
