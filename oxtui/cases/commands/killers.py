"""Ending a service for good, in two steps; and that it was ended already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from oxtui.cases import moves
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Draft, ItemCommand, TouchKey, item_of, marked, scenario_of, shown_of
from oxtui.cases.commands.typed import one_text
from oxtui.cases.events import iso
from oxtui.cases.guard import need_conversation, needs_ceremony
from oxtui.errors import Refusal
from oxtui.playbook.model import LICENCES, Item, Scenario
from oxtui.text import clean


class Clear(ItemCommand, frozen=True):
    """The first step of a killer: what it rests on was read; `shown` are the rows that the agent read."""

    shown: tuple[str, ...] = ()

    def rests_on(self, case: Case) -> Iterable[TouchKey]:
        return shown_below(case, self.item)

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        moves.clear(case.position(), item)
        data = {"scenario": scenario.number, "item": item.id, "shown": [clean(row) for row in self.shown]}
        return [Draft("cleared", data | {"mailboxes": list(case.addresses)})]


class Cancel(ItemCommand, frozen=True):
    """The second step of a killer: it was done in the console. Neither age nor a lapse refuses it.

    If somebody else cleared it, it counts as done on their word. With `then` it was done when it was cleared, and is
    only recorded now.
    """

    then: bool = False

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        timeless = replace(case, situation=replace(case.situation, aged={}))
        transition = moves.cancel(timeless.position(), item)
        cleared = case.event(case.board.cleared[item.id])
        data: dict[str, Any] = {"clearing": case.board.cleared[item.id], "by": "me", "values": {}}
        if cleared is not None and cleared.agent != case.agent:
            need_conversation(case.conversation, f"Saying so for {cleared.agent}")
            data["word"] = {"who": cleared.agent, "when": "", "authenticated": True}
        if cleared is not None and self.then:
            data["told_at"] = iso(cleared.at)
        # its own mark is not among the rows read: undone, it leads back to *cleared*
        rows = [key for key in shown_below(case, item.id) if key[1:] != (item.id, "")]
        if changed := [key for key in rows if _newer(case, key, cleared.seq if cleared else 0)]:
            names = {f"'{scenario.by_id[str(key[1])].text}'" for key in changed if len(key) == 3}
            about, done = case.procedure.about, case.procedure.words.ends.done
            others = f"the {about.many} or the {about.label}" if about.each else f"the {about.label}"
            raise Refusal(
                f"Changed, or answered again, since it was cleared: {', '.join(sorted(names)) or others}",
                f"look at it again; if it is {done} already, say so",
                ("already",),
            )
        return [marked(case, "ticked", item, transition, data)]


class NotYet(ItemCommand, frozen=True):
    """The second step of a killer: it was not done."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        moves.not_yet(case.position(), item)
        return [Draft("not-yet", {"scenario": scenario.number, "item": item.id, "effects": {}})]


class AlreadyDone(ItemCommand, frozen=True):
    """Record that a killer's service was ended already, too early or by somebody else: by whom, and when."""

    who: str
    when: str = ""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        if (item.id, "") in case.board.marks:
            raise Refusal(f"'{item.text}' is done already", "")
        told = one_text(f"{self.who}{', ' + self.when if self.when.strip() else ''}", "By whom, and when?")
        transition = moves.already(case.position(), item, told)
        ((question, mark),) = transition.marks.items()
        data = {"value": list(mark.value), "told": told, "already": item.id}
        return [marked(case, "answered", scenario.by_id[question[0]], transition, data)]


def shown_below(case: Case, item_id: str) -> list[TouchKey]:
    """The parts of a case that a killer's confirmation shows: everything it rests on, at any depth."""
    scenario = scenario_of(case)
    keys: dict[TouchKey, None] = {}
    names = [item_id]
    done: set[str] = {LICENCES}
    while names:
        name = names.pop()
        if name not in done:
            done.add(name)
            keys |= dict.fromkeys(shown_of(case, name))
            names += scenario.rests_on.get(name, ())
    return list(keys)


def _newer(case: Case, key: TouchKey, seq: int) -> bool:
    touch = case.touched.get(key)
    return touch is not None and touch.seq > seq


def confirms(scenario: Scenario, item: Item, value: tuple[str, ...] = ()) -> bool:
    """Whether marking `item` so is confirmed by one more enter: a killer's witness."""
    return not item.killer and needs_ceremony(scenario, item, value)
