"""A case is its log: what one line of it is, and how it is written down and checked."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Struct

_canonical = msgspec.json.Encoder(order="sorted").encode

FORMAT = 2
"""The format of a case document; a document with a higher one is newer than this program."""

YEARS: Final = range(1970, 2200)
"""The years that anything in a case can be dated in."""
MOST_EVENTS: Final = 1_000_000
"""No log is longer: a higher number is damage, and counting up to it would take all memory."""

Document: TypeAlias = dict[str, Any]
"""A case as it is kept: `{id, format, opened_at, playbook, log: [event, ...]}`, JSON values only."""


class Event(Struct, frozen=True):
    """One line of a case's log; `what` names the event, `data` its field names and values (never a secret)."""

    id: str
    seq: Annotated[int, msgspec.Meta(ge=1, le=MOST_EVENTS)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    agent: str
    what: str
    data: Mapping[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        return self.data.get(name, default)

    @property
    def counts_from(self) -> datetime:
        """When what it says counts from: when it was told or written, never after the event itself."""
        told = self.get("told_at")
        return min(datetime.fromisoformat(told), self.at) if told else self.at


ID_LENGTH: Final = 12
"""Characters of an id; the further events of one command have its id and a number."""


def new_id() -> str:
    """A random id for a case or an event: 12 characters, lower case and digits."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(ID_LENGTH))


def iso(moment: datetime) -> str:
    """`moment` (with a zone) as ISO 8601 in UTC, to the millisecond, ending in Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def checksum(case_id: str, document: Mapping[str, Any]) -> str:
    """The checksum of one event document within its case: 16 hex digits over all but `sum` itself.

    That is the SHA-256 of `[case id, event]` as JSON in UTF-8, keys sorted, without blanks.
    """
    body = [case_id, {key: value for key, value in document.items() if key != "sum"}]
    try:
        text = _canonical(body)
    except UnicodeEncodeError:  # half a pair, in a file that was written by hand
        plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        text = plain.encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]


def to_document(case_id: str, event: Event) -> Document:
    """`event` as it is kept in the case's log, with its checksum."""
    document: Document = {
        "id": event.id,
        "seq": event.seq,
        "at": iso(event.at),
        "agent": event.agent,
        "what": event.what,
        "data": dict(event.data),
    }
    document["sum"] = checksum(case_id, document)
    return document


def from_document(document: Mapping[str, Any]) -> Event:
    """The event kept as `document`; raises ValueError where it has not the form of one."""
    try:
        at = datetime.fromisoformat(document["at"])
        names: list[Any] = [document[name] for name in ("id", "agent", "what")]
        seq: Any = document["seq"]
        data: Any = document["data"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a log event: {error}") from None
    strings = all(isinstance(name, str) for name in names)
    if not (strings and type(seq) is int and isinstance(data, dict) and at.tzinfo is not None):
        raise ValueError("not a log event: a field has the wrong type")
    if not 1 <= seq <= MOST_EVENTS or at.year not in YEARS:
        raise ValueError(f"not a log event: number {seq} of {at:%Y}")
    return Event(names[0], seq, at, names[1], names[2], data)


def events_of(log: Sequence[Any]) -> list[Event]:
    """All the events of a log at once, in their order there; raises ValueError where any has not the form of one."""
    try:
        events = msgspec.convert(log, list[Event])
        if all(event.at.year in YEARS for event in events):
            return events
    except ValueError:
        pass
    return [from_document(kept) for kept in log]  # says what is wrong, and takes what is only unusual


def new_document(subject: str, digest: str, agent: str, now: datetime) -> Document:
    """The document of a new case, pinned to the playbook with that digest."""
    case_id = new_id()
    opened = Event(new_id(), 1, now, agent, "opened", {"domain": subject, "playbook": digest, "format": FORMAT})
    return {
        "id": case_id,
        "format": FORMAT,
        "opened_at": iso(now),
        "playbook": digest,
        "log": [to_document(case_id, opened)],
    }


def stood_for(log: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of the events that a later restoration from a line stands for: they are not missing."""
    return {
        str(name)
        for kept in log
        if kept.get("what") == "imported" and isinstance(kept.get("data"), dict)
        for name in kept["data"].get("instead", ())
    }


def is_intact(case_id: str, document: Mapping[str, Any]) -> bool:
    """Whether the event kept as `document` is unchanged since oxtui wrote it."""
    return document.get("sum") == checksum(case_id, document)


def pinned_digest(document: Document) -> str:
    """The playbook that a case is pinned to, as its intact log says (the document's own field is a copy)."""
    digest = str(document.get("playbook", ""))
    for kept in document.get("log", ()):
        if isinstance(kept, dict) and kept.get("what") in ("opened", "moved"):
            try:
                event = from_document(kept)
            except ValueError:
                continue
            if is_intact(str(document["id"]), kept) and event.get("playbook"):
                digest = str(event.get("playbook"))
    return digest
