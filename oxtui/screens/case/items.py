"""The keys of the checklist: which part of the screen handles the row under the cursor."""

from __future__ import annotations

from oxtui.cases.status import State
from oxtui.errors import Refusal, WrongUse
from oxtui.screens.case.actions import Actions
from oxtui.screens.case.killer import Killing
from oxtui.screens.case.part import CasePart, CaseView
from oxtui.screens.case.questions import Questions
from oxtui.screens.case.settling import Settling


class Items(CasePart):
    """What space, enter and the digits do to the row under the cursor."""

    def __init__(
        self, screen: CaseView, questions: Questions, actions: Actions, killing: Killing, settling: Settling
    ) -> None:
        super().__init__(screen)
        self.questions = questions
        self.actions = actions
        self.killing = killing
        self.settling = settling

    def tick(self) -> None:
        """space."""
        row = self.checklist.current
        if row is None:
            return
        item = row.item
        if row.kind == "cover":
            self.refuse(Refusal(item.text, "1: covered, 2: one more is ordered"))
        elif row.status.state is State.OUT_THERE:
            self.refuse(Refusal("It was done on other terms", "a digit says what became of it"))
        elif item.kind == "question":
            self.questions.step(item)
        elif item.killer:
            self.refuse(WrongUse(f"'{item.text}' is not ticked by space", "enter shows what it rests on"))
        else:
            self.actions.tick(item)

    def digit(self, digit: int) -> None:
        """A digit."""
        row = self.checklist.current
        if row is None:
            return
        if row.kind == "cover":
            self.settling.cover(digit)
        elif row.status.state is State.OUT_THERE:
            self.settling.digit(row, digit)
        elif row.item.killer:
            self.refuse(WrongUse("There is nothing to choose here", "enter shows what it rests on"))
        elif row.item.kind == "question":
            self.questions.digit(row.item, digit)
        else:
            self.actions.digit(row, digit)

    def open(self) -> None:
        """enter."""
        row = self.checklist.current
        if row is None:
            return
        item, state = row.item, row.status.state
        if row.kind == "cover":
            self.settling.ask_cover(row)
        elif state is State.OUT_THERE:
            self.settling.open(row)
        elif item.killer and (item.id, "") not in self.case.board.marks:
            self.killing.open(item)
        elif item.kind == "question":
            self.questions.open(item)
        elif self.case.marks(item.id) and state is not State.TODO:
            self.actions.done(item)
        else:
            self.actions.open(item)

    def pasted(self, text: str) -> bool:
        """Begin what the row asks for with a pasted text; return whether the text was meant for the row."""
        row = self.checklist.current
        if row is None or not row.ours or not text or not self.checklist.has_focus or len(text.splitlines()) > 1:
            return False
        if row.item.kind == "question" and not row.item.answers:
            self.questions.pasted(row.item, text)
        elif row.item.kind == "question" or not self.actions.pasted(row.item, text):
            what = f"'{row.item.text}' takes nothing pasted"
            self.refuse(WrongUse(what, "t for the template, n for a note"))
        return True
