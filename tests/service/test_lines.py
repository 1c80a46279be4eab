"""The open cases in lines: what a screen shows first is the beginning of the whole, and little was folded for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases import overview
from oxtui.cases.conduct import Resume, SetHold
from oxtui.service import Service
from tests.drive.case import FakeClock, service_at

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
            service.undo(case.id)
        if number == 12:
            service.change(case.id, SetHold("SME", "2026-11-23", ""))
            service.undo(case.id)
    clock.pass_(hours=48)
    return service_at(tmp_path, clock=clock), clock


@pytest.mark.parametrize("count", [0, 1, 5, 15, 17, OPEN, 99])
def test_what_is_shown_first_is_the_beginning_of_the_whole(floor: tuple[Service, FakeClock], count: int) -> None:
    service, _ = floor
    first = service.first_overviews(count)
    rows, whole = list(first.rows), service.overviews()
    assert first.total == len(whole) == OPEN
    assert rows[:count] == whole[:count] and {row.status for row in whole} == {"due", "in hand", "waiting"}
    assert [row for row in rows if row.status == "due"] == [row for row in whole if row.status == "due"]


def test_a_screenful_folds_no_more_than_that(floor: tuple[Service, FakeClock]) -> None:
    service, _ = floor
    rows = service.first_overviews(6).rows
    assert 6 <= len(rows) <= 9 < OPEN, "those that are due or may be, and the newest"
    assert not service.read_on(-1), "no time, nothing read"
    while not service.read_on(0.0001):
        pass
    assert len(service.first_overviews(0).rows) == OPEN


def test_another_panes_change_is_in_the_next_look(floor: tuple[Service, FakeClock], tmp_path: Path) -> None:
    service, clock = floor
    first = service.first_overviews(3).rows[0]
    other = service_at(tmp_path, "ben", clock)
    other.change(first.id, Resume())
    assert service.first_overviews(3).rows[0].id != first.id


def test_the_due_are_counted_as_the_time_goes_on(floor: tuple[Service, FakeClock], tmp_path: Path) -> None:
    service, clock = floor
    for fresh in (False, True):  # as guessed from the logs, and as folded
        for hours in (0, 1, 24, 24 * 40):
            clock.pass_(hours=hours)
            counts = service_at(tmp_path, clock=clock) if fresh else service
            due = counts.due(counts.store.snapshot())
            assert due == sum(row.status == "due" for row in service.overviews())
    other = service_at(tmp_path, "ben", clock)
    due_one = next(row for row in other.overviews() if row.status == "due")
    other.change(due_one.id, Resume())
    assert service.due(service.store.peek()) == due, "the disk is not looked at"
    assert service.due(service.store.snapshot()) == due - 1 and service.due(service.store.peek()) == due - 1


def test_where_very_many_are_due_they_are_not_all_read_at_once(
    floor: tuple[Service, FakeClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _ = floor
    monkeypatch.setattr(overview, "MOST_AT_ONCE", 1)
    assert service.due(service.store.snapshot()) is None, "their number is not told yet"
    first = service.first_overviews(1)
    due = [row for row in service.overviews() if row.status == "due"]
    assert list(first.rows[:1]) == due[:1]
    assert service.due(service.store.snapshot()) == len(due) > 1, "all are read now"
