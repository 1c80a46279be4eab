"""Compare two values along the declarations of their keys, so a new key needs nothing here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook.diff.matching import matched
from oxtui.playbook.plain_words import PlainWords, label_of, title_of, value_words
from oxtui.playbook.schema.keys import Key, Shape, keys_of, shape_of

Kind: TypeAlias = Literal["added", "removed", "changed", "renamed", "moved"]
TEXTS = frozenset(
    "do ask done awaited noted say detail nbs howto link copy leaves text title article_title short summary who heard "
    "tell facts purpose review values templates through".split()
)
"""Keys that are no safeguard; on an irreversible item any other key may be."""


class Change(Struct, frozen=True):
    """A difference: the part of the playbook, its subject and one sentence.

    `first` means that it may weaken a safeguard of an irreversible item.
    """

    part: str
    kind: Kind
    about: str
    key: str
    text: str
    old: Any = None
    new: Any = None
    first: bool = False


class Spot(Struct, frozen=True):
    """The place of a comparison: the part, its subject in words, and the meaning of ids before and after."""

    part: str
    about: str = ""
    old: PlainWords = PlainWords()
    new: PlainWords = PlainWords()
    firm: bool = False
    """Whether this part holds back something irreversible."""
    below: bool = False
    """Whether something irreversible rests on it at any depth, so a guard removed from it weakens that one."""

    def change(self, kind: Kind, key: str, text: str, old: Any = None, new: Any = None) -> Change:
        """Make a change: `SUBJECT: text`."""
        return self._change(kind, key, f"{self.about}: {text}" if self.about else text, old, new)

    def does(self, kind: Kind, key: str, text: str, old: Any = None, new: Any = None) -> Change:
        """Make a change whose sentence continues the subject: `waits for ...`."""
        return self._change(kind, key, f"{self.about} {text}", old, new)

    def _change(self, kind: Kind, key: str, sentence: str, old: Any, new: Any) -> Change:
        return Change(self.part, kind, self.about, key, sentence, old, new, self.firm and key not in TEXTS)


Teller: TypeAlias = Callable[[Spot, str, Any, Any], Iterable[Change]]
"""Describes a change of one key in its own words: spot, key, old and new value."""


def compare(
    declared: Any, old: Mapping[str, Any], new: Mapping[str, Any], spot: Spot, own: Mapping[str, Teller]
) -> Iterator[Change]:
    """Yield the differences of two mappings with known keys; `own` describes some of them (`Item.after`)."""
    for key in keys_of(declared):
        before, after = old.get(key.name), new.get(key.name)
        if before == after:
            continue
        describe = own.get(f"{declared.__name__}.{key.name}") or own.get(key.name)
        if describe is not None:
            yield from describe(spot, key.name, before, after)
        else:
            yield from _key(key, before, after, spot, own)


def _key(key: Key, old: Any, new: Any, spot: Spot, own: Mapping[str, Teller]) -> Iterator[Change]:
    shape = shape_of(key.declared)
    if shape.kind == "keys":
        yield from _with_keys(key, shape, old, new, spot, own)
    elif shape.kind == "entries" and "listed" not in shape.rules:
        yield from entries(key.name, shape.inner, old or {}, new or {}, spot, own)
    elif shape.kind == "list" and shape_of(shape.inner).kind == "keys":
        yield from entries(key.name, shape.inner, by_id(old), by_id(new), spot, own)
    elif isinstance(old, list | dict) or isinstance(new, list | dict):
        yield from listed(spot, key.name, old, new)
    else:
        yield changed(spot, key.name, old, new)


def _with_keys(key: Key, shape: Shape, old: Any, new: Any, spot: Spot, own: Mapping[str, Teller]) -> Iterator[Change]:
    declared = shape.inner
    old, new = as_keys(declared, old), as_keys(declared, new)
    if old is None or new is None:
        yield changed(spot, key.name, old, new)
        return
    about = _about(spot, label_of(key.name))
    yield from compare(declared, old, new, replace(spot, about=about), own)


def as_keys(declared: Any, value: Any) -> Any:
    """Return an entry as a mapping: a text alone is short for one with that text."""
    return {keys_of(declared)[1].name: value} if isinstance(value, str) else value


def changed(spot: Spot, key: str, old: Any, new: Any) -> Change:
    """Make the change of one value."""
    if old is None:
        return spot.change("added", key, f"{label_of(key)} is {value_words(new)} now", None, new)
    if new is None:
        return spot.change("removed", key, f"{label_of(key)} is no longer given (it was {value_words(old)})", old, None)
    return spot.change("changed", key, f"{label_of(key)}: {value_words(old)} became {value_words(new)}", old, new)


def listed(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    """Yield the differences of two lists of plain values: added and removed ones, or their order."""
    before, after = _as_list(old), _as_list(new)
    removed, added = removed_and_added(before, after)
    if removed:
        yield spot.change("removed", key, f"{label_of(key)} no longer has {value_words(removed)}", removed, None)
    if added:
        yield spot.change("added", key, f"{label_of(key)} has {value_words(added)} now", None, added)
    if not removed and not added:
        yield spot.change("moved", key, f"{label_of(key)} in another order: {value_words(after)}", before, after)


def removed_and_added(old: Sequence[Any] | None, new: Sequence[Any] | None) -> tuple[list[Any], list[Any]]:
    """Return the entries of the old list only, and of the new one only, each in its order."""
    before, after = old or [], new or []
    return [each for each in before if each not in after], [each for each in after if each not in before]


def renamed(spot: Spot, key: str, old: str, new: str) -> Iterator[Change]:
    """Yield a change of an id, if there is one."""
    if old != new:
        yield spot.change("renamed", key, f"its id was '{old}' and is '{new}'", old, new)


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [name if each == "" else {name: each} for name, each in value.items()]
    return value if isinstance(value, list) else [] if value is None else [value]


def by_id(value: Any) -> dict[str, Any]:
    """Return the entries of a list by id, or by their whole text if they have none."""
    entries: dict[str, Any] = {}
    for each in value if isinstance(value, list) else []:
        if isinstance(each, dict):
            name = next(
                (str(each[key]) for key in ("id", "number", "key", "label", "heading") if key in each),
                value_words(each),
            )
            while name in entries:
                name += "'"
            entries[name] = each
    return entries


_ONE: Final = {
    "flow": "question", "answers": "answer", "nbs": "NB", "rules": "rule", "endings": "ending", "channels": "channel",
    "contacts": "contact", "decisions": "decision", "patterns": "pattern", "mailbox_fields": "mailbox field",
    "conditions": "condition", "notices": "notice", "none_of_these": "outcome", "lines": "line", "values": "value",
    "pages": "page", "plans": "plan", "owners": "owner", "steps": "step", "covered": "change", "not_covered": "change",
    "from": "coming price", "keymap": "key",
}  # fmt: skip
"""The singular of keys that hold entries."""


def entries(
    key: str, inner: Any, old: Mapping[str, Any], new: Mapping[str, Any], spot: Spot, own: Mapping[str, Teller]
) -> Iterator[Change]:
    """Yield the differences of entries by name: added, removed and renamed ones, and changes within them."""
    one = _ONE.get(key, label_of(key))
    shape = shape_of(inner)
    describe = own.get(f"{key}[]")
    pairs = matched(old, new)
    for name in pairs.removed:
        if describe is not None and (own_words := list(describe(spot, name, old[name], None))):
            yield from own_words
        else:
            yield spot.change("removed", key, f"the {one} {_name(old[name], name)} is gone", old[name], None)
    for name in pairs.added:
        if describe is not None and (own_words := list(describe(spot, name, None, new[name]))):
            yield from own_words
        else:
            more = "" if isinstance(new[name], dict) else f": {value_words(new[name])}"
            yield spot.change("added", key, f"the {one} {_name(new[name], name)} is new{more}", None, new[name])
    for before, after in pairs.both.items():
        here = replace(spot, about=_about(spot, f"{one} {_name(new[after], after)}"))
        yield from renamed(here, key, before, after)
        if old[before] == new[after]:
            continue
        if shape.kind == "keys":
            declared = shape.inner
            if describe is not None and (own_words := list(describe(here, after, old[before], new[after]))):
                yield from own_words
                continue
            yield from compare(declared, as_keys(declared, old[before]), as_keys(declared, new[after]), here, own)
        else:
            yield changed(replace(here, about=_about(spot, one)), after, old[before], new[after])
    order, now = pairs.order(new)
    if order != now and key not in ("decisions", "owners"):
        names = ", ".join(_name(new[name], name) for name in now)
        yield spot.change("moved", key, f"the {label_of(key)} are in another order: {names}", order, now)


def _about(spot: Spot, name: str) -> str:
    return f"{spot.about}, {name}" if spot.about else name


def _name(value: Any, name: str) -> str:
    return title_of(value, name) if isinstance(value, dict) else f"'{name}'"
