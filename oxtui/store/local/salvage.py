"""Reading the undamaged parts of a damaged case file, event by event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from oxtui.cases.events import FORMAT, Document, from_document, is_intact
from oxtui.store.local import layout

_CASE = re.compile(r'"[0-9]{1,18}":\s*(?=\{)|\n')
_LOG = re.compile(r'"log":\s*\[')
_EVENT = re.compile(r'\{\s*"id"\s*:')
_EVENT_SEEN = re.compile(r'"id":\s*"([a-z0-9]{1,32})",\s*"seq":')
_TRACES = ('"seq":', '"sum":')
_FORMAT = re.compile(rf'"format":\s*([1-{FORMAT}])\s*[,}}]')
_OLDEST = 1
"""The format of a case whose own cannot be read: a case of the oldest has every event checked when it is opened."""
_FIELD = r'"%s":\s*"([^"\\\n]{1,200})"'


class Salvage(Struct):
    """The readable parts of a file: cases by id, with the events that could be read in their logs.

    `whole` are the ids of those that lack nothing; `loose` are events of known cases whose own head is unreadable;
    `seen` are the ids of all events that left traces, and `traces` how many there must be.
    """

    by_id: dict[str, Document] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    loose: dict[str, list[Document]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    traces: int = 0

    def add(self, document: Document, *, whole: bool = False) -> None:
        """Add a case; if its id is there already, only its events."""
        case_id = document["id"]
        there = self.by_id.setdefault(case_id, document)
        if there is not document:
            self.whole.discard(case_id)
            there["log"] = [*there["log"], *document["log"]]
        elif whole:
            self.whole.add(case_id)


def salvage(data: bytes, known: Iterable[str] = ()) -> Salvage:
    """Read the undamaged parts of a case file's bytes; `known` are the case ids to expect.

    Raises NewerFormat if a case was written by a newer oxtui.
    """
    text = data.decode("utf-8", "replace")
    found = Salvage(seen=set(_EVENT_SEEN.findall(text)), traces=max(map(text.count, _TRACES)))
    ids = list(dict.fromkeys(known))
    starts = [0, *(match.end() for match in _CASE.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        _one_case(text[start:end], ids, found)
    return found


def _one_case(text: str, ids: list[str], found: Salvage) -> None:
    document = _decode(text, text.find("{"))
    with suppress(ValueError):
        layout.check(document)
        case_id = _owner(document["log"], [document["id"], *ids]) or document["id"]
        found.add({**document, "id": case_id}, whole=case_id == document["id"])
        return
    events = [event for match in _EVENT.finditer(text) if (event := _decode(text, match.start())) and _is_event(event)]
    if not events:
        return
    head = _head(text)
    case_id = _owner(events, [head["id"], *ids] if head else ids)
    if head:
        opened = head["opened_at"] or events[0]["at"]
        found.add({**head, "id": case_id or head["id"], "opened_at": opened, "log": events})
    elif case_id:
        found.loose.setdefault(case_id, []).extend(events)


def _owner(events: list[Document], candidates: list[str]) -> str | None:
    """The case id for which the checksum of one of the events is right."""
    pairs = ((event, case_id) for event in events for case_id in candidates)
    return next((case_id for event, case_id in pairs if is_intact(case_id, event)), None)


def _head(text: str) -> Document | None:
    """The readable parts of a case without its log; None if its id cannot be read."""
    log = _LOG.search(text)
    first_event = _EVENT.search(text, text.find("{") + 1)
    before = text[: log.start() if log else first_event.start() if first_event else len(text)]
    head = _decode(before + '"log": []}', before.find("{"))
    if not isinstance(head, dict) or not isinstance(head.get("id"), str) or not head["id"]:
        names = ("id", "opened_at", "playbook")
        head = {name: match.group(1) for name in names if (match := re.search(_FIELD % name, before))}
        if "id" not in head:
            return None
    if not layout.is_moment(head.get("opened_at")):
        head["opened_at"] = ""
    head.setdefault("playbook", "")
    number = _FORMAT.search(before)
    head["format"] = int(number[1]) if number else _OLDEST
    head["log"] = []
    return head


def _decode(text: str, start: int) -> Any:
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


def _is_event(event: Mapping[str, Any]) -> bool:
    try:
        from_document(event)
    except ValueError:
        return False
    return "sum" in event
