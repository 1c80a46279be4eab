"""Text from outside in the case file, in the playbook, in the home's name: shown as text, and nothing breaks."""

from __future__ import annotations

import json
import re
import shutil
from itertools import cycle
from pathlib import Path

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.closing import Close
from oxtui.cases.events import FORMAT, Event, iso, new_id, to_document
from oxtui.crash import write_crash
from oxtui.errors import OxtuiError
from oxtui.screens.call_flow.screen import CallFlowScreen
from oxtui.screens.pages.history import HistoryScreen
from oxtui.screens.pages.reference import ReferenceScreen
from oxtui.screens.pages.templates import TemplatesScreen
from tests.core.hostile import SHORT
from tests.drive.case import CONFIG, LONG, one_case
from tests.drive.screen import Timed, acts, looks_right, walking


# -- the case file
def forged(texts: list[str]) -> dict[str, object]:
    """A case document as nobody's program wrote it: hostile text in every place, its checksums valid."""
    case_id = new_id()
    from tests.drive.case import MONDAY, playbook

    procedure = playbook().procedure

    given = cycle(texts)

    def some(number: int) -> str:
        return next(given)

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
        *(("line", {"template": template.id, "key": line.key, "value": some(n)})  # type: ignore[list-item]
          for template in procedure.templates.values() for n, line in enumerate(template.lines)),
        ("note", {"text": some(7)}),
        ("evidence", {"evidence": {"domain": some(8), "ns": [some(9)], "mx": some(10)}}),
        ("copied", {"template": some(11), "item": some(12), "scenario": 3, "missing": [some(0)], "mailboxes": []}),
        ("hold", {"for": some(1), "until": some(2), "reason": some(3)}),
        (some(4), {some(5): some(6)}),
    ]  # fmt: skip
    entries = [
        to_document(case_id, Event(new_id(), place, MONDAY, some(place), what, data))
        for place, (what, data) in enumerate(log, 1)
    ]
    return {
        "id": case_id,
        "format": FORMAT,
        "opened_at": iso(MONDAY),
        "playbook": procedure.digest,
        "log": entries,
    }


def groups(size: int) -> list[list[str]]:
    """Strings for one case file each: so many as it has places."""
    # What JSON itself cannot hold never came out of a case file.
    texts = [text for text in SHORT.values() if not re.search("[\ud800-\udfff]", text)]
    count = -(-len(texts) // size)
    found = [texts[n::count] for n in range(count)]  # of every kind some
    return found if LONG else found[::8]


LOOKED_AT = ((120, 40), (80, 24), (40, 12)) if LONG else ((120, 40), (40, 12))


async def look_around(walk: Timed, case: Case, told: str) -> None:
    """Every screen that shows a case, and the texts that are copied from it."""
    await walk.fresh_home()
    await looks_right(walk, f"{told}: home")
    for size in LOOKED_AT:
        await walk.resize(*size)
        await looks_right(walk, f"{told}: home {size}")
    for keys in (("ctrl+p",), ("H",)):
        await walk.keys(*keys)
        await walk.wait(2)
        await looks_right(walk, f"{told}: {keys}")
        await walk.fresh_home()
    await walk.show(CallFlowScreen(case))
    await looks_right(walk, f"{told}: picker")
    await walk.fresh_home()
    for size in LOOKED_AT:
        await walk.resize(*size)
        await walk.open(case)
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
    await walk.open(case)
    await walk.key("Y")
    await walk.wait(2)
    await looks_right(walk, f"{told}: wrap-up")
    assert not any(map(acts, re.sub("[\n\t]", "", walk.app.clipboard))), told


@pytest.mark.parametrize("number", range(len(groups(45))))
async def test_a_case_file_holds_any_text(number: int, tmp_path: Path) -> None:
    texts = groups(45)[number]
    async with walking(tmp_path) as walk:
        document = forged(texts)
        walk.service.store.create(document)
        case = walk.service.case(str(document["id"]))
        assert not case.altered
        told = str(number)
        await look_around(walk, case, told)
        walk.service.change(case.id, Close("unreachable"))
        await walk.fresh_home()
        await walk.show(HistoryScreen())
        await looks_right(walk, f"{told}: history")
        await walk.key("enter")
        await looks_right(walk, f"{told}: history note")


# -- the playbook
PLAYBOOK_TEXTS = [name for name in SHORT if "plain" not in name][:: 1 if LONG else 60]


@pytest.mark.parametrize("number", range(0, len(PLAYBOOK_TEXTS), 6))
async def test_a_playbook_holds_any_text(number: int, tmp_path: Path) -> None:
    """Titles, items, notes and warnings with hostile text: shown as text, or refused with its place."""
    copy = tmp_path / "config"
    shutil.copytree(CONFIG, copy)
    names = cycle(PLAYBOOK_TEXTS[number : number + 6])
    told = str(number)
    for path, old in (
        ("playbook.yaml", "title: OX-Mail escalations"),
        ("playbook.yaml", "text: Authenticate the client before you help."),
        ("scenarios/1-does-not-want-ox-mail.yaml", "title: Does not want OX-Mail"),
        ("scenarios/1-does-not-want-ox-mail.yaml", "title: The plan"),
        ("scenarios/1-does-not-want-ox-mail.yaml", "ask: How is Email Essentials billed?"),
        ("scenarios/1-does-not-want-ox-mail.yaml", "do: Place the Office 365 order"),
    ):
        whole = (copy / path).read_text("utf-8")
        assert old in whole, old
        quoted = json.dumps(f"A {SHORT[next(names)]} z")
        (copy / path).write_text(whole.replace(old, f"{old.partition(':')[0]}: {quoted}", 1), "utf-8")
    from tests.drive.case import playbook

    try:
        playbook(copy)
    except OxtuiError as error:
        assert not any(map(acts, str(error).replace("\n", "")))
        return
    async with walking(tmp_path, config=copy, made=one_case) as walk:
        (row,) = walk.service.overviews()
        await look_around(walk, walk.service.case(row.id), told)
        for screen in (TemplatesScreen(), ReferenceScreen(), HistoryScreen()):
            await walk.fresh_home()
            await walk.show(screen)
            await looks_right(walk, f"{told}: {screen}")


# -- the home
async def told(walk: Timed, word: str) -> None:
    """Look at the home until the banner says it (the app looks by itself, too)."""
    await walk.until(lambda: word in "".join(walk.rows()))


async def test_a_home_of_any_name_is_told_as_text(tmp_path: Path) -> None:
    """The path stands in the banner, and in what it opens: here the file is damaged, and then cannot be read."""
    place = tmp_path / "a\x1b]52;c;eA==\x07[/b]\u202e[@click=app.bell]x"
    async with walking(place, (100, 30), made=one_case) as walk:
        file = walk.service.places.cases
        file.write_bytes(b"\0garbage")
        walk.service.store.snapshot()
        await told(walk, "MENDED")
        await looks_right(walk, "mended")
        await walk.key("ctrl+g")
        assert "damaged file lies at" in "".join(walk.rows())
        await looks_right(walk, "all of it")
        await walk.key("enter")
        file.unlink()
        file.mkdir()
        await told(walk, "NOT READ")
        await looks_right(walk, "not read")
        await walk.key("ctrl+g")
        await looks_right(walk, "all of that")


def test_where_a_crash_is_written_is_told_as_text(tmp_path: Path) -> None:
    place = tmp_path / "a\x1b]52;c;eA==\x07\u202ex" / "oxtui.log"
    told = write_crash(place, ZeroDivisionError("of a client"))
    assert not any(map(acts, told)) and "of a client" not in place.read_text()
