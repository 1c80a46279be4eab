"""Write an article as Markdown, with its call flow as Mermaid; every text is escaped."""

from __future__ import annotations

import re
from typing import Final

from oxtui.playbook.article.blocks import Article, Block, Flow, Form, Heading, ItemBlock, Points, Table, Text, Warn
from oxtui.playbook.article.picture import mermaid

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>|#~&$])")
_BEGINS: Final = re.compile(r"^(\d*)([-+=]|(?<=\d)[.)])")


def markdown(article: Article) -> str:
    """Return the text."""
    facts = "\n".join(f"- {escaped(name)}: {escaped(text)}" for name, text in article.facts)
    parts = [f"# {escaped(article.title)}", facts, *map(rendered, article.blocks)]
    return "\n\n".join(parts) + "\n\n---\n\nRead and approved: ________________  Date: ____________\n"


def escaped(text: str) -> str:
    """Escape every sign with a meaning in Markdown."""
    text = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    return _BEGINS.sub(r"\1\\\2", text)


def rendered(block: Block) -> str:
    """Return a block as Markdown."""
    match block:
        case Heading(level, text, note):
            return f"{'#' * (level + 1)} {escaped(text)}" + (f"\n\n*{escaped(note)}*" if note else "")
        case Text(text):
            return escaped(text)
        case Warn(text, note):
            return f"> **NB** {escaped(text)}" + (f" *({escaped(note)})*" if note else "")
        case ItemBlock():
            return _item(block)
        case Table(head, rows):
            table = [tuple(map(escaped, row)) for row in (head, *rows)]
            table.insert(1, ("---",) * len(head))
            return "\n".join(f"| {' | '.join(row)} |" for row in table)
        case Points(points):
            return "\n".join(f"- {f'{escaped(name)}: ' if name else ''}{escaped(text)}" for name, text in points)
        case Form(lines):
            longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
            fence = "`" * max(3, longest + 1)
            return "\n".join([fence, *lines, fence])
        case Flow(procedure):
            return f"```mermaid\n{mermaid(procedure)}\n```"


def _item(block: ItemBlock) -> str:
    lines = [f"- Say: *{escaped(block.say)}*"] if block.say else []
    for text, notes in block.answers:
        lines.append(f"- Answer: {escaped(text)}" + (f" ({escaped('; '.join(notes))})" if notes else ""))
    lines += [f"- {escaped(name)}: {escaped(text)}" for name, text in block.rows]
    title = f"**{block.number} {escaped(block.text)}** ({escaped(block.kind)})"
    return "\n".join([title, "", *lines]) if lines else title
