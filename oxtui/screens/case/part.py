"""What the parts of the case screen are given besides: its two widgets, and what they do to the whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual.geometry import Size
from textual.widget import Widget

from oxtui.cases.commands.base import Command
from oxtui.errors import OxtuiError, WrongUse
from oxtui.playbook.about import spoken
from oxtui.playbook.model import Item
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
        """A sentence of the program's own in the words of the case's playbook."""
        return spoken(text, self.case.procedure.about, self.case.procedure.words)

    @property
    def checklist(self) -> Checklist:
        """The checklist."""
        return self.screen.checklist

    @property
    def panel(self) -> Panel:
        """The panel beside it."""
        return self.screen.panel


def allows(check: Callable[[], object]) -> bool:
    """Whether a guard raises nothing."""
    try:
        check()
    except OxtuiError:
        return False
    return True


def something(text: str) -> str:
    """`text` without blanks around it; raises WrongUse where nothing is left."""
    text = text.strip()
    if not text:
        raise WrongUse("One line is needed", "esc goes back")
    return text
