"""The pro-rata by rule: P5 and the disagreements that touch its sums (D1, D3), at any price and month."""

from __future__ import annotations

import copy
import decimal
import json
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oxtui.cases.money import Quote, money, parse_money
from oxtui.playbook.plans import Policy
from tests.core.plans_help import (
    BASIC,
    BEGUN,
    ESSENTIALS,
    LEFT,
    MONTHLY,
    OPEN,
    OX,
    POLICY,
    plan,
    prices,
    put,
    quoted,
)


def test_the_list_price_after_two_months() -> None:
    """P5, D1, D3."""
    quote = quoted(ESSENTIALS, BASIC, months=2)
    assert quote.as_json() == {
        "discount": "11.80",
        "first_invoice": "156.08",
        "licences": 1,
        "total_discount": "11.80",
        "total_first_invoice": "156.08",
        "rule": "P5",
        "basis": "months used",
        "months_used": 2,
        "working": list(quote.working),
        "covered": True,
    }
    for line in (
        "Prices of 22/11/2026",
        "Basis: months used",
        "70.79 / 12 x 2 = 11.80",
        "167.88 - 11.80 = 156.08",
    ):
        assert line in quote.working
    assert quote.by == "by rule P5"
    assert not any("icence" in line for line in quote.working), "of one licence nothing is said twice"


def test_a_client_is_given_the_sums_and_no_reason_for_them() -> None:
    """D3: while it is open, every reason is answered with "but I paid for the other ten"."""
    assert quoted(ESSENTIALS, BASIC, months=2).say == (
        "Your discount is AU$11.80, so your first invoice is AU$156.08. After that it's AU$167.88 a year."
    )
    for policy in (POLICY, LEFT):
        for months in (0, 2):
            for licences in (1, 3):
                said = quoted(ESSENTIALS, BASIC, policy, months=months, licences=licences).say
                assert not {"month", "months", "used", "left"} & set(re.findall("[a-z]+", said)), said


def test_the_articles_example_with_its_own_price() -> None:
    """P5, D1: 168.88 gives 157.08."""
    quote = quoted(ESSENTIALS, replace(BASIC, price=Decimal("168.88")), months=2)
    assert (quote.discount, quote.first_invoice) == (Decimal("11.80"), Decimal("157.08"))
    assert "168.88 - 11.80 = 157.08" in quote.working


@pytest.mark.parametrize(("old", "discount"), [("0.06", "0.01"), ("0.30", "0.03"), ("0.05", "0.00"), ("70.26", "5.86")])
def test_half_a_cent_is_rounded_up(old: str, discount: str) -> None:
    """P5: 0.005, 0.025, 0.00417 and 5.855."""
    assert str(quoted(replace(ESSENTIALS, price=Decimal(old)), BASIC, months=1).discount) == discount


def test_months_left_where_the_floor_decides_so() -> None:
    """D3: 58.99, not 11.80; the working names the basis."""
    quote = quoted(ESSENTIALS, BASIC, LEFT, months=2)
    assert (quote.discount, quote.first_invoice) == (Decimal("58.99"), Decimal("108.89"))
    assert quote.basis == "months left"
    assert {"Basis: months left", "12 - 2 = 10 months left", "70.79 / 12 x 10 = 58.99"} <= set(quote.working)


def test_a_discount_above_the_new_price_gives_nothing_to_pay_and_an_nb() -> None:
    quote = quoted(BASIC, ESSENTIALS, months=12)
    assert (quote.discount, quote.first_invoice) == (Decimal("167.88"), Decimal("0.00"))
    assert "AU$97.09" in quote.nbs[0]
    assert "-97" not in json.dumps(quote.to_data())
    exactly = quoted(BASIC, BASIC, months=12)
    assert exactly.first_invoice == 0
    assert not any("larger" in nb for nb in exactly.nbs)


def test_nothing_used_is_said_as_no_discount() -> None:
    quote = quoted(ESSENTIALS, BASIC, months=0)
    assert (quote.discount, quote.first_invoice) == (Decimal("0.00"), Decimal("167.88"))
    assert "AU$0.00" not in quote.say
    assert "AU$167.88" in quote.say


def test_open_decisions_are_told_until_they_are_decided() -> None:
    """D1, D3, D8, D9, D10."""

    def told(quote: Quote) -> set[str]:
        return {each for each in OPEN if any(f"({each})" in nb for nb in quote.nbs)}

    assert told(quoted(ESSENTIALS, BASIC, months=2)) == {"D1", "D3", "D9"}
    assert told(quoted(ESSENTIALS, plan("m365-deluxe-yearly"), months=2)) == {"D3", "D9"}
    assert told(quoted(ESSENTIALS, plan("m365-deluxe-monthly"))) == {"D8"}
    assert told(quoted(OX, plan("m365-deluxe-yearly"))) == {"D10"}
    assert told(quoted(OX, plan("m365-deluxe-monthly"))) == {"D8", "D10"}
    assert told(quoted(MONTHLY, plan("m365-business-basic-monthly"))) == set()
    assert told(quoted(MONTHLY, plan("m365-deluxe-yearly"))) == set()
    decided = replace(POLICY, open_decisions=("D9",))
    assert told(quoted(ESSENTIALS, BASIC, decided, months=2)) == {"D9"}


# -- any price, any month

months = st.integers(0, 12)
policies = st.sampled_from([POLICY, LEFT, BEGUN])


@given(prices, prices, months, policies)
def test_the_discount_is_the_exact_fraction_rounded_once(old: Decimal, new: Decimal, used: int, policy: Policy) -> None:
    quote = quoted(replace(ESSENTIALS, price=old), replace(BASIC, price=new), policy, months=used)
    credited = 12 - used if policy is LEFT else used
    exact = Fraction(old) * credited / 12
    assert quote.discount is not None
    assert quote.first_invoice is not None
    assert quote.discount == Fraction((exact * 200 + 1) // 2, 100)  # half up
    assert 0 <= quote.discount <= old
    assert quote.first_invoice == max(new - quote.discount, 0)
    assert str(quote.discount)[-3] == str(quote.first_invoice)[-3] == "."
    assert Quote.from_data(json.loads(json.dumps(quote.to_data()))) == quote


@given(prices, prices, policies)
def test_more_months_never_turn_the_discount_round(old: Decimal, new: Decimal, policy: Policy) -> None:
    pair = replace(ESSENTIALS, price=old), replace(BASIC, price=new)
    sums = [quoted(*pair, policy, months=used).discount or Decimal(0) for used in range(13)]
    assert sums == sorted(sums, reverse=policy is LEFT)
    assert {min(sums), max(sums)} == {0, old}


def test_the_global_context_cannot_reach_an_invoice() -> None:
    with decimal.localcontext() as context:
        context.prec, context.rounding = 2, decimal.ROUND_DOWN
        quote = quoted(ESSENTIALS, BASIC, months=2)
        assert (str(quote.discount), str(quote.first_invoice)) == ("11.80", "156.08")
        assert money(Decimal("1234.50"), "AU$") == "AU$1,234.50"
        assert str(parse_money("1,234.50")) == "1234.50"


# -- the log


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("discount", 11.8), ("discount", "11.8"), ("discount", "-11.80"), ("discount", None),
        ("discount", "1e1"),
        ("current_price", None), ("months_used", True), ("months_used", 13), ("months_used", "2"),
        ("since", "12/9"), ("licences", 0), ("licences", True), ("licences", "2"), ("licences", 10_000),
        ("priced_on", None), ("current", 3), ("current_term", "weekly"), ("covered", "yes"),
        ("working", "one line"),
        ("working", [1]), ("working", None), ("nbs", {"a": "b"}), ("given_by", {"name": "Jo"}),
        ("given_by", "Jo"),
        ("say", None), ("more", 1), ("rule", ...),
    ],
)  # fmt: skip
def test_a_damaged_quote_is_not_read(field: str, value: Any) -> None:
    data = quoted(ESSENTIALS, BASIC, since=date(2026, 9, 12)).to_data()
    put(field, value)(data)
    with pytest.raises(ValueError):
        Quote.from_data(data)


def test_reading_a_quote_leaves_the_log_alone() -> None:
    data = quoted(ESSENTIALS, BASIC, months=2).to_data()
    before = copy.deepcopy(data)
    Quote.from_data(data)
    assert data == before
