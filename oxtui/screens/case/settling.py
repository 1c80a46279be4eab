"""Questions beside the items: about an action done on other terms, and a mailbox added late."""

from __future__ import annotations

from functools import partial

from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.guard import WAYS, Position, Way, may_settle, need_conversation
from oxtui.errors import Refusal
from oxtui.screens.case.part import CasePart, KeyWords, one_line
from oxtui.screens.case.targets import Targets, for_whom
from oxtui.screens.dialogs.ask import Ask, Pick
from oxtui.screens.parts.part import Flow
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.item_rows import Row, ways_of


class Settling(CasePart):
    """The four ways to settle an action done on other terms, by a digit or after enter."""

    targets: Targets

    def words(self, row: Row) -> KeyWords:
        """Return what the keys do here."""
        if row.kind == "cover":
            return KeyWords(digits=KeyHint("1-2", "answer", "digit(1)"), enter="choose")
        ways = list(ways_of(self.case, row))
        keys = f"{ways[0]}-{ways[-1]}" if len(ways) > 1 else "".join(ways)
        return KeyWords(digits=KeyHint(keys, "what became of it", "open"), enter="choose")

    def tick(self, row: Row) -> None:
        """space answers nothing here."""
        if row.kind == "cover":
            self.refuse(Refusal(row.item.text, "1: covered, 2: one more is ordered"))
        else:
            self.refuse(Refusal("It was done on other terms", "a digit says what became of it"))

    def open(self, row: Row) -> None:
        """enter: ask how to settle it."""
        if row.kind == "cover":
            self._ask_cover(row)
        else:
            self.follow(self._ask(row))

    def _ask(self, row: Row) -> Flow[None]:
        chosen: tuple[str, ...] = ()
        if len(row.mailboxes) > 1:
            note = "It was done on other terms. "
            chosen = yield from self.pick_mailboxes(row.item.text, row.mailboxes, note=note)
        ways = [way for way, names in ways_of(self.case, row).items() if not chosen or {*names} & {*chosen}]
        options = [(WAYS[way], row.item.reverse if way == "3" else "") for way in ways]
        named = [name for name in chosen or row.mailboxes if name]
        whom = f" for {for_whom(self.case, named)}" if named else ""
        text = f"It was done{whom}, and what it rests on has changed. What became of it?"
        place = yield Pick(row.item.text, options, text, digits=ways)
        yield from self._settle(row, ways[place], chosen)

    def digit(self, row: Row, digit: int) -> None:
        """Settle the row by a digit that it offers."""
        if row.kind == "cover":
            self._answer_cover(digit)
            return
        ways = ways_of(self.case, row)
        way = next((way for way in ways if way == str(digit)), None)
        if way:
            self.follow(self._settle(row, way))
        else:
            self.refuse(Refusal(f"{digit} is not one of the choices", f"{', '.join(ways)}: what became of it"))

    def _settle(self, row: Row, way: Way, chosen: tuple[str, ...] = ()) -> Flow[None]:
        """Settle it, after asking for the values that needs."""
        names = ways_of(self.case, row).get(way, ())
        mailboxes = tuple(name for name in names if not chosen or name in chosen)
        if not mailboxes or not self.screen.allowed(partial(self._check, row, way, mailboxes)):
            return
        reason, values = "", {}
        if way == "2" and row.item.values:
            values = yield from self.targets.ask_values(row.item, row.item.values)
        elif way == "3" and not self.case.conversation.live:  # one line, so that no enter alone says so
            reason = yield Ask("Who reversed it, and when?", row.item.reverse or row.item.text, check=one_line)
        elif way == "4":
            reason = yield Ask("Why is it still right?", row.item.text, check=one_line)
        named = tuple(name for name in mailboxes if name)
        command = Settle(row.item.id, way, named, reason, values, 0 if row.ours else row.scenario)
        if row.ours:
            self.screen.do(command, row.item)
        else:
            self.send(self.case, command, lambda _: self.checklist.go_to_next())

    def _check(self, row: Row, way: Way, mailboxes: tuple[str, ...]) -> None:
        case = self.case
        position = Position(case.standing_in(row.scenario), case.conversation, case.agent)
        for mailbox in mailboxes:
            may_settle(position, row.item, mailbox, way)

    # -- a mailbox added after the order
    def _answer_cover(self, digit: int) -> None:
        """1: the licences ordered cover it; 2: one more is ordered."""
        if digit in (1, 2) and self.screen.allowed(lambda: need_conversation(self.case.conversation)):
            self.send(self.case, Cover(digit == 1), lambda _: self.checklist.go_to_next())

    def _ask_cover(self, row: Row) -> None:
        """Ask which of the two applies."""
        options = [(answer.text, "") for answer in row.item.answers]
        text = f"Added after the order: {', '.join(row.mailboxes)}"
        self.ask(Pick(row.item.text, options, text), lambda place: self._answer_cover(place + 1))
