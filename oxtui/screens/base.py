"""The base of every screen: the two bars, the keys of the footer, and the display of refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Final, cast

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.errors import OxtuiError, WrongUse
from oxtui.playbook.about import spoken
from oxtui.playbook.model import Procedure
from oxtui.screens.host import AppHost, Fleeting, fit_to_app
from oxtui.service import Service
from oxtui.widgets.banner import Banner, Notice
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import TextView

AUTHENTICATING: Final = frozenset(
    {"authenticated", "back_office", "call_client", "call_back_office", "call_how", "failed"}
)
"""The actions about who is on the line."""


class Bars:
    """Draws the bars and the banner of one screen."""

    def __init__(self, screen: BaseScreen) -> None:
        self.screen = screen
        self._pending = False
        self._banner: Banner | None = None

    def refresh(self) -> None:
        """Have them drawn once, however often one key asks for it."""
        if not self._pending:
            self._pending = self.screen.call_later(self.draw)

    def draw(self) -> None:
        """Draw them now, unless another screen hides them."""
        self._pending = False
        screen = self.screen
        if screen.ready and screen.in_view:
            state = _top_state(screen.host, screen.pane_size.width)
            screen.query_one(TopBar).show(tuple(screen.crumbs()), tuple(state))
            screen.query_one(FootBar).show(tuple(screen.hints()))
            self._draw_banner((*screen.host.watcher.notices(), *screen.own_notices()))

    def _draw_banner(self, notices: tuple[Notice, ...]) -> None:
        """Show notices under the top bar; without any there is no banner."""
        if self._banner is not None and notices:
            self._banner.show(notices)
        elif self._banner is not None:
            self._banner.remove()
            self._banner = None
        elif notices:
            self._banner = Banner(notices)
            self.screen.mount(self._banner, after=self.screen.query_one(TopBar))


class BaseScreen(Fleeting):
    """A screen with a top bar, a foot bar and the service behind it."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-normal"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", id="screen.back", tooltip="Back to the screen before"),
        Binding("question_mark", "help", "help", key_display="?", id="screen.help", tooltip="Help for this screen"),
        Binding("f1", "help", "help", id="screen.help-typing", show=False, tooltip="Help for this screen"),
    ]
    HELP_TEXT: ClassVar[tuple[str, ...]] = ()
    """The paragraphs of its help page."""
    SHOWS_STATES: ClassVar[bool] = False
    """Whether the help page explains the signs of the items' states."""
    CRUMB: ClassVar[str] = ""
    BEGINS_CASE: ClassVar[bool] = False
    """Whether the next client's case is begun on it: then no call is in hand."""
    _has_bars = False
    shows_case = ""
    """The id of the case that it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars(self)
        self._waiting: list[Callable[[], object]] = []
        """What goes on from here once this screen is in front again."""
        fit_to_app(self)

    @property
    def host(self) -> AppHost:
        """The app, by its own type."""
        return cast("AppHost", self.app)

    @property
    def service(self) -> Service:
        """The service of this agent."""
        return self.host.service

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""
        return self.host.glyphs

    # -- words
    @property
    def speaks(self) -> Procedure:
        """The procedure in whose words it speaks: the case's on the screen of one, else today's."""
        return self.service.playbook.procedure

    def in_words(self, text: str) -> str:
        """Return a sentence of the program's own in the playbook's words."""
        return spoken(text, self.speaks.about, self.speaks.words)

    def help_text(self) -> tuple[str, ...]:
        """Return the paragraphs of the help page, in the playbook's words."""
        return tuple(map(self.in_words, self.HELP_TEXT))

    # -- whether and where it is drawn
    @property
    def ready(self) -> bool:
        self._has_bars = self._has_bars or bool(self.query(TopBar))
        return self._has_bars and self.is_running

    @property
    def coming(self) -> bool:
        """Whether a field that the last key asked for is still to come: the keys after it are meant for it."""
        return False

    def wants_secret(self) -> bool:
        """Whether the agent is about to type a password here."""
        return False

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

    def on_screen_resume(self) -> None:
        self.bars.draw()  # before it is laid out: with the first paint
        waiting, self._waiting = self._waiting, []
        for go_on in waiting:
            self.once_in_front(go_on)

    def once_in_front(self, go_on: Callable[[], object]) -> None:
        """Go on from this screen: at once, or when what was opened over it meanwhile is closed."""
        if self.app.screen is self:
            go_on()
        else:
            self._waiting.append(go_on)

    def on_resize(self) -> None:
        """Fit the texts again: a border that comes or goes with the size changes their room, and sends no event."""
        self.call_after_refresh(self._fit_texts)

    def _fit_texts(self) -> None:
        for view in self.query(TextView):
            view.fit()

    # -- bars
    def crumbs(self) -> Sequence[Span]:
        """Return the left end of the top bar."""
        return (("oxtui", "accent"), (f"  {self.CRUMB}", "strong"))

    def refresh_bars(self) -> None:
        self.bars.refresh()

    def own_notices(self) -> tuple[Notice, ...]:
        """Return the notices of this screen alone: who else is on the line, a conversation that lapses soon."""
        return ()

    def hints(self) -> list[KeyHint]:
        """Return the keys of the footer: those that act now, in the order the screen declares them."""
        own = {binding.action for binding in declared(self)}
        hints: dict[str, KeyHint] = {}
        for binding in keys_now(self):
            if binding.show and binding.description and binding.action in own:
                hint = KeyHint(self.key_name(binding), self.in_words(binding.description), binding.action)
                hints.setdefault(binding.action, hint)
        return [*hints.values(), *([key_hint(self, "f1", "help", "help")] if typing(self) else [])]

    def key_name(self, binding: Binding) -> str:
        """Return a key as it is printed: words rather than a sign that one would have to know."""
        name = self.app.get_key_display(binding)
        return {"⏎": "enter", "␣": "space", "⎋": "esc", "↹": "tab", "escape": "esc"}.get(name, name)

    def on_foot_bar_pressed(self, message: FootBar.Pressed) -> None:
        self.call_next(self.run_action, message.action)

    def on_banner_pressed(self) -> None:
        self.host.watcher.open_notices()

    # -- doing
    def ask(self, dialog: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Open the dialog at once, so the next key is the dialog's; `then` gets the answer, or None.

        Over another screen than this, whose keys are meant for that, it waits.
        """
        if self.in_view or not self.in_stack:
            self.app.push_screen(dialog, then)
        else:
            self.once_in_front(lambda: self.app.push_screen(dialog, then))

    def offered(self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError) -> bool:
        """Offer an alternative to the refused command (ending another client's call, say); False if there is none."""
        return False

    def refused(self, error: OxtuiError) -> None:
        """Show why something may not be done, and what would lift it."""
        self.host.tell(error)
        self.case_refused()

    def case_refused(self) -> None:
        """Draw a pending change as it was before: it was refused."""

    def case_changed(self, case: Case) -> None:
        """Draw a change that is on disk."""
        self.refresh_bars()

    def floor_changed(self) -> None:
        """Draw what another pane has written."""
        self.refresh_bars()

    def time_passed(self) -> None:
        """Draw the parts that change every second; the bars are drawn every minute."""

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_help(self) -> None:
        self.host.open_help(self)


def bindings_of(kind: type) -> Iterator[Binding]:
    """Yield the bindings that a class itself declares."""
    yield from (binding for binding in vars(kind).get("BINDINGS", ()) if isinstance(binding, Binding))


def declared(screen: BaseScreen) -> list[Binding]:
    """Return the bindings that a screen declares, then back and help."""
    kinds = [*(kind for kind in type(screen).__mro__ if kind is not BaseScreen), BaseScreen]
    return [binding for kind in kinds for binding in bindings_of(kind)]


def send(
    screen: BaseScreen, case: Case, command: Command, done: Callable[[Case], None] | None = None, mark: str = ""
) -> None:
    """Have a command carried out, decided on `case` as it was drawn; `done` gets the case after it."""

    def saved(after: Case) -> None:
        if done and screen.in_stack:
            done(after)

    def refused(error: OxtuiError) -> None:
        if not screen.offered(case, command, done, error):
            (screen.refused if screen.in_stack else screen.host.tell)(error)

    screen.host.submit(case.id, command, saved, refused, mark, case.seen)


def typing(screen: BaseScreen) -> bool:
    """Whether letters go into an input: then f1 is the key for help."""
    return isinstance(screen.focused, Input)


def key_hint(screen: BaseScreen, key: str, label: str, action: str) -> KeyHint:
    """Return the footer's hint for a key that an input consumes."""
    return KeyHint(screen.key_name(Binding(key, action)), label, action)


def keys_now(screen: BaseScreen) -> list[Binding]:
    """Return the bindings that act now, except an input's; the screen's own come first, in its order."""
    order = {binding.action: place for place, binding in enumerate(declared(screen))}
    active = (each for each in screen.active_bindings.values() if each.enabled and not isinstance(each.node, Input))
    bindings = (each.binding for each in active if not lacks(screen, each.binding.action))
    return sorted(bindings, key=lambda binding: order.get(binding.action, len(order)))


def unless_lacking(screen: BaseScreen, action: str, do: Callable[[], object]) -> Callable[[], None]:
    """Return the action of a key: `do`, unless this playbook has nothing for it to do."""

    def act() -> None:
        if why := lacks(screen, action):
            screen.refused(why)
        else:
            do()

    return act


def key(
    name: str, keys: str, action: str, label: str, tooltip: str = "", *, show: bool = True, sign: str = ""
) -> Binding:
    """Return a binding by its id in the keymap; `sign` is how the key is printed if its name says too little."""
    return Binding(keys, action, label, id=name, tooltip=tooltip, show=show, key_display=sign or None)


def open_box(screen: BaseScreen, name: str) -> None:
    """Show an input that was hidden, and give it the focus."""
    box = screen.query_one(name, Input)
    box.display = True
    box.focus()
    screen.refresh_bars()


def close_box(screen: BaseScreen, name: str) -> bool:
    """Empty an input and hide it; returns False if it was hidden."""
    box = screen.query_one(name, Input)
    if not box.display:
        return False
    box.value = ""
    box.display = False
    return True


def lacks(screen: BaseScreen, action: str) -> WrongUse | None:
    """Return why a key has nothing to do in this playbook, or None."""
    playbook = screen.service.playbook
    if action == "calculator" and not playbook.plans.all:
        return WrongUse("This playbook has no prices: there is nothing to work out", "it has no plans.yaml")
    if action == "dns" and not playbook.asks_dns:
        return WrongUse("Nothing is looked up in this playbook", "it has no dns.yaml")
    if action in AUTHENTICATING and not screen.speaks.asks_who:
        return WrongUse("Nobody is authenticated in this playbook", "go on with the steps")
    return None


def _top_state(app: AppHost, width: int) -> list[Span]:
    """Return the cases due and open, the time and the save state, for a bar of `width` columns; waits for no disk."""
    spans: list[Span] = []
    due, total = app.watcher.due, len(app.service.documents())
    if app.practice or (app.banner and app.watcher.put_away):
        spans += [(f" {app.banner.partition(' - ')[0] if app.practice else 'NB'} ", "alarm"), (" ", "text")]
    if due:
        spans.append((f"{app.glyphs.nb} {due} due   ", "due"))
    if width >= 60:
        spans.append((f"{total} open   ", "quiet"))
    clock = app.service.clock
    time = clock.local().strftime("%H:%M")
    if clock.frozen:
        time = f"{time} (stands still)" if width >= 100 else f"{time} still" if width >= 60 else f"={time}"
    spans.append((f"{time} ", "quiet"))
    trouble = app.outbox.trouble
    if trouble:
        count = len(app.outbox.pending)
        # where there is little room the banner under this bar says it, and domain and progress stay
        spans.append((f" NOT SAVED: {count} " if width >= 60 else f" {app.glyphs.nb} ", "alarm"))
    elif app.sharing is not None and (shown := app.sharing.state(width)):
        spans += shown
    elif app.outbox.slow:
        spans.append((f"{app.glyphs.pending} saving" if width >= 60 else app.glyphs.pending, "strong"))
    else:
        spans.append((f"{app.glyphs.done} saved" if width >= 60 else app.glyphs.done, "done"))
    return spans
