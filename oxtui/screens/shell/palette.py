"""Find anything by name: the keys of the screen in front, cases, templates, plans, themes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from oxtui.cases.money import money
from oxtui.screens.base import BaseScreen, keys_now
from oxtui.screens.dialogs.ask import ChoiceRows, Dialog
from oxtui.screens.host import AppHost
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs

HIDDEN = ("digit", "move", "page", "app.", "screen.", "scroll", "turn(-1", "command_palette")
"""The beginnings of actions that are of no use by name."""


class Hit(Struct, frozen=True):
    """A thing that can be found: its name, a word beside it, and its action."""

    name: str
    beside: str
    run: Callable[[], Any]
    also: str = ""
    """Its name in the footer."""

    def fits(self, words: Sequence[str]) -> bool:
        """Return whether it has every word."""
        text = f"{self.name} {self.beside} {self.also}".lower()
        return all(word in text for word in words)


def hits(app: AppHost, screen: BaseScreen) -> Iterable[Hit]:
    """Yield all that can be found from `screen`, the nearest first."""
    seen: set[str] = set()
    for binding in keys_now(screen):
        text = screen.in_words(binding.tooltip or binding.description)
        if text and not binding.action.startswith(HIDDEN) and binding.action not in seen:
            seen.add(binding.action)
            run = partial(screen.run_action, binding.action)
            yield Hit(text, screen.key_name(binding), run, screen.in_words(binding.description))
    for row in app.service.seen_overviews():
        yield Hit(row.name, f"case, {row.status}: {row.next}", partial(_open, app, row.id))
    for template in app.service.playbook.procedure.templates.values():
        yield Hit(template.title, "template", partial(_show_templates, app, template.id))
    today = app.service.clock.today()
    currency = app.service.playbook.procedure.words.currency
    for plan in app.service.playbook.plans:
        words = f"{money(plan.price_on(today), currency)} {'a month' if plan.term == 'monthly' else 'a year'}"
        yield Hit(f"{plan.product}, {plan.term}", f"plan, {words}", partial(_show_reference, app))
    for page in app.service.playbook.pages.values():
        yield Hit(page.title, "reference", partial(_show_reference, app, f"page:{page.id}"))
    for theme in sorted(app.available_themes, key=lambda name: not name.startswith("oxtui")):
        yield Hit(f"theme {theme}", "colours", partial(setattr, app, "theme", theme))
    yield Hit("end oxtui", "ctrl+q", app.action_leave)


def open_palette(app: AppHost, screen: BaseScreen) -> None:
    """Let the agent find something by name, then do it."""
    app.push_screen(Palette(list(hits(app, screen))), lambda hit: app.call_next(hit.run) if hit else None)


def _open(app: AppHost, case_id: str) -> None:
    case = app.service.peek(case_id)
    if case is not None:
        app.open_case(case)


def _show_templates(app: AppHost, at: str) -> None:
    from oxtui.screens.pages.templates import TemplatesScreen

    app.push_screen(TemplatesScreen(at))


def _show_reference(app: AppHost, at: str = "plans") -> None:
    from oxtui.screens.pages.reference import ReferenceScreen

    app.push_screen(ReferenceScreen(at))


class Palette(Dialog):
    """A field, and the entries that match it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-8)", show=False),
        Binding("pagedown", "move(8)", show=False),
    ]

    def __init__(self, found: Sequence[Hit]) -> None:
        super().__init__("Find")
        self.all = found
        self.fitting = list(found)

    def body(self) -> ComposeResult:
        yield Input(placeholder="a case, a key, a template, a plan, a theme", id="dialog-input", compact=True)
        yield ChoiceRows([], id="dialog-rows", numbered=False)

    def foot(self) -> Sequence[Span]:
        return (("enter", "key"), (" take   ", "quiet"), ("esc", "key"), (" back", "quiet"))

    def on_mount(self) -> None:
        self._fill("")

    def on_input_changed(self, message: Input.Changed) -> None:
        self._fill(message.value)

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        self.fitting = [hit for hit in self.all if hit.fits(words)]
        self.fitting.sort(key=lambda hit: not hit.name.lower().startswith(text.lower().strip()))
        rows = self.query_one(ChoiceRows)
        rows.rows = [(hit.name, hit.beside) for hit in self.fitting]
        rows.cursor = 0
        rows.redraw()
        foot = (
            self.foot()
            if self.fitting
            else ((f"Nothing fits '{text}'   ", "trouble"), ("esc", "key"), (" back", "quiet"))
        )
        self.query_one("#dialog-foot", Paragraphs).show([foot])

    def action_move(self, by: int) -> None:
        self.query_one(ChoiceRows).action_move(by)

    def action_take(self) -> None:
        place = self.query_one(ChoiceRows).cursor
        self.dismiss(self.fitting[place] if 0 <= place < len(self.fitting) else None)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.action_take()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_take()
