"""Disks and folders that fail in earnest: full, read-only, vanished, without permission, or no file at all."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from oxtui.errors import StoreError, Unsaved
from oxtui.store.local.lock import need_locks
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, HOLD_ARCHIVE, add, case, entry, home_with, intact_ids, start


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a file system needs root on Linux")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting a file system is not permitted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_changes_nothing_and_is_told(disk: Path) -> None:
    first = case()
    home = disk / "home"
    cases = home_with(home, first, *(case(30) for _ in range(10)))
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * 4096)
    before = (home / "cases.json").read_bytes()
    for _ in range(20):
        with pytest.raises(Unsaved, match="full") as told:
            add(cases, first["id"])
    assert "space" in told.value.hint
    assert (home / "cases.json").read_bytes() == before
    assert not list(home.rglob("*.tmp"))
    assert cases.get(first["id"]) == first
    filler.unlink()
    new = add(cases, first["id"])
    assert LocalStore(home, CLOCK).snapshot()[first["id"]]["log"][-1] == new


def test_a_disk_that_fills_up_tick_by_tick_loses_no_tick(disk: Path) -> None:
    home = disk / "home"
    first = case()
    cases = home_with(home, first)
    shown: list[str] = []
    with pytest.raises(Unsaved, match="full"):
        for seq in range(4, 1000):
            new = entry(first["id"], seq, "noted", text="x" * 5000)
            cases.append(first["id"], seq - 1, [new])
            shown.append(new["id"])
    assert len(shown) > 20
    assert set(shown) <= intact_ids(LocalStore(home, CLOCK).snapshot())


def test_a_read_only_disk_can_be_read_and_says_so_on_writing(disk: Path) -> None:
    first = case()
    home_with(disk / "home", first)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    cases = LocalStore(disk / "home", CLOCK)
    cases.open()
    assert cases.get(first["id"]) == first
    with pytest.raises(Unsaved, match="read-only"):
        add(cases, first["id"])
    with pytest.raises(Unsaved, match="read-only"):
        LocalStore(disk / "other", CLOCK).open()
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    add(cases, first["id"])


def test_a_home_whose_disk_vanishes_is_no_empty_home(disk: Path) -> None:
    first = case()
    cases = home_with(disk, first)
    subprocess.run(["umount", "-l", disk], check=True)
    with pytest.raises(StoreError):
        cases.snapshot()
    with pytest.raises(Unsaved, match="another folder"):
        add(cases, first["id"])
    assert list(disk.iterdir()) == []
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", disk], check=True)


def test_a_home_that_vanishes_is_not_made_again(tmp_path: Path) -> None:
    first = case()
    cases = home_with(tmp_path / "home", first)
    (tmp_path / "home").rename(tmp_path / "away")
    with pytest.raises(Unsaved, match="not there"):
        add(cases, first["id"])
    with pytest.raises(StoreError):
        cases.snapshot()
    assert not (tmp_path / "home").exists()
    (tmp_path / "away").rename(tmp_path / "home")
    add(cases, first["id"])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may do everything")  # type: ignore[attr-defined]
def test_no_permission_is_told(tmp_path: Path) -> None:
    first = case()
    cases = home_with(tmp_path, first)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(Unsaved, match="permission"):
            add(cases, first["id"])
    finally:
        tmp_path.chmod(0o700)
    add(cases, first["id"])


def test_a_folder_in_the_place_of_a_file_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "cases.json").mkdir()
    with pytest.raises(StoreError):
        LocalStore(tmp_path, CLOCK).open()
    assert (tmp_path / "cases.json").is_dir()


@pytest.mark.parametrize("name", ["cases.json", "history.sqlite3"])
def test_what_is_no_file_is_told_and_not_opened(tmp_path: Path, name: str) -> None:
    """A pipe would hang whoever opens it; a link would be replaced, and what it led to forgotten."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    for number, make in enumerate((os.mkfifo, lambda path: Path(path).symlink_to(elsewhere), os.mkdir)):  # type: ignore[attr-defined]
        home = tmp_path / str(number)
        home.mkdir()
        make(home / name)
        store = LocalStore(home, CLOCK)
        uses = [store.snapshot, store.stamp, store.open, partial(store.create, case())]
        if name != "cases.json":
            uses = [store.archive.count, partial(store.archive.get, "x"), partial(store.archive.add, case(), {})]
        for use in uses:
            with pytest.raises(StoreError, match="not a file") as told:
                use()  # type: ignore[operator]
            assert str(home / name) in told.value.message
    assert elsewhere.read_bytes() == b"mine" and (tmp_path / "1" / name).is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="every file system of Windows has locks")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    import fcntl

    first = case()
    store = home_with(tmp_path, first)
    store.archive.add(case(), {})

    def refuse(*given: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(Unsaved, match="has no locks") as told:
        add(store, first["id"])
    assert "OXTUI_HOME" in told.value.hint
    assert store.get(first["id"]) == first, "it can be read"
    with start(HOLD_ARCHIVE, tmp_path / "history.sqlite3") as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(Unsaved, match="has no locks"):
            store.archive.count()
        holder.kill()
    with pytest.raises(Unsaved, match="has no locks"):
        need_locks(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in its folders, and links need a right")
@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a link"])
@pytest.mark.parametrize("name", ["cases.lock", "cases.next", "backups"])
def test_what_lies_in_the_place_of_a_file_is_named_by_the_write_that_it_stops(
    tmp_path: Path, name: str, kind: str
) -> None:
    first = case()
    store = home_with(tmp_path, first)
    path = tmp_path / name
    path.rename(tmp_path / "away")
    wanted = "a folder" if name == "backups" else "a file"
    if kind == wanted:
        path.write_text("")
        kind = "a file"
    else:
        {"a pipe": os.mkfifo, "a folder": os.mkdir, "a link": lambda path: path.symlink_to(path)}[kind](path)  # type: ignore[attr-defined]
    with pytest.raises(Unsaved) as told:
        store.append(first["id"], 3, [entry(first["id"], 4)])
    assert told.value.message == f"{path} is {kind}, not {wanted}" and told.value.hint.startswith("move it away")
    path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / "away").rename(path)
    store.append(first["id"], 3, [entry(first["id"], 4)])
    assert len(store.snapshot()[first["id"]]["log"]) == 4


@pytest.mark.skipif(os.name == "nt", reason="its devices lie in no folder")
def test_a_home_that_is_a_device_is_no_folder() -> None:
    with pytest.raises(StoreError, match=f"^{os.devnull} is a device, not a folder"):
        LocalStore(Path(os.devnull), CLOCK).snapshot()
