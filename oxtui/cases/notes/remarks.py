"""What agents said of the steps, and what they skipped and why: for whoever writes the playbook, with no names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.dates import short_day
from oxtui.clock import Clock
from oxtui.text import clean


class Said(Struct, frozen=True, order=True):
    """One line about an item: a remark, or the reason why it was skipped."""

    scenario: int
    item: str
    at: datetime
    kind: str
    text: str


def said_of_steps(case: Case) -> Iterator[Said]:
    """The remarks of a case, and its skips with their reasons."""
    for event in case.log:
        texts = {"remark": "text", "skipped": "reason"}
        if event.what in texts and event.id not in case.dropped:
            number = event.get("scenario", 0)
            scenario = case.procedure.scenarios.get(number)
            item = scenario.by_id.get(event.get("item", "")) if scenario else None
            name = item.text if item else event.get("item", "")
            kind = "wrong" if event.what == "remark" else "skipped"
            yield Said(number, name, event.at, kind, clean(event.get(texts[event.what], "")))


def told(cases: Iterable[Case], clock: Clock, since: date | None = None, until: date | None = None) -> str:
    """All that was said of the steps in some cases, item by item, the newest first; of days between two."""
    found = [said for case in cases for said in said_of_steps(case)]
    chosen = [
        said
        for said in found
        if (since is None or clock.local(said.at).date() >= since)
        and (until is None or clock.local(said.at).date() <= until)
    ]
    lines: list[str] = []
    before: tuple[int, str] | None = None
    for said in sorted(chosen, key=lambda each: (each.scenario, each.item, -each.at.timestamp())):
        if (said.scenario, said.item) != before:
            before = said.scenario, said.item
            lines += [*([""] if lines else []), f"{said.scenario}  {said.item}"]
        lines.append(f"   {short_day(clock.local(said.at))}  {said.kind:<7}  {said.text}")
    return "\n".join(lines) + "\n" if lines else "No one has called a step wrong, and none was skipped.\n"
