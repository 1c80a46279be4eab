"""What comes from elsewhere is reported: witnesses of a pasted case are seen here again (rule 14)."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.copies import BeginCopy
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.marks import AnswerIt, TakeBack, Word
from oxtui.cases.commands.scenarios import MovePlaybook
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.status import State
from oxtui.errors import Refusal
from oxtui.playbook.playbook import Playbook
from tests.drive.case import THREE, FakeClock, Walk, changed, service_at

TWO = THREE[:2]
KILLER = "cancel-ox-mail"
WITNESSES = ("client-confirms", "jira-result", "dns-office-365", "devices")
TICKET = ("licence", "order", "order-completed", "webmail", "jira")


def ready(home: Path) -> Walk:
    return Walk(service_at(home / "here", clock=FakeClock()), mailboxes=TWO).back()


def pasted(walk: Walk, home: Path, playbook: Playbook | None = None) -> Walk:
    """The case on the machine of Cora, who was sent the line."""
    away = service_at(home / "away", "cora", FakeClock(walk.service.clock.local()), playbook)
    return Walk(away, away.take_over(walk.service.note(walk.case)).id)


def test_what_a_cancellation_rests_on_is_seen_here_again_and_nothing_else(home: Path) -> None:
    cora = pasted(ready(home), home)
    assert cora.states(*WITNESSES) == [State.STALE] * 4
    assert {cora.case.status(name).because for name in WITNESSES} == {"imported"}
    assert cora.states(*TICKET) == [State.DONE, State.DONE, State.DONE, State.DONE, State.IN_DOUBT]
    assert not cora.case.authenticated
    cora.refused(BeginCopy("o365-reversal"), "authenticated client")
    cora.do(BeginCall("client"))
    cora.refused(Clear(KILLER), "locked")
    for name, value in (("dns-office-365", "yes"), ("devices", "connected"), ("jira-result", "completed")):
        cora.answer(name, value)
    cora.refused(Clear(KILLER), "the client's word needs checking again")
    cora.answer("client-confirms", "works")
    cora.cancel(KILLER)


def test_or_taken_by_word_of_who_reported_it(home: Path) -> None:
    cora = pasted(ready(home), home)
    cora.do(BeginCall("client"))
    for name, value in (
        ("dns-office-365", "yes"), ("devices", "connected"), ("jira-result", "completed"), ("client-confirms", "works"),
    ):  # fmt: skip
        cora.do(AnswerIt(name, (value,), word=Word("anna", "2026-11-22T10:46", authenticated=True)))
    assert {mark.word for mark in cora.case.marks("client-confirms").values()} == {"anna"}
    cora.do(Clear(KILLER))


def test_a_cancellation_that_was_done_counts_as_by_word_and_its_witnesses_stand(home: Path) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    cora = pasted(walk, home)
    assert cora.case.marks(KILLER)[""].word
    assert cora.states(KILLER, *WITNESSES) == [State.DONE] * 5
    cora.do(BeginCall("client"), TakeBack(KILLER, reason="it was never done"))
    assert cora.states(*WITNESSES) == [State.STALE] * 4, "nobody here has seen what it rests on"
    cora.refused(Clear(KILLER), "locked")


def test_nothing_is_undone_that_was_done_elsewhere(home: Path) -> None:
    walk = ready(home)
    cora = pasted(walk, home)
    cora.do(BeginCall("client"))
    assert cora.case.undo is None
    with pytest.raises(Refusal):
        cora.service.change(cora.id, UndoIt(walk.case.log[-1].id))
    back = walk.other(walk.service)
    back.service.take_over(cora.service.note(cora.case))
    assert back.case.undo is None, "nor what was done here before it was away"
    assert back.states(*WITNESSES) == [State.STALE] * 4


def test_a_home_without_its_steps_moves_it_to_todays_and_says_what_that_spoils(home: Path, tmp_path: Path) -> None:
    lost = ("answers: {no: nothing missing, yes: yes, not-known: the client cannot say}",
            "answers: {yes: yes, not-known: the client cannot say}")  # fmt: skip
    newer = changed(tmp_path, "scenarios/2-wants-office-365-back.yaml", lost)
    cora = pasted(ready(home), home, newer)
    assert cora.case.procedure.digest == newer.procedure.digest
    assert cora.case.log[-1].what == "moved"
    assert cora.case.status("missing").because == "playbook"
    assert cora.states(*WITNESSES) == [State.STALE] * 4


def test_a_move_to_other_steps_asks_for_the_witnesses_once(home: Path, tmp_path: Path) -> None:
    walk = ready(home)
    newer = changed(tmp_path, "playbook.yaml", ("title: OX-Mail escalations", "title: Escalations"))
    later = walk.other(service_at(home / "here", clock=FakeClock(), playbook=newer))
    later.do(MovePlaybook(newer.procedure))
    assert later.states(*WITNESSES) == [State.STALE] * 4
    assert later.states(*TICKET) == [State.DONE] * 4 + [State.IN_DOUBT]
    for name, value in (("dns-office-365", "yes"), ("devices", "connected"), ("jira-result", "completed")):
        later.answer(name, value)
    later.answer("client-confirms", "works")
    before = later.case.statuses
    later.do(MovePlaybook(newer.procedure))
    assert later.case.statuses == before, "to the same steps nothing is spoiled"
