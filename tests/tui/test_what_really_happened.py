"""Whatever really happened can be said by keys: by word, in writing, taken back, corrected; conflicts are reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.marks import Skip
from oxtui.cases.commands.waiting import SetHold
from oxtui.cases.notes.timeline import last_done
from oxtui.cases.status import State
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.dialogs.ask import Ask, Pick, PickSeveral
from tests.drive.case import THREE, Walk, new_service, playbook
from tests.drive.screen import SIZES, running
from tests.tui.test_confirmations import stands_on

TWO = THREE[:2]


# -- a colleague told me
@pytest.mark.parametrize("size", SIZES)
async def test_without_the_client_a_colleagues_word_can_be_put_down(tmp_path: Path, size: tuple[int, int]) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    walk.do(EndCall(), BeginCall("back-office"))
    async with running(tmp_path, size, service=service) as tui:
        await tui.open(walk.case, "devices")
        await tui.press("1")
        assert "needs the client" in tui.told() and walk.state("devices") is State.TODO
        await tui.press("enter")
        assert isinstance(tui.screen, Pick) and "a colleague told me" in tui.words()
        await tui.press("1", *"Priya", "enter", *"10:46", "enter", "1")
        assert isinstance(tui.screen, Pick) and "connected" in tui.words(), "which answer is asked then"  # type: ignore[redundant-expr]
        await tui.press("1", "enter")
        marks = walk.case.marks("devices").values()
        assert {mark.word for mark in marks} == {"Priya"} and walk.state("devices") is State.DONE
        told = walk.case.log[-1]
        assert told.get("word") == {"who": "Priya", "when": "2026-11-22T10:46", "authenticated": True}


async def test_a_word_of_what_is_still_to_come_or_older_than_a_change_is_refused(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    walk.do(EndCall(), BeginCall("back-office"))
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "devices")
        await tui.press("enter", "1", *"Priya", "enter", *"tomorrow", "enter")
        assert isinstance(tui.screen, Ask) and "still to come" in tui.words()
        await tui.press("escape", "enter", "1", *"Priya", "enter", *"yesterday", "enter", "2", "1", "enter")
        assert not walk.case.marks("devices") and "changed after that" in tui.told()


async def test_an_action_that_a_colleague_did_is_by_word_of_them(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).plan(2)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "sme")
        await tui.press("enter")
        assert "done by a colleague, who told me" in tui.words()
        await tui.press("4") if "4 done by a colleague" in tui.words() else await tui.press("3")
        await tui.press(*"Ben", "enter", *"10:40", "enter", "2")
        assert walk.case.marks("sme")[""].word == "Ben" and walk.state("sme") is State.DONE
        await tui.press("k")
        stands_on(tui, "sme")
        assert "Ben, told" in tui.words()


# -- taking back and correcting
async def test_what_can_no_longer_be_undone_is_taken_back_for_the_mailboxes_chosen(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).back()
    walk.do(EndCall(), BeginCall("client"))
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case, "devices")
        assert not screen.undoing.can_undo()
        await tui.press("u")
        assert isinstance(tui.screen, PickSeveral) and "Take back" in tui.words() and "connected" in tui.words()
        await tui.press("2", "enter")
        assert walk.case.log[-1].what == "taken-back" and walk.case.log[-1].get("mailboxes") == [TWO[1]]
        assert set(walk.case.marks("devices")) == {TWO[0]} and walk.state("client-confirms") is not State.DONE
        await tui.press("u")
        assert set(walk.case.marks("devices")) == set(TWO), "and that is undone by u, as any last mark is"


async def test_of_a_mailbox_that_was_skipped_nothing_was_done_outside(tmp_path: Path) -> None:
    """For the other mailbox it was done; only the one that is taken back is asked about."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).checked("sending-receiving")
    walk.tick("sme-case", TWO[0])
    walk.do(Skip("sme-case", "the SMEs know"), EndCall(), BeginCall("client"))
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "sme-case")
        await tui.press("u", "2", "enter")
        assert walk.case.log[-1].what == "taken-back" and set(walk.case.marks("sme-case")) == {TWO[0]}
        await tui.press("u", "u", "1", "enter")
        assert isinstance(tui.screen, Pick) and "it was recorded by mistake" in tui.words()


async def test_x_on_what_is_done_offers_to_take_it_back(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2)
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "order")
        await tui.press("x")
        assert "2 it was done, and is undone outside Cancel the Office 365 order" in tui.words()
        await tui.press("2")
        assert walk.state("order") is State.TODO and "Taken back: Place the Office 365 order" in tui.told()
        assert walk.case.log[-1].get("reason") == "undone outside: Cancel the Office 365 order"


async def test_a_cancellation_is_taken_back_only_if_it_was_recorded_by_mistake(tmp_path: Path) -> None:
    """Nothing here brings the service back, so enter leaves the record as it is."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).back()
    walk.cancel("cancel-ox-mail")
    walk.tick("ox-billing")
    walk.do(EndCall(), BeginCall("client"))
    async with running(tmp_path, (120, 40), service=service) as tui:
        await tui.open(walk.case, "cancel-ox-mail")
        assert "ended here · Business Basic" in tui.words() and "still running" not in tui.words()
        for keys in (("enter",), ("2",)):
            assert walk.state("cancel-ox-mail") is State.DONE
            await tui.press("u")
            assert "undoes nothing in the console" in tui.words() and "1 it is cancelled" in tui.words()
            await tui.press(*keys)
        assert walk.state("cancel-ox-mail") is not State.DONE
        assert [text for _, text in last_done(walk.case, 3)][:2] == [
            "Taken back: Cancelled the OX-Mail service (recorded by mistake)",
            "Ended the OX-Mail billing",
        ]
        assert "Cancelled the OX-Mail service" not in [text for _, text in last_done(walk.case, 9)], "it is taken back"
        await tui.press("u")
        assert walk.state("cancel-ox-mail") is State.DONE
        assert "Counts again: Cancel the OX-Mail service" in tui.told()


async def test_what_was_typed_is_corrected_without_loss(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2).sent()
    walk.answer("jira-result", "completed")
    async with running(tmp_path, service=service) as tui:
        await tui.open(walk.case, "jira")
        await tui.press("enter")
        assert "correct: jira number" in tui.words() and "HOST-4412: anna 10:46" in tui.words()
        await tui.press("2", "enter")
        assert isinstance(tui.screen, Ask)
        await tui.press("ctrl+u", *"host-4413", "enter")
        marks = walk.case.marks("jira").values()
        assert {walk.case.typed_with(mark).get("values")["jira"] for mark in marks} == {"HOST-4413"}  # type: ignore[union-attr]
        assert walk.state("jira-result") is State.DONE


# -- not yet, and the wait
async def test_not_yet_stays_open_in_amber_and_w_is_offered(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).ordered(2)
    async with running(tmp_path, (120, 40), service=service) as tui:
        screen = await tui.open(walk.case, "order-completed")
        await tui.press("2")
        stands_on(tui, "order-completed")
        assert walk.state("order-completed") is State.TODO
        row = next(line for line in tui.lines() if "Is the order completed?" in line)
        assert "not yet   w the case waits" in row and "✓" not in row
        assert tui.lines()[-1].split("   ")[1] == "w waiting"
        signs = [
            screen.checklist._sign(row, row.status.state)
            for row in screen.checklist.rows
            if row.item.id == "order-completed"
        ]
        assert signs == [("?", "due")]
        await tui.press("w", "escape", "w", "7", "enter")
        assert walk.case.hold


async def test_an_item_nobody_knows_the_use_of_is_not_drawn(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).plan(2)
    async with running(tmp_path, (120, 60), service=service) as tui:
        screen = await tui.open(walk.case)
        names = [row.item.id for row in screen.checklist.rows]
        assert not {"order-again", "jira-again", "sme-decides", "fix-mail"} & set(names) and "cancel-ox-mail" in names


# -- another pane
async def test_what_somebody_else_changed_meanwhile_is_told_and_then_shown(tmp_path: Path) -> None:
    """1.9: Anna answers the licence anew; Ben ticks the order he saw under the old one."""
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).plan(2)
    walk.tick("sme")
    ben = new_service(tmp_path, agent="ben", playbook=playbook())
    ben.change(walk.id, BeginCall("back-office"))
    async with running(tmp_path, (120, 40), service=ben) as tui:
        screen = await tui.open(walk.other(ben).case, "order")
        tui.app.watcher.end()  # or this pane reads what Anna changed before the key
        walk.answer("licence", "another")
        before = len(walk.case.log)
        await tui.press("1")
        assert "anna changed the new licence at 10:46" in tui.told() and len(walk.case.log) == before
        assert screen.case.marks("licence")[""].value == ("another",), "the newest is on the screen"
        await tui.press("1")
        assert walk.state("order") is State.DONE, "having looked, it can be done"


async def test_a_case_closed_elsewhere_is_left_without_a_word_of_a_crash(tmp_path: Path) -> None:
    service = new_service(tmp_path, playbook=playbook())
    walk = Walk(service, mailboxes=TWO).plan(2)
    async with running(tmp_path, service=service) as tui:
        screen = await tui.open(walk.case)
        walk.do(SetHold("the client", "2026-11-24"))
        walk.close("unreachable")
        screen.floor_changed()
        await tui.settle()
        assert not isinstance(tui.screen, CaseScreen) and "no longer open" in tui.told()
