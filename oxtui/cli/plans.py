"""`oxtui plans`: the plan list."""

from __future__ import annotations

from argparse import ArgumentParser

from oxtui.cli.context import Context


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Print every plan with today's price."""
    from oxtui.cases.money import money
    from oxtui.cli.prices import plans

    known, today = plans(context), context.clock().today()
    if context.options.json:
        context.out.json([plan.as_json(today) for plan in known])
        return 0
    currency = known.policy.words.currency
    context.out.table([(plan.id, plan.product, plan.term, money(plan.price_on(today), currency)) for plan in known])
    notes = dict.fromkeys(f"NB  {plan.product}: {note}" for plan in known for note in plan.notes)
    for plan in known:
        for day, price in plan.from_:
            if day > today:
                notes[f"NB  {plan.id}: {money(price, currency)} from {day.isoformat()}"] = None
    for note in notes:
        context.out.line(note)
    return 0
