"""`oxtui schema`: JSON schemas of the files of a playbook, for editors."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from oxtui.cli.context import Context
from oxtui.cli.output import writing


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", metavar="DIR", help="write a file for each (default: all as one JSON object)")


def run(context: Context) -> int:
    """Print the schemas as one object, or write a file for each; raises WrongUse."""
    from oxtui.playbook.file_kinds import schemas, write

    if context.options.out is None:
        context.out.json(schemas())
        return 0
    folder = Path(context.options.out).expanduser()
    with writing(context.options.out, "folder"):
        written = write(folder)
    for path in written:
        context.out.line(str(path))
    return 0
