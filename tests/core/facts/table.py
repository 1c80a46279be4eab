"""What a proof of a fact is given, and the table that it is entered into by its number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from oxtui.cases.money import Quote, work_out
from oxtui.playbook.model import NB, Item, Rule
from oxtui.playbook.plans import Plan
from oxtui.playbook.playbook import Playbook
from oxtui.playbook.template import Template, TemplateLine

ONE = "scenarios/1-does-not-want-ox-mail.yaml"
TWO = "scenarios/2-wants-office-365-back.yaml"
THREE = "scenarios/3-keeps-ox-mail.yaml"
TODAY = date(2026, 11, 22)
MOVE_LINK = "https://support.webcentral.au/s/article/How-to-add-a-new-user-in-Microsoft-365-or-re-assign-a-license"
CHAT = "OX Mail Migration - Care & Project team chat"

Proof = Callable[["Facts"], None]


class Facts:
    """The shipped playbook, with short ways to its parts."""

    def __init__(self, book: Playbook) -> None:
        self.book = book
        self.procedure = book.procedure

    def item(self, scenario: int, name: str) -> Item:
        return self.procedure.scenarios[scenario].by_id[name]

    def guards(self, scenario: int, name: str) -> set[str]:
        """What had to be so before it, entry by entry."""
        return {str(condition) for condition in self.item(scenario, name).after}

    def answers(self, scenario: int, name: str) -> tuple[str, ...]:
        return tuple(answer.id for answer in self.item(scenario, name).answers)

    def before(self, scenario: int, first: str, then: str) -> bool:
        """Whether `first` stands above `then` in the checklist."""
        order = [item.id for item in self.procedure.scenarios[scenario].items()]
        return order.index(first) < order.index(then)

    def nb(self, name: str) -> NB:
        return self.procedure.nbs[name]

    def rules(self, never: str) -> list[Rule]:
        return [rule for rule in self.procedure.rules if rule.never == never]

    def template(self, name: str) -> Template:
        return self.procedure.templates[name]

    def line(self, template: str, key: str) -> TemplateLine:
        return next(line for line in self.template(template).lines if line.key == key)

    def form(self, template: str) -> list[str]:
        """What stands at the left of each line, the title first."""
        lines = self.template(template).lines
        return [
            self.template(template).title,
            *(line.text if line.kind == "heading" else line.label for line in lines),
        ]

    def prices(self, product: str) -> dict[str, Decimal]:
        return {plan.term: plan.price for plan in self.book.plans.all if plan.product == product}

    def plan(self, name: str) -> Plan:
        plan = self.book.plans.get(name)
        assert plan, name
        return plan

    def quote(self, current: str, new: str, price: str = "", months: int | None = None) -> Quote:
        plan = self.plan(new)
        if price:
            plan = replace(plan, price=Decimal(price))
        return work_out(self.plan(current), plan, self.book.plans.policy, TODAY, months=months)


class Table(dict[str, tuple[tuple[str, ...], Proof]]):
    """Fact number -> the places it lives at (`file#id`), and what proves it there."""

    def fact(self, number: str, *places: str) -> Callable[[Proof], Proof]:
        """Enter a proof into the table; each place is `file#id` under config/."""

        def enter(proof: Proof) -> Proof:
            assert number not in self, f"{number} stands twice in the table"
            self[number] = (places, proof)
            return proof

        return enter

    def add(self, other: Table) -> Table:
        """Enter the proofs of another table, too."""
        for number, (places, proof) in other.items():
            self.fact(number, *places)(proof)
        return self
