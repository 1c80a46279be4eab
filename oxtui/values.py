"""Values with named fields: what `dataclasses` makes, without the time that it takes.

`dataclasses` compiles eight functions for a frozen class with slots, which is 0.6 ms, and the first frame
needs seventy such classes. Here only `__init__` is compiled, and that when the class is first used. What
comes out is a dataclass to the standard library, too: its `replace`, `fields` and `asdict` work on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeVar, dataclass_transform, overload

__all__ = ["dataclass", "field", "names", "replace"]

T = TypeVar("T")

_MISSING: Final[Any] = object()
_FIELDS: Final = "__value_fields__"


class _Field:
    """What is known of one field; `init`, `repr` and `compare` as in `dataclasses.field`."""

    __slots__ = ("compare", "default", "factory", "init", "repr")

    def __init__(self, default: Any, factory: Any, init: bool, repr: bool, compare: bool) -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.repr = repr
        self.compare = compare


@overload
def field(*, default: T, init: bool = ..., repr: bool = ..., compare: bool = ...) -> T: ...
@overload
def field(
    *, default_factory: Callable[[], T], init: bool = ..., repr: bool = ..., compare: bool = ...
) -> T: ...
@overload
def field(*, init: bool = ..., repr: bool = ..., compare: bool = ...) -> Any: ...
def field(
    *,
    default: Any = _MISSING,
    default_factory: Any = _MISSING,
    init: bool = True,
    repr: bool = True,
    compare: bool = True,
) -> Any:
    """A field of which there is more to say than a default; as `dataclasses.field`."""
    return _Field(default, default_factory, init, repr, compare)


@dataclass_transform(field_specifiers=(field,))
def dataclass(*, slots: bool, frozen: bool = False) -> Callable[[type[T]], type[T]]:
    """Make a class of values out of one with annotated fields; as `dataclasses.dataclass`, always with slots.

    Raises TypeError where it is derived from a dataclass of the standard library.
    """
    if not slots:
        raise TypeError("values have slots: use dataclasses.dataclass")

    def made(cls: type[T]) -> type[T]:
        return _made(cls, frozen)

    return made


def replace(value: T, /, **changes: Any) -> T:
    """A copy of `value` with other values in the fields that are named; as `dataclasses.replace`."""
    fields: Mapping[str, _Field] = getattr(type(value), _FIELDS)
    for name, each in fields.items():
        if each.init and name not in changes:
            changes[name] = getattr(value, name)
    return type(value)(**changes)


def names(of: object) -> tuple[str, ...]:
    """The names of the fields of a value or of a class of values, in their order."""
    return tuple(getattr(of, _FIELDS))


def _made(cls: type[T], frozen: bool) -> type[T]:
    body = dict(cls.__dict__)
    fields: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        if "__dataclass_fields__" in base.__dict__ and _FIELDS not in base.__dict__:
            raise TypeError(f"{cls.__name__} is derived from a dataclass of the standard library")
        fields.update(base.__dict__.get(_FIELDS, {}))
    inherited = set(fields)
    for name, kind in body.get("__annotations__", {}).items():
        if not str(kind).startswith("ClassVar"):
            default = body.pop(name, _MISSING)
            known = isinstance(default, _Field)
            fields[name] = default if known else _Field(default, _MISSING, True, True, True)
    body["__slots__"] = tuple(name for name in fields if name not in inherited)
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    body[_FIELDS] = fields
    body["__dataclass_fields__"] = _ForTheLibrary()
    body["__match_args__"] = tuple(name for name, each in fields.items() if each.init)
    _add_methods(body, fields, frozen)
    kind_of: Any = type(cls)
    made: Any = kind_of(cls.__name__, cls.__bases__, body)
    if "__init__" not in body:
        made.__init__ = _compiled_at_first_use(made, fields)
    return made  # type: ignore[no-any-return]


def _add_methods(body: dict[str, Any], fields: Mapping[str, _Field], frozen: bool) -> None:
    """Add what the class does not say itself."""
    compared = [name for name, each in fields.items() if each.compare]
    key: Callable[[Any], Any] = attrgetter(*compared) if compared else lambda value: ()

    def equal(self: Any, other: object) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(key(self))

    def shown(self: Any) -> str:
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name, each in fields.items() if each.repr)
        return f"{type(self).__qualname__}({parts})"

    body.setdefault("__repr__", shown)
    if "__eq__" not in body:
        body["__eq__"] = equal
        body.setdefault("__hash__", hashed if frozen else None)
    body["__getstate__"], body["__setstate__"] = _state, _set_state
    if frozen:
        body["__setattr__"] = body["__delattr__"] = _refused


def _compiled_at_first_use(cls: Any, fields: Mapping[str, _Field]) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **named: Any) -> None:  # noqa: N807
        cls.__init__ = _compiled(cls, fields)
        cls.__init__(self, *args, **named)

    return __init__


def _compiled(cls: type, fields: Mapping[str, _Field]) -> Callable[..., None]:
    """The `__init__` of a class: it sets the slots themselves, which no `__setattr__` forbids."""
    known: dict[str, Any] = {"_missing": _MISSING}
    heads, lines = ["self"], []
    for name, each in fields.items():
        value = name
        if each.factory is not _MISSING:
            known[f"_make_{name}"] = each.factory
            value = f"_make_{name}() if {name} is _missing else {name}" if each.init else f"_make_{name}()"
            default = "=_missing"
        elif each.default is not _MISSING:
            known[f"_default_{name}"] = each.default
            value = name if each.init else f"_default_{name}"
            default = f"=_default_{name}"
        elif each.init:
            default = ""
        else:
            continue  # `__post_init__` sets it
        if each.init:
            heads.append(name + default)
        known[f"_set_{name}"] = getattr(cls, name).__set__
        lines.append(f" _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(heads)}):\n" + ("\n".join(lines) or " pass"), known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in getattr(type(self), _FIELDS)]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(getattr(type(self), _FIELDS), state, strict=True):
        object.__setattr__(self, name, value)


def _refused(self: Any, name: str, *value: Any) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to or delete field {name!r}")


class _ForTheLibrary:
    """`__dataclass_fields__`: what the standard library knows a dataclass by, made when it asks."""

    def __get__(self, value: object, owner: Any) -> Mapping[str, Any]:
        import dataclasses

        found = {}
        for name, each in getattr(owner, _FIELDS).items():
            more = {} if each.default is _MISSING else {"default": each.default}
            more |= {} if each.factory is _MISSING else {"default_factory": each.factory}
            made: Any = dataclasses.field(init=each.init, repr=each.repr, compare=each.compare, **more)
            made.name, made._field_type = name, dataclasses._FIELD  # type: ignore[attr-defined]
            found[name] = made
        owner.__dataclass_fields__ = found
        return found
