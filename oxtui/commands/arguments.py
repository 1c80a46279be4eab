"""Reading a command's words: argparse with messages of our own, one line each."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NoReturn

from oxtui.errors import WrongUse
from oxtui.playbook.reading import did_you_mean

__all__ = ["HelpWanted", "Parser", "days", "did_you_mean", "whole_number"]


class HelpWanted(Exception):
    """`--help` was among the words; carries what to show."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _ShowHelp(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_args: Any) -> NoReturn:
        raise HelpWanted(parser.format_help().rstrip())


class Parser(argparse.ArgumentParser):
    """The options of one command, `--home` and `--config` among them; what is wrong is raised as WrongUse."""

    def __init__(self, prog: str, description: str) -> None:
        # With a width of its own argparse does not load shutil (4 ms) to ask for the terminal's.
        form = partial(argparse.HelpFormatter, width=100)
        super().__init__(prog=prog, description=description, add_help=False, allow_abbrev=False, formatter_class=form)
        self.add_argument("-h", "--help", action=_ShowHelp, nargs=0, help="show this")
        self.add_argument("--home", metavar="DIR", help="where the cases are kept")
        self.add_argument("--config", metavar="DIR", help="the playbook")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The options in `words`; raises WrongUse (naming the nearest option), HelpWanted."""
        # argparse asks for what is missing before it says what it did not know, and only the latter helps.
        self._refuse_unknown(words)
        found, extra = self.parse_known_args(list(words))
        if extra:
            raise WrongUse(f"'{_short(extra[0])}' is one word too many", f"{self.prog} --help")
        return found

    def error(self, message: str) -> NoReturn:
        """Called by argparse with what is wrong."""
        raise WrongUse(message.replace("\n", " "), f"{self.prog} --help")

    def _refuse_unknown(self, words: Iterable[str]) -> None:
        known = self._option_string_actions
        takes = False
        for word in words:
            if word == "--":
                return
            name = word.partition("=")[0]
            if takes:
                takes = False
            elif name in known:
                takes = "=" not in word and known[name].nargs != 0
            elif word.startswith("-") and len(word) > 1 and not re.fullmatch(r"-[0-9.]+", word):
                raise WrongUse(f"there is no option '{_short(name)}'{did_you_mean(name, known)}", f"{self.prog} --help")


def _short(word: str) -> str:
    return word if len(word) <= 60 else word[:59] + "…"


def whole_number(text: str, what: str, most: int, least: int = 0) -> int:
    """`text` as a whole number from `least` to `most`; `what` names it. Raises WrongUse."""
    if not re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) or not least <= int(text) <= most:
        raise WrongUse(f"'{_short(text)}' is no number of {what}", f"give {least} to {most}")
    return int(text)


def days(text: str) -> int:
    """`text` as a number of days; raises WrongUse."""
    return whole_number(text, "days", 36_500)
