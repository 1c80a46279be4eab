"""Match typed numbers against a playbook's patterns in time linear in the text.

The engine of `re` backtracks: a pattern like `([A-Z]+)+` can take it years. Here all alternatives advance at once: a
set of positions in the text is an integer with a bit for each. The pattern is parsed by `re` itself, whose parser is
not public; `tests/core/test_patterns.py` compares the two engines.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, NamedTuple, TypeAlias

MOST_CHARACTERS: Final = 200
"""The longest text that can match."""
_MOST_DEPTH: Final = 20
_FLAGS: Final = re.ASCII | re.IGNORECASE | re.DOTALL
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT")
_LOOKS: Final = ("ASSERT", "ASSERT_NOT")
_SETS: Final = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
_CATEGORIES: Final = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}

Node: TypeAlias = tuple[Any, Any]
"""An opcode of `re`'s parser with its argument."""


class BadPattern(ValueError):
    """A pattern is not supported; the message says why."""


class _Pattern(NamedTuple):
    """The parsed form of a regular expression, and its flags."""

    nodes: tuple[Node, ...]
    flags: int


def check_pattern(pattern: str) -> None:
    """Raise BadPattern if `pattern` is not supported or repeats a repetition."""
    for node in _within(_parsed(pattern).nodes):
        if _is_endless(node) and _only_repeats(node[1][2]):
            raise BadPattern("it repeats a repetition; take one of the two away")


def fits(pattern: str, text: str) -> bool:
    """Whether the whole of `text` matches `pattern`; raises BadPattern if that is not supported."""
    if len(text) > MOST_CHARACTERS:
        return False
    parsed = _parsed(pattern)
    return bool(_Match(text, parsed.flags).row(parsed.nodes, 1) >> len(text) & 1)


@lru_cache(maxsize=64)
def _parsed(pattern: str) -> _Pattern:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about changes in future versions of Python
            re.compile(pattern, re.ASCII)
            tree = import_module("re._parser").parse(pattern, re.ASCII)
    except (re.error, OverflowError) as error:
        raise BadPattern(f"it is no regular expression: {error}") from None
    except RecursionError:
        raise BadPattern("it has too many brackets in one another") from None
    if tree.state.flags & ~_FLAGS:
        raise BadPattern("it has flags other than 'a', 'i' and 's'")
    nodes = tuple(tree)
    for _ in _within(nodes):
        pass  # raises BadPattern for an opcode that is not supported
    return _Pattern(nodes, tree.state.flags)


def _inner(node: Node) -> list[Iterable[Node]]:
    """Return the sequences within a node."""
    name, argument = str(node[0]), node[1]
    if name == "SUBPATTERN":
        if argument[1] or argument[2]:
            raise BadPattern("flags for a part of it are not understood here")
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    if name in _REPEATS:
        return [argument[2]]
    if name in _LOOKS:
        return [argument[1]]
    if name.startswith("GROUPREF"):
        raise BadPattern("it refers back to an earlier match; write that out")
    if name not in (*_SETS, "AT"):
        what = "'+' behind a repetition" if name == "POSSESSIVE_REPEAT" else "'(?>...'"
        raise BadPattern(f"{what} is not understood here")
    return []


def _within(row: Iterable[Node], depth: int = 0) -> Iterable[Node]:
    """Every node of a sequence, at any depth."""
    if depth > _MOST_DEPTH:
        raise BadPattern("it has too many brackets in one another")
    for node in row:
        yield node
        for inner in _inner(node):
            yield from _within(inner, depth + 1)


def _is_endless(node: Node) -> bool:
    return str(node[0]) in _REPEATS and str(node[1][1]) == "MAXREPEAT"


def _only_repeats(row: Iterable[Node]) -> bool:
    """Whether a sequence can consist of nothing but an unbounded repetition."""
    nodes = list(row)
    needed = [node for node in nodes if not _can_be_nothing(node)]
    return any(
        all(other is node for other in needed) and (_is_endless(node) or any(map(_only_repeats, _inner(node))))
        for node in nodes
    )


def _can_be_nothing(node: Node) -> bool:
    name = str(node[0])
    if name in _SETS:
        return False
    if name in _REPEATS and not node[1][0]:
        return True
    inner = _inner(node)
    return not inner or name in _LOOKS or any(all(map(_can_be_nothing, row)) for row in inner)


class _Match:
    """Matches one text; a set of positions is an integer with a bit for each, 1 being the start."""

    def __init__(self, text: str, flags: int) -> None:
        self.text = text
        self.flags = flags
        self.places = (1 << len(text) + 1) - 1
        self.masks: dict[int, int] = {}
        """Where each node can match, by its identity: the parsed pattern outlives the match."""

    def row(self, row: Iterable[Node], places: int) -> int:
        """Return the possible ends of a match of a sequence that begins at one of `places`."""
        for node in row:
            if not places:
                break
            places = self._node(node, places)
        return places

    def _node(self, node: Node, places: int) -> int:
        name, argument = str(node[0]), node[1]
        if name in _REPEATS:
            return self._repeat(argument, places)
        if name in ("SUBPATTERN", "BRANCH"):
            found = 0
            for row in _inner(node):
                found |= self.row(row, places)
            return found
        mask = self.masks.get(id(node))
        if mask is None:
            mask = self.masks[id(node)] = self._seen(argument) if name in _LOOKS else self._where(name, argument)
        if name == "ASSERT_NOT":
            return places & ~mask
        return (places & mask) << 1 if name in _SETS else places & mask

    def _repeat(self, argument: Any, places: int) -> int:
        least, most, row = int(argument[0]), argument[1], argument[2]
        for _ in range(least):
            before, places = places, self.row(row, places)
            if places in (0, before):
                break
        found, edge, times = places, places, least
        while edge and times < most:
            edge = self.row(row, edge) & ~found
            found |= edge
            times += 1
        return found

    def _seen(self, argument: Any) -> int:
        """Return the positions at which a look-ahead or look-behind succeeds."""
        direction, row = argument
        if direction < 0:
            return self.row(row, self.places)
        return sum(1 << at for at in range(len(self.text) + 1) if self.row(row, 1 << at))

    def _where(self, name: str, argument: Any) -> int:
        if name == "AT":
            return sum(1 << at for at in range(len(self.text) + 1) if self._is_at(str(argument), at))
        return sum(1 << at for at, sign in enumerate(self.text) if self._is_in(name, argument, sign))

    def _is_at(self, kind: str, at: int) -> bool:
        end = len(self.text)
        if kind.startswith("AT_BEGINNING"):
            return at == 0
        if kind.startswith("AT_END"):
            return at == end or (kind == "AT_END" and at == end - 1 and self.text[at] == "\n")
        before, after = (self._fits(r"\w", self.text[max(place, 0) : place + 1]) for place in (at - 1, at))
        # An empty text has no edge and no place between two letters: as in `re`.
        return end > 0 and (before != after) == (kind == "AT_BOUNDARY")

    def _is_in(self, name: str, argument: Any, sign: str) -> bool:
        """Whether a character is one of a set."""
        if name == "ANY":
            return sign != "\n" or bool(self.flags & re.DOTALL)
        if name != "IN":
            argument = [("LITERAL", argument)]
        negated = name == "NOT_LITERAL" or str(argument[0][0]) == "NEGATE"
        both = {sign, sign.lower(), sign.upper()} if self.flags & re.IGNORECASE and sign.isascii() else {sign}
        return any(self._is_one(str(kind), value, each) for kind, value in argument for each in both) != negated

    def _is_one(self, kind: str, value: Any, sign: str) -> bool:
        if kind == "CATEGORY":
            name = str(value).removeprefix("CATEGORY_")
            return self._fits(_CATEGORIES[name.removeprefix("NOT_")], sign) != name.startswith("NOT_")
        if kind == "RANGE":
            return bool(value[0] <= ord(sign) <= value[1])
        return kind == "LITERAL" and ord(sign) == value

    def _fits(self, pattern: str, sign: str) -> bool:
        return re.fullmatch(pattern, sign, re.ASCII) is not None
