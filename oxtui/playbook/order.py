"""The derived fields of a scenario: dependency order, what rests on what, witnesses, firm items."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from oxtui.playbook.comparisons import Comparison
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import LICENCES, Item, Rule, Scenario, Step


def derive(scenario: Scenario) -> Scenario:
    """Return `scenario` with its derived fields (for rules see `with_rules`); unknown names are ignored."""
    by_id, step_of = index_of(scenario.steps)
    needs = {name: needs_of(item, step_of[name], by_id) for name, item in by_id.items()}
    rests_on = {name: _rests_on(item, by_id) for name, item in by_id.items()}
    witnesses = _witnesses(by_id)
    return replace(
        scenario,
        order=tuple(_sorted(needs)),
        by_id=by_id,
        step_of=step_of,
        witnesses=witnesses,
        firm=_firm(scenario.number, by_id, step_of, witnesses, ()),
        reopened_by=inverse({name: reopens(item) for name, item in by_id.items()}),
        rests_on=rests_on,
        rested_on_by=inverse(rests_on),
        waiting=_waiting(by_id, rests_on),
        done_anew_by=inverse({name: (item.anew,) for name, item in by_id.items() if item.anew}),
        ages=_ages(each for step in scenario.steps for each in conditions_of(step)),
        deciding=frozenset(
            each for name, item in by_id.items() for each in (*item.when.items(), *step_of[name].when.items())
        ),
    )


def index_of(steps: Iterable[Step]) -> tuple[dict[str, Item], dict[str, Step]]:
    """Return the items of `steps` by id, and the step of each; the first of an id counts."""
    by_id: dict[str, Item] = {}
    step_of: dict[str, Step] = {}
    for step in steps:
        for item in step.items:
            if by_id.setdefault(item.id, item) is item:
                step_of[item.id] = step
    return by_id, step_of


def reopens(item: Item) -> tuple[str, ...]:
    """Return every question whose answer the item, or one of its answers, takes back."""
    return tuple(dict.fromkeys((*item.reopens, *(each for answer in item.answers for each in answer.reopens))))


def with_rules(scenario: Scenario, rules: Iterable[Rule], conditions: Iterable[Condition] = ()) -> Scenario:
    """Return `scenario` with the items that rules name made firm, and with the ages that `conditions` compare."""
    firm = _firm(scenario.number, scenario.by_id, scenario.step_of, scenario.witnesses, rules)
    ages = {name: each for name, each in _ages(conditions).items() if name in scenario.by_id}
    both = {name: tuple(dict.fromkeys((*scenario.ages.get(name, ()), *ages.get(name, ())))) for name in ages}
    return replace(scenario, firm=firm, ages={**scenario.ages, **both})


def conditions_of(step: Step) -> Iterator[Condition]:
    """Yield every condition of a step and its items."""
    yield step.when
    for item in step.items:
        yield from (item.when, *item.after, *(each for _, each in (*item.templates, *item.ways)))


def _ages(conditions: Iterable[Condition]) -> dict[str, tuple[Comparison, ...]]:
    """Return the comparisons with today in `conditions`, by item."""
    ages: dict[str, dict[Comparison, None]] = {}
    for atom in (atom for condition in conditions for atom in condition.atoms()):
        if atom.test is not None and atom.test.relative:
            ages.setdefault(atom.item, {})[atom.test] = None
    return {name: tuple(tests) for name, tests in ages.items()}


def needs_of(item: Item, step: Step, by_id: Mapping[str, Item]) -> tuple[str, ...]:
    """Return the items that must be evaluated before `item`: those in its when, its step's, after, uses and follows."""
    after = (name for each in item.after for name in each.items())
    names = dict.fromkeys((*step.when.items(), *item.when.items(), *after, *item.uses, *item.follows))
    return tuple(name for name in names if name in by_id)


def circles(scenario: Scenario) -> list[tuple[str, ...]]:
    """Return every cycle of guards as item ids, each needing the next and the last the first."""
    needs = {name: set(needs_of(item, scenario.step_of[name], scenario.by_id)) for name, item in scenario.by_id.items()}
    circles_found: list[tuple[str, ...]] = []
    while len(ordered := set(_kahn(needs))) < len(needs):
        start = next(name for name in needs if name not in ordered)
        way = [start]
        # Every item left over needs another such item, so this reaches one twice.
        while (following := min(needs[way[-1]] - ordered)) not in way:
            way.append(following)
        circle = tuple(way[way.index(following) :])
        circles_found.append(circle)
        needs[circle[-1]].discard(circle[0])
    return circles_found


def _rests_on(item: Item, by_id: Mapping[str, Item]) -> tuple[str, ...]:
    names = dict.fromkeys((*(name for each in item.after for name in each.items()), *item.uses))
    return tuple(name for name in names if name in by_id or name == LICENCES)


def _waiting(by_id: Mapping[str, Item], rests_on: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the questions that wait for each action's result: they rest on it directly and have `waits_on`."""
    actions = {name for name, item in by_id.items() if item.kind == "action"}
    waits = (name for name, item in by_id.items() if item.kind == "question" and item.waits_on)
    return inverse({name: [other for other in rests_on[name] if other in actions] for name in waits})


def leading_to(graph: Mapping[str, tuple[str, ...]], name: str) -> set[str]:
    """Return the items from which `name` can be reached."""
    back = inverse(graph)
    names: set[str] = set()
    rest = [name]
    while rest:
        new = set(back.get(rest.pop(), ())) - names
        names |= new
        rest += new
    return names


def inverse(graph: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return the edges reversed."""
    by_target: dict[str, list[str]] = {}
    for name, others in graph.items():
        for other in others:
            by_target.setdefault(other, []).append(name)
    return {name: tuple(by) for name, by in by_target.items()}


def _sorted(needs: Mapping[str, Iterable[str]]) -> list[str]:
    ordered = _kahn(needs)
    # Only cycles leave items over, and the checks refuse those.
    return ordered + [name for name in needs if name not in set(ordered)]


def _kahn(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Sort ids topologically, otherwise as in the article; those in cycles are left out."""
    place = {name: number for number, name in enumerate(needs)}
    names = list(needs)
    open_needs = {name: len(set(needs[name])) for name in needs}
    needed_by = inverse({name: set(others) for name, others in needs.items()})
    ready = [place[name] for name, count in open_needs.items() if not count]
    ordered = []
    while ready:
        name = names[heapq.heappop(ready)]
        ordered.append(name)
        for other in needed_by.get(name, ()):
            open_needs[other] -= 1
            if not open_needs[other]:
                heapq.heappush(ready, place[other])
    return ordered


def _witnesses(by_id: Mapping[str, Item]) -> dict[str, tuple[str, ...]]:
    """Return the killers that rest on each killer and on each item that one directly waits for."""
    killers = (item for item in by_id.values() if item.killer)
    below = {item.id: (item.id, *(name for each in item.after for name in each.items())) for item in killers}
    return inverse(
        {killer: [name for name in dict.fromkeys(names) if name in by_id] for killer, names in below.items()}
    )


def _firm(
    number: int,
    by_id: Mapping[str, Item],
    step_of: Mapping[str, Step],
    witnesses: Mapping[str, tuple[str, ...]],
    rules: Iterable[Rule],
) -> dict[str, str]:
    """Return the items that cannot be skipped, each with its strongest reason as the end of a sentence."""
    firm: dict[str, str] = {}
    for name, killers in witnesses.items():
        if by_id[name].killer:
            firm[name] = "it ends a service, so it is done or left, never skipped"
        else:
            firm[name] = f'"{by_id[killers[0]].text}" rests on it'
    for rule in rules:
        if rule.scenario in (0, number):
            for name in (*(each for guard in rule.before for each in guard.items()), *rule.newer_than):
                if name in by_id:
                    firm.setdefault(name, f"a rule rests on it: {rule.text}")
    for item in by_id.values():
        if item.reopens:
            firm.setdefault(item.id, "it is the way on")
        for name in _decided_by(item, step_of[item.id]):
            question = by_id.get(name)
            if question is not None and question.kind == "question":
                firm.setdefault(name, f'its answer decides "{item.text}"')
    return firm


def _decided_by(item: Item, step: Step) -> tuple[str, ...]:
    """Return the items whose answers decide `item`: named with an answer in a guard, used, or priced."""
    after = (atom for each in item.after for atom in each.atoms())
    atoms: tuple[Atom, ...] = (*step.when.atoms(), *item.when.atoms(), *after)
    read = (item.quote.current_term, item.quote.new, item.quote.new_term) if item.quote else ()
    return (*(atom.item for atom in atoms if atom.judges), *item.uses, *read)
