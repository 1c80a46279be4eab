"""The open cases of a floor in memory, as last reported by the server; replaced, never changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from oxtui.cases.events import Document, from_document
from oxtui.errors import StoreError
from oxtui.store.local.layout import check
from oxtui.text import clean

MOST_AT_ONCE = 200
"""Cases asked for in one call."""


class Known(Struct, frozen=True):
    """An open case, the generation of its log, and the number that the server gives its last event."""

    generation: int
    last_seq: int
    document: Document


class Memory:
    """The known open cases; one thread changes them, all others read."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self.documents: Mapping[str, Document] = MappingProxyType({})
        self.stamp = 0
        self.damaged: tuple[str, ...] = ()
        """The ids of cases that the server sent in a wrong form."""

    def wanted(self, heads: Sequence[Sequence[Any]], *, all_of_them: bool) -> list[list[Any]]:
        """Given changed heads, the arguments for `logs`; cases that are no longer open are removed.

        `all_of_them`: so is every case that is not among the heads.
        """
        requests: list[list[Any]] = []
        closed = set(self._known) - {head[0] for head in heads} if all_of_them else set()
        for case_id, generation, last_seq, state in heads:
            known = self._known.get(case_id)
            if state != "open":
                closed.add(case_id)
            elif known is None or known.generation != generation or known.last_seq > last_seq:
                requests.append([case_id, 0, 0])
            elif known.last_seq < last_seq:
                requests.append([case_id, generation, known.last_seq])
        self.forget(closed)
        return requests

    def went_back(self, heads: Sequence[Sequence[Any]]) -> bool:
        """Whether a case has fewer events on the server than here."""
        known = ((self._known.get(head[0]), head) for head in heads)
        return any(each and (each.generation, each.last_seq) > (head[1], head[2]) for each, head in known)

    def missing(self, heads: Sequence[Sequence[Any]]) -> list[str]:
        """The known cases that are not among these heads."""
        return list(self._known.keys() - {head[0] for head in heads})

    def domain_of(self, case_id: str) -> str:
        """The domain that an open case was opened with; its id if it is not open."""
        known = self._known.get(case_id)
        events = known.document["log"] if known else ()
        return next((clean(str(each["data"]["domain"])) for each in events if "domain" in each["data"]), case_id)

    def rest_of(self, case_id: str) -> list[Any]:
        """The argument for `logs` to get the rest of one case."""
        known = self._known.get(case_id)
        return [case_id, known.generation, known.last_seq] if known else [case_id, 0, 0]

    def take(self, rows: Sequence[Sequence[Any]], asked: Sequence[Sequence[Any]]) -> None:
        """Process the answer of `logs` to `asked`; a case that it leaves out is no longer open."""
        after = {case_id: (generation, seq) for case_id, generation, seq in asked}
        fresh: dict[str, Known] = {}
        damaged: set[str] = set(self.damaged) - after.keys()
        for case_id, generation, last_seq, _, number, head, lines in rows:
            known, log = self._known.get(case_id), read_lines(lines)
            if known is not None and (generation, known.last_seq) == after.get(case_id):
                log = [*known.document["log"], *log]
            try:
                document = document_of(case_id, number, head, log)
            except ValueError:
                damaged.add(case_id)
                continue
            fresh[case_id] = Known(generation, last_seq, document)
        self.damaged = tuple(sorted(damaged))
        self._put({**self._known, **fresh}, after.keys() - fresh.keys())

    def put(self, document: Document, generation: int) -> None:
        """Replace a case that was just written here, whose whole log is known."""
        known = Known(generation, int(document["log"][-1]["seq"]), document)
        self._put({**self._known, str(document["id"]): known}, ())

    def generation(self, case_id: str, after: int) -> int:
        """The generation of a case whose last event has the number `after`; else 0."""
        known = self._known.get(case_id)
        return known.generation if known is not None and known.last_seq == after else 0

    def forget(self, case_ids: set[str]) -> None:
        """Remove cases that are no longer open."""
        if case_ids & self._known.keys():
            self._put(dict(self._known), case_ids)

    def _put(self, known: dict[str, Known], gone: Any) -> None:
        for case_id in gone:
            known.pop(case_id, None)
        self._known = known
        self.documents = MappingProxyType({case_id: each.document for case_id, each in known.items()})
        self.stamp += 1


def document_of(case_id: str, number: Any, head: Any, log: list[Document]) -> Document:
    """A case from the parts that the server stores; raises ValueError if they do not fit, NewerFormat."""
    if not isinstance(head, dict) or head.get("id") != case_id:
        raise ValueError("the head is another case's")
    document = {**head, "format": number, "log": log}
    check(document)
    return document


def read_lines(lines: Sequence[Sequence[Any]]) -> list[Document]:
    """Events from the server's rows `[agent, imported, line]`.

    A line without the form of an event is left out: the log then has a gap. One that names another agent than the role
    that wrote it loses its checksum, and so counts as altered; imported lines may name others.
    """
    events: list[Document] = []
    for agent, imported, line in lines:
        try:
            event = from_document(line)
        except ValueError:
            continue
        events.append(line if imported is True or event.agent == agent else {**line, "sum": ""})
    return events


def read_case(row: Sequence[Any]) -> Document:
    """A closed case from an answer of `get_case`; raises StoreError."""
    case_id, _, _, _, number, head, lines = row
    try:
        return document_of(case_id, number, head, read_lines(lines))
    except ValueError as error:
        raise StoreError(f"a closed case cannot be read: {error}", "the others can be") from None
