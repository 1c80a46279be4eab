"""What every screen has: the two bars, the keys of the footer, and how refusals and troubles are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen, Screen

from oxtui.cases.case import Case
from oxtui.errors import OxtuiError
from oxtui.screens.host import AppHost
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.spans import Span

if TYPE_CHECKING:
    from oxtui.cases.commands.base import Command
    from oxtui.service import Service
    from oxtui.widgets.banner import Banner, Notice


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
    _banner: Banner | None = None
    _has_bars = False
    _bars_asked = False
    _minute = -1

    def __init__(self) -> None:
        super().__init__()
        size_classes(self)

    @property
    def home(self) -> AppHost:
        """The app, by its own type."""
        return cast("AppHost", self.app)

    @property
    def service(self) -> Service:
        """The service of this agent."""
        return self.home.service

    def help_example(self) -> str:
        """An example for the help, in the words of the playbook in force."""
        return ""

    def help_text(self) -> tuple[str, ...]:
        """What the help page says of this screen, a paragraph each."""
        example = self.help_example()
        return tuple(paragraph.replace("{example}", example) for paragraph in self.HELP_TEXT)

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""
        return self.home.glyphs

    def on_screen_resume(self) -> None:
        case = getattr(self, "case", None)
        if isinstance(case, Case):
            self.home.opened = case.id
        self._draw_bars()  # before it is laid out: with the first paint

    @property
    def ready(self) -> bool:
        """Whether its widgets are there to be drawn on."""
        self._has_bars = self._has_bars or bool(self.query(TopBar))
        return self._has_bars

    @property
    def in_view(self) -> bool:
        """Whether nothing but dialogs is over it.

        What is hidden is drawn when it comes to the front: Textual would paint the screen in front for it.
        """
        stack = self.app.screen_stack
        return self in stack and all(isinstance(above, ModalScreen) for above in stack[stack.index(self) + 1 :])

    @property
    def coming(self) -> bool:
        """Whether a field that the last key asked for is still on its way: the keys behind it are meant for it."""
        return False

    def wants_secret(self) -> bool:
        """Whether the agent is about to give a password here."""
        return False

    def _compositor_refresh(self) -> None:
        # Textual has the screen in front painted whole for what changes on the one below it
        if self.in_view:
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
            top.show(tuple(self.crumbs()), tuple(self.home.state.spans(self.pane_size.width)))
        for foot in self.query(FootBar):
            foot.show(tuple(self.hints()))
        self._show_notices()

    def _show_notices(self) -> None:
        """The banner under the top bar; there is none while there is nothing to tell."""
        notices = (*self.home.lookout.notices(), *self.own_notices())
        if not notices:
            if self._banner is not None:
                self._banner.remove()
                self._banner = None
        elif self._banner is None:
            from oxtui.widgets.banner import Banner

            self._banner = Banner(notices)
            self.mount(self._banner, after=self.query(TopBar).first())
        else:
            self._banner.show(notices)

    def own_notices(self) -> tuple[Notice, ...]:
        """What the banner of this screen tells besides: who else is on the line, a conversation that lapses soon."""
        return ()

    def hints(self) -> list[KeyHint]:
        """The keys that act now, in the order the screen declares them; back and help come last."""
        order = {binding.action: place for place, binding in enumerate(self.declared())}
        found: dict[str, KeyHint] = {}
        for active in self.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.description and binding.action in order:
                found.setdefault(binding.action, KeyHint(self.key_name(binding), binding.description, binding.action))
        return sorted(found.values(), key=lambda hint: order[hint.action])

    def declared(self) -> list[Binding]:
        """The screen's own bindings, then back and help."""
        own = [
            binding
            for kind in type(self).__mro__
            if kind is not BaseScreen
            for binding in kind.__dict__.get("BINDINGS", ())
        ]
        return [binding for binding in (*own, *BaseScreen.BINDINGS) if isinstance(binding, Binding)]

    def key_name(self, binding: Binding) -> str:
        """A key as it is printed: words where a sign would have to be known."""
        name = self.app.get_key_display(binding)
        return {"⏎": "enter", "␣": "space", "⎋": "esc", "↹": "tab", "escape": "esc"}.get(name, name)

    def on_foot_bar_pressed(self, message: FootBar.Pressed) -> None:
        self.call_next(self.run_action, message.action)

    def on_banner_pressed(self) -> None:
        self.home.lookout.open_notices()

    # -- doing and telling
    def ask(self, dialog: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Ask at once, so that the next key is the dialog's; `then` gets the answer, or None."""
        self.app.push_screen(dialog, then)

    def send(self, case: Case, command: Command, done: Callable[[Case], None] | None = None, mark: str = "") -> None:
        """Have a command carried out, decided on `case` as it was drawn.

        Every screen's `case_changed` gets the case that comes of it, then `done`.
        """

        def told(case: Case) -> None:
            if done and self in self.app.screen_stack:  # saved late, it may be gone by then
                done(case)

        home = self.home

        def refused(error: OxtuiError) -> None:
            if self.offered(case, command, done, error):
                return
            if self in home.screen_stack:
                self.refused(error)
            else:
                home.tell(error)

        home.submit(case.id, command, told, refused, mark, case.seq)

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
        self.home.tell(error)
        self.case_refused()

    def case_refused(self) -> None:
        """A change was refused: draw what was pending as it was."""

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_help(self) -> None:
        self.home.open_help(self)
