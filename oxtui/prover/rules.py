"""Settles whether a rule holds: on the smallest slices first; a breach of one is followed on the whole playbook."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.waits import name_of
from oxtui.playbook.conditions import Condition, Join, Node, Not, Over
from oxtui.playbook.model import Procedure, Rule, Scenario
from oxtui.prover.discounts_and_copies import UnknownCopyDuty, copies, discounts
from oxtui.prover.duties import Duty, SliceResult, boxes_of, explored, locking, slices, walked
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import Wanted
from oxtui.prover.promises import Seen
from oxtui.prover.real import Real
from oxtui.prover.walk import Move
from oxtui.prover.words import MoveWords, way_in_words
from oxtui.text import plural

COPY: Final = "copy:"
"""The prefix of `never` in a rule about the copy of a template."""

_FOLLOWING_SECONDS = 2.0
_SHORTENING_SECONDS = 5.0
MOST_WALKED = 6
"""The most items of a duty that is walked although a guard implies it, as that takes next to no time."""


class RuleResult(Struct, frozen=True):
    """Whether a rule holds: True, False with the shortest way to break it, or None with `unproved` in words."""

    id: str
    text: str
    holds: bool | None
    states: int
    counterexample: tuple[MoveWords, ...] = ()
    unproved: str = ""

    @property
    def way(self) -> tuple[str, ...]:
        """The way to break it, in words."""
        return tuple(each.words for each in self.counterexample)


class Verdict(Struct, frozen=True):
    """The result for one duty: `moves` break it on the whole scenario (`way` in words), or `why` it is open."""

    holds: bool | None
    states: int
    moves: tuple[Move, ...] = ()
    why: str = ""
    way: tuple[MoveWords, ...] = ()


def settled(
    procedure: Procedure,
    rule: Rule,
    conversation: Seen,
    limits: Limits,
    until: float,
    earlier: dict[tuple[str, int], Verdict] | None = None,
) -> RuleResult:
    """Settle whether `rule` holds; `conversation` is the promise that nothing is done without one.

    `earlier` has the duties settled in an earlier round, by rule and number, so that nothing is walked twice.
    """
    verdicts = [_unless(procedure, rule, conversation, limits, until)] if rule.unless else []
    if rule.before or rule.where:
        all_duties = list(duties(procedure, rule))
        for number, duty in enumerate(all_duties):
            known = any(each.holds is False for each in verdicts)
            if known and duty.wanted.newer_than and verdicts[0].holds is False:
                break  # an item that need not be done at all need not be newer
            if earlier is not None and (rule.id, number) in earlier:
                verdicts.append(earlier[rule.id, number])
                continue
            share = time.monotonic() + 2 * max(0.0, until - time.monotonic()) / (len(all_duties) - number)
            verdict = duty_settled(duty, limits, min(until, share))
            verdict = replace(verdict, way=_in_words(procedure, duty, verdict.moves))
            if earlier is not None and verdict.holds is not None:
                earlier[rule.id, number] = verdict
            verdicts.append(verdict)
    states = sum(each.states for each in verdicts)
    broken = [each for each in verdicts if each.holds is False]
    if broken:
        best = min(broken, key=lambda each: len(each.way))
        return RuleResult(rule.id, rule.text, False, states, best.way)
    left = [each for each in verdicts if each.holds is None]
    if left:
        why = "; ".join(dict.fromkeys(each.why for each in left))
        return RuleResult(rule.id, rule.text, None, states, (), why)
    return RuleResult(rule.id, rule.text, True, states)


def duties(procedure: Procedure, rule: Rule) -> Iterator[Duty]:
    """Yield the duties of a rule, for each scenario it applies to."""
    for scenario in _scenarios_of(procedure, rule):
        for wanted in _wanted(rule, scenario):
            if rule.never == "discount":
                yield from discounts(procedure, scenario, wanted)
            elif rule.never.startswith(COPY):
                yield from copies(procedure, scenario, wanted, rule.never.removeprefix(COPY))
            else:
                for name in scenario.by_id if rule.never == "tick" else _doings(scenario, rule.never):
                    yield Duty(scenario, name, wanted, locking(procedure))


def _scenarios_of(procedure: Procedure, rule: Rule) -> Iterator[Scenario]:
    return (each for each in procedure.scenarios.values() if rule.scenario in (0, each.number))


def _wanted(rule: Rule, scenario: Scenario) -> Iterator[Wanted]:
    if rule.where and not rule.before:
        yield Wanted.of((), rule.where)
    for entry in rule.before:
        yield Wanted.of((entry,), rule.where)
        for newer in rule.newer_than:
            if newer in scenario.by_id and set(entry.items()) != {newer}:
                yield Wanted.of((entry,), rule.where, (newer,))


def _doings(scenario: Scenario, name: str) -> tuple[str, ...]:
    """Return an item with those that do it anew: to place an order again is to place it."""
    return (name, *scenario.done_anew_by.get(name, ())) if name in scenario.by_id else ()


def duty_settled(duty: Duty, limits: Limits, until: float) -> Verdict:
    """Walk ever larger slices until one holds, or the breach of one breaks the whole scenario."""
    if _is_guarded(duty):
        return Verdict(True, 1)
    real = Real(duty, limits)
    states = 0
    if len(duty.core) > MOST_WALKED and duty.scenario.by_id[duty.item].killer:
        # too large to be walked whole: perhaps no guard waits for it at all
        way = _followed(real, [(Move("cancel", duty.item),)], until)
        if way is not None:
            return Verdict(False, len(way), way)
    for names in slices(duty):
        result = SliceResult(0)
        for boxes in boxes_of(duty, names):
            result = walked(duty, names, limits, until, boxes)
            states += result.states
            if not result.holds:
                break
        if result.holds:
            return Verdict(True, states)
        way = _followed(real, [breach.way() for breach in result.breaches], until)
        if way is not None:
            return Verdict(False, states, way)
        if not result.finished:
            seen = f"{plural(states, 'state')} of it seen"
            why = f"{_asked(duty)}: given up after {limits.taken:.1f} s, {seen}"
            return Verdict(None, states, (), why)
    # every slice was broken, and no way could be followed: walk the whole scenario while there is time
    result = explored(real.walk, duty, limits, until)
    states += result.states
    for breach in result.breaches:
        return Verdict(False, states, breach.way())
    if result.finished:
        return Verdict(True, states)
    why = f"{_asked(duty)}: no way to break it was found in {states} states, nor that there is none"
    return Verdict(None, states, (), why)


def _followed(real: Real, ways: list[tuple[Move, ...]], until: float) -> tuple[Move, ...] | None:
    """Return the first of these ways that breaks the whole scenario, shortened."""
    for moves in ways:
        way = real.followed(moves, min(until, time.monotonic() + _FOLLOWING_SECONDS))
        if way is not None:
            return real.shortened(way, min(until, time.monotonic() + _SHORTENING_SECONDS))
    return None


def _is_guarded(duty: Duty) -> bool:
    """Whether a killer names in `after`, or in its `when`, the very condition that a duty asks for.

    The promises show that such a guard holds, and it counts less than a mark does. Conditions under a `not`, and
    duties about what must be newer than something, are walked.
    """
    item, wanted = duty.scenario.by_id[duty.item], duty.wanted
    if not item.killer or wanted.newer_than or len(duty.core) <= MOST_WALKED:
        return False
    guards = {_normal(node) for entry in item.after for node in entry.conjuncts() if not _has_not(node)}
    if wanted.before:
        return all(_normal(node) in guards for entry in wanted.before for node in entry.conjuncts())
    conditions = (item.when, duty.scenario.step_of[item.id].when)
    holding = {_normal(node) for condition in conditions for node in condition.conjuncts()}
    # a `when` that holds rules out its contrary
    return any(
        isinstance(node, Not) and all(_normal(each) in holding | guards for each in Condition(node.part).conjuncts())
        for node in wanted.where.conjuncts()
    )


def _has_not(node: Node) -> bool:
    if isinstance(node, Join):
        return any(map(_has_not, node.parts))
    return isinstance(node, Not) or (isinstance(node, Over) and _has_not(node.part))


def _normal(node: Node) -> object:
    """Return a form in which the order of joined parts makes no difference."""
    if isinstance(node, Join):
        return node.word, frozenset(map(_normal, node.parts))
    if isinstance(node, Not):
        return "not", _normal(node.part)
    return (node.word, _normal(node.part)) if isinstance(node, Over) else node


def _in_words(procedure: Procedure, duty: Duty, moves: tuple[Move, ...]) -> tuple[MoveWords, ...]:
    if not moves:
        return ()
    titles = {name: template.title for name, template in procedure.templates.items()}
    return way_in_words(duty.whole(), moves, titles, _older(duty), procedure)


def _older(duty: Duty) -> str:
    """Return the items that are then older than allowed, in words."""
    if not duty.wanted.newer_than:
        return ""
    by_id = duty.scenario.by_id
    old = " or ".join(f"'{name_of(by_id[name])}'" for name in sorted(duty.wanted.witnesses) if name in by_id)
    new = " or ".join(f"'{name_of(by_id[name])}'" for name in sorted(duty.wanted.newer_than) if name in by_id)
    return f"then {old} is older than what changed in {new}"


def _asked(duty: Duty) -> str:
    """Return a duty in words."""
    by_id = duty.scenario.by_id
    wanted: Wanted = duty.wanted
    if not wanted.before:
        return f"that '{by_id[duty.item].text}' waits while {wanted.where}"
    entries = " and ".join(str(each) for each in wanted.before)
    newer = ", ".join(sorted(wanted.newer_than))
    where = f" where {wanted.where}" if wanted.where else ""
    return f"that '{by_id[duty.item].text}' waits for {entries}{f', newer than {newer}' if newer else ''}{where}"


def _unless(procedure: Procedure, rule: Rule, conversation: Seen, limits: Limits, until: float) -> Verdict:
    """Settle whether something can be done before the client is authenticated."""
    if not rule.never.startswith(COPY):
        if conversation.broken:
            return Verdict(False, conversation.states, way=(MoveWords(conversation.broken, conversation.item),))
        why = "" if conversation.finished else "not every item was seen without a conversation"
        return Verdict(True if conversation.finished else None, conversation.states, why=why)
    states = 0
    template = rule.never.removeprefix(COPY)
    for scenario in _scenarios_of(procedure, rule):
        for duty in copies(procedure, scenario, Wanted(), template, UnknownCopyDuty):
            result = walked(duty, duty.core, limits, until, boxes=1, breaches=1)
            states += result.states
            if result.breaches:
                words = f'copy "{procedure.templates[template].title}" without a conversation'
                return Verdict(False, states, way=(MoveWords(words, duty.item),))
            if not result.finished:
                return Verdict(None, states, why=f"copies in scenario {scenario.number} were not all looked at")
    return Verdict(True, states)
