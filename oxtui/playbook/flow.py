"""The call flow as a graph: the questions asked on a walk, its outcome, and the possible ends.

A question that a scenario's conditions name is also an item of that scenario: answered by the walk, or asked there if
the scenario was chosen directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from oxtui.playbook.conditions import Condition
from oxtui.playbook.item_parts import GoesTo
from oxtui.playbook.model import NB, Answer, FlowAnswer, FlowQuestion, Item, Outcome, Procedure, Rule, Scenario, Step
from oxtui.playbook.order import conditions_of, derive

CALL_FLOW: Final = "~call-flow"
"""The id of the step with the questions of the call flow; not a valid id in a file."""


def asked(procedure: Procedure, answers: Mapping[str, str]) -> list[tuple[FlowQuestion, FlowAnswer]]:
    """Return the questions answered on a walk, in order, each with its answer."""
    questions = {question.id: question for question in procedure.flow}
    path: list[tuple[FlowQuestion, FlowAnswer]] = []
    question = procedure.flow[0] if procedure.flow else None
    while question is not None and len(path) < len(questions):
        answer_id = answers.get(question.id)
        answer = next((each for each in question.answers if each.id == answer_id), None)
        if answer is None:
            break
        path.append((question, answer))
        question = questions.get(answer.next)
    return path


def leads_to(procedure: Procedure, answers: Mapping[str, str]) -> int:
    """Return the number of the scenario that a walk with these answers led to, or 0."""
    way = asked(procedure, answers)
    outcome = way[-1][1].outcome if way else None
    return (outcome.scenario or 0) if outcome else 0


def reachable(flow: Iterable[FlowQuestion]) -> set[str]:
    """Return the ids of the questions that a walk can reach."""
    reached: set[str] = set()
    for place, question in enumerate(flow):  # answers only lead to later questions
        if not place or question.id in reached:
            reached |= {question.id, *(answer.next for answer in question.answers if answer.next)}
    return reached


def ends(procedure: Procedure) -> tuple[Outcome, ...]:
    """Return the ends without a scenario, without repeats: those of the call flow, then `none_of_these`."""
    in_flow = (answer.outcome for question in procedure.flow for answer in question.answers)
    endings = (each for each in (*in_flow, *procedure.none_of_these) if each is not None)
    own = [outcome for outcome in endings if not outcome.scenario or outcome in procedure.none_of_these]
    return tuple({(each.text, each.ending, each.wait_for, each.scenario): each for each in own}.values())


def with_flow(
    scenario: Scenario, flow: Iterable[FlowQuestion], nbs: Mapping[str, NB], rules: Iterable[Rule]
) -> Scenario:
    """Return `scenario` with the questions of the call flow that it names as items of a first step."""
    named = {name for condition in _conditions(scenario, nbs, rules) for name in condition.items()}
    items = tuple(_item(each, scenario.number) for each in flow if each.id in named and each.id not in scenario.by_id)
    steps = (Step(CALL_FLOW, "Call flow", items), *scenario.steps)
    return derive(replace(scenario, steps=steps)) if items else scenario


def of_flow(scenario: Scenario) -> tuple[Item, ...]:
    """Return the items of a scenario that are questions of the call flow."""
    first = scenario.steps[0] if scenario.steps else None
    return first.items if first is not None and first.id == CALL_FLOW else ()


def own_steps(scenario: Scenario) -> Iterator[tuple[int, Step]]:
    """Yield the steps in a scenario's file, each with its index there."""
    return enumerate(step for step in scenario.steps if step.id != CALL_FLOW)


def _item(question: FlowQuestion, number: int) -> Item:
    """Make an item of a question for scenario `number`; an answer that ends elsewhere leads there."""
    answers = tuple(_answer(each, number) for each in question.answers)
    return Item(question.id, "question", question.text, answers=answers, proposal=question.proposal)


def _answer(given: FlowAnswer, number: int) -> Answer:
    out = given.outcome
    if out is None or out.scenario == number:
        return Answer(given.id, given.text)
    return Answer(given.id, given.text, ending=out.ending, goes_to=GoesTo(out.scenario) if out.scenario else None)


def _conditions(scenario: Scenario, nbs: Mapping[str, NB], rules: Iterable[Rule]) -> Iterator[Condition]:
    shown = set(scenario.nbs)
    for step in scenario.steps:
        yield from conditions_of(step)
        for item in step.items:
            shown.update(item.nbs, *(answer.nbs for answer in item.answers))
    yield from (nbs[name].when for name in shown if name in nbs)
    for rule in rules:
        if rule.scenario == scenario.number or (not rule.scenario and rule.never in scenario.by_id):
            yield from (*rule.before, rule.where)
