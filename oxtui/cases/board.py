"""The marks of a scenario, and what an event changes of them. Pure values, no clock, no playbook.

Whether a mark is stale is never found by comparing values: an event names the marks that it makes stale, asks about or
ends, so replay needs no playbook and an undo is exact (rule 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

Key: TypeAlias = tuple[str, str]
"""An item, and the mailbox it was marked for ("" if it is marked once for the whole case)."""

NEW: Final = "new"
"""A placeholder for the event being decided, which gets its id when it is appended."""

_K = TypeVar("_K")
_V = TypeVar("_V")

ON_OTHER_TERMS: Final = "1234"
"""The ways to settle an action that was done on terms which have changed since (rule 5)."""
ONE_MORE: Final = "23"
"""The ways to settle an order after which one more licence is ordered: it was changed, or reversed."""
NO_LONGER_APPLIES: Final = "34"
"""The ways to settle an action whose item no longer applies, or whose scenario was left."""


class Mark(Struct, frozen=True):
    """An item was ticked, answered or skipped, for one mailbox or the whole case.

    `event` made the mark, `first` has the values typed with it (it stays when the item is checked again). `value` has
    the answers of a question, the terms of a quote, or nothing.
    """

    event: str
    value: tuple[str, ...] = ()
    told: str = ""
    """The text that the answer `asks` for: part of the value."""
    skipped: bool = False
    open: bool = False
    """Whether the question stays open with this answer (`not yet`)."""
    stale: str = ""
    """The event that made it stale or asked about, or ""."""
    because: str = ""
    """Why: the item that it rests on and that was lost, or a word of `reasons`."""
    asked: str = ""
    """The ways to settle an action that was done on other terms, or ""."""
    first: str = ""
    word: str = ""
    """The colleague on whose word it was marked; "reported" in a pasted case, "" if the agent saw it."""
    saw: str = ""
    """The answer that DNS evidence proposed when it was answered or confirmed."""
    done_by: tuple[str, ...] = ()
    """The agent who did it and the colleague whose word it is; not an agent who only checked it again."""
    on: str = ""
    """The day (ISO) it was answered on, of a date that conditions compare with today."""
    since: str = ""
    """The event at which it was done, if it was checked again or kept since."""

    @property
    def done(self) -> bool:
        """Whether it is done: anything but a question left open (*not yet*)."""
        return not self.open

    @property
    def performed(self) -> bool:
        """Whether it was done or answered: neither skipped nor left open."""
        return not (self.skipped or self.open)

    def same(self, other: Mark) -> bool:
        """Whether both say the same: the same answer with what it asks for, done, or skipped."""
        return (self.value, self.told, self.skipped) == (other.value, other.told, other.skipped)


class Effects(Struct, frozen=True):
    """The effects of an event besides the marks it makes, computed when it is decided and saved in it.

    `ended` marks are removed; `stale` ones must be checked again, each for an item that was lost; `asked` ones are
    actions with an effect outside, with the ways to settle them; `renewed` ones were done anew by the event.
    """

    ended: tuple[Key, ...] = ()
    stale: tuple[tuple[Key, str], ...] = ()
    asked: tuple[tuple[Key, str, str], ...] = ()
    renewed: tuple[Key, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ended or self.stale or self.asked or self.renewed)

    def to_data(self) -> dict[str, Any]:
        """JSON values for an event, without empty fields."""
        data: dict[str, Any] = {
            "ended": [list(key) for key in self.ended],
            "stale": [[*key, because] for key, because in self.stale],
            "asked": [[*key, ways, because] for key, ways, because in self.asked],
            "renewed": [list(key) for key in self.renewed],
        }
        return {name: rows for name, rows in data.items() if rows}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Effects:
        """The effects in an event's data."""
        return cls(
            tuple((item, box) for item, box in data.get("ended", ())),
            tuple(((item, box), because) for item, box, because in data.get("stale", ())),
            tuple(((item, box), ways, because) for item, box, ways, because in data.get("asked", ())),
            tuple((item, box) for item, box in data.get("renewed", ())),
        )

    def changed(self) -> set[Key]:
        """All marks that are changed."""
        return {*self.ended, *self.renewed, *(key for key, _ in self.stale), *(key for key, *_ in self.asked)}


NO_EFFECTS: Final = Effects()


class Board(Struct, frozen=True):
    """The marks of one scenario; `put_off` and `cleared` are event ids by item."""

    marks: Mapping[Key, Mark] = field(default_factory=dict)
    put_off: Mapping[str, str] = field(default_factory=dict)
    cleared: Mapping[str, str] = field(default_factory=dict)
    """Killers that were cleared and neither done nor answered *not yet*."""
    uncovered: tuple[str, ...] = ()
    """Mailboxes that were added after the order, while it is open whether its licences cover them."""

    def of(self, item: str) -> dict[str, Mark]:
        """The marks of an item by mailbox."""
        return {mailbox: mark for (name, mailbox), mark in self.marks.items() if name == item}


EMPTY: Final = Board()


def applied(board: Board, event: str, marks: Mapping[Key, Mark], effects: Effects) -> Board:
    """`board` after an event that makes `marks` and has these `effects`."""
    after = {**board.marks, **marks}
    for key in effects.ended:
        after.pop(key, None)
    for key in after.keys() & set(effects.renewed):
        after[key] = replace(after[key], event=event, since="", stale="", because="", asked="")
    for key, because in effects.stale:
        if key in after:
            after[key] = replace(after[key], stale=event, because=because)
    for key, ways, because in effects.asked:
        if key in after:
            mark = after[key]
            # asked about already: it keeps the first change and its time
            since, why = (mark.stale, mark.because) if mark.asked and mark.because else (event, because)
            after[key] = replace(mark, asked=ways, stale=since, because=why)
    items = {item for item, _ in marks}
    put_off, cleared = (_without(events, items) for events in (board.put_off, board.cleared))
    return replace(board, marks=after, put_off=put_off, cleared=cleared)


def _without(events: Mapping[str, str], items: set[str]) -> Mapping[str, str]:
    return {name: at for name, at in events.items() if name not in items} if events else events


def without_mailboxes(board: Board, addresses: Iterable[str]) -> Board:
    """`board` without the marks of those mailboxes: one that comes back begins anew."""
    removed = set(addresses)
    return replace(
        board,
        marks={key: mark for key, mark in board.marks.items() if key[1] not in removed},
        uncovered=tuple(address for address in board.uncovered if address not in removed),
    )


def changed_keys(before: Mapping[_K, _V], after: Mapping[_K, _V]) -> set[_K]:
    """The keys whose values differ."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def put_back(board: Board, before: Board, after: Board) -> Board:
    """`board` with every difference between `before` and `after` put back as it was before; later marks stay."""
    return Board(
        _restored(board.marks, before.marks, after.marks),
        _restored(board.put_off, before.put_off, after.put_off),
        _restored(board.cleared, before.cleared, after.cleared),
        before.uncovered if before.uncovered != after.uncovered else board.uncovered,
    )


def _restored(now: Mapping[_K, _V], before: Mapping[_K, _V], after: Mapping[_K, _V]) -> dict[_K, _V]:
    keys = changed_keys(before, after)
    others = {key: value for key, value in now.items() if key not in keys}
    return others | {key: value for key, value in before.items() if key in keys}
