"""Taking back: the last mark exactly as it was, any other by opening its item again; and correcting what was typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.marks import TakeBack
from oxtui.cases.commands.typed import check_value
from oxtui.cases.commands.undo import UndoIt, may_undo
from oxtui.cases.guard import may_take_back
from oxtui.cases.outcome import mark_words, value_text
from oxtui.errors import Refusal
from oxtui.playbook.model import Item
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.case.targets import for_whom
from oxtui.screens.case.values import AskValues
from oxtui.screens.dialogs.ask import Confirm, PickSeveral

OTHERS: Final = {
    "hold": "the wait", "note": "the note", "line": "the line of the template", "mailboxes": "the {many}",
    "details": "the details", "scenario": "the choice of the scenario", "flow": "the answer in the call flow",
    "licences": "the number of {licences}", "cleared": "the look before it",
    "covered": "the answer about the new {one}", "deferred": "the day it was put off to",
}  # fmt: skip
"""What undo says it took back, where it was not an item."""


class Undoing(CasePart):
    """What `u` does, and what is offered where it cannot."""

    def __init__(self, screen: CaseOwner, open_cleared: Callable[[], None]) -> None:
        super().__init__(screen)
        self.open_cleared = open_cleared

    def can_undo(self) -> bool:
        """Whether `u` would take something back just now."""
        return may_undo(self.case)

    def undo(self) -> None:
        """u: what this agent marked last; where that cannot be undone any more, the item under the cursor."""
        case, undo = self.case, self.case.undo
        if undo is None or not self.can_undo():
            row = self.checklist.current
            if row is not None and row.ours and case.marks(row.item.id):
                self.take_back(row.item)
            else:
                self.refuse(Refusal("You have nothing to undo", ""))
            return
        number = int(undo.event.get("scenario", 0) or 0)
        scenario = case.procedure.scenarios.get(number)
        item = scenario.by_id.get(str(undo.event.get("item"))) if scenario else None
        what = item.text if item else self.in_words(OTHERS.get(undo.event.what, "the last change"))
        self.send(case, UndoIt(undo.event.id), lambda case: self._undone(case, item, what))

    def _undone(self, case: Case, item: Item | None, what: str) -> None:
        """Say in one line what was taken back, and what it is again."""
        mine = case.scenario.by_id.get(item.id) if item and case.scenario else None
        stands = value_text(case, mine) if mine and mine.kind == "question" else ""
        self.host.say(f"Taken back: {what}{f'. It is as before: {stands}' if stands else ''}")
        if mine is None:
            return
        if mine.id in case.board.cleared:
            self.open_cleared()
        rows = enumerate(self.checklist.rows)
        place = next((n for n, row in rows if row.ours and row.item.id == mine.id), None)
        if place is not None:
            self.checklist.put_cursor(place)

    # -- any other mark
    def take_back(self, item: Item) -> None:
        """Open an item again: whatever it was, no earlier value returns; which mailboxes is asked."""
        case = self.case
        if not self.screen.allowed(lambda: may_take_back(case.position(), item, ())):
            return
        marks = case.marks(item.id)
        names = [name for name in marks if name]
        heading = f"Take back: {item.text}"
        note = f"It is open again then.{f' Outside: {item.reverse}.' if item.acts and item.reverse else ''}"
        if len(names) < 2:
            came = value_text(case, item)
            text = f"{f'Now: {came}. ' if came else ''}{note}"
            self.ask(
                Confirm(heading, text, yes="take it back"),
                lambda yes: self._send(item, tuple(names)) if yes else None,
            )
            return
        options = [(name, mark_words(case, item, marks[name])) for name in names]

        def answered(places: list[int] | None) -> None:
            if places:
                self._send(item, tuple(names[place] for place in places))

        self.ask(PickSeveral(heading, options, f"For which {case.procedure.about.many}? {note}"), answered)

    def _send(self, item: Item, mailboxes: tuple[str, ...]) -> None:
        some = f" for {for_whom(self.case, mailboxes)}" if mailboxes else ""
        said = f"Taken back: {item.text}{some}"
        self.send(self.case, TakeBack(item.id, mailboxes), lambda _: self.host.say(said), item.id)

    # -- what was typed with it
    def correct(self, item: Item) -> None:
        """Type the numbers and dates of an item anew; nothing is lost by it."""
        case = self.case
        names = [name for name in case.marks(item.id) if name]
        if len(names) < 2:
            self._correct(item, tuple(names))
            return

        def answered(places: list[int] | None) -> None:
            if places:
                self._correct(item, tuple(names[place] for place in places))

        marks = case.marks(item.id)
        options = [(name, mark_words(case, item, marks[name])) for name in names]
        self.ask(
            PickSeveral(f"Correct: {item.text}", options, f"For which {case.procedure.about.many}?", range(len(names))),
            answered,
        )

    def _correct(self, item: Item, mailboxes: tuple[str, ...]) -> None:
        ask = AskValues(self.screen, item, list(item.values), partial(check_value, self.case))
        ask.run(lambda values: self.send(self.case, Correct(item.id, values, mailboxes), None, item.id))
