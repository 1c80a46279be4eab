"""The age of marks: which are too old, and which items it is still too early for.

The clock may be wrong, so each question takes the careful side. For "too old" it is never earlier than the newest event
since; for "too early" only the clock of now counts, however far ahead some event is dated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from oxtui.cases.board import Board, Key, Mark
from oxtui.cases.events import Event
from oxtui.playbook.hours import due_moment
from oxtui.playbook.item_parts import NotBefore
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.times import span

FUTURE: Final = timedelta(seconds=60)
"""How far ahead of the clock something may be dated before it counts as from the future."""


class Ages:
    """The marks of a log with when they were made, seen at `now` (in the agent's zone).

    `hours` gives when a channel is worked, as the playbook states it; "" where that is not known.
    """

    def __init__(self, events: Sequence[Event], now: datetime, hours: Callable[[str], str] = lambda name: "") -> None:
        self.now = now
        self.hours = hours
        self._made: dict[str, datetime] = {}
        self._latest: dict[str, datetime] = {}
        newest = now
        for event in reversed(events):  # what was written before a mark says nothing of its age
            newest = max(newest, event.at)
            self._latest[event.id] = newest
            self._made[event.id] = event.counts_from

    def done_at(self, mark: Mark) -> datetime | None:
        """When it was done, in the agent's zone: of what was only looked at again, the first time."""
        at = self._made.get(mark.since or mark.event)
        return at.astimezone(self.now.tzinfo) if at else None

    def latest(self, mark: Mark) -> datetime:
        """What time it is for a mark: now, or when the newest event since was written."""
        return self._latest.get(mark.since or mark.event, self.now).astimezone(self.now.tzinfo)

    def flaw(self, item: Item, mark: Mark) -> str:
        """Why a mark counts no more for its age: a word of `reasons`, or ""."""
        made = self._made.get(mark.event)
        if made is None:
            return ""
        if made > self.now + FUTURE:
            return "future"
        return "age" if item.fresh_for and self._latest[mark.event] - made > span(item.fresh_for) else ""


def aged(ages: Ages, scenario: Scenario, board: Board) -> dict[Key, str]:
    """The marks that are older than their item lets them be, and witnesses that are dated in the future."""
    every = tuple(name for name, item in scenario.by_id.items() if item.killer)
    done = {name for name in every if (name, "") in board.marks}
    found: dict[Key, str] = {}
    for key, mark in board.marks.items():
        item, killers = scenario.by_id.get(key[0]), scenario.witnesses.get(key[0], ())
        if item is None or not (item.fresh_for or killers) or (done and done.issuperset(killers or every)):
            continue  # once every service that it bears on was ended it no longer ages
        if why := ages.flaw(item, mark):
            found[key] = why
    return found


class TimeUp(Struct, frozen=True):
    """When a time is over (local, without a zone), and whether it is by now."""

    at: datetime
    now: bool


def times_over(ages: Ages, scenario: Scenario, board: Board, mailboxes: Sequence[str]) -> dict[Key, TimeUp]:
    """From when an item can be done, or its answers with `else` are offered, by item and mailbox.

    Only where what the time counts from was done.
    """
    found: dict[Key, TimeUp] = {}
    for item in scenario.by_id.values():
        if item.not_before is None and not item.has_else:
            continue
        for mailbox in mailboxes if item.each else ("",):
            wait = item.not_before
            up = _not_before(ages, board, wait, mailbox) if wait else due(ages, scenario, board, item, mailbox)
            if up is not None:
                found[item.id, mailbox] = up
    return found


def due(ages: Ages, scenario: Scenario, board: Board, item: Item, mailbox: str = "") -> TimeUp | None:
    """When the answer to what waits is due: counted from what was done for it last, in its channel's hours."""
    last = _last(ages, board, scenario.rests_on.get(item.id, ()), mailbox)
    if last is None or not item.due:
        return None
    at = due_moment(item.due, ages.hours(item.waits_on), last)
    return TimeUp(at, at <= ages.now.replace(tzinfo=None))


def _not_before(ages: Ages, board: Board, wait: NotBefore, mailbox: str) -> TimeUp | None:
    last = _last(ages, board, (wait.item,), mailbox)
    if last is None:
        return None
    at = last.replace(tzinfo=None) + span(wait.after)
    return TimeUp(at, at <= ages.now.replace(tzinfo=None))


def _last(ages: Ages, board: Board, names: Collection[str], mailbox: str) -> datetime | None:
    """When the last of some items was done (for one mailbox, where they are done for each)."""
    marks = [
        mark
        for (name, box), mark in board.marks.items()
        if name in names and mark.done and not mark.skipped and (not mailbox or not box or box == mailbox)
    ]
    return max((at for mark in marks if (at := ages.done_at(mark))), default=None)
