"""The named conditions of a playbook, which may name one another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from oxtui.playbook.conditions import Condition
from oxtui.playbook.schema.walker import Problems

_NAME: Final = re.compile(r"(?<![=|a-z0-9-])[a-z0-9][a-z0-9-]*(?![a-z0-9-]|\s*=)")
"""A name without an answer, which may be that of another condition."""


def read_named(problems: Problems, written: object) -> Mapping[str, Condition]:
    """Return the playbook's named conditions with the names in them resolved; a cycle is a problem."""
    texts = {name: text for name, text in (written.items() if isinstance(written, dict) else ())
             if isinstance(text, str) and text}  # fmt: skip
    found: dict[str, Condition] = {}
    problems.named = found
    for name in texts:
        _resolve(problems, name, texts, found, ())
    return found


def _resolve(
    problems: Problems, name: str, texts: Mapping[str, str], found: dict[str, Condition], way: tuple[str, ...]
) -> None:
    if name in found:
        return
    path = ("conditions", name)
    if name in way:
        circle = (*way[way.index(name) :], name)
        problems.say(path, f"the conditions go in a circle: {', '.join(map(repr, circle))}")
        found[name] = Condition()
        return
    for other in dict.fromkeys(_NAME.findall(texts[name])):
        if other in texts:
            _resolve(problems, other, texts, found, (*way, name))
    if name not in found:
        found[name] = problems.condition(texts[name], path)
