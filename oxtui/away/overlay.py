"""The cases as this agent sees them: what the server has, and on top of it what waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from oxtui.away.kept import Entry, NewCase, Waiting
from oxtui.cases.commands.base import Sent
from oxtui.cases.commands.waiting import Late
from oxtui.cases.events import Document
from oxtui.errors import OxtuiError
from oxtui.service import Service
from oxtui.store.logs import ids as ids_of
from oxtui.store.logs import last_seq


class _Drawn(Struct):
    """A case with what waits for it: made of which log and entries."""

    log: object
    ids: tuple[str, ...]
    document: Document


class OverlaidCases:
    """Decides what waits, in order, on what was read last. It is asked at every key, and remembers what it gave."""

    def __init__(self, service: Service, waiting: Callable[[], Sequence[Entry]]) -> None:
        self.service = service
        self.waiting = waiting
        self.last_known: Mapping[str, Document] = {}
        """One's own cases as they were kept on this machine, until the server has been heard."""
        self._drawn: dict[str, _Drawn] = {}

    def over(self, documents: Mapping[str, Document]) -> Mapping[str, Document]:
        """`documents` with what waits; the very same mapping where nothing does."""
        entries = self.waiting()
        if self.last_known:
            documents = {**self.last_known, **documents}
        if not entries:
            return documents
        by_case: dict[str, list[Entry]] = {}
        for entry in entries:
            by_case.setdefault(entry.case_id, []).append(entry)
        found = {case_id: self._over_one(case_id, documents.get(case_id), rows) for case_id, rows in by_case.items()}
        shown = {case_id: document for case_id, document in found.items() if document is not None}
        return {**documents, **shown} if shown else documents

    def _over_one(self, case_id: str, base: Document | None, entries: list[Entry]) -> Document | None:
        """A case with what waits for it; None where the case is not known here."""
        begun = next((entry.document for entry in entries if isinstance(entry, NewCase)), None)
        document = base or begun
        if document is None:
            return None
        rows = [entry for entry in entries if isinstance(entry, Waiting) and _counts(entry)]
        ids, log = tuple(row.id for row in rows), document["log"]
        held = self._drawn.get(case_id)
        if held is not None and held.log is log and held.ids == ids:
            return held.document
        done = 0
        if held is not None and held.log is log and held.ids == ids[: len(held.ids)]:
            document, done = held.document, len(held.ids)
        else:
            document = {**document, "confirmed": last_seq(base) if base else 0}
        there = ids_of(base) if base else set()
        for row in rows[done:]:
            if row.id in there:
                continue  # it has arrived, and its answer was lost on the way
            try:
                document = self.service.after(document, sent(row))
            except OxtuiError:
                continue  # it will be refused when the server is back, and is told then
        self._drawn[case_id] = _Drawn(log, ids, document)
        return document


def _counts(entry: Waiting) -> bool:
    return not entry.doubt and not isinstance(entry.command, Late)


def sent(entry: Waiting) -> Sent:
    """What the service is handed: the same ids each time."""
    return Sent(entry.command, entry.id, entry.seen, entry.at, frozenset(entry.own))
