"""`oxtui prorata`: a pro-rata quote."""

from __future__ import annotations

from argparse import ArgumentParser

from oxtui.cases.money import MOST_LICENCES, work_out
from oxtui.cases.paid_year import YEAR_MONTHS
from oxtui.cli.context import Context
from oxtui.cli.parser import whole_number
from oxtui.cli.prices import plan, plans


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("current", metavar="CURRENT", help="the plan the client has (oxtui plans)")
    parser.add_argument("new", metavar="NEW", help="the plan the client takes")
    used = parser.add_mutually_exclusive_group()
    months = whole_number("months", 0, YEAR_MONTHS)
    used.add_argument("--months", metavar="N", type=months, help="months used of the current paid year, 0 to 12")
    used.add_argument("--since", metavar="DATE", help="start of the current paid year: YYYY-MM-DD or dd/mm/yyyy")
    licences = whole_number("licences", 1, MOST_LICENCES)
    parser.add_argument("--licences", metavar="N", type=licences, default=1, help="how many change together (1)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Print the discount with its working; a change that no rule covers is no error."""
    options = context.options
    since = None if options.since is None else context.date(options.since)
    known = plans(context)
    current, new = plan(known, options.current), plan(known, options.new)
    quote = work_out(
        current,
        new,
        known.policy,
        context.clock().today(),
        months=options.months,
        since=since,
        licences=options.licences,
    )
    if options.json:
        context.out.json(quote.as_json())
    else:
        context.out.text(quote.text(current, new))
    return 0
