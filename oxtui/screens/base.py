"""What every screen has: the two bars, the keys of the footer, and how refusals and troubles are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen, Screen

from oxtui.cases.case import Case
from oxtui.errors import OxtuiError, WrongUse
from oxtui.playbook.about import spoken
from oxtui.playbook.model import Procedure
from oxtui.screens.bars import BannerPlace, declared, key_hints
from oxtui.screens.host import AppHost
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import TextView

if TYPE_CHECKING:
    from oxtui.cases.commands.base import Command
    from oxtui.service import Service
    from oxtui.widgets.banner import Notice


def size_classes(screen: Screen[Any]) -> None:
    """Give a new screen the classes of its size at once: the first resize would have it styled and laid out twice."""
    width, height = screen.app.size
    for size, breakpoints in ((width, screen.HORIZONTAL_BREAKPOINTS), (height, screen.VERTICAL_BREAKPOINTS)):
        fitting = [name for least, name in sorted(breakpoints or ()) if size >= least]
        screen.add_class(*fitting[-1:], update=False)


class Fleeting(Screen[Any]):
    """A screen that may be closed before its widgets were made: Textual mounts it all the same."""

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Mount | events.Resize | events.ScreenResume) and not self.in_stack:
            return
        if isinstance(event, events.ScreenResume):
            event.refresh_styles = False  # its widgets have been styled just now, or when the theme changed
        await super().on_event(event)

    @property
    def in_stack(self) -> bool:
        """Whether it is open, in front or below others."""
        return self in self.app.screen_stack


AUTHENTICATING: Final = frozenset(
    {"authenticated", "back_office", "call_client", "call_back_office", "call_how", "failed"}
)
"""The keys that are about who is on the line."""


class BaseScreen(Fleeting):
    """A screen with a top bar, a foot bar and the service behind it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-normal"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", id="screen.back", tooltip="Back to the screen before"),
        Binding("question_mark", "help", "help", key_display="?", id="screen.help", tooltip="Help for this screen"),
    ]
    HELP_TEXT: ClassVar[tuple[str, ...]] = ()
    """What the help page says of this screen, a paragraph each; `{example}` is `help_example`."""
    SHOWS_STATES: ClassVar[bool] = False
    """Whether the help page explains the signs of the items' states."""
    CRUMB: ClassVar[str] = ""
    BEGINS_CASE: ClassVar[bool] = False
    """Whether the next client's case is begun on it: then no call is in hand."""
    _has_bars = False
    _bars_asked = False
    _opening = True
    """Whether its first layouts are still under way: it is painted once, after them."""
    _minute = -1

    def __init__(self) -> None:
        super().__init__()
        size_classes(self)
        self._banner = BannerPlace(self)

    @property
    def host(self) -> AppHost:
        """The app, by its own type."""
        return cast("AppHost", self.app)

    @property
    def service(self) -> Service:
        """The service of this agent."""
        return self.host.service

    def help_example(self) -> str:
        """An example for the help, in the words of the playbook in force."""
        return ""

    @property
    def speaks(self) -> Procedure:
        """The procedure in whose words it speaks: the case's on the screen of one, else today's."""
        return self.service.playbook.procedure

    def lacks(self, action: str) -> WrongUse | None:
        """Why a key has nothing to do in this playbook, or None: without prices, DNS or authentication."""
        playbook, asks_who = self.service.playbook, self.speaks.asks_who
        if action == "calculator" and not playbook.plans.all:
            return WrongUse("This playbook has no prices: there is nothing to work out", "it has no plans.yaml")
        if action == "dns" and not playbook.asks_dns:
            return WrongUse("Nothing is looked up in this playbook", "it has no dns.yaml")
        if action in AUTHENTICATING and not asks_who:
            return WrongUse("Nobody is authenticated in this playbook", "go on with the steps")
        return None

    def in_words(self, text: str) -> str:
        """A sentence of the program's own in the playbook's words."""
        return spoken(text, self.speaks.about, self.speaks.words)

    def help_text(self) -> tuple[str, ...]:
        """What the help page says, in the playbook's words."""
        return tuple(self.in_words(text.replace("{example}", self.help_example())) for text in self.HELP_TEXT)

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""
        return self.host.glyphs

    def on_screen_resume(self) -> None:
        self._draw_bars()  # before it is laid out: with the first paint
        if self._opening:
            self.call_after_refresh(self._opened)

    def _opened(self) -> None:
        self._opening = False
        self.refresh()

    @property
    def ready(self) -> bool:
        """Whether its widgets are there to be drawn on."""
        self._has_bars = self._has_bars or bool(self.query(TopBar))
        return self._has_bars and self.is_running

    @property
    def in_view(self) -> bool:
        """Whether nothing but dialogs is over it.

        What is hidden is drawn when it comes to the front: Textual would paint the screen in front for it.
        """
        stack = self.app.screen_stack
        return self in stack and all(isinstance(above, ModalScreen) for above in stack[stack.index(self) + 1 :])

    @property
    def shows_case(self) -> str:
        """The id of the case that it shows, or ""."""
        return ""

    @property
    def coming(self) -> bool:
        """Whether a field that the last key asked for is still on its way: the keys behind it are meant for it."""
        return False

    def wants_secret(self) -> bool:
        """Whether the agent is about to give a password here."""
        return False

    def _compositor_refresh(self) -> None:
        # Textual paints the whole screen in front for a change on the one below it
        if self.in_view and not self._opening:
            super()._compositor_refresh()

    # -- bars
    def crumbs(self) -> Sequence[Span]:
        """The left end of the top bar."""
        return (("oxtui", "accent"), (f"  {self.CRUMB}", "strong"))

    @property
    def pane_size(self) -> Size:
        """The size of the screen, or the one it will have once it is laid out."""
        return self.size or self.app.size

    def narrow(self) -> bool:
        """Whether only one part at a time has room."""
        return self.pane_size.width < 60 or self.pane_size.height < 20

    def wide(self) -> bool:
        """Whether there is room for two columns."""
        return self.pane_size.width >= 110 and self.pane_size.height >= 20

    def refresh_bars(self) -> None:
        """Have both bars drawn: once, however often one key asks for it."""
        if not self._bars_asked:
            self._bars_asked = self.call_later(self._draw_bars)

    def _draw_bars(self) -> None:
        self._bars_asked = False
        if not (self.ready and self.in_view):
            return
        for top in self.query(TopBar):
            top.show(tuple(self.crumbs()), tuple(self.host.state.spans(self.pane_size.width)))
        for foot in self.query(FootBar):
            foot.show(tuple(self.hints()))
        self._banner.show((*self.host.watcher.notices(), *self.own_notices()))

    def on_resize(self) -> None:
        """A border that came or went with the size changes what a text has room for, and tells nobody."""
        self.call_after_refresh(self._fit_texts)

    def _fit_texts(self) -> None:
        for view in self.query(TextView):
            view.fit()

    def own_notices(self) -> tuple[Notice, ...]:
        """What the banner of this screen tells besides: who else is on the line, a conversation that lapses soon."""
        return ()

    def hints(self) -> list[KeyHint]:
        """The keys that act now, in the order the screen declares them; back and help come last."""
        found = key_hints(self, self.declared(), self.key_name)
        there = (hint for hint in found if self.lacks(hint.action) is None)
        return [KeyHint(hint.key, self.in_words(hint.label), hint.action) for hint in there]

    def declared(self) -> list[Binding]:
        """The screen's own bindings, then back and help."""
        return declared(self, BaseScreen)

    def key_name(self, binding: Binding) -> str:
        """A key as it is printed: words where a sign would have to be known."""
        name = self.app.get_key_display(binding)
        return {"⏎": "enter", "␣": "space", "⎋": "esc", "↹": "tab", "escape": "esc"}.get(name, name)

    def on_foot_bar_pressed(self, message: FootBar.Pressed) -> None:
        self.call_next(self.run_action, message.action)

    def on_banner_pressed(self) -> None:
        self.host.watcher.open_notices()

    # -- doing and telling
    def ask(self, dialog: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Ask at once, so that the next key is the dialog's; `then` gets the answer, or None."""
        self.app.push_screen(dialog, then)

    def send(self, case: Case, command: Command, done: Callable[[Case], None] | None = None, mark: str = "") -> None:
        """Have a command carried out, decided on `case` as it was drawn; `done` gets what comes of it."""
        refused = partial(self._was_refused, case, command, done)
        self.host.submit(case.id, command, partial(self._was_saved, done), refused, mark, case.seen)

    def _was_saved(self, done: Callable[[Case], None] | None, case: Case) -> None:
        if done and self.in_stack:
            done(case)

    def _was_refused(
        self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError
    ) -> None:
        if not self.offered(case, command, done, error):
            (self.refused if self.in_stack else self.host.tell)(error)

    def offered(self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError) -> bool:
        """Whether a refusal was answered with what can be done instead: another client's call that goes on, say."""
        return False

    def case_changed(self, case: Case) -> None:
        """A change is on disk: draw it. Screens that show a case do more."""
        self.refresh_bars()

    def floor_changed(self) -> None:
        """Another pane has written."""
        self.refresh_bars()

    def time_passed(self) -> None:
        """Another second: what changes by itself is drawn. Nothing here may wait for a disk."""
        minute = self.service.clock.local().minute
        if minute != self._minute:
            self._minute = minute
            self.refresh_bars()

    def refused(self, error: OxtuiError) -> None:
        """Tell why something may not be done, and what would lift it."""
        self.host.tell(error)
        self.case_refused()

    def case_refused(self) -> None:
        """A change was refused: draw what was pending as it was."""

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_help(self) -> None:
        self.host.open_help(self)
