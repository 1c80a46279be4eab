"""Passwords of the reversal template: masked, in memory only, pasted lines split."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from oxtui.casework.case import Case
from oxtui.desk import Desk
from oxtui.errors import OxtuiError
from oxtui.screens.dialogs import Ask
from oxtui.secret import Secret, split_credentials


class AskSecret(Ask):
    """One mailbox's password, or several pasted `address : password` lines."""

    def __init__(self, desk: Desk, case: Case, mailbox: str) -> None:
        super().__init__(
            f"Password of {mailbox}" if mailbox else "Passwords",
            "From the console. It is kept in memory only and leaves by the copy alone. "
            "Several lines 'address : password' may be pasted at once.",
            password=True,
        )
        self.desk = desk
        self.case = case
        self.mailbox = mailbox

    def on_paste(self, event: events.Paste) -> None:
        self._take_lines(event)

    def _take_lines(self, event: events.Paste) -> None:
        if "\n" not in event.text.strip() and " : " not in event.text:
            return
        event.stop()
        event.prevent_default()
        try:
            pairs = split_credentials(event.text)
        except OxtuiError as error:
            self.complain(error)
            return
        for address, secret in pairs:
            if address in self.case.addresses:
                self.desk.keep_secret(self.case.id, address, secret)
        self.query_one(Input).value = ""
        self.dismiss(True)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        text = message.value
        self.query_one(Input).value = ""
        if text and self.mailbox:
            self.desk.keep_secret(self.case.id, self.mailbox, Secret(text))
            self.dismiss(True)
        else:
            self.dismiss(None)
