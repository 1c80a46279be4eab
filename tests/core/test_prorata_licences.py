"""A quote for several licences: each is rounded once, and together is that times the licences."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oxtui.cases.money import MOST_LICENCES, Quote, given_by_sme, money, work_out
from oxtui.errors import WrongUse
from oxtui.playbook.plans import Plan
from tests.core.plans_help import BASIC, ESSENTIALS, MONTHLY, OX, PLANS, POLICY, TODAY, plan, prices, put, quoted


def test_three_licences_each_and_together() -> None:
    """P5: 70.79 / 12 x 2 is 11.80 each, hence 35.40 together and not 35.395 rounded."""
    quote = quoted(ESSENTIALS, BASIC, months=2, licences=3)
    assert {name: quote.as_json()[name] for name in ("discount", "first_invoice", "licences")} == {
        "discount": "11.80", "first_invoice": "156.08", "licences": 3,
    }  # fmt: skip
    assert (quote.as_json()["total_discount"], quote.as_json()["total_first_invoice"]) == ("35.40", "468.24")
    for line in (
        "Licences: 3",
        "70.79 / 12 x 2 = 11.80",
        "167.88 - 11.80 = 156.08",
        "Each licence: discount 11.80, first invoice 156.08",
        "Together, discount: 3 x 11.80 = 35.40",
        "Together, first invoice: 3 x 156.08 = 468.24",
    ):
        assert line in quote.working
    for part in ("AU$11.80", "AU$156.08", "AU$35.40", "AU$468.24", "AU$503.64 a year", "each", "together"):
        assert part in quote.say
    assert quote.shown_discount == "AU$11.80 each, AU$35.40 together"
    assert quote.shown_first_invoice == "AU$156.08 each, AU$468.24 together"


def test_half_a_cent_is_rounded_for_one_licence_and_never_again() -> None:
    """0.06 / 12 is half a cent: a whole one for each of 1,000 licences, and not 5.00 for all of them."""
    quote = quoted(replace(ESSENTIALS, price=Decimal("0.06")), BASIC, months=1, licences=1000)
    assert (str(quote.discount), str(quote.total_discount)) == ("0.01", "10.00")


def test_one_licence_is_the_default_and_is_said_without_each() -> None:
    quote = quoted(ESSENTIALS, BASIC, months=2)
    assert quote == quoted(ESSENTIALS, BASIC, months=2, licences=1)
    assert (quote.licences, quote.total_discount, quote.total_first_invoice) == (1, quote.discount, quote.first_invoice)
    assert (quote.shown_discount, quote.shown_first_invoice) == ("AU$11.80", "AU$156.08")
    assert "each" not in quote.say and "together" not in quote.say


@pytest.mark.parametrize("licences", [0, -1, MOST_LICENCES + 1, True])
def test_a_number_of_licences_that_cannot_be_is_refused(licences: int) -> None:
    with pytest.raises(WrongUse, match="licence"):
        quoted(ESSENTIALS, BASIC, months=2, licences=licences)


@pytest.mark.parametrize("current", PLANS)
@pytest.mark.parametrize("new", PLANS)
def test_each_change_says_both_sums_or_none(current: Plan, new: Plan) -> None:
    quote = quoted(current, new, months=3, licences=4)
    assert quote.licences == 4
    if not quote.covered:
        assert quote.total_discount is quote.total_first_invoice is None
        assert quote.shown_discount == quote.shown_first_invoice == ""
        assert "AU$" not in quote.say
        assert "Licences: 4" in quote.working
        return
    assert quote.first_invoice is not None and quote.total_first_invoice == 4 * quote.first_invoice
    assert money(quote.first_invoice, "AU$") in quote.say and money(quote.total_first_invoice, "AU$") in quote.say
    assert "{" not in quote.say
    assert (f"{money(4 * new.price, 'AU$')} a " + new.term.removesuffix("ly")) in quote.say


def by_sme(discount: Decimal, licences: int) -> Quote:
    bare = work_out(OX, BASIC, POLICY, TODAY, licences=licences)
    return given_by_sme(bare, OX, BASIC, POLICY, discount, "Jo Lee", "SF-1")


def test_an_smes_amount_is_for_one_licence() -> None:
    """D10."""
    quote = by_sme(Decimal("20.00"), 3)
    assert (quote.discount, quote.total_discount) == (Decimal("20.00"), Decimal("60.00"))
    assert (quote.first_invoice, quote.total_first_invoice) == (Decimal("147.88"), Decimal("443.64"))
    assert "Discount 20.00 for each licence given by SME Jo Lee (SF-1)" in quote.working
    assert "AU$20.00 for each licence" in quote.say and "AU$60.00" in quote.say
    assert Quote.from_data(json.loads(json.dumps(quote.to_data()))) == quote


def test_an_amount_above_the_price_leaves_nothing_to_pay_for_any_licence() -> None:
    quote = by_sme(Decimal("200.00"), 3)
    assert quote.first_invoice == quote.total_first_invoice == 0
    assert quote.nbs[0].startswith("The discount is AU$32.12 larger than the new price of each licence")
    assert "-" not in json.dumps([quote.as_json()[name] for name in ("first_invoice", "total_first_invoice")])


def test_an_smes_nothing_is_said_as_no_discount() -> None:
    for licences in (1, 3):
        quote = by_sme(Decimal("0.00"), licences)
        assert "no discount" in quote.say and "AU$0.00" not in quote.say and "AU$167.88" in quote.say


def test_a_playbook_that_says_nothing_of_licences_is_heard_all_the_same() -> None:
    """One that was written for one licence has only `say`: the sums of all follow it."""
    rules = tuple(replace(rule, say_many="", say_zero_many="") for rule in POLICY.rules)
    policy = replace(POLICY, rules=rules)
    for months in (0, 2):
        quote = quoted(ESSENTIALS, BASIC, policy, months=months, licences=3)
        alone = quoted(ESSENTIALS, BASIC, policy, months=months)
        assert quote.say.startswith(alone.say) and quote.say != alone.say
        assert quote.total_first_invoice and money(quote.total_first_invoice, "AU$") in quote.say
    said = quoted(MONTHLY, plan("m365-business-basic-monthly"), policy, licences=2).say
    assert "AU$27.98" in said


@given(prices, prices, st.integers(0, 12), st.integers(1, MOST_LICENCES))
def test_together_is_each_times_the_licences(old: Decimal, new: Decimal, months: int, licences: int) -> None:
    pair = replace(ESSENTIALS, price=old), replace(BASIC, price=new)
    quote, alone = quoted(*pair, months=months, licences=licences), quoted(*pair, months=months)
    assert (quote.discount, quote.first_invoice) == (alone.discount, alone.first_invoice)
    assert alone.discount is not None and alone.first_invoice is not None
    assert quote.total_discount == licences * alone.discount
    assert quote.total_first_invoice == licences * alone.first_invoice >= 0
    assert Quote.from_data(json.loads(json.dumps(quote.to_data()))) == quote
    for name in ("discount", "first_invoice", "total_discount", "total_first_invoice"):
        assert quote.as_json()[name][-3] == "."


def test_a_quote_of_the_former_version_is_for_one_licence() -> None:
    data: dict[str, Any] = quoted(ESSENTIALS, BASIC, months=2).to_data()
    put("licences", ...)(data)
    assert Quote.from_data(data) == quoted(ESSENTIALS, BASIC, months=2)
    assert "licences" not in data, "the log is left alone"
