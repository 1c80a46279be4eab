"""From wherever people have got to in a scenario, there is a way on to an end: the shipped playbook has no trap."""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path

import pytest

from oxtui.cases import moves
from oxtui.cases.board import EMPTY, Board
from oxtui.cases.guard import Conversation, Position
from oxtui.cases.status import Situation, Standing, State
from oxtui.cases.waits import Status, statuses_of
from oxtui.errors import Refusal
from oxtui.playbook.load import load
from oxtui.playbook.model import Ending, Item, Procedure, Scenario

CONFIG = Path(__file__).parents[2] / "config"
CALL = Conversation("client", authenticated_before=True)
WALKS = 2500 if os.environ.get("OXTUI_LONG") else 60
DATE = ("2026-11-03", "2026-11-07")
LEADS_ON = {"refused": "completed", "returned": "completed"}


@cache
def shipped() -> Procedure:
    return load(CONFIG).playbook.procedure


class Going:
    """A scenario under way, with two mailboxes."""

    def __init__(self, scenario: Scenario, chance: random.Random) -> None:
        self.scenario = scenario
        self.chance = chance
        self.board: Board = EMPTY
        self.situation = Situation(("a", "b"))
        self.count = 0
        self.told: list[str] = []

    def position(self) -> Position:
        return Position(Standing(self.scenario, self.board, self.situation), CALL)

    def take(self, change: moves.Transition, told: str) -> None:
        self.board = change.apply(self.board, self.event())
        self.told.append(told)

    def event(self) -> str:
        self.count += 1
        return f"e{self.count}"

    def values(self, item: Item, name: str = "") -> tuple[str, ...]:
        if item.kind == "action":
            return ()
        if item.answers:
            return (name or self.chance.choice(item.answers).id,)
        return DATE if item.select == "dates" else DATE[:1]

    def anything(self) -> None:
        """One thing that somebody may do, whether it leads on or not."""
        item = self.chance.choice(self.scenario.items())
        boxes = (self.chance.choice(("a", "b")),) if item.each and self.chance.random() < 0.5 else ()
        try:
            if self.chance.random() < 0.1:
                self.take(moves.take_back(self.position(), item, boxes), f"take back {item.id}")
            else:
                self.mark(item, boxes, self.values(item))
        except Refusal:
            return

    def mark(self, item: Item, boxes: tuple[str, ...], value: tuple[str, ...]) -> None:
        status = self.position().status(item)
        if item.killer:
            self.take(moves.clear(self.position(), item), f"clear {item.id}")
            self.take(moves.cancel(self.position(), item), f"cancel {item.id}")
        elif status.state is State.OUT_THERE:
            box = next(name for name, state in status.by.items() if state is State.OUT_THERE)
            ways = self.board.marks[item.id, box].asked
            way = self.chance.choice(ways)
            self.take(moves.settle(self.position(), item, box, way), f"settle {item.id} {way}")  # type: ignore[arg-type]
        elif item.quote:
            self.take(moves.requote(self.position(), item, ("now", "new", "2", "1.00")), "quote")
        else:
            self.take(moves.mark(self.position(), item, mailboxes=boxes, value=value), f"{item.id} {value}")

    def open(self) -> list[Status]:
        statuses = statuses_of(self.position().standing)
        return [statuses[item.id] for item in self.scenario.items() if statuses[item.id].open]

    def ended(self) -> bool:
        """Whether nothing is open, or an ending that the answers lead to fits."""
        standing = self.position().standing
        if not self.open():
            return True
        return any(
            ending.when and standing.holds(ending.when) is True and not ending.complete
            for ending in self.ends()  # type: ignore[attr-defined]
        )

    def ends(self) -> tuple[Ending, ...]:
        return tuple(shipped().endings)

    def work_on(self) -> None:
        """What an agent would do next: the first item that is open and can be done, with the answer that leads on."""
        for status in self.open():
            if status.state not in (State.TODO, State.STALE, State.OUT_THERE):
                continue
            item = status.item
            usual = next((answer.id for answer in item.answers if not answer.open), "")
            try:
                self.mark(item, status.left, self.values(item, usual))
            except Refusal:
                continue
            return
        states = [(status.item.id, status.state.value, [str(w.atom) for w in status.waits]) for status in self.open()]
        raise AssertionError(f"stuck: {states}\nafter {self.told}")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_walk_can_be_brought_to_an_end(number: int) -> None:
    scenario = shipped().scenarios[number]
    for seed in range(WALKS):
        going = Going(scenario, random.Random(f"{number}/{seed}"))
        for _ in range(going.chance.randrange(60)):
            going.anything()
        for _ in range(120):
            if going.ended():
                break
            going.work_on()
        else:
            raise AssertionError(f"no end in sight: {going.told}")
