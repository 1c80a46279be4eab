"""Whose a case is: who opened it, until it is given to somebody; two who take it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.base import Sent
from oxtui.cases.commands.details import Assign, PutOut
from oxtui.cases.commands.waiting import Note
from oxtui.cases.events import new_id
from oxtui.errors import Conflict, WrongUse
from oxtui.screens.home.holders import named
from tests.drive.case import Walk, service_at


def test_a_case_is_whose_it_was_given_to_last(home: Path) -> None:
    anna = Walk(service_at(home, "anna"))
    ben = anna.other(service_at(home, "ben"))
    assert anna.case.holder == "anna"
    ben.do(Note("rang back"))
    assert anna.case.holder == "anna", "working on it does not make it anybody's"
    ben.do(Assign("ben"))
    assert (anna.case.holder, anna.service.overviews()[0].holder) == ("ben", "ben")
    events = len(anna.case.log)
    anna.do(Assign("ben"))
    assert len(anna.case.log) == events, "it is his already"
    anna.do(Assign("carla"), Assign(""))
    assert anna.case.holder == ""
    note = anna.service.note(anna.case)
    assert "Took the case over" in note and "Gave the case to carla" in note and "nobody has the case" in note
    assert not ben.case.acted()


def test_who_is_put_out_has_no_case_and_no_conversation(home: Path) -> None:
    anna = Walk(service_at(home, "anna")).begin(2)
    ben, lea = (anna.other(service_at(home, name)) for name in ("ben", "lea"))
    assert "anna" in lea.case.talks
    lea.do(PutOut("ben"))
    assert lea.case.log[-1].agent == "anna", "ben has nothing here"
    lea.do(PutOut("anna"))
    assert lea.case.holder == "" and not lea.case.talks and not anna.case.conversation.live
    assert lea.case.log[-1].agent == "lea" and "anna no longer works here: nobody" in lea.service.note(lea.case)
    ben.do(Assign("ben"))
    events = len(ben.case.log)
    lea.do(PutOut("anna"))
    assert len(ben.case.log) == events and ben.case.holder == "ben"


def test_of_two_who_take_a_case_at_once_the_second_is_told(home: Path) -> None:
    anna = Walk(service_at(home, "anna"))
    ben, carla = (anna.other(service_at(home, name)) for name in ("ben", "carla"))
    seen = anna.case.seq
    ben.service.change(ben.id, Assign("ben"), Sent(Assign("ben"), new_id(), seen))
    with pytest.raises(Conflict, match="ben changed who has the case"):
        carla.service.change(carla.id, Assign("carla"), Sent(Assign("carla"), new_id(), seen))
    assert anna.case.holder == "ben"


def test_a_name_that_is_a_password_or_a_letter_is_not_taken(home: Path) -> None:
    anna = Walk(service_at(home, "anna"))
    for text in ("x" * 65, "password: hunter2horse"):
        with pytest.raises(WrongUse):
            anna.do(Assign(text))
    assert anna.case.holder == "anna"


def test_a_colleague_is_named_by_a_beginning() -> None:
    known = ["anna", "annabel", "ben"]
    assert named("Be", known, True) == "ben"
    assert named("anna", known, True) == "anna"
    assert named(" nobody ", known, True) == ""
    assert named("zoe", known, False) == "zoe"
    for text, word in (("an", "2 begin"), ("bne", "did you mean ben"), ("", "Who")):
        with pytest.raises(WrongUse, match=word) as caught:
            named(text, known, True)
        assert caught
