"""The checks of what ties items together: what cannot be undone, what is done anew, what is the same elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oxtui.playbook.build_items import IRREVERSIBLE
from oxtui.playbook.conditions import Atom, Join, Node, Not, Over, Truth, joined
from oxtui.playbook.model import LICENCES, Item, Procedure, Scenario
from oxtui.playbook.reading import Path, Problems

_WORDS = ("not", "any", "all", LICENCES)
"""Ids that conditions and `uses` would read otherwise."""


def check_links(procedure: Procedure, scenario: Scenario, item: Item, path: Path, problems: Problems) -> None:
    """Every problem of what `item` says of other items, scenarios and mailboxes."""
    if item.id in _WORDS:
        problems.say((*path, "id"), f"'{item.id}' means something in conditions or 'uses': take another id")
    if item.killer:
        _check_irreversible(procedure, scenario, item, path, problems)
    if item.anew:
        other = scenario.by_id.get(item.anew)
        if other is None:
            problems.unknown((*path, "anew"), "item", item.anew, scenario.by_id)
        elif other.kind != "action" or other is item:
            problems.say((*path, "anew"), f"'anew' names the action that is done anew; '{item.anew}' is not one")
    for index, number in enumerate(item.keeps):
        if number not in procedure.scenarios or number == scenario.number:
            problems.say((*path, "keeps", index), f"there is no other scenario {number}")
    for number, name in item.same_as:
        _check_same(procedure, scenario, item, number, name, (*path, "same_as", str(number)), problems)


def _check_irreversible(procedure: Procedure, scenario: Scenario, item: Item, path: Path, problems: Problems) -> None:
    if not any(rule.never == item.id and rule.scenario in (0, scenario.number) for rule in procedure.rules):
        problems.say(
            (*path, _key(procedure, path)),
            f"the irreversible item '{item.id}' has no rule: say in 'rules' what it may never come before",
        )
    if item.ends and item.ends not in procedure.mailbox_fields:
        problems.unknown((*path, "ends"), "mailbox field", item.ends, procedure.mailbox_fields)
    atom = item.already
    if atom is None:
        return
    at = (*path, "already")
    asked = scenario.by_id.get(atom.item)
    if asked is None:
        problems.unknown(at, "item", atom.item, scenario.by_id)
    elif not all(asked.answer(answer) for answer in atom.answers):
        problems.unknown(at, f"answer of '{asked.id}' called", min(atom.answers), [each.id for each in asked.answers])
    elif item.when.root is None or _with(item.when.root, atom) is not False:
        problems.say(at, f"'{item.id}' would still apply with {atom}: its 'when' has to be false then")


def _key(procedure: Procedure, path: Path) -> str:
    """The key that calls an item irreversible: older playbooks have another."""
    value: Any = procedure.data
    for key in path:
        value = value[key]
    return next((key for key in IRREVERSIBLE if key in value), "irreversible")


def _with(node: Node, given: Atom) -> Truth:
    """The truth of a condition where one question has one answer, and nothing else is known."""
    if isinstance(node, Atom):
        return bool(node.answers & given.answers) if node.item == given.item and node.answers else None
    if isinstance(node, Not):
        part = _with(node.part, given)
        return not part if isinstance(part, bool) else part
    if isinstance(node, Over):
        return _with(node.part, given)
    assert isinstance(node, Join)
    parts: Iterator[Truth] = (_with(part, given) for part in node.parts)
    return joined(node.word, parts)


def _check_same(
    procedure: Procedure, scenario: Scenario, item: Item, number: int, name: str, path: Path, problems: Problems
) -> None:
    """That the item in the other scenario is there, is of the same kind, and is the same for nothing else here."""
    other_scenario = procedure.scenarios.get(number)
    if other_scenario is None or number == scenario.number:
        problems.say(path, f"there is no other scenario {number}")
        return
    other = other_scenario.by_id.get(name)
    if other is None:
        problems.unknown(path, f"item in scenario {number} called", name, other_scenario.by_id)
        return
    answers = {answer.id for answer in item.answers} & {answer.id for answer in other.answers}
    if other.kind != item.kind or other.select != item.select:
        problems.say(path, f"'{item.id}' and '{name}' are not of the same kind")
    elif other.each != item.each:
        problems.say(path, f"one of '{item.id}' and '{name}' is done for each mailbox, the other is not")
    elif item.answers and not answers:
        problems.say(path, f"'{item.id}' and '{name}' have no answer in common")
    elif (scenario.number, item.id) not in other.same_as:
        problems.say(path, f"'{name}' is the same as another item of scenario {scenario.number} already")
