"""Leaving a case: say what becomes of its call, and offer to drop a case in which nothing was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.errors import OxtuiError
from oxtui.screens.dialogs.ask import Pick
from oxtui.screens.parts.calls import Calls
from oxtui.screens.parts.note_parts import NoteCopies
from oxtui.screens.parts.part import OneCase, Part
from oxtui.widgets.banner import Notice

NEW = "new"
"""The answer if the next client's case was begun instead."""


class AskToLeave(Pick):
    """A question on the way out: n leaves it and begins the next client's case."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "new", "new case", id="dialog.new", show=False)]

    def action_new(self) -> None:
        self.dismiss(NEW)


class Leaving(Part):
    """Leaves the case."""

    calls: Calls

    def leave(self) -> None:
        """Go back; a case without any action is kept, or dropped with one key."""
        case, host = self.case, self.host
        if not case.untouched():
            self.calls.say_it_goes_on()
            host.pop_screen()
            if host.next_client:
                host.action_new_case()
            return

        def answered(place: int | str | None) -> None:
            if place == 1:
                self._drop()
                return
            self.host.pop_screen()  # esc a second time leaves, and keeps the case
            if place == NEW:
                self.host.action_new_case()

        options = [("keep the case", ""), ("drop it", "")]
        self.screen.ask(AskToLeave(f"Nothing was done for {case.name}", options), answered)

    def _drop(self) -> None:
        service, case_id = self.service, self.case.id

        def dropped(_: None) -> None:
            self.host.watcher.seen()
            self.screen.once_in_front(self.host.pop_screen)

        self.host.aside(lambda: service.drop(case_id), dropped, self.refuse)


class CallScreen(OneCase):
    """A screen of one case with its conversation, the way out, and the texts that are copied from it."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.calls = Calls(self)
        self.leaving = Leaving(self, self.calls)
        self.texts = NoteCopies(self)
        self.action_wrap_up = self.texts.wrap_up
        self.action_client_text = self.texts.client_text

    def says_closed(self) -> bool:
        """Whether it is for this screen to say that its case was closed: elsewhere, and no dialog is in front.

        What is typed in a dialog is offered to be kept first.
        """
        return self.app.screen is self and not self.case.closed and self.case.id not in self.host.closing

    def time_passed(self) -> None:
        self.calls.time_passed()

    def own_notices(self) -> tuple[Notice, ...]:
        return (*self.calls.notices(), *super().own_notices())

    def offered(self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError) -> bool:
        return self.calls.offered(case, command, done, error)
