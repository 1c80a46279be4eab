"""Runs tests on the program with one thing taken out; nothing is written into the tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutations.mutation import ROOT, Mutation

MOST_SECONDS = 600


def failed(mutation: Mutation, tests: tuple[str, ...] = (), *, first: bool = False) -> set[str]:
    """Which tests fail (`file::test`, without the values they were given), of `tests` or of those it names."""
    chosen = tests or mutation.tests
    module = mutation.file.removesuffix(".py").replace("/", ".")
    with tempfile.TemporaryDirectory(prefix="oxtui-mutation-") as folder:
        text = Path(folder) / "mutated.py"
        text.write_text(mutation.text, encoding="utf-8")
        options = ("-q", "-p", "tests.mutations.plugin", "-p", "no:cacheprovider", "--tb=no", "-rfE")
        options += (f"--basetemp={folder}/pytest", *(("-x",) if first else ()))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *(f"tests/{each}" for each in chosen)],
            cwd=ROOT, env={**os.environ, "MUTATED": f"{module}={text}", "TMPDIR": folder, "PYTHONHASHSEED": "0"},
            capture_output=True, text=True, timeout=MOST_SECONDS, check=False,
        )  # fmt: skip
    assert done.returncode in (0, 1, 2), done.stdout[-2000:] + done.stderr[-2000:]
    found = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    assert found or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return {name.removeprefix("tests/").split("[")[0] for name in found}
