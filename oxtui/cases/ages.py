"""The age of marks: which are too old, and which items it is still too early for.

The clock may be wrong, so each check errs on the careful side: "too old" goes by the newest event if that is later than
the clock; "too early" goes by the clock alone, however far ahead some event is dated.
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
"""The margin ahead of the clock within which an event does not count as from the future."""


class Ages:
    """When the marks of a log were made, seen at `now` (in the agent's zone).

    `hours` gives the working hours of a channel as the playbook states them; "" if they are not known.
    """

    def __init__(self, events: Sequence[Event], now: datetime, hours: Callable[[str], str] = lambda name: "") -> None:
        self.now = now
        self.hours = hours
        self._made: dict[str, datetime] = {}
        self._latest: dict[str, datetime] = {}
        newest = now
        for event in reversed(events):  # only later events show how old a mark is
            newest = max(newest, event.at)
            self._latest[event.id] = newest
            self._made[event.id] = event.counts_from

    def done_at(self, mark: Mark) -> datetime | None:
        """When a mark's item was first done, in the agent's zone; checking it again does not count."""
        at = self._made.get(mark.since or mark.event)
        return at.astimezone(self.now.tzinfo) if at else None

    def latest(self, mark: Mark) -> datetime:
        """The latest known time after a mark: now, or that of the newest event since."""
        return self._latest.get(mark.since or mark.event, self.now).astimezone(self.now.tzinfo)

    def flaw(self, item: Item, mark: Mark) -> str:
        """The reason to check a mark again for its age, a key of `reasons`, or ""."""
        made = self._made.get(mark.event)
        if made is None:
            return ""
        if made > self.now + FUTURE:
            return "future"
        return "age" if item.fresh_for and self._latest[mark.event] - made > span(item.fresh_for) else ""


def too_old(ages: Ages, scenario: Scenario, board: Board) -> dict[Key, str]:
    """The marks older than their item's `fresh_for`, and witnesses dated in the future."""
    every = tuple(name for name, item in scenario.by_id.items() if item.killer)
    done = {name for name in every if (name, "") in board.marks}
    flaws: dict[Key, str] = {}
    for key, mark in board.marks.items():
        item, killers = scenario.by_id.get(key[0]), scenario.witnesses.get(key[0], ())
        if item is None or not (item.fresh_for or killers) or (done and done.issuperset(killers or every)):
            continue  # every service that it bears on was ended: it no longer ages
        if why := ages.flaw(item, mark):
            flaws[key] = why
    return flaws


class TimeUp(Struct, frozen=True):
    """When a time is over (local, without a zone), and whether it is over now."""

    at: datetime
    now: bool


def times_over(ages: Ages, scenario: Scenario, board: Board, mailboxes: Sequence[str]) -> dict[Key, TimeUp]:
    """When items can be done, or their answers with `else` given, by item and mailbox.

    Only those whose time has started, because the item it counts from is done.
    """
    times: dict[Key, TimeUp] = {}
    for item in scenario.by_id.values():
        if item.not_before is None and not item.has_else:
            continue
        for mailbox in mailboxes if item.each else ("",):
            wait = item.not_before
            up = _not_before(ages, board, wait, mailbox) if wait else due(ages, scenario, board, item, mailbox)
            if up is not None:
                times[item.id, mailbox] = up
    return times


def due(ages: Ages, scenario: Scenario, board: Board, item: Item, mailbox: str = "") -> TimeUp | None:
    """When the answer to an item is due, in its channel's hours, counted from the last thing done for it."""
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
    """When the last of some items was done, for a mailbox if they are done for each."""
    marks = [
        mark
        for (name, box), mark in board.marks.items()
        if name in names and mark.performed and (not mailbox or not box or box == mailbox)
    ]
    return max((at for mark in marks if (at := ages.done_at(mark))), default=None)
