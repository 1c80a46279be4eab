"""Reading what can still be read from a damaged case file, event by event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
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
"""The format of a case that does not say it: whoever opens it looks at every event, as with one that is old."""
_FIELD = r'"%s":\s*"([^"\\\n]{1,200})"'


class Salvage(Struct):
    """What was read: `documents` by case id, with the events that could be read in their logs.

    `whole` are the ids of those that lack nothing; `loose` are events of known cases whose own head is
    unreadable; `seen` are the ids of all events that there are traces of, `traces` how many there must be.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    loose: dict[str, list[Document]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    traces: int = 0


def salvage(data: bytes, known: Iterable[str] = ()) -> Salvage:
    """Read what can be read of the case file with the bytes `data`; `known` are the case ids to expect.

    Raises NewerFormat where a case was written by a newer oxtui.
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
    if isinstance(document, dict):
        try:
            layout.check(document)
        except ValueError:
            pass
        else:
            case_id = _owner(document["log"], [document["id"], *ids]) or document["id"]
            if case_id == document["id"] and case_id not in found.documents:
                found.whole.add(case_id)
            _add(found, {**document, "id": case_id})
            return
    events = [event for match in _EVENT.finditer(text) if (event := _decode(text, match.start())) and _is_event(event)]
    if not events:
        return
    head = _head(text)
    if head and not head["opened_at"]:
        head["opened_at"] = events[0]["at"]
    candidates = [head["id"], *ids] if head else ids
    case_id = _owner(events, candidates)
    if head and case_id in (None, head["id"]):
        _add(found, {**head, "log": events})
    elif head and case_id:
        _add(found, {**head, "id": case_id, "log": events})
    elif case_id:
        found.loose.setdefault(case_id, []).extend(events)


def _add(found: Salvage, document: Document) -> None:
    """Take `document` in; where its id is there already, only its events."""
    there = found.documents.get(document["id"])
    if there is None:
        found.documents[document["id"]] = document
    else:
        found.whole.discard(document["id"])
        there["log"] = [*there["log"], *document["log"]]


def _owner(events: list[Document], candidates: list[str]) -> str | None:
    """The case id under which the checksum of one of the events is right."""
    for event in events:
        for case_id in candidates:
            if is_intact(case_id, event):
                return case_id
    return None


def _head(text: str) -> Document | None:
    """A case without its log, as far as it can be read; None where not even its id can."""
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
    told = _FORMAT.search(before)
    head["format"] = int(told[1]) if told else _OLDEST
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
