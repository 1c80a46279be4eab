"""For which mailboxes a key on an item is meant, and how they are named where something is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oxtui.cases.case import Case
from oxtui.cases.guard import may_mark
from oxtui.cases.status import State
from oxtui.cases.wording import short_address
from oxtui.playbook.model import Item
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.dialogs.ask import PickSeveral

Then = Callable[[], None]
WORKABLE = (State.TODO, State.STALE, State.OUT_THERE)
"""States in which the cursor stays on an item: something is still to be done there."""


class Targets(CasePart):
    """The mailboxes of an item that is `each`; where the case has none yet, they are asked for."""

    def __init__(self, screen: CaseOwner, add_mailboxes: Callable[[Then | None], None]) -> None:
        super().__init__(screen)
        self.add_mailboxes = add_mailboxes

    def of(self, item: Item) -> tuple[str, ...]:
        """The mailboxes that the next key is for: those still to be done; of an item that is done, all."""
        if not item.each:
            return ()
        status = self.case.status(item.id)
        left = status.to_do
        marked = tuple(name for name in status.by if name in self.case.marks(item.id))
        return left or marked

    def to_tick(self, item: Item) -> tuple[str, ...]:
        """The mailboxes that ticking is for: those to be checked again before those that are new to it."""
        names = self.of(item)
        asks = item.through or any(value.required or value.field for value in item.values)
        again = tuple(name for name in names if name in self.case.marks(item.id))
        return again if asks and again else names

    def done_before(self, item: Item, mailboxes: tuple[str, ...]) -> bool:
        """Whether marking it says that it is still so: then nothing is asked with it."""
        marks = self.case.marks(item.id)
        return bool(marks) and all(name in marks for name in (mailboxes or ("",)))

    def markable(self, item: Item, again: Then | None = None) -> bool:
        """Whether the item may be ticked or answered now; tells why not, or asks for the mailboxes it needs.

        `again`: the key that asked for it, pressed once more when the mailboxes are there.
        """
        if self.case.scenario is None:
            return False
        ready = self.case.conversation.live and self.case.status(item.id).state is State.TODO
        if ready and self.missing(item):
            self.add_mailboxes(again)
            return False
        if self.screen.under_way():
            return True
        return self.screen.allowed(lambda: may_mark(self.case.position(), item, self.of(item)))

    def missing(self, item: Item) -> bool:
        """Whether the item is done for each mailbox, and the case has none."""
        return item.each and not self.case.addresses

    def whom(self, item: Item, mailboxes: tuple[str, ...]) -> str:
        """` for both` in a confirmation; nothing of an item that is done once."""
        names = mailboxes or self.of(item)
        return f" for {for_whom(self.case, names)}" if item.each and names else ""

    def named(self, item: Item, mailboxes: tuple[str, ...]) -> str:
        """What a confirmation names: the item, the domain, and the mailboxes where they are few enough to be read."""
        names = ", ".join(mailboxes)
        return f"{item.text} · {self.case.domain}{f': {names}' if names else ''}"

    def pick(self, item: Item, then: Callable[[tuple[str, ...]], None], rest: Sequence[str] = ()) -> None:
        """Ask for which mailboxes."""
        names = list(rest or self.of(item) or self.case.addresses)

        def answered(places: list[int] | None) -> None:
            if places:
                then(tuple(names[place] for place in places))

        options = [(name, "") for name in names]
        self.ask(
            PickSeveral(item.text, options, f"For which {self.case.procedure.about.many}?", range(len(names))), answered
        )


def for_whom(case: Case, mailboxes: Sequence[str]) -> str:
    """Name mailboxes as one would say it: `both mailboxes`, `all 3 mailboxes`, `anna@ and info@`."""
    count, many = len(mailboxes), case.procedure.about.many
    if count > 1 and count == len(case.addresses):
        return f"both {many}" if count == 2 else f"all {count} {many}"
    names = [short_address(case, name) for name in mailboxes]
    if count > 3:
        return f"{count} of {len(case.addresses)} {many}"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if count > 1 else "".join(names)
