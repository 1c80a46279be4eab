"""The lead's view of a floor: cases that are due, wait or have no holder, and remarks about the steps.

It says who has a case; nothing in it is counted by agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.dates import short_day
from oxtui.cases.notes.report import Feedback, feedback_of
from oxtui.cases.overview import Overview
from oxtui.cases.parts import moment_of
from oxtui.text import clean

MOST: Final = 20
"""Rows of a section; the rest is counted."""


class LeadRow(Struct, frozen=True):
    """One case in a section, with a line about it and its holder."""

    case_id: str
    domain: str
    text: str
    holder: str


class Section(Struct, frozen=True):
    """Some rows under a heading; `more` are not shown."""

    title: str
    rows: tuple[LeadRow, ...]
    more: int = 0
    urgent: bool = False


def sections(
    rows: Sequence[Overview],
    said: Iterable[Case],
    here: Mapping[str, Sequence[tuple[str, datetime]]],
    now: datetime,
) -> list[Section]:
    """The sections that are not empty.

    `rows` are all open cases, `said` those in whose log a step was skipped or called wrong, `here` by case id who has
    it open and since when; `now` in the lead's zone.
    """
    waiting = sorted((row for row in rows if row.status == "waiting"), key=lambda row: row.touched_at)
    due = sorted((row for row in rows if row.status == "due"), key=lambda row: row.turns or now.replace(tzinfo=None))
    remarks = [(each, case) for case in said for each in feedback_of(case)]
    remarks.sort(key=lambda pair: pair[0].at, reverse=True)
    by_title = {
        "In a case now": _in_front({row.id: row for row in rows}, here, now),
        "Due and overdue": [_row(row, f"{_late(row.turns, now)}{_for(row)}") for row in due],
        "Nobody's": [_row(row, row.next) for row in rows if not row.holder],
        "Longest waits": [_row(row, _waits(row, now)) for row in waiting],
        "Skipped, and why": [_said(each, case, now) for each, case in remarks if each.kind == "skipped"],
        "This step is wrong": [_said(each, case, now) for each, case in remarks if each.kind == "wrong"],
    }
    return [
        Section(title, tuple(lines[:MOST]), max(0, len(lines) - MOST), title == "Due and overdue")
        for title, lines in by_title.items()
        if lines
    ]


def _row(row: Overview, text: str) -> LeadRow:
    return LeadRow(row.id, row.name, text, row.holder)


def _in_front(
    by_id: Mapping[str, Overview], here: Mapping[str, Sequence[tuple[str, datetime]]], now: datetime
) -> list[LeadRow]:
    lines: list[LeadRow] = []
    in_front = [(since, case_id, agent) for case_id, agents in here.items() for agent, since in agents]
    for since, case_id, agent in sorted(in_front):
        if row := by_id.get(case_id):
            talk = next((talk for talk in row.talks if talk.agent == agent and talk.live), None)
            on = {"client": ", on the line", "writing": ", in writing"}.get(talk.mode, "") if talk else ""
            lines.append(_row(row, f"{agent} since {since.astimezone(now.tzinfo):%H:%M}{on}"))
    return lines


def _late(since: datetime | None, now: datetime) -> str:
    if since is None:
        return "due"
    days = (now.date() - since.date()).days
    return "due today" if days <= 0 else f"overdue since {short_day(since)} ({days} d)"


def _for(row: Overview) -> str:
    return f": waits for {row.hold.waits_for}" if row.hold else f": {row.next}"


def _waits(row: Overview, now: datetime) -> str:
    until = moment_of(row.hold.until) if row.hold else None
    days = (now - row.touched_at.astimezone(now.tzinfo)).days
    back = f", until {short_day(until)}" if until else ""
    return f"{f'untouched for {days} d' if days > 0 else 'touched today'}{_for(row)}{back}"


def _said(said: Feedback, case: Case, now: datetime) -> LeadRow:
    joint = " " if said.item.endswith("?") else ": "
    text = f"{short_day(said.at.astimezone(now.tzinfo))}  {clean(said.item)}{joint}{said.text}"
    return LeadRow(case.id, case.name, text, case.holder)
