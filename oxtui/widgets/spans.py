"""Text layout: spans of text with a role, cut, spread and wrapped to a width in terminal cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from oxtui.text import cells, clip
from oxtui.widgets.glyphs import Glyphs

Span: TypeAlias = tuple[str, str]
"""A piece of text and its role.

text, strong (headings, values), quiet (secondary), accent, key, chip (cursor and keys), nb, nb-chip, due (warnings),
done, trouble, alarm, missing (errors), locked (cannot be done yet), line. A theme has their colours.
"""
Line: TypeAlias = tuple[Span, ...]


def width_of(line: Iterable[Span]) -> int:
    """The width of a line in cells."""
    return sum(cells(text) for text, _ in line)


def cut(line: Iterable[Span], width: int, sign: str = "…") -> Line:
    """`line` cut to `width` cells, ending in `sign` if it was too long."""
    out: list[Span] = []
    left = width
    spans = list(line)
    if width_of(spans) <= width:
        return tuple(spans)
    for text, role in spans:
        if left <= 0:
            break
        span = cells(text)
        if span < left:
            out.append((text, role))
            left -= span
        else:
            # if the next span does not fit any more, this one makes room for the sign
            piece = clip(text + " ", left, sign) if span == left else clip(text, left, sign)
            out.append((piece, role))
            left = 0
    return tuple(out)


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """`left` and `right` at the two ends of `width` cells; `left` is cut first."""
    room = width_of(right)
    if room + 8 > width:
        right = cut(right, max(0, width - min(8, width // 2) - 1))
        room = width_of(right)
    start = cut(left, max(0, width - room - (1 if room else 0)))
    gap = max(0, width - width_of(start) - room)
    return (*start, (" " * gap, "text"), *right)


def wrap(spans: Iterable[Span], width: int, indent: int = 0) -> list[Line]:
    """`spans` wrapped into lines of at most `width` cells, the later ones indented by `indent` cells."""
    width = max(4, width)
    indent = min(indent, width // 2)
    margin: Line = ((" " * indent, "text"),) if indent else ()
    lines: list[list[Span]] = [[]]
    used = 0
    for text, role in spans:
        for place, part in enumerate(text.split("\n")):
            if place:
                lines.append([*margin])
                used = indent
            for word in _words(part):
                if used + _size(word.rstrip(), width) > width and used > indent:
                    lines.append([*margin])
                    used = indent
                    if not word.strip():
                        continue
                while _size(word.rstrip(), width) > width - used:
                    piece = clip(word, width - used, "") or word[0]
                    lines[-1].append((piece, role))
                    lines.append([*margin])
                    used = indent
                    word = word[len(piece) :]
                lines[-1].append((word, role))
                used += _size(word, width)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return [_merged(line) for line in lines]


def _words(text: str) -> list[str]:
    """The words of `text`, each with the blanks after it."""
    return re.findall(r"^ +|[^ ]+ *", text)


def _size(word: str, width: int) -> int:
    """The cells of a word, measuring no more than 20 lines of it: a pasted page may be a single word."""
    return cells(word[: 20 * width])


def _merged(line: Iterable[Span]) -> Line:
    """`line` with neighbouring spans of one role joined, and without blanks at its end."""
    out = [("".join(text for text, _ in run), role) for role, run in groupby(line, itemgetter(1))]
    if out:
        out[-1] = (out[-1][0].rstrip(), out[-1][1])
    return tuple(out)


def bar(done: int, total: int, glyphs: Glyphs) -> Line:
    """A progress bar of eight cells."""
    width = 8
    filled = round(width * done / total) if total else 0
    if done and not filled:
        filled = 1
    if done < total and filled == width:
        filled = width - 1
    return ((glyphs.bar * filled, "done"), (glyphs.bar_rest * (width - filled), "line"))
