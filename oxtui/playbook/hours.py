"""The working hours of a channel."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from msgspec import Struct

from oxtui.playbook.times import span

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = "|".join(_DAYS)
_TIME: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_PART: Final = re.compile(rf"({_DAY})(?:-({_DAY}))? ({_TIME})-({_TIME}|24:00)")


class Hours(Struct, frozen=True):
    """Working hours as (weekday, from, to), Monday being 0, in minutes of the day, in order."""

    spans: tuple[tuple[int, int, int], ...]

    def covers(self, moment: datetime) -> bool:
        """Whether `moment` (local) is within the hours; the end of a span is not."""
        minute = moment.hour * 60 + moment.minute
        return any(day == moment.weekday() and start <= minute < end for day, start, end in self.spans)


def parse_hours(text: str) -> Hours:
    """Parse hours like `mon-fri 09:00-17:00`; several parts are separated by a comma and a blank.

    Raises ValueError for anything else, such as days out of order or parts that overlap.
    """
    spans: list[tuple[int, int, int]] = []
    for part in text.split(", "):
        match = _PART.fullmatch(part)
        if not match:
            raise ValueError(f"'{part}' is not like 'mon-fri 09:00-17:00' or 'mon-thu 09:00-17:00, fri 09:00-15:00'")
        first, last = _DAYS.index(match[1]), _DAYS.index(match[2] or match[1])
        if last < first:
            raise ValueError(f"'{part}': {match[1]} comes after {match[2]} in the week")
        start, end = _minutes(match[3]), _minutes(match[4])
        if end <= start:
            raise ValueError(f"'{part}': it ends before it begins")
        spans += [(day, start, end) for day in range(first, last + 1)]
    spans.sort()
    for (day, _, end), (next_day, start, _) in pairwise(spans):
        if day == next_day and start < end:
            raise ValueError(f"'{text}': two parts overlap on {_DAYS[day]}")
    return Hours(tuple(spans))


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def next_working_moment(hours: str, now: datetime) -> datetime:
    """When the next working hour begins after `now` (local): a full hour within the hours, or an opening.

    The result is local, without a zone. Raises ValueError as `parse_hours` does.
    """
    known = parse_hours(hours)
    local = now.replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in range(8):
        day = midnight + timedelta(days=ahead)
        for weekday, start, end in known.spans:
            if weekday != day.weekday():
                continue
            # The opening itself, then every full hour after it that is still worked.
            for minute in (start, *range((start // 60 + 1) * 60, end, 60)):
                moment = day + timedelta(minutes=minute)
                if moment > local:
                    return moment
    raise ValueError("these hours have no working hour")


def default_hold(hours: str, now: datetime) -> str:
    """Until when to propose a wait (local date, or date and time): by the channel's hours, or the next day."""
    if not hours:
        return (now + timedelta(days=1)).date().isoformat()
    return next_working_moment(hours, now).isoformat(timespec="minutes")


def due_moment(due: str, hours: str, since: datetime) -> datetime:
    """When something that takes a time (`7d`) is due: local, without a zone.

    The time runs on through the night; if it ends outside the hours, the next working moment counts.
    """
    at = (since + span(due)).replace(tzinfo=None, second=0, microsecond=0)
    return at if not hours or parse_hours(hours).covers(at) else next_working_moment(hours, at)
