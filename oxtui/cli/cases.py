"""`oxtui cases`: the open cases, or all of them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from oxtui.addresses import shown_domain
from oxtui.cli.context import Context
from oxtui.errors import Negative, OxtuiError, WrongUse
from oxtui.text import clean

if TYPE_CHECKING:
    from oxtui.service import Service
    from oxtui.store.interface import Summary

_MOST_FOUND = 1000
_CHANGED = "changed from outside"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="closed cases, too")
    parser.add_argument("--search", metavar="TEXT", help="those with every word of TEXT (exit 1 without a hit)")
    parser.add_argument("--handover", action="store_true", help="the open cases as text for the next shift")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Print the open cases, due first, then the closed ones, newest first; raises Negative if none matches."""
    service, options = context.service(), context.options
    if options.handover:
        return _handover(context, service)
    wanted = None if options.search is None else clean(options.search).strip()
    rows = [
        row.as_json() for row in service.overviews() if row.status != "closed" and (not wanted or row.matches(wanted))
    ]
    if options.all:
        there = {row["id"] for row in rows}
        rows += [row for row in _closed(service, wanted) if row["id"] not in there]
    changed = _changed(service)
    if options.json:
        context.out.json(rows)
        names = ", ".join(f"{shown_domain(row['domain'])} ({row['id']})" for row in rows if row["id"] in changed)
        if names:
            context.out.error(f"{_CHANGED}: {names}; oxtui doctor says what to do")
    elif rows:
        context.out.table([_cells(row, row["id"] in changed) for row in rows])
    elif wanted is None:
        context.out.line("No open case." if not options.all else "No case.")
    if wanted is not None and not rows:
        if options.json:
            return 1
        raise Negative(f"no case has '{wanted[:60]}'", "" if options.all else "--all looks through closed ones, too")
    return 0


def _handover(context: Context, service: Service) -> int:
    """Print all open cases as text, due first."""
    from oxtui.cases.notes.handover import handover

    if context.options.json or context.options.all or context.options.search is not None:
        raise WrongUse("--handover goes with no other option", "it is always all open cases, as text")
    cases = []
    for row in service.overviews():
        try:
            cases.append(service.case(row.id))
        except OxtuiError as error:  # the other cases are still handed over
            context.out.error(f"{row.domain} ({row.id}) is left out: {error}")
    context.out.text(handover(cases, service.clock, shared=service.store.floor is not None))
    return 0


def _changed(service: Service) -> set[str]:
    """Return the ids of open cases whose log has entries that oxtui did not write."""
    from oxtui.store.local.recovery import altered

    return {case_id for case_id, document in service.store.peek().items() if altered(document)}


def _closed(service: Service, wanted: str | None) -> list[dict[str, Any]]:
    archive = service.store.archive
    rows = archive.search(wanted, _MOST_FOUND) if wanted else archive.all()[::-1]
    return [_closed_row(summary) for summary in rows]


def _closed_row(summary: Summary) -> dict[str, Any]:
    """Return a closed case in the form of an open one."""
    return {
        **{name: summary.get(name) for name in ("id", "domain", "scenario")},
        "status": "closed",
        "authenticated": False,
        **{name: summary.get(name, 0) for name in ("done", "total")},
        "next": f"cannot be read: it was {_CHANGED}" if summary.get("damaged") else None,
        "hold": None,
        "opened_at": summary["opened_at"],
        "agent": str(summary.get("agent") or ""),
    }


def _cells(row: dict[str, Any], changed: bool) -> tuple[str, ...]:
    """Return a case as columns: id, domain, scenario, status, progress, who it waits for, next."""
    hold = row["hold"]
    waits = f"waits for {hold['for']} until {hold['until'].replace('T', ' ')}" if hold else ""
    scenario = f"scenario {row['scenario']}" if row["scenario"] else "no scenario"
    progress = f"{row['done']}/{row['total']}" if row["total"] else "-"
    then = "; ".join(part for part in (_CHANGED.upper() if changed else "", row["next"]) if part)
    return row["id"], shown_domain(row["domain"]), scenario, row["status"], progress, waits, then
