"""The app: themes, keys, screens and the ways the program ends. Each screen handles its own events."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import constants, events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.log.legacy import is_of_these_steps
from oxtui.errors import OxtuiError, WrongUse
from oxtui.outbox import Outbox
from oxtui.playbook.today import unknown_theme
from oxtui.screens.base import BaseScreen
from oxtui.screens.dialogs.ask import Confirm
from oxtui.screens.home.screen import HomeScreen
from oxtui.screens.host import AppHost
from oxtui.screens.keyboard.type_ahead import TypeAhead
from oxtui.screens.keyboard.typing_guard import TypingGuard
from oxtui.screens.keyboard.wrong_window import ask as ask_about
from oxtui.screens.shell.collector import Collector
from oxtui.screens.shell.note_drafts import NoteDrafts
from oxtui.screens.shell.terminal import draws_unicode
from oxtui.screens.shell.watcher import Watcher
from oxtui.service import Service
from oxtui.text import clean, plural
from oxtui.widgets.glyphs import ASCII
from oxtui.widgets.themes import our_themes, variables_for

if TYPE_CHECKING:
    from oxtui.outside.clipboard import Copied
    from oxtui.screens.shell.editing import Editing
    from oxtui.screens.shell.sharing import FloorLook

PRACTICE = "PRACTICE - not a real case\n"
MOVED = (
    "{domain} comes from an earlier oxtui, and follows today's steps from now on. "
    "Whatever they changed is marked check again."
)
MOST_PASTED = 100_000
"""The most characters of one paste. A field draws all its text at each key: with megabytes that takes seconds."""
END_SECONDS = 8.0
"""The time limit for ending after a signal, saved or not (the outbox gives up after three seconds)."""


class Crash(Exception):
    """A bug, as a person sees it: the kind of error, and the log that holds it."""

    def __rich__(self) -> Text:
        kind, place = self.args
        return Text(
            f"oxtui stopped because of an error in the program ({kind}).\n"
            f"Everything shown as done is saved. Where it happened is in {place},\n"
            "without client data. Start oxtui again."
        )


class OxtuiApp(AppHost):
    """The dashboard of one agent; `banner` stays on the screen (PRACTICE, a broken playbook)."""

    TITLE = "oxtui"
    CSS_PATH = Path(__file__).parent / "screens" / "oxtui.tcss"
    ENABLE_COMMAND_PALETTE = True
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "quit", id="app.quit", show=False, priority=True, tooltip="End oxtui"),
        Binding("ctrl+p", "command_palette", "find", id="app.palette", show=False, priority=True),
        Binding(
            "ctrl+n", "new_case", "new case", id="app.new", show=False, priority=True,
            tooltip="A new case, from anywhere: type the client's {subject}",
        ),
        Binding("ctrl+c", "screen.copy_text", "copy", id="app.copy", show=False),
        Binding(
            "ctrl+g", "notices", "notices", id="app.notices", show=False, priority=True,
            tooltip="Read the whole banner, and put it away",
        ),
    ]  # fmt: skip
    watcher: Watcher
    typing: TypingGuard
    sharing: FloorLook | None

    def __init__(self, service: Service, *, banner: str = "", practice: bool = False) -> None:
        plain = service.playbook.settings.glyphs == "ascii" or not draws_unicode()
        super().__init__(service, banner, practice, plain)
        # Textual's own log and developer tools, which the environment turns on, would hold every key that is typed.
        setattr(constants, "LOG_FILE", None)  # noqa: B010
        self.devtools = None
        self.editing: Editing | None = None
        self._minute = -1
        self.outbox, self.sharing = self._connect()
        self.watcher = Watcher(self)
        self.drafts = NoteDrafts(self)
        self.typing = TypingGuard(self, service.clock.monotonic, partial(ask_about, self))
        self.ahead = TypeAhead(self, self._take)
        self.collector = Collector(self)
        for theme in our_themes():
            self.register_theme(theme)
        wanted = service.playbook.settings.theme
        self._begin_with(wanted if wanted in self.available_themes else "oxtui-dark")

    def edit(self, folder: Path, case_id: str) -> None:
        """Open a case at once, and load each save of its playbook's folder: `oxtui try`."""
        from oxtui.screens.shell.editing import Editing

        self.editing = Editing(self, folder, case_id)

    def _begin_with(self, theme: str) -> None:
        """Set the first theme; assigning it would have every rule read twice."""
        self.set_reactive(App.theme, theme)
        dark = self.current_theme.dark
        self.set_classes(f"-theme-{theme} {'-dark-mode' if dark else '-light-mode'}")
        self.stylesheet.set_variables(self.get_css_variables())

    def _connect(self) -> tuple[Outbox, FloorLook | None]:
        """Return the outbox, and the watch over the floor if the store is one."""
        floor = self.service.store.floor
        if floor is None:
            return Outbox(self.service, self.deliver, self.refresh_bars), None
        from oxtui.away.outbox import FloorOutbox
        from oxtui.screens.shell.sharing import FloorLook

        outbox = FloorOutbox(self.service, floor, self.deliver, lambda: look.changed(), self.show_everywhere)
        look = FloorLook(self, floor, outbox)
        return outbox, look

    # -- keys
    def post_message(self, message: Message) -> bool:
        if isinstance(message, events.Key) and not message.is_forwarded:
            self.typing.arrived(message)
            self.collector.key()
        return super().post_message(message)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.ahead.came(event)
        else:
            await self._take(event)

    async def _take(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self.typing.takes(event):
            return
        if isinstance(event, events.Paste):
            self.typing.pasted()
            if len(event.text) > MOST_PASTED:
                message = f"Nothing was pasted: {len(event.text):,} characters are too many"
                self.tell(WrongUse(message, f"a field takes {MOST_PASTED:,} at once"))
                return
            event.text = self._pasted(event.text)
        await super().on_event(event)

    def _pasted(self, text: str) -> str:
        """Return pasted text without control characters; for a field of one line, all of it in one line."""
        focused = self.focused
        one_line = isinstance(focused, Input) and not focused.password
        return clean(text.rstrip("\r\n")) if one_line else clean(text, lines=True)

    async def run_action(self, *arguments: Any, **words: Any) -> bool:
        """Run an action as Textual does; a refusal (the home cannot be read, say) is a toast and no crash."""
        try:
            return await super().run_action(*arguments, **words)
        except OxtuiError as error:
            self.tell(error)
            return True

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(variables_for(self.current_theme.dark))

    # -- start
    def get_default_screen(self) -> Screen[Any]:
        """Home is the first screen: none is made, styled and hidden before it."""
        return HomeScreen()

    def on_mount(self) -> None:
        self.set_class(self.glyphs is ASCII, "-ascii")  # plain borders, too
        self.watcher.begin()
        if self.sharing is not None:
            self.sharing.begin()
        if self.editing is not None:
            self.call_after_refresh(self.editing.begin)
        self.set_interval(1.0, self._time_passed)
        self._catch_signals()
        if self.service.playbook.settings.keymap:
            self.call_after_refresh(self._use_keymap)
        if problem := unknown_theme(self.service.playbook.settings.theme, self.available_themes):
            self.notify(problem, severity="warning", timeout=15)

    def _time_passed(self) -> None:
        for screen in self.own_screens():
            screen.time_passed()
        minute = self.service.clock.local().minute
        if minute != self._minute:
            self._minute = minute
            self.refresh_bars()
        self.collector.tick()

    def _use_keymap(self) -> None:
        from oxtui.screens.keyboard.keymap import checked

        keymap, problems = checked(type(self), self.service.playbook.settings.keymap)
        self.set_keymap(keymap)
        for problem in problems:
            self.notify(problem, severity="warning", timeout=15)

    # -- end
    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name, code in (("SIGTERM", 143), ("SIGHUP", 143), ("SIGINT", 130)):
            number = getattr(signal, name, None)
            if number is not None:
                try:
                    loop.add_signal_handler(number, self._ended_by_signal, code)
                except (NotImplementedError, RuntimeError):
                    return  # Windows has no such handlers; nothing is lost, the log is on disk

    def _ended_by_signal(self, code: int) -> None:
        # a closed terminal can block the ordinary end, and then no one is left to see the screen
        last = threading.Timer(END_SECONDS, os._exit, [code])
        last.daemon = True
        last.start()
        self.exit(return_code=code)

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
            await asyncio.sleep(0.05)  # commands under way are on disk in a moment
        if not self.outbox.pending:
            self.exit(0)
            return
        ask = Confirm("Leave without saving?", self._unsaved(), yes="leave and lose them")
        self.push_screen(ask, lambda yes: self.exit(0) if yes else None)

    def _handle_exception(self, error: Exception) -> None:
        """A crash shows a plain line: the traceback would hold client data in its local variables."""
        from oxtui.crash import write_crash

        crash = Crash(type(error).__name__, write_crash(self.service.places.log, error))
        crash.__cause__ = error
        super()._handle_exception(crash)

    # -- from screen to screen
    def open_case(self, case: Case) -> None:
        """Open a case over the screen in front: its checklist, or the call flow if no scenario was chosen."""
        self._open(case, self.push_screen)

    def switch_to_case(self, case: Case) -> None:
        """Open a case in place of the screen in front."""
        self._open(case, self.switch_screen)

    def _open(self, case: Case, show: Callable[[Screen[Any]], object]) -> None:
        """Open a case; one that an earlier version wrote moves to today's steps first, and says so once."""
        if self.sharing is not None and not self.sharing.may_open(case, partial(self._open, case, show)):
            return
        if case.closed or is_of_these_steps(case.log):
            self._show_case(case, show)
            return

        def opened(found: tuple[Case, bool]) -> None:
            self._show_case(found[0], show)
            if found[1]:
                self.warn(MOVED.format(domain=found[0].name))

        self.aside(lambda: self.service.open_case(case.id), opened, self.tell)

    def _show_case(self, case: Case, show: Callable[[Screen[Any]], object]) -> None:
        from oxtui.screens.call_flow.screen import CallFlowScreen
        from oxtui.screens.case.screen import CaseScreen

        self.opened = case.id
        self.closing.discard(case.id)
        show(CaseScreen(case) if case.scenario or case.unwinds else CallFlowScreen(case))

    def open_call_flow(self, case: Case) -> None:
        """Open the call flow of a case, to change its scenario."""
        from oxtui.screens.call_flow.screen import CallFlowScreen

        self.push_screen(CallFlowScreen(case))

    def to_checklist(self, case: Case) -> None:
        """Go from the call flow to the checklist: the one under it, or a new one in its place."""
        from oxtui.screens.case.screen import CaseScreen

        under = self.screen_stack[-2] if len(self.screen_stack) > 1 else None
        if isinstance(under, CaseScreen) and under.case.id == case.id:
            self.pop_screen()
            under.checklist.go_to_next()
        else:
            self._show_case(case, self.switch_screen)

    def action_new_case(self) -> None:
        """ctrl+n: ask for the next client's domain, whichever screen is in front."""
        from oxtui.screens.new_case import NewCaseScreen

        self.next_client = False
        if not isinstance(self.screen, NewCaseScreen):
            self.push_screen(NewCaseScreen())

    def begin_case(self, domain: str) -> None:
        """Begin a case for a domain, or offer the one that is open, over the screen in front."""
        from oxtui.screens.new_case import NewCaseScreen

        self.push_screen(NewCaseScreen(domain))

    def open_help(self, screen: BaseScreen) -> None:
        """Open the help page of a screen."""
        from oxtui.screens.pages.help import HelpScreen

        self.push_screen(HelpScreen(screen))

    def action_notices(self) -> None:
        self.watcher.open_notices()

    def action_command_palette(self) -> None:
        """Open our own palette: Textual's takes pictures of the client's data, and ends the app at a quick page-up."""
        from oxtui.screens.shell.palette import open_palette

        if isinstance(self.screen, BaseScreen):
            open_palette(self, self.screen)

    # -- the clipboard
    def copy_to_clipboard(self, text: str) -> None:
        """Copy a text selection as any other text."""
        self.copy(text, "The selection")

    def copy(
        self,
        text: str,
        what: str,
        ended: Callable[[Copied | None], None] | None = None,
        *,
        shown: str | None = None,
        following: str = "",
        now: bool = False,
    ) -> None:
        from oxtui.screens.shell.copying import copy_text

        mark = PRACTICE if self.practice else ""
        text, shown = mark + clean(text, lines=True), None if shown is None else mark + shown
        copy = partial(copy_text, self, text, what, ended, shown=shown, following=following)
        if now:
            copy()
        else:
            self.typing.when_clear(copy, lambda: ended(None) if ended else None)
