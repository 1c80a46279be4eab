"""Replays the saved walks of a playbook on the transitions of a case, and reports the step at which one fails."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec import Struct

from oxtui.cases.board import Board
from oxtui.cases.guard import Position
from oxtui.cases.leading import leads_there, leads_to_scenario
from oxtui.cases.status import Situation, Standing
from oxtui.cases.waits import name_of, statuses_of
from oxtui.errors import Refusal
from oxtui.playbook.comparisons import DAY_ZERO, DAYS_AGO
from oxtui.playbook.model import Item, Procedure
from oxtui.playbook.reader.files import HIDDEN, REFUSED, SHOWN, SKIP, WalkFile
from oxtui.playbook.walks import SavedMove
from oxtui.prover.cut import cut
from oxtui.prover.duties import locking
from oxtui.prover.walk import EVENT, LIVE, Move, Walk


class Failed(Struct, frozen=True):
    """The failure of a walk: its step (from 0; None: at the end), the reason, and the steps before it in words."""

    step: int | None
    why: str
    way: tuple[str, ...]

    def __str__(self) -> str:
        before = "; ".join(self.way)
        return f"{self.why}{f'. Before it: {before}' if before else ''}"


def walked(procedure: Procedure, walk: WalkFile, steps: Iterable[SavedMove]) -> Failed | None:
    """Return the failure of a walk, or None."""
    case = _Case(procedure, walk)
    for number, step in enumerate(steps):
        wrong = case.take(step)
        if wrong:
            return Failed(number, wrong, tuple(case.way))
    wrong = case.end()
    return Failed(None, wrong, tuple(case.way)) if wrong else None


class _Case:
    """A case under way: the scenario, its marks, and the steps taken in words."""

    def __init__(self, procedure: Procedure, walk: WalkFile) -> None:
        self.procedure = procedure
        self.walk = walk
        self.scenario = procedure.scenarios[walk.scenario]
        about = procedure.about
        self.boxes = tuple(f"{about.one} {number + 1}" for number in range(walk.mailboxes if about.each else 0))
        self.situation = Situation(mailboxes=self.boxes, nbs=locking(procedure), about=about, words=procedure.words)
        self.moves = Walk(cut(self.scenario, self.scenario.by_id))
        self.way: list[str] = []
        self._place(Board())

    def _place(self, board: Board) -> None:
        self.position = Position(Standing(self.scenario, board, self.situation), LIVE)

    def take(self, move: SavedMove) -> str:
        """Take a step; returns why it fails, or ""."""
        item = self.scenario.by_id[move.item]
        status = self.position.status(item)
        if move.word in (SHOWN, HIDDEN):
            there = status.applies and status.shown
            return "" if there is (move.word == SHOWN) else f"'{item.text}' is {'not ' * (not there)}shown here"
        words = self._words(item, move)
        try:
            transition = self.moves.decide(self.position, self._move(item, move))
        except Refusal as refusal:
            return "" if move.word == REFUSED else f"{words}: refused. {refusal}"
        if move.word == REFUSED:
            return f"'{item.text}' is not refused here"
        self._place(transition.apply(self.position.standing.board, EVENT))
        self.way.append(words)
        return ""

    def _words(self, item: Item, move: SavedMove) -> str:
        box = f" for {self.boxes[move.mailbox - 1]}" if move.mailbox and item.each else ""
        if item.kind == "question" and move.answers:
            texts = [answer.text if (answer := item.answer(each)) else each for each in move.answers]
            return f'"{item.text}"{box}: {" and ".join(texts)}'
        return f'{"skip " if move.word == SKIP else ""}"{item.text}"{box}'

    def _move(self, item: Item, move: SavedMove) -> Move:
        if move.word == SKIP:
            return Move("skip", item.id)
        if item.killer:
            return Move("cancel", item.id)
        if item.quote is not None:
            return Move("quote", item.id, value=("quote",))
        boxes = (self.boxes[move.mailbox - 1],) if move.mailbox and item.each else ()
        answers = move.answers
        if item.select == "date" and answers and DAYS_AGO.fullmatch(answers[0]):
            answers = ((DAY_ZERO - timedelta(int(answers[0][:-1]))).isoformat(),)
        if move.word == REFUSED and item.answers:
            answers = (item.answers[0].id,)
        asks = any(answer.asks for answer in map(item.answer, answers) if answer)
        return Move("mark", item.id, boxes, answers, "typed" if asks else "")

    def end(self) -> str:
        """Return why the case cannot close as the walk says, or ""."""
        ending = next(each for each in self.procedure.endings if each.id == self.walk.ends)
        statuses = statuses_of(self.position.standing)
        rest = [name_of(item) for item in self.scenario.items() if statuses[item.id].open]
        if ending.complete and rest:
            return f"it cannot end as '{ending.text}': still open: {', '.join(rest)}"
        number = leads_to_scenario(self.procedure, self.position.standing)
        if ending.complete and number:
            return f"it cannot end as '{ending.text}': an answer leads to scenario {number}"
        if not leads_there(ending, self.position.standing):
            return f"it cannot end as '{ending.text}': the answers do not lead to it ({ending.when})"
        return ""
