"""Logs of format 1: their events do not name what they made stale or ended, so it is worked out as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from msgspec.structs import replace

from oxtui.cases.board import EMPTY, NO_LONGER_APPLIES, Board, Effects, Key, Mark
from oxtui.cases.effects import consequences
from oxtui.cases.events import Event
from oxtui.cases.status import Situation, Standing
from oxtui.playbook.model import Item, Procedure, Scenario

_NEW: Final = ("effects", "boards")
_MARKING: Final = ("ticked", "answered", "quote", "skipped")
_ONLY_FIELD: Final = "ox-mail"
"""Today's name of the one thing that format 1 knew of a mailbox."""


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
    """Whether a case was opened by, or has moved to, steps of this format: only its log tells, not its number.

    An append of any kind gives a document today's number, whether or not the case moved before.
    """
    moved = False
    for event in log:
        if event.what == "opened":
            moved = isinstance(event.get("format"), int)
        elif event.what == "moved":
            moved = not is_old(event)
        elif event.what in _MARKING and is_old(event):
            moved = False
    return moved


def effects(state: State, scenario: Scenario, marks: Mapping[Key, Mark]) -> Effects:
    """What an event of format 1 that makes `marks` did besides."""
    board = state.boards.get(scenario.number, EMPTY)
    return consequences(Standing(scenario, board, Situation(tuple(state.mailboxes))), marks=marks)


def todays_names(log: list[Event], procedure: Procedure) -> list[Event]:
    """A log in which events of format 1 speak of items by today's ids."""
    names = {
        (number, item.formerly): name
        for number, scenario in procedure.scenarios.items()
        for name, item in scenario.by_id.items()
        if item.formerly
    }
    if not names:
        return log
    return [_renamed(event, names.get((event.get("scenario"), event.get("item")), "")) for event in log]


def _renamed(event: Event, name: str) -> Event:
    return replace(event, data={**event.data, "item": name}) if name and is_old(event) else event


def ticked_for(state: State, scenario: Scenario, item: Item) -> list[str]:
    """The mailboxes that a tick without names was for: those that it applied to, or all where nothing says."""
    board = state.boards.get(scenario.number, EMPTY)
    standing = Standing(scenario, board, Situation(tuple(state.mailboxes)))
    return [name for name in state.mailboxes if standing.applies((item.id, name))] or list(state.mailboxes)


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


def known_of_mailboxes(event: Event) -> dict[str, dict[str, str]]:
    """What a `mailboxes` event tells of each mailbox by field; format 1 had one field, `ox`."""
    found = {address: {_ONLY_FIELD: state} for address, state in event.get("ox", {}).items()}
    for address, known in event.get("known", {}).items():
        found.setdefault(address, {}).update(known)
    return found
