"""Help for the screen in front of you: what it is for, and the keys in force, made from the bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult

from oxtui.screens.base import BaseScreen
from oxtui.widgets.bars import FootBar, TopBar
from oxtui.widgets.page import Reading
from oxtui.widgets.spans import Line, Span, wrap
from oxtui.widgets.text_view import NOBODY

STATES: tuple[tuple[str, str], ...] = (
    ("action", "an action to do"),
    ("question", "a question to answer"),
    ("killer", "a cancellation: enter shows what it rests on, then asks"),
    ("done", "done or answered"),
    ("locked", "waiting on something else"),
    ("doubt", "done, but waiting on something that has to be checked again; it stands again by itself"),
    ("stale", "check again: something it rests on has changed"),
    ("out_there", "was done on other terms: say what became of it"),
    ("skipped", "skipped, with the reason"),
    ("later", "put off until a date"),
    ("pending", "being saved"),
)


class HelpPage(Reading):
    """The text of the help."""

    def __init__(self, about: BaseScreen) -> None:
        super().__init__(id="help-page")
        self.about = about
        self.keys = _keys(about)

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        for paragraph in self.about.help_text():
            for line in wrap(((paragraph, "text"),), width):
                yield line, NOBODY
            yield (), NOBODY
        if self.about.SHOWS_STATES:
            yield (("Signs", "strong"),), NOBODY
            for name, text in STATES:
                yield ((f"  {getattr(self.glyphs, name)}  ", "accent"), (text, "text")), NOBODY
            yield (), NOBODY
        yield (("Keys", "strong"),), NOBODY
        room = max((len(key) for key, _ in self.keys), default=4) + 2
        for key, text in self.keys:
            spans: tuple[Span, ...] = ((f"  {key:<{room}}", "key"), (text, "text"))
            for line in wrap(spans, width, room + 2):
                yield line, NOBODY


def _keys(screen: BaseScreen) -> list[tuple[str, str]]:
    """Every key in force on a screen with what it does, in the order declared."""
    found: dict[str, tuple[list[str], str]] = {}
    order = {binding.action: place for place, binding in enumerate(screen.declared())}
    bindings = [active.binding for active in screen.active_bindings.values()]
    # the screen's own keys first; those that move come last
    bindings.sort(key=lambda binding: order.get(binding.action, len(order)))
    for binding in bindings:
        text = binding.tooltip or binding.description
        ends = binding.action in ("leave", "command_palette")  # they stand at the end
        if not text or ends or binding.action.startswith(("screen.", "scroll_", "page_", "app.")):
            continue
        name = "digit" if binding.action.startswith("digit") else binding.action
        keys, _ = found.setdefault(name, ([], text))
        keys.append(screen.key_name(binding))
    rows = []
    for name, (keys, text) in found.items():
        if name == "digit":
            keys = ["1-9"]
        rows.append((" ".join(dict.fromkeys(keys)), text))
    return [*dict.fromkeys(rows), ("ctrl+p", "find anything by name"), ("ctrl+q", "end oxtui")]


class HelpScreen(BaseScreen):
    """The help of one screen."""

    CRUMB: ClassVar[str] = "Help"
    AUTO_FOCUS = "#help-page"

    def __init__(self, about: BaseScreen) -> None:
        super().__init__()
        self.about = about

    def compose(self) -> ComposeResult:
        yield TopBar()
        page = HelpPage(self.about)
        page.add_class("box", update=False)
        yield page
        yield FootBar()

    def action_help(self) -> None:
        self.app.pop_screen()
