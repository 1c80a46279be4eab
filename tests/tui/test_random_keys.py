"""Random keys through the real app: it never breaks, esc leads home, and what was written obeys the rules."""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import oxtui.screens
import oxtui.widgets
from oxtui.cases.commands.calls import Park
from oxtui.cli.samples import make
from oxtui.screens.keyboard.typing_guard import PAUSE
from oxtui.service import Service
from tests.drive.case import LONG, service_at
from tests.drive.case import Walk as Worked
from tests.drive.screen import SIZES, Timed, walking
from tests.service.walker.ledger import Ledger, Row, Told, ledger_of
from tests.service.walker.rules import broken

KEYS = 10_000 if LONG else 600
LEG = 50
"""Keys from one place where a walk begins to where esc has to lead home."""

TYPED = (*"abcdehimnoqsu", *"0123456789", *"@.,-:/$ [", "é", "漢")
SPECIAL = (
    "enter", "enter", "enter", "enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "pageup",
    "pagedown", "home", "end", "backspace", "delete", "space", "space", "space", "ctrl+p", "ctrl+s", "ctrl+y",
    "ctrl+c", "ctrl+q", "f1",
)  # fmt: skip
WORDS = (
    "example.com.au",
    "2",
    "yesterday",
    "jo@example.com",
    "HOST-4412",
    "00123456",
    "ess y",
    "12.50",
    "3d",
)
MORE_SIZES = (*SIZES, (60, 15), (110, 20), (20, 6))


def bound() -> tuple[str, ...]:
    """Every key that some screen, dialog or widget of ours binds."""
    keys: set[str] = set()
    for package in (oxtui.screens, oxtui.widgets):
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            for kind in vars(importlib.import_module(found.name)).values():
                for binding in vars(kind).get("BINDINGS", ()) if isinstance(kind, type) else ():
                    keys.update(key.strip() for key in binding.key.split(","))
    return tuple(sorted(keys))


def floor(service: Service) -> None:
    """Cases in every state, two of them with a killer that only waits to be confirmed."""
    make(service)
    for case in service.on_the_line():
        service.change(case.id, Park())
    worked = Worked(service, service.start("nearly-back.example", mailboxes=("jo@nearly-back.example",)).id)
    worked.back()
    worked.do(Park())
    worked = Worked(service, service.start("nearly-stays.example", mailboxes=("jo@nearly-stays.example",)).id)
    worked.ordered(1).swapped()
    worked.answer("essentials-running", "running")


def legs(size: tuple[int, int], keys: int) -> Iterator[tuple[int, int, bool]]:
    """Seed, number of keys, and whether the guard against sentences has time between the keys."""
    for number in range(-(-keys // LEG)):
        yield (size[0] * 1000 + number, min(LEG, keys - number * LEG), number % 3 != 2)


async def leg(walk: Timed, seed: int, count: int, calm: bool) -> str:
    """Some keys at random, from a place taken at random; gives what was pressed."""
    chance = random.Random(seed)
    here = walk.app.size
    keys = bound()
    pressed: list[str] = []
    rows = walk.service.overviews()
    start = chance.random()
    if start < 0.15:
        pressed.append("n example.com.au enter")
        await walk.key("n")
        await walk.paste("example.com.au")
        await walk.key("enter")
    elif rows and start < 0.8:
        row = chance.choice(rows)
        pressed.append(f"<{row.domain}>")
        walk.app.open_case(walk.service.case(row.id))
        await walk.settle()
    for _ in range(count):
        gap = PAUSE + 0.2 if calm else chance.choice((0.0, 0.05, 0.2, 0.3, 0.5, 1.5))
        draw = chance.random()
        if draw < 0.02:
            size = chance.choice(MORE_SIZES)
            pressed.append(f"<{size[0]}x{size[1]}>")
            await walk.resize(*size)
        elif draw < 0.06:
            word = chance.choice(WORDS)
            pressed.append(f"<paste {word}>")
            await walk.paste(word)
        else:
            pool = keys if draw < 0.6 else SPECIAL if draw < 0.88 else TYPED
            key = chance.choice(pool)
            pressed.append(key)
            await walk.key(key, gap, rest=chance.random() < 0.8)
        walk.check(" ".join(pressed))
    await walk.resize(*here)
    return " ".join(pressed)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_random_keys_end_in_no_crash_and_no_dead_end(size: tuple[int, int], tmp_path: Path) -> None:
    async with walking(tmp_path, size, made=floor) as walk:
        for seed, count, calm in legs(size, KEYS // len(SIZES)):
            told = await leg(walk, seed, count, calm)
            home = await walk.go_home()
            walk.check(told)
            assert home, f"esc does not lead home from {walk.screen}: {told}"
            assert not await walk.crooked(), told
            await walk.fresh_home()
        documents = all_documents(walk.service)
        assert len(documents) >= 14
        for document in documents:
            assert not broken_rules(document)


# -- that the look at the log finds what it is there for
def cancelled(home: Path) -> dict[str, Any]:
    """The document of a case whose OX-Mail was cancelled as it should be."""
    worked = Worked(service_at(home)).back()
    worked.cancel("cancel-ox-mail")
    return dict(worked.service.store.get(worked.id) or {})


def without(document: dict[str, Any], *, item: str = "", what: str = "") -> dict[str, Any]:
    """The document without the events of an item, or of a kind."""
    log = [event for event in document["log"] if event["data"].get("item") != item or not item]
    return {**document, "log": [event for event in log if event["what"] != what or not what]}


def test_a_killer_with_its_guards_is_no_broken_rule(tmp_path: Path) -> None:
    document = cancelled(tmp_path)
    assert any(event["data"].get("item") == "cancel-ox-mail" for event in document["log"])
    assert not broken_rules(document)


@pytest.mark.parametrize("name", ["client-confirms", "jira-result", "dns-office-365", "devices"])
def test_a_killer_without_a_guard_is_found(name: str, tmp_path: Path) -> None:
    assert any(name in told for told in broken_rules(without(cancelled(tmp_path), item=name)))


def test_a_tick_without_a_call_is_found(tmp_path: Path) -> None:
    assert any("conversation" in told for told in broken_rules(without(cancelled(tmp_path), what="call")))


def test_a_cancellation_that_was_not_cleared_is_found(tmp_path: Path) -> None:
    assert any("cleared" in told for told in broken_rules(without(cancelled(tmp_path), what="cleared")))


# -- an independent look at what was written
def broken_rules(document: Mapping[str, Any]) -> list[str]:
    """What in a case's log no agent may have done, read by the walker's oracle and not by the program itself."""
    told = Told()
    rows: list[Row] = list(document["log"])
    ledger = Ledger(told)
    found: list[str] = []
    for place, row in enumerate(rows):
        found += broken(row, rows[:place], ledger, told)
        if row["what"] == "undone":
            ledger = ledger_of(rows[: place + 1], told)
        else:
            ledger.take(row)
    return found


def all_documents(service: Service) -> list[Mapping[str, Any]]:
    """Every case of the home, open and closed, as it is kept."""
    archive = service.store.archive
    closed = [archive.get(str(row["id"])) for row in archive.recent(1000)]
    return [*service.store.snapshot().values(), *(document for document in closed if document)]
