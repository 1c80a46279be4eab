"""Reading the events of a case document, and finding those that were changed from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oxtui.cases.events import Document, Event, events_of, from_document, is_intact
from oxtui.cases.log.shapes import fits


def read_log(document: Document) -> tuple[list[Event], tuple[int, ...]]:
    """The events of a case document in order, and the numbers of those that are altered, missing or malformed.

    A malformed event is left out, whatever its checksum says.
    """
    log = document.get("log", ())
    case_id = str(document.get("id"))
    altered: set[int] = set()
    try:
        events = events_of(log)
    except ValueError:
        log, events, altered = _readable(log)
    altered.update(event.seq for each, event in zip(log, events, strict=True) if not is_intact(case_id, each))
    seen = {event.seq for event in events}
    events = sorted(filter(fits, events), key=lambda event: event.seq)
    altered.update(seen.difference(event.seq for event in events))
    if events:
        altered.update(number for number in range(1, events[-1].seq + 1) if number not in seen)
    return events, tuple(sorted(altered))


def _readable(log: Sequence[Any]) -> tuple[list[Any], list[Event], set[int]]:
    """The documents and events of a log that can be read, and the places of the others, counted from 1."""
    documents: list[Any] = []
    events: list[Event] = []
    others: set[int] = set()
    for place, document in enumerate(log, start=1):
        try:
            events.append(from_document(document))
        except ValueError:
            others.add(place)
        else:
            documents.append(document)
    return documents, events, others
