"""Explain YAML syntax errors to people who have never read the YAML standard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from oxtui.text import clean

if TYPE_CHECKING:
    import yaml

_SPACE: Final = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_UNSEEN: Final = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
ODD_SPACE: Final = re.compile(f"[{_SPACE}]")
NO_BREAK_SPACE: Final = "a no-break space stands here, or another odd one, as some programs paste it; type a plain one"
CURLY: Final = 'typographic quotes (“ ”) stand around this text: type plain ones ("), or leave them out'
CUT_OFF: Final = "what follows ' #' is a remark and is not read; where it belongs to the text, put the whole in quotes"
NO_BREAK: Final = re.compile(rf"^\s*[{_SPACE}]|^\s*(?:- )*(?:[\w-]+:|-)[{_SPACE}{_UNSEEN}]")
_QUOTED_PART: Final = re.compile(r"""(?:^|: |- )\s*(?:"[^"]*"|'[^']*')\s*[^\s,:#}\]]""")
_NOT_CLOSED: Final = re.compile(r"""(?:^|[:\-\[{,])\s+(?:"[^"]*|'[^']*)$""")
_IN_CURLY: Final = re.compile("[“”„«‘].*[“”»’]")
_KEY: Final = r"^\s*(?:- )*([A-Za-z][\w-]*)"
_WIDE_COLON: Final = _KEY + r"\s*："
_ANOTHER_COLON: Final = "the colon after '{0}' is another sign: type ': '"

_PLAINLY: Final = (
    ("found character that cannot start any token", "this character needs quotes around the text"),
    ("mapping values are not allowed", "a text that holds ': ' needs quotes, or the line is indented wrongly"),
    ("did not find expected key", "this line is indented differently from the lines it belongs to"),
    ("did not find expected '-' indicator", "this line is indented differently from the list it belongs to"),
    ("did not find expected ',' or ']'", "a list in [ ] is not closed, or lacks a comma"),
    ("did not find expected ',' or '}'", "a mapping in { } is not closed, or lacks a comma"),
    ("found unexpected end of stream", "a quoted text is not closed"),
    ("could not find expected ':'", "this line lacks a ': ' after its key"),
    ("did not find expected alphabetic or numeric", "a text that begins with * or & needs quotes"),
    ("while scanning", "this cannot be read"),
)
_CONDITION: Final = r"\s*(?:- )*(?:when|where|after|before): ([a-z0-9-]+): ([a-z0-9-]+)\s*$"
_LIST_SIGNS: Final = (
    (r"^\s*-(?=[A-Za-z])", "a blank is missing after the '-' of a list"),
    (r"^\s*[*•·+]\s", "an entry of a list begins with '- ', not with another sign"),
    (r"^\s*[–—]\s", "an entry of a list begins with a plain '- '; this is a longer dash"),
)
_AFTER_KEY: Final = (
    (_KEY + r":(?=[^\s:])", "a blank is missing after '{0}:'"),
    (_WIDE_COLON, _ANOTHER_COLON),
    (_KEY + r"\s*=", "'{0}' is followed by '=': a key is followed by ': '"),
)


def explained(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Return the line and the explanation of a syntax error."""
    problem = str(error.problem or error)
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.split("\n")
    opened = error.context_mark.line + 1 if error.context_mark else line

    def at(number: int) -> str:
        return lines[number - 1] if 0 < number <= len(lines) else ""

    here = at(line)
    if here[: len(here) - len(here.lstrip())].count("\t"):
        return line, "a tab cannot indent a line; use spaces"
    # The parser may notice an error one line late.
    for number in (line, line - 1):
        if NO_BREAK.search(at(number)):
            return number, NO_BREAK_SPACE
    if _QUOTED_PART.search(here):
        return line, "a quoted text ends before its line does: put the whole text in quotes, or none of it"
    if _IN_CURLY.search(here) and ": " in here:
        return line, CURLY
    for number in dict.fromkeys((line, opened, line - 1)):
        for pattern, words in _LIST_SIGNS:
            if re.match(pattern, at(number)):
                return number, f"cannot be read: {words}"
    if problem.startswith("could not find expected ':'"):
        for number in dict.fromkeys((opened, line, line - 1)):
            for pattern, words in _AFTER_KEY:
                if found := re.match(pattern, at(number)):
                    return number, f"cannot be read: {words.format(found[1])}"
        if re.match(_KEY, at(opened)):
            line = opened
    if (start := _not_closed(lines, line)) and "not find expected key" in problem:
        return start, "cannot be read: the quoted text that begins here is not closed"
    if problem.startswith("mapping values"):
        if found := re.match(_WIDE_COLON, at(line - 1)):
            return line - 1, f"cannot be read: {_ANOTHER_COLON.format(found[1])}"
        if found := re.match(_CONDITION, here):
            return line, f"cannot be read: a condition is written item=answer: {found[1]}={found[2]}"
        above = re.match(r"^(\s*)([\w-]+): \S", at(line - 1))
        if above and len(here) - len(here.lstrip()) > len(above[1]):
            return line, f"cannot be read: too far indented: '{above[2]}' above it has its value already"
    plain = next((words for start, words in _PLAINLY if problem.startswith(start)), "")
    if "not closed" in plain and error.context_mark:
        line = opened
    return min(line, len(lines)), f"cannot be read: {plain or clean(problem)}"


def _not_closed(lines: list[str], line: int) -> int:
    """Return the nearest line up to `line` with an unclosed quote, or 0."""
    for number in range(min(line, len(lines)), max(0, line - 40), -1):
        if _NOT_CLOSED.search(lines[number - 1]):
            return number
    return 0


def not_text(raw: bytes, at: int) -> str:
    """Explain a file that is not UTF-8 from the byte `at`."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "the file is UTF-16 (Notepad calls it Unicode), not UTF-8 text; save it as UTF-8"
    sign = raw[at : at + 1].decode("cp1252", "replace")
    looks = f"; it looks like Windows-1252, where this is '{sign}'" if sign.isprintable() and sign != "\ufffd" else ""
    return f"the file is not UTF-8 text{looks}: save it as UTF-8"


def is_document(raw: bytes) -> str:
    """Return a message for a file in the format of another program, or ""."""
    if raw.startswith((b"PK\x03\x04", b"{\\rtf", b"%PDF", b"\xd0\xcf\x11\xe0")):
        return "this is a document of another program, no plain text: save it as text"
    return ""
