"""Figures over closed cases, and what agents said of the steps, for whoever improves the playbook.

No agent and no client is named.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Final

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.dates import short_day, show
from oxtui.cases.events import iso
from oxtui.cases.notes.telling import counted
from oxtui.cases.parts import item_of
from oxtui.clock import Clock
from oxtui.playbook.model import Procedure
from oxtui.text import clean, plural

_SKIPPED_TOO: Final = "+skipped"
_HEADER: Final = ("section", "scenario", "id", "name", "cases", "median_open_hours", "median_waiting_hours")


def summary(case: Case) -> dict[str, Any]:
    """A closed case as the history lists it, in JSON values; times ISO in UTC.

    `skipped` are the ids of the skipped items, `waited_seconds` the time on hold.
    """
    done, total = case.progress()
    closed = case.closed
    return {
        "id": case.id,
        "domain": case.domain,
        "scenario": case.number,
        "ending": closed.ending if closed else "",
        "opened_at": iso(case.opened_at),
        "closed_at": iso(closed.at) if closed else "",
        "agent": closed.agent if closed else "",
        "done": done,
        "total": total,
        "skipped": [status.item.id for status in case.skipped()],
        "waited_seconds": int(waited(case).total_seconds()),
    }


def waited(case: Case) -> timedelta:
    """The time that the case has been on hold so far."""
    since: datetime | None = None
    whole = timedelta()
    for event in counted(case):
        if event.what == "hold":
            since = since or event.at
        elif (event.what in ("resumed", "closed") or event.get("resumes")) and since:
            whole += event.at - since
            since = None
    return whole + (case.now - since if since and not case.closed else timedelta())


class Group(Struct, frozen=True):
    """One line of the report: a count of cases, with medians in seconds (None if they are not known)."""

    section: str
    scenario: int | None
    id: str
    name: str
    cases: int
    open_seconds: float | None = None
    waited_seconds: float | None = None


class Report(Struct, frozen=True):
    """Totals over closed cases; `untimed` counts those whose times could not be read."""

    since: date | None
    until: date | None
    total: Group
    scenarios: tuple[Group, ...]
    endings: tuple[Group, ...]
    skipped: tuple[Group, ...]
    untimed: int = 0

    def text(self) -> str:
        """The report for a person, ending in a line feed."""
        total = self.total
        period = f" from {show(self.since)}" if self.since else ""
        period += f" up to {show(self.until)}" if self.until else ""
        rows = [f"{plural(total.cases, 'closed case')}{period}"]
        if total.cases:
            rows.append(f"Open {_words(total.open_seconds)}, waiting {_words(total.waited_seconds)} (medians)")
        rows += _table("By scenario", self.scenarios) + _table("By ending", self.endings)
        rows += _table("Skipped items", self.skipped, "times")
        if self.untimed:
            what = "left out" if self.since or self.until else "counted, but not in the medians"
            rows += ["", f"{self.untimed} without times that can be read: {what}"]
        return "\n".join(rows) + "\n"

    def csv(self) -> str:
        """The report as CSV with a header line; medians in hours, one decimal, empty if they are not known."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_HEADER)
        for group in (self.total, *self.scenarios, *self.endings, *self.skipped):
            times = [
                "" if each is None else f"{each / 3600:.1f}" for each in (group.open_seconds, group.waited_seconds)
            ]
            number = "" if group.scenario is None else group.scenario
            writer.writerow([group.section, number, _cell(group.id), _cell(group.name), group.cases, *times])
        return out.getvalue()


def _cell(text: str) -> str:
    """`text` as a spreadsheet shows it: what begins like a formula is marked as text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class _Closed(Struct):
    """A closed case as its summary has it; the times are None if they cannot be read."""

    scenario: int | None
    ending: str
    skipped: tuple[str, ...]
    open_seconds: float | None
    waited_seconds: float | None


def report(
    rows: Iterable[Mapping[str, Any]],
    clock: Clock,
    procedure: Procedure | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
) -> Report:
    """The totals over `rows` (as `summary` makes them) of cases closed from `since` to `until` (local days, included).

    `procedure` has the titles of scenarios, endings and items. A row whose times cannot be read is left out of the
    medians and of any period; it is counted in `untimed`.
    """
    read: list[_Closed] = []
    untimed = 0
    for row in rows:
        opened, closed = _moment(row.get("opened_at")), _moment(row.get("closed_at"))
        untimed += closed is None or opened is None
        if (since or until) and (closed is None or not _within(clock.local(closed).date(), since, until)):
            continue
        seconds = (closed - opened).total_seconds() if closed and opened else None
        number, waiting = row.get("scenario"), row.get("waited_seconds")
        read.append(
            _Closed(
                number if isinstance(number, int) else None,
                str(row.get("ending") or ""),
                tuple(str(item) for item in row.get("skipped") or ()),
                seconds,
                float(waiting) if isinstance(waiting, int | float) and seconds is not None else None,
            )
        )
    return Report(
        since,
        until,
        _group("total", None, "", "all", read),
        tuple(_by_scenario(read, procedure)),
        tuple(_by_ending(read, procedure)),
        tuple(_by_item(read, procedure)),
        untimed,
    )


def _within(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or day >= since) and (until is None or day <= until)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _group(section: str, number: int | None, name: str, words: str, rows: list[_Closed]) -> Group:
    opened = [row.open_seconds for row in rows if row.open_seconds is not None]
    waiting = [row.waited_seconds for row in rows if row.waited_seconds is not None]
    medians = (median(times) if times else None for times in (opened, waiting))
    return Group(section, number, name, words, len(rows), *medians)


def _by_scenario(rows: list[_Closed], procedure: Procedure | None) -> Iterable[Group]:
    parts: dict[int | None, list[_Closed]] = {}
    for row in rows:
        parts.setdefault(row.scenario, []).append(row)
    for number in sorted(parts, key=lambda each: (each is None, each or 0)):
        scenario = procedure.scenarios.get(number) if procedure and number else None
        title = scenario.title if scenario else ("no scenario" if number is None else f"scenario {number}")
        yield _group("scenario", number, "" if number is None else str(number), title, parts[number])


def _by_ending(rows: list[_Closed], procedure: Procedure | None) -> Iterable[Group]:
    """A group for each ending; complete with skipped items is one of its own."""
    known = {ending.id: ending for ending in procedure.endings} if procedure else {}
    parts: dict[tuple[str, bool], list[_Closed]] = {}
    for row in rows:
        complete = known[row.ending].complete if row.ending in known else row.ending == "complete"
        parts.setdefault((row.ending, complete and bool(row.skipped)), []).append(row)
    for (name, skipped), part in sorted(parts.items(), key=lambda each: (-len(each[1]), each[0])):
        words = known[name].text if name in known else (name or "not stated")
        more, mark = (" with skipped items", _SKIPPED_TOO) if skipped else ("", "")
        yield _group("ending", None, name + mark, words + more, part)


def _by_item(rows: list[_Closed], procedure: Procedure | None) -> Iterable[Group]:
    """The items that were skipped, most often first."""
    counts = Counter((row.scenario, item) for row in rows for item in row.skipped)
    for (number, item_id), count in sorted(counts.items(), key=lambda each: (-each[1], each[0][0] or 0, each[0][1])):
        scenario = procedure.scenarios.get(number) if procedure and number else None
        item = scenario.by_id.get(item_id) if scenario else None
        yield Group("skipped", number, item_id, item.text if item else item_id, count)


def _table(title: str, groups: tuple[Group, ...], unit: str = "cases") -> list[str]:
    if not groups:
        return []
    names = [f"{group.scenario}  {group.name}" if group.scenario else group.name for group in groups]
    wide, most = max(map(len, names)), max(len(str(group.cases)) for group in groups)
    rows = ["", f"{title} ({unit})"]
    for name, group in zip(names, groups, strict=True):
        times = ""
        if group.open_seconds is not None:
            times = f"   open {_words(group.open_seconds)}, waiting {_words(group.waited_seconds)}"
        rows.append(f"  {group.cases:>{most}}  {name:<{wide}}{times}".rstrip())
    return rows


def _words(seconds: float | None) -> str:
    """A time in its two largest units: `2 d 4 h`, `35 min`."""
    if seconds is None:
        return "unknown"
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {minutes % 60:02} min" if hours else f"{minutes} min"


# -- remarks
class Feedback(Struct, frozen=True, order=True):
    """A remark about an item, or the reason why it was skipped."""

    scenario: int
    item: str
    at: datetime
    kind: str
    text: str


def feedback_of(case: Case) -> Iterator[Feedback]:
    """The remarks of a case, and its skips with their reasons."""
    for event in case.log:
        texts = {"remark": "text", "skipped": "reason"}
        if event.what in texts and event.id not in case.dropped:
            found = item_of(case.procedure, event)
            name = found[1].text if found else event.get("item", "")
            kind = "wrong" if event.what == "remark" else "skipped"
            yield Feedback(event.get("scenario", 0), name, event.at, kind, clean(event.get(texts[event.what], "")))


def remarks(cases: Iterable[Case], clock: Clock, since: date | None = None, until: date | None = None) -> str:
    """The remarks and skips of some cases between two days, item by item, the newest first, as text."""
    found = (remark for case in cases for remark in feedback_of(case))
    chosen = [remark for remark in found if _within(clock.local(remark.at).date(), since, until)]
    lines: list[str] = []
    before: tuple[int, str] | None = None
    for remark in sorted(chosen, key=lambda each: (each.scenario, each.item, -each.at.timestamp())):
        if (remark.scenario, remark.item) != before:
            before = remark.scenario, remark.item
            lines += [*([""] if lines else []), f"{remark.scenario}  {remark.item}"]
        lines.append(f"   {short_day(clock.local(remark.at))}  {remark.kind:<7}  {remark.text}")
    return "\n".join(lines) + "\n" if lines else "No one has called a step wrong, and none was skipped.\n"
