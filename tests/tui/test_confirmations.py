"""What mail hangs on is put down with one enter more; esc on a question does nothing, enter what was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.cases.status import State
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Confirm, Pick, PickSeveral
from oxtui.service import Service
from tests.drive.case import THREE, Walk, new_service
from tests.drive.screen import Tui, running

TWO = THREE[:2]


async def opened(tui: Tui, walk: Walk, item: str) -> None:
    """The case is opened, and the cursor stands on `item`."""
    tui.app.open_case(walk.case)
    await tui.settle()
    stands_on(tui, item)


def stands_on(tui: Tui, item: str) -> None:
    assert isinstance(tui.screen, CaseScreen)
    row = tui.screen.checklist.current
    assert row and row.item.id == item, (row and row.item.id, tui.text())


async def test_a_witness_is_one_enter_more_for_all_its_mailboxes(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=TWO).ordered(2).sent()
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "jira-result")
        before = walk.case.log
        await tui.press("1")
        assert isinstance(tui.screen, Confirm) and "Record 'completed' for both mailboxes?" in tui.text()
        await tui.press("escape")
        assert walk.case.log == before
        await tui.press("1", "enter")
        assert walk.case.log[-1].get("mailboxes") == list(TWO)
        stands_on(tui, "client-confirms")
        await tui.press("1")
        assert "Record 'works' for both mailboxes?" in tui.text()
        await tui.press("enter")
        assert walk.state("client-confirms") is State.DONE
        stands_on(tui, "cancel-ox-mail")


async def test_an_action_that_a_cancellation_rests_on_is_ticked_by_space_and_enter(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=THREE).ordered(1)
    walk.answer("order-completed", "completed")
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "accounts-swapped")
        before = walk.case.log
        await tui.press("space")
        assert "Record 'done' for all 3 mailboxes?" in tui.text() and walk.case.log == before
        await tui.press("enter")
        assert walk.state("accounts-swapped") is State.DONE


async def test_enter_asks_which_mailboxes_and_confirms_at_once(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=THREE).ordered(1)
    walk.answer("order-completed", "completed")
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "accounts-swapped")
        await tui.press("enter")
        assert isinstance(tui.screen, PickSeveral) and "For which mailboxes?" in tui.text()
        await tui.press("1", "enter")
        assert walk.case.log[-1].get("mailboxes") == list(THREE[1:])
        assert walk.state("cancel-essentials") is State.LOCKED
        assert "still  anna@" in tui.text()


async def test_for_some_of_the_mailboxes_the_others_are_named_and_the_next_key_is_for_them(tmp_path: Path) -> None:
    """One JIRA came back, the other is completed: a digit, which mailbox, why; then one key for the rest."""
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=TWO).ordered(2).sent()
    async with running(tmp_path, (120, 40), service=service) as tui:
        await opened(tui, walk, "jira-result")
        await tui.press("2", "3", *"locked", "enter")
        assert walk.case.log[-1].get("mailboxes") == [TWO[1]] and "still  anna@" in tui.text()
        await tui.press("1")
        assert "Record 'completed' for anna@?" in tui.text()
        await tui.press("enter")
        assert walk.case.log[-1].get("mailboxes") == [TWO[0]]
        stands_on(tui, "jira-again")
        await tui.press("k")
        stands_on(tui, "jira-result")
        text = tui.text()
        assert "1 completed, 1 returned" in text and "info@  returned: locked" in text


async def test_what_is_still_so_is_one_key_for_a_usual_item_and_the_ceremony_for_a_witness(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=TWO).back()
    walk.answer("licence", "another")
    walk.settle("order", "2")
    walk.answer("order-completed", "completed")
    async with running(tmp_path, (120, 40), service=service) as tui:
        await opened(tui, walk, "dns-office-365")
        assert "check again" in tui.text() and "changed, 10:46" in tui.text()
        await tui.press("enter")
        assert isinstance(tui.screen, Confirm) and "Record 'yes'?" in tui.text()
        await tui.press("enter")
        assert walk.state("dns-office-365") is State.DONE


async def test_a_date_that_has_to_be_checked_again_is_still_so_by_one_key(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=TWO).ordered(1).swapped()
    walk.tick("next-invoice")
    walk.take_back("accounts-swapped")
    walk.tick("accounts-swapped")
    assert walk.state("next-invoice") is State.STALE
    async with running(tmp_path, (120, 40), service=service) as tui:
        await opened(tui, walk, "next-invoice")
        await tui.press("space")
        assert walk.state("next-invoice") is State.DONE
        assert walk.case.typed_with(walk.case.marks("next-invoice")[""]).get("values")  # type: ignore[union-attr]


# -- what else is asked: no is no
def asked_about(service: Service) -> Walk:
    walk = Walk(service, mailboxes=TWO).back()
    walk.answer("licence", "another")
    return walk


def solved(service: Service) -> Walk:
    return Walk(service, mailboxes=THREE).checked("other", solved="yes")


ASKED: dict[str, tuple[Callable[[Service], Walk], tuple[str, ...], tuple[str, ...], str]] = {
    "close with a service running": (lambda service: Walk(service).ordered(2), ("enter",), ("z", "1"), "Left as it is"),
    "copy with lines missing": (
        lambda service: Walk(service).ordered(2).sent(),
        ("enter", "t", "escape"),
        ("y",),
        "lines missing?",
    ),
    "some of the mailboxes": (solved, ("enter",), ("enter", "1", "5"), "For which mailboxes?"),
    "take it back": (lambda service: Walk(service).ordered(2), ("enter", "k"), ("x",), "Take back"),
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
        await tui.until(lambda: isinstance(tui.screen, Confirm | Pick) and words in tui.text())
        before = stands()
        await tui.press("escape")
        assert not isinstance(tui.screen, Confirm | Pick) and stands() == before
        await tui.press(*asking)
        await tui.until(lambda: isinstance(tui.screen, Confirm | Pick))
        await tui.press("enter")
        await tui.until(lambda: stands() > before or question == "some of the mailboxes")


async def test_nothing_is_marked_is_told_no_more_once_something_is(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    walk = Walk(service, mailboxes=THREE).begin(3)
    async with running(tmp_path, service=service) as tui:
        await opened(tui, walk, "issue")
        await tui.press("enter")
        assert "Nothing is marked yet" in tui.text()
        await tui.press("2")
        assert "Nothing is marked yet" not in tui.text()
