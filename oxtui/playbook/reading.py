"""Reads plain values (strings, lists, mappings) strictly: what is wrong is collected with its path.

A harmless value stands in for what cannot be read, so that one look finds every problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from oxtui.playbook.conditions import Condition, parse_condition

Path: TypeAlias = tuple[str | int, ...]

ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MOST_SUGGESTIONS: Final = 200
_TIME: Final = re.compile(r"([1-9][0-9]{0,2})([dh])")
_WORDS: Final = frozenset({"and", "or", "true", "false"})


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the nearest of `known`, or nothing; in any case of letters."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(given.lower()[:80], by_lower, 1, 0.6)
    return f" (did you mean '{by_lower[near[0]]}'?)" if near else ""


def shown(value: object) -> str:
    """A value as it stands in a message: short, and never a whole list."""
    if isinstance(value, str):
        return f"'{value if len(value) <= 40 else value[:39] + '…'}'" if value else "nothing"
    return "a list" if isinstance(value, list) else "keys and values"


class Problems:
    """The problems found so far; `lost` once something with an id could not be read at all."""

    def __init__(self) -> None:
        self.found: dict[tuple[Path, str], None] = {}
        self.lost = False
        self.named: Mapping[str, Condition] = {}
        """The playbook's named conditions: they may stand in any other."""

    def say(self, path: Path, message: str) -> None:
        self.found[path, message] = None

    def suggestion(self, given: str, known: Iterable[str]) -> str:
        """As `did_you_mean`, while there are few problems: nobody reads the rest, and it takes its time."""
        return did_you_mean(given, known) if len(self.found) < _MOST_SUGGESTIONS else ""

    def unknown(self, path: Path, what: str, given: str, known: Iterable[str]) -> None:
        """There is no `what` called `given`; names the nearest one."""
        self.say(path, f"there is no {what} {shown(given)}{self.suggestion(given, known)}")


class Fields:
    """One mapping whose keys are known; `what` names it in messages ("an item")."""

    __slots__ = ("data", "path", "problems", "what")

    def __init__(self, problems: Problems, data: object, path: Path, what: str, known: frozenset[str]) -> None:
        self.problems = problems
        self.path = path
        self.what = what
        self.data: Mapping[str, Any] = {}
        if not isinstance(data, dict):
            problems.say(path, f"{what} is written as keys and values, not as {_form(data)}")
            return
        self.data = data
        for key in data:
            if key not in known:
                problems.say((*path, key), f"{shown(key)} is not a key of {what}{problems.suggestion(key, known)}")

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def say(self, key: str, message: str) -> None:
        """A problem at the line of `key`, or of the mapping where the key is not there."""
        self.problems.say((*self.path, key) if key in self.data else self.path, message)

    def at(self, key: str) -> Path:
        return (*self.path, key)

    def need(self, *keys: str) -> None:
        """Each of `keys` has to be there."""
        for key in keys:
            if key not in self.data:
                self.problems.say(self.path, f"{self.what} needs '{key}'")

    def text(self, key: str, default: str = "", *, empty: bool = False) -> str:
        """The text of `key`; an empty one is a problem unless `empty`."""
        if key not in self.data:
            return default
        value = self.data[key]
        if isinstance(value, str) and (value or empty):
            return value
        self.say(key, f"'{key}' is a text, not {shown(value)}")
        return default

    def identity(self) -> str:
        """The id; where there is none that can be used, later checks of references would mislead."""
        value = self.data.get("id", "")
        if not isinstance(value, str) or not value:
            self.problems.lost = True
            self.say("id", f"{self.what} needs 'id'")
            return ""
        check_id(self.problems, self.at("id"), value)
        return value

    def flag(self, key: str) -> bool:
        value = self.data.get(key, "false")
        if value not in ("true", "false"):
            self.say(key, f"'{key}' is true or false, not {shown(value)}")
        return bool(value == "true")

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        if key not in self.data:
            return default
        value = self.data[key]
        # Ten digits at most: a longer one is out of every range here, and int() of thousands is slow.
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value) and least <= int(value) <= most:
            return int(value)
        self.say(key, f"'{key}' is a whole number from {least} to {most}, not {shown(value)}")
        return default

    def choice(self, key: str, options: tuple[str, ...], default: str) -> str:
        if key not in self.data:
            return default
        value = self.data[key]
        if isinstance(value, str) and value in options:
            return value
        near = did_you_mean(value, options) if isinstance(value, str) else ""
        self.say(key, f"'{key}' is one of {', '.join(options)}, not {shown(value)}{near}")
        return default

    def texts(self, key: str, *, unique: bool = True) -> tuple[str, ...]:
        """A list of texts, none empty; no text twice where `unique`."""
        found: list[str] = []
        seen: set[str] = set()
        for value, path in self.each(key):
            if not isinstance(value, str) or not value:
                self.problems.say(path, f"'{key}' is a list of texts; {shown(value)} is not one")
            elif unique and value in seen:
                self.problems.say(path, f"{shown(value)} stands twice in '{key}'")
            else:
                found.append(value)
                seen.add(value)
        return tuple(found)

    def each(self, key: str, *, needed: bool = False) -> Iterator[tuple[Any, Path]]:
        """The values of a list with their paths; where `needed`, an absent or empty one is a problem."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            form = f"[{value}]" if isinstance(value, str) and value else "[...] or lines that begin with '-'"
            self.say(key, f"'{key}' is a list: write {form}")
            return
        if needed and not value:
            self.say(key, f"{self.what} needs '{key}'" + (" and it is empty" if key in self.data else ""))
        for index, each in enumerate(value):
            yield each, (*self.path, key, index)

    def named(self, key: str, *, needed: bool = False) -> Iterator[tuple[str, Any, Path]]:
        """The entries of a mapping from ids to values, with their paths."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.say(key, f"'{key}' is written as 'id: ...' lines, not as {_form(value)}")
            self.problems.lost = True
            return
        if needed and not value:
            self.say(key, f"{self.what} needs '{key}'" + (" and it is empty" if key in self.data else ""))
        for name, each in value.items():
            yield name, each, (*self.path, key, name)

    def condition(self, key: str) -> Condition:
        """The condition of `key`; the one that always holds where there is none."""
        text = self.text(key)
        try:
            return parse_condition(text, self.problems.named) if text else Condition()
        except ValueError as error:
            self.say(key, f"'{key}' cannot be read: {error}")
            return Condition()

    def conditions(self, key: str) -> tuple[Condition, ...]:
        """A list of conditions, all of which have to hold."""
        found: list[Condition] = []
        for value, path in self.each(key):
            if not isinstance(value, str) or not value:
                self.problems.say(path, f"'{key}' cannot be read: {shown(value)} is not an item")
                continue
            try:
                found.append(parse_condition(value, self.problems.named))
            except ValueError as error:
                self.problems.say(path, f"'{key}' cannot be read: {error}")
        return tuple(found)

    def days(self, key: str) -> float:
        """A time as `5d` or `12h`, in days; 0 where there is none."""
        text = self.text(key)
        match = _TIME.fullmatch(text)
        if match:
            return int(match[1]) / (1 if match[2] == "d" else 24)
        if text:
            self.say(key, f"'{key}' is a time like 5d (days) or 12h (hours), not {shown(text)}")
        return 0


def check_id(problems: Problems, path: Path, value: str) -> None:
    """An id is made of lower case letters, digits and single hyphens, and is no word of the conditions."""
    if not ID.fullmatch(value) or value in _WORDS:
        problems.say(path, f"{shown(value)} cannot be an id: use a-z, 0-9 and single hyphens")


def _form(value: object) -> str:
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else shown(value)
