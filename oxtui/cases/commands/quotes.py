"""A pro-rata quote in the case, and the number of licences it is for."""

from __future__ import annotations

from collections.abc import Iterable

from oxtui.cases import moves
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, TouchKey, effects_data, marked, scenario_of, shown_of
from oxtui.cases.guard import need_conversation, waits_text
from oxtui.cases.log.state import quote_terms
from oxtui.cases.money import Quote
from oxtui.cases.status import State
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import LICENCES, Item, Rule


class PutQuote(Command, frozen=True):
    """Put a pro-rata quote into the case; that does the item which asks for one."""

    quote: Quote

    def rests_on(self, case: Case) -> Iterable[TouchKey]:
        item = quote_item(case)
        return shown_of(case, item.id) if item else ()

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario_of(case)  # refuses if none was chosen
        words = case.procedure.words
        item = quote_item(case)
        if item is None or item.quote is None:
            no_quote = f"This scenario has no {words.prorata.lower()}"
            raise Refusal(no_quote, "it is worked out in scenarios with an order")
        need_conversation(case.conversation, "A quote")
        status = case.status(item.id)
        if status.state not in (State.DONE, State.STALE, State.IN_DOUBT, State.TODO):
            waits = waits_text(status.waits)
            raise Refusal(f"'{item.text}' {'waits: ' + waits if waits else 'does not apply here'}", "")
        expected = [*quoted_plans(case, item)]
        quoted = [self.quote.current, self.quote.new]
        # Where the licence is one that the plans do not list, its term is still answered.
        next_term = case.marks(item.quote.new_term).get("")
        if next_term and next_term.value:
            expected.append(next_term.value[0])
            quoted.append(self.quote.new_term)
        for plan, answer in zip(expected, quoted, strict=True):
            if plan and plan != answer:
                raise Refusal(f"The answers say {plan}, the quote is for {answer}", "change the answer or the plan")
        if LICENCES in item.uses and self.quote.licences != case.licences:
            raise Refusal(
                f"The case has {words.licences(case.licences)}, the quote is for {self.quote.licences}",
                f"i: the number of {words.licence.many}",
            )
        discount = self.quote.discount
        if discount is None:
            raise Refusal("The article gives no figure here", f"ask {words.expert} and record the amount they give")
        if discount > 0 and (rule := _forbidding(case)):
            raise Refusal(rule.text, "the discount is 0.00")
        transition = moves.requote(case.position(), item, quote_terms(self.quote))
        return [marked(case, "quote", item, transition, {"quote": self.quote.to_data()})]


def _forbidding(case: Case) -> Rule | None:
    """The playbook's own rule by which there is no discount under the answers given, or None."""
    standing = case.standing
    for rule in case.procedure.rules if standing else ():
        never = rule.never == "discount" and rule.scenario in (0, case.number)
        if never and rule.where and standing is not None and standing.holds(rule.where) is True:
            return rule
    return None


def quote_item(case: Case) -> Item | None:
    """The item of the scenario that is done by a quote, or None."""
    return next((item for item in case.scenario.items() if item.quote), None) if case.scenario else None


def quoted_plans(case: Case, item: Item) -> tuple[str, str]:
    """The plan ids that the answers name for the quote item: now and new, "" if they do not say."""
    if item.quote is None or case.scenario is None:
        return "", ""
    spec = item.quote

    def chosen(name: str) -> str:
        mark = case.marks(name).get("")
        return mark.value[0] if mark and mark.value else ""

    answer = case.scenario.by_id[spec.new].answer(chosen(spec.new))
    bases = (spec.current, answer.plan if answer else "")
    terms = (chosen(spec.current_term), chosen(spec.new_term))
    now, new = (f"{base}-{term}" if base and term else "" for base, term in zip(bases, terms, strict=True))
    return now, new


class Cover(Command, frozen=True):
    """Say whether the licences ordered cover the mailboxes added after the order, or more are ordered."""

    DECIDED_ON = ("mailboxes", "scenario")

    covered: bool

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario_of(case)
        need_conversation(case.conversation)
        transition = moves.cover(case.position(), covered=self.covered)
        count = case.ordered_licences() + (0 if self.covered else len(case.uncovered))
        data = {"covered": self.covered, "mailboxes": list(case.uncovered), "count": count}
        return [Draft("covered", data | {"effects": transition.effects.to_data()})]


class SetLicences(Command, frozen=True):
    """Set the number of licences; None: one for each mailbox."""

    DECIDED_ON = ("mailboxes",)

    count: int | None

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if self.count is not None and not 0 < self.count < 10_000:
            raise WrongUse(f"How many {case.procedure.words.licence.many}: a whole number from 1", "")
        if self.count == case.licences_typed:
            return []
        now = self.count if self.count is not None else case.licences_without_count()
        numbers = [n for n, board in case.boards.items() if board.marks and n in case.procedure.scenarios]
        changed = numbers if now != case.licences else []
        effects = {number: moves.licences_changed(case.position(number)).effects for number in changed}
        return [Draft("licences", {"count": self.count, "boards": effects_data(effects)})]
