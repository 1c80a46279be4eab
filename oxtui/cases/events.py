"""The events of a case's log: their form, how they are saved, and their checksums."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import msgspec.structs
from msgspec import Struct

_canonical = msgspec.json.Encoder(order="sorted").encode

FORMAT = 2
"""The format of a case document; a document with a higher one is newer than this program."""

YEARS: Final = range(1970, 2200)
"""The years that anything in a case can be dated in."""
MOST_EVENTS: Final = 1_000_000
"""A higher number is damage, and counting up to it would take all memory."""

Document: TypeAlias = dict[str, Any]
"""A case as it is saved: `{id, format, opened_at, playbook, log: [event, ...]}`, JSON values only."""


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
        """The time that its content counts from: when it was said or written, never after the event itself."""
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
    """`event` as it is saved in the case's log, with its checksum."""
    document = {**msgspec.structs.asdict(event), "at": iso(event.at), "data": dict(event.data)}
    return {**document, "sum": checksum(case_id, document)}


def from_document(document: Mapping[str, Any]) -> Event:
    """Return the event that was saved as `document`; raises ValueError if it is none."""
    return events_of([document])[0]


def events_of(log: Sequence[Any]) -> list[Event]:
    """Return the events of a log, in its order; raises ValueError if one of them is none."""
    try:
        events = msgspec.convert(log, list[Event])
    except msgspec.ValidationError as error:
        raise ValueError(f"not a log event: {error}") from None
    if odd := next((event for event in events if event.at.year not in YEARS), None):
        raise ValueError(f"not a log event: number {odd.seq} of {odd.at:%Y}")
    return events


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
    """The ids of events that were replaced when the case was restored from a pasted line: they are not missing."""
    return {
        str(name)
        for document in log
        if document.get("what") == "imported" and isinstance(document.get("data"), dict)
        for name in document["data"].get("instead", ())
    }


def is_intact(case_id: str, document: Mapping[str, Any]) -> bool:
    """Whether the event saved as `document` is unchanged since oxtui wrote it."""
    return document.get("sum") == checksum(case_id, document)


def pinned_digest(document: Document) -> str:
    """The digest of the playbook that a case is pinned to: its intact log says so, the document's field is a copy."""
    digest = str(document.get("playbook", ""))
    for entry in document.get("log", ()):
        if isinstance(entry, dict) and entry.get("what") in ("opened", "moved"):
            try:
                event = from_document(entry)
            except ValueError:
                continue
            if is_intact(str(document["id"]), entry) and event.get("playbook"):
                digest = str(event.get("playbook"))
    return digest
