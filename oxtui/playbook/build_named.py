"""What is put together from several places: named conditions, and items that are the same in two scenarios."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from oxtui.playbook.conditions import Condition, parse_condition
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.order import derive
from oxtui.playbook.reading import Fields, Path, check_id

_NAME: Final = re.compile(r"(?<![=|a-z0-9-])[a-z0-9][a-z0-9-]*(?![a-z0-9-]|\s*=)")
"""Where a name may stand alone in a condition: it may be that of another condition."""


def read_named(fields: Fields) -> Mapping[str, Condition]:
    """The playbook's named conditions, each with those that it names put in; a circle is a problem."""
    texts: dict[str, tuple[str, Path]] = {}
    for name, value, path in fields.named("conditions"):
        check_id(fields.problems, path, name)
        if isinstance(value, str) and value:
            texts[name] = (value, path)
        else:
            fields.problems.say(path, f"the condition '{name}' is written as a text")
    found: dict[str, Condition] = {}
    for name in texts:
        _resolve(fields, name, texts, found, ())
    return found


def _resolve(
    fields: Fields,
    name: str,
    texts: Mapping[str, tuple[str, Path]],
    found: dict[str, Condition],
    way: tuple[str, ...],
) -> None:
    if name in found:
        return
    text, path = texts[name]
    if name in way:
        circle = (*way[way.index(name) :], name)
        fields.problems.say(path, f"the conditions go in a circle: {', '.join(map(repr, circle))}")
        found[name] = Condition()
        return
    for other in dict.fromkeys(_NAME.findall(text)):
        if other in texts:
            _resolve(fields, other, texts, found, (*way, name))
    if name in found:
        return
    try:
        found[name] = parse_condition(text, found)
    except ValueError as error:
        fields.problems.say(path, f"the condition '{name}' cannot be read: {error}")
        found[name] = Condition()


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
