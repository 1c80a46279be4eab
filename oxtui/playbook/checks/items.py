"""Checks of items: irreversible ones, attempts, quotes, times, and the same item in other scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from oxtui.playbook.conditions import Atom, Join, Node, Not, Over, Truth, joined
from oxtui.playbook.flow import own_steps
from oxtui.playbook.item_parts import QuoteSpec
from oxtui.playbook.model import IRREVERSIBLE, LICENCES, OLD_WORD, Answer, Item, Procedure, Scenario
from oxtui.playbook.order import circles
from oxtui.playbook.schema.walker import DataPath, Problems
from oxtui.playbook.times import span, span_words

FIELD = re.compile(r"\{([^{}]*)\}")
"""A field of a `tell`: a value typed with its item."""
_WORDS = ("not", "any", "all", LICENCES)
"""Ids with another meaning in conditions or `uses`."""


def check_scenario(procedure: Procedure, scenario: Scenario, base: DataPath, problems: Problems) -> None:
    """Check the items of a scenario, by themselves and with the items they refer to."""
    places: dict[str, DataPath] = {}
    for number, step in own_steps(scenario):
        for place, item in enumerate(step.items):
            path = places[item.id] = (*base, "steps", number, "items", place)
            _Item(procedure, scenario, item, path, problems).check()
    for circle in circles(scenario):
        way = ", ".join(f"'{a}' needs '{b}'" for a, b in zip(circle, (*circle[1:], circle[0]), strict=True))
        problems.say(places[circle[0]], f"the guards go in a circle: {way}")


class _Item:
    """The checks of one item; unresolved names are reported by `check_names`."""

    def __init__(
        self, procedure: Procedure, scenario: Scenario, item: Item, path: DataPath, problems: Problems
    ) -> None:
        self.procedure = procedure
        self.scenario = scenario
        self.item = item
        self.path = path
        self.problems = problems

    def say(self, message: str, *at: str | int) -> None:
        self.problems.say((*self.path, *at), message)

    def check(self) -> None:
        item = self.item
        if item.id in _WORDS:
            self.say(f"'{item.id}' means something in conditions or 'uses': take another id", "id")
        self._reopens(item.reopens)
        for answer in item.answers:
            self._reopens(answer.reopens, "answers", answer.id)
            self._leads(answer)
            if answer.pattern and not answer.asks:
                message = "'pattern' is the form of what an answer 'asks'; this one asks nothing"
                self.say(message, "answers", answer.id, "pattern")
        for name in FIELD.findall(item.tell):
            if name not in (known := [value.key for value in item.values]):
                self.problems.unknown((*self.path, "tell"), "value", name, known)
        self._proposal()
        if item.quote is not None:
            self._quote(item.quote)
        if item.killer:
            self._irreversible()
        self._times()
        other = self.scenario.by_id.get(item.anew) if item.anew else None
        if other is not None and (other.kind != "action" or other is item):
            self.say(f"'anew' names the action that is done anew; '{item.anew}' is not one", "anew")
        for index, number in enumerate(item.keeps):
            if number not in self.procedure.scenarios or number == self.scenario.number:
                self.say(f"there is no other scenario {number}", "keeps", index)
        for number, name in item.same_as:
            self._same(number, name, (*self.path, "same_as", str(number)))

    def _reopens(self, names: Iterable[str], *at: str) -> None:
        for index, name in enumerate(names):
            other = self.scenario.by_id.get(name)
            if other is not None and other.kind != "question":
                self.say(f"'{name}' is an action; only a question can be reopened", *at, "reopens", index)
            elif other is self.item:
                self.say(f"'{name}' cannot reopen itself", *at, "reopens", index)

    def _leads(self, answer: Answer) -> None:
        """Check that an answer that ends the case or leads to another scenario is given for the whole case."""
        at = ("answers", answer.id)
        for key in ("ending", "goes_to"):
            if getattr(answer, key) and self.item.each:
                message = f"'{self.item.id}' is answered for each mailbox: one of them cannot say '{key}' for the case"
                self.say(message, *at, key)
            if getattr(answer, key) and answer.open:
                self.say(f"an answer that stays open ('open: true') has no '{key}'", *at, key)
        if answer.ending and answer.goes_to:
            self.say("an answer has 'ending' or 'goes_to', not both", *at, "goes_to")
        ending = next((each for each in self.procedure.endings if each.id == answer.ending), None)
        if ending is not None and ending.only in ("no-scenario", "unauthenticated"):
            self.say(f"the ending '{ending.id}' is not for a case that has answers here ('only')", *at, "ending")
        number = answer.goes_to.scenario if answer.goes_to else 0
        if number and (number not in self.procedure.scenarios or number == self.scenario.number):
            self.say(f"there is no other scenario {number}", *at, "goes_to", "scenario")

    def _times(self) -> None:
        """Check that a time can pass: it counts from another item, which does not expire before."""
        item = self.item
        for key, name in (
            ("not_before", item.not_before.item if item.not_before else ""),
            ("clock", item.clock.from_item if item.clock else ""),
        ):
            if name == item.id:
                self.say(f"'{name}' cannot wait for itself", key, "item" if key == "not_before" else "from")
        waited = self.scenario.by_id.get(item.not_before.item) if item.not_before else None
        if item.not_before and waited and waited.fresh_for and span(waited.fresh_for) < span(item.not_before.after):
            message = (
                f"'{waited.id}' must be checked again after {span_words(waited.fresh_for)}: it is never old enough"
            )
            self.say(message, "not_before", "after")
        if item.has_else and not item.not_before and not self.scenario.rests_on.get(item.id):
            self.say("'due' counts from what the item waits for: name that in 'after'", "due")

    def _proposal(self) -> None:
        item, proposal = self.item, self.item.proposal
        if proposal is None:
            return
        answers = {each.id for each in item.answers}
        if proposal.answer and proposal.answer not in answers:
            self.problems.unknown((*self.path, "proposes", "answer"), "answer", proposal.answer, answers)
        other = self.scenario.by_id.get(proposal.item) if proposal.item else None
        if other is item:
            self.say(f"'{item.id}' cannot propose its own answer", "proposes", "item")
        elif other is not None and answers and not answers & {each.id for each in other.answers}:
            self.say(f"'{item.id}' and '{other.id}' have no answer in common", "proposes", "item")

    def _quote(self, spec: QuoteSpec) -> None:
        """Check that the questions of a quote have fitting answers, and are named in `uses`."""
        for key, name in (("current_term", spec.current_term), ("new", spec.new), ("new_term", spec.new_term)):
            question = self.scenario.by_id.get(name)
            if question is None:
                continue
            if question.kind != "question":
                self.say(f"'{name}' is an action; '{key}' names a question", "quote", key)
            elif key == "new" and not any(answer.plan for answer in question.answers):
                self.say(f"no answer of '{name}' has a 'plan'", "quote", key)
            elif key != "new" and {answer.id for answer in question.answers} != {"monthly", "yearly"}:
                self.say(f"'{name}' has to have the answers monthly and yearly", "quote", key)
            elif name not in self.item.uses:
                self.say(f"'{self.item.id}' has to name '{name}' in 'uses': the sum rests on it", "quote", key)

    def _irreversible(self) -> None:
        item = self.item
        rules = (rule for rule in self.procedure.rules if rule.scenario in (0, self.scenario.number))
        if not any(rule.never == item.id for rule in rules):
            written: Any = self.procedure.data
            for each in self.path:
                written = written[each]
            message = f"the irreversible item '{item.id}' has no rule: say in 'rules' what it may never come before"
            self.say(message, OLD_WORD if OLD_WORD in written else IRREVERSIBLE)
        atom = item.already
        if atom is None:
            return
        question = self.scenario.by_id.get(atom.item)
        at = (*self.path, "already")
        if question is None:
            self.problems.unknown(at, "item", atom.item, self.scenario.by_id)
        elif not all(question.answer(answer) for answer in atom.answers):
            answers = [each.id for each in question.answers]
            self.problems.unknown(at, f"answer of '{question.id}' called", min(atom.answers), answers)
        elif item.when.root is None or _with(item.when.root, atom) is not False:
            self.problems.say(at, f"'{item.id}' would still apply with {atom}: its 'when' must be false then")

    def _same(self, number: int, name: str, path: DataPath) -> None:
        """Check that the item in the other scenario exists, is of the same kind, and is paired with this item only."""
        item, other_scenario = self.item, self.procedure.scenarios.get(number)
        if other_scenario is None or number == self.scenario.number:
            self.problems.say(path, f"there is no other scenario {number}")
            return
        other = other_scenario.by_id.get(name)
        if other is None:
            self.problems.unknown(path, f"item in scenario {number} called", name, other_scenario.by_id)
            return
        answers = {answer.id for answer in item.answers} & {answer.id for answer in other.answers}
        if other.kind != item.kind or other.select != item.select:
            self.problems.say(path, f"'{item.id}' and '{name}' are not of the same kind")
        elif other.each != item.each:
            self.problems.say(path, f"one of '{item.id}' and '{name}' is done for each mailbox, the other is not")
        elif item.answers and not answers:
            self.problems.say(path, f"'{item.id}' and '{name}' have no answer in common")
        elif (self.scenario.number, item.id) not in other.same_as:
            message = f"'{name}' is the same as another item of scenario {self.scenario.number} already"
            self.problems.say(path, message)


def _with(node: Node, given: Atom) -> Truth:
    """Evaluate a condition with one answer to one question known, and nothing else."""
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
