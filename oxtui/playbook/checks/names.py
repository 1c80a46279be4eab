"""Check that every name in a playbook resolves: items and answers in conditions, NBs, templates, plans, channels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from oxtui.playbook.comparisons import Comparison
from oxtui.playbook.conditions import Atom, Condition, Over
from oxtui.playbook.dns_owners import EVIDENCE
from oxtui.playbook.model import COMPARED, LICENCES, Item, Procedure, Rule, Scenario
from oxtui.playbook.plans import Plans
from oxtui.playbook.reader.files import PlaybookFile
from oxtui.playbook.schema import slips
from oxtui.playbook.schema.walker import DataPath, Problems, shown
from oxtui.playbook.today import Channel, Page

RULE_WORDS = ("tick", "discount")
"""The values of a rule's `never` that are not items."""


class Scopes:
    """The scenarios whose items each part of a playbook may name."""

    def __init__(self, procedure: Procedure, file: PlaybookFile) -> None:
        self.all = list(procedure.scenarios.values())
        self.by_place = [procedure.scenarios[each.number] for each in file.scenarios]
        self.shown: dict[str, list[Scenario]] = {}
        """The scenarios that show each NB."""
        self.users: dict[str, list[Scenario]] = {}
        """The scenarios with an item that names each template."""
        for scenario in self.all:
            items = scenario.by_id.values()
            nbs = {*scenario.nbs, *(name for item in items for name in item.nbs)}
            for name in nbs.union(*(answer.nbs for item in items for answer in item.answers)):
                self.shown.setdefault(name, []).append(scenario)
            for name in dict.fromkeys(name for item in items for name, _ in item.templates):
                self.users.setdefault(name, []).append(scenario)
        self.rules = [self._of_rule(rule) for rule in file.rules]

    def _of_rule(self, rule: Rule) -> list[Scenario]:
        meant = [scenario for scenario in self.all if rule.scenario in (0, scenario.number)]
        return [scenario for scenario in meant if rule.never in scenario.by_id] or meant

    def of(self, path: DataPath) -> list[Scenario]:
        """Return the scenarios that the part at `path` refers to."""
        match path:
            case ("scenarios", int(place), *_):
                return [self.by_place[place]]
            case ("nbs", str(name), *_):
                return self.shown.get(name, [])
            case ("rules", int(place), *_):
                return self.rules[place]
        return self.all


def check_names(procedure: Procedure, scopes: Scopes, problems: Problems) -> None:
    """Check names and conditions; for the parts that are always today's see `check_today`."""
    known: Mapping[str, Collection[str]] = {
        "NB": procedure.nbs,
        "template": procedure.templates,
        "pattern": procedure.patterns,
        "mailbox field": procedure.mailbox_fields,
        "ending": [ending.id for ending in procedure.endings],
        "question of the call flow": [question.id for question in procedure.flow],
        "evidence": EVIDENCE,
        "field of the case": procedure.about.fields,
        "each": [procedure.about.one] if procedure.about.each else [],
    }
    for path, what, name in problems.references:
        if what in ("item", "item or licences") and path[0] != "flow":
            scenarios = scopes.of(path)
            ids = {each for scenario in scenarios for each in scenario.by_id}
            if what == "item or licences":
                ids.add(LICENCES)
            if scenarios and name not in ids:
                problems.unknown(path, "item", name, ids)
        elif what == "each" and name not in known[what]:
            wanted = (
                f"'each: {procedure.about.one}'" if procedure.about.each else "'each' under 'case' in playbook.yaml"
            )
            problems.say(path, f"nothing is done for each '{name}': it needs {wanted}")
        elif what in known and name not in known[what]:
            problems.unknown(path, what, name, known[what])
    for path, condition in problems.conditions:
        scenarios = scopes.of(path)
        for atom in condition.atoms() if scenarios and path[-1] != "already" else ():
            _check_atom(problems, path, atom, scenarios)
        for over in condition.overs() if scenarios else ():
            _check_over(problems, path, over, scenarios)


def _check_over(problems: Problems, path: DataPath, over: Over, scenarios: Iterable[Scenario]) -> None:
    """Check that `any(...)` or `all(...)` contains an `each` item."""
    names = Condition(over.part).items()
    items = [scenario.by_id[name] for scenario in scenarios for name in names if name in scenario.by_id]
    if items and not any(item.each for item in items):
        named = " and ".join(repr(name) for name in names)
        problems.say(path, f"'{over}': {named} has no 'each', so leave '{over.word}(...)' out")


def _check_atom(problems: Problems, path: DataPath, atom: Atom, scenarios: Iterable[Scenario]) -> None:
    """Check that an atom names an item and its answers in at least one of `scenarios`."""
    items = [scenario.by_id[atom.item] for scenario in scenarios if atom.item in scenario.by_id]
    if not items and atom.item in problems.named_conditions:
        problems.say(path, f"'{atom.item}' is a condition and has no answers; write '{atom.item}' alone")
    elif not items:
        _unknown_item(problems, path, atom.item, {name for scenario in scenarios for name in scenario.by_id})
    for answer in sorted(atom.answers) if items else ():
        check_answer(problems, path, items, answer)
    if atom.test is not None and items:
        _check_test(problems, path, atom.item, atom.test, items)


def _check_test(problems: Problems, path: DataPath, name: str, test: Comparison, items: list[Item]) -> None:
    """Check that one of `items` (all of the same id) has a value that can be compared so."""
    fitting = ("date",) if test.of_days else ("number", "money")
    if any(item.select in fitting for item in items):
        return
    item, kinds = items[0], " or ".join(f"'select: {each}'" for each in fitting)
    if item.kind == "action":
        message = f"'{name}' is an action; only a question with {kinds} can be compared"
    elif item.select in COMPARED and not test.of_days:
        message = f"'{name}' is a date: compare it with a day (2026-07-01), 'within 30d' or 'older than 30d'"
    elif item.select in COMPARED:
        message = f"'{name}' is a number: compare it with a number, such as '{name} >= 200'"
    else:
        message = f"'{name}' cannot be compared with '{test}': it must be a question with {kinds}"
    problems.say(path, message)


def _unknown_item(problems: Problems, path: DataPath, name: str, ids: set[str]) -> None:
    meant = slips.second_answer(problems.written.get(path, ""), name)
    if name in ("true", "always", "false", "never"):
        problems.say(path, f"'{name}' is no condition: leave '{path[-1]}' out where it always holds")
    elif meant:
        problems.say(path, f"there is no item '{name}': two answers of one question are written {meant}")
    else:
        problems.unknown(path, "item", name, ids | problems.named_conditions.keys())


def check_answer(problems: Problems, path: DataPath, items: list[Item], answer: str) -> None:
    """Check that one of `items` (all of the same id) has the answer."""
    if any(item.answer(answer) for item in items):
        return
    item = items[0]
    answers = [each.id for item in items for each in item.answers]
    if answers:
        money = any(each.plan or each.id in ("monthly", "yearly") for each in item.answers)
        problems.unknown(path, f"answer of '{item.id}' called", answer, answers, money=money)
    elif item.kind == "action":
        problems.say(path, f"'{item.id}' is an action and has no answers; write '{item.id}' alone")
    elif item.select in COMPARED:
        sign = "'within 30d', 'older than 30d', < <= > >=" if item.select == "date" else "< <= > >="
        problems.say(path, f"'{item.id}' is answered with a {item.select}: compare it with {sign}, not with '='")
    else:
        problems.say(path, f"'{item.id}' is answered with a {item.select}, not with '{answer}'")


def check_today(
    problems: Problems,
    file: PlaybookFile,
    plans: Plans | None,
    channels: Mapping[str, Channel],
    pages: Mapping[str, Page],
) -> None:
    """Check the names of plans, how-tos and channels."""
    for path, what, name in problems.references:
        if what.startswith("how-to") and name not in pages:
            problems.unknown(path, what, name, pages)
        elif what == "plan" and plans is not None:
            _check_plan(problems, plans, name, path)
        elif what == "channel" or (what == "waits on" and not _is_item(file, path, name)):
            _check_channel(problems, path, name, channels)


def _check_plan(problems: Problems, plans: Plans, name: str, path: DataPath) -> None:
    """Check that a plan without its term (`m365-business-basic`) exists with both terms."""
    known = {plan.id.removesuffix(f"-{plan.term}") for plan in plans}
    if not known:
        problems.say(path, f"there is no plan {shown(name)}: the playbook has no plans.yaml")
    elif name not in known:
        problems.unknown(path, "plan", name, sorted(known), money=True)
    for term in ("monthly", "yearly") if name in known else ():
        if plans.get(f"{name}-{term}") is None:
            problems.say(path, f"there is no plan '{name}-{term}' in plans.yaml")


def _is_item(file: PlaybookFile, path: DataPath, name: str) -> bool:
    return name in file.scenarios[int(path[1])].by_id


def _check_channel(problems: Problems, path: DataPath, name: str, channels: Mapping[str, Channel]) -> None:
    """Accept any words but a near miss of a channel's id."""
    if name in channels or not (near := problems.suggestion(name, channels)):
        return
    # "Salesforce" beside the channel `salesforce`, "client console": these are words, not ids.
    if name[:1].isupper() or " " in name:
        return
    problems.say(path, f"there is no channel '{name}'{near}")
