"""Comparisons in conditions: how they are read, what they say of a value, and which slips are named."""

from __future__ import annotations

import pytest

from oxtui.playbook.comparisons import classes
from oxtui.playbook.conditions import Atom, parse_condition


def atom(text: str) -> Atom:
    root = parse_condition(text).root
    assert isinstance(root, Atom)
    return root


@pytest.mark.parametrize(
    ("text", "value", "fits"),
    [
        ("amount >= 1667", "1667.00", True),
        ("amount >= 1667", "1666.99", False),
        ("amount>1667", "1667.00", False),
        ("use > 200", "200.5", True),
        ("use <= -1.5", "-1.5", True),
        ("use < 200", "a text", None),
        ("bought-on within 30d", "2026-10-23", True),
        ("bought-on within 30d", "2026-10-22", False),
        ("bought-on within 30d", "2026-11-23", False),
        ("bought-on older than 30d", "2026-10-22", True),
        ("bought-on  older  than  30d", "2026-10-23", False),
        ("bought-on >= 2026-07-01", "2026-07-01", True),
        ("bought-on < 2026-07-01", "2026-07-01", False),
    ],
)
def test_what_a_comparison_says_of_a_value(text: str, value: str, fits: bool | None) -> None:
    assert atom(text).fits((value,), "2026-11-22") is fits


def test_comparisons_are_joined_like_everything_else_and_read_back() -> None:
    text = "amount >= 1667 and not (bought-on within 30d or use > 200) or plan=yearly"
    assert str(parse_condition(text)) == text
    named = {"large": parse_condition("amount >= 1667")}
    assert str(parse_condition("large and lead", named)) == "amount >= 1667 and lead"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("amount => 5", "'=>' is written '>='"),
        ("amount != 5", "'!=' is written 'not item=answer'"),
        ("amount >= $1667", "'$1667' is no number: write it like 1667"),
        ("amount >= 1,667", "'1,667' is no number: write it like 1667"),
        ("use > 200%", "'200%' is no number: write it like 200"),
        ("amount > ", "a number is missing behind '>'"),
        ("1667 <= amount", "the item stands first: amount >= 1667"),
        ("day within 30 days", "'30 days' is no number of days: write it like 30d"),
        ("day within 2w", "'2w' is no number of days: write it like 30d"),
        ("day older 30d", "'older' is written 'older than'"),
        ("day < 2026-02-30", "there is no date 2026-02-30"),
    ],
)
def test_a_slip_is_named(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^.*{told.replace('$', '[$]')}"):
        parse_condition(text)


def test_a_value_stands_for_each_interval_between_the_constants() -> None:
    tests = [test for text in ("a >= 10", "a > 10", "a < 20") if (test := atom(text).test)]
    found = {tuple(test.holds(value) for test in tests) for value in classes(tests, money=True)}
    assert found == {(False, False, True), (True, False, True), (True, True, True), (True, True, False)}
    days = [test for text in ("a within 30d", "a older than 60d", "a < 2026-07-01") if (test := atom(text).test)]
    assert len({tuple(test.holds(value) for test in days) for value in classes(days, money=False)}) == 6
