"""The store of one machine (being replaced)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from oxtui.cases.events import FORMAT, Document
from oxtui.clock import Clock
from oxtui.store.cases import OpenCases
from oxtui.store.closing import close_within, reopen, settle
from oxtui.store.drafts import Drafts
from oxtui.store.history import History
from oxtui.store.taking_over import take_over


class LocalStore(OpenCases):
    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.archive = History(folder)
        self.history = self.archive
        self.drafts = Drafts(self)

    def make_sure(self) -> None:
        return

    def create(self, document: Document) -> None:
        with self.transaction() as kept:
            kept.create(document)

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> tuple[Document, ...] | None:
        with self.transaction() as kept:
            return self._append(kept, case_id, after, events)

    def _append(self, kept: Any, case_id: str, after: int, events: Sequence[Document]) -> tuple[Document, ...] | None:
        document = kept.get(case_id)
        log = document["log"]
        ids = {event["id"] for event in log}
        if all(event["id"] in ids for event in events):
            return None
        if max(event["seq"] for event in log) > after:
            return tuple(event for event in log if event["seq"] > after)
        kept.replace(case_id, {**document, "format": FORMAT, "log": [*log, *events]})
        return None

    def close(self, case_id: str, after: int, events: Sequence[Document], summary: Mapping[str, Any]) -> Any:
        with self.transaction() as kept:
            missed = self._append(kept, case_id, after, events)
            if missed is None:
                close_within(kept, self.archive, kept.get(case_id), summary)
            return missed

    def reopen(self, case_id: str, after: int, events: Sequence[Document]) -> None:
        reopen(self, self.archive, case_id, events)

    def drop(self, case_id: str, after: int) -> None:
        with self.transaction() as kept:
            kept.remove(case_id)

    def settle(self, summarise: Callable[[Document], Mapping[str, Any]]) -> list[str]:
        return settle(self, self.archive, summarise)

    def take_over(self, theirs: Document, restore: Any, is_closed: Any, summarise: Any) -> Document | None:
        return take_over(self, self.archive, theirs, restore, is_closed, summarise)
