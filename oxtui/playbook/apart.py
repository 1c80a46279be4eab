"""A playbook checked or compared by a process of its own: in this one it would hold up the keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def check_apart(
    folder: Path, home: Path, seconds: float, started: Callable[[subprocess.Popen[str]], None] | None = None
) -> list[str]:
    """Return the problems of the playbook in a folder as `file:line: message`; it is killed after some seconds.

    `started` gets the process, so that it can be ended. Raises OSError, subprocess.TimeoutExpired.
    """
    command = [sys.executable, "-m", "oxtui", "--home", str(home), "check", str(folder), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        if started is not None:
            started(process)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    try:
        return [f"{each['file']}:{each['line']}: {each['message']}" for each in json.loads(out)["problems"]]
    except (ValueError, KeyError, TypeError):
        return [err.strip() or "it cannot be checked"]


def touches_guards_apart(old: Path, new: Path, seconds: float) -> bool:
    """Whether a new playbook touches a safeguard of an irreversible item, or cannot be compared with the old one.

    Raises OSError, subprocess.TimeoutExpired.
    """
    command = [sys.executable, "-m", "oxtui", "diff", str(old), str(new), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    try:
        return any(change["first"] for change in json.loads(done.stdout)["changes"])
    except (ValueError, KeyError, TypeError):
        return True
