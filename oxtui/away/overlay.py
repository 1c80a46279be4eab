"""The cases as this agent sees them: the server's, with the commands that wait on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from oxtui.away.kept import NewCase, Queued, Waiting
from oxtui.cases.commands.base import Sent
from oxtui.cases.commands.waiting import Late
from oxtui.cases.events import Document
from oxtui.errors import OxtuiError
from oxtui.service import Service
from oxtui.store.logs import ids as ids_of
from oxtui.store.logs import last_seq


class OverlaidCases:
    """Decides the waiting commands, in order, on the newest known logs; the results are cached, for every key asks."""

    def __init__(self, service: Service, waiting: Callable[[], Sequence[Queued]]) -> None:
        self.service = service
        self.waiting = waiting
        self.last_known: Mapping[str, Document] = {}
        """The agent's own cases as saved on this machine, until the server has answered."""
        self._cache: dict[str, tuple[object, tuple[str, ...], Document]] = {}
        """By case id: the log and the entry ids that the document was made from, and the document."""

    def over(self, documents: Mapping[str, Document]) -> Mapping[str, Document]:
        """`documents` with the waiting commands; the same mapping if there are none."""
        entries = self.waiting()
        if self.last_known:
            documents = {**self.last_known, **documents}
        if not entries:
            return documents
        by_case: dict[str, list[Queued]] = {}
        for entry in entries:
            by_case.setdefault(entry.case_id, []).append(entry)
        shown = {case_id: self._over_one(case_id, documents.get(case_id), rows) for case_id, rows in by_case.items()}
        return {**documents, **{case_id: document for case_id, document in shown.items() if document is not None}}

    def _over_one(self, case_id: str, base: Document | None, entries: list[Queued]) -> Document | None:
        """A case with its waiting commands; None if the case is unknown here."""
        document = base or next((entry.document for entry in entries if isinstance(entry, NewCase)), None)
        if document is None:
            return None
        rows = [each for each in entries if isinstance(each, Waiting) and not each.doubt]
        rows = [row for row in rows if not isinstance(row.command, Late)]
        log, ids = document["log"], tuple(row.id for row in rows)
        cached_log, cached_ids, cached = self._cache.get(case_id, (None, (), document))
        done = 0
        if cached_log is log and cached_ids == ids[: len(cached_ids)]:
            document, done = cached, len(cached_ids)
        else:
            document = {**document, "confirmed": last_seq(base) if base else 0}
        there = ids_of(base) if base else set()
        for row in rows[done:]:
            if row.id in there:
                continue  # it has arrived, and the answer was lost on the way
            try:
                document = self.service.after(document, sent(row))
            except OxtuiError:
                continue  # it will be refused, and reported, when the server is back
        self._cache[case_id] = (log, ids, document)
        return document


def sent(entry: Waiting) -> Sent:
    """The command for the service, with the same ids each time."""
    return Sent(entry.command, entry.id, entry.seen, entry.at, frozenset(entry.own))
