"""Reading the plans strictly: plain data of any kind becomes texts, prices and days, or problems with their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from oxtui.playbook.reading import did_you_mean, shown

Path = tuple[str | int, ...]
Problems = list[tuple[Path, str]]
Map = dict[Any, Any]


class PlanReader:
    """Reads plain data strictly: what is wrong is collected, and a harmless value stands in for it."""

    def __init__(self) -> None:
        self.problems: Problems = []

    def say(self, path: Path, message: str) -> None:
        self.problems.append((path, message))

    def mapping(self, data: Any, path: Path, keys: Sequence[str], optional: Sequence[str] = ()) -> Map:
        if not isinstance(data, dict):
            self.say(path, f"keys are expected here: {', '.join(keys)}")
            return {}
        for key in data:
            if key not in keys and key not in optional:
                self.say((*path, key), f"unknown key '{key}'{did_you_mean(str(key), [*keys, *optional])}")
        for key in keys:
            if key not in data:
                self.say(path, f"'{key}' is missing")
        return data

    def items(self, got: Map, key: str, path: Path, least: int = 0) -> list[tuple[Any, Path]]:
        data = got.get(key, [])
        if not isinstance(data, list) or (key in got and len(data) < least):
            self.say((*path, key), f"'{key}' must be a list" + (" that is not empty" if least else ""))
            return []
        return [(each, (*path, key, number)) for number, each in enumerate(data)]

    def text(self, got: Map, key: str | int, path: Path, form: str = r"\S.*", what: str = "text") -> str:
        value = got.get(key, "")
        fits = isinstance(value, str) and bool(re.fullmatch(form, value))
        if key in got and not fits:
            self.say((*path, key), f"'{key}' must be {what}, not {_given(value)}")
        return value if fits else ""

    def id(self, got: Map, key: str, path: Path) -> str:
        return self.text(got, key, path, "[A-Za-z0-9]+(-[A-Za-z0-9]+)*", "an id (letters, digits and '-')")

    def price(self, got: Map, key: str, path: Path) -> Decimal:
        what = 'a quoted price above zero with two decimals, such as "70.79"'
        text = self.text(got, key, path, r"(?!0\.00)(0|[1-9][0-9]{0,5})\.[0-9]{2}", what)
        return Decimal(text or "0.01")

    def day(self, got: Map, key: str, path: Path) -> date:
        text = self.text(got, key, path, "[0-9]{4}(-[0-9]{2}){2}", 'a quoted date, such as "2027-07-01"')
        try:
            return date.fromisoformat(text) if text else date.max
        except ValueError:
            self.say((*path, key), f"there is no date {text}")
            return date.max

    def choice(self, got: Map, key: str | int, path: Path, known: Sequence[str]) -> str:
        value = got.get(key, "")
        if key in got and value not in known:
            wrong = f"not {_given(value)}{did_you_mean(str(value), known)}"
            self.say((*path, key), f"'{key}' must be one of {', '.join(known)}, {wrong}")
        return value if isinstance(value, str) else ""

    def texts(self, got: Map, key: str, path: Path, known: Sequence[str] = ()) -> tuple[str, ...]:
        rows = [({at[-1]: each}, at[-1], at[:-1]) for each, at in self.items(got, key, path)]
        return tuple(self.choice(*row, known) if known else self.text(*row) for row in rows)

    def template(self, got: Map, key: str, path: Path, fields: Sequence[str]) -> str:
        text = self.text(got, key, path)
        for name in sorted({*re.findall(r"\{([^{}]*)\}", text)} - {*fields}):
            self.say((*path, key), f"unknown field '{{{name}}}'{did_you_mean(name, fields)}")
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
            self.say((*path, key), "a brace is left open")
        return text

    def unique(self, *lists: tuple[Path, list[str]]) -> None:
        seen: set[str] = set()
        for path, ids in lists:
            for number, each in enumerate(ids):
                if each and each in seen:
                    self.say((*path, number, "id"), f"the id '{each}' is given twice")
                seen.add(each)


def _given(value: Any) -> str:
    return shown(value if isinstance(value, list | dict) else str(value))
