"""What is asked beside the items: what became of something done on other terms, and of a mailbox that came late."""

from __future__ import annotations

from functools import partial

from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.commands.typed import check_value
from oxtui.cases.guard import WAYS, Position, Way, may_settle, need_conversation
from oxtui.errors import Refusal
from oxtui.screens.case.part import CasePart, something
from oxtui.screens.case.targets import for_whom
from oxtui.screens.case.values import AskValues
from oxtui.screens.dialogs.ask import Ask, Pick, PickSeveral
from oxtui.text import secret_like
from oxtui.widgets.item_rows import Row, ways_of


class Settling(CasePart):
    """The four ways out of what was done on other terms, by a digit or after enter."""

    def open(self, row: Row) -> None:
        """enter: ask which way out, for the mailboxes chosen where there are several."""
        if len(row.mailboxes) < 2:
            self._ask(row)
            return

        def answered(places: list[int] | None) -> None:
            if places:
                self._ask(row, tuple(row.mailboxes[place] for place in places))

        options = [(name, "") for name in row.mailboxes]
        text = f"It was done on other terms. For which {self.case.procedure.about.many}?"
        self.ask(PickSeveral(row.item.text, options, text, range(len(options))), answered)

    def _ask(self, row: Row, chosen: tuple[str, ...] = ()) -> None:
        found = ways_of(self.case, row)
        ways = {way: names for way, names in found.items() if not chosen or {*names} & {*chosen}}
        options = [(WAYS[way], row.item.reverse if way == "3" else "") for way in ways]

        def answered(place: int | None) -> None:
            if place is not None:
                self.say(row, _way(list(ways)[place]), chosen)

        text = f"It was done{self._whom(chosen or row.mailboxes)}, and what it rests on has changed. What became of it?"
        self.ask(Pick(row.item.text, options, text, digits=list(ways)), answered)

    def _whom(self, mailboxes: tuple[str, ...]) -> str:
        named = [name for name in mailboxes if name]
        return f" for {for_whom(self.case, named)}" if named else ""

    def digit(self, row: Row, digit: int) -> None:
        """A digit on the row: that way out, where it has it."""
        ways = ways_of(self.case, row)
        if str(digit) in ways:
            self.say(row, _way(str(digit)))
        else:
            self.refuse(Refusal(f"{digit} is not one of the choices", f"{', '.join(ways)}: what became of it"))

    def say(self, row: Row, way: Way, chosen: tuple[str, ...] = ()) -> None:
        """Say `way` of it, after asking for what has to be told with that."""
        names = ways_of(self.case, row).get(way, ())
        mailboxes = tuple(name for name in names if not chosen or name in chosen)
        if not mailboxes or not self.screen.allowed(partial(self._check, row, way, mailboxes)):
            return
        settle = partial(self._send, row, way, mailboxes)
        if way == "2" and row.item.values:
            ask = AskValues(self.screen, row.item, list(row.item.values), partial(check_value, self.case))
            ask.run(lambda values: settle(values=values))
        elif way == "4":
            self.ask(
                Ask("Why is it still right?", row.item.text, check=something, warn=secret_like),
                lambda told: settle(told=told) if told else None,
            )
        else:
            settle()

    def _check(self, row: Row, way: Way, mailboxes: tuple[str, ...]) -> None:
        case = self.case
        position = Position(case.standing_in(row.scenario), case.conversation, case.agent)
        for mailbox in mailboxes:
            may_settle(position, row.item, mailbox, way)

    def _send(
        self,
        row: Row,
        way: Way,
        mailboxes: tuple[str, ...],
        *,
        told: str = "",
        values: dict[str, str] | None = None,
    ) -> None:
        named = tuple(name for name in mailboxes if name)
        number = 0 if row.ours else row.scenario
        command = Settle(row.item.id, way, named, told, values or {}, number)
        if row.ours:
            self.screen.do(command, row.item)
        else:
            self.send(self.case, command, lambda _: self.checklist.go_to_next())

    # -- a mailbox that came after the order
    def cover(self, digit: int) -> None:
        """1: the licences ordered cover it; 2: one more is ordered."""
        if digit not in (1, 2) or not self.screen.allowed(lambda: need_conversation(self.case.conversation)):
            return
        self.send(self.case, Cover(digit == 1), lambda _: self.checklist.go_to_next())

    def ask_cover(self, row: Row) -> None:
        """enter: the same with the words of both."""
        options = [(answer.text, "") for answer in row.item.answers]
        text = f"Added after the order: {', '.join(row.mailboxes)}"
        self.ask(Pick(row.item.text, options, text), lambda place: self.cover(place + 1) if place is not None else None)


def _way(digit: str) -> Way:
    ways: tuple[Way, ...] = ("1", "2", "3", "4")
    return next((way for way in ways if way == digit), "")
