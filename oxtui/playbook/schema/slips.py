"""Recognise typical mistakes of people new to playbooks, and suggest what to write."""

from __future__ import annotations

import re
from typing import Final

_LISTED: Final = re.compile(r"([a-z0-9-]+)\s*=\s*[\[({]\s*([a-z0-9-]+(?:\s*[,|]\s*[a-z0-9-]+)*)\s*[\])}]")
_SECOND: Final = re.compile(r"([a-z0-9-]+)\s*=\s*([a-z0-9-]+)\s+or\s+([a-z0-9-]+)\s*$")
_PAIR: Final = re.compile(r"([a-z0-9-]+)\s+(?:is|equals|eq)\s+(not\s+)?([a-z0-9-]+)")


def in_condition(text: str) -> str:
    """Suggest what to write instead of an invalid condition, or ""."""
    if match := _LISTED.search(text):
        return f"several answers are written {match[1]}={'|'.join(re.split(r'[ ,|]+', match[2]))}"
    if match := _PAIR.search(text):
        return f"write {'not ' if match[2] else ''}{match[1]}={match[3]}"
    if re.match(r"(?i)if\b", text) or re.search(r"(?i)\bthen\b", text):
        return "a condition stands alone, without 'if' and 'then'"
    if match := re.search(r"\b(AND|OR|NOT|And|Or|Not|ANY|ALL)\b", text):
        return f"'{match[1].lower()}' has small letters"
    if match := re.search(r"&&?|\+|\|\||\s\|\s|[,;]", text):
        return f"parts are joined by 'and' or 'or', not by '{match[0].strip()}'"
    if re.search(r"[\[\]{}]", text):
        return "the brackets of a condition are round: ( )"
    if re.search("[“”„‘’«»\"']", text):
        return "names in a condition have no quotes"
    if match := re.search(r"=\s*([A-Za-z0-9-]*[A-Z][A-Za-z0-9-]*)", text):
        return f"an answer is named by its id, in small letters: {match[1].lower()}"
    if re.search(r"[A-Z]", text) or re.fullmatch(r"(?!.*\b(?:and|or|not|any|all)\b)[a-z0-9-]+(?: [a-z0-9-]+)+", text):
        return "items are named by their id, not by their text"
    if match := re.search(r"[a-z0-9]_[a-z0-9]", text):
        return "ids have hyphens, not underscores"
    return ""


def as_condition(value: object) -> str:
    """Suggest a condition for a list or a mapping, or ""."""
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return f"write {' and '.join(value)}"
    if isinstance(value, dict) and value and all(isinstance(each, str) and each for each in value.values()):
        return f"write {' and '.join(f'{key}={each}' for key, each in value.items())}"
    return ""


def second_answer(text: str, unknown: str) -> str:
    """Suggest `a=x|y` for `a=x or y`, if `y` is the unknown item; else ""."""
    match = _SECOND.search(text)
    return f"{match[1]}={match[2]}|{match[3]}" if match and match[3] == unknown else ""


def as_list(value: object) -> str:
    """Suggest a list for a text."""
    if not isinstance(value, str) or not value:
        return "[...] or lines that begin with '-'"
    if re.match(r"-\S", value):
        return "a blank after each '-'"
    parts = [part.strip() for part in value.strip("()[]{} ").split(",")]
    return f"[{', '.join(part for part in parts if part)}]"


def as_id(text: str) -> str:
    """Return the id that a text makes: lower case, with `-` for anything else (`when-did-it-start`)."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
