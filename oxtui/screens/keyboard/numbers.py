"""A number typed behind an action that has one: it is offered as that number, and answers no question."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.parts import item_of


class Number(Struct, frozen=True):
    """The number of an action that was just ticked without being asked for it."""

    case: str
    item: str
    key: str
    label: str
    seq: int
    """The event that ticked the action."""

    def since(self, done: Sequence[tuple[str, Event]]) -> list[tuple[str, Event]]:
        """Return those events of a burst that came after the tick."""
        return [row for row in done if row[0] == self.case and row[1].seq > self.seq]


def number_left(case: Case) -> Number | None:
    """Return the number that may still come, if the agent has done nothing in the case since such a tick."""
    event = next((event for event in reversed(case.log) if event.what != "evidence"), None)
    if event is None or event.what != "ticked" or event.agent != case.agent:
        return None
    found, given = item_of(case.procedure, event), event.get("values") or {}
    if found is None or found[0] is not case.scenario:
        return None
    _, item = found
    for value in item.values:
        if not (value.required or value.field) and value.kind in ("text", "number") and not given.get(value.key):
            return Number(case.id, item.id, value.key, value.label, event.seq)
    return None


class Figures(Struct):
    """Digits typed in a row right after the tick of an action that has a number."""

    number: Number
    typed: str = ""
    idle: int = 0
    """How many of them are no answer where they fell, or fell into a field that one of them opened."""

    def is_number(self, few: int) -> bool:
        """Whether they are no answers given one after the other; an impatient `1 1 1 1` is no number either."""
        return len(self.typed) >= few and self.idle > 0 and len(set(self.typed)) > 1
