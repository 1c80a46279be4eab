"""Conditions of a playbook: `licence=email-deluxe`, `billed-now=yearly or billed-next=yearly`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

_ATOM = re.compile(r"([a-z0-9][a-z0-9-]*)(?:=([a-z0-9-]+(?:\|[a-z0-9-]+)*))?")


class Atom(Struct, frozen=True):
    """One item, and which of its answers count; without answers: that the item is done."""

    item: str
    answers: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.item}={'|'.join(sorted(self.answers))}" if self.answers else self.item


class Condition(Struct, frozen=True):
    """Any of several groups, of which all atoms hold; the empty condition always holds."""

    groups: tuple[tuple[Atom, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups)

    def __str__(self) -> str:
        return " or ".join(" and ".join(map(str, group)) for group in self.groups)

    def atoms(self) -> Iterator[Atom]:
        """Every atom in it, in the order written."""
        for group in self.groups:
            yield from group

    def truth(self, of: Callable[[Atom], bool | None]) -> bool | None:
        """True, False, or None where what is not yet answered decides; `of` gives the truth of one atom."""
        if not self.groups:
            return True
        unknown = False
        for group in self.groups:
            values = [of(atom) for atom in group]
            if all(value is True for value in values):
                return True
            unknown = unknown or not any(value is False for value in values)
        return None if unknown else False

    def deciding(self, of: Callable[[Atom], bool | None]) -> tuple[Atom, ...]:
        """The atoms that are still unknown and could make it true."""
        found: dict[Atom, None] = {}
        for group in self.groups:
            values = [(atom, of(atom)) for atom in group]
            if not any(value is False for _, value in values):
                found.update((atom, None) for atom, value in values if value is None)
        return tuple(found)


def parse_condition(text: str) -> Condition:
    """The condition written as `text`; raises ValueError saying what cannot be read."""
    groups = []
    for part in re.split(r"\s+or\s+", text.strip()):
        groups.append(tuple(parse_atom(piece) for piece in re.split(r"\s+and\s+", part)))
    return Condition(tuple(groups))


def parse_atom(text: str) -> Atom:
    """The atom written as `text`; raises ValueError saying what cannot be read."""
    match = _ATOM.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text.strip()}' is not 'item' or 'item=answer'")
    answers = match.group(2)
    return Atom(match.group(1), frozenset(answers.split("|")) if answers else frozenset())
