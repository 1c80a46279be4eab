"""The form of the calculator: its fields, and the list of plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from oxtui.text import clean
from oxtui.widgets.calculator import PlanRows
from oxtui.widgets.spans import Line
from oxtui.widgets.text_view import TextView

PLANS = ("now", "next")
SME = ("amount", "sme", "reference")
FIELDS = (*PLANS, "months", "licences", *SME)
_SHOWN = {
    "now": ("plan now", "part of it, y or m"),
    "next": ("plan next", "part of it, y or m"),
    "months": ("months used", "2, or 12/9, 3 months ago"),
    "licences": ("{licences}", "how many change together"),
    "amount": ("{currency} each", "discount for one {licence}"),
    "sme": ("{experts}", "name"),
    "reference": ("reference", "case or chat it is in"),
}
"""Label and placeholder of each field."""
_ALLOWED = {"months": r"[0-9A-Za-z /+.-]*", "amount": r"[0-9.,$£AaUuDd ]*"}


class Typed(Input):
    """An input that passes keys on to the next field if they were typed after enter."""

    def __init__(self, name: str, text: str, entered: Callable[[], None], in_words: Callable[[str], str]) -> None:
        super().__init__(
            text,
            id=f"calc-{name}",
            placeholder=in_words(_SHOWN[name][1]),
            restrict=_ALLOWED.get(name),
            compact=True,
            max_length=120,
        )
        self.cursor_position = 0  # a long plan shows its beginning
        self.entered = entered

    def on_key(self, event: events.Key) -> None:
        now = self.screen.focused
        if now is not self and isinstance(now, Typed) and (event.is_printable or event.key == "enter"):
            now.post_message(events.Key(event.key, event.character))
        elif event.key == "enter":
            self.entered()
        else:
            return
        event.stop()
        event.prevent_default()


class Labels(TextView):
    """The labels of the fields, one row each; that of the focused field is highlighted."""

    def __init__(self, in_words: Callable[[str], str]) -> None:
        super().__init__(id="calc-labels")
        self.in_words = in_words
        self.shown: tuple[Sequence[str], str] = ((), "")

    def show(self, names: Sequence[str], at: str) -> None:
        """Replace the labels; the field `at` has the focus."""
        if self.shown != (names, at):
            self.shown = (names, at)
            self.redraw()

    def content(self, width: int) -> Iterable[Line]:
        names, at = self.shown
        for name in names:
            yield ((self.in_words(_SHOWN[name][0]), "accent" if name == at else "quiet"),)


class Form(Vertical):
    """The fields, each created when it is first needed.

    `texts` has their initial content; `entered` is called at enter.
    """

    def __init__(
        self,
        asked: Sequence[str],
        at: str,
        texts: Mapping[str, str],
        entered: Callable[[], None],
        in_words: Callable[[str], str],
    ) -> None:
        super().__init__(id="calc-form", classes="box -active" if at else "box")
        self.border_title = "Change of plan"
        self.texts = dict(texts)
        self.entered = entered
        self.asked: list[str] = list(asked)
        """The visible fields, in order."""
        self.in_words = in_words
        self.labels = Labels(in_words)
        self.labels.show(tuple(asked), at)
        self.rows = PlanRows(id="calc-plans")
        self.boxes: dict[str, Typed] = {name: self._box(name) for name in asked}

    def compose(self) -> ComposeResult:
        yield self.labels
        yield from self.boxes.values()
        yield self.rows

    def _box(self, name: str) -> Typed:
        return Typed(name, self.texts.get(name, ""), self.entered, self.in_words)

    def typed(self, name: str) -> str:
        """The content of a field, cleaned, whether it is visible or not."""
        box = self.boxes.get(name)
        return clean(box.value if box else self.texts.get(name, "")).strip()

    def put(self, name: str, text: str) -> None:
        """Set the content of a field without a Changed message."""
        box = self.boxes.get(name)
        if box is None:
            self.texts[name] = text
            return
        with self.screen.prevent(Input.Changed):
            box.value = text
        if not box.has_focus:
            box.cursor_position = 0

    def ask(self, names: Sequence[str], at: str) -> None:
        """Show these fields and no others; the field `at` has the focus."""
        if list(names) != self.asked:
            self.asked = list(names)
            new = {name: self._box(name) for name in names if name not in self.boxes}
            self.boxes |= new
            for name, box in self.boxes.items():
                box.display = name in names
            if new:  # only the last ones, of the SME, are created later
                self.mount_all(new.values(), before=self.rows)
        self.labels.show(tuple(names), at)

    def use(self, at: str) -> None:
        """Highlight the focused field; "" is none."""
        self.labels.show(tuple(self.asked), at)
        self.set_class(bool(at), "-active")


def field_of(widget: Any) -> str:
    """The name of the field of an input, or ""."""
    return (widget.id or "").removeprefix("calc-") if isinstance(widget, Typed) else ""
