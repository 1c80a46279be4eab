"""The one thread that talks with a floor's server: it asks for news each second, and does what others wait for."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from oxtui.clock import Clock
from oxtui.errors import StoreError, Unsaved
from oxtui.store.floor.link import Away, Disabled, Link, Refused, connect
from oxtui.store.floor.memory import MOST_AT_ONCE, Memory
from oxtui.store.floor.news import News, read_news
from oxtui.store.floor.resending import Journal
from oxtui.store.interface import Here

if TYPE_CHECKING:
    from oxtui.store.floor.steps import KeptSteps

T = TypeVar("T")
POLL_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 2.0
"""A server that has not answered for so long counts as away."""
WAIT_SECONDS: Final = 9.0
"""Nobody waits longer for the thread: connecting and one answer."""
BACKOFF: Final = (0.2, 0.5, 1.0, 2.0, 3.0)
"""Seconds until it is tried again to connect; the last one from then on."""


class _Job(Generic[T]):
    def __init__(self, work: Callable[[Link], T]) -> None:
        self.work = work
        self.done = threading.Event()
        self.result: T | None = None
        self.error: BaseException | None = None
        self.given_up = False


class FloorThread:
    """Owns the connection and what is known of the floor. It begins with the first thing that is asked of it."""

    def __init__(self, address: str, name: str, clock: Clock, steps: KeptSteps, poll_seconds: float) -> None:
        self.memory = Memory()
        self.journal = Journal()
        self.news: News | None = None
        self.who: Mapping[str, tuple[Here, ...]] = {}
        self.notices: tuple[str, ...] = ()
        self.name = name
        self.address = address
        self.here = ""
        self.trouble: StoreError | None = None
        """Why the server cannot be used, where that does not go away by itself."""
        self.offset = timedelta()
        """How far the server's clock is ahead of this machine's."""
        self._clock = clock
        self.steps = steps
        self._poll_seconds = poll_seconds
        self._wake = threading.Condition()
        self._jobs: deque[_Job[Any]] = deque()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._link: Link | None = None
        self._failed: BaseException | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._poll_at = 0.0
        self._cursor = ""
        self._timeline = ""
        self._fresh = False
        """Whether the connection is new: what the server had is looked at once."""
        self._synced = False
        self._asked_at: float | None = None
        self._silent_after = SILENCE_SECONDS
        self._heard: datetime = clock.now()

    # -- for every thread
    @property
    def away(self) -> datetime | None:
        """Since when the server has not answered; None while it does."""
        asked = self._asked_at
        silent = asked is not None and monotonic() - asked > self._silent_after
        return None if self._synced and not silent else self._heard

    @property
    def shut_out(self) -> str:
        """Why the server lets this agent's role in no more; "" while it does."""
        return self.trouble.hint if isinstance(self.trouble, Disabled) else ""

    def begin(self) -> None:
        """Start the thread, where it has not been."""
        with self._wake:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="floor", daemon=True)
                self._thread.start()

    def run(self, work: Callable[[Link], T], seconds: float = WAIT_SECONDS) -> T:
        """What `work` gives in the thread; raises what it raises, Unsaved where the server is away."""
        job = _Job(work)
        self.begin()
        with self._wake:
            if self._failed is not None:
                raise self._failed
            if self._stopped:
                raise Unsaved("the floor is left already", "")
            self._jobs.append(job)
            self._wake.notify()
        if not job.done.wait(seconds):
            job.given_up = True
            raise Away("the floor's server does not answer", "nobody knows whether this was saved; it is sent again")
        if job.error is not None:
            raise job.error
        return cast(T, job.result)

    def wake(self) -> None:
        """Ask for news now."""
        with self._wake:
            self._poll_at = 0.0
            self._wake.notify()

    def stop(self, seconds: float = 1.0) -> None:
        """Let the server go; it is waited for that long at most."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(seconds)

    # -- in the thread
    def sync(self, link: Link) -> None:
        """Ask for the news and take them in."""
        before = self._clock.now()
        answer = link.call("news", self._cursor, self.here)
        now = self._clock.now()
        found = read_news(answer)
        if found.agent != self.name:
            raise StoreError(
                f"the floor knows this agent as {found.agent}, not {self.name}", "end oxtui and start it again"
            )
        restored = bool(self._cursor) and (found.behind or found.timeline != self._timeline)
        if self._cursor and (restored or self._fresh):
            self._cursor = ""
            found = read_news(link.call("news", "", self.here))
            if restored or self._went_back(link, found.heads):
                self.journal.server_was_restored()
        self._fresh, self._timeline = False, found.timeline
        self.offset = found.now - (before + (now - before) / 2)
        wanted = self.memory.wanted(found.heads, all_of_them=not self._cursor)
        while wanted:
            part, wanted = wanted[:MOST_AT_ONCE], wanted[MOST_AT_ONCE:]
            self.take(link, part)
        self.steps.fetch(link, self.memory.documents.values())
        self._cursor = found.cursor
        if not found.reads_only:
            self.journal.resend(link)
        self.news, self.who = found, found.others()
        self.notices = (*found.notices(self.offset, self.memory.damaged), *self.journal.notices(self.memory))

    def _went_back(self, link: Link, heads: list[tuple[str, int, int, str]]) -> bool:
        """Whether the server lacks what it had, as one that was restored to an earlier time."""
        missing = self.memory.missing(heads)
        return self.memory.went_back(heads) or bool(missing and set(missing) - set(link.call("known_of", missing)))

    def take(self, link: Link, wanted: list[list[Any]]) -> None:
        """Read the logs of some open cases, from where they are known."""
        self.memory.take(link.call("logs", wanted), wanted)

    def _run(self) -> None:
        try:
            self._talk()
        except BaseException as error:  # noqa: BLE001 - a fault of ours ends where the floor is asked next
            self._fail_all(error)
        finally:
            self._synced = False
            if self._link is not None:
                self._link.close()
                self._link = None

    def _talk(self) -> None:
        while True:
            with self._wake:
                job = self._next()
                if self._stopped:
                    break
            if self._link is None:
                self._connect()
            elif job is None or monotonic() >= self._poll_at:
                self._poll(self._link)
            if job is not None:
                self._do(job)
        self._fail_all(Unsaved("the floor is left already", ""))

    def _next(self) -> _Job[Any] | None:
        """The next job, or None where there is something else to do; waits for either."""
        while not self._stopped:
            if self._link is not None and self._jobs:
                return self._jobs.popleft()
            due = self._poll_at if self._link is not None else self._retry_at
            left = due - monotonic()
            if left <= 0:
                return None
            self._wake.wait(left)
        return None

    def _connect(self) -> None:
        try:
            self._link = connect(self.address, self._failures)
            self._fresh = True
            self._asked(self.sync, self._link, silent_after=WAIT_SECONDS)
            self._failed, self._failures, self.trouble = None, 0, None
        except StoreError as error:
            self._lost(error)

    def _poll(self, link: Link) -> None:
        try:
            self._asked(self.sync, link)
        except StoreError as error:
            if isinstance(error, Unsaved) and not isinstance(error, Away):
                self._poll_at = monotonic() + self._poll_seconds
            else:
                self._lost(error)

    def _do(self, job: _Job[Any]) -> None:
        if job.given_up:
            return
        link = self._link
        if link is None:
            job.error = self._failed or Away("the floor's server is away")
        else:
            try:
                job.result = self._asked(job.work, link, heard=False)
            except Away as error:
                job.error = error
                self._lost(error)
            except BaseException as error:  # noqa: BLE001 - it ends where the work was asked for
                job.error = error
        job.done.set()

    def _asked(
        self, work: Callable[[Link], T], link: Link, *, silent_after: float = SILENCE_SECONDS, heard: bool = True
    ) -> T:
        self._asked_at, self._silent_after = monotonic(), silent_after
        try:
            result = work(link)
        finally:
            self._asked_at = None
        if heard:
            self._poll_at = monotonic() + self._poll_seconds * random.uniform(0.9, 1.1)
            self._synced = True
        self._heard = self._clock.now()
        return result

    def _lost(self, error: StoreError) -> None:
        """The connection is of no use any more: everybody who waits hears of it, and it is tried again."""
        if self._link is not None:
            self._link.close()
            self._link = None
        self._synced = False
        self.trouble = error if isinstance(error, Refused) or not isinstance(error, Unsaved) else None
        wait = BACKOFF[min(self._failures, len(BACKOFF) - 1)]
        self._failures += 1
        self._retry_at = monotonic() + wait * random.uniform(0.8, 1.2)
        self._fail_all(error)

    def _fail_all(self, error: BaseException) -> None:
        with self._wake:
            self._failed = error
            jobs, self._jobs = list(self._jobs), deque()
        for job in jobs:
            job.error = error
            job.done.set()
