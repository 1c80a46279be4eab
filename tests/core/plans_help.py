"""The shipped plans and quotes between them, for the tests of plans, prices and the pro-rata."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from msgspec.structs import replace

from oxtui.cases.money import Quote, work_out
from oxtui.playbook.about import Words
from oxtui.playbook.plans import Plan, Plans, Policy
from oxtui.playbook.reader.plans import plans_from_data

SHIPPED = Path(__file__).parents[2] / "config" / "plans.yaml"
DATA: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
TODAY = date(2026, 11, 22)
OPEN = ("D1", "D3", "D8", "D9", "D10")


def built(data: Any = DATA) -> Plans:
    plans, problems = plans_from_data(data, OPEN, Words("an SME", currency="AU$"))
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
prices = st.integers(1, 99_999_999).map(lambda cents: Decimal(cents).scaleb(-2))


def quoted(current: Plan, new: Plan, policy: Policy = POLICY, **how: Any) -> Quote:
    return work_out(current, new, policy, TODAY, **how)


def put(*path: Any) -> Callable[[dict[str, Any]], None]:
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
