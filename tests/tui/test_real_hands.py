"""Key sequences as agents really press them lose nothing, at two to six keys a second.

`real_hands.txt` has them, recorded from walks. Each is pressed slowly once, and what came of it is what has to come
of it at speed: the same events in the same cases, and the same screen at the end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from oxtui.cases.commands.calls import EndCall
from oxtui.cases.events import Event
from oxtui.screens.keyboard.typing_guard import STOPPED
from oxtui.service import Service
from tests.drive.case import DOMAIN, Walk, closed
from tests.drive.screen import Timed, walking

BOXES = (f"anna@{DOMAIN}", f"info@{DOMAIN}")
GAPS = (0.5, 0.3, 0.17)
LONG = os.environ.get("OXTUI_LONG") == "1"


class Recorded(Struct, frozen=True):
    """A line of `real_hands.txt`; `always`: it is pressed at every run."""

    start: str
    keys: tuple[str, ...]
    name: str
    always: bool


def recorded() -> Iterator[Recorded]:
    """Every line of the table."""
    for line in Path(__file__).with_name("real_hands.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            start, keys, name = (part.strip() for part in line.removeprefix("*").split(" | "))
            yield Recorded(start, tuple(pressed_in(keys)), name, line.startswith("*"))


def pressed_in(keys: str) -> Iterator[str]:
    """The keys of a line, with typed words key by key."""
    for word in keys.split():
        yield from ("space" if char == "_" else char for char in word[1:]) if word.startswith("=") else (word,)


def two(service: Service) -> None:
    """A case whose call has ended, and one whose client is on the line."""
    Walk(service, service.start("corner-shop.com.au").id).begin(1).do(EndCall())
    Walk(service, service.start(DOMAIN).id).begin(1)


STARTS: dict[str, Callable[[Walk], object]] = {
    "flow": lambda walk: walk,
    "1": lambda walk: walk.begin(1),
    "2": lambda walk: walk.begin(2),
    "3": lambda walk: walk.begin(3),
    "1 plan": lambda walk: walk.plan(1),
    "1 ordered": lambda walk: walk.ordered(1),
    "1 yearly": lambda walk: walk.ordered(1, "yearly", "yearly"),
    "2 plan": lambda walk: walk.plan(2),
    "2 ordered": lambda walk: walk.ordered(2),
    "2 sent": lambda walk: walk.ordered(2).sent(),
    "2 back": lambda walk: walk.back(),
    "3 checked": lambda walk: walk.checked("other", solved="yes"),
    "3 unsolved": lambda walk: walk.checked("other"),
}
ON_HOME: dict[str, Callable[[Service], object]] = {
    "home": lambda service: None,
    "closed": closed,
    "two": two,
}


async def begun(walk: Timed, start: str) -> None:
    """The screen where a line begins."""
    if start in ON_HOME:
        return
    prepared = Walk(walk.service, mailboxes=BOXES)
    STARTS[start](prepared)
    case = prepared.case
    if case.scenario:
        await walk.open(case)
    else:
        walk.app.open_case(case)
        await walk.settle()


def events_of(service: Service) -> list[tuple[str, list[Any]]]:
    """The events of every case, open and closed, without ids and times; DNS answers when it answers."""
    ids = [row.id for row in service.overviews()] + [str(row["id"]) for row in service.store.archive.recent()]
    cases = [service.find(case_id) for case_id in ids]
    return sorted((case.domain, [told(event) for event in case.log if event.what != "evidence"]) for case in cases)


def told(event: Event) -> tuple[Any, ...]:
    """What an event says whenever it is pressed."""
    return event.what, event.get("item"), event.get("value"), event.get("mailboxes"), event.get("text")


async def pressed(home: Path, line: Recorded, gap: float) -> tuple[object, str, str]:
    """What the keys came to, pressed with that gap: the events of every case, the screen at the end, what was told."""
    async with walking(home, (120, 40), made=ON_HOME.get(line.start)) as walk:
        await begun(walk, line.start)
        before = events_of(walk.service)
        await walk.keys(*line.keys, gap=gap)
        await walk.wait(3)
        walk.check(line.name)
        after = events_of(walk.service)
        assert after != before, "the sequence does something"
        return after, type(walk.screen).__name__, walk.told()


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in recorded() if LONG or line.always], ids=lambda line: line.name)
async def test_quick_hands_lose_nothing(line: Recorded, tmp_path: Path) -> None:
    slowly, end, _ = await pressed(tmp_path / "slow", line, 2.0)
    for gap in GAPS:
        quickly, there, told = await pressed(tmp_path / str(gap), line, gap)
        assert STOPPED not in told, (gap, told)
        assert (quickly, there) == (slowly, end), gap
