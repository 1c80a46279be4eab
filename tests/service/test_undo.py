"""Undo: exactly what one's last mark changed, one after another; what it never brings back; typing the former value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oxtui.cases.board import EMPTY
from oxtui.cases.case import Case
from oxtui.cases.commands import (
    AnswerIt,
    Cancel,
    Clear,
    Command,
    Correct,
    Cover,
    Defer,
    Making,
    NotYet,
    PutQuote,
    SetLicences,
    Settle,
    Skip,
    TakeBack,
    Tick,
    UndoIt,
)
from oxtui.cases.conduct import (
    BeginCall,
    BeginCopy,
    ChangeDomain,
    Choose,
    EndCall,
    KeepEvidence,
    MovePlaybook,
    Note,
    RecordCopy,
    Revoke,
    SetDetails,
    SetLine,
    SetMailboxes,
)
from oxtui.cases.events import Document, Event, to_document
from oxtui.cases.replay import replay
from oxtui.cases.state import UNDOABLE
from oxtui.cases.status import State
from oxtui.errors import OxtuiError, Refusal
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, SUNDAY, THREE, VALUES, FakeClock, Walk, changed, service_at, shipped

TWO = THREE[:2]
LONG = os.environ.get("OXTUI_LONG") == "1"


def undo(walk: Walk) -> Case:
    return walk.service.undo(walk.id)


def ready(home: Path) -> Walk:
    """Scenario 2, two mailboxes, all done but the cancellation."""
    return Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).back()


def colleague(walk: Walk) -> Walk:
    """The same case in the pane of Ben, who is in a call of his own."""
    ben = walk.other(service_at(walk.service.places.home, "ben", walk.service.clock))
    ben.do(BeginCall("client"))
    return ben


# -- the property
def stands(case: Case) -> Mapping[str, Any]:
    """All that an undo puts back."""
    return {
        "boards": {number: board for number, board in case.boards.items() if board != EMPTY},
        "mailboxes": case.mailboxes, "left out": case.left_out, "scenario": case.number, "details": case.details,
        "licences": case.licences_typed, "quote": case.quote, "lines": case.lines,
    }  # fmt: skip


class Desk:
    """A case without a disk: each command is decided, written into the document, and the document is read anew."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.made = 0

    @property
    def case(self) -> Case:
        return replay(self.document, shipped().procedure, SUNDAY, agent="anna")

    def do(self, command: Command) -> list[Event]:
        """The events that it gave; none where it was refused."""
        case = self.case
        self.made += 1
        try:
            drafts = command.decide(case, Making(f"e{self.made}", SUNDAY, case.seq))
        except OxtuiError:
            return []
        seq, now = case.seq, case.now
        events = [Event(d.id, seq + n, now, "anna", d.what, d.data) for n, d in enumerate(drafts, start=1)]
        log = [*self.document["log"], *(to_document(case.id, event) for event in events)]
        self.document = {**self.document, "log": log}
        return events


def start(home: Path, scenario: int) -> list[Document]:
    """Documents of cases at several places on their way, by the service itself."""
    found: list[Document] = []

    def keep(walk: Walk) -> Walk:
        document = walk.service.store.get(walk.id)
        assert document
        found.append(document)
        return walk

    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO)
    if scenario == 3:
        keep(walk.checked("missing-mail"))
        walk.tick("sme-case")
        walk.answer("result", "returned")
        keep(walk)
        return found
    keep(walk.plan(scenario, "yearly", "yearly"))
    walk.tick("tell-team" if scenario == 1 else "sme")
    walk.quote(new="m365-business-basic-yearly")
    walk.tick("order")
    keep(walk)
    if scenario == 1:
        keep(walk.swapped())
        walk.answer("essentials-running", "running")
        walk.cancel("cancel-essentials")
        keep(walk)
        return found
    keep(walk.sent())
    walk.answer("jira-result", "completed")
    walk.answer("client-confirms", "works")
    keep(walk)
    walk.do(Clear("cancel-ox-mail"))
    keep(walk)
    return found


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    homes = tmp_path_factory.mktemp("starts")
    return [document for number in (1, 2, 3) for document in start(homes / str(number), number)]


def marks(case: Case) -> list[Command]:
    """Everything that may be marked, changed or taken back in a case: most of it is refused."""
    found: list[Command] = [
        SetMailboxes(f"late@{DOMAIN}"), SetLicences(5), SetLicences(None), Cover(covered=True), Cover(covered=False),
        SetDetails({"phone": "1"}), SetLine("o365-reversal", "when-did-it-start", "2026-11-20"),
        *(SetMailboxes(removed=(box,), reasons={box: "mistyped"}) for box in case.addresses),
        *(SetMailboxes(known={box: {"ox-mail": "no"}}) for box in case.addresses),
        *(Choose(number) for number in (1, 2, 3)), Choose(2, keep=("order",)), Choose(3, {"moved": "done"}),
    ]  # fmt: skip
    for item in case.scenario.items() if case.scenario else ():
        boxes: list[tuple[str, ...]] = [(), *((box,) for box in case.addresses)] if item.each else [()]
        values = {value.key: VALUES.get(value.key, "2026-12-01") for value in item.values}
        other = {value.key: {"jira": "HOST-7"}.get(value.key, "2026-12-02") for value in item.values}
        found += [Skip(item.id, "why"), Defer(item.id, "2026-11-30"), Correct(item.id, other)]
        found += [TakeBack(item.id, each) for each in boxes]
        if item.killer:
            found += [Cancel(item.id), NotYet(item.id)]
        elif item.kind == "question" and item.answers:
            found += [
                AnswerIt(item.id, (answer.id,), each, "because" if answer.asks else "", values)
                for answer in item.answers
                for each in boxes
            ]
        else:
            found += [Tick(item.id, each, values, way) for each in boxes for way in (item.through or ("",))]
            found += [Settle(item.id, way, each, "it is", values) for each in boxes for way in ("1", "2", "3", "4")]
    if case.quote:
        found.append(PutQuote(case.quote))
    return found


@settings(
    max_examples=400 if LONG else 25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_marks_undone_one_after_another_leave_the_boards_as_they_were(
    starts: list[Document], data: st.DataObject
) -> None:
    """Board before == board after, stale flags and all, back to where the marks began."""
    desk = Desk(data.draw(st.sampled_from(starts)))
    turn = st.integers(0, 10_000)

    def any_mark() -> list[Event]:
        for _ in range(40):
            offered = marks(desk.case)
            if events := desk.do(offered[data.draw(turn) % len(offered)]):
                return events
        return []

    for _ in range(data.draw(st.integers(0, 4))):
        any_mark()
    stack: list[tuple[Event, Mapping[str, Any]]] = []
    for _ in range(data.draw(st.integers(1, 5))):
        for event in any_mark():
            if event.what == "undone":  # the former value was typed
                if stack:
                    done, was = stack.pop()
                    assert event.get("entry") == done.id and stands(desk.case) == was
            elif event.what in UNDOABLE:
                stack.append((event, stands(_until(desk, event))))
    for event, was in reversed(stack):
        meant = desk.case.undo
        assert meant and meant.event.id == event.id, f"u means {meant and meant.event.what}, not {event.what}"
        assert desk.do(UndoIt(event.id)), f"{event.what} {event.data} cannot be undone"
        assert stands(desk.case) == was, f"{event.what} {event.data}"


def _until(desk: Desk, event: Event) -> Case:
    """The case as it was before an event."""
    log = [kept for kept in desk.document["log"] if kept["seq"] < event.seq]
    return replay({**desk.document, "log": log}, shipped().procedure, SUNDAY, agent="anna")


# -- what it means, and when
def test_undo_of_every_kind_goes_back_step_by_step(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=THREE).plan(1, "yearly", "yearly")
    walk.do(SetDetails({"phone": "03 1"}), SetMailboxes(f"new@{DOMAIN}"), SetLicences(7))
    walk.quote()
    walk.tick("tell-team")
    walk.do(Skip("salesforce-reason", "x"))
    walk.tick("order")
    walk.do(SetMailboxes(f"late@{DOMAIN}"), Cover(covered=True), TakeBack("tell-team"), Choose(3, {"moved": "done"}))
    walk.do(Settle("order", "4", told="it stays", scenario=1))
    done = [event for event in walk.case.log if event.what in UNDOABLE]
    assert {event.what for event in done} >= {
        "ticked", "answered", "quote", "skipped", "settled", "taken-back", "scenario", "flow", "mailboxes", "details",
        "licences", "covered",
    }  # fmt: skip
    for event in reversed(done):
        if event.seq < 3:
            break  # the case was begun so, before the conversation
        assert undo(walk).log[-1].get("entry") == event.id
    case = walk.case
    assert (case.number, case.addresses, case.details.phone, case.quote, case.flow) == (None, THREE, "", None, {})
    assert case.unwinds == () and not case.acted()
    with pytest.raises(Refusal):
        undo(walk)
    assert service_at(home).case(walk.id).log == case.log


def test_it_is_undone_in_the_conversation_it_was_done_in_or_within_five_minutes(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).plan(1)
    clock.pass_(minutes=30)
    undo(walk)
    assert walk.state("billed-next") is State.TODO, "in one conversation there is time"
    walk.answer("billed-next", "monthly")
    walk.do(EndCall(), BeginCall("client"))
    with pytest.raises(Refusal, match="can no longer be undone"):
        undo(walk)
    walk.tick("tell-team")
    walk.do(EndCall())
    clock.pass_(minutes=4)
    undo(walk)
    assert walk.state("tell-team") is State.TODO
    walk.do(SetDetails({"phone": "1"}))
    clock.pass_(minutes=6)
    with pytest.raises(Refusal, match="can no longer be undone"):
        undo(walk)


def test_evidence_copies_and_a_colleagues_note_do_not_count_as_later(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2).sent()
    mark = walk.answer("devices", "no-device").log[-1].id
    begun = walk.do(BeginCopy("o365-reversal")).log[-1].id
    walk.do(RecordCopy(begun, "read back"), KeepEvidence(evidence_data(DOMAIN, "office365")))
    colleague(walk).do(Note("looked at it"))
    walk.do(UndoIt(mark))
    assert walk.case.marks("devices")[TWO[0]].value == ("connected",)


def test_a_colleagues_mark_counts_as_later_where_it_touches_what_was_changed(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    ben = colleague(walk)
    mark = walk.answer("order-completed", "completed").log[-1].id
    ben.answer("ox-running", "running")
    assert walk.case.undo and walk.case.undo.event.id == mark, "it rests on nothing that was changed"
    ben.answer("dns-office-365", "yes")
    assert walk.case.undo is None
    walk.refused(UndoIt(mark), "can no longer be undone")
    ben.refused(UndoIt(mark), "done by anna")


def test_what_was_typed_with_it_is_still_in_the_log_to_be_proposed_again(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2).sent()
    ticked = walk.case.log[-1]
    undo(walk)
    assert walk.state("jira") is State.TODO and walk.case.details.jira == ()
    assert ticked.id in walk.case.dropped and ticked.get("values") == {"jira": "HOST-4412"}


# -- what it never brings back
@pytest.mark.parametrize("spoils", [Revoke("the wrong person"), ChangeDomain("other.com.au")], ids=["client", "domain"])
def test_it_does_not_reach_past_what_made_everything_stale(home: Path, spoils: Command) -> None:
    """What stood in a mailbox that was taken out would come back untouched by it."""
    walk = ready(home)
    walk.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"}), spoils)
    with pytest.raises(Refusal):
        undo(walk)
    assert walk.case.addresses == TWO[:1]


def test_nor_past_a_move_to_other_steps(home: Path, tmp_path: Path) -> None:
    walk = ready(home)
    newer = changed(tmp_path, "playbook.yaml", ("title: OX-Mail escalations", "title: Escalations"))
    later = walk.other(service_at(home, clock=walk.service.clock, playbook=newer))
    later.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"}), MovePlaybook(newer.procedure))
    with pytest.raises(Refusal):
        undo(later)


def test_what_a_colleague_made_stale_meanwhile_does_not_stand_again(home: Path) -> None:
    """Ben has the order placed anew; the devices were looked at before that."""
    walk = ready(home)
    ben = colleague(walk)
    walk.answer("devices", "no-device")
    ben.answer("order-completed", "refused")
    ben.tick("order-again")
    ben.answer("order-completed", "completed")
    ben.answer("dns-office-365", "yes")
    with pytest.raises(Refusal):
        undo(walk)
    assert walk.state("devices") is State.STALE
    walk.refused(Clear("cancel-ox-mail"), "locked")


@pytest.mark.parametrize("how", ["undone", "taken back, undone"])
def test_what_dns_said_in_between_counts_against_what_is_put_back(home: Path, how: str) -> None:
    walk = ready(home)
    if how == "undone":
        walk.answer("dns-office-365", "no")
    else:
        walk.take_back("dns-office-365")
    walk.do(KeepEvidence(evidence_data(DOMAIN, "other")))
    undo(walk)
    status = walk.case.status("dns-office-365")
    assert (status.state, status.because) == (State.STALE, "evidence")
    walk.refused(Clear("cancel-ox-mail"), "the DNS check")


def test_what_dns_had_said_before_is_put_back_as_it_was(home: Path) -> None:
    walk = ready(home)
    walk.do(KeepEvidence(evidence_data(DOMAIN, "other")))
    before = stands(walk.case)
    walk.answer("dns-office-365", "yes")
    assert walk.state("dns-office-365") is State.DONE, "still so, they say"
    undo(walk)
    assert stands(walk.case) == before


def test_putting_back_needs_what_doing_it_needed(home: Path) -> None:
    walk = ready(home)
    walk.do(EndCall())
    walk.take_back("dns-office-365")
    with pytest.raises(Refusal, match="needs an authenticated client"):
        undo(walk)
    walk.do(BeginCall("back-office"))
    walk.take_back("client-confirms")
    with pytest.raises(Refusal, match="needs the client"):
        undo(walk)
    walk.answer("dns-office-365", "yes")
    undo(walk)
    assert walk.state("dns-office-365") is State.TODO, "what was not done before needs nothing"


# -- killers
def test_not_yet_is_undone_and_so_is_the_cancellation_back_to_cleared(home: Path) -> None:
    walk = ready(home)
    walk.do(Clear("cancel-ox-mail"), NotYet("cancel-ox-mail"))
    assert not walk.case.cleared
    undo(walk)
    assert walk.case.cleared
    walk.do(Cancel("cancel-ox-mail"))
    undo(walk)
    assert walk.case.cleared and walk.state("cancel-ox-mail") is State.TODO


# -- typing the former value at once
def test_typing_the_former_value_at_once_is_an_undo(home: Path) -> None:
    walk = ready(home)
    before = stands(walk.case)
    walk.answer("webmail", "could-not", mailboxes=TWO[1:])
    assert walk.state("jira") is State.OUT_THERE
    event = walk.answer("webmail", "works", mailboxes=TWO[1:]).log[-1]
    assert (event.what, event.get("typed")) == ("undone", True)
    assert stands(walk.case) == before


BETWEEN = {
    "something was marked": lambda walk: walk.answer("missing", "yes"),
    "another conversation": lambda walk: walk.do(EndCall(), BeginCall("client")),
    "a colleague marked what rests on it": lambda walk: colleague(walk).settle("jira", "1", TWO[1]),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_later_it_is_an_answer_like_any_other(home: Path, name: str) -> None:
    walk = ready(home)
    walk.answer("webmail", "could-not", mailboxes=TWO[1:])
    BETWEEN[name](walk)
    event = walk.answer("webmail", "works", mailboxes=TWO[1:]).log[-1]
    assert event.what == "answered"
    assert walk.state("jira") is State.OUT_THERE, "no earlier value returns by itself"


def test_without_a_conversation_nothing_is_typed_back(home: Path) -> None:
    walk = ready(home)
    walk.answer("webmail", "could-not")
    walk.do(EndCall())
    walk.refused(walk.answering("webmail", "works"), "needs an authenticated client")


def test_for_other_mailboxes_or_with_other_words_it_is_no_undo(home: Path) -> None:
    walk = ready(home)
    walk.answer("webmail", "could-not", mailboxes=TWO[1:])
    assert walk.answer("webmail", "works").log[-1].what == "answered"
    walk.answer("licence", "another", told="Business Standard")
    walk.answer("licence", "another", told="Business Premium")
    assert walk.answer("licence", "another", told="Business Basic").log[-1].what == "answered"
    undo(walk)
    assert walk.answer("licence", "another", told="Business Standard").log[-1].what == "undone"


@pytest.mark.parametrize(
    ("name", "other", "former"),
    [
        ("jira-result", "returned", "completed"),
        ("order-completed", "refused", "completed"),
        ("client-confirms", "old-mail-missing", "works"),
        ("dns-office-365", "no", "yes"),
        ("devices", "not-yet", "connected"),
    ],
)
def test_of_a_result_or_a_witness_it_is_never_an_undo(home: Path, name: str, other: str, former: str) -> None:
    walk = ready(home)
    walk.answer(name, other)
    event = walk.answer(name, former).log[-1]
    assert event.what == "answered", "there u is"
    assert {mark.event for mark in walk.case.marks(name).values()} == {event.id}, "it was looked at anew"


def test_within_the_hour_of_one_conversation_it_is_still_at_once(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock), mailboxes=TWO).back()
    walk.answer("webmail", "could-not")
    clock.frozen = clock.local() + timedelta(minutes=30)
    assert walk.answer("webmail", "works").log[-1].what == "undone"


# -- corrections of what was typed
def test_a_number_typed_wrong_is_corrected_and_nothing_is_lost(home: Path) -> None:
    walk = ready(home)
    before = walk.case
    walk.do(Correct("jira", {"jira": "HOST-4413"}))
    case = walk.case
    assert case.statuses == before.statuses and walk.state("cancel-ox-mail") is State.TODO
    mark = case.marks("jira")[TWO[0]]
    typed = case.typed_with(mark)
    assert typed and typed.get("values") == {"jira": "HOST-4413"} and case.details.jira[-1] == "HOST-4413"
    assert mark.event == before.marks("jira")[TWO[0]].event, "it stands as it was marked"
    undo(walk)
    assert stands(walk.case) == stands(before)
    assert len(walk.do(Correct("jira", {"jira": "HOST-4412"})).log) == len(before.log) + 2, "nothing to correct"


def test_a_correction_keeps_the_other_values_and_is_checked_like_them(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).checked("missing-mail")
    walk.do(Correct("screenshots", {"ox-mail": "better.png"}))
    typed = walk.case.typed_with(walk.case.marks("screenshots")[""])
    assert typed and typed.get("values") == {"ox-mail": "better.png", "office-365": "o365.png"}
    walk.tick("sme-case")
    walk.refused(Correct("sme-case", {"salesforce": "x"}), "does not look like", error=OxtuiError)
    walk.do(Correct("sme-case", {"salesforce": "00999999"}, TWO[1:]))
    found = {box: walk.case.typed_with(mark) for box, mark in walk.case.marks("sme-case").items()}
    assert {box: event.get("values")["salesforce"] for box, event in found.items() if event} == {
        TWO[0]: "00123456", TWO[1]: "00999999",
    }  # fmt: skip


def test_looked_at_again_what_was_typed_stays_and_a_correction_too(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2).sent()
    walk.do(Correct("jira", {"jira": "HOST-4413"}))
    walk.take_back("dns-office-365")
    walk.answer("dns-office-365", "yes")
    assert walk.state("jira") is State.STALE
    walk.tick("jira", values={})
    typed = walk.case.typed_with(walk.case.marks("jira")[TWO[0]])
    assert typed and typed.get("values") == {"jira": "HOST-4413"}
