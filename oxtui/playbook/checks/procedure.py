"""Check a whole procedure: names, items, and the parts outside scenarios."""

from __future__ import annotations

import re
from typing import Final

from oxtui.playbook.about import EACH_REFS, SUBJECT_REFS
from oxtui.playbook.checks.items import check_scenario
from oxtui.playbook.checks.names import RULE_WORDS, Scopes, check_answer, check_names
from oxtui.playbook.dns_owners import EVIDENCE
from oxtui.playbook.flow import reachable
from oxtui.playbook.model import NB, ClientText, Item, Outcome, Procedure, Rule, Scenario
from oxtui.playbook.reader.files import PlaybookFile
from oxtui.playbook.schema.walker import DataPath, Problems
from oxtui.playbook.template import Template, TemplateLine

CALL_REFS: Final = ("", "authenticated", "method", "caller")
"""The `ref` of a template line from the call; without one, whether the client was authenticated."""
COVER_FIELD: Final = re.compile(r"\{([^{}]*)\}")
"""A field of a cover line: `{missing.from}`."""
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check_procedure(procedure: Procedure, file: PlaybookFile, problems: Problems) -> None:
    """Report every problem across the parts of `procedure`, with its path in the data."""
    scopes = Scopes(procedure, file)
    check_names(procedure, scopes, problems)
    for place, scenario in enumerate(scopes.by_place):
        if scenario not in scopes.by_place[:place]:
            check_scenario(procedure, scenario, ("scenarios", place), problems)
    _check_about(procedure, problems)
    _check_flow(procedure, file, problems)
    problems.repeated(("rules",), "id", "rule", (rule.id for rule in procedure.rules))
    for number, rule in enumerate(procedure.rules):
        _check_rule(procedure, problems, rule, ("rules", number), scopes)
    for nb in procedure.nbs.values():
        if nb.id in scopes.shown:
            _check_nb(problems, nb, scopes.shown[nb.id])
        else:
            problems.say(("nbs", nb.id), f"nothing shows the NB '{nb.id}'")
    items = {name for scenario in scopes.all for name in scenario.by_id}
    for name in problems.named_conditions:
        if name in items:
            message = f"'{name}' is the id of an item: a condition needs a name of its own"
            problems.say(("conditions", name), message)
    if not any(ending.complete for ending in procedure.endings):
        problems.say(("endings",), "no ending has 'complete: true': a case could never be finished")
    _check_client_text(procedure, problems)
    for place, template in enumerate(file.templates):
        path = ("templates", place)
        if template.id in scopes.users:
            _check_template(procedure, problems, template, scopes.users[template.id], path)
        else:
            problems.say((*path, "id"), f"no item names the template '{template.id}': nobody would ever see it")


_TAKEN: Final = frozenset((*SUBJECT_REFS, *EACH_REFS, "playbook", "effects", "renamed", "mistyped", "boards", "format"))
"""Names that a field of the case cannot have, because logs use them otherwise."""


def _check_about(procedure: Procedure, problems: Problems) -> None:
    about = procedure.about
    for name in about.fields:
        if name in _TAKEN:
            problems.say(("case", "fields", name), f"'{name}' means something else in every case: take another name")
    if about.is_domain and about.subject.pattern:
        problems.say(("case", "subject", "pattern"), "a subject has 'kind: domain' or a 'pattern', not both")


def _check_flow(procedure: Procedure, file: PlaybookFile, problems: Problems) -> None:
    problems.repeated(("flow",), "id", "question", (question.id for question in procedure.flow))
    places = {question.id: number for number, question in reversed(list(enumerate(procedure.flow)))}
    open_ones = reachable(procedure.flow)
    reached = {outcome.scenario for outcome in procedure.none_of_these}
    for number, question in enumerate(procedure.flow):
        proposal, answers = question.proposal, [each.id for each in question.answers]
        if proposal and proposal.item:
            problems.say(("flow", number, "proposes", "item"), "the call flow has no items yet to propose from")
        if proposal and proposal.answer and proposal.answer not in answers:
            problems.unknown(("flow", number, "proposes", "answer"), "answer", proposal.answer, answers)
        for answer in question.answers:
            path: DataPath = ("flow", number, "answers", answer.id)
            if answer.next and answer.next in places and places[answer.next] <= number:
                # So there are no cycles, and the diagram can be drawn top down.
                problems.say((*path, "next"), f"the call flow goes back to '{answer.next}'; it only leads onwards")
            if answer.outcome:
                reached |= {answer.outcome.scenario} if question.id in open_ones else set()
                _check_outcome(procedure, problems, answer.outcome, (*path, "outcome"))
    for number, question in enumerate(procedure.flow):
        if question.id not in open_ones:
            problems.say(("flow", number), f"no answer of the call flow leads to '{question.id}'")
    for number, outcome in enumerate(procedure.none_of_these):
        _check_outcome(procedure, problems, outcome, ("none_of_these", number))
    for scenario in procedure.scenarios.values():
        leads = (answer.goes_to for item in scenario.items() for answer in item.answers)
        reached |= {each.scenario for each in leads if each and each.scenario != scenario.number}
    for place, scenario in enumerate(file.scenarios):
        if procedure.flow and scenario.number not in reached:
            message = f"the call flow never leads to scenario {scenario.number}"
            problems.say(("scenarios", place, "number"), message)


def _check_outcome(procedure: Procedure, problems: Problems, outcome: Outcome, path: DataPath) -> None:
    if outcome.scenario is not None and outcome.scenario not in procedure.scenarios:
        problems.say((*path, "scenario"), f"there is no scenario {outcome.scenario}")


def _check_rule(procedure: Procedure, problems: Problems, rule: Rule, path: DataPath, scopes: Scopes) -> None:
    if rule.scenario and rule.scenario not in procedure.scenarios:
        problems.say((*path, "scenario"), f"there is no scenario {rule.scenario}")
        return
    known = [name for scenario in scopes.of(path) for name in scenario.by_id]
    if rule.never.startswith("copy:"):
        name = rule.never.removeprefix("copy:")
        if name not in procedure.templates:
            problems.unknown((*path, "never"), "template", name, procedure.templates)
    elif rule.never and rule.never not in (*RULE_WORDS, *known):
        problems.unknown((*path, "never"), "item", rule.never, [*known, *RULE_WORDS])
    for scenario in scopes.of(path):
        item = scenario.by_id.get(rule.never)
        if item and item.kind == "action" and not (item.killer or item.acts) and rule.before:
            message = f"'{item.id}' is never done before something, and is neither irreversible nor has a way back"
            problems.notices[(*path, "never")] = (
                f"{message}: add 'irreversible: true' to it, or 'acts: true' with 'reverse'"
            )


def _check_nb(problems: Problems, nb: NB, scenarios: list[Scenario]) -> None:
    path: DataPath = ("nbs", nb.id)
    if nb.from_item and not nb.lasting:
        problems.say((*path, "from"), "'from' says where a lasting NB begins; add 'lasting: true'")
    items = [item for scenario in scenarios for item in scenario.by_id.values()]
    for index, name in enumerate(nb.locks):
        if not any(item.killer for item in items if item.id == name) and any(item.id == name for item in items):
            problems.say(
                (*path, "locks", index), f"'{name}' is not irreversible; an NB can only lock an irreversible item"
            )
    for key, answer in nb.evidence:
        questions = [item for item in items if item.proposal and item.proposal.evidence == key]
        if questions and not any(item.answer(answer) for item in questions):
            answers = [each.id for item in questions for each in item.answers]
            problems.unknown((*path, "evidence", key), f"answer of '{questions[0].id}' called", answer, answers)


TELL_FIELDS: Final = {"cost": ("plan", "price", "per_term", "licences", "each")}
"""The fields of parts of `client_text`; the other parts have contact and domain."""


def _check_client_text(procedure: Procedure, problems: Problems) -> None:
    words = procedure.client_text
    if words and any(item.quote for scenario in procedure.scenarios.values() for item in scenario.items()):
        for key in ("costs", "cost"):
            if not getattr(words, key):
                problems.say(("client_text",), f"'client_text' needs '{key}': an item has a 'quote'")
    for part in ClientText.__struct_fields__ if words else ():
        known = TELL_FIELDS.get(part, ("contact", *SUBJECT_REFS))
        for name in COVER_FIELD.findall(getattr(words, part)):
            if name not in known:
                problems.unknown(("client_text", part), "field", name, known)


def _check_template(
    procedure: Procedure, problems: Problems, template: Template, scenarios: list[Scenario], path: DataPath
) -> None:
    known = {name for scenario in scenarios for name in scenario.by_id}
    for number, check in enumerate(template.prechecks):
        # A sentence has a capital or a blank; anything that looks like an id is meant as one.
        if _ID.fullmatch(check) and check not in known:
            problems.unknown((*path, "prechecks", number), "item", check, known)
    for number, text in enumerate(template.cover):
        for ref in COVER_FIELD.findall(text):
            _check_ref(problems, ref, scenarios, (*path, "cover", number))
    for number, line in enumerate(template.lines):
        at = (*path, "lines", number)
        if line.source == "item" and line.ref:
            # It must resolve in every scenario that uses the template.
            for item in _check_ref(problems, line.ref, scenarios, (*at, "ref")):
                _check_mapping(problems, line, item, at)
        refs = {
            "case": (*SUBJECT_REFS, *EACH_REFS, *procedure.about.fields),
            "call": CALL_REFS,
            "evidence": EVIDENCE,
        }.get(line.source, (line.ref,))
        if line.ref and line.ref not in refs:
            what = "evidence" if line.source == "evidence" else f"field of a {line.source}"
            problems.unknown((*at, "ref"), what, line.ref, [each for each in refs if each])
        if line.kind == "mailbox" and not (line.source == "case" and line.ref in EACH_REFS):
            problems.say((*at, "kind"), "a line for each is 'from: case' with 'ref: mailboxes' (or 'ref: each')")
        name = line.proposes.partition(".")[0]
        if name and name not in known:
            problems.unknown((*at, "proposes"), "item", name, known)
        elif name:
            having = [scenario for scenario in scenarios if name in scenario.by_id]
            _check_ref(problems, line.proposes, having, (*at, "proposes"))


def _check_ref(problems: Problems, ref: str, scenarios: list[Scenario], path: DataPath) -> list[Item]:
    """Check that `item` or `item.value` resolves in every scenario; return the items whose answer is read."""
    name, _, part = ref.partition(".")
    found = []
    for scenario in scenarios:
        item = scenario.by_id.get(name)
        if item is None:
            problems.unknown(path, f"item in scenario {scenario.number} called", name, scenario.by_id)
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


def _check_mapping(problems: Problems, line: TemplateLine, item: Item, path: DataPath) -> None:
    for answer in line.mapping:
        check_answer(problems, (*path, "map", answer), [item], answer)
    if line.kind == "choice" and line.options and not line.mapping and item.answers and not line.free:
        problems.say(path, f"the answers of '{item.id}' need a 'map' to the 'options' of this line")
    left = [answer.id for answer in item.answers if answer.id not in line.mapping]
    if line.mapping and left and not line.free:
        problems.say((*path, "map"), f"'map' leaves out {', '.join(left)} (give it \"\" to leave the line open)")
