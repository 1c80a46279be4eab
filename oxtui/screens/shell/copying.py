"""Copying in a thread, saying truthfully where it went, and clearing a secret after a countdown."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App

from oxtui.screens.dialogs.ask import Dialog
from oxtui.screens.host import AppHost
from oxtui.screens.parts.note_parts import inside
from oxtui.widgets.spans import Span

if TYPE_CHECKING:
    from oxtui.outside.clipboard import Cleared, Clipboard, Copied, Token

TRIES = 12
"""How often clearing a password off a failing clipboard is tried; once more at the end of the program."""
AGAIN_AFTER = 5.0  # seconds


def clipboard_of(app: AppHost) -> Clipboard:
    """Return the app's one clipboard, made at the first copy."""
    if app.clipboard_route is None:
        from oxtui.outside.clipboard import Clipboard

        # Textual's own way to the terminal: one OSC 52 sequence, written on the app's thread.
        def write(text: str) -> None:
            app.call_from_thread(App.copy_to_clipboard, app, text)

        app.clipboard_route = Clipboard(os.environ, write)
    return app.clipboard_route


def copy_text(
    app: AppHost,
    text: str,
    what: str,
    ended: Callable[[Copied | None], None] | None,
    *,
    shown: str | None = None,
    following: str = "",
) -> None:
    """Copy `text` in a thread, then say where it went, or show it to be copied by hand (AppHost.copy says the rest)."""
    board = clipboard_of(app)

    def done(copied: Copied) -> None:
        if copied.route == "none":
            app.push_screen(ByHand(what, copied.message, text if shown is None else shown))
        else:
            plain = copied.message == "Copied"
            message = f"Copied: {inside(what)}" if plain else f"{what}: {copied.message}"
            app.say(message, "\n".join(filter(None, (copied.detail, following))), about="clipboard")
        if ended:
            ended(None if copied.route == "none" else copied)
        if shown is not None and copied.token is not None:
            _count_down(app, board, copied.token)

    work = partial(board.copy, text) if shown is None else partial(app.clipboard_secrets.copy, board, text, shown)
    app.aside(work, done, app.tell, holds_keys=False)


def _count_down(app: AppHost, board: Clipboard, token: Token) -> None:
    """Say that a secret is on the clipboard, and clear it after some seconds."""
    seconds = app.service.playbook.settings.clipboard_clear_seconds
    app.say(f"It has passwords in it: the clipboard is cleared after {seconds} s.")
    app.set_timer(seconds, partial(_clear, app, token))
    app.aside(board.history_risk, lambda risk: app.say(f"NB {risk}") if risk else None, app.tell, holds_keys=False)


def _clear(app: AppHost, token: Token, tries: int = TRIES) -> None:
    """Clear a secret off the clipboard; try up to `tries` times, and say so at the first and last failure."""
    from oxtui.outside.clipboard import NOT_CLEARED

    def done(cleared: Cleared | None) -> None:
        if cleared is None:
            return
        if cleared.done:
            app.forget(lambda toast: toast.message.startswith(NOT_CLEARED))
            app.say(cleared.message)
            return
        if tries > 1:
            app.set_timer(AGAIN_AFTER, partial(_clear, app, token, tries - 1))
        if tries in (1, TRIES):
            app.warn(f"{cleared.message}{', or wait: it is tried again' if tries > 1 else ''}.")

    app.aside(partial(app.clipboard_secrets.take_back, token), done, app.tell, holds_keys=False)


class ByHand(Dialog):
    """Shows a text that could not be copied, to be selected with the mouse."""

    def __init__(self, what: str, message: str, text: str) -> None:
        super().__init__(f"{what}: not copied", f"{message} Select it with the mouse:")
        self.shown = text

    def head(self) -> list[Sequence[Span]]:
        return [*super().head(), (("", "text"),), *(((row, "strong"),) for row in self.shown.split("\n"))]

    def foot(self) -> Sequence[Span]:
        return (("esc", "key"), (" back", "quiet"))
