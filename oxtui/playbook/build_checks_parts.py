"""The checks of call flow, rules, NBs, endings and templates against the scenarios of a procedure."""

from __future__ import annotations

import re
from typing import Final

from oxtui.playbook.build_checks import (
    check_answer,
    check_atoms,
    check_evidence,
    check_listed,
    place_of,
    users_of,
)
from oxtui.playbook.build_items import CASE_FIELDS
from oxtui.playbook.model import NB, FlowQuestion, Item, Line, Outcome, Procedure, Rule, Scenario, Template
from oxtui.playbook.reading import ID, Path, Problems

CASE_REFS = ("domain", "mailboxes", *CASE_FIELDS)
"""What a template line can read from the case."""
CALL_REFS = ("", "authenticated", "method", "caller")
"""What a template line can read from the call; without a name, whether the client was authenticated."""
COVER_FIELD: Final = re.compile(r"\{([^{}]*)\}")
"""What a cover line prints of an item: `{missing.from}`."""
_RULE_WORDS = ("tick", "discount")


def check_parts(procedure: Procedure, problems: Problems) -> None:
    """Every problem of the parts that stand beside the scenarios."""
    _check_flow(procedure, problems)
    first: dict[str, int] = {}
    for number, rule in enumerate(procedure.rules):
        _check_rule(procedure, problems, rule, ("rules", number))
        if first.setdefault(rule.id, number) != number:
            problems.say(("rules", number, "id"), f"there is another rule '{rule.id}'")
    _check_nbs(procedure, problems)
    _check_conditions(procedure, problems)
    scenarios = procedure.scenarios.values()
    for ending in procedure.endings:
        check_atoms(problems, ("endings", ending.id, "when"), ending.when.atoms(), scenarios)
    if not any(ending.complete for ending in procedure.endings):
        problems.say(("endings",), "no ending has 'complete: true': a case could never be finished")
    users = users_of(procedure)
    for template in procedure.templates.values():
        path = ("templates", place_of(procedure, "templates", "id", template.id))
        if template.id not in users:
            problems.say((*path, "id"), f"no item names the template '{template.id}': nobody would ever see it")
            continue
        _check_template(problems, template, users[template.id], path)


def _check_conditions(procedure: Procedure, problems: Problems) -> None:
    """That each named condition says something of items, under a name of its own."""
    items = {name for scenario in procedure.scenarios.values() for name in scenario.by_id}
    for name, condition in problems.named.items():
        at = ("conditions", name)
        if name in items:
            problems.say(at, f"'{name}' is the id of an item: a condition needs a name of its own")
        check_atoms(problems, at, condition.atoms(), procedure.scenarios.values())


def _check_flow(procedure: Procedure, problems: Problems) -> None:
    questions: dict[str, tuple[int, FlowQuestion]] = {}
    for number, question in enumerate(procedure.flow):
        if question.id in questions:
            problems.say(("flow", number, "id"), f"there is another question '{question.id}'")
        questions.setdefault(question.id, (number, question))
    led_to = set()
    for number, question in enumerate(procedure.flow):
        proposal = question.proposal
        if proposal and proposal.item:
            problems.say(("flow", number, "proposes", "item"), "the call flow has no items yet to propose from")
        if proposal and proposal.answer and proposal.answer not in [each.id for each in question.answers]:
            at = ("flow", number, "proposes", "answer")
            problems.unknown(at, "answer", proposal.answer, [each.id for each in question.answers])
        for answer in question.answers:
            path: Path = ("flow", number, "answers", answer.id)
            if answer.next and answer.next not in questions:
                problems.unknown((*path, "next"), "question of the call flow", answer.next, questions)
            elif answer.next and questions[answer.next][0] <= number:
                # Only ever onwards: so there is no circle, and the diagram can be drawn top down.
                problems.say((*path, "next"), f"the call flow goes back to '{answer.next}'; it only leads onwards")
            led_to.add(answer.next)
            if answer.outcome:
                _check_outcome(procedure, problems, answer.outcome, (*path, "outcome"))
    for number, question in enumerate(procedure.flow):
        if number and question.id not in led_to:
            problems.say(("flow", number), f"no answer of the call flow leads to '{question.id}'")
    for number, outcome in enumerate(procedure.none_of_these):
        _check_outcome(procedure, problems, outcome, ("none_of_these", number))
    reached = {each.outcome.scenario for question in procedure.flow for each in question.answers if each.outcome}
    for number in sorted(procedure.scenarios.keys() - reached) if procedure.flow else ():
        where: Path = ("scenarios", place_of(procedure, "scenarios", "number", str(number)), "number")
        problems.say(where, f"the call flow never leads to scenario {number}")


def _check_outcome(procedure: Procedure, problems: Problems, outcome: Outcome, path: Path) -> None:
    if outcome.scenario is not None and outcome.scenario not in procedure.scenarios:
        problems.say((*path, "scenario"), f"there is no scenario {outcome.scenario}")
    endings = [ending.id for ending in procedure.endings]
    if outcome.ending and outcome.ending not in endings:
        problems.unknown((*path, "ending"), "ending", outcome.ending, endings)


def _check_rule(procedure: Procedure, problems: Problems, rule: Rule, path: Path) -> None:
    scenarios = list(procedure.scenarios.values())
    if rule.scenario:
        scenarios = [scenario for scenario in scenarios if scenario.number == rule.scenario]
        if not scenarios:
            problems.say((*path, "scenario"), f"there is no scenario {rule.scenario}")
            return
    never = (*path, "never")
    if rule.never.startswith("copy:"):
        name = rule.never.removeprefix("copy:")
        if name not in procedure.templates:
            problems.unknown(never, "template", name, procedure.templates)
    elif rule.never and rule.never not in _RULE_WORDS:
        known = [name for scenario in scenarios for name in scenario.by_id]
        if rule.never not in known:
            problems.unknown(never, "item", rule.never, [*known, *_RULE_WORDS])
        else:
            scenarios = [scenario for scenario in scenarios if rule.never in scenario.by_id]
    check_listed(problems, (*path, "before"), rule.before, scenarios)
    check_atoms(problems, (*path, "where"), rule.where.atoms(), scenarios)
    there = {name for scenario in scenarios for name in scenario.by_id}
    for index, name in enumerate(rule.newer_than):
        if name not in there:
            problems.unknown((*path, "newer_than", index), "item", name, there)


def _check_nbs(procedure: Procedure, problems: Problems) -> None:
    shown_in: dict[str, list[Scenario]] = {}
    for scenario in procedure.scenarios.values():
        names = set(scenario.nbs)
        for item in scenario.by_id.values():
            names.update(item.nbs, *(answer.nbs for answer in item.answers))
        for name in names:
            shown_in.setdefault(name, []).append(scenario)
    for nb in procedure.nbs.values():
        path: Path = ("nbs", nb.id)
        if nb.id not in shown_in:
            problems.say(path, f"nothing shows the NB '{nb.id}'")
            continue
        _check_nb(problems, nb, shown_in[nb.id], path)


def _check_nb(problems: Problems, nb: NB, scenarios: list[Scenario], path: Path) -> None:
    check_atoms(problems, (*path, "when"), nb.when.atoms(), scenarios)
    known = [name for scenario in scenarios for name in scenario.by_id]
    if nb.from_item and nb.from_item not in known:
        problems.unknown((*path, "from"), "item", nb.from_item, known)
    if nb.from_item and not nb.lasting:
        problems.say((*path, "from"), "'from' says where a lasting NB begins; add 'lasting: true'")
    items = [item for scenario in scenarios for item in scenario.by_id.values()]
    for index, name in enumerate(nb.locks):
        if name not in known:
            problems.unknown((*path, "locks", index), "item", name, known)
        elif not any(item.id == name and item.killer for item in items):
            problems.say((*path, "locks", index), f"'{name}' is not irreversible; only what is can be locked by an NB")
    for key, answer in nb.evidence:
        at = (*path, "evidence", key)
        check_evidence(problems, at, key)
        asked = [item for item in items if item.proposal and item.proposal.evidence == key]
        if asked and not any(item.answer(answer) for item in asked):
            answers = [each.id for item in asked for each in item.answers]
            problems.unknown(at, f"answer of '{asked[0].id}' called", answer, answers)


def _check_template(problems: Problems, template: Template, scenarios: list[Scenario], path: Path) -> None:
    known = {name for scenario in scenarios for name in scenario.by_id}
    for number, check in enumerate(template.prechecks):
        # A text has a capital or a blank; what has the form of an id is meant as one.
        if ID.fullmatch(check) and check not in known:
            problems.unknown((*path, "prechecks", number), "item", check, known)
    for number, text in enumerate(template.cover):
        for ref in COVER_FIELD.findall(text):
            _check_ref(problems, ref, scenarios, (*path, "cover", number))
    for number, line in enumerate(template.lines):
        at = (*path, "lines", number)
        if line.source == "item" and line.ref:
            _check_item_line(problems, line, scenarios, at)
        elif line.source == "case" and line.ref and line.ref not in CASE_REFS:
            problems.unknown((*at, "ref"), "field of a case", line.ref, CASE_REFS)
        elif line.source == "call" and line.ref not in CALL_REFS:
            problems.unknown((*at, "ref"), "field of a call", line.ref, CALL_REFS[1:])
        elif line.source == "evidence" and line.ref:
            check_evidence(problems, (*at, "ref"), line.ref)
        if line.kind == "mailbox" and (line.source, line.ref) != ("case", "mailboxes"):
            problems.say((*at, "kind"), "a mailbox line is 'from: case' with 'ref: mailboxes'")
        name = line.proposes.partition(".")[0]
        if name and name not in known:
            problems.unknown((*at, "proposes"), "item", name, known)


def _check_item_line(problems: Problems, line: Line, scenarios: list[Scenario], path: Path) -> None:
    """A line from an item has to work in every scenario that uses the template."""
    for item in _check_ref(problems, line.ref, scenarios, (*path, "ref")):
        _check_mapping(problems, line, item, path)


def _check_ref(problems: Problems, ref: str, scenarios: list[Scenario], path: Path) -> list[Item]:
    """That `item` or `item.value` can be read in every scenario; the items whose answer is read."""
    name, _, part = ref.partition(".")
    found = []
    for scenario in scenarios:
        item = scenario.by_id.get(name)
        if item is None:
            where = f"item in scenario {scenario.number} called"
            problems.unknown(path, where, name, scenario.by_id)
            continue
        parts = {"dates": ["from", "to"]}.get(item.select, []) + [value.key for value in item.values]
        if part and part not in parts:
            problems.unknown(path, f"value of '{name}' called", part, parts)
        elif not part and item.kind == "action":
            problems.say(path, f"'{name}' is an action; name one of its values, as '{name}.key'")
        elif not part and item.select == "dates":
            problems.say(path, f"'{name}' has two dates: '{name}.from' or '{name}.to'")
        if not part:
            found.append(item)
    return found


def _check_mapping(problems: Problems, line: Line, item: Item, path: Path) -> None:
    for answer in line.mapping:
        check_answer(problems, (*path, "map", answer), [item], answer)
    if line.kind == "choice" and line.options and not line.mapping and item.answers and not line.free:
        problems.say(path, f"the answers of '{item.id}' need a 'map' to the 'options' of this line")
    left = [answer.id for answer in item.answers if answer.id not in line.mapping]
    if line.mapping and left and not line.free:
        problems.say((*path, "map"), f"'map' leaves out {', '.join(left)} (give it \"\" to leave the line open)")
