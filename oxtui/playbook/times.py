"""Durations in a playbook: `7d`, `48h`, `30m`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from oxtui.playbook.schema.keys import form
from oxtui.text import plural

_UNITS: Final = {"d": "day", "h": "hour", "m": "minute"}
Time: TypeAlias = Annotated[
    str, form("^[1-9][0-9]{0,2}[dhm]$", "is no time: write it like 5d (days), 12h (hours) or 30m (minutes)")
]
"""A number of days, hours or minutes."""


def span(text: str) -> timedelta:
    """Return a `Time` as a timedelta; zero for an empty or invalid one."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdecimal()):
        return timedelta()
    return timedelta(**{f"{_UNITS[unit]}s": int(number)})


def span_words(text: str) -> str:
    """Return a `Time` in words: `14 days`, `1 hour`."""
    return plural(int(text[:-1]), _UNITS[text[-1:]])
