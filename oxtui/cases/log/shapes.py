"""The form of every event's data: types, ranges and dates, checked before an event is replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct, field

from oxtui.cases.events import YEARS, Event
from oxtui.cases.money import Quote
from oxtui.cases.parts import LEAVES_BECAUSE, YES_NO, moment_of
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


_TEXTS: Final = (
    "domain phone contact salesforce jira mode method caller reference reason call item through by told saw already "
    "clearing template key ending begun how entry text on to put_out words why"
).split()
_FLAGS: Final = "again mistyped covered typed reversed resumes".split()
_LISTS: Final = "added removed value mailboxes missing skipped left shown instead".split()
_MAPS: Final = ("ox", "reasons", "renamed", "answers", "values")
_MOMENTS: Final = ("told_at", "written_at", "done_at")

_Data: Final[Any] = msgspec.defstruct(
    "_Data",
    [
        *((name, str, "") for name in _TEXTS),
        *((name, bool, False) for name in _FLAGS),
        *((name, tuple[str, ...], ()) for name in _LISTS),
        *((name, dict[str, str], {}) for name in _MAPS),
        *((name, str | None, None) for name in (*_MOMENTS, "until")),
        ("waits_for", str, field(name="for", default="")),
        ("sender", str, field(name="from", default="")),
        ("playbook", Annotated[str, Meta(pattern="^[0-9a-f]{0,64}$")], ""),
        ("way", _Ways, ""),
        ("scenario", _Number, 0),
        ("count", _Count | None, None),
        ("licences", _Count | None, None),
        ("despite", tuple[int, ...], ()),
        ("known", dict[str, dict[str, str]], {}),
        ("uncovered", dict[_Name, list[str]], {}),
        ("word", _Word, _Word()),
        ("effects", _Effects, _Effects()),
        ("boards", dict[_Name, _Effects], {}),
        ("kept", tuple[tuple[_Name, str, str, str], ...], ()),
        ("evidence", dict[str, Any], {}),
        ("quote", dict[str, Any], {}),
    ],
    frozen=True,
)
"""The fields of all events: a name has one type in all of them. A field that is not listed here is not checked."""

_LineData: Final[Any] = msgspec.defstruct("_LineData", [("value", str, "")], bases=(_Data,), frozen=True)
"""The fields of the `line` event of a template, whose value is one text."""


def check_event(event: Event) -> None:
    """Raise ValueError if an event from another machine is not one that oxtui would have written."""
    _check_texts([event.id, event.what, event.agent, dict(event.data)])
    data = _check_shape(event)
    for address in (*data.added, *data.renamed.values()):
        if not 0 < len(address.strip()) <= MOST_SUBJECT + 200:  # whether it is a mail address its playbook says
            raise ValueError(f"not a name: {address[:60]}")
    if data.until is not None or event.what in ("hold", "deferred"):
        _check_local(data.until or "")


def _check_shape(event: Event) -> Any:
    """Return an event's data; raises ValueError if a field has another type, range or date than oxtui writes.

    The event may be of a later version: what it has is checked by field, whatever the event is called.
    """
    _check_moment(event.at)
    data: Any = msgspec.convert(event.data, type=_LineData if event.what == "line" else _Data, strict=True)
    if moment_of(data.until or ""):
        _check_local(data.until or "")
    if data.word.when:
        _check_local(data.word.when)
    for moment in (*(getattr(data, name) for name in _MOMENTS), data.evidence.get("asked_at")):
        if moment is not None:
            _check_moment(datetime.fromisoformat(moment))
    _check_known(data.ox.values(), YES_NO)
    _check_known((each for known in data.known.values() for each in known.values()), YES_NO)
    _check_known(data.reasons.values(), LEAVES_BECAUSE)
    if event.what == "quote":
        quote = Quote.from_data(data.quote)
        for day in (quote.priced_on, quote.since):
            if day is not None and day.year not in YEARS:
                raise ValueError(f"no year of a case: {day.year}")
    return data


def fits(event: Event) -> bool:
    """Whether an event has the form of one that oxtui writes. Its texts may be any: they are cleaned where shown."""
    try:
        _check_shape(event)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return False
    return True


def _check_local(until: str) -> None:
    """Raise ValueError if it is no local date, nor `YYYY-MM-DDTHH:MM`."""
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

    Most text is plain ASCII, and checking all of it at once takes a twentieth of the time.
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
