"""The countdowns of a case, and until when `w` proposes to wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

from oxtui.cases.ages import Ages, due
from oxtui.cases.board import Mark
from oxtui.cases.case import Case
from oxtui.cases.status import SETTLED
from oxtui.playbook.hours import default_hold
from oxtui.playbook.item_parts import Countdown
from oxtui.playbook.model import Item
from oxtui.text import plural, sentence

SOON: Final = 3
"""A countdown is urgent this many days before its end."""


class Running(Struct, frozen=True):
    """A countdown: `ends` is its last day, `left` the number of days until then (below 0: over)."""

    clock: Countdown
    ends: date
    left: int

    @property
    def count(self) -> str:
        """The time left: `27 days left`."""
        if self.left < 0:
            return "too late"
        return "last day" if self.left == 0 else f"{plural(self.left, 'day')} left"

    @property
    def words(self) -> str:
        """The time left, and for what: `27 days left to have the old mailbox back`."""
        return f"{self.count} {self.clock.text}{f' (lost: {self.clock.loses})' if self.left < 0 else ''}"

    @property
    def urgent(self) -> bool:
        """Whether it is over, or nearly."""
        return self.left <= SOON


def running(case: Case) -> tuple[Running, ...]:
    """The countdowns of items that are still open, in the order in which they end."""
    if case.scenario is None or case.closed or not any(item.clock for item in case.scenario.by_id.values()):
        return ()
    ages = Ages(case.log, case.now)
    countdowns: list[Running] = []
    for item in case.scenario.items():
        if item.clock is None or case.status(item.id).state in SETTLED:
            continue
        from_item = case.scenario.by_id[item.clock.from_item]
        marks = [mark for mark in case.marks(from_item.id).values() if mark.performed]
        begun = [(day, ages.latest(mark).date()) for mark in marks if (day := _day(case, ages, from_item, mark))]
        if begun:
            first, today = min(begun)
            ends = first + timedelta(days=item.clock.days)
            countdowns.append(Running(item.clock, ends, (ends - today).days))
    return tuple(sorted(countdowns, key=lambda each: each.ends))


def _day(case: Case, ages: Ages, item: Item, mark: Mark) -> date | None:
    """The day that a countdown counts from: the one typed with the item, else the day it was done."""
    event = case.typed_with(mark)
    values = event.get("values", {}) if event else {}
    dates = [values.get(each.key) for each in item.values if each.kind == "date"]
    typed = mark.value[:1] if item.select == "date" else dates
    text = next((str(each) for each in typed if each), "")
    if text:
        return date.fromisoformat(text)
    at = ages.done_at(mark)
    return at.date() if at else None


def clock_words(case: Case) -> list[str]:
    """The countdowns of a case, a line each."""
    return [sentence(each.words) for each in running(case)]


def proposed_until(case: Case, channel: str, item_id: str, hours: Callable[[str], str]) -> str:
    """Until when to propose a wait for a channel (local date, or date and time); "" if there is nothing to go by.

    That is when the answer to `item_id` is due, or the next open item can be done, if that is still to come; else the
    channel's next working hours.
    """
    scenario, now = case.scenario, case.now.replace(tzinfo=None)
    item = scenario.by_id.get(item_id) if scenario else None
    moments: list[datetime] = []
    if scenario is not None and item is not None:
        up = due(Ages(case.log, case.now, hours), scenario, case.board, item)
        moments += [up.at] if up else []
    elif case.next_item() is None:
        moments += [time.at for _, time in case.timed()]
    coming = [at for at in moments if at > now]
    if coming:
        at = min(coming)
        whole_day = item is not None and item.due.endswith("d") and not hours(channel)
        return at.date().isoformat() if whole_day else at.isoformat(timespec="minutes")
    known = hours(channel)
    return default_hold(known, case.now) if known else ""
