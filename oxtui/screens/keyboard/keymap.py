"""The floor's own keymap: every mistake in it is reported, and the rest is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from textual.binding import Binding
from textual.keys import Keys
from textual.screen import Screen

from oxtui.screens.base import bindings_of
from oxtui.text import did_you_mean

SCREENS = (
    "home.screen", "new_case", "call_flow.screen", "case.screen", "pages.calculator", "pages.templates",
    "pages.reference", "pages.history", "pages.help", "home.lead",
)  # fmt: skip
_SIGNS = (
    "question_mark", "slash", "full_stop", "comma", "semicolon", "colon", "exclamation_mark", "minus", "underscore",
)  # fmt: skip
_NAMED = {*_SIGNS, *(key.value for key in Keys)}


def _with_ids(kind: type[object]) -> list[Binding]:
    """Return the bindings with an id that a screen class declares or inherits."""
    return [binding for base in kind.__mro__ for binding in bindings_of(base) if binding.id]


def all_bindings(app: type[object]) -> dict[str, list[Binding]]:
    """Return each screen's bindings by its name, with those of the app; imports every screen."""
    shared = _with_ids(app)
    by_screen: dict[str, list[Binding]] = {}
    for name in SCREENS:
        module = importlib.import_module(f"oxtui.screens.{name}")
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Screen) and kind.__module__ == module.__name__:
                by_screen[f"{name}.{kind.__name__}"] = [*_with_ids(kind), *shared]
    return by_screen


def checked(app: type[object], keymap: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the usable part of `keymap`, and a line for each problem of the rest."""
    screens = all_bindings(app)
    known = {binding.id for bindings in screens.values() for binding in bindings if binding.id}
    good: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in keymap.items():
        if name not in known:
            problems.append(f"keymap: there is no '{name}'{did_you_mean(name, sorted(known))}")
            continue
        bad = [key for key in keys.split(",") if not _is_key(key.strip())]
        if bad:
            problems.append(f"keymap: {name}: '{bad[0]}' is no key")
            continue
        good[name] = keys
    return good, [*problems, *_clashes(screens, good)]


def _is_key(key: str) -> bool:
    base = key.split("+")[-1]
    return bool(base) and (len(base) == 1 or base in _NAMED)


def _clashes(screens: Mapping[str, list[Binding]], keymap: dict[str, str]) -> Iterator[str]:
    """Remove from `keymap` the keys that two actions of one screen would share, and yield a line for each."""
    reported: set[tuple[str, str]] = set()
    for bindings in screens.values():
        taken: dict[str, str] = {}
        for binding in bindings:
            name = binding.id or ""
            for key in keymap.get(name, binding.key).split(","):
                other = taken.setdefault(key.strip(), name)
                if other == name or (other, name) in reported or not {other, name} & set(keymap):
                    continue
                reported.add((other, name))
                dropped = name if name in keymap else other
                keymap.pop(dropped, None)
                yield f"keymap: {other} and {name} are both on '{key.strip()}': {dropped} keeps its own key"
