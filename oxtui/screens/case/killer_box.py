"""The box in which a service is ended for good: what it rests on is read, then the console is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final, Literal, TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from oxtui.errors import OxtuiError
from oxtui.screens.dialogs.ask import Dialog
from oxtui.widgets.spans import Line, Span, wrap
from oxtui.widgets.text_view import NOBODY, Paragraphs

QUIET: Final = 0.3
"""Seconds that must be quiet before an enter counts: since the last row was painted, and since the last key."""
ALONE: Final = 0.12
"""Seconds for which nothing may follow an enter: the first line end of a paste is not the last."""

Step: TypeAlias = Literal["read", "saving", "cleared", "locked"]
"""What the box waits for: that its rows are read; the disk; whether it was done; or nothing, for it may not go on."""
Answer: TypeAlias = Literal["clear", "done", "not-yet", "already", "back"]


class ReadRows(Paragraphs):
    """The rows of the box, each with its later lines under its first word."""

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        for paragraph in self.paragraphs:
            for line in wrap(paragraph, width, 2):
                yield line, NOBODY


class KillerBox(Dialog):
    """Rows to read, and a question under them that only a quiet enter answers.

    `answered` is called with what the agent means; the box stays until it is told to close. `monotonic` is the clock
    that the quiet time is measured with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "yes", id="killer.yes"),
        Binding("escape", "leave", "not yet", id="dialog.back"),
        Binding("down,j,pagedown", "scroll(1)", show=False),
        Binding("up,k,pageup", "scroll(-1)", show=False),
        Binding("1", "already", show=False),
    ]
    DEFAULT_CSS = """
    KillerBox #dialog-head { height: auto; max-height: 100%; }
    """

    def __init__(self, title: str, answered: Callable[[Answer], None], monotonic: Callable[[], float]) -> None:
        super().__init__(title)
        self.answered = answered
        self.monotonic = monotonic
        self.step: Step = "read"
        self.cleared = False
        """Whether it is known to be all clear: then esc says *not yet*."""
        self.rows: Sequence[Sequence[Span]] = ()
        self.question: Sequence[Span] = ()
        self.trouble: Sequence[Span] = ()
        """Why the last answer was refused."""
        self.yes = ""
        self.offers_already = False
        self.waiting = True
        """Whether rows are still to come (DNS, other cases)."""
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
            yield ReadRows(self.head(), id="dialog-head")
            yield Paragraphs(self.foot_rows(), id="dialog-foot")

    def head(self) -> list[Sequence[Span]]:
        return [*super().head(), *self.rows]

    def foot_rows(self) -> list[Sequence[Span]]:
        """The question, and the keys that answer it."""
        keys: list[Span] = []
        if self.step == "saving":
            keys = [("saving", "quiet")]
        elif self.step == "locked":
            if self.offers_already:
                keys += [("1", "key"), (" it's already done   ", "quiet")]
            keys += [("esc", "key"), (f" {self.no}", "quiet")]
        elif self.waiting:
            keys = [("looking", "quiet"), ("   esc", "key"), (f" {self.no}", "quiet")]
        else:
            again: Span = (" again:" if self._again else "", "due")
            more = self._more()
            word = "read on" if more else self.yes
            keys = [("enter", "key"), again, (f" {word}   ", "quiet"), ("esc", "key"), (f" {self.no}", "quiet")]
        return [row for row in (self.trouble, self.question, keys) if row]

    @property
    def no(self) -> str:
        """What esc says."""
        return "not yet" if self.cleared else "back"

    def foot(self) -> Sequence[Span]:
        return self.foot_rows()[-1]

    def show(
        self,
        rows: Sequence[Sequence[Span]],
        question: Sequence[Span],
        yes: str,
        *,
        step: Step,
        waiting: bool,
        already: bool = False,
    ) -> None:
        """Draw what has come; the quiet time begins anew where anything is other than before."""
        now = (list(rows), list(question), step, waiting)
        if now == (list(self.rows), list(self.question), self.step, self.waiting) and self._painted is not None:
            return
        if self._given is not None:  # what it said yes to is no more what stands here
            self._given.stop()
            self._given = None
        self.rows, self.question, self.yes, self.step, self.waiting = rows, question, yes, step, waiting
        self.offers_already = already
        self._painted = None
        self._again = False
        if self.is_mounted and self.query("#dialog-head"):
            self._draw()

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if not self.query("#dialog-head"):
            return  # taken away again by a quicker key
        foot = self.query_one("#dialog-foot", Paragraphs)
        foot.show(self.foot_rows())
        head = self.query_one("#dialog-head", Paragraphs)
        width = max(10, self.size.width - 4)
        room = max(1, self.size.height - 1 - len(list(foot.content(width))))
        head.styles.max_height = room
        head.show(self.head())
        self.call_after_refresh(self._after_paint)

    def _after_paint(self) -> None:
        """The last row is on the terminal: from here on it has to be quiet."""
        if not self.query("#dialog-foot"):
            return
        if self._read:
            self.query_one("#dialog-head", Paragraphs).scroll_end(animate=False, force=True, immediate=True)
        self.query_one("#dialog-foot", Paragraphs).show(self.foot_rows())  # whether all rows are in view is known now
        self._painted = self.monotonic()

    def _more(self) -> bool:
        """Whether rows are below what is in view."""
        if not self.is_mounted or not self.query("#dialog-head"):
            return False
        head = self.query_one("#dialog-head", Paragraphs)
        return head.scroll_offset.y < head.max_scroll_y

    def refused(self, error: OxtuiError) -> None:
        """Say why it was refused, over the question."""
        hint = f"{error.hint[:1].upper()}{error.hint[1:]}." if error.hint else ""
        self.trouble = ((f"{error.message}. ", "trouble"), (hint, "text"))
        self._painted = None
        self._draw()

    @property
    def deciding(self) -> bool:
        """Whether an enter was given that nothing has followed yet."""
        return self._given is not None

    # -- keys
    def on_key(self, event: events.Key) -> None:
        """An enter counts only after a quiet time; what comes too early is dropped, and the row says so."""
        at = self._moment(event)
        early = self._painted is None or at - max(self._painted, self._touched) < QUIET
        self._take_back_enter(at)
        self._touched = at
        if event.key != "enter":
            return
        event.stop()
        event.prevent_default()
        if self.step not in ("read", "cleared"):
            return
        if early or self.waiting:
            self._say_again()
        elif self._more():
            self.action_scroll(1)
        else:
            self._given = self.set_timer(ALONE, self.action_take)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted here is meant for another window."""
        event.stop()
        at = self._moment(event)
        self._take_back_enter(at)
        self._touched = at

    def _take_back_enter(self, at: float) -> None:
        """Drop an enter that something follows at once: it was a line end of text for another window."""
        given, self._given = self._given, None
        if given is None:
            return
        given.stop()
        if at - self._touched >= ALONE:  # it was alone, and its time is only late
            self.action_take()
        else:
            self._say_again()

    def _say_again(self) -> None:
        self._again = True
        self.query_one("#dialog-foot", Paragraphs).show(self.foot_rows())

    def _moment(self, event: events.Event) -> float:
        """When a key was pressed, however long it waited to be read."""
        return self.monotonic() - max(0.0, Message().time - event.time)

    def action_take(self) -> None:
        """A quiet enter: yes."""
        self._given = None
        self._again = False
        if self.step in ("read", "cleared") and not self.waiting and self.is_current:
            self.trouble = ()
            self._read = True
            self.answered("clear" if self.step == "read" else "done")

    def action_leave(self) -> None:
        """esc: nothing was done."""
        if self.step == "saving":
            return
        self.answered("not-yet" if self.cleared else "back")

    def action_already(self) -> None:
        """1: it was done already, where that is offered."""
        if self.step == "locked" and self.offers_already:
            self.answered("already")

    def action_scroll(self, by: int) -> None:
        """A page on or back."""
        self._read = False
        head = self.query_one("#dialog-head", Paragraphs)
        head.scroll_relative(y=by * max(1, head.size.height - 1), animate=False)
        self.call_after_refresh(self._after_paint)
