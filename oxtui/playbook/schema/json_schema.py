"""JSON schemas (2020-12) of declared Structs, for editors: the same keys, forms and limits that `walker` reads by."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from msgspec import NODEFAULT

from oxtui.playbook.conditions import Condition
from oxtui.playbook.schema.keys import FOLDER
from oxtui.playbook.schema.walker import DAY, PRICE, Key, keys_of, rules_of

Schema: TypeAlias = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_LINK: Final = re.compile(r"\[([^]]+)\]\([^)]*\)")
_SCALAR: Final = ["string", "number"]
"""A text; what looks like a number to an editor is a text to the reader."""


def schema_of(declared: Any, written: Callable[[Any], Any] = lambda each: each) -> Schema:
    """The schema of a file whose keys `declared` declares.

    `written` gives the Struct that stands in files for a class.
    """
    made = _Making(written)
    root = made.struct(declared, keyed=False)
    definitions = {name: made.found[name] for name in sorted(made.found)}
    return {"$schema": DIALECT, **root, "$defs": definitions}


class _Making:
    def __init__(self, written: Callable[[Any], Any]) -> None:
        self.written = written
        self.found: dict[str, Schema] = {}

    def struct(self, declared: Any, *, keyed: bool) -> Schema:
        """A mapping with known keys; of a keyed one the first field is its name, which stands before it."""
        declared = self.written(declared)
        keys = [key for key in keys_of(declared)[keyed:] if key.rules.get("of") != FOLDER]
        properties = {key.name: self._key(key) for key in keys}
        properties["facts"] = {
            "type": "array",
            "items": {"type": _SCALAR},
            "description": "the article's own numbers; nothing reads them",
        }
        needed = [key.name for key in keys if key.usual is NODEFAULT and "usual" not in key.rules]
        found: Schema = {
            "type": "object",
            "title": getattr(declared, "what", declared.__name__),
            "properties": properties,
            "additionalProperties": False,
        }
        return found | ({"required": needed} if needed else {})

    def _reference(self, declared: Any, *, keyed: bool) -> Schema:
        name = self.written(declared).__name__ + ("Entry" if keyed else "")
        if name not in self.found:
            self.found[name] = {}  # stands while what is within is made: a Struct may hold itself
            self.found[name] = self.struct(declared, keyed=keyed)
        return {"$ref": f"#/$defs/{name}"}

    def _key(self, key: Key) -> Schema:
        found = self.of(key.declared)
        said = _LINK.sub(r"\1", str(key.rules["description"]))
        if said:
            return {**found, "description": said}
        return {**found, "deprecated": True}

    def of(self, declared: Any, rules: dict[str, Any] | None = None, *, keyed: bool = False) -> Schema:
        """The schema of what may be written where `declared` is read."""
        rules = rules or {}
        if get_origin(declared) is Annotated:
            return self.of(declared.__origin__, {**rules_of(declared), **rules}, keyed=keyed)
        if declared in _PLAIN:
            return dict(_PLAIN[declared])
        origin, inner = get_origin(declared), get_args(declared)
        if declared is str:
            return _text(rules)
        if declared is int:
            whole = {"type": ["integer", "string"], "pattern": "^[0-9]{1,10}$"}
            return whole | {"minimum": rules["ge"], "maximum": rules["le"]}
        if origin is Literal:
            return {"enum": [each for each in inner if each and each != rules.get("unwritten")]}
        if origin is dict or "keyed" in rules:
            return self._mapping(declared, rules)
        if origin is tuple:
            return self._list(self.of(inner[0]), rules)
        if origin in (Union, UnionType):
            kinds = [self.of(kind, rules, keyed=keyed) for kind in inner if kind is not NoneType]
            return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        return self._reference(declared, keyed=keyed)

    def _list(self, item: Schema, rules: dict[str, Any]) -> Schema:
        found: Schema = {"type": "array", "items": item}
        found |= {name: rules[rule] for name, rule in (("minItems", "min_length"), ("maxItems", "max_length"))
                  if rule in rules}  # fmt: skip
        return found | ({"uniqueItems": True} if "repeats" not in rules and "type" in item else {})

    def _mapping(self, declared: Any, rules: dict[str, Any]) -> Schema:
        inner = get_args(declared)
        if get_origin(declared) is dict:
            name, entry = inner
        else:
            name, entry = rules["keyed"], get_args(inner[0])[1] if get_origin(inner[0]) is tuple else inner[0]
        found: Schema = {"type": "object", "additionalProperties": self.of(entry, keyed=True)}
        pattern = rules_of(name).get("pattern")
        found |= {"propertyNames": {"pattern": pattern}} if pattern else {}
        return found | ({"minProperties": rules["min_length"]} if "min_length" in rules else {})


def _text(rules: dict[str, Any]) -> Schema:
    found: Schema = {"type": _SCALAR}
    names = (("minLength", "min_length"), ("maxLength", "max_length"), ("pattern", "pattern"))
    return found | {name: rules[rule] for name, rule in names if rule in rules}


_PLAIN: Final[dict[Any, Schema]] = {
    bool: {"type": "boolean"},
    Condition: {"type": _SCALAR, "minLength": 1},
    Decimal: {"type": "string", "pattern": f"^{PRICE}$"},
    date: {"type": "string", "pattern": f"^{DAY}$"},
}
