"""What the data of an event says, read with care: a log may have been written by another version, or by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from oxtui.cases.board import Effects
from oxtui.cases.events import Event


def effects(event: Event) -> Effects:
    """What an event changed beside the marks it made."""
    return Effects.from_data(mapping(event.get("effects")))


def mapping(value: object) -> Mapping[str, Any]:
    """`value` where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def texts(value: object) -> list[str]:
    """`value` where it is a list, as texts, else none."""
    return [str(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def known(event: Event) -> dict[str, dict[str, str]]:
    """What a `mailboxes` event tells of each mailbox by field; format 1 had one field, `ox`."""
    found: dict[str, dict[str, str]] = {}
    for address, state in mapping(event.get("ox")).items():
        found.setdefault(str(address), {})["ox-mail"] = str(state)
    for address, known in mapping(event.get("known")).items():
        found.setdefault(str(address), {}).update({str(name): str(state) for name, state in mapping(known).items()})
    return found


def count(event: Event) -> int | None:
    """The number of licences in an event, or None."""
    count = event.get("count")
    return count if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 100_000 else None


def word(event: Event) -> str:
    """Whose word an event rests on, or ""."""
    return str(mapping(event.get("word")).get("who", ""))


def told_at(event: Event) -> datetime:
    """When what an event says counts from: when it was told or written, never after the event itself."""
    told = event.get("told_at")
    try:
        at = datetime.fromisoformat(str(told)) if told else event.at
    except ValueError:
        return event.at
    return min(at, event.at) if at.tzinfo else event.at
