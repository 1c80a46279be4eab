"""What every store of cases can do, whether the cases are files on this machine or rows on a floor's server.

Nothing here holds a lock between two calls. A writer says with `after` which event of the log it has seen last; where
somebody was quicker, nothing is written and it gets what it missed, so that it can decide again. Sending the same
events twice writes them once: after a lost answer the same call is simply made again.
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
"""Gives the summary of a closed case; its `text` is what is searched, and is not shown."""


class ClosedCases(Protocol):
    """The archive of closed cases, as far as it can be read by everybody.

    A read waits for at most a fraction of a second. Every method raises StoreError: Unsaved if another process holds
    the archive.
    """

    def get(self, case_id: str) -> Document | None:
        """The closed case with this id, or None."""
        ...

    def holds(self, case_ids: Iterable[str]) -> set[str]:
        """Those of `case_ids` that are closed cases."""
        ...

    def search(self, text: str, limit: int = 50) -> list[Summary]:
        """The newest closed cases in which every word of `text` begins a word; any text is safe."""
        ...

    def recent(self, limit: int = 50) -> list[Summary]:
        """The cases closed last, newest first."""
        ...

    def by_domain(self, domain: str) -> list[Summary]:
        """The closed cases of a domain, newest first."""
        ...

    def between(self, since: datetime | None = None, until: datetime | None = None) -> list[Summary]:
        """The cases closed from `since` until before `until`, in the order of their closing."""
        ...

    def count(self) -> int:
        """How many closed cases there are."""
        ...


class Here(Struct, frozen=True):
    """An agent who has a case in front, and since when (with a zone)."""

    agent: str
    since: datetime


class Floor(Protocol):
    """What a floor's server is beside a store of cases: who else is there, its clock, the playbook in force.

    What is a property, and `who`, `here`, `in_force` and `server_now`, is answered from memory and never waits: screens
    ask every second. The others may wait for the server, and raise StoreError.
    """

    @property
    def name(self) -> str:
        """This agent's name, as the server has proved it."""
        ...

    @property
    def role(self) -> str:
        """What this agent may do beside working on cases: "agent" or "lead"."""
        ...

    @property
    def away(self) -> datetime | None:
        """Since when the server has not answered (with a zone); None while it does, and has told all its news."""
        ...

    @property
    def shut_out(self) -> str:
        """Why the server lets this agent's role in no more; "" while it does."""
        ...

    def server_now(self) -> datetime:
        """The server's time: this machine's, with the difference that was measured last."""
        ...

    def who(self) -> Mapping[str, tuple[Here, ...]]:
        """By case id, the other agents who have it in front now."""
        ...

    def here(self, case_id: str) -> None:
        """Tell the others which case this agent has in front; "" for none."""
        ...

    def in_force(self) -> str:
        """The digest of the bundle (oxtui.playbook.bundle) that is in force; "" where none was published."""
        ...

    def playbook(self, digest: str) -> bytes:
        """A published bundle; raises Negative if there is none with that digest."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What everybody has to be told of the server: it was restored to an earlier time, a clock is off."""
        ...

    def agents(self) -> tuple[str, ...]:
        """The names of all who may work on the floor's cases, this agent's too."""
        ...


class CaseStore(Protocol):
    """Open and closed cases; safe to call from several threads, and beside other panes and agents.

    The documents it hands out are shared: nobody changes them. What a write has taken is durable when the call
    returns. Every method raises StoreError: Unsaved where it may work in a moment (nothing was written, or it is not
    known whether it was), NewerFormat for what a newer oxtui wrote.
    """

    @property
    def floor(self) -> Floor | None:
        """The floor's server; None where the cases are files on this machine."""
        ...

    @property
    def archive(self) -> ClosedCases:
        """The closed cases."""
        ...

    @property
    def drafts(self) -> Drafts:
        """Notes that are still being written; they never leave this machine."""
        ...

    def open(self) -> None:
        """Get ready, and clean up what a crash left; every other method works without it."""
        ...

    def stamp(self) -> object:
        """A value that changes whenever somebody has written an open case; cheap enough to ask every second."""
        ...

    def snapshot(self) -> Mapping[str, Document]:
        """All open cases by case id, as they are now."""
        ...

    def peek(self) -> Mapping[str, Document]:
        """`snapshot` as it was last read or written here: from memory, without looking at the disk."""
        ...

    def get(self, case_id: str) -> Document | None:
        """The open case with this id as it is now, or None."""
        ...

    def make_sure(self) -> None:
        """See that what `snapshot` and `get` show is durable, whoever wrote it; raises Unsaved where it is not."""
        ...

    def create(self, document: Document) -> None:
        """Add an open case; creating it again, as its first event tells, changes nothing.

        Raises StoreError where its id belongs to another case.
        """
        ...

    def append(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """Add `events`, numbered from `after` + 1, to an open case whose last event has the number `after`.

        Where they are in its log already, or in the archive, nothing is left to do. Raises NotOpen.
        """
        ...

    def close(self, case_id: str, after: int, events: Sequence[Document], summary: Mapping[str, Any]) -> Missed:
        """`append`, and the case goes to the archive with its `summary`."""
        ...

    def reopen(self, case_id: str, after: int, events: Sequence[Document]) -> Missed:
        """`append` to a closed case, which is open from then on; raises Negative where the archive lacks it."""
        ...

    def drop(self, case_id: str, after: int) -> Missed:
        """Remove an open case; one that is not there is dropped already. Raises NotOpen where it was closed."""
        ...

    def replace(self, document: Document, after: int, summary: Mapping[str, Any] | None = None) -> Missed:
        """Put a case that came from elsewhere in the place of what is here of it, open or closed.

        `after` is the number of the last event here, 0 where there is no such case. With a `summary` it goes to the
        archive, without one it is open.
        """
        ...

    def settle(self, summarise: Summarise) -> list[str]:
        """Finish what a crash left half done between open cases and archive; gives the ids of the cases moved."""
        ...

    def purge_old(self, days: int, now: datetime) -> tuple[str, ...]:
        """Remove for good what was closed more than `days` days before `now`; gives the ids of the cases removed.

        Raises a Refusal where `now` is so far from all that was written that the clock may be wrong.
        """
        ...

    def take_restored(self) -> list[Restored]:
        """What was restored from damage since the last call, for the agent to be told; run `settle` after it."""
        ...

    def verify(self) -> dict[str, list[int]]:
        """The events with a wrong checksum, as numbers by case id, after mending what can be mended."""
        ...
