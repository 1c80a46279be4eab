"""`oxtui diff`: the meaning of a change of a playbook, in plain words."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from oxtui.cli.context import Context
from oxtui.cli.output import Output, folder_named

if TYPE_CHECKING:
    from oxtui.playbook.diff.compare import Change
    from oxtui.playbook.diff.playbooks import Side

FIRST = "What holds back something irreversible"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", help="the playbook as it was")
    parser.add_argument("new", metavar="NEW", help="the playbook as it is now")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Print the differences, those that may weaken a safeguard first; raises PlaybookError."""
    from oxtui.playbook.diff.playbooks import differences

    changes = differences(side(context.options.old), side(context.options.new))
    if context.options.json:
        context.out.json({"changes": [_told(each) for each in changes]})
        return 0
    tell(context.out, changes)
    if not changes:
        context.out.line("Nothing that counts has changed.")
    return 0


def tell(out: Output, changes: Iterable[Change]) -> None:
    """Print the changes, grouped by part."""
    for heading, rows in groupby(changes, lambda each: FIRST if each.first else each.part):
        out.line(heading)
        for each in rows:
            out.line(f"  {f'{each.part}: ' if each.first else ''}{each.text}")


def side(given: str) -> Side:
    """Read one side of the comparison from a folder; raises WrongUse, PlaybookError."""
    from oxtui.playbook.diff.playbooks import Side
    from oxtui.playbook.folder import raw_files
    from oxtui.playbook.load import load_raw
    from oxtui.playbook.walks import read_walks

    folder = folder_named(given, "oxtui diff OLD NEW")
    loaded, plain = load_raw(folder, raw_files(folder))
    return Side({**plain, **read_walks(folder).plain}, loaded.playbook.procedure)


def _told(change: Change) -> dict[str, object]:
    names = ("first", "part", "kind", "about", "key", "text", "old", "new")
    return {name: getattr(change, name) for name in names}
