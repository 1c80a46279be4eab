"""Whether the doctor sees that a disk is encrypted, by what `findmnt` and `lsblk` print."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from oxtui.cli.doctor_data import is_encrypted

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows it")


def on(*below: dict[str, Any], kind: str = "disk") -> dict[str, Any]:
    return {"type": kind, "children": list(below)} if below else {"type": kind}


DISK = on()
PART = on(DISK, kind="part")
CRYPT = on(PART, kind="crypt")


@pytest.mark.parametrize(
    ("mount", "devices", "encrypted"),
    [
        ("ext4 /dev/sda", [DISK], False),
        ("ext4 /dev/sda1", [PART], False),
        ("ext4 /dev/dm-0", [CRYPT], True),
        ("btrfs /dev/dm-1[/@home]", [on(CRYPT, kind="lvm")], True),
        ("ext4 /dev/md0", [on(CRYPT, PART, kind="raid1")], False),
        ("ecryptfs /home/.x", None, True),
        ("tmpfs tmpfs", None, None),
        ("", None, None),
    ],
)
def test_it_looks_through_volumes_raids_and_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mount: str, devices: list[dict[str, Any]] | None, encrypted: object
) -> None:
    program(tmp_path / "findmnt", f"echo '{mount}'" if mount else "exit 1")
    text = json.dumps({"blockdevices": devices})
    program(tmp_path / "lsblk", f"""case "$5" in *[[]*) exit 1;; esac; echo '{text}'""" if devices else "exit 32")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert is_encrypted(tmp_path) is encrypted


def test_a_machine_without_the_programs_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert is_encrypted(tmp_path) is None


def program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
