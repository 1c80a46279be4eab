"""`oxtui check`: load and prove a playbook."""

from __future__ import annotations

from pathlib import Path

from oxtui.commands.arguments import Parser
from oxtui.commands.context import Context
from oxtui.errors import PlaybookError, Problem, WrongUse


def arguments(parser: Parser) -> None:
    """Which folder, and in what form."""
    parser.add_argument("dir", metavar="DIR", nargs="?", help="the playbook (default: the one in use)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(context: Context) -> int:
    """Every problem as `file:line: message` on stdout (exit 1), else the rules that were proved."""
    from oxtui.playbook.load import load

    given = context.options.dir
    folder = Path(given).expanduser().absolute() if given else context.places().config
    if not folder.is_dir():
        raise WrongUse(f"{folder} is no folder", "oxtui check DIR, or --config DIR")
    problems: list[Problem] = []
    notices: tuple[Problem, ...] = ()
    try:
        loaded = load(folder)
        notices = loaded.notices
    except PlaybookError as error:
        problems = error.problems
    if context.options.json:
        told = [{"file": each.file, "line": each.line, "message": each.message} for each in problems]
        context.out.json({"problems": told, "rules": []})
    else:
        for problem in problems:
            context.out.line(str(problem))
        for notice in notices:
            context.out.line(f"{notice.file}:{notice.line}: notice: {notice.message}")
    return 1 if problems else 0
