"""The wait of a case for somebody until a date: set, changed and ended."""

from __future__ import annotations

from functools import partial

from oxtui.cases.case import Case
from oxtui.cases.clocks import proposed_until
from oxtui.cases.commands.waiting import Resume, SetHold
from oxtui.cases.dates import day_to_come
from oxtui.cases.notes.timeline import last_done
from oxtui.cases.status import State
from oxtui.cases.wording import Stamps, until_words
from oxtui.screens.case.part import CasePart
from oxtui.screens.dialogs.ask import Ask, Choice


class Waiting(CasePart):
    """The key `w`."""

    def open(self) -> None:
        """w: ask whom the case waits for and until when; if it waits already, end or change that."""
        hold, self.host.next_client = self.case.hold, False
        if hold is None:
            self._ask_for_whom()
            return
        channels = self.service.playbook.channels
        channel = next((name for name, each in channels.items() if each.name == hold.waits_for), "")
        choices: list[Choice] = [
            ("the wait is over", "", lambda: self.send(self.case, Resume(), self._resumed)),
            ("another date", until_words(hold.until), partial(self._ask_until, hold.waits_for, channel)),
            ("somebody else", "", self._ask_for_whom),
        ]
        self.choose_from(f"Waits for {hold.waits_for}", choices)

    def _ask_for_whom(self) -> None:
        channels = {name: channel.name for name, channel in self.service.playbook.channels.items()}
        parties = [*((name, words) for name, words in channels.items()), ("", "the client"), ("order", "the order")]
        row = self.checklist.current
        wanted = row.item.waits_on if row else ""
        at = next((n for n, (name, _) in enumerate(parties) if wanted and name == wanted), len(channels))
        text = "This also ends the call." if self.newest.conversation.with_client else ""
        choices = [(f"waits for {words}", "", partial(self._ask_until, words, name)) for name, words in parties]
        self.choose_from("Waiting", choices, text, at)

    def _ask_until(self, name: str, channel: str) -> None:
        case, today = self.case, self.service.clock.today()
        default = proposed_until(case, channel, self._waited_for(channel), self.service.reader.hours_of)
        called = self.newest.conversation.with_client

        def check(text: str) -> str:
            return default if default and not text.strip() else day_to_come(text, today).isoformat()

        def answered(until: str) -> None:
            self.send(case, SetHold(name, until, on=self._waited_for(channel)), lambda case: self._held(case, called))

        text = f"Until when? enter alone: {until_words(default)}" if default else "Until when?"
        value = "" if default else "tomorrow"
        self.ask(
            Ask(f"Waits for {name}", text, value=value, placeholder="tomorrow, 3d, fri, 24/11", check=check), answered
        )

    def _waited_for(self, channel: str) -> str:
        """Return the item whose answer ends the wait: the current one, else the first that waits on that channel."""
        row = self.checklist.current
        ready = [status.item for status in self.case.open_items() if status.state is State.TODO]
        items = [item.id for item in ready if channel and item.waits_on == channel]
        if row is not None and row.item.id in items:
            return row.item.id
        return items[0] if items else ""

    def _resumed(self, case: Case) -> None:
        """Say what was done last, so whoever takes up the case again can begin there."""
        stamps = Stamps(self.service.clock)
        last = [f"{stamps.at(at)} {text}" for at, text in last_done(case)]
        self.host.say("The wait is over", "\n".join(["Last done:", *last] if last else []))

    def _held(self, case: Case, called: bool) -> None:
        if case.hold:
            ended = "The call has ended." if called else ""
            self.host.say(f"Waits for {case.hold.waits_for} until {until_words(case.hold.until)}", ended, about="call")
