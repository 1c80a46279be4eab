"""`oxtui new`: the smallest sound playbook, to start another article from."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from oxtui.cli.context import Context
from oxtui.cli.output import named, writing
from oxtui.cli.parser import whole_number
from oxtui.errors import WrongUse


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", help="a folder that is not there yet, or empty")
    parser.add_argument(
        "--scenarios", metavar="N", type=whole_number("scenarios", 1, 9), default=1, help="1 to 9 of them"
    )


def run(context: Context) -> int:
    """Write it and name the next step; raises WrongUse for a folder that is not empty."""
    from oxtui.playbook.starting import start

    with writing(context.options.dir, "folder"):
        folder = Path(context.options.dir).expanduser()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            what = "is not empty" if folder.is_dir() else "is a file"
            raise WrongUse(f"{named(folder)} {what}", "oxtui new needs a folder of its own")
        written = start(folder, context.options.scenarios)
    for path in written:
        context.out.line(str(path))
    context.out.line(f"Next: oxtui check {named(folder)} --watch, and put your words in their place.")
    return 0
