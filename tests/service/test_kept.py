"""What an agent's machine keeps while the floor is away: each change on the disk once, and reported once it is."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from oxtui.away.kept import Waiting
from oxtui.cases.commands.base import Command, ItemCommand
from oxtui.cases.commands.closing import Reopen
from oxtui.cases.commands.details import PutOut
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Tick
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.cases.commands.waiting import KeepEvidence, Note
from oxtui.cases.offline import Kept
from oxtui.errors import NewerFormat, Unsaved
from oxtui.outbox import Job
from tests.drive.case import FakeClock, Walk
from tests.drive.floor import Agent, Shared, agents
from tests.drive.waiting import PATIENCE


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def notes(agent: Agent, case_id: str) -> list[str]:
    return [str(event.get("text")) for event in agent.seen(case_id).log if event.what == "note"]


# -- a disk in the middle of it
def test_a_key_pressed_just_before_the_one_before_it_is_written_is_reported_with_it(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Agent(Shared(tmp_path / "floor"), tmp_path / "anna", "anna", clock, thread=False)
    walk = Walk(anna.service)
    anna.leave()
    save = anna.outbox._save

    def behind() -> None:
        monkeypatch.setattr(anna.outbox, "_save", save)
        anna.outbox.send(Job(walk.id, Note("two"), anna.done.append, anna.refused.append))
        save()

    monkeypatch.setattr(anna.outbox, "_save", behind)
    anna.press(walk.id, Note("one"))
    assert [case.log[-1].get("text") for case in anna.done] == ["two", "two"] and notes(anna, walk.id) == ["one", "two"]
    assert len(anna.outbox.lasting) == 2


def test_what_is_still_being_written_at_the_end_is_not_called_saved(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, let_go = threading.Event(), threading.Event()
    with agents(tmp_path, clock, "anna") as (anna,):
        walk = Walk(anna.service)
        anna.leave()
        save = anna.outbox.file.save

        def hangs(*given: Any) -> None:
            stuck.set()
            let_go.wait(PATIENCE)
            save(*given)

        monkeypatch.setattr(anna.outbox.file, "save", hangs)
        anna.outbox.send(Job(walk.id, Note("one"), anna.done.append, anna.refused.append))
        assert stuck.wait(PATIENCE)
        assert anna.outbox.stop(0.01) is False and not anna.done
        let_go.set()
        assert anna.outbox.stop(PATIENCE) is True
        anna.settle()
        assert len(anna.done) == 1


def test_a_case_that_could_not_be_kept_is_taken_out_of_the_file_again(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk reports an error when the file is there already."""
    anna = Agent(Shared(tmp_path / "floor"), tmp_path / "anna", "anna", clock, thread=False)
    anna.leave()
    save = anna.outbox.file.save

    def fails(*given: Any) -> None:
        monkeypatch.setattr(anna.outbox.file, "save", save)
        save(*given)
        raise Unsaved("the disk reports an error", "")

    monkeypatch.setattr(anna.outbox.file, "save", fails)
    with pytest.raises(Unsaved):
        anna.service.start("new.example")
    anna.settle()
    again = Agent(Shared(tmp_path / "floor"), tmp_path / "anna", "anna", clock, thread=False)
    assert again.outbox.kept == ()


# -- a start without the floor
def test_own_cases_are_there_at_a_start_without_the_floor_for_seven_days(tmp_path: Path, clock: FakeClock) -> None:
    shared = Shared(tmp_path / "floor")
    anna = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    ben = Agent(shared, tmp_path / "ben", "ben", clock, thread=False)
    mine, theirs = Walk(anna.service), Walk(ben.service)
    anna.store.snapshot()
    anna.outbox._own_at = -1e9
    anna.outbox._turn()
    assert [path.stem for path in (tmp_path / "anna/floor/cases").glob("*.json")] == [mine.id]

    def start(days: int) -> Agent:
        clock.pass_(days=days)
        found = Agent(Shared(tmp_path / f"empty-{days}"), tmp_path / "anna", "anna", clock, thread=False)
        found.leave()
        return found

    again = start(6)
    assert set(again.service.documents()) == {mine.id} and theirs.id not in again.service.documents()
    again.press(mine.id, Note("in the train"))
    assert not again.refused
    late_start = start(2)
    assert not list((tmp_path / "anna/floor/cases").glob("*.json"))
    assert late_start.outbox.kept, "the outbox stays until it is sent or put away"


# -- the file
def test_every_command_that_may_wait_comes_back_from_the_disk_as_it_was() -> None:
    kinds = get_args(Kept)
    every = {kind for kind in _commands(Command) if kind not in (ItemCommand, MovePlaybook, PutOut, Reopen)}
    assert set(kinds) == every, "each command waits, or says why it never does"
    given: list[Kept] = [
        Tick("jira", ("a@x.example",), {"jira": "HOST-1"}, "chat"),
        KeepEvidence({"domain": "x.example", "mx": [{"host": "mail", "preference": 10}]}),
        SetMailboxes(added="a@x.example", known={"a@x.example": {"ox-mail": "yes"}}),
        Note("[bold]brackets[/] and\nlines"),
    ]
    for command in given:
        entry = Waiting("case", "id", command, None)
        assert msgspec.json.decode(msgspec.json.encode(entry), type=Waiting) == entry


def _commands(kind: type[Command]) -> set[type[Command]]:
    found = {sub for sub in kind.__subclasses__() if sub.__module__.startswith("oxtui")}
    return found.union(*map(_commands, found))


def test_a_line_of_the_file_that_cannot_be_read_is_told_and_takes_no_other_with_it(
    tmp_path: Path, clock: FakeClock
) -> None:
    shared = Shared(tmp_path / "floor")
    anna = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    walk = Walk(anna.service)
    anna.leave()
    anna.press(walk.id, Note("one"))
    anna.press(walk.id, Note("two"))
    path = anna.outbox.file.path
    content = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    content["entries"][0]["command"]["type"] = "Dance"
    path.write_text(json.dumps(content))
    again = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    again.settle()
    assert [event.get("text") for event in again.service.case(walk.id).log if event.what == "note"] == ["two"]
    assert "cannot read it" in again.outbox.too_late[0].why and "one" in again.outbox.too_late[0].words
    path.write_text("{")
    third = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    assert third.outbox.damaged and third.outbox.damaged.read_text() == "{"


def test_what_waits_goes_on_waiting_where_this_program_is_too_old(tmp_path: Path, clock: FakeClock) -> None:
    """It is sent by the version that replaces it; a key that is pressed meanwhile hears why nothing is saved."""
    shared = Shared(tmp_path / "floor")
    anna = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    walk = Walk(anna.service).begin(2)
    anna.leave()
    anna.press(walk.id, Note("rang back"))
    new = anna.service.start("new.example")
    assert len(anna.outbox.kept) == 2

    def too_old(*given: object) -> None:
        raise NewerFormat("This oxtui is too old", "update it")

    append, create = anna.store.append, anna.store.create
    anna.store.append = anna.store.create = too_old  # type: ignore[method-assign, assignment]
    anna.back()
    anna.outbox.send(Job(walk.id, Note("again"), anna.done.append, anna.refused.append, anna.seen(walk.id).seen))
    for _ in range(5):
        anna.outbox._turn()
        anna._run_inbox()
    assert [str(each) for each in anna.refused] == ["This oxtui is too old (update it)"]
    assert [each.case_id for each in anna.outbox.kept] == [walk.id, new.id]
    assert "rang back" in str([event.data for event in anna.seen(walk.id).log])
    anna.store.append, anna.store.create = append, create  # type: ignore[method-assign]
    anna.settle()
    assert anna.service.case(new.id).domain == "new.example"
    assert [event.get("text") for event in anna.service.case(walk.id).log if event.what == "note"] == ["rang back"]
