"""The command line: finds the command, and turns every end into a line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from oxtui.commands.arguments import HelpWanted, Parser, did_you_mean
from oxtui.commands.context import Context
from oxtui.commands.ends import Terminated
from oxtui.commands.output import Output
from oxtui.errors import OxtuiError, WrongUse

if TYPE_CHECKING:
    from oxtui.service import Service

COMMANDS: Final = {
    "demo": "the dashboard on a throw-away home with sample cases",
    "check": "load and prove a playbook",
    "cases": "the open cases, or all of them",
    "notes": "the wrap-up text of a case",
    "plans": "the plan list",
    "prorata": "work out a pro-rata discount",
    "template": "an escalation template, filled",
    "dns": "whose mail and name servers a domain has",
    "paths": "where everything lies",
    "doctor": "what works here, and what to do about the rest",
    "report": "closed cases by scenario, ending, skipped items, time",
    "purge": "remove closed cases from history, backups and quarantine",
}
"""Every command, with what it is for; each is the module of its name in `oxtui.commands`."""

ENDED_BY_SIGTERM: Final = 143
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (default: the program's arguments); returns the exit code of the Contract.

    0 done, 1 a clear "no", 2 wrong use or no usable configuration, 3 the case file cannot be used, 130
    interrupted, 143 ended by SIGTERM. Nothing is raised: a problem is one line on stderr.
    """
    out = Output()
    context = Context(out, _open_screen)
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv), context)
    except OxtuiError as error:
        out.error(str(error))
        code = error.exit_code
    except HelpWanted as wanted:
        out.text(wanted.text)
        code = 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Terminated:
        code = ENDED_BY_SIGTERM
    except Exception as error:  # noqa: BLE001 - a traceback would show client data at a person
        code = _crashed(context, error)
    out.flush()
    return code


def _run(argv: list[str], context: Context) -> int:
    """Split what stands before the command from what belongs to it, read both, and run it."""
    place = _command_at(argv)
    if place:
        top = Parser("oxtui", "")
        top.add_argument("--version", action="store_true")
        if {"-h", "--help"}.intersection(argv[:place]):
            raise HelpWanted(_help())
        context.take(top.read(argv[:place]))
        if context.options.version:
            from oxtui import __version__

            context.out.line(f"oxtui {__version__}")
            return 0
    name = argv[place] if place < len(argv) else "dashboard"
    if place < len(argv) and name not in COMMANDS:
        raise WrongUse(f"there is no command '{name[:60]}'{did_you_mean(name, COMMANDS)}", "oxtui --help lists them")
    command: Any = import_module(f"oxtui.commands.{name}")
    parser = Parser(f"oxtui {name}", COMMANDS.get(name, ""))
    command.arguments(parser)
    context.take(parser.read(argv[place + 1 :]))
    code: int = command.run(context)
    return code


def _command_at(argv: list[str]) -> int:
    """Where the command stands: the first word that is neither an option nor an option's value."""
    place = 0
    while place < len(argv):
        word = argv[place]
        if word in ("--home", "--config"):
            place += 1
        elif word == "--":
            del argv[place]
            break
        elif not word.startswith("-"):
            break
        place += 1
    return min(place, len(argv))


def _help() -> str:
    rows = [
        "usage: oxtui [--home DIR] [--config DIR] [COMMAND ...]",
        "",
        "The care floor's guide through an escalation article, step by step. Without a command: the dashboard.",
        "",
        *(f"  {name:<10} {text}" for name, text in COMMANDS.items()),
        "",
        "  --home DIR    where the cases are kept (else OXTUI_HOME, else the user's data folder)",
        "  --config DIR  the playbook (else OXTUI_CONFIG, else the one that came with the program)",
        "  --version     the program's version",
        "  --help        this, or what a command takes: oxtui COMMAND --help",
    ]
    return "\n".join(rows)


def _open_screen(service: Service, banner: str, practice: bool) -> int:
    """Open the dashboard and return its exit code; the one way from the command line to the screens."""
    # A key is painted at once, not at the next of 60 frames a second. Textual reads it as it is imported.
    os.environ.setdefault("TEXTUAL_FPS", "250")
    from oxtui.app import OxtuiApp
    from oxtui.screens.terminal import prepare

    prepare()
    app = OxtuiApp(service, banner=banner, practice=practice)
    result = app.run()
    return app.return_code or (result if isinstance(result, int) else 0)


def _crashed(context: Context, error: Exception) -> int:
    from oxtui.crash import write_crash

    try:
        place = write_crash(context.places().log, error)
    except OxtuiError:
        place = "no log (there is no data folder)"
    kind = type(error).__name__
    context.out.error(f"an error of the program ({kind}); where it happened is written to {place}")
    return 1
