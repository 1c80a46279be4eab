"""`oxtui prorata`: a pro-rata quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oxtui.commands.arguments import Parser, whole_number
from oxtui.commands.context import Context
from oxtui.errors import WrongUse

if TYPE_CHECKING:
    from oxtui.cases.money import Quote


def arguments(parser: Parser) -> None:
    """The two plans, the months or the date, and the licences."""
    parser.add_argument("current", metavar="CURRENT", help="the plan the client has (oxtui plans)")
    parser.add_argument("new", metavar="NEW", help="the plan the client takes")
    parser.add_argument("--months", metavar="N", help="months used of the current paid year, 0 to 12")
    parser.add_argument("--since", metavar="DATE", help="start of the current paid year: YYYY-MM-DD or dd/mm/yyyy")
    parser.add_argument("--licences", metavar="N", default="1", help="how many licences change together (1)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """The discount with its working; a change that no rule covers is told as such and is no error."""
    from oxtui.cases.money import MOST_LICENCES, work_out
    from oxtui.commands.prices import plan, plans

    given = context.options
    if given.months is not None and given.since is not None:
        raise WrongUse("--months and --since are both given", "give one of them")
    months = None if given.months is None else whole_number(given.months, "months", 12)
    since = None if given.since is None else context.date(given.since)
    licences = whole_number(given.licences, "licences", MOST_LICENCES, 1)
    known = plans(context)
    current, new = plan(known, given.current), plan(known, given.new)
    counted: dict[str, Any] = {"months": months, "since": since, "licences": licences}
    quote = work_out(current, new, known.policy, context.clock().today(), **counted)
    if given.json:
        context.out.json(quote.as_json())
    else:
        _show(context, quote, f"{current.product} ({current.term})", f"{new.product} ({new.term})")
    return 0


def _show(context: Context, quote: Quote, current: str, new: str) -> None:
    out = context.out
    out.line(f"{current} -> {new}")
    if quote.settled:
        out.line(f"Discount       {quote.shown_discount}")
        out.line(f"First invoice  {quote.shown_first_invoice}  ({quote.by}, {quote.basis})")
    else:
        out.line(f"No figure: {quote.by}")
    out.line()
    out.line("Working")
    for line in quote.working:
        out.line(f"  {line}")
    out.line()
    out.line(f"Say: {quote.say}")
    for nb in quote.nbs:
        out.line(f"NB  {nb}")
