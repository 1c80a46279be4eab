"""What mail hangs on is confirmed by enter alone: no other key does it, and esc on the question does nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.playbook.progress import State
from oxtui.screens.case import CaseScreen
from oxtui.screens.dialogs import Confirm, PickSeveral
from oxtui.service import Service
from tests.drive.case import DOMAIN, THREE, Walk
from tests.tui.harness import Tui, new_service, running


async def opened(tui: Tui, walk: Walk, item: str) -> None:
    """The case is opened, and the cursor stands on `item`."""
    tui.app.open_case(walk.case)
    await tui.settle()
    stands_on(tui, item)


def stands_on(tui: Tui, item: str) -> None:
    assert isinstance(tui.screen, CaseScreen)
    row = tui.screen.row()
    assert row and row.item.id == item


async def test_a_cancellation_is_named_and_confirmed(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=THREE).back()
    service.start(DOMAIN)
    before = walk.case.log
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "cancel-ox-mail")
        await tui.press("1", "space")
        assert isinstance(tui.screen, CaseScreen) and "enter confirms it" in tui.text() + tui.told()
        assert walk.case.log == before
        await tui.press("enter")
        assert isinstance(tui.screen, Confirm)
        for name in ("Cancel now?", DOMAIN, *THREE, "Another open case"):
            assert name in tui.text().replace("\n", " "), name
        await tui.press("escape")
        assert walk.case.log == before and walk.state("cancel-ox-mail") is State.TODO
        await tui.press("enter", "enter")
        assert walk.state("cancel-ox-mail") is State.DONE


async def test_what_it_rests_on_is_confirmed_for_the_mailboxes_named(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=THREE).ordered(2).sent()
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "jira-result")
        before = walk.case.log
        await tui.press("1")
        assert isinstance(tui.screen, Confirm) and "Is it so" in tui.text()
        await tui.press("escape")
        assert walk.case.log == before
        await tui.press("1", "enter")
        stands_on(tui, "client-confirms")
        before = walk.case.log
        await tui.press("space")
        assert walk.case.log == before and isinstance(tui.screen, CaseScreen)
        await tui.press("enter")
        assert isinstance(tui.screen, PickSeveral) and "Is it so" in tui.text()
        await tui.press("escape")
        assert walk.case.log == before
        await tui.press("enter", "1", "enter")
        assert walk.case.log[-1].get("mailboxes") == list(THREE[1:])
        assert walk.state("cancel-ox-mail") is State.LOCKED


# -- what else is asked: no is no
def to_be_taken_back(service: Service) -> Walk:
    walk = Walk(service).checked("other")
    walk.answer("ns", "with-us")
    walk.tick("sme-case")
    walk.answer("solved", "yes")
    return walk


def closed(service: Service) -> Walk:
    walk = Walk(service)
    walk.close("unreachable")
    return walk


def sent(service: Service) -> Walk:
    return Walk(service).ordered(2).sent()


def solved(service: Service) -> Walk:
    return Walk(service, mailboxes=THREE).checked("other", solved="yes")


ASKED: dict[str, tuple[Callable[[Service], Walk], tuple[str, ...], tuple[str, ...], str]] = {
    "was it taken back": (to_be_taken_back, ("enter",), ("enter",), "it was done and no longer"),
    "close with a service running": (lambda service: Walk(service).ordered(2), ("enter",), ("z", "3"), "Left as it is"),
    "take it up again": (closed, ("h",), ("ctrl+o",), "up again?"),
    "close as not authenticated": (Walk, ("enter",), ("f", "enter"), "Nothing was done for the client"),
    "another scenario": (lambda service: Walk(service).ordered(2), ("enter", "s"), ("3",), "Change to"),
    "copy with lines missing": (sent, ("enter", "t", "escape"), ("y",), "lines missing?"),
    "some of the mailboxes": (solved, ("enter",), ("enter",), "For which mailboxes?"),
}
"""What is prepared, the keys to the place, those that ask, and what is asked."""


@pytest.mark.parametrize("question", ASKED)
async def test_esc_on_a_question_does_nothing_and_enter_what_was_asked(question: str, tmp_path: Path) -> None:
    prepare, way, asking, words = ASKED[question]
    service = new_service(tmp_path)
    walk = prepare(service)

    def stands() -> tuple[int, str]:
        return len(service.find(walk.id).log), tui.app.clipboard

    async with running(tmp_path, service=service) as tui:
        for key in (*way, *asking):
            await tui.press(key)
        await tui.until(lambda: isinstance(tui.screen, Confirm | PickSeveral) and words in tui.text())
        before = stands()
        await tui.press("escape")
        assert not isinstance(tui.screen, Confirm | PickSeveral) and stands() == before
        await tui.press(*asking)
        await tui.until(lambda: isinstance(tui.screen, Confirm | PickSeveral))
        await tui.press("enter")
        await tui.until(lambda: stands() > before)
