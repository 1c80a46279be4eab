"""Several at one home: killed writers, many writers, a lock or a history that somebody holds."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pytest

from oxtui.cases.events import Document
from oxtui.errors import Unsaved
from oxtui.store.local.archive import ArchiveBusy
from oxtui.store.local.casefile import CaseFile
from oxtui.store.local.lock import locked
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, HOLD_ARCHIVE, LONG, add, case, entry, entry_ids, home_with, start
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
