"""The one source of time: the wall clock, which can be frozen, and the monotonic one."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final

from oxtui.errors import WrongUse

MOST_OFF: Final = timedelta(seconds=60)
"""A machine's clock that differs more than this from a floor's server is wrong: the server's time counts."""

YEARS: Final = range(1970, 9000)
"""The years a clock can be frozen in: far enough from the ends of the calendar for every wait and paid year."""


class Clock:
    """Dates and times for cases; `frozen` is the moment it is frozen at, or None for the real time."""

    def __init__(self, frozen: datetime | None = None) -> None:
        self.frozen = frozen

    def now(self) -> datetime:
        """The current moment in UTC."""
        return self.frozen.astimezone(UTC) if self.frozen else datetime.now(UTC)

    def local(self, moment: datetime | None = None) -> datetime:
        """`moment` (default: now) in the agent's zone: the frozen moment's own zone, else the machine's."""
        moment = moment or self.now()
        return moment.astimezone(self.frozen.tzinfo) if self.frozen else moment.astimezone()

    def today(self) -> date:
        """The agent's local date."""
        return self.local().date()

    def when(self, moment: datetime) -> str:
        """A moment in five cells: its local time if it is today (`10:46`), else its day (`23/11`)."""
        at = self.local(moment)
        return at.strftime("%H:%M" if at.date() == self.today() else "%d/%m")

    def monotonic(self) -> float:
        """Seconds for countdowns and time limits, also while the wall clock is frozen."""
        return time.monotonic()


def from_environment(environ: Mapping[str, str] | None = None) -> Clock:
    """The clock that OXTUI_NOW asks for (ISO 8601 with offset); raises WrongUse if it cannot be read."""
    value = (os.environ if environ is None else environ).get("OXTUI_NOW", "").strip()
    if not value:
        return Clock()
    moment: datetime | None = None
    with suppress(ValueError):
        moment = datetime.fromisoformat(value)
    if moment is None or moment.tzinfo is None or moment.year not in YEARS:
        raise WrongUse("OXTUI_NOW is not a date and time with an offset", "for example 2026-11-22T10:46:00+11:00")
    return Clock(moment)
