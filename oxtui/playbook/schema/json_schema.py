"""JSON schemas (2020-12) for editors, made from the declarations that `walker` reads by."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.schema.keys import FOLDER, Key, Rules, Shape, keys_of, rules_of, shape_of
from oxtui.playbook.schema.walker import DAY, PRICE

Schema: TypeAlias = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_LINK: Final = re.compile(r"\[([^]]+)\]\([^)]*\)")
_SCALAR: Final = ["string", "number"]
"""A text; editors parse some of them as numbers."""


def schema_of(declared: Any) -> Schema:
    """Return the schema of a file that is read as `declared`."""
    made = _Making()
    root = made.struct(declared, keyed=False)
    return {"$schema": DIALECT, **root, "$defs": dict(sorted(made.found.items()))}


class _Making:
    def __init__(self) -> None:
        self.found: dict[str, Schema] = {}

    def struct(self, declared: Any, *, keyed: bool) -> Schema:
        """Return the schema of a mapping with known keys; a keyed one leaves out the first, which is its own key."""
        keys = [key for key in keys_of(declared)[keyed:] if key.rules.get("of") != FOLDER]
        properties = {key.name: self._key(key) for key in keys}
        properties["facts"] = {
            "type": "array",
            "items": {"type": _SCALAR},
            "description": "the article's own numbers; nothing reads them",
        }
        needed = [key.name for key in keys if key.needed]
        schema: Schema = {
            "type": "object",
            "title": getattr(declared, "what", declared.__name__),
            "properties": properties,
            "additionalProperties": False,
        }
        return schema | ({"required": needed} if needed else {})

    def _key(self, key: Key) -> Schema:
        meaning = _LINK.sub(r"\1", str(key.rules["description"]))
        return self.of(key.declared) | ({"description": meaning} if meaning else {"deprecated": True})

    def of(self, declared: Any, *, keyed: bool = False) -> Schema:
        """Return the schema of a value that is read as `declared`."""
        shape = shape_of(declared)
        rules = shape.rules
        match shape.kind:
            case "keys":
                return self._reference(shape.inner, keyed=keyed)
            case "entries":
                mapping = self._entries(shape)
                return {"anyOf": [self._list(shape.name, rules), mapping]} if "listed" in rules else mapping
            case "list":
                return self._list(shape.inner, rules)
            case "choice":
                return {"enum": [each for each in shape.inner if each]}
            case "either":
                return {"anyOf": [self.of(kind) for kind in shape.inner]}
        if "word" in rules:
            return {"enum": [rules["word"]]}
        if shape.inner is int:
            whole = {"type": ["integer", "string"], "pattern": "^[0-9]{1,10}$"}
            return whole | {"minimum": rules["ge"], "maximum": rules["le"]}
        if shape.inner is str or "refers_to" in rules:
            return {"type": _SCALAR} | _limits(rules, minLength="min_length", maxLength="max_length", pattern="pattern")
        return dict(_VALUES[shape.inner])

    def _reference(self, declared: Any, *, keyed: bool) -> Schema:
        name = declared.__name__ + ("Entry" if keyed else "")
        if name not in self.found:
            self.found[name] = {}  # while it is made: a Struct may hold itself
            self.found[name] = self.struct(declared, keyed=keyed)
        return {"$ref": f"#/$defs/{name}"}

    def _list(self, inner: Any, rules: Rules) -> Schema:
        item = self.of(inner)
        schema = {"type": "array", "items": item} | _limits(rules, minItems="min_length", maxItems="max_length")
        return schema | ({"uniqueItems": True} if "repeats" not in rules and "type" in item else {})

    def _entries(self, shape: Shape) -> Schema:
        entry = self.of(shape.inner, keyed=True)
        if "short" in shape.rules:
            entry = {"anyOf": [{"type": _SCALAR, "minLength": 1}, entry]}
        if "listed" in shape.rules:  # an empty condition always holds
            entry = {"type": _SCALAR}
        of_name = rules_of(shape.name)
        pattern = f"^[{of_name['ge']}-{of_name['le']}]$" if "ge" in of_name else of_name.get("pattern")
        names = {"propertyNames": {"pattern": pattern}} if pattern else {}
        schema = {"type": "object", "additionalProperties": entry}
        return schema | names | _limits(shape.rules, minProperties="min_length")


def _limits(rules: Rules, **names: str) -> Schema:
    """Return the given rules under their JSON Schema names."""
    return {name: rules[rule] for name, rule in names.items() if rule in rules}


_VALUES: Final[dict[Any, Schema]] = {
    bool: {"type": "boolean"},
    Condition: {"type": _SCALAR, "minLength": 1},
    Atom: {"type": _SCALAR, "minLength": 1},
    Decimal: {"type": "string", "pattern": f"^{PRICE}$"},
    date: {"type": "string", "pattern": f"^{DAY}$"},
}
