"""The prices of the plans that a question's answers stand for, shown before it is answered."""

from __future__ import annotations

from datetime import date

from oxtui.cases.case import Case
from oxtui.cases.commands.quotes import quote_item
from oxtui.cases.money import work_out
from oxtui.playbook.item_parts import QuoteSpec
from oxtui.playbook.model import Item
from oxtui.playbook.plans import Plan, Plans

TERMS = {"monthly": "a month", "yearly": "a year"}


def _asked(case: Case) -> tuple[QuoteSpec, Item] | None:
    """The scenario's quote and its question for the new plan, or None."""
    quoted = quote_item(case)
    if case.scenario is None or quoted is None or quoted.quote is None:
        return None
    return quoted.quote, case.scenario.by_id[quoted.quote.new]


def plans_asked_about(case: Case) -> set[str]:
    """The ids of the plans that the answers to that question stand for."""
    quote = _asked(case)
    return {f"{answer.plan}-{term}" for answer in (quote[1].answers if quote else ()) if answer.plan for term in TERMS}


def offers(case: Case, plans: Plans, today: date) -> dict[str, str]:
    """The prices in AUD of the plans that a question's answers stand for, by the question's id.

    With the first invoice if the months are known. Empty if the scenario has no such question.
    """
    asked = _asked(case)
    if asked is None:
        return {}
    spec, question = asked
    lines = []
    for answer in question.answers:
        each = {term: plan for term in TERMS if answer.plan and (plan := plans.get(f"{answer.plan}-{term}"))}
        prices = [f"{plan.price_on(today)} {TERMS[term]}" for term, plan in each.items()]
        if prices:
            first = _first_invoice(case, spec, each.get("yearly"), plans, today)
            lines.append(f"{answer.text} {', '.join(prices)}{first}")
    return {question.id: " · ".join(lines)} if lines else {}


def _first_invoice(case: Case, spec: QuoteSpec, new: Plan | None, plans: Plans, today: date) -> str:
    """The first yearly invoice for one licence, if the quote in the case says how many months count."""
    quote, current = case.quote, plans.get(f"{spec.current}-yearly")
    billed = case.marks(spec.current_term).get("")
    if quote is None or quote.months_used is None or current is None or new is None:
        return ""
    if billed is None or billed.value != ("yearly",):
        return ""
    worked = work_out(current, new, plans.policy, today, months=quote.months_used)
    return f" (first invoice {worked.first_invoice})" if worked.first_invoice is not None else ""
