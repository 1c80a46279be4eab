"""What is older than it is kept for goes after the program has started, from every file, and the screen says so."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from oxtui.clock import Clock
from oxtui.screens.shell import watcher as watching
from tests.drive.case import closed, playbook, service_at
from tests.drive.screen import running

pytestmark = pytest.mark.e2e

DAYS = timedelta(days=400)


@pytest.fixture(autouse=True)
def _no_chores_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come when the test says so."""
    monkeypatch.setattr(watching, "CHORES_AFTER", 600)


def old_and_young(home: Path, now: datetime) -> tuple[str, str]:
    """Two closed cases, one of them 400 days old, as are the copies that hold it."""
    old = closed(service_at(home, clock=Clock(now - DAYS)), "old.com.au")
    for copy in (home / "backups").iterdir():
        os.utime(copy, ((now - DAYS).timestamp(),) * 2)
    return old.id, closed(service_at(home, clock=Clock(now)), "young.com.au").id


def files_with(home: Path, text: bytes) -> list[str]:
    return [path.name for path in home.rglob("*") if path.is_file() and text in path.read_bytes()]


async def test_what_is_too_old_goes_after_the_first_frame(tmp_path: Path) -> None:
    home = tmp_path / "home"
    clock = Clock()
    old, young = old_and_young(home, clock.now())
    service = service_at(home, clock=clock, playbook=playbook())
    async with running(tmp_path, service=service) as tui:
        archive = service.store.archive
        assert "Open cases" in tui.text() and archive.get(old), "not before the first frame"
        assert files_with(home, b"old.com.au")
        await asyncio.to_thread(tui.app.watcher._check_and_purge)
        await tui.until(lambda: "1 closed case was removed for good" in " ".join(tui.told().split()))
        assert archive.get(old) is None and archive.get(young)
        assert files_with(home, b"old.com.au") == [] and files_with(home, b"young.com.au")


async def test_nothing_goes_while_the_clock_stands_still(tmp_path: Path) -> None:
    home = tmp_path / "home"
    clock = Clock(Clock().now())
    old, young = old_and_young(home, clock.now())
    service = service_at(home, clock=clock, playbook=playbook())
    async with running(tmp_path, service=service) as tui:
        await asyncio.to_thread(tui.app.watcher._check_and_purge)
        await tui.settle()
        assert service.store.archive.get(old) and service.store.archive.get(young)
        assert "removed for good" not in tui.told()
