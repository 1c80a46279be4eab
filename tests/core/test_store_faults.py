"""Faults that are really made: killed writers, many writers, a full disk, a read-only one, a vanished one."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from oxtui.cases.events import Document
from oxtui.errors import StoreError, Unsaved
from oxtui.store.local.archive import ArchiveBusy
from oxtui.store.local.casefile import CaseFile
from oxtui.store.local.lock import locked, need_locks
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, LONG, add, case, entry, entry_ids, home_with, intact_ids, start
from tests.drive.waiting import PATIENCE

WRITER = """
import random
cases = LocalStore(Path(A[0]), CLOCK)
ids = list(cases.snapshot())
for _ in range(int(A[1])):
    print(add(cases, random.choice(ids))["id"], flush=True)
"""
HOLDER = """
from oxtui.store.local.lock import locked, need_locks
with locked(Path(A[0]), 5):
    print("held", flush=True)
    sys.stdin.read()
"""


def in_order(documents: Iterable[Document]) -> bool:
    """Whether every log has each sequence number once, in order: every writer saw what was before it."""
    return all([e["seq"] for e in one["log"]] == list(range(1, len(one["log"]) + 1)) for one in documents)


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_nothing_that_was_shown_as_written_is_lost_at_kill_9(tmp_path: Path) -> None:
    rng = random.Random(20261122)
    cases = home_with(tmp_path, *(case() for _ in range(40)))
    shown: list[str] = []
    rounds = 1000 if LONG else 30
    for _ in range(rounds):
        with start(WRITER, tmp_path, 100000) as writer:
            assert writer.stdout is not None
            shown.append(writer.stdout.readline().strip())
            time.sleep(rng.random() * 0.02)
            writer.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
            shown += [line.strip() for line in writer.stdout if line.endswith("\n")]
        assert set(shown) <= entry_ids(LocalStore(tmp_path, CLOCK).snapshot().values())
    assert len(shown) > rounds
    assert in_order(cases.snapshot().values())
    assert not cases.take_restored()
    left = len(list(tmp_path.rglob("*.tmp")))
    cases.open()
    assert not list(tmp_path.rglob("*.tmp"))
    print(f"{rounds} rounds: {len(shown)} shown, none lost; {left} temporary files were left, all swept")


def test_many_writers_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    writers, appends = (8, 2000) if LONG else (4, 100)
    cases = home_with(tmp_path, *(case() for _ in range(40 if LONG else 4)))
    begin = time.monotonic()
    others = [start(WRITER, tmp_path, appends) for _ in range(writers)]
    shown = [line.strip() for other in others for line in other.communicate()[0].splitlines()]
    assert [other.returncode for other in others] == [0] * writers
    now = cases.snapshot()
    assert len(shown) == len(set(shown)) == writers * appends
    assert set(shown) <= entry_ids(now.values())
    assert sum(len(one["log"]) for one in now.values()) == writers * appends + 3 * len(now)
    assert in_order(now.values())
    print(f"{len(shown)} entries by {writers} writers in {time.monotonic() - begin:.1f} s")


GREEDY = """
from oxtui.store.local.lock import locked, need_locks
print("begun", flush=True)
while True:
    with locked(Path(A[0]), 5):
        time.sleep(0.02)
"""


def test_a_greedy_process_starves_nobody(tmp_path: Path) -> None:
    with start("import time" + GREEDY, tmp_path / "cases.lock") as greedy:
        assert greedy.stdout is not None
        greedy.stdout.readline()
        for _ in range(10):
            with locked(tmp_path / "cases.lock", 5):
                pass
        greedy.kill()


def test_two_threads_exclude_each_other(tmp_path: Path) -> None:
    first = case()
    cases = home_with(tmp_path, first)
    threads = [threading.Thread(target=lambda: [add(cases, first["id"]) for _ in range(30)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e["seq"] for e in cases.snapshot()[first["id"]]["log"]] == list(range(1, 124))


def test_a_reading_thread_is_not_disturbed_by_a_writing_one(tmp_path: Path) -> None:
    first = case()
    cases = home_with(tmp_path, first, *(case() for _ in range(10)))
    lengths: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            lengths.append(len(cases.snapshot()[first["id"]]["log"]))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(100):
        add(cases, first["id"])
    done.set()
    reader.join()
    assert set(lengths) <= set(range(3, 104))
    assert len(cases.snapshot()[first["id"]]["log"]) == 103
    assert not cases.take_restored()


def test_a_hung_holder_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    first = case()
    home_with(tmp_path, first)
    cases = LocalStore(tmp_path, CLOCK, lock_timeout=0.3)
    with start(HOLDER, tmp_path / "cases.lock") as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        begin = time.monotonic()
        with pytest.raises(Unsaved, match=f"process {holder.pid} has held cases.lock"):
            add(cases, first["id"])
        assert time.monotonic() - begin >= 0.3
        assert len(cases.snapshot()) == 1, "reading waits for nobody"
        holder.kill()
    add(cases, first["id"])


def test_the_lock_of_a_hung_thread_is_refused_in_time(tmp_path: Path) -> None:
    with locked(tmp_path / "cases.lock"), pytest.raises(Unsaved), locked(tmp_path / "cases.lock", 0.1):
        pytest.fail("one lock was held twice")
    with locked(tmp_path / "cases.lock", 0):
        pass


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


def test_what_was_read_while_the_same_pane_wrote_is_not_taken_for_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread has read the old file when another writes the new one, and both are done."""
    first = case()
    home_with(tmp_path, first)
    store, read, holding = LocalStore(tmp_path, CLOCK, lock_timeout=0.05), CaseFile.bytes, ExitStack()

    def slow(file: CaseFile) -> object:
        found = read(file)
        monkeypatch.setattr(CaseFile, "bytes", read)
        add(store, first["id"])
        holding.enter_context(locked(tmp_path / "cases.lock"))  # to keep anything from being repaired meanwhile
        return found

    monkeypatch.setattr(CaseFile, "bytes", slow)
    with holding:
        assert len(store.snapshot()[first["id"]]["log"]) == 4
        assert len(store.peek()[first["id"]]["log"]) == 4
    assert store.take_restored() == []


def test_what_was_read_before_the_same_pane_wrote_is_not_seen_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, a step later: the old file is about to be taken for what was seen last."""
    first = case()
    home_with(tmp_path, first)
    store = LocalStore(tmp_path, CLOCK)

    def slow(folder: Path) -> int:
        monkeypatch.undo()
        add(store, first["id"])
        return 0

    monkeypatch.setattr("oxtui.store.local.cases.quarantine_mark", slow)
    assert len(store.snapshot()[first["id"]]["log"]) == 4
    assert len(store.peek()[first["id"]]["log"]) == 4


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


HOLD_ARCHIVE = """
import sqlite3
base = sqlite3.connect(A[0], isolation_level=None)
base.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_history_that_is_held_keeps_no_other_case_waiting(tmp_path: Path) -> None:
    """While a close waits for the archive, an answer in another case takes the lock at once."""
    first, second = case(), case()
    home_with(tmp_path, first, second).archive.add(case(), {})
    closing = LocalStore(tmp_path, CLOCK, archive_timeout=PATIENCE)
    other = LocalStore(tmp_path, CLOCK)
    with start(HOLD_ARCHIVE, tmp_path / "history.sqlite3") as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        last = entry(first["id"], 4, "closed")
        thread = threading.Thread(target=lambda: closing.close(first["id"], 3, [last], {}))
        thread.start()
        for _ in range(20):
            add(other, second["id"])
        assert thread.is_alive() and first["id"] in other.snapshot()
        with pytest.raises(ArchiveBusy):
            other.archive.by_domain("gum.com.au")
        holder.kill()
    thread.join(PATIENCE)
    assert first["id"] not in other.snapshot() and other.archive.holds([first["id"]])


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
