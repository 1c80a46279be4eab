"""Declarations of a playbook's files: a Struct, whose described fields are the keys of a mapping, and its types."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

from msgspec import NODEFAULT, Meta, Struct

from oxtui.playbook.conditions import Atom, Condition

FOLDER: Final = "folder"
"""The `of` of a key that is filled from the files of a folder."""
Rules: TypeAlias = dict[str, Any]
"""The constraints and extras of an annotation, by name."""


def doc(description: str, **extra: Any) -> Meta:
    """Describe a key; `extra` has further rules for the reader and the reference tables.

    `check`: a function that returns the fault of a text, or "". `keyed`: the entries are a mapping, by names of
    this type. `short`: an entry may be a text alone. `listed`: pairs of a name and a condition, also written as a list
    of names. `word`: a bool that is written as this word. `refers_to`: a bool that is written as the name of a `what`.
    `repeats`: a text may be in the list twice. `usual`: the value of a field without a default if the key is left out.
    `unwritten`: a choice that no file makes. `of`: the table in which the key is described.
    """
    return Meta(description=description, extra=extra)


def form(pattern: str, wrong: str) -> Meta:
    """Require a text to match `pattern` (`^...$`); the message for one that does not ends in `wrong`."""
    # Not as Meta's own `pattern`, which would be compiled at import.
    return Meta(extra_json_schema={"pattern": pattern}, extra={"pattern": pattern, "form": wrong})


def limits(**rules: Any) -> Meta:
    """Require what a file says to be `min_length` or `max_length` long, or to pass other `rules`."""
    # Not as Meta's own, which would hold for built values too: a key that is left out is an empty text.
    return Meta(extra=rules)


def refers_to(what: str) -> Meta:
    """Require a text to be the id of an existing `what`."""
    return limits(min_length=1, refers_to=what)


Text: TypeAlias = Annotated[str, limits(min_length=1)]
"""A text that is not empty; a plain `str` may be."""
Texts: TypeAlias = tuple[Text, ...]
Id: TypeAlias = Annotated[
    str,
    form("^(?!(?:and|or|true|false)$)[a-z0-9]+(?:-[a-z0-9]+)*$", "cannot be an id: use a-z, 0-9 and single hyphens"),
]
ItemId: TypeAlias = Annotated[str, refers_to("item")]
ItemIds: TypeAlias = tuple[ItemId, ...]
NBIds: TypeAlias = tuple[Annotated[str, refers_to("NB")], ...]


def web_address(text: str) -> str:
    """Return the fault of a web address, or ""."""
    fits = text.startswith(("https://", "http://")) and " " not in text
    return "" if fits else f"'{text[:60]}' is no address: it begins with https:// and has no blank"


Link: TypeAlias = Annotated[str, limits(min_length=1, check=web_address)]


class Key(NamedTuple):
    """A key of a mapping: its field, its name, its declared type, its default (or NODEFAULT) and its rules."""

    field: str
    name: str
    declared: Any
    usual: Any
    rules: Rules

    @property
    def needed(self) -> bool:
        """Whether the key is required."""
        return self.usual is NODEFAULT and "usual" not in self.rules


@cache
def keys_of(declared: Any) -> tuple[Key, ...]:
    """Return the keys of a Struct or NamedTuple: its fields with a description."""
    types = {name: each for base in declared.__mro__ for name, each in getattr(base, "__annotations__", {}).items()}
    if issubclass(declared, Struct):
        fields, names_ = declared.__struct_fields__, declared.__struct_encode_fields__
        values = declared.__struct_defaults__
        usual = dict(zip(fields[len(fields) - len(values) :], values, strict=True))
    else:
        fields = names_ = declared._fields
        usual = declared._field_defaults
    found = (
        Key(field, name, types[field], usual.get(field, NODEFAULT), rules_of(types[field]))
        for field, name in zip(fields, names_, strict=True)
    )
    return tuple(key for key in found if "description" in key.rules)


_LIMITS: Final = ("description", "ge", "le", "min_length", "max_length")


def rules_of(declared: Any) -> Rules:
    """Return the constraints and extras of an annotation; the outer ones win."""
    rules: Rules = {}
    while get_origin(declared) is Annotated:
        own: Rules = {}
        for meta in declared.__metadata__:
            own |= {name: value for name in _LIMITS if (value := getattr(meta, name)) is not None}
            own |= meta.extra or {}
        rules = own | rules
        declared = declared.__origin__
    return rules


class Shape(NamedTuple):
    """The form of a declared type: a mapping with known keys, entries by name, a list, one of several, or a value.

    `inner` is the class of `keys` and `value`, the declared type of an entry of `entries` and `list`, the options of a
    `choice`, and the types of `either`. Of `entries`, `name` is the type of their names, and `pairs` says whether they
    are read as pairs of name and value.
    """

    kind: Literal["keys", "entries", "list", "choice", "either", "value"]
    inner: Any
    rules: Rules
    name: Any = None
    pairs: bool = False


_VALUES: Final = (str, int, bool, Condition, Atom, Decimal, date)


@cache
def shape_of(declared: Any) -> Shape:
    """Return the shape of a declared type; `X | None` has the shape of X."""
    rules = rules_of(declared)
    while get_origin(declared) is Annotated:
        declared = declared.__origin__
    origin, inner = get_origin(declared), get_args(declared)
    if origin in (Union, UnionType):
        kinds = tuple(kind for kind in inner if kind is not NoneType)
        if len(kinds) > 1:
            return Shape("either", kinds, rules)
        only = shape_of(kinds[0])
        return only._replace(rules=only.rules | rules)
    if origin is Literal:
        return Shape("choice", tuple(each for each in inner if each != rules.get("unwritten")), rules)
    if origin is dict:
        return Shape("entries", inner[1], rules, inner[0])
    if origin is tuple and "keyed" in rules:
        pairs = get_origin(inner[0]) is tuple
        return Shape("entries", get_args(inner[0])[1] if pairs else inner[0], rules, rules["keyed"], pairs)
    if origin is tuple:
        return Shape("list", inner[0], rules)
    return Shape("value" if declared in _VALUES else "keys", declared, rules)
