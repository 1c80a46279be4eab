"""The cost of one durable append, as a ratio to the floor of the same run.

The floor is what no program can avoid that replaces a file safely: temporary file + fsync + replace + fsync
of the folder, for the same number of bytes. Both are measured in turn, so that a busy disk slows both.
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from oxtui.cases.events import FORMAT, Document, Event, new_id, to_document
from oxtui.clock import Clock
from oxtui.store.local.store import LocalStore
from tests.bench.ratios import Figure

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def case(entries: int) -> Document:
    """A case document of about 170 bytes an entry."""
    case_id = new_id()
    log = [to_document(case_id, tick(number + 1)) for number in range(entries)]
    return {
        "id": case_id,
        "format": FORMAT,
        "opened_at": "2026-11-22T00:00:00.000Z",
        "playbook": "0" * 16,
        "log": log,
    }


def tick(seq: int) -> Event:
    return Event(new_id(), seq, NOW, "kim", "ticked", {"item": "client-authenticated"})


def floor(folder: Path, data: bytes) -> float:
    """Seconds for the unavoidable part of replacing a file of `data`."""
    start = time.perf_counter()
    descriptor = os.open(folder / "floor.tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)
    (folder / "floor.tmp").replace(folder / "floor.json")
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return time.perf_counter() - start


def append(store: LocalStore, case_id: str) -> float:
    """Seconds for one tick: read, lock, compare, one event, on the disk."""
    start = time.perf_counter()
    document = store.get(case_id)
    assert document is not None
    after = len(document["log"])
    assert store.append(case_id, after, [to_document(case_id, tick(after + 1))]) is None
    return time.perf_counter() - start


def measure(home: Path, open_cases: int, rounds: int = 200) -> tuple[float, float]:
    """The medians, in ms, of one append and of the floor at this many open cases of 3 KB."""
    store = LocalStore(home, Clock())
    store.open()
    with store.lock():
        documents = [case(17) for _ in range(open_cases)]
        store.write({document["id"]: document for document in documents})
    ids = list(store.snapshot())
    floors: list[float] = []
    appends: list[float] = []
    for number in range(rounds):
        data = store.file.path.read_bytes()
        floors.append(floor(home, data))
        appends.append(append(store, ids[number * 7 % open_cases]))
    return statistics.median(appends[10:]) * 1e3, statistics.median(floors[10:]) * 1e3


def figures(folder: Path) -> list[Figure]:
    """One append on the disk at 100 and at 1,000 open cases."""
    found = []
    for open_cases in (100, 1000):
        took, least = measure(folder / f"append-{open_cases}", open_cases)
        found.append(Figure(f"one append, on disk, {open_cases:,} open", took, least, 2))
    return found
