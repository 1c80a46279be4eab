"""Commands on their way to the store: in order, one at a time, and retried while a disk refuses."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NoReturn, TypeAlias

from msgspec import Struct, field

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Sent
from oxtui.cases.events import new_id
from oxtui.errors import OxtuiError, StoreError, Unsaved
from oxtui.service import Service
from oxtui.text import plural

Deliver: TypeAlias = Callable[[Callable[[], None]], None]
RETRY_SECONDS = 1.0
SLOW_SECONDS = 0.06
"""A command saved sooner is never drawn as pending."""


class Job(Struct):
    """A command on its way, with the state that the screen showed; its outcome goes to `done` or `refused`."""

    case_id: str
    command: Command
    done: Callable[[Case], None]
    refused: Callable[[OxtuiError], None]
    seen: int | None = None
    mark: str = ""
    """The item it is about, to be drawn as pending."""
    id: str = field(default_factory=new_id)
    since: float = field(default_factory=time.monotonic)
    at: datetime | None = None
    """When its key was pressed, by a floor's clock."""

    @property
    def sent(self) -> Sent:
        """The command with the ids of its events: sent twice, it is written once."""
        return Sent(self.command, self.id, self.seen)


class Outbox:
    """A thread that writes. `deliver` runs a function on the screens' thread (results come back through it).

    A command that cannot be written now is retried every second, with all that follow it; `trouble` then says why.
    Commands under way satisfy no guard: each is decided on the log on disk. When one is refused, those typed
    after it in that case are dropped, which is reported once.
    """

    def __init__(self, service: Service, deliver: Deliver, changed: Callable[[], None]) -> None:
        self.service = service
        self._deliver = deliver
        self._changed = changed
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.trouble: StoreError | None = None

    @property
    def pending(self) -> tuple[Job, ...]:
        """The commands that are not on disk yet."""
        with self._wake:
            return tuple(self._jobs)

    def marks(self, case_id: str) -> frozenset[str]:
        """The items of a case that are drawn as pending."""
        return frozenset(job.mark for job in self.pending if job.case_id == case_id and job.mark)

    @property
    def slow(self) -> bool:
        """Whether a command has been under way long enough to be shown."""
        with self._wake:
            return bool(self._jobs) and time.monotonic() - self._jobs[0].since > SLOW_SECONDS

    def begin(self) -> None:
        """Start the thread, unless it has been started."""
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()

    def send(self, job: Job) -> None:
        """Queue a command; while nothing can be written, only if the case as last read allows it."""
        if self.trouble:
            case = self.service.peek(job.case_id)
            try:
                if case is not None:
                    self.service.would_change(case, job.command)
            except OxtuiError as error:
                job.refused(error)
                return
        with self._wake:
            self._jobs.append(job)
            self._wake.notify()
        self.begin()

    def stop(self, seconds: float = 3.0) -> bool:
        """Write the remaining commands and stop; False if one could not be written in time."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread:
            self._thread.join(seconds)
        return not self._jobs

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._jobs and not self._stopped:
                    self._wake.wait()
                if not self._jobs:
                    return
                job = self._jobs[0]
            if self._write(job):
                continue
            with self._wake:
                if self._stopped:
                    return
                self._wake.wait(RETRY_SECONDS)

    def _write(self, job: Job) -> bool:
        """Write one command; False if it must be retried."""
        try:
            case = self.service.change(job.case_id, job.command, job.sent)
        except OxtuiError as error:
            if isinstance(error, StoreError) and passes(error):
                self.trouble = error
                self._deliver(self._changed)
                return False
            self._refuse(job, error)
            return True
        except BaseException as error:  # noqa: BLE001
            # A bug: raise it in the app's thread, so that it is seen and the thread goes on writing.
            self._finish(partial(fail, error))
            return True
        self._finish(lambda: job.done(case))
        return True

    def _refuse(self, job: Job, error: OxtuiError) -> None:
        """Report a refusal, and drop the commands typed after it in that case for a screen that never opened."""
        with self._wake:
            others = [other for other in self._jobs if other is not job and other.case_id == job.case_id]
            behind = [other for other in others if not other.command.STANDS_ALONE]
            for other in behind:
                self._jobs.remove(other)
        if behind:
            count = len(behind)
            dropped = f"{plural(count, 'key typed behind it was', 'keys typed behind it were')} dropped"
            error.hint = f"{error.hint}; {dropped}" if error.hint else dropped
        self._finish(lambda: job.refused(error))

    def _finish(self, tell: Callable[[], None]) -> None:
        recovered = self.trouble is not None
        self.trouble = None
        with self._wake:  # in one step: a screen never finds a command neither under way nor done
            self._jobs.popleft()
            self._deliver(tell)
        if recovered:
            self._deliver(self._changed)


def fail(fault: BaseException) -> NoReturn:
    """Raise a bug in the thread that runs this."""
    raise fault


def passes(error: StoreError) -> bool:
    """Whether the cause may pass: a full disk, a lock, a folder that cannot be reached just now."""
    return isinstance(error, Unsaved) or isinstance(error.__cause__, OSError)
