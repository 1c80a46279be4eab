"""The interface of a store of cases, whether they are files on this machine or rows on a floor's server.

No call leaves a lock behind. A writer passes as `after` the number of the last event it has seen; if the log went on
meanwhile, nothing is written, and the writer gets the events it missed and decides again. Writing the same events twice
writes them once: after a lost answer the call is simply repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from msgspec import Struct

from oxtui.cases.events import Document
from oxtui.store.drafts import Drafts
from oxtui.store.logs import Missed

if TYPE_CHECKING:
    from oxtui.store.restored import Restored

Summary: TypeAlias = dict[str, Any]
"""A closed case in lists and reports: a flat dict with `id`, `domain`, `opened_at` and `closed_at`.

If the summary was damaged from outside, it has only these and `damaged`.
"""

Summarise: TypeAlias = Callable[[Document], Mapping[str, Any]]
"""Makes the summary of a closed case; its `text` is searched, and not shown."""


class ClosedCases(Protocol):
    """The archive of closed cases, as everybody may read it.

    A read waits for at most a fraction of a second. Every method raises StoreError: Unsaved if another process holds
    the archive.
    """

    def get(self, case_id: str) -> Document | None:
        """The closed case with this id, or None."""

    def holds(self, case_ids: Iterable[str]) -> set[str]:
        """Those of `case_ids` that are closed cases."""

    def search(self, text: str, limit: int = 50) -> list[Summary]:
        """The newest closed cases with words that begin with each word of `text`; any text is safe."""

    def recent(self, limit: int = 50) -> list[Summary]:
        """The cases closed last, newest first."""

    def by_domain(self, domain: str) -> list[Summary]:
        """The closed cases of a domain, newest first."""

    def all(self) -> list[Summary]:
        """Every closed case, in the order of closing."""

    def count(self) -> int:
        """The number of closed cases."""


class Here(Struct, frozen=True):
    """An agent who has a case open, and since when (with a zone)."""

    agent: str
    since: datetime


class Floor(Protocol):
    """A floor's server apart from its cases: who else is there, its clock, the playbook in force.

    Properties, `who`, `here`, `in_force` and `server_now` are answered from memory, because screens ask every second.
    `playbook`, `published` and `agents` may wait for the server, and raise StoreError.
    """

    @property
    def name(self) -> str:
        """This agent's name, as proved by the server."""

    @property
    def role(self) -> str:
        """This agent's role: "agent" or "lead"."""

    @property
    def away(self) -> datetime | None:
        """Since when the server has not answered (with a zone); None while it does, and its news is known."""

    @property
    def shut_out(self) -> str:
        """The reason why the server no longer lets this agent's role in; "" while it does."""

    def server_now(self) -> datetime:
        """The server's time: this machine's plus the offset measured last."""

    def who(self) -> Mapping[str, tuple[Here, ...]]:
        """By case id, the other agents who have it open now."""

    def here(self, case_id: str) -> None:
        """Publish which case this agent has open; "" for none."""

    def in_force(self) -> str:
        """The digest of the bundle (oxtui.playbook.bundle) in force, or ""."""

    def playbook(self, digest: str) -> bytes:
        """A published bundle; raises Negative if there is none with that digest."""

    def published(self) -> tuple[tuple[str, str], ...]:
        """The bundles put in force lately, newest first: digest, and the lead who confirmed it as the second or ""."""

    @property
    def notices(self) -> tuple[str, ...]:
        """Warnings about the server for every screen: it was restored to an earlier time, a clock is off."""

    def agents(self) -> tuple[str, ...]:
        """The names of all agents of the floor, this one included."""


class CaseStore(Protocol):
    """Open and closed cases; safe for several threads, panes and agents at once.

    The documents it returns are shared and must not be changed. A write is durable when the call returns. Every method
    raises StoreError: Unsaved if a retry may work (nothing was written, or perhaps it was), NewerFormat for data of a
    newer oxtui.
    """

    @property
    def floor(self) -> Floor | None:
        """The floor's server; None for cases in files on this machine."""

    @property
    def archive(self) -> ClosedCases:
        """The closed cases."""

    @property
    def drafts(self) -> Drafts:
        """Notes that are still being written; they never leave this machine."""

    def open(self) -> None:
        """Clean up after a crash; every other method works without it."""

    def stamp(self) -> object:
        """A value that changes with every write to an open case; cheap enough to poll."""

    def snapshot(self) -> Mapping[str, Document]:
        """All open cases by case id, as they are now."""

    def peek(self) -> Mapping[str, Document]:
        """`snapshot` as last read or written here, from memory."""

    def get(self, case_id: str) -> Document | None:
        """The open case with this id as it is now, or None."""

    def make_sure(self) -> None:
        """Make what `snapshot` and `get` return durable, whoever wrote it; raises Unsaved."""

    def create(self, document: Document) -> None:
        """Add an open case; idempotent, by its first event. Raises StoreError if another case has its id."""

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """Add `events`, numbered from `after` + 1, to an open case whose last event has the number `after`.

        If they are in its log already, or in the archive, nothing is done. Raises NotOpen.
        """

    def close(self, case_id: str, after: int, events: Sequence[Document], summary: Mapping[str, Any]) -> Missed:
        """`append`, and move the case to the archive with its `summary`."""

    def reopen(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """`append` to a closed case, and open it again; raises Negative if the archive lacks it."""

    def drop(self, case_id: str, after: int) -> Missed:
        """Remove an open case; idempotent. Raises NotOpen if it was closed."""

    def replace(self, document: Document, after: int, summary: Mapping[str, Any] | None = None) -> Missed:
        """Replace a case, open or closed, by one from elsewhere.

        `after` is the number of the last event here, 0 if there is no such case. With a `summary` the case is closed.
        """

    def settle(self, summarise: Summarise) -> list[str]:
        """Complete moves between open cases and archive that a crash interrupted; return the ids of those cases."""

    def purge_old(self, days: int, now: datetime) -> tuple[str, ...]:
        """Remove for good the cases closed more than `days` days before `now`; return their ids.

        Raises Refusal if `now` is so far from the newest data that the clock may be wrong.
        """

    def take_restored(self) -> list[Restored]:
        """The restorations from damage since the last call, to be reported to the agent; run `settle` after them."""

    def verify(self) -> dict[str, list[int]]:
        """The numbers of events with a wrong checksum, by case id, after repairing what can be repaired."""
