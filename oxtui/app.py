"""The app: themes, keys, screens and the ends of the program. What happens on a screen is the screen's."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import constants, events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from oxtui.cases.case import Case, Talk
from oxtui.cases.lessons import Lessons
from oxtui.cases.log.legacy import is_of_these_steps
from oxtui.errors import OxtuiError
from oxtui.outbox import SLOW_SECONDS, Job, Outbox
from oxtui.screens.base import BaseScreen
from oxtui.screens.clipboard_secrets import ClipboardSecrets
from oxtui.screens.keyboard.type_ahead import TypeAhead
from oxtui.screens.keyboard.typing_guard import TAKING_BACK, TypingGuard
from oxtui.screens.keyboard.wrong_window import ask as ask_about
from oxtui.screens.program import Program
from oxtui.screens.shell.note_drafts import NoteDrafts
from oxtui.screens.shell.terminal import draws_unicode
from oxtui.screens.shell.top_state import TopState
from oxtui.screens.shell.watcher import Watcher
from oxtui.service import Service
from oxtui.text import clean, plural
from oxtui.widgets.glyphs import ASCII, UNICODE
from oxtui.widgets.themes import our_themes, variables_for

if TYPE_CHECKING:
    from textual.screen import Screen

    from oxtui.cases.commands.base import Command
    from oxtui.outside.clipboard import Clipboard, Copied
    from oxtui.screens.shell.editing import Editing
    from oxtui.screens.shell.sharing import FloorLook

SECOND = 1.0
PRACTICE = "PRACTICE - not a real case\n"
MOVED = (
    "{domain} comes from an earlier oxtui, and follows today's steps from now on. "
    "Whatever they changed is marked check again."
)
END_SECONDS = 8.0
"""After a signal the program is gone by then, saved or not (the outbox gives up after three)."""
STYLE = Path(__file__).parent / "screens" / "oxtui.tcss"


class Crash(Exception):
    """An error of the program itself, as a person sees it: its kind, and where it is written down."""

    def __rich__(self) -> Text:
        kind, place = self.args
        return Text(
            f"oxtui stopped because of an error in the program ({kind}).\n"
            f"Everything shown as done is saved. Where it happened is in {place},\n"
            "without client data. Start oxtui again."
        )


class OxtuiApp(Program):
    """The dashboard of one agent; `banner` is what stays on the screen (PRACTICE, a broken playbook)."""

    TITLE = "oxtui"
    CSS_PATH = STYLE
    ENABLE_COMMAND_PALETTE = True
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "quit", id="app.quit", show=False, priority=True, tooltip="End oxtui"),
        Binding("ctrl+p", "command_palette", "find", id="app.palette", show=False, priority=True),
        Binding(
            "ctrl+n",
            "new_case",
            "new case",
            id="app.new",
            show=False,
            priority=True,
            tooltip="A new case, from anywhere: type the client's {subject}",
        ),
        Binding("ctrl+c", "screen.copy_text", "copy", id="app.copy", show=False),
        Binding(
            "ctrl+g",
            "notices",
            "notices",
            id="app.notices",
            show=False,
            priority=True,
            tooltip="Read the whole banner, and put it away",
        ),
    ]

    def __init__(self, service: Service, *, banner: str = "", practice: bool = False) -> None:
        plain = service.playbook.settings.glyphs == "ascii" or not draws_unicode()
        super().__init__(ASCII if plain else UNICODE)
        # Textual's own log and developer tools, which the environment turns on, would hold every key that is typed.
        setattr(constants, "LOG_FILE", None)  # noqa: B010
        self.devtools = None
        self.service = service
        self.banner = banner
        self.practice = practice
        self.lessons: Lessons | None = None
        """What to try in practice."""
        self.sharing: FloorLook | None = None
        self.editing: Editing | None = None
        self.outbox = self._outbox()
        self.watcher = Watcher(self)
        self.clipboard_secrets = ClipboardSecrets(service.places.home)
        self.drafts = NoteDrafts(self)
        self.clipboard_route: Clipboard | None = None
        self.opened = ""
        """The case in front last, by id: Home puts its cursor on it."""
        self.talks: Mapping[str, tuple[Case, tuple[Talk, ...]]] = {}
        """The conversations that have not lapsed, by case id, as of this second."""
        self.state = TopState(self)
        self.typing = TypingGuard(self, service.clock.monotonic, partial(ask_about, self))
        self.ahead = TypeAhead(self, self._take)
        for theme in our_themes():
            self.register_theme(theme)
        wanted = service.playbook.settings.theme
        self._begin_with(wanted if wanted in self.available_themes else "oxtui-dark")

    def edit(self, folder: Path, case_id: str) -> None:
        """Open a case at once, and take up what is saved in the folder of its playbook: `oxtui try`."""
        from oxtui.screens.shell.editing import Editing

        self.editing = Editing(self, folder, case_id)

    def _begin_with(self, theme: str) -> None:
        """Set the theme that nothing was styled with yet: assigning it would have every rule read twice."""
        self.set_reactive(App.theme, theme)
        dark = self.current_theme.dark
        self.set_classes(f"-theme-{theme} {'-dark-mode' if dark else '-light-mode'}")
        self.stylesheet.set_variables(self.get_css_variables())

    def _outbox(self) -> Outbox:
        """What sends the commands: on a floor one that keeps them while its server is away."""
        floor = self.service.floor
        if floor is None:
            return Outbox(self.service, self._deliver, self.refresh_bars)
        from oxtui.away.outbox import FloorOutbox
        from oxtui.screens.shell.sharing import FloorLook

        outbox = FloorOutbox(self.service, floor, self._deliver, self._floor_changed, self.show_everywhere)
        self.sharing = FloorLook(self, floor, outbox)
        return outbox

    def _floor_changed(self) -> None:
        if self.sharing is not None:
            self.sharing.changed()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.ahead.came(event)
        else:
            await self._take(event)

    async def _take(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self.typing.takes(event):
            return
        if isinstance(event, events.Paste):
            event.text = self._pasted(event.text)
            self.typing.pasted()
        await super().on_event(event)

    def _pasted(self, text: str) -> str:
        """Pasted text without what acts on a terminal; for a field of one line, all of it in one line."""
        focused = self.focused
        one_line = isinstance(focused, Input) and not focused.password
        return clean(text.rstrip("\r\n")) if one_line else clean(text, lines=True)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(variables_for(self.current_theme.dark))

    # -- start and end
    def get_default_screen(self) -> Screen[Any]:
        """Home is the first screen: none is made, styled and hidden before it."""
        from oxtui.screens.home.screen import HomeScreen

        return HomeScreen()

    def on_mount(self) -> None:
        self.set_class(self.glyphs is ASCII, "-ascii")  # plain borders, too
        self.watcher.begin()
        if self.sharing is not None:
            self.sharing.begin()
        if self.editing is not None:
            self.call_after_refresh(self.editing.begin)
        self.set_interval(SECOND, self._time_passed)
        self._catch_signals()
        self.call_after_refresh(self._collect_from_here)
        if self.service.playbook.settings.keymap:
            self.call_after_refresh(self._use_keymap)

    def _collect_from_here(self) -> None:
        """Collect garbage again (the command put it off), but not among what the first frame was made of."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    def talks_now(self, talks: Mapping[str, tuple[Case, tuple[Talk, ...]]]) -> None:
        """Take who has a conversation now; where that has changed, the banners and Home say so."""
        before = {case_id: found for case_id, (_, found) in self.talks.items()}
        self.talks = talks
        if before != {case_id: found for case_id, (_, found) in talks.items()}:
            self.refresh_bars()

    def _time_passed(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.ready:
                screen.time_passed()

    def _use_keymap(self) -> None:
        from oxtui.screens.keyboard.keymap import checked

        keymap, problems = checked(type(self), self.service.playbook.settings.keymap)
        self.set_keymap(keymap)
        for problem in problems:
            self.notify(problem, severity="warning", markup=False, timeout=15)

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                try:
                    loop.add_signal_handler(number, self._ended_by_signal)
                except (NotImplementedError, RuntimeError):
                    return  # Windows has no such handlers; nothing is lost, the log is on disk

    def _ended_by_signal(self) -> None:
        # a pane that is gone can keep the ordinary end from coming: then nobody is left to see the screen
        last = threading.Timer(END_SECONDS, os._exit, [143])
        last.daemon = True
        last.start()
        self.exit(return_code=143)

    async def on_unmount(self) -> None:
        self.watcher.end()
        if self.editing is not None:
            self.editing.end()
        if not self.outbox.stop():
            self.exit(self.return_value, self.return_code or 0, Content(f"oxtui: {self._unsaved()}"))
        elif self.sharing is not None and (waits := self.sharing.waits()):
            self.exit(self.return_value, self.return_code or 0, Content(f"oxtui: {waits}"))
        self.service.forget_secrets()
        # in a thread: taking a secret back may need this one, to write to the terminal
        await asyncio.to_thread(self.clipboard_secrets.end)

    def _unsaved(self) -> str:
        count, trouble = len(self.outbox.pending), self.outbox.trouble
        why = trouble.message if trouble else "the disk does not answer"
        return f"{plural(count, 'change')} not saved: {why}"

    async def action_leave(self) -> None:
        """End; with changes that are not on disk, ask first."""
        for _ in range(10):
            if self.outbox.trouble or not self.outbox.pending:
                break
            await asyncio.sleep(0.05)  # what is under way is on disk in a moment
        if self.outbox.pending:
            from oxtui.screens.dialogs.ask import Confirm

            what = self._unsaved()
            self.push_screen(
                Confirm("Leave without saving?", what, yes="leave and lose them"),
                lambda yes: self.exit(0) if yes else None,
            )
        else:
            self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        """A crash shows a plain line: the traceback would hold client data in its local variables."""
        from oxtui.crash import write_crash

        crash = Crash(type(error).__name__, write_crash(self.service.places.log, error))
        crash.__cause__ = error
        super()._handle_exception(crash)

    # -- changes
    def submit(
        self,
        case_id: str,
        command: Command,
        done: Callable[[Case], None],
        refused: Callable[[OxtuiError], None],
        mark: str = "",
        seen: int | None = None,
    ) -> str:
        """Have a command carried out off the keyboard's thread; results come back on it, to every screen.

        `seen` is the last event that the screen showed. Gives the id of the first event that comes of it.
        """
        before = self.service.peek(case_id)

        def carried_out(case: Case) -> None:
            self.watcher.seen()
            self.forget_refusals()
            if before is not None and mark != TAKING_BACK:
                self.typing.did(before, case)
            self.show_everywhere(case)
            done(case)

        job = Job(case_id, command, carried_out, refused, seen, mark)
        self.outbox.send(job)
        self.set_timer(SLOW_SECONDS + 0.02, self._tell_slow)
        return job.id

    def show_everywhere(self, case: Case) -> None:
        """Give every screen a case as it is now."""
        found = self.service.talking(case) if not case.closed else ()
        others = {case_id: row for case_id, row in self.talks.items() if case_id != case.id}
        self.talks_now({**others, case.id: (case, found)} if found else others)
        if self.lessons:
            self.lessons.saw(case)
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.ready:
                screen.case_changed(case)

    def _tell_slow(self) -> None:
        if self.outbox.slow:
            self.refresh_bars()

    def refresh_bars(self) -> None:
        """Have the bars and the banner of every screen drawn."""
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.refresh_bars()

    def action_notices(self) -> None:
        self.watcher.open_notices()

    def open_case(self, case: Case, *, over: bool = True) -> None:
        """Open a case: its checklist, or the call flow where no scenario was chosen; `over` what is in front.

        One that an earlier version wrote moves to today's steps first, and says so once.
        """
        go_on = partial(self.open_case, case, over=over)
        if self.sharing is not None and not self.sharing.may_open(case, go_on):
            return
        if case.closed or is_of_these_steps(case.log):
            self._open(case, over)
            return

        def opened(found: tuple[Case, bool]) -> None:
            self._open(found[0], over)
            if found[1]:
                self.warn(MOVED.format(domain=found[0].domain))

        self.aside(lambda: self.service.open_case(case.id), opened, self.tell)

    def open_help(self, screen: BaseScreen) -> None:
        """Open the help page of a screen."""
        from oxtui.screens.pages.help import HelpScreen

        self.push_screen(HelpScreen(screen))

    def open_call_flow(self, case: Case) -> None:
        """Open the call flow of a case, to change its scenario."""
        from oxtui.screens.call_flow.screen import CallFlowScreen

        self.push_screen(CallFlowScreen(case))

    def to_checklist(self, case: Case) -> None:
        """From the call flow to the checklist: the one that lies under it, or a new one in its place."""
        from oxtui.screens.case.screen import CaseScreen

        under = self.screen_stack[-2] if len(self.screen_stack) > 1 else None
        if isinstance(under, CaseScreen) and under.case.id == case.id:
            self.pop_screen()
            under.checklist.go_to_next()
        else:
            self._open(case, over=False)

    def _open(self, case: Case, over: bool) -> None:
        from oxtui.screens.call_flow.screen import CallFlowScreen
        from oxtui.screens.case.screen import CaseScreen

        self.opened = case.id
        screen = CaseScreen(case) if case.scenario or case.unwinds else CallFlowScreen(case)
        if over:
            self.push_screen(screen)
        else:
            self.switch_screen(screen)

    def go_home(self) -> None:
        """Close every screen over Home."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_new_case(self) -> None:
        """ctrl+n: the next client's domain, whatever is in front."""
        from oxtui.screens.new_case import NewCaseScreen

        self.next_client = False
        if not isinstance(self.screen, NewCaseScreen):
            self.push_screen(NewCaseScreen())

    def begin_case(self, domain: str) -> None:
        """Begin a case for a domain, or open the one that there is, over what is in front."""
        from oxtui.screens.new_case import NewCaseScreen

        self.push_screen(NewCaseScreen(domain))

    async def run_action(self, *arguments: Any, **words: Any) -> bool:
        """As Textual does it; what a key cannot do just now (the home is gone, say) is told, not a crash."""
        try:
            return await super().run_action(*arguments, **words)
        except OxtuiError as error:
            self.tell(error)
            return True

    # -- the clipboard
    def copy_to_clipboard(self, text: str) -> None:
        """Every copy goes one way, a text selection too."""
        self.copy(text, "The selection")

    def copy(
        self,
        text: str,
        what: str,
        ended: Callable[[Copied | None], None] | None = None,
        *,
        shown: str | None = None,
        following: str = "",
    ) -> None:
        """Copy `text`; say truthfully where it went, then give `ended` how it went (None: nothing was copied).

        With `shown` (the same with dots) it holds secrets: it is taken off the clipboard again, and never shown.
        """
        # A letter that begins a sentence meant for another window copies nothing (screens/keyboard/typing_guard.py).
        self.typing.when_clear(
            lambda: self.copy_now(text, what, ended, shown=shown, following=following),
            lambda: ended(None) if ended else None,
        )

    def copy_now(
        self,
        text: str,
        what: str,
        ended: Callable[[Copied | None], None] | None = None,
        *,
        shown: str | None = None,
        following: str = "",
    ) -> None:
        """`copy`, for what has proved not to be the beginning of a sentence."""
        from oxtui.screens.shell.copying import copy_text

        text = clean(text, lines=True)
        if self.practice:
            text, shown = PRACTICE + text, None if shown is None else PRACTICE + shown
        copy_text(self, text, what, ended, shown=shown, following=following)

    # -- palette
    def action_command_palette(self) -> None:
        """Our own: Textual's offers a picture of the client's data, and ends the app at a quick page-up."""
        from oxtui.screens.shell.palette import Entry, Palette, entries

        screen = self.screen
        if not isinstance(screen, BaseScreen):
            return

        def chosen(entry: Entry | None) -> None:
            if entry is not None:
                self.call_next(entry.run)

        self.push_screen(Palette(list(entries(self, screen))), chosen)
