"""Faults that are really made, against the whole program: what was shown as done is never lost, and it says so."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui import durable
from oxtui.app import Crash
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Sent
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.waiting import Note
from oxtui.cases.events import new_id
from oxtui.errors import Unsaved
from oxtui.store.local import cases as store_of_cases
from tests.drive.case import begun, new_service
from tests.drive.screen import pressed, running
from tests.drive.terminal import TMUX
from tests.drive.waiting import until
from tests.e2e.faults import FIRST, IMPATIENT, Holder, in_case, marks, may_mount, mount, open_at, row

pytestmark = pytest.mark.e2e
needs_tmux = pytest.mark.skipif(TMUX is None, reason="no tmux")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if not may_mount(place):
        pytest.skip("mounting is not allowed here")
    subprocess.run(["umount", place], check=True)
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place))
    yield place
    for log in place.rglob("oxtui.log"):
        print(log.read_text())
    subprocess.run(["umount", "-l", place], check=False, capture_output=True)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return begun(new_service(tmp_path))


# -- failure has a face
@needs_tmux
def test_a_disk_filled_up_in_mid_tick_then_freed(disk: Path) -> None:
    case = begun(new_service(disk))
    home, ballast = disk / "oxhome", disk / "ballast"
    with in_case(open_at(home)) as terminal:
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 512)
            except OSError:
                pass
        before = (home / "cases.json").read_bytes()
        terminal.press("1")
        terminal.wait_for("NOT SAVED: 1")
        terminal.wait_for(lambda lines: any("saving" in line and FIRST in line for line in lines))
        terminal.wait_for_all("is full", "free some space")
        assert "✓ saved" not in terminal.text()
        terminal.press("escape").wait_for("NOT SAVED: 1")  # on every screen
        terminal.press("enter").wait_for("is full")
        terminal.resize(40, 12).wait_for(lambda lines: "/14" in lines[0])
        terminal.wait_for_all("NOT SAVED: 1", "is full")
        terminal.press("ctrl+q").wait_for_all("Leave without saving?", "1 change not saved")
        terminal.press("escape").wait_gone("Leave without saving?")
        assert (home / "cases.json").read_bytes() == before
        ballast.unlink()
        terminal.resize(80, 24)
        terminal.wait_gone("NOT SAVED")
        terminal.wait_for("✓ saved")
        terminal.wait_for("1/14")
        terminal.press("ctrl+q")
        assert terminal.exit_status() == 0
    assert marks(home, case.id)


@needs_tmux
def test_a_disk_that_becomes_read_only(disk: Path) -> None:
    case = begun(new_service(disk))
    with in_case(open_at(disk / "oxhome", 40, 12)) as terminal:
        mount("-o", "remount,ro", str(disk))
        terminal.press("1").wait_for_all("NOT SAVED: 1", "read-only")
        mount("-o", "remount,rw", str(disk))
        terminal.wait_gone("NOT SAVED")
    assert marks(disk / "oxhome", case.id)


@needs_tmux
def test_a_home_on_a_vanished_mount(tmp_path: Path) -> None:
    store, place = tmp_path / "store", tmp_path / "place"
    store.mkdir(), place.mkdir()
    if not may_mount(place):
        pytest.skip("mounting is not allowed here")
    subprocess.run(["umount", place], check=True)
    mount("--bind", str(store), str(place))
    try:
        case = begun(new_service(place))
        with in_case(open_at(place / "oxhome", 100, 30)) as terminal:
            subprocess.run(["umount", "-l", place], check=True)
            terminal.wait_for("NOT READ")
            terminal.wait_for(re.compile(r"is\s+not\s+there|another\s+folder"))
            terminal.press("1").wait_for("NOT SAVED: 1")  # kept, judged by what was read last
            terminal.wait_for(lambda _: "saving" in row(terminal))
            terminal.press("escape").wait_for("Open cases")
            terminal.press("H", "h").wait_still()
            terminal.press("escape").wait_still()
            assert terminal.alive(), terminal.text()
            assert list(place.iterdir()) == []  # nothing is written to the empty place
            mount("--bind", str(store), str(place))
            terminal.wait_gone("NOT SAVED")
            terminal.wait_gone("NOT READ")
        assert marks(place / "oxhome", case.id)
    finally:
        subprocess.run(["umount", "-l", place], capture_output=True)


@needs_tmux
@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv")
def test_a_folder_without_permission(tmp_path: Path, case: Case) -> None:
    home = tmp_path / "oxhome"
    # root may write everywhere: here it is run without that right
    plain = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", sys.executable, "-m", "oxtui")
    words = plain if os.geteuid() == 0 else plain[2:]  # type: ignore[attr-defined]
    with in_case(open_at(home, 80, 24, words)) as terminal:
        home.chmod(0o500)
        terminal.press("1").wait_for_all("NOT SAVED: 1", "no permission for")
        home.chmod(0o700)
        terminal.wait_gone("NOT SAVED")
        terminal.wait_for("✓ " + FIRST)
    assert marks(home, case.id)


@needs_tmux
def test_a_lock_held_by_a_hung_process(tmp_path: Path, case: Case) -> None:
    home = tmp_path / "oxhome"
    with in_case(open_at(home, words=IMPATIENT)) as terminal:
        with Holder(home) as hung:
            terminal.press("1").wait_for(lambda _: "saving" in row(terminal))
            terminal.press("ctrl+q").wait_for("Leave without saving?")
            held = f"process {hung.process.pid} has held cases.lock"
            terminal.press("escape").wait_for_all("NOT SAVED: 1", held)
            terminal.press("j").wait_for(lambda _: "▸" not in row(terminal))  # the keys go on
        terminal.wait_gone("NOT SAVED")
        terminal.wait_for("✓ " + FIRST)
    assert marks(home, case.id)


@needs_tmux
def test_leaving_all_the_same_says_what_was_lost(tmp_path: Path, case: Case) -> None:
    home = tmp_path / "oxhome"
    with in_case(open_at(home, words=IMPATIENT)) as terminal, Holder(home):
        terminal.press("1").wait_for("saving")
        terminal.press("ctrl+q").wait_for("Leave without saving?")
        terminal.press("enter")
        assert terminal.exit_status() == 0
        assert b"1 change not saved" in terminal.raw().rpartition(b"\x1b[?1049l")[2], "after the screen has gone"
    assert not marks(home, case.id)


# -- ends in the middle of a write
@needs_tmux
@pytest.mark.parametrize("end", ["closed pane", "SIGINT", "SIGHUP"])
def test_an_end_while_a_change_is_being_written_loses_nothing(tmp_path: Path, case: Case, end: str) -> None:
    home = tmp_path / "oxhome"
    with in_case(open_at(home)) as terminal:
        with Holder(home) as hung:
            terminal.press("1").wait_for(lambda _: "saving" in row(terminal))
            if end == "closed pane":
                terminal.tmux("set", "-g", "exit-empty", "off")
                terminal.tmux("kill-pane")
            else:
                os.kill(terminal.pid, getattr(signal, end))
            assert not marks(home, case.id), "it is not on disk yet"
            hung.process.send_signal(signal.SIGCONT)  # type: ignore[attr-defined]
        until(lambda: not Path(f"/proc/{terminal.pid}/exe").exists())
        if end != "closed pane":
            assert terminal.exit_status() in (0, 130, 143)
            raw = terminal.raw()
            assert raw.rfind(b"\x1b[?1049l") > raw.rfind(b"\x1b[?1049h") and b"not saved" not in raw
    assert marks(home, case.id), "what was shown as being saved was lost"


# -- off the agent's hands
async def test_a_slow_disk_keeps_no_key_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process holds the lock until every key is worked off: one that waited for it would never be."""
    monkeypatch.setattr(store_of_cases, "LOCK_SECONDS", 3600.0)
    service = new_service(tmp_path)
    case = begun(service)
    async with running(tmp_path, (80, 40), service=service, held=0.05) as tui:
        screen = await tui.open(service.case(case.id))
        first = screen.checklist.cursor
        with Holder(tmp_path / "oxhome"):
            for key in "1j":
                tui.seconds += 1
                tui.app.post_message(pressed(key, tui.seconds))
            await tui.until(lambda: "saving" in tui.text())
            await tui.until(lambda: screen.checklist.cursor == first + 1)
            assert tui.app.outbox.pending and not tui.app.outbox.trouble
        await tui.until(lambda: not tui.app.outbox.pending)
        await tui.until(lambda: "✓ " + FIRST in tui.text())


# -- the outbox
def sync_fails_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The disk reports an error when `home` is synced the next time; it then stands in the list."""
    failed: list[Path] = []
    real = durable.sync_folder

    def fails_once(folder: Path) -> None:
        if not failed and folder == home:
            failed.append(folder)
            raise OSError(5, "Input/output error")
        real(folder)

    monkeypatch.setattr(durable, "sync_folder", fails_once)
    return failed


async def test_what_reached_the_disk_in_spite_of_an_error_is_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = new_service(tmp_path)
    case = begun(service)
    failed = sync_fails_once(service.places.home, monkeypatch)
    async with running(tmp_path, service=service) as tui:
        tui.app.submit(case.id, Note("once"), lambda _: None, tui.app.tell)
        await tui.settle()
        await tui.until(lambda: not tui.app.outbox.pending)
    assert failed
    assert [entry.get("text") for entry in new_service(tmp_path).case(case.id).log if entry.what == "note"] == ["once"]


def test_a_case_closed_on_a_disk_that_then_reports_an_error_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = new_service(tmp_path)
    case = begun(service)
    failed = sync_fails_once(service.places.home, monkeypatch)
    attempt = Sent(Close("unreachable"), new_id())
    with pytest.raises(Unsaved):
        service.change(case.id, attempt.command, attempt)
    assert failed and new_service(tmp_path).find(case.id), "it is somewhere"
    again = service.change(case.id, attempt.command, attempt)
    assert again.closed and [entry.what for entry in again.log].count("closed") == 1


class Faulty(Command, frozen=True):
    """A change with a fault of the program in it, and client data in its message."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        client = case.domain
        raise ZeroDivisionError(f"for {client}")


async def test_a_fault_while_writing_ends_in_the_crash_page_and_loses_nothing(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = begun(service)
    with pytest.raises(Crash):
        async with running(tmp_path, service=service) as tui:
            tui.app.submit(case.id, Faulty(), lambda _: None, tui.app.tell)
            tui.app.submit(case.id, Note("behind it"), lambda _: None, tui.app.tell)
            await tui.broken()
    log = service.places.log.read_text()
    assert "ZeroDivisionError" in log and "decide" in log and "brightside" not in log
    assert service.case(case.id).log[-1].get("text") == "behind it"
