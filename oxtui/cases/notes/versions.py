"""Two versions of one case side by side, for the agent who decides which to go on with."""

from __future__ import annotations

from collections.abc import Container, Iterable

from oxtui.cases.case import Case
from oxtui.cases.notes.telling import counted
from oxtui.cases.notes.timeline import timeline
from oxtui.cases.outcome import mark_words
from oxtui.cases.wording import Stamps, for_some, hold_words, noted, one_line
from oxtui.clock import Clock
from oxtui.playbook.model import Item
from oxtui.text import sentence


def compare(mine: Case, theirs: Case, alike: int, clock: Clock) -> list[str]:
    """The comparison of two versions of a case in lines: their agreement, differences, and acts since they parted.

    `alike` is the number of events that both logs begin with.
    """
    stamps = Stamps(clock)
    at = f", up to {stamps.at(mine.log[alike - 1].at)}" if alike else ""
    rows = [f"Both have the same {alike} entries{at}; then they went different ways. Nothing was merged."]
    different = list(_differences(mine, theirs, stamps))
    rows += ["", "DIFFERENT:", *different] if different else []
    for name, case in (("HERE", mine), ("IN THE LINE", theirs)):
        done, total = case.progress()
        progress = f", {done} of {total} done" if total else ""
        rows += ["", f"{name}: {case.standing_word()}{progress}. Next: {case.next_text() or 'nothing, it is closed'}"]
        rows += done_since(case, alike, stamps) or [f"nothing to report ({len(case.log) - alike} other entries)"]
    return rows


def done_since(case: Case, seq: int, stamps: Stamps) -> list[str]:
    """The acts and notes in a case after event number `seq`, in lines."""
    notes = (event for event in counted(case) if event.what == "note" and event.seq > seq)
    return timeline(case, stamps, seq) + [
        f"{stamps.at(event.at)}, {event.agent}: note: {one_line(str(event.get('text', '')))}" for event in notes
    ]


def _differences(mine: Case, theirs: Case, stamps: Stamps) -> Iterable[str]:
    """Every fact, answer, act and number that is not the same in both, with who and when."""
    facts = [(case, dict(_facts(case))) for case in (mine, theirs)]
    for name in dict.fromkeys((*facts[0][1], *facts[1][1])):
        values = [each.get(name, "") or "nothing" for _, each in facts]
        if values[0] != values[1]:
            yield f"{sentence(name)}: here {values[0]}; in the line {values[1]}"
    items: dict[tuple[int, str], Item] = {}
    for case in (mine, theirs):
        for number in case.boards:
            scenario = case.procedure.scenarios.get(number)
            items |= {(number, item.id): item for item in (scenario.items() if scenario else ())}
    for (number, _), item in items.items():
        here, there = (_said(case, number, item, stamps) for case in (mine, theirs))
        if here.keys() != there.keys():
            words = _in_words(mine, item, here, there), _in_words(theirs, item, there, here)
            yield f"{sentence(noted(item))}: here {words[0]}; in the line {words[1]}"


def _facts(case: Case) -> Iterable[tuple[str, str]]:
    about = case.procedure.about
    yield about.label, case.domain
    yield "scenario", f"{case.scenario.number} {case.scenario.title}" if case.scenario else ""
    for name, field in about.fields.items():
        yield field.label, ", ".join(case.details.all_of(name))
    if about.each:
        yield about.many, ", ".join(case.addresses)
    yield "waiting", hold_words(case).removeprefix("Waits ")


def _said(case: Case, number: int, item: Item, stamps: Stamps) -> dict[tuple[str, str], str]:
    """The answers and acts, by words and mailbox, each with who did it and when."""
    lines: dict[tuple[str, str], str] = {}
    board = case.boards.get(number)
    for box, mark in board.of(item.id).items() if board else ():
        event = case.event(mark.event)
        words = mark_words(case, item, mark) or "done"
        detail = f" ({one_line(mark.told)})" if mark.told else ""
        lines[f"{words}{detail}", box] = f"{event.agent}, {stamps.at(event.at)}" if event else ""
    return lines


def _in_words(case: Case, item: Item, said: dict[tuple[str, str], str], other: Container[tuple[str, str]]) -> str:
    groups: dict[tuple[str, str], list[str]] = {}
    for (words, box), who in said.items():
        if (words, box) not in other:
            groups.setdefault((words, who), []).append(box)
    return (
        "; ".join(f"{words}{for_some(case, item, boxes)} ({who})" for (words, who), boxes in groups.items()) or "open"
    )
