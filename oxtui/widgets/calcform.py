"""What is typed into the calculator: a row for each field that is asked, and the plans to pick from."""

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
_ALLOWED = {"months": r"[0-9A-Za-z /+.-]*", "licences": r"[0-9]{0,4}", "amount": r"[0-9.,$£AaUuDd ]*"}


class Typed(Input):
    """An input whose keys act in the order typed: what comes after an enter belongs to the next field."""

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
    """The labels of the fields, a row each; that of the field in use stands out."""

    def __init__(self, in_words: Callable[[str], str]) -> None:
        super().__init__(id="calc-labels")
        self.in_words = in_words
        self.shown: tuple[Sequence[str], str] = ((), "")

    def show(self, names: Sequence[str], at: str) -> None:
        """Draw the labels of these fields; the field `at` has the keys."""
        if self.shown != (names, at):
            self.shown = (names, at)
            self.redraw()

    def content(self, width: int) -> Iterable[Line]:
        names, at = self.shown
        for name in names:
            yield ((self.in_words(_SHOWN[name][0]), "accent" if name == at else "quiet"),)


class Form(Vertical):
    """The fields that are asked; one is made when it is asked for the first time.

    `texts` holds what stands in them at first, `entered` is called at enter.
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
        """The fields that are asked now, in order."""
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
        """What stands in a field, cleaned, asked or not."""
        box = self.boxes.get(name)
        return clean(box.value if box else self.texts.get(name, "")).strip()

    def put(self, name: str, text: str) -> None:
        """Write into a field without its being read as typed."""
        box = self.boxes.get(name)
        if box is None:
            self.texts[name] = text
            return
        with self.screen.prevent(Input.Changed):
            box.value = text
        if not box.has_focus:
            box.cursor_position = 0

    def ask(self, names: Sequence[str], at: str) -> None:
        """Ask for these fields and no others; the field `at` has the keys."""
        if list(names) != self.asked:
            self.asked = list(names)
            new = {name: self._box(name) for name in names if name not in self.boxes}
            self.boxes |= new
            for name, box in self.boxes.items():
                box.display = name in names
            if new:  # only those of the SME come late, and they stand last
                self.mount_all(new.values(), before=self.rows)
        self.labels.show(tuple(names), at)

    def use(self, at: str) -> None:
        """Show which field has the keys; "" for none."""
        self.labels.show(tuple(self.asked), at)
        self.set_class(bool(at), "-active")


def field_of(widget: Any) -> str:
    """The name of the field that an input is, or ""."""
    return (widget.id or "").removeprefix("calc-") if isinstance(widget, Typed) else ""
