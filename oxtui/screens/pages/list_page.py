"""A list and the page of its highlighted entry: side by side if there is room, else one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input

from oxtui.screens.base import BaseScreen
from oxtui.text import clean
from oxtui.widgets.bars import FootBar, TopBar
from oxtui.widgets.page import Page, Part, plain_text
from oxtui.widgets.rows import Entries, Rows
from oxtui.widgets.spans import Span


class TypingScreen(BaseScreen):
    """A screen with inputs that letters go into."""

    def on_key(self, event: events.Key) -> None:
        """Type a letter that came before the input had the focus."""
        box = self.focused
        if isinstance(box, Input) and event.is_printable and event.character:
            event.stop()
            box.select_on_focus = False  # the letter stays, should the focus still be on its way
            box.replace(event.character, *box.selection)


class ListPage(TypingScreen):
    """The list at the left, its page at the right; subclasses give both, and bind `open` and `copy`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "turn", "list or page", id="list.turn", show=False)
    ]
    AUTO_FOCUS = "#lp-list"
    FILTER_WORDS: ClassVar[str] = ""
    """The placeholder of the filter; "" for a screen without one."""

    def __init__(self, at: str = "") -> None:
        """`at`: the key of the page to begin with."""
        super().__init__()
        self.at = at
        self.set_class(self.beside(), "-beside", update=False)

    def compose(self) -> ComposeResult:
        yield TopBar()
        if self.FILTER_WORDS:
            yield Input(placeholder=self.FILTER_WORDS, id="lp-filter", compact=True, max_length=200)
        with Horizontal(id="lp-main"):
            yield Entries(id="lp-list", classes="box")
            yield Page(id="lp-page", classes="box")
        yield FootBar()

    @property
    def entries(self) -> Entries:
        return self.query_one("#lp-list", Entries)

    @property
    def page(self) -> Page:
        return self.query_one("#lp-page", Page)

    def beside(self) -> bool:
        """Whether list and page have room side by side."""
        return not self.narrow()

    def reading(self) -> bool:
        """Whether the keys go to the page."""
        return self.has_class("-reading")

    def on_resize(self) -> None:
        self.set_class(self.beside(), "-beside")
        self.call_after_refresh(self.refresh_bars)

    def crumbs(self) -> Sequence[Span]:
        entry = self.entries.current if self.reading() and not self.beside() else None
        if entry is None:
            return super().crumbs()
        return ((f"{self.CRUMB} {self.glyphs.crumb} ", "quiet"), (self.page_title(entry.key), "strong"))

    # -- what subclasses give
    def page_of(self, key: str) -> Iterable[Part]:
        """Return the page of a list entry."""
        return ()

    def page_title(self, key: str) -> str:
        """Return the heading of the page."""
        entry = self.entries.current
        return entry.cells[0] if entry else ""

    def start_at(self, key: str) -> None:
        """Put the cursor on an entry; "" or an unknown one leaves it on the first."""
        keys = [entry.key for entry in self.entries.rows]
        if key in keys:
            self.entries.put_cursor(keys.index(key))

    # -- the page
    def draw_page(self) -> None:
        """Show the page of the highlighted entry."""
        entry = self.entries.current
        self.page.show(self.page_of(entry.key) if entry else ())
        self.page.border_title = Content(clean(self.page_title(entry.key)) if entry else "")
        self.refresh_bars()

    def on_rows_highlighted(self, message: Rows.Highlighted) -> None:
        self.draw_page()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.call_next(self.run_action, "open")

    def on_descendant_focus(self) -> None:
        self.refresh_bars()

    def action_open(self) -> None:
        self.to_page()

    def to_page(self) -> None:
        """Move into the page."""
        if self.entries.current and not self.reading():
            self.add_class("-reading")
            self.page.focus()

    def action_turn(self) -> None:
        """tab: move from the list into the page and back."""
        if self.reading():
            self.to_list()
        else:
            self.to_page()

    def to_list(self) -> None:
        """Go back to the list."""
        self.remove_class("-reading")
        self.entries.focus()

    def action_back(self) -> None:
        if self.reading():
            self.to_list()
        else:
            super().action_back()

    def action_copy(self) -> None:
        entry = self.entries.current
        if entry:
            self.host.copy(plain_text(self.page.parts), f"The page '{self.page_title(entry.key)}'")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return None for keys that mean nothing now, so that they are not shown."""
        if action == "open":
            return not self.reading()
        return True
