"""Hands that work quickly, and a key that is held down: what is meant is taken, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.calls import EndCall
from oxtui.screens.case.screen import CaseScreen
from oxtui.screens.keyboard.typing_guard import GAP, STOPPED
from tests.drive.case import Walk as Worked
from tests.drive.screen import pressed, walking
from tests.tui.test_typing_guard import at, kinds


# -- quick work
async def test_digits_space_and_enter_that_all_acted_are_work(tmp_path: Path) -> None:
    """Two keys a second on scenario 1: six keys, and six things that stand (in 0.1.0 all were taken back)."""
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        for key in ("1", "1", "1", "1", "space", "enter"):
            await walk.key(key, 0.5)
        await walk.wait(3)
        assert isinstance(walk.screen, CaseScreen)
        case = walk.service.case(row.id)
        assert [event.get("item") for event in case.log if event.what in ("answered", "ticked")] == [
            "billed-now", "licence", "billed-next", "tell-team", "salesforce-reason"
        ]  # fmt: skip
        assert "undone" not in kinds(walk.service, row.id)


async def test_digits_and_space_at_five_keys_a_second_are_work(tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        for key in " 2 1 21":  # billed yearly, Business Basic, yearly; space shows an answer first; by chat
            await walk.key(key, 0.2)
        await walk.wait(3)
        assert isinstance(walk.screen, CaseScreen)
        assert kinds(walk.service, row.id).count("answered") == 3
        assert "undone" not in kinds(walk.service, row.id)


@pytest.mark.parametrize("gap", [0.02, 0.2])
@pytest.mark.parametrize("before", ["", "2"])
async def test_a_skip_and_its_reason_typed_at_once_are_work(before: str, gap: float, tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        await walk.keys(*"211")
        for key in (*before, "x", *"the client sends it later"):
            await walk.key(key, gap)
        await walk.key("enter", gap)
        await walk.wait(3)
        skipped = [entry.data["reason"] for entry in walk.service.case(row.id).log if entry.what == "skipped"]
        assert skipped == ["the client sends it later"]
        assert "undone" not in kinds(walk.service, row.id)


@pytest.mark.parametrize("gap", [0.02, 0.2])
async def test_a_note_typed_at_once_is_kept(gap: float, tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        for key in ("n", *"mail was fine on Monday", "ctrl+s"):
            await walk.key(key, gap)
        await walk.wait(3)
        assert [e.data["text"] for e in walk.service.case(row.id).log if e.what == "note"] == [
            "mail was fine on Monday"
        ]


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.2])
async def test_a_case_begun_at_machine_speed_stands(gap: float, tmp_path: Path) -> None:
    async with at("home", tmp_path) as (walk, begin, _):
        await begin()
        for other in walk.service.on_the_line():
            walk.service.change(other.id, EndCall())
        for key in ("n", *"example.com.au", "enter", "a", "1", "2", "1", "2"):
            await walk.key(key, gap)
        await walk.wait(3)
        case = walk.service.case(walk.service.open_for("example.com.au")[0].id)
        assert (case.authenticated, case.number) == (True, 1)
        assert sum(entry.what == "answered" for entry in case.log) == 3
        assert not [entry for entry in case.log if entry.what in ("undone", "revoked")]


@pytest.mark.parametrize("keys", ["y", "Y"])
async def test_a_copy_is_made_once_no_letter_follows(keys: str, tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        await walk.key(keys)
        assert walk.app.clipboard == ""
        await walk.wait(GAP + 0.05)
        assert walk.app.clipboard


async def test_q_ends_once_no_letter_follows(tmp_path: Path) -> None:
    async with at("home", tmp_path) as (walk, begin, _):
        await begin()
        await walk.key("q")
        assert not walk.app.ends
        await walk.wait(GAP + 0.05)
        assert walk.app.ends == 1


async def test_one_key_astray_takes_no_work_back(tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        (row,) = walk.service.overviews()
        for key in "211e1 ":
            await walk.key(key, 0.2)
        await walk.wait(3)
        assert "undone" not in kinds(walk.service, row.id)
        assert kinds(walk.service, row.id).count("answered") == 3


async def test_that_keys_do_nothing_is_said_as_soon_as_they_do(tmp_path: Path) -> None:
    async with at("case, in a call", tmp_path) as (walk, begin, _):
        await begin()
        for key in "hello the":
            await walk.key("space" if key == " " else key, 0.02)
        assert any(STOPPED in told.message for told in walk.app._notifications)
        await walk.wait(3)
        assert not any(STOPPED in told.message for told in walk.app._notifications), (
            "it is over once the keys act again"
        )


# -- a key held down
@pytest.mark.parametrize(("key", "most"), [("enter", 2), ("space", 2)])
async def test_a_held_key_answers_no_checklist(tmp_path: Path, key: str, most: int) -> None:
    """It acts as it is pressed and, at most, as the terminal begins to repeat it; the killer's box has its own rule."""
    async with walking(tmp_path) as tui:
        walk = Worked(tui.service, mailboxes=("anna@brightside.com.au", "ben@brightside.com.au")).begin(2)
        tui.app.open_case(walk.case)
        await tui.settle()
        before = len(walk.case.log)
        await tui.key(key, 2.0)
        await tui.key(key, 0.4)
        for _ in range(60):
            await tui.key(key, 0.03)
        assert len(walk.case.log) - before <= most, [event.what for event in walk.case.log[before:]]
        assert "held down does no more" in " ".join(toast.message for toast in tui.app._notifications)


async def test_a_held_space_goes_on_in_a_field_and_reads_on_in_help(tmp_path: Path) -> None:
    async with walking(tmp_path) as tui:
        await tui.key("n")
        for _ in range(5):
            await tui.key("space", 0.03)
        assert tui.app.focused is not None and getattr(tui.app.focused, "value", "") == " " * 5


@pytest.mark.parametrize("pasted", ["\r" * 12 + "Dear Ann,\r\rplease wait\r", "1\r" * 8, " \r" * 8])
async def test_line_ends_of_a_paste_record_no_witness(tmp_path: Path, pasted: str) -> None:
    """Unbracketed, it comes as keys without a pause: `1` picks an answer, and no enter along with it confirms that."""
    async with walking(tmp_path) as tui:
        walk = Worked(tui.service, mailboxes=("anna@brightside.com.au", "ben@brightside.com.au")).ordered(2).sent()
        tui.app.open_case(walk.case)
        await tui.settle()
        await tui.wait(2.0)
        for character in pasted:  # all in one read
            key = pressed({"\r": "enter", " ": "space"}.get(character, character), tui.clock.seconds)
            tui.app.post_message(key)
        await tui.settle()
        await tui.wait(5.0)
        assert not walk.case.marks("jira-result") and not walk.case.marks("client-confirms")
