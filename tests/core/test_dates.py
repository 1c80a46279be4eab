"""Dates as agents type them, as templates print them, and months counted between them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.cases.dates import (
    DateFormat,
    add_months,
    completed_months,
    day_to_come,
    earliest_start,
    looks_ahead,
    parse_date,
    show,
)
from oxtui.errors import WrongUse

SUNDAY = date(2026, 11, 22)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("typed", "past", "future"),
    [
        ("2026-09-12", date(2026, 9, 12), date(2026, 9, 12)),
        ("12/09/2026", date(2026, 9, 12), date(2026, 9, 12)),
        ("1/2/2027", date(2027, 2, 1), date(2027, 2, 1)),
        ("12/09/26", date(2026, 9, 12), date(2026, 9, 12)),
        ("12/9", date(2026, 9, 12), date(2027, 9, 12)),
        ("25/12", date(2025, 12, 25), date(2026, 12, 25)),
        ("22/11", SUNDAY, SUNDAY),
        ("29/2", date(2024, 2, 29), date(2028, 2, 29)),
        ("today", SUNDAY, SUNDAY),
        ("  Yesterday ", date(2026, 11, 21), date(2026, 11, 21)),
        ("tomorrow", date(2026, 11, 23), date(2026, 11, 23)),
        ("3d", date(2026, 11, 19), date(2026, 11, 25)),
        ("3 days ago", date(2026, 11, 19), date(2026, 11, 19)),
        ("+2d", date(2026, 11, 24), date(2026, 11, 24)),
        ("-2d", date(2026, 11, 20), date(2026, 11, 20)),
        ("in 2 weeks", date(2026, 12, 6), date(2026, 12, 6)),
        ("2w", date(2026, 11, 8), date(2026, 12, 6)),
        ("3 months ago", date(2026, 8, 22), date(2026, 8, 22)),
        ("1 month", date(2026, 10, 22), date(2026, 12, 22)),
        ("1y", date(2025, 11, 22), date(2027, 11, 22)),
        ("mon", date(2026, 11, 16), date(2026, 11, 23)),
        ("sat", date(2026, 11, 21), date(2026, 11, 28)),
        ("sunday", date(2026, 11, 15), date(2026, 11, 29)),
        ("last thurs", date(2026, 11, 19), date(2026, 11, 19)),
        ("next fri", date(2026, 11, 27), date(2026, 11, 27)),
    ],
)
def test_what_agents_type(typed: str, past: date, future: date) -> None:
    assert parse_date(typed, SUNDAY) == past
    assert parse_date(typed, SUNDAY, "future") == future


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "soon", "12", "12/", "12/13", "31/02/2026", "29/02/2027", "30/2", "00/01/2026", "12.9.2026",
     "2026-9-1", "20260912", "12/9/026", "１２/9", "١٢/٩", "3", "3x", "+2d ago", "0000-01-01", "9999y",
     "99999w", "12/9/2026 x", "mo", "last 3d", "12/9\x1b[31m"],
)  # fmt: skip
def test_what_is_not_a_date_is_told_with_examples(typed: str) -> None:
    for direction in ("past", "future"):
        with pytest.raises(WrongUse) as told:
            parse_date(typed, SUNDAY, direction)
        assert "12/09/2026" in told.value.hint
        assert told.value.message.isprintable()


def test_a_day_to_come_is_not_past() -> None:
    today = date(2026, 11, 23)
    for typed, day in (("today", today), ("tomorrow", date(2026, 11, 24)), ("fri", date(2026, 11, 27))):
        assert day_to_come(typed, today) == day
    assert day_to_come("20/11/2027", today) == date(2027, 11, 20), "with its year it is meant"
    assert day_to_come("1/3", today) == date(2027, 3, 1)
    for typed in ("yesterday", "22/11/2026", "20/11", "-2d"):
        with pytest.raises(WrongUse, match="is past"):
            day_to_come(typed, today)


def test_what_lies_ahead_is_asked_about_where_the_past_is_wanted() -> None:
    today = date(2026, 11, 23)
    assert [looks_ahead(typed, today) for typed in ("today", "22/11", "3d", "no date")] == [None] * 4
    assert looks_ahead("31/12/2026", today) == looks_ahead("tomorrow", today) == "a date in the future"


def test_the_message_tells_a_wrong_form_from_a_day_that_is_not() -> None:
    with pytest.raises(WrongUse, match="there is no date '31/02/2026'"):
        parse_date("31/02/2026", SUNDAY)
    with pytest.raises(WrongUse, match="'soon' is not a date"):
        parse_date("soon", SUNDAY)
    with pytest.raises(WrongUse, match="a date is missing"):
        parse_date(" ", SUNDAY)


def test_29_february_is_found_across_a_century_without_a_leap_day() -> None:
    assert parse_date("29/2", date(2104, 2, 28)) == date(2096, 2, 29)
    assert parse_date("29/2", date(2096, 3, 1), "future") == date(2104, 2, 29)


def test_both_formats_of_the_templates() -> None:
    """D5."""
    assert show(date(2026, 9, 2)) == "02/09/2026"
    assert show(date(2026, 9, 2), "dd/mm/yy") == "02/09/26"
    with pytest.raises(WrongUse):
        show(date(2026, 9, 2), "mm/dd/yyyy")


@given(days, days)
def test_what_is_shown_is_read_back(day: date, today: date) -> None:
    assert parse_date(show(day), today) == day
    assert parse_date(day.isoformat(), today) == day
    if day.year >= 2000:
        for form in get_args(DateFormat):
            assert parse_date(show(day, form), today) == day


@given(days, st.integers(1, 31), st.integers(1, 12))
def test_a_short_date_is_the_nearest_one_in_its_direction(today: date, day: int, month: int) -> None:
    try:
        date(2024, month, day)
    except ValueError:
        with pytest.raises(WrongUse):
            parse_date(f"{day}/{month}", today)
        return
    for direction, step in (("past", -1), ("future", 1)):
        found = parse_date(f"{day}/{month}", today, direction)  # type: ignore[arg-type]
        walked = today
        while (walked.day, walked.month) != (day, month):
            walked += timedelta(step)
        assert found == walked


@given(days, st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))
def test_a_weekday_is_within_a_week_and_never_today(today: date, name: str) -> None:
    past, future = parse_date(name, today), parse_date(name, today, "future")
    assert past.strftime("%a").lower() == future.strftime("%a").lower() == name
    assert 1 <= (today - past).days <= 7
    assert 1 <= (future - today).days <= 7


@given(st.text(max_size=20), days)
def test_any_text_is_a_date_or_is_refused(typed: str, today: date) -> None:
    try:
        assert isinstance(parse_date(typed, today), date)
    except WrongUse as told:
        assert told.message.isprintable()


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2024, 1, 31), date(2024, 2, 28), 0),
        (date(2024, 1, 31), date(2024, 2, 29), 1),
        (date(2026, 1, 31), date(2026, 3, 30), 1),
        (date(2026, 1, 31), date(2026, 3, 31), 2),
        (date(2026, 9, 12), date(2026, 9, 12), 0),
        (date(2026, 9, 12), date(2026, 11, 11), 1),
        (date(2026, 9, 12), date(2026, 11, 12), 2),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2025, 12, 31), date(2026, 1, 30), 0),
    ],
)
def test_a_month_is_complete_on_its_anniversary_clamped_to_the_end_of_the_month(
    since: date, until: date, months: int
) -> None:
    """D9."""
    assert completed_months(since, until) == months


@given(days, days)
def test_completed_months_bracket_the_date(one: date, other: date) -> None:
    since, until = sorted((one, other))
    months = completed_months(since, until)
    assert add_months(since, months) <= until < add_months(since, months + 1)


@given(days, st.integers(-200, 200))
def test_adding_months_keeps_the_day_or_takes_the_last_of_the_month(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(1)).day == 1)


@pytest.mark.parametrize(
    ("until", "months", "start"),
    [
        (date(2026, 3, 31), 1, date(2026, 3, 1)),
        (date(2026, 3, 28), 1, date(2026, 2, 28)),
        (date(2026, 2, 28), 1, date(2026, 1, 28)),
        (date(2026, 3, 1), 1, date(2026, 2, 1)),
        (date(2028, 2, 29), 12, date(2027, 3, 1)),
        (date(2025, 2, 28), 12, date(2024, 2, 28)),
        (date(2026, 9, 12), 0, date(2026, 9, 12)),
    ],
)
def test_the_earliest_day_from_which_months_reach_another(until: date, months: int, start: date) -> None:
    assert earliest_start(until, months) == start
    assert add_months(start, months) >= until > add_months(start - timedelta(1), months)


def test_months_do_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="before"):
        completed_months(date(2026, 2, 1), date(2026, 1, 1))
