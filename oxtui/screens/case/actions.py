"""The keys of an action: ticking it through something, opening it, and what is typed with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from oxtui.cases.commands.copies import wanted
from oxtui.cases.commands.killers import confirms
from oxtui.cases.commands.marks import Tick, Word
from oxtui.cases.commands.typed import check_value
from oxtui.cases.confirmation import by_whom
from oxtui.cases.guard import may_mark
from oxtui.cases.nbs import of_item
from oxtui.cases.outcome import mark_words
from oxtui.cases.status import TO_DO, State
from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.playbook.model import Item, Value
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.case.reporting import Reporting
from oxtui.screens.case.targets import Targets
from oxtui.screens.case.undoing import Undoing
from oxtui.screens.case.values import AskValues
from oxtui.screens.dialogs.ask import Confirm, Pick, PickSeveral
from oxtui.widgets.item_rows import Row

BY: Final = (("me", "by me"), ("client", "by the client"), ("sme", "by {expert}"))


class Actions(CasePart):
    """What the keys do to an action."""

    def __init__(self, screen: CaseOwner, targets: Targets, undoing: Undoing, reporting: Reporting) -> None:
        super().__init__(screen)
        self.targets = targets
        self.undoing = undoing
        self.reporting = reporting

    # -- space
    def tick(self, item: Item) -> None:
        """space: done; through what is asked where there are several ways."""
        if not self.targets.markable(item, partial(self.tick, item)):
            return
        ways = self.case.ways(item)
        if item.quote:
            self.screen.run_key("calculator")
        elif len(ways) > 1 and not self.targets.done_before(item, self.targets.to_tick(item)):
            names = ", ".join(f"{place} {name}" for place, name in enumerate(ways, 1))
            self.refuse(Refusal(f"How was it done: {names}?", "press its digit"))
        else:
            self.mark(item)

    def mark(
        self,
        item: Item,
        *,
        through: str = "",
        by: str = "me",
        mailboxes: tuple[str, ...] = (),
        typed: str = "",
        word: Word | None = None,
    ) -> None:
        """Tick an action, after asking what it needs to be told, and confirming it where it has to be."""
        chosen = mailboxes or self.targets.to_tick(item)
        ways = self.case.ways(item)
        through = through or (ways[0] if len(ways) == 1 else "")
        tick = Tick(item.id, chosen, {}, through, by, word)
        given = {value.key: known for value in item.values if (known := self._known_number(value))}
        needed = [value for value in item.values if value.required or (value.field and value.key not in given)]
        if self.targets.done_before(item, chosen) or not needed:
            self._confirm_tick(item, tick)
            return

        def asked(values: dict[str, str]) -> None:
            self._confirm_tick(item, Tick(item.id, chosen, {**given, **values}, through, by, word))

        AskValues(self.screen, item, needed, partial(check_value, self.case), typed=typed).run(asked)

    def _known_number(self, value: Value) -> str:
        """The case's one number in another system: it is not asked for again."""
        known = self.case.procedure.about.fields.get(value.field)
        return self.case.details.of(value.field) if known and known.ticket and not known.several else ""

    def _confirm_tick(self, item: Item, tick: Tick) -> None:
        scenario = self.case.scenario
        if scenario is None or not confirms(scenario, item):
            self.screen.do(tick, item)
            return
        nbs = of_item(self.case, item)
        self.ask(
            Confirm(
                self.targets.named(item, tick.mailboxes),
                yes="done",
                no="back",
                nb=nbs[0].text if nbs else "",
                ask=f"Record 'done'{self.targets.whom(item, tick.mailboxes)}?",
            ),
            lambda yes: self.screen.do(tick, item) if yes else None,
        )

    # -- digits
    def digit(self, row: Row, digit: int) -> None:
        """A digit: through what it is done, or the first figure of what is typed with it."""
        item, ways = row.item, self.case.ways(row.item)
        typed = self._typed_first(item)
        again = partial(self.digit, row, digit)
        if item.quote and row.status.state in TO_DO:
            if self.targets.markable(item):  # the months (or an SME's amount) are typed at once
                self.screen.run_key(f"calculator('{digit}')")
        elif digit <= len(ways) and (len(ways) > 1 or not typed):
            if self.targets.markable(item, again):
                self.mark(item, through=ways[digit - 1])
        elif typed:
            if self.targets.markable(item, again):
                self.mark(item, typed=str(digit))
        else:
            how = "enter opens the calculator" if item.quote else "space: done"
            self.refuse(WrongUse("There is nothing to choose here", how))

    def pasted(self, item: Item, text: str) -> bool:
        """A number or a date that is pasted on the action which asks for it: its field opens with that."""
        if not (self._typed_first(item) and len(self.case.ways(item)) < 2):
            return False
        if self.targets.markable(item):
            self.mark(item, typed=text)
        return True

    def _typed_first(self, item: Item) -> bool:
        """Whether something has to be typed with an action: a digit begins it."""
        return any(value.required for value in item.values) and not self.targets.done_before(
            item, self.targets.to_tick(item)
        )

    # -- enter
    def open(self, item: Item) -> None:
        """enter on one that is still to be done."""
        if self.targets.missing(item):
            self.targets.markable(item, partial(self.open, item))
            return
        try:
            if not self.screen.under_way():
                may_mark(self.case.position(), item, self.targets.of(item))
        except OxtuiError as error:
            self.reporting.offer(item, error, partial(self.by_word, item))
            return
        if item.quote:
            self.screen.run_key("calculator")
        elif item.each and len(self.targets.of(item)) > 1:
            self._open_each(item)
        elif self.case.scenario is not None and item.id in self.case.scenario.witnesses:
            self.mark(item)
        else:
            self._to_do(item)

    def by_word(self, item: Item, word: Word) -> None:
        """A colleague's word that it was done."""
        self.mark(item, by="colleague", word=word)

    def _open_each(self, item: Item) -> None:
        """Which mailboxes; of a witness, choosing them and confirming it are one question."""
        rest = list(self.targets.of(item))
        scenario = self.case.scenario
        plain = not item.values and len(self.case.ways(item)) < 2
        if not (scenario and confirms(scenario, item) and plain):
            self.targets.pick(item, lambda chosen: self.mark(item, mailboxes=chosen), rest)
            return
        through = next(iter(self.case.ways(item)), "")

        def answered(places: list[int] | None) -> None:
            if places:
                chosen = tuple(rest[place] for place in places)
                self.screen.do(Tick(item.id, chosen, {}, through, "me"), item)

        heading = f"Record 'done' for which {self.case.procedure.about.many}?"
        options = [(name, "") for name in rest]
        text = f"{item.text} · {self.case.domain}"
        self.ask(PickSeveral(heading, options, text, range(len(rest))), answered)

    def _text(self, item: Item) -> list[str]:
        lines = [item.detail] if item.detail else []
        page = self.service.playbook.pages.get(item.howto)
        if page:
            lines += [f"{page.title}:", *page.steps(self.case.quote.shown_discount if self.case.quote else "")]
        if item.copy:
            key = "S" if any(wanted(self.case, name) for name, _ in item.templates) else "y"
            lines.append(f"{key} copies: {item.copy}")
        if item.link:
            lines.append(f"l copies the link: {item.link}")
        return lines

    def _to_do(self, item: Item) -> None:
        """One that is still to be done: by whom, and through what."""
        ways = self.case.ways(item)
        through = ways if len(ways) > 1 else ("",)
        people = [
            (by, self.in_words(words)) for by, words in BY if by != "client" or not ways
        ]  # our own tools are not the client's
        rows: list[tuple[str, Callable[[], None]]] = [
            (f"done {words}{f' through {way}' if way else ''}", partial(self.mark, item, through=way, by=by))
            for way in through
            for by, words in people
        ]
        if item.by_word:
            rows.append(
                ("done by a colleague, who told me", lambda: self.reporting.ask_word(item, partial(self.by_word, item)))
            )
        self._pick(item, rows, self._text(item))

    def done(self, item: Item) -> None:
        """One that is done: what came of it; what was typed can be corrected, and it can be taken back."""
        case = self.case
        lines = self._text(item)
        for name, mark in case.marks(item.id).items():
            words = mark_words(case, item, mark)
            whose = f"{name.removesuffix(case.domain)} " if name else ""
            lines.append(f"{whose}{words or 'done'}: {by_whom(case, mark)}")
        rows: list[tuple[str, Callable[[], None]]] = [("close", lambda: None)]
        if case.status(item.id).state is State.STALE and not item.quote:
            rows.insert(0, ("still so", lambda: self.mark(item)))
        if item.values and not item.killer:
            labels = ", ".join(value.label.lower() for value in item.values)
            rows.append((f"correct: {labels}", lambda: self.undoing.correct(item)))
        rows.append(("take it back", lambda: self.undoing.take_back(item)))
        self._pick(item, rows, lines)

    def _pick(self, item: Item, rows: list[tuple[str, Callable[[], None]]], lines: list[str]) -> None:
        def answered(place: int | None) -> None:
            if place is not None:
                rows[place][1]()

        self.screen.ask(Pick(item.text, [(name, "") for name, _ in rows], "\n".join(lines)), answered)
