"""The outbox on a store that really fails: what could not be written is kept, reported, and written later."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from oxtui import outbox as outbox_module
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.waiting import Note
from oxtui.errors import Negative, OxtuiError, Refusal, StoreError
from oxtui.outbox import Job, Outbox
from tests.drive.case import THREE, Walk, service_at
from tests.drive.waiting import PATIENCE


class Screen:
    """Where the screens live: takes what the outbox delivers and runs it on one thread of its own."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.inbox: Queue[Callable[[], None]] = Queue()
        self.outbox = Outbox(walk.service, self.inbox.put, self.told)
        self.done: list[Case] = []
        self.refused: list[OxtuiError] = []
        self.troubles: list[StoreError | None] = []

    def told(self) -> None:
        self.troubles.append(self.outbox.trouble)

    def send(self, change: Command, mark: str = "") -> None:
        self.outbox.send(Job(self.walk.id, change, self.done.append, self.refused.append, None, mark))

    def run(self, until: Callable[[], bool]) -> None:
        """Run what comes in until something holds."""
        end = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < end, "it never came to that"
            try:
                self.inbox.get(timeout=0.02)()
            except Exception as error:
                if type(error).__name__ != "Empty":
                    raise

    def notes(self) -> list[str]:
        return [entry.get("text") for entry in self.walk.case.log if entry.what == "note"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "RETRY_SECONDS", 0.05)


@pytest.fixture
def screen(home: Path, quick: None) -> Iterator[Screen]:
    screen = Screen(Walk(service_at(home), mailboxes=THREE))
    yield screen
    screen.outbox.stop()


class Broken:
    """A home whose folder has become a file, as by a mistaken move: nothing can be written there."""

    def __init__(self, home: Path) -> None:
        self.home, self.aside = home, home.with_name("aside")

    def __enter__(self) -> None:
        self.home.rename(self.aside)
        self.home.write_text("not a folder")

    def __exit__(self, *_: object) -> None:
        self.home.unlink()
        self.aside.rename(self.home)


def test_changes_are_carried_in_the_order_they_were_made(screen: Screen) -> None:
    texts = [f"note {number}" for number in range(30)]
    for text in texts:
        screen.send(Note(text))
    screen.run(lambda: len(screen.done) == 30)
    assert screen.notes() == texts and screen.outbox.pending == () and screen.troubles == []
    assert [case.log[-1].get("text") for case in screen.done] == texts


def test_a_command_is_never_seen_neither_under_way_nor_done(screen: Screen) -> None:
    """Somebody who looks while it is being reported waits until it has been."""
    looking: list[threading.Thread] = []

    def report(call: Callable[[], None]) -> None:
        looking.append(threading.Thread(target=lambda: screen.outbox.pending))
        looking[-1].start()
        looking[-1].join(0.1)
        assert looking[-1].is_alive()
        screen.inbox.put(call)

    screen.outbox._deliver = report
    screen.send(Note("x"))
    screen.run(lambda: bool(screen.done))
    looking[0].join(PATIENCE)
    assert screen.notes() == ["x"] and not looking[0].is_alive()


def test_nothing_is_written_on_the_callers_thread(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    change = screen.walk.service.change

    def watched(*arguments: Any) -> Case:
        threads.add(threading.get_ident())
        return change(*arguments)

    monkeypatch.setattr(screen.walk.service, "change", watched)
    screen.send(Note("x"))
    screen.run(lambda: bool(screen.done))
    assert threads and threading.get_ident() not in threads


def test_a_refusal_comes_back_and_holds_nothing_up(screen: Screen) -> None:
    screen.walk.begin(1)
    screen.send(screen.walk.ticking("order"))
    screen.send(Note("after it"))
    screen.run(lambda: bool(screen.done))
    assert [type(error) for error in screen.refused] == [Refusal] and "locked" in str(screen.refused[0])
    assert screen.notes() == ["after it"]


def test_each_is_decided_on_what_is_on_the_disk_by_then(screen: Screen) -> None:
    walk = screen.walk.plan(1)
    order = walk.ticking("order")
    screen.send(order)
    screen.run(lambda: bool(screen.refused))
    screen.send(walk.ticking("tell-team"))
    screen.send(order)
    screen.run(lambda: len(screen.done) == 2)
    assert len(screen.refused) == 1
    assert [case.log[-1].get("item") for case in screen.done] == ["tell-team", "order"]


def test_what_was_typed_behind_a_refusal_is_dropped_and_told_once_but_a_note_is_kept(screen: Screen) -> None:
    walk = screen.walk.plan(1)
    hold = threading.Event()
    change = walk.service.change

    def slow(*arguments: Any) -> Case:
        hold.wait(PATIENCE)
        return change(*arguments)

    walk.service.change = slow  # type: ignore[assignment, method-assign]
    for command in (walk.ticking("order"), walk.ticking("tell-team"), Note("they were in a hurry")):
        screen.send(command)
    hold.set()
    screen.run(lambda: bool(screen.done))
    assert len(screen.refused) == 1 and "1 key typed behind it was dropped" in screen.refused[0].hint
    assert screen.notes() == ["they were in a hurry"]
    assert not walk.case.marks("tell-team")


def test_a_case_closed_by_the_other_pane_is_told(screen: Screen, home: Path) -> None:
    screen.walk.other(service_at(home, "ben")).do(Close("unreachable"))
    screen.send(Note("too late"))
    screen.run(lambda: bool(screen.refused))
    assert isinstance(screen.refused[0], Negative) and screen.outbox.pending == ()


def test_what_cannot_be_written_is_kept_told_and_written_later_in_order(screen: Screen, home: Path) -> None:
    screen.send(Note("before"))
    screen.run(lambda: bool(screen.done))
    with Broken(home):
        for number in range(3):
            screen.send(Note(f"meanwhile {number}"), mark="x")
            if not number:
                screen.run(lambda: screen.outbox.trouble is not None)
        trouble = screen.outbox.trouble
        assert trouble and trouble.message and screen.done[1:] == []
        kept = screen.outbox.pending
        assert kept and kept[0].command == Note("meanwhile 0") and kept[0].mark == "x"
        taken = len(kept)
        assert taken + len(screen.refused) == 3
        time.sleep(0.2)
        assert len(screen.outbox.pending) == taken
    screen.run(lambda: len(screen.done) == 1 + taken and screen.outbox.trouble is None)
    screen.run(lambda: bool(screen.troubles) and screen.troubles[-1] is None)
    assert screen.notes() == ["before", *(f"meanwhile {number}" for number in range(taken))]
    assert screen.outbox.pending == () and screen.troubles[0].message == trouble.message


def test_what_is_pending_satisfies_no_guard(screen: Screen, home: Path) -> None:
    walk = screen.walk.plan(1)
    tell, order = walk.ticking("tell-team"), walk.ticking("order")
    cases = home / "cases.json"
    assert walk.case.status("order").state.value == "locked"
    with Locked(home):
        screen.send(tell)
        screen.run(lambda: screen.outbox.trouble is not None)
        screen.send(order)
        assert len(screen.refused) == 1 and "telling the migration team" in str(screen.refused[0])
    screen.run(lambda: len(screen.done) == 1)
    screen.send(order)
    screen.run(lambda: len(screen.done) == 2)
    assert cases.exists()


class Locked:
    """A home in which nothing new can be made: its lock file is a folder (the case file can be read)."""

    def __init__(self, home: Path) -> None:
        self.lock = home / "cases.lock"

    def __enter__(self) -> None:
        self.lock.unlink()
        self.lock.mkdir()

    def __exit__(self, *_: object) -> None:
        self.lock.rmdir()


def test_stopping_writes_what_is_left_and_says_what_it_could_not(screen: Screen, home: Path) -> None:
    for number in range(10):
        screen.send(Note(str(number)))
    assert screen.outbox.stop() is True
    assert screen.notes() == [str(number) for number in range(10)]
    other = Screen(screen.walk)
    with Locked(home):
        other.send(Note("lost?"))
        other.run(lambda: other.outbox.trouble is not None)
        assert other.outbox.stop() is False
        assert other.outbox._thread is not None and not other.outbox._thread.is_alive(), "it ended by itself"
        assert [job.command for job in other.outbox.pending] == [Note("lost?")]


def test_a_fault_of_ours_ends_on_the_screens_thread_and_not_in_silence(screen: Screen) -> None:
    class Faulty(Command, frozen=True):
        def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
            raise ZeroDivisionError

    screen.send(Faulty())
    screen.send(Note("after it"))
    with pytest.raises(ZeroDivisionError):
        screen.run(lambda: bool(screen.done))
    screen.run(lambda: bool(screen.done))
    assert screen.notes() == ["after it"]


# -- a disk that is full in earnest
def _can_mount() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount") is not None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KB."""
    place = tmp_path / "small"
    place.mkdir()
    if not _can_mount():
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_filled_up_in_the_middle_and_freed_again(small_disk: Path, quick: None) -> None:
    screen = Screen(Walk(service_at(small_disk / "home"), mailboxes=THREE))
    screen.walk.begin(1)
    screen.send(Note("there was room"))
    screen.run(lambda: bool(screen.done))
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 1024)
        except OSError:
            pass
    for number in range(4):
        screen.send(Note(f"no room {number}"))
    screen.run(lambda: screen.outbox.trouble is not None)
    assert "space" in str(screen.outbox.trouble).lower() or "full" in str(screen.outbox.trouble).lower()
    assert len(screen.outbox.pending) == 4 and screen.notes() == ["there was room"]
    screen.send(screen.walk.answering("billed-now", "monthly"))
    screen.send(screen.walk.ticking("order"))
    assert [type(error) for error in screen.refused] == [Refusal], "judged by what is on the disk"
    ballast.unlink()
    screen.run(lambda: len(screen.done) == 6 and not screen.outbox.trouble)
    assert screen.notes() == ["there was room", *(f"no room {number}" for number in range(4))]
    assert screen.walk.case.marks("billed-now") and screen.outbox.stop()
    fresh = service_at(small_disk / "home").case(screen.walk.id)
    assert [entry.seq for entry in fresh.log] == list(range(1, len(fresh.log) + 1)) and fresh.altered == ()
