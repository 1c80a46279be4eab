"""Cuts a scenario down to a few items; the rest may at any moment affect them in every way it could.

A guard that names a removed item is as lenient as it can be. Where a removed item decides whether another applies, a
switch takes its place (a question with the answers on and off); where it takes answers back or does actions anew, a
stub does. That it makes a mark stale is left out: a stale mark only locks.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook.conditions import Atom, Condition, Join, Node, Not, Over
from oxtui.playbook.model import LICENCES, Answer, Item, Scenario, Step
from oxtui.playbook.order import derive, inverse, reopens

SWITCH = "~applies"
ON, OFF = ("on",), ("off",)


class Cut(Struct, frozen=True):
    """A scenario cut down, and the effects that the removed items can have on it."""

    scenario: Scenario
    items: tuple[Item, ...]
    """The kept items, in the order in which they are judged."""
    switches: tuple[Item, ...] = ()
    """One for each condition that names removed items; several items may share it."""
    stubs: tuple[Item, ...] = ()
    """Removed items that take several answers back at once, or do an action anew."""
    terms: frozenset[str] = frozenset()
    """Actions that use removed items: they can be done on new terms at any moment."""
    ended: tuple[tuple[str, str], ...] = ()
    """Questions whose answer says that a service was ended already, if the killer was removed."""
    whole: bool = False


def cut(scenario: Scenario, kept: Iterable[str], bare: str = "") -> Cut:
    """Cut `scenario` down to the items `kept`; the item `bare` may always apply."""
    names = set(kept)
    if names >= set(scenario.by_id):
        return Cut(scenario, tuple(scenario.by_id[name] for name in scenario.order), whole=True)
    steps: list[Step] = []
    switches: dict[object, Item] = {}
    for item in scenario.items():
        if item.id in names:
            steps.append(_cut_item(scenario, item, names, bare, switches))
    steps += [Step(switch.id, "", (switch,)) for switch in switches.values()]
    stubs = tuple(stub for item in scenario.items() if item.id not in names and (stub := _stub(scenario, item, names)))
    steps += [Step(stub.id, "", (stub,)) for stub in stubs]
    small = derive(replace(scenario, steps=tuple(steps), nbs=()))
    rests_on = {name: _kept(scenario.rests_on.get(name, ()), names) for name in small.by_id}
    waiting = {name: _kept(scenario.waiting.get(name, ()), names) for name in small.by_id if name in names}
    small = replace(
        small,
        rests_on=rests_on,
        rested_on_by=inverse(rests_on),
        waiting=waiting,
        firm={name: why for name, why in scenario.firm.items() if name in names},
        done_anew_by={
            name: tuple(each for each in by if each in names)
            for name, by in scenario.done_anew_by.items()
            if name in names
        },
    )
    return Cut(
        small,
        tuple(small.by_id[name] for name in small.order if name in names),
        tuple(switches.values()),
        stubs,
        frozenset(
            item.id
            for item in scenario.items()
            if item.id in names and item.acts and not set(item.uses) <= names - {LICENCES}
        ),
        tuple(
            (item.already.item, min(item.already.answers))
            for item in scenario.items()
            if item.already and item.id not in names and item.already.item in names
        ),
    )


def plain_valued(scenario: Scenario, node: Node) -> bool:
    """Whether a condition has the same value for all mailboxes."""
    if isinstance(node, Atom):
        return node.item not in scenario.by_id or not scenario.by_id[node.item].each
    if isinstance(node, Over):
        return True
    return all(plain_valued(scenario, part) for part in (node.parts if isinstance(node, Join) else (node.part,)))


def apart(small: Cut, target: str) -> bool:
    """Whether no mailbox affects another before `target` is done, so that one mailbox shows all that two would.

    That is so where single items do not depend on `each` items, and `each` items depend on their own address alone.
    """
    by_id = small.scenario.by_id
    for item in by_id.values():
        conditions = (item.when, small.scenario.step_of[item.id].when, *item.after)
        changes = [by_id[name].each for name in (*reopens(item), item.anew) if name in by_id]
        if not all(changes) if item.each else any(changes):
            return False  # an item for one mailbox takes back one for all, or the other way round
        if item.each:
            if any(_over_all(condition.root) for condition in conditions):
                return False
        elif item.id != target:
            named = {name for each in conditions for name in each.items()} | {*item.uses, *item.follows}
            if any(name in by_id and by_id[name].each for name in named):
                return False
        elif any(not _for_all(small.scenario, condition.root, index > 1) for index, condition in enumerate(conditions)):
            return False
    return True


def _over_all(node: Node | None) -> bool:
    """Whether a condition looks at other mailboxes."""
    if node is None or isinstance(node, Atom):
        return False
    return isinstance(node, Over) or any(map(_over_all, node.parts if isinstance(node, Join) else (node.part,)))


def _for_all(scenario: Scenario, node: Node | None, bare_is_all: bool) -> bool:
    """Whether a condition that holds for all mailboxes holds for each of them alone."""
    if node is None:
        return True
    if isinstance(node, Atom):
        return bare_is_all or plain_valued(scenario, node)
    if isinstance(node, Join):
        return all(_for_all(scenario, part, bare_is_all) for part in node.parts)
    if isinstance(node, Over) and node.word == "all":
        return not _over_all(node.part)
    return plain_valued(scenario, node.part) and not _over_all(node.part)


def all_of(nodes: Iterable[Node]) -> Condition:
    """Return the condition that all of these hold."""
    parts = tuple(nodes)
    return Condition(Join("and", parts) if len(parts) > 1 else parts[0]) if parts else Condition()


def _cut_item(scenario: Scenario, item: Item, names: set[str], bare: str, switches: dict[object, Item]) -> Step:
    own, dropped = _parted(item.when, names)
    of_step, more = _parted(scenario.step_of[item.id].when, names)
    dropped += more
    if dropped and item.id != bare:
        each = item.each and not all(plain_valued(scenario, node) for node in dropped)
        # items with the same `when` share a switch
        known = (tuple(dropped), each)
        if known not in switches:
            answers = (Answer("on", "on"), Answer("off", "off"))
            switches[known] = Item(
                item.id + SWITCH, "question", f"Does '{item.text}' apply?", each=each, answers=answers
            )
        own = [*own, Atom(switches[known].id, frozenset(ON))]
    after = (_lenient(entry.root, names) for entry in item.after if entry.root is not None)
    small = replace(
        item,
        when=all_of(own),
        after=tuple(Condition(node) for node in after if not isinstance(node, bool)),
        uses=_kept(item.uses, names),
        follows=_kept(item.follows, names),
        reopens=_kept(item.reopens, names),
        answers=tuple(replace(answer, reopens=_kept(answer.reopens, names)) for answer in item.answers),
        anew=item.anew if item.anew in names else "",
    )
    return Step(item.id, "", (small,), when=all_of(of_step))


def _parted(condition: Condition, names: set[str]) -> tuple[list[Node], list[Node]]:
    """Split a condition into the parts that name kept items only, and the others."""
    own: list[Node] = []
    dropped: list[Node] = []
    for node in condition.conjuncts():
        (own if set(Condition(node).items()) <= names else dropped).append(node)
    return own, dropped


def _lenient(node: Node, names: set[str], wanted: bool = True) -> Node | bool:
    """Return a guard with removed items read as leniently as possible."""
    if isinstance(node, Atom):
        return node if node.item in names else wanted
    if isinstance(node, Not):
        part = _lenient(node.part, names, not wanted)
        return not part if isinstance(part, bool) else Not(part)
    if isinstance(node, Over):
        part = _lenient(node.part, names, wanted)
        return part if isinstance(part, bool) else Over(node.word, part)
    parts: list[Node] = []
    for each in node.parts:
        part = _lenient(each, names, wanted)
        if isinstance(part, bool):
            if part is (node.word == "or"):
                return part
        else:
            parts.append(part)
    if not parts:
        return node.word == "and"
    return parts[0] if len(parts) == 1 else Join(node.word, tuple(parts))


def _stub(scenario: Scenario, item: Item, names: set[str]) -> Item | None:
    """Return the stub of a removed item; None if taking back one answer does the same."""
    ends = [name for name in reopens(item) if name in names]
    anew = item.anew if item.anew in names else ""
    acted = item.anew or (item.id if item.kind == "action" else "")
    if not anew:
        ends += [name for name in scenario.waiting.get(acted, ()) if name in names]
    ends = list(dict.fromkeys(ends))
    if not anew and len(ends) < 2:
        return None
    return Item(item.id, "action", item.text, each=item.each, reopens=tuple(ends), anew=anew)


def _kept(named: Iterable[str], names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in named if name in names or name == LICENCES)
