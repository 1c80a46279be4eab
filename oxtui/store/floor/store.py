"""The store of a floor: reading is from memory, writing waits for the server, with an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from oxtui.cases.events import FORMAT, Document, pinned_digest
from oxtui.clock import Clock
from oxtui.durable import make_folder
from oxtui.errors import Negative, StoreError
from oxtui.store.drafts import Drafts
from oxtui.store.floor.address import agent_of
from oxtui.store.floor.archive import FloorArchive, words_of
from oxtui.store.floor.link import Link
from oxtui.store.floor.memory import read_lines
from oxtui.store.floor.steps import KeptSteps
from oxtui.store.floor.thread import POLL_SECONDS, FloorThread
from oxtui.store.interface import Floor, Here, Summarise
from oxtui.store.local.archive import flattened
from oxtui.store.local.cases import LOCK, LOCK_SECONDS
from oxtui.store.local.layout import parse, serialise, written
from oxtui.store.local.lock import locked
from oxtui.store.local.store import not_open
from oxtui.store.logs import Missed, check_new, extended

if TYPE_CHECKING:
    from oxtui.store.restored import Restored

T = TypeVar("T")
FOLDER = "floor"
BUNDLE_SECONDS = 15.0


class FloorStore:
    """The cases on the server at `address`; `home` is this machine's part: drafts and steps. See CaseStore.

    Nothing is imported or connected before the first use; `connect` waits until the server has told what is open.
    """

    def __init__(self, address: str, home: Path, clock: Clock, poll_seconds: float = POLL_SECONDS) -> None:
        """Raises WrongUse for what is no address of a floor."""
        self.thread = FloorThread(address, agent_of(address), clock, KeptSteps(home / "playbooks"), poll_seconds)
        self.floor: Floor = ServerFloor(self.thread, clock)
        self.archive = FloorArchive(self._ask)
        self.folder = home / FOLDER
        self.drafts = Drafts(self.folder, clock, self._lock, self._existing)

    # -- reading
    def open(self) -> None:
        make_folder(self.folder)

    def connect(self) -> None:
        """Wait until the server has told which cases are open; raises StoreError where it does not."""
        self.thread.run(lambda link: None)

    def close_down(self) -> None:
        """Let the server go."""
        self.thread.stop()

    def refresh(self) -> None:
        """Ask the server for its news now, and wait for them."""
        self.thread.run(self.thread.sync)

    def stamp(self) -> object:
        """A number that changes with every news of an open case. Raises StoreError where the server cannot be used."""
        self.thread.begin()
        self._usable()
        return self.thread.memory.stamp, self.thread.away is None

    def snapshot(self) -> Mapping[str, Document]:
        """All open cases as they were last heard of, from memory."""
        self._usable()
        return self.thread.memory.documents

    def peek(self) -> Mapping[str, Document]:
        """All open cases as they were last heard of, from memory."""
        return self.thread.memory.documents

    def get(self, case_id: str) -> Document | None:
        """The open case with this id as it was last heard of, from memory."""
        return self.thread.memory.documents.get(case_id)

    def make_sure(self) -> None:
        """Nothing to do: the server shows nobody what is not durable."""

    def take_restored(self) -> list[Restored]:
        """Nothing on this machine needs mending; what happened to the server is in the floor's notices."""
        return []

    def verify(self) -> dict[str, list[int]]:
        """The events with a wrong checksum, as numbers by case id."""
        from oxtui.store.local.recovery import altered

        found = {case_id: altered(document) for case_id, document in self.peek().items()}
        return {case_id: numbers for case_id, numbers in found.items() if numbers}

    def settle(self, summarise: Summarise) -> list[str]:
        """Nothing to do: the server moves a case in one step."""
        return []

    def purge_old(self, days: int, now: datetime) -> tuple[str, ...]:
        """Nothing to do: the operator's job purges."""
        return ()

    # -- changing
    def create(self, document: Document) -> None:
        """Add an open case; creating it again, as its first event tells, changes nothing."""
        if not document["log"]:
            raise StoreError("a case begins with an event")
        copy, _ = written("0", document)
        case_id = str(copy["id"])

        def work(link: Link) -> None:
            self.thread.steps.give(link, pinned_digest(copy))
            self._change(link, "open_case", case_id, copy["format"], _head(copy), copy["log"])
            self._look(link, case_id)

        self.thread.run(work)

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """Add `events`, numbered from `after` + 1, to an open case whose last event has the number `after`."""
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
        """`append`, and the case goes to the archive with its `summary`."""
        check_new(case_id, after, events)
        lines = _copied(events)
        document = self.get(case_id)
        head = {**(document or {}), "id": case_id, "log": lines}
        return self._write(case_id, "close_case", case_id, after, FORMAT, lines, *_archived(head, summary))

    def reopen(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """`append` to a closed case, which is open from then on; raises Negative where the archive lacks it."""
        check_new(case_id, after, events)
        return self._write(case_id, "reopen_case", case_id, after, FORMAT, _copied(events))

    def drop(self, case_id: str, after: int) -> Missed:
        """Remove an open case; one that is not there is dropped already. Raises NotOpen where it was closed."""
        return self._write(case_id, "drop_case", case_id, after)

    def replace(self, document: Document, after: int, summary: Mapping[str, Any] | None = None) -> Missed:
        """Put a case that came from elsewhere in the place of what is here of it, open or closed."""
        copy, _ = written("0", document)
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
        """Raise why the server cannot be used, where that does not go away by itself."""
        if self.thread.trouble is not None:
            raise self.thread.trouble

    def _ask(self, function: str, *values: Any) -> Any:
        return self.thread.run(lambda link: link.call(function, *values))

    def _write(self, case_id: str, function: str, *values: Any) -> Missed:
        def work(link: Link) -> Missed:
            missed = self._change(link, function, *values)
            self._look(link, case_id)
            return missed

        return self.thread.run(work)

    def _change(self, link: Link, function: str, *values: Any) -> Missed:
        """In the thread: a change by the function of that name; raises NotOpen, Negative, NewerFormat."""
        answer = link.call(function, *values)
        said = answer.get("is") if isinstance(answer, dict) else None
        if said == "missed":
            return tuple(read_lines(answer["lines"]))
        if said == "not-open":
            raise not_open()
        if said == "absent":
            raise Negative("This case is not in the history", "it may be open, or it was purged")
        if said != "ok":
            raise StoreError("the floor's server answers what this oxtui cannot read", "update oxtui")
        self.thread.journal.confirm(function, values)
        return None

    def _look(self, link: Link, case_id: str) -> None:
        """In the thread: have what the server has of one open case."""
        self.thread.take(link, [self.thread.memory.has_up_to(case_id)])


class ServerFloor:
    """The server as the screens know it. See Floor."""

    def __init__(self, thread: FloorThread, clock: Clock) -> None:
        self._thread = thread
        self._clock = clock
        self._bundles: dict[str, bytes] = {}

    @property
    def name(self) -> str:
        """The name that the connection is made with: the server lets nobody else in under it."""
        return self._thread.name

    @property
    def role(self) -> str:
        """ "agent" or "lead"."""
        return "lead" if self._thread.news is not None and self._thread.news.lead else "agent"

    @property
    def away(self) -> datetime | None:
        """Since when the server has not answered; None while it does, and has told all its news."""
        return self._thread.away

    @property
    def shut_out(self) -> str:
        """Why the server lets this agent's role in no more; "" while it does."""
        return self._thread.shut_out

    @property
    def notices(self) -> tuple[str, ...]:
        """What everybody has to be told of the server."""
        return self._thread.notices

    def server_now(self) -> datetime:
        """The server's time: this machine's, with the difference that was measured last."""
        return self._clock.now() + self._thread.offset

    def who(self) -> Mapping[str, tuple[Here, ...]]:
        """By case id, the other agents who have it in front now."""
        return {} if self.away else self._thread.who

    def here(self, case_id: str) -> None:
        """Tell the others which case this agent has in front; "" for none."""
        if self._thread.here != case_id:
            self._thread.here = case_id
            self._thread.wake()

    def in_force(self) -> str:
        """The digest of the bundle that was published last; "" where none was."""
        return self._thread.news.playbook if self._thread.news is not None else ""

    def playbook(self, digest: str) -> bytes:
        """A bundle that was published. Raises Negative where there is none with this digest."""
        if digest not in self._bundles:
            # a bundle takes longer than any other answer
            body = self._thread.run(lambda link: link.body("playbook", digest, BUNDLE_SECONDS), BUNDLE_SECONDS)
            if body is None:
                raise Negative("The floor has no playbook with this digest", "oxtui floor status lists them")
            self._bundles = {digest: body}
        return self._bundles[digest]

    def agents(self) -> tuple[str, ...]:
        """The names of all who may work on the floor's cases."""
        found = self._thread.run(lambda link: link.call("agents"))
        return tuple(str(name) for name in found)


def _head(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in ("log", "format")}


def _copied(events: Sequence[Document]) -> list[Document]:
    """The events as they will be read back, sharing nothing with what was handed in; raises StoreError."""
    copy: list[Document] = parse(serialise({"log": list(events)}))["log"]
    return copy


def _archived(document: Document, summary: Mapping[str, Any]) -> tuple[Any, ...]:
    """What the archive is given: domain, when it was closed, the summary, and the words it is found by."""
    flat, text = flattened(document, summary)
    return str(flat.get("domain", "")), flat["closed_at"], flat, tuple(words_of(text))
