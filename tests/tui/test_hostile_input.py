"""Text from outside in every field: nothing breaks, and no byte of it acts on the terminal."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from oxtui.app import MOST_PASTED
from oxtui.cases.case import Case
from oxtui.cases.commands.calls import Park
from oxtui.cases.guard import may_skip
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.case.part import allows
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Confirm
from oxtui.screens.dialogs.secrets import AskSecret
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.new_case import NewCaseScreen
from oxtui.screens.pages.calculator import CalculatorScreen
from oxtui.screens.pages.history import HistoryScreen
from oxtui.screens.pages.reference import ReferenceScreen
from oxtui.text import clean
from oxtui.widgets.panels import TEMPLATE
from tests.core.hostile import HOSTILE, SHORT
from tests.drive.case import LONG, one_case
from tests.drive.case import Walk as Worked
from tests.drive.screen import Timed, acts, looks_right, walking

HUGE = {name: text for name, text in HOSTILE.items() if name not in SHORT}


def share(place: int, places: int) -> dict[str, str]:
    """The strings for one place of several: each string comes to one of them, several at once; the huge ones alone.

    The long run gives every string to every place, each alone.
    """
    short = list(SHORT.items())
    huge = list(HUGE.items())
    if LONG:
        return dict(short) | dict(huge[place % 6 :: 6])
    mine = short[place::places]
    together = {" and ".join(name for name, _ in mine): " ".join(text for _, text in mine)}
    return together | dict(huge[place : place + 1] or short[place + 1 :: places][:2])


def typed(text: str) -> str:
    """What of it is typed by hand too, key by key: the first few characters."""
    return text if len(text) < (40 if LONG else 8) else text[: 0 if LONG else 6]


# -- fields
async def home_filter(walk: Timed, case: Case) -> None:
    await walk.key("/")


def new_case(field: str) -> Callable[[Timed, Case], Awaitable[None]]:
    async def go(walk: Timed, case: Case) -> None:
        await walk.show(NewCaseScreen())
        walk.screen.query_one("#domain", Input).value = "fresh.example"
        walk.screen.query_one(f"#{field}", Input).focus()
        await walk.settle()
        if field == "domain":
            walk.screen.query_one("#domain", Input).value = ""

    return go


async def said(walk: Timed, case: Case) -> None:
    await walk.show(CallFlowScreen(case))
    await walk.key("/")


def in_case(*keys: str) -> Callable[[Timed, Case], Awaitable[None]]:
    async def go(walk: Timed, case: Case) -> None:
        await walk.open(case)
        await walk.keys(*keys)

    return go


async def skip(walk: Timed, case: Case) -> None:
    await walk.open(case)
    screen = walk.screen
    assert isinstance(screen, CaseScreen)
    assert case.scenario
    free = [item.id for item in case.scenario.items() if allows(partial(may_skip, case.position(), item))]
    place = next(n for n, row in enumerate(screen.checklist.rows) if row.item.id in free)
    screen.checklist.put_cursor(place)
    await walk.key("x")


async def template_line(walk: Timed, case: Case) -> None:
    for other in walk.service.on_the_line():
        walk.service.change(other.id, Park())
    worked = Worked(walk.service, walk.service.start("lines.example", mailboxes=("jo@lines.example",)).id)
    worked.checked("sending-receiving")
    await walk.open(worked.answer("ns", worked.item("ns").answers[0].id))
    screen = walk.screen
    assert isinstance(screen, CaseScreen)
    screen.sidebar.open(TEMPLATE)
    await walk.settle()
    filled = screen.panel.filled
    assert filled
    free = next(n for n, line in enumerate(filled.lines) if line.editable and line.line.kind == "text")
    screen.panel.put_cursor(free)
    await walk.key("enter")


def calculator(field: str) -> Callable[[Timed, Case], Awaitable[None]]:
    async def go(walk: Timed, case: Case) -> None:
        await walk.show(CalculatorScreen())
        screen = walk.screen
        assert isinstance(screen, CalculatorScreen)
        if field in ("amount", "sme", "reference"):
            for name in ("now", "next"):
                screen.box(name).value = {"now": "ox y", "next": "basic m"}[name]
                await walk.key("enter")
        if field in screen.asked():
            screen.box(field).focus()
        await walk.settle()

    return go


async def palette(walk: Timed, case: Case) -> None:
    await walk.key("ctrl+p")


async def history(walk: Timed, case: Case) -> None:
    await walk.show(HistoryScreen())


async def reference(walk: Timed, case: Case) -> None:
    await walk.show(ReferenceScreen())
    await walk.key("/")


async def secret(walk: Timed, case: Case) -> None:
    await walk.show(AskSecret(walk.service, case, case.addresses[0]))


FIELDS: dict[str, Callable[[Timed, Case], Awaitable[None]]] = {
    "home: filter": home_filter,
    "new case: domain": new_case("domain"),
    "new case: contact": new_case("contact"),
    "new case: phone": new_case("phone"),
    "new case: salesforce": new_case("salesforce"),
    "new case: mailboxes": new_case("mailboxes"),
    "picker: what the client says": said,
    "case: note": in_case("n"),
    "case: skip": skip,
    "case: later": in_case("d"),
    "case: mailboxes": in_case("i", "1"),
    "case: phone": in_case("i", "4"),
    "case: contact": in_case("i", "5"),
    "case: salesforce": in_case("i", "6"),
    "case: jira": in_case("i", "7"),
    "case: domain": in_case("i", "8"),
    "case: template line": template_line,
    "calculator: plan": calculator("now"),
    "calculator: months": calculator("months"),
    "calculator: amount": calculator("amount"),
    "calculator: reference": calculator("reference"),
    "palette": palette,
    "history: search": history,
    "reference: filter": reference,
    "secret": secret,
}


@pytest.mark.parametrize("place", FIELDS)
async def test_a_field_takes_any_text(place: str, tmp_path: Path) -> None:
    kept: list[Case] = []
    async with walking(tmp_path, made=lambda service: kept.append(one_case(service))) as walk:
        for name, text in share(list(FIELDS).index(place), len(FIELDS)).items():
            told = f"{place}: {name}"
            await walk.fresh_home()
            await FIELDS[place](walk, walk.service.case(kept[0].id))
            assert isinstance(walk.app.focused, Input | TextArea), told
            await walk.paste(text)
            await looks_right(walk, told)
            await walk.key("home")  # a field shows the end of what was pasted, and now its beginning
            await looks_right(walk, told)
            for character in typed(text):
                await walk.key(character, 0.2, rest=False)
            await looks_right(walk, told)
            await walk.key("ctrl+s" if isinstance(walk.app.focused, TextArea) else "enter")
            await looks_right(walk, told)
            await walk.key("ctrl+s" if isinstance(walk.app.focused, TextArea) else "enter")
            await walk.wait(2)
            await looks_right(walk, told)
        for row in walk.service.overviews():
            for entry in walk.service.case(row.id).log:
                kept_text = json.dumps(dict(entry.data), ensure_ascii=False).replace("\\n", "").replace("\\t", "")
                assert not any(map(acts, kept_text)), (place, entry)


async def test_a_paste_of_megabytes_is_refused_before_a_field_draws_it(tmp_path: Path) -> None:
    async with walking(tmp_path, made=one_case) as walk:
        (row,) = walk.service.overviews()
        for place in ("case: note", "palette"):
            await walk.fresh_home()
            await FIELDS[place](walk, walk.service.case(row.id))
            box = walk.app.focused
            assert isinstance(box, Input | TextArea)
            await walk.paste("wombat")
            for text in ("x" * (MOST_PASTED + 1), "line\n" * 1_000_000):
                await walk.paste(text)
            assert "Nothing was pasted: 5,000,000 characters are too many" in walk.told()
            await walk.paste("s" * 90)
            await walk.key("x")
            assert (box.text if isinstance(box, TextArea) else box.value) == f"wombat{'s' * 90}x"


async def test_the_copied_template_holds_the_cleaned_text(tmp_path: Path) -> None:
    async with walking(tmp_path, made=one_case) as walk:
        (row,) = walk.service.overviews()
        for name in [name for name in SHORT if not name.startswith("plain")][:: 1 if LONG else 80]:
            await walk.fresh_home()
            await template_line(walk, walk.service.case(row.id))
            box = walk.app.focused
            assert isinstance(box, Input), name
            box.value = ""
            await walk.paste(SHORT[name])
            await walk.key("enter")
            if box.is_attached and box.has_focus:
                await walk.key("enter")  # it looked like a password, and one is asked once
            await walk.keys("escape", "y")  # out of the next line, which opened
            assert isinstance(walk.screen, Confirm), f"{name}: lines are missing"
            await walk.key("enter")
            await walk.wait(2)
            copied = walk.app.clipboard
            assert copied, name
            assert not any(map(acts, copied.replace("\n", ""))), name
            assert clean(SHORT[name].rstrip("\r\n")).strip() in copied, name


# -- the look itself
def test_the_look_at_the_screen_finds_what_acts() -> None:
    assert all(map(acts, "\x1b\x9b\x00\x7f\u202e\u200b\ud800"))
    assert not any(map(acts, "aé漢 \u0301─"))


async def test_the_look_at_the_screen_finds_a_leak(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        assert isinstance(walk.screen, HomeScreen)
        assert not await walk.crooked()
        await walk.key("/")
        walk.screen.query_one("#filter", Input).value = "\x1b]52;c;eA==\x07 name"
        await walk.settle()
        assert await walk.crooked()
