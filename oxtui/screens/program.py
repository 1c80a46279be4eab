"""What every screen asks of the program: to tell something, and to do aside what may wait for a disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar

from textual.app import App
from textual.notifications import Notification, SeverityLevel

from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.text import clean
from oxtui.widgets.glyphs import Glyphs

T = TypeVar("T")


class Program(App[int]):
    """The app without its screens."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs
        self.coming = 0
        """Screens that are on their way: a thread reads or writes what they show."""
        self.next_client = False
        """Whether the next client is on the line already: leaving the case in front begins theirs."""
        self._said: dict[str, str] = {}
        self._told: list[Notification] = []

    # -- beside the keyboard's thread
    def aside(self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[OxtuiError], None]) -> None:
        """Do something that may wait for a disk in a thread; what comes of it is told here.

        Keys that are typed meanwhile wait, as long as a hand feels no wait: they are meant for what comes of it.
        """
        self.coming += 1

        def end(tell: Callable[[], None]) -> None:
            self.coming -= 1
            if self.is_running:
                tell()

        def run() -> None:
            try:
                found = work()
            except OxtuiError as error:
                self._deliver(partial(end, partial(failed, error)))
            except BaseException as error:  # noqa: BLE001 - a fault of ours ends where the screens live
                self._deliver(partial(end, partial(_raise, error)))
            else:
                self._deliver(partial(end, partial(then, found)))

        threading.Thread(target=run, name="aside", daemon=True).start()

    def _deliver(self, function: Callable[[], None]) -> None:
        # posted, not called: the outbox must never wait for the screen, nor die of it
        if self.is_running:
            self.call_later(function)

    # -- what is told
    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """As Textual does it, but never as markup; what was told can be taken away again (`forget`)."""
        told = Notification(message, title, severity, self.NOTIFICATION_TIMEOUT if timeout is None else timeout)
        self._told.append(told)
        super().notify(message, title=title, severity=severity, timeout=told.timeout, markup=markup)

    def tell(self, error: OxtuiError) -> None:
        """Show why something was refused, with what would lift it, for a few seconds."""
        severity: SeverityLevel = "warning" if isinstance(error, Refusal) else "error"
        text = f"{error.message}\n{self.glyphs.arrow} {error.hint}" if error.hint else error.message
        self.forget_refusals()
        self.notify(clean(text, lines=True), title=error.title, severity=severity, timeout=8)

    def forget(self, gone: Callable[[Notification], bool]) -> None:
        """Take away what was told and is no longer true."""
        told = [each for each in self._told if not each.has_expired]
        self._told = told
        kept = [each for each in told if not gone(each)]
        if kept == told:
            return
        self.clear_notifications()
        self._told = []
        for each in kept:
            self.notify(each.message, title=each.title, severity=each.severity, timeout=each.time_left)

    def forget_refusals(self) -> None:
        """Another key has been pressed since, with an answer of its own."""
        self.forget(lambda told: told.title in (Refusal.title, WrongUse.title))

    def say(self, message: str, detail: str = "", *, about: str = "") -> None:
        """Show that something was done; what was said before `about` the same thing is true no more."""
        text = clean(f"{message}\n{detail}" if detail else message, lines=True)
        self._unsay(about, text)
        self.notify(text, timeout=4)

    def warn(self, message: str, *, about: str = "") -> None:
        """Show what a person has to do something about, for as long as it takes to see it."""
        text = clean(message, lines=True)
        self._unsay(about, text)
        self.notify(text, severity="warning", timeout=30)

    def _unsay(self, about: str, text: str) -> None:
        if about:
            before = self._said.get(about)
            self.forget(lambda told: told.message == before)
            self._said[about] = text


def _raise(fault: BaseException) -> NoReturn:
    raise fault
