"""Garbage collection while nobody waits for a picture: a full one takes 50 to 150 ms, which a key would be late by."""

from __future__ import annotations

import gc
from time import monotonic
from typing import Final

from oxtui.screens.host import AppHost

QUIET: Final = 0.5
"""Seconds without a key after which nobody waits."""
ENOUGH: Final = 4
"""How many collections of young objects make a full one worth while; Python starts one itself after more than ten."""
LATEST: Final = 10.0
"""Seconds after the start by when collection begins even if the cases cannot be read."""


class Collector:
    """Takes over from a command that has put garbage collection off; otherwise it leaves Python's own alone."""

    def __init__(self, app: AppHost) -> None:
        self.app = app
        self._ours = not gc.isenabled()
        self._began = self._last_key = monotonic()

    def key(self) -> None:
        """Note that a key was pressed."""
        self._last_key = monotonic()

    def tick(self) -> None:
        """Once a second: begin, apart from the objects of the start and the cases; then collect if nobody waits."""
        now = monotonic()
        if not self._ours:
            return
        if gc.isenabled():
            if now > self._last_key + QUIET and gc.get_count()[2] > ENOUGH:
                gc.collect()
        elif self.app.watcher.whole or now > self._began + LATEST:
            gc.freeze()
            gc.enable()
