"""Whether a pattern is matched in a time that grows with the text alone: no other may hold an agent's screen up.

A regular expression takes its time where two repetitions could share the same characters: it tries every way to part
them. So each is read here, and told where that can be; it is not matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

_CHARACTERS: Final = (*map(chr, range(128)), "é", "Ω")
_UNBOUNDED: Final = 1000
"""How many repetitions one without an end counts as."""
_MOST_WAYS: Final = 100
"""Ways to part a text among repetitions that share characters; beyond it matching takes too long."""
_MOST_DEPTH: Final = 5
"""Repetitions within repetitions: a pattern with more is read by nobody."""
_COUNT: Final = re.compile(r"\{([0-9]{0,5})(,?)([0-9]{0,5})\}")
_GROUP: Final = re.compile(r"\((?:\?(?:P<[^>]*>|:|>|[=!]|<[=!]|[a-zA-Z-]+:))?")
_REMARKS: Final = re.compile(r"\(\?[a-zA-Z]*x[a-zA-Z-]*[:)]")


class SlowPattern(ValueError):
    """A pattern that can take very long; says why."""


class _Set(Struct, frozen=True):
    """One character out of some."""

    characters: frozenset[str]


class _Group(Struct, frozen=True):
    """Alternatives, each a row of parts; `ahead` where it takes nothing (`(?=...)`)."""

    ways: tuple[tuple[_Part, ...], ...]
    ahead: bool = False


class _Part(Struct, frozen=True):
    """What stands in a row, with the least and most times that it is repeated (None: without an end)."""

    node: _Set | _Group
    least: int = 1
    most: int | None = 1


class _Open(Struct, frozen=True):
    """What the repetitions before a place could still take, and by how much they vary; and the ways until here."""

    characters: frozenset[str] = frozenset()
    varies: int = 1
    ways: int = 1
    """In how many ways a text until here can be parted among the repetitions."""


def check_pattern(pattern: str) -> None:
    """Raise SlowPattern where `pattern`, which compiles, can take long on a text that fits nearly."""
    if _REMARKS.search(pattern):
        raise SlowPattern("it is written with blanks and remarks in it (x)")
    reader = _Reader(pattern)
    group = reader.group()
    if _depth(group) > _MOST_DEPTH:
        raise SlowPattern(f"it has repetitions more than {_MOST_DEPTH} deep in one another")
    _walk(group, _Open())


class _Reader:
    """Reads a regular expression that is known to compile."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.flags = re.ASCII | (re.IGNORECASE if re.search(r"\(\?[a-zA-Z]*i", pattern) else 0)

    def group(self) -> _Group:
        ways: list[tuple[_Part, ...]] = []
        row: list[_Part] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                ways.append(tuple(row))
                row = []
                self.at += 1
            else:
                node = self._node()
                least, most = self._times()
                if node is not None:
                    row.append(_Part(node, least, most))
        return _Group((*ways, tuple(row)))

    def _node(self) -> _Set | _Group | None:
        start, first = self.at, self.text[self.at]
        if first == "(":
            return self._bracket()
        if first in "^$":
            self.at += 1
            return None
        if first == "[":
            self._class()
        elif first == "\\":
            return self._escape()
        else:
            self.at += 1
        return self._set(self.text[start : self.at])

    def _set(self, source: str) -> _Set:
        one = re.compile(source, self.flags)
        return _Set(frozenset(each for each in _CHARACTERS if one.fullmatch(each)))

    def _class(self) -> None:
        end = self.at + (2 if self.text.startswith("[^", self.at) else 1)
        end += self.text.startswith("]", end)
        while self.text[end] != "]":
            end += 2 if self.text[end] == "\\" else 1
        self.at = end + 1

    def _escape(self) -> _Set | None:
        start, kind = self.at, self.text[self.at + 1]
        if kind in "123456789":
            raise SlowPattern(f"'\\{kind}' looks back at what was matched before")
        self.at += 2
        if kind in "AbBZ":
            return None
        length = {"x": 2, "u": 4, "U": 8}.get(kind, 0)
        if kind == "N":
            length = self.text.index("}", self.at) + 1 - self.at
        elif kind == "0":
            length = len(self.text[self.at : self.at + 2]) - len(self.text[self.at : self.at + 2].lstrip("01234567"))
        self.at += length
        return self._set(self.text[start : self.at])

    def _bracket(self) -> _Group | None:
        if self.text.startswith(("(?#", "(?P=", "(?("), self.at):
            if not self.text.startswith("(?#", self.at):
                raise SlowPattern("it looks back at what was matched before")
            self.at = self.text.index(")", self.at) + 1
            return None
        opened = _GROUP.match(self.text, self.at)
        flags = re.compile(r"\(\?[a-zA-Z-]+\)").match(self.text, self.at)
        if flags:
            self.at = flags.end()
            return None
        assert opened is not None
        self.at = opened.end()
        found = self.group()
        self.at += 1
        return _Group(found.ways, opened[0].endswith(("=", "!")))

    def _times(self) -> tuple[int, int | None]:
        times: tuple[int, int | None] = (1, 1)
        sign = self.text[self.at : self.at + 1]
        count = _COUNT.match(self.text, self.at)
        if sign and sign in "*+?":
            times = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            self.at += 1
        elif count and (count[1] or count[3]):
            low = int(count[1] or 0)
            times = (low, (int(count[3]) if count[3] else None) if count[2] else low)
            self.at = count.end()
        else:
            return times
        if self.text.startswith(("?", "+"), self.at):  # as few as can be, or none given back
            self.at += 1
        return times


def _row(parts: Iterable[_Part], before: _Open) -> _Open:
    for part in parts:
        before = _part(part, before)
    return before


def _part(part: _Part, before: _Open) -> _Open:
    node, least, most = part.node, part.least, part.most
    if most == 0:
        return before
    if isinstance(node, _Group):
        if node.ahead:
            _walk(node, _Open())
            return before
        return _repeated(node, least, most, before)
    if least == most:
        return before if node.characters & before.characters else _Open(ways=before.ways)
    return _varied(node.characters, least, most, before)


def _varied(first: frozenset[str], least: int, most: int | None, before: _Open) -> _Open:
    """A repetition that may take more or less: it shares what those before it could take as well."""
    times = (_UNBOUNDED if most is None else most - least) + 1
    if first & before.characters:
        ways = before.ways * min(times, before.varies)
        if ways > _MOST_WAYS:
            raise SlowPattern("two of its repetitions can take the same characters")
        return _Open(before.characters | first, min(before.varies * times, _UNBOUNDED), ways)
    if least:
        return _Open(first, times, before.ways)
    return _Open(before.characters | first, max(before.varies, times), before.ways)


def _walk(group: _Group, before: _Open) -> _Open:
    """One of the ways of a group."""
    found = [_row(way, before) for way in group.ways]
    return _Open(
        frozenset().union(*(each.characters for each in found)),
        max(each.varies for each in found),
        max(each.ways for each in found),
    )


def _repeated(group: _Group, least: int, most: int | None, before: _Open) -> _Open:
    once = _walk(group, before)
    if most == 1:
        return once if least else _either(once, before)
    firsts = [_first(way)[0] for way in group.ways]
    if sum(map(len, firsts)) > len(frozenset().union(*firsts)):
        raise SlowPattern("a repetition holds alternatives that begin alike")
    try:
        twice = _walk(group, once)
        grows = _walk(group, twice).ways > twice.ways
    except SlowPattern:
        grows, most = True, None
    if grows and (most is None or most > 3):
        raise SlowPattern("a repetition within a repetition can take the same characters")
    if least == most:
        return twice
    first = frozenset[str]().union(*firsts)
    if all(not _first(way)[1] for way in group.ways) and not first & before.characters:
        before = _Open(ways=before.ways)
    return _either(twice, _varied(first, 0, most, before))


def _either(one: _Open, other: _Open) -> _Open:
    return _Open(one.characters | other.characters, max(one.varies, other.varies), max(one.ways, other.ways))


def _depth(node: _Set | _Group) -> int:
    if isinstance(node, _Set):
        return 0
    return max((_depth(part.node) + (part.most != 1) for way in node.ways for part in way), default=0)


def _first(parts: Iterable[_Part]) -> tuple[frozenset[str], bool]:
    """What a row can begin with, and whether it can take nothing at all."""
    found: frozenset[str] = frozenset()
    for part in parts:
        node = part.node
        if isinstance(node, _Group):
            if node.ahead:
                continue
            inner = [_first(way) for way in node.ways]
            begins, empty = frozenset[str]().union(*(each[0] for each in inner)), any(each[1] for each in inner)
        else:
            begins, empty = node.characters, False
        found |= begins
        if part.least and not empty:
            return found, False
    return found, True
