"""Where no rule credits anything: monthly billing (N2), and the gaps that an SME fills (D8, D10)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from oxtui.cases.money import GivenBy, Quote, given_by_sme, plain, work_out
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.plans import Pair, Plan, Uncovered
from tests.core.plans_help import BASIC, ESSENTIALS, MONTHLY, OX, PLANS, POLICY, TODAY, plan, quoted


@pytest.mark.parametrize("current", PLANS)
@pytest.mark.parametrize("new", PLANS)
def test_each_of_the_64_changes_has_its_rule(current: Plan, new: Plan) -> None:
    quote = quoted(current, new, months=3)
    if current.term == "monthly":
        assert (quote.rule, quote.covered, quote.discount, quote.first_invoice) == ("N2", True, 0, new.price)
        assert plain(new.price) in quote.say
        assert not any("SME" in text for text in (*quote.working, *quote.nbs))
    elif new.term == "monthly":
        assert (quote.rule, quote.covered, quote.discount, quote.first_invoice) == ("D8", False, None, None)
    elif "OX-Mail" in (current.provider, new.provider):
        assert (quote.rule, quote.covered, quote.discount, quote.first_invoice) == ("D10", False, None, None)
    else:
        assert (quote.rule, quote.covered) == ("P5", True)
    assert "SME" in quote.rule_text or quote.covered
    assert "AU$" not in quote.say or quote.covered
    assert "{" not in quote.say
    assert "SME" not in quote.say
    assert Quote.from_data(json.loads(json.dumps(quote.to_data()))) == quote


@pytest.mark.parametrize("new", ["m365-business-basic-monthly", "m365-business-basic-yearly"])
def test_monthly_needs_no_months_and_counts_none(new: str) -> None:
    """N2: a monthly client may be with us for years; there is no paid year to count, whatever is next."""
    for how in ({}, {"since": date(2020, 1, 1)}, {"months": 3}):
        quote = quoted(MONTHLY, plan(new), **how)
        assert (quote.rule, quote.basis, quote.months_used, quote.discount) == ("N2", "no pro-rata", None, 0)
        assert not any("Months used" in line for line in quote.working)
    with pytest.raises(WrongUse):
        quoted(MONTHLY, plan(new), since=TODAY + timedelta(1))


def test_a_gap_named_by_the_scenario_lifts_the_crediting_rule_only() -> None:
    """D10: scenario 2 covers no yearly change; its monthly ones stay without pro-rata (N2)."""
    assert quoted(ESSENTIALS, BASIC, months=2, uncovered_by="D10").rule == "D10"
    assert quoted(MONTHLY, plan("m365-business-basic-monthly"), uncovered_by="D10").rule == "N2"
    assert quoted(MONTHLY, BASIC, uncovered_by="D10").rule == "N2"
    assert quoted(ESSENTIALS, plan("m365-deluxe-monthly"), uncovered_by="D10").rule == "D8"
    with pytest.raises(WrongUse):
        quoted(ESSENTIALS, BASIC, months=2, uncovered_by="D11")


def test_no_policy_can_credit_monthly_billing() -> None:
    """N2, without exception: even one that no loader would let through."""
    rules = tuple(replace(rule, does="credit") for rule in POLICY.rules)
    for new in (plan("m365-business-basic-monthly"), BASIC):
        with pytest.raises(Refusal, match="a yearly price"):
            quoted(MONTHLY, new, replace(POLICY, rules=rules), months=2)


def by_sme(current: Plan, new: Plan, discount: str, name: str = "Jo Lee", ref: str = "SF-1", **how: Any) -> Quote:
    bare = work_out(current, new, POLICY, TODAY, **how)
    return given_by_sme(bare, current, new, POLICY, Decimal(discount), name, ref)


def test_an_smes_amount_is_recorded_with_name_and_reference() -> None:
    """D8, D10."""
    quote = by_sme(OX, BASIC, "20", " Jo  Lee ")
    assert (quote.discount, quote.first_invoice) == (Decimal("20.00"), Decimal("147.88"))
    assert (quote.given_by, quote.covered, quote.rule) == (GivenBy("Jo Lee", "SF-1"), False, "D10")
    assert quote.by == "given by SME Jo Lee (SF-1)"
    assert "167.88 - 20.00 = 147.88" in quote.working
    assert "AU$20.00" in quote.say
    assert quote.as_json()["discount"] == "20.00"
    assert Quote.from_data(json.loads(json.dumps(quote.to_data()))) == quote
    assert by_sme(ESSENTIALS, BASIC, "167.88", months=2, uncovered_by="D10").first_invoice == 0


@pytest.mark.parametrize("discount", ["-0.01", "-0.00", "11.805", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_an_smes_amount_is_a_discount(discount: str) -> None:
    with pytest.raises(WrongUse):
        by_sme(OX, BASIC, discount)


def test_an_smes_amount_above_the_new_price_leaves_nothing_to_pay_and_an_nb() -> None:
    """0.00 and an NB, never a negative sum."""
    quote = by_sme(OX, BASIC, "167.89")
    assert (quote.discount, quote.first_invoice) == (Decimal("167.89"), Decimal("0.00"))
    assert quote.nbs[0].startswith("The discount is AU$0.01 larger than the new price")
    assert Quote.from_data(json.loads(json.dumps(quote.to_data()))) == quote


def test_an_smes_amount_needs_a_gap_a_name_and_a_reference() -> None:
    with pytest.raises(Refusal, match="P5"):
        by_sme(ESSENTIALS, BASIC, "20.00", months=2)
    for new in (plan("m365-business-basic-monthly"), BASIC):
        with pytest.raises(Refusal, match="N2"):
            by_sme(MONTHLY, new, "0.00")
    for name, ref in ((" ", "SF-1"), ("Jo", "")):
        with pytest.raises(WrongUse, match="name and a reference"):
            by_sme(OX, BASIC, "20.00", name, ref)


@pytest.mark.parametrize("new", PLANS)
@pytest.mark.parametrize("current", [each for each in PLANS if each.term == "monthly"])
def test_no_one_can_credit_monthly_billing(current: Plan, new: Plan) -> None:
    """N2, where a playbook asks an SME there, too: nothing but 0.00 can be recorded."""
    with pytest.raises(Refusal):
        by_sme(current, new, "0.01")
    if new.term == "yearly":
        rules = tuple(
            replace(rule, pairs=tuple(p for p in rule.pairs if p.to_term != "yearly")) for rule in POLICY.rules
        )
        gap = Uncovered("G", "Ask an SME.", "I'll ask.", (Pair("any", "monthly", "any", "yearly"),))
        asking = replace(POLICY, rules=rules, not_covered=(*POLICY.not_covered, gap))
        bare = work_out(current, new, asking, TODAY)
        with pytest.raises(Refusal, match=r"Monthly billing has no pro-rata, .*, whoever gives the amount \(N2\)"):
            given_by_sme(bare, current, new, asking, Decimal("0.01"), "Jo Lee", "SF-1")
        assert given_by_sme(bare, current, new, asking, Decimal("0.00"), "Jo", "SF-1").first_invoice == new.price
