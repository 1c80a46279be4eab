"""`oxtui report`: figures on closed cases."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import TYPE_CHECKING, Any

from oxtui.cli.context import Context
from oxtui.cli.output import write_file
from oxtui.errors import WrongUse

if TYPE_CHECKING:
    from oxtui.service import Service


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--since", metavar="DATE", help="closed on this day or later: YYYY-MM-DD or dd/mm/yyyy")
    parser.add_argument("--until", metavar="DATE", help="closed on this day or earlier")
    parser.add_argument("--remarks", action="store_true", help="what agents said of the steps, and why they skipped")
    parser.add_argument("--csv", metavar="FILE", help="write the figures there as CSV, too")


def run(context: Context) -> int:
    """Print totals by scenario, ending, skipped items, time open and waiting, without any name."""
    from oxtui.cases.notes.report import report

    options = context.options
    since = None if options.since is None else context.date(options.since)
    until = None if options.until is None else context.date(options.until)
    if since and until and until < since:
        raise WrongUse("--until is before --since", "give the earlier day as --since")
    service = context.service()
    rows = [_whole(service, row) for row in service.store.archive.all()]
    totals = report(rows, service.clock, service.playbook.procedure, since=since, until=until)
    if options.csv is not None:
        write_file(options.csv, totals.csv())
    context.out.text(_remarks(service, since, until) if options.remarks else totals.text())
    return 0


def _remarks(service: Service, since: date | None, until: date | None) -> str:
    """Return the remarks on steps, in open and closed cases."""
    from oxtui.cases.notes.report import remarks

    names = [*service.store.peek(), *(str(row["id"]) for row in service.store.archive.all())]
    return remarks((service.find(name) for name in names), service.clock, since, until)


def _whole(service: Service, row: dict[str, Any]) -> dict[str, Any]:
    """Return a summary with everything that the report counts; an older one is completed from the case's log."""
    if row.get("damaged") or ("skipped" in row and "waited_seconds" in row):
        return row
    from oxtui.cases.notes.report import summary

    return {**summary(service.find(str(row["id"]))), **row}
