"""What is put together from several places: named conditions, and items that are the same in two scenarios."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from oxtui.playbook.conditions import Condition
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.order import derive
from oxtui.playbook.reader.walker import Problems

_NAME: Final = re.compile(r"(?<![=|a-z0-9-])[a-z0-9][a-z0-9-]*(?![a-z0-9-]|\s*=)")
"""Where a name may stand alone in a condition: it may be that of another condition."""


def read_named(problems: Problems, written: object) -> Mapping[str, Condition]:
    """The playbook's named conditions, each with those that it names put in; a circle is a problem."""
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


def with_same(scenarios: Mapping[int, Scenario]) -> dict[int, Scenario]:
    """`scenarios` with `same_as` filled in on both sides; one that leads nowhere is left as it stands."""
    same: dict[tuple[int, str], dict[int, str]] = {}
    for number, scenario in scenarios.items():
        for item in scenario.by_id.values():
            for other, name in item.same_as:
                same.setdefault((number, item.id), {})[other] = name
                if other in scenarios and name in scenarios[other].by_id:
                    same.setdefault((other, name), {}).setdefault(number, item.id)
    return {
        number: _with_same(scenario, {name: kept for (there, name), kept in same.items() if there == number})
        for number, scenario in scenarios.items()
    }


def _with_same(scenario: Scenario, same: Mapping[str, Mapping[int, str]]) -> Scenario:
    def filled(item: Item) -> Item:
        wanted = tuple(sorted(same.get(item.id, {}).items()))
        return item if wanted == item.same_as else replace(item, same_as=wanted)

    if all(filled(item) is item for item in scenario.by_id.values()):
        return scenario
    steps = tuple(replace(step, items=tuple(map(filled, step.items))) for step in scenario.steps)
    return derive(replace(scenario, steps=steps))
