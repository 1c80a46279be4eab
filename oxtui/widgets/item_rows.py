"""The rows of a checklist: the items of the scenario, and the questions asked besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from oxtui.cases.case import Case
from oxtui.cases.guard import WAYS, Way, cover_question
from oxtui.cases.status import State
from oxtui.cases.waits import Status
from oxtui.playbook.model import Answer, Item


def cover(case: Case) -> Item:
    """The question asked when a mailbox is added after the order."""
    text = cover_question(case.procedure.about, case.procedure.words, "it")
    return Item("", "question", text, answers=COVERS)


COVERS: Final = (Answer("covered", "yes, covered"), Answer("more", "no, one more is ordered"))

Kind: TypeAlias = Literal["item", "left", "cover"]


class ShownRefusal(Struct, frozen=True):
    """The refusal of the last key, shown below its row."""

    row: tuple[str, int, str]
    message: str
    hint: str = ""


class Shown(Struct):
    """The state of the checklist that is not in the case: answers not taken yet, pending changes, hints."""

    offered: dict[str, int] = field(default_factory=dict)
    """The index of the answer stepped to, by question."""
    picked: dict[str, set[int]] = field(default_factory=dict)
    """The indices of the answers marked, by question that takes several."""
    proposed: Mapping[str, int] = field(default_factory=dict)
    """The index of the answer that enter takes, by question."""
    pending: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    """A hint for an item, from DNS evidence for example."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """The state of an unfinished copy, by item."""
    refused: ShownRefusal | None = None


class Row(Struct, frozen=True):
    """An item of the scenario, an item done in a scenario that was `left`, or a `cover` question."""

    item: Item
    status: Status
    scenario: int
    kind: Kind = "item"
    mailboxes: tuple[str, ...] = ()
    """The mailboxes it asks about."""

    @property
    def key(self) -> tuple[str, int, str]:
        """Identifies the row in later states of the case."""
        return self.kind, self.scenario, self.item.id

    @property
    def ours(self) -> bool:
        """Whether it is an item of the current scenario."""
        return self.kind == "item"


def rows_of(case: Case) -> Iterator[Row]:
    """Yield the rows of a case: questions about other items first, then the items that apply or may apply."""
    if case.uncovered:
        question = cover(case)
        yield Row(question, Status(question, State.TODO), case.number or 0, "cover", case.uncovered)
    boxes: dict[tuple[int, str], list[str]] = {}
    items: dict[tuple[int, str], Item] = {}
    for number, item, mailbox in case.unwinds:
        boxes.setdefault((number, item.id), []).append(mailbox)
        items[number, item.id] = item
    for (number, name), mailboxes in boxes.items():
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
    """The possible answers (1 to 4) about an item done on other terms, each with its mailboxes."""
    board = case.boards.get(row.scenario)
    marks = board.of(row.item.id) if board else {}
    chosen = row.mailboxes or tuple(marks)
    boxes = {way: tuple(name for name in chosen if name in marks and way in marks[name].asked) for way in WAYS}
    return {way: names for way, names in boxes.items() if names}


def is_open(case: Case, item: Item) -> bool:
    """Whether a question was answered "not yet" for any mailbox."""
    return any(mark.open for mark in case.marks(item.id).values())
