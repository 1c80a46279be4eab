"""The months of the current paid year, typed or counted from the day it began (D9), and prices that moved in it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from oxtui.cases.dates import add_months, earliest_start, parse_date
from oxtui.cases.money import Quote, work_out
from oxtui.errors import WrongUse
from oxtui.playbook.plans import Plan, Policy
from tests.core.plans_help import BASIC, BEGUN, ESSENTIALS, MONTHLY, OX, POLICY, TODAY, plan, quoted

days = st.dates(date(2000, 1, 1), date(2080, 1, 1))
policies = st.sampled_from([POLICY, BEGUN])
LEAP = date(2024, 2, 29)


def used(today: date, since: date, policy: Policy = POLICY) -> int:
    """The months used on a day of a paid year."""
    months = work_out(ESSENTIALS, BASIC, policy, today, since=since).months_used
    assert months is not None
    return months


@pytest.mark.parametrize(
    ("since", "completed", "begun"),
    [
        (date(2026, 11, 22), 0, 0),
        (date(2026, 11, 21), 0, 1),
        (date(2026, 10, 22), 1, 1),
        (date(2026, 9, 23), 1, 2),
        (date(2026, 9, 22), 2, 2),
        (date(2025, 11, 23), 11, 12),
    ],
)
def test_months_are_counted_from_the_start_of_the_paid_year(since: date, completed: int, begun: int) -> None:
    """D9."""
    assert used(TODAY, since) == completed
    assert used(TODAY, since, BEGUN) == begun


def test_a_counted_quote_shows_dates_and_count() -> None:
    """D9."""
    quote = quoted(ESSENTIALS, BASIC, BEGUN, since=parse_date("12/9", TODAY))
    shown = "\n".join(quote.working)
    for part in ("12/09/2026", "22/11/2026", "2 completed months", "once it has begun: 3 months used"):
        assert part in shown
    assert quote.since == date(2026, 9, 12)
    assert "once it is completed: 2 months used" in "\n".join(quoted(ESSENTIALS, BASIC, since=quote.since).working)


@pytest.mark.parametrize(
    ("since", "counts"),
    [
        (date(2027, 1, 31), {"27/02/2027": 0, "28/02/2027": 1, "30/03/2027": 1, "31/03/2027": 2, "30/04/2027": 3,
                             "30/05/2027": 3, "31/05/2027": 4}),
        (date(2027, 1, 30), {"27/02/2027": 0, "28/02/2027": 1, "29/03/2027": 1, "30/03/2027": 2}),
        (date(2027, 8, 31), {"29/09/2027": 0, "30/09/2027": 1, "30/10/2027": 1, "31/10/2027": 2, "29/02/2028": 6,
                             "30/03/2028": 6, "31/03/2028": 7, "30/08/2028": 11}),
        (date(2027, 8, 30), {"28/02/2028": 5, "29/02/2028": 6, "29/03/2028": 6, "30/03/2028": 7}),
        # 29 February: in a year without one its months end on the 29th all the same, and February's on the 28th.
        (LEAP, {"27/02/2025": 11, "28/02/2025": 0, "28/03/2025": 0, "29/03/2025": 1, "28/06/2025": 3, "29/06/2025": 4,
                "27/02/2026": 11, "28/02/2026": 0, "28/01/2028": 10, "28/02/2028": 11}),
        (date(2020, 2, 29), {"28/06/2025": 3, "28/02/2024": 11}),
    ],
)  # fmt: skip
def test_the_day_of_the_month_stays_as_typed(since: date, counts: dict[str, int]) -> None:
    assert {day: used(parse_date(day, TODAY), since) for day in counts} == counts


def test_a_year_from_29_february_says_when_the_current_one_began() -> None:
    quote = work_out(ESSENTIALS, BASIC, POLICY, date(2025, 6, 28), since=LEAP)
    assert (quote.months_used, quote.since, str(quote.discount)) == (3, LEAP, "17.70")
    shown = "\n".join(quote.working)
    for part in ("29/02/2024", "began on 28/02/2025", "end on day 29", "28/06/2025", "3 completed months"):
        assert part in shown
    begun = work_out(ESSENTIALS, BASIC, BEGUN, date(2025, 6, 28), since=LEAP)
    assert begun.months_used == 4
    assert work_out(ESSENTIALS, BASIC, BEGUN, date(2025, 6, 29), since=LEAP).months_used == 4


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "start of the paid year"),
        ({"months": -1}, "0 to 12"),
        ({"months": 13}, "0 to 12"),
        ({"months": True}, "0 to 12"),
        ({"months": 2, "since": TODAY}, "one of them"),
        ({"since": TODAY + timedelta(1)}, "start of the current paid year"),
        ({"since": date(2025, 11, 22)}, "start of the current paid year, 22/11/2026"),
        ({"since": date(2023, 3, 1)}, "start of the current paid year, 01/03/2026"),
    ],
)
def test_months_that_cannot_be_are_refused_with_the_way_out(how: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongUse) as told:
        quoted(ESSENTIALS, BASIC, **how)
    assert said in told.value.hint


def test_the_day_that_is_hinted_at_is_taken() -> None:
    """29 February of a year ago is refused in a leap year, for that day can be typed."""
    with pytest.raises(WrongUse) as told:
        used(date(2028, 5, 1), LEAP)
    assert told.value.hint.endswith("29/02/2028")
    assert used(date(2028, 5, 1), date(2028, 2, 29)) == 2


# -- a price that moved


def moved(*changes: tuple[date, str], of: Plan = ESSENTIALS) -> Plan:
    return replace(of, from_=tuple((day, Decimal(price)) for day, price in changes))


def told(quote: Quote) -> list[str]:
    return [nb for nb in quote.nbs if "today's price is used" in nb]


def test_a_price_that_moved_in_the_paid_year_is_told() -> None:
    quote = quoted(moved((date(2026, 11, 1), "72.00")), BASIC, since=date(2026, 9, 12))
    assert quote.discount == Decimal("12.00")
    assert told(quote) == [
        "Microsoft 365 - Email Essentials was 70.79 on 12/09/2026 and is 72.00 today; today's price is used."
    ]
    assert not told(quoted(moved((date(2026, 9, 12), "72.00")), BASIC, since=date(2026, 9, 12)))


@pytest.mark.parametrize(
    ("months", "policy", "word"),
    [
        (0, POLICY, ""), (4, POLICY, ""), (5, POLICY, ""),
        # 6 completed: the year began from 23 April to 22 May, and the price moved on 15 May.
        (6, POLICY, "may have been 70.79"), (7, POLICY, "was 70.79 when"), (12, POLICY, "was 70.79 on 22/11/2025"),
        (6, BEGUN, ""), (7, BEGUN, "may have been 70.79"), (8, BEGUN, "was 70.79 when"), (12, BEGUN, "was 70.79 when"),
    ],
)  # fmt: skip
def test_a_price_that_moved_is_told_of_months_as_of_a_date(months: int, policy: Policy, word: str) -> None:
    quote = quoted(moved((date(2026, 5, 15), "72.00")), BASIC, policy, months=months)
    assert len(told(quote)) == bool(word)
    assert all(word in nb and "72.00 today" in nb for nb in told(quote))


def test_a_price_that_did_not_move_in_the_paid_year_is_not_told() -> None:
    for plan_now in (
        moved((date(2025, 10, 1), "72.00")),
        moved((date(2026, 12, 1), "72.00")),
        moved((date(2026, 6, 1), "70.79")),
    ):
        for months in range(13):
            assert not told(quoted(plan_now, BASIC, months=months)), (plan_now, months)


def test_the_current_price_is_compared_with_each_that_the_year_may_have_begun_on() -> None:
    twice = moved((date(2026, 5, 1), "72.00"), (date(2026, 5, 10), "75.00"), (date(2026, 8, 1), "80.00"))
    assert "was 70.79 or 72.00 or 75.00 when" in told(quoted(twice, BASIC, months=6))[0]


def test_a_price_that_moved_is_told_to_an_sme_too_and_never_of_monthly_billing() -> None:
    """D8, N2: monthly billing has no paid year in which a price could move."""
    change = (date(2026, 8, 1), "80.00")
    assert told(quoted(moved(change), plan("m365-deluxe-monthly"), months=6))
    assert told(quoted(moved(change, of=OX), BASIC, since=date(2026, 6, 1)))
    for how in ({"months": 6}, {"since": date(2026, 6, 1)}):
        quote = quoted(moved(change, of=MONTHLY), BASIC, **how)
        assert not told(quote)
        assert (quote.rule, quote.months_used) == ("N2", None)


# -- any day


@given(days, st.integers(0, 400))
@example(LEAP, 366)
def test_counted_months_agree_with_the_calendar(since: date, gone: int) -> None:
    today = since + timedelta(gone)
    if today >= add_months(since, 12):
        if (since.month, since.day) == (2, 29):
            assert used(today, since) == (1 if today >= add_months(since, 13) else 0)
        else:
            with pytest.raises(WrongUse, match="12 months ago"):
                used(today, since)
        return
    full, begun = used(today, since), used(today, since, BEGUN)
    assert add_months(since, full) <= today < add_months(since, full + 1)
    assert add_months(since, begun) >= today
    assert 0 <= full <= begun <= min(full + 1, 12)


@given(st.integers(2000, 2072), st.integers(0, 2000))
def test_29_february_counts_in_every_year_that_has_none(leap: int, gone: int) -> None:
    leap -= leap % 4
    since, today = date(leap, 2, 29), date(leap, 2, 29) + timedelta(gone)
    assume(today < date(leap + 4, 2, 29))
    months = used(today, since)
    years = sum(add_months(since, 12 * year) <= today for year in range(1, 5))
    assert 0 <= months < 12
    assert add_months(since, 12 * years + months) <= today < add_months(since, 12 * years + months + 1)


@given(days, st.integers(-30, 400))
def test_the_earliest_start_is_the_earliest(until: date, months: int) -> None:
    start = earliest_start(until, months)
    assert add_months(start, months) >= until
    assert add_months(start - timedelta(1), months) < until


@given(days, st.integers(0, 365), st.integers(-400, 400), policies)
def test_what_a_date_tells_of_a_price_months_tell_too(since: date, gone: int, change: int, policy: Policy) -> None:
    today = since + timedelta(gone)
    assume(today < add_months(since, 12))
    now = moved((today + timedelta(change), "72.00"))
    by_date = work_out(now, BASIC, policy, today, since=since)
    by_months = work_out(now, BASIC, policy, today, months=by_date.months_used)
    assert by_months.discount == by_date.discount
    if told(by_date):
        assert told(by_months)
    elif told(by_months):
        # Then another day that gives the same months would have told it.
        assert "may have been" in told(by_months)[0]


@given(days, st.integers(0, 12), policies)
def test_any_day_and_number_of_months_gives_a_quote(today: date, months: int, policy: Policy) -> None:
    """On the last of February no year can have begun exactly 12 completed months ago."""
    quote = work_out(moved((today - timedelta(200), "72.00")), BASIC, policy, today, months=months)
    assert quote.settled
