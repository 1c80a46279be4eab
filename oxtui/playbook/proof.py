"""The proof of a playbook: that nothing breaks a rule, that all is reachable, every state has an ending."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook.model import Item, Procedure, Rule, Scenario
from oxtui.playbook.order import circles
from oxtui.playbook.proof_kept import is_proved
from oxtui.playbook.proof_kept import remember as _remember
from oxtui.playbook.proof_promises import PROMISES, promises
from oxtui.playbook.proof_rules import Breach, Powers, duties, settle, told
from oxtui.playbook.proof_search import shortest
from oxtui.playbook.proof_slices import MAILBOXES, cone, told_apart
from oxtui.playbook.proof_walk import value_words, words
from oxtui.playbook.proof_ways import Explorer, Ways, mends

__all__ = ["Proof", "RuleResult", "is_proved", "prove", "remember"]

MOST_STATES = 60_000
MOST_SEARCHED = 3_000
MOST_SECONDS = 20.0
"""How long ways to break rules are looked for, all rules together: none has to be found to refuse a playbook."""


class RuleResult(Struct, frozen=True):
    """Whether a rule holds, the states visited for it, and the shortest way to break it, in words.

    `unproved` says in words why a rule does not hold to which no such way was found.
    """

    id: str
    rule: str
    holds: bool
    states: int
    counterexample: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()


class Proof(Struct, frozen=True):
    """What was proved of one procedure; `problems` are (rule id or `scenario N: item`, message).

    `promises` are what the program keeps whatever the playbook says. `notes` are no faults: answers with
    which a case cannot be complete, and what leads on from them. `seconds` is the time it took.
    """

    digest: str
    rules: tuple[RuleResult, ...]
    promises: tuple[RuleResult, ...]
    problems: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    states: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the program may work with the procedure."""
        return not self.problems


class Patience:
    """The time for which ways to break rules are looked for: half of what is left for each, but a second at least."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def share(self) -> float:
        """Seconds for the next search."""
        return max(self.left / 2, min(1.0, self.left))


def prove(procedure: Procedure, *, limit: int = MOST_STATES, seconds: float = MOST_SECONDS) -> Proof:
    """Prove every rule of `procedure` and look for faults in its build.

    No slice of a rule grows beyond `limit` states; a rule that cannot be settled so does not hold. After `seconds`
    no more ways to break rules are looked for. Raises nothing for a procedure that loaded without problems.
    """
    began = time.perf_counter()
    problems = _circles(procedure)
    sound = {number: each for number, each in procedure.scenarios.items() if not circles(each)}
    whole = len(sound) == len(procedure.scenarios)
    procedure = replace(procedure, scenarios=sound)
    powers = Powers()
    patience = Patience(seconds)
    rules = tuple(_rule(procedure, rule, powers, limit, patience) for rule in procedure.rules)
    problems += [(each.id, _broken(each)) for each in rules if not each.holds]
    kept = _promises(procedure, powers)
    problems += [(each.id, f"{each.rule}: {each.counterexample[0]}") for each in kept if not each.holds]
    states = sum(each.states for each in (*rules, *kept))
    notes: list[str] = []
    shown: set[tuple[str, str]] = set()
    for scenario in sound.values():
        problems += _without_rule(procedure, scenario)
        ways = _ways(procedure, scenario)
        states += ways.states
        shown |= ways.shown
        problems += _faults(scenario, ways)
        notes += _elsewhere(procedure, scenario, ways, problems)
    if whole:
        problems += _never_shown(procedure, shown)
    seconds = time.perf_counter() - began
    return Proof(procedure.digest, rules, kept, tuple(problems), tuple(notes), states, seconds)


def remember(folder: Path, digest: str, proof: Proof) -> None:
    """Keep in `folder` (the home's `playbooks`) that `digest` was proved by this program. Raises OSError."""
    _remember(folder, digest, ok=proof.ok, states=proof.states)


def _circles(procedure: Procedure) -> list[tuple[str, str]]:
    return [
        (f"scenario {number}: {circle[0]}", f"the guards go in a circle: {' -> '.join((*circle, circle[0]))}")
        for number, scenario in procedure.scenarios.items()
        for circle in circles(scenario)
    ]


def _never_shown(procedure: Procedure, shown: set[tuple[str, str]]) -> list[tuple[str, str]]:
    nbs = [(name, "no case ever shows this NB") for name in procedure.nbs if ("NB", name) not in shown]
    templates = [name for name in procedure.templates if ("template", name) not in shown]
    return nbs + [(name, "no case ever wants this template") for name in templates]


def _broken(result: RuleResult) -> str:
    if result.unproved:
        return f"{result.rule}. It is {'; '.join(result.unproved)}"
    return f"{result.rule}. It can be broken: {'; '.join(result.counterexample)}"


def _rule(procedure: Procedure, rule: Rule, powers: Powers, limit: int, patience: Patience) -> RuleResult:
    states = 0
    best: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()
    for duty in duties(procedure.scenarios.values(), rule):
        outcome = settle(duty, powers, limit)
        states += outcome.states
        if outcome.breach:
            way, why = _way(procedure, outcome.breach, min(limit, MOST_SEARCHED), patience)
            unproved = unproved or why
            if way and (not best or len(way) < len(best)):
                best = way
    return RuleResult(rule.id, rule.text, not (best or unproved), states, best, () if best else unproved)


def _way(
    procedure: Procedure, breach: Breach, most: int, patience: Patience
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The way to a breach; or, where none was found, that and the state it would need."""
    seconds, began = patience.share(), time.monotonic()
    acts = shortest(breach, most, began + seconds)
    taken = time.monotonic() - began
    patience.left = max(0.0, patience.left - taken)
    if acts is not None:
        titles = {name: template.title for name, template in procedure.templates.items()}
        return words(breach.duty.scenario, acts, titles), ()
    found = "though no way to break it was found"
    if taken >= seconds:
        found = f"and the search for a way to break it was given up after {taken:.0f} s"
    where = f"not proved, {found}; it would break where:"
    return (), (where, *told(breach), f"'{breach.duty.target.item}' could be done")


def _promises(procedure: Procedure, powers: Powers) -> tuple[RuleResult, ...]:
    states = dict.fromkeys(PROMISES, 0)
    broken = dict.fromkeys(PROMISES, "")
    for scenario in procedure.scenarios.values():
        for name, kept in promises(scenario, powers).items():
            states[name] += kept.states
            broken[name] = broken[name] or kept.broken
    return tuple(
        RuleResult(name, text, not broken[name], states[name], (broken[name],) if broken[name] else ())
        for name, text in PROMISES.items()
    )


def _without_rule(procedure: Procedure, scenario: Scenario) -> list[tuple[str, str]]:
    found = []
    for item in scenario.items():
        ruled = any(
            rule.never == item.id and rule.scenario in (0, scenario.number) and rule.before for rule in procedure.rules
        )
        if item.killer and not ruled:
            found.append((f"scenario {scenario.number}: {item.id}", "the killer has no rule: nothing is proved of it"))
    return found


def _ways(procedure: Procedure, scenario: Scenario) -> Ways:
    ways = Ways()
    for mailboxes in MAILBOXES[:2]:
        Explorer(procedure, scenario, mailboxes, ways).run()
    return ways


def _faults(scenario: Scenario, ways: Ways) -> list[tuple[str, str]]:
    place = f"scenario {scenario.number}"
    found = []
    for item in scenario.items():
        if item.id not in ways.reached:
            found.append((f"{place}: {item.id}", f"nothing ever leads to '{item.text}'"))
    for (name, other), path in ways.removed.items():
        item, guard = scenario.by_id[name], scenario.by_id[other]
        near = cone(scenario, (other,)) - {other}
        answers = [_answer(scenario.by_id[each], value) for each, value in path if each in near]
        after = "; ".join(answer for answer in answers if answer)
        message = f"'{item.text}' waits for '{guard.text}', which an answer removes ({after})"
        found.append((f"{place}: {name}", message))
    if ways.lost:
        found.append((place, "the scenario has too many states to visit them all"))
    elif ways.complete is None:
        names = ", ".join(f"'{scenario.by_id[name].text}'" for name in ways.open[:3])
        found.append((place, f"dead end: no way leads to 'complete'; open on the best way: {names}"))
    else:
        return found + _unmended(scenario, ways)
    return found


def _answer(item: Item, value: tuple[str, ...]) -> str:
    return f"{item.text} {value_words(item, value)}" if item.kind == "question" else ""


def _unmended(scenario: Scenario, ways: Ways) -> list[tuple[str, str]]:
    if ways.complete is None:
        return []
    boxes = MAILBOXES[1] if any(len(record.marks) > 1 for record in ways.complete.records.values()) else MAILBOXES[0]
    return [
        (
            f"scenario {scenario.number}: {name}",
            f"dead end: '{scenario.by_id[name].text}' cannot be mended once {text}",
        )
        for name, text in mends(scenario, boxes, ways.complete, told_apart(scenario))
    ]


def _elsewhere(procedure: Procedure, scenario: Scenario, ways: Ways, problems: list[tuple[str, str]]) -> list[str]:
    """What to know of answers with which the case cannot be complete."""
    if ways.complete is None:
        return []
    others = [ending.text for ending in procedure.endings if not ending.complete and not ending.only]
    notes = []
    for (name, answer), complete in ways.stuck.items():
        item = scenario.by_id[name]
        chosen = item.answer(answer)
        if complete or chosen is None:
            continue
        question = f'scenario {scenario.number}, "{item.text}": {chosen.text}'
        back = [
            by for by in scenario.reopened_by.get(name, ()) if by in ways.reached and _takes(scenario, by, name, answer)
        ]
        if chosen.reopens:
            notes.append(f"{question} leads back to '{scenario.by_id[chosen.reopens[0]].text}'")
        elif back:
            notes.append(f"{question} leads on by '{scenario.by_id[back[0]].text}'")
        elif others:
            notes.append(f"{question}: it is answered anew, or the case ends as {' or '.join(others)}")
        else:
            problems.append(
                (f"scenario {scenario.number}: {name}", f"dead end: with '{chosen.text}' no ending is left")
            )
    return notes


def _takes(scenario: Scenario, by: str, name: str, answer: str) -> bool:
    """Whether the item `by` takes that answer of `name` back."""
    named = [atom.answers for atom in scenario.by_id[by].when.atoms() if atom.item == name and atom.answers]
    return not named or any(answer in answers for answers in named)
