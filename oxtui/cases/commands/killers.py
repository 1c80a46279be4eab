"""Ending a service for good, in two steps; and that it was ended already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from oxtui.cases import moves
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Draft, ItemCommand, Making, item_of, marked, scenario_of, shown_of
from oxtui.cases.commands.typed import one_text
from oxtui.cases.guard import Position, need_conversation, needs_ceremony
from oxtui.cases.status import Standing
from oxtui.errors import Refusal
from oxtui.playbook.model import LICENCES, Item, Scenario
from oxtui.text import clean


def _of_the_case(case: Case) -> str:
    about = case.procedure.about
    return f"the {about.many} or the {about.label}" if about.each else f"the {about.label}"


class Clear(ItemCommand, frozen=True):
    """The first step of a killer: what it rests on was read; `shown` are the rows that the agent read."""

    shown: tuple[str, ...] = ()

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return shown_below(case, self.item)

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `cleared` event."""
        scenario, item = item_of(case, self.item)
        moves.clear(case.position(), item)
        data = {"scenario": scenario.number, "item": item.id, "shown": [clean(row) for row in self.shown]}
        return [making.draft("cleared", data | {"mailboxes": list(case.addresses)})]


class Cancel(ItemCommand, frozen=True):
    """The second step of a killer: it was done in the console. Neither age nor a lapse refuses it."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `ticked` event, by word of whoever cleared it where that was somebody else."""
        _, item = item_of(case, self.item)
        event_id = making.id()
        change = moves.cancel(timeless(case), item, event_id)
        cleared = case.event(case.board.cleared[item.id])
        data: dict[str, Any] = {"clearing": case.board.cleared[item.id], "by": "me", "values": {}}
        if cleared is not None and cleared.agent != case.agent:
            need_conversation(case.conversation, f"Saying so for {cleared.agent}")
            data["word"] = {"who": cleared.agent, "when": "", "authenticated": True}
        # its own mark is no row of what was read: undone, it leads back to *cleared*
        rows = (key for key in shown_below(case, item.id) if key[1:] != (item.id, ""))
        if changed := [key for key in rows if _since(case, key, cleared.seq if cleared else 0)]:
            names = {scenario_of(case).by_id[str(key[1])].text for key in changed if len(key) == 3}
            raise Refusal(
                f"Changed since it was cleared: {', '.join(sorted(names)) or _of_the_case(case)}",
                f"look at it again; if it is {case.procedure.words.ends.done} already, say so",
                ("already",),
            )
        return [marked(case, "ticked", item, change, making, data, event_id)]


class NotYet(ItemCommand, frozen=True):
    """The second step of a killer: it was not done."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `not-yet` event."""
        scenario, item = item_of(case, self.item)
        moves.not_yet(case.position(), item)
        return [making.draft("not-yet", {"scenario": scenario.number, "item": item.id, "effects": {}})]


class AlreadyDone(ItemCommand, frozen=True):
    """A killer's service was ended already, too early or by somebody else: by whom, and when."""

    who: str
    when: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `answered` event for the question that asks for it; it needs no conversation."""
        scenario, item = item_of(case, self.item)
        if (item.id, "") in case.board.marks:
            raise Refusal(f"'{item.text}' is done already", "")
        told = one_text(f"{self.who}{', ' + self.when if self.when.strip() else ''}", "By whom, and when?")
        event_id = making.id()
        change = moves.already(case.position(), item, event_id, told)
        assert item.already is not None
        question = scenario.by_id[item.already.item]
        value = list(change.marks[question.id, ""].value)
        data = {"value": value, "told": told, "already": item.id}
        return [marked(case, "answered", question, change, making, data, event_id)]


def timeless(case: Case) -> Position:
    """Where the case stands without age and today's prices, which the second step of a killer does not mind."""
    assert case.standing is not None and case.scenario is not None
    situation = replace(case.situation, aged={})
    return Position(Standing(case.scenario, case.board, situation), case.conversation, case.agent)


def shown_below(case: Case, item_id: str) -> list[tuple[object, ...]]:
    """What a killer's confirmation shows: all that it rests on, at any depth."""
    scenario = scenario_of(case)
    seen: dict[tuple[object, ...], None] = {}
    names = [item_id]
    done: set[str] = set()
    while names:
        name = names.pop()
        if name in done or name == LICENCES:
            continue
        done.add(name)
        seen |= dict.fromkeys(shown_of(case, name))
        names += scenario.rests_on.get(name, ())
    return list(seen)


def _since(case: Case, key: tuple[object, ...], seq: int) -> bool:
    touch = case.touched.get(key)
    return touch is not None and touch.seq > seq


def confirms(scenario: Scenario, item: Item, value: tuple[str, ...] = ()) -> bool:
    """Whether marking `item` so is confirmed by one more enter: a killer's witness."""
    return not item.killer and needs_ceremony(scenario, item, value)
