"""Rules about discounts and copies: the walk with the commands that put in a quote or copy a template."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.copies import may_copy
from oxtui.cases.commands.quotes import PutQuote, quoted_plans
from oxtui.cases.guard import Position
from oxtui.cases.money import Quote
from oxtui.cases.moves import Transition
from oxtui.cases.parts import Mailbox
from oxtui.cases.status import State
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.conditions import Condition
from oxtui.playbook.model import Item, Procedure, Scenario
from oxtui.prover.cut import Cut
from oxtui.prover.duties import Duty, locking
from oxtui.prover.oracle import Wanted
from oxtui.prover.promises import DEAD, allowed
from oxtui.prover.values import ValueClass
from oxtui.prover.walk import Move, Place, Walk

WHENEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING, SOMETHING = ("0.00",), ("1.00",)
"""The amounts of a discount that a rule distinguishes."""


def case_of(procedure: Procedure, position: Position) -> Case:
    """Return a case in that position."""
    standing = position.standing
    return Case(
        id="case",
        opened_at=WHENEVER,
        procedure=procedure,
        log=(),
        now=WHENEVER,
        mailboxes=tuple(Mailbox(box) for box in standing.situation.mailboxes),
        scenario=standing.scenario,
        boards={standing.scenario.number: standing.board},
        situation=standing.situation,
        conversation=position.conversation,
    )


class DiscountDuty(Duty, frozen=True, kw_only=True):
    """The conditions that must hold when a quote with a discount is put into a case, and as long as it is there."""

    procedure: Procedure

    @property
    def core(self) -> frozenset[str]:
        spec = self.scenario.by_id[self.item].quote
        read = (spec.current_term, spec.new, spec.new_term) if spec else ()
        return super().core | {name for name in read if name in self.scenario.by_id}

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        values = {self.item: (ValueClass(NOTHING), ValueClass(SOMETHING))}
        walk = _Quoting(small, self.wanted, nbs=self.nbs, most_boxes=most_boxes, values=values)
        walk.procedure = self.procedure
        return walk

    def is_broken(self, walk: Walk, place: Place, move: Move, after: Place) -> bool:
        if move.value == SOMETHING and super().is_broken(walk, place, move, after):
            return True
        mark = after.board.marks.get((self.item, ""))
        if mark is None or mark.value != SOMETHING:
            return False
        standing = walk.standing(after)
        return standing.states[self.item, ""] is State.DONE and self.wanted.broken(standing, after.bits.old)


class _Quoting(Walk):
    """A walk that puts in a quote by the program's own command."""

    procedure: Procedure

    def decide(self, position: Position, move: Move) -> Transition:
        if move.verb == "quote":
            self._put(case_of(self.procedure, position), self.scenario.by_id[move.item], move.value)
        return super().decide(position, move)

    def _put(self, case: Case, item: Item, amount: tuple[str, ...]) -> None:
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
            PutQuote(quote).decide(case)
        except Refusal:
            raise
        except OxtuiError as error:
            raise Refusal(error.message, error.hint) from error


class CopyDuty(Duty, frozen=True, kw_only=True):
    """The conditions that must hold when a template is copied."""

    procedure: Procedure
    template: str

    @property
    def holders(self) -> dict[str, Condition]:
        """The items that the template belongs to, each with the condition under which it is wanted."""
        wanted = ((item.id, name, when) for item in self.scenario.items() for name, when in item.templates)
        return {item: when for item, name, when in wanted if name == self.template}

    @property
    def core(self) -> frozenset[str]:
        """With the holders: a copy counts for the one that is furthest on."""
        named = {name for when in self.holders.values() for name in when.items()}
        return super().core | set(self.holders) | (named & set(self.scenario.by_id))

    def walk(self, small: Cut, most_boxes: int = 2) -> Walk:
        atoms = [atom for when in self.holders.values() for atom in when.atoms()]
        walk = _Copying(small, self.wanted, nbs=self.nbs, most_boxes=most_boxes, atoms=atoms)
        walk.duty = self
        return walk


class UnknownCopyDuty(CopyDuty, frozen=True):
    """The duty that a template is not copied in a conversation that allows nothing."""

    def is_broken(self, walk: Walk, place: Place, move: Move, after: Place) -> bool:
        copy = Move("copy", self.item)
        return any(allowed(walk, walk.position(after, dead), copy) for dead in DEAD)


class _Copying(Walk):
    """A walk with copies of a template."""

    duty: CopyDuty

    def moves_of(self, place: Place, item: Item) -> Iterator[Move]:
        if item.id == self.duty.item:
            yield Move("copy", item.id, value=(self.duty.template,))
        yield from super().moves_of(place, item)

    def decide(self, position: Position, move: Move) -> Transition:
        if move.verb != "copy":
            return super().decide(position, move)
        may_copy(case_of(self.duty.procedure, position), self.duty.template)
        return Transition()


def discounts(procedure: Procedure, scenario: Scenario, wanted: Wanted) -> Iterator[DiscountDuty]:
    """Yield a duty for each quote of a scenario."""
    for item in scenario.items():
        if item.quote:
            yield DiscountDuty(scenario, item.id, wanted, locking(procedure), procedure=procedure)


def copies(
    procedure: Procedure, scenario: Scenario, wanted: Wanted, template: str, kind: type[CopyDuty] = CopyDuty
) -> Iterator[CopyDuty]:
    """Yield the duty of a scenario in which a template can be copied."""
    holder = next((item.id for item in scenario.items() if any(name == template for name, _ in item.templates)), None)
    if holder:
        yield kind(scenario, holder, wanted, locking(procedure), procedure=procedure, template=template)
