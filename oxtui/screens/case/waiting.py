"""The case waits for somebody until a date: set, changed, and over."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.clocks import proposed_until
from oxtui.cases.commands.waiting import Resume, SetHold
from oxtui.cases.dates import day_to_come
from oxtui.cases.notes.timeline import last_done
from oxtui.cases.status import State
from oxtui.cases.wording import Stamps, until_words
from oxtui.screens.case.part import CasePart
from oxtui.screens.dialogs.ask import Ask, Pick


class Waiting(CasePart):
    """What `w` does."""

    def open(self) -> None:
        """w: whom the case waits for, and until when; of one that waits, that it is over, or another date."""
        hold, self.host.next_client = self.case.hold, False
        if hold is None:
            self._ask_for_whom()
            return
        options = [("the wait is over", ""), ("another date", until_words(hold.until)), ("somebody else", "")]

        def answered(place: int | None) -> None:
            if place == 0:
                self.send(self.case, Resume(), self._resumed)
            elif place == 1:
                self._ask_until(hold.waits_for, self._channel_of(hold.waits_for))
            elif place == 2:
                self._ask_for_whom()

        self.ask(Pick(f"Waits for {hold.waits_for}", options), answered)

    def _channel_of(self, name: str) -> str:
        channels = self.service.playbook.channels
        return next((channel for channel, each in channels.items() if each.name == name), "")

    def _ask_for_whom(self) -> None:
        channels = self.service.playbook.channels
        parties = [
            *((channel.name, name) for name, channel in channels.items()),
            ("the client", ""),
            ("the order", "order"),
        ]
        row = self.checklist.current
        wanted = row.item.waits_on if row else ""
        at = next((n for n, (_, name) in enumerate(parties) if wanted and name == wanted), len(channels))
        options = [(f"waits for {name}", "") for name, _ in parties]
        text = "This also ends the call." if self.newest.conversation.with_client else ""

        def answered(place: int | None) -> None:
            if place is not None:
                self._ask_until(*parties[place])

        self.ask(Pick("Waiting", options, text, cursor=at), answered)

    def _ask_until(self, name: str, channel: str) -> None:
        clock = self.service.clock
        default = proposed_until(self.case, channel, self._waited_for(channel), self.service.reader.hours_of)

        def check(text: str) -> str:
            if not text.strip() and default:
                return default
            return day_to_come(text, clock.today()).isoformat()

        hint = f"Until when? enter alone: {until_words(default)}" if default else "Until when?"
        case = self.case
        called = self.newest.conversation.with_client

        def answered(until: str | None) -> None:
            if until:
                self.send(
                    case, SetHold(name, until, on=self._waited_for(channel)), lambda case: self._held(case, called)
                )

        self.ask(
            Ask(
                f"Waits for {name}",
                hint,
                value="" if default else "tomorrow",
                placeholder="tomorrow, 3d, fri, 24/11",
                check=check,
            ),
            answered,
        )

    def _waited_for(self, channel: str) -> str:
        """The item whose answer ends the wait: the one under the cursor, else the first that waits on the same."""
        row = self.checklist.current
        ready = [status.item for status in self.case.open_items() if status.state is State.TODO]
        items = [item for item in ready if channel and item.waits_on == channel]
        mine = next((item for item in items if row is not None and item.id == row.item.id), None)
        return (mine or items[0]).id if items else ""

    def _resumed(self, case: Case) -> None:
        """Say what was done last: whoever takes the case up again begins there."""
        last = last_done(case, Stamps(self.service.clock))
        self.host.say("The wait is over", "\n".join(["Last done:", *last] if last else []))

    def _held(self, case: Case, called: bool) -> None:
        if case.hold:
            ended = "The call has ended." if called else ""
            self.host.say(f"Waits for {case.hold.waits_for} until {until_words(case.hold.until)}", ended, about="call")
