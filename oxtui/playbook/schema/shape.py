"""What shape a declared key has in a file: a mapping with known keys, entries by name, a list, or one value."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

from oxtui.playbook.conditions import Condition
from oxtui.playbook.schema.walker import has_keys, rules_of

Kind: TypeAlias = Literal["keys", "entries", "list", "value"]


class Shape(NamedTuple):
    """A shape; `inner` is the Struct of `keys`, or what is declared of an entry of `entries` and `list`."""

    kind: Kind
    inner: Any = None
    listed: bool = False
    """Of entries: whether a plain list of their names may stand instead."""


def shape_of(declared: Any) -> Shape:
    """The shape of a declared type."""
    rules: dict[str, Any] = {}
    while get_origin(declared) is Annotated:
        rules = {**rules_of(declared), **rules}
        declared = declared.__origin__
    origin, inner = get_origin(declared), get_args(declared)
    if origin in (Union, UnionType):
        kinds = [kind for kind in inner if kind is not NoneType]
        with_keys = [kind for kind in kinds if has_keys(kind)]
        if with_keys:
            return Shape("keys", with_keys[0])
        origins = {get_origin(kind): kind for kind in kinds}
        if tuple in origins and dict in origins:
            return Shape("entries", get_args(origins[dict])[1], listed=True)
        return Shape("value")
    if origin is dict:
        return Shape("entries", inner[1])
    if origin is tuple and "keyed" in rules:
        return Shape("entries", get_args(inner[0])[1] if get_origin(inner[0]) is tuple else inner[0])
    if origin is tuple:
        return Shape("list", inner[0])
    return Shape("keys", declared) if has_keys(declared) and declared is not Condition else Shape("value")
