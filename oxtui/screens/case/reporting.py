"""Reporting what others saw or did: a colleague's word, the client's writing, a service that was ended already."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from oxtui.cases.commands.killers import AlreadyDone
from oxtui.cases.commands.marks import Word
from oxtui.cases.dates import names_moment
from oxtui.cases.wording import until_words
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.screens.case.part import CasePart, one_line
from oxtui.screens.dialogs.ask import Ask, Choice, Pick
from oxtui.screens.parts.part import Flow

ALREADY: Final = "already"


class Reporting(CasePart):
    """The ways on that are offered when an item is refused."""

    ask_how: Callable[[], None]

    def allowed(self, item: Item, check: Callable[[], object], by_word: Callable[[Item, Word], None]) -> bool:
        """Return whether a guard lets an item pass; if not, lead to what comes first, or have it reported instead."""
        try:
            check()
        except OxtuiError as error:
            self._offer(item, error, by_word)
            return False
        return True

    def _offer(self, item: Item, error: OxtuiError, by_word: Callable[[Item, Word], None]) -> None:
        ways: dict[str, Choice] = {
            "by-word": ("a colleague told me", "who saw it, and when", partial(self.ask_word, item, by_word)),
            "writing": ("the client wrote it", "where, and when", self.ask_how),
            "details": ("go to: the details of the case", "", lambda: self.screen.press("details")),
            "dns": ("ask DNS anew", "", lambda: self.screen.press("dns")),
            ALREADY: ("it's already done", "by whom, and when", lambda: self.follow(self.already(item))),
        }
        choices: list[Choice] = []
        if isinstance(error, Refusal):
            first = [row.item for name in error.towards if (row := self.checklist.row_of(name))]
            choices += [(f"go to: {each.text}", "", partial(self.checklist.go_to, each.id)) for each in first]
            choices += [ways[each] for each in error.offers if each in ways]
        if not choices:
            self.refuse(error)
            return
        # a second enter must do nothing: the cursor is on "none of these"
        none = ("none of these", "", lambda: None)
        self.choose_from(error.message, [*choices, none], error.hint, len(choices))

    # -- by word
    def ask_word(self, item: Item, then: Callable[[Item, Word], None]) -> None:
        """Ask which colleague saw or did it, when, and whether they authenticated the client."""
        self.follow(self._ask_word(item, then))

    def _ask_word(self, item: Item, then: Callable[[Item, Word], None]) -> Flow[None]:
        who = yield Ask("Whose word is it?", item.text, check=one_line)
        when = yield self.ask_moment(f"When did {who} see it?", "It counts from then.", empty="today")
        options = [("yes", "the client was authenticated by them"), ("no, or not known", "")]
        place = yield Pick(f"Did {who} authenticate the client?", options)
        then(item, Word(who, when, place == 0))

    # -- already
    def already(self, item: Item, done: Callable[[], None] | None = None) -> Flow[None]:
        """Record that the service was ended already: by whom, and when."""
        who = yield from self.ask_who_and_when("By whom was it done, and when?", item.text)

        def recorded(_: object) -> None:
            if done:
                done()
            self.checklist.go_to_next()

        self.send(self.case, AlreadyDone(item.id, who), recorded)

    def ask_who_and_when(self, question: str, about: str) -> Flow[str]:
        """Ask who did something and when; if the answer has no time in it, ask for that too."""
        who: str = yield Ask(question, about, check=one_line)
        if names_moment(who, self.service.clock.local()):
            return who
        when = yield self.ask_moment("When was it done?", who)
        return f"{who}, {until_words(when)}"
