"""`oxtui floor agent`: the agents of a floor."""

from __future__ import annotations

from collections.abc import Sequence
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oxtui.cli.context import Context
from oxtui.cli.floor_server import linked
from oxtui.errors import OxtuiError, WrongUse
from oxtui.text import plural

if TYPE_CHECKING:
    from oxtui.store.floor.link import Link


def agent_(context: Context) -> int:
    """Let an agent in, put one out, or follow a list; raises WrongUse, Negative, StoreError."""
    from oxtui.store.floor import roster

    options, out = context.options, context.out
    with linked(context.need_floor()) as link:
        if options.what == "sync":
            return _sync(context, link, Path(options.name))
        if options.what == "disable":
            return _disable(context, link, [options.name])
        verifier = link.scram(options.name, _password()) if options.password else ""
        out.line(roster.add(link, options.name, lead=options.lead, verifier=verifier))
    return 0


def _sync(context: Context, link: Link, path: Path) -> int:
    """Add the agents who are on the list only, and disable those who are not on it; leads stay leads."""
    from oxtui.store.floor import roster

    try:
        lines = path.expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"the list cannot be read: {error}", "oxtui floor agent sync FILE: a name a line") from None
    new, absent = roster.compared(link, [name for line in lines if (name := line.partition("#")[0].strip())])
    if context.options.dry_run:
        for words, names in (("would add", new), ("would disable", absent)):
            for name in names:
                context.out.line(f"{words}: {name}")
    else:
        for name in new:
            context.out.line(roster.add(link, name))
    if not new and not absent:
        context.out.line("nothing to do: the floor has just these agents")
    return 0 if context.options.dry_run or not absent else _disable(context, link, absent)


def _disable(context: Context, link: Link, names: Sequence[str]) -> int:
    """Disable all of these agents, then give back their cases; return 1 if a case could not be given back."""
    from oxtui.store.floor import roster

    for name in names:
        for words in roster.disable(link, name):
            context.out.line(words)
    return _give_back(context, names)


def _give_back(context: Context, names: Sequence[str]) -> int:
    """End the conversations of these agents and unassign their open cases, in the cases' own logs."""
    from oxtui.cases.commands.details import PutOut

    service, left, given_back, ended = context.service(), 0, 0, 0
    for case_id, document in service.documents().items():
        for name in names:
            if not _names(document["log"], name):
                continue
            try:
                before = service.case(case_id)
                after = service.change(case_id, PutOut(name))
            except OxtuiError as error:
                context.out.error(f"{case_id}: {error}")
                left += 1
            else:
                given_back += before.holder != after.holder
                ended += name in before.talks
    cases = plural(given_back, "open case is", "open cases are")
    context.out.line(f"{cases} nobody's now, {plural(ended, 'conversation')} ended")
    return 1 if left else 0


def _names(log: Sequence[dict[str, Any]], name: str) -> bool:
    """Whether a raw log has an event of an agent's, or gives the case to them."""
    return any(event.get("agent") == name or (event.get("data") or {}).get("to") == name for event in log)


def _password() -> str:
    """Ask for a password twice; it is neither stored nor sent."""
    first = getpass("The agent's password: ")
    if len(first) < 12:
        raise WrongUse("a password of a floor has 12 characters at least", "better none: Kerberos or a certificate")
    if getpass("Again: ") != first:
        raise WrongUse("the two are not the same", "type it again")
    return first
