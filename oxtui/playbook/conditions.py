"""Conditions of a playbook: `licence=email-deluxe`, `not (rescue=lost or rescue=not-needed)`, `all(result=completed)`.

A condition is a tree of atoms. This module has the grammar and the logic of true, false, unknown and not applicable;
`oxtui.cases.status` evaluates atoms against a case.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from oxtui.playbook.comparisons import Comparison, read_comparison

_TOKEN: Final = re.compile(r"\s*(?:([()])|([a-z0-9][a-z0-9-]*)(?:\s*=\s*([a-z0-9-]+(?:\|[a-z0-9-]+)*))?)")
_WORDS: Final = frozenset({"and", "or", "not", "any", "all"})
MOST_DEPTH: Final = 20
"""Nested brackets; bounds the recursion."""


class Atom(Struct, frozen=True, tag=True):
    """An item with the answers that count, or a comparison of its value; with neither, that the item is done."""

    item: str
    answers: frozenset[str] = frozenset()
    test: Comparison | None = None

    def __str__(self) -> str:
        if self.test is not None:
            return f"{self.item} {self.test}"
        return f"{self.item}={'|'.join(sorted(self.answers))}" if self.answers else self.item

    @property
    def judges(self) -> bool:
        """Whether it restricts the value, beyond requiring that the item is done."""
        return bool(self.answers) or self.test is not None

    def fits(self, value: Sequence[str], on: str = "") -> bool | None:
        """Whether a value given on the day `on` (ISO) satisfies it; None if it cannot be compared."""
        if self.test is not None:
            return self.test.holds(value, on)
        return not self.answers or not self.answers.isdisjoint(value)


class Not(Struct, frozen=True, tag=True):
    """The negation of a part."""

    part: Node

    def __str__(self) -> str:
        return f"not {_bracketed(self.part)}"


class Join(Struct, frozen=True, tag=True):
    """A conjunction or disjunction."""

    word: Literal["and", "or"]
    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return f" {self.word} ".join(_bracketed(part) if self.word == "and" else str(part) for part in self.parts)


class Over(Struct, frozen=True, tag=True):
    """A quantifier: the part holds for `any` or for `all` of the mailboxes."""

    word: Literal["any", "all"]
    part: Node

    def __str__(self) -> str:
        return f"{self.word}({self.part})"


Node: TypeAlias = Atom | Not | Join | Over


class DoesNotApply:
    """The truth of an atom whose item does not apply: it leaves the decision to the others."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NOT_APPLICABLE"


NOT_APPLICABLE: Final = DoesNotApply()
Truth: TypeAlias = bool | DoesNotApply | None
"""True, False, None while an open answer decides, or NOT_APPLICABLE."""


class Condition(Struct, frozen=True):
    """A condition; the empty one always holds."""

    root: Node | None = None

    def __bool__(self) -> bool:
        return self.root is not None

    def __str__(self) -> str:
        return str(self.root) if self.root is not None else ""

    def atoms(self) -> Iterator[Atom]:
        """Every atom in it, in the order written."""
        return (node for node in self.nodes() if isinstance(node, Atom))

    def overs(self) -> Iterator[Over]:
        """Every `any(...)` and `all(...)` in it."""
        return (node for node in self.nodes() if isinstance(node, Over))

    def nodes(self) -> Iterator[Node]:
        """Every part of it, in the order written."""
        rest = [self.root] if self.root is not None else []
        while rest:
            node = rest.pop()
            yield node
            if isinstance(node, Join):
                rest += reversed(node.parts)
            elif not isinstance(node, Atom):
                rest.append(node.part)

    def conjuncts(self) -> tuple[Node, ...]:
        """The parts of it that must all hold."""
        root = self.root
        return root.parts if isinstance(root, Join) and root.word == "and" else (root,) if root is not None else ()

    def items(self) -> tuple[str, ...]:
        """The items it names, without repeats, in the order written."""
        return tuple(dict.fromkeys(atom.item for atom in self.atoms()))


class Reading(ABC):
    """Evaluates one kind of condition (`when`, `after`); subclasses evaluate atoms.

    `bare` is the quantifier of an atom of an `each` item where the condition is for the whole case.
    """

    bare: Literal["any", "all"] = "any"

    @abstractmethod
    def mailboxes(self) -> tuple[str, ...]:
        """The mailboxes of the case."""

    @abstractmethod
    def is_each(self, item: str) -> bool:
        """Whether an item is done for each mailbox."""

    @abstractmethod
    def atom(self, atom: Atom, mailbox: str) -> Truth:
        """The truth of an atom, for one mailbox if its item is done for each, else with `mailbox` ""."""

    def truth(self, node: Node, mailbox: str = "", *, denied: bool = False) -> Truth:
        """The truth of a condition for one mailbox, or (mailbox "") for the whole case.

        `denied` means under a `not`, where a bare atom of an `each` item always means: for no mailbox.
        """
        if isinstance(node, Atom):
            if not self.is_each(node.item):
                return self.atom(node, "")
            return self.atom(node, mailbox) if mailbox else self._over("any" if denied else self.bare, node)
        if isinstance(node, Not):
            part = self.truth(node.part, mailbox, denied=not denied)
            return not part if isinstance(part, bool) else part
        if isinstance(node, Over):
            return self._over(node.word, node.part)
        return joined(node.word, (self.truth(part, mailbox, denied=denied) for part in node.parts))

    def _over(self, word: Literal["any", "all"], part: Node) -> Truth:
        names = self.mailboxes()
        if not names:
            return None
        return joined("or" if word == "any" else "and", (self.truth(part, name) for name in names))


def joined(word: Literal["and", "or"], values: Iterator[Truth]) -> Truth:
    """Join truths; a part that does not apply leaves the decision to the others."""
    decides = word == "or"
    found: Truth = NOT_APPLICABLE
    for value in values:
        if value is decides:
            return decides
        if value is None:
            found = None
        elif value is not NOT_APPLICABLE and found is NOT_APPLICABLE:
            found = value
    return found


def substituted(node: Node, change: Callable[[Atom], Node]) -> Node:
    """Replace every atom of `node` by what `change` returns."""
    if isinstance(node, Atom):
        return change(node)
    if isinstance(node, Not):
        return Not(substituted(node.part, change))
    if isinstance(node, Over):
        return Over(node.word, substituted(node.part, change))
    return Join(node.word, tuple(substituted(part, change) for part in node.parts))


def parse_condition(text: str, named: Mapping[str, Condition] | None = None) -> Condition:
    """Parse `text`; `named` are the playbook's named conditions.

    `not` binds closest, then `and`, then `or`; brackets group. Raises ValueError.
    """
    parser = _Parser(text)
    node = parser.joined("or", 0)
    if parser.at < len(parser.tokens):
        raise ValueError(f"'{parser.tokens[parser.at]}' stands where 'and' or 'or' is expected")

    def meant(atom: Atom) -> Node:
        other = (named or {}).get(atom.item)
        return other.root if other is not None and other.root is not None and not atom.judges else atom

    return Condition(substituted(node, meant))


def _bracketed(node: Node) -> str:
    return f"({node})" if isinstance(node, Join) else str(node)


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._split(text))
        self.at = 0

    def _split(self, text: str) -> Iterator[str | Atom]:
        place = 0
        text = text.strip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise ValueError(f"'{text[place:].split()[0]}' is not 'item' or 'item=answer'")
            bracket, name, answers = match.groups()
            place = match.end()
            if bracket or (name in _WORDS and answers is None):
                yield bracket or name
            elif answers is None and (compared := read_comparison(text, place, name)):
                yield Atom(name, test=compared[0])
                place = compared[1]
            else:
                yield Atom(name, frozenset(answers.split("|")) if answers else frozenset())
            rest = text[place : place + 1]
            if rest and not rest.isspace() and rest not in "()" and not bracket:
                raise ValueError(f"'{text[match.start() :].split()[0]}' is not 'item' or 'item=answer'")

    def _next(self) -> str | Atom:
        if self.at >= len(self.tokens):
            raise ValueError("it ends where an item is expected" if self.tokens else "it is empty")
        self.at += 1
        return self.tokens[self.at - 1]

    def _sees(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == word:
            self.at += 1
            return True
        return False

    def joined(self, word: Literal["and", "or"], depth: int) -> Node:
        """Parts joined by `word`; `or` joins parts joined by `and`."""
        parts: list[Node] = []
        while not parts or self._sees(word):
            parts.append(self._one(depth) if word == "and" else self.joined("and", depth))
        return parts[0] if len(parts) == 1 else Join(word, tuple(parts))

    def _one(self, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise ValueError(f"it is nested more than {MOST_DEPTH} deep")
        token = self._next()
        if isinstance(token, Atom):
            return token
        if token == "not":
            return Not(self._one(depth + 1))
        if token in ("any", "all"):
            if not self._sees("("):
                raise ValueError(f"'{token}' needs brackets: {token}(...)")
            return Over("any" if token == "any" else "all", self._closed(depth))
        if token == "(":
            return self._closed(depth)
        raise ValueError(f"'{token}' stands where an item is expected")

    def _closed(self, depth: int) -> Node:
        node = self.joined("or", depth + 1)
        if not self._sees(")"):
            raise ValueError("a bracket is not closed")
        return node
