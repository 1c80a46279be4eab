"""The command-line parser, on argparse: a subparser for each command, and errors of one line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any, Final, NoReturn

from oxtui import __version__
from oxtui.errors import WrongUse
from oxtui.text import did_you_mean
from oxtui.text import whole_number as checked_number

COMMANDS: Final = {
    "demo": "the dashboard on a throw-away home with sample cases",
    "check": "load and prove a playbook",
    "new": "the smallest sound playbook, to begin another article with",
    "try": "a case in a playbook that is being edited, for practice",
    "read": "a playbook as an article, for its owner to sign",
    "diff": "what a change of a playbook means, in plain words",
    "schema": "JSON schemas of a playbook's files, for editors",
    "cases": "the open cases, or all of them",
    "notes": "the wrap-up text of a case",
    "plans": "the plan list",
    "prorata": "work a discount out",
    "template": "an escalation template, filled",
    "dns": "whose mail and name servers a domain has",
    "paths": "where everything lies",
    "doctor": "what works here, and what to do about the rest",
    "report": "closed cases by scenario, ending, skipped items, time",
    "purge": "remove closed cases from history, backups and quarantine",
    "floor": "the server that many agents share their cases on",
}
"""Every command with its purpose; each is the module of its name in `oxtui.cli` (of `try`: `try_out`)."""

# With a width of its own argparse does not import shutil (4 ms) to ask for the terminal's.
_FORMAT: Any = partial(argparse.HelpFormatter, width=100)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse `words`, with the command as `run`; raises WrongUse, and SystemExit after `--help` or `--version`."""
    parser = Parser(
        prog="oxtui",
        description="The care floor's guide through an escalation article, step by step. "
        "Without a command: the dashboard.",
    )
    add_places(parser, None)
    parser.add_argument("--version", action="version", version=f"oxtui {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="oxtui", parser_class=_Command)
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text, description=text)
    options = parser.parse_args(words)
    if "run" not in options:
        options.run = _module("dashboard").run
    return options


def _module(name: str) -> Any:
    # A module cannot have the name of a keyword.
    return import_module(f"oxtui.cli.{'try_out' if name == 'try' else name}")


def add_places(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options for the cases, the playbook and the floor."""
    parser.add_argument("--home", metavar="DIR", default=default, help="where the cases are kept (else OXTUI_HOME)")
    parser.add_argument("--config", metavar="DIR", default=default, help="the playbook (else OXTUI_CONFIG)")
    parser.add_argument(
        "--floor", metavar="SERVICE", default=default, help="a shared floor's server (else OXTUI_FLOOR)"
    )


class Parser(argparse.ArgumentParser):
    """A parser that raises WrongUse if argparse would print its usage and exit."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given, allow_abbrev=False, formatter_class=_FORMAT)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does; raises WrongUse for a word too many, with the nearest option."""
        found, extra = super().parse_known_args(args, namespace)
        if extra and extra[0].startswith("-"):
            name = extra[0].partition("=")[0]
            self.error(f"there is no option '{_short(name)}'{did_you_mean(name, self._option_string_actions)}")
        if extra:
            self.error(f"'{_short(extra[0])}' is one word too many")
        return found, extra

    def error(self, message: str) -> NoReturn:
        """Raise WrongUse with argparse's message."""
        raise WrongUse(_short(message, 300), f"{self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Answer an unknown command with the nearest one instead of the whole list."""
        if action.choices is not None and value not in action.choices:
            self.error(f"there is no command '{_short(value)}'{did_you_mean(value, action.choices)}")


class _Command(Parser):
    """The parser of one command; its module is imported only for the command that was named."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        add_places(self, argparse.SUPPRESS)  # keeps an option given before the command

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, with the command's own arguments."""
        command = _module(self.prog.split()[-1])
        if hasattr(command, "arguments"):
            command.arguments(self)
        self.set_defaults(run=command.run)
        return super().parse_known_args(args, namespace)


def whole_number(what: str, least: int, most: int) -> Callable[[str], int]:
    """Return an argparse `type` for a whole number from `least` to `most`; `what` names it in the error."""

    def read(text: str) -> int:
        try:
            return checked_number(text, what, least, most)
        except WrongUse as error:
            raise argparse.ArgumentTypeError(f"{error.message} ({error.hint})") from None

    return read


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
