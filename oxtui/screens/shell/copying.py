"""Copying off the keyboard's thread, telling the truth about it, and taking a secret back after a countdown."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from textual.app import App

from oxtui.screens.dialogs.ask import Dialog
from oxtui.screens.host import AppHost
from oxtui.screens.parts.note_parts import inside
from oxtui.widgets.text_view import Paragraphs

if TYPE_CHECKING:
    from oxtui.outside.clipboard import Cleared, Clipboard, Copied, Token

TRIES = 12
"""How often a password is taken off a clipboard that does not let go of it; once more at the end of the program."""
AGAIN_AFTER = 5.0  # seconds


def clipboard_of(app: AppHost) -> Clipboard:
    """The app's one clipboard, made at the first copy."""
    if app.clipboard_route is None:
        from oxtui.outside.clipboard import Clipboard

        # Textual's own way to the terminal: one OSC 52 sequence, written on the app's thread.
        def write(text: str) -> None:
            app.call_from_thread(App.copy_to_clipboard, app, text)

        app.clipboard_route = Clipboard(os.environ, write)
    return app.clipboard_route


Ended: TypeAlias = "Callable[[Copied | None], None]"
"""Is told how a copy went; None where nothing was copied."""


def copy_text(
    app: AppHost, text: str, what: str, ended: Ended | None, *, shown: str | None = None, following: str = ""
) -> None:
    """Copy `text` in a thread; then say where it went, or show it to be copied by hand.

    `shown`, where the text holds secrets: the same with dots, all that is ever shown of it. `following` is said with
    it: what the same key copies next. What was said of an earlier copy goes, as that is no longer on the clipboard.
    """
    board = clipboard_of(app)

    def work() -> None:
        copied = board.copy(text) if shown is None else app.clipboard_secrets.copy(board, text, shown)
        if app.is_running:
            dots = text if shown is None else shown
            app.call_later(_told, app, dots, what, copied, ended, shown is not None, following)

    app.run_worker(work, thread=True, group="clipboard", exit_on_error=False)


def _told(app: AppHost, text: str, what: str, copied: Copied, ended: Ended | None, secret: bool, more: str) -> None:
    if copied.route == "none":
        app.push_screen(ByHand(what, copied.message, text))
        if ended:
            ended(None)
        return
    app.say(
        f"{copied.message}: {inside(what)}" if copied.message == "Copied" else f"{what}: {copied.message}",
        "\n".join(filter(None, (copied.detail, more))),
        about="clipboard",
    )
    if ended:
        ended(copied)
    if secret and copied.token is not None:
        seconds = app.service.playbook.settings.clipboard_clear_seconds
        app.say(f"It has passwords in it: the clipboard is cleared after {seconds} s.")
        app.set_timer(seconds, partial(_clear, app, copied.token))
        app.run_worker(lambda: _risk(app), thread=True, group="risk", exit_on_error=False)


def _clear(app: AppHost, token: Token, tries: int = TRIES) -> None:
    def work() -> None:
        cleared = app.clipboard_secrets.take_back(token)
        if cleared is not None and app.is_running:
            app.call_later(_told_cleared, app, token, cleared, tries - 1)

    app.run_worker(work, thread=True, group="clipboard", exit_on_error=False)


def _told_cleared(app: AppHost, token: Token, cleared: Cleared, left: int) -> None:
    """Say how it ended; a password that is left is tried again `left` times, and told at the first and last try."""
    from oxtui.outside.clipboard import NOT_CLEARED

    if cleared.done:
        app.forget(lambda told: told.message.startswith(NOT_CLEARED))
        app.say(cleared.message)
        return
    if left:
        app.set_timer(AGAIN_AFTER, partial(_clear, app, token, left))
    if left in (0, TRIES - 1):
        app.warn(f"{cleared.message}{', or wait: it is tried again' if left else ''}.")


def _risk(app: AppHost) -> None:
    risk = clipboard_of(app).history_risk()
    if risk and app.is_running:
        app.call_later(app.say, "NB " + risk)


class ByHand(Dialog):
    """What could not be copied, to be selected with the mouse."""

    def __init__(self, what: str, message: str, text: str) -> None:
        super().__init__(f"{what}: not copied", f"{message} Select it with the mouse:")
        self.shown = text

    def on_mount(self) -> None:
        head = self.query_one("#dialog-head", Paragraphs)
        head.show([*self.head(), (("", "text"),), *(((row, "strong"),) for row in self.shown.split("\n"))])

    def foot(self) -> tuple[tuple[str, str], ...]:
        return (("esc", "key"), (" back", "quiet"))
