"""The one thread that talks to a floor's server: it polls for news each second, and runs the calls others wait for."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, TypeAlias, TypeVar

from oxtui.clock import Clock
from oxtui.errors import Negative, StoreError, Unsaved
from oxtui.store.floor.link import Away, Disabled, Link, Refused, connect
from oxtui.store.floor.memory import MOST_AT_ONCE, Memory
from oxtui.store.floor.news import News, read_news
from oxtui.store.floor.resending import Journal
from oxtui.store.floor.steps import KeptSteps
from oxtui.store.interface import Here

T = TypeVar("T")
_Work: TypeAlias = tuple[Callable[[Link], Any], Future[Any]]
POLL_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 2.0
"""A server that has not answered for this long counts as away."""
WAIT_SECONDS: Final = 9.0
"""The longest that a caller waits for the thread: connecting and one answer."""
BUNDLE_SECONDS: Final = 15.0
BACKOFF: Final = (0.2, 0.5, 1.0, 2.0, 3.0)
"""Seconds between attempts to connect; the last one repeats."""


class FloorThread:
    """Owns the connection and the state of the floor; see Floor. It starts with the first call."""

    def __init__(self, address: str, name: str, clock: Clock, steps: KeptSteps, poll_seconds: float) -> None:
        self.name = name
        self.address = address
        self.memory = Memory()
        self.journal = Journal()
        self.steps = steps
        self.notices: tuple[str, ...] = ()
        self.trouble: StoreError | None = None
        """Why the server cannot be used, if that does not pass by itself."""
        self._news: News | None = None
        self._who: Mapping[str, tuple[Here, ...]] = {}
        self._here = ""
        self._offset = timedelta()
        """How far the server's clock is ahead of this machine's."""
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._wake = threading.Condition()
        self._jobs: deque[_Work] = deque()
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
        """Whether the connection is new: it is checked once for what the server had before."""
        self._synced = False
        self._since: float | None = None
        self._silent_after = SILENCE_SECONDS
        self._heard: datetime = clock.now()

    # -- as a Floor
    @property
    def role(self) -> str:
        return "lead" if self._news is not None and self._news.lead else "agent"

    @property
    def away(self) -> datetime | None:
        since = self._since
        silent = since is not None and monotonic() - since > self._silent_after
        return None if self._synced and not silent else self._heard

    @property
    def shut_out(self) -> str:
        return self.trouble.hint if isinstance(self.trouble, Disabled) else ""

    def server_now(self) -> datetime:
        return self._clock.now() + self._offset

    def who(self) -> Mapping[str, tuple[Here, ...]]:
        return {} if self.away else self._who

    def here(self, case_id: str) -> None:
        if self._here != case_id:
            self._here = case_id
            with self._wake:
                self._poll_at = 0.0
                self._wake.notify()

    def in_force(self) -> str:
        return self._news.playbook if self._news is not None else ""

    def playbook(self, digest: str) -> bytes:
        body = self.run(lambda link: link.body("playbook", digest, BUNDLE_SECONDS), BUNDLE_SECONDS)
        if body is None:
            raise Negative("The floor has no playbook with this digest", "oxtui floor status lists them")
        return body

    def published(self) -> tuple[tuple[str, str], ...]:
        return tuple((str(row["digest"]), str(row["second"])) for row in self.run(lambda link: link.call("published")))

    def agents(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self.run(lambda link: link.call("agents")))

    # -- for every thread
    def begin(self) -> None:
        """Start the thread, unless it has been started."""
        with self._wake:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="floor", daemon=True)
                self._thread.start()

    def run(self, work: Callable[[Link], T], seconds: float = WAIT_SECONDS) -> T:
        """Run `work` in the thread and return its result; raises what it raises, Unsaved if the server is away."""
        future: Future[T] = Future()
        self.begin()
        with self._wake:
            if self._failed is not None:
                raise self._failed
            if self._stopped:
                raise Unsaved("oxtui has left the floor already", "")
            self._jobs.append((work, future))
            self._wake.notify()
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            hint = "it may have been saved or not; it is sent again"
            raise Away("the floor's server does not answer", hint) from None

    def stop(self, seconds: float = 1.0) -> None:
        """Disconnect, waiting at most `seconds`."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(seconds)

    # -- in the thread
    def sync(self, link: Link) -> None:
        """Ask for news and process it."""
        before = self._clock.now()
        answer = link.call("news", self._cursor, self._here)
        now = self._clock.now()
        news = read_news(answer)
        if news.agent != self.name:
            raise StoreError(f"the floor knows this agent as {news.agent}, not {self.name}", "start oxtui again")
        restored = bool(self._cursor) and (news.behind or news.timeline != self._timeline)
        if self._cursor and (restored or self._fresh):
            self._cursor = ""
            news = read_news(link.call("news", "", self._here))
            if restored or self._went_back(link, news.heads):
                self.journal.server_was_restored()
        self._fresh, self._timeline = False, news.timeline
        self._offset = news.now - (before + (now - before) / 2)
        wanted = self.memory.wanted(news.heads, all_of_them=not self._cursor)
        while wanted:
            part, wanted = wanted[:MOST_AT_ONCE], wanted[MOST_AT_ONCE:]
            self.take(link, part)
        self.steps.fetch(link, self.memory.documents.values())
        self._cursor = news.cursor
        if not news.reads_only:
            self.journal.resend(link)
        self._news, self._who = news, news.others()
        self.notices = (*news.notices(self._offset, self.memory.damaged), *self.journal.notices(self.memory))

    def take(self, link: Link, wanted: list[list[Any]]) -> None:
        """Read the logs of some open cases, from where they are known."""
        self.memory.take(link.call("logs", wanted), wanted)

    def _went_back(self, link: Link, heads: list[tuple[str, int, int, str]]) -> bool:
        """Whether the server no longer has what it had, as after a restore to an earlier time."""
        missing = self.memory.missing(heads)
        return self.memory.went_back(heads) or bool(missing and set(missing) - set(link.call("known_of", missing)))

    def _run(self) -> None:
        try:
            self._talk()
        except BaseException as error:  # noqa: BLE001 - a fault of ours is raised where the floor is asked next
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
                self._do(*job)
        self._fail_all(Unsaved("oxtui has left the floor already", ""))

    def _next(self) -> _Work | None:
        """Wait for the next job, or return None if it is time to poll or to connect."""
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
            self._timed(self.sync, self._link, silent_after=WAIT_SECONDS)
            self._failed, self._failures, self.trouble = None, 0, None
        except StoreError as error:
            self._lost(error)

    def _poll(self, link: Link) -> None:
        try:
            self._timed(self.sync, link)
        except StoreError as error:
            if isinstance(error, Unsaved) and not isinstance(error, Away):
                self._poll_at = monotonic() + self._poll_seconds
            else:
                self._lost(error)

    def _do(self, work: Callable[[Link], Any], future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        if self._link is None:
            future.set_exception(self._failed or Away("the floor's server is away"))
            return
        try:
            future.set_result(self._timed(work, self._link, polled=False))
        except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
            if isinstance(error, Away):
                self._lost(error)
            future.set_exception(error)

    def _timed(
        self, work: Callable[[Link], T], link: Link, *, silent_after: float = SILENCE_SECONDS, polled: bool = True
    ) -> T:
        self._since, self._silent_after = monotonic(), silent_after
        try:
            result = work(link)
        finally:
            self._since = None
        if polled:
            self._poll_at = monotonic() + self._poll_seconds * random.uniform(0.9, 1.1)
            self._synced = True
        self._heard = self._clock.now()
        return result

    def _lost(self, error: StoreError) -> None:
        """Give the connection up: whoever waits gets the error, and connecting is tried again."""
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
        for _, future in jobs:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
