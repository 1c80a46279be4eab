"""The used part of the current paid year, as typed or counted from the day it began (D9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from oxtui.cases.dates import add_months, completed_months, earliest_start, show
from oxtui.errors import WrongUse
from oxtui.playbook.plans import MonthCounts, Plan
from oxtui.text import plural

YEAR_MONTHS: Final = 12


class PaidYear(Struct, frozen=True):
    """The months used, if known, with the lines that show how they were counted, and NBs about them."""

    months: int | None = None
    working: tuple[str, ...] = ()
    nbs: tuple[str, ...] = ()


def paid_year(plan: Plan, counts: MonthCounts, today: date, months: int | None, since: date | None) -> PaidYear:
    """The current paid year of a client on `plan`, from the `months` used (0 to 12) or `since`, the day it began.

    Monthly billing has no paid year (N2). Raises WrongUse for impossible months or days.
    """
    if months is not None and since is not None:
        raise WrongUse("months and a start date are both given", "give one of them")
    if months is not None and (isinstance(months, bool) or not 0 <= months <= YEAR_MONTHS):
        raise WrongUse(f"{months} months cannot be used up in a paid year", "give 0 to 12 months")
    if since is not None and since > today:
        raise WrongUse(f"{show(since)} is in the future", "give the start of the current paid year")
    if plan.term == "monthly":
        return PaidYear()
    if months is not None:
        moved = _price_moved(plan, today, *_may_have_begun(today, months, counts)) if plan.from_ else ()
        return PaidYear(months, (f"Months used: {months} (as typed)",), moved)
    return PaidYear() if since is None else _counted(plan, counts, today, since)


def _counted(plan: Plan, counts: MonthCounts, today: date, since: date) -> PaidYear:
    """The months of the paid year that began on `since`; the day of the month stays as typed.

    A start of 12 months ago or more is refused, with the day of this year's. 29 February is kept also in a
    year without one: from 28 February each month would end a day early. The days used run up to, not including, today:
    on an anniversary no part of a month is left, and `begun` adds nothing.
    """
    passed = completed_months(since, today)
    completed = passed % YEAR_MONTHS
    began = add_months(since, passed - completed)
    if began != since and began.day == since.day:
        hint = f"give the start of the current paid year, {show(began)}"
        raise WrongUse(f"{show(since)} is 12 months ago or more", hint)
    if began == since:
        lines = [f"Paid year from {show(since)}, today is {show(today)}: {count_of(completed, 'completed')}"]
    else:
        lines = [
            f"Paid since {show(since)}: the current paid year began on {show(began)}",
            f"Its months end on day {since.day}, today is {show(today)}: {count_of(completed, 'completed')}",
        ]
    used = completed
    if counts == "begun":
        used += add_months(since, passed) < today
        lines.append(f"A month counts once it has begun: {count_of(used)} used")
    else:
        lines.append(f"A month counts once it is completed: {count_of(used)} used")
    return PaidYear(used, tuple(lines), _price_moved(plan, today, began, began))


def _may_have_begun(today: date, months: int, counts: MonthCounts) -> tuple[date, date]:
    """The first and last day on which a paid year with that many months used may have begun."""
    # A month completed today has begun by tomorrow, and the next one has begun then too.
    until, begun = (today, months) if counts == "begun" else (today + timedelta(1), months + 1)
    first = max(earliest_start(until, begun), earliest_start(today, YEAR_MONTHS))
    return first, max(first, min(earliest_start(until, begun - 1) - timedelta(1), today))


def _price_moved(plan: Plan, today: date, first: date, last: date) -> tuple[str, ...]:
    """An NB if the plan had another price when its paid year began, between `first` and `last`."""
    then = [plan.price_on(first), *(price for day, price in plan.from_ if first < day <= last)]
    now = plan.price_on(today)
    other = " or ".join(dict.fromkeys(str(price) for price in then if price != now))
    if not other:
        return ()
    if first == last:
        return (f"{plan.product} was {other} on {show(first)} and is {now} today; today's price is used.",)
    if now in then:
        change = f"{plan.product} may have been {other} when the paid year began, and is {now} today"
        return (f"{change}; today's price is used. The start of the paid year would settle it.",)
    return (f"{plan.product} was {other} when the paid year began and is {now} today; today's price is used.",)


def count_of(months: int, word: str = "") -> str:
    """A count of months: `1 month`, `2 completed months`."""
    return plural(months, f"{word} month" if word else "month")
