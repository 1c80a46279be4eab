"""What a guard says in a rule's own words need not be walked: the promises show that what is irreversible keeps it."""

from __future__ import annotations

from oxtui.playbook.conditions import Condition, Node, Not, Over
from oxtui.playbook.conditions import Join as _Join
from oxtui.prover.cut import conjuncts
from oxtui.prover.duties import Duty

MOST_WALKED = 6
"""Items that a duty speaks of, up to which it is walked all the same: it takes next to no time."""


def implied(duty: Duty) -> bool:
    """Whether an irreversible item names in `after`, or in its `when`, the very condition that a duty asks for.

    A guard counts less than a mark: what holds for it holds for the rule. Under a `not` that is not so, and then, as
    for what has to be newer than something, the duty is walked.
    """
    item, wanted = duty.scenario.by_id[duty.item], duty.wanted
    if not item.killer or wanted.newer_than or len(duty.core) <= MOST_WALKED:
        return False
    guards = {_sign(node) for entry in item.after for node in conjuncts(entry) if not _denies(node)}
    if wanted.before:
        return all(_sign(node) in guards for entry in wanted.before for node in conjuncts(entry))
    conditions = (item.when, duty.scenario.step_of[item.id].when)
    holding = {_sign(node) for condition in conditions for node in conjuncts(condition)}
    # where a `when` holds for sure, it holds; and then its contrary does not
    return any(
        isinstance(node, Not) and all(_sign(each) in holding | guards for each in conjuncts(Condition(node.part)))
        for node in conjuncts(wanted.where)
    )


def _denies(node: Node) -> bool:
    if isinstance(node, _Join):
        return any(map(_denies, node.parts))
    return isinstance(node, Not) or (isinstance(node, Over) and _denies(node.part))


def _sign(node: Node) -> object:
    """The same for what says the same in another order."""
    if isinstance(node, _Join):
        return node.word, frozenset(map(_sign, node.parts))
    if isinstance(node, Not):
        return "not", _sign(node.part)
    return (node.word, _sign(node.part)) if isinstance(node, Over) else node
