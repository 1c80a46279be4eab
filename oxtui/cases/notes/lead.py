"""What whoever leads a floor looks at: which cases wait, are due or nobody's, and what was said of the steps.

Nothing in it is counted by agent: it says who has a case, and no more of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.dates import short_day
from oxtui.cases.notes.report import said_of_steps
from oxtui.cases.overview import Overview
from oxtui.cases.parts import moment_of
from oxtui.text import clean

MOST: Final = 20
"""Rows of a section; the rest is counted."""


class Row(Struct, frozen=True):
    """One case in a section: what is told of it there, and whose it is."""

    case_id: str
    domain: str
    text: str
    holder: str


class Section(Struct, frozen=True):
    """Some rows under a heading; `more` are not shown."""

    title: str
    rows: tuple[Row, ...]
    more: int = 0
    urgent: bool = False


def sections(
    rows: Sequence[Overview],
    said: Iterable[Case],
    here: Mapping[str, Sequence[tuple[str, datetime]]],
    now: datetime,
) -> list[Section]:
    """The sections that have something in them.

    `rows` are all open cases, `said` those in whose log a step was skipped or called wrong, `here` by case id who has
    it in front and since when; `now` in the lead's zone.
    """
    by_id = {row.id: row for row in rows}
    found = [
        _section("In a case now", _in_front(by_id, here, now)),
        _section("Due and overdue", _due(rows, now), urgent=True),
        _section("Nobody's", [_row(row, row.next) for row in rows if not row.holder]),
        _section("Longest waits", _waits(rows, now)),
        _section("Skipped, and why", _said(said, "skipped", now)),
        _section("This step is wrong", _said(said, "wrong", now)),
    ]
    return [section for section in found if section.rows]


def _section(title: str, rows: Sequence[Row], *, urgent: bool = False) -> Section:
    return Section(title, tuple(rows[:MOST]), max(0, len(rows) - MOST), urgent)


def _row(row: Overview, text: str) -> Row:
    return Row(row.id, row.domain, text, row.holder)


def _in_front(
    by_id: Mapping[str, Overview], here: Mapping[str, Sequence[tuple[str, datetime]]], now: datetime
) -> list[Row]:
    found: list[tuple[datetime, Row]] = []
    for case_id, agents in here.items():
        row = by_id.get(case_id)
        for agent, since in agents if row else ():
            assert row is not None
            talk = next((talk for talk in row.talks if talk.agent == agent and talk.live), None)
            on = {"client": ", on the line", "writing": ", in writing"}.get(talk.mode, "") if talk else ""
            found.append((since, _row(row, f"{agent} since {since.astimezone(now.tzinfo):%H:%M}{on}")))
    return [row for _, row in sorted(found, key=lambda each: each[0])]


def _due(rows: Sequence[Overview], now: datetime) -> list[Row]:
    due = [row for row in rows if row.status == "due"]
    due.sort(key=lambda row: row.turns or now.replace(tzinfo=None))  # the longest overdue first
    return [_row(row, f"{_late(row.turns, now)}{_for(row)}") for row in due]


def _late(since: datetime | None, now: datetime) -> str:
    if since is None:
        return "due"
    days = (now.date() - since.date()).days
    return "due today" if days <= 0 else f"overdue since {short_day(since)} ({days} d)"


def _for(row: Overview) -> str:
    return f": waits for {row.hold.waits_for}" if row.hold else f": {row.next}"


def _waits(rows: Sequence[Overview], now: datetime) -> list[Row]:
    waiting = sorted((row for row in rows if row.status == "waiting"), key=lambda row: row.touched_at)
    found = []
    for row in waiting:
        until = moment_of(row.hold.until) if row.hold else None
        days = (now - row.touched_at.astimezone(now.tzinfo)).days
        back = f", until {short_day(until)}" if until else ""
        since = f"untouched for {days} d" if days > 0 else "touched today"
        found.append(_row(row, f"{since}{_for(row)}{back}"))
    return found


def _said(cases: Iterable[Case], kind: str, now: datetime) -> list[Row]:
    found: list[tuple[datetime, Row]] = []
    for case in cases:
        for said in said_of_steps(case):
            if said.kind == kind:
                joint = " " if said.item.endswith("?") else ": "
                text = f"{short_day(said.at.astimezone(now.tzinfo))}  {clean(said.item)}{joint}{said.text}"
                found.append((said.at, Row(case.id, case.domain, text, case.holder)))
    return [row for _, row in sorted(found, key=lambda each: each[0], reverse=True)]
