"""Taking back the last mark or any other, correcting the values typed with it, and leaving an item undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.marks import Defer, Skip, TakeBack
from oxtui.cases.commands.undo import UndoIt, may_undo
from oxtui.cases.dates import day_to_come
from oxtui.cases.guard import may_put_off, may_skip, may_take_back
from oxtui.cases.outcome import mark_words, value_text
from oxtui.cases.parts import item_of
from oxtui.cases.status import State
from oxtui.cases.waits import name_of
from oxtui.errors import Refusal
from oxtui.playbook.model import Item
from oxtui.screens.case.part import AT_REST, CasePart, one_line
from oxtui.screens.case.targets import Targets, for_whom
from oxtui.screens.dialogs.ask import Ask, Confirm, Pick
from oxtui.screens.parts.part import Flow

OTHERS: Final = {
    "hold": "the wait", "note": "the note", "line": "the line of the template", "mailboxes": "the {many}",
    "details": "the details", "scenario": "the choice of the scenario", "flow": "the answer in the call flow",
    "licences": "the number of {licences}", "cleared": "the look before it",
    "covered": "the answer about the new {one}", "deferred": "the day it was put off to",
}  # fmt: skip
"""Names of the undone events that concern no item, by event."""

OPEN_AGAIN: Final = "It is open again then. "
MISTAKE: Final = "recorded by mistake"


class Undoing(CasePart):
    """The keys that leave an item open: `u`, `x` and `d`."""

    targets: Targets
    open_cleared: Callable[[], None]

    def can_undo(self) -> bool:
        """Return whether `u` would undo something now."""
        return may_undo(self.case)

    def undo(self) -> None:
        """u: undo this agent's last mark; if that is too late, take back the item under the cursor."""
        case, undo = self.case, self.case.undo
        if undo is None or not self.can_undo():
            row = self.checklist.current
            if row is not None and row.ours and case.marks(row.item.id):
                self.take_back(row.item)
            else:
                self.refuse(Refusal("You have nothing to undo", ""))
            return
        found = item_of(case.procedure, undo.event)
        item = found[1] if found else None
        what = self.screen.in_words(OTHERS.get(undo.event.what, "the last change"))
        if item:
            what = name_of(item) if item.kind == "question" else item.text
        message = f"{'Counts again' if undo.event.what == 'taken-back' else 'Taken back'}: {what}"
        self.send(case, UndoIt(undo.event.id), lambda case: self._undone(case, item, message))

    def _undone(self, case: Case, item: Item | None, message: str) -> None:
        mine = case.scenario.by_id.get(item.id) if item and case.scenario else None
        value = value_text(case, mine) if mine and mine.kind == "question" else ""
        self.host.say(message, f"As before: {value}" if value else "")
        if mine is None:
            return
        if mine.id in case.board.cleared:
            self.open_cleared()
        self.checklist.go_to(mine.id)

    # -- any other mark
    def take_back(self, item: Item) -> None:
        """Open an item again, for the mailboxes chosen; no earlier value returns."""
        case = self.case
        if not self.screen.allowed(lambda: may_take_back(case.position(), item, ())):
            return
        self.follow(self._take_back(item, self._marked(item)))

    def _take_back(self, item: Item, beside: dict[str, str]) -> Flow[None]:
        heading, names = f"Take back: {item.text}", tuple(beside)
        if len(names) > 1:
            names = yield from self.pick_mailboxes(heading, names, beside=beside, note=OPEN_AGAIN, marked=False)
        chosen = [mark for name, mark in self.case.marks(item.id).items() if not names or name in names]
        if (item.killer or item.acts) and any(not mark.skipped for mark in chosen):
            reason = yield from self._ask_if_mistaken(item, heading)
            if reason is None:
                return
            self._send(item, names, reason)
            return
        if len(beside) < 2:
            value = value_text(self.case, item)
            yield Confirm(heading, f"{f'Now: {value}. ' if value else ''}{OPEN_AGAIN}", yes="take it back")
        self._send(item, names)

    def _ask_if_mistaken(self, item: Item, heading: str) -> Flow[str | None]:
        """Ask whether something was really done outside, which taking it back here does not undo; None: it stands."""
        words = self.case.procedure.words
        mistake = ("it was recorded by mistake", "it was never done")
        if item.killer:
            text = f"Taking it back here undoes nothing in {words.system}."
            place = yield Pick(heading, [(f"it is {words.ends.done}", "leave it as it is"), mistake], text)
            return MISTAKE if place else None
        other = ("it was done, and is undone outside", item.reverse) if item.reverse else ("it was done", "leave it")
        place = yield Pick(heading, [mistake, other], f"{OPEN_AGAIN}Taking it back here undoes nothing outside.")
        return MISTAKE if place == 0 else f"undone outside: {item.reverse}" if item.reverse else None

    def _marked(self, item: Item) -> dict[str, str]:
        """Return the mailboxes that an item is marked for, each with what its mark says."""
        return {name: mark_words(self.case, item, mark) for name, mark in self.case.marks(item.id).items() if name}

    def _send(self, item: Item, mailboxes: tuple[str, ...], reason: str = "") -> None:
        some = f" for {for_whom(self.case, mailboxes)}" if mailboxes else ""
        message = f"Taken back: {item.text}{some}"
        self.send(self.case, TakeBack(item.id, mailboxes, reason), lambda _: self.host.say(message), item.id)

    # -- the values typed with it
    def correct(self, item: Item) -> None:
        """Ask for the numbers and dates of an item again; nothing that rests on it is lost."""
        self.follow(self._correct(item))

    def _correct(self, item: Item) -> Flow[None]:
        beside = self._marked(item)
        names = tuple(beside)
        if len(beside) > 1:
            names = yield from self.pick_mailboxes(f"Correct: {item.text}", names, beside=beside)
        values = yield from self.targets.ask_values(item, item.values)
        self.send(self.case, Correct(item.id, values, names), None, item.id)

    # -- left undone
    def skip(self) -> None:
        """x: skip the item with a reason; one that is done is taken back instead."""
        item = self._item("skipped")
        if item is None:
            return
        state = self.case.status(item.id).state
        if self.case.marks(item.id) and state in AT_REST:
            self.take_back(item)
        elif self.screen.allowed(lambda: may_skip(self.case.position(), item)):
            self.ask(
                Ask(f"Skip: {item.text}", "Why? It goes into the note.", check=one_line),
                lambda reason: self.screen.do(Skip(item.id, reason), item),
            )

    def put_off(self) -> None:
        """d: put the item off until a day to come."""
        item = self._item("put off")
        if item is None or not self.screen.allowed(lambda: may_put_off(self.case.position(), item)):
            return
        today = self.service.clock.today()
        self.ask(
            Ask(
                f"Later: {item.text}",
                "Until when? It isn't done until then, and the case can't be closed.",
                value="tomorrow",
                check=lambda text: day_to_come(text, today).isoformat(),
            ),
            lambda day: self.screen.do(Defer(item.id, day), item),
        )

    def _item(self, verb: str) -> Item | None:
        """Return the item under the cursor; refuse if the row is a question about another item."""
        row = self.checklist.current
        if row and (not row.ours or row.status.state is State.OUT_THERE):
            self.refuse(Refusal(f"This needs an answer, so it can't be {verb}", "a digit says what became of it"))
            return None
        return row.item if row and self.case.scenario else None
