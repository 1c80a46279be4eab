"""An action opened by enter: its details and how-to, by whom it is or was done, and what was typed with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from oxtui.cases.commands import Word
from oxtui.cases.confirmation import by_whom
from oxtui.cases.outcome import mark_words
from oxtui.cases.status import State
from oxtui.playbook.model import Item
from oxtui.screens.case.part import CaseParts
from oxtui.screens.case.reporting import SayingSo
from oxtui.screens.case.undoing import Undoing
from oxtui.screens.dialogs import Pick

BY: Final = (("me", "by me"), ("client", "by the client"), ("sme", "by an SME"))


class Ticking(Protocol):
    """How an action is ticked."""

    def __call__(
        self,
        item: Item,
        *,
        through: str = "",
        by: str = "me",
        mailboxes: tuple[str, ...] = (),
        typed: str = "",
        word: Word | None = None,
    ) -> None: ...


class ActionOpened:
    """What enter shows of an action."""

    def __init__(self, screen: CaseParts, undoing: Undoing, saying: SayingSo, tick: Ticking) -> None:
        self.screen = screen
        self.undoing = undoing
        self.saying = saying
        self.tick = tick

    def _text(self, item: Item) -> list[str]:
        lines = [item.detail] if item.detail else []
        page = self.screen.service.playbook.pages.get(item.howto)
        if page:
            lines += [f"{page.title}:", *page.lines]
        if item.copy:
            lines.append(f"y copies: {item.copy}")
        if item.link:
            lines.append(f"l copies the link: {item.link}")
        return lines

    def to_do(self, item: Item) -> None:
        """One that is still to be done: by whom, and through what."""
        ways = self.screen.case.ways(item)
        through = ways if len(ways) > 1 else ("",)
        people = [(by, words) for by, words in BY if by != "client" or not ways]  # our own tools are not the client's
        rows: list[tuple[str, Callable[[], None]]] = [
            (f"done {words}{f' through {way}' if way else ''}", partial(self.tick, item, through=way, by=by))
            for way in through
            for by, words in people
        ]
        if item.by_word:
            rows.append(("done by a colleague, who told me", lambda: self.saying.ask_word(item, self._by_word(item))))
        self._pick(item, rows, self._text(item))

    def _by_word(self, item: Item) -> Callable[[Word], None]:
        return lambda word: self.tick(item, by="colleague", word=word)

    def done(self, item: Item) -> None:
        """One that is done: what came of it; what was typed can be corrected, and it can be taken back."""
        case = self.screen.case
        lines = self._text(item)
        for name, mark in case.marks(item.id).items():
            words = mark_words(item, mark, case.typed_with(mark))
            whose = f"{name.removesuffix(case.domain)} " if name else ""
            lines.append(f"{whose}{words or 'done'}: {by_whom(case, mark)}")
        rows: list[tuple[str, Callable[[], None]]] = [("close", lambda: None)]
        if case.status(item.id).state is State.STALE and not item.quote:
            rows.insert(0, ("still so", lambda: self.tick(item)))
        if item.values and not item.killer:
            labels = ", ".join(value.label.lower() for value in item.values)
            rows.append((f"correct: {labels}", lambda: self.undoing.correct(item)))
        rows.append(("take it back", lambda: self.undoing.take_back(item)))
        self._pick(item, rows, lines)

    def _pick(self, item: Item, rows: list[tuple[str, Callable[[], None]]], lines: list[str]) -> None:
        def answered(place: int | None) -> None:
            if place is not None:
                rows[place][1]()

        self.screen.app.push_screen(Pick(item.text, [(name, "") for name, _ in rows], "\n".join(lines)), answered)
