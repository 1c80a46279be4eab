"""Cases, homes and other processes for the tests of the store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from oxtui.cases.events import FORMAT, Document, Event, is_intact, new_id, to_document
from oxtui.clock import Clock
from oxtui.store.interface import CaseStore
from oxtui.store.local.store import LocalStore
from oxtui.store.logs import last_seq

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
CLOCK = Clock(NOW)
LONG = os.environ.get("OXTUI_LONG") == "1"
ROOT = Path(__file__).resolve().parents[2]


def entry(case_id: str, seq: int, what: str = "ticked", *, event_id: str = "", **data: Any) -> Document:
    moment = NOW + timedelta(seconds=seq)
    return to_document(
        case_id, Event(event_id or new_id(), seq, moment, "kim", what, data or {"item": "client-authenticated"})
    )


def case(entries: int = 3, case_id: str = "", what: str = "ticked") -> Document:
    case_id = case_id or new_id()
    log = [entry(case_id, number + 1, "opened" if not number else what) for number in range(entries)]
    return {
        "id": case_id,
        "format": FORMAT,
        "opened_at": "2026-11-22T00:00:00.000Z",
        "playbook": "3f2a9c0d11e4",
        "log": log,
    }


def home_with(folder: Path, *documents: Document) -> LocalStore:
    """A home with these cases, each added in a write of its own."""
    store = LocalStore(folder, CLOCK)
    store.open()
    for document in documents:
        store.create(document)
    return store


def add(store: CaseStore, case_id: str, what: str = "ticked") -> Document:
    """One more event in a case, as the service makes it: decided again for as long as somebody else is quicker."""
    new_one = new_id()
    while True:
        document = store.get(case_id)
        assert document is not None
        after = last_seq(document)
        new = entry(case_id, after + 1, what, event_id=new_one)
        if store.append(case_id, after, [new]) is None:
            return new


def intact_ids(cases: Mapping[str, Document]) -> set[str]:
    return {e["id"] for document in cases.values() for e in document["log"] if is_intact(document["id"], e)}


def entry_ids(documents: Iterable[Document]) -> set[str]:
    return {e["id"] for document in documents for e in document["log"]}


HOLD_ARCHIVE = """
import sqlite3
base = sqlite3.connect(A[0], isolation_level=None)
base.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
base.execute("ROLLBACK")
"""
"""For `start`: keeps everybody from a history until its standard input is closed."""


class Other(subprocess.Popen[str]):
    """Another process, which a failing test does not wait for."""

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, value, traceback)


def start(code: str, *arguments: object) -> Other:
    """Another Python with `code` and the store's names; its standard output can be read line by line."""
    head = "import sys; from pathlib import Path; from tests.core.store_help import *; A = sys.argv[1:]\n"
    return Other(
        [sys.executable, "-c", head + code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
