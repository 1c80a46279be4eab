"""The open cases in lines: in order, as they are on disk, each read once, and none can take the others with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall, EndCall, Park
from oxtui.cases.commands.waiting import Note, Resume, SetHold
from oxtui.cases.events import Document, Event, to_document
from oxtui.cases.overview import Lines
from oxtui.errors import Negative
from oxtui.service import Service
from tests.drive.case import FakeClock, service_at, undo_last

OPEN = 24


@pytest.fixture
def floor(tmp_path: Path) -> tuple[Service, FakeClock]:
    """Cases in hand, and some that wait: until a day that has come or not; some holds are over or taken back."""
    clock = FakeClock()
    service = service_at(tmp_path, clock=clock)
    for number in range(OPEN):
        case = service.start(f"client{number:02}.example")
        clock.pass_(minutes=7)
        if number % 3 == 0:
            service.change(case.id, SetHold("SME", "2026-11-23" if number % 6 else "2026-12-24", ""))
        if number in (3, 6):
            service.change(case.id, Resume())
        if number == 9:
            undo_last(service, case.id)
    clock.pass_(hours=48)
    return service_at(tmp_path, clock=clock), clock


def test_due_first_then_in_hand_then_waiting(floor: tuple[Service, FakeClock]) -> None:
    service, _ = floor
    rows = service.overviews()
    assert len(rows) == OPEN
    order = [row.status for row in rows]
    assert order == sorted(order, key=["due", "in hand", "waiting"].index) and set(order) == {
        "due",
        "in hand",
        "waiting",
    }
    in_hand = [row.touched_at for row in rows if row.status == "in hand"]
    assert in_hand == sorted(in_hand, reverse=True)


@pytest.mark.parametrize("count", [1, 5, 15, OPEN, 99])
def test_what_a_screen_shows_first_is_the_beginning_of_the_whole(floor: tuple[Service, FakeClock], count: int) -> None:
    service, _ = floor
    whole = service.overviews()
    due = [row for row in whole if row.status == "due"]
    first = service.first_overviews(count)
    assert len(first) == min(count, OPEN) and first[: min(count, len(due))] == due[:count]


def test_a_case_is_read_once_for_as_long_as_its_log_stays(floor: tuple[Service, FakeClock]) -> None:
    service, clock = floor
    read: list[str] = []

    def replayed(document: Document) -> Case:
        read.append(str(document["id"]))
        return service.reader.case(document)

    lines = Lines(replayed)
    lines.all(service.store.snapshot(), clock.local())
    assert len(read) == OPEN
    lines.all(service.store.snapshot(), clock.local())
    assert len(read) == OPEN, "nothing has changed"
    service.change(read[0], Note("she rang"))
    lines.all(service.store.snapshot(), clock.local())
    assert read[OPEN:] == read[:1], "only the one that did"
    clock.pass_(hours=24)
    lines.all(service.store.snapshot(), clock.local())
    assert len(read) == 2 * OPEN + 1, "prices are the day's"


def test_another_panes_change_is_in_the_next_look(floor: tuple[Service, FakeClock], tmp_path: Path) -> None:
    service, clock = floor
    first = service.overviews()[0]
    assert first.status == "due"
    service_at(tmp_path, "ben", clock).change(first.id, Resume())
    row = next(row for row in service.overviews() if row.id == first.id)
    assert row.status == "in hand" and row.agent == "ben"


def test_a_case_becomes_due_by_the_clock_alone(floor: tuple[Service, FakeClock]) -> None:
    service, clock = floor
    before = sum(row.status == "due" for row in service.overviews())
    clock.pass_(hours=24 * 40)
    assert sum(row.status == "due" for row in service.overviews()) > before
    assert not [row for row in service.overviews() if row.status == "waiting"]


def test_who_is_on_the_line_is_told_until_the_time_is_over(tmp_path: Path) -> None:
    clock = FakeClock()
    anna, ben = service_at(tmp_path, clock=clock), service_at(tmp_path, "ben", clock)
    case = anna.start("client.example")
    anna.change(case.id, BeginCall("client"))
    for service in (anna, ben):
        ((talk,),) = [row.talks for row in service.overviews()]
        assert (talk.agent, talk.live) == ("anna", True)
    anna.change(case.id, Park())
    ((talk,),) = [row.talks for row in ben.overviews()]
    assert talk.live is False
    anna.change(case.id, BeginCall("client"))
    clock.pass_(minutes=61)
    for service in (anna, ben):
        assert [talk.live for row in service.overviews() for talk in row.talks] == [False]
    anna.change(case.id, EndCall())
    assert [row.talks for row in ben.overviews()] == [()]


def test_a_case_that_cannot_be_read_is_named_and_takes_no_other_with_it(floor: tuple[Service, FakeClock]) -> None:
    service, clock = floor
    case = service.overviews()[3]
    document = service.store.get(case.id)
    assert document
    event = Event("moved1", len(document["log"]) + 1, clock.now(), "eve", "moved", {"playbook": "a" * 64, "boards": {}})
    service.store.append(case.id, event.seq - 1, [to_document(case.id, event)])
    rows = {row.id: row for row in service.overviews()}
    assert len(rows) == OPEN and rows[case.id].domain == case.domain
    assert rows[case.id].next.startswith(
        "This case cannot be read: the steps that the case was opened with are missing"
    )
    assert rows[case.id].matches(case.domain) and rows[case.id].at(clock.local() + timedelta(days=9))
    with pytest.raises(Negative):
        service.case("no-such-case")
