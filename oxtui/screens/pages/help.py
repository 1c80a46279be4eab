"""Help for the screen in front of you: its purpose, and the keys in force, made from the bindings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from oxtui.screens.base import BaseScreen, declared, keys_now
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.page import BLANK, Page, Para, Part

STATES: tuple[tuple[str, str], ...] = (
    ("action", "an action to do"),
    ("question", "a question to answer"),
    ("killer", "what cannot be undone: enter shows what it rests on, then asks"),
    ("done", "done or answered"),
    ("locked", "waiting on something else"),
    ("doubt", "done, but it rests on something to check again; then it counts again by itself"),
    ("stale", "check again: something it rests on has changed"),
    ("out_there", "was done on other terms: say what became of it"),
    ("skipped", "skipped, with the reason"),
    ("later", "put off until a date"),
    ("pending", "being saved"),
)


def _parts(about: BaseScreen) -> Iterator[Part]:
    """The text of the help of a screen."""
    yield Para((("Keys", "strong"),))
    keys = _keys(about)
    room = max((len(key) for key, _ in keys), default=4) + 2
    for key, text in keys:
        yield Para(((f"  {key:<{room}}", "key"), (text, "text")), room + 2)
    if about.SHOWS_STATES:
        yield BLANK
        yield Para((("Signs", "strong"),))
        for name, text in STATES:
            yield Para(((f"  {getattr(about.glyphs, name)}  ", "accent"), (text, "text")), 5)
    for paragraph in about.help_text():
        yield BLANK
        yield Para(((paragraph, "text"),))


def _in_force(screen: BaseScreen) -> list[Binding]:
    """Return the bindings that act on a screen; with an input in front also the screen's own, except letters."""
    bindings = keys_now(screen)
    if not isinstance(screen.focused, Input):
        return bindings
    active = {binding.action for binding in bindings}
    rest = (each for each in Binding.make_bindings(declared(screen)) if each.tooltip and len(each.key) > 1)
    return [*(each for each in rest if each.action not in active and screen.check_action(each.action, ())), *bindings]


def _keys(screen: BaseScreen) -> list[tuple[str, str]]:
    """Return every key in force on a screen with its action."""
    rows: dict[str, list[str]] = {}
    for binding in _in_force(screen):
        text = screen.in_words(binding.tooltip or binding.description)
        if text and not binding.action.startswith(("screen.", "scroll_", "page_", "app.", "leave", "command_palette")):
            name = "1-9" if binding.action.startswith("digit") else screen.key_name(binding)
            rows.setdefault(text, []).append(name)
    keys = [(" ".join(dict.fromkeys(names)), text) for text, names in rows.items()]
    return [*keys, ("ctrl+p", "find anything by name"), ("ctrl+q", "end oxtui")]


class HelpScreen(BaseScreen):
    """The help of one screen."""

    CRUMB: ClassVar[str] = "Help"
    AUTO_FOCUS = "#help-page"

    def __init__(self, about: BaseScreen) -> None:
        super().__init__()
        self.about = about

    def compose(self) -> ComposeResult:
        yield TopBar()
        page = Page(id="help-page", classes="box")
        page.parts = tuple(_parts(self.about))
        yield page
        yield FootBar()

    def hints(self) -> list[KeyHint]:
        """Return the keys for reading on, if there is more than fits."""
        more = any(page.max_scroll_y > 0 for page in self.query(Page))
        return [*([KeyHint("space", "read on", "read_on")] if more else []), *super().hints()]

    def on_mount(self) -> None:
        self.call_after_refresh(self.refresh_bars)  # whether all of it has room is known once it is laid out

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_bars)

    def action_read_on(self) -> None:
        self.query_one(Page).action_by_page(1)

    def action_help(self) -> None:
        self.app.pop_screen()
