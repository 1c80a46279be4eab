"""Logs of format 1: their events do not name what they made stale or ended, so it is worked out as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from oxtui.cases.board import EMPTY, NO_LONGER_APPLIES, Board, Effects, Key, Mark
from oxtui.cases.effects import consequences
from oxtui.cases.events import Event
from oxtui.cases.status import Situation, Standing
from oxtui.playbook.model import Procedure, Scenario

_NEW: Final = ("effects", "boards")


class State(Protocol):
    """What is needed of a replay."""

    procedure: Procedure
    boards: dict[int, Board]
    number: int

    @property
    def mailboxes(self) -> Mapping[str, object]: ...

    def put(self, number: int, event: Event, marks: Mapping[Key, Mark], effects: Effects) -> None: ...


def is_old(event: Event) -> bool:
    """Whether an event was written by a version whose events do not name their effects."""
    return not any(name in event.data for name in _NEW)


def is_of_these_steps(log: Iterable[Event]) -> bool:
    """Whether a log has marks, and each of format 1 was met by a move to the steps of a later version."""
    marked = old = False
    for event in log:
        if event.what == "moved" and not is_old(event):
            old = False
        elif event.what in ("ticked", "answered", "quote", "skipped"):
            marked, old = True, old or is_old(event)
    return marked and not old


def effects(state: State, scenario: Scenario, marks: Mapping[Key, Mark]) -> Effects:
    """What an event of format 1 that makes `marks` did besides."""
    board = state.boards.get(scenario.number, EMPTY)
    return consequences(Standing(scenario, board, Situation(tuple(state.mailboxes))), marks=marks)


def leave(state: State, event: Event, number: int) -> None:
    """Another scenario is chosen: what was done outside in the one that is left is asked about."""
    scenario = state.procedure.scenarios.get(state.number)
    if scenario is None or number == state.number:
        return
    board = state.boards.get(state.number, EMPTY)
    acts = {name for name, item in scenario.by_id.items() if item.acts}
    killers = {name for name, item in scenario.by_id.items() if item.killer}
    asked = tuple((key, NO_LONGER_APPLIES, "scenario") for key, mark in board.marks.items() if key[0] in acts)
    stale = tuple((key, "scenario") for key in board.marks if key[0] not in acts and key[0] not in killers)
    state.put(state.number, event, {}, Effects(stale=stale, asked=asked))
