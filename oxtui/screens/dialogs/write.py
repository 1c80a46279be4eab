"""Several lines of text: a note. A draft is saved while it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer

from oxtui.screens.dialogs.ask import Dialog
from oxtui.text import clean
from oxtui.widgets.spans import Span

RESTING = 0.5
"""Seconds without a key before a draft is saved."""


class Write(Dialog):
    """Several lines of text; ctrl+s ends it. `keep` gets the draft after each pause in typing, and at esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "done", "save", id="dialog.save"),
        Binding("escape", "dismiss_kept", "back"),
    ]

    def __init__(
        self,
        title: str,
        text: str = "",
        value: str = "",
        warn: Callable[[str], str | None] | None = None,
        keep: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(title, text)
        self.value = value
        self.warn = warn
        self.keep = keep
        self._kept = value
        self._warned = ""
        self._resting: Timer | None = None

    def body(self) -> ComposeResult:
        from textual.widgets import TextArea  # 7 ms, and Home needs none of it

        yield TextArea(self.value, id="dialog-text", compact=True, soft_wrap=True, tab_behavior="focus")

    def begun(self, text: str) -> None:
        """Put a draft that was read meanwhile before the text typed since."""
        from textual.widgets import TextArea

        if not text or not self.query("#dialog-text"):
            return
        box = self.query_one(TextArea)
        if text not in box.text:
            box.text = f"{text}\n{box.text}" if box.text else text
            box.move_cursor(box.document.end)
            self._kept = text

    def foot(self) -> Sequence[Span]:
        return (("ctrl+s", "key"), (" save   ", "quiet"), ("esc", "key"), (" back", "quiet"))

    def on_text_area_changed(self) -> None:
        if self._resting:
            self._resting.stop()
        self._resting = self.set_timer(RESTING, self._keep)

    def typed(self) -> str:
        """Return the cleaned text of the field."""
        from textual.widgets import TextArea

        return clean(self.query_one(TextArea).text, lines=True).strip()

    def _keep(self) -> None:
        text = self.typed()
        if self.keep and text != self._kept:
            self._kept = text
            self.keep("" if self.warn and self.warn(text) else text)

    def action_dismiss_kept(self) -> None:
        """esc: save the text as a draft."""
        self._keep()
        self.dismiss(None)

    def action_done(self) -> None:
        text = self.typed()
        warning = self.warn(text) if self.warn and text != self._warned else None
        if warning:
            self._warned = text
            self.show_warning(warning, "ctrl+s")
            return
        self.dismiss(text or None)
