"""`oxtui prorata`: a pro-rata quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oxtui.commands.arguments import Parser, whole_number
from oxtui.commands.context import Context
from oxtui.errors import WrongUse

if TYPE_CHECKING:
    from oxtui.cases.money import Quote


def arguments(parser: Parser) -> None:
    """The two plans, and the months or the date."""
    parser.add_argument("current", metavar="CURRENT", help="the plan the client has (oxtui plans)")
    parser.add_argument("new", metavar="NEW", help="the plan the client takes")
    parser.add_argument("--months", metavar="N", help="months used of the current paid year, 0 to 12")
    parser.add_argument("--since", metavar="DATE", help="start of the current paid year: YYYY-MM-DD or dd/mm/yyyy")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """The discount with its working; a change that no rule covers is told as such and is no error."""
    from oxtui.cases.money import work_out
    from oxtui.commands.prices import plan, plans

    given = context.options
    if given.months is not None and given.since is not None:
        raise WrongUse("--months and --since are both given", "give one of them")
    months = None if given.months is None else whole_number(given.months, "months", 12)
    since = None if given.since is None else context.date(given.since)
    known = plans(context)
    current, new = plan(known, given.current), plan(known, given.new)
    quote = work_out(current, new, known.policy, context.clock().today(), months=months, since=since)
    if given.json:
        context.out.json(quote.as_json())
    else:
        _show(context, quote, f"{current.product} ({current.term})", f"{new.product} ({new.term})")
    return 0


def _show(context: Context, quote: Quote, current: str, new: str) -> None:
    from oxtui.cases.money import money

    out = context.out
    out.line(f"{current} -> {new}")
    if quote.discount is None or quote.first_invoice is None:
        out.line(f"No figure: {quote.by}")
    else:
        out.line(f"Discount       {money(quote.discount)}")
        out.line(f"First invoice  {money(quote.first_invoice)}  ({quote.by}, {quote.basis})")
    out.line()
    out.line("Working")
    for line in quote.working:
        out.line(f"  {line}")
    out.line()
    out.line(f"Say: {quote.say}")
    for nb in quote.nbs:
        out.line(f"NB  {nb}")
