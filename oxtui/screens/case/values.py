"""What is typed with an action: numbers and dates, one field after the other."""

from __future__ import annotations

from collections.abc import Callable

from oxtui.cases.dates import parse_date
from oxtui.playbook.model import Item, Value
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.dialogs.ask import Ask


class AskValues(CasePart):
    """Asks for some values of an item; what is known of one is proposed, and enter takes it."""

    def __init__(
        self,
        screen: CaseOwner,
        item: Item,
        values: list[Value],
        check: Callable[[Value, str], str],
        *,
        typed: str = "",
    ) -> None:
        super().__init__(screen)
        self.item = item
        self.values = values
        self.check = check
        self.typed = typed
        """What was typed before the first field was there."""

    def run(self, then: Callable[[dict[str, str]], None]) -> None:
        """Ask for all of them, then give what was typed; esc asks for nothing more and gives nothing."""
        self._ask(0, {}, then)

    def _ask(self, place: int, given: dict[str, str], then: Callable[[dict[str, str]], None]) -> None:
        if place == len(self.values):
            then(given)
            return
        value = self.values[place]
        known = self.typed if self.typed and not place else self._known(value)
        example = self.case.procedure.patterns[value.pattern][1] if value.pattern else ""
        hints = {"date": "12/9, tomorrow, 3d", "number": "200", "money": "1200.00"}
        hint = f"for example {example}" if example else hints.get(value.kind, "")

        def check(text: str) -> str:
            if value.kind == "date" and text.strip():
                text = parse_date(text, self.service.clock.today(), "future").isoformat()
            return self.check(value, text)

        def answered(text: str | None) -> None:
            if text is not None:
                self._ask(place + 1, {**given, value.key: text}, then)

        stays = bool(value.field and self.case.details.of(value.field)) and not known
        optional = "" if value.required else " (enter alone: no new one)" if stays else " (enter alone: none)"
        self.ask(
            Ask(
                self.item.text,
                f"{value.label}{optional}",
                value=known,
                placeholder=hint,
                check=check,
                begun=bool(self.typed) and not place,
            ),
            answered,
        )

    def _known(self, value: Value) -> str:
        """What the item was given last, for another mailbox or before; else what the case knows."""
        case = self.case
        marks = case.marks(self.item.id).values() if case.scenario and self.item.id in case.scenario.by_id else ()
        events = [event for mark in marks if (event := case.typed_with(mark))]
        for event in sorted(events, key=lambda event: event.seq, reverse=True):
            typed = event.get("values") or {}
            if typed.get(value.key):
                return str(typed[value.key])
        known = case.procedure.about.fields.get(value.field)
        return case.details.of(value.field) if known and not known.several else ""
