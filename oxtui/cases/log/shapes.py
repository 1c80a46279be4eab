"""The form of every event's data: types, ranges and dates, checked before an event is believed, wherever it lay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from oxtui.cases.case import LEAVES_BECAUSE, YES_NO, moment_of
from oxtui.cases.events import YEARS, Event
from oxtui.cases.money import Quote
from oxtui.playbook.about import MOST_SUBJECT
from oxtui.text import clean

_encode: Final = msgspec.json.Encoder().encode

_Number: TypeAlias = Annotated[int, Meta(ge=0, le=999)]
_Count: TypeAlias = Annotated[int, Meta(ge=1, le=99_999)]
_Name: TypeAlias = Annotated[str, Meta(pattern="^[0-9]{1,3}$")]
_Ways: TypeAlias = Annotated[str, Meta(pattern="^[1-4]{0,4}$")]


class _Effects(Struct, frozen=True):
    ended: tuple[tuple[str, str], ...] = ()
    stale: tuple[tuple[str, str, str], ...] = ()
    asked: tuple[tuple[str, str, _Ways, str], ...] = ()
    renewed: tuple[tuple[str, str], ...] = ()


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
    on: str = ""
    to: str = ""
    put_out: str = ""
    words: str = ""
    why: str = ""
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
    resumes: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    despite: tuple[int, ...] = ()
    ox: dict[str, str] | UnsetType = UNSET
    known: dict[str, dict[str, str]] | UnsetType = UNSET
    reasons: dict[str, str] | UnsetType = UNSET
    renamed: dict[str, str] | UnsetType = UNSET
    answers: dict[str, str] | UnsetType = UNSET
    values: dict[str, str] | UnsetType = UNSET
    uncovered: dict[_Name, list[str]] | UnsetType = UNSET
    word: _Word | UnsetType = UNSET
    effects: _Effects | UnsetType = UNSET
    boards: dict[_Name, _Effects] | UnsetType = UNSET
    kept: tuple[tuple[_Name, str, str, str], ...] = ()
    evidence: dict[str, Any] | UnsetType = UNSET
    quote: dict[str, Any] | UnsetType = UNSET
    until: str | None = None
    told_at: str | None = None
    written_at: str | None = None
    done_at: str | None = None


class _LineData(_Data, frozen=True):
    """A line of a template has one text as its value."""

    value: str = ""  # type: ignore[assignment]


def check_event(event: Event) -> None:
    """Raise ValueError where an event from another machine is not one that oxtui would have written."""
    _check_texts([event.id, event.what, event.agent, dict(event.data)])
    data = _check_shape(event)
    for address in (*data.added, *(data.renamed.values() if data.renamed else ())):
        if not 0 < len(address.strip()) <= MOST_SUBJECT + 200:  # whether it is a mail address its playbook says
            raise ValueError(f"not a name: {address[:60]}")
    if data.until is not None or event.what in ("hold", "deferred"):
        _check_local(data.until or "")


def _check_shape(event: Event) -> _Data:
    """Raise ValueError where a part of an event has another type, range or date than oxtui writes.

    An event of a kind that is not known here is checked as far as its fields are.
    """
    _check_moment(event.at)
    data = msgspec.convert(event.data, type=_LineData if event.what == "line" else _Data, strict=True)
    if moment_of(data.until or ""):
        _check_local(data.until or "")
    if data.word and data.word.when:
        _check_local(data.word.when)
    asked_at = data.evidence.get("asked_at") if data.evidence else None
    for moment in (data.told_at, data.written_at, data.done_at, asked_at):
        if moment is not None:
            _check_moment(datetime.fromisoformat(moment))
    if data.ox:
        _check_known(data.ox.values(), YES_NO)
    if data.known:
        _check_known((each for known in data.known.values() for each in known.values()), YES_NO)
    if data.reasons:
        _check_known(data.reasons.values(), LEAVES_BECAUSE)
    if event.what == "quote":
        quote = Quote.from_data(data.quote or {})
        for day in (quote.priced_on, quote.since):
            if day is not None and day.year not in YEARS:
                raise ValueError(f"no year of a case: {day.year}")
    return data


def fits(event: Event) -> bool:
    """Whether an event has the form of one that oxtui writes; its texts may be any, and are cleaned where shown."""
    try:
        _check_shape(event)
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


def _check_texts(values: list[Any]) -> None:
    """Raise ValueError for text that oxtui would never have written: it could act on a terminal.

    Most is plain ASCII, and one look at all of it at once takes a twentieth of the time.
    """
    text = _encode(values)
    if b"\\" in text or not text.isascii() or not text.decode("ascii").isprintable():
        _check_text(values)


def _check_text(value: Any) -> None:
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
