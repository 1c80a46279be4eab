"""What a command is: somebody's wish, decided against the newest log, that gives the events to append.

Where it may not be done it raises Refusal (why, and what would lift it) or WrongUse (a value that does not fit), and
nothing is appended. Its event ids are made before it is sent, so that sending it twice writes it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct

from oxtui.cases import moves
from oxtui.cases.board import Effects
from oxtui.cases.case import Case, touch_of
from oxtui.cases.guard import Position
from oxtui.cases.moves import Change
from oxtui.cases.status import State
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import LICENCES, Item, Scenario
from oxtui.text import clean


class Draft(NamedTuple):
    """An event before it is numbered and dated: its id, what happened, and its data."""

    id: str
    what: str
    data: dict[str, Any]


class Making:
    """The ids of the events that one command makes: the command's own, then numbered ones.

    `seen` is the last event that the screen had shown; None where nobody looked at one.
    """

    def __init__(self, command_id: str, now: datetime, seen: int | None = None) -> None:
        self.command_id = command_id
        self.now = now
        self.seen = seen
        self._count = 0

    def id(self) -> str:
        """The id of the next event."""
        self._count += 1
        return self.command_id if self._count == 1 else f"{self.command_id}{self._count}"

    def draft(self, what: str, data: Mapping[str, Any], event_id: str = "") -> Draft:
        """An event of this command."""
        return Draft(event_id or self.id(), what, dict(data))


class Command(Struct, frozen=True, tag=True):
    """One thing somebody wants done to a case."""

    STANDS_ALONE: ClassVar[bool] = False
    """Whether it is kept where one that was typed before it is refused: a note, say."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """The events it appends to `case`; raises Refusal or WrongUse where it may not be done."""
        return []

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        """What it was decided on, as `Case.touched` names it: changed by somebody else since, nothing is written."""
        return ()


class ItemCommand(Command, frozen=True):
    """A command about one item of the scenario."""

    item: str

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return shown_of(case, self.item, getattr(self, "mailboxes", ()))


def scenario_of(case: Case) -> Scenario:
    """The case's scenario; raises Refusal where none was chosen."""
    if case.scenario is None:
        raise Refusal("No scenario was chosen yet", "s opens the call flow")
    return case.scenario


def item_of(case: Case, item_id: str) -> tuple[Scenario, Item]:
    """An item of the case's scenario; raises Refusal where the scenario has it not."""
    scenario = scenario_of(case)
    item = scenario.by_id.get(item_id)
    if item is None:
        raise Refusal(f"This scenario has no item '{clean(item_id)}'", "the scenario may have changed: look again")
    return scenario, item


def shown_of(case: Case, item_id: str, mailboxes: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
    """What an item's row showed: its marks, those that it rests on directly, the domain and the mailboxes."""
    scenario = case.scenario
    if scenario is None or item_id not in scenario.by_id:
        return [("scenario",)]
    names = (item_id, *(name for name in scenario.rests_on.get(item_id, ()) if name != LICENCES))
    chosen = mailboxes or case.addresses
    found: list[tuple[object, ...]] = [("scenario",), ("domain",), ("mailboxes",)]
    for name in names:
        for mailbox in chosen if scenario.by_id[name].each else ("",):
            found.append(touch_of(scenario.number, (name, mailbox)))
    return found


def marked(
    case: Case, what: str, item: Item, change: Change, making: Making, data: Mapping[str, Any], event_id: str
) -> Draft:
    """The event of a change that marks an item, with the effects it names."""
    body: dict[str, Any] = {"scenario": case.number, "item": item.id}
    if item.each:
        body["mailboxes"] = [key[1] for key in (change.marks or change.taken_back)]
    body |= data
    if any(mark.first != event_id for mark in change.marks.values()):
        body["again"] = True
    body |= {"order_gone": True} if change.covered else {}
    body |= {"resumes": True} if _ends_wait(case, item, change) else {}
    return making.draft(what, body | {"effects": change.effects.to_data()}, event_id)


def _ends_wait(case: Case, item: Item, change: Change) -> bool:
    """Whether it is the answer that the case waits for, and for the last mailbox."""
    if case.hold is None or case.hold.on != item.id or not change.marks:
        return False
    told = {mailbox: mark for (_, mailbox), mark in change.marks.items()}
    status = case.status(item.id)
    others = [name for name, state in status.by.items() if name not in told and state is not State.NOT_APPLICABLE]
    marks = [*told.values(), *(case.marks(item.id).get(name) for name in others)]
    return all(mark is not None and not mark.open for mark in marks)


def meant_mailboxes(case: Case, item: Item, mailboxes: tuple[str, ...]) -> tuple[str, ...]:
    """The mailboxes meant; what was chosen and is no mailbox of the case is refused."""
    strange = [address for address in mailboxes if address not in case.addresses]
    if item.each and strange:
        about = case.procedure.about
        raise WrongUse(f"{clean(strange[0])} is not one of this case's {about.many}", f"i: the {about.many}")
    return mailboxes if item.each else ()


def effects_data(effects: Mapping[int, Effects]) -> dict[str, Any]:
    """The effects of one event on the boards of several scenarios, as its `boards`."""
    return {str(number): each.to_data() for number, each in effects.items() if each}


def spoiled(case: Case, number: int, because: str, chosen: Any = lambda mark: True) -> Effects:
    """What of a scenario has to be checked again for a reason beside the playbook."""
    if number not in case.procedure.scenarios:
        return Effects()
    position = Position(case.standing_in(number), case.conversation, case.agent)
    board = position.standing.board
    keys = tuple(key for key, mark in board.marks.items() if chosen(mark.event))
    return moves.spoil(position, because, keys).effects
