"""What really happened can be said: by word of a colleague, in writing, and that a service was ended already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from oxtui.cases.commands.killers import AlreadyDone
from oxtui.cases.commands.marks import Tick, Word
from oxtui.cases.dates import names_moment, parse_moment
from oxtui.cases.wording import until_words
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.screens.case.part import CasePart, something
from oxtui.screens.dialogs.ask import Ask, Pick
from oxtui.text import secret_like

ALREADY = "already"
BY_WORD = "by-word"
WRITING = "writing"
MOMENTS: Final = "10:30, today, yesterday 16:20, 12/9"
_WORDS = {
    BY_WORD: ("a colleague told me", "who saw it, and when"),
    WRITING: ("the client wrote it", "where, and when"),
    ALREADY: ("it's already done", "by whom, and when"),
}


class Reporting(CasePart):
    """Ways to say what was seen by others, offered where an item is refused."""

    def offer(self, item: Item, error: OxtuiError, by_word: Callable[[Word], None]) -> None:
        """Ask which of a refusal's offers is meant; a refusal without any is only told.

        `by_word` goes on with a colleague's word for the item.
        """
        offers = [each for each in (error.offers if isinstance(error, Refusal) else ()) if each in _WORDS]
        if not offers:
            self.refuse(error)
            return

        def answered(place: int | None) -> None:
            if place is None or place == len(offers):
                return
            if offers[place] == ALREADY:
                self.already(item)
            elif offers[place] == BY_WORD:
                self.ask_word(item, by_word)
            else:
                self.screen.run_key("call_how")

        # a second enter records nothing: what it would say is chosen on purpose
        options = [*(_WORDS[each] for each in offers), ("none of these", "")]
        self.ask(Pick(error.message, options, error.hint, len(offers)), answered)

    # -- by word
    def ask_word(self, item: Item, then: Callable[[Word], None]) -> None:
        """Who saw or did it, when, and whether they had the client authenticated."""
        now = self.service.clock.local()

        def said_who(who: str | None) -> None:
            if who:
                self.ask(
                    Ask(
                        f"When did {who} see it?",
                        "It counts from then.",
                        placeholder=MOMENTS,
                        check=lambda text: parse_moment(text or "today", now),
                    ),
                    lambda when: said_when(who, when) if when else None,
                )

        def said_when(who: str, when: str) -> None:
            options = [("yes", "the client was authenticated by them"), ("no, or not known", "")]
            self.ask(
                Pick(f"Did {who} authenticate the client?", options),
                lambda place: then(Word(who, when, place == 0)) if place is not None else None,
            )

        self.ask(Ask("Whose word is it?", item.text, check=something), said_who)

    def tick(self, item: Item, mailboxes: tuple[str, ...], word: Word) -> Tick:
        """An action that a colleague did, as its command."""
        ways = self.case.ways(item)
        return Tick(item.id, mailboxes, {}, ways[0] if len(ways) == 1 else "", "colleague", word)

    # -- already
    def already(self, item: Item, done: Callable[[], None] | None = None) -> None:
        """Record that the service was ended already: by whom, and when."""

        def report(told: str) -> None:
            self.send(self.case, AlreadyDone(item.id, told), lambda _: self._said(done))

        self.ask_who_and_when("By whom was it done, and when?", item.text, report)

    def ask_who_and_when(self, question: str, about: str, then: Callable[[str], None]) -> None:
        """Ask who did something and when; where the answer has no time in it, ask for that too."""
        now = self.service.clock.local()

        def answered(who: str | None) -> None:
            if not who:
                return
            if names_moment(who, now):
                then(who)
                return
            ask = Ask("When was it done?", who, placeholder=MOMENTS, check=lambda text: parse_moment(text, now))
            self.ask(ask, lambda when: then(f"{who}, {until_words(when)}") if when else None)

        self.ask(Ask(question, about, check=something, warn=secret_like), answered)

    def _said(self, done: Callable[[], None] | None) -> None:
        if done:
            done()
        self.checklist.go_to_next()
