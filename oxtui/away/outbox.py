"""The outbox of a floor: while its server does not answer, what may wait is kept on this machine and sent afterwards.

One thread does it all: it writes what is kept, looks whether the server is back, sends in the order of the keys, and
keeps the agent's own cases for a start without the server. The server's order wins: each command is decided when it is
sent, as at the time of its key. One that is refused then becomes a line in the case's log that is never counted, and
whoever gave it is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic, sleep
from typing import Final

from msgspec.structs import replace

from oxtui.away.kept import Entry, KeptFile, NewCase, TooLate, Waiting
from oxtui.away.overlay import OverlaidCases, sent
from oxtui.away.own_cases import OwnCases
from oxtui.cases.case import Case
from oxtui.cases.commands.waiting import Late
from oxtui.cases.events import Document, new_id
from oxtui.cases.offline import may_keep
from oxtui.cases.said import words_of
from oxtui.cases.wire import Kept
from oxtui.errors import Negative, NewerFormat, OxtuiError, Refusal, StoreError, Unsaved
from oxtui.outbox import RETRY_SECONDS, Deliver, Job, Outbox, fail, passes
from oxtui.service import Service
from oxtui.store.interface import Floor

LOOK_SECONDS: Final = 0.2
"""So often the thread looks whether the server has gone or come back."""
OWN_SECONDS: Final = 2.0
"""So often the agent's own cases are kept, where they have changed."""
CREATE_SECONDS: Final = 10.0
"""So long a new case is tried to be added, where the server neither takes it nor counts as away."""
FOLDER: Final = "floor"


class FloorOutbox(Outbox):
    """An outbox over a floor. `arrived` is called where the screens live with a case that the server has taken."""

    def __init__(
        self,
        service: Service,
        floor: Floor,
        deliver: Deliver,
        changed: Callable[[], None],
        arrived: Callable[[Case], None],
    ) -> None:
        """Reads what waits from before; raises StoreError where that cannot be read."""
        super().__init__(service, deliver, changed)
        self.floor = floor
        folder, now = service.places.home / FOLDER, service.clock.now()
        self.file = KeptFile(folder, service.agent)
        self.own_cases = OwnCases(folder / "cases")
        self._entries, self._too_late, self.damaged = self.file.load(now)
        self._arrived = arrived
        self._fresh: list[Job] = []
        """Kept in memory, and not on the disk yet."""
        self._at: dict[str, datetime] = {}
        """When the key of what is under way was pressed."""
        self._too_old = False
        """Whether the server takes nothing of this program: what waits does so until another version sends it."""
        self._tried = ""
        """What was handed to the server last."""
        self._unwritten = False
        self._writing = threading.Lock()
        self._was_away: datetime | None = None
        self.heard = False
        """Whether the server has answered since the start."""
        self._own_at = monotonic()
        self._overlaid = OverlaidCases(service, lambda: self.kept)
        self._overlaid.last_known = self.own_cases.load(now)
        service.waiting = self

    # -- what the service asks
    def over(self, documents: Mapping[str, Document]) -> Mapping[str, Document]:
        """These open cases with what waits."""
        return self._overlaid.over(documents)

    def create(self, document: Document) -> None:
        """Add a case to the floor; while the server is away it is kept. Raises StoreError."""
        self.need_entry()
        until = monotonic() + CREATE_SECONDS
        while self.floor.away is None and not self.kept:
            try:
                self.service.store.create(document)
                return
            except Unsaved:  # in a moment it is told to be away, or answers
                if monotonic() > until:
                    raise
                sleep(LOOK_SECONDS)
        entry = NewCase(document)
        with self._wake:
            self._entries.append(entry)
        try:
            self._save()
        except StoreError:
            with self._wake:
                self._entries.remove(entry)
            raise

    def drop(self, case_id: str) -> bool:
        """Drop a case that the server does not have yet, with all that waits for it; False where it has it."""
        with self._wake:
            if not any(isinstance(entry, NewCase) and entry.case_id == case_id for entry in self._entries):
                return False
            self._entries = [entry for entry in self._entries if entry.case_id != case_id]
        self._save()
        return True

    # -- what the screens ask
    @property
    def kept(self) -> tuple[Entry, ...]:
        """What waits for the server, in the order of the keys."""
        with self._wake:
            return tuple(self._entries)

    @property
    def lasting(self) -> tuple[Entry, ...]:
        """Of what is kept, what is on the disk: no more is told."""
        with self._wake:
            fresh = {job.id for job in self._fresh}
            return tuple(entry for entry in self._entries if isinstance(entry, NewCase) or entry.id not in fresh)

    @property
    def away(self) -> datetime | None:
        """Since when the server has not answered; None while it does."""
        return self.floor.away

    @property
    def too_late(self) -> tuple[TooLate, ...]:
        """What was refused when the server was back, until it is put away."""
        with self._wake:
            return tuple(self._too_late)

    def marks(self, case_id: str) -> frozenset[str]:
        """The items of a case that wait to be saved, kept ones too."""
        kept = (entry for entry in self.kept if isinstance(entry, Waiting) and entry.case_id == case_id)
        return super().marks(case_id) | {entry.mark for entry in kept if entry.mark and not entry.doubt}

    def put_away(self, told: tuple[TooLate, ...]) -> None:
        """What came too late was read: it is told no more."""
        with self._wake:
            self._too_late = [each for each in self._too_late if each not in told]
            self._unwritten = True
            self._wake.notify()

    def send(self, job: Job) -> None:
        """Take a command; while the server is away it has to be one that may wait."""
        self._at[job.id] = self.service.clock.now()
        with self._wake:
            if self.floor.away is None or self._jobs:  # behind what is under way, whatever becomes of that
                self._jobs.append(job)
                self._wake.notify()
                return
        try:
            self.need_entry()
            self._keep(job)
        except OxtuiError as error:
            self._at.pop(job.id, None)
            job.refused(error)

    def stop(self, seconds: float = 3.0) -> bool:
        """Write what is left and end; False where something is neither with the server nor on the disk."""
        return super().stop(seconds) and not self._unwritten

    # -- keeping
    def need_entry(self) -> None:
        """Raise Refusal where the server lets this agent in no more: what would be kept might never be sent."""
        if self.floor.shut_out:
            raise Refusal("The floor's server does not let you in: nothing is saved", self.floor.shut_out)

    def _keep(self, job: Job) -> None:
        """Keep a command; raises why it cannot wait, or may not be done."""
        case = self.service.peek(job.case_id)
        if case is None:
            raise Negative("The floor is away, and this case is not on this machine", "look again once it is back")
        may_keep(case, job.command)
        if not self.service.may(case, job.command):
            self._deliver(partial(job.done, case))  # it changes nothing, and nothing of it has to wait
            return
        with self._wake:
            self._entries.append(self._waiting(job, case))
            self._fresh.append(job)
            self._unwritten = True
            self._wake.notify()

    def _waiting(self, job: Job, case: Case, *, doubt: bool = False) -> Waiting:
        before = tuple(name for entry in self._entries if entry.case_id == case.id for name in _made_by(entry))
        assert isinstance(job.command, Kept)
        return Waiting(
            job.case_id, job.id, job.command, self._at.pop(job.id, self.service.clock.now()), job.seen, before,
            job.mark, words_of(case, job.command), case.domain, doubt,
        )  # fmt: skip

    def _keep_under_way(self) -> None:
        """What was on its way when the server went: kept, or in doubt, or refused."""
        while self._jobs:
            job = self._jobs[0]
            try:
                self._keep(job)
            except OxtuiError as error:
                self._keep_doubt(job, error)
            with self._wake:
                self._jobs.popleft()

    def _keep_doubt(self, job: Job, error: OxtuiError) -> None:
        """What cannot wait: where the server may have it all the same, it is looked for when that is back."""
        case = self.service.peek(job.case_id)
        if case is not None and job.id == self._tried and isinstance(job.command, Kept):
            with self._wake:
                self._entries.append(self._waiting(job, case, doubt=True))
                self._unwritten = True
            words = words_of(case, job.command)
            error = Refusal(f"The floor went away: nobody knows whether this was saved: {words}", "it is looked for")
        told = error
        self._deliver(lambda: job.refused(told))

    def _save(self) -> None:
        """Write what is kept; raises StoreError."""
        with self._writing:
            with self._wake:
                entries, told, self._unwritten = list(self._entries), list(self._too_late), False
            try:
                self.file.save(entries, told)
            except StoreError:
                self._unwritten = True
                raise

    def _write_kept(self) -> bool:
        """Write what is kept, then say that it is; False where it cannot be written now."""
        if not self._unwritten:
            return True
        with self._wake:
            fresh = list(self._fresh)
        try:
            self._save()
        except StoreError as error:
            self._set_trouble(error)
            return False
        self._set_trouble(None)
        with self._wake:
            del self._fresh[: len(fresh)]
        for job in fresh:
            case = self.service.peek(job.case_id)
            if case is not None:
                self._deliver(partial(job.done, case))
        return True

    def _set_trouble(self, trouble: StoreError | None) -> None:
        before, self.trouble = self.trouble, trouble
        if (before is None) is not (trouble is None):
            self._deliver(self._changed)

    # -- the thread
    def _run(self) -> None:
        while True:
            with self._wake:
                if not (self._stopped or self._jobs or self._unwritten or (self._entries and self.floor.away is None)):
                    self._wake.wait(LOOK_SECONDS)
                stopped = self._stopped
            try:
                moved = self._turn()
            except BaseException as error:  # noqa: BLE001 - a fault of ours ends where the screens live
                self._deliver(partial(fail, error))
                return
            if stopped and (not moved or not self._jobs):
                return
            if not moved:
                with self._wake:
                    self._wake.wait(RETRY_SECONDS if self.floor.away is None else LOOK_SECONDS)

    def _turn(self) -> bool:
        """Do the next thing there is to do; False where it has to be tried again."""
        away = self.floor.away
        if (away is None) is not (self._was_away is None):
            if away is not None and self.heard:
                self._keep_own()  # as they were last: there may be no later moment
            self._was_away = away
            self._deliver(self._changed)
        if away is not None or (self._entries and self._stopped):
            self._keep_under_way()
            written = self._write_kept()
            if written:
                self._set_trouble(None)
            return written
        self.heard, self._overlaid.last_known = True, {}
        if not self._write_kept():
            return False
        if self._entries:
            if self._send_first():
                return True
            if not (self._too_old and self._jobs):
                return False  # else a key hears why nothing is saved, and what waits goes on waiting
        if self._jobs:
            job = self._jobs[0]
            self._tried = job.id
            written = self._write(job)
            if written:
                self._at.pop(job.id, None)
            return written
        if monotonic() - self._own_at >= OWN_SECONDS:
            self._keep_own()
        return True

    def _send_first(self) -> bool:
        """Send what has waited longest; False where the server does not take it now."""
        kept = self.kept
        if not kept:  # dropped meanwhile
            return True
        entry = kept[0]
        try:
            case = self._sent(entry)
        except OxtuiError as error:
            self._too_old = isinstance(error, NewerFormat)
            if self._too_old or (isinstance(error, StoreError) and passes(error)):
                return False
            self._came_too_late(entry, error)
            return True
        document = self.service.store.peek().get(entry.case_id)
        if document is not None:  # what was shown as kept is shown after a crash, too
            with suppress(StoreError):
                self.own_cases.put(document)
        self._put_in_place(entry, [])
        # as it is seen here, with what is still waiting: a screen that showed all of it stays where it was
        self._deliver(lambda: self._arrived(self.service.peek(case.id) or case))
        return True

    def _sent(self, entry: Entry) -> Case:
        """Have the server take what waited; raises why it does not."""
        store = self.service.store
        if isinstance(entry, NewCase):
            store.create(entry.document)
            return self.service.reader.case(store.get(entry.case_id) or entry.document)
        if entry.doubt:
            document = store.get(entry.case_id) or store.archive.get(entry.case_id)
            if document is None or not any(event["id"] == entry.id for event in document["log"]):
                raise Refusal("the floor went away before it was saved", "do it again")
            return self.service.reader.case(document)
        given = sent(entry)
        if given.at is not None:  # a clock that was set back since
            given = replace(given, at=min(given.at, self.service.clock.now()))
        return self.service.change(entry.case_id, entry.command, given)

    def _came_too_late(self, entry: Entry, error: OxtuiError) -> None:
        """Tell whoever gave it, and leave a line in the log: both in one write, so that a crash loses neither."""
        late: list[Entry] = []
        told: list[TooLate] = []
        if isinstance(entry, Waiting) and not isinstance(entry.command, Late):
            at = entry.at or self.service.clock.now()
            told = [TooLate(entry.case_id, entry.domain, entry.words, at, error.message, error.hint)]
            line = Late(entry.words, at, error.message)
            late = [Waiting(entry.case_id, new_id(), line, None, domain=entry.domain)]
        self._put_in_place(entry, late, told)
        self._deliver(self._changed)

    def _put_in_place(self, entry: Entry, others: list[Entry], told: Sequence[TooLate] = ()) -> None:
        """Take an entry out, with others in its place; nothing where it was dropped meanwhile."""
        with self._wake:
            if entry in self._entries:
                place = self._entries.index(entry)
                self._entries[place : place + 1] = others
                self._too_late += told
                self._unwritten = True

    def _keep_own(self) -> None:
        """Keep the agent's own cases, for a start without the server; one that cannot be kept now is later."""
        self._own_at = monotonic()
        agent, documents = self.service.agent, self.service.store.peek()
        own = {
            row.id: documents[row.id]
            for row in self.service.seen_overviews()
            if row.id in documents and (row.holder == agent or any(talk.agent == agent for talk in row.talks))
        }
        with suppress(StoreError):
            self.own_cases.save(own, self.service.clock.now())


def _made_by(entry: Entry) -> tuple[str, ...]:
    """The ids by which what an entry writes is known as one's own, also to another run of the program."""
    if isinstance(entry, NewCase):
        return tuple(str(event["id"]) for event in entry.document["log"])
    return (entry.id,)
