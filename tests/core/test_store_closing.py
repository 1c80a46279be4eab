"""Between the open cases and the archive a crash loses nothing and doubles nothing."""

from __future__ import annotations

import errno
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from oxtui import durable
from oxtui.cases.events import Document
from oxtui.errors import Unsaved
from oxtui.store.local.store import LocalStore
from tests.core.store_help import CLOCK, LONG, add, case, entry, home_with, start


def summarise(document: Document) -> dict[str, Any]:
    return {"domain": "example.com.au", "text": "example.com.au", "ending": "complete", "agent": "kim"}


def closed(document: Document) -> Document:
    return {**document, "log": [*document["log"], entry(document["id"], len(document["log"]) + 1, "closed")]}


def test_what_a_crash_left_half_done_is_finished(tmp_path: Path) -> None:
    one, two, three, four = (case() for _ in range(4))
    store = home_with(tmp_path, one, closed(two), three, four)
    store.archive.add(closed(one), summarise(one))  # closing: written there, not yet removed here
    back = closed(three)
    store.archive.add(back, summarise(back))  # reopening: written here, not yet removed there
    store.append(three["id"], 3, [back["log"][-1], entry(three["id"], 5, "reopened")])
    assert set(store.settle(summarise)) == {one["id"], two["id"], three["id"]}
    assert set(store.snapshot()) == {three["id"], four["id"]}
    assert store.archive.holds([one["id"], two["id"], three["id"], four["id"]]) == {one["id"], two["id"]}
    assert store.settle(summarise) == []


def test_a_closed_case_that_the_archive_has_lost_is_written_there_again(tmp_path: Path) -> None:
    done = closed(case())
    store = home_with(tmp_path, done)
    assert store.settle(summarise) == [done["id"]]
    assert store.archive.get(done["id"]) == done and not store.snapshot()


def test_where_nothing_is_half_done_a_start_waits_for_nobody(tmp_path: Path) -> None:
    store = home_with(tmp_path, case(), case())
    with LocalStore(tmp_path, CLOCK).lock():
        assert store.settle(summarise) == []


def test_a_case_resurrected_by_a_restoration_goes_back_to_the_archive(tmp_path: Path) -> None:
    one = case()
    store = home_with(tmp_path, one)
    assert store.close(one["id"], 3, [entry(one["id"], 4, "closed")], summarise(one)) is None
    (tmp_path / "cases.json").write_bytes(b"")
    again = LocalStore(tmp_path, CLOCK)
    assert list(again.snapshot()) == [one["id"]]
    assert again.settle(summarise) == [one["id"]]
    assert again.archive.count() == 1


def failing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a call of the file system fail in the case file's folder, but not in SQLite."""

    def fail(*arguments: object) -> None:
        raise OSError(errno.EIO, "made to fail")

    monkeypatch.setattr(durable, name, fail)


def test_a_close_that_cannot_be_written_has_not_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = case()
    store, done = home_with(tmp_path, first), closed(first)
    with monkeypatch.context() as patched:
        failing(patched, "replace")
        with pytest.raises(Unsaved):
            store.close(first["id"], 3, done["log"][-1:], {})
    assert store.archive.count() == 0
    assert store.get(first["id"]) == first
    store.archive.add(done, {})  # and where even that could not be taken back, and work went on
    new = add(store, first["id"])
    store.settle(summarise)
    assert store.archive.count() == 0
    assert store.snapshot()[first["id"]]["log"] == [*first["log"], new]


def test_a_close_whose_folder_cannot_be_synced_loses_the_case_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = case()
    store, done = home_with(tmp_path, first), closed(first)
    with monkeypatch.context() as patched:
        failing(patched, "sync_folder")
        with pytest.raises(Unsaved):
            store.close(first["id"], 3, done["log"][-1:], {})
    assert store.get(first["id"]) is None, "it is not known whether it left: the file has its new name"
    assert store.archive.get(first["id"]) == done
    assert store.close(first["id"], 3, done["log"][-1:], {}) is None


CYCLE = """
store = LocalStore(Path(A[0]), CLOCK)
store.settle(lambda document: {})
while True:
    document = store.get(A[1])
    what, base = ("closed", document) if document else ("reopened", store.archive.get(A[1]))
    new = entry(A[1], last_seq(base) + 1, what)
    missed = store.close(A[1], new["seq"] - 1, [new], {}) if document else store.reopen(A[1], new["seq"] - 1, [new])
    assert missed is None
    print(new["id"], flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_kill_9_while_closing_and_reopening(tmp_path: Path) -> None:
    rng = random.Random(7)
    first = case()
    store = home_with(tmp_path, first)
    shown: list[str] = []
    in_both = 0
    for _ in range(300 if LONG else 12):
        with start(CYCLE, tmp_path, first["id"]) as other:
            assert other.stdout is not None
            shown.append(other.stdout.readline().strip())
            time.sleep(rng.random() * 0.02)
            other.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
            shown += [line.strip() for line in other.stdout if line.endswith("\n")]
        in_both += first["id"] in store.snapshot() and store.archive.get(first["id"]) is not None
        store.settle(summarise)
        here, there = store.get(first["id"]), store.archive.get(first["id"])
        assert (here is None) != (there is None), "the case is in both places, or in none"
        log = (here or there or {})["log"]
        assert set(shown) <= {e["id"] for e in log}
        assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    print(f"{len(shown)} closings and reopenings shown, found in both places {in_both} times")
