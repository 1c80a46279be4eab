"""The keys of an action: ticking it, its channel and its agent, opening it, and the values typed with it."""

from __future__ import annotations

from functools import partial

from oxtui.cases.case import Case
from oxtui.cases.commands.copies import wanted
from oxtui.cases.commands.marks import Tick, Word
from oxtui.cases.confirmation import by_whom
from oxtui.cases.guard import may_mark
from oxtui.cases.nbs import of_item
from oxtui.cases.outcome import mark_words
from oxtui.cases.status import TO_DO, State
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.item_parts import Value
from oxtui.playbook.model import Item
from oxtui.screens.base import lacks
from oxtui.screens.case.part import AT_REST, CasePart, KeyWords
from oxtui.screens.case.reporting import Reporting
from oxtui.screens.case.targets import Targets
from oxtui.screens.case.undoing import Undoing
from oxtui.screens.dialogs.ask import Choice
from oxtui.screens.parts.part import Flow
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.item_rows import Row


class Actions(CasePart):
    """The keys that act on an action."""

    targets: Targets
    undoing: Undoing
    reporting: Reporting

    # -- keys
    def words(self, row: Row) -> KeyWords:
        """Return what the keys do to an action."""
        item, state = row.item, row.status.state
        if item.quote and state in TO_DO:
            return KeyWords("", KeyHint("1-9", "months or amount", "calculator"), "calculator")
        if item.quote or state in AT_REST:
            return KeyWords(enter="open")
        count = len(self.case.ways(item))
        digits = KeyHint(f"1-{count}", "done through", "digit(1)") if count > 1 else None
        space = "" if self._asks_way(item) else "still so" if state is State.STALE else "done"
        return KeyWords(space, digits, "open")

    def _asks_way(self, item: Item) -> bool:
        """Return whether a digit has to say how it was done."""
        return len(self.case.ways(item)) > 1 and not self.targets.done_before(item, self.targets.to_tick(item))

    # -- space
    def tick(self, row: Row) -> None:
        """space: tick the action; refuse if there are several ways to do it."""
        item = row.item
        if not self.targets.markable(item, partial(self.tick, row)):
            return
        if item.quote:
            self.calculate()
        elif self._asks_way(item):
            names = ", ".join(f"{place} {name}" for place, name in enumerate(self.case.ways(item), 1))
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
        """Tick an action, after asking for the values it needs and for a witness's confirmation."""
        chosen = mailboxes or self.targets.to_tick(item)
        ways = self.case.ways(item)
        known = {value.key: number for value in item.values if (number := self._known_number(value))}
        needed = [value for value in item.values if value.required or (value.field and value.key not in known)]

        def flow() -> Flow[None]:
            values: dict[str, str] = {}
            if needed and not self.targets.done_before(item, chosen):
                values = {**known, **(yield from self.targets.ask_values(item, needed, typed))}
            if self.targets.confirms(item):
                nbs = of_item(self.case, item)
                yield self.targets.confirmation(item, "done", chosen, nbs[0].text if nbs else "")
            way = through or (ways[0] if len(ways) == 1 else "")
            self.screen.do(Tick(item.id, chosen, values, way, by, word), item)

        self.follow(flow())

    def _known_number(self, value: Value) -> str:
        """Return the case's one number in another system, which is not asked for again."""
        known = self.case.procedure.about.fields.get(value.field)
        return self.case.details.of(value.field) if known and known.ticket and not known.several else ""

    def calculate(self, typed: str = "") -> None:
        """Open the calculator with the typed values; if it adds a quote, go on to the next item."""
        if why := lacks(self.screen, "calculator"):  # a case keeps its steps where today's playbook has no prices
            self.refuse(why)
            return
        from oxtui.screens.pages.calculator import CalculatorScreen

        def closed(case: Case) -> None:
            row = self.checklist.current
            if row and row.item.quote and (coming := case.next_item()):
                self.checklist.go_to_next(first=(coming.id,))  # the panel's border says so, too

        self.ask(CalculatorScreen(self.case, typed), closed)

    # -- digits
    def digit(self, row: Row, digit: int) -> None:
        """Tick by a digit: the way it was done, or the first figure of the value typed with it."""
        item, ways = row.item, self.case.ways(row.item)
        typed = self._typed_first(item)
        again = partial(self.digit, row, digit)
        if item.quote and row.status.state in TO_DO:
            if self.targets.markable(item):  # the months (or an SME's amount) are typed at once
                self.calculate(str(digit))
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
        """Open the field of an action's first value with a pasted text; return False if it asks for none."""
        if not self._types_value(item):
            return False
        if self.targets.markable(item):
            self.mark(item, typed=text)
        return True

    def types(self, row: Row) -> bool:
        """Return whether a digit begins what is typed on that row."""
        item = row.item
        return bool(item.quote and row.status.state in TO_DO) or self._types_value(item)

    def _types_value(self, item: Item) -> bool:
        return self._typed_first(item) and len(self.case.ways(item)) < 2

    def _typed_first(self, item: Item) -> bool:
        """Return whether a value must be typed with an action, so a digit begins it."""
        required = any(value.required for value in item.values)
        return required and not self.targets.done_before(item, self.targets.to_tick(item))

    # -- enter
    def open(self, row: Row) -> None:
        """enter: the action's text, with the ways to say it is done, or to correct it."""
        item = row.item
        if self.case.marks(item.id) and row.status.state is not State.TODO:
            self._open_done(item)
            return
        if self.targets.missing(item):
            self.targets.markable(item, partial(self.open, row))
            return
        scenario, boxes = self.case.scenario, self.targets.of(item)
        if not self.screen.under_way() and not self.reporting.allowed(
            item, lambda: may_mark(self.case.position(), item, boxes), self.by_word
        ):
            return
        if item.quote:
            self.calculate()
        elif len(boxes) > 1:
            self.follow(self._open_each(item))
        elif scenario is not None and item.id in scenario.witnesses:
            self.mark(item)
        else:
            self._open_one(item)

    def by_word(self, item: Item, word: Word) -> None:
        """Tick an action on a colleague's word."""
        self.mark(item, by="colleague", word=word)

    def _open_each(self, item: Item) -> Flow[None]:
        """Ask for which mailboxes; for a witness that question is its confirmation too."""
        ways, boxes = self.case.ways(item), self.targets.of(item)
        if not self.targets.confirms(item) or item.values or len(ways) > 1:
            self.mark(item, mailboxes=(yield from self.pick_mailboxes(item.text, boxes)))
            return
        chosen = yield from self.pick_mailboxes(f"Record 'done': {item.text} · {self.case.name}", boxes)
        self.screen.do(Tick(item.id, chosen, {}, next(iter(ways), ""), "me"), item)

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

    def _open_one(self, item: Item) -> None:
        """Offer who did it, and through what."""
        ways = self.case.ways(item)
        people = {"me": "by me", "client": "by the client", "sme": self.screen.in_words("by {expert}")}
        if ways:
            del people["client"]  # our own tools are not the client's
        choices: list[Choice] = [
            (f"done {words}{f' through {way}' if way else ''}", "", partial(self.mark, item, through=way, by=by))
            for way in (ways if len(ways) > 1 else ("",))
            for by, words in people.items()
        ]
        if item.by_word:
            told = partial(self.reporting.ask_word, item, self.by_word)
            choices.append(("done by a colleague, who told me", "", told))
        self.choose_from(item.text, choices, "\n".join(self._text(item)))

    def _open_done(self, item: Item) -> None:
        """Show the marks of an action, and offer to correct it or take it back."""
        case = self.case
        lines = self._text(item)
        for name, mark in case.marks(item.id).items():
            whose = f"{name.removesuffix(case.domain)} " if name else ""
            lines.append(f"{whose}{mark_words(case, item, mark) or 'done'}: {by_whom(case, mark)}")
        choices: list[Choice] = [("close", "", lambda: None)]
        if case.status(item.id).state is State.STALE and not item.quote:
            choices.insert(0, ("still so", "", partial(self.mark, item)))
        if item.values and not item.killer:
            labels = ", ".join(value.label.lower() for value in item.values)
            choices.append((f"correct: {labels}", "", partial(self.undoing.correct, item)))
        choices.append(("take it back", "", partial(self.undoing.take_back, item)))
        self.choose_from(item.text, choices, "\n".join(lines))
