"""Amounts of money as people type them and as they are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.cases.money import money, parse_money, plain
from oxtui.errors import WrongUse
from tests.core.plans_help import prices


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("£1,200.00", "1200.00"), ("$11.80", "11.80"), ("AU$11.80", "11.80"), ("11.8", "11.80"),
        ("11", "11.00"),
        (" au$ 11.80\n", "11.80"), ("A$0.50", "0.50"), ("AUD 11.80", "11.80"), ("1,234,567.89", "1234567.89"),
        ("0", "0.00"), ("\u00a011.80\u00a0", "11.80"),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them(typed: str, amount: str) -> None:
    assert str(parse_money(typed)) == amount


@pytest.mark.parametrize(
    "typed",
    ["", " ", "1_000", "１１.80", "١١", "1e2", "1E+2", "NaN", "Infinity", "-5", "$-5", "-$5", "−5", "(5.00)",
     "11.805", "1,20", "12,00.00", ",200", "1,,200", "11.", ".5", "11.8.0", "$$5", "5 $", "1 200", "0x10",
     "+5", "11.80c", "1234567890", "AU", "[/]"],
)  # fmt: skip
def test_what_is_not_an_amount_is_refused(typed: str) -> None:
    with pytest.raises(WrongUse) as told:
        parse_money(typed)
    assert "11.80" in told.value.hint
    below = typed.lstrip("$(").startswith(("-", "−")) or typed.startswith("(")
    assert ("below zero" in told.value.message) == below


@given(st.text(alphabet="0123456789.,$£AUD -_eEn１", max_size=12))
def test_an_amount_is_never_negative_nor_finer_than_a_cent(typed: str) -> None:
    try:
        amount = parse_money(typed)
    except WrongUse:
        return
    assert amount >= 0
    assert amount.as_tuple().exponent == -2


@given(prices)
def test_what_is_shown_is_read_back(amount: Decimal) -> None:
    assert parse_money(money(amount, "AU$")) == parse_money(plain(amount)) == amount


def test_a_part_of_a_cent_is_never_shown() -> None:
    assert money(Decimal("11.8"), "AU$") == "AU$11.80"
    assert plain(Decimal("1200")) == "1200.00"
    for wrong in ("11.805", "NaN"):
        with pytest.raises(ValueError, match="rounded first"):
            plain(Decimal(wrong))
