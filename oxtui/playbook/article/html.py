"""Write an article as a self-contained HTML page; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from oxtui.playbook.article.blocks import Article, Block, Flow, Form, Heading, ItemBlock, Points, Table, Text, Warn
from oxtui.playbook.article.picture import svg


def html(article: Article) -> str:
    """Return the page."""
    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    parts: list[str] = []
    contents: list[str] = []
    for block in article.blocks:
        if isinstance(block, Heading) and block.level == 1:
            contents.append(f'<li><a href="#part-{len(contents)}">{escape(block.text)}</a></li>')
            parts.append(rendered(block).replace("<h2", f'<h2 id="part-{len(contents) - 1}"', 1))
        else:
            parts.append(rendered(block))
    title = escape(article.title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>\n{style}</style></head><body>\n<h1>{title}</h1>\n{_pairs(article.facts)}\n"
        f"<nav><ul>{''.join(contents)}</ul></nav>\n{chr(10).join(parts)}\n"
        f'<div class="sign"><div>Read and approved</div><div>Date</div><div>Signature</div></div>\n</body></html>\n'
    )


_SHORT: Final = 8
"""The longest text of a cell, in characters, that is never wrapped."""


def rendered(block: Block) -> str:
    """Return a block as HTML."""
    match block:
        case Heading(level, text, note):
            return f"<h{level + 1}>{escape(text)}{_small(note)}</h{level + 1}>"
        case Text(text):
            return f"<p>{escape(text)}</p>"
        case Warn(text, note, danger):
            return f'<div class="nb{" danger" if danger else ""}"><b>NB</b> {escape(text)}{_small(note)}</div>'
        case ItemBlock():
            return _item(block)
        case Table(head, rows):
            top = "".join(f"<th>{escape(each)}</th>" for each in head)
            body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
            return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
        case Points(points):
            if all(name for name, _ in points):
                return _pairs(points)
            lines = (f"{name}: {text}" if name else text for name, text in points)
            return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
        case Form(texts):
            return f"<pre>{escape(chr(10).join(texts))}</pre>"
        case Flow(procedure):
            return svg(procedure)


def _small(note: str) -> str:
    return f"<small>{escape(note)}</small>" if note else ""


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    """Return a definition list; a digest is set smaller."""
    kinds = (' class="digest"' if name.startswith("Digest") else "" for name, _ in pairs)
    rows = (
        f"<dt>{escape(name)}</dt><dd{kind}>{escape(text)}</dd>" for (name, text), kind in zip(pairs, kinds, strict=True)
    )
    return f"<dl>{''.join(rows)}</dl>"


def _item(block: ItemBlock) -> str:
    say = f'<p class="say">{escape(block.say)}</p>' if block.say else ""
    answers, rows = "", block.rows
    if any(notes for _, notes in block.answers):
        found = ((text, f" {_small('; '.join(notes))}" if notes else "") for text, notes in block.answers)
        answers = f"<ul>{''.join(f'<li>{escape(text)}{small}</li>' for text, small in found)}</ul>"
    elif block.answers:
        rows = (("Answers", " / ".join(text for text, _ in block.answers)), *rows)
    return (
        f'<div class="item{" final" if block.final else ""}"><span class="no">{escape(block.number)}</span>'
        f'<span class="what">{escape(block.text)}</span><span class="kind">{escape(block.kind)}</span>{say}'
        f"{answers}{_pairs(rows) if rows else ''}</div>"
    )


def _cell(text: str) -> str:
    number = text.replace(".", "", 1).isdecimal() and "." in text
    kind = ' class="number"' if number else ' class="short"' if len(text) <= _SHORT else ""
    return f"<td{kind}>{escape(text)}</td>"
