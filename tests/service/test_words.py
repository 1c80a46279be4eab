"""Whose word it is and when it counts from: a colleague's, and the client's in writing (rules 11 and 13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.marks import AnswerIt, Tick, Word
from oxtui.cases.status import State
from oxtui.errors import WrongUse
from tests.drive.case import ONE, THREE, FakeClock, Walk, changed, service_at

WORKS = ("works",)


def waiting(home: Path, boxes: tuple[str, ...] = ONE, **more: object) -> tuple[Walk, FakeClock]:
    """Scenario 2 at 10:46, the JIRA sent; its result comes at 15:00."""
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock, **more), mailboxes=boxes).ordered(2).sent()  # type: ignore[arg-type]
    clock.pass_(hours=4, minutes=14)
    walk.do(BeginCall("client"))
    walk.answer("jira-result", "completed")
    return walk, clock


def word(when: str) -> Word:
    return Word("Priya", when, authenticated=True)


# -- a colleague's word
def test_a_colleagues_word_counts_from_when_it_was_told(home: Path) -> None:
    walk, clock = waiting(home)
    clock.pass_(days=4)
    walk.do(BeginCall("back-office"))
    walk.do(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T15:30")))
    mark = walk.case.marks("client-confirms")[ONE[0]]
    assert (mark.word, walk.state("client-confirms")) == ("Priya", State.DONE)
    assert walk.case.log[-1].get("told_at") == "2026-11-22T15:30:00+11:00"
    clock.pass_(days=1, minutes=31)
    assert walk.state("client-confirms") is State.STALE, "five days after it was told, not after it was typed"


def test_it_is_refused_where_what_it_rests_on_was_marked_after_that(home: Path) -> None:
    walk, _ = waiting(home)
    told = walk.refused(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T14:59")), "changed after that")
    assert "What came back on the JIRA?" in told and "22/11/2026 15:00" in told
    walk.do(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T15:00")))


def test_it_is_refused_where_what_it_rests_on_was_lost_after_that(home: Path) -> None:
    walk, clock = waiting(home)
    clock.pass_(minutes=30)
    walk.take_back("devices")
    walk.answer("devices", "connected")
    walk.refused(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T15:10")), "device", "15:30")


def test_a_word_for_one_mailbox_minds_that_mailbox_alone(home: Path) -> None:
    walk, clock = waiting(home, THREE)
    clock.pass_(minutes=30)
    walk.take_back("devices", THREE[0])
    walk.answer("devices", "connected", mailboxes=THREE[:1])
    early = word("2026-11-22T15:10")
    walk.refused(AnswerIt("client-confirms", WORKS, THREE[:1], word=early), "changed after that")
    walk.do(AnswerIt("client-confirms", WORKS, THREE[1:], word=early))


def test_what_counts_from_earlier_is_held_against_the_next_word_as_told(home: Path) -> None:
    """Marked by word: told. The devices were told of at 15:05, though it was typed at 16:00."""
    walk, clock = waiting(home)
    clock.pass_(hours=1)
    walk.do(BeginCall("client"))
    walk.take_back("devices")
    clock.pass_(minutes=1)
    walk.do(AnswerIt("devices", ("connected",), word=word("2026-11-22T16:00")))
    walk.do(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T16:00")))
    assert walk.state("client-confirms") is State.DONE


def test_it_never_counts_from_after_now(home: Path) -> None:
    walk, clock = waiting(home)
    walk.refused(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T15:01")), "still to come", error=WrongUse)
    walk.refused(AnswerIt("client-confirms", WORKS, word=word("2026-11-23")), "still to come", error=WrongUse)
    walk.refused(AnswerIt("client-confirms", WORKS, word=word("yesterday")), "When", error=WrongUse)
    walk.refused(AnswerIt("client-confirms", WORKS, word=Word(" ", "2026-11-22")), "Whose word", error=WrongUse)
    clock.pass_(days=1)
    walk.do(BeginCall("client"), AnswerIt("client-confirms", WORKS, word=word("2026-11-23")))
    assert walk.case.log[-1].get("told_at") == clock.local().isoformat(timespec="seconds"), "a day lasts until now"


def test_of_the_day_on_which_something_changed_the_time_is_asked(home: Path) -> None:
    walk, _ = waiting(home)
    walk.refused(AnswerIt("client-confirms", WORKS, word=word("2026-11-22")), "changed that day", "at what time")
    walk.do(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T15:00")))


def test_what_has_to_be_seen_by_oneself_takes_no_word(home: Path, tmp_path: Path) -> None:
    own = ("        fresh_for: 5d\n", "        fresh_for: 5d\n        by_word: false\n")
    playbook = changed(tmp_path, "scenarios/2-wants-office-365-back.yaml", own)
    walk, _ = waiting(home, playbook=playbook)
    walk.refused(AnswerIt("client-confirms", WORKS, word=word("2026-11-22T15:00")), "see this yourself")
    walk.answer("client-confirms", "works")


def test_an_action_is_done_by_word_too(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock())).plan(1)
    walk.do(EndCall(), BeginCall("back-office"))
    walk.do(Tick("tell-team", through="chat", word=word("2026-11-21")))
    assert walk.state("tell-team") is State.DONE
    assert walk.case.log[-1].get("word") == {"who": "Priya", "when": "2026-11-21", "authenticated": True}


# -- in writing
def writing(walk: Walk, when: str) -> None:
    walk.do(EndCall(), BeginCall("writing", "in writing", reference="00123456", written_at=when))


def test_what_the_client_wrote_is_refused_where_something_newer_stands_below_it(home: Path) -> None:
    walk, clock = waiting(home)
    clock.pass_(hours=2)
    writing(walk, "2026-11-22T14:00")
    told = walk.refused(walk.answering("client-confirms", "works"), "changed after that", "15:00")
    assert "What came back on the JIRA?" in told
    writing(walk, "2026-11-22T16:00")
    walk.answer("client-confirms", "works")
    walk.do(Clear("cancel-ox-mail"))
    assert walk.case.log[-2].get("told_at") == "2026-11-22T16:00:00+11:00"


def test_it_says_where_and_when_it_was_written_and_never_after_now(home: Path) -> None:
    walk, clock = waiting(home)
    walk.do(EndCall())
    walk.refused(BeginCall("writing", written_at="2026-11-22"), "Where did the client write", error=WrongUse)
    walk.refused(BeginCall("writing", reference="0012"), "When did the client write", error=WrongUse)
    walk.refused(BeginCall("writing", reference="0012", written_at="soon"), "When", error=WrongUse)
    writing(walk, "2026-11-30T09:00")
    assert walk.case.log[-1].get("written_at") == clock.local().isoformat(timespec="seconds")


def test_writing_authenticates_as_a_call_does(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()))
    writing(walk, "2026-11-22T09:00")
    assert walk.case.authenticated and walk.case.conversation.with_client
    walk.do(EndCall(), BeginCall("back-office"))
    assert walk.case.conversation.live and not walk.case.conversation.with_client


@pytest.mark.parametrize("later", ["2026-11-22T16:00", "2026-11-22T14:00"])
def test_each_letter_is_a_conversation_of_its_own(home: Path, later: str) -> None:
    walk, clock = waiting(home)
    clock.pass_(hours=2)
    writing(walk, "2026-11-22T15:30")
    first = walk.case.conversation.event
    walk.do(BeginCall("writing", "in writing", reference="00123457", written_at=later))
    assert walk.case.conversation.event != first and walk.case.log[-1].what == "call"
