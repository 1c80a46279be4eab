"""A case as it stands: what its log, replayed, says. Values only; `replay` makes them, nobody changes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.cases.ages import TimeUp
from oxtui.cases.board import EMPTY, Board, Key, Mark
from oxtui.cases.dates import short
from oxtui.cases.events import Event
from oxtui.cases.guard import Conversation, Position, cover_question, what_lifts
from oxtui.cases.leading import leads_to_ending, leads_to_scenario
from oxtui.cases.money import Quote
from oxtui.cases.status import TO_DO, Situation, Standing, State, Status
from oxtui.playbook.model import LICENCES, Item, Procedure, Scenario

YES_NO: Final = ("unknown", "yes", "no")
"""What may be known of a mailbox's field, in the order in which it is turned through."""
NOT_PART: Final = "not-part"
LEAVES_BECAUSE: Final = {
    "mistyped": "mistyped",
    "removed": "the client removed it",
    NOT_PART: "not part of this case",
}
"""Why a mailbox leaves a case, in words."""


def item_of(procedure: Procedure, event: Event) -> tuple[Scenario, Item] | None:
    """The item that an event names, with its scenario, or None if there is none or the playbook no longer has it."""
    scenario = procedure.scenarios.get(event.get("scenario", 0))
    item = scenario.by_id.get(event.get("item", "")) if scenario else None
    return (scenario, item) if scenario and item else None


_NOTHING_DONE: Final = frozenset({"opened", "details", "mailboxes", "evidence", "licences", "assigned", "late"})


class Mailbox(Struct, frozen=True):
    """An address of the case, and what is known of it by field (`ox-mail`: yes, no; nothing is unknown)."""

    address: str
    known: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """What is known of a field: yes, no or unknown."""
        return self.known.get(name, "unknown")


class Left(Struct, frozen=True):
    """A mailbox that was taken out of the case: why (a key of LEAVES_BECAUSE), by which event, what was known of it."""

    mailbox: Mailbox
    reason: str
    event: str


class Hold(Struct, frozen=True):
    """That the case waits for someone; `until` is a local date or `YYYY-MM-DDTHH:MM`."""

    waits_for: str
    until: str
    reason: str = ""
    on: str = ""
    """The item whose answer it waits for: the wait is over with that."""

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
    """What the case is about, and what is known in its own fields; of several numbers in the order they came."""

    domain: str = ""
    """The subject, whatever the playbook calls it."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all_of(self, name: str) -> tuple[str, ...]:
        """All that is known in a field."""
        return self.fields.get(name, ())

    def of(self, name: str) -> str:
        """What is known in a field, of several the last; "" for nothing."""
        return next(reversed(self.all_of(name)), "")

    def with_field(self, name: str, value: str, *, several: bool = False) -> Details:
        """The details with one field set; of several the value is added to the others, an empty one takes all out."""
        others = tuple(each for each in self.all_of(name) if each != value) if several else ()
        return replace(self, fields={**self.fields, name: (*others, value) if value else ()})


class Touch(Struct, frozen=True):
    """The event that last changed something, for those who decided on what they saw (rule 10)."""

    seq: int
    event: str
    agent: str
    at: datetime
    """When it counts from: of what was told or written, when that was."""
    before: Touch | None = None
    """The change before it: one's own must not hide what somebody else had changed."""


class Talk(Struct, frozen=True):
    """A conversation that an agent has in the case; `last` is its last event in the log."""

    event: Event
    last: datetime
    parked: bool = False

    @property
    def mode(self) -> str:
        """`client` (by phone), `writing` or `back-office`."""
        return str(self.event.get("mode", ""))


class Undo(Struct, frozen=True):
    """What `u` would take back: the event it means, and the marks that its item had before."""

    event: Event
    before: Mapping[str, Mark] = field(default_factory=dict)
    restored: Mapping[int, Mapping[Key, Mark]] = field(default_factory=dict)
    """Every mark that would be put back, by scenario."""


class Case(Struct, frozen=True, dict=True):
    """A domain, its mailboxes, tickets, scenario and log, replayed at one moment, as one agent sees it."""

    id: str
    opened_at: datetime
    procedure: Procedure
    log: tuple[Event, ...]
    now: datetime
    agent: str = ""
    holder: str = ""
    """Whose the case is: to whom it was given last, else who opened it; "" where it is nobody's."""
    details: Details = Details()
    mailboxes: tuple[Mailbox, ...] = ()
    left_out: tuple[Left, ...] = ()
    """Mailboxes that were taken out with a reason, those that came back left out."""
    flow: Mapping[str, str] = field(default_factory=dict)
    scenario: Scenario | None = None
    boards: Mapping[int, Board] = field(default_factory=dict)
    situation: Situation = Situation()
    conversation: Conversation = Conversation()
    talks: Mapping[str, Talk] = field(default_factory=dict)
    """The conversations in the case, by agent."""
    lapses_at: datetime | None = None
    """When this agent's conversation lapses."""
    auth_event: Event | None = None
    """The last authentication that stands, or None."""
    auth_failed: Event | None = None
    quote: Quote | None = None
    quote_event: Event | None = None
    licences_typed: int | None = None
    lines: Mapping[tuple[str, str], Typed] = field(default_factory=dict)
    evidence: Mapping[str, object] | None = None
    hold: Hold | None = None
    closed: Closed | None = None
    dropped: frozenset[str] = frozenset()
    """Events that were taken back by undo."""
    confirmed: int | None = None
    """The last event that the floor's server has, where more wait for it; None where nothing does."""
    altered: tuple[int, ...] = ()
    """Sequence numbers of events that were changed from outside, or are missing."""
    touched: Mapping[tuple[object, ...], Touch] = field(default_factory=dict)
    rests: Mapping[str, str] = field(default_factory=dict)
    """For an event that marked something: the authentication it was done on."""
    undo: Undo | None = None
    """What `u` means: this agent's last doing, where nothing that was marked since rests on it."""

    # -- who and what
    @property
    def domain(self) -> str:
        """The case's domain, in lower case."""
        return self.details.domain

    @property
    def authenticated(self) -> bool:
        """Whether the client was authenticated in this case, and that was not taken back; or need not be."""
        return self.auth_event is not None or not self.procedure.gated

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the mailboxes, in the order they were typed."""
        return tuple(mailbox.address for mailbox in self.mailboxes)

    @property
    def number(self) -> int | None:
        """The number of the scenario, or None."""
        return self.scenario.number if self.scenario else None

    @property
    def seen(self) -> int:
        """What the screen that shows this case has seen of the log that everybody has."""
        return self.seq if self.confirmed is None else self.confirmed

    @property
    def seq(self) -> int:
        """The last sequence number of the log, with what waits."""
        return max((*self.altered, self.log[-1].seq if self.log else 0), default=0)

    @cached_property
    def _by_event(self) -> dict[str, Event]:
        return {event.id: event for event in self.log}

    def event(self, event_id: str) -> Event | None:
        """The event with that id, or None."""
        return self._by_event.get(event_id)

    # -- the scenario
    @property
    def board(self) -> Board:
        """The marks of the current scenario."""
        return self.boards.get(self.number or 0, EMPTY)

    @cached_property
    def standing(self) -> Standing | None:
        """The current scenario, judged; None where none was chosen."""
        return Standing(self.scenario, self.board, self.situation) if self.scenario else None

    @cached_property
    def statuses(self) -> Mapping[str, Status]:
        """The status of every item of the current scenario, by id."""
        return self.standing.statuses() if self.standing else {}

    def position(self, number: int = 0) -> Position:
        """What the guards read, of the current scenario or another; KeyError where there is none."""
        return Position(self.standing_in(number or self.number or 0), self.conversation, self.agent)

    def standing_in(self, number: int) -> Standing:
        """Another scenario of the case, judged."""
        if self.standing is not None and number == self.number:
            return self.standing
        return Standing(self.procedure.scenarios[number], self.boards.get(number, EMPTY), self.situation)

    def status(self, item_id: str) -> Status:
        """The status of an item of the current scenario; KeyError where there is none."""
        return self.statuses[item_id]

    def marks(self, item_id: str) -> Mapping[str, Mark]:
        """The marks of an item of the current scenario, by mailbox ("" where it is marked once)."""
        return self._marks.get(item_id, {})

    @cached_property
    def _marks(self) -> dict[str, dict[str, Mark]]:
        found: dict[str, dict[str, Mark]] = {}
        for (item, mailbox), mark in self.board.marks.items():
            found.setdefault(item, {})[mailbox] = mark
        return found

    def typed_with(self, mark: Mark) -> Event | None:
        """The event that holds what was typed with a mark."""
        return self.event(mark.first or mark.event)

    def left(self, item: Item) -> tuple[str, ...]:
        """The mailboxes that an item of the current scenario is still to be done for, or anew."""
        return self.status(item.id).left

    def applicable(self) -> tuple[Status, ...]:
        """The items that apply, in the order of the article."""
        if not self.scenario:
            return ()
        found = (self.statuses[item.id] for item in self.scenario.items())
        return tuple(status for status in found if status.applies)

    def ways(self, item: Item) -> tuple[str, ...]:
        """Through what an action can be done under the answers given; what is not answered yet closes none."""
        standing = self.standing
        if standing is None:
            return item.through
        closed = {name for name, condition in item.ways if standing.holds(condition) is False}
        return tuple(name for name in item.through if name not in closed) or item.through

    # -- licences and mailboxes
    @property
    def licences(self) -> int:
        """How many licences are quoted and ordered: as typed, as ordered, else one for each mailbox, one at least."""
        return self.licences_without_count() if self.licences_typed is None else self.licences_typed

    def licences_without_count(self) -> int:
        """How many licences there are where nobody has typed a number."""
        return self.ordered_licences() or (max(1, len(self.mailboxes)) if self.counts_licences else 1)

    @property
    def counts_licences(self) -> bool:
        """Whether there is one licence for each mailbox: not where the scenario's quote does not name them."""
        items = self.scenario.items() if self.scenario else ()
        return all(LICENCES in item.uses for item in items if item.quote)

    def ordered_licences(self) -> int:
        """How many licences were ordered, or 0 where no order that counts them was placed."""
        for (name, _), mark in self.board.marks.items():
            item = self.scenario.by_id.get(name) if self.scenario else None
            if item is not None and item.acts and LICENCES in item.uses and not mark.skipped:
                events = (self.event(mark.event), self.typed_with(mark))  # the newest that says how many
                count = next((event.get("licences") for event in events if event and event.get("licences")), None)
                return count if isinstance(count, int) and count > 0 else max(1, len(self.mailboxes))
        return 0

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Mailboxes that came after the order and of which nobody has said whether its licences cover them."""
        return self.board.uncovered

    @property
    def unwinds(self) -> tuple[tuple[int, Item, str], ...]:
        """Actions of scenarios left behind that are asked about: scenario, item, mailbox."""
        found: list[tuple[int, Item, str]] = []
        for number, board in self.boards.items():
            scenario = self.procedure.scenarios.get(number)
            if scenario is None or number == self.number:
                continue
            for item in scenario.items():
                found += [(number, item, mailbox) for mailbox, mark in board.of(item.id).items() if mark.asked]
        return tuple(found)

    @property
    def cleared(self) -> tuple[tuple[Item, Event], ...]:
        """Killers whose confirmation was read and that were neither done nor answered *not yet*."""
        found = []
        for name, event_id in self.board.cleared.items():
            item = self.scenario.by_id.get(name) if self.scenario else None
            event = self.event(event_id)
            if item is not None and event is not None:
                found.append((item, event))
        return tuple(found)

    # -- how far
    def progress(self) -> tuple[int, int]:
        """How many items that apply are done or skipped, and how many apply; an optional one counts once done."""
        settled = [status.state in (State.DONE, State.SKIPPED) for status in self.applicable()]
        optional = [status.item.optional for status in self.applicable()]
        return sum(settled), sum(done or not may for done, may in zip(settled, optional, strict=True))

    def open_items(self) -> tuple[Status, ...]:
        """What stands in the way of closing as complete, in the order of the article."""
        if not self.scenario:
            return ()
        found = (self.statuses[item.id] for item in self.scenario.items())
        return tuple(status for status in found if status.open)

    def skipped(self) -> tuple[Status, ...]:
        """The items that were skipped and apply."""
        return tuple(status for status in self.applicable() if State.SKIPPED in status.by.values())

    def next_item(self) -> Item | None:
        """The first item that can be worked on now, or None."""
        if self.standing is None:
            return None
        return self.standing.first_of([(row.item.id, name) for row in self.open_items() for name in row.by or ("",)])

    def next_text(self) -> str:
        """What comes next, in words, or "" for a closed case."""
        if self.closed:
            return ""
        if self.cleared:
            return f"Say whether it was {self.procedure.words.ends.done}: {self.cleared[0][0].text}"
        if not self.authenticated:
            failed = self.auth_failed.at.astimezone(self.now.tzinfo) if self.auth_failed else None
            if failed is None:
                return self.procedure.authenticate
            at = f"{failed:%H:%M}" if failed.date() == self.now.date() else short(failed)
            return f"{self.procedure.authenticate} (failed {at})"
        if self.unwinds:
            return self.unwinds[0][1].reverse
        if self.uncovered:
            return cover_question(self.procedure.about, self.procedure.words)
        if not self.scenario:
            return "Choose the scenario"
        if number := leads_to_scenario(self.procedure, self.standing):
            return f"Change to scenario {number}: {self.procedure.scenarios[number].title}"
        ending = leads_to_ending(self.procedure, self.standing)
        if ending is not None and not ending.complete:
            return f"Close the case: {ending.text}"
        item = self.next_item()
        if item is None:
            coming = min(self.timed(), key=lambda each: each[1].at, default=None)
            if coming:
                return f"From {short(coming[1].at)}: {coming[0].text}"
            open_ = self.open_items()
            return (what_lifts(self.position(), open_) or "Wait") if open_ else "Close the case"
        asked = self.status(item.id).state is State.OUT_THERE
        return f"Check: {item.text}" if asked else item.text

    def reported(self, event: Event) -> bool:
        """Whether an event came with the case from elsewhere."""
        return any(each.what == "imported" and each.seq > event.seq for each in self.log)

    def put_off_until(self, item_id: str) -> str:
        """Until when an item was put off, as it was typed; "" where it was not."""
        event = self.event(self.board.put_off.get(item_id, ""))
        return str(event.get("until", "")) if event else ""

    def put_off_due(self) -> tuple[Status, ...]:
        """The items put off whose day has come."""
        found = (status for status in self.applicable() if status.state is State.PUT_OFF)
        return tuple(status for status in found if is_due(self.put_off_until(status.item.id), self.now))

    def timed(self) -> tuple[tuple[Item, TimeUp], ...]:
        """The open items that wait, or have waited, for nothing but a time; questions that silence answers, too."""
        standing = self.standing
        found: list[tuple[Item, TimeUp]] = []
        for (name, mailbox), time in self.situation.over.items() if standing else ():
            status = self.status(name)
            state = status.by.get(mailbox)
            only = state is State.LOCKED and standing is not None and standing.stands(status.item, mailbox)
            if status.shown and status.state is not State.PUT_OFF and (only or state in TO_DO):
                found.append((status.item, time))
        return tuple(found)

    def standing_word(self) -> str:
        """The case's place on Home: "due", "waiting", "in hand" or "closed"."""
        if self.closed:
            return "closed"
        if (self.hold and self.hold.due(self.now)) or self.put_off_due() or any(time.now for _, time in self.timed()):
            return "due"
        return "waiting" if self.hold else "in hand"

    # -- what was done
    def acted(self) -> bool:
        """Whether anything with an effect outside stands in the case, in whatever scenario."""
        for number, board in self.boards.items():
            scenario = self.procedure.scenarios.get(number)
            for name, _ in board.marks:
                item = scenario.by_id.get(name) if scenario else None
                if item and (item.acts or item.killer):
                    return True
        return False

    def untouched(self) -> bool:
        """Whether nothing was done in the case: it can be dropped with one key."""
        return all(event.what in _NOTHING_DONE for event in self.log)

    def copied(self) -> bool:
        """Whether a template was copied, or begun to be."""
        return any(event.what in ("copied", "copying") and event.id not in self.dropped for event in self.log)


def touch_of(number: int, key: Key) -> tuple[object, ...]:
    """How a mark is named in `Case.touched`."""
    return (number, *key)


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
