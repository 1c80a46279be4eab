"""Proves a playbook: nothing breaks a rule, everything can be reached, and every answer leads to an ending.

`problems` are faults that were shown, each with its path in the procedure's data. Whatever was neither shown nor proved
is reported as such: a rule whose `holds` is None, and `unproved`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from oxtui.playbook.about import spoken
from oxtui.playbook.build import place_of
from oxtui.playbook.flow import own_steps
from oxtui.playbook.model import Item, Procedure, Scenario
from oxtui.playbook.order import circles, leading_to
from oxtui.playbook.schema.walker import DataPath
from oxtui.prover import proofs
from oxtui.prover.limits import Limits, Progress
from oxtui.prover.promises import PROMISES, Promises, Seen
from oxtui.prover.reach import Found, Reach, Spot
from oxtui.prover.rules import RuleResult, Verdict, settled
from oxtui.prover.words import MoveWords

MOST_SECONDS = 20.0
_FOR_RULES = 0.7
"""The share of the time for the rules; the rest is for reachability."""

_GENEROUS = 3
"""How many times its share a rule may take in the first round: most need next to nothing."""


class Fault(Struct, frozen=True):
    """A fault in a playbook, with its path in the procedure's data."""

    path: DataPath
    message: str


class Proof(Struct, frozen=True):
    """The proof of one procedure.

    `promises` hold in the program whatever the playbook says. `notes` are no faults: answers with which the case cannot
    be complete, and the items that lead on from them. `unproved` was neither shown nor ruled out.
    """

    digest: str
    rules: tuple[RuleResult, ...]
    promises: tuple[RuleResult, ...]
    problems: tuple[Fault, ...]
    notes: tuple[str, ...]
    unproved: tuple[Fault, ...]
    states: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether no fault was found, so that cases may be worked with the procedure."""
        return not self.problems

    @property
    def open_rules(self) -> tuple[RuleResult, ...]:
        """The rules that are neither proved nor broken."""
        return tuple(each for each in self.rules if each.holds is None)


def prove(
    procedure: Procedure,
    *,
    seconds: float = MOST_SECONDS,
    progress: Callable[[Progress], None] | None = None,
) -> Proof:
    """Prove every rule of `procedure` and look for faults in how it is built, in `seconds` at most."""
    limits = Limits(seconds, progress, of=len(procedure.scenarios) + 1)
    faults = [
        Fault(_path(procedure, scenario, circle[0]), f"the guards go in a circle: {' -> '.join((*circle, circle[0]))}")
        for scenario in procedure.scenarios.values()
        for circle in circles(scenario)
    ]
    sound = {number: each for number, each in procedure.scenarios.items() if not circles(each)}
    whole = len(sound) == len(procedure.scenarios)
    procedure = replace(procedure, scenarios=sound)

    limits.part("promises")
    promises = Promises(procedure, limits, limits.until(0.2)).run()
    rules = tuple(_rules(procedure, promises["conversation"], limits))
    faults += [Fault(_rule_path(procedure, each.id), _broken(each)) for each in rules if each.holds is False]
    texts = {name: spoken(text, procedure.about, procedure.words) for name, text in PROMISES.items()}
    promised = tuple(_promise(name, texts[name], promises[name]) for name in PROMISES)
    faults += [
        Fault(_path(procedure, sound[one.scenario], one.item), f"{texts[name]}: {one.broken}")
        for name, one in promises.items()
        if one.broken
    ]
    reached = [(scenario, _reached(procedure, scenario, limits)) for scenario in sound.values()]
    notes: list[str] = []
    unproved = [Fault(_rule_path(procedure, each.id), _open(each)) for each in rules if each.holds is None]
    unproved += [Fault(("rules",), _open(each)) for each in promised if each.holds is None]
    for scenario, each in reached:
        faults += [
            Fault(_path(procedure, scenario, item.id), message) for item, message in killer_faults(procedure, scenario)
        ]
        faults += [Fault(_spot(procedure, scenario, spot), message) for spot, message in each.problems]
        notes += (
            *each.notes,
            *(spoken(note, procedure.about, procedure.words) for note in killer_notes(scenario)),
        )
        unproved += [Fault(_spot(procedure, scenario, spot), message) for spot, message in each.open]
    if whole:
        faults += _never_shown(procedure, [each for _, each in reached])
    return Proof(
        procedure.digest, rules, promised, tuple(faults), tuple(notes), tuple(unproved), limits.states, limits.taken
    )


def remember(folder: Path, digest: str, proof: Proof) -> None:
    """Record in `folder` (the home's `playbooks`) that this program proved `digest`; raises Unsaved."""
    unproved = tuple(each.text for each in proof.open_rules)
    proofs.remember(folder, digest, ok=proof.ok, states=proof.states, unproved=unproved)


def _rules(procedure: Procedure, conversation: Seen, limits: Limits) -> list[RuleResult]:
    """Settle every rule in two rounds; rules that the first leaves open get the remaining time."""
    end = limits.until(_FOR_RULES)
    results: dict[str, RuleResult] = {}
    earlier: dict[tuple[str, int], Verdict] = {}
    rest = list(procedure.rules)
    for generous in (_GENEROUS, 1):
        limits.of += len(rest)
        for number, rule in enumerate(rest):
            limits.part(rule.id)
            now = limits.until(0.0)
            share = generous * max(0.0, end - now) / (len(rest) - number)
            results[rule.id] = settled(procedure, rule, conversation, limits, min(end, now + share), earlier)
        rest = [rule for rule in rest if results[rule.id].holds is None]
    return [results[rule.id] for rule in procedure.rules]


def _reached(procedure: Procedure, scenario: Scenario, limits: Limits) -> Found:
    limits.part(f"scenario {scenario.number}")
    rest = list(procedure.scenarios).index(scenario.number)
    return Reach(procedure, scenario, limits, limits.until(1 / (len(procedure.scenarios) - rest))).run()


def killer_faults(procedure: Procedure, scenario: Scenario) -> Iterator[tuple[Item, str]]:
    """Yield the killers that no rule names, and those that never ask about a mailbox added late."""
    for item in _killers(scenario):
        rules = (rule for rule in procedure.rules if rule.never == item.id and rule.before)
        if not any(rule.scenario in (0, scenario.number) for rule in rules):
            yield item, f"'{item.text}' is irreversible and has no rule: nothing is proved of it"
        if item.ends and not _for_each(scenario, item):
            words = f"'{item.text}' waits for nothing that is done one by one: nobody is asked about a late one"
            yield item, words


def killer_notes(scenario: Scenario) -> Iterator[str]:
    """Yield likely oversights of a floor lead."""
    for killer in _killers(scenario):
        where = f"scenario {scenario.number}, '{killer.text}'"
        if not killer.ends and _for_each(scenario, killer):
            yield f"{where}: it has no 'ends', so a {{one}} that is left out does not lock it"
        witnesses = {name for entry in killer.after for name in entry.items() if name in scenario.by_id}
        below = {name for each in witnesses for name in leading_to(scenario.rested_on_by, each)}
        for name in sorted(witnesses - below):
            witness = scenario.by_id[name]
            if witness.client and not witness.fresh_for:
                yield f"{where}: '{witness.text}' has no 'fresh_for', so what the client said never becomes too old"


def _killers(scenario: Scenario) -> Iterator[Item]:
    return (item for item in scenario.items() if item.killer)


def _for_each(scenario: Scenario, killer: Item) -> bool:
    """Whether anything that a killer waits for, at any depth, is done for each mailbox."""
    waited_for = leading_to(scenario.rested_on_by, killer.id)
    return any(item.each for item in scenario.items() if item.id in waited_for)


def _never_shown(procedure: Procedure, found: list[Found]) -> list[Fault]:
    shown = {spot for each in found for spot in each.shown}
    if any(each.cut_short for each in found):
        return []  # a way not found in time may well exist
    faults = [
        Fault(("endings", each.id), f"no case ever comes to this ending: {each.text}")
        for each in procedure.endings
        if each.when and ("ending", each.id) not in shown
    ]
    templates = procedure.data.get("templates")
    listed = [each.get("id") for each in templates if isinstance(each, dict)] if isinstance(templates, list) else []
    faults += [
        Fault(("nbs", name), f"no case ever shows this NB: {nb.short}")
        for name, nb in procedure.nbs.items()
        if ("nb", name) not in shown
    ]
    return faults + [
        Fault(("templates", listed.index(name) if name in listed else 0, "id"), "no case ever wants this template")
        for name in procedure.templates
        if ("template", name) not in shown
    ]


def _broken(result: RuleResult) -> str:
    return f"{result.text}. It can be broken: {'; '.join(result.way)}"


def _open(result: RuleResult) -> str:
    return f"{result.text}: {result.unproved}"


def _promise(name: str, text: str, seen: Seen) -> RuleResult:
    if seen.broken:
        return RuleResult(name, text, False, seen.states, (MoveWords(seen.broken, seen.item),))
    why = "" if seen.finished else "the time was up before every state was seen"
    return RuleResult(name, text, True if seen.finished else None, seen.states, unproved=why)


def _rule_path(procedure: Procedure, name: str) -> DataPath:
    return ("rules", next((number for number, rule in enumerate(procedure.rules) if rule.id == name), 0))


def _spot(procedure: Procedure, scenario: Scenario, spot: Spot) -> DataPath:
    kind, name = spot
    if kind in ("nb", "ending"):
        return (f"{kind}s", name)
    return _path(procedure, scenario, name)


def _path(procedure: Procedure, scenario: Scenario, item: str) -> DataPath:
    base: DataPath = ("scenarios", place_of(procedure, "scenarios", "number", str(scenario.number)))
    for number, step in own_steps(scenario):
        for place, each in enumerate(step.items):
            if each.id == item:
                return (*base, "steps", number, "items", place)
    index = next((number for number, question in enumerate(procedure.flow) if question.id == item), None)
    return base if index is None else ("flow", index)
