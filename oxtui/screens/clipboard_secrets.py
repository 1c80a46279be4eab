"""Secrets that are on the clipboard now: every one is taken back, at the latest when the program ends."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oxtui.outside.clipboard import Cleared, Clipboard, Copied, Token

END_SECONDS = 4.0
"""How long the end of the program waits for a copy that is under way."""


class ClipboardSecrets:
    """Used from threads: a copy under way, a countdown and the end of the program never cross.

    A secret that could not be cleared (the clipboard did not answer) is remembered, and tried again at the next chance.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._held: list[tuple[Clipboard, Token]] = []
        self._ended = False

    def copy(self, board: Clipboard, text: str, shown: str = "") -> Copied:
        """Copy a secret, `shown` with dots; one that was copied before is taken back first, wherever it still is.

        A mark in the home, without the secret, has the next start clear what a kill left.
        """
        from oxtui.outside.clipboard import Copied, mark

        with self._lock:
            if self._ended:
                return Copied("none", "Not copied: oxtui has ended.")
            self._take_all_back()
            if self._home is not None:
                mark.put(self._home, text, shown)
            copied = board.copy(text, secret=True)
            if copied.token is not None:
                self._held.append((board, copied.token))
            self._unmark()
            return copied

    def take_back(self, token: Token) -> Cleared | None:
        """Clear one if it is still ours; None if that was done already. A failed one is tried again."""
        with self._lock:
            for place, (board, held) in enumerate(self._held):
                if held is token:
                    cleared = board.clear_if_ours(token)
                    if cleared.done:
                        del self._held[place]
                        self._unmark()
                    return cleared
        return None

    def end(self) -> None:
        """Clear every secret that is still ours, and copy no more."""
        if self._lock.acquire(timeout=END_SECONDS):
            try:
                self._ended = True
                self._take_all_back()
                self._unmark()
            finally:
                self._lock.release()

    def _unmark(self) -> None:
        """Remove the mark once no secret is on the clipboard: the next start has nothing to clear."""
        if self._home is not None and not self._held:
            from oxtui.outside.clipboard import mark

            mark.remove(self._home)

    def _take_all_back(self) -> None:
        self._held = [(board, token) for board, token in self._held if not board.clear_if_ours(token).done]
