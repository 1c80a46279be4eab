"""A case: what its log says once it is replayed, at one moment, as one agent sees it. It is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Final

from msgspec import Struct, field

from oxtui.addresses import shown_domain
from oxtui.cases.ages import TimeUp
from oxtui.cases.board import EMPTY, Board, Mark
from oxtui.cases.dates import short
from oxtui.cases.events import Event
from oxtui.cases.guard import Conversation, Position, cover_question, what_lifts
from oxtui.cases.leading import leads_to_ending, leads_to_scenario
from oxtui.cases.money import Quote
from oxtui.cases.parts import Closed, Details, Hold, Left, Mailbox, Talk, Touch, Typed, Undo, is_due
from oxtui.cases.status import TO_DO, Situation, Standing, State
from oxtui.cases.waits import Status, first_of, statuses_of
from oxtui.playbook.model import LICENCES, Item, Procedure, Scenario, Step

_NOTHING_DONE: Final = frozenset({"opened", "details", "mailboxes", "evidence", "licences", "assigned", "late"})
"""Events that leave a case untouched."""


class Facts(Struct):
    """What the log of a case says by itself: collected event by event (`log/reading.py`), and then part of the case."""

    holder: str = ""
    """The agent who has the case: the one it was last given to, or who opened it; "" for none."""
    details: Details = Details()
    flow: Mapping[str, str] = field(default_factory=dict)
    boards: Mapping[int, Board] = field(default_factory=dict)
    talks: Mapping[str, Talk] = field(default_factory=dict)
    """The conversations in the case, by agent."""
    auths: tuple[Event, ...] = ()
    """The authentications that were not taken back."""
    auth_failed: Event | None = None
    licences_typed: int | None = None
    lines: Mapping[tuple[str, str], Typed] = field(default_factory=dict)
    evidence: Mapping[str, object] | None = None
    hold: Hold | None = None
    closed: Closed | None = None
    dropped: frozenset[str] = frozenset()
    """Events that were undone."""
    touched: dict[tuple[object, ...], Touch] = field(default_factory=dict)
    rests: dict[str, str] = field(default_factory=dict)
    """By event that marked something, the authentication it was done on."""
    same_call: dict[str, str] = field(default_factory=dict)
    """By event that began a call, the later one that said how the client was authenticated in it."""


class Case(Facts, frozen=True, dict=True, kw_only=True):  # type: ignore[misc]  # frozen once its facts are complete
    """A subject, its mailboxes, scenario and marks; `standing` and `statuses` are computed when they are read."""

    id: str
    opened_at: datetime
    procedure: Procedure
    log: tuple[Event, ...]
    now: datetime
    agent: str = ""
    mailboxes: tuple[Mailbox, ...] = ()
    left_out: tuple[Left, ...] = ()
    """Mailboxes that were removed with a reason and have not come back."""
    scenario: Scenario | None = None
    situation: Situation = Situation()
    conversation: Conversation = Conversation()
    lapses_at: datetime | None = None
    """When this agent's conversation lapses."""
    quote: Quote | None = None
    quote_event: Event | None = None
    confirmed: int | None = None
    """The last event that the floor's server has, while later ones wait to be sent; None if none do."""
    altered: tuple[int, ...] = ()
    """Sequence numbers of events that were changed from outside, or are missing."""
    undo: Undo | None = None
    """The event that `u` would undo: this agent's last, if nothing that was marked since rests on it."""

    # -- who and what
    @property
    def domain(self) -> str:
        """The case's subject, a domain in lower case."""
        return self.details.domain

    @property
    def name(self) -> str:
        """The subject as a person writes it, for a screen: `münchen.de`."""
        return shown_domain(self.domain)

    @property
    def auth_event(self) -> Event | None:
        """The last authentication that was not taken back."""
        return self.auths[-1] if self.auths else None

    @property
    def own_auth(self) -> Event | None:
        """The authentication of this agent's conversation, or without one the last, unless it was taken back."""
        call = self.conversation.event
        return next((auth for auth in self.auths if auth.id == call), self.auth_event)

    @property
    def authenticated(self) -> bool:
        """Whether the client was authenticated in this case and that was not taken back, or need not be."""
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
        """The last event that a screen showing this case has seen, of those that everybody has."""
        return self.seq if self.confirmed is None else self.confirmed

    @property
    def seq(self) -> int:
        """The last sequence number of the log, events that wait to be sent included."""
        return max((*self.altered, self.log[-1].seq if self.log else 0), default=0)

    @cached_property
    def _by_event(self) -> dict[str, Event]:
        return {event.id: event for event in self.log}

    def event(self, event_id: str) -> Event | None:
        return self._by_event.get(event_id)

    # -- the scenario
    @property
    def board(self) -> Board:
        """The marks of the current scenario."""
        return self.boards.get(self.number or 0, EMPTY)

    @cached_property
    def standing(self) -> Standing | None:
        """The states of the current scenario's items; None if none was chosen."""
        return Standing(self.scenario, self.board, self.situation) if self.scenario else None

    @cached_property
    def statuses(self) -> Mapping[str, Status]:
        return statuses_of(self.standing) if self.standing else {}

    def position(self, number: int = 0) -> Position:
        """The position that guards read, in the current scenario or another; KeyError if there is none."""
        return Position(self.standing_in(number or self.number or 0), self.conversation, self.agent)

    def standing_in(self, number: int) -> Standing:
        """The states of a scenario's items, whichever is current; KeyError if there is none."""
        if self.standing is not None and number == self.number:
            return self.standing
        return Standing(self.procedure.scenarios[number], self.boards.get(number, EMPTY), self.situation)

    def status(self, item_id: str) -> Status:
        """The status of an item of the current scenario; KeyError if there is none."""
        return self.statuses[item_id]

    def marks(self, item_id: str) -> Mapping[str, Mark]:
        """The marks of an item of the current scenario, by mailbox ("" if it is marked once)."""
        return self._marks.get(item_id, {})

    @cached_property
    def _marks(self) -> dict[str, dict[str, Mark]]:
        by_item: dict[str, dict[str, Mark]] = {}
        for (item, mailbox), mark in self.board.marks.items():
            by_item.setdefault(item, {})[mailbox] = mark
        return by_item

    def typed_with(self, mark: Mark) -> Event | None:
        """The event that holds the values typed with a mark."""
        return self.event(mark.first or mark.event)

    def applicable(self) -> tuple[Status, ...]:
        """The items that apply, in the order of the article."""
        if not self.scenario:
            return ()
        return tuple(status for item in self.scenario.items() if (status := self.statuses[item.id]).applies)

    def ways(self, item: Item) -> tuple[str, ...]:
        """The ways of an action (`through`) that the answers given leave open; an unanswered question closes none."""
        standing = self.standing
        if standing is None:
            return item.through
        closed = {name for name, condition in item.ways if standing.holds(condition) is False}
        return tuple(name for name in item.through if name not in closed) or item.through

    # -- licences and mailboxes
    @property
    def licences(self) -> int:
        """The number of licences to quote and order: as typed, as ordered, else one for each mailbox, at least one."""
        return self.licences_without_count() if self.licences_typed is None else self.licences_typed

    def licences_without_count(self) -> int:
        """The number of licences if none was typed."""
        return self.ordered_licences() or (max(1, len(self.mailboxes)) if self.counts_licences else 1)

    @property
    def counts_licences(self) -> bool:
        """Whether there is one licence for each mailbox, as the scenario's quote says by naming `licences`."""
        items = self.scenario.items() if self.scenario else ()
        return all(LICENCES in item.uses for item in items if item.quote)

    def ordered_licences(self) -> int:
        """The number of licences ordered, or 0 if no order that counts them was placed."""
        for (name, _), mark in self.board.marks.items():
            item = self.scenario.by_id.get(name) if self.scenario else None
            if item is not None and item.orders_licences and not mark.skipped:
                events = (self.event(mark.event), self.typed_with(mark))  # the newest that says how many
                count = next((event.get("licences") for event in events if event and event.get("licences")), None)
                return count if isinstance(count, int) and count > 0 else max(1, len(self.mailboxes))
        return 0

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Mailboxes that were added after the order, while it is open whether its licences cover them."""
        return self.board.uncovered

    @property
    def unwinds(self) -> tuple[tuple[int, Item, str], ...]:
        """Actions of scenarios left behind that are asked about: scenario, item, mailbox."""
        return tuple(
            (number, item, mailbox)
            for number, board in self.boards.items()
            if number != self.number and (scenario := self.procedure.scenarios.get(number))
            for item in scenario.items()
            for mailbox, mark in board.of(item.id).items()
            if mark.asked
        )

    @property
    def cleared(self) -> tuple[tuple[Item, Event], ...]:
        """Killers that were cleared and neither done nor answered *not yet*, with the event that cleared them."""
        return tuple(
            (item, event)
            for name, event_id in self.board.cleared.items()
            if self.scenario and (item := self.scenario.by_id.get(name)) and (event := self.event(event_id))
        )

    # -- progress
    def progress(self, step: Step | None = None) -> tuple[int, int]:
        """The items (of a step) done or skipped, and those that apply, as numbers; an optional one counts once done."""
        statuses = [status for status in self.applicable() if step is None or status.item in step.items]
        rows = [(status.state in (State.DONE, State.SKIPPED), status.item.optional) for status in statuses]
        return sum(done for done, _ in rows), sum(done or not optional for done, optional in rows)

    def open_items(self) -> tuple[Status, ...]:
        """The items that keep the case from being closed as complete, in the order of the article."""
        return tuple(status for status in self.applicable() if status.open)

    def skipped(self) -> tuple[Status, ...]:
        """The items that were skipped and apply."""
        return tuple(status for status in self.applicable() if State.SKIPPED in status.by.values())

    def next_item(self) -> Item | None:
        """The first item that can be worked on now, or None."""
        if self.standing is None:
            return None
        open_ = [(row.item.id, name) for row in self.open_items() for name in row.by or ("",)]
        return first_of(self.standing, open_)

    def next_text(self) -> str:
        """The next step in words, "" for a closed case."""
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
        """Whether an event came with the case from another machine."""
        return any(each.what == "imported" and each.seq > event.seq for each in self.log)

    def put_off_until(self, item_id: str) -> str:
        """Until when an item was put off, as it was typed; "" if it was not."""
        event = self.event(self.board.put_off.get(item_id, ""))
        return str(event.get("until", "")) if event else ""

    def put_off_due(self) -> tuple[Status, ...]:
        """The items put off whose day has come."""
        rows = (status for status in self.applicable() if status.state is State.PUT_OFF)
        return tuple(status for status in rows if is_due(self.put_off_until(status.item.id), self.now))

    def timed(self) -> tuple[tuple[Item, TimeUp], ...]:
        """The open items that wait, or waited, only for a time, and questions that silence answers."""
        standing = self.standing
        rows: list[tuple[Item, TimeUp]] = []
        for (name, mailbox), time in self.situation.over.items() if standing else ():
            status = self.status(name)
            state = status.by.get(mailbox)
            only = state is State.LOCKED and standing is not None and standing.all_met(status.item, mailbox)
            if status.shown and status.state is not State.PUT_OFF and (only or state in TO_DO):
                rows.append((status.item, time))
        return tuple(rows)

    def standing_word(self) -> str:
        """The case's standing on Home: "due", "waiting", "in hand" or "closed"."""
        if self.closed:
            return "closed"
        if (self.hold and self.hold.due(self.now)) or self.put_off_due() or any(time.now for _, time in self.timed()):
            return "due"
        return "waiting" if self.hold else "in hand"

    # -- done so far
    def acted(self) -> bool:
        """Whether anything with an effect outside was done, in any scenario; what was reversed since was done too."""
        marked = [(number, name) for number, board in self.boards.items() for name, _ in board.marks]
        ticked = [
            (event.get("scenario"), event.get("item"))
            for event in self.log
            if event.what == "ticked" and event.id not in self.dropped
        ]
        return any(
            (scenario := self.procedure.scenarios.get(number))
            and (item := scenario.by_id.get(name))
            and (item.acts or item.killer)
            for number, name in dict.fromkeys((*marked, *ticked))
        )

    def untouched(self) -> bool:
        """Whether nothing was done in the case, so that it can be dropped with one key."""
        return all(event.what in _NOTHING_DONE for event in self.log)

    def copied(self) -> bool:
        """Whether a template was copied, or begun to be."""
        return any(event.what in ("copied", "copying") and event.id not in self.dropped for event in self.log)
