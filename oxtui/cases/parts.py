"""The values that a case is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.cases.board import Key, Mark
from oxtui.cases.events import Event
from oxtui.cases.guard import MODES, Mode
from oxtui.playbook.model import Item, Procedure, Scenario

YES_NO: Final = ("unknown", "yes", "no")
"""The values of a mailbox's field, in the order in which a key steps through them."""
NOT_PART: Final = "not-part"
LEAVES_BECAUSE: Final = {
    "mistyped": "mistyped",
    "removed": "the client removed it",
    NOT_PART: "not part of this case",
}
"""The reasons for removing a mailbox from a case, in words."""


def item_of(procedure: Procedure, event: Event) -> tuple[Scenario, Item] | None:
    """The scenario and item that an event names, or None if it names none or the playbook no longer has it."""
    scenario = procedure.scenarios.get(event.get("scenario", 0))
    item = scenario.by_id.get(event.get("item", "")) if scenario else None
    return (scenario, item) if scenario and item else None


class Mailbox(Struct, frozen=True):
    """An address of the case, with its known facts by field (`ox-mail`: yes or no; absent is unknown)."""

    address: str
    known: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """The value of a field: yes, no or unknown."""
        return self.known.get(name, "unknown")


class Left(Struct, frozen=True):
    """A mailbox that was removed from the case: why (a key of LEAVES_BECAUSE), and by which event."""

    mailbox: Mailbox
    reason: str
    event: str


class Hold(Struct, frozen=True):
    """A wait for someone; `until` is a local date or `YYYY-MM-DDTHH:MM`."""

    waits_for: str
    until: str
    reason: str = ""
    on: str = ""
    """The item whose answer ends the wait."""

    def due(self, now: datetime) -> bool:
        """Whether its time has come; `now` in the agent's zone."""
        return is_due(self.until, now)


class Typed(Struct, frozen=True):
    """A template line that was typed: its value, and the sequence number of the event."""

    value: str
    seq: int


class Closed(Struct, frozen=True):
    """The end of a case: the ending's id, the text typed with it, when and by whom."""

    ending: str
    told: str
    at: datetime
    agent: str


class Details(Struct, frozen=True):
    """The subject of a case, and its own fields; a field of several values has them in the order they were typed."""

    domain: str = ""
    """The subject, whatever the playbook calls it."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all_of(self, name: str) -> tuple[str, ...]:
        """The values of a field."""
        return self.fields.get(name, ())

    def of(self, name: str) -> str:
        """The value of a field, of several the last; "" for none."""
        return next(reversed(self.all_of(name)), "")

    def with_field(self, name: str, value: str, *, several: bool = False) -> Details:
        """Return the details with one field set; to a field of several values it is added, and "" empties it."""
        others = tuple(each for each in self.all_of(name) if each != value) if several else ()
        return replace(self, fields={**self.fields, name: (*others, value) if value else ()})

    def put_back(self, before: Details, after: Details) -> Details:
        """The details with what changed from `before` to `after` put back; what others typed since stays."""
        fields = dict(self.fields)
        for name in {*before.fields, *after.fields}:
            old, new, now = before.all_of(name), after.all_of(name), self.all_of(name)
            if old != new:
                fields[name] = old if now == new else tuple(each for each in now if each in old or each not in new)
        return replace(self, fields={name: each for name, each in fields.items() if each or name in before.fields})


class Touch(Struct, frozen=True):
    """The event that last changed a part of the case, to tell whether a decision rests on an old screen (rule 10)."""

    seq: int
    event: str
    agent: str
    at: datetime
    """When it counts from: a word, when it was given; a mail, when it was written."""
    before: Touch | None = None
    """The change before it, since one's own must not hide somebody else's."""


class Talk(Struct, frozen=True):
    """A conversation that an agent has in the case; `last` is the time of its last event, from which `lapse` counts."""

    event: Event
    last: datetime
    lapse: timedelta
    parked: bool = False

    @property
    def lapses_at(self) -> datetime:
        """When it lapses by the wall clock, unless something happens in it."""
        return self.last + self.lapse

    @property
    def mode(self) -> Mode:
        """By phone (`client`), in `writing` or `back-office`; "" for a mode of a later version."""
        return next((mode for mode in MODES if mode == self.event.get("mode")), "")


class Undo(Struct, frozen=True):
    """An event that `u` would undo, and the marks that its item had before."""

    event: Event
    before: Mapping[str, Mark] = field(default_factory=dict)
    restored: Mapping[int, Mapping[Key, Mark]] = field(default_factory=dict)
    """Every mark that would be put back, by scenario."""


def touch_of(number: int, key: Key) -> tuple[object, ...]:
    """The key of a mark in `Case.touched`."""
    return (number, *key)


def is_due(until: str, now: datetime) -> bool:
    """Whether the local date or `YYYY-MM-DDTHH:MM` has come; `now` in the agent's zone."""
    moment = moment_of(until)
    return moment is not None and moment <= now.replace(tzinfo=None)


def moment_of(until: str) -> datetime | None:
    """The local moment that `until` names, a bare date from its beginning; None if it is no date."""
    try:
        if len(until) == 10:
            return datetime.combine(date.fromisoformat(until), datetime.min.time())
        return datetime.fromisoformat(until).replace(tzinfo=None)
    except ValueError:
        return None
