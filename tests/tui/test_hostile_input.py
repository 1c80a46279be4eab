"""Text from outside in every field, file and argument: nothing breaks, and no byte of it acts on the terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from oxtui.casework.case import Case
from oxtui.casework.conduct import BeginCall, Choose, Close
from oxtui.casework.entries import FORMAT, Entry, iso, new_id, to_document
from oxtui.desk import Desk
from oxtui.errors import OxtuiError
from oxtui.screens.calculator import CalculatorScreen
from oxtui.screens.case import CaseScreen
from oxtui.screens.dialogs import Confirm
from oxtui.screens.history import HistoryScreen
from oxtui.screens.home import HomeScreen
from oxtui.screens.new_case import NewCaseScreen
from oxtui.screens.picker import PickerScreen
from oxtui.screens.reference import ReferenceScreen
from oxtui.screens.secrets import AskSecret
from oxtui.screens.templates import TemplatesScreen
from oxtui.text import clean
from oxtui.widgets.panels import TEMPLATE
from tests.core.cli_help import Run, runner
from tests.core.hostile import HOSTILE, SHORT
from tests.desk.walks import Walk as Worked
from tests.tui.walk import CONFIG, Walk, acts, walking

LONG = bool(os.environ.get("OXTUI_LONG"))
HUGE = {name: text for name, text in HOSTILE.items() if name not in SHORT}


def share(place: int, places: int) -> dict[str, str]:
    """The strings for one place of several: every second one falls somewhere; the long run gives all to each."""
    short = list(SHORT.items())
    huge = list(HUGE.items())
    return dict(short if LONG else short[2 * place :: 2 * places]) | dict(huge[place % len(huge) :: 6 if LONG else 20])


# -- fields
async def home_filter(walk: Walk, case: Case) -> None:
    await walk.key("/")


def new_case(field: str) -> Callable[[Walk, Case], Awaitable[None]]:
    async def go(walk: Walk, case: Case) -> None:
        await walk.show(NewCaseScreen())
        walk.screen.query_one("#domain", Input).value = "fresh.example"
        walk.screen.query_one(f"#{field}", Input).focus()
        await walk.idle()
        if field == "domain":
            walk.screen.query_one("#domain", Input).value = ""

    return go


async def said(walk: Walk, case: Case) -> None:
    await walk.show(PickerScreen(case))
    await walk.key("/")


def in_case(*keys: str) -> Callable[[Walk, Case], Awaitable[None]]:
    async def go(walk: Walk, case: Case) -> None:
        await walk.show(CaseScreen(case))
        await walk.keys(*keys)

    return go


async def skip(walk: Walk, case: Case) -> None:
    await walk.show(CaseScreen(case))
    screen = walk.screen
    assert isinstance(screen, CaseScreen)
    place = next(n for n, row in enumerate(screen.checklist.rows) if row.item.id == "salesforce-reason")
    screen.checklist.put_cursor(place)
    await walk.key("x")


async def template_line(walk: Walk, case: Case) -> None:
    worked = Worked(walk.desk, walk.desk.start("lines.example", mailboxes=("jo@lines.example",)).id)
    worked.checked("sending-receiving")
    await walk.show(CaseScreen(worked.answer("ns", worked.item("ns").answers[0].id)))
    screen = walk.screen
    assert isinstance(screen, CaseScreen)
    screen.open_panel(TEMPLATE)
    await walk.idle()
    filled = screen.panel.filled
    assert filled
    free = next(n for n, line in enumerate(filled.lines) if line.editable and line.line.kind == "text")
    screen.panel.put_cursor(free)
    await walk.key("enter")


def calculator(field: str) -> Callable[[Walk, Case], Awaitable[None]]:
    async def go(walk: Walk, case: Case) -> None:
        await walk.show(CalculatorScreen())
        screen = walk.screen
        assert isinstance(screen, CalculatorScreen)
        if field in ("amount", "sme", "reference"):
            for name in ("now", "next"):
                screen.box(name).value = {"now": "ox y", "next": "basic m"}[name]
                await walk.key("enter")
        if screen.query_one(f"#field-{field}").display:
            screen.box(field).focus()
        await walk.idle()

    return go


async def palette(walk: Walk, case: Case) -> None:
    await walk.key("ctrl+p")


async def history(walk: Walk, case: Case) -> None:
    await walk.show(HistoryScreen())


async def reference(walk: Walk, case: Case) -> None:
    await walk.show(ReferenceScreen())
    await walk.key("/")


async def secret(walk: Walk, case: Case) -> None:
    await walk.show(AskSecret(walk.desk, case, case.addresses[0]))


FIELDS: dict[str, Callable[[Walk, Case], Awaitable[None]]] = {
    "home: filter": home_filter,
    "new case: domain": new_case("domain"),
    "new case: phone": new_case("phone"),
    "new case: salesforce": new_case("salesforce"),
    "new case: mailboxes": new_case("mailboxes"),
    "picker: what the client says": said,
    "case: note": in_case("n"),
    "case: skip": skip,
    "case: later": in_case("d"),
    "case: mailboxes": in_case("i", "1"),
    "case: phone": in_case("i", "3"),
    "case: contact": in_case("i", "4"),
    "case: salesforce": in_case("i", "5"),
    "case: jira": in_case("i", "6"),
    "case: domain": in_case("i", "7"),
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


def one_case(desk: Desk) -> Case:
    case = desk.start("brightside.com.au", mailboxes=("anna@brightside.com.au", "info@brightside.com.au"))
    for change in (BeginCall("client"), Choose(1)):
        case = desk.change(case.id, change)
    gone = desk.start("gone.example")
    desk.change(gone.id, Close("mistake"))
    return case


async def looks_right(walk: Walk, told: str) -> None:
    walk.check(told)
    crooked = await walk.crooked()
    assert not crooked, f"{told}: {crooked[0]!r}"


@pytest.mark.parametrize("place", FIELDS)
async def test_a_field_takes_any_text(place: str, tmp_path: Path) -> None:
    kept: list[Case] = []
    async with walking(tmp_path, made=lambda desk: kept.append(one_case(desk))) as walk:
        for name, text in share(list(FIELDS).index(place), len(FIELDS)).items():
            told = f"{place}: {name}"
            await walk.fresh_home()
            await FIELDS[place](walk, walk.desk.case(kept[0].id))
            assert isinstance(walk.app.focused, Input | TextArea), told
            await walk.paste(text)
            await looks_right(walk, told)
            if len(text) < (40 if LONG else 8):
                for character in text:
                    await walk.key(character, 0.2, rest=False)
                await looks_right(walk, told)
            await walk.key("ctrl+s" if isinstance(walk.app.focused, TextArea) else "enter")
            await looks_right(walk, told)
            await walk.key("ctrl+s" if isinstance(walk.app.focused, TextArea) else "enter")
            await walk.wait(2)
            await looks_right(walk, told)
        for row in walk.desk.overviews():
            for entry in walk.desk.case(row.id).log:
                kept_text = json.dumps(dict(entry.data), ensure_ascii=False).replace("\\n", "").replace("\\t", "")
                assert not any(map(acts, kept_text)), (place, entry)


@pytest.mark.parametrize("name", [name for name in SHORT if not name.startswith("plain")][:: 1 if LONG else 23])
async def test_the_copied_template_holds_the_cleaned_text(name: str, tmp_path: Path) -> None:
    text = SHORT[name]
    async with walking(tmp_path, made=one_case) as walk:
        (row,) = walk.desk.overviews()
        await template_line(walk, walk.desk.case(row.id))
        box = walk.app.focused
        assert isinstance(box, Input)
        box.value = ""
        await walk.paste(text)
        await walk.key("enter")
        if box.is_attached and box.has_focus:
            await walk.key("enter")  # it looked like a password, and one is asked once
        await walk.keys("escape", "y")  # out of the next line, which opened
        assert isinstance(walk.screen, Confirm), "lines are missing"
        await walk.key("enter")
        await walk.wait(2)
        copied = walk.app.clipboard
        assert copied
        assert not any(map(acts, copied.replace("\n", "")))
        assert clean(text.rstrip("\r\n")).strip() in copied


# -- the case file
def forged(texts: list[str]) -> dict[str, object]:
    """A case document as nobody's program wrote it: hostile text in every place, its checksums valid."""
    case_id = new_id()
    from tests.tui.walk import NOW, playbook

    procedure = playbook().procedure

    def some(number: int) -> str:
        return texts[number % len(texts)]

    log: list[tuple[str, dict[str, object]]] = [
        ("opened", {"domain": some(0), "playbook": procedure.digest}),
        ("details", {"phone": some(1), "contact": some(2), "salesforce": some(3), "jira": some(4)}),
        ("mailboxes", {"added": [some(5), some(6), "jo@example.com"], "removed": [], "ox": {}}),
        ("call", {"mode": "client", "method": some(7), "caller": some(8)}),
        ("flow", {"answers": {some(9): some(10)}}),
        ("scenario", {"scenario": 3}),
        ("answered", {"scenario": 3, "item": "issue", "value": [some(11), "other"], "told": some(12), "from": some(0)}),
        ("ticked", {"scenario": 3, "item": "escalate", "values": {"jira": some(1)}, "through": some(2), "by": some(3)}),
        ("skipped", {"scenario": 3, "item": "spamexperts", "reason": some(4)}),
        ("deferred", {"scenario": 3, "item": "settings", "until": some(5), "reason": some(6)}),
        *(("line", {"template": template.id, "key": line.key, "value": some(n)})
          for template in procedure.templates.values() for n, line in enumerate(template.lines)),
        ("note", {"text": some(7)}),
        ("evidence", {"evidence": {"domain": some(8), "ns": [some(9)], "mx": some(10)}}),
        ("copied", {"template": some(11), "item": some(12), "scenario": 3, "missing": [some(0)], "mailboxes": []}),
        ("hold", {"for": some(1), "until": some(2), "reason": some(3)}),
        (some(4), {some(5): some(6)}),
    ]  # fmt: skip
    entries = [
        to_document(case_id, Entry(new_id(), place, NOW, some(place), what, data))
        for place, (what, data) in enumerate(log, 1)
    ]
    return {
        "id": case_id,
        "format": FORMAT,
        "opened_at": iso(NOW),
        "playbook": procedure.digest,
        "log": entries,
    }


def groups(size: int) -> Iterator[list[str]]:
    # What JSON itself cannot hold never came out of a case file.
    texts = [text for text in SHORT.values() if not re.search("[\ud800-\udfff]", text)]
    found = [texts[n : n + size] for n in range(0, len(texts), size)]
    yield from found if LONG else found[::8]


async def look_around(walk: Walk, case: Case, told: str) -> None:
    """Every screen that shows a case, and the texts that are copied from it."""
    await walk.fresh_home()
    await looks_right(walk, f"{told}: home")
    for size in ((80, 24), (120, 40), (40, 12)):
        await walk.resize(*size)
        await looks_right(walk, f"{told}: home {size}")
    for keys in (("ctrl+p",), ("H",)):
        await walk.keys(*keys)
        await walk.wait(2)
        await looks_right(walk, f"{told}: {keys}")
        await walk.fresh_home()
    await walk.show(PickerScreen(case))
    await looks_right(walk, f"{told}: picker")
    await walk.fresh_home()
    for size in ((120, 40), (80, 24), (40, 12)):
        await walk.resize(*size)
        await walk.show(CaseScreen(case))
        await looks_right(walk, f"{told}: case {size}")
        for key in (
            "tab",
            "tab",
            "tab",
            "tab",
            "escape",
            "i",
            "escape",
            "z",
            "escape",
            "w",
            "escape",
            "down",
            "enter",
        ):
            await walk.key(key)
            await looks_right(walk, f"{told}: {key} {size}")
        await walk.fresh_home()
    await walk.show(CaseScreen(case))
    await walk.key("Y")
    await walk.wait(2)
    await looks_right(walk, f"{told}: wrap-up")
    assert not any(map(acts, re.sub("[\n\t]", "", walk.app.clipboard))), told


@pytest.mark.parametrize("number", range(len(list(groups(13)))))
async def test_a_case_file_holds_any_text(number: int, tmp_path: Path) -> None:
    texts = list(groups(13))[number]
    async with walking(tmp_path) as walk:
        document = forged(texts)
        with walk.desk.store.transaction() as kept:
            kept.create(document)
        case = walk.desk.case(str(document["id"]))
        assert not case.altered
        told = str(number)
        await look_around(walk, case, told)
        walk.desk.change(case.id, Close("unreachable"))
        await walk.fresh_home()
        await walk.show(HistoryScreen())
        await looks_right(walk, f"{told}: history")
        await walk.key("enter")
        await looks_right(walk, f"{told}: history note")


# -- the playbook
@pytest.mark.parametrize("name", [name for name in SHORT if "plain" not in name][:: 5 if LONG else 60])
async def test_a_playbook_holds_any_text(name: str, tmp_path: Path) -> None:
    """Titles, items, notes and warnings with hostile text: shown as text, or refused with its place."""
    copy = tmp_path / "config"
    shutil.copytree(CONFIG, copy)
    text = SHORT[name]
    quoted = json.dumps(f"A {text} z")
    for path, old in (
        ("playbook.yaml", "title: OX-Mail escalations"),
        ("scenarios/1-does-not-want-ox-mail.yaml", "title: Does not want OX-Mail"),
        ("scenarios/1-does-not-want-ox-mail.yaml", "ask: How is Email Essentials billed?"),
        ("scenarios/1-does-not-want-ox-mail.yaml", "title: The plan"),
        ("playbook.yaml", "text: Authenticate the client before you help."),
    ):
        whole = (copy / path).read_text("utf-8")
        assert old in whole
        key = old.partition(":")[0]
        (copy / path).write_text(whole.replace(old, f"{key}: {quoted}", 1), "utf-8")
    from tests.tui.walk import playbook

    try:
        playbook(copy)
    except OxtuiError as error:
        assert not any(map(acts, str(error).replace("\n", "")))
        return
    async with walking(tmp_path, config=copy, made=one_case) as walk:
        (row,) = walk.desk.overviews()
        await look_around(walk, walk.desk.case(row.id), name)
        for screen in (TemplatesScreen(), ReferenceScreen(), HistoryScreen()):
            await walk.fresh_home()
            await walk.show(screen)
            await looks_right(walk, f"{name}: {screen}")


# -- the command line
@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.mark.parametrize("name", list(HOSTILE) if LONG else [*list(SHORT)[::3], *list(HUGE)[::5]])
def test_a_command_takes_any_text(name: str, run: Run, home: Path, clock: object) -> None:
    text = HOSTILE[name].replace("\0", "")  # an argument of a program holds none
    for words in (
        ("cases", "--all", "--search", text),
        ("notes", text),
        ("prorata", text, "m365-business-basic-yearly", "--months", "2"),
        ("prorata", "ox-deluxe-yearly", "m365-business-basic-yearly", "--since", text),
        ("template", "ox-mail-issues", "--set", f"domain={text}", "--set", f"when-did-it-start={text}"),
        ("template", text),
        (text,),
    ):
        ended = run(*words)
        assert ended.code in (0, 1, 2), (words[0], name)
        assert "Traceback" not in ended.err
        assert not any(map(acts, (ended.out + ended.err).replace("\n", "").replace("\t", ""))), (
            words[0],
            name,
        )


def test_the_look_at_the_screen_finds_what_acts() -> None:
    assert all(map(acts, "\x1b\x9b\x00\x7f\u202e\u200b\ud800"))
    assert not any(map(acts, "aé漢 \u0301─"))


async def test_the_look_at_the_screen_finds_a_leak(tmp_path: Path) -> None:
    async with walking(tmp_path) as walk:
        assert isinstance(walk.screen, HomeScreen)
        assert not await walk.crooked()
        await walk.key("/")
        walk.screen.query_one("#filter", Input).value = "\x1b]52;c;eA==\x07 name"
        await walk.idle()
        assert await walk.crooked()
