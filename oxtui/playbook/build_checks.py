"""The checks across a procedure: every name means something, and no guards go in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oxtui.playbook.build_checks_links import check_links
from oxtui.playbook.build_items import EVIDENCE
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import LICENCES, Item, Procedure, Scenario
from oxtui.playbook.order import circles
from oxtui.playbook.reading import Path, Problems


def check_procedure(procedure: Procedure, problems: Problems) -> None:
    """Every problem across the parts of `procedure`, with its path in the procedure's data."""
    from oxtui.playbook.build_checks_parts import check_parts

    for number, scenario in procedure.scenarios.items():
        base: Path = ("scenarios", place_of(procedure, "scenarios", "number", str(number)))
        _Scenario(procedure, scenario, base, problems).check()
    check_parts(procedure, problems)


def place_of(procedure: Procedure, part: str, key: str, value: str) -> int:
    """The place in the data's list `part` of the first entry whose `key` is `value`."""
    listed = procedure.data.get(part)
    for number, each in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(each, dict) and each.get(key) == value:
            return number
    return 0


def check_atoms(
    problems: Problems,
    path: Path,
    atoms: Iterable[Atom],
    scenarios: Iterable[Scenario],
) -> None:
    """That every atom names an item, and answers of it, in at least one of `scenarios`."""
    scenarios = list(scenarios)
    for atom in atoms:
        items = [scenario.by_id[atom.item] for scenario in scenarios if atom.item in scenario.by_id]
        if not items and atom.item in problems.named:
            problems.say(path, f"'{atom.item}' is a condition and has no answers; write '{atom.item}' alone")
        elif not items:
            known = {name for scenario in scenarios for name in scenario.by_id}
            problems.unknown(path, "item", atom.item, known | problems.named.keys())
        for answer in sorted(atom.answers) if items else ():
            check_answer(problems, path, items, answer)


def check_listed(
    problems: Problems, path: Path, conditions: Iterable[Condition], scenarios: Iterable[Scenario]
) -> None:
    """As `check_atoms`, for a list of conditions."""
    scenarios = list(scenarios)
    for index, condition in enumerate(conditions):
        check_atoms(problems, (*path, index), condition.atoms(), scenarios)


def check_answer(problems: Problems, path: Path, items: list[Item], answer: str) -> None:
    """That one of `items` (all of the same id) has the answer."""
    if any(item.answer(answer) for item in items):
        return
    item = items[0]
    answers = [each.id for item in items for each in item.answers]
    if answers:
        problems.unknown(path, f"answer of '{item.id}' called", answer, answers)
    elif item.kind == "action":
        problems.say(path, f"'{item.id}' is an action and has no answers; write '{item.id}' alone")
    else:
        problems.say(path, f"'{item.id}' is answered with a {item.select}, not with '{answer}'")


class _Scenario:
    """The checks of one scenario; `base` is its path."""

    def __init__(self, procedure: Procedure, scenario: Scenario, base: Path, problems: Problems) -> None:
        self.procedure = procedure
        self.scenario = scenario
        self.base = base
        self.problems = problems

    def check(self) -> None:
        self._names((*self.base, "nbs"), "NB", self.scenario.nbs, self.procedure.nbs)
        for number, step in enumerate(self.scenario.steps):
            at = (*self.base, "steps", number)
            self._condition((*at, "when"), step.when.atoms())
            for place, item in enumerate(step.items):
                self._item(item, (*at, "items", place))
        self._circles()

    def _names(self, path: Path, what: str, names: Iterable[str], known: Iterable[str]) -> None:
        known = list(known)
        for index, name in enumerate(names):
            if name not in known:
                self.problems.unknown((*path, index), what, name, known)

    def _condition(self, path: Path, atoms: Iterable[Atom]) -> None:
        check_atoms(self.problems, path, atoms, (self.scenario,))

    def _item(self, item: Item, path: Path) -> None:
        by_id = self.scenario.by_id
        self._condition((*path, "when"), item.when.atoms())
        check_listed(self.problems, (*path, "after"), item.after, (self.scenario,))
        self._names((*path, "uses"), "item", item.uses, (*by_id, LICENCES))
        self._names((*path, "follows"), "item", item.follows, by_id)
        self._names((*path, "nbs"), "NB", item.nbs, self.procedure.nbs)
        self._reopens((*path, "reopens"), item, item.reopens)
        for answer in item.answers:
            self._names((*path, "answers", answer.id, "nbs"), "NB", answer.nbs, self.procedure.nbs)
            self._reopens((*path, "answers", answer.id, "reopens"), item, answer.reopens)
        for index, (name, condition) in enumerate(item.templates):
            at = (*path, "templates", name if condition else index)
            if name not in self.procedure.templates:
                self.problems.unknown(at, "template", name, self.procedure.templates)
            self._condition(at, condition.atoms())
        for name, condition in item.through_when:
            self._condition((*path, "through", name), condition.atoms())
        for value in item.values:
            if value.pattern and value.pattern not in self.procedure.patterns:
                at = (*path, "values", value.key, "pattern")
                self.problems.unknown(at, "pattern", value.pattern, self.procedure.patterns)
        self._proposal(item, path)
        self._quote(item, (*path, "quote"))
        check_links(self.procedure, self.scenario, item, path, self.problems)

    def _reopens(self, path: Path, item: Item, names: Iterable[str]) -> None:
        for index, name in enumerate(names):
            other = self.scenario.by_id.get(name)
            if other is None:
                self.problems.unknown((*path, index), "item", name, self.scenario.by_id)
            elif other.kind != "question":
                self.problems.say((*path, index), f"'{name}' is an action; only a question can be reopened")
            elif other is item:
                self.problems.say((*path, index), f"'{name}' cannot reopen itself")

    def _proposal(self, item: Item, path: Path) -> None:
        proposal = item.proposal
        if proposal is None:
            return
        path = (*path, "proposes")
        if proposal.answer and not item.answer(proposal.answer):
            self.problems.unknown((*path, "answer"), "answer", proposal.answer, [each.id for each in item.answers])
        if not proposal.item:
            return
        other = self.scenario.by_id.get(proposal.item)
        at = (*path, "item")
        if other is None:
            self.problems.unknown(at, "item", proposal.item, self.scenario.by_id)
        elif other is item:
            self.problems.say(at, f"'{item.id}' cannot propose its own answer")
        elif item.answers and not {each.id for each in item.answers} & {each.id for each in other.answers}:
            self.problems.say(at, f"'{item.id}' and '{other.id}' have no answer in common")

    def _quote(self, item: Item, path: Path) -> None:
        """That the questions a quote is read off are there, and that a new answer to one makes it stale."""
        spec = item.quote
        if spec is None:
            return
        for key, name in (
            ("current_term", spec.current_term),
            ("new", spec.new),
            ("new_term", spec.new_term),
        ):
            asked = self.scenario.by_id.get(name)
            if not name:
                continue
            if asked is None:
                self.problems.unknown((*path, key), "item", name, self.scenario.by_id)
            elif asked.kind != "question":
                self.problems.say((*path, key), f"'{name}' is an action; '{key}' names a question")
            elif key == "new" and not any(answer.plan for answer in asked.answers):
                self.problems.say((*path, key), f"no answer of '{name}' has a 'plan'")
            elif key != "new" and {answer.id for answer in asked.answers} != {"monthly", "yearly"}:
                self.problems.say((*path, key), f"'{name}' has to have the answers monthly and yearly")
            elif name not in item.uses:
                self.problems.say((*path, key), f"'{item.id}' has to name '{name}' in 'uses': the sum rests on it")

    def _circles(self) -> None:
        places = {
            item.id: (*self.base, "steps", number, "items", place)
            for number, step in enumerate(self.scenario.steps)
            for place, item in enumerate(step.items)
        }
        for circle in circles(self.scenario):
            way = ", ".join(f"'{a}' needs '{b}'" for a, b in zip(circle, (*circle[1:], circle[0]), strict=True))
            self.problems.say(places[circle[0]], f"the guards go in a circle: {way}")


def check_evidence(problems: Problems, path: Path, key: str) -> None:
    """That DNS has something to say under `key`."""
    if key not in EVIDENCE:
        problems.unknown(path, "evidence", key, EVIDENCE)


def users_of(procedure: Procedure) -> Mapping[str, list[Scenario]]:
    """For each template that an item wants: the scenarios that those items are in."""
    found: dict[str, list[Scenario]] = {}
    for scenario in procedure.scenarios.values():
        for item in scenario.by_id.values():
            for name, _ in item.templates:
                listed = found.setdefault(name, [])
                if scenario not in listed:
                    listed.append(scenario)
    return found
