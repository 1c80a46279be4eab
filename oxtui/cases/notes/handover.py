"""The handover to the next shift, and the question that chases a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from oxtui.cases.board import Mark
from oxtui.cases.case import Case
from oxtui.cases.clocks import clock_words
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.note import contact_line, put_off_words
from oxtui.cases.notes.timeline import last_done
from oxtui.cases.notes.unsettled import (
    again,
    again_words,
    cleared_words,
    left_out_words,
    unconfirmed,
    uncovered_words,
)
from oxtui.cases.overview import Overview, in_order, overview
from oxtui.cases.status import TO_DO
from oxtui.cases.waits import Status
from oxtui.cases.wording import Stamps, aside, for_some, hold_words, talk_words, template_name
from oxtui.clock import Clock
from oxtui.playbook.model import Item
from oxtui.text import plural

TAKEN_OVER: Final = "To take a case over, press n and paste its oxtui: line, which Y copies in the case."


def handover(cases: Iterable[Case], clock: Clock, *, shared: bool = False) -> str:
    """All open cases as plain text, a short block each, due ones first; times in the clock's zone.

    `shared`: whoever gets it has the cases themselves, on a floor.
    """
    by_id = {case.id: case for case in cases if not case.closed}
    rows = in_order([overview(case) for case in by_id.values()])
    due = sum(row.status == "due" for row in rows)
    stamps = Stamps(clock)
    count = plural(len(rows), "open case") if rows else "no open case"
    head = f"Handover {stamps.now()} {stamps.zone}: {count}{f', {due} due' if due else ''}"
    if rows and not shared:
        head = f"{head}\n{TAKEN_OVER}"
    return "\n\n".join([head, *(_block(by_id[row.id], row, stamps) for row in rows)]) + "\n"


def _block(case: Case, row: Overview, stamps: Stamps) -> str:
    done, total = case.progress()
    scenario = f"{case.scenario.number} {case.scenario.title}" if case.scenario else "no scenario yet"
    rows = [f"{case.domain}: {scenario}, {case.standing_word().upper()}"]
    if case.hold:
        rows.append(hold_words(case))
    live = {talk.agent for talk in row.talks if talk.live}
    talks = [talk for agent, talk in case.talks.items() if talk.parked or agent in live]
    rows += [talk_words(talk, stamps.at(talk.event.at)) for talk in talks]
    rows += clock_words(case)
    rows += cleared_words(case, stamps)
    rows += [f"Put off: {words}" for words in put_off_words(case)]
    progress = f"{done} of {total} done. " if total else ""
    rows.append(f"{progress}Next: {case.next_text()}")
    rows += [f"Check again: {again_words(case, row)}" for row in again(case)]
    rows += [*uncovered_words(case), *left_out_words(case)]
    rows += [f"A copy of {template_name(case, name)} was begun and not confirmed" for name in unconfirmed(case)]
    rows += contact_line(case)
    rows += [f"NB {nb.text}" for nb in lasting(case)]
    if last := last_done(case, 1):
        rows += [f"Last: {stamps.at(at)} {text}" for at, text in last]
    elif case.log:
        rows.append(f"Last touched {stamps.at(case.log[-1].at)} by {case.log[-1].agent}")
    return "\n  ".join(rows)


# -- chasing
def chase(case: Case, clock: Clock) -> str | None:
    """One polite question about the ticket that `case` waits for; None if there is none."""
    if case.closed or (case.hold and "client" in case.hold.waits_for.lower().split()):
        return None
    status = next((each for each in case.open_items() if each.item.waits_on and _asked(each)), None)
    if status is None and case.hold is None:
        return None
    raised, tickets = _raised(case, status) if status else (None, [])
    tickets = tickets or _known(case)
    if not tickets:
        return None
    stamps = Stamps(clock)
    which = aside(for_some(case, status.item, status.left).removeprefix(" for ")) if status else ""
    verb, it = ("are", "The first") if len(tickets) > 1 else ("is", "It")
    since = f"{it} was raised on {stamps.day(raised)}, and the" if raised else "The"
    return (
        f"Hello, could you please tell me how {' and '.join(tickets)} for {case.domain}{which} {verb} going? "
        f"{since} client is waiting to hear from us. Thank you."
    )


def _asked(status: Status) -> bool:
    return bool(TO_DO & {status.state, *status.by.values()})


def _known(case: Case) -> list[str]:
    known = [(each, number) for each in case.procedure.about.tickets() if (number := case.details.of(each.id))]
    known.sort(key=lambda each: not each[0].several)  # a number that is new for each ticket says most
    return [f"{each.label} {number}" for each, number in known[:1]]


def _raised(case: Case, waiting: Status) -> tuple[datetime | None, list[str]]:
    """When the request that `waiting` is the answer to was raised, and its tickets, for the mailboxes still open."""
    by_id = case.scenario.by_id if case.scenario else {}
    names = dict.fromkeys(name for condition in waiting.item.after for name in condition.items())
    for item in (by_id[name] for name in names):
        boxes = waiting.left if item.each and waiting.item.each else tuple(case.marks(item.id))
        marks = [mark for box in boxes if (mark := case.marks(item.id).get(box))]
        if item.kind == "question" or not marks:
            continue
        times = [at for mark in marks if (at := _first_at(case, mark))]
        later = [ticket for other in _done_anew(case, item) for ticket in _ticket(case, other, boxes)]
        return min(times, default=None), later or _ticket(case, item, boxes)
    return None, []


def _first_at(case: Case, mark: Mark) -> datetime | None:
    """When something was done first, before it was checked again or corrected."""
    events = (case.event(mark.event), case.event(mark.first))
    return min((event.at for event in events if event), default=None)


def _done_anew(case: Case, item: Item) -> list[Item]:
    scenario = case.scenario
    return [scenario.by_id[name] for name in scenario.done_anew_by.get(item.id, ())] if scenario else []


def _ticket(case: Case, item: Item, boxes: Iterable[str]) -> list[str]:
    """The tickets typed with an item, each once."""
    numbers: dict[str, None] = {}
    tickets = {each.id: each.label for each in case.procedure.about.tickets()}
    for box in boxes:
        mark = case.marks(item.id).get(box if item.each else "")
        event = case.typed_with(mark) if mark else None
        values = event.get("values", {}) if event else {}
        for value in item.values:
            number = values.get(value.key, "")
            if number and value.field in tickets:
                numbers[f"{tickets[value.field]} {number}"] = None
    return list(numbers)
