"""Running the command line in the test's own process, and as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from oxtui import cli

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Run = Callable[..., Ended]


def runner(capfd: pytest.CaptureFixture[str]) -> Run:
    """`oxtui WORDS` in this process."""

    def run(*words: str) -> Ended:
        capfd.readouterr()
        code = cli.main(list(words))
        return Ended(code, *capfd.readouterr())

    return run


def program(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`oxtui WORDS` as a program of its own, without a terminal; `more` goes to its environment."""
    return subprocess.run(
        [sys.executable, "-m", "oxtui", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def config_with(folder: Path, **changes: tuple[str, str]) -> Path:
    """A copy of the shipped playbook; `changes` by file (plans=("old", "new")) are replaced in it."""
    import shutil

    copy = folder / "config"
    shutil.copytree(ROOT / "config", copy)
    for name, (old, new) in changes.items():
        path = copy / f"{name}.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    return copy


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard input, output and errors are a real terminal (a pty) meanwhile."""
    import pty  # POSIX alone

    master, slave = pty.openpty()  # type: ignore[attr-defined]
    streams = [os.fdopen(os.dup(slave), mode, encoding="utf-8") for mode in ("r", "w", "w")]
    with monkeypatch.context() as patch:
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        yield
    for stream in streams:
        stream.close()
    os.close(slave)
    os.close(master)
