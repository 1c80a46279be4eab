"""What several of the core's tests run in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.clipboard_help import tmux_in_a_terminal
from tests.drive.terminal import Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A program in a detached tmux pane."""
    with Terminal(["cat"]) as terminal:
        yield terminal


@pytest.fixture
def nested() -> Iterator[tuple[Terminal, Terminal]]:
    """A tmux pane inside another one."""
    with tmux_in_a_terminal() as both:
        yield both
