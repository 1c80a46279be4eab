"""Whether a rule holds: the smallest slices first, and what falls there followed on the whole playbook."""

from __future__ import annotations

import time

from msgspec import Struct
from msgspec.structs import replace

from oxtui.cases.guard import name_of
from oxtui.playbook.model import Procedure, Rule
from oxtui.prover.discounts_and_copies import copied_without, copies, paper_duties
from oxtui.prover.duties import Breach, Duty, Outcome, boxes_of, duties, explored, slices, walked
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import Wanted
from oxtui.prover.promises import Kept
from oxtui.prover.real import Real
from oxtui.prover.walk import Step
from oxtui.prover.words import Told, way_in_words

_FOLLOWING_SECONDS = 2.0
_LOOKING_SECONDS = 2.0
_A_LOOK_SECONDS = 0.3
"""How long a shorter way is looked for where the rule is known to be broken."""


class RuleResult(Struct, frozen=True):
    """Whether a rule holds: True, False with the shortest way to break it, or None where that was not settled.

    `unproved` says in words what was not settled, and nothing false.
    """

    id: str
    text: str
    holds: bool | None
    states: int
    counterexample: tuple[Told, ...] = ()
    unproved: str = ""
    in_time: bool = True
    """Whether it was not the time that left it open."""

    @property
    def way(self) -> tuple[str, ...]:
        """The way to break it in words."""
        return tuple(each.words for each in self.counterexample)


class Verdict(Struct, frozen=True):
    """What became of one thing that a rule asks for: `steps` break it, on the whole scenario; `why` it is open."""

    holds: bool | None
    states: int
    steps: tuple[Step, ...] = ()
    why: str = ""
    in_time: bool = True
    way: tuple[Told, ...] = ()


def settled(procedure: Procedure, rule: Rule, conversation: Kept, limits: Limits, until: float) -> RuleResult:
    """Whether `rule` holds; `conversation` is what was seen of doing things without one."""
    verdicts = [_unless(procedure, rule, conversation, limits, until)] if rule.unless else []
    if rule.before or rule.where:
        paper = rule.never == "discount" or rule.never.startswith("copy:")
        asked = list(paper_duties(procedure, rule) if paper else duties(procedure, rule))
        for number, duty in enumerate(asked):
            known = any(each.holds is False for each in verdicts)
            if known and duty.wanted.newer_than and verdicts[0].holds is False:
                break  # what need not be done at all need not be younger
            share = time.monotonic() + 2 * max(0.0, until - time.monotonic()) / (len(asked) - number)
            verdict = duty_settled(duty, limits, min(until, share), _A_LOOK_SECONDS if known else _LOOKING_SECONDS)
            verdicts.append(replace(verdict, way=_told(procedure, duty, verdict.steps, limits)))
    states = sum(each.states for each in verdicts)
    broken = [each for each in verdicts if each.holds is False]
    if broken:
        best = min(broken, key=lambda each: len(each.way))
        return RuleResult(rule.id, rule.text, False, states, best.way)
    left = [each for each in verdicts if each.holds is None]
    if left:
        why = "; ".join(dict.fromkeys(each.why for each in left))
        return RuleResult(rule.id, rule.text, None, states, (), why, all(each.in_time for each in left))
    return RuleResult(rule.id, rule.text, True, states)


def duty_settled(duty: Duty, limits: Limits, until: float, looking: float = _LOOKING_SECONDS) -> Verdict:
    """Walk ever larger slices until one holds, or what breaks one breaks the whole scenario.

    `looking`: how long, in seconds, a shorter way than the first is looked for.
    """
    real = Real(duty, limits)
    states = 0
    for kept in slices(duty):
        outcome = Outcome(0)
        for boxes in boxes_of(duty, kept):
            outcome = walked(duty, kept, limits, until, boxes)
            states += outcome.states
            if not outcome.holds:
                break
        if outcome.holds:
            return Verdict(True, states)
        way = _followed(real, outcome.breaches, until, looking)
        if way is not None:
            return Verdict(False, states, way)
        if not outcome.finished:
            why = f"{_asked(duty)}: given up after {limits.taken:.0f} s, {states} states of it were seen"
            return Verdict(None, states, (), why, in_time=False)
    # What fell in every slice, and could not be followed: the whole scenario, as far as it goes.
    outcome = explored(real.walk, duty, limits, until)
    states += outcome.states
    for breach in outcome.breaches:
        return Verdict(False, states, breach.way())
    if outcome.finished:
        return Verdict(True, states)
    why = f"{_asked(duty)}: no way to break it was found in {states} states, nor that there is none"
    return Verdict(None, states, (), why, in_time=False)


def _followed(real: Real, breaches: tuple[Breach, ...], until: float, looking: float) -> tuple[Step, ...] | None:
    for breach in breaches:
        way = real.followed(breach.way(), min(until, time.monotonic() + _FOLLOWING_SECONDS))
        if way is not None:
            return real.shortened(way, min(until, time.monotonic() + looking))
    return None


def _told(procedure: Procedure, duty: Duty, steps: tuple[Step, ...], limits: Limits) -> tuple[Told, ...]:
    if not steps:
        return ()
    titles = {name: template.title for name, template in procedure.templates.items()}
    return way_in_words(Real(duty, limits).walk, steps, titles, after=_older(duty))


def _older(duty: Duty) -> str:
    """What is then older than it may be, in words."""
    if not duty.wanted.newer_than:
        return ""
    by_id = duty.scenario.by_id
    old = " or ".join(f"'{name_of(by_id[name])}'" for name in sorted(duty.wanted.witnesses) if name in by_id)
    new = " or ".join(f"'{name_of(by_id[name])}'" for name in sorted(duty.wanted.newer_than) if name in by_id)
    return f"then {old} is older than what changed in {new}"


def _asked(duty: Duty) -> str:
    """What a duty asks for, in words."""
    by_id = duty.scenario.by_id
    wanted: Wanted = duty.wanted
    if not wanted.before:
        return f"that '{by_id[duty.item].text}' waits while {wanted.where}"
    entries = " and ".join(str(each) for each in wanted.before)
    newer = ", ".join(sorted(wanted.newer_than))
    where = f" where {wanted.where}" if wanted.where else ""
    return f"that '{by_id[duty.item].text}' waits for {entries}{f', newer than {newer}' if newer else ''}{where}"


def _unless(procedure: Procedure, rule: Rule, conversation: Kept, limits: Limits, until: float) -> Verdict:
    """Whether something is done though nobody was authenticated."""
    if not rule.never.startswith("copy:"):
        if conversation.broken:
            return Verdict(False, conversation.states, way=(Told(conversation.broken, conversation.item),))
        why = "" if conversation.finished else "not every item was seen without a conversation"
        return Verdict(True if conversation.finished else None, conversation.states, why=why)
    states = 0
    for duty in copies(procedure, rule, Wanted()):
        outcome = copied_without(duty, limits, until)
        states += outcome.states
        if outcome.breaches:
            template = procedure.templates[duty.template].title
            return Verdict(False, states, way=(Told(f'copy "{template}" without a conversation', duty.item),))
        if not outcome.finished:
            return Verdict(None, states, why=f"copies in scenario {duty.scenario.number} were not all looked at")
    return Verdict(True, states)
