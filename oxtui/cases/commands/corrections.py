"""Correcting typed values, and settling actions that were done on other terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import field

from oxtui.cases import moves
from oxtui.cases.board import NEW
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, ItemCommand, TouchKey, item_of, shown_of
from oxtui.cases.commands.typed import check_values
from oxtui.cases.guard import Position, Way, need_conversation
from oxtui.cases.parts import touch_of
from oxtui.cases.status import Standing
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import LICENCES
from oxtui.text import clean


class Correct(ItemCommand, frozen=True):
    """Correct a value typed with an item (a number, a date); nothing needs to be checked again."""

    values: Mapping[str, str]
    mailboxes: tuple[str, ...] = ()

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        _, item = item_of(case, self.item)
        need_conversation(case.conversation, "Correcting it")
        marks = case.marks(item.id)
        chosen = [name for name in (self.mailboxes or tuple(marks)) if name in marks]
        if not chosen:
            raise Refusal(f"'{item.text}' was not done", "there is nothing to correct")
        before = case.typed_with(marks[chosen[0]])
        former = dict(before.get("values") or {}) if before else {}
        values = check_values(case, item, {**former, **self.values})
        if values == former:
            return []
        data: dict[str, Any] = {"scenario": case.number, "item": item.id, "values": values, "effects": {}}
        data |= {name: before.get(name) for name in ("through", "by", "licences") if before and before.get(name)}
        return [Draft("corrected", data | ({"mailboxes": chosen} if item.each else {}))]


class Settle(Command, frozen=True):
    """Say of an action that was done on other terms: 1 the record was wrong, 2 changed, 3 reversed, 4 still right.

    It gives one event for each mailbox that is asked about.
    """

    item: str
    way: Way
    mailboxes: tuple[str, ...] = ()
    told: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    scenario: int = 0
    """The scenario it was done in, if the case has left it."""

    def rests_on(self, case: Case) -> Iterable[TouchKey]:
        if self.scenario in (0, case.number):
            return shown_of(case, self.item, self.mailboxes)
        keys = [touch_of(self.scenario, (self.item, mailbox)) for mailbox in self.mailboxes or ("",)]
        return [*keys, ("domain",), ("mailboxes",)]

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        number = self.scenario or case.number or 0
        if number not in case.procedure.scenarios or self.item not in case.procedure.scenarios[number].by_id:
            raise Refusal(f"There is no item '{clean(self.item)}' there", "look again")
        position = case.position(number)
        item = position.scenario.by_id[self.item]
        told = clean(self.told, lines=True).strip()
        if self.way == "4" and not told:
            raise WrongUse("Why is it still right?", "one line is enough")
        values = check_values(case, item, self.values) if self.way == "2" else {}
        boxes = [name for name, mark in position.standing.board.of(item.id).items() if mark.asked]
        chosen = [name for name in (self.mailboxes or boxes) if name in boxes]
        drafts = []
        for mailbox in chosen or ("",):  # the guard refuses one that does not need it
            transition = moves.settle(position, item, mailbox, self.way)
            data: dict[str, Any] = {"scenario": number, "item": item.id, "way": self.way, "told": told}
            data |= {"values": values}
            data |= {"licences": case.licences} if LICENCES in item.uses else {}
            data |= {"mailboxes": [mailbox]} if item.each else {}
            data |= {"order_gone": True} if transition.covered else {}
            drafts.append(Draft("settled", data | {"effects": transition.effects.to_data()}))
            before = position.standing
            after = Standing(before.scenario, transition.apply(before.board, NEW), before.situation)
            position = Position(after, position.conversation, position.agent)
        return drafts
