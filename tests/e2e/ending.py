"""Both ends of a program in a Terminal: a start that need not prove the playbook again, an exit code for sure."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from oxtui.playbook.proof_kept import remember
from tests.e2e.terminal import Terminal, TimedOut
from tests.tui.harness import shipped


def proved(home: Path) -> None:
    """Have the home know that the shipped playbook was proved: tests of their own do that, and it takes seconds."""
    remember(home / "playbooks", shipped().procedure.digest, ok=True, states=1)


def exit_code(terminal: Terminal, seconds: float = 8.0) -> int:
    """The exit code; raises TimedOut.

    tmux 3.3a now and then sees the pane close, and not that its program has ended: it stays a zombie, and the
    code is never told. A SIGCHLD makes the server ask again.
    """
    try:
        return terminal.exit_status(seconds)
    except TimedOut:
        if terminal.alive():
            raise
        os.kill(int(terminal.tmux("display-message", "-p", "#{pid}")), signal.SIGCHLD)
        return terminal.exit_status(2)
