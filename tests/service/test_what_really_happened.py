"""What really happened can be said: by word of a colleague, in writing, and that a service was ended already."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.killers import AlreadyDone, Cancel, Clear
from oxtui.cases.commands.marks import AnswerIt, Tick, Word
from oxtui.cases.status import State
from oxtui.errors import Refusal
from tests.drive.case import THREE, FakeClock, Walk, service_at, undo_last

PRIYA = Word("Priya", "2026-11-22T10:46", authenticated=True)


def test_a_colleagues_word_for_what_needs_the_client_needs_a_conversation_of_any_kind(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path, clock=FakeClock())).ordered(2)
    walk.answer("order-completed", "completed")
    walk.do(EndCall())
    walk.refused(AnswerIt("devices", ("connected",), word=PRIYA), "needs an authenticated client")
    walk.do(BeginCall("back-office"))
    with pytest.raises(Refusal, match="needs the client") as caught:
        walk.service.change(walk.id, walk.answering("devices", "connected"))
    assert caught.value.offers == ("by-word", "writing")
    walk.do(AnswerIt("devices", ("connected",), word=PRIYA))
    assert walk.state("devices") is State.DONE
    assert {mark.word for mark in walk.case.marks("devices").values()} == {"Priya"}


def test_an_older_word_does_not_count_against_what_was_seen_or_mended_since(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(tmp_path, clock=clock), mailboxes=THREE).back()
    clock.pass_(minutes=30)
    walk.do(BeginCall("client"))
    anna, info, _ = THREE
    walk.answer("client-confirms", "cannot-send-or-receive", mailboxes=(anna, info))
    walk.tick("fix-mail", info)
    works = walk.answering("client-confirms", "works")
    by_word = [replace(works, mailboxes=(box,), word=PRIYA) for box in THREE]
    walk.refused(by_word[0], "changed after that, 22/11/2026 11:16")
    walk.refused(by_word[1], "changed after that, 22/11/2026 11:16")
    walk.do(by_word[2])  # nobody said otherwise of that mailbox
    walk.do(EndCall(), BeginCall("writing", reference="00123456", written_at="2026-11-22T11:00"))
    for box in (anna, info):
        walk.refused(replace(works, mailboxes=(box,)), "changed after that", "say it anew")
    walk.refused(Clear("cancel-ox-mail"), "the client")
    clock.pass_(minutes=10)
    walk.do(BeginCall("writing", reference="00123456", written_at="2026-11-22T11:20"))
    walk.do(replace(works, mailboxes=(anna, info)))
    walk.do(Clear("cancel-ox-mail"))


def test_a_killer_is_never_done_by_word(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path, clock=FakeClock())).back()
    walk.refused(Tick("cancel-ox-mail", word=PRIYA), "two steps")


def test_that_it_was_ended_already_answers_a_cleared_killer(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path, clock=FakeClock()), mailboxes=THREE).back()
    walk.do(Clear("cancel-ox-mail"))
    assert walk.case.cleared
    walk.do(AlreadyDone("cancel-ox-mail", "Ben, this morning"))
    assert not walk.case.cleared
    assert walk.case.marks("ox-running")[""].value == ("cancelled",)
    assert undo_last(walk.service, walk.id).marks("ox-running")[""].value == ("running",)


def test_a_cancellation_that_was_undone_can_be_said_again(tmp_path: Path) -> None:
    walk = Walk(service_at(tmp_path, clock=FakeClock())).back()
    walk.cancel("cancel-ox-mail")
    undo_last(walk.service, walk.id)
    assert walk.do(Cancel("cancel-ox-mail")).status("cancel-ox-mail").state is State.DONE
