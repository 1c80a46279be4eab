"""What was found in a case: the answers that stand, each under the day on which it was seen."""

from __future__ import annotations

from datetime import date

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.status import State, Status, name_of
from oxtui.cases.wording import Stamps, answer_words, day_words, only_some, with_answer
from oxtui.playbook.model import Item


def found(case: Case, stamps: Stamps) -> list[str]:
    """The answers under a line for each day, in the order of the article.

    What a service was found to be before it was ended here is no fact any more: its end is told instead.
    """
    days: dict[date, list[str]] = {}
    ended = _ended(case)
    for status in case.applicable():
        item = status.item
        if item.kind != "question":
            continue
        if item.id in ended:
            at = ended[item.id].at
            days.setdefault(stamps.date(at), []).append(with_answer(item, f"ended here at {stamps.time(at)}"))
            continue
        groups = _groups(case, status, stamps)
        if item.waits_on and len(groups) == 1 and status.state is State.DONE:
            continue  # what somebody else decided stands in the timeline, with its time
        for day in dict.fromkeys(day for day, _ in groups):
            words = [text + _some(case, item, boxes) for (on, text), boxes in groups.items() if on == day]
            days.setdefault(day, []).append(with_answer(item, "; ".join(words)))
    return [row for day in sorted(days) for row in (f"{day_words(day)}:", *days[day])]


def _some(case: Case, item: Item, boxes: list[str]) -> str:
    return only_some(case, boxes) if item.each else ""


def _ended(case: Case) -> dict[str, Event]:
    """The questions whether a service still runs that was ended here since, each with the event that ended it."""
    events: dict[str, Event] = {}
    for item in case.scenario.items() if case.scenario else ():
        mark = case.marks(item.id).get("") if item.killer else None
        event = case.event(mark.event) if mark else None
        if event is None or item.already is None:
            continue
        given = case.marks(item.already.item).get("")
        if given is None or not item.already.answers.intersection(given.value):
            events[item.already.item] = event
    return events


def _groups(case: Case, status: Status, stamps: Stamps) -> dict[tuple[date, str], list[str]]:
    """The answers of an item that stand, by day and words, each with its mailboxes."""
    groups: dict[tuple[date, str], list[str]] = {}
    for box, mark in case.marks(status.item.id).items():
        event = case.event(mark.event)
        state = status.by.get(box, State.NOT_APPLICABLE)
        if mark.skipped or event is None or state is State.NOT_APPLICABLE:
            continue
        words = answer_words(case, status.item, mark.value, mark.told) or "done"
        if state is State.STALE:
            words += " (to be checked again)"
        elif state is State.IN_DOUBT:
            words += f" (waits for {_waited_for(case, status.item, box)})"
        groups.setdefault((stamps.date(event.at), words), []).append(box)
    return groups


def _waited_for(case: Case, item: Item, box: str) -> str:
    """What has to be checked again before an answer counts, in a few words."""
    standing = case.standing
    waits = standing.waits(item, box) if standing else ()
    names = dict.fromkeys(name_of(standing.scenario.by_id[wait.atom.item]) for wait in waits) if standing else ()
    return ", ".join(names) or "another answer"
