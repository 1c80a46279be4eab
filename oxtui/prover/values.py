"""The values of an item: one for each class of answers that no condition distinguishes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from msgspec import Struct

from oxtui.cases.status import targets
from oxtui.playbook.comparisons import classes
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Item

MOST_CHOSEN = 6
"""Answers of a question that takes several, up to which every combination is walked."""


class ValueClass(Struct, frozen=True):
    """A value that represents its class, the `members`; `other` is a second one (value, typed text), if any."""

    value: tuple[str, ...]
    open: bool = False
    other: tuple[tuple[str, ...], str] | None = None
    members: tuple[tuple[str, ...], ...] = ()


def values_of(item: Item, atoms: Iterable[Atom], *, fine: bool = False) -> tuple[ValueClass, ...]:
    """Return the classes of values of `item` by the atoms that name it; `fine`: one class for each answer."""
    if item.quote is not None:
        return (ValueClass(("quote",), other=(("another quote",), ""), members=(("another quote",),)),)
    if item.kind == "action":
        return (ValueClass(()),)
    atoms = [atom for atom in atoms if atom.item == item.id]
    tests = dict.fromkeys(atom.test for atom in atoms if atom.test is not None)
    if tests:
        intervals: dict[object, list[tuple[str, ...]]] = {}
        for value in classes(tests, money=item.select == "money"):
            intervals.setdefault(tuple(test.holds(value) for test in tests), []).append(value)
        return tuple(_value(item, members) for members in intervals.values())
    if not item.answers:
        return (ValueClass(("given",), other=(("given otherwise",), ""), members=(("given otherwise",),)),)
    named = [atom.answers for atom in atoms if atom.answers]
    alike: dict[object, list[tuple[str, ...]]] = {}
    for value in _choices(item):
        if fine:
            sign: object = value
        else:
            hits = tuple(bool(answers.intersection(value)) for answers in named)
            sign = (_is_open(item, value), targets(item, value), hits)
        alike.setdefault(sign, []).append(value)
    return tuple(_value(item, members) for members in alike.values())


def _choices(item: Item) -> Iterator[tuple[str, ...]]:
    ids = [answer.id for answer in item.answers]
    most = len(ids) if item.select == "several" and len(ids) <= MOST_CHOSEN else 2 if item.select == "several" else 1
    for count in range(1, most + 1):
        yield from itertools.combinations(ids, count)


def _value(item: Item, members: list[tuple[str, ...]]) -> ValueClass:
    first = members[0]
    other = (members[1], "") if len(members) > 1 else None
    if other is None and any(answer.asks for answer in item.answers if answer.id in first):
        other = (first, "told otherwise")
    return ValueClass(first, _is_open(item, first), other, tuple(members))


def _is_open(item: Item, value: tuple[str, ...]) -> bool:
    return any(answer.open for answer in item.given(value))
