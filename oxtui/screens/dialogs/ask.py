"""Small questions at the foot of the screen, which never cover the item they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.host import Fleeting, fit_to_app
from oxtui.text import cells, clean, secret_like
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, spread, wrap
from oxtui.widgets.text_view import Paragraphs

Choice: TypeAlias = tuple[str, str, Callable[[], object]]
"""An entry of a menu: its name, a word beside it, and the function to call when it is chosen."""
WIDEST = 96
"""Columns of a choice with the word beside it at most: on a wide pane the two stay together."""


# ModalScreen first: a style sheet knows a screen by its first bases only
class Dialog(ModalScreen[Any], Fleeting):
    """A box at the foot of the screen; esc answers None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back", id="dialog.back")]
    AUTO_FOCUS = "Input, TextArea, Rows"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    JUDGES_KEYS: ClassVar[bool] = False
    """Whether it judges for itself how quickly its keys come."""
    RECORDS: ClassVar[bool] = False
    """Whether its enter records what something irreversible waits for: a held or pasted enter then does nothing."""

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        fit_to_app(self)
        self.heading = title
        self.text = text

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""
        found = getattr(self.app, "glyphs", UNICODE)
        return found if isinstance(found, Glyphs) else UNICODE

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Paragraphs(self.head(), id="dialog-head")
            yield from self.body()
            yield Paragraphs([self.foot()], id="dialog-foot")

    def head(self) -> list[Sequence[Span]]:
        """Return title and text."""
        rows: list[Sequence[Span]] = [((self.heading, "strong"),)]
        if self.text:
            rows.append(((self.text, "text"),))
        return rows

    def body(self) -> ComposeResult:
        """Return the widgets between head and foot."""
        yield from ()

    def foot(self) -> Sequence[Span]:
        """Return the keys."""
        return (("enter", "key"), (" ok   ", "quiet"), ("esc", "key"), (" back", "quiet"))

    def complain(self, error: OxtuiError) -> None:
        """Show the problem with the typed text, above the keys."""
        hint = f"  {error.hint}" if error.hint else ""
        self.query_one("#dialog-foot", Paragraphs).show([((error.message, "trouble"), (hint, "quiet")), self.foot()])

    def show_warning(self, warning: str, key: str) -> None:
        """Warn, in place of the keys, that the text looks wrong, before it is saved."""
        nb = ((f" {self.glyphs.nb} NB ", "nb-chip"), (f"This looks like {warning}. ", "nb"))
        self.query_one("#dialog-foot", Paragraphs).show([(*nb, (f"  {key}", "key"), (" save it anyway", "quiet"))])


class Confirm(Dialog):
    """Asks for a confirmation; enter says yes, esc no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "yes", "yes", id="dialog.yes"),
        Binding("down,j,pagedown", "scroll(1)", show=False),
        Binding("up,k,pageup", "scroll(-1)", show=False),
    ]

    def __init__(
        self, title: str, text: str = "", yes: str = "yes", nb: str = "", no: str = "no", ask: str = ""
    ) -> None:
        """`ask` is the question, shown last, if the title is its subject."""
        super().__init__(title, text)
        self.question = ask
        self.yes = yes
        self.no = no
        self.nb = nb

    def head(self) -> list[Sequence[Span]]:
        rows = super().head()
        if self.nb:
            rows.insert(1, ((f" {self.glyphs.nb} NB ", "nb-chip"), (self.nb + " ", "nb")))
        return [*rows, ((self.question, "strong"),)] if self.question else rows

    def foot(self) -> Sequence[Span]:
        return (("enter", "key"), (f" {self.yes}   ", "quiet"), ("esc", "key"), (f" {self.no}", "quiet"))

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_scroll(self, by: int) -> None:
        """Scroll a text that has too little room."""
        self.query_one("#dialog-head", Paragraphs).scroll_relative(y=3 * by, animate=False)


class ConfirmRecord(Confirm):
    """Confirms what something irreversible waits for."""

    RECORDS = True


class Told(Confirm):
    """Shows the notices that the banner has no room for; enter dismisses those that need no more attention."""

    DEFAULT_CSS = """
    Told #dialog-head { height: auto; max-height: 100%; }
    Told #dialog-foot { dock: bottom; }
    Told #dialog { padding-bottom: 1; }
    """

    def __init__(self, lines: Sequence[str], *, may_go: bool, title: str = "What you need to know") -> None:
        super().__init__(title, "\n".join(lines), yes="put it away" if may_go else "back")


class Ask(Dialog):
    """Asks for one line of text; `check` turns it into the answer, or raises an error.

    `warn` returns what the text resembles that should not be saved (a password): then a second enter takes it.
    """

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        value: str = "",
        placeholder: str = "",
        check: Callable[[str], Any] = str.strip,
        password: bool = False,
        warn: Callable[[str], str | None] | None = secret_like,
        begun: bool = False,
    ) -> None:
        """`begun`: `value` was typed before the field was there; further letters go after it."""
        super().__init__(title, text)
        self.begun = begun
        self.warn = None if password else warn
        self._warned = ""
        self.value = value
        self.placeholder = placeholder
        self.check = check
        self.password = password

    def body(self) -> ComposeResult:
        yield Input(
            clean(self.value),
            placeholder=self.placeholder,
            password=self.password,
            id="dialog-input",
            compact=True,
            select_on_focus=not self.begun,
        )

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        try:
            answer = self.check(message.value if self.password else clean(message.value))
        except OxtuiError as error:
            self.complain(error)
            return
        warning = self.warn(message.value) if self.warn and message.value != self._warned else None
        if warning:
            self._warned = message.value
            self.show_warning(warning, "enter")
        else:
            self.dismiss(answer)


def required(message: str, hint: str = "esc goes back") -> Callable[[str], str]:
    """Return a check that strips the text, and refuses an empty one with a message."""

    def check(text: str) -> str:
        if not text.strip():
            raise WrongUse(message, hint)
        return text.strip()

    return check


class ChoiceRows(Rows[tuple[str, str]]):
    """The choices of a dialog: a number, a name, a word beside it."""

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        cursor: int = 0,
        *,
        id: str | None = None,
        numbered: bool = True,
        digits: Sequence[str] = (),
    ) -> None:
        super().__init__(id=id)
        self.digits = digits or [str(place) for place in range(1, 10)]
        if not numbered:
            self.digits = ()
        self.rows = options
        self.cursor = cursor

    def action_page(self, by: int) -> None:
        """Scroll the text above the choices if it has too little room; the choices have digits."""
        head = self.screen.query_one("#dialog-head", Paragraphs)
        if head.max_scroll_y:
            head.scroll_relative(y=by * max(1, head.size.height - 1), animate=False)
        else:
            super().action_page(by)

    def row_style(self, owner: int) -> Style | None:
        # the cursor counts even while the keys go into a field above
        return self.style_of("cursor") if owner == self.cursor else None

    def owned(self, width: int) -> Iterable[tuple[Line, int]]:
        width = min(width, WIDEST)
        for place, (name, beside) in enumerate(self.rows):
            key = (f" {self.digits[place]} ", "key") if place < len(self.digits) else ("   ", "text")
            if cells(beside) <= 8 or cells(name) + cells(beside) + 6 <= width:
                yield (spread((key, (name, "text")), ((beside + " ", "quiet"),) if beside else (), width), place)
                continue
            for line in wrap((key, (name, "text")), width, 3):  # both are shown whole
                yield line, place
            for line in wrap((("   ", "text"), (beside, "quiet")), width, 3) if beside else ():
                yield line, place


class Pick(Dialog):
    """Asks for one of several by digits, arrows, enter or the mouse, and answers its place.

    `digits` are the keys of choices that have numbers of their own.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "take it", id="dialog.take"),
        *(Binding(str(digit), f"digit({digit})", show=False) for digit in range(1, 10)),
    ]

    def __init__(
        self,
        title: str,
        options: Sequence[tuple[str, str]],
        text: str = "",
        cursor: int = 0,
        digits: Sequence[str] = (),
    ) -> None:
        super().__init__(title, text)
        self.options = options
        self.at = cursor
        self.digits = digits or [str(place) for place in range(1, min(9, len(options)) + 1)]

    def body(self) -> ComposeResult:
        yield ChoiceRows(self.options, self.at, id="dialog-rows", digits=self.digits)

    def on_mount(self) -> None:
        self.call_after_refresh(self._tell_more)

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell_more)

    def _tell_more(self) -> None:
        """Say how to read the rest of a text that has too little room."""
        if not self.query("#dialog-head"):
            return  # a quicker key has closed it
        more = self.query_one("#dialog-head", Paragraphs).max_scroll_y > 0
        rest = (("   pgdn", "key"), (" read on", "quiet")) if more else ()
        self.query_one("#dialog-foot", Paragraphs).show([(*self.foot(), *rest)])

    def foot(self) -> Sequence[Span]:
        return (
            (f"{self.digits[0]}-{self.digits[-1]}" if len(self.digits) > 1 else "".join(self.digits), "key"),
            (" or ", "quiet"),
            ("enter", "key"),
            (" take   ", "quiet"),
            ("esc", "key"),
            (" back", "quiet"),
        )

    def action_take(self) -> None:
        self.dismiss(self.query_one(ChoiceRows).cursor)

    def action_digit(self, digit: int) -> None:
        if str(digit) in self.digits:
            self.dismiss(self.digits.index(str(digit)))

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.dismiss(message.index)


def menu(
    title: str, choices: Sequence[Choice], text: str = "", cursor: int = 0
) -> tuple[Pick, Callable[[int | None], None]]:
    """Return a menu, and the function that takes its answer: it does what was chosen, and nothing after esc."""

    def chosen(place: int | None) -> None:
        if place is not None:
            choices[place][2]()

    return Pick(title, [(name, beside) for name, beside, _ in choices], text, cursor), chosen


class PickSeveral(Pick):
    """Asks for several: digits and space mark, a marks all or none, enter takes those marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", id="dialog.mark"),
        Binding("a", "mark_all", "all or none", id="dialog.mark-all"),
    ]

    def __init__(
        self, title: str, options: Sequence[tuple[str, str]], text: str = "", chosen: Iterable[int] = ()
    ) -> None:
        super().__init__(title, options, text)
        self.names = [name for name, _ in options]
        self.beside = [beside for _, beside in options]
        self.chosen = set(chosen)

    def on_mount(self) -> None:
        self._draw()

    def foot(self) -> Sequence[Span]:
        return (
            ("space", "key"), (" mark   ", "quiet"), ("a", "key"), (self._all_or_none(), "quiet"),
            ("enter", "key"), (" take those marked   ", "quiet"), ("esc", "key"), (" back", "quiet"),
        )  # fmt: skip

    def _all_or_none(self) -> str:
        return " unmark all   " if len(self.chosen) == len(self.names) else " mark all   "

    def _draw(self) -> None:
        rows = self.query_one(ChoiceRows)
        signs = [self.glyphs.done if place in self.chosen else self.glyphs.action for place in range(len(self.names))]
        rows.rows = [
            (f"{sign} {name}", beside) for sign, name, beside in zip(signs, self.names, self.beside, strict=True)
        ]
        rows.redraw()
        self._tell_more()

    def change(self, place: int) -> None:
        """Mark or unmark one."""
        self.chosen ^= {place}
        self._draw()

    def action_mark(self) -> None:
        self.change(self.query_one(ChoiceRows).cursor)

    def action_mark_all(self) -> None:
        everything = set(range(len(self.names)))
        self.chosen = set() if self.chosen == everything else everything
        self._draw()

    def action_digit(self, digit: int) -> None:
        if digit <= len(self.names):
            self.query_one(ChoiceRows).cursor = digit - 1
            self.change(digit - 1)

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_mark()

    def action_take(self) -> None:
        if self.chosen:
            self.dismiss(sorted(self.chosen))
        else:
            self.complain(WrongUse("Nothing is marked", "space marks the one under the cursor"))
