"""The outcome of an item in a few words, for its row on the screen and for confirmations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from oxtui.cases.board import Board, Mark
from oxtui.cases.case import Case
from oxtui.cases.dates import show
from oxtui.cases.money import money
from oxtui.playbook.about import Words
from oxtui.playbook.model import Item

ENDED_HERE: Final = "ended here"
"""The value of the question whether a service is running, once it was ended in the case."""


def value_text(case: Case | None, item: Item) -> str:
    """The value of an item: answer, number, channel or amount; if mailboxes differ, "1 completed, 1 returned"."""
    if case is None:
        return ""
    if item.quote:
        return case.quote.shown_discount if case.quote else ""
    if item.kind == "question" and any(question == item.id for question, _, _ in ended_here(case)):
        return ENDED_HERE
    marks = case.marks(item.id)
    words = {mailbox: mark_words(case, item, mark) for mailbox, mark in marks.items()}
    if item.kind == "question" and item.each:
        return counted_words(item, words)
    return ", ".join(dict.fromkeys(text for text in words.values() if text))


def counted_words(item: Item, words: Mapping[str, str]) -> str:
    """The answers for several mailboxes, each with its number: "1 completed, 1 returned"; plain if all agree."""
    counts: dict[str, int] = {}
    for text in words.values():
        counts[text] = counts.get(text, 0) + 1
    if len(counts) < 2:
        return next(iter(counts), "")
    places = [answer.text for answer in item.answers]
    order = sorted(counts, key=lambda text: places.index(text) if text in places else len(places))
    return ", ".join(f"{counts[text]} {text or 'done'}" for text in order)


def mark_words(case: Case, item: Item, mark: Mark) -> str:
    """A mark in words: the answer, the values typed with an action, or the channel it was done through."""
    if mark.skipped:
        return "skipped"
    if item.kind == "question":
        return answer_text(item, mark.value, case.procedure.words)
    event = case.typed_with(mark)
    kinds = {value.key: value.kind for value in item.values}
    typed = event.get("values", {}).items() if event else ()
    texts = [typed_text(kinds.get(key, ""), text, case.procedure.words) for key, text in typed]
    through = event.get("through", "") if event else ""
    return ", ".join(text for text in texts if text) or through


def ended_here(case: Case) -> Iterable[tuple[str, Item, Mark]]:
    """The questions whether a service is running, each with the item that ended it here since, and its mark."""
    for item in case.scenario.items() if case.scenario else ():
        mark = case.marks(item.id).get("") if item.killer else None
        if mark is not None and item.already is not None and not ended_already(case.board, item):
            yield item.already.item, item, mark


def ended_already(board: Board, killer: Item) -> bool:
    """Whether the killer's question was answered that its service was ended already."""
    atom = killer.already
    mark = board.marks.get((atom.item, "")) if atom else None
    return bool(atom and mark and atom.answers.intersection(mark.value))


def ended_or_cleared(case: Case) -> Mapping[str, Item]:
    """The killers of all scenarios that are done, were done already, or are cleared and not answered, by item."""
    killers = {}
    for number, board in case.boards.items():
        scenario = case.procedure.scenarios.get(number)
        marked = {item for item, _ in board.marks}
        for item in scenario.items() if scenario else ():
            if item.killer and (item.id in marked or item.id in board.cleared or ended_already(board, item)):
                killers[item.id] = item
    return killers


def answer_text(item: Item, value: Iterable[str], words: Words) -> str:
    """Answer ids, a text or ISO dates in the playbook's words."""
    if item.select in ("date", "dates"):
        return " to ".join(day_or_text(each) for each in value)
    if item.select == "money":
        return ", ".join(amount(each, words) for each in value)
    return ", ".join(answer.text if (answer := item.answer(each)) else each for each in value)


def typed_text(kind: str, text: str, words: Words) -> str:
    """A value typed with an item as people read it, by its `kind`."""
    return amount(text, words) if kind == "money" else day_or_text(text)


def amount(text: str, words: Words) -> str:
    """An amount as people read it; any other text as it is."""
    try:
        return money(Decimal(text), words.currency)
    except (ValueError, InvalidOperation):
        return text


def day_or_text(text: str) -> str:
    """An ISO date as people on the floor write it; any other text as it is."""
    if len(text) != 10:
        return text
    try:
        return show(date.fromisoformat(text))
    except ValueError:
        return text
