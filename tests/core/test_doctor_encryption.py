"""Whether the doctor sees that a disk is encrypted: on a tree as Linux shows it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from oxtui.cli.doctor_encryption import is_encrypted

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows it")


def _number_of(major: int, minor: int) -> int:
    """What `os.makedev` gives, which Windows lacks."""
    return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)


def device(root: Path, number: str, name: str, uuid: str = "", on: tuple[str, ...] = (), part_of: str = "") -> None:
    """A block device in a made-up /sys, with what it lies on."""
    devices = root / "sys/devices"
    folder = devices / part_of / name
    (folder / "slaves").mkdir(parents=True)
    if uuid:
        (folder / "dm").mkdir()
        (folder / "dm/uuid").write_text(f"{uuid}\n")
    if part_of:
        (folder / "partition").write_text("1\n")
    for each in on:
        (folder / "slaves" / each).symlink_to(
            next(path for path in devices.rglob(each) if path.parent.name != "slaves")
        )
    numbers = root / "sys/dev/block"
    numbers.mkdir(parents=True, exist_ok=True)
    (numbers / number).symlink_to(folder)


def test_it_looks_through_volumes_raids_and_partitions(tmp_path: Path) -> None:
    device(tmp_path, "8:0", "sda")
    device(tmp_path, "8:1", "sda1", part_of="sda")
    device(tmp_path, "8:2", "sda2", part_of="sda")
    device(tmp_path, "253:0", "dm-0", "CRYPT-LUKS2-0f-root", on=("sda2",))
    device(tmp_path, "253:1", "dm-1", "LVM-abc", on=("dm-0",))
    device(tmp_path, "253:2", "dm-2", "LVM-def", on=("sda1",))
    device(tmp_path, "9:0", "md0", on=("dm-0", "sda1"))
    found = {number: is_encrypted(_number_of(*map(int, number.split(":"))), tmp_path) for number in (
        "8:0", "8:1", "253:0", "253:1", "253:2", "9:0", "8:9")}  # fmt: skip
    assert found == {
        "8:0": False,
        "8:1": False,
        "253:0": True,
        "253:1": True,
        "253:2": False,
        "9:0": False,
        "8:9": None,
    }


def test_a_file_system_with_a_number_of_its_own_is_found_by_its_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "proc/self/mountinfo"
    mounts.parent.mkdir(parents=True)
    line = "30 1 0:{} / /home rw shared:1 - {} {} rw\n"
    mounts.write_text(line.format(31, "ecryptfs", "/home/.x") + line.format(32, "tmpfs", "tmpfs")
                      + line.format(33, "btrfs", "/dev/gone"))  # fmt: skip
    assert [is_encrypted(_number_of(0, number), tmp_path) for number in (31, 32, 33, 34)] == [
        True,
        None,
        None,
        None,
    ]
