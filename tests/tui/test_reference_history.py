"""Templates, reference and history: a list, its page, and what their keys do."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.waiting import Note
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.pages.history import HistoryScreen
from oxtui.screens.pages.reference import ReferenceScreen, sheets
from oxtui.screens.pages.templates import TemplatesScreen
from oxtui.widgets.glyphs import UNICODE
from oxtui.widgets.page import plain_text
from tests.drive.case import SUNDAY, begun, closed, do, new_service, shipped
from tests.drive.screen import SIZES, Tui, running
from tests.drive.waiting import PATIENCE


def copies(tui: Tui) -> list[str]:
    """What is copied from now on."""
    found: list[str] = []
    tui.app.copy = lambda text, what, *_, **__: found.append(text)  # type: ignore[method-assign]
    return found


# -- templates
async def test_a_page_found_by_name_opens_at_that_page(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    template = list(service.playbook.procedure.templates.values())[-1]
    page = list(service.playbook.pages.values())[-1]
    async with running(tmp_path, (120, 40), service=service) as tui:
        for screen, name in ((TemplatesScreen, template.title), (ReferenceScreen, page.title)):
            await tui.press("ctrl+p")
            await tui.type(name)
            await tui.press("enter")
            assert isinstance(tui.screen, screen)
            assert tui.screen.entries.cursor > 0 and tui.screen.entries.current.cells[0] in name
            await tui.press("escape")


async def test_every_template_is_shown_blank_with_its_form(tmp_path: Path) -> None:
    async with running(tmp_path, size=(120, 40)) as tui:
        await tui.press("t")
        assert isinstance(tui.screen, TemplatesScreen)
        for template in shipped().procedure.templates.values():
            text = tui.text()
            assert template.title in text and template.to in text
            for line in template.lines:
                if line.kind not in ("heading", "mailbox", "secret") and line.source != "fixed":
                    assert f"{line.label} : ____" in text
            assert "the NS check" in text or "ns" not in template.prechecks
            await tui.press("down")


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_a_template_is_copied_in_a_case_only(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(tmp_path, size=size) as tui:
        copied = copies(tui)
        await tui.press("t", "y")
        assert "open the client's case first" in tui.told()
        tui.app.clear_notifications()
        await tui.press("enter", "enter")
        assert "open the client's case first" in tui.told()
        assert copied == []
        await tui.press("escape", "escape")
        assert not isinstance(tui.screen, TemplatesScreen)


async def test_templates_can_begin_at_one(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.show(TemplatesScreen("ox-mail-resync"))
        assert "TEMPLATE : OX-Mail Resync Request" in tui.text()


# -- reference
def test_the_pages_hold_what_the_playbook_says() -> None:
    book = shipped()
    pages = dict(sheets(book, SUNDAY, UNICODE))
    text = {key: plain_text(sheet.parts) for key, sheet in pages.items()}
    for plan in book.plans:
        assert plan.product in text["plans"] and str(plan.price) in text["plans"]
    assert "Does not include Teams" in text["plans"]
    for page in book.pages.values():
        assert all(line in text[f"page:{page.id}"] for line in page.steps())
    for channel in book.channels.values():
        assert channel.name in text["channels"] and channel.hours in text["channels"]
    assert "closed now, again Mon 23/11 09:00" in text["channels"]
    assert all(contact.name in text["contacts"] for contact in book.contacts.values())
    for name, decision in book.decisions.items():
        assert name in text["decisions"] and decision.text in text["decisions"]


def test_a_channel_that_is_worked_now_is_open() -> None:
    monday = SUNDAY.replace(day=23)
    text = plain_text(dict(sheets(shipped(), monday, UNICODE))["channels"].parts)
    assert "open now" in text and "closed now" not in text


async def test_a_page_is_found_by_a_word_on_it(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        copied = copies(tui)
        await tui.press("r", "slash")
        await tui.type("confirm all services")
        assert "Add a discount in SalesDB" in tui.text() and "Contacts" not in tui.text()
        await tui.press("enter", "y")
        assert copied and copied[0].endswith("Press Confirm All Services.\n")
        await tui.press("escape", "escape")
        assert isinstance(tui.screen, ReferenceScreen) and "Contacts" in tui.text()
        await tui.press("escape")
        assert not isinstance(tui.screen, ReferenceScreen)


async def test_a_link_is_copied_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        copied = copies(tui)
        await tui.show(ReferenceScreen("page:move-accounts"))
        await tui.press("l")
        link = shipped().pages["move-accounts"].link
        assert copied == [link]
        await tui.press("slash", *"link:", "enter", "y")
        assert copied == [link, link]


async def test_nothing_has_these_words(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("r", "slash", *"zzz", "enter", "ctrl+y")
        assert "No page matches that." in tui.text()


# -- history
async def test_an_empty_history_says_how_it_fills(tmp_path: Path) -> None:
    async with running(tmp_path) as tui:
        await tui.press("h")
        assert "No case is closed yet." in tui.text()
        await tui.press("enter", "ctrl+o", "ctrl+y", "escape")
        assert not isinstance(tui.screen, HistoryScreen)


async def test_a_search_that_ends_after_history_was_left_draws_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, free, ended = new_service(tmp_path), threading.Event(), threading.Event()

    def late(most: int) -> list[object]:
        free.wait(PATIENCE)
        ended.set()
        return []

    monkeypatch.setattr(service.store.archive, "recent", late)
    async with running(tmp_path, service=service) as tui:
        tui.AWAITED = ()  # type: ignore[misc]  # it is left while the thread still reads
        await tui.press("h", "escape")
        assert isinstance(tui.screen, HomeScreen)
        free.set()
        await tui.until(ended.is_set)
        del tui.AWAITED  # type: ignore[misc]
        await tui.settle()
        assert tui.app._exception is None and isinstance(tui.screen, HomeScreen)


async def test_what_is_typed_is_searched_at_once(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    closed(service, "northwind.com.au")
    case = do(
        service, begun(service, "pinetree.net.au", 3), Note("spoke to Kim about the printer"), Close("unreachable")
    )
    async with running(tmp_path, service=service) as tui:
        copied = copies(tui)
        await tui.press("h")
        assert "northwind.com.au" in tui.text() and "pinetree.net.au" in tui.text()
        assert "22/11/2026" in tui.text() and "client unreachable" in tui.text() and "anna" in tui.text()
        await tui.type("kim prin")
        assert "northwind.com.au" not in tui.text() and "pinetree.net.au" in tui.text()
        await tui.press("enter")
        assert "NOTES" in tui.text() or "Closed Sun 22/11/2026" in tui.text()
        await tui.press("y")
        assert "spoke to Kim about the printer" in copied[0]
        await tui.press("escape", "escape")
        assert "northwind.com.au" in tui.text()
        await tui.type("zzz")
        assert "No closed case matches that." in tui.text()
        assert service.find(case.id).closed


@pytest.mark.parametrize("keys", [("ctrl+o",), ("enter", "o")])
async def test_a_case_is_taken_up_again(tmp_path: Path, keys: tuple[str, ...]) -> None:
    service = new_service(tmp_path)
    case = closed(service, "northwind.com.au")
    async with running(tmp_path, service=service) as tui:
        await tui.press("h", *keys)
        assert "Take northwind.com.au up again?" in tui.text()
        await tui.press("escape")
        assert service.store.archive.get(case.id)
        await tui.press("ctrl+o", "enter")
        await tui.until(lambda: isinstance(tui.screen, CaseScreen))
        assert service.case(case.id).closed is None and service.store.archive.get(case.id) is None
        await tui.press("escape")
        assert not isinstance(tui.screen, HistoryScreen)


async def test_letters_are_searched_not_obeyed(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    case = closed(service, "northwind.com.au")
    async with running(tmp_path, service=service) as tui:
        copied = copies(tui)
        await tui.press("h")
        await tui.type("yo o y? hello o")
        await tui.press("enter")
        assert service.store.archive.get(case.id) and copied == []


async def test_all_three_at_every_size(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    closed(service, "quite-a-long-name-of-a-domain.example.com.au")
    closed(service, "[bold]x.com.au".replace("[bold]", "bold-"))
    async with running(tmp_path, size=SIZES[-1], service=service) as tui:
        for key, wanted in (("t", "I DONT WANT OX-MAIL"), ("r", "Plans"), ("h", "bold-x.com.au")):
            await tui.press(key)
            for size in SIZES:
                await tui.pilot.resize_terminal(*size)
                await tui.settle()
                assert wanted in tui.text(), (key, size)
                assert all(len(line) <= size[0] for line in tui.lines()), (key, size)
            await tui.press("down", "enter", "pagedown", "pagedown")
            for size in reversed(SIZES):
                await tui.pilot.resize_terminal(*size)
                await tui.settle()
                assert all(len(line) <= size[0] for line in tui.lines()), (key, size)
            await tui.press("escape", "escape")
