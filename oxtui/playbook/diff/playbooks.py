"""Compare two playbooks by meaning: weakened safeguards first, then prices, scenarios and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook.diff.compare import Change, Spot, Teller, by_id, changed, compare, removed_and_added, renamed
from oxtui.playbook.diff.matching import matched, with_names
from oxtui.playbook.file_kinds import FILE_KINDS
from oxtui.playbook.model import NB, Item, Procedure, Rule, Scenario, Step
from oxtui.playbook.order import leading_to, reopens
from oxtui.playbook.plain_words import PlainWords, label_of, title_of, value_words
from oxtui.playbook.reader.files import PlaybookFile, ends_for_good

PRICES: Final = "Prices"
ALL: Final = "All scenarios"


class Side(Struct, frozen=True):
    """One of the two playbooks: the plain values of its files, and its procedure."""

    plain: Mapping[str, Any]
    procedure: Procedure


def differences(old: Side, new: Side) -> list[Change]:
    """Return every difference, the most important first."""
    names = _all_names(old, new)
    changes = [*_scenarios(old, new, names), *_main(old, new, names), *_folder("templates", old, new, names)]
    for each in FILE_KINDS:
        if "*" not in each.place and each.name != "playbook":
            part = PRICES if each.name == "plans" else each.place
            spot = Spot(part)
            changes += compare(each.declared, old.plain.get(each.place, {}), new.plain.get(each.place, {}), spot, OWN)
    changes += _folder("walks", old, new, {})
    parts = [PRICES, *dict.fromkeys(each.part for each in changes if each.part != PRICES)]
    return sorted(changes, key=lambda each: (not each.first, parts.index(each.part)))


def _files(side: Side, part: str) -> dict[str, Any]:
    """Return the files of a folder by their id or number, else by name."""
    files = {name: each for name, each in side.plain.items() if name.startswith(f"{part}/") and isinstance(each, dict)}
    return {str(each.get("id") or each.get("number") or name): each for name, each in files.items()}


def _folder(part: str, old: Side, new: Side, names: Mapping[str, str]) -> Iterator[Change]:
    declared = next(each.declared for each in FILE_KINDS if each.place.startswith(part))
    before, after = _files(old, part), _files(new, part)
    pairs = matched(before, after)
    whole = Spot(part.capitalize())
    for name in pairs.removed:
        yield whole.change("removed", part, f"{title_of(before[name], name)} is gone", before[name])
    for name in pairs.added:
        yield whole.change("added", part, f"{title_of(after[name], name)} is new", None, after[name])
    for was, now in pairs.both.items():
        spot = replace(whole, about=title_of(after[now], now))
        yield from renamed(spot, "id", was, now)
        yield from compare(declared, with_names(declared, before[was], names) | _id(after[now]), after[now], spot, OWN)


def _id(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the new id, whose change was reported before."""
    return {"id": value["id"]} if "id" in value else {}


def _main(old: Side, new: Side, names: Mapping[str, str]) -> Iterator[Change]:
    scenarios = [side.procedure.scenarios.values() for side in (old, new)]
    spot = Spot(ALL, "", _words(old, scenarios[0]), _words(new, scenarios[1]))
    yield from compare(PlaybookFile, with_names(PlaybookFile, _plain(old), names), _plain(new), spot, OWN)


def _plain(side: Side) -> dict[str, Any]:
    found = side.plain.get("playbook.yaml")
    return dict(found) if isinstance(found, dict) else {}


def _words(side: Side, scenarios: Iterable[Scenario]) -> PlainWords:
    return PlainWords(scenarios, side.procedure.flow, side.procedure.about.one)


def _all_names(old: Side, new: Side) -> dict[str, str]:
    """Return the new ids of renamed items, NBs and templates, by their old ones."""
    names = dict(matched(_plain(old).get("nbs") or {}, _plain(new).get("nbs") or {}).renamed)
    names |= matched(_files(old, "templates"), _files(new, "templates")).renamed
    before, after = _files(old, "scenarios"), _files(new, "scenarios")
    for number in before.keys() & after.keys():
        names |= matched(_items(before[number]), _items(after[number])).renamed
    return names


def _items(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items of a scenario by id."""
    return {
        str(item.get("id")): item
        for step in scenario.get("steps") or []
        for item in (step.get("items") or [] if isinstance(step, dict) else [])
        if isinstance(item, dict)
    }


def _scenarios(old: Side, new: Side, names: Mapping[str, str]) -> Iterator[Change]:
    before, after = _files(old, "scenarios"), _files(new, "scenarios")
    for number in before.keys() - after.keys():
        spot = Spot(f"Scenario {number}", firm=any(ends_for_good(item) for item in _items(before[number]).values()))
        yield spot.change("removed", "scenario", f"{title_of(before[number])} is gone", before[number])
    for number in after.keys() - before.keys():
        yield Spot(f"Scenario {number}").change("added", "scenario", f"{title_of(after[number])} is new", None)
    for number in sorted(before.keys() & after.keys()):
        known = [side.procedure.scenarios.get(int(number)) for side in (old, new)]
        was, now = (_words(side, [each] if each else []) for side, each in zip((old, new), known, strict=True))
        spot = Spot(f"Scenario {number}", "", was, now)
        yield from _scenario(spot, known, with_names(Scenario, before[number], names), after[number])


def _scenario(
    spot: Spot, known: list[Scenario | None], before: dict[str, Any], after: dict[str, Any]
) -> Iterator[Change]:
    items = _items(before), _items(after)
    pairs = matched(*items)
    yield from compare(Scenario, {**before, "steps": None}, {**after, "steps": None}, spot, OWN)
    yield from _steps(before, after, spot)
    for name in pairs.removed:
        here = replace(spot, firm=ends_for_good(items[0][name]) or _holds_back(known[0], name))
        yield here.change("removed", "item", f"{title_of(items[0][name])} is gone", items[0][name])
    for name in pairs.added:
        here = replace(spot, firm=ends_for_good(items[1][name]))
        more = ", and ends something for good" if here.firm else ""
        yield here.change("added", "item", f"{title_of(items[1][name])} is new{more}", None, items[1][name])
    for was, now in pairs.both.items():
        firm = ends_for_good(items[0][was]) or ends_for_good(items[1][now])
        firm = firm or _holds_back(known[0], was) or _holds_back(known[1], now)
        below = firm or _below(known[0], was)
        here = replace(spot, about=title_of(items[1][now]), firm=firm, below=below)
        yield from renamed(replace(here, firm=False), "id", was, now)
        yield from compare(Item, {**items[0][was], "id": now}, items[1][now], here, OWN)
    order, moved = pairs.order(items[1])
    if order != moved:
        first = next(now for was, now in zip(order, moved, strict=True) if was != now)
        yield spot.change(
            "moved", "items", f"the items stand in another order, from {title_of(items[1][first])} on", order, moved
        )


def _steps(before: dict[str, Any], after: dict[str, Any], spot: Spot) -> Iterator[Change]:
    steps = by_id(before.get("steps")), by_id(after.get("steps"))
    pairs = matched(*steps)
    for name in pairs.removed:
        yield spot.change("removed", "steps", f"the step {title_of(steps[0][name])} is gone", name)
    for name in pairs.added:
        yield spot.change("added", "steps", f"the step {title_of(steps[1][name])} is new", None, name)
    for was, now in pairs.both.items():
        within = [item for each in (steps[0][was], steps[1][now]) for item in _items({"steps": [each]}).values()]
        firm = any(map(ends_for_good, within))
        here = replace(spot, about=f"the step {title_of(steps[1][now])}", firm=firm)
        old, new = ({**each, "items": None} for each in (steps[0][was], steps[1][now]))
        yield from compare(Step, old, new, here, OWN)


def _holds_back(scenario: Scenario | None, name: str) -> bool:
    """Whether something irreversible waits for the item, or for an answer that it takes back."""
    if scenario is None or name not in scenario.by_id:
        return False
    return name in scenario.witnesses or any(each in scenario.witnesses for each in reopens(scenario.by_id[name]))


def _below(scenario: Scenario | None, name: str) -> bool:
    """Whether something irreversible rests on the item, at any depth."""
    items = scenario.by_id.values() if scenario else ()
    return scenario is not None and any(name in leading_to(scenario.rested_on_by, i.id) for i in items if i.killer)


# -- in their own words
def _when(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    was, now = spot.old.condition(old) if old else "always", spot.new.condition(new) if new else "always"
    words = {"when": "applies", "where": "counts"}.get(key, key)
    yield spot.does("changed", key, f"{words} where {now} (before: {was})".replace("where always", "always"), old, new)


def _rule(spot: Spot, name: str, old: Any, new: Any) -> Iterator[Change]:
    """A removed or changed rule always comes first: nothing else may protect that item."""
    if new is None:
        yield replace(spot, firm=True).change(
            "removed", "rules", f"the rule is gone: {old.get('text', name)}", old, None
        )
    elif old is not None:
        yield from compare(Rule, old, new, replace(spot, firm=True), OWN)


def _conditions(words: str, gone_words: str) -> Teller:
    def describe(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
        gone, came = removed_and_added(old, new)
        if gone:
            weaker = replace(spot, firm=spot.firm or spot.below)
            yield weaker.does("removed", key, f"{gone_words}: {'; '.join(spot.old.all_of(gone))}", gone, None)
        if came:
            came_spot = spot if gone else replace(spot, firm=False)
            yield came_spot.does("added", key, f"{words}: {'; '.join(spot.new.all_of(came))}", None, came)
        if not gone and not came:
            yield replace(spot, firm=False).change("moved", key, f"{label_of(key)} in another order", old, new)

    return describe


def _locks(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    removed, added = removed_and_added(old, new)
    for name in removed:
        yield replace(spot, firm=True).does("removed", key, f"no longer locks {spot.old.item(name)}", name, None)
    for name in added:
        yield spot.does("added", key, f"locks {spot.new.item(name)} now", None, name)


def _nb(spot: Spot, name: str, old: Any, new: Any) -> Iterator[Change]:
    """An NB with `locks` is a safeguard."""
    firm = replace(spot, firm=True)
    if new is None and old.get("locks"):
        yield firm.change("removed", "nbs", f"the NB {title_of(old, name)} is gone, and its lock", old, None)
    elif old is not None and new is not None and old.get("locks"):
        yield from compare(NB, old, new, firm, OWN)


def _price(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    yield spot.change("changed", key, f"{old} became {new}", old, new)


def _by_word(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    words = "is no longer taken" if new == "false" else "may be taken"  # left out, it is taken
    yield spot.does("changed", key, f"{words} from a colleague's word{'' if new == 'false' else ' now'}", old, new)


def _coming(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    def words(prices: Any) -> str:
        rows = [f"{each.get('price')} from {each.get('date')}" for each in prices or [] if isinstance(each, dict)]
        return ", ".join(rows) or "none"

    yield spot.change("changed", key, f"coming prices: {words(old)} became {words(new)}", old, new)


def _words_for(given: str, missing: str, *, firm: bool = False) -> Teller:
    """Describe a key that is added or removed, or a flag; with `firm` it is a safeguard wherever it is."""

    def describe(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
        here = replace(spot, firm=spot.firm or firm)
        yield here.does("changed", key, missing if new in (None, "false") else given, old, new)

    return describe


def _fresh(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    if new is None:
        yield spot.does("removed", key, f"counts for any time now (before: {old})", old, None)
    else:
        yield spot.does("changed", key, f"must be checked again after {new} (before: {old or 'never'})", old, new)


def _texts(spot: Spot, key: str, old: Any, new: Any) -> Iterator[Change]:
    if old is None or new is None:
        yield changed(spot, key, old, new)
    else:
        yield spot.change("changed", key, f"{value_words(old)} reads now {value_words(new)}", old, new)


_ENDS: Final = _words_for("ends something for good now", "no longer counts as irreversible")
OWN: Final[Mapping[str, Teller]] = {
    "Item.after": _conditions("waits for this now", "no longer waits for this"),
    "when": _when,
    "Rule.where": _when,
    "Rule.before": _conditions("wants this first now", "no longer wants this first"),
    "Item.irreversible": _ENDS,
    "Item.killer": _ENDS,
    "Item.optional": _words_for("can be left out now", "can no longer be left out"),
    "Item.by_word": _by_word,
    "Item.by": _words_for(
        "needs another agent now", "no longer needs another agent: one person can do it alone", firm=True
    ),
    "Item.with": _words_for("needs the client now", "no longer needs the client"),
    "Item.fresh_for": _fresh,
    "Item.do": _texts,
    "Item.ask": _texts,
    "text": _texts,
    "title": _texts,
    "NB.locks": _locks,
    "Plan.price": _price,
    "Plan.from": _coming,
    "rules[]": _rule,
    "nbs[]": _nb,
}
"""Keys described in their own words; every other key is described by its label."""
