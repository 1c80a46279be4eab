"""The rows of a checklist that the cursor can rest on: the items of the scenario, and what is asked beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from oxtui.cases.case import Case
from oxtui.cases.guard import WAYS, Way
from oxtui.cases.status import State, Status
from oxtui.playbook.model import Answer, Item


def cover(case: Case) -> Item:
    """What is asked where a mailbox came after the order."""
    text = f"Do the {case.procedure.words.licence.many} ordered cover it?"
    return Item("", "question", text, answers=COVERS)


COVERS: Final = (Answer("covered", "yes, covered"), Answer("more", "no, one more is ordered"))

Kind: TypeAlias = Literal["item", "left", "cover"]


class Told(Struct, frozen=True):
    """Why the last key was refused, told under the row it was meant for."""

    row: tuple[str, int, str]
    message: str
    hint: str = ""


class Shown(Struct):
    """What the checklist shows beside the case: answers stepped to, changes under way, short answers ready."""

    offered: dict[str, int] = field(default_factory=dict)
    """The answer shown for a question that is not answered yet, by its place."""
    picked: dict[str, set[int]] = field(default_factory=dict)
    """The answers marked for a question that takes several."""
    proposed: Mapping[str, int] = field(default_factory=dict)
    """The answer that enter takes where nothing was stepped to, by its place."""
    pending: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    """A word for an item from elsewhere (what the evidence proposes)."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """What a copy that is not over has come to, by item."""
    told: Told | None = None


class Row(Struct, frozen=True):
    """One row: an item of the scenario; one of a scenario `left` that is asked about; or a mailbox to be covered."""

    item: Item
    status: Status
    scenario: int
    kind: Kind = "item"
    mailboxes: tuple[str, ...] = ()
    """Those it is asked about."""

    @property
    def key(self) -> tuple[str, int, str]:
        """What tells a row from the others, whatever becomes of the case."""
        return self.kind, self.scenario, self.item.id

    @property
    def ours(self) -> bool:
        """Whether it is an item of the scenario that the case is in."""
        return self.kind == "item"


def rows_of(case: Case) -> Iterator[Row]:
    """The rows of a case, in order: what is asked about first, then the items that apply or may come to."""
    if case.uncovered:
        question = cover(case)
        yield Row(question, Status(question, State.TODO), case.number or 0, "cover", case.uncovered)
    asked: dict[tuple[int, str], list[str]] = {}
    items: dict[tuple[int, str], Item] = {}
    for number, item, mailbox in case.unwinds:
        asked.setdefault((number, item.id), []).append(mailbox)
        items[number, item.id] = item
    for (number, name), mailboxes in asked.items():
        item = items[number, name]
        yield Row(item, Status(item, State.OUT_THERE), number, "left", tuple(mailboxes))
    if case.scenario is None:
        return
    for item in case.scenario.items():
        status = case.status(item.id)
        if status.applies:
            asked_for = tuple(name for name, state in status.by.items() if name and state is State.OUT_THERE)
            yield Row(item, status, case.scenario.number, mailboxes=asked_for)


def ways_of(case: Case, row: Row) -> dict[Way, tuple[str, ...]]:
    """The ways out (1 to 4) of what was done on other terms, each with the mailboxes that have it."""
    board = case.boards.get(row.scenario)
    marks = board.of(row.item.id) if board else {}
    chosen = row.mailboxes or tuple(marks)
    found = {way: tuple(name for name in chosen if name in marks and way in marks[name].asked) for way in WAYS}
    return {way: names for way, names in found.items() if names}


def is_open(case: Case, item: Item) -> bool:
    """Whether a question was answered *not yet* for one mailbox at least."""
    return any(mark.open for mark in case.marks(item.id).values())
