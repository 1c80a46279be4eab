"""The parts of a case while its log is read: the boards of its scenarios, conversations, and undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias

from msgspec import field
from msgspec.structs import replace

from oxtui.cases.ages import FUTURE
from oxtui.cases.board import EMPTY, Board, Effects, Key, Mark, applied, changed_keys, put_back
from oxtui.cases.case import Facts
from oxtui.cases.events import Event
from oxtui.cases.log import legacy
from oxtui.cases.money import Quote
from oxtui.cases.parts import Left, Mailbox, Touch, item_of, touch_of
from oxtui.playbook.model import Item, Procedure, Scenario

UNDOABLE: Final = frozenset(
    "ticked answered quote skipped deferred settled corrected taken-back not-yet scenario flow mailboxes details "
    "licences covered line hold note".split()
)
"""Events that `u` takes back; the last four only while they are the case's last."""
Parts: TypeAlias = Mapping[str, Any]
_SEEN_AS: Final = {"mailboxes": "mailboxes", "licences_typed": "mailboxes", "number": "scenario"}
"""What a decision rests on (`Case.touched`) of the parts that an undo puts back."""


class Reading(Facts, kw_only=True):
    """The parts of a case while its log is read, event by event. They are replaced, never changed in place."""

    _PUT_BACK: ClassVar[tuple[str, ...]] = (
        "details", "mailboxes", "left_out", "flow", "number", "boards", "quotes", "licences_typed", "lines", "hold",
    )  # fmt: skip

    procedure: Procedure
    suspect: frozenset[int] = frozenset()
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    left_out: dict[str, Left] = field(default_factory=dict)
    number: int = 0
    quotes: dict[int, tuple[Quote, Event]] = field(default_factory=dict)
    before: dict[str, Parts] = field(default_factory=dict)
    after: dict[str, Parts] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Read one event; one of an unknown kind is passed over."""
        handler = getattr(self, f"on_{event.what.replace('-', '_')}", None)
        if handler is None:
            self._set_back(event)
            return
        # a new domain may have taken the authentication back as well: the former one is typed again
        undoable = event.what in UNDOABLE and not (event.what == "details" and "domain" in event.data)
        old = {name: getattr(self, name) for name in self._PUT_BACK} if undoable else {}
        handler(event)
        self._talked(event)
        if undoable:
            new = {name: getattr(self, name) for name in old}
            self.before[event.id] = {name: value for name, value in old.items() if new[name] is not value}
            self.after[event.id] = {name: new[name] for name in self.before[event.id]}

    # -- conversations
    def _talked(self, event: Event) -> None:
        """Prolong the agent's conversation with each event they write in it; a later event revives none."""
        self._set_back(event)
        talk = self.talks.get(event.agent)
        if talk is not None and event.what != "evidence" and talk.last <= event.at < talk.lapses_at:
            self.talks = {**self.talks, event.agent: replace(talk, last=event.at)}

    def _set_back(self, event: Event) -> None:
        """End the agent's conversation if an event is older than its last one: the clock was set back."""
        talk = self.talks.get(event.agent)
        if talk is not None and event.at < talk.last - FUTURE:
            self.end_talk(event.agent)

    def end_talk(self, agent: str) -> None:
        """End an agent's conversation."""
        self.talks = {name: talk for name, talk in self.talks.items() if name != agent}

    def park(self, agent: str, *, parked: bool) -> None:
        """Park an agent's conversation, or take it up again."""
        if talk := self.talks.get(agent):
            self.talks = {**self.talks, agent: replace(talk, parked=parked)}

    # -- boards
    def scenario_of(self, event: Event) -> Scenario | None:
        """The scenario that an event names, or None if the playbook no longer has it."""
        return self.procedure.scenarios.get(event.get("scenario", 0))

    def by_id(self, number: int) -> Mapping[str, Item]:
        """The items of a scenario; none if the playbook no longer has it."""
        scenario = self.procedure.scenarios.get(number)
        return scenario.by_id if scenario else {}

    def board(self, number: int) -> Board:
        """The marks of a scenario."""
        return self.boards.get(number, EMPTY)

    def change_board(self, number: int, **changes: object) -> None:
        """Replace parts of a board."""
        self.boards = {**self.boards, number: replace(self.board(number), **changes)}

    def mark(self, event: Event, new: Mark) -> None:
        """Make the marks of an event for its mailboxes, with their effects."""
        target = item_of(self.procedure, event)
        if target is None:
            return
        scenario, item = target
        if event.get("resumes"):
            self.hold = None
        old_format = legacy.is_old(event)
        board, named = self.board(scenario.number), event.get("mailboxes")
        chosen = named or list(self.mailboxes)
        if item.each and item.reopens and old_format and not named:
            chosen = legacy.ticked_for(scenario, board, self.mailboxes, item)
        keys = [(item.id, name) for name in chosen if name in self.mailboxes] if item.each else [(item.id, "")]
        if not keys and old_format:
            keys = [(item.id, "")]  # marked once by an earlier version: it goes to the first mailboxes that come
        marks: dict[Key, Mark] = {}
        for key in keys:
            old = board.marks.get(key)
            made = replace(new, first=event.id, done_by=_done_by(event, old, new))
            if event.get("again") and old is not None:  # checked again: the values typed with it stay
                made = replace(made, first=old.first or old.event, since=since(old))
            marks[key] = made
        effects = legacy.effects(scenario, board, self.mailboxes, marks) if old_format else effects_of(event)
        self.put(scenario.number, event, marks, effects)
        self.rest(event)

    def rest(self, event: Event) -> None:
        """Remember the authentication that the marks of an event rest on."""
        if self.auths:
            talk = self.talks.get(event.agent)
            own = talk is not None and talk.mode != "back-office"
            self.rests[event.id] = talk.event.id if talk and own else self.auths[-1].id

    def put(
        self, number: int, event: Event, marks: Mapping[Key, Mark], effects: Effects, taken_back: Iterable[Key] = ()
    ) -> None:
        """Change a board, and remember who changed which mark."""
        board, removed = self.board(number), set(taken_back)
        if removed:
            board = replace(board, marks={key: mark for key, mark in board.marks.items() if key not in removed})
        self.boards = {**self.boards, number: applied(board, event.id, marks, effects)}
        for key in {*marks, *effects.changed(), *removed}:
            self.touch(touch_of(number, key), event, event.counts_from if key in marks else event.at)

    def put_all(self, event: Event) -> None:
        """Apply the effects that an event has on the boards of several scenarios (`boards`)."""
        for name, data in event.get("boards", {}).items():
            self.put(int(name), event, {}, Effects.from_data(data))

    def touch(self, key: tuple[object, ...], event: Event, at: datetime | None = None) -> None:
        """Remember the event that last changed a part of the case."""
        self.touched[key] = Touch(event.seq, event.id, event.agent, at or event.at, self.touched.get(key))

    # -- undo
    def changed_items(self, event: str) -> set[tuple[int, str]]:
        """The items whose marks an event changed, with their scenario."""
        changes = self._changes(event).items()
        return {(number, key[0]) for number, (old, new) in changes for key in changed_keys(old.marks, new.marks)}

    def restored(self, event: str) -> dict[int, dict[Key, Mark]]:
        """The marks that undoing an event puts back, by scenario."""
        return {
            number: {key: old.marks[key] for key in changed_keys(old.marks, new.marks) if key in old.marks}
            for number, (old, new) in self._changes(event).items()
        }

    def _changes(self, event: str) -> dict[int, tuple[Board, Board]]:
        """The boards that an event changed, before and after it."""
        before, after = (parts.get(event, {}).get("boards", {}) for parts in (self.before, self.after))
        pairs = {number: (before.get(number, EMPTY), after[number]) for number in after}
        return {number: (old, new) for number, (old, new) in pairs.items() if old is not new}

    def put_back(self, target: str, event: Event) -> bool:
        """Undo the `target` event: put back the parts that it changed, of the boards only its own marks.

        False if it cannot be undone.
        """
        changes = self._changes(target)
        before = self.before.pop(target, None)
        if before is None:
            return False
        self.dropped |= {target}
        for name, value in before.items():
            if name == "details":
                self.details = self.details.put_back(value, self.after[target]["details"])
            elif name != "boards":
                setattr(self, name, value)
        for number, (old, new) in changes.items():
            self.boards = {**self.boards, number: put_back(self.board(number), old, new)}
            for key in changed_keys(old.marks, new.marks):
                self.touch(touch_of(number, key), event)
        for part in {part for name, part in _SEEN_AS.items() if name in before}:
            self.touch((part,), event)
        return True


def effects_of(event: Event) -> Effects:
    """The effects that an event has on the board of its scenario."""
    return Effects.from_data(event.get("effects", {}))


def since(mark: Mark) -> str:
    """The event at which a mark's item was actually done."""
    return mark.since or mark.event


def _done_by(event: Event, old: Mark | None, new: Mark) -> tuple[str, ...]:
    """The agents who did a mark's item: if it was only confirmed since, those who did it first."""
    if old is not None and old.same(new) and old.done_by:
        return old.done_by
    return tuple(name for name in (event.agent, new.word) if name)


def keys_of(event: Event) -> Sequence[Key]:
    """The marks that an event names: of its item, for its mailboxes."""
    return [(event.get("item"), name) for name in event.get("mailboxes") or ("",)]
