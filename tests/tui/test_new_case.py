"""A new case by keys: the domain, a console page, a public suffix, who calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.marks import AnswerIt
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.new_case import NewCaseScreen
from tests.drive.case import Walk, new_service
from tests.drive.screen import running, walking

PAGE = "Mailboxes\nAnna  anna@brightside.com.au  Active\nSam  sam@other.example\nInfo  info@Brightside.com.au  12 GB\n"


async def test_a_console_page_pasted_as_the_domain_gives_domain_and_mailboxes(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        await walk.key("n")
        await walk.paste(PAGE)
        assert "brightside.com.au: 2 found, 1 left out" in walk.text() and "enter takes them" in walk.text()
        await walk.key("enter")
        assert isinstance(walk.screen, NewCaseScreen)
        assert "brightside.com.au: 2 found, 1 left out: sam@other.example" in " ".join("".join(walk.rows()).split())
        await walk.key("enter")
        assert isinstance(walk.screen, CallFlowScreen)
        (row,) = walk.service.open_for("brightside.com.au")
        assert walk.service.case(row.id).addresses == ("anna@brightside.com.au", "info@brightside.com.au")


async def test_the_same_page_in_the_details_of_a_case(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        case = walk.service.start("brightside.com.au")
        worked = Walk(walk.service, case.id).begin(3)
        await walk.open(worked.case)
        await walk.keys("i", "1")
        await walk.paste(PAGE)
        await walk.key("enter")
        assert worked.case.addresses == ("anna@brightside.com.au", "info@brightside.com.au")
        assert any("2 found, 1 left out" in str(note.message) for note in walk.app._notifications)
        await walk.keys("i", "1")
        await walk.paste("mark, tina")
        await walk.key("enter")
        assert worked.case.addresses[2:] == ("mark@brightside.com.au", "tina@brightside.com.au")


async def test_who_calls_is_typed_behind_the_domain_and_names_are_mailboxes(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        await walk.keys("n", *"x.example", "tab", *"Kim", "tab", *"0299", "tab", "tab", *"mark, tina", "enter", gap=1.0)
        (row,) = walk.service.open_for("x.example")
        case = walk.service.case(row.id)
        assert (case.details.of("contact"), case.details.of("phone")) == ("Kim", "0299")
        assert case.addresses == ("mark@x.example", "tina@x.example")


async def test_f1_is_help_also_while_a_domain_is_typed(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        await walk.keys("n", *"x.ex")
        assert "f1 help" in walk.text()
        await walk.key("f1")
        assert "Type the domain and press enter" in " ".join(walk.text().split())
        await walk.keys("escape", *"ample")
        assert walk.screen.query_one("#domain", Input).value == "x.example"
        await walk.keys("escape", "f1")
        assert "Help" in walk.text() and "Filter by any word or number" in walk.text()


async def test_a_public_suffix_is_asked_about_once(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        await walk.keys("n", *"com.au", "enter", gap=1.0)
        assert isinstance(walk.screen, NewCaseScreen) and "nobody's own domain" in "".join(walk.rows())
        await walk.key("enter")
        assert walk.service.open_for("com.au")


async def test_an_open_case_of_the_domain_is_offered(tmp_path: Path) -> None:
    async with walking(tmp_path, made=lambda service: service.start("brightside.com.au")) as walk:
        await walk.keys("n", *"brightside.com.au", "enter", gap=1.0)
        assert "brightside.com.au has an open case" in "".join(walk.rows())
        await walk.key("1")
        assert isinstance(walk.screen, CallFlowScreen) and len(walk.service.open_for("brightside.com.au")) == 1


async def test_nobody_is_asked_about_a_domain_in_practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The panel is seen all the same: mail is with the first owner that dns.yaml states."""
    from oxtui.outside import dns

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a name left the machine")

    monkeypatch.setattr(dns, "lookup", asked)
    service = new_service(tmp_path)
    async with running(tmp_path, service=service, practice=True) as tui:
        await tui.press("n")
        await tui.type("made-up.example")
        await tui.press("enter")
        await tui.until(lambda: service.open_for("made-up.example"))
        case_id = service.open_for("made-up.example")[0].id
        await tui.until(lambda: service.case(case_id).evidence)
        await tui.until(lambda: "Office 365" in tui.text())


async def test_of_two_versions_the_agent_chooses_one(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        here = Walk(walk.service).plan(2)
        there = here.other(new_service(tmp_path / "there", agent="mia"))
        there.service.take_over(walk.service.note(here.case))
        here.answer("licence", "another", told="Exchange")
        there.do(BeginCall("client"), AnswerIt("billed-next", ("yearly",)))
        line = there.service.note(there.case)
        await walk.keys("n")
        await walk.paste(line)
        await walk.key("enter")
        told = " ".join(walk.text().split())
        assert "New licence: here another (Exchange) (" in told and "in the line yearly (mia, " in told
        assert "ours becomes a note" in told and "checks are made again" not in told, "nothing was checked yet"
        before = here.case.log
        await walk.key("1")
        assert isinstance(walk.screen, CaseScreen) and here.case.log == before
        await walk.keys("ctrl+n")
        await walk.paste(line)
        await walk.keys("enter", "2")
        assert isinstance(walk.screen, CaseScreen)
        assert walk.screen.case.marks("billed-next")[""].value == ("yearly",)


async def test_an_international_domain_is_shown_as_it_was_typed(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        await walk.key("n")
        await walk.paste("MÜNCHEN.de")
        await walk.key("enter")
        assert isinstance(walk.screen, CallFlowScreen) and "münchen.de" in walk.text()
        await walk.fresh_home()
        (row,) = walk.service.open_for("xn--mnchen-3ya.de")
        assert "münchen.de" in walk.text() and "xn--" not in walk.text()
        await walk.open(Walk(walk.service, row.id).begin(3).case)
        assert "münchen.de" in walk.text()
        await walk.fresh_home()
        await walk.key("n")
        await walk.paste("münchen.de")
        await walk.key("enter")
        assert "münchen.de has an open case" in walk.text() and "xn--" not in walk.text()
