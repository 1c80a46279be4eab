"""Facts of the plans, their prices and the pro-rata (P)."""

from __future__ import annotations

from decimal import Decimal

from tests.core.facts.table import Facts, Proof, Table

FACTS = Table()
fact = FACTS.fact


def _prices(product: str, monthly: str, yearly: str) -> Proof:
    def proof(f: Facts) -> None:
        assert f.prices(product) == {"monthly": Decimal(monthly), "yearly": Decimal(yearly)}

    return proof


fact("P1", "plans.yaml#ox-deluxe-monthly", "plans.yaml#ox-deluxe-yearly")(
    _prices("OX mail - Email Deluxe", "9.99", "71.88")
)
fact("P2", "plans.yaml#m365-essentials-monthly", "plans.yaml#m365-essentials-yearly")(
    _prices("Microsoft 365 - Email Essentials", "6.44", "70.79")
)
fact("P4", "plans.yaml#m365-business-basic-monthly", "plans.yaml#m365-business-basic-yearly")(
    _prices("Microsoft 365 - Online Business Basic", "13.99", "167.88")
)


@fact("P3", "plans.yaml#m365-deluxe-monthly", "plans.yaml#m365-deluxe-yearly")
def _(f: Facts) -> None:
    product = "Microsoft 365 - Email Deluxe"
    assert f.prices(product) == {"monthly": Decimal("11.99"), "yearly": Decimal("143.88")}
    for plan in f.book.plans.all:
        assert (plan.product == product) == any("not include Teams" in note for note in plan.notes), plan.id


@fact("P5", "plans.yaml#P5")
def _(f: Facts) -> None:
    pair = ("m365-essentials-yearly", "m365-business-basic-yearly")
    example = f.quote(*pair, price="168.88", months=2)
    assert (example.discount, example.first_invoice) == (Decimal("11.80"), Decimal("157.08"))
    listed = f.quote(*pair, months=2)
    assert (listed.discount, listed.first_invoice, listed.rule) == (Decimal("11.80"), Decimal("156.08"), "P5")
    # One rounding, half up, at the end: 35.395 is 35.40, and 41.294 is 41.29 where 7 x 5.90 would be 41.30.
    assert f.quote(*pair, months=6).discount == Decimal("35.40")
    assert f.quote(*pair, months=7).discount == Decimal("41.29")


@fact("P6", "reference.yaml#salesdb-discount", "playbook.yaml#discount-first")
def _(f: Facts) -> None:
    lines = f.book.pages["salesdb-discount"].lines
    menus = (
        "Show Domain Services", "Products - Add On", "Add Discount for Service", "amount",
        "Confirm All Services",
    )  # fmt: skip
    assert len(lines) == len(menus)
    assert all(menu in line for menu, line in zip(menus, lines, strict=True))
    assert lines[0].startswith("Right-click the domain name")
    assert "Confirm All Services" in f.nb("discount-first").text
