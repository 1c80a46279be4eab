"""Text from outside as any argument of any command: a plain answer, and no byte of it acts on the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.cli_help import Run, runner
from tests.core.hostile import HOSTILE
from tests.drive.screen import acts

LONG = bool(os.environ.get("OXTUI_LONG"))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


COMMANDS: tuple[Callable[[str], tuple[str, ...]], ...] = (
    lambda text: ("cases", "--all", "--search", text),
    lambda text: ("notes", text),
    lambda text: ("prorata", text, "m365-business-basic-yearly", "--months", "2"),
    lambda text: ("prorata", "ox-deluxe-yearly", "m365-business-basic-yearly", "--since", text),
    lambda text: ("template", "ox-mail-issues", "--set", f"domain={text}", "--set", f"when-did-it-start={text}"),
    lambda text: ("template", text),
    lambda text: (text,),
)


@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_a_command_takes_any_text(number: int, run: Run, home: Path, clock: object) -> None:
    for name in list(HOSTILE)[0 if LONG else number :: 1 if LONG else len(COMMANDS)]:
        words = COMMANDS[number](HOSTILE[name].replace("\0", ""))  # an argument of a program holds none
        ended = run(*words)
        assert ended.code in (0, 1, 2), (words[0], name)
        assert "Traceback" not in ended.err
        assert not any(map(acts, (ended.out + ended.err).replace("\n", "").replace("\t", ""))), name
