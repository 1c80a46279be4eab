"""The form of every event's data: types, ranges and dates, checked for what comes from another machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct, field

from oxtui.cases.case import LEAVES_BECAUSE, YES_NO, moment_of
from oxtui.cases.events import Event
from oxtui.cases.money import Quote
from oxtui.text import clean

YEARS: Final = range(1970, 2200)
"""The years that anything in a case can be dated in."""

_Number: TypeAlias = Annotated[int, Meta(ge=0, le=999)]
_Count: TypeAlias = Annotated[int, Meta(ge=1, le=99_999)]
_Name: TypeAlias = Annotated[str, Meta(pattern="^[0-9]{1,3}$")]
_Box: TypeAlias = Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$")]
_Ways: TypeAlias = Annotated[str, Meta(pattern="^[1-4]{0,4}$")]


class _Effects(Struct, frozen=True):
    ended: list[tuple[str, str]] = []
    stale: list[tuple[str, str, str]] = []
    asked: list[tuple[str, str, _Ways, str]] = []
    renewed: list[tuple[str, str]] = []


class _Word(Struct, frozen=True):
    who: str = ""
    when: str = ""
    authenticated: bool = False


class _Data(Struct, frozen=True):
    """The fields of all events: a name has one type in whichever it stands. What is not named here is passed over."""

    domain: str = ""
    phone: str = ""
    contact: str = ""
    salesforce: str = ""
    jira: str = ""
    playbook: Annotated[str, Meta(pattern="^[0-9a-f]{0,64}$")] = ""
    mode: str = ""
    method: str = ""
    caller: str = ""
    reference: str = ""
    reason: str = ""
    call: str = ""
    item: str = ""
    through: str = ""
    by: str = ""
    told: str = ""
    saw: str = ""
    way: _Ways = ""
    already: str = ""
    clearing: str = ""
    template: str = ""
    key: str = ""
    ending: str = ""
    begun: str = ""
    how: str = ""
    entry: str = ""
    text: str = ""
    waits_for: str = field(name="for", default="")
    sender: str = field(name="from", default="")
    scenario: _Number = 0
    count: _Count | None = None
    licences: _Count | None = None
    again: bool = False
    mistyped: bool = False
    covered: bool = False
    typed: bool = False
    reversed: bool = False
    added: list[_Box] = []
    removed: list[str] = []
    value: list[str] = []
    mailboxes: list[str] = []
    missing: list[str] = []
    skipped: list[str] = []
    left: list[str] = []
    shown: list[str] = []
    instead: list[str] = []
    despite: list[int] = []
    ox: dict[str, str] = {}
    known: dict[str, dict[str, str]] = {}
    reasons: dict[str, str] = {}
    renamed: dict[str, _Box] = {}
    answers: dict[str, str] = {}
    values: dict[str, str] = {}
    uncovered: dict[_Name, list[str]] = {}
    word: _Word | None = None
    effects: _Effects | None = None
    boards: dict[_Name, _Effects] = {}
    kept: list[tuple[_Name, str, str, str]] = []
    evidence: dict[str, Any] = {}
    quote: dict[str, Any] = {}
    until: str | None = None
    told_at: str | None = None
    written_at: str | None = None


class _LineData(_Data, frozen=True):
    """A line of a template has one text as its value."""

    value: str = ""  # type: ignore[assignment]


def check_event(event: Event) -> None:
    """Raise ValueError where an event has not the form of one that oxtui writes.

    An event of a kind that is not known here is checked as far as its fields are.
    """
    _check_text([event.what, event.agent, dict(event.data)])
    _check_moment(event.at)
    data = msgspec.convert(event.data, type=_LineData if event.what == "line" else _Data, strict=True)
    if data.until is not None or event.what in ("hold", "deferred"):
        _check_local(data.until or "")
    if data.word and data.word.when:
        _check_local(data.word.when)
    for moment in (data.told_at, data.written_at, data.evidence.get("asked_at")):
        if moment is not None:
            _check_moment(datetime.fromisoformat(moment))
    _check_known((*data.ox.values(), *(each for known in data.known.values() for each in known.values())), YES_NO)
    _check_known(data.reasons.values(), LEAVES_BECAUSE)
    if event.what == "quote":
        quote = Quote.from_data(data.quote)
        for day in (quote.priced_on, quote.since):
            if day is not None and day.year not in YEARS:
                raise ValueError(f"no year of a case: {day.year}")


def fits(event: Event) -> bool:
    """Whether an event has the form of one that oxtui writes."""
    try:
        check_event(event)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return False
    return True


def _check_local(until: str) -> None:
    """A local date, or `YYYY-MM-DDTHH:MM`."""
    moment = moment_of(until)
    if moment is None or moment.year not in YEARS:
        raise ValueError(f"no date of a case: {until}")


def _check_moment(moment: datetime) -> None:
    if moment.tzinfo is None or moment.year not in YEARS:
        raise ValueError(f"no time of a case: {moment}")


def _check_known(values: Iterable[str], names: Iterable[str]) -> None:
    strange = set(values) - set(names)
    if strange:
        raise ValueError(f"not one of {', '.join(names)}: {min(strange)}")


def _check_text(value: Any) -> None:
    """Raise ValueError for text that oxtui would never have written: it could act on a terminal."""
    if isinstance(value, str):
        if clean(value, lines=True) != value:
            raise ValueError("not clean")
    elif isinstance(value, list | tuple):
        for each in value:
            _check_text(each)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            _check_text(name)
            _check_text(each)
