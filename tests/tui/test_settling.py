"""What is asked beside the items: done on other terms, another scenario's doings, a mailbox that came late."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.calls import EndCall
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.screens.dialogs.ask import Ask, Pick
from oxtui.service import Service
from tests.drive.case import DOMAIN, THREE, Walk, new_service, playbook
from tests.drive.screen import SIZES, running
from tests.tui.test_confirmations import stands_on

TWO = THREE[:2]


def changed_licence(service: Service) -> Walk:
    walk = Walk(service, mailboxes=TWO).back()
    walk.answer("licence", "another")
    return walk


@pytest.mark.parametrize("size", SIZES)
async def test_the_row_says_why_and_the_ways_out_and_what_waits_asks_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = changed_licence(service)
    async with running(tmp_path, size, service=service) as tui:
        screen = await tui.open(walk.case)
        stands_on(tui, "order")
        assert "was done on other terms: the new licence changed, 10:46" in tui.words()
        for way in ("1 the record was wrong", "2 changed to the new terms", "4 still right, because ..."):
            assert way in tui.words()
        assert "3 reversed: Cancel the Office 365 order" in tui.words()
        names = [row.item.id for row in screen.checklist.rows]
        screen.checklist.put_cursor(names.index("jira-result"))
        await tui.settle()
        assert walk.state("jira-result") is State.IN_DOUBT and "waiting on the JIRA" in tui.words()
        await tui.press("space")
        assert walk.state("jira-result") is State.IN_DOUBT


async def test_1_the_record_was_wrong_is_one_key_and_all_above_it_stands_again(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = changed_licence(service)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("1")
        assert walk.case.log[-1].what == "settled" and walk.state("client-confirms") is State.DONE
        stands_on(tui, "cancel-ox-mail")
        await tui.press("u")
        assert walk.state("order") is State.OUT_THERE
        stands_on(tui, "order")
        assert "Taken back: Place the Office 365 order" in tui.told()


async def test_2_changed_to_the_new_terms_asks_the_number_and_then_for_its_completion(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = changed_licence(service)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("2")
        assert isinstance(tui.screen, Ask) and "Order number" in tui.words()
        await tui.press("ctrl+u", *"4711", "enter")
        assert walk.case.typed_with(walk.case.marks("order")[""]).get("values") == {"order": "4711"}  # type: ignore[union-attr]
        assert walk.state("order-completed") is State.TODO
        stands_on(tui, "order-completed")


async def test_3_reversed_opens_it_and_4_asks_why_it_is_still_right(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = changed_licence(service)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case)
        await tui.press("4")
        assert isinstance(tui.screen, Ask) and "Why is it still right?" in tui.words()
        await tui.press("enter")
        assert isinstance(tui.screen, Ask), "why has to be said"
        await tui.press(*"same price", "enter")
        assert walk.case.log[-1].get("told") == "same price" and walk.state("order") is State.DONE
        await tui.press("u", "3")
        assert walk.state("order") is State.TODO and not walk.case.marks("order")


async def test_enter_asks_the_same_with_its_own_digits(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).back()
    walk.answer("ox-running", "cancelled")
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        asked = [row for row in screen.checklist.rows if row.status.state is State.OUT_THERE]
        for row in asked:
            screen.checklist.put_cursor(screen.checklist.rows.index(row))
            await tui.press("enter")
            if row.mailboxes and len(row.mailboxes) > 1:
                await tui.press("enter")
            assert isinstance(tui.screen, Pick) and "What became of it?" in tui.words()
            await tui.press("escape")


async def test_what_another_scenario_did_is_on_top_and_has_two_ways_out(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).back()
    walk.do(Choose(3))
    left = walk.case.unwinds
    assert left
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(walk.case)
        first = screen.checklist.rows[0]
        assert not first.ours and first.scenario == 2 and "(scenario 2)" in tui.words()
        screen.checklist.put_cursor(0)
        await tui.settle()
        assert "1 the record was wrong" not in tui.words() and "3 reversed" in tui.words()
        await tui.press("1")
        assert "is not one of the choices" in tui.words() and walk.case.unwinds == left
        count = len(left)
        for _ in range(count):
            screen.checklist.put_cursor(0)
            await tui.press("3")
            if not walk.case.unwinds:
                break
        assert not walk.case.unwinds and all(row.ours for row in screen.checklist.rows)


async def test_without_a_call_no_enter_alone_says_that_something_was_reversed(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).back()
    walk.do(Choose(3), EndCall())
    left = walk.case.unwinds
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(walk.case)
        screen.checklist.put_cursor(0)
        await tui.press("enter", "enter", "enter", "enter")
        assert walk.case.unwinds == left and isinstance(tui.screen, Ask)
        await tui.type("Priya, this morning")
        await tui.press("enter")
        assert len(walk.case.unwinds) == len(left) - 1 and "Priya, this morning" in wrap_up(walk.case, service.clock)


@pytest.mark.parametrize(("digit", "state"), [("1", State.DONE), ("2", State.OUT_THERE)])
async def test_a_mailbox_that_came_after_the_order_is_asked_about_on_top(
    tmp_path: Path, digit: str, state: State
) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).back()
    walk.do(SetMailboxes(added=f"kim@{DOMAIN}"))
    async with running(tmp_path, (80, 24), service=service) as tui:
        screen = await tui.open(walk.case)
        assert screen.checklist.rows[0].kind == "cover"
        stands_on(tui, "")
        assert "Added after the order: kim@. Do the licences ordered cover it?" in tui.words()
        await tui.press("space", "9")
        assert walk.case.uncovered
        await tui.press(digit)
        assert not walk.case.uncovered and walk.state("order") is state
        assert all(row.kind != "cover" for row in screen.checklist.rows)


async def test_while_keys_are_under_way_the_screen_refuses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed ahead rests on what is not on disk yet: the service decides it, in its turn."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).plan(2)
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        item = walk.item("order-completed")
        assert not screen.targets.markable(item)
        monkeypatch.setattr(screen, "under_way", lambda: True)
        assert screen.targets.markable(item)
