"""Read plans.yaml, and check that every change of plan has exactly one answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

from msgspec.structs import replace

from oxtui.playbook.about import NEUTRAL, Words
from oxtui.playbook.plans import (
    ANY,
    SAY_FIELDS,
    CreditRule,
    MoneyDecision,
    Plan,
    Plans,
    PlansFile,
    Policy,
    fitting,
)
from oxtui.playbook.schema.walker import DataPath, Maker, Problems, Written, read

_SAYS: Final = ("say", "say_many", "say_zero", "say_zero_many")


def plans_from_data(
    data: Any, open_decisions: Iterable[str] = (), words: Words = NEUTRAL
) -> tuple[Plans | None, list[tuple[DataPath, str]]]:
    """Read the plans and policy in `data` (plain values), or None; return every problem with its path."""
    problems = Problems(_MAKERS)
    problems.money = True
    file: PlansFile = read(problems, PlansFile, data)
    policy = _policy(problems, file, tuple(open_decisions), words)
    if not problems.found:
        _check_every_change_has_one_answer(problems, file.plans, policy)
    return (None if problems.found else Plans(file.plans, policy)), list(problems.found)


def _plan(written: Written, plan: Plan) -> Plan:
    for number, (earlier, later) in enumerate(pairwise(plan.from_), start=1):
        if later.date <= earlier.date < date.max:
            written.problems.say((*written.path, "from", number, "date"), "the dates of coming prices must rise")
    if plan.provider == ANY:
        written.say("provider", f"'{ANY}' stands for every provider and cannot be the name of one")
    return plan


def _decision(written: Written, decision: MoneyDecision) -> MoneyDecision:
    if written.data and not (decision.rules or decision.plans):
        written.problems.say(written.path, "name the 'rules' or the 'plans' that this decision touches")
    return decision


_MAKERS: Final[Mapping[type, Maker]] = {Plan: _plan, MoneyDecision: _decision}


def _policy(problems: Problems, file: PlansFile, open_decisions: tuple[str, ...], words: Words) -> Policy:
    """Return the policy with its changes assigned to the rules, checking its names."""
    policy = file.prorata
    does = {rule.id: rule.does for rule in policy.rules}
    unread = {path for path, _ in problems.found}
    _check_names(problems, file)
    for number, each in enumerate(policy.covered):
        at: DataPath = ("prorata", "covered", number, "from_term")
        if each.from_term == "monthly" and does.get(each.rule) == "credit" and at not in unread:
            problems.say(at, "a credit is worked out of a yearly price: a plan billed monthly has none")
    rules = tuple(
        replace(rule, pairs=tuple(each for each in policy.covered if each.rule == rule.id)) for rule in policy.rules
    )
    for decision in policy.decisions:
        if decision.id in open_decisions:
            _refuse_reasons(problems, decision, rules)
    return replace(policy, rules=rules, open_decisions=open_decisions, words=words)


def _check_names(problems: Problems, file: PlansFile) -> None:
    """Check that every name resolves and no id is repeated."""
    rules = [rule.id for rule in file.prorata.rules]
    gaps = [gap.id for gap in file.prorata.not_covered]
    known: dict[str, Sequence[str]] = {
        "plan": [plan.id for plan in file.plans],
        "rule": [*rules, *gaps],
        "rule of the list": rules,
        "field": SAY_FIELDS,
        "provider": [ANY, *dict.fromkeys(plan.provider for plan in file.plans)],
    }
    for path, what, name in problems.references if file.plans else ():
        if name not in known[what]:
            problems.not_one_of(path, name, known[what])
    prorata: DataPath = ("prorata",)
    decisions = [decision.id for decision in file.prorata.decisions]
    for lists in (
        [(("plans",), known["plan"])],
        [((*prorata, "rules"), rules), ((*prorata, "not_covered"), gaps)],
        [((*prorata, "decisions"), decisions)],
    ):
        seen: set[str] = set()
        for at, ids in lists:
            for number, each in enumerate(ids):
                if each and each in seen:
                    problems.say((*at, number, "id"), f"the id '{each}' is given twice")
                seen.add(each)


def _refuse_reasons(problems: Problems, decision: MoneyDecision, rules: Sequence[CreditRule]) -> None:
    """Refuse fields that a client must not hear while a decision is open: we would be held to them."""
    for number, rule in enumerate(rules):
        for key in _SAYS if rule.id in decision.rules else ():
            for name in decision.unsaid:
                if f"{{{name}}}" in getattr(rule, key):
                    place = ("prorata", "rules", number, key)
                    problems.say(place, f"'{{{name}}}' is not told to a client while {decision.id} is open")


def _check_every_change_has_one_answer(problems: Problems, plans: Sequence[Plan], policy: Policy) -> None:
    """Check that every change of plan has exactly one answer, before an agent needs it in front of a client."""
    reported: set[tuple[str, str, str, str]] = set()
    for current in plans:
        for new in plans:
            kind = (current.provider, current.term, new.provider, new.term)
            found = [rule.id for rule in fitting(policy.rules, current, new)]
            found += [f"not_covered {gap.id}" for gap in fitting(policy.not_covered, current, new)[:1]]
            if kind not in reported and len(found) != 1:
                reported.add(kind)
                answers = f"has two answers: {' and '.join(found)}" if found else "has no rule"
                change = "a change from {} {} to {} {}".format(*kind)
                problems.say(("prorata", "covered"), f"{change} {answers}")
