"""Questions about a case's log, for compare-and-swap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from oxtui.cases.events import FORMAT, Document, from_document, is_intact, stood_for
from oxtui.errors import StoreError

Missed: TypeAlias = tuple[Document, ...] | None
"""The result of a write: None if it was made, else the events that the writer had missed.

These may be none: the log is shorter than the writer thought, for instance after an older copy was restored.
"""


def check_new(case_id: str, after: int, events: Sequence[Mapping[str, Any]]) -> None:
    """Raise StoreError if `events` cannot follow event number `after` of that case."""
    if not events:
        raise StoreError("there is nothing to add to the case")
    for number, each in enumerate(events, start=after + 1):
        try:
            event = from_document(each)
        except ValueError as error:
            raise StoreError(f"this cannot be added to a case: {error}") from None
        if event.seq != number:
            raise StoreError(f"an event has the number {event.seq} where {number} follows")
        if not is_intact(case_id, each):
            raise StoreError(f"event {number} has a wrong checksum")
    if len({each["id"] for each in events}) != len(events):
        raise StoreError("two events have the same id")


def ids(document: Mapping[str, Any]) -> set[str]:
    """The ids of the events in a case's log."""
    return {event["id"] for event in document["log"]}


def has(document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all of `events` are in the log."""
    return {event["id"] for event in events} <= ids(document)


def grown(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether every event of `old` is in `new`, or was replaced by a restoration."""
    return ids(old) <= ids(new) | stood_for(new["log"])


def last_seq(document: Mapping[str, Any]) -> int:
    """The highest event number of the log, or 0."""
    return max((int(event["seq"]) for event in document["log"]), default=0)


def missed(document: Mapping[str, Any], after: int) -> Missed:
    """None if `after` is the number of the log's last event, else the events after it."""
    if last_seq(document) == after:
        return None
    return tuple(event for event in document["log"] if event["seq"] > after)


def extended(document: Document, events: Sequence[Document]) -> Document:
    """`document` with `events` at its end, in this program's format; raises StoreError for an id used twice."""
    if ids(document) & {event["id"] for event in events}:
        raise StoreError("an event of this case has that id already")
    return {**document, "format": FORMAT, "log": [*document["log"], *events]}
