"""Goes along the saved walks of a playbook by the transitions of a case, and tells where one does not go as it says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from msgspec import Struct

from oxtui.cases import moves
from oxtui.cases.board import Board
from oxtui.cases.guard import Conversation, Position
from oxtui.cases.leading import leads_there, leads_to_scenario
from oxtui.cases.moves import Change
from oxtui.cases.status import Situation, Standing, name_of
from oxtui.errors import Refusal
from oxtui.playbook.comparisons import DAY_ZERO, DAYS_AGO
from oxtui.playbook.model import Item, Procedure
from oxtui.playbook.reader.files import HIDDEN, REFUSED, SHOWN, SKIP, WalkFile
from oxtui.playbook.walks import Said
from oxtui.prover.duties import locking

_EVENT: Final = "e"
_LIVE: Final = Conversation("client", event=_EVENT)
_TOLD: Final = "told"


class Failed(Struct, frozen=True):
    """Where a walk fails (the step from 0, or None: at its end), why, and the steps before it in words."""

    step: int | None
    why: str
    way: tuple[str, ...]

    def __str__(self) -> str:
        before = "; ".join(self.way)
        return f"{self.why}{f'. Before it: {before}' if before else ''}"


def walked(procedure: Procedure, walk: WalkFile, steps: Iterable[Said]) -> Failed | None:
    """Where a walk fails, or None where it goes as it says."""
    going = _Going(procedure, walk)
    for number, said in enumerate(steps):
        wrong = going.take(said)
        if wrong:
            return Failed(number, wrong, tuple(going.way))
    wrong = going.end()
    return Failed(None, wrong, tuple(going.way)) if wrong else None


class _Going:
    """A case under way."""

    def __init__(self, procedure: Procedure, walk: WalkFile) -> None:
        self.procedure = procedure
        self.walk = walk
        self.scenario = procedure.scenarios[walk.scenario]
        about = procedure.about
        self.boxes = tuple(f"{about.one} {number + 1}" for number in range(walk.mailboxes if about.each else 0))
        self.situation = Situation(mailboxes=self.boxes, nbs=locking(procedure), about=about, words=procedure.words)
        self.way: list[str] = []
        self._stand(Board())

    def _stand(self, board: Board) -> None:
        self.position = Position(Standing(self.scenario, board, self.situation), _LIVE)

    def take(self, said: Said) -> str:
        """Take a step; what is wrong with it, or nothing."""
        item = self.scenario.by_id[said.item]
        status = self.position.status(item)
        if said.word in (SHOWN, HIDDEN):
            there = status.applies and status.shown
            return "" if there is (said.word == SHOWN) else f"'{item.text}' is {'not ' * (not there)}shown here"
        words = self._words(item, said)
        try:
            board = self._after(item, said)
        except Refusal as refusal:
            return "" if said.word == REFUSED else f"{words}: refused. {refusal}"
        if said.word == REFUSED:
            return f"'{item.text}' is not refused here"
        self._stand(board)
        self.way.append(words)
        return ""

    def _words(self, item: Item, said: Said) -> str:
        box = f" for {self.boxes[said.mailbox - 1]}" if said.mailbox and item.each else ""
        if item.kind == "question" and said.answers:
            texts = [answer.text if (answer := item.answer(each)) else each for each in said.answers]
            return f'"{item.text}"{box}: {" and ".join(texts)}'
        return f'{"skip " if said.word == SKIP else ""}"{item.text}"{box}'

    def _after(self, item: Item, said: Said) -> Board:
        """The marks after a step; raises Refusal."""
        board = self.position.standing.board
        if item.killer and said.word != SKIP:
            board = moves.clear(self.position, item).apply(board, _EVENT)
            cleared = Position(Standing(self.scenario, board, self.situation), _LIVE)
            return moves.cancel(cleared, item).apply(board, _EVENT)
        return self._change(item, said).apply(board, _EVENT)

    def _change(self, item: Item, said: Said) -> Change:
        if said.word == SKIP:
            return moves.skip(self.position, item)
        if item.quote is not None:
            return moves.requote(self.position, item, ("quote",))
        boxes = (self.boxes[said.mailbox - 1],) if said.mailbox and item.each else ()
        answers = said.answers
        if item.select == "date" and answers and DAYS_AGO.fullmatch(answers[0]):
            answers = ((DAY_ZERO - timedelta(int(answers[0][:-1]))).isoformat(),)
        if said.word == REFUSED and item.answers:
            answers = (item.answers[0].id,)
        asks = any(answer.asks for answer in map(item.answer, answers) if answer)
        return moves.mark(self.position, item, mailboxes=boxes, value=answers, told=_TOLD if asks else "")

    def end(self) -> str:
        """Why the case cannot close as the walk says, or nothing."""
        ending = next(each for each in self.procedure.endings if each.id == self.walk.ends)
        statuses = self.position.standing.statuses()
        rest = [name_of(item) for item in self.scenario.items() if statuses[item.id].open]
        if ending.complete and rest:
            return f"it cannot end as '{ending.text}': still open: {', '.join(rest)}"
        number = leads_to_scenario(self.procedure, self.position.standing)
        if ending.complete and number:
            return f"it cannot end as '{ending.text}': an answer leads to scenario {number}"
        if not leads_there(ending, self.position.standing):
            return f"it cannot end as '{ending.text}': the answers do not lead to it ({ending.when})"
        return ""
