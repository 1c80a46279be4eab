"""The walk over plain values (texts, lists, mappings) along declared Structs: every problem, with its path.

A harmless value stands in for what cannot be read, so that one look finds every problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

from msgspec import NODEFAULT

from oxtui.playbook.conditions import Condition, parse_condition
from oxtui.playbook.schema import slips
from oxtui.playbook.schema.keys import Texts

Path: TypeAlias = tuple[str | int, ...]
_MOST_SUGGESTIONS: Final = 200
PRICE: Final = r"(?!0\.00)(0|[1-9][0-9]{0,5})\.[0-9]{2}"
DAY: Final = "[0-9]{4}(-[0-9]{2}){2}"
"""Of the forms of ISO 8601 the plainest alone."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the nearest of `known`, or nothing; in any case of letters."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(given.lower()[:80], by_lower, 1, 0.6)
    return f" (did you mean '{by_lower[near[0]]}'?)" if near else ""


def shown(value: object) -> str:
    """A value as it stands in a message: short, and never a whole list."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "keys and values"
    text = value if isinstance(value, str) else str(value)
    return f"'{text if len(text) <= 40 else text[:39] + '…'}'" if text else "nothing"


class Form(NamedTuple):
    """How a class is written in a file: the Struct that declares its keys, and how it is made of one that was read."""

    declared: Any
    make: Callable[[Given, Any], Any]


class Problems:
    """The problems found so far, and the names and conditions that were read, to be looked up later."""

    def __init__(self, forms: Mapping[type, Form] | None = None) -> None:
        self.money = False
        """Whether a wrong word here would be a wrong amount: then none is suggested."""
        self.forms = forms or {}
        """Classes that are not written as they are declared, or have something to check."""
        self.found: dict[tuple[Path, str], None] = {}
        self.notices: dict[Path, str] = {}
        """What is sound, and worth a look all the same."""
        self.lost = False
        """Whether something with an id could not be read at all: then a name that leads nowhere says nothing."""
        self.named: Mapping[str, Condition] = {}
        """The playbook's named conditions: they may stand in any other."""
        self.names: list[tuple[Path, str, str]] = []
        """Where something is named, what it is, and its name."""
        self.conditions: list[tuple[Path, Condition]] = []
        self.written: dict[Path, str] = {}
        """The words of those that have an `or`, for what is said of them."""

    def say(self, path: Path, message: str) -> None:
        self.found[path, message] = None

    def suggestion(self, given: str, known: Iterable[str]) -> str:
        """As `did_you_mean`, while there are few problems: nobody reads the rest, and it takes its time."""
        return did_you_mean(given, known) if len(self.found) < _MOST_SUGGESTIONS else ""

    def unknown(self, path: Path, what: str, given: str, known: Iterable[str], *, money: bool = False) -> None:
        """There is no `what` called `given`; names the nearest one, or all where another word is another amount."""
        known = list(dict.fromkeys(known))
        near = f" (there are {', '.join(known)})" if money and known else "" if money else self.suggestion(given, known)
        self.say(path, f"there is no {what} {shown(given)}{near}")

    def not_one_of(self, path: Path, given: object, known: Collection[str]) -> None:
        """`given` is none of `known`, which are all listed."""
        near = self.suggestion(given, known) if isinstance(given, str) and not self.money else ""
        options = f"one of {', '.join(known)}" if len(known) > 1 else f"'{next(iter(known), '')}' or left out"
        self.say(path, f"{_told(path)} is {options}, not {shown(given)}{near}")

    def condition(self, text: str, path: Path) -> Condition:
        """The condition that `text` states, kept to be looked up; the one that always holds where it cannot be read."""
        try:
            found = parse_condition(text, self.named)
        except ValueError as error:
            meant = slips.in_condition(text)
            self.say(path, f"{_told(path)} cannot be read: {error}{f' ({meant})' if meant else ''}")
            return Condition()
        self.conditions.append((path, found))
        if "or" in text:
            self.written[path] = text
        return found


class Given:
    """One mapping as it was written, for what has to be said of its keys."""

    __slots__ = ("data", "path", "problems")

    def __init__(self, problems: Problems, data: Mapping[str, Any], path: Path) -> None:
        self.problems = problems
        self.data = data
        self.path = path

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def say(self, key: str, message: str) -> None:
        """A problem at the line of `key`, or of the mapping where the key is not there."""
        self.problems.say((*self.path, key) if key in self.data else self.path, message)


def read(problems: Problems, declared: Any, data: object) -> Any:
    """`data` as `declared` says it is written (a Struct, `tuple[...]`, `Literal[...]`); says what is wrong with it."""
    return _reader(declared, {})(problems, data, ())


class Key(NamedTuple):
    """A key of a mapping: the field that it fills, its type, what it usually is, and what is said of it."""

    field: str
    name: str
    declared: Any
    usual: Any
    rules: Mapping[str, Any]


@cache
def keys_of(declared: Any) -> tuple[Key, ...]:
    """The keys that a Struct or NamedTuple declares: its described fields; NODEFAULT is usual where one is needed."""
    types = {name: each for base in declared.__mro__ for name, each in getattr(base, "__annotations__", {}).items()}
    if hasattr(declared, "_fields"):
        fields = names = declared._fields
        usual = declared._field_defaults
    else:
        fields, names, values = (
            declared.__struct_fields__,
            declared.__struct_encode_fields__,
            declared.__struct_defaults__,
        )
        usual = dict(zip(fields[len(fields) - len(values) :], values, strict=True))
    found = (Key(field, name, types[field], usual.get(field, NODEFAULT), rules_of(types[field]))
             for field, name in zip(fields, names, strict=True))  # fmt: skip
    return tuple(key for key in found if "description" in key.rules)


Reader: TypeAlias = Callable[[Problems, Any, Path], Any]
_Rules: TypeAlias = Mapping[str, Any]
_LIMITS: Final = ("description", "ge", "le", "min_length", "max_length")


def rules_of(declared: Any) -> dict[str, Any]:
    """What the Metas of an annotation say; the outer ones have the last word."""
    found: dict[str, Any] = {}
    for meta in getattr(declared, "__metadata__", ()):
        found |= {name: value for name in _LIMITS if (value := getattr(meta, name)) is not None}
        found |= meta.extra or {}
    return found


def _reader(declared: Any, rules: _Rules) -> Reader:
    if get_origin(declared) is Annotated:
        return _reader(declared.__origin__, {**rules_of(declared), **rules})
    if declared in _PLAIN:
        return _PLAIN[declared]
    origin, inner = get_origin(declared), get_args(declared)
    if declared is str:
        return _text(rules)
    if declared is int:
        return _number(rules["ge"], rules["le"])
    if origin is Literal:
        return _choice([each for each in inner if each != rules.get("unwritten")], rules.get("usual", inner[0]))
    if origin is tuple and "keyed" not in rules:
        return _list(_reader(inner[0], {}), rules)
    if origin is tuple:
        return _keyed(inner[0], rules)
    if origin is dict:
        return _mapping(_reader(inner[0], {}), _entry(inner[1]), rules)
    if origin in (Union, UnionType):
        return _one_of(inner, rules)
    return _struct(declared, keyed=False)


def _told(path: Path) -> str:
    """The key at the end of a path, as messages name it; of an entry of a list the key of the list."""
    return f"an entry of '{path[-2]}'" if isinstance(path[-1], int) else f"'{path[-1]}'"


def _text(rules: _Rules) -> Reader:
    least, most, names, check = (rules.get(each) for each in ("min_length", "max_length", "names", "check"))
    pattern = rules.get("pattern")

    def read_text(problems: Problems, value: Any, path: Path) -> str:
        if not isinstance(value, str) or (least and not value):
            problems.say(path, f"{_told(path)} is a text, not {shown(value)}")
            return ""
        wrong = ""
        if pattern is not None and not re.fullmatch(pattern, value):
            near = slips.as_id(value) if "cannot be an id" in rules["form"] else ""
            wrong = f"{shown(value)} {rules['form']}{f', such as {near}' if near and near != value else ''}"
        elif most is not None and len(value) > most:
            wrong = f"{_told(path)} has {len(value)} characters; {most} is the most that fits"
        elif check is not None and value:
            wrong = check(value)
        if wrong:
            problems.say(path, wrong)
            # A name that cannot be one is written elsewhere as it was meant.
            problems.lost = problems.lost or (pattern is not None and path[-1] in ("id", value))
        elif names is not None:
            problems.names.append((path, names, value))
        return value

    return read_text


def _number(least: int, most: int) -> Reader:
    def read_number(problems: Problems, value: Any, path: Path) -> int:
        # Ten digits at most: a longer one is out of every range here, and int() of thousands is slow.
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value) and least <= int(value) <= most:
            return int(value)
        problems.say(path, f"{_told(path)} is a whole number from {least} to {most}, not {shown(value)}")
        return 0

    return read_number


def _flag(problems: Problems, value: Any, path: Path) -> bool:
    if not isinstance(value, bool) and value not in ("true", "false"):
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(value).lower(), str(value).lower())
        write = f": write {meant}" if meant in ("true", "false") else ""
        problems.say(path, f"{_told(path)} is true or false, not {shown(value)}{write}")
    return value is True or value == "true"


def _condition(problems: Problems, value: Any, path: Path) -> Condition:
    if isinstance(value, str) and value:
        return problems.condition(value, path)
    meant = slips.as_condition(value)
    problems.say(path, f"{_told(path)} is a condition, not {shown(value)}{f': {meant}' if meant else ''}")
    return Condition()


def _price(problems: Problems, value: Any, path: Path) -> Decimal:
    if isinstance(value, str) and re.fullmatch(PRICE, value):
        return Decimal(value)
    wanted = 'a quoted price above zero with two decimals, such as "70.79"'
    problems.say(path, f"{_told(path)} is {wanted}, not {shown(value)}")
    return Decimal("0.01")


def _day(problems: Problems, value: Any, path: Path) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(DAY, value):
            return date.fromisoformat(value)
        problems.say(path, f'{_told(path)} is a quoted date, such as "2027-07-01", not {shown(value)}')
    except ValueError:
        problems.say(path, f"there is no date {value}")
    return date.max


_PLAIN: Final[Mapping[Any, Reader]] = {bool: _flag, Condition: _condition, Decimal: _price, date: _day}


def _choice(options: list[str], usual: str) -> Reader:
    def read_choice(problems: Problems, value: Any, path: Path) -> str:
        if isinstance(value, str) and value in options:
            return value
        problems.not_one_of(path, value, [each for each in options if each])
        return usual

    return read_choice


def _list(read_one: Reader, rules: _Rules) -> Reader:
    def read_list(problems: Problems, value: Any, path: Path) -> tuple[Any, ...]:
        if not isinstance(value, list):
            problems.say(path, f"{_told(path)} is a list: write {slips.as_list(value)}")
            return ()
        if not value and "min_length" in rules:
            problems.say(path, f"{_told(path)} is a list that is not empty")
        if len(value) > rules.get("max_length", len(value)):
            problems.say(path, f"{_told(path)} has {len(value)} entries; {rules['max_length']} is the most that fits")
        found = []
        for number, each in enumerate(value):
            if isinstance(each, str) and each and "repeats" not in rules and each in value[:number]:
                problems.say((*path, number), f"{shown(each)} stands twice in {_told(path)}")
            else:
                found.append(read_one(problems, each, (*path, number)))
        return tuple(found)

    return read_list


def _mapping(read_name: Reader, read_one: Reader, rules: _Rules) -> Reader:
    def read_mapping(problems: Problems, value: Any, path: Path) -> dict[str, Any]:
        if not isinstance(value, dict):
            problems.say(path, f"{_told(path)} is written as 'id: ...' lines, not as {_form(value)}")
            problems.lost = True
            return {}
        if not value and "min_length" in rules:
            problems.say(path, f"{_told(path)} has one entry at least")
        for name in value:
            read_name(problems, name, (*path, name))
        return {name: read_one(problems, each, (*path, name)) for name, each in value.items()}

    return read_mapping


def _entry(inner: Any) -> Reader:
    """The reader of an entry of a mapping: a Struct has its name there as its first field."""
    if get_origin(inner) in (Union, UnionType):
        return _one_of(get_args(inner), {}, keyed=True)
    return _struct(inner, keyed=True) if has_keys(inner) and inner not in _PLAIN else _reader(inner, {})


def _keyed(inner: Any, rules: _Rules) -> Reader:
    """A tuple that is written as a mapping: of Structs by their names, or of pairs."""
    pairs = get_origin(inner) is tuple
    read_all = _mapping(_reader(rules["keyed"], {}), _entry(get_args(inner)[1] if pairs else inner), rules)

    def read_keyed(problems: Problems, value: Any, path: Path) -> tuple[Any, ...]:
        found = read_all(problems, value, path)
        return tuple(found.items() if pairs else found.values())

    return read_keyed


def _one_of(kinds: Iterable[Any], rules: _Rules, *, keyed: bool = False) -> Reader:
    """One of several forms, told apart by whether a mapping, a list or a text is written."""
    readers: dict[Any, Reader] = {}
    short: Any = None
    for kind in kinds:
        if has_keys(kind):
            readers[dict] = _struct(kind, keyed=keyed)
            short = kind if keyed else None
        elif kind is not NoneType:
            readers[get_origin(kind) if get_origin(kind) in (tuple, dict) else str] = _reader(kind, rules)
    usual = readers.get(str) or readers.get(tuple) or readers[dict]

    def read_one(problems: Problems, value: Any, path: Path) -> Any:
        form = dict if isinstance(value, dict) else tuple if isinstance(value, list) else str
        found = readers.get(form, usual)(problems, value, path)
        # An entry that is a text is short for one with that text alone.
        return short(path[-1], found) if short is not None and isinstance(found, str) else found

    return read_one


@cache
def _struct(form: type, *, keyed: bool) -> Reader:
    """The reader of a mapping with known keys; a keyed one has its first field from where it stands."""

    read_facts = _reader(Texts, {"repeats": True})  # of any mapping: what the article has to do with it

    def read_struct(problems: Problems, value: Any, path: Path) -> Any:
        declared, make = problems.forms.get(form, (form, None))
        keys, needed, first, blank = _table(declared, keyed)
        what = getattr(declared, "what", "an entry")
        values: dict[str, Any] = {**blank, first: path[-1]} if keyed else dict(blank)
        if not isinstance(value, dict):
            problems.say(path, f"{what} is written as keys and values, not as {_form(value)}")
            problems.lost = problems.lost or not keyed
            nothing = declared(**values)
            return make(Given(Problems(), {}, path), nothing) if make else nothing
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
        return make(Given(problems, value, path), found) if make else found

    return read_struct


@cache
def _table(declared: Any, keyed: bool) -> tuple[dict[str, tuple[str, Reader]], list[str], str, dict[str, Any]]:
    """Of a mapping: its keys with fields and readers, those that are needed, the first, what stands in for missing."""
    every = keys_of(declared)
    keys = every[1:] if keyed else every
    given = [key for key in keys if key.usual is NODEFAULT]
    blank = {key.field: key.rules["usual"] if "usual" in key.rules else _blank(key.declared) for key in given}
    readers = {key.name: (key.field, _reader(key.declared.__origin__, key.rules)) for key in keys}
    return readers, [key.name for key in given if "usual" not in key.rules], every[0].field, blank


def _blank(declared: Any) -> Any:
    """What stands in for a value that is missing."""
    while get_origin(declared) is Annotated:
        declared = declared.__origin__
    if declared in _BLANK:
        return _BLANK[declared]
    if get_origin(declared) is Literal:
        return get_args(declared)[0]
    return declared(**_table(declared, False)[3]) if has_keys(declared) else (get_origin(declared) or declared)()


_BLANK: Final[Mapping[Any, Any]] = {Decimal: Decimal("0.01"), date: date.max, Condition: Condition()}


def has_keys(declared: Any) -> bool:
    return hasattr(declared, "__struct_fields__") or hasattr(declared, "_fields")


def _form(value: object) -> str:
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else shown(value)
