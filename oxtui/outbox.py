"""Carries changes to disk off the agent's hands: in order, one at a time, and again where the disk refuses."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from oxtui.cases.case import Case
from oxtui.errors import OxtuiError, StoreError, Unsaved
from oxtui.service import Service

if TYPE_CHECKING:
    from oxtui.cases.commands import Change

Deliver: TypeAlias = Callable[[Callable[[], None]], None]
RETRY_SECONDS = 1.0
SLOW_SECONDS = 0.06
"""What is on disk sooner is never drawn as pending."""


class Job(Struct):
    """One change on its way: what becomes of it is told to `done` or `refused`."""

    case_id: str
    change: Change
    done: Callable[[Case], None]
    refused: Callable[[OxtuiError], None]
    mark: str = ""
    """The item it is about, so that it can be drawn as pending."""
    attempt: list[str] = field(default_factory=list)
    """The ids of the entries it was tried with last: an error may come after they have reached the disk."""
    since: float = field(default_factory=time.monotonic)


class Outbox:
    """A thread that writes. `deliver` runs a function where the screens live (its results come back through it).

    A change that cannot be written now is kept and tried again every second, with all that follow it;
    `trouble` then says why. What is under way satisfies no guard: it is decided against what is on disk.
    """

    def __init__(self, service: Service, deliver: Deliver, told: Callable[[], None]) -> None:
        self.service = service
        self._deliver = deliver
        self._told = told
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.trouble: StoreError | None = None

    @property
    def pending(self) -> tuple[Job, ...]:
        """The changes that are not on disk yet."""
        with self._wake:
            return tuple(self._jobs)

    @property
    def slow(self) -> bool:
        """Whether a change has been under way for so long that it has to be told."""
        with self._wake:
            return bool(self._jobs) and time.monotonic() - self._jobs[0].since > SLOW_SECONDS

    def send(self, job: Job) -> None:
        """Take a change; while nothing can be written it has to be allowed by what is on disk to be taken."""
        if self.trouble:
            try:
                self.service.may(self._case(job.case_id), job.change)
            except OxtuiError as error:
                job.refused(error)
                return
        with self._wake:
            self._jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _case(self, case_id: str) -> Case:
        """The case as it is on disk; where that cannot be read, as it was seen there last."""
        try:
            return self.service.case(case_id)
        except StoreError:
            seen = self.service.peek(case_id)
            if seen is None:
                raise
            return seen

    def stop(self, seconds: float = 3.0) -> bool:
        """Write what is left and end; False where something could not be written in time."""
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
            if self._carry(job):
                continue
            with self._wake:
                if self._stopped:
                    return
                self._wake.wait(RETRY_SECONDS)

    def _carry(self, job: Job) -> bool:
        """Write one change; False where it has to be tried again."""
        try:
            case = self.service.change(job.case_id, job.change, job.attempt)
        except OxtuiError as error:
            if isinstance(error, StoreError) and _passes(error):
                self.trouble = error
                self._deliver(self._told)
                return False
            refusal = error
            self._finish(lambda: job.refused(refusal))
            return True
        except BaseException as error:  # noqa: BLE001
            # A fault of ours: it ends where the screens live, and not in silence with the rest unwritten.
            fault = error

            def fail() -> None:
                raise fault

            self._finish(fail)
            return True
        self._finish(lambda: job.done(case))
        return True

    def _finish(self, tell: Callable[[], None]) -> None:
        recovered = self.trouble is not None
        self.trouble = None
        with self._wake:
            self._jobs.popleft()
        self._deliver(tell)
        if recovered:
            self._deliver(self._told)


def _passes(error: StoreError) -> bool:
    """Whether it may go away by itself: a full disk, a lock, a folder that cannot be reached just now."""
    return isinstance(error, Unsaved) or isinstance(error.__cause__, OSError)
