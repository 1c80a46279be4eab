"""An article as one HTML file that needs nothing else; every text is escaped."""

from __future__ import annotations

from functools import singledispatch
from html import escape
from pathlib import Path
from typing import Final

from oxtui.playbook.article.blocks import Article, Block, Entry, Flow, Form, Heading, Points, Table, Text, Warn
from oxtui.playbook.article.picture import svg


def html(article: Article) -> str:
    """The whole page."""
    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    parts: list[str] = []
    contents: list[str] = []
    for block in article.blocks:
        if isinstance(block, Heading) and block.level == 1:
            contents.append(f'<li><a href="#part-{len(contents)}">{escape(block.text)}</a></li>')
            parts.append(_heading(block, f' id="part-{len(contents) - 1}"'))
        else:
            parts.append(written(block))
    facts = "".join(f"<dt>{escape(name)}</dt><dd{_mono(name)}>{escape(text)}</dd>" for name, text in article.facts)
    title = escape(article.title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>\n{style}</style></head><body>\n<h1>{title}</h1>\n<dl>{facts}</dl>\n"
        f"<nav><ul>{''.join(contents)}</ul></nav>\n{chr(10).join(parts)}\n"
        f'<div class="sign"><div>Read and approved</div><div>Date</div><div>Signature</div></div>\n</body></html>\n'
    )


def _mono(name: str) -> str:
    return ' class="digest"' if name.startswith("Digest") else ""


def _heading(block: Heading, more: str = "") -> str:
    note = f"<small>{escape(block.note)}</small>" if block.note else ""
    return f"<h{block.level + 1}{more}>{escape(block.text)}{note}</h{block.level + 1}>"


_SHORT: Final = 8
"""Characters of a cell up to which it is not broken into lines."""


@singledispatch
def written(block: Block) -> str:
    """A block as HTML."""
    raise TypeError(type(block))


written.register(Heading)(_heading)


@written.register
def _(block: Text) -> str:
    return f"<p>{escape(block.text)}</p>"


@written.register
def _(block: Warn) -> str:
    note = f"<small>{escape(block.note)}</small>" if block.note else ""
    return f'<div class="nb{" danger" if block.danger else ""}"><b>NB</b> {escape(block.text)}{note}</div>'


@written.register
def _(block: Entry) -> str:
    say = f'<p class="say">{escape(block.say)}</p>' if block.say else ""
    plain = not any(notes for _, notes in block.answers)
    answers = "" if plain else "".join(_answer(text, "; ".join(notes)) for text, notes in block.answers)
    short = [("Answers", " / ".join(text for text, _ in block.answers))] if plain and block.answers else []
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in (*short, *block.rows))
    return (
        f'<div class="item{" final" if block.final else ""}"><span class="no">{escape(block.number)}</span>'
        f'<span class="what">{escape(block.text)}</span><span class="kind">{escape(block.kind)}</span>{say}'
        f"{f'<ul>{answers}</ul>' if answers else ''}{f'<dl>{rows}</dl>' if rows else ''}</div>"
    )


def _answer(text: str, notes: str) -> str:
    return f"<li>{escape(text)}{f' <small>{escape(notes)}</small>' if notes else ''}</li>"


@written.register
def _(block: Table) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in block.head)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in block.rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cell(text: str) -> str:
    number = text.replace(".", "", 1).isdecimal() and "." in text
    kind = ' class="number"' if number else ' class="short"' if len(text) <= _SHORT else ""
    return f"<td{kind}>{escape(text)}</td>"


@written.register
def _(block: Points) -> str:
    if all(name for name, _ in block.points):
        return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in block.points)}</dl>"
    lines = (f"{name}: {text}" if name else text for name, text in block.points)
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


@written.register
def _(block: Form) -> str:
    return f"<pre>{escape(chr(10).join(block.lines))}</pre>"


@written.register
def _(block: Flow) -> str:
    return svg(block.procedure)
