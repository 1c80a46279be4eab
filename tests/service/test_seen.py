"""Decided on what was seen: whose change is a conflict, and whose is not (rule 10)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.cases.commands.base import Command, Sent
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.copies import BeginCopy
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.details import ChangeDomain, SetDetails
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, TakeBack, Tick
from oxtui.cases.commands.quotes import Cover, SetLicences
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import KeepEvidence, Note
from oxtui.cases.events import new_id
from oxtui.cases.status import State
from oxtui.errors import Conflict
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, THREE, FakeClock, Walk, service_at, undo_last

TWO = THREE[:2]


def panes(home: Path, walk: Walk | None = None) -> tuple[Walk, Walk]:
    """A case in scenario 2 with the JIRA sent, in the panes of Anna and of Ben."""
    clock = FakeClock()
    anna = walk or Walk(service_at(home, clock=clock), mailboxes=TWO).ordered(2).sent()
    ben = anna.other(service_at(home, "ben", clock))
    ben.do(BeginCall("client"))
    return anna, ben


def on(walk: Walk, command: Command, seen: int) -> None:
    """A key that was pressed on a picture of the case as it was."""
    walk.service.change(walk.id, command, Sent(command, new_id(), seen))


def conflict(walk: Walk, command: Command, seen: int, *words: str) -> None:
    before = walk.service.store.get(walk.id)
    with pytest.raises(Conflict) as caught:
        on(walk, command, seen)
    for word in words:
        assert word in str(caught.value)
    assert walk.service.store.get(walk.id) == before, "nothing is written"


RESULT = AnswerIt("jira-result", ("completed",))

OTHERS: dict[str, Callable[[Walk], object]] = {
    "the very item": lambda w: w.answer("jira-result", "returned"),
    "one mailbox of it": lambda w: w.answer("jira-result", "returned", mailboxes=TWO[:1]),
    "what it rests on, taken back": lambda w: w.take_back("jira"),
    "what it rests on, made stale": lambda w: w.answer("dns-office-365", "no"),
    "a mailbox came": lambda w: w.do(SetMailboxes(f"late@{DOMAIN}")),
    "the domain": lambda w: w.do(ChangeDomain("other.com.au")),
    "the scenario": lambda w: w.do(Choose(3)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_a_colleague_changed_of_what_was_seen_is_a_conflict(home: Path, name: str) -> None:
    anna, ben = panes(home)
    seen = anna.case.seq
    OTHERS[name](ben)
    conflict(anna, RESULT, seen, "ben changed", "10:46", "look, then again")


NOT_THESE: dict[str, Callable[[Walk], object]] = {
    "an item that it does not rest on": lambda w: w.tick("chat-follow-up"),
    "what lies deeper, and made nothing stale": lambda w: w.answer("devices", "no-device"),
    "a note": lambda w: w.do(Note("looked at it")),
    "a phone number": lambda w: w.do(SetDetails({"phone": "1"})),
    "evidence that says the same": lambda w: w.do(KeepEvidence(evidence_data(DOMAIN, "office365"))),
}


@pytest.mark.parametrize("name", NOT_THESE)
def test_what_it_does_not_rest_on_is_none(home: Path, name: str) -> None:
    anna, ben = panes(home)
    seen = anna.case.seq
    NOT_THESE[name](ben)
    on(anna, RESULT, seen)
    assert anna.state("jira-result") is State.DONE


def test_another_mailbox_is_none_either(home: Path) -> None:
    anna, ben = panes(home)
    seen = anna.case.seq
    ben.answer("jira-result", "returned", mailboxes=TWO[:1])
    on(anna, AnswerIt("jira-result", ("completed",), TWO[1:]), seen)
    assert [anna.case.marks("jira-result")[box].value for box in TWO] == [("returned",), ("completed",)]


def test_evidence_is_never_a_conflict_the_guard_handles_it(home: Path) -> None:
    """What it contradicts is stale, though the key that rests on it was pressed before."""
    anna, ben = panes(home)
    anna.answer("jira-result", "completed")
    anna.answer("client-confirms", "works")
    seen = anna.case.seq
    ben.do(KeepEvidence(evidence_data(DOMAIN, "other")))
    on(anna, AnswerIt("dns-office-365", ("yes",)), seen)
    assert anna.state("dns-office-365") is State.STALE, "it was answered on a picture without that evidence"
    with pytest.raises(Exception, match="locked") as caught:
        on(anna, Clear("cancel-ox-mail"), seen)
    assert not isinstance(caught.value, Conflict)
    on(anna, AnswerIt("dns-office-365", ("yes",)), anna.case.seq)
    assert anna.state("dns-office-365") is State.DONE


def test_a_killer_was_decided_on_every_row_that_it_showed(home: Path) -> None:
    anna, ben = panes(home)
    for walk, command in ((anna, RESULT), (anna, AnswerIt("client-confirms", ("works",)))):
        walk.do(command)
    seen = anna.case.seq
    ben.answer("devices", "no-device", mailboxes=TWO[:1])
    conflict(anna, Clear("cancel-ox-mail"), seen, "ben changed")
    on(anna, AnswerIt("client-confirms", ("works",), TWO[:1]), anna.case.seq)
    on(anna, Clear("cancel-ox-mail"), anna.case.seq)


def test_the_same_agents_other_pane_is_another_screen(home: Path) -> None:
    anna, _ = panes(home)
    other = anna.other(service_at(home, "anna", anna.service.clock))
    seen = other.case.seq
    anna.answer("jira-result", "returned")
    conflict(other, RESULT, seen, "anna changed")


def test_ones_own_keys_typed_ahead_are_none(home: Path) -> None:
    anna, _ = panes(home)
    seen = anna.case.seq
    for command in (RESULT, AnswerIt("client-confirms", ("works",)), TakeBack("devices"), TakeBack("client-confirms")):
        on(anna, command, seen)
    assert anna.states("devices", "client-confirms") == [State.TODO, State.LOCKED]


def test_a_copy_was_decided_on_domain_mailboxes_and_scenario(home: Path) -> None:
    anna, ben = panes(home)
    seen = anna.case.seq
    ben.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"}))
    conflict(anna, BeginCopy("o365-reversal"), seen, "the mailboxes")
    on(anna, BeginCopy("o365-reversal"), anna.case.seq)


def test_cover_and_licences_were_decided_on_the_mailboxes(home: Path) -> None:
    anna, ben = panes(home)
    anna.do(SetMailboxes(f"late@{DOMAIN}"))
    seen = anna.case.seq
    ben.do(SetMailboxes(f"later@{DOMAIN}"))
    for command in (Cover(covered=True), SetLicences(3)):
        conflict(anna, command, seen, "the mailboxes")


def test_what_somebody_did_and_undid_again_unseen_is_told_all_the_same(home: Path) -> None:
    anna, ben = panes(home)
    seen = anna.case.seq
    ben.answer("jira-result", "returned")
    undo_last(ben.service, ben.id)
    conflict(anna, RESULT, seen, "ben changed")


def test_a_choice_of_the_scenario_that_was_undone_is_a_change_of_it(home: Path) -> None:
    anna, ben = panes(home)
    anna.do(Choose(1))
    seen = ben.case.seq
    undo_last(anna.service, anna.id)
    conflict(ben, AnswerIt("licence", ("business-basic",)), seen, "anna changed the scenario")


def test_who_looked_at_no_screen_has_nothing_to_conflict_with(home: Path) -> None:
    anna, ben = panes(home)
    ben.answer("jira-result", "returned")
    anna.service.change(anna.id, RESULT, Sent(RESULT, new_id(), None))
    assert anna.case.marks("jira-result")[TWO[0]].value == ("completed",)


def test_a_tick_of_an_action_minds_its_terms(home: Path) -> None:
    anna, ben = panes(home)
    anna.answer("jira-result", "returned")
    seen = anna.case.seq
    ben.answer("webmail", "could-not")
    conflict(anna, Tick("jira"), seen, "ben changed")
    conflict(anna, Settle("jira", "1"), seen, "ben changed")


def test_ones_own_key_hides_nothing_that_somebody_else_changed_before_it(home: Path) -> None:
    anna, ben = panes(home)
    seen = anna.case.seq
    ben.answer("jira-result", "returned")
    on(anna, TakeBack("jira-result"), anna.case.seq)  # looked at since, and decided on
    conflict(anna, RESULT, seen, "ben changed")
