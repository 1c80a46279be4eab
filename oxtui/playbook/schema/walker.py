"""Read plain values (texts, lists, mappings) into declared Structs, collecting every problem with its path.

A value that cannot be read is replaced by a harmless one, so a single pass finds every problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeAlias

from msgspec import NODEFAULT

from oxtui.playbook.conditions import Atom, Condition, parse_condition
from oxtui.playbook.schema import slips
from oxtui.playbook.schema.keys import Rules, Shape, Text, keys_of, shape_of
from oxtui.text import did_you_mean

DataPath: TypeAlias = tuple[str | int, ...]
"""The keys and indices that lead to a value in the data of a file or a procedure."""
_MOST_SUGGESTIONS: Final = 200
PRICE: Final = r"(?!0\.00)(0|[1-9][0-9]{0,5})\.[0-9]{2}"
DAY: Final = "[0-9]{4}(-[0-9]{2}){2}"
"""YYYY-MM-DD, the only accepted form of ISO 8601."""


def shown(value: object) -> str:
    """Format a value for a message: shortened, and never a whole list."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "keys and values"
    text = value if isinstance(value, str) else str(value)
    return f"'{text if len(text) <= 40 else text[:39] + '…'}'" if text else "nothing"


Maker: TypeAlias = Callable[["Written", Any], Any]
"""Checks that the keys of a mapping fit together, and returns the object to use."""


class Problems:
    """The problems found so far, and the names and conditions to be resolved once everything is read."""

    def __init__(self, makers: Mapping[type, Maker] | None = None) -> None:
        self.money = False
        """Whether a wrong suggestion could change an amount; then none is made."""
        self.makers = makers or {}
        """The function to call on each object that was read, by class."""
        self.found: dict[tuple[DataPath, str], None] = {}
        self.notices: dict[DataPath, str] = {}
        """Remarks on parts that are valid."""
        self.lost = False
        """Whether something with an id could not be read; then an unresolved name proves nothing."""
        self.named_conditions: Mapping[str, Condition] = {}
        """The playbook's named conditions, which any other condition may use."""
        self.references: list[tuple[DataPath, str, str]] = []
        """Every reference: its path, the kind of thing and the name."""
        self.conditions: list[tuple[DataPath, Condition]] = []
        self.written: dict[DataPath, str] = {}
        """The source text of conditions with an `or`, for messages."""

    def say(self, path: DataPath, message: str) -> None:
        self.found[path, message] = None

    def repeated(self, path: DataPath, key: str, what: str, names: Iterable[object]) -> None:
        """Report every entry of the list at `path` whose `key` repeats an earlier one; `names` are these keys."""
        seen: set[object] = set()
        for number, name in enumerate(names):
            if name and name in seen:
                shown_name = name if isinstance(name, int) else f"'{name}'"
                self.say((*path, number, key), f"there is another {what} {shown_name}")
            seen.add(name)

    def suggestion(self, given: str, known: Iterable[str]) -> str:
        """As `did_you_mean`, while there are few problems: it is slow, and no one reads long lists to the end."""
        return did_you_mean(given, known) if len(self.found) < _MOST_SUGGESTIONS else ""

    def unknown(self, path: DataPath, what: str, given: str, known: Iterable[str], *, money: bool = False) -> None:
        """Report that no `what` is called `given`, with the nearest name, or all names if a wrong one costs money."""
        known = list(dict.fromkeys(known))
        near = f" (there are {', '.join(known)})" if money and known else "" if money else self.suggestion(given, known)
        self.say(path, f"there is no {what} {shown(given)}{near}")

    def not_one_of(self, path: DataPath, given: object, known: Collection[str]) -> None:
        """Report that `given` is not one of `known`, which the message lists."""
        near = self.suggestion(given, known) if isinstance(given, str) and not self.money else ""
        options = f"one of {', '.join(known)}" if len(known) > 1 else f"'{next(iter(known), '')}' or left out"
        self.say(path, f"{_key_name(path)} is {options}, not {shown(given)}{near}")

    def condition(self, text: str, path: DataPath) -> Condition:
        """Parse a condition and keep it to be resolved; one that cannot be parsed always holds."""
        try:
            found = parse_condition(text, self.named_conditions)
        except ValueError as error:
            meant = slips.in_condition(text)
            self.say(path, f"{_key_name(path)} cannot be read: {error}{f' ({meant})' if meant else ''}")
            return Condition()
        self.conditions.append((path, found))
        if "or" in text:
            self.written[path] = text
        return found


class Written:
    """One mapping as written, for problems about its keys."""

    __slots__ = ("data", "path", "problems")

    def __init__(self, problems: Problems, data: Mapping[str, Any], path: DataPath) -> None:
        self.problems = problems
        self.data = data
        self.path = path

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def say(self, key: str, message: str) -> None:
        """Report a problem at the line of `key`, or of the mapping if the key is missing."""
        self.problems.say((*self.path, key) if key in self.data else self.path, message)


def read(problems: Problems, declared: Any, data: object) -> Any:
    """Read `data` as the type `declared`, adding every problem to `problems`."""
    return _reader(shape_of(declared))(problems, data, ())


Reader: TypeAlias = Callable[[Problems, Any, DataPath], Any]


def _reader(shape: Shape) -> Reader:
    rules = shape.rules
    match shape.kind:
        case "keys":
            return _struct(shape.inner, keyed=False)
        case "entries":
            return _entries(shape)
        case "list":
            return _list(shape)
        case "choice":
            return _choice(shape.inner, rules.get("usual", shape.inner[0]))
        case "either":
            return _either(shape)
    if shape.inner is str:
        return _text(rules)
    if shape.inner is int:
        return _number(rules["ge"], rules["le"])
    if shape.inner is bool and "word" in rules:
        choice = _choice(("", rules["word"]), "")
        return lambda problems, value, path: bool(choice(problems, value, path))
    if shape.inner is bool and "refers_to" in rules:
        text = _text(rules | {"min_length": 1})
        return lambda problems, value, path: bool(text(problems, value, path))
    return _VALUES[shape.inner]


def _key_name(path: DataPath) -> str:
    """Name the key at the end of a path; for an entry of a list, the key of the list."""
    return f"an entry of '{path[-2]}'" if isinstance(path[-1], int) else f"'{path[-1]}'"


def _text(rules: Rules) -> Reader:
    least, most, refers_to, check = (rules.get(each) for each in ("min_length", "max_length", "refers_to", "check"))
    pattern = rules.get("pattern")

    def read_text(problems: Problems, value: Any, path: DataPath) -> str:
        if not isinstance(value, str) or (least and not value):
            problems.say(path, f"{_key_name(path)} is a text, not {shown(value)}")
            return ""
        wrong = ""
        if pattern is not None and not re.fullmatch(pattern, value):
            near = slips.as_id(value) if "cannot be an id" in rules["form"] else ""
            wrong = f"{shown(value)} {rules['form']}{f', such as {near}' if near and near != value else ''}"
        elif most is not None and len(value) > most:
            wrong = f"{_key_name(path)} has {len(value)} characters; {most} is the most that fits"
        elif check is not None and value:
            wrong = check(value)
        if wrong:
            problems.say(path, wrong)
            # A misspelt id is referred to elsewhere by the intended one.
            problems.lost = problems.lost or (pattern is not None and path[-1] in ("id", value))
        elif refers_to is not None:
            problems.references.append((path, refers_to, value))
        return value

    return read_text


def _number(least: int, most: int) -> Reader:
    def read_number(problems: Problems, value: Any, path: DataPath) -> int:
        # At most ten digits: longer numbers exceed every range, and int() of thousands of digits is slow.
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value) and least <= int(value) <= most:
            return int(value)
        problems.say(path, f"{_key_name(path)} is a whole number from {least} to {most}, not {shown(value)}")
        return 0

    return read_number


def _flag(problems: Problems, value: Any, path: DataPath) -> bool:
    if not isinstance(value, bool) and value not in ("true", "false"):
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(value).lower(), str(value).lower())
        write = f": write {meant}" if meant in ("true", "false") else ""
        problems.say(path, f"{_key_name(path)} is true or false, not {shown(value)}{write}")
    return value is True or value == "true"


def _condition(problems: Problems, value: Any, path: DataPath) -> Condition:
    if isinstance(value, str) and value:
        return problems.condition(value, path)
    meant = slips.as_condition(value)
    problems.say(path, f"{_key_name(path)} is a condition, not {shown(value)}{f': {meant}' if meant else ''}")
    return Condition()


def _atom(problems: Problems, value: Any, path: DataPath) -> Atom | None:
    root = _condition(problems, value, path).root
    if isinstance(root, Atom) and len(root.answers) == 1:
        return root
    if root is not None:
        problems.say(path, f"{_key_name(path)} is one answer of a question: item=answer")
    return None


def _price(problems: Problems, value: Any, path: DataPath) -> Decimal:
    if isinstance(value, str) and re.fullmatch(PRICE, value):
        return Decimal(value)
    wanted = 'a quoted price above zero with two decimals, such as "70.79"'
    problems.say(path, f"{_key_name(path)} is {wanted}, not {shown(value)}")
    return Decimal("0.01")


def _day(problems: Problems, value: Any, path: DataPath) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(DAY, value):
            return date.fromisoformat(value)
        problems.say(path, f'{_key_name(path)} is a quoted date, such as "2027-07-01", not {shown(value)}')
    except ValueError:
        problems.say(path, f"there is no date {value}")
    return date.max


_VALUES: Final[Mapping[Any, Reader]] = {bool: _flag, Condition: _condition, Atom: _atom, Decimal: _price, date: _day}


def _choice(options: Sequence[str], usual: str) -> Reader:
    def read_choice(problems: Problems, value: Any, path: DataPath) -> str:
        if isinstance(value, str) and value in options:
            return value
        problems.not_one_of(path, value, [each for each in options if each])
        return usual

    return read_choice


def _list(shape: Shape) -> Reader:
    read_one, rules = _reader(shape_of(shape.inner)), shape.rules

    def read_list(problems: Problems, value: Any, path: DataPath) -> tuple[Any, ...]:
        if not isinstance(value, list):
            problems.say(path, f"{_key_name(path)} is a list: write {slips.as_list(value)}")
            return ()
        if not value and "min_length" in rules:
            problems.say(path, f"{_key_name(path)} is a list that is not empty")
        if len(value) > rules.get("max_length", len(value)):
            problems.say(
                path, f"{_key_name(path)} has {len(value)} entries; {rules['max_length']} is the most that fits"
            )
        found = []
        for number, each in enumerate(value):
            if isinstance(each, str) and each and "repeats" not in rules and each in value[:number]:
                problems.say((*path, number), f"{shown(each)} stands twice in {_key_name(path)}")
            else:
                found.append(read_one(problems, each, (*path, number)))
        return tuple(found)

    return read_list


def _entries(shape: Shape) -> Reader:
    """Return the reader of a mapping of entries by name."""
    rules = shape.rules
    inner = shape_of(shape.inner)
    read_name = _reader(shape_of(shape.name))
    read_one = _struct(inner.inner, keyed=True) if inner.kind == "keys" else _reader(inner)
    read_text = _text({"min_length": 1})
    read_list = _list(Shape("list", shape.name, rules)) if "listed" in rules else None

    def read_entry(problems: Problems, value: Any, path: DataPath) -> Any:
        if read_list and value == "":
            return Condition()
        if "short" in rules and not isinstance(value, dict):
            return inner.inner(path[-1], read_text(problems, value, path))
        return read_one(problems, value, path)

    def read_entries(problems: Problems, value: Any, path: DataPath) -> Any:
        if read_list and not isinstance(value, dict):
            return tuple((name, Condition()) for name in read_list(problems, value, path))
        if not isinstance(value, dict):
            problems.say(path, f"{_key_name(path)} is written as 'id: ...' lines, not as {_form(value)}")
            problems.lost = True
            return () if "keyed" in rules else {}
        if not value and read_list:
            problems.say(path, f"{_key_name(path)} is empty: leave it out")
        elif not value and "min_length" in rules:
            problems.say(path, f"{_key_name(path)} has one entry at least")
        names = [read_name(problems, name, (*path, name)) for name in value]
        found = {
            name: read_entry(problems, each, (*path, key))
            for name, (key, each) in zip(names, value.items(), strict=True)
        }
        return found if "keyed" not in rules else tuple(found.items() if shape.pairs else found.values())

    return read_entries


def _either(shape: Shape) -> Reader:
    """Return the reader of a type that is a text or a mapping."""
    of_text, of_mapping = (
        _reader(kind) for kind in sorted(map(shape_of, shape.inner), key=lambda k: k.kind != "value")
    )
    return lambda problems, value, path: (of_mapping if isinstance(value, dict) else of_text)(problems, value, path)


@cache
def _struct(declared: type, *, keyed: bool) -> Reader:
    """Return the reader of a mapping with known keys; a keyed one takes its first field from its own key."""
    keys, needed, first, blank = _table(declared, keyed)
    what = getattr(declared, "what", "an entry")
    read_facts = _list(Shape("list", Text, {"repeats": True}))  # any mapping may cite the article

    def read_struct(problems: Problems, value: Any, path: DataPath) -> Any:
        make = problems.makers.get(declared)
        values: dict[str, Any] = {**blank, first: path[-1]} if keyed else dict(blank)
        if not isinstance(value, dict):
            problems.say(path, f"{what} is written as keys and values, not as {_form(value)}")
            problems.lost = problems.lost or not keyed
            nothing = declared(**values)
            return make(Written(Problems(), {}, path), nothing) if make else nothing
        for key, each in value.items():
            known = keys.get(key)
            if known is not None:
                values[known[0]] = known[1](problems, each, (*path, key))
            elif key == "facts":
                read_facts(problems, each, (*path, key))
            else:
                near = problems.suggestion(str(key), keys)
                problems.say((*path, key), f"{shown(key)} is not a key of {what}{near}")
        for key in needed:
            if key not in value:
                problems.say(path, f"{what} needs '{key}'")
        problems.lost = problems.lost or (first in ("id", "number") and not values[first])
        found = declared(**values)
        return make(Written(problems, value, path), found) if make else found

    return read_struct


@cache
def _table(declared: Any, keyed: bool) -> tuple[dict[str, tuple[str, Reader]], list[str], str, dict[str, Any]]:
    """Return a mapping's keys with their fields and readers, the required keys, the first field, and default values."""
    every = keys_of(declared)
    keys = every[1:] if keyed else every
    required = [key for key in keys if key.usual is NODEFAULT]
    blank = {key.field: key.rules.get("usual", _blank(key.declared)) for key in required}
    readers = {key.name: (key.field, _reader(shape_of(key.declared))) for key in keys}
    return readers, [key.name for key in required if key.needed], every[0].field, blank


def _blank(declared: Any) -> Any:
    """Return a placeholder for a missing value."""
    shape = shape_of(declared)
    match shape.kind:
        case "keys":
            return shape.inner(**_table(shape.inner, False)[3])
        case "entries" | "list":
            return () if "keyed" in shape.rules or shape.kind == "list" else {}
        case "choice":
            return shape.inner[0]
    return _BLANK[shape.inner] if shape.inner in _BLANK else shape.inner()


_BLANK: Final[Mapping[Any, Any]] = {Decimal: Decimal("0.01"), date: date.max}


def _form(value: object) -> str:
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else shown(value)
