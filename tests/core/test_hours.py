"""The hours of a channel, and the moment that a wait for it falls due."""

from __future__ import annotations

from datetime import datetime

import pytest

from oxtui.cases.parts import Hold, moment_of
from oxtui.playbook.hours import default_hold, next_working_moment, parse_hours
from tests.core.worked import SUNDAY, shipped

WEEK = "mon-fri 09:00-17:00"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-22T10:46", "2026-11-23T09:00"),  # a Sunday
        ("2026-11-23T08:59", "2026-11-23T09:00"),
        ("2026-11-23T09:00", "2026-11-23T10:00"),
        ("2026-11-24T10:46", "2026-11-24T11:00"),
        ("2026-11-24T15:59:59", "2026-11-24T16:00"),
        ("2026-11-24T16:00", "2026-11-25T09:00"),  # the last hour has begun
        ("2026-11-27T16:30", "2026-11-30T09:00"),  # a Friday
        ("2026-12-31T23:59", "2027-01-01T09:00"),
    ],
)
def test_the_next_working_hour(now: str, then: str) -> None:
    assert next_working_moment(WEEK, datetime.fromisoformat(now)) == datetime.fromisoformat(then)


@pytest.mark.parametrize(
    ("hours", "now", "then"),
    [
        ("mon-thu 09:00-17:00, fri 09:00-12:00", "2026-11-27T11:30", "2026-11-30T09:00"),
        ("mon 09:30-12:00, mon 13:15-17:00", "2026-11-23T09:40", "2026-11-23T10:00"),
        ("mon 09:30-12:00, mon 13:15-17:00", "2026-11-23T11:10", "2026-11-23T13:15"),
        ("sun 10:00-11:00", "2026-11-22T10:46", "2026-11-29T10:00"),  # only in a week
        ("mon-sun 00:00-24:00", "2026-11-22T23:30", "2026-11-23T00:00"),
        ("sat-sun 22:00-24:00", "2026-11-22T22:10", "2026-11-22T23:00"),
    ],
)
def test_hours_of_several_parts(hours: str, now: str, then: str) -> None:
    assert next_working_moment(hours, datetime.fromisoformat(now)) == datetime.fromisoformat(then)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "mon-fri", "09:00-17:00", "Mon-Fri 09:00-17:00", "mon-fri 9:00-17:00", "mon-fri 09:00-25:00",
        "mon-fri 09:00 - 17:00", "mon-fri 17:00-09:00", "mon-fri 09:00-09:00", "fri-mon 09:00-17:00",
        "mon-fri 09:00-17:00,", "mon 09:00-12:00,tue 09:00-12:00", "mon-fri 09:60-17:00",
        "mon-fri 24:00-24:00",
        "mon-wed 09:00-12:00, tue 11:00-13:00", "mon‑fri 09:00-17:00", "mon-fri 09:00-17:00\n",
    ],
)  # fmt: skip
def test_what_states_no_hours_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not like|comes after|ends before|overlap"):
        parse_hours(text)


def test_parts_that_touch_do_not_overlap() -> None:
    hours = parse_hours("mon 09:00-12:00, mon 12:00-17:00")
    assert hours.covers(datetime(2026, 11, 23, 12, 0))
    assert not hours.covers(datetime(2026, 11, 23, 17, 0))
    assert not hours.covers(datetime(2026, 11, 24, 12, 0))


def test_a_proposed_hold_is_one_that_a_case_can_keep() -> None:
    text = default_hold(WEEK, SUNDAY)
    assert text == "2026-11-23T09:00"
    assert moment_of(text) == datetime(2026, 11, 23, 9, 0)
    hold = Hold("SME team", text)
    assert not hold.due(datetime.fromisoformat("2026-11-23T08:59:59+11:00"))
    assert hold.due(datetime.fromisoformat("2026-11-23T09:00:00+11:00"))


def test_without_hours_a_hold_is_until_the_next_day() -> None:
    assert default_hold("", SUNDAY) == "2026-11-23"


def test_every_shipped_channel_states_hours_that_can_be_read() -> None:
    stated = [channel.hours for channel in shipped().channels.values() if channel.hours]
    assert stated
    for hours in stated:
        assert parse_hours(hours).spans
