"""The store of a floor: cases on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oxtui.cases.events import FORMAT, Document, pinned_digest
from oxtui.clock import Clock
from oxtui.durable import make_folder
from oxtui.errors import NotArchived, NotOpen, StoreError
from oxtui.store.drafts import Drafts
from oxtui.store.floor.address import agent_of
from oxtui.store.floor.archive import FloorArchive, words_of
from oxtui.store.floor.link import Link
from oxtui.store.floor.memory import read_lines
from oxtui.store.floor.steps import KeptSteps
from oxtui.store.floor.thread import POLL_SECONDS, FloorThread
from oxtui.store.interface import Floor, Summarise
from oxtui.store.local.archive import flattened
from oxtui.store.local.cases import LOCK, LOCK_SECONDS
from oxtui.store.local.layout import parse, round_trip, serialise
from oxtui.store.local.lock import locked
from oxtui.store.logs import Missed, check_new, extended

if TYPE_CHECKING:
    from oxtui.store.restored import Restored
FOLDER = "floor"


class FloorStore:
    """The cases on the server at `address`; `home` is this machine's part: drafts and steps. See CaseStore.

    Reading is from memory; writing waits for the server. Nothing is imported or connected before the first use.
    """

    def __init__(self, address: str, home: Path, clock: Clock, poll_seconds: float = POLL_SECONDS) -> None:
        """Raises WrongUse if `address` is not valid."""
        self.thread = FloorThread(address, agent_of(address), clock, KeptSteps(home / "playbooks"), poll_seconds)
        self.floor: Floor = self.thread
        self.archive = FloorArchive(self._call)
        self.folder = home / FOLDER
        self.drafts = Drafts(self.folder, clock, self._lock, self._existing)

    # -- reading
    def open(self) -> None:
        make_folder(self.folder)

    def connect(self) -> None:
        """Wait for the list of open cases; raises StoreError."""
        self.thread.run(lambda link: None)

    def close_down(self) -> None:
        """Disconnect."""
        self.thread.stop()

    def refresh(self) -> None:
        """Poll now, and wait for the answer."""
        self.thread.run(self.thread.sync)

    def stamp(self) -> object:
        """See CaseStore; raises StoreError if the server cannot be used."""
        self.thread.begin()
        self._usable()
        return self.thread.memory.stamp, self.thread.away is None

    def snapshot(self) -> Mapping[str, Document]:
        self._usable()
        return self.peek()

    def peek(self) -> Mapping[str, Document]:
        return self.thread.memory.documents

    def get(self, case_id: str) -> Document | None:
        return self.peek().get(case_id)

    def make_sure(self) -> None:
        """The server shows nothing that is not durable."""

    def take_restored(self) -> list[Restored]:
        return []  # the floor's notices report restorations of the server

    def verify(self) -> dict[str, list[int]]:
        from oxtui.store.local.recovery import altered

        by_case = {case_id: altered(document) for case_id, document in self.peek().items()}
        return {case_id: numbers for case_id, numbers in by_case.items() if numbers}

    def settle(self, summarise: Summarise) -> list[str]:
        return []  # the server moves a case in one transaction

    def purge_old(self, days: int, now: datetime) -> tuple[str, ...]:
        return ()  # the operator's job purges

    # -- changing
    def create(self, document: Document) -> None:
        if not document["log"]:
            raise StoreError("a case begins with an event")
        copy, _ = round_trip("0", document)
        case_id = str(copy["id"])

        def work(link: Link) -> None:
            self.thread.steps.give(link, pinned_digest(copy))
            self._change(link, "open_case", case_id, copy["format"], _head(copy), copy["log"])
            self._look(link, case_id)

        self.thread.run(work)

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        check_new(case_id, after, events)
        lines = _copied(events)

        def work(link: Link) -> Missed:
            if any(event["what"] == "moved" for event in lines):
                self.thread.steps.give(link, pinned_digest({"id": case_id, "log": lines}))
            missed = self._change(link, "append", case_id, after, FORMAT, lines)
            memory = self.thread.memory
            generation, known = memory.generation(case_id, after), memory.documents.get(case_id)
            if missed is None and generation and known is not None:
                memory.put(extended(known, lines), generation)
            else:
                self._look(link, case_id)
            return missed

        return self.thread.run(work)

    def close(self, case_id: str, after: int, events: Sequence[Document], summary: Mapping[str, Any]) -> Missed:
        check_new(case_id, after, events)
        lines = _copied(events)
        document = self.get(case_id)
        head = {**(document or {}), "id": case_id, "log": lines}
        return self._write(case_id, "close_case", case_id, after, FORMAT, lines, *_archived(head, summary))

    def reopen(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        check_new(case_id, after, events)
        return self._write(case_id, "reopen_case", case_id, after, FORMAT, _copied(events))

    def drop(self, case_id: str, after: int) -> Missed:
        return self._write(case_id, "drop_case", case_id, after)

    def replace(self, document: Document, after: int, summary: Mapping[str, Any] | None = None) -> Missed:
        copy, _ = round_trip("0", document)
        case_id = str(copy["id"])
        archived = (None, None, None, None) if summary is None else _archived(copy, summary)
        log = copy["log"]
        self.thread.run(lambda link: self.thread.steps.give(link, pinned_digest(copy)))
        return self._write(case_id, "import_case", case_id, after, copy["format"], _head(copy), log, *archived)

    # -- inside
    def _lock(self) -> AbstractContextManager[None]:
        make_folder(self.folder)
        return locked(self.folder / LOCK, LOCK_SECONDS)

    def _existing(self, case_ids: Iterable[str]) -> set[str]:
        """Those of `case_ids` that are open or closed cases, once the server has answered."""
        self.connect()
        return (self.archive.holds(case_ids) | self.peek().keys()).intersection(case_ids)

    def _usable(self) -> None:
        """Raise the reason why the server cannot be used, if it does not pass by itself."""
        if self.thread.trouble is not None:
            raise self.thread.trouble

    def _call(self, function: str, *values: Any) -> Any:
        return self.thread.run(lambda link: link.call(function, *values))

    def _write(self, case_id: str, function: str, *values: Any) -> Missed:
        def work(link: Link) -> Missed:
            missed = self._change(link, function, *values)
            self._look(link, case_id)
            return missed

        return self.thread.run(work)

    def _change(self, link: Link, function: str, *values: Any) -> Missed:
        """In the thread: call a function that changes a case; raises NotOpen, NotArchived, NewerFormat."""
        answer = link.call(function, *values)
        outcome = answer.get("is") if isinstance(answer, dict) else None
        if outcome == "missed":
            return tuple(read_lines(answer["lines"]))
        if outcome == "not-open":
            raise NotOpen
        if outcome == "absent":
            raise NotArchived
        if outcome != "ok":
            raise StoreError("the floor's server answers what this oxtui cannot read", "update oxtui")
        self.thread.journal.confirm(function, values)
        return None

    def _look(self, link: Link, case_id: str) -> None:
        """In the thread: read the new events of one open case."""
        self.thread.take(link, [self.thread.memory.rest_of(case_id)])


def _head(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in ("log", "format")}


def _copied(events: Sequence[Document]) -> list[Document]:
    """A deep copy of the events, as they will be read back; raises StoreError."""
    copy: list[Document] = parse(serialise({"log": list(events)}))["log"]
    return copy


def _archived(document: Document, summary: Mapping[str, Any]) -> tuple[Any, ...]:
    """The arguments for the archive: domain, time of closing, summary, and search words."""
    flat, text = flattened(document, summary)
    return str(flat.get("domain", "")), flat["closed_at"], flat, tuple(words_of(text))
