"""`oxtui purge`: remove closed cases from history, backups and quarantine."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from oxtui.addresses import domain_of
from oxtui.cli.context import Context
from oxtui.cli.parser import whole_number
from oxtui.errors import Negative, Refusal
from oxtui.text import clean, plural

if TYPE_CHECKING:
    from oxtui.store.local.archive import Archive


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("case", metavar="CASE", nargs="?", help="a closed case's id, or what one case alone is about")
    days = whole_number("days", 0, 36_500)
    what.add_argument("--older", metavar="DAYS", type=days, help="every case closed more than DAYS days ago")
    parser.add_argument("--sure", action="store_true", help="with --older: the clock is right, in spite of a long gap")


def run(context: Context) -> int:
    """Remove one case, or all that are old enough; raises Negative without such a case, Refusal for an open one."""
    from oxtui.store.local.purge import be_sure, need_right_clock, purge_case, purge_older
    from oxtui.store.local.store import LocalStore

    if context.floor():
        raise Refusal("the cases are on a floor: its operator purges them", "oxtui floor purge")
    options = context.options
    clock = context.clock()
    store = LocalStore(context.places().home, clock)
    if options.older is not None:
        if clock.frozen:
            raise Refusal("OXTUI_NOW has the clock stand still: nothing is purged by its age", "unset OXTUI_NOW")
        (be_sure if options.sure else need_right_clock)(store, options.older, clock.now())
        purged = purge_older(store, options.older, clock.now())
    else:
        case_id = _case_id(store.archive, clean(options.case).strip())
        purged = purge_case(store, case_id)
        if not purged.cases:
            raise Negative(f"there is no closed case '{case_id[:60]}'", "oxtui cases --all")
    store.drafts.prune()
    count, files = len(purged.cases), purged.files
    copies = f"; {plural(files, 'older copy was', 'older copies were')} rewritten" if files else ""
    context.out.line(f"Removed {plural(count, 'case')}{copies}.")
    for path in purged.left:
        context.out.error(f"left as it is, a newer oxtui wrote it: {path}")
    return 3 if purged.left else 0


def _case_id(archive: Archive, name: str) -> str:
    """Return the id that `name` stands for: itself, or that of a domain's only closed case."""
    rows = archive.by_domain(name)
    if not rows and "." in name and archive.get(name) is None:
        rows = archive.by_domain(domain_of(name))
    ids = [str(row["id"]) for row in rows]
    if len(ids) > 1:
        raise Negative(f"{len(ids)} closed cases are about that", f"name one by its id: {', '.join(ids)}")
    return ids[0] if ids else name
