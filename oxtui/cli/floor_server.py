"""`oxtui floor init`, `status`, `purge`: what a server's operator does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from oxtui.cases.events import iso
from oxtui.cli.context import Context
from oxtui.errors import Refusal, StoreError
from oxtui.text import plural

if TYPE_CHECKING:
    from oxtui.store.floor.link import Link


@contextmanager
def linked(address: str) -> Iterator[Link]:
    """A connection of this command's own; raises StoreError."""
    from oxtui.store.floor.link import connect

    link = connect(address)
    try:
        yield link
    finally:
        link.close()


def init_(context: Context) -> int:
    """Make what is missing, and say what the operator has to do besides; raises StoreError."""
    from oxtui.store.floor.install import hba_lines, install, open_doors

    given, out = context.options, context.out
    with linked(given.service) as link:
        done = install(link, dry_run=given.dry_run, since=context.date(given.since) if given.since else None)
        will = "would make" if given.dry_run else "made"
        for words in dict.fromkeys(done):
            out.line(f"{will}: {words}")
        if not done:
            out.line("nothing to do: schema and roles are up to date")
        if given.dry_run and done:
            return 0
        for words in open_doors(link):
            out.line(f"cannot be closed on this server: {words}")
        out.line()
        out.line("pg_hba.conf:")
        for words in hba_lines(link, given.subnet):
            out.line(f"  {words}")
    return 0


def status_(context: Context) -> int:
    """What this role may know of the floor; raises StoreError."""
    with linked(context.need_floor()) as link:
        from oxtui.store.floor import roster

        figures = _allowed(link, "figures") or {}
        published = (_allowed(link, "published") or [])[:5]
        agents = roster.agents(link)
        version = link.server
    if context.options.json:
        context.out.json({"server": version, "figures": figures, "agents": agents, "published": published})
        return 0
    rows = [("server", version)] + [(name.replace("_", " "), _plain(value)) for name, value in figures.items()]
    rows += [("lead" if each["lead"] else "agent", f"{each['name']}, {each['sessions']} open") for each in agents]
    rows += [("published", f"{str(each['digest'])[:16]} by {each['agent']}, {each['at']}") for each in published]
    context.out.table(rows)
    return 0


def _allowed(link: Link, function: str) -> Any:
    """What a function gives; None where this role may not call it."""
    try:
        return link.call(function)
    except StoreError:
        return None


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "none")


def purge_(context: Context) -> int:
    """Remove what is older than it is to be kept; raises Refusal with a clock that stands still, StoreError."""
    given, now = context.options, context.clock().now()
    if context.clock().frozen:
        raise Refusal("OXTUI_NOW has the clock stand still: nothing is purged by its age", "unset OXTUI_NOW")
    before, reads = now - timedelta(days=given.older), now - timedelta(days=given.reads)
    with linked(context.need_floor()) as link:
        gone = link.call("purge", iso(before), iso(reads), seconds=3600)
    context.out.line(f"Removed {plural(gone, 'case')} closed before {before:%Y-%m-%d}.")
    return 0
