"""A case as it stands: what its log, folded, says. Values only; `fold` makes them, nobody changes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.cases.events import Event
from oxtui.cases.money import Quote
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Item, Procedure, Scenario
from oxtui.playbook.permits import Call, Position
from oxtui.playbook.progress import Record, State, Status

MOVED: Final = {"unknown": "not known", "yes": "moved", "no": "not moved"}
"""Whether a mailbox has moved, in words; in the order in which they are turned through."""


class Mailbox(Struct, frozen=True):
    """An address of the case; `ox` is whether it has moved (to OX-Mail): yes, no, unknown."""

    address: str
    ox: str = "unknown"

    @property
    def known(self) -> bool:
        """Whether anybody has said if it has moved."""
        return self.ox != "unknown"


class Hold(Struct, frozen=True):
    """That the case waits for someone; `until` is a local date or `YYYY-MM-DDTHH:MM`."""

    waits_for: str
    until: str
    reason: str = ""

    def due(self, now: datetime) -> bool:
        """Whether its time has come; `now` in the agent's zone."""
        return is_due(self.until, now)


class Typed(Struct, frozen=True):
    """A template line that was typed: its value, and the sequence number it was typed at."""

    value: str
    seq: int


class Closed(Struct, frozen=True):
    """How a case ended: the ending's id, what was told with it, when and by whom."""

    ending: str
    told: str
    at: datetime
    agent: str


class Details(Struct, frozen=True):
    """What is known of the client and the tickets; JIRA numbers in the order they came."""

    domain: str = ""
    phone: str = ""
    contact: str = ""
    salesforce: str = ""
    jira: tuple[str, ...] = ()

    def with_field(self, name: str, value: str) -> Details:
        """The details with one field set; a further JIRA number is added to the others, an empty one takes all out."""
        if name == "jira":
            numbers = tuple(number for number in self.jira if number != value)
            return replace(self, jira=(*numbers, value) if value else ())
        plain = {"domain": self.domain, "phone": self.phone, "contact": self.contact}
        plain |= {"salesforce": self.salesforce, name: value}
        return Details(plain["domain"], plain["phone"], plain["contact"], plain["salesforce"], self.jira)


class Case(Struct, frozen=True):
    """A domain, its mailboxes, tickets, scenario and log, folded at one moment."""

    id: str
    opened_at: datetime
    procedure: Procedure
    log: tuple[Event, ...]
    now: datetime
    details: Details = Details()
    mailboxes: tuple[Mailbox, ...] = ()
    flow: Mapping[str, str] = field(default_factory=dict)
    scenario: Scenario | None = None
    records: Mapping[int, Mapping[str, Record]] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    unwinds: tuple[tuple[int, Item], ...] = ()
    """Actions of scenarios left behind that have to be taken back."""
    call: Call = Call()
    call_event: Event | None = None
    auth_event: Event | None = None
    """The last authentication that stands, or None."""
    auth_failed: Event | None = None
    quote: Quote | None = None
    quote_event: Event | None = None
    lines: Mapping[tuple[str, str], Typed] = field(default_factory=dict)
    evidence: Mapping[str, object] | None = None
    hold: Hold | None = None
    closed: Closed | None = None
    dropped: frozenset[str] = frozenset()
    """Entries that were taken back by undo."""
    altered: tuple[int, ...] = ()
    """Sequence numbers of events that were changed from outside, or are missing."""

    @property
    def domain(self) -> str:
        """The case's domain, in lower case."""
        return self.details.domain

    @property
    def authenticated(self) -> bool:
        """Whether the client was authenticated in this case, and that was not taken back."""
        return self.auth_event is not None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the mailboxes, in the order they were typed."""
        return tuple(mailbox.address for mailbox in self.mailboxes)

    @property
    def number(self) -> int | None:
        """The number of the scenario, or None."""
        return self.scenario.number if self.scenario else None

    def position(self, scenario: Scenario) -> Position:
        """Where the case stands, for the permits."""
        return Position(scenario, self.statuses, self.call)

    def event(self, event_id: str) -> Event | None:
        """The event with that id, or None."""
        return next((event for event in self.log if event.id == event_id), None)

    def record(self, item_id: str) -> Record:
        """What the log says of an item of the current scenario."""
        mine = self.records.get(self.number or 0, {})
        return mine.get(item_id) or Record()

    def status(self, item_id: str) -> Status:
        """The status of an item of the current scenario; KeyError where there is none."""
        return self.statuses[item_id]

    def left(self, item: Item) -> tuple[str, ...]:
        """The mailboxes that an item of the current scenario is still to be done for, or anew."""
        marks, again = self.record(item.id).marks, self.status(item.id).again
        return tuple(name for name in self.addresses if name not in marks or name in again)

    def applicable(self) -> tuple[Status, ...]:
        """The items that apply, in the order of the article."""
        if not self.scenario:
            return ()
        found = (self.statuses[item.id] for item in self.scenario.items())
        return tuple(status for status in found if status.applies)

    def marked(self, atom: Atom) -> bool | None:
        """Whether an item is done, or answered so for any mailbox; None where nobody has said."""
        marks = self.record(atom.item).marks.values()
        if not marks:
            return None
        return not atom.answers or any(atom.answers.intersection(mark.value) for mark in marks)

    def ways(self, item: Item) -> tuple[str, ...]:
        """Through what an action can be done under the answers given; what is not answered yet closes none."""
        closed = {name for name, condition in item.through_when if condition.truth(self.marked) is False}
        return tuple(name for name in item.through if name not in closed) or item.through

    def quote_flaw(self) -> str:
        """Why the quote in the case does not hold now, in a few words; "" where it does, or there is none."""
        if self.quote is None:
            return ""
        items = self.scenario.items() if self.scenario else ()
        found = [self.status(item.id) for item in items if item.quote and self.status(item.id).applies]
        if any(status.state is State.DONE for status in found):
            return ""
        return (found[0].why or "to be worked out again") if found else "none applies any more"

    def progress(self) -> tuple[int, int]:
        """How many of the items that apply are done or skipped, and how many apply."""
        statuses = self.applicable()
        done = sum(status.state in (State.DONE, State.OVERRIDDEN) for status in statuses)
        return done, len(statuses)

    def open_items(self) -> tuple[Status, ...]:
        """What stands in the way of closing as complete, in the order of the article."""
        if not self.scenario:
            return ()
        found = (self.statuses[item.id] for item in self.scenario.items())
        return tuple(status for status in found if status.open)

    def skipped(self) -> tuple[Status, ...]:
        """The items that were skipped and apply."""
        return tuple(status for status in self.applicable() if status.state is State.OVERRIDDEN)

    def next_item(self) -> Item | None:
        """The first item that can be worked on now, or None."""
        rest = [status for status in self.open_items() if status.state is not State.LOCKED]
        ready = [status for status in rest if status.state not in (State.DEFERRED, State.PENDING)]
        return (ready or rest)[0].item if rest else None

    def next_text(self) -> str:
        """What comes next, in words, or "" for a closed case."""
        if self.closed:
            return ""
        if not self.authenticated:
            return "Authenticate the client"
        if self.unwinds:
            return self.unwinds[0][1].reverse
        if not self.scenario:
            return "Choose the scenario"
        item = self.next_item()
        if item is None:
            return "Wait" if self.open_items() else "Close the case"
        return item.reverse if self.status(item.id).state is State.UNWIND else item.text

    def deferred_due(self) -> tuple[Status, ...]:
        """The items put off whose day has come."""
        found = []
        for status in self.applicable():
            if status.state is State.DEFERRED:
                event = self.event(self.record(status.item.id).deferred)
                if event and is_due(str(event.get("until", "")), self.now):
                    found.append(status)
        return tuple(found)

    def standing(self) -> str:
        """The case's place on Home: "due", "waiting", "in hand" or "closed"."""
        if self.closed:
            return "closed"
        if (self.hold and self.hold.due(self.now)) or self.deferred_due():
            return "due"
        return "waiting" if self.hold else "in hand"

    def acted(self) -> bool:
        """Whether anything with an effect outside stands in the case, in whatever scenario."""
        for number, records in self.records.items():
            scenario = self.procedure.scenarios.get(number)
            for name, record in records.items():
                item = scenario.by_id.get(name) if scenario else None
                if item and record.marks and (item.acts or item.killer):
                    return True
        return False


def is_due(until: str, now: datetime) -> bool:
    """Whether the local date or `YYYY-MM-DDTHH:MM` has come; `now` in the agent's zone."""
    moment = moment_of(until)
    return moment is not None and moment <= now.replace(tzinfo=None)


def moment_of(until: str) -> datetime | None:
    """The local moment a hold ends: a bare date counts from its beginning; None where there is none."""
    try:
        if len(until) == 10:
            return datetime.combine(date.fromisoformat(until), datetime.min.time())
        return datetime.fromisoformat(until).replace(tzinfo=None)
    except ValueError:
        return None
