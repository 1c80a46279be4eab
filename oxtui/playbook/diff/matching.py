"""Match entries of two playbooks whose ids have changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.schema.keys import keys_of, shape_of

_ALIKE: Final = 0.6


class Matched(NamedTuple):
    """Entries on both sides, by old name, and the names of those on one side only."""

    both: dict[str, str]
    removed: list[str]
    added: list[str]

    @property
    def renamed(self) -> dict[str, str]:
        """The renamed entries, new name by old."""
        return {old: new for old, new in self.both.items() if old != new}

    def order(self, new: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the new names of entries on both sides, in the old order and in that of `new`."""
        names = list(self.both.values())
        return names, [name for name in new if name in set(names)]


def matched(old: Mapping[str, Any], new: Mapping[str, Any]) -> Matched:
    """Match entries by name, then the most similar of the others if they are similar enough."""
    both = {name: name for name in old if name in new}
    removed = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    likeness = sorted(((_likeness(old[a], new[b]), -len(removed), a, b) for a in removed for b in added), reverse=True)
    taken: set[str] = set()
    for alike, _, a, b in likeness:
        if alike >= _ALIKE and a not in both and b not in taken:
            both[a] = b
            taken.add(b)
    lost = [name for name in removed if name not in both]
    return Matched({name: both[name] for name in old if name in both}, lost, [n for n in added if n not in taken])


def _likeness(old: Any, new: Any) -> float:
    """Return the similarity of two entries, 0 to 1; texts are either equal or not."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return 1.0 if old == new else 0.0
    keys = (old.keys() | new.keys()) - {"id", "facts"}
    if not keys:
        return 0.0
    same: int = sum(old.get(key) == new.get(key) for key in keys)
    # The text of an entry counts most.
    named = any(old.get(key) and old.get(key) == new.get(key) for key in ("do", "ask", "title", "text"))
    return min(1.0, same / len(keys) + (0.3 if named else 0.0))


_ID: Final = re.compile(r"(?<![a-z0-9-])[a-z0-9]+(?:-[a-z0-9]+)*(?![a-z0-9-])")
_NAMING: Final = frozenset("never ref proposes conditions templates through prechecks cover".split())
"""Keys whose texts hold ids without being declared as names."""


def with_names(declared: Any, value: Any, names: Mapping[str, str], key: str = "") -> Any:
    """Return a value of the old playbook with renamed references; other texts are unchanged."""
    shape = shape_of(declared)
    naming = key in _NAMING
    if shape.kind == "keys" and isinstance(value, dict):
        keys = {each.name: each.declared for each in keys_of(shape.inner)}
        return {name: with_names(keys[name], each, names, name) if name in keys else each
                for name, each in value.items()}  # fmt: skip
    if shape.kind == "entries" and isinstance(value, dict):
        rename = names if naming or key == "evidence" else {}
        return {rename.get(name, name): with_names(shape.inner, each, names, key) for name, each in value.items()}
    if shape.kind in ("list", "entries") and isinstance(value, list):
        return [with_names(shape.inner, each, names, key) for each in value]
    if isinstance(value, str) and (naming or "refers_to" in shape.rules or shape.inner in (Condition, Atom)):
        return _ID.sub(lambda found: names.get(found[0], found[0]), value)
    return value
