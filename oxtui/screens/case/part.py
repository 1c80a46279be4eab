"""The base of the case screen's parts, and the case screen as they know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from textual.geometry import Size
from textual.widget import Widget

from oxtui.cases.commands.base import Command
from oxtui.errors import OxtuiError, WrongUse
from oxtui.playbook.about import spoken
from oxtui.playbook.model import Item
from oxtui.screens.dialogs.ask import PickSeveral
from oxtui.screens.parts.part import Owner, Part
from oxtui.widgets.checklist import Checklist
from oxtui.widgets.panels import Panel


class CaseOwner(Owner, Protocol):
    """The case screen, as its parts know it."""

    @property
    def checklist(self) -> Checklist: ...
    @property
    def panel(self) -> Panel: ...

    # -- doing
    def do(self, command: Command, item: Item | None = None) -> None: ...
    def allowed(self, check: Callable[[], object]) -> bool: ...
    def under_way(self) -> bool: ...
    def lacks(self, action: str) -> WrongUse | None: ...
    def read_newest(self, then: Callable[[], None], refused: OxtuiError) -> None: ...
    def run_key(self, action: str) -> None: ...

    # -- drawing
    @property
    def in_front(self) -> bool: ...
    @property
    def in_panel(self) -> bool: ...
    @property
    def pane_size(self) -> Size: ...
    def wide(self) -> bool: ...
    def narrow(self) -> bool: ...
    def draw(self) -> None: ...
    def draw_answer(self) -> None: ...
    def refresh_bars(self) -> None: ...
    def show_panel(self, shown: bool) -> None: ...
    def put_over(self, field: Widget) -> None: ...
    def soon(self, function: Callable[[], object], seconds: float = 0) -> None: ...


class CasePart(Part):
    """One job of the case screen."""

    def __init__(self, screen: CaseOwner) -> None:
        super().__init__(screen)
        self.screen = screen

    def in_words(self, text: str) -> str:
        """Put a sentence of the program into the words of the case's playbook."""
        return spoken(text, self.case.procedure.about, self.case.procedure.words)

    @property
    def checklist(self) -> Checklist:
        """The checklist."""
        return self.screen.checklist

    @property
    def panel(self) -> Panel:
        """The panel beside the checklist."""
        return self.screen.panel

    def items(self) -> tuple[Item, ...]:
        """Return the items of the case's scenario; none before it has one."""
        return tuple(self.case.scenario.items()) if self.case.scenario else ()

    def pick_mailboxes(
        self,
        title: str,
        names: Sequence[str],
        then: Callable[[tuple[str, ...]], object],
        *,
        note: str = "",
        beside: Mapping[str, str] | None = None,
        marked: bool = True,
    ) -> None:
        """Ask which of several mailboxes are meant; `marked` ones are all chosen at first."""
        options = [(name, beside[name] if beside else "") for name in names]
        text = f"{note}For which {self.case.procedure.about.many}?"
        chosen = range(len(names)) if marked else ()
        self.ask(
            PickSeveral(title, options, text, chosen), lambda places: then(tuple(names[place] for place in places))
        )


def allows(check: Callable[[], object]) -> bool:
    """Return whether a guard raises nothing."""
    try:
        check()
    except OxtuiError:
        return False
    return True


def one_line(text: str) -> str:
    """Return `text` without blanks around it; raise WrongUse where nothing is left."""
    text = text.strip()
    if not text:
        raise WrongUse("One line is needed", "esc goes back")
    return text
