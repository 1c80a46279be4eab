"""The doctor's look at whether the disk that a home is on is encrypted: Linux shows it (dm-crypt), others do not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from oxtui.cli.context import Context
from oxtui.cli.findings import Finding

_FILE_SYSTEMS: Final = ("ecryptfs", "fuse.gocryptfs", "fuse.encfs")
"""They encrypt by themselves, whatever they lie on."""
_DEEPEST: Final = 16


def encryption(context: Context) -> Iterator[Finding]:
    """Whether a stolen machine gives away what is kept in its home; on a floor something is to be done about it."""
    home = context.places().home
    place = next((each for each in (home, *home.parents) if each.exists()), home)
    found = is_encrypted(place.stat().st_dev)
    if found is None:
        yield Finding("encryption", f"oxtui cannot see whether the disk of {place} is encrypted")
    elif found:
        yield Finding("encryption", f"the disk of {place} is encrypted")
    else:
        do = "encrypt it: a stolen machine gives away own cases and what waits" if context.floor() else ""
        yield Finding("encryption", f"the disk of {place} is not encrypted, as far as this machine shows", do)


def is_encrypted(number: int, root: Path = Path("/")) -> bool | None:
    """Whether all that a file system of this device number lies on is encrypted; None where Linux does not show it."""
    if sys.platform != "linux":
        return None
    else:  # noqa: RET505 - elsewhere there is nothing behind an early return
        device = root / "sys/dev/block" / _name(number)
        if not device.exists():  # btrfs and others have a number of their own: the mount names the device
            kind, source = _mounted(number, root)
            if kind in _FILE_SYSTEMS:
                return True
            try:
                device = root / "sys/dev/block" / _name((root / source.lstrip("/")).stat().st_rdev)
            except OSError:
                return None
            if not source.startswith("/dev/") or not device.exists():
                return None
        return _is_crypt(device.resolve(), _DEEPEST)


def _name(number: int) -> str:
    if sys.platform == "win32":
        return ""
    else:  # noqa: RET505 - on Windows there is nothing behind an early return
        return f"{os.major(number)}:{os.minor(number)}"


def _mounted(number: int, root: Path) -> tuple[str, str]:
    """Kind and source of the file system with that number, as /proc/self/mountinfo has them."""
    try:
        lines = (root / "proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return "", ""
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split()[2:3] == [_name(number)] and len(after.split()) >= 2:
            kind, source = after.split()[:2]
            return kind, source
    return "", ""


def _is_crypt(device: Path, deepest: int) -> bool:
    """Whether a block device is a dm-crypt one, or lies on nothing else, through RAID, LVM and partitions."""
    try:
        uuid = (device / "dm/uuid").read_text("ascii", "replace")
    except OSError:
        uuid = ""
    if uuid.startswith("CRYPT-"):
        return True
    if (device / "partition").exists():
        below = [device.parent]
    else:
        below = [each.resolve() for each in (device / "slaves").glob("*")]
    return deepest > 0 and bool(below) and all(_is_crypt(each, deepest - 1) for each in below)
