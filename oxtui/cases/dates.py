"""Dates as agents type them and templates print them, and the one way to count calendar months."""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias

from oxtui.errors import WrongUse

Direction: TypeAlias = Literal["past", "future"]
DateFormat: TypeAlias = Literal["dd/mm/yyyy", "dd/mm/yy"]
"""The formats in which a template may print a date (D5: each template has its own)."""

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: Final = {
    "d": "d", "day": "d", "days": "d",
    "w": "w", "week": "w", "weeks": "w",
    "m": "m", "mo": "m", "month": "m", "months": "m",
    "y": "y", "yr": "y", "year": "y", "years": "y",
}  # fmt: skip

# [0-9], not \d: full-width and other digits are refused, never read as what they look like. Compiled when a date
# is typed, because the first frame needs none of them.
_ISO: Final = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_SLASHED: Final = r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?"
_RELATIVE: Final = r"(in |[+-])? ?([0-9]{1,4}) ?([a-z]+)( ago)?"
_WEEKDAY: Final = r"(?:(last|next) )?([a-z]{3,9})"

_SLIP_DAYS: Final = 60
"""A day this short a time ago, typed where a coming one is wanted, is a slip, and not a day of next year."""

_HINTS: Final = {
    "past": "for example 12/9, 12/09/2026, 2026-09-12, today, yesterday, 3d, 2w, 3 months ago, mon",
    "future": "for example 12/9, 12/09/2026, 2026-09-12, today, tomorrow, 3d, +2w, in 3 months, mon",
}


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later (earlier, if negative), clamped to that month's last day.

    31 January plus one month is 28 (or 29) February. Raises OverflowError outside the years 1 to 9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("outside the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def completed_months(since: date, until: date) -> int:
    """The number of whole months from `since` to `until`; raises ValueError if `until` is earlier.

    A month is complete on its anniversary, the same day of a later month, and an anniversary that the later
    month does not have is that month's last day: from 31 January, one month is complete on 28 February.
    """
    if until < since:
        raise ValueError("the end is before the start")
    months = (until.year - since.year) * 12 + until.month - since.month
    return months if add_months(since, months) <= until else months - 1


def earliest_start(until: date, months: int) -> date:
    """The earliest day from which that many months reach `until` or go past it.

    One month before 31 March it is 1 March: from 28 February a month ends on 28 March. Raises OverflowError
    outside the years 1 to 9999.
    """
    day = add_months(until, -months)
    return day if add_months(day, months) >= until else day + timedelta(1)


def parse_date(text: str, today: date, direction: Direction = "past") -> date:
    """The date that an agent means by `text`; raises WrongUse, with examples, if it is none.

    Understood: `2026-09-12`, `12/09/2026`, `12/9/26` (20yy), `12/9`, `today`, `yesterday`, `tomorrow`, `mon`,
    `last monday`, `3d`, `2w`, `3 months ago`, `1y`, `+2d`, `in 2 weeks`. Where a form does not say which way,
    `direction` does: `12/9` is the latest one up to today (or the first from today on), a weekday is the last
    before (or the next after) today, and `3d` is three days ago (or from now). A full date is taken as it is.
    """
    words = " ".join(text.split()).lower()
    try:
        day = _named(words, today) or _full(words) or _short(words, today, direction)
        day = day or _relative(words, today, direction) or _weekday(words, today, direction)
    except (ValueError, OverflowError):
        raise WrongUse(f"there is no date '{_cut(text)}'", _HINTS[direction]) from None
    if day is None:
        raise WrongUse(f"'{_cut(text)}' is not a date" if words else "a date is missing", _HINTS[direction])
    return day


def day_to_come(text: str, today: date) -> date:
    """The day meant by `text`, today or later; raises WrongUse for one that is past, or was only some weeks ago.

    `20/11` on 23 November is a slip, and not a day of next year.
    """
    day, before = parse_date(text, today, "future"), parse_date(text, today)
    if day < today:
        raise WrongUse(f"{show(day)} is past", _HINTS["future"])
    if 0 < (today - before).days <= _SLIP_DAYS and (day - today).days > 300:
        raise WrongUse(f"{show(before)} is past", f"next year's is {show(day)}")
    return day


def parse_moment(text: str, now: datetime) -> str:
    """The local day, or day and time, of `text` in the form of events; raises WrongUse, for a future one, too.

    It understands what `parse_date` does, with a time after it, or a time alone: `10:30`, `yesterday 16:20`,
    `12/9`. A time alone is the last one up to now. `now` is local.
    """
    words = " ".join(text.split()).lower().removesuffix(" h")
    match = re.fullmatch(r"(?:(.*) )?(?:at )?([0-9]{1,2})[:.h]([0-9]{2})", words)
    if match is None:
        day = parse_date(text, now.date())
        if day > now.date():
            raise WrongUse(f"{show(day)} is still to come", _HINTS["past"])
        return day.isoformat()
    try:
        clock = time(int(match[2]), int(match[3]))
    except ValueError:
        raise WrongUse(f"there is no time '{_cut(match[2])}:{match[3]}'", "for example 16:20") from None
    named = (match[1] or "").strip().removesuffix(" at")
    moment = datetime.combine(parse_date(named, now.date()) if named else now.date(), clock)
    if not named and moment > now.replace(tzinfo=None):
        moment -= timedelta(days=1)
    if moment > now.replace(tzinfo=None):
        raise WrongUse(f"{show(moment.date())} {moment:%H:%M} is still to come", "for example 10:30, yesterday 16:20")
    return moment.isoformat(timespec="minutes")


def names_moment(text: str, now: datetime) -> bool:
    """Whether a sentence has a past day or time in it, such as `Priya, yesterday 16:20`. `now` is local."""
    words = re.split(r"[\s,;()]+", text)
    for start in range(len(words)):
        for end in range(start + 1, min(start + 4, len(words)) + 1):
            try:
                parse_moment(" ".join(words[start:end]).rstrip("."), now)
            except WrongUse:
                continue
            return True
    return False


def looks_ahead(text: str, today: date) -> str | None:
    """The question about a future day where a past one is wanted; None for any other text."""
    try:
        return "a date in the future" if parse_date(text, today) > today else None
    except WrongUse:
        return None


def show(day: date, format: DateFormat | str = "dd/mm/yyyy") -> str:
    """`day` as `dd/mm/yyyy` or `dd/mm/yy` (D5); raises WrongUse for any other format."""
    if format == "dd/mm/yyyy":
        return f"{day.day:02}/{day.month:02}/{day.year:04}"
    if format == "dd/mm/yy":
        return f"{day.day:02}/{day.month:02}/{day.year % 100:02}"
    raise WrongUse(f"'{_cut(format)}' is not a date format", "dd/mm/yyyy or dd/mm/yy")


def short(moment: datetime) -> str:
    """A future local moment in a few words: `Mon 14/12 10:46`, without the time if it is midnight."""
    time = f" {moment:%H:%M}" if (moment.hour, moment.minute) != (0, 0) else ""
    return f"{short_day(moment)}{time}"


def short_day(day: date) -> str:
    """A day of these weeks: `Mon 14/12`."""
    return f"{weekday(day)} {day:%d/%m}"


def weekday(day: date) -> str:
    """`Mon`, `Tue` ...: not strftime("%a"), because the names of days must not follow the machine's language."""
    return _WEEKDAYS[day.weekday()][:3].capitalize()


# Each reader returns None for text of another form, and raises ValueError for a day that does not exist (31/02).


def _named(words: str, today: date) -> date | None:
    days = {"yesterday": -1, "today": 0, "tomorrow": 1}.get(words)
    return None if days is None else today + timedelta(days)


def _full(words: str) -> date | None:
    if match := re.fullmatch(_ISO, words):
        return date(*map(int, match.groups()))
    match = re.fullmatch(_SLASHED, words)
    if not match or not match[3]:
        return None
    return date(int(match[3]) + (2000 if len(match[3]) == 2 else 0), int(match[2]), int(match[1]))


def _short(words: str, today: date, direction: Direction) -> date | None:
    match = re.fullmatch(_SLASHED, words)
    if not match or match[3]:
        return None
    step = -1 if direction == "past" else 1
    # 29/2 can be up to eight years away (1896 to 1904); any other day is there within two.
    for year in range(today.year, today.year + step * 9, step):
        with suppress(ValueError):
            day = date(year, int(match[2]), int(match[1]))
            if (day <= today) if direction == "past" else (day >= today):
                return day
    raise ValueError("no such day in any year")


def _relative(words: str, today: date, direction: Direction) -> date | None:
    match = re.fullmatch(_RELATIVE, words)
    unit = _UNITS.get(match[3]) if match else None
    if match is None or unit is None:
        return None
    sign, ago = (match[1] or "").strip(), bool(match[4])
    if ago and sign:  # "+2d ago" says two things at once
        return None
    forward = sign in ("+", "in") or (not sign and not ago and direction == "future")
    count = int(match[2]) * (1 if forward else -1)
    if unit in "dw":
        return today + timedelta(count * (7 if unit == "w" else 1))
    return add_months(today, count * (12 if unit == "y" else 1))


def _weekday(words: str, today: date, direction: Direction) -> date | None:
    match = re.fullmatch(_WEEKDAY, words)
    number = next((place for place, name in enumerate(_WEEKDAYS) if match and name.startswith(match[2])), None)
    if match is None or number is None:
        return None
    # Never today itself: an agent who means today says so.
    ahead = (number - today.weekday() - 1) % 7 + 1
    past = match[1] == "last" or (match[1] is None and direction == "past")
    return today + timedelta(ahead - (7 if ahead < 7 else 14) if past else ahead)


def _cut(text: str) -> str:
    """The typed text, short and printable enough for a message of one line."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in text.strip())
    return shown if len(shown) <= 30 else shown[:29] + "…"
