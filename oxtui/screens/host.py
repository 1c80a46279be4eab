"""The app as screens know it: shared state, messages, copies and commands.

It imports no screen, so that every screen can import it; app.py adds what opens them.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, cast

from textual import events
from textual.app import App
from textual.geometry import Region
from textual.notifications import Notification, Notify, SeverityLevel
from textual.screen import ModalScreen, Screen

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.closing import Close
from oxtui.cases.lessons import Lessons
from oxtui.cases.parts import Talk
from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.outbox import SLOW_SECONDS, Job, Outbox, fail
from oxtui.screens.clipboard_secrets import ClipboardSecrets
from oxtui.service import Service
from oxtui.store.interface import Floor
from oxtui.text import clean
from oxtui.widgets.banner import Notice
from oxtui.widgets.glyphs import ASCII, UNICODE
from oxtui.widgets.spans import Span

if TYPE_CHECKING:
    from oxtui.outside.clipboard import Clipboard, Copied

T = TypeVar("T")
TAKING_BACK = "taking back"
"""The mark of a command that takes back the effects of a burst of keys."""
IN_HISTORY = "You'll find it in History (h)"
"""What is said with a case that was closed."""


class Drafts(Protocol):
    """Notes that are being written, by case."""

    def of(self, case_id: str) -> str: ...
    def newest(self, case_id: str) -> str: ...
    def load(self, case_id: str, then: Callable[[str], None]) -> None: ...
    def keep(self, case_id: str, text: str) -> None: ...
    def drop(self, case_id: str, text: str) -> None: ...


class Typing(Protocol):
    """The guard against a sentence that was meant for another window."""

    @property
    def monotonic(self) -> Callable[[], float]: ...
    def when_clear(self, then: Callable[[], object], dropped: Callable[[], object] | None = None) -> None: ...
    def did(self, before: Case, after: Case) -> None: ...


class Watch(Protocol):
    """The changes brought by other panes, other agents and time."""

    due: int
    put_away: bool
    whole: bool

    @property
    def key(self) -> str: ...
    def seen(self) -> None: ...
    def notices(self) -> tuple[Notice, ...]: ...
    def open_notices(self) -> None: ...


class Sharing(Protocol):
    """The features of an app on a floor (screens/shell/sharing.py)."""

    floor: Floor

    def with_me(self, case_id: str) -> tuple[str, ...]: ...
    def signs(self) -> Mapping[str, Sequence[str]]: ...
    def may_open(self, case: Case, go_on: Callable[[], None]) -> bool: ...
    def may_begin(self, case: Case, command: Command) -> None: ...
    def state(self, width: int) -> list[Span]: ...
    def notices(self) -> tuple[Notice, ...]: ...
    def put_away(self) -> Callable[[], None]: ...


class Copier(Protocol):
    """Copies a text, says truthfully where it went, and passes the result to `ended` (None: not copied).

    With `shown` (the same with dots) it holds secrets: it is cleared off the clipboard again, and never shown.
    `following` names the text that the same key copies next. Unless `now`, a letter that begins a sentence meant for
    another window copies nothing (screens/keyboard/typing_guard.py).
    """

    def __call__(
        self,
        text: str,
        what: str,
        ended: Callable[[Copied | None], None] | None = None,
        *,
        shown: str | None = None,
        following: str = "",
        now: bool = False,
    ) -> None: ...


class Fleeting(Screen[Any]):
    """A screen that may be closed before its widgets are made: Textual mounts it anyway."""

    _awaits_layout = True
    """Whether it has just come to the front and is being laid out; it is painted once, after that."""

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Mount | events.Resize | events.ScreenResume) and not self.in_stack:
            return
        if isinstance(event, events.ScreenResume):
            event.refresh_styles = False  # its widgets have been styled just now, or when the theme changed
            self._awaits_layout = True
            self.call_after_refresh(self._paint_now)
        await super().on_event(event)

    def _paint_now(self) -> None:
        self._awaits_layout = False
        self.refresh()

    def _compositor_refresh(self) -> None:
        # Textual would paint the whole screen in front for a change on one hidden below it
        if self.in_view and not self._awaits_layout:
            super()._compositor_refresh()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        # a layout marks what it moves; Textual would also paint the whole screen, once a screen before it was removed
        return super().refresh(*regions, repaint=repaint and not layout, layout=layout, recompose=recompose)

    @property
    def in_stack(self) -> bool:
        """Whether it is open, in front or below others."""
        return self in self.app.screen_stack

    @property
    def in_view(self) -> bool:
        """Whether only dialogs are above it. Otherwise it is drawn when it comes to the front again."""
        stack = self.app.screen_stack
        return self in stack and all(isinstance(above, ModalScreen) for above in stack[stack.index(self) + 1 :])

    @property
    def ready(self) -> bool:
        """Whether it has widgets to draw on."""
        return False


class Drawn(Protocol):
    """An open screen, as the app reports changes to it; nothing here may wait for a disk."""

    def case_changed(self, case: Case) -> None: ...
    def floor_changed(self) -> None: ...
    def time_passed(self) -> None: ...
    def refresh_bars(self) -> None: ...


def fit_to_app(screen: Screen[Any]) -> None:
    """Set the classes of the app's size before the first resize, which would style and lay the screen out twice."""
    width, height = screen.app.size
    for size, breakpoints in ((width, screen.HORIZONTAL_BREAKPOINTS), (height, screen.VERTICAL_BREAKPOINTS)):
        fitting = [name for least, name in sorted(breakpoints or ()) if size >= least]
        screen.add_class(*fitting[-1:], update=False)


class LastingNotification(Notification):
    """A notification with time left even where its toast is drawn only as its time is over.

    Textual takes a toast's timer from it, and a timer of less than no time never gives the event loop back.
    """

    @property
    def time_left(self) -> float:
        return max(super().time_left, 0.01)

    @property
    def has_expired(self) -> bool:
        return super().time_left <= 0


class AppHost(App[int]):
    """The app without its screens."""

    # added by app.py, which imports the screens
    outbox: Outbox
    drafts: Drafts
    typing: Typing
    watcher: Watch
    sharing: Sharing | None
    copy: Copier
    open_case: Callable[[Case], None]
    switch_to_case: Callable[[Case], None]
    open_call_flow: Callable[[Case], None]
    to_checklist: Callable[[Case], None]
    begin_case: Callable[[str], None]
    open_help: Callable[[Any], None]
    action_new_case: Callable[[], None]
    action_leave: Callable[[], Awaitable[None]]

    def __init__(self, service: Service, banner: str, practice: bool, plain: bool) -> None:
        """`plain`: draw with ASCII signs only."""
        super().__init__()
        self.glyphs = ASCII if plain else UNICODE
        self.service = service
        self.banner = banner
        self.practice = practice
        self.lessons: Lessons | None = None
        """The lessons of practice."""
        self.clipboard_secrets = ClipboardSecrets(service.places.home)
        self.clipboard_route: Clipboard | None = None
        self.coming = 0
        """Screens on their way: a thread reads or writes what they show."""
        self.next_client = False
        """Whether the next client is on the line already: leaving the case in front begins theirs."""
        self.opened = ""
        """The id of the case last in front: Home puts its cursor on it."""
        self.talks: Mapping[str, tuple[Case, tuple[Talk, ...]]] = {}
        """The conversations that have not lapsed, by case id, as of this second."""
        self.closing: set[str] = set()
        """The ids of cases that are closed from here: their screens say so themselves."""
        self._said: dict[str, str] = {}
        self._toasts: list[Notification] = []

    # -- off the keyboard's thread
    def aside(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[OxtuiError], None],
        *,
        holds_keys: bool = True,
        name: str = "aside",
    ) -> None:
        """Run in a daemon thread work that may block, then give its result to `then` on the app's thread.

        With `holds_keys` the keys typed meanwhile are held briefly: they are meant for the result.
        """
        self.coming += holds_keys

        def end(go_on: Callable[[], None]) -> None:
            self.coming -= holds_keys
            if self.is_running:
                go_on()

        def run() -> None:
            try:
                result = work()
            except OxtuiError as error:
                self.deliver(partial(end, partial(failed, error)))
            except BaseException as error:  # noqa: BLE001 - a fault of ours ends where the screens live
                self.deliver(partial(end, partial(fail, error)))
            else:
                self.deliver(partial(end, partial(then, result)))

        threading.Thread(target=run, name=name, daemon=True).start()

    def deliver(self, function: Callable[[], object]) -> None:
        """Have a function called on the app's thread, unless the app has ended; callable from any thread."""
        # posted, not called: the outbox must never wait for the screen, nor die of it
        if self.is_running:
            self.call_later(function)

    # -- messages
    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast as Textual does, but never as markup; `forget` can remove it again."""
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        toast = LastingNotification(message, title, severity, seconds, markup)
        self._toasts.append(toast)
        self.post_message(Notify(toast))

    def tell(self, error: OxtuiError) -> None:
        """Show a refusal, with what would lift it, for a few seconds."""
        severity: SeverityLevel = "warning" if isinstance(error, Refusal) else "error"
        text = f"{error.message}\n{self.glyphs.arrow} {error.hint}" if error.hint else error.message
        self.forget_refusals()
        self.notify(clean(text, lines=True), title=error.title, severity=severity, timeout=8)

    def forget(self, obsolete: Callable[[Notification], bool]) -> None:
        """Remove the toasts that are no longer true."""
        shown = [toast for toast in self._toasts if not toast.has_expired]
        rest = [toast for toast in shown if not obsolete(toast)]
        self._toasts = shown
        if rest != shown:
            self.clear_notifications()
            self._toasts = []
            for toast in rest:
                self.notify(toast.message, title=toast.title, severity=toast.severity, timeout=toast.time_left)

    def forget_refusals(self) -> None:
        """Remove the refusals of earlier keys."""
        self.forget(lambda toast: toast.title in (Refusal.title, WrongUse.title))

    def say(self, message: str, detail: str = "", *, about: str = "") -> None:
        """Show that something was done, replacing the last message `about` the same thing."""
        self._show(f"{message}\n{detail}" if detail else message, "information", 4, about)

    def warn(self, message: str, *, about: str = "") -> None:
        """Show a warning that needs an action, long enough to be seen."""
        self._show(message, "warning", 30, about)

    def _show(self, message: str, severity: SeverityLevel, timeout: float, about: str) -> None:
        text = clean(message, lines=True)
        if about:
            before, self._said[about] = self._said.get(about), text
            self.forget(lambda toast: toast.message == before)
        self.notify(text, severity=severity, timeout=timeout)

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
        """Have a command carried out off the app's thread, and return the id of the first event that comes of it.

        `seen` is the last event that the screen showed. The result comes back to every screen.
        """
        before = self.service.peek(case_id)
        if isinstance(command, Close):
            self.closing.add(case_id)

        def not_done(error: OxtuiError) -> None:
            others = (other for other in self.outbox.pending if other.case_id == case_id and other is not job)
            if not any(isinstance(other.command, Close) for other in others):
                self.closing.discard(case_id)  # it was this one, or was dropped behind it
            refused(error)

        def carried_out(case: Case) -> None:
            self.watcher.seen()
            self.forget_refusals()
            if before is not None and mark != TAKING_BACK:
                self.typing.did(before, case)
            self.show_everywhere(case)
            done(case)

        job = Job(case_id, command, carried_out, not_done, seen, mark)
        self.outbox.send(job)
        self.set_timer(SLOW_SECONDS + 0.02, lambda: self.refresh_bars() if self.outbox.slow else None)
        return job.id

    def own_screens(self) -> list[Drawn]:
        """Return the open screens that can be drawn on."""
        return [cast(Drawn, each) for each in self.screen_stack if isinstance(each, Fleeting) and each.ready]

    def show_everywhere(self, case: Case) -> None:
        """Give every screen a case as it is now."""
        talks = self.service.reader.talking(case) if not case.closed else ()
        others = {case_id: row for case_id, row in self.talks.items() if case_id != case.id}
        self.talks_now({**others, case.id: (case, talks)} if talks else others)
        if self.lessons:
            self.lessons.saw(case)
        for screen in self.own_screens():
            screen.case_changed(case)

    def talks_now(self, talks: Mapping[str, tuple[Case, tuple[Talk, ...]]]) -> None:
        """Record who has a conversation now; if that has changed, draw the banners and Home."""
        before, self.talks = self.talks, talks
        if {name: row[1] for name, row in before.items()} != {name: row[1] for name, row in talks.items()}:
            self.refresh_bars()

    def refresh_bars(self) -> None:
        """Have the bars and the banner of every screen drawn."""
        for screen in self.own_screens():
            screen.refresh_bars()
