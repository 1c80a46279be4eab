"""The plan list: P1-P4, N1, D2, how typing finds a plan, and the problems reported of a wrong list."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.cases.money import work_out
from oxtui.playbook.reader.plans import plans_from_data
from oxtui.playbook.reader.yaml_file import parse
from tests.core.plans_help import (
    DATA,
    ESSENTIALS,
    MONTHLY,
    OPEN,
    PLANS,
    POLICY,
    SHIPPED,
    TODAY,
    built,
    plan,
    put,
    quoted,
)


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
    assert plans_from_data(parsed.value, OPEN, POLICY.words) == (PLANS, [])


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


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        (put("plans", 0, "price", 9.99), ("plans", 0, "price"), "two decimals"),
        *[
            (put("plans", 0, "price", text), ("plans", 0, "price"), "two decimals")
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
        (put("plans", 1, "term", "yaerly"), ("plans", 1, "term"), "one of monthly, yearly, not 'yaerly'"),
        (put("plans", 1, "pirce", "1.00"), ("plans", 1, "pirce"), "did you mean 'price'"),
        (put("plans", 1, "price", ...), ("plans", 1), "a plan needs 'price'"),
        (put("plans", 1, "id", "ox-deluxe-monthly"), ("plans", 1, "id"), "given twice"),
        (put("plans", 1, "id", "ox deluxe"), ("plans", 1, "id"), "cannot be an id"),
        (put("plans", 1, "product", 5), ("plans", 1, "product"), "'product' is a text, not '5'"),
        (put("plans", 1, "provider", "any"), ("plans", 1, "provider"), "every provider"),
        (put("plans", 1, "notes", "one"), ("plans", 1, "notes"), "is a list: write [one]"),
        (put("plans", 1, "notes", [3]), ("plans", 1, "notes", 0), "an entry of 'notes' is a text"),
        (put("plans", 1, "plan"), ("plans", 1), "a plan is written as keys and values"),
        (put("plans", []), ("plans",), "not empty"),
        (put("plans", ...), (), "plans.yaml needs 'plans'"),
        (
            put("plans", 0, "from", [{"date": "2027-02-30", "price": "1.00"}]),
            ("plans", 0, "from", 0, "date"),
            "no date",
        ),
        (
            put("plans", 0, "from", [{"date": "1/7/27", "price": "1.00"}]),
            ("plans", 0, "from", 0, "date"),
            "2027-07-01",
        ),
        (
            put("plans", 0, "from", [{"date": "2027-02-01", "price": "1.00"}] * 2),
            ("plans", 0, "from", 1, "date"),
            "must rise",
        ),
        (put("prorata", ...), (), "plans.yaml needs 'prorata'"),
        (
            put("prorata", "credit_basis", "months_uesd"),
            ("prorata", "credit_basis"),
            "one of months_used, months_left, not 'months_uesd'",
        ),
        (put("prorata", "covered", 0, "from_term", "yaerly"), ("prorata", "covered", 0, "from_term"), ", yearly"),
        (put("prorata", "month_counts", "both"), ("prorata", "month_counts"), "completed, begun"),
        (put("prorata", "covered", 0, "rule", "P6"), ("prorata", "covered", 0, "rule"), "one of P5, N2"),
        (
            put("prorata", "covered", 1, "rule", "P5"),
            ("prorata", "covered", 1, "from_term"),
            "a yearly price",
        ),
        (
            put("prorata", "covered", 0, "to_provider", "Microsoft"),
            ("prorata", "covered", 0, "to_provider"),
            "'to_provider' is one of any, ",
        ),
        (
            put("prorata", "covered", 1, ...),
            ("prorata", "covered"),
            "OX-Mail monthly to OX-Mail monthly has no rule",
        ),
        (
            put("prorata", "covered", 2, "rule", "P5"),
            ("prorata", "covered", 2, "from_term"),
            "a yearly price",
        ),
        (
            put("prorata", "not_covered", 0, "pairs", 0, "from_term", "monthly"),
            ("prorata", "covered"),
            "OX-Mail monthly to OX-Mail monthly has two answers: N2 and not_covered D8",
        ),
        (
            put("prorata", "covered", 0, "from_provider", "any"),
            ("prorata", "covered"),
            "two answers: P5 and not_covered",
        ),
        (
            put("prorata", "rules", 0, "say", "{discuont}"),
            ("prorata", "rules", 0, "say"),
            "did you mean 'discount'",
        ),
        (put("prorata", "rules", 0, "say", "{discount"), ("prorata", "rules", 0, "say"), "brace"),
        (
            put("prorata", "rules", 0, "say_many", "{total}"),
            ("prorata", "rules", 0, "say_many"),
            "unknown field",
        ),
        (put("prorata", "given_say_zero", "{x}"), ("prorata", "given_say_zero"), "unknown field"),
        (put("prorata", "decisions", 1, "unsaid", ["month"]), ("prorata", "decisions", 1, "unsaid", 0), "not 'month'"),
        (put("prorata", "rules", 1, "id", "P5"), ("prorata", "rules", 1, "id"), "given twice"),
        (
            put("prorata", "not_covered", 0, "say", "{price}"),
            ("prorata", "not_covered", 0, "say"),
            "unknown field",
        ),
        (
            put("prorata", "decisions", 0, "plans", ["x"]),
            ("prorata", "decisions", 0, "plans", 0),
            "one of ox-",
        ),
        (put("prorata", "decisions", 0, "plans", ...), ("prorata", "decisions", 0), "touches"),
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
    told = [message for at, message in problems if at == path]
    assert len(told) == 1 or path == ("prorata", "covered"), "one slip is told once"


@pytest.mark.parametrize("key", ["say", "say_many", "say_zero", "say_zero_many"])
def test_no_say_gives_the_months_as_a_reason_while_d3_is_open(key: str) -> None:
    """D3: once it is decided, the floor may say what the discount is for."""
    data = copy.deepcopy(DATA)
    put("prorata", "rules", 0, key, "For {months} you get {discount}.")(data)
    plans, problems = plans_from_data(data, OPEN)
    assert plans is None
    assert problems == [(("prorata", "rules", 0, key), "'{months}' is not told to a client while D3 is open")]
    decided = [each for each in OPEN if each != "D3"]
    plans, problems = plans_from_data(data, decided)
    assert plans is not None and not problems
    put("prorata", "rules", 0, "say", "No month.")(data)
    put("prorata", "rules", 0, key, "No month.")(data)
    put("prorata", "rules", 1, key, "{months}")(data)
    assert not plans_from_data(data, OPEN)[1], "the decision touches P5 alone"


def test_every_problem_is_told_at_once() -> None:
    data = copy.deepcopy(DATA)
    for change in (
        put("plans", 0, "price", "x"),
        put("plans", 3, "term", "x"),
        put("prorata", "name", ...),
    ):
        change(data)
    assert len(plans_from_data(data)[1]) == 3


@pytest.mark.parametrize("data", [None, [], "plans", 3, {}, {"plans": None, "prorata": None}, {"plans": [None]}])
def test_data_of_any_kind_is_told_not_raised(data: Any) -> None:
    plans, problems = plans_from_data(data)
    assert plans is None
    assert problems
