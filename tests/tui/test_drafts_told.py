"""A drafts file that cannot be used is reported once, where a note is written, and the note can go on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oxtui.screens.dialogs.write import Write
from oxtui.service import Service
from tests.drive.case import FakeClock, Walk, playbook, service_at
from tests.drive.screen import Tui, running


def service_of(home: Path) -> Service:
    return service_at(home / "oxhome", "anna", FakeClock(), playbook())


def warned(tui: Tui, words: str) -> int:
    return sum(words in each.message for each in tui.app._notifications)


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in its folders")
@pytest.mark.parametrize("kind", ["a pipe", "a folder"])
async def test_drafts_that_cannot_be_kept_are_told_once_and_kept_as_soon_as_they_can(tmp_path: Path, kind: str) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).begin(3)
    path = service.store.drafts.path
    {"a pipe": os.mkfifo, "a folder": os.mkdir}[kind](path)  # type: ignore[attr-defined]
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("n")
        await tui.until(lambda: warned(tui, f"{path} is {kind}, not a file; move it away") == 1)
        await tui.type("Kim rings")
        await tui.settle()
        assert warned(tui, "is not kept while it is being written") == 1
        path.rmdir() if kind == "a folder" else path.unlink()
        assert isinstance(tui.screen, Write) and tui.screen.typed() == "Kim rings"
        await tui.type(" back")
        await tui.until(lambda: service.store.drafts.of(walk.id) == "Kim rings back")


async def test_a_damaged_file_of_drafts_is_told_as_it_is_set_aside(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    walk = Walk(service).begin(3)
    service.store.drafts.path.write_text('{"qu3fse4rryct": "a note o')
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("n")
        await tui.type("Kim")
        await tui.until(lambda: service.store.drafts.is_whole() and service.store.drafts.of(walk.id) == "Kim")
        (aside,) = service.places.quarantine.iterdir()
        await tui.until(lambda: warned(tui, "could not be read") == 1)
        assert warned(tui, f"set aside in quarantine/{aside.name}") == 1
