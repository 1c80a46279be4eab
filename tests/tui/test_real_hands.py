"""Key sequences as agents really press them lose nothing, at two to six keys a second.

Each was recorded from a walk. It is pressed slowly once, and what came of it is what has to come of it at speed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.scenarios import Choose
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.keyboard.typing_guard import STOPPED
from oxtui.service import Service
from tests.drive.case import do
from tests.drive.screen import walking

BOXES = ("anna@brightside.com.au", "info@brightside.com.au")


def at_the_call_flow(service: Service) -> Case:
    return service.start("brightside.com.au", mailboxes=BOXES)


def in_scenario(number: int) -> Callable[[Service], Case]:
    def begun(service: Service) -> Case:
        return do(service, at_the_call_flow(service), BeginCall("client"), Choose(number))

    return begun


RECORDED: dict[str, tuple[Callable[[Service], Case], str]] = {
    "a call from the gate to the order": (at_the_call_flow, "a 1 1 1 1 1 1 1 1"),
    "yearly, the discount in two keys": (at_the_call_flow, "a 1 2 1 2 1 1 2 enter 1"),
    "down twice, a skip and its reason": (in_scenario(1), "j j j x l a t e r enter"),
    "an answer, undone, given otherwise": (in_scenario(2), "1 1 u u 1 2 enter"),
    "a note between two answers": (in_scenario(1), "1 n c a l l s space b a c k ctrl+s 1"),
    "put off, and on": (in_scenario(1), "d enter 1 1"),
    "the issue marked, five checks": (in_scenario(3), "2 3 enter 1 1 1 1 1 1"),
    "put on hold with what is offered": (in_scenario(2), "1 1 1 1 w 4 enter"),
}
GAPS = (0.5, 0.3, 0.17)


async def pressed(home: Path, made: Callable[[Service], Case], keys: str, gap: float) -> tuple[list[Any], str]:
    """What the keys came to, pressed with that gap: the events without ids and times, and what was told."""
    async with walking(home, (120, 40)) as walk:
        case = made(walk.service)
        if case.scenario:
            await walk.show(CaseScreen(case))
        else:
            walk.app.open_case(case)
            await walk.settle()
        before = case.seq
        await walk.keys(*keys.split(), gap=gap)
        await walk.wait(3)
        log = walk.service.case(case.id).log
        return [
            (event.what, event.get("item"), event.get("value"), event.get("text")) for event in log[before:]
        ], walk.told()


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDED)
async def test_quick_hands_lose_nothing(name: str, tmp_path: Path) -> None:
    made, keys = RECORDED[name]
    slowly, _ = await pressed(tmp_path / "slow", made, keys, 2.0)
    assert slowly, "the sequence does something"
    for gap in GAPS:
        quickly, told = await pressed(tmp_path / str(gap), made, keys, gap)
        assert STOPPED not in told, (gap, told)
        assert quickly == slowly, gap
