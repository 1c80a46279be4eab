"""Checks how a playbook is built around the items that end a service."""

from __future__ import annotations

from collections.abc import Iterator

from oxtui.playbook.model import Item, Procedure, Scenario
from oxtui.playbook.order import leading_to


def faults(procedure: Procedure, scenario: Scenario) -> Iterator[tuple[Item, str]]:
    """Yield the killers that no rule names, and those that never ask about a mailbox that comes late."""
    for item in _killers(scenario):
        rules = (rule for rule in procedure.rules if rule.never == item.id and rule.before)
        if not any(rule.scenario in (0, scenario.number) for rule in rules):
            yield item, f"'{item.text}' is irreversible and has no rule: nothing is proved of it"
        if item.ends and not _for_each(scenario, item):
            words = f"'{item.text}' waits for nothing that is done one by one: of what comes late nobody asks"
            yield item, words


def notes(scenario: Scenario) -> Iterator[str]:
    """Yield what a floor lead may not have meant."""
    for killer in _killers(scenario):
        where = f"scenario {scenario.number}, '{killer.text}'"
        if not killer.ends and _for_each(scenario, killer):
            yield f"{where}: it has no 'ends', so a {{one}} that is left out does not lock it"
        witnesses = {name for entry in killer.after for name in entry.items() if name in scenario.by_id}
        below = {name for each in witnesses for name in leading_to(scenario.rested_on_by, each)}
        for name in sorted(witnesses - below):
            witness = scenario.by_id[name]
            if witness.client and not witness.fresh_for:
                yield f"{where}: '{witness.text}' has no 'fresh_for', so what the client said never becomes too old"


def _killers(scenario: Scenario) -> Iterator[Item]:
    return (item for item in scenario.items() if item.killer)


def _for_each(scenario: Scenario, killer: Item) -> bool:
    """Whether anything that a killer waits for, at any depth, is done for each mailbox."""
    waited_for = leading_to(scenario.rested_on_by, killer.id)
    return any(item.each for item in scenario.items() if item.id in waited_for)
