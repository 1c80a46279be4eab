"""Which answer is proposed, and which was given: by their places, as the checklist draws them."""

from __future__ import annotations

from collections.abc import Mapping

from oxtui.cases.case import Case
from oxtui.cases.status import State
from oxtui.playbook.model import Item


def proposals(case: Case) -> Mapping[str, int]:
    """The answers that enter takes on questions nobody has answered."""
    items = (item for item in case.scenario.items() if item.answers) if case.scenario else ()
    places = {item.id: proposed(case, item) for item in items if not case.marks(item.id)}
    return {name: place for name, place in places.items() if place >= 0}


def proposed(case: Case, item: Item) -> int:
    """The place of the answer that is proposed, or -1: by another answer, the evidence, the playbook, or before."""
    proposal = item.proposal
    wanted = ""
    if proposal is not None:
        wanted = proposal.answer
        if proposal.item:
            mark = case.marks(proposal.item).get("")
            wanted = mark.value[0] if mark and mark.value else ""
        elif proposal.evidence:
            wanted = case.situation.evidence.get(proposal.evidence, "")
    return place_of(item, wanted or _said_elsewhere(case, item))


def _said_elsewhere(case: Case, item: Item) -> str:
    """What the same question was answered in another scenario of the case, alike for all mailboxes."""
    for number, name in item.same_as:
        board = case.boards.get(number)
        values = {mark.value for mark in board.of(name).values() if not mark.skipped} if board else set()
        if len(values) == 1 and len(value := values.pop()) == 1:
            return value[0]
    return ""


def given(case: Case, item: Item) -> set[int]:
    """The places of all answers that stand; none while mailboxes are left: theirs are marked anew."""
    status = case.statuses.get(item.id)
    if item.each and status is not None and State.TODO in status.by.values():
        return set()
    marks = case.marks(item.id).values()
    return {n for n, answer in enumerate(item.answers) if any(answer.id in mark.value for mark in marks)}


def given_alike(case: Case, item: Item, mailboxes: tuple[str, ...]) -> int:
    """The place of the answer that stands, alike for these mailboxes; or -1."""
    marks = case.marks(item.id)
    values = {marks[name].value for name in (mailboxes or ("",)) if name in marks}
    value = values.pop() if len(values) == 1 else ()
    return place_of(item, value[0]) if value else -1


def place_of(item: Item, answer: str) -> int:
    """The place of an answer by its id, or -1."""
    return next((n for n, each in enumerate(item.answers) if each.id == answer), -1)
