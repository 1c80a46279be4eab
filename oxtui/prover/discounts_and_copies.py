"""What rules say of discounts and copies: the same walk, with the commands that put a quote in and copy a template."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from oxtui.cases.case import Case, Mailbox
from oxtui.cases.commands import Making, PutQuote, quoted_plans
from oxtui.cases.conduct import may_copy
from oxtui.cases.guard import Conversation, Position
from oxtui.cases.money import Quote
from oxtui.cases.moves import Change
from oxtui.cases.status import State
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.conditions import Condition
from oxtui.playbook.model import Item, Procedure, Rule
from oxtui.prover.cut import Cut, cut
from oxtui.prover.duties import MOST_STATES, Breach, Duty, Outcome
from oxtui.prover.limits import Limits
from oxtui.prover.oracle import NO_BITS, Wanted
from oxtui.prover.promises import DEAD
from oxtui.prover.values import Value
from oxtui.prover.walk import FIRST, LIVE, Place, Step, Walk

WHENEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING, SOMETHING = ("0.00",), ("1.00",)
"""The amounts of a discount that a rule tells apart."""


def case_of(procedure: Procedure, walk: Walk, place: Place, conversation: Conversation = LIVE) -> Case:
    """The case that stands as a place of `walk` does."""
    return Case(
        id="case",
        opened_at=WHENEVER,
        procedure=procedure,
        log=(),
        now=WHENEVER,
        mailboxes=tuple(Mailbox(box) for box in place.boxes),
        scenario=walk.scenario,
        boards={walk.scenario.number: place.board},
        situation=walk.situation(place.boxes),
        conversation=conversation,
    )


class DiscountDuty(Duty, frozen=True):
    """What has to be so when a quote with a discount is put into a case, and while it stands."""

    procedure: Procedure | None = None

    @property
    def core(self) -> frozenset[str]:
        spec = self.scenario.by_id[self.item].quote
        read = (spec.current_term, spec.new, spec.new_term) if spec else ()
        return super().core | {name for name in read if name in self.scenario.by_id}

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        assert self.procedure is not None
        values = {self.item: (Value(NOTHING), Value(SOMETHING))}
        return _Quoting(self.procedure, small, self.wanted, nbs=self.nbs, most_boxes=most_boxes, values=values)

    def broken(self, walk: Walk, place: Place, step: Step) -> bool:
        return step.value == SOMETHING and super().broken(walk, place, step)

    def stands(self, walk: Walk, place: Place) -> bool:
        mark = place.board.marks.get((self.item, ""))
        if mark is None or mark.value != SOMETHING:
            return False
        standing = walk.standing(place)
        return standing.states[self.item, ""] is State.DONE and self.wanted.broken(standing, place.bits.old)


class _Quoting(Walk):
    """A walk in which a quote is put in as the program does it."""

    def __init__(self, procedure: Procedure, small: Cut, *args: object, **options: object) -> None:
        super().__init__(small, *args, **options)  # type: ignore[arg-type]
        self.procedure = procedure

    def decide(self, position: Position, step: Step) -> Change:
        if step.verb == "quote":
            place = Place(position.standing.board, position.standing.situation.mailboxes, NO_BITS, "")
            self._put(place, self.scenario.by_id[step.item], step.value, position.conversation)
        return super().decide(position, step)

    def _put(self, place: Place, item: Item, amount: tuple[str, ...], conversation: Conversation) -> None:
        case = case_of(self.procedure, self, place, conversation)
        current, new = quoted_plans(case, item)
        assert item.quote is not None
        term = case.marks(item.quote.new_term).get("")
        quote = Quote(
            current=current or "any",
            new=new or "any",
            current_term="yearly",
            new_term="monthly" if term is not None and term.value == ("monthly",) else "yearly",
            current_price=Decimal(1),
            new_price=Decimal(1),
            priced_on=WHENEVER.date(),
            months_used=None,
            since=None,
            rule="",
            rule_text="",
            basis="",
            covered=True,
            discount=Decimal(amount[0]),
            first_invoice=Decimal(0),
            working=(),
            say="",
            licences=case.licences,
        )
        try:
            PutQuote(quote).decide(case, Making("event", WHENEVER))
        except Refusal:
            raise
        except OxtuiError as error:
            raise Refusal(error.message, error.hint) from error


class CopyDuty(Duty, frozen=True):
    """What has to be so when a template is copied."""

    procedure: Procedure | None = None
    template: str = ""

    @property
    def core(self) -> frozenset[str]:
        """The items that the template belongs to, too: the copy is that of the one which is furthest on."""
        holders = dict(holders_of(self))
        named = (name for when in holders.values() for name in when.items())
        return super().core | set(holders) | {name for name in named if name in self.scenario.by_id}

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        atoms = [atom for _, when in holders_of(self) for atom in when.atoms()]
        return Copying(self, small, self.wanted, nbs=self.nbs, most_boxes=most_boxes, atoms=atoms)


def holders_of(duty: CopyDuty) -> Iterator[tuple[str, Condition]]:
    """The items that a template belongs to, with the condition under which it is wanted."""
    for item in duty.scenario.items():
        yield from ((item.id, when) for name, when in item.templates if name == duty.template)


class Copying(Walk):
    """A walk in which a template may be copied, too."""

    def __init__(self, duty: CopyDuty, small: Cut, *args: object, **options: object) -> None:
        super().__init__(small, *args, **options)  # type: ignore[arg-type]
        self.duty = duty

    def steps_of(self, place: Place, item: Item) -> Iterator[Step]:
        if item.id == self.duty.item:
            yield Step("copy", item.id, value=(self.duty.template,))
        yield from super().steps_of(place, item)

    def taken(self, place: Place, step: Step) -> Place:
        if step.verb != "copy":
            return super().taken(place, step)
        self.may_copy(place)
        return Place(place.board, place.boxes, place.bits, place.key, (place, step))

    def may_copy(self, place: Place, conversation: Conversation = LIVE) -> None:
        """Raise Refusal where the program would not copy the template there."""
        assert self.duty.procedure is not None
        may_copy(case_of(self.duty.procedure, self, place, conversation), self.duty.template)


def paper_duties(procedure: Procedure, rule: Rule) -> Iterator[Duty]:
    """What a rule about discounts or copies asks for, in the scenarios that it speaks of."""
    for wanted in _wanted(rule):
        if rule.never == "discount":
            nbs = tuple(nb for nb in procedure.nbs.values() if nb.locks)
            for scenario in procedure.scenarios.values():
                if rule.scenario in (0, scenario.number):
                    yield from (
                        DiscountDuty(scenario, item.id, wanted, nbs, procedure)
                        for item in scenario.items()
                        if item.quote
                    )
        else:
            yield from copies(procedure, rule, wanted)


def copies(procedure: Procedure, rule: Rule, wanted: Wanted) -> Iterator[CopyDuty]:
    """One duty for each scenario in which the template of a rule can be copied."""
    template = rule.never.removeprefix("copy:")
    nbs = tuple(nb for nb in procedure.nbs.values() if nb.locks)
    for scenario in procedure.scenarios.values():
        holders = [item.id for item in scenario.items() if any(name == template for name, _ in item.templates)]
        if holders and rule.scenario in (0, scenario.number):
            yield CopyDuty(scenario, holders[0], wanted, nbs, procedure, template)


def _wanted(rule: Rule) -> Iterator[Wanted]:
    if rule.where and not rule.before:
        yield Wanted.of((), rule.where)
    for entry in rule.before:
        yield Wanted.of((entry,), rule.where)


def copied_without(duty: CopyDuty, limits: Limits, until: float) -> Outcome:
    """Walk the items of a template, and try to copy it in conversations in which nothing may be done."""
    small = cut(duty.scenario, duty.core, duty.item)
    walk = duty.walk(small, 1)
    assert isinstance(walk, Copying)
    start = walk.start((FIRST,))
    seen = {start.key}
    queue = deque([start])
    while queue:
        if len(seen) > MOST_STATES or time.monotonic() > until:
            return Outcome(len(seen), finished=False)
        place = queue.popleft()
        limits.visited()
        for conversation in DEAD:
            try:
                walk.may_copy(place, conversation)
            except Refusal:
                continue
            return Outcome(len(seen), (Breach(place, Step("copy", duty.item, value=(duty.template,))),))
        for step in walk.steps(place):
            after = walk.take(place, step)
            if after is not None and after.key not in seen:
                seen.add(after.key)
                queue.append(after)
    return Outcome(len(seen))
