"""Every call of the system by which something is written fails once, forty times in a row, or is the last one.

Whatever fails, nothing that was taken is lost: an event, a case on its way between open and closed, a draft, a pin.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from oxtui.errors import OxtuiError
from oxtui.playbook.pins import load_pin, save_pin
from oxtui.store.local.archive import Archive
from oxtui.store.local.store import LocalStore
from oxtui.store.logs import last_seq
from tests.core.store_help import CLOCK, LONG, case, entry, home_with
from tests.core.worked import shipped

CALLS = "open write fsync link replace unlink chmod utime mkdir ftruncate".split()
ERRORS = (errno.ENOSPC, errno.EIO, errno.EMFILE, errno.EROFS)
IN_A_ROW = 40
STRIDE = 1 if LONG else 31
SQLITE = {errno.ENOSPC: "SQLITE_FULL", errno.EIO: "SQLITE_IOERR", errno.EROFS: "SQLITE_READONLY"}


class Killed(BaseException):
    """The process ends here: nothing behind it happens, no cleaning up either."""


class Faults:
    """Counts the calls; from number `first` on `count` of them fail with `error`, or (None) all, as in a kill."""

    def __init__(self, first: int = -1, count: int = 0, error: int | None = 0) -> None:
        self.first, self.count, self.error = first, count, error
        self.made = 0

    def call(self) -> None:
        number, self.made = self.made, self.made + 1
        if self.first < 0 or number < self.first:
            return
        if self.error is None:
            raise Killed
        if number < self.first + self.count:
            raise OSError(self.error, os.strerror(self.error))

    def statement(self) -> None:
        try:
            self.call()
        except OSError as error:
            failed = sqlite3.OperationalError("made to fail")
            failed.sqlite_errorname = SQLITE.get(error.errno or 0, "SQLITE_CANTOPEN")
            raise failed from error


class Connection:
    """A connection of SQLite whose statements fail as calls of the system do."""

    def __init__(self, base: sqlite3.Connection, faults: Faults) -> None:
        self._base, self._faults = base, faults

    def execute(self, *given: Any) -> Any:
        self._faults.statement()
        return self._base.execute(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)


@contextmanager
def failing(faults: Faults) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            real = getattr(os, name)

            def made(*given: Any, _real: Callable[..., Any] = real, **more: Any) -> Any:
                faults.call()
                return None if _real is os_fsync else _real(*given, **more)

            patch.setattr(os, name, made)
        connected = Archive._connected

        @contextmanager
        def wrapped(archive: Archive, seconds: float) -> Iterator[Any]:
            with connected(archive, seconds) as base:
                yield Connection(base, faults)

        patch.setattr(Archive, "_connected", wrapped)
        yield


os_fsync = os.fsync  # what is in memory is enough: no power is cut here, and it would take minutes


class Taken:
    """What the store has taken: the events of each case, the cases that are no more, drafts, pins."""

    def __init__(self, store: LocalStore) -> None:
        self.events = {case_id: {kept["id"] for kept in each["log"]} for case_id, each in store.snapshot().items()}
        self.dropped: set[str] = set()
        self.unsure: set[str] = set()
        self.drafts: dict[str, str] = {}
        self.pinned = False


def work(store: LocalStore, taken: Taken) -> None:
    """What panes do in a minute; a step that fails is left, and the next one is made."""
    first, second, third = taken.events
    steps: list[Callable[[], None]] = []

    def added(case_id: str, what: str, send: Callable[..., Any]) -> None:
        document = store.get(case_id) or store.archive.get(case_id)
        assert document is not None
        after = last_seq(document)
        new = entry(case_id, after + 1, what)
        if send(case_id, after, [new]) is None:
            taken.events[case_id].add(new["id"])

    def create() -> None:
        document = case()
        store.create(document)
        taken.events[str(document["id"])] = {kept["id"] for kept in document["log"]}

    def drop() -> None:
        taken.unsure.add(third)
        if store.drop(third, last_seq(store.snapshot()[third])) is None:
            taken.dropped.add(third)

    def draft() -> None:
        store.drafts.keep(first, "half a sentence")
        taken.drafts[first] = "half a sentence"

    def pin() -> None:
        save_pin(store.folder / "playbooks", shipped().procedure)
        taken.pinned = True

    steps = [
        lambda: added(first, "ticked", store.append), draft, create, pin,
        lambda: added(second, "closed", lambda *given: store.close(*given, {"text": "gum"})),  # type: ignore[call-arg]
        lambda: added(second, "reopened", store.reopen), lambda: added(second, "ticked", store.append),
        lambda: added(second, "closed", lambda *given: store.close(*given, {"text": "gum"})),  # type: ignore[call-arg]
        lambda: added(first, "ticked", store.append), drop,
    ]  # fmt: skip
    for step in steps:
        try:
            step()
        except OxtuiError as error:
            assert error.message
        except OSError as error:
            pytest.fail(f"{error!r} was not told as one of ours")


def look(home: Path, taken: Taken) -> None:
    """A new start finds all that was taken, each case in one place."""
    store = LocalStore(home, CLOCK)
    store.open()
    store.settle(lambda document: {"text": "gum"})
    for case_id, events in taken.events.items():
        here, there = store.get(case_id), store.archive.get(case_id)
        if case_id in taken.dropped:
            assert here is None and there is None
            continue
        if here is None and there is None and case_id in taken.unsure:
            continue
        assert (here is None) != (there is None), "in one place"
        assert events <= {kept["id"] for kept in (here or there or {})["log"]}
    assert store.verify() == {}
    assert all(store.drafts.of(case_id) == text for case_id, text in taken.drafts.items())
    if taken.pinned:
        assert load_pin(home / "playbooks", shipped().procedure.digest)
    # steps are kept without the lock: what was just being written is swept by a later start
    assert {path.parent.name for path in home.rglob("*.tmp")} <= {"playbooks"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sound") / "home"
    home_with(home, case(), case(2), case(1)).archive.add(case(), {"text": "wren"})
    return home


def tried(sound: Path, home: Path, faults: Faults) -> None:
    shutil.copytree(sound, home)
    store = LocalStore(home, CLOCK, lock_timeout=0.2, archive_timeout=0.2)
    taken = Taken(store)
    with failing(faults), suppress(Killed):
        work(store, taken)
    look(home, taken)
    shutil.rmtree(home)


@pytest.mark.skipif(os.name == "nt", reason="the calls are those of POSIX")
def test_whichever_call_fails_nothing_that_was_taken_is_lost(sound: Path, tmp_path: Path) -> None:
    clean = Faults()
    tried(sound, tmp_path / "clean", clean)
    assert clean.made > 150, "the calls are counted"
    plans = [(first, count, error) for first in range(clean.made) for error in ERRORS for count in (1, IN_A_ROW)]
    plans += [(first, 1, None) for first in range(clean.made)]  # type: ignore[misc]
    for number, (first, count, error) in enumerate(plans[::STRIDE]):
        try:
            tried(sound, tmp_path / str(number), Faults(first, count, error))
        except BaseException as fault:
            fault.add_note(f"call {first}, {count} times, {errno.errorcode.get(error or 0, 'killed')}")
            raise
    print(f"{len(plans[::STRIDE])} faults at {clean.made} calls: nothing that was taken is lost")
