"""What an article is made of, before it is HTML or Markdown. Texts are plain: whoever writes them out escapes them."""

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


class Entry(Struct, frozen=True):
    """An item: its number and text, how it is marked (a question, an action), what is said, and rows of what holds."""

    number: str
    text: str
    kind: str
    say: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The answers with what each does besides."""
    final: bool = False
    """Whether it ends something for good."""


class Table(Struct, frozen=True):
    """Rows under a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Points(Struct, frozen=True):
    """A list of points, each with its name (or none)."""

    points: tuple[tuple[str, str], ...]


class Form(Struct, frozen=True):
    """A text that is copied as it stands, line by line."""

    lines: tuple[str, ...]


class Flow(Struct, frozen=True):
    """The call flow, as a picture."""

    procedure: Procedure


Block: TypeAlias = Heading | Text | Warn | Entry | Table | Points | Form | Flow


class Article(Struct, frozen=True):
    """The whole: title, what stands under it, and the blocks."""

    title: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
