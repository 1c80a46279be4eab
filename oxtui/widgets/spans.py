"""How text is set: spans with a role, laid out to a width in terminal cells. Text only; colours are the theme's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from oxtui.text import cells, clip

Span: TypeAlias = tuple[str, str]
"""A piece of text and its role.

text · strong (headings, values) · quiet (what is known) · accent, key, chip (where the hands are) · nb, nb-chip, due
(warnings) · done · trouble, alarm, missing (wrong) · locked (waits for something) · line.
"""
Line: TypeAlias = tuple[Span, ...]


def width_of(line: Iterable[Span]) -> int:
    """The width of a line in cells."""
    return sum(cells(text) for text, _ in line)


def cut(line: Iterable[Span], width: int, sign: str = "…") -> Line:
    """`line` cut to `width` cells, with a sign where something is left out."""
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
            # the next span may still follow: then this one has to make room for the sign
            piece = clip(text + " ", left, sign) if span == left else clip(text, left, sign)
            out.append((piece, role))
            left = 0
    return tuple(out)


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """`left` and `right` at the two ends of `width` cells; the left one is cut first."""
    room = width_of(right)
    if room + 8 > width:
        right = cut(right, max(0, width - min(8, width // 2) - 1))
        room = width_of(right)
    start = cut(left, max(0, width - room - (1 if room else 0)))
    gap = max(0, width - width_of(start) - room)
    return (*start, (" " * gap, "text"), *right)


def wrap(spans: Iterable[Span], width: int, indent: int = 0) -> list[Line]:
    """`spans` broken between words into lines of at most `width` cells; later lines begin after `indent` blanks."""
    lines: list[Line] = []
    current: list[Span] = []
    used = 0
    width = max(4, width)
    indent = min(indent, width // 2)  # in a sliver of a pane the text goes before its indent
    for text, role in spans:
        for place, part in enumerate(text.split("\n")):
            if place:
                lines.append(tuple(current))
                current, used = [(" " * indent, "text")] if indent else [], indent
            for word in _words(part):
                span = _room_of(word, width)
                if used + _room_of(word.rstrip(), width) > width and used > indent:
                    lines.append(tuple(current))
                    current, used = [(" " * indent, "text")] if indent else [], indent
                    if not word.strip():
                        continue
                while span > width - used and _room_of(word.rstrip(), width) > width - used:
                    piece = _head(word, width - used)
                    lines.append((*current, (piece, role)))
                    current, used = [(" " * indent, "text")] if indent else [], indent
                    word = word[len(piece) :]
                    span = _room_of(word, width)
                current.append((word, role))
                used += span
    if current or not lines:
        lines.append(tuple(current))
    return [_merged(line) for line in lines]


def _words(text: str) -> list[str]:
    """Words with the blanks that follow them, so that joining them gives `text` again."""
    out: list[str] = []
    word = ""
    for char in text:
        if word.endswith(" ") and char != " ":
            out.append(word)
            word = ""
        word += char
    return [*out, word] if word else out


def _room_of(word: str, width: int) -> int:
    """The cells of a word; of one that is far too long for `width`, only that it is: a pasted page is one word."""
    return cells(word if len(word) <= 20 * width else word[: 20 * width])


def _head(word: str, width: int) -> str:
    used = 0
    for place, char in enumerate(word):
        used += cells(char)
        if used > width:
            return word[: max(1, place)]
    return word


def _merged(line: Line) -> Line:
    out: list[Span] = []
    for text, role in line:
        if out and out[-1][1] == role:
            out[-1] = (out[-1][0] + text, role)
        else:
            out.append((text, role))
    if out:
        out[-1] = (out[-1][0].rstrip(), out[-1][1])
    return tuple(out)


def bar(done: int, total: int, width: int, full: str = "━", rest: str = "━") -> Line:
    """A progress bar of `width` cells."""
    filled = round(width * done / total) if total else 0
    if done and not filled:
        filled = 1
    if done < total and filled == width:
        filled = width - 1
    return ((full * filled, "done"), (rest * (width - filled), "line"))
