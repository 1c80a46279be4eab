"""Reporting what others saw or did: a colleague's word, the client's writing, a service that was ended already."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from oxtui.cases.commands.killers import AlreadyDone
from oxtui.cases.commands.marks import Word
from oxtui.cases.dates import names_moment, parse_moment
from oxtui.cases.wording import until_words
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.screens.case.part import CasePart, CaseView, one_line
from oxtui.screens.dialogs.ask import Ask, Pick

ALREADY: Final = "already"
_MOMENTS: Final = "10:30, today, yesterday 16:20, 12/9"


class Reporting(CasePart):
    """What is offered instead where an item is refused."""

    def __init__(self, screen: CaseView, ask_how: Callable[[], None]) -> None:
        super().__init__(screen)
        self.ask_how = ask_how

    def allowed(self, item: Item, check: Callable[[], object], by_word: Callable[[Item, Word], None]) -> bool:
        """Return whether a guard lets an item pass; offer what can be reported instead, such as a colleague's word."""
        try:
            check()
        except OxtuiError as error:
            self._offer(item, error, partial(by_word, item))
            return False
        return True

    def _offer(self, item: Item, error: OxtuiError, by_word: Callable[[Word], None]) -> None:
        ways = {
            "by-word": ("a colleague told me", "who saw it, and when", lambda: self.ask_word(item, by_word)),
            "writing": ("the client wrote it", "where, and when", self.ask_how),
            ALREADY: ("it's already done", "by whom, and when", lambda: self.already(item)),
        }
        choices = [ways[each] for each in (error.offers if isinstance(error, Refusal) else ()) if each in ways]
        if not choices:
            self.refuse(error)
            return
        # a second enter must record nothing: the cursor is on "none of these"
        none = ("none of these", "", lambda: None)
        self.choose_from(error.message, [*choices, none], error.hint, len(choices))

    # -- by word
    def ask_word(self, item: Item, then: Callable[[Word], None]) -> None:
        """Ask which colleague saw or did it, when, and whether they authenticated the client."""

        def ask_when(who: str) -> None:
            title = f"When did {who} see it?"
            self._ask_moment(title, "It counts from then.", lambda when: ask_client(who, when), empty="today")

        def ask_client(who: str, when: str) -> None:
            options = [("yes", "the client was authenticated by them"), ("no, or not known", "")]
            self.ask(
                Pick(f"Did {who} authenticate the client?", options), lambda place: then(Word(who, when, place == 0))
            )

        self.ask(Ask("Whose word is it?", item.text, check=one_line), ask_when)

    def _ask_moment(self, title: str, text: str, then: Callable[[str], None], empty: str = "") -> None:
        now = self.service.clock.local()
        self.ask(Ask(title, text, placeholder=_MOMENTS, check=lambda typed: parse_moment(typed or empty, now)), then)

    # -- already
    def already(self, item: Item, done: Callable[[], None] | None = None) -> None:
        """Record that the service was ended already: by whom, and when."""

        def recorded(_: object) -> None:
            if done:
                done()
            self.checklist.go_to_next()

        self.ask_who_and_when(
            "By whom was it done, and when?",
            item.text,
            lambda who: self.send(self.case, AlreadyDone(item.id, who), recorded),
        )

    def ask_who_and_when(self, question: str, about: str, then: Callable[[str], None]) -> None:
        """Ask who did something and when; where the answer has no time in it, ask for that too."""

        def answered(who: str) -> None:
            if names_moment(who, self.service.clock.local()):
                then(who)
            else:
                self._ask_moment("When was it done?", who, lambda when: then(f"{who}, {until_words(when)}"))

        self.ask(Ask(question, about, check=one_line), answered)
