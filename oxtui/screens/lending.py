"""Secrets that are on the clipboard now: every one is taken back, at the latest when the program ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from oxtui.outside.clipboard import Clipboard, Copied
    from oxtui.outside.clipboard.taking_back import Cleared, Token

END_SECONDS = 4.0
"""How long the end of the program waits for a copy that is under way."""


class LentSecrets:
    """Used from threads: a copy under way, a countdown and the end of the program never cross.

    What could not be cleared (a clipboard that does not answer) is kept, and tried again at the next chance.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._lent: list[tuple[Clipboard, Token]] = []
        self._ended = False

    def copy(self, board: Clipboard, text: str, shown: str = "") -> Copied:
        """Copy a secret, `shown` with dots; one that was copied before is taken back first, wherever it still is.

        A mark in the home, without the secret, has the next start clear what a kill left.
        """
        from oxtui.outside.clipboard import Copied, mark

        with self._lock:
            if self._ended:
                return Copied("none", False, "Not copied: oxtui has ended.")
            self._take_back()
            if self._home is not None:
                mark.put(self._home, text, shown)
            copied = board.copy(text, secret=True)
            if copied.token is not None:
                self._lent.append((board, copied.token))
            self._unmark()
            return copied

    def take_back(self, token: Token) -> Cleared | None:
        """Clear one where it is still ours; None where that was done already. One that is left stays lent."""
        with self._lock:
            for place, (board, lent) in enumerate(self._lent):
                if lent is token:
                    cleared = board.clear_if_ours(token)
                    if cleared.done:
                        del self._lent[place]
                        self._unmark()
                    return cleared
        return None

    def end(self) -> None:
        """Clear all that is still ours, and lend no more."""
        if self._lock.acquire(timeout=END_SECONDS):
            try:
                self._ended = True
                self._take_back()
                self._unmark()
            finally:
                self._lock.release()

    def _unmark(self) -> None:
        """Nothing is lent: nothing has to be cleared by the next start."""
        if self._home is not None and not self._lent:
            from oxtui.outside.clipboard import mark

            mark.remove(self._home)

    def _take_back(self) -> None:
        self._lent = [(board, token) for board, token in self._lent if not board.clear_if_ours(token).done]
