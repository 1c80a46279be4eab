"""The floor's own keys: what is wrong with them is told, and only what is right is used."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping

from textual.binding import Binding
from textual.keys import Keys
from textual.screen import Screen

SCREENS = (
    "home.screen", "new_case", "call_flow.screen", "case.screen", "pages.calculator", "pages.templates",
    "pages.reference", "pages.history", "pages.help", "home.lead",
)  # fmt: skip
_SIGNS = (
    "question_mark", "slash", "full_stop", "comma", "semicolon", "colon", "exclamation_mark", "minus", "underscore",
)  # fmt: skip
_NAMED = {*_SIGNS, *(key.value for key in Keys)}


def bindings_of(kind: type[object]) -> Iterator[Binding]:
    """The bindings with an id that a screen class declares or inherits."""
    for base in kind.__mro__:
        for binding in base.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                yield binding


def all_bindings(app: type[object]) -> dict[str, list[Binding]]:
    """Every screen's bindings by the screen's name (imports every screen), with those of the app in each."""
    shared = list(bindings_of(app))
    found: dict[str, list[Binding]] = {}
    for name in SCREENS:
        module = importlib.import_module(f"oxtui.screens.{name}")
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Screen) and kind.__module__ == module.__name__:
                found[f"{name}.{kind.__name__}"] = [*bindings_of(kind), *shared]
    return found


def checked(app: type[object], keymap: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The part of `keymap` that can be used, and what is wrong with the rest, a line each."""
    screens = all_bindings(app)
    known = {binding.id for bindings in screens.values() for binding in bindings if binding.id}
    good: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in keymap.items():
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), 1)
            problems.append(f"keymap: there is no '{name}'" + (f" (did you mean '{near[0]}'?)" if near else ""))
            continue
        bad = [key for key in keys.split(",") if not _is_key(key.strip())]
        if bad:
            problems.append(f"keymap: {name}: '{bad[0]}' is no key")
            continue
        good[name] = keys
    for clash in _clashes(screens, good):
        problems.append(clash)
    return good, problems


def _is_key(key: str) -> bool:
    base = key.split("+")[-1]
    return bool(base) and (len(base) == 1 or base in _NAMED)


def _clashes(screens: Mapping[str, list[Binding]], keymap: dict[str, str]) -> Iterator[str]:
    """Keys that two actions of one screen would share; the floor's change is dropped from `keymap`, and reported."""
    told: set[tuple[str, str]] = set()
    for bindings in screens.values():
        taken: dict[str, str] = {}
        for binding in bindings:
            name = binding.id or ""
            for key in keymap.get(name, binding.key).split(","):
                other = taken.setdefault(key.strip(), name)
                if other == name or (other, name) in told or not {other, name} & set(keymap):
                    continue
                told.add((other, name))
                gone = name if name in keymap else other
                keymap.pop(gone, None)
                yield f"keymap: {other} and {name} are both on '{key.strip()}': {gone} keeps its own key"
