"""Comparisons in conditions: with a number, an amount in AUD, a day, or the age of a day."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

Word: TypeAlias = Literal["<", "<=", ">", ">=", "within", "older than"]

DAY_ZERO: Final = date(2000, 1, 1)
"""Today, for values that represent a class and have no clock."""
_CENT: Final = Decimal("0.01")
NUMBER: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAYS_AGO: Final = re.compile(r"([1-9][0-9]{0,3})d")
_SIGN: Final = re.compile(r"\s*([<>=!]=|=[<>]|[<>])\s*([^\s()]*)")
_AGE: Final = re.compile(r"\s+(within|older(?:\s+than)?)(?![a-z0-9-])\s*([^\s()]*)")
_OF_DAYS: Final = re.compile(r"\s*(?:days?|weeks?|months?|years?)\b")
_FITS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SLIPS: Final = {
    "=>": "'=>' is written '>='",
    "=<": "'=<' is written '<='",
    "==": "this is not 'item' or 'item=answer': '==' is written '='",
    "!=": "this is not 'item' or 'item=answer': '!=' is written 'not item=answer'",
}


class Comparison(Struct, frozen=True, tag=True):
    """An operator (a sign, `within` or `older than`) and its operand as written."""

    word: Word
    to: str

    def __str__(self) -> str:
        return f"{self.word} {self.to}"

    @property
    def relative(self) -> bool:
        """Whether it depends on today."""
        return self.word in ("within", "older than")

    @property
    def of_days(self) -> bool:
        """Whether it compares days."""
        return self.relative or DAY.fullmatch(self.to) is not None

    @property
    def days(self) -> int:
        """The number of days that a relative one reaches back."""
        return int(self.to[:-1])

    @property
    def words(self) -> str:
        """The comparison in words."""
        if self.relative:
            return f"within the last {self.days} days" if self.word == "within" else f"more than {self.days} days ago"
        if self.of_days:
            phrases = {"<": "before {}", "<=": "on {} or before", ">": "after {}", ">=": "on {} or after"}
            return phrases[self.word].format(f"{date.fromisoformat(self.to):%d/%m/%Y}")
        phrases = {"<": "less than {}", "<=": "{} or less", ">": "more than {}", ">=": "{} or more"}
        return phrases[self.word].format(self.to)

    def holds(self, value: Sequence[str], on: str = "") -> bool | None:
        """Whether a value given on the day `on` (ISO) satisfies it; None if it is not comparable.

        A value that represents a class of days has a second entry, for relative comparisons.
        """
        try:
            if self.relative:
                today = date.fromisoformat(on) if on else DAY_ZERO
                age = (today - date.fromisoformat(value[-1])).days
                return 0 <= age <= self.days if self.word == "within" else age > self.days
            if self.of_days:
                return _FITS[self.word](date.fromisoformat(value[0]), date.fromisoformat(self.to))
            return _FITS[self.word](Decimal(value[0]), Decimal(self.to))
        except (ValueError, InvalidOperation, IndexError):
            return None


def read_comparison(text: str, place: int, item: str) -> tuple[Comparison, int] | None:
    """Parse a comparison in `text` after the name of `item`; return it and its end, or None.

    Raises ValueError with the likely correction.
    """
    if match := _AGE.match(text, place):
        return _age(match[1], match[2], text, match.end()), match.end()
    if match := _SIGN.match(text, place):
        return _sign(match[1], match[2], item), match.end()
    return None


def _age(word: str, to: str, text: str, end: int) -> Comparison:
    if word == "older":
        raise ValueError("'older' is written 'older than', with the days behind it: older than 30d")
    if not DAYS_AGO.fullmatch(to):
        number = to.rstrip("dw")
        example = f"{number}d" if number.isdecimal() and not to.endswith("w") else "30d"
        of = to + (found[0] if (found := _OF_DAYS.match(text, end)) else "")
        raise ValueError(f"'{of}' is no number of days: write it like {example}" if of else f"'{word}' needs days: 30d")
    return Comparison("within" if word == "within" else "older than", to)


def _sign(sign: str, to: str, item: str) -> Comparison:
    if sign in _SLIPS:
        raise ValueError(_SLIPS[sign])
    word: Word = sign  # type: ignore[assignment]
    if DAY.fullmatch(to):
        try:
            date.fromisoformat(to)
        except ValueError:
            raise ValueError(f"there is no date {to}") from None
    elif not NUMBER.fullmatch(to):
        if NUMBER.fullmatch(item):
            turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[sign]
            raise ValueError(f"the item stands first: {to or 'amount'} {turned} {item}")
        plain = re.sub(r"^(?:AU)?\$|,|%$", "", to)
        example = plain if NUMBER.fullmatch(plain) else "1667 or 1667.50, a day like 2026-07-01"
        raise ValueError(
            f"'{to}' is no number: write it like {example}" if to else f"a number is missing behind '{sign}'"
        )
    return Comparison(word, to)


def classes(comparisons: Iterable[Comparison], *, money: bool) -> Iterator[tuple[str, ...]]:
    """Yield one value for each interval between the operands of a question's comparisons, and for each boundary."""
    named = set(comparisons)
    if any(each.of_days for each in named):
        ages = sorted({0, *(each.days for each in named if each.relative)})
        near = [DAY_ZERO - timedelta(days) for age in ages for days in (age, age + 1)] + [DAY_ZERO + timedelta(1)]
        ends = {date.fromisoformat(each.to) for each in named if not each.relative} or {DAY_ZERO}
        days = sorted({end + timedelta(step) for end in ends for step in (-1, 0, 1)})
        yield from ((day.isoformat(), each.isoformat()) for day in days for each in near)
        return
    numbers = sorted({Decimal(each.to) for each in named})
    step = _CENT if money else Decimal(1)
    points = {number + side * step for number in numbers for side in (-1, 0, 1)}
    points |= {(one + other) / 2 for one, other in pairwise(numbers)}
    yield from ((f"{point:f}",) for point in sorted(points) if point >= 0 or not money)
