"""The blocks of an article before it is HTML or Markdown; their texts are not escaped yet."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from oxtui.playbook.model import Procedure


class Heading(Struct, frozen=True):
    """A heading; level 1 is a part of the article."""

    level: int
    text: str
    note: str = ""


class Text(Struct, frozen=True):
    """A paragraph."""

    text: str


class Warn(Struct, frozen=True):
    """An NB, before the item that it is about."""

    text: str
    note: str = ""
    danger: bool = False


class ItemBlock(Struct, frozen=True):
    """An item: its number, text and kind, the sentence to say, and rows of label and text."""

    number: str
    text: str
    kind: str
    say: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The answers, each with its notes."""
    final: bool = False
    """Whether it is irreversible."""


class Table(Struct, frozen=True):
    """Rows under a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Points(Struct, frozen=True):
    """A list of points, each with its name (or none)."""

    points: tuple[tuple[str, str], ...]


class Form(Struct, frozen=True):
    """A preformatted text, line by line."""

    lines: tuple[str, ...]


class Flow(Struct, frozen=True):
    """The call flow, as a picture."""

    procedure: Procedure


Block: TypeAlias = Heading | Text | Warn | ItemBlock | Table | Points | Form | Flow


class Article(Struct, frozen=True):
    """A whole article: title, facts under it, and blocks."""

    title: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
