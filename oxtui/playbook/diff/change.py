"""One difference between two playbooks, and the words that every kind of it is told in."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from oxtui.playbook.plain_words import PlainWords

Kind: TypeAlias = Literal["added", "removed", "changed", "renamed", "moved"]
TEXTS = frozenset(
    "do ask done awaited noted say detail nbs howto link copy leaves text title article_title short summary who heard "
    "tell facts purpose review values templates through".split()
)
"""Keys that hold nothing back: on an item that ends something for good any other key may."""


class Change(Struct, frozen=True):
    """A difference: the part of the playbook, what it is about, and one sentence. `first`: it may weaken what holds
    back something irreversible."""

    part: str
    kind: Kind
    about: str
    key: str
    text: str
    old: Any = None
    new: Any = None
    first: bool = False


class Spot(Struct, frozen=True):
    """Where the comparison stands: the part, what it is about in words, and what ids mean before and after."""

    part: str
    about: str = ""
    old: PlainWords = PlainWords()
    new: PlainWords = PlainWords()
    firm: bool = False
    """Whether what stands here holds back something irreversible."""
    below: bool = False
    """Whether something irreversible rests on it, at any depth: a guard taken from it weakens that one too."""

    def change(self, kind: Kind, key: str, text: str, old: Any = None, new: Any = None) -> Change:
        """A difference here."""
        return self._told(kind, key, f"{self.about}: {text}" if self.about else text, old, new)

    def does(self, kind: Kind, key: str, text: str, old: Any = None, new: Any = None) -> Change:
        """As `change`, told with what stands here as the subject: `waits for ...`."""
        return self._told(kind, key, f"{self.about} {text}", old, new)

    def _told(self, kind: Kind, key: str, sentence: str, old: Any, new: Any) -> Change:
        return Change(self.part, kind, self.about, key, sentence, old, new, self.firm and key not in TEXTS)
