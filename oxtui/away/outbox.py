"""The outbox of a floor: while its server does not answer, commands that may wait are saved here and sent later.

One thread saves them, checks whether the server is back, sends them in the order of the keys, and saves the agent's own
cases for a start without the server. The server's order wins: a command is decided when it is sent, as of the time of
its key. If it is refused, it becomes an event in the case's log that never counts, and its author is asked about it.
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

from oxtui.away.kept import KeptFile, NewCase, Queued, TooLate, Waiting
from oxtui.away.overlay import OverlaidCases, sent
from oxtui.away.own_cases import OwnCases
from oxtui.cases.case import Case
from oxtui.cases.commands.waiting import Late
from oxtui.cases.events import Document, new_id
from oxtui.cases.offline import Kept, may_keep, words_of
from oxtui.errors import Negative, NewerFormat, OxtuiError, Refusal, StoreError, Unsaved
from oxtui.outbox import RETRY_SECONDS, Deliver, Job, Outbox, fail, passes
from oxtui.service import Service
from oxtui.store.interface import Floor

LOOK_SECONDS: Final = 0.2
"""Between two checks whether the server answers."""
OWN_SECONDS: Final = 2.0
"""Between two saves of the agent's own cases."""
CREATE_SECONDS: Final = 10.0
"""The time to retry adding a new case while the server neither takes it nor counts as away."""
FOLDER: Final = "floor"


class FloorOutbox(Outbox):
    """An outbox for a floor. `arrived` is called on the screens' thread with each case that the server has taken."""

    def __init__(
        self,
        service: Service,
        floor: Floor,
        deliver: Deliver,
        changed: Callable[[], None],
        arrived: Callable[[Case], None],
    ) -> None:
        """Reads the saved commands; raises StoreError if it cannot."""
        super().__init__(service, deliver, changed)
        self.floor = floor
        folder, now = service.places.home / FOLDER, service.clock.now()
        self.file = KeptFile(folder, service.agent)
        self.own_cases = OwnCases(folder / "cases")
        self._entries, self._too_late, self.damaged = self.file.load(now)
        self._arrived = arrived
        self._fresh: list[Job] = []
        """In memory, and not on the disk yet."""
        self._too_old = False
        """Whether the server takes nothing from this program: the waiting commands are left to a newer version."""
        self._tried = ""
        """The id of the command that was handed to the server last."""
        self._changes = self._written = 0
        """How often what waits has changed, and how much of that is on the disk."""
        self._writing = threading.Lock()
        self._was_away: datetime | None = None
        self.heard = False
        """Whether the server has answered since the start."""
        self._own_at = monotonic()
        self._overlaid = OverlaidCases(service, lambda: self.kept)
        self._overlaid.last_known = self.own_cases.load(now)
        service.waiting = self

    # -- for the service
    def over(self, documents: Mapping[str, Document]) -> Mapping[str, Document]:
        """These open cases with the waiting commands."""
        return self._overlaid.over(documents)

    def create(self, document: Document) -> None:
        """Add a case to the floor, or save it while the server is away. Raises StoreError, Refusal."""
        self.need_entry()
        until = monotonic() + CREATE_SECONDS
        while self.floor.away is None and not self.kept:
            try:
                self.service.store.create(document)
                return
            except Unsaved:  # soon it counts as away, or answers
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
                self._changes += 1  # it may be in the file all the same
            raise

    def drop(self, case_id: str) -> bool:
        """Drop a case that the server does not have yet, and its waiting commands; False if the server has it."""
        with self._wake:
            if not any(isinstance(entry, NewCase) and entry.case_id == case_id for entry in self._entries):
                return False
            self._entries = [entry for entry in self._entries if entry.case_id != case_id]
            self._changes += 1
        self._save()
        return True

    # -- for the screens
    @property
    def kept(self) -> tuple[Queued, ...]:
        """The entries that wait for the server, in the order of the keys."""
        with self._wake:
            return tuple(self._entries)

    @property
    def lasting(self) -> tuple[Queued, ...]:
        """The part of `kept` that is on the disk: the number that screens show."""
        with self._wake:
            fresh = {job.id for job in self._fresh}
            return tuple(entry for entry in self._entries if isinstance(entry, NewCase) or entry.id not in fresh)

    @property
    def too_late(self) -> tuple[TooLate, ...]:
        """The commands refused when the server was back, until the agent dismisses them."""
        with self._wake:
            return tuple(self._too_late)

    def marks(self, case_id: str) -> frozenset[str]:
        """The items of a case that are drawn as pending, waiting ones too."""
        waiting = (entry for entry in self.kept if isinstance(entry, Waiting) and entry.case_id == case_id)
        return super().marks(case_id) | {entry.mark for entry in waiting if entry.mark and not entry.doubt}

    def put_away(self, read: tuple[TooLate, ...]) -> None:
        """Dismiss those of `too_late` that the agent has read."""
        with self._wake:
            self._too_late = [each for each in self._too_late if each not in read]
            self._changes += 1
            self._wake.notify()

    def send(self, job: Job) -> None:
        """Accept a command; while the server is away it must be one that may wait."""
        job.at = self.service.clock.now()
        with self._wake:
            if self.floor.away is None or self._jobs:  # in order, after the commands under way
                self._jobs.append(job)
                self._wake.notify()
                return
        try:
            self.need_entry()
            self._keep(job)
        except OxtuiError as error:
            job.refused(error)

    def need_entry(self) -> None:
        """Raise Refusal if the server no longer lets this agent in: a saved command might never be sent."""
        if self.floor.shut_out:
            raise Refusal("The floor's server does not let you in: nothing is saved", self.floor.shut_out)

    def stop(self, seconds: float = 3.0) -> bool:
        """Write the remaining commands and end; False if one is neither with the server nor on the disk."""
        return super().stop(seconds) and not self._unwritten

    # -- saving
    def _keep(self, job: Job) -> None:
        """Save a command; raises OxtuiError if it may not wait or may not be done."""
        case = self.service.peek(job.case_id)
        if case is None:
            raise Negative("The floor is away, and this case is not on this machine", "look again once it is back")
        may_keep(case, job.command)
        if self.service.would_change(case, job.command):
            self._append(job, case)
        else:
            self._deliver(partial(job.done, case))  # it changes nothing, so nothing has to wait

    def _append(self, job: Job, case: Case, *, doubt: bool = False) -> None:
        assert isinstance(job.command, Kept)
        words = words_of(case, job.command)
        with self._wake:
            own = tuple(name for entry in self._entries if entry.case_id == case.id for name in _event_ids(entry))
            self._entries.append(
                Waiting(case.id, job.id, job.command, job.at, job.seen, own, job.mark, words, case.domain, doubt)
            )
            if not doubt:
                self._fresh.append(job)
            self._changes += 1
            self._wake.notify()

    def _keep_under_way(self) -> None:
        """Save the commands that were under way when the server went away, or refuse them."""
        while self._jobs:
            job = self._jobs[0]
            try:
                self._keep(job)
            except OxtuiError as error:
                self._deliver(partial(job.refused, self._doubted(job) or error))
            with self._wake:
                self._jobs.popleft()

    def _doubted(self, job: Job) -> Refusal | None:
        """Note a command that may not wait but may have reached the server; it is looked for later."""
        case = self.service.peek(job.case_id)
        if case is None or job.id != self._tried or not isinstance(job.command, Kept):
            return None
        self._append(job, case, doubt=True)
        words = words_of(case, job.command)
        return Refusal(f"The floor went away: nobody knows whether this was saved: {words}", "it is looked for")

    @property
    def _unwritten(self) -> bool:
        """Whether something that waits is not on the disk yet, or is being written."""
        return self._written != self._changes

    def _save(self) -> None:
        """Write what waits, and report as done what is on the disk with it. Raises StoreError."""
        with self._writing:
            with self._wake:
                entries, too_late, fresh = list(self._entries), list(self._too_late), list(self._fresh)
                changes = self._changes
            self.file.save(entries, too_late)
            done = [(job, self.service.peek(job.case_id)) for job in fresh]
            with self._wake:  # in one step, as in `_finish`
                self._written = changes
                del self._fresh[: len(fresh)]
                for job, case in done:
                    if case is not None:
                        self._deliver(partial(job.done, case))

    def _write_kept(self) -> bool:
        """Write the changes; False if they cannot be written now."""
        if not self._unwritten:
            return True
        try:
            self._save()
        except StoreError as error:
            self._set_trouble(error)
            return False
        self._set_trouble(None)
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
            except BaseException as error:  # noqa: BLE001 - a fault of ours is raised where the screens live
                self._deliver(partial(fail, error))
                return
            if stopped and (not moved or not self._jobs):
                return
            if not moved:
                with self._wake:
                    self._wake.wait(RETRY_SECONDS if self.floor.away is None else LOOK_SECONDS)

    def _turn(self) -> bool:
        """Do the next piece of work; False if it must be retried."""
        away = self.floor.away
        if (away is None) is not (self._was_away is None):
            if away is not None and self.heard:
                self._keep_own()  # there may be no later moment
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
        if waiting := self.kept:
            if self._send(waiting[0]):
                return True
            if not (self._too_old and self._jobs):
                return False  # otherwise the key is refused with the reason, and the waiting commands stay
        if self._jobs:
            self._tried = self._jobs[0].id
            return self._write(self._jobs[0])
        if monotonic() - self._own_at >= OWN_SECONDS:
            self._keep_own()
        return True

    def _send(self, entry: Queued) -> bool:
        """Send the entry that has waited longest; False if the server does not take it now."""
        try:
            case = self._taken(entry)
        except OxtuiError as error:
            self._too_old = isinstance(error, NewerFormat)
            if self._too_old or (isinstance(error, StoreError) and passes(error)):
                return False
            self._came_too_late(entry, error)
            return True
        document = self.service.store.peek().get(entry.case_id)
        if document is not None:  # a command shown as kept is still shown after a crash
            with suppress(StoreError):
                self.own_cases.put(document)
        self._replace(entry, [])
        # with the commands still waiting, so a screen that showed them all does not go back
        self._deliver(lambda: self._arrived(self.service.peek(case.id) or case))
        return True

    def _taken(self, entry: Queued) -> Case:
        """The case after the server has taken an entry; raises OxtuiError if it does not."""
        store = self.service.store
        if isinstance(entry, NewCase):
            store.create(entry.document)
            return self.service.reader.case(store.get(entry.case_id) or entry.document)
        if entry.doubt:
            document = store.get(entry.case_id) or store.archive.get(entry.case_id)
            if document is None or not any(event["id"] == entry.id for event in document["log"]):
                raise Refusal("the floor went away before it was saved", "do it again")
            return self.service.reader.case(document)
        command = sent(entry)
        if command.at is not None:  # a clock that was set back since
            command = replace(command, at=min(command.at, self.service.clock.now()))
        return self.service.change(entry.case_id, entry.command, command)

    def _came_too_late(self, entry: Queued, error: OxtuiError) -> None:
        """Report a refused entry, and queue its event for the log, in one write: a crash loses neither."""
        events: list[Queued] = []
        reports: list[TooLate] = []
        if isinstance(entry, Waiting) and not isinstance(entry.command, Late):
            at = entry.at or self.service.clock.now()
            reports = [TooLate(entry.case_id, entry.domain, entry.words, at, error.message, error.hint)]
            late = Late(entry.words, at, error.message)
            events = [Waiting(entry.case_id, new_id(), late, None, domain=entry.domain)]
        self._replace(entry, events, reports)
        self._deliver(self._changed)

    def _replace(self, entry: Queued, others: list[Queued], reports: Sequence[TooLate] = ()) -> None:
        """Replace an entry by others, unless it was dropped meanwhile."""
        with self._wake:
            if entry in self._entries:
                place = self._entries.index(entry)
                self._entries[place : place + 1] = others
                self._too_late += reports
                self._changes += 1

    def _keep_own(self) -> None:
        """Save the agent's own cases for a start without the server; on failure, the next time."""
        self._own_at = monotonic()
        agent, documents = self.service.agent, self.service.store.peek()
        own = {
            row.id: documents[row.id]
            for row in self.service.seen_overviews()
            if row.id in documents and (row.holder == agent or any(talk.agent == agent for talk in row.talks))
        }
        with suppress(StoreError):
            self.own_cases.save(own, self.service.clock.now())


def _event_ids(entry: Queued) -> tuple[str, ...]:
    """The ids by which another run of the program recognises the events of an entry as its own."""
    if isinstance(entry, NewCase):
        return tuple(str(event["id"]) for event in entry.document["log"])
    return (entry.id,)
