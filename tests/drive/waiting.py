"""Waiting for what another thread, process or server brings about."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds after which a test gives up what must come: where it comes, none of them is waited for."""


def until(true: Callable[[], object], seconds: float = PATIENCE, told: object = "it never came to that") -> None:
    """Wait until something holds; fails where it never does, with what `told` is or gives."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(told() if callable(told) else told)
        time.sleep(0.02)
