"""A history locked by another process at the start: reported, until it is free."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from oxtui.cases.commands.closing import Close
from oxtui.cli import dashboard
from oxtui.cli.context import Context
from oxtui.cli.output import Output
from oxtui.errors import StoreError
from tests.drive.case import FakeClock, Walk, playbook, service_at
from tests.drive.screen import running


async def test_a_history_that_is_held_at_the_start_is_told_until_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oxtui.screens.shell.watcher.LOOK_SECONDS", 0.05)
    service = service_at(tmp_path / "oxhome", "anna", FakeClock(), playbook())
    service.change(Walk(service).begin(3).id, Close("unreachable"))
    Walk(service).begin(1)
    context = Context(Output())
    context.banner = "Others could read cases.json in this home: private again."
    with closing(sqlite3.connect(service.places.history, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = dashboard.settle(context, service)
        assert context.banner == f"{told} Others could read cases.json in this home: private again."
        async with running(tmp_path, (120, 30), service=service, banner=context.banner) as tui:
            tries: list[int] = []
            settle = service.settle

            def counted() -> list[str]:
                tries.append(1)
                return settle()

            monkeypatch.setattr(service, "settle", counted)
            tui.app.watcher.unsettled = told
            await tui.until(lambda: len(tries) > 2)
            assert "writing the history" in tui.text()
            other.execute("ROLLBACK")
            await tui.until(lambda: "writing the history" not in tui.text())
            assert "Others could read cases.json" in tui.text()
            assert not tui.app.watcher.unsettled


async def test_the_page_says_that_the_history_is_held_and_shows_it_once_it_is_free(tmp_path: Path) -> None:
    service = service_at(tmp_path / "oxhome", "anna", FakeClock(), playbook())
    closed = service.change(Walk(service).begin(3).id, Close("unreachable"))
    with closing(sqlite3.connect(service.places.history, isolation_level=None)) as other:
        async with running(tmp_path, (120, 30), service=service) as tui:
            other.execute("BEGIN EXCLUSIVE")
            await tui.press("h")
            await tui.until(lambda: "The history cannot be read: another process is writing" in tui.words())
            assert "No case is closed yet" not in tui.words()
            other.execute("ROLLBACK")
            await tui.until(lambda: f"{closed.domain} 3" in tui.words() and "cannot be read" not in tui.words())


def test_the_note_of_an_open_case_needs_no_history(tmp_path: Path) -> None:
    service = service_at(tmp_path / "oxhome", "anna", FakeClock(), playbook())
    done = service.change(Walk(service).begin(3).id, Close("unreachable"))
    case = service.case(Walk(service).begin(1).id)
    service.places.history.write_bytes(b"not a database" * 100)
    service = service_at(tmp_path / "oxhome", "anna", FakeClock(), playbook())
    for name in (case.id, case.domain, case.domain.upper(), f"https://{case.domain}/", f"jo@{case.domain}"):
        assert service.find(name).id == case.id
    with pytest.raises(StoreError, match="damaged"):
        service.find(done.id)
