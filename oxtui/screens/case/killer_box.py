"""The box in which a service is ended for good: the agent reads what it rests on, then confirms it in the console."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Literal, TypeAlias

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from oxtui.errors import OxtuiError
from oxtui.screens.dialogs.ask import Dialog
from oxtui.text import sentence
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs

QUIET: Final = 0.3
"""Seconds without a key or a paint that must pass before an enter counts."""
ALONE: Final = 0.12
"""Seconds in which nothing may follow an enter: the first line end of a paste is not the last."""

Phase: TypeAlias = Literal["read", "saving", "cleared", "locked"]
"""The state of the box: rows to read; waiting for the disk; asking whether the service was ended; or idle."""
BoxAnswer: TypeAlias = Literal["clear", "done", "not-yet", "already", "back"]


class BoxContents(Struct, frozen=True):
    """The contents of the box: rows to read, the question under them, and the answers it takes."""

    rows: Sequence[Sequence[Span]] = ()
    question: Sequence[Span] = ()
    yes: str = ""
    phase: Phase = "read"
    waiting: bool = False
    """Whether rows are still to come (DNS, other cases)."""
    already: bool = False
    """Whether `1` says that it was done already."""
    not_yet: bool = False
    """Whether esc says *not yet*."""


class KillerBox(Dialog):
    """Rows to read, and a question under them that only a quiet enter answers.

    `answered` is called with the agent's answer; the box stays until its owner closes it. `monotonic` is the clock
    that measures the quiet time.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "yes", id="killer.yes"),
        Binding("escape", "leave", "not yet", id="dialog.back"),
        Binding("down,j,pagedown", "scroll(1)", show=False),
        Binding("up,k,pageup", "scroll(-1)", show=False),
        Binding("1", "already", show=False),
    ]
    JUDGES_KEYS = True
    DEFAULT_CSS = """
    KillerBox #dialog-head { height: auto; max-height: 100%; }
    """

    def __init__(self, title: str, answered: Callable[[BoxAnswer], None], monotonic: Callable[[], float]) -> None:
        super().__init__(title)
        self.answered = answered
        self.monotonic = monotonic
        self.shown = BoxContents(waiting=True)
        self.trouble: Sequence[Span] = ()
        """The refusal of the last answer."""
        self._again = False
        self._read = False
        """Whether the rows were read to their end here."""
        self._painted: float | None = None
        self._touched = monotonic()
        self._given: Timer | None = None
        """An enter that counts if nothing follows it."""

    # -- drawing
    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            rows = Paragraphs(self.head(), id="dialog-head")
            rows.indent = 2
            yield rows
            yield Paragraphs(self.foot_rows(), id="dialog-foot")

    def head(self) -> list[Sequence[Span]]:
        return [*super().head(), *self.shown.rows]

    def foot_rows(self) -> list[Sequence[Span]]:
        """Return the refusal of the last answer, the question, and the keys that answer it."""
        shown = self.shown
        esc: list[Span] = [("esc", "key"), (" not yet" if shown.not_yet else " back", "quiet")]
        keys: list[Span]
        if shown.phase == "saving":
            keys = [("saving", "quiet")]
        elif shown.phase == "locked":
            keys = [*([("1", "key"), (" it's already done   ", "quiet")] if shown.already else ()), *esc]
        elif shown.waiting:
            keys = [("looking   ", "quiet"), *esc]
        else:
            again: Span = (" again:" if self._again else "", "due")
            keys = [("enter", "key"), again, (f" {'read on' if self._more() else shown.yes}   ", "quiet"), *esc]
        return [row for row in (self.trouble, shown.question, keys) if row]

    def foot(self) -> Sequence[Span]:
        return self.foot_rows()[-1]

    def show(self, shown: BoxContents) -> None:
        """Draw the rows so far; if anything changed, the quiet time begins again."""
        if shown == self.shown and self._painted is not None:
            return
        if self._given is not None:  # it answered another question
            self._given.stop()
            self._given = None
        self.shown = shown
        self._painted = None
        self._again = False
        if self.is_mounted:
            self._draw()

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if not self.query("#dialog-head"):
            return  # closed by a quicker key
        foot = self.query_one("#dialog-foot", Paragraphs)
        foot.show(self.foot_rows())
        head = self.query_one("#dialog-head", Paragraphs)
        width = max(10, self.size.width - 4)
        head.styles.max_height = max(1, self.size.height - 1 - len(list(foot.content(width))))
        head.show(self.head())
        self.call_after_refresh(self._after_paint)

    def _after_paint(self) -> None:
        """Begin the quiet time: the last row is on the terminal."""
        if not self.query("#dialog-foot"):
            return
        if self._read:
            self.query_one("#dialog-head", Paragraphs).scroll_end(animate=False, force=True, immediate=True)
        self.query_one("#dialog-foot", Paragraphs).show(self.foot_rows())  # only now it is known if all rows fit
        self._painted = self.monotonic()

    def _more(self) -> bool:
        """Return whether there are rows below those in view."""
        if not self.is_mounted or not self.query("#dialog-head"):
            return False
        head = self.query_one("#dialog-head", Paragraphs)
        return head.scroll_offset.y < head.max_scroll_y

    def refused(self, error: OxtuiError) -> None:
        """Say over the question why the answer was refused."""
        hint = f"{sentence(error.hint)}." if error.hint else ""
        self.trouble = ((f"{error.message}. ", "trouble"), (hint, "text"))
        self._painted = None
        self._draw()

    @property
    def deciding(self) -> bool:
        """Whether an enter waits to see that nothing follows it."""
        return self._given is not None

    # -- keys
    def on_key(self, event: events.Key) -> None:
        """Count an enter only after a quiet time; drop one that comes too early, and say so."""
        at = self._moment(event)
        early = self._painted is None or at - max(self._painted, self._touched) < QUIET
        self._take_back_enter(at)
        self._touched = at
        if event.key != "enter":
            return
        event.stop()
        event.prevent_default()
        if self.shown.phase not in ("read", "cleared"):
            return
        if early or self.shown.waiting:
            self._say_again()
        elif self._more():
            self.action_scroll(1)
        else:
            self._given = self.set_timer(ALONE, self.action_take)

    def on_paste(self, event: events.Paste) -> None:
        """Ignore a paste: it is meant for another window."""
        event.stop()
        at = self._moment(event)
        self._take_back_enter(at)
        self._touched = at

    def _take_back_enter(self, at: float) -> None:
        """Drop an enter that something follows at once: it was a line end in text for another window."""
        timer, self._given = self._given, None
        if timer is None:
            return
        timer.stop()
        if at - self._touched >= ALONE:  # nothing followed it, and only its timer is late
            self.action_take()
        else:
            self._say_again()

    def _say_again(self) -> None:
        self._again = True
        self.query_one("#dialog-foot", Paragraphs).show(self.foot_rows())

    def _moment(self, event: events.Event) -> float:
        """Return when a key was pressed, however long it waited to be read."""
        return self.monotonic() - max(0.0, Message().time - event.time)

    def action_take(self) -> None:
        """A quiet enter: yes."""
        self._given = None
        self._again = False
        if self.shown.phase in ("read", "cleared") and not self.shown.waiting and self.is_current:
            self.trouble = ()
            self._read = True
            self.answered("clear" if self.shown.phase == "read" else "done")

    def action_leave(self) -> None:
        """esc: go back, or answer *not yet*."""
        if self.shown.phase != "saving":
            self.answered("not-yet" if self.shown.not_yet else "back")

    def action_already(self) -> None:
        """1: it was done already, if the box offers that."""
        if self.shown.phase == "locked" and self.shown.already:
            self.answered("already")

    def action_scroll(self, by: int) -> None:
        """Scroll a page down or up."""
        self._read = False
        head = self.query_one("#dialog-head", Paragraphs)
        head.scroll_relative(y=by * max(1, head.size.height - 1), animate=False)
        self.call_after_refresh(self._after_paint)
