"""While the floor is away: what is kept and what is not, and what becomes of it when the floor is back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.away.kept import Waiting
from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall, EndCall, Revoke
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.copies import BeginCopy
from oxtui.cases.commands.details import Assign
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, TakeBack, Tick
from oxtui.cases.commands.scenarios import Choose, MovePlaybook
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import Note, Resume, SetHold
from oxtui.cases.status import State
from oxtui.errors import Refusal, Unsaved
from oxtui.outbox import Job
from tests.drive.case import FakeClock, Walk
from tests.drive.floor import Agent, Shared, agents
from tests.drive.waiting import PATIENCE


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def two(tmp_path: Path, clock: FakeClock) -> Iterator[list[Agent]]:
    with agents(tmp_path, clock, "anna", "ben") as found:
        yield found


def late(agent: Agent, case_id: str) -> list[str]:
    return [str(event.get("words")) for event in agent.service.case(case_id).log if event.what == "late"]


def test_what_is_kept_is_shown_at_once_survives_a_kill_and_arrives_once(tmp_path: Path, clock: FakeClock) -> None:
    shared = Shared(tmp_path / "floor")
    anna = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    walk = Walk(anna.service).begin(2)
    anna.leave()
    clock.pass_(minutes=2)
    anna.press(walk.id, AnswerIt("ox-running", ("running",)))
    clock.pass_(minutes=1)
    anna.press(walk.id, Note("rang twice"))
    shown = anna.seen(walk.id)
    assert not anna.refused and len(anna.done) == 2
    assert shown.status("ox-running").state is State.DONE and shown.log[-1].get("text") == "rang twice"
    assert anna.outbox.kept and anna.store.get(walk.id)["log"][-1]["what"] != "note"  # type: ignore[index]

    anna.killed()
    clock.pass_(hours=3)
    again = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    again.store.snapshot()
    again.leave()
    assert again.seen(walk.id).status("ox-running").state is State.DONE, "kept over the kill, and drawn"
    again.back()
    again.settle()
    log = again.service.case(walk.id).log
    told = [event for event in log if event.what in ("answered", "note")]
    assert [event.what for event in told] == ["answered", "note"] and not late(again, walk.id)
    minutes = [(event.at - log[0].at).total_seconds() / 60 for event in told]
    assert minutes == [2, 3], "each at the time of its key, in the conversation as it was then"
    assert not list((tmp_path / "anna" / "floor").glob("outbox*")), "nothing waits any more"


def test_an_answer_that_was_lost_on_its_way_is_written_once(tmp_path: Path, clock: FakeClock) -> None:
    anna = Agent(Shared(tmp_path / "floor"), tmp_path / "anna", "anna", clock, thread=False)
    walk = Walk(anna.service).begin(2)
    anna.store.fail_after = 0  # the floor writes it, and its answer never comes
    anna.press(walk.id, Note("once"))
    assert anna.outbox.kept and anna.seen(walk.id).log[-1].get("text") == "once"
    anna.back()
    anna.settle()
    assert [event.get("text") for event in walk.case.log if event.what == "note"] == ["once"]


def test_a_case_begun_while_the_floor_is_away_is_worked_on_and_sent_with_all_that_was_done(two: list[Agent]) -> None:
    anna, ben = two
    anna.leave()
    case = anna.service.start("new.example", mailboxes=("jo@new.example",))
    for command in (
        BeginCall("client"),
        Choose(2),
        AnswerIt("ox-running", ("running",)),
        SetHold("the client", "2026-12-01"),
    ):
        anna.press(case.id, command)
    assert not anna.refused and anna.seen(case.id).hold and ben.service.peek(case.id) is None
    assert [row.domain for row in anna.service.seen_overviews()] == ["new.example"]
    anna.back()
    anna.settle()
    theirs = ben.service.case(case.id)
    assert theirs.hold and theirs.status("ox-running").state is State.DONE and theirs.holder == "anna"
    assert not late(ben, case.id)


def test_what_was_done_in_a_case_begun_while_away_outlives_the_program(tmp_path: Path, clock: FakeClock) -> None:
    """It is the agent's own case: no one else can have changed what its answers rest on."""
    shared = Shared(tmp_path / "floor")
    anna = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    anna.leave()
    case = anna.service.start("new.example", {"phone": "03 5550 0100"}, mailboxes=("jo@new.example",))
    for command in (BeginCall("client"), Choose(2), AnswerIt("ox-running", ("running",))):
        anna.press(case.id, command)
    anna.killed()
    again = Agent(shared, tmp_path / "anna", "anna", clock, thread=False)
    again.leave()
    arrived: list[Case] = []
    again.outbox._arrived = arrived.append
    assert again.seen(case.id).status("ox-running").state is State.DONE
    again.press(case.id, AnswerIt("licence", ("business-basic",)))
    again.back()
    again.settle()
    there = again.service.case(case.id)
    assert not late(again, case.id) and not again.outbox.too_late
    assert [there.status(name).state for name in ("ox-running", "licence")] == [State.DONE] * 2
    assert arrived and all(each.number == 2 for each in arrived), "a screen stays where it was"


def test_one_that_was_begun_by_mistake_is_dropped_while_away(two: list[Agent]) -> None:
    anna, ben = two
    anna.leave()
    case = anna.service.start("mistake.example")
    anna.service.drop(case.id)
    assert anna.service.peek(case.id) is None or case.id not in anna.service.documents()
    anna.back()
    anna.settle()
    assert not ben.service.overviews()


def test_server_order_wins_and_what_came_too_late_is_a_line_that_counts_for_nothing(
    two: list[Agent], clock: FakeClock
) -> None:
    anna, ben = two
    walk = Walk(anna.service).plan(1)
    anna.leave()
    clock.pass_(minutes=1)
    anna.press(walk.id, AnswerIt("billed-now", ("yearly",)))
    anna.press(walk.id, Note("she will call again"))
    ben.service.store.snapshot()
    theirs = Walk(ben.service, walk.id)
    clock.pass_(minutes=1)
    theirs.do(BeginCall("client"))
    theirs.answer("billed-now", "yearly")
    theirs.answer("billed-now", "monthly")
    before = theirs.case.board
    anna.back()
    anna.settle()
    case = ben.service.case(walk.id)
    assert late(ben, walk.id) and "early" in late(ben, walk.id)[0]
    assert case.board == before, "read, and never counted"
    assert case.log[-1].get("text") == "she will call again" or case.log[-2].get("text") == "she will call again"
    told = anna.outbox.too_late
    assert len(told) == 1 and "ben changed" in told[0].why and told[0].domain == case.domain
    assert "Too late, not counted" in ben.service.note(case)
    anna.outbox.put_away(told)
    anna.settle()
    assert not anna.outbox.too_late and not anna.outbox.file.path.exists()


def test_the_conversation_counts_as_it_was_at_the_time_of_the_key(two: list[Agent], clock: FakeClock) -> None:
    anna, ben = two
    walk = Walk(anna.service).begin(2)
    lapse = anna.service.playbook.procedure.call_lapse_minutes
    anna.leave()
    clock.pass_(minutes=lapse - 5)
    anna.press(walk.id, AnswerIt("ox-running", ("running",)))
    clock.pass_(minutes=lapse + 5)
    anna.press(walk.id, AnswerIt("billed-now", ("monthly",)))
    assert "lapsed" in str(anna.refused[-1]), "and lapses while away, too"
    clock.pass_(hours=9)
    anna.back()
    anna.settle()
    assert not late(ben, walk.id) and ben.service.case(walk.id).status("ox-running").state is State.DONE
    assert ben.service.case(walk.id).status("billed-now").state is State.TODO


def test_an_authentication_taken_back_meanwhile_lets_nothing_of_it_in(two: list[Agent], clock: FakeClock) -> None:
    anna, ben = two
    walk = Walk(anna.service).begin(2)
    anna.leave()
    anna.press(walk.id, AnswerIt("ox-running", ("running",)))
    ben.service.store.snapshot()
    ben.service.change(walk.id, Revoke("it was somebody else"))
    anna.back()
    anna.settle()
    assert len(late(ben, walk.id)) == 1 and not ben.service.case(walk.id).marks("ox-running")


def test_a_case_that_was_closed_meanwhile_is_told_to_who_kept_something_for_it(two: list[Agent]) -> None:
    anna, ben = two
    walk = Walk(anna.service)
    anna.leave()
    anna.press(walk.id, Note("more to come"))
    ben.service.store.snapshot()
    ben.service.change(walk.id, Close("mistake"))
    anna.back()
    anna.settle()
    assert len(anna.outbox.too_late) == 1 and "more to come" in anna.outbox.too_late[0].words
    assert not anna.outbox.kept


def test_whom_the_server_lets_in_no_more_is_promised_nothing(two: list[Agent]) -> None:
    anna, _ = two
    case = anna.service.start("new.example")
    anna.leave()
    anna.press(case.id, Note("rang twice"))
    anna.store.floor.shut_out = 'role "anna" is not permitted to log in'
    anna.press(case.id, Note("rang again"))
    assert "not permitted" in anna.refused[0].hint and len(anna.outbox.kept) == 1, "what was kept before stays"
    with pytest.raises(Refusal, match="nothing is saved"):
        anna.service.start("another.example")
    anna.store.floor.shut_out = ""
    anna.back()
    anna.settle()
    assert [event.get("text") for event in anna.service.case(case.id).log if event.what == "note"] == ["rang twice"]


def test_what_changes_nothing_does_not_wait(two: list[Agent]) -> None:
    anna, _ = two
    walk = Walk(anna.service)
    anna.leave()
    anna.press(walk.id, Resume())
    anna.press(walk.id, Assign("anna"))
    assert len(anna.done) == 2 and not anna.outbox.kept and not anna.refused


# -- what may not wait
def test_what_a_cancellation_rests_on_waits_for_the_floor(two: list[Agent]) -> None:
    anna, _ = two
    walk = Walk(anna.service).ordered(2).sent()
    walk.answer("jira-result", "completed")
    anna.leave()
    for command in (
        walk.answering("client-confirms", "works"),
        walk.answering("jira-result", "returned"),
        Clear("cancel-ox-mail"),
        Close("complete"),
        UndoIt(walk.case.undo.event.id) if walk.case.undo else Reopen(),
        MovePlaybook(anna.service.playbook.procedure),
    ):
        before = len(anna.refused)
        anna.press(walk.id, command)
        assert len(anna.refused) == before + 1 and not anna.outbox.kept, command
    anna.press(walk.id, TakeBack("jira-result"))
    assert anna.outbox.kept, "what can only lock is taken"


def test_the_answer_to_what_was_cleared_before_is_kept_and_decided_on_what_changed_since(
    two: list[Agent], clock: FakeClock
) -> None:
    anna, ben = two
    for spoiled in (False, True):
        walk = Walk(anna.service).back()
        walk.do(Clear("cancel-ox-mail"))
        anna.leave()
        anna.press(walk.id, Cancel("cancel-ox-mail"))
        assert anna.outbox.kept and not anna.refused
        anna.press(walk.id, Tick("ox-billing"))
        assert "until the cancellation is saved" in str(anna.refused.pop()), "it is not done on what waits itself"
        if spoiled:
            ben.service.store.snapshot()
            theirs = Walk(ben.service, walk.id)
            theirs.do(BeginCall("client"))
            theirs.take_back("client-confirms")
        anna.back()
        anna.settle()
        done = ("cancel-ox-mail", "") in ben.service.case(walk.id).board.marks
        assert done is not spoiled and bool(late(ben, walk.id)) is spoiled
        walk.do(EndCall())


def test_somebody_elses_case_takes_a_note_and_no_more(two: list[Agent]) -> None:
    anna, ben = two
    walk = Walk(ben.service).begin(2)
    anna.store.snapshot()
    anna.leave()
    anna.press(walk.id, Assign("anna"))
    anna.press(walk.id, SetMailboxes(added="x@brightside.com.au"))
    assert len(anna.refused) == 2 and "ben's case" in str(anna.refused[0])
    anna.press(walk.id, Note("the client rang me"))
    anna.back()
    anna.settle()
    assert ben.service.case(walk.id).log[-1].get("text") == "the client rang me"


def test_a_copy_is_begun_in_ones_own_conversation(two: list[Agent]) -> None:
    anna, _ = two
    walk = Walk(anna.service).ordered(2)
    anna.leave()
    template = next(iter(walk.case.procedure.templates))
    with pytest.raises(Refusal) as caught:  # the guard of copies decides, not the floor's absence
        anna.service.would_change(walk.case, BeginCopy(template))
    anna.press(walk.id, BeginCopy(template))
    assert str(anna.refused[-1]) == str(caught.value)


def test_one_that_was_under_way_and_may_not_wait_is_looked_for_and_never_sent_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    for arrived in (True, False):
        folder = tmp_path / str(arrived)
        anna = Agent(Shared(folder / "floor"), folder / "anna", "anna", clock, thread=False)
        walk = Walk(anna.service).ordered(2).sent()
        walk.answer("jira-result", "completed")
        confirmed = walk.answering("client-confirms", "works")
        anna.store.fail_after, anna.store.written = 0, arrived
        anna.press(walk.id, confirmed)
        assert "nobody knows whether" in str(anna.refused[-1])
        anna.back()
        anna.settle()
        assert bool(walk.case.marks("client-confirms")) is arrived
        assert bool(anna.outbox.too_late) is not arrived


def test_a_key_behind_one_that_is_stuck_on_its_way_stays_behind_it(two: list[Agent], clock: FakeClock) -> None:
    anna, _ = two
    walk = Walk(anna.service)
    stuck, let_go = threading.Event(), threading.Event()

    def hangs() -> None:
        stuck.set()
        let_go.wait(PATIENCE)
        raise Unsaved("The floor does not answer", "")

    anna.store._there = hangs  # type: ignore[method-assign]
    jobs = [Job(walk.id, Note(text), anna.done.append, anna.refused.append, 1) for text in ("first", "second")]
    anna.outbox.send(jobs[0])
    assert stuck.wait(PATIENCE)
    anna.leave()  # it is told to be away while the first is still on its way
    anna.outbox.send(jobs[1])
    let_go.set()
    anna.settle()
    assert [entry.words for entry in anna.outbox.kept if isinstance(entry, Waiting)] == ["Note: first", "Note: second"]
    assert [event.get("text") for event in anna.seen(walk.id).log if event.what == "note"] == ["first", "second"]
