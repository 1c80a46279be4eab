"""A screen that shows one case, and the base of its parts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, Literal, TypeAlias, TypeVar

from msgspec import Struct
from textual.screen import Screen

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.dates import parse_moment
from oxtui.errors import OxtuiError
from oxtui.playbook.model import Procedure
from oxtui.screens.base import BaseScreen, send
from oxtui.screens.dialogs.ask import Ask, Choice, menu
from oxtui.screens.host import AppHost
from oxtui.service import Service
from oxtui.widgets.banner import Notice
from oxtui.widgets.glyphs import Glyphs

MOMENTS: Final = "10:30, today, yesterday 16:20, 12/9"
T = TypeVar("T")
Flow: TypeAlias = Generator[Screen[Any], Any, T]
"""Questions in their order: a generator that yields dialogs and is sent their answers."""

DigitMeans: TypeAlias = Literal["choice", "field", ""]
"""What a digit is on a screen now: a choice, the first of what is typed into a field, or nothing."""


class OneCase(BaseScreen):
    """A screen that shows one case, in the words of its playbook."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case
        self.shows_case = case.id

    @property
    def speaks(self) -> Procedure:
        return self.case.procedure

    def digit_means(self, digit: int) -> DigitMeans:
        """Return what a digit is now."""
        return "choice"

    def drop_choices(self) -> None:
        """Forget the answers that are chosen on the screen and not taken yet."""

    def own_notices(self) -> tuple[Notice, ...]:
        """Return, in practice, the lesson of a sample case, or that it is done."""
        text, done = self.host.lessons.in_case(self.case.id) if self.host.lessons else ("", False)
        shown = text and not self.narrow()
        return (Notice("DONE" if done else "TRY THIS", text, (text,), calm=True),) if shown else ()


class Part(Struct, eq=False):
    """One job of a screen that shows a case; its fields are what it needs, and its own state."""

    screen: OneCase

    @property
    def case(self) -> Case:
        """The case as it is drawn."""
        return self.screen.case

    @property
    def newest(self) -> Case:
        """The case as it was read or written last, its conversation judged now."""
        return self.service.peek(self.case.id) or self.case

    @property
    def service(self) -> Service:
        """The service of this agent."""
        return self.screen.service

    @property
    def host(self) -> AppHost:
        """The app."""
        return self.screen.host

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""
        return self.screen.glyphs

    def ask(self, dialog: Screen[Any], then: Callable[[Any], object]) -> None:
        """Open a dialog at once, so the next key is the dialog's; call `then` with the answer, unless esc ends it."""

        def answered(answer: Any) -> None:
            if answer is not None:
                then(answer)

        self.screen.ask(dialog, answered)

    def follow(self, flow: Flow[object]) -> None:
        """Open the dialogs that a flow yields, one after the other, and send it the answers; esc ends it."""

        def go_on(answer: Any) -> None:
            try:
                dialog = flow.send(answer)
            except StopIteration:
                return
            self.ask(dialog, go_on)

        go_on(None)

    def ask_moment(self, title: str, text: str, empty: str = "") -> Ask:
        """Return a field for a moment of the past; `empty` is what enter alone means."""
        now = self.service.clock.local()
        return Ask(title, text, placeholder=MOMENTS, check=lambda typed: parse_moment(typed or empty, now))

    def choose_from(self, title: str, choices: Sequence[Choice], text: str = "", cursor: int = 0) -> None:
        """Open a menu of actions, each with a word beside it, and do the one chosen."""
        self.screen.ask(*menu(title, choices, text, cursor))

    def refuse(self, error: OxtuiError) -> None:
        """Show a refusal, and what would lift it."""
        self.screen.refused(error)

    def send(self, case: Case, command: Command, done: Callable[[Case], None] | None = None, mark: str = "") -> None:
        """Have a command carried out, decided on `case` as it was drawn."""
        send(self.screen, case, command, done, mark)
