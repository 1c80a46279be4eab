"""What each answer to the question for a plan would cost: said before it is answered."""

from __future__ import annotations

from datetime import date

from oxtui.cases.case import Case
from oxtui.cases.commands.quotes import quote_item
from oxtui.cases.money import work_out
from oxtui.playbook.model import Item, QuoteSpec
from oxtui.playbook.plans import Plan, Plans

TERMS = {"monthly": "a month", "yearly": "a year"}


def plans_asked_about(case: Case) -> set[str]:
    """The ids of the plans that the answers to the question for the new plan stand for."""
    quoted = quote_item(case)
    asked = case.scenario.by_id.get(quoted.quote.new) if case.scenario and quoted and quoted.quote else None
    return {f"{answer.plan}-{term}" for answer in (asked.answers if asked else ()) if answer.plan for term in TERMS}


def offers(case: Case, item: Item, plans: Plans, today: date) -> str:
    """The prices of the plans that the answers stand for, in AUD; with the first invoice where the months are known."""
    quoted = quote_item(case)
    spec = quoted.quote if quoted else None
    if spec is None or spec.new != item.id:
        return ""
    found = []
    for answer in item.answers:
        each = {term: plan for term in TERMS if answer.plan and (plan := plans.get(f"{answer.plan}-{term}"))}
        prices = [f"{plan.price_on(today)} {TERMS[term]}" for term, plan in each.items()]
        if prices:
            first = _first_invoice(case, spec, each.get("yearly"), plans, today)
            found.append(f"{answer.text} {', '.join(prices)}{first}")
    return " · ".join(found)


def _first_invoice(case: Case, spec: QuoteSpec, new: Plan | None, plans: Plans, today: date) -> str:
    """The first yearly invoice for one licence, where the quote in the case says how many months count."""
    quote, current = case.quote, plans.get(f"{spec.current}-yearly")
    billed = case.marks(spec.current_term).get("")
    if quote is None or quote.months_used is None or current is None or new is None:
        return ""
    if billed is None or billed.value != ("yearly",):
        return ""
    worked = work_out(current, new, plans.policy, today, months=quote.months_used)
    return f" (first invoice {worked.first_invoice})" if worked.first_invoice is not None else ""
