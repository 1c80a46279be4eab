"""What was marked in one scenario of a case, and what an event changes of it. Pure values, no clock, no playbook.

A mark is never judged by comparing values: an event names what it makes stale, asks about or ends, so that replay needs
no playbook and an undo is exact (rule 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

Key: TypeAlias = tuple[str, str]
"""An item, and the mailbox it was marked for ("" where it is marked once for the whole case)."""

NEW: Final = "new"
"""Stands for the event that is being decided: it gets its id when it is appended."""

_K = TypeVar("_K")
_V = TypeVar("_V")

ON_OTHER_TERMS: Final = "1234"
"""What may be said of an action that was done on terms which have changed (rule 5)."""
ONE_MORE: Final = "23"
"""What may be said of an order since which one more licence is ordered: it was changed, or reversed."""
NO_LONGER_APPLIES: Final = "34"
"""What may be said of an action that was done and whose item stopped applying, or whose scenario was left."""


class Mark(Struct, frozen=True):
    """That an item was ticked, answered or skipped, for one mailbox or the whole case.

    `event` is the event that it stands by, `first` the one that holds what was typed with it (an item that was looked
    at again keeps that). `value` are the answers of a question, the terms of a quote, or nothing.
    """

    event: str
    value: tuple[str, ...] = ()
    told: str = ""
    """What the answer asked to be told with it: part of the value."""
    skipped: bool = False
    open: bool = False
    """Whether the question stays open with this answer (`not yet`)."""
    stale: str = ""
    """The event since which it has to be checked again, or ""."""
    because: str = ""
    """Why it is stale or asked about: the item that was lost, or a word of `reasons`."""
    asked: str = ""
    """Which of the four ways out an action done on other terms has, or ""."""
    first: str = ""
    word: str = ""
    """The colleague on whose word it was marked; "reported" in a pasted case, "" where the agent saw it."""
    saw: str = ""
    """What the DNS evidence proposed when it was answered, or said to be still so."""
    done_by: tuple[str, ...] = ()
    """The agent whose doing it is, and whose word; who only looked at it again is not among them."""
    on: str = ""
    """The day (ISO) that it was answered on, of a question for a day that conditions count from today."""
    since: str = ""
    """The event at which it was done, where that is not `event`: it was looked at again since, or kept."""

    @property
    def done(self) -> bool:
        """Whether it is more than a question left open."""
        return not self.open

    def same(self, other: Mark) -> bool:
        """Whether both say the same: the answer with what was told, done, or skipped."""
        return (self.value, self.told, self.skipped) == (other.value, other.told, other.skipped)


class Effects(Struct, frozen=True):
    """What an event changes beside the marks it makes: worked out when it is decided, kept in it by name.

    `ended` marks are taken off; `stale` ones have to be checked again, each with the item that was lost; `asked` ones
    are actions with an effect outside, with the ways out that they have; `renewed` ones were done anew by the event.
    """

    ended: tuple[Key, ...] = ()
    stale: tuple[tuple[Key, str], ...] = ()
    asked: tuple[tuple[Key, str, str], ...] = ()
    renewed: tuple[Key, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ended or self.stale or self.asked or self.renewed)

    def to_data(self) -> dict[str, Any]:
        """JSON values for an event; only what there is."""
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
        """Every mark that it changes."""
        return {*self.ended, *self.renewed, *(key for key, _ in self.stale), *(key for key, *_ in self.asked)}


NO_EFFECTS: Final = Effects()


class Board(Struct, frozen=True):
    """The marks of one scenario, and what stands beside them (event ids by item, mailboxes)."""

    marks: Mapping[Key, Mark] = field(default_factory=dict)
    put_off: Mapping[str, str] = field(default_factory=dict)
    cleared: Mapping[str, str] = field(default_factory=dict)
    """Killers whose confirmation was read and that were not answered yet."""
    uncovered: tuple[str, ...] = ()
    """Mailboxes that came after the order and of which nobody has said whether its licences cover them."""

    def of(self, item: str) -> dict[str, Mark]:
        """The marks of an item by mailbox."""
        return {mailbox: mark for (name, mailbox), mark in self.marks.items() if name == item}


EMPTY: Final = Board()


def applied(board: Board, event: str, marks: Mapping[Key, Mark], effects: Effects) -> Board:
    """`board` after an event that makes `marks` and has these `effects`."""
    found = dict(board.marks)
    found.update(marks)
    for key in effects.ended:
        found.pop(key, None)
    for key in effects.renewed:
        if key in found:
            found[key] = replace(found[key], event=event, since="", stale="", because="", asked="")
    for key, because in effects.stale:
        if key in found:
            found[key] = replace(found[key], stale=event, because=because)
    for key, ways, because in effects.asked:
        if key in found:
            mark = found[key]
            # asked about already: it goes on saying what changed first, and when
            since, why = (mark.stale, mark.because) if mark.asked and mark.because else (event, because)
            found[key] = replace(mark, asked=ways, stale=since, because=why)
    items = {item for item, _ in marks}
    put_off = {name: at for name, at in board.put_off.items() if name not in items} if board.put_off else board.put_off
    cleared = {name: at for name, at in board.cleared.items() if name not in items} if board.cleared else board.cleared
    return replace(board, marks=found, put_off=put_off, cleared=cleared)


def without_mailboxes(board: Board, addresses: Iterable[str]) -> Board:
    """`board` without what was said and done of those mailboxes: one that comes back begins anew."""
    gone = set(addresses)
    return replace(
        board,
        marks={key: mark for key, mark in board.marks.items() if key[1] not in gone},
        uncovered=tuple(address for address in board.uncovered if address not in gone),
    )


class Changed(Struct, frozen=True):
    """What an event changed of a board: how it was, the marks that changed, and the items put off or cleared."""

    old: Board
    keys: frozenset[Key]
    items: frozenset[str]


def differences(before: Mapping[int, Board], after: Mapping[int, Board]) -> dict[int, Changed]:
    """What changed of each board that did."""
    found: dict[int, Changed] = {}
    for number in {*before, *after}:
        old, new = before.get(number, EMPTY), after.get(number, EMPTY)
        if old is new:
            continue
        keys = {key for key in {*old.marks, *new.marks} if old.marks.get(key) is not new.marks.get(key)}
        pairs = ((old.put_off, new.put_off), (old.cleared, new.cleared))
        items = {name for one, other in pairs for name in {*one, *other} if one.get(name) != other.get(name)}
        found[number] = Changed(old, frozenset(keys), frozenset(items))
    return found


def put_back(board: Board, changed: Changed) -> Board:
    """`board` with what was changed as it was, key by key: what was marked beside it since stays."""
    old, keys, items = changed.old, changed.keys, changed.items
    return Board(
        _given_back(board.marks, old.marks, keys),
        _given_back(board.put_off, old.put_off, items),
        _given_back(board.cleared, old.cleared, items),
        old.uncovered,
    )


def _given_back(now: Mapping[_K, _V], old: Mapping[_K, _V], keys: frozenset[_K]) -> dict[_K, _V]:
    """`now`, but what is named in `keys` as in `old`."""
    found = {key: value for key, value in now.items() if key not in keys}
    return found | {key: value for key, value in old.items() if key in keys}
