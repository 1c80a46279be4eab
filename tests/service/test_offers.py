"""What each licence would cost, said under the question."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from oxtui.cases.offers import offers
from tests.drive.case import Walk, service_at

TODAY = date(2026, 11, 22)


def said(walk: Walk, name: str = "licence") -> str:
    return offers(walk.case, walk.service.playbook.plans, TODAY).get(name, "")


def test_both_prices_stand_under_the_question_and_the_first_invoices_once_the_months_are_known(home: Path) -> None:
    walk = Walk(service_at(home)).begin(1)
    assert said(walk) == ("Business Basic 13.99 a month, 167.88 a year · Email Deluxe 11.99 a month, 143.88 a year")
    assert said(walk, "billed-now") == ""
    walk.plan(1, "yearly", "yearly")
    walk.tick("tell-team")
    walk.answer("salesforce-reason", "set")
    walk.quote(new="m365-business-basic-yearly", months=2)
    assert "167.88 a year (first invoice 156.08)" in said(walk)


def test_monthly_billing_has_no_first_invoice_to_tell(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1, "monthly", "yearly")
    assert "first invoice" not in said(walk) and "a month" in said(walk)
