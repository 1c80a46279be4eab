"""Passwords of the reversal template: masked, in memory only, pasted lines split."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.dialogs.ask import Ask
from oxtui.secret import Secret, forbid_core_dumps, split_credentials
from oxtui.service import Service
from oxtui.text import clean


class SecretInput(Input):
    """A masked field that is never copied from; pasted lines go to the dialog whole."""

    @dataclass
    class Pasted(Message):
        """A text was pasted."""

        text: str = field(repr=False)

    def action_copy(self) -> None:
        """Do nothing: only the copy of its template gives a secret away."""

    action_cut = action_copy

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted(event.text))


class AskSecret(Ask):
    """Asks for one mailbox's password, or several pasted `address : password` lines."""

    def __init__(self, service: Service, case: Case, mailbox: str) -> None:
        forbid_core_dumps()  # before the first letter is typed
        super().__init__(
            f"Password of {mailbox}" if mailbox else "Passwords",
            f"From {case.procedure.words.system}. It is kept in memory only and leaves by the copy alone. "
            "Several lines 'address : password' may be pasted at once.",
            password=True,
        )
        self.service = service
        self.case = case
        self.mailbox = mailbox

    def body(self) -> ComposeResult:
        yield SecretInput(password=True, id="dialog-input", compact=True)

    def on_secret_input_pasted(self, message: SecretInput.Pasted) -> None:
        """Put a password into the field; take lines of addresses and passwords at once."""
        text = message.text.strip().replace("\r\n", "\n").replace("\r", "\n")
        own = {address.lower(): address for address in self.case.addresses}
        if "\n" not in text and not text.lower().startswith(tuple(own)):
            self.query_one(Input).insert_text_at_cursor(clean(text))
            return
        try:
            pairs = split_credentials(text)
            strange = [address for address, _ in pairs if address.lower() not in own]
            if strange:
                about = self.case.procedure.about
                raise WrongUse(
                    f"{strange[0]} is not one of this case's {about.many}", f"nothing was taken; i adds {about.many}"
                )
        except OxtuiError as error:
            self.complain(error)
            return
        for address, secret in pairs:
            self.service.keep_secret(self.case.id, own[address.lower()], secret)
        self.query_one(Input).value = ""
        self.dismiss(True)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        message.prevent_default()  # else Ask answers too, with the password, and closes the screen below
        text = message.value
        self.query_one(Input).value = ""
        if text and self.mailbox:
            self.service.keep_secret(self.case.id, self.mailbox, Secret(text))
            self.dismiss(True)
        else:
            self.dismiss(None)
