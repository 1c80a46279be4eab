"""The questions before an item is marked: its mailboxes, the values typed with it, a witness's confirmation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oxtui.cases.case import Case
from oxtui.cases.commands.killers import confirms
from oxtui.cases.commands.typed import check_value
from oxtui.cases.dates import parse_date
from oxtui.cases.guard import may_mark
from oxtui.cases.status import State
from oxtui.cases.wording import short_address
from oxtui.playbook.item_parts import Value
from oxtui.playbook.model import Item
from oxtui.screens.case.part import CasePart
from oxtui.screens.dialogs.ask import Ask, Confirm, ConfirmRecord
from oxtui.screens.parts.part import Flow
from oxtui.text import series

Then = Callable[[], object]


class Targets(CasePart):
    """The mailboxes that a key on an item is for; if the case has none yet, they are asked for."""

    add_mailboxes: Callable[[Then | None], None]

    def of(self, item: Item) -> tuple[str, ...]:
        """Return the mailboxes still to do; all that are marked if none is left."""
        if not item.each:
            return ()
        status = self.case.status(item.id)
        return status.to_do or tuple(name for name in status.by if name in self.case.marks(item.id))

    def to_tick(self, item: Item) -> tuple[str, ...]:
        """Return the mailboxes that ticking is for: those to be checked again before new ones."""
        names = self.of(item)
        asks = item.through or any(value.required or value.field for value in item.values)
        again = tuple(name for name in names if name in self.case.marks(item.id))
        return again if asks and again else names

    def done_before(self, item: Item, mailboxes: tuple[str, ...]) -> bool:
        """Return whether marking it only confirms it; then nothing else is asked."""
        marks = self.case.marks(item.id)
        return bool(marks) and all(name in marks for name in (mailboxes or ("",)))

    def markable(self, item: Item, again: Then | None = None) -> bool:
        """Return whether the item may be marked now; refuse, or ask for mailboxes and then press `again`."""
        if self.case.scenario is None:
            return False
        if self.case.conversation.live and self.case.status(item.id).state is State.TODO and self.missing(item):
            self.add_mailboxes(again)
            return False
        if self.screen.under_way():
            return True
        return self.screen.allowed(lambda: may_mark(self.case.position(), item, self.of(item)))

    def missing(self, item: Item) -> bool:
        """Return whether the item is done for each mailbox, and the case has none."""
        return item.each and not self.case.addresses

    def whom(self, item: Item, mailboxes: tuple[str, ...]) -> str:
        """Return ` for both mailboxes`; "" for an item that is done once."""
        names = mailboxes or self.of(item)
        return f" for {for_whom(self.case, names)}" if item.each and names else ""

    # -- confirming
    def confirms(self, item: Item, value: tuple[str, ...] = ()) -> bool:
        """Return whether marking an item this way takes one more enter: a killer waits for it."""
        return self.case.scenario is not None and confirms(self.case.scenario, item, value)

    def confirmation(self, item: Item, said: str, mailboxes: tuple[str, ...], nb: str = "") -> Confirm:
        """Return the question whether `said` is recorded for these mailboxes."""
        names = ", ".join(mailboxes)
        title = f"{item.text} · {self.case.name}{f': {names}' if names else ''}"
        question = f"Record '{said}'{self.whom(item, mailboxes)}?"
        return ConfirmRecord(title, yes=said, no="back", nb=nb, ask=question)

    # -- numbers and dates typed with an action
    def ask_values(self, item: Item, values: Sequence[Value], typed: str = "") -> Flow[dict[str, str]]:
        """Ask for values one after the other; the first field begins with `typed`."""
        texts: dict[str, str] = {}
        for value in values:
            texts[value.key] = yield self._value_field(item, value, typed)
            typed = ""
        return texts

    def _value_field(self, item: Item, value: Value, typed: str) -> Ask:
        case = self.case
        known = typed or self._last_typed(item, value)
        example = case.procedure.patterns[value.pattern][1] if value.pattern else ""
        hints = {"date": "12/9, tomorrow, 3d", "number": "200", "money": "1200.00"}

        def check(text: str) -> str:
            if value.kind == "date" and text.strip():
                text = parse_date(text, self.service.clock.today(), "future").isoformat()
            return check_value(self.case, value, text)

        stays = bool(value.field and case.details.of(value.field)) and not known
        optional = "" if value.required else " (enter alone: no new one)" if stays else " (enter alone: none)"
        hint = f"for example {example}" if example else hints.get(value.kind, "")
        text = f"{value.label}{optional}"
        return Ask(item.text, text, value=known, placeholder=hint, check=check, begun=bool(typed))

    def _last_typed(self, item: Item, value: Value) -> str:
        """Return the value typed with the item last, for any mailbox; else the one that the case has."""
        case = self.case
        marks = case.marks(item.id).values() if case.scenario and item.id in case.scenario.by_id else ()
        events = [event for mark in marks if (event := case.typed_with(mark))]
        for event in sorted(events, key=lambda event: event.seq, reverse=True):
            if typed := (event.get("values") or {}).get(value.key):
                return str(typed)
        known = case.procedure.about.fields.get(value.field)
        return case.details.of(value.field) if known and not known.several else ""


def for_whom(case: Case, mailboxes: Sequence[str]) -> str:
    """Name mailboxes as one would say it: `both mailboxes`, `all 3 mailboxes`, `anna@ and info@`."""
    count, many = len(mailboxes), case.procedure.about.many
    if count > 1 and count == len(case.addresses):
        return f"both {many}" if count == 2 else f"all {count} {many}"
    if count > 3:
        return f"{count} of {len(case.addresses)} {many}"
    return series([short_address(case, name) for name in mailboxes])
