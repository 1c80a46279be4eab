"""The wrap-up note on its way to the clipboard: in parts, where it is longer than a Salesforce comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oxtui.cases.notes import SALESFORCE_COMMENT, comments

if TYPE_CHECKING:
    from oxtui.app import OxtuiApp


class NoteParts:
    """What was copied last of a note, so that the same key copies the next part."""

    def __init__(self) -> None:
        self._parts: tuple[str, ...] = ()
        self._next = 0

    def copy(self, app: OxtuiApp, text: str, name: str, key: str) -> None:
        """Copy the note, or its next part; `key` is what copies the one after that."""
        parts = comments(text)
        if parts != self._parts:
            self._parts, self._next = parts, 0
        place, count = self._next, len(parts)
        self._next = (place + 1) % count
        if count == 1:
            app.copy(text, name)
            return
        line = parts[place].startswith("oxtui:")
        what = f"{name}, {'its oxtui: line' if line else 'part'} {place + 1} of {count}"

        def ended(copied: object) -> None:
            if copied and self._next:
                more = f"A Salesforce comment takes {SALESFORCE_COMMENT:,} characters."
                rest = "the oxtui: line" if parts[self._next].startswith("oxtui:") else "the next part"
                app.say(more, f"Paste this one first; {key} again copies {rest} for a second comment.")

        app.copy(parts[place], what, ended)
