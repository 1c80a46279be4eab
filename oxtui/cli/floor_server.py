"""`oxtui floor init`, `status`, `events`, `purge`: for the server's operator and its security."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from oxtui.cases.events import iso
from oxtui.cli.context import Context
from oxtui.errors import Refusal, StoreError
from oxtui.text import plural

if TYPE_CHECKING:
    from oxtui.store.floor.link import Link

_FIGURES: Final = {"open": "open cases", "closed": "closed cases", "here": "agents at work", "in_force": "playbook"}


@contextmanager
def linked(address: str) -> Iterator[Link]:
    """Open a connection for one command; raises StoreError."""
    from oxtui.store.floor.link import connect

    link = connect(address)
    try:
        yield link
    finally:
        link.close()


def init_(context: Context) -> int:
    """Create the missing parts, and list the operator's remaining steps; raises StoreError."""
    from oxtui.store.floor.install import hba_lines, install, open_doors

    options, out = context.options, context.out
    with linked(options.service) as link:
        done = install(link, dry_run=options.dry_run, since=context.date(options.since) if options.since else None)
        will = "would make" if options.dry_run else "made"
        for words in dict.fromkeys(done):
            out.line(f"{will}: {words}")
        if not done:
            out.line("nothing to do: schema and roles are up to date")
        if options.dry_run and done:
            return 0
        for words in open_doors(link):
            out.line(f"cannot be closed on this server: {words}")
        out.line()
        out.line("pg_hba.conf:")
        for words in hba_lines(link, options.subnet):
            out.line(f"  {words}")
    return 0


def status_(context: Context) -> int:
    """Show the facts about the floor that this role may know; raises StoreError."""
    with linked(context.need_floor()) as link:
        from oxtui.store.floor import roster

        figures = _if_allowed(link, "figures") or {}
        published = (_if_allowed(link, "published") or [])[:5]
        proposed = _if_allowed(link, "proposal")
        agents = roster.agents(link)
        version = link.server
    if context.options.json:
        status = {"server": version, "figures": figures, "agents": agents, "published": published, "proposed": proposed}
        context.out.json(status)
        return 0
    rows = [("server", version)]
    rows += [(_FIGURES.get(name, name.replace("_", " ")), _plain(value)) for name, value in figures.items()]
    rows += [] if figures else [("cases", "only a lead, the purge role or the report role sees how many")]
    rows += [
        ("lead" if each["lead"] else "agent", f"{each['name']}, {plural(each['sessions'], 'connection')}")
        for each in agents
    ]
    rows += [("published", f"{str(each['digest'])[:16]} by {each['agent']}, {each['at']}") for each in published]
    if proposed:
        digest, agent, second = (str(proposed[name]) for name in ("digest", "agent", "second"))
        rows.append(("not in force", f"{digest[:16]} by {agent}: {second} has to confirm it"))
    context.out.table(rows)
    return 0


def _if_allowed(link: Link, function: str) -> Any:
    """Return the result of a function of the server, or None if this role may not call it."""
    try:
        return link.call(function)
    except StoreError:
        return None


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str("none" if value is None else value)


def events_(context: Context) -> int:
    """Print logins, publishing, assignments, cancellations and purges in order, as JSON lines for a SIEM.

    The only client data is a case's id. Raises StoreError if this role may not.
    """
    options = context.options
    after = f"{context.date(options.since)}T00:00:00Z" if options.since else "-infinity"
    with linked(context.need_floor()) as link:
        while rows := link.call("happened", after, seconds=60):
            for row in rows:
                context.out.json_line(row)
            after = rows[-1]["at"]
    return 0


def purge_(context: Context) -> int:
    """Remove the cases past their retention; raises Refusal while OXTUI_NOW stops the clock, StoreError."""
    options, now = context.options, context.clock().now()
    if context.clock().frozen:
        raise Refusal("OXTUI_NOW has the clock stand still: nothing is purged by its age", "unset OXTUI_NOW")
    before, reads = now - timedelta(days=options.older), now - timedelta(days=options.reads)
    with linked(context.need_floor()) as link:
        purged = link.call("purge", iso(before), iso(reads), seconds=3600)
    context.out.line(f"Removed {plural(purged, 'case')} closed before {before:%Y-%m-%d}.")
    return 0
