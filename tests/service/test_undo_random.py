"""Undo, on marks at random: what stood before them stands after they are undone, flags and all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, numbered
from oxtui.cases.commands.copies import SetLine
from oxtui.cases.commands.corrections import Correct, Settle
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.killers import Cancel, Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, TakeBack, Tick
from oxtui.cases.commands.quotes import Cover, PutQuote, SetLicences
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.events import Document, Event, to_document
from oxtui.cases.log.reading import UNDOABLE
from oxtui.cases.log.replay import replay
from oxtui.errors import OxtuiError
from tests.drive.case import DOMAIN, SUNDAY, THREE, VALUES, FakeClock, Walk, asked, service_at, shipped
from tests.service.test_undo import stands

TWO = THREE[:2]
LONG = os.environ.get("OXTUI_LONG") == "1"


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
            drafts = command.decide(case, case.seq)
        except OxtuiError:
            return []
        events = numbered(case.seq, drafts, f"e{self.made}", case.now, "anna")
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
                AnswerIt(item.id, (answer.id,), each, told, values)
                for answer in item.answers
                for told in (asked(case.procedure, answer, "because") if answer.asks else "",)
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
def test_marks_undone_one_after_another_leave_all_as_it_was(starts: list[Document], data: st.DataObject) -> None:
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
