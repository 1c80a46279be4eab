"""`oxtui purge`: remove closed cases from history, backups and quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oxtui.commands.arguments import Parser, days
from oxtui.commands.context import Context
from oxtui.errors import Negative, WrongUse
from oxtui.text import clean, domain_of

if TYPE_CHECKING:
    from oxtui.store.archive import Archive


def arguments(parser: Parser) -> None:
    """One case, or all that are old enough."""
    parser.add_argument(
        "case", metavar="CASE", nargs="?", help="a closed case's id, or its domain where only one has it"
    )
    parser.add_argument("--older", metavar="DAYS", help="every case closed more than DAYS days ago")


def run(context: Context) -> int:
    """Remove what is named, for good; raises Negative where it is not there, Refusal where it is open."""
    from oxtui.store.local import LocalStore
    from oxtui.store.purge import purge_case, purge_older

    given = context.options
    if (given.case is None) == (given.older is None):
        raise WrongUse("name a case, or --older DAYS", "oxtui purge --help")
    clock = context.clock()
    store = LocalStore(context.places().home, clock)
    if given.older is not None:
        purged = purge_older(store.cases, store.archive, days(given.older), clock.now())
    else:
        case_id = _case_id(store.archive, clean(given.case).strip())
        purged = purge_case(store.cases, store.archive, case_id)
        if not purged.cases:
            raise Negative(f"there is no closed case '{case_id[:60]}'", "oxtui cases --all")
    store.drafts.prune()
    gone, files = len(purged.cases), purged.files
    copies = f"; {files} older {'copy was' if files == 1 else 'copies were'} rewritten" if files else ""
    context.out.line(f"Removed {gone} case{'' if gone == 1 else 's'}{copies}.")
    for path in purged.left:
        context.out.error(f"left as it is, a newer oxtui wrote it: {path}")
    return 3 if purged.left else 0


def _case_id(archive: Archive, name: str) -> str:
    """The id that `name` stands for: itself, or that of the one closed case of a domain."""
    if "." not in name:
        return name
    found = [str(row["id"]) for row in archive.by_domain(domain_of(name))]
    if len(found) > 1:
        raise Negative(f"{len(found)} closed cases have that domain", f"name one by its id: {', '.join(found)}")
    return found[0] if found else name
