"""Garbage is looked for while nobody types: in the middle of a key it takes as long as opening a screen (40 ms)."""

from __future__ import annotations

import gc
import time

from oxtui.screens.host import AppHost

QUIET = 1.0
"""Seconds without a key, then it is looked for."""
SELDOM = 60
"""So many collections of the middle generation go before one of all by itself (Python's own: 10)."""


class Garbage:
    """Says when Python collects; the command has put it off until there is a first frame."""

    def __init__(self, app: AppHost) -> None:
        self.app = app
        self._stirred = False
        self._last_key = 0.0
        self._begun = False
        self._kept = False

    def begin(self) -> None:
        """Collect again, but not among what the first frame was made of."""
        if gc.isenabled():  # no command began this: a test, or a program that has the app in it
            return
        self._begun = True
        gc.freeze()
        gc.enable()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, SELDOM)
        self.app.set_interval(QUIET, self._look)

    def keep(self) -> None:
        """What is there now stays, all open cases among it: it is not looked through again.

        Once only: of a screen that is over Home just then, nothing would ever be let go.
        """
        if self._begun and not self._kept:
            self._kept = True
            gc.collect()
            gc.freeze()

    def key(self) -> None:
        """A key was pressed."""
        self._stirred, self._last_key = True, time.monotonic()

    def _look(self) -> None:
        if self._stirred and time.monotonic() - self._last_key >= QUIET:
            self._stirred = False
            gc.collect()
