"""Patterns that typed numbers have to fit: read here, and matched in a time that grows with the text alone.

The engine of `re` tries one way after the other, and a pattern like `([A-Z]+)+` has more ways than anybody can wait
for. Here all ways are followed at once: a set of places in the text is one whole number, a bit for each.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from msgspec import Struct

MOST_CHARACTERS: Final = 200
"""Of a text: no number is longer, and none that is longer fits."""
_MOST_DEPTH: Final = 20
_COUNT: Final = re.compile(r"\{([0-9]{0,5})(,?)([0-9]{0,5})\}")
_FLAGS: Final = re.compile(r"\(\?([ais]+)\)")
_OPENS: Final = re.compile(r"\((?:\?(?:P<[^>]*>|:|[=!]|<[=!]))?")
_WORD: Final = re.compile(r"\w", re.ASCII)


class BadPattern(ValueError):
    """A pattern that is not taken; says why."""


class _Set(Struct, frozen=True):
    """One character out of some."""

    source: str
    flags: int


class _Place(Struct, frozen=True):
    """A place and no character: the start, the end, the edge of a word."""

    kind: Literal["^", "$", "\\A", "\\Z", "\\b", "\\B"]


class _Group(Struct, frozen=True):
    """Alternatives, each a row of parts; with `look` it takes no character (`(?=...)`)."""

    ways: tuple[tuple[_Part, ...], ...]
    look: Literal["", "=", "!", "<=", "<!"] = ""


class _Part(Struct, frozen=True):
    """What stands in a row, with the least and most times that it is repeated (None: without an end)."""

    node: _Node
    least: int = 1
    most: int | None = 1


_Node: TypeAlias = _Set | _Place | _Group


def check_pattern(pattern: str) -> None:
    """Raise BadPattern where `pattern` cannot be read, or says the same repetition twice."""
    _refuse_twice(_read(pattern))


def fits(pattern: str, text: str) -> bool:
    """Whether the whole of `text` fits `pattern`, which was read before; raises BadPattern where it cannot be."""
    if len(text) > MOST_CHARACTERS:
        return False
    return bool(_Match(text).group(_read(pattern), 1) >> len(text) & 1)


@lru_cache(maxsize=64)
def _read(pattern: str) -> _Group:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it may mean something else in a Python to come
            re.compile(pattern, re.ASCII)
        return _Reader(pattern).whole()
    except (re.error, OverflowError) as error:
        raise BadPattern(f"it is no regular expression: {error}") from None
    except RecursionError:
        raise BadPattern("it has too many brackets in one another") from None


class _Reader:
    """Reads a regular expression that is known to compile."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.depth = 0
        self.flags = int(re.ASCII)

    def whole(self) -> _Group:
        """All of it; flags stand before everything else."""
        while flags := _FLAGS.match(self.text, self.at):
            for flag in flags[1]:
                self.flags |= {"a": re.ASCII, "i": re.IGNORECASE, "s": re.DOTALL}[flag]
            self.at = flags.end()
        return self._group("")

    def _group(self, look: Literal["", "=", "!", "<=", "<!"]) -> _Group:
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise BadPattern("it has too many brackets in one another")
        ways: list[tuple[_Part, ...]] = []
        row: list[_Part] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                ways.append(tuple(row))
                row = []
                self.at += 1
            elif (node := self._node()) is not None:
                row.append(_Part(node, *self._times()))
        self.depth -= 1
        return _Group((*ways, tuple(row)), look)

    def _node(self) -> _Node | None:
        start, first = self.at, self.text[self.at]
        if first == "(":
            return self._bracket()
        self.at += 1
        if first in "^$":
            return _Place("^" if first == "^" else "$")
        if first == "[":
            self._class()
        elif first == "\\":
            kind = self.text[self.at]
            self.at += 1
            if kind in "AZbB":
                return _Place({"A": "\\A", "Z": "\\Z", "b": "\\b", "B": "\\B"}[kind])  # type: ignore[arg-type]
            self._escape(kind)
        return _Set(self.text[start : self.at], self.flags)

    def _class(self) -> None:
        self.at += self.text.startswith("^", self.at)
        self.at += self.text.startswith("]", self.at)
        while self.text[self.at] != "]":
            self.at += 2 if self.text[self.at] == "\\" else 1
        self.at += 1

    def _escape(self, kind: str) -> None:
        if kind in "123456789":
            raise BadPattern(f"'\\{kind}' looks back at what was matched before; write it out")
        if kind == "N":
            self.at = self.text.index("}", self.at) + 1
        elif kind == "0":
            digits = self.text[self.at : self.at + 2]
            self.at += len(digits) - len(digits.lstrip("01234567"))
        else:
            self.at += {"x": 2, "u": 4, "U": 8}.get(kind, 0)

    def _bracket(self) -> _Group | None:
        if self.text.startswith("(?#", self.at):
            self.at = self.text.index(")", self.at) + 1
            return None
        opened = _OPENS.match(self.text, self.at)
        assert opened is not None
        if opened[0] == "(" and self.text.startswith("(?", self.at):
            raise BadPattern(f"'{self.text[self.at : self.at + 4]}...' is not understood here")
        self.at = opened.end()
        look: dict[str, Literal["", "=", "!", "<=", "<!"]] = {"(?=": "=", "(?!": "!", "(?<=": "<=", "(?<!": "<!"}
        found = self._group(look.get(opened[0], ""))
        self.at += 1
        return found

    def _times(self) -> tuple[int, int | None]:
        sign = self.text[self.at : self.at + 1]
        count = _COUNT.match(self.text, self.at)
        if sign and sign in "*+?":
            times: tuple[int, int | None] = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            self.at += 1
        elif count and (count[1] or count[3]):
            least = int(count[1] or 0)
            most = int(count[3]) if count[3] else None
            times = (least, most if count[2] else least)
            self.at = count.end()
        else:
            return 1, 1
        if self.text.startswith("+", self.at):
            raise BadPattern("'+' behind a repetition is not understood here")
        self.at += self.text.startswith("?", self.at)
        return times


class _Match:
    """One text, and what is where in it; a set of places is a number with a bit for each, the first being 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = (1 << len(text) + 1) - 1
        self.masks: dict[int, int] = {}
        """Where each part that was asked about can be, by its identity: the pattern outlives the match."""

    def group(self, group: _Group, places: int) -> int:
        """Where a text that begins at one of `places` can end."""
        if not group.look:
            return self._ways(group, places)
        there = self.masks.get(id(group))
        if there is None:
            there = self.masks[id(group)] = self._seen(group)
        return places & (there if "=" in group.look else ~there)

    def _seen(self, group: _Group) -> int:
        """From where a group that looks ahead sees what it looks for; or up to where one that looks behind does."""
        if group.look in ("<=", "<!"):
            return self._ways(group, self.places)
        return sum(1 << at for at in range(len(self.text) + 1) if self._ways(group, 1 << at))

    def _ways(self, group: _Group, places: int) -> int:
        found = 0
        for way in group.ways:
            found |= self._row(way, places)
        return found

    def _row(self, row: tuple[_Part, ...], places: int) -> int:
        for part in row:
            if not places:
                break
            places = self._part(part, places)
        return places

    def _part(self, part: _Part, places: int) -> int:
        for _ in range(part.least):
            before, places = places, self._once(part.node, places)
            if places in (0, before):
                break
        found, edge, times = places, places, part.least
        while edge and (part.most is None or times < part.most):
            edge = self._once(part.node, edge) & ~found
            found |= edge
            times += 1
        return found

    def _once(self, node: _Node, places: int) -> int:
        if isinstance(node, _Group):
            return self.group(node, places)
        mask = self.masks.get(id(node))
        if mask is None:
            is_here = self._is_in(node) if isinstance(node, _Set) else self._is_at(node)
            mask = self.masks[id(node)] = sum(1 << at for at in range(len(self.text) + 1) if is_here(at))
        return (places & mask) << 1 if isinstance(node, _Set) else places & mask

    def _is_in(self, node: _Set) -> Callable[[int], bool]:
        one = re.compile(node.source, node.flags)
        return lambda at: one.fullmatch(self.text[at : at + 1]) is not None

    def _is_at(self, node: _Place) -> Callable[[int], bool]:
        end = len(self.text)
        if node.kind in ("^", "\\A"):
            return lambda at: at == 0
        if node.kind == "\\Z":
            return lambda at: at == end
        if node.kind == "$":
            return lambda at: at == end or (at == end - 1 and self.text[at] == "\n")
        # an empty text has no edge and no place between two letters: as in `re`
        return lambda at: end > 0 and self._is_edge(at) == (node.kind == "\\b")

    def _is_edge(self, at: int) -> bool:
        before, after = (_WORD.match(self.text[max(place, 0) : place + 1]) is not None for place in (at - 1, at))
        return before != after


def _refuse_twice(group: _Group) -> None:
    """Refuse a repetition that can hold nothing but another: it says the same twice, and means something else."""
    for way in group.ways:
        for part in way:
            if isinstance(part.node, _Group):
                if part.most is None and _only_repeats(part.node):
                    raise BadPattern("it repeats what is repeated already; take one of the two away")
                _refuse_twice(part.node)


def _only_repeats(group: _Group) -> bool:
    for way in group.ways:
        needed = [part for part in way if not _can_be_nothing(part)]
        for part in way:
            if all(other is part for other in needed) and (
                part.most is None or (isinstance(part.node, _Group) and _only_repeats(part.node))
            ):
                return True
    return False


def _can_be_nothing(part: _Part) -> bool:
    if not part.least or isinstance(part.node, _Place):
        return True
    node = part.node
    if isinstance(node, _Set):
        return False
    return bool(node.look) or any(all(map(_can_be_nothing, way)) for way in node.ways)
