"""Older copies of the case file: the one before the last write, one an hour, one a day.

`backups/cases.previous.json` is the file as it was before the last write; `cases-20261122T10.json` as it
was before the first write of that hour (UTC), 24 of them; `cases-20261122.json` before the first of that
day, 14 of them. A copy is a second name (hard link) of a file that is never written to again, so it costs
no time and, while it is the previous one, no room. They share the sync of the write that they belong to.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from oxtui.durable import make_folder, remove_quietly
from oxtui.store.local.files import link_or_copy

FOLDER = "backups"
PREVIOUS = "cases.previous.json"
HOURS_KEPT = 24
DAYS_KEPT = 14
_HOURLY = re.compile(r"cases-\d{8}T\d{2}\.json")
_DAILY = re.compile(r"cases-\d{8}\.json")


class Backups:
    """The older copies of one case file."""

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER
        self._hour = ""

    def keep(self, path: Path, now: datetime) -> None:
        """Keep the file at `path` as the previous one, and as this hour's and day's where they have none.

        Raises OSError or Unsaved. `now` is in UTC.
        """
        if not self.folder.is_dir():
            make_folder(self.folder)
        try:
            link_or_copy(path, self.folder / PREVIOUS)
        except FileNotFoundError:
            if path.exists():
                raise
            return  # the very first write: there is nothing to keep
        hour = f"{now:%Y%m%dT%H}"
        if hour == self._hour:
            return
        for name in (f"cases-{hour}.json", f"cases-{now:%Y%m%d}.json"):
            if not (self.folder / name).exists():
                link_or_copy(path, self.folder / name)
        self._prune()
        self._hour = hour

    def newest_first(self) -> list[Path]:
        """Every copy: the previous file, then the dated ones, newest first by the time they were written."""
        return sorted(self._all(), key=_age)

    def _all(self) -> list[Path]:
        if not self.folder.is_dir():  # there is none yet, or something else lies in its place: the doctor names it
            return []
        names = os.listdir(self.folder)
        return [
            self.folder / name
            for name in names
            if name == PREVIOUS or _HOURLY.fullmatch(name) or _DAILY.fullmatch(name)
        ]

    def _prune(self) -> None:
        names = [path.name for path in self._all()]
        for pattern, kept in ((_HOURLY, HOURS_KEPT), (_DAILY, DAYS_KEPT)):
            dated = sorted((name for name in names if pattern.fullmatch(name)), reverse=True)
            for name in dated[kept:]:
                remove_quietly(self.folder / name)


def _age(path: Path) -> tuple[bool, int, str]:
    try:
        written = path.stat().st_mtime_ns
    except OSError:  # removed by another process meanwhile: nobody will be able to read it either
        written = 0
    return (path.name != PREVIOUS, -written, path.name)
