"""Commands: a change that somebody wants made to a case, decided on its newest log into events to append.

If it may not be made, it raises Refusal (why, and what would lift it) or WrongUse (a value that does not fit), and
nothing is appended.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, TypeAlias

from msgspec import Struct

from oxtui.cases.board import NEW, Effects
from oxtui.cases.case import Case
from oxtui.cases.effects import spoil
from oxtui.cases.events import ID_LENGTH, Event
from oxtui.cases.moves import Transition
from oxtui.cases.parts import touch_of
from oxtui.cases.status import State
from oxtui.cases.waits import name_of
from oxtui.clock import Clock
from oxtui.errors import Conflict, Refusal, WrongUse
from oxtui.playbook.model import LICENCES, Item, Scenario
from oxtui.text import clean

TouchKey: TypeAlias = tuple[object, ...]
"""A part of a case as `Case.touched` names it."""


class Draft(NamedTuple):
    """An event before it has an id, a number and a time."""

    what: str
    data: Mapping[str, Any]


def numbered(seq: int, drafts: Sequence[Draft], command_id: str, at: datetime, agent: str) -> list[Event]:
    """The events of a command after event `seq`: the first has the command's id, further ones the id and a number."""
    return [
        Event(f"{command_id}{place if place > 1 else ''}", seq + place, at, agent, draft.what, draft.data)
        for place, draft in enumerate(drafts, start=1)
    ]


class Command(Struct, frozen=True, tag=True):
    """A change that somebody wants made to a case."""

    STANDS_ALONE: ClassVar[bool] = False
    """Whether it is still decided after a command typed before it was refused, as a note is."""
    DECIDED_ON: ClassVar[tuple[str, ...]] = ()
    """The parts of a case that it is decided on: `domain`, `mailboxes`, `scenario`, `holder`."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        """Return the events to append, none if nothing changes; raises Refusal or WrongUse.

        `seen` is the number of the last event that the screen had shown; None without a screen.
        """
        raise NotImplementedError

    def rests_on(self, case: Case) -> Iterable[TouchKey]:
        """Return the parts it was decided on: if somebody else has changed one since, nothing is written (rule 10)."""
        return [(name,) for name in self.DECIDED_ON]


class ItemCommand(Command, frozen=True):
    """A command about one item of the case's scenario."""

    item: str

    def rests_on(self, case: Case) -> Iterable[TouchKey]:
        return shown_of(case, self.item, getattr(self, "mailboxes", ()))


class Sent(Struct, frozen=True):
    """A command on its way. The ids of its events are made from `id`, so that sending it twice writes it once.

    `seen` is the number of the last event on the screen, None without a screen. `at` is the time of the key,
    where the command waited for the server; `own` are the ids of this agent's earlier commands that were waiting too.
    """

    command: Command
    id: str
    seen: int | None = None
    at: datetime | None = None
    own: frozenset[str] = frozenset()

    def made(self, event_id: str) -> bool:
        """Whether an event was written by one of the `own` commands."""
        return event_id[:ID_LENGTH] in self.own

    def seen_in(self, case: Case) -> int | None:
        """The last event that the agent had seen in the log as it is now, counting their own that followed it."""
        seen = self.seen
        if seen is None:
            return None
        for event in case.log if self.own else ():
            if event.seq == seen + 1 and self.made(event.id):
                seen = event.seq
        return seen

    def check_seen(self, case: Case, own: Container[str], clock: Clock) -> None:
        """Raise Conflict if somebody else changed a part that the command was decided on (rule 10).

        `own` are the events that this pane made.
        """
        if self.seen is None:
            return
        for key in self.command.rests_on(case):
            touch = case.touched.get(key)
            while touch is not None and (touch.event in own or self.made(touch.event)):
                touch = touch.before  # one's own key hides nothing that somebody else changed before it
            if touch is not None and touch.seq > self.seen:
                at = clock.local(touch.at)
                raise Conflict(f"{touch.agent} changed {_named(case, key)} at {at:%H:%M}", "look, then again")


def _named(case: Case, key: TouchKey) -> str:
    if len(key) == 1:
        about = case.procedure.about
        names = {"domain": f"the {about.label}", "mailboxes": f"the {about.many}", "holder": "who has the case"}
        return names.get(str(key[0]), "the scenario")
    item = case.scenario.by_id.get(str(key[1])) if case.scenario else None
    return name_of(item) if item else "what this rests on"


def scenario_of(case: Case) -> Scenario:
    """The case's scenario; raises Refusal if none was chosen."""
    if case.scenario is None:
        raise Refusal("No scenario was chosen yet", "s opens the call flow")
    return case.scenario


def item_of(case: Case, item_id: str) -> tuple[Scenario, Item]:
    """The case's scenario and an item of it; raises Refusal if there is no such item."""
    scenario = scenario_of(case)
    item = scenario.by_id.get(item_id)
    if item is None:
        raise Refusal(f"This scenario has no item '{clean(item_id)}'", "the scenario may have changed: look again")
    return scenario, item


def shown_of(case: Case, item_id: str, mailboxes: tuple[str, ...] = ()) -> list[TouchKey]:
    """The parts of a case that an item's row shows: its marks, those it directly rests on, domain and mailboxes."""
    scenario = case.scenario
    if scenario is None or item_id not in scenario.by_id:
        return [("scenario",)]
    names = (item_id, *(name for name in scenario.rests_on.get(item_id, ()) if name != LICENCES))
    boxes = mailboxes or case.addresses
    return [("scenario",), ("domain",), ("mailboxes",)] + [
        touch_of(scenario.number, (name, mailbox))
        for name in names
        for mailbox in (boxes if scenario.by_id[name].each else ("",))
    ]


def marked(case: Case, what: str, item: Item, transition: Transition, data: Mapping[str, Any]) -> Draft:
    """The event of a transition that marks an item, with its effects."""
    body: dict[str, Any] = {"scenario": case.number, "item": item.id}
    if item.each:
        body["mailboxes"] = [key[1] for key in (transition.marks or transition.taken_back)]
    body |= data
    if any(mark.first != NEW for mark in transition.marks.values()):
        body["again"] = True
    body |= {"order_gone": True} if transition.covered else {}
    body |= {"resumes": True} if _ends_wait(case, item, transition) else {}
    return Draft(what, body | {"effects": transition.effects.to_data()})


def _ends_wait(case: Case, item: Item, transition: Transition) -> bool:
    """Whether this is the answer that the case waits for, and for the last mailbox."""
    if case.hold is None or case.hold.on != item.id or not transition.marks:
        return False
    made = {mailbox: mark for (_, mailbox), mark in transition.marks.items()}
    others = [name for name, state in case.status(item.id).by.items() if state is not State.NOT_APPLICABLE]
    marks = [*made.values(), *(case.marks(item.id).get(name) for name in others if name not in made)]
    return all(mark is not None and not mark.open for mark in marks)


def checked_mailboxes(case: Case, item: Item, mailboxes: tuple[str, ...]) -> tuple[str, ...]:
    """Return `mailboxes`, none for an item that is done once; raises WrongUse for one that the case does not have."""
    unknown = [address for address in mailboxes if address not in case.addresses]
    if item.each and unknown:
        about = case.procedure.about
        raise WrongUse(f"{clean(unknown[0])} is not one of this case's {about.many}", f"i: the {about.many}")
    return mailboxes if item.each else ()


def effects_data(effects: Mapping[int, Effects]) -> dict[str, Any]:
    """The `boards` of an event: its effects by scenario."""
    return {str(number): each.to_data() for number, each in effects.items() if each}


def spoiled_boards(case: Case, because: str, chosen: Callable[[str], bool] | None = None) -> dict[str, Any]:
    """The `boards` of an event after which all marks, or those made by `chosen` events, must be checked again."""
    scenarios = case.procedure.scenarios
    return effects_data({n: spoil(scenarios.get(n), board, because, chosen) for n, board in case.boards.items()})
