"""Plans, prices and the pro-rata: P1-P5, N1, N2 and the disagreements that touch money (D1-D3, D8-D10)."""

from __future__ import annotations

import copy
import decimal
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oxtui.casework.dates import add_months, parse_date
from oxtui.casework.money import GivenBy, Quote, given_by_sme, money, parse_money, plain, work_out
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.load_yaml import parse
from oxtui.playbook.plans import Plan, Plans, Policy, plans_from_data

SHIPPED = Path(__file__).parents[2] / "config" / "plans.yaml"
DATA: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
TODAY = date(2026, 11, 22)
OPEN = ("D1", "D3", "D8", "D9", "D10")


def built(data: Any = DATA) -> Plans:
    plans, problems = plans_from_data(data, OPEN)
    assert plans is not None, problems
    return plans


PLANS = built()
POLICY = PLANS.policy
LEFT = replace(POLICY, credit_basis="months_left")
BEGUN = replace(POLICY, month_counts="begun")


def plan(plan_id: str) -> Plan:
    found = PLANS.get(plan_id)
    assert found is not None
    return found


ESSENTIALS, BASIC = plan("m365-essentials-yearly"), plan("m365-business-basic-yearly")
MONTHLY = plan("m365-essentials-monthly")
OX = plan("ox-deluxe-yearly")


def quoted(current: Plan, new: Plan, policy: Policy = POLICY, **how: Any) -> Quote:
    return work_out(current, new, policy, TODAY, **how)


# ---------------------------------------------------------------- the plan list


def test_the_eight_plans_are_the_articles() -> None:
    """P1-P4, D2; ids and JSON of the Contract."""
    ox, m365 = "OX-Mail", "Microsoft 365"
    assert [(p.id, p.product, p.provider, p.term, str(p.price)) for p in PLANS] == [
        ("ox-deluxe-monthly", "OX mail - Email Deluxe", ox, "monthly", "9.99"),
        ("ox-deluxe-yearly", "OX mail - Email Deluxe", ox, "yearly", "71.88"),
        ("m365-essentials-monthly", "Microsoft 365 - Email Essentials", m365, "monthly", "6.44"),
        ("m365-essentials-yearly", "Microsoft 365 - Email Essentials", m365, "yearly", "70.79"),
        ("m365-deluxe-monthly", "Microsoft 365 - Email Deluxe", m365, "monthly", "11.99"),
        ("m365-deluxe-yearly", "Microsoft 365 - Email Deluxe", m365, "yearly", "143.88"),
        ("m365-business-basic-monthly", "Microsoft 365 - Online Business Basic", m365, "monthly", "13.99"),
        ("m365-business-basic-yearly", "Microsoft 365 - Online Business Basic", m365, "yearly", "167.88"),
    ]
    assert json.loads(json.dumps(MONTHLY.as_json(TODAY))) == {
        "id": "m365-essentials-monthly",
        "product": "Microsoft 365 - Email Essentials",
        "provider": "Microsoft 365",
        "term": "monthly",
        "price": "6.44",
        "notes": [],
    }


def test_only_microsofts_email_deluxe_lacks_teams() -> None:
    """P3, N1."""
    assert {p.id for p in PLANS if p.notes} == {"m365-deluxe-monthly", "m365-deluxe-yearly"}
    assert all("Does not include Teams" in p.notes[0] for p in PLANS if p.notes)
    assert any("Does not include Teams" in nb for nb in quoted(ESSENTIALS, plan("m365-deluxe-yearly"), months=2).nbs)


def test_the_strict_loader_reads_the_same_plans() -> None:
    parsed = parse(SHIPPED.read_bytes())
    assert not parsed.problems
    assert plans_from_data(parsed.value, OPEN) == (PLANS, [])


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("bb y", ["m365-business-basic-yearly"]),
        ("essent", ["m365-essentials-monthly", "m365-essentials-yearly"]),
        ("deluxe yearly", ["ox-deluxe-yearly", "m365-deluxe-yearly"]),
        ("DELUXE ox mo", ["ox-deluxe-monthly"]),
        ("ed", ["ox-deluxe-monthly", "ox-deluxe-yearly", "m365-deluxe-monthly", "m365-deluxe-yearly"]),
        ("lux m365 yr", ["m365-deluxe-yearly"]),
        ("m365-deluxe-monthly", ["m365-deluxe-monthly"]),
        ("", [p.id for p in PLANS]),
        ("[bold]", []),
        ("essent zzz", []),
    ],
)
def test_plans_are_found_by_typing_parts(typed: str, ids: list[str]) -> None:
    assert [found.id for found in PLANS.find(typed)] == ids


@given(st.text(max_size=15))
def test_any_text_finds_plans_of_the_list(typed: str) -> None:
    assert set(PLANS.find(typed)) <= set(PLANS)


def test_a_coming_price_counts_from_its_date() -> None:
    data = copy.deepcopy(DATA)
    data["plans"][7]["from"] = [
        {"date": "2026-12-01", "price": "170.00"},
        {"date": "2027-07-01", "price": "180.00"},
    ]
    basic = built(data).get("m365-business-basic-yearly")
    assert basic is not None
    for day, price in (
        (date(2026, 11, 30), "167.88"),
        (date(2026, 12, 1), "170.00"),
        (date(2027, 7, 2), "180.00"),
    ):
        assert str(basic.price_on(day)) == price
        assert basic.as_json(day)["price"] == price
    assert work_out(ESSENTIALS, basic, POLICY, date(2026, 12, 1), months=2).first_invoice == Decimal("158.20")


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Puts the last of `path` at the place that the others name; `...` takes the place away."""
    *way, key, value = path

    def change(data: dict[str, Any]) -> None:
        there: Any = data
        for step in way:
            there = there[step]
        if value is ...:
            del there[key]
        else:
            there[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        (_set("plans", 0, "price", 9.99), ("plans", 0, "price"), "two decimals"),
        *[
            (_set("plans", 0, "price", text), ("plans", 0, "price"), "two decimals")
            for text in (
                "9.9",
                "9.999",
                "-9.99",
                "0.00",
                "1e2",
                "1_0.00",
                "９.99",
                "NaN",
                " 9.99",
                "09.99",
                "",
            )
        ],
        (_set("plans", 1, "term", "yaerly"), ("plans", 1, "term"), "did you mean 'yearly'"),
        (_set("plans", 1, "pirce", "1.00"), ("plans", 1, "pirce"), "did you mean 'price'"),
        (_set("plans", 1, "price", ...), ("plans", 1), "'price' is missing"),
        (_set("plans", 1, "id", "ox-deluxe-monthly"), ("plans", 1, "id"), "given twice"),
        (_set("plans", 1, "id", "ox deluxe"), ("plans", 1, "id"), "must be an id"),
        (_set("plans", 1, "product", 5), ("plans", 1, "product"), "must be text"),
        (_set("plans", 1, "provider", "any"), ("plans", 1, "provider"), "every provider"),
        (_set("plans", 1, "notes", "one"), ("plans", 1, "notes"), "must be a list"),
        (_set("plans", 1, "notes", [3]), ("plans", 1, "notes", 0), "must be text"),
        (_set("plans", 1, "plan"), ("plans", 1), "keys are expected"),
        (_set("plans", []), ("plans",), "not empty"),
        (_set("plans", ...), (), "'plans' is missing"),
        (
            _set("plans", 0, "from", [{"date": "2027-02-30", "price": "1.00"}]),
            ("plans", 0, "from", 0, "date"),
            "no date",
        ),
        (
            _set("plans", 0, "from", [{"date": "1/7/27", "price": "1.00"}]),
            ("plans", 0, "from", 0, "date"),
            "2027-07-01",
        ),
        (
            _set("plans", 0, "from", [{"date": "2027-02-01", "price": "1.00"}] * 2),
            ("plans", 0, "from", 1, "date"),
            "must rise",
        ),
        (_set("prorata", ...), (), "'prorata' is missing"),
        (
            _set("prorata", "credit_basis", "months_uesd"),
            ("prorata", "credit_basis"),
            "did you mean 'months_used'",
        ),
        (_set("prorata", "month_counts", "both"), ("prorata", "month_counts"), "completed, begun"),
        (_set("prorata", "covered", 0, "rule", "P6"), ("prorata", "covered", 0, "rule"), "one of P5, N2"),
        (
            _set("prorata", "covered", 1, "rule", "P5"),
            ("prorata", "covered", 1, "from_term"),
            "never credited",
        ),
        (
            _set("prorata", "covered", 0, "to_provider", "Microsoft"),
            ("prorata", "covered", 0, "to_provider"),
            "did you mean 'Microsoft 365'",
        ),
        (
            _set("prorata", "covered", 1, ...),
            ("prorata", "covered"),
            "OX-Mail monthly to OX-Mail monthly has no rule",
        ),
        (
            _set("prorata", "covered", 0, "from_provider", "any"),
            ("prorata", "covered"),
            "two answers: P5 and not_covered",
        ),
        (
            _set("prorata", "rules", 0, "say", "{discuont}"),
            ("prorata", "rules", 0, "say"),
            "did you mean 'discount'",
        ),
        (_set("prorata", "rules", 0, "say", "{discount"), ("prorata", "rules", 0, "say"), "brace"),
        (_set("prorata", "rules", 1, "id", "P5"), ("prorata", "rules", 1, "id"), "given twice"),
        (
            _set("prorata", "not_covered", 0, "say", "{price}"),
            ("prorata", "not_covered", 0, "say"),
            "unknown field",
        ),
        (
            _set("prorata", "decisions", 0, "plans", ["x"]),
            ("prorata", "decisions", 0, "plans", 0),
            "one of ox-",
        ),
        (_set("prorata", "decisions", 0, "plans", ...), ("prorata", "decisions", 0), "touches"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    change: Callable[[dict[str, Any]], None], path: tuple[Any, ...], said: str
) -> None:
    data = copy.deepcopy(DATA)
    change(data)
    plans, problems = plans_from_data(data)
    assert plans is None
    assert any(at == path and said in message for at, message in problems), problems


def test_every_problem_is_told_at_once() -> None:
    data = copy.deepcopy(DATA)
    for change in (
        _set("plans", 0, "price", "x"),
        _set("plans", 3, "term", "x"),
        _set("prorata", "name", ...),
    ):
        change(data)
    assert len(plans_from_data(data)[1]) == 3


@pytest.mark.parametrize("data", [None, [], "plans", 3, {}, {"plans": None, "prorata": None}, {"plans": [None]}])
def test_data_of_any_kind_is_told_not_raised(data: Any) -> None:
    plans, problems = plans_from_data(data)
    assert plans is None
    assert problems


# ---------------------------------------------------------------- rule P5


def test_the_list_price_after_two_months() -> None:
    """P5, D1, D3."""
    quote = quoted(ESSENTIALS, BASIC, months=2)
    assert quote.as_json() == {
        "discount": "11.80",
        "first_invoice": "156.08",
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
    for part in ("AU$11.80", "AU$156.08", "AU$167.88", "2 months used"):
        assert part in quote.say
    assert quote.by == "by rule P5"


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
    assert "10 months left" in quote.say


@pytest.mark.parametrize(
    ("since", "completed", "begun"),
    [
        (date(2026, 11, 22), 0, 0),
        (date(2026, 11, 21), 0, 1),
        (date(2026, 10, 22), 1, 1),
        (date(2026, 9, 23), 1, 2),
        (date(2026, 9, 22), 2, 2),
        (date(2025, 11, 23), 11, 12),
    ],
)
def test_months_are_counted_from_the_start_of_the_paid_year(since: date, completed: int, begun: int) -> None:
    """D9."""
    assert quoted(ESSENTIALS, BASIC, since=since).months_used == completed
    assert quoted(ESSENTIALS, BASIC, BEGUN, since=since).months_used == begun


def test_a_counted_quote_shows_dates_and_count() -> None:
    """D9."""
    quote = quoted(ESSENTIALS, BASIC, BEGUN, since=parse_date("12/9", TODAY))
    shown = "\n".join(quote.working)
    for part in ("12/09/2026", "22/11/2026", "2 completed months", "once it has begun: 3 months used"):
        assert part in shown
    assert quote.since == date(2026, 9, 12)
    assert "once it is completed: 2 months used" in "\n".join(quoted(ESSENTIALS, BASIC, since=quote.since).working)


def test_a_year_started_at_the_end_of_a_month_counts_at_the_ends_of_shorter_ones() -> None:
    for today, months in (
        (date(2027, 2, 27), 0),
        (date(2027, 2, 28), 1),
        (date(2027, 3, 30), 1),
        (date(2027, 3, 31), 2),
    ):
        assert work_out(ESSENTIALS, BASIC, POLICY, today, since=date(2027, 1, 31)).months_used == months


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "start of the paid year"),
        ({"months": -1}, "0 to 12"),
        ({"months": 13}, "0 to 12"),
        ({"months": True}, "0 to 12"),
        ({"months": 2, "since": TODAY}, "one of them"),
        ({"since": TODAY + timedelta(1)}, "start of the current paid year"),
        ({"since": date(2025, 11, 22)}, "start of the current paid year, 22/11/2026"),
        ({"since": date(2023, 3, 1)}, "start of the current paid year, 01/03/2026"),
    ],
)
def test_months_that_cannot_be_are_refused_with_the_way_out(how: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongUse) as told:
        quoted(ESSENTIALS, BASIC, **how)
    assert said in told.value.hint


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
    decided = PLANS.with_open_decisions(["D9"]).policy
    assert told(quoted(ESSENTIALS, BASIC, decided, months=2)) == {"D9"}


def test_a_price_that_moved_in_the_paid_year_is_told() -> None:
    dearer = replace(ESSENTIALS, from_=((date(2026, 11, 1), Decimal("72.00")),))
    quote = quoted(dearer, BASIC, since=date(2026, 9, 12))
    assert quote.discount == Decimal("12.00")
    assert any("70.79" in nb and "72.00" in nb for nb in quote.nbs)


# ---------------------------------------------------------------- N2, D8, D10


@pytest.mark.parametrize("current", PLANS)
@pytest.mark.parametrize("new", PLANS)
def test_each_of_the_64_changes_has_its_rule(current: Plan, new: Plan) -> None:
    quote = quoted(current, new, months=3)
    terms = (current.term, new.term)
    if terms == ("monthly", "monthly"):
        assert (quote.rule, quote.covered, quote.discount, quote.first_invoice) == ("N2", True, 0, new.price)
        assert plain(new.price) in quote.say
    elif terms != ("yearly", "yearly"):
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


def test_monthly_needs_no_months_and_counts_none() -> None:
    """N2: a monthly client may be with us for years; there is no paid year to count."""
    quote = quoted(MONTHLY, plan("m365-business-basic-monthly"), since=date(2020, 1, 1))
    assert (quote.months_used, quote.discount) == (None, 0)
    with pytest.raises(WrongUse):
        quoted(MONTHLY, plan("m365-business-basic-monthly"), since=TODAY + timedelta(1))


def test_a_gap_named_by_the_scenario_lifts_the_crediting_rule_only() -> None:
    """D10: scenario 2 covers no yearly change; its monthly ones stay without pro-rata (N2)."""
    assert quoted(ESSENTIALS, BASIC, months=2, uncovered_by="D10").rule == "D10"
    assert quoted(MONTHLY, plan("m365-business-basic-monthly"), uncovered_by="D10").rule == "N2"
    assert quoted(ESSENTIALS, plan("m365-deluxe-monthly"), uncovered_by="D10").rule == "D8"
    with pytest.raises(WrongUse):
        quoted(ESSENTIALS, BASIC, months=2, uncovered_by="D11")


def test_no_policy_can_credit_monthly_billing() -> None:
    """N2, without exception: even one that no loader would let through."""
    rules = tuple(replace(rule, does="credit") for rule in POLICY.rules)
    with pytest.raises(Refusal, match="N2"):
        quoted(MONTHLY, plan("m365-business-basic-monthly"), replace(POLICY, rules=rules), months=2)


def by_sme(current: Plan, new: Plan, discount: str, name: str = "Jo Lee", ref: str = "SF-1", **how: Any) -> Quote:
    return given_by_sme(current, new, POLICY, TODAY, Decimal(discount), name, ref, **how)


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
    assert by_sme(MONTHLY, BASIC, "0.00").first_invoice == BASIC.price


@pytest.mark.parametrize("discount", ["-0.01", "-0.00", "167.89", "11.805", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_an_smes_amount_is_a_discount(discount: str) -> None:
    with pytest.raises(WrongUse):
        by_sme(OX, BASIC, discount)


def test_an_smes_amount_needs_a_gap_a_name_and_a_reference() -> None:
    with pytest.raises(Refusal, match="P5"):
        by_sme(ESSENTIALS, BASIC, "20.00", months=2)
    with pytest.raises(Refusal, match="N2"):
        by_sme(MONTHLY, plan("m365-business-basic-monthly"), "0.00")
    for name, ref in ((" ", "SF-1"), ("Jo", "")):
        with pytest.raises(WrongUse, match="name and a reference"):
            by_sme(OX, BASIC, "20.00", name, ref)


@pytest.mark.parametrize("new", PLANS)
@pytest.mark.parametrize("current", [each for each in PLANS if each.term == "monthly"])
def test_no_one_can_credit_monthly_billing(current: Plan, new: Plan) -> None:
    """N2."""
    with pytest.raises(Refusal):
        by_sme(current, new, "0.01")


# ---------------------------------------------------------------- any price, any month

prices = st.integers(1, 99_999_999).map(lambda cents: Decimal(cents).scaleb(-2))
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


@given(st.dates(date(2000, 1, 1), date(2080, 1, 1)), st.integers(0, 400))
def test_counted_months_agree_with_the_calendar(since: date, gone: int) -> None:
    today = since + timedelta(gone)
    if today >= add_months(since, 12):
        with pytest.raises(WrongUse, match="12 months ago"):
            work_out(ESSENTIALS, BASIC, POLICY, today, since=since)
        return
    full = work_out(ESSENTIALS, BASIC, POLICY, today, since=since).months_used
    begun = work_out(ESSENTIALS, BASIC, BEGUN, today, since=since).months_used
    assert full is not None
    assert begun is not None
    assert add_months(since, full) <= today < add_months(since, full + 1)
    assert add_months(since, begun) >= today
    assert 0 <= full <= begun <= min(full + 1, 12)


def test_the_global_context_cannot_reach_an_invoice() -> None:
    with decimal.localcontext() as context:
        context.prec, context.rounding = 2, decimal.ROUND_DOWN
        quote = quoted(ESSENTIALS, BASIC, months=2)
        assert (str(quote.discount), str(quote.first_invoice)) == ("11.80", "156.08")
        assert money(Decimal("1234.50")) == "AU$1,234.50"
        assert str(parse_money("1,234.50")) == "1234.50"


# ---------------------------------------------------------------- typed amounts


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
    assert parse_money(money(amount)) == parse_money(plain(amount)) == amount


def test_a_part_of_a_cent_is_never_shown() -> None:
    assert money(Decimal("11.8")) == "AU$11.80"
    assert plain(Decimal("1200")) == "1200.00"
    for wrong in ("11.805", "NaN"):
        with pytest.raises(ValueError, match="rounded first"):
            plain(Decimal(wrong))


# ---------------------------------------------------------------- the log


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("discount", 11.8), ("discount", "11.8"), ("discount", "-11.80"), ("discount", None),
        ("discount", "1e1"),
        ("current_price", None), ("months_used", True), ("months_used", 13), ("months_used", "2"),
        ("since", "12/9"),
        ("priced_on", None), ("current", 3), ("current_term", "weekly"), ("covered", "yes"),
        ("working", "one line"),
        ("working", [1]), ("working", None), ("nbs", {"a": "b"}), ("given_by", {"name": "Jo"}),
        ("given_by", "Jo"),
        ("say", None), ("more", 1), ("rule", ...),
    ],
)  # fmt: skip
def test_a_damaged_quote_is_not_read(field: str, value: Any) -> None:
    data = quoted(ESSENTIALS, BASIC, since=date(2026, 9, 12)).to_data()
    _set(field, value)(data)
    with pytest.raises(ValueError):
        Quote.from_data(data)


def test_reading_a_quote_leaves_the_log_alone() -> None:
    data = quoted(ESSENTIALS, BASIC, months=2).to_data()
    before = copy.deepcopy(data)
    Quote.from_data(data)
    assert data == before
