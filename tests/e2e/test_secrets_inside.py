"""Passwords in the running program: never drawn, never in a message, and never saved without a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from oxtui.app import Crash
from oxtui.cases.commands.calls import EndCall
from oxtui.cases.commands.marks import Skip
from oxtui.cases.status import State
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Ask
from oxtui.screens.dialogs.secrets import AskSecret, SecretInput
from oxtui.screens.new_case import NewCaseScreen
from oxtui.widgets.panels import TEMPLATE
from oxtui.widgets.text_view import Paragraphs
from tests.drive.case import Walk, new_service, playbook
from tests.drive.screen import Tui, running
from tests.e2e.secret_case import BOXES, new_marker, walked


@pytest.fixture
def marker() -> str:
    """A password that is nowhere else on this machine."""
    return new_marker()


async def in_template(tui: Tui, walk: Walk) -> CaseScreen:
    screen = await tui.open(walk.case)
    await tui.press("t")
    if screen.form.editing:
        await tui.type("yesterday")
        await tui.press("enter")
    if isinstance(tui.app.screen, AskSecret):
        return screen
    assert screen.panel.filled
    place = next(n for n, line in enumerate(screen.panel.filled.lines) if line.line.kind == "secret")
    screen.panel.put_cursor(place)
    await tui.press("enter")
    assert isinstance(tui.app.screen, AskSecret)
    return screen


async def test_a_crash_after_a_password_was_typed_tells_nothing(
    tmp_path: Path, marker: str, capfd: pytest.CaptureFixture[str]
) -> None:
    service = new_service(tmp_path)
    walk = walked(service)

    class Boom(Exception):
        pass

    with pytest.raises(Crash):
        async with running(tmp_path, (100, 40), service=service) as tui:
            screen = await in_template(tui, walk)
            await tui.type(marker)
            box = screen.app.screen.query_one(SecretInput)
            assert box.value == marker and marker not in tui.text()

            def fails() -> None:
                held = box.value
                raise Boom(held)

            tui.app.call_later(fails)
            await tui.broken()
    out, err = capfd.readouterr()
    assert "oxtui stopped" in out + err and marker not in out + err
    log = service.places.log.read_text()
    assert "Boom" in log and "fails" in log and marker not in log
    assert not service._secrets, "wiped"


async def test_by_hand_there_are_dots_only(tmp_path: Path, marker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")  # a terminal that takes no OSC 52; no tmux, no X
    service = new_service(tmp_path)
    walk = walked(service)
    async with running(tmp_path, (100, 50), service=service) as tui:
        await in_template(tui, walk)
        await tui.type(marker)
        await tui.press("enter")
        if isinstance(tui.app.screen, AskSecret):  # the next mailbox is asked for
            await tui.press("escape")
        await tui.press("y")
        for key in ("enter", "1"):
            if "line missing?" in tui.text() or "lines missing?" in tui.text() or "the template alone" in tui.text():
                await tui.press(key)
        await tui.until(lambda: "not copied" in tui.text())
        assert f"{BOXES[0]} : ••••" in tui.text() and marker not in tui.text()
        assert marker not in tui.told()


async def test_a_pasted_line_of_a_stranger_is_told_and_nothing_is_taken(tmp_path: Path, marker: str) -> None:
    from textual import events

    service = new_service(tmp_path)
    walk = walked(service)
    async with running(tmp_path, (100, 40), service=service) as tui:
        await tui.open(walk.case)
        dialog = AskSecret(service, walk.case, BOXES[0])
        await tui.show(dialog)
        for text, told in (
            (f"{BOXES[0]} : {marker}\nother@elsewhere.com : x{marker}", "is not one of this case's mailboxes"),
            (f"{BOXES[0]} : {marker}\nwhat is this", "line 2 is not an address"),
        ):
            tui.app.screen.query_one(SecretInput).post_message(events.Paste(text))
            await tui.settle()
            assert told in tui.words() and marker not in tui.text()
            assert not service._secrets
        tui.app.screen.query_one(SecretInput).post_message(events.Paste(f"{marker}\n"))
        await tui.settle()
        assert tui.app.screen.query_one(SecretInput).value == marker
        await tui.press("ctrl+a")
        tui.app.screen.query_one(SecretInput).action_copy()
        await tui.settle()
        assert marker not in tui.told() and tui.app.clipboard == ""


# -- what looks like a password
async def test_a_reason_that_looks_like_a_password_is_told_once_and_then_saved(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, service.start("brightside.com.au", mailboxes=BOXES).id).plan(1)
    async with running(tmp_path, (100, 40), service=service) as tui:
        screen = await tui.open(walk.case)
        place = next(n for n, row in enumerate(screen.checklist.rows) if row.item.id == "salesforce-reason")
        screen.checklist.put_cursor(place)
        await tui.press("x")
        assert isinstance(tui.app.screen, Ask)
        await tui.type("password: Hunter22x!")
        await tui.press("enter")
        assert "NB" in tui.text() and "looks like" in tui.text() and isinstance(tui.app.screen, Ask)
        assert walk.state("salesforce-reason") is not State.SKIPPED
        await tui.press("enter")
        assert walk.state("salesforce-reason") is State.SKIPPED
        await tui.press("u")
        await tui.press("x")
        await tui.type("client will do it")
        await tui.press("enter")
        assert walk.state("salesforce-reason") is State.SKIPPED, "an ordinary reason asks for one enter"
    walk.do(Skip("tell-team", "password: Hunter22x!"))  # the service takes it as ever


LIKE_ONE = "password: Hunter22x!"


async def test_every_line_that_is_kept_is_asked_about_once(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    case = service.start("young.com.au")
    walk = walked(service)
    async with running(tmp_path, (120, 50), service=service) as tui:

        async def asked_once(kept: Callable[[], object], told: str = "This looks like a password") -> None:
            await tui.type(LIKE_ONE)
            await tui.press("enter")
            assert told in " ".join((tui.text() + tui.told()).split()), tui.text()
            assert not kept(), "not before a second enter"
            await tui.press("enter")
            await tui.until(kept)

        def entries(what: str) -> list[str]:
            return [str(dict(entry.data)) for entry in service.case(case.id).log if entry.what == what]

        await tui.show(CallFlowScreen(service.case(case.id)))
        await tui.screen.run_action("failed")
        await tui.settle()
        await asked_once(lambda: entries("auth-failed"))
        await tui.press("escape", "escape", "escape")
        screen = await tui.open(walk.case)
        await tui.press("i", "4")
        await asked_once(lambda: walk.case.details.of("contact"))
        service.change(walk.id, EndCall())
        lines = Walk(service, service.start("lines.com.au", mailboxes=("jo@lines.com.au",)).id).checked(
            "sending-receiving"
        )
        screen = await tui.open(lines.answer("ns", "with-us"))
        screen.sidebar.open(TEMPLATE)
        await tui.settle()
        filled = screen.panel.filled
        assert filled
        places = [n for n, line in enumerate(filled.lines) if line.editable and line.line.kind == "text"]
        screen.panel.put_cursor(places[0])
        await tui.press("enter")
        await asked_once(lambda: [entry for entry in lines.case.log if entry.what == "line"])
        await tui.show(NewCaseScreen())
        await tui.type("fresh.com.au")
        tui.app.screen.query_one("#phone", Input).focus()
        await asked_once(lambda: service.open_for("fresh.com.au"), "looks like a password")


async def test_a_password_typed_beside_its_field_is_neither_shown_nor_offered(tmp_path: Path, marker: str) -> None:
    service = new_service(tmp_path)
    walk = walked(service)
    async with running(tmp_path, (100, 40), service=service, slow=False) as tui:
        await tui.open(walk.case)
        await tui.type(marker)
        await tui.until(lambda: "like a password" in tui.told())
        assert marker not in tui.text() and marker not in tui.told()
        assert isinstance(tui.app.screen, CaseScreen), "nothing is offered to be kept"
    assert marker not in (tmp_path / "oxhome" / "cases.json").read_text()


async def test_passwords_among_the_mailboxes_are_not_repeated(tmp_path: Path, marker: str) -> None:
    service = new_service(tmp_path)
    walk = walked(service)
    async with running(tmp_path, (100, 40), service=service) as tui:
        await tui.open(walk.case)
        await tui.press("i", "1")
        tui.app.screen.query_one(Input).value = f"{BOXES[0]} : {marker}"
        await tui.press("enter")
        foot = str(tui.app.screen.query_one("#dialog-foot", Paragraphs).paragraphs)
        assert "addresses only" in foot and marker not in foot
    assert marker not in (tmp_path / "oxhome" / "cases.json").read_text()
