"""Keys sent faster than the program draws (it was busy): each means what it would have meant a second later."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.pages.calculator import CalculatorScreen
from oxtui.screens.pages.history import HistoryScreen
from oxtui.screens.pages.reference import ReferenceScreen
from tests.drive.case import begun, closed, do, new_service
from tests.drive.screen import Tui, running


async def send(tui: Tui, text: str, *keys: str) -> None:
    """Letters and keys one behind the other, with nothing drawn between them; then all is worked off."""
    for char in text:
        name = "space" if char == " " else _character_to_key(char)
        tui.app.post_message(events.Key(name, char))
    for key in keys:
        tui.app.post_message(events.Key(key, None))
    await tui.settle()


def copies(tui: Tui) -> list[str]:
    """What is copied from now on."""
    found: list[str] = []
    tui.app.copy = lambda text, what, *_, **__: found.append(text)  # type: ignore[method-assign]
    return found


async def test_the_palette_takes_what_was_typed_not_its_first_row(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("ctrl+p")
        await send(tui, "reference", "enter")
        assert isinstance(tui.screen, ReferenceScreen)


async def test_a_note_is_saved_with_its_last_letters(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = begun(service)
    async with running(tmp_path, service=service) as tui:
        await tui.open(case)
        await tui.press("n")
        await send(tui, "Kim rings back at four", "ctrl+s")
        assert [entry.get("text") for entry in service.case(case.id).log if entry.what == "note"] == [
            "Kim rings back at four"
        ]


async def test_the_only_case_that_fits_is_opened(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    for domain in ("brightside.com.au", "pinetree.net.au", "northwind.com.au"):
        begun(service, domain)
    async with running(tmp_path, service=service) as tui:
        await tui.press("slash")
        await send(tui, "pine", "enter")
        await tui.until(lambda: isinstance(tui.screen, CaseScreen))
        assert isinstance(tui.screen, CaseScreen) and tui.screen.case.domain == "pinetree.net.au"


async def test_the_scenario_found_by_what_the_client_says_is_taken(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = do(service, service.start("wattle.com.au"), SetMailboxes(added="info@wattle.com.au"), BeginCall("client"))
    async with running(tmp_path, service=service) as tui:
        tui.app.open_case(case)
        await tui.settle()
        await tui.press("slash")
        await send(tui, "emails are missing", "enter")
        await tui.until(lambda: service.case(case.id).scenario)
        assert service.case(case.id).scenario is service.playbook.procedure.scenarios[3]


async def test_the_page_that_fits_is_copied(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        copied = copies(tui)
        await tui.press("r", "slash")
        await send(tui, "confirm all services", "ctrl+y")
        assert len(copied) == 1 and copied[0].endswith("Press Confirm All Services.\n")


async def test_the_plan_that_fits_is_priced(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("c")
        assert isinstance(tui.screen, CalculatorScreen)
        await send(tui, "essentials", "enter")
        assert "Email Essentials" in tui.text()


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("enter", lambda text, copied: "Closed Sun 22/11/2026" in text and "pinetree" in text),
        ("ctrl+o", lambda text, copied: "Take pinetree.net.au up again?" in text),
        ("ctrl+y", lambda text, copied: [note.split(":")[0] for note in copied] == ["pinetree.net.au"]),
    ],
)
async def test_the_closed_case_that_is_searched_is_the_one_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, right: Callable[[str, list[str]], bool]
) -> None:
    service = new_service(tmp_path)
    search = service.store.archive.search
    monkeypatch.setattr(service.store.archive, "search", lambda *asked: (time.sleep(0.3), search(*asked))[1])
    closed(service, "pinetree.net.au")
    closed(service, "northwind.com.au")  # closed last: the first row until the search is answered
    async with running(tmp_path, service=service) as tui:
        copied = copies(tui)
        await tui.press("h")
        assert isinstance(tui.screen, HistoryScreen)
        await send(tui, "pine", key)
        assert right(tui.text(), copied), tui.text()
