"""Logs of format 1: their events do not name their effects, so these are computed as the events are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from oxtui.cases.board import NO_LONGER_APPLIES, Board, Effects, Key, Mark
from oxtui.cases.effects import consequences
from oxtui.cases.events import Event
from oxtui.cases.status import Situation, Standing
from oxtui.playbook.model import Item, Procedure, Scenario

_NEW: Final = ("effects", "boards")
_MARKING: Final = ("ticked", "answered", "quote", "skipped")
_ONLY_FIELD: Final = "ox-mail"
"""Today's name of the one field of a mailbox in format 1."""


def is_old(event: Event) -> bool:
    """Whether an event is of format 1, whose events do not name their effects."""
    return not any(name in event.data for name in _NEW)


def is_of_these_steps(log: Iterable[Event]) -> bool:
    """Whether a case was opened by, or has moved to, steps of this format.

    Only the log shows it: any append gives the document today's format number, whether or not the case has moved.
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


def effects(scenario: Scenario, board: Board, mailboxes: Iterable[str], marks: Mapping[Key, Mark]) -> Effects:
    """The effects of an event of format 1 that makes `marks`."""
    return consequences(Standing(scenario, board, Situation(tuple(mailboxes))), marks=marks)


def todays_names(log: list[Event], procedure: Procedure) -> list[Event]:
    """Return the log with today's ids of items in the events of format 1."""
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


def ticked_for(scenario: Scenario, board: Board, mailboxes: Iterable[str], item: Item) -> list[str]:
    """The mailboxes that a tick without names was for: those that the item applied to, or all if none is known."""
    boxes = tuple(mailboxes)
    standing = Standing(scenario, board, Situation(boxes))
    return [name for name in boxes if standing.applies((item.id, name))] or list(boxes)


def left_behind(scenario: Scenario, board: Board) -> Effects:
    """The effects of leaving a scenario for another: actions with an effect outside are asked about."""
    acts = {name for name, item in scenario.by_id.items() if item.acts}
    killers = {name for name, item in scenario.by_id.items() if item.killer}
    asked = tuple((key, NO_LONGER_APPLIES, "scenario") for key in board.marks if key[0] in acts)
    stale = tuple((key, "scenario") for key in board.marks if key[0] not in acts | killers)
    return Effects(stale=stale, asked=asked)


def known_of_mailboxes(event: Event) -> dict[str, dict[str, str]]:
    """The values that a `mailboxes` event gives by mailbox and field; format 1 had one field, `ox`."""
    fields = {address: {_ONLY_FIELD: state} for address, state in event.get("ox", {}).items()}
    for address, known in event.get("known", {}).items():
        fields.setdefault(address, {}).update(known)
    return fields
