"""An article as Markdown, with its call flow as Mermaid; every text is escaped."""

from __future__ import annotations

import re
from functools import singledispatch
from typing import Final

from oxtui.playbook.article.blocks import Article, Block, Entry, Flow, Form, Heading, Points, Table, Text, Warn
from oxtui.playbook.article.picture import mermaid

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>|#~&$])")
_BEGINS: Final = re.compile(r"^(\d*)([-+=]|(?<=\d)[.)])")


def markdown(article: Article) -> str:
    """The whole text."""
    facts = "\n".join(f"- {escaped(name)}: {escaped(text)}" for name, text in article.facts)
    parts = [f"# {escaped(article.title)}", facts, *map(written, article.blocks)]
    return "\n\n".join(parts) + "\n\n---\n\nRead and approved: ________________  Date: ____________\n"


def escaped(text: str) -> str:
    """A text in which nothing means anything to Markdown."""
    text = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    return _BEGINS.sub(r"\1\\\2", text)


@singledispatch
def written(block: Block) -> str:
    """A block as Markdown."""
    raise TypeError(type(block))


@written.register
def _(block: Heading) -> str:
    note = f"\n\n*{escaped(block.note)}*" if block.note else ""
    return f"{'#' * (block.level + 1)} {escaped(block.text)}{note}"


@written.register
def _(block: Text) -> str:
    return escaped(block.text)


@written.register
def _(block: Warn) -> str:
    note = f" *({escaped(block.note)})*" if block.note else ""
    return f"> **NB** {escaped(block.text)}{note}"


@written.register
def _(block: Entry) -> str:
    lines = [f"**{block.number} {escaped(block.text)}** ({escaped(block.kind)})"]
    lines += [f"- Say: *{escaped(block.say)}*"] if block.say else []
    for text, notes in block.answers:
        said = escaped("; ".join(notes))
        lines.append(f"- Answer: {escaped(text)}{f' ({said})' if said else ''}")
    lines += [f"- {escaped(name)}: {escaped(text)}" for name, text in block.rows]
    return "\n".join([lines[0], "", *lines[1:]]) if lines[1:] else lines[0]


@written.register
def _(block: Table) -> str:
    rows = [tuple(map(escaped, row)) for row in (block.head, *block.rows)]
    rows.insert(1, ("---",) * len(block.head))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@written.register
def _(block: Points) -> str:
    return "\n".join(f"- {f'{escaped(name)}: ' if name else ''}{escaped(text)}" for name, text in block.points)


@written.register
def _(block: Form) -> str:
    longest = max((len(found) for line in block.lines for found in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence, *block.lines, fence])


@written.register
def _(block: Flow) -> str:
    return f"```mermaid\n{mermaid(block.procedure)}\n```"
