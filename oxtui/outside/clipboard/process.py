"""Runs other programs with a time limit that holds even if they or their children hang."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct


class Done(Struct, frozen=True):
    """The result of a program: `ok` with exit code 0 and in time; `output` may hold a secret and has no repr."""

    ok: bool
    output: bytes = b""
    error: str = ""

    def __repr__(self) -> str:
        return f"Done(ok={self.ok}, error={self.error!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("ok", self.ok), ("error", self.error)]  # without it, rich shows every field


def run(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    until: float,
    given: bytes = b"",
    reads: bool = False,
) -> Done:
    """Run a program with `given` on its stdin, at most until a moment of the monotonic clock.

    Its output is read only with `reads`: a program that stays in the background to serve a clipboard keeps its
    inherited pipes open, and a reader would wait for ever. Raises nothing; `error` says why it failed.
    """
    taken = subprocess.PIPE if reads else subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=taken,
            stderr=taken,
            env=dict(environ),
            start_new_session=True,  # a group of its own: ended as one, and not ended with our pane
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        return Done(False, error=error.strerror or "cannot be started")
    try:
        output, errors = process.communicate(given, timeout=max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        _end(process)
        return Done(False, error="no answer in time")
    except OSError as error:  # it ended before it had read everything
        _end(process)
        return Done(False, error=error.strerror or "broke off")
    if process.returncode:
        lines = (errors or b"").decode("utf-8", "replace").strip().splitlines()
        return Done(False, output or b"", lines[0][:200] if lines else f"ended with {process.returncode}")
    return Done(True, output or b"")


def is_running(number: int) -> bool:
    """Whether a process runs; on Windows, where asking would end it, only this one counts as running."""
    if sys.platform == "win32":
        return number == os.getpid()
    else:  # noqa: RET505 - on Windows there is nothing behind an early return
        try:
            os.kill(number, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except OSError:
            return True
        return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its children without waiting for their pipes."""
    with contextlib.suppress(OSError):  # it may have ended by now
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.2)
