"""Before you hang up: the missing values that only the client can give, asked for once, together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import ClassVar, cast

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.commands.copies import SetLine, wanted
from oxtui.cases.templates import Filled, affected
from oxtui.cases.wording import few
from oxtui.errors import OxtuiError
from oxtui.screens.case.part import CasePart
from oxtui.screens.case.template import line_value, looks_like
from oxtui.screens.dialogs.ask import Dialog
from oxtui.screens.host import AppHost
from oxtui.service import Service
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs


class Missing(Struct, frozen=True):
    """A template line that only the client can give, with its question and the mailboxes that it is about."""

    template: str
    line: Filled
    question: str
    whose: str = ""


def clients_lines(service: Service, case: Case) -> list[Missing]:
    """Return the lines that only the client can give and that are still missing.

    Two templates that ask the same about different mailboxes give a line each. Once all is done, none is wanted.
    """
    if not case.open_items():
        return []
    missing: dict[tuple[str, str], Missing] = {}
    for name in case.procedure.templates:
        if not wanted(case, name):
            continue
        boxes = affected(case, name) if len(case.addresses) > 1 else ()
        whose = few(case, boxes) if boxes else ""
        for line in service.filled(case, name).lines:
            if line.missing and line.line.source == "client":
                question = _question(line)
                missing.setdefault((question, whose), Missing(name, line, question, whose))
    return list(missing.values())


def _question(line: Filled) -> str:
    """Return the question for a line; that of a choice begins with its options."""
    label, ask = line.line.label, line.line.ask
    if line.line.kind == "choice":
        return f"{label}: {' or '.join(line.line.options)}?{f' {ask}' if ask else ''}"
    return ask or label


class HangUp(Dialog):
    """A field for every line; enter goes into the first and on, ctrl+s saves the typed values.

    No field has the keys at first: where the case is being left, n begins the next client's, and nothing typed for
    that case is lost; esc leaves with nothing filled in. Elsewhere n goes on with nothing filled in, and esc back.
    Answers (template, key, value) for each field that was filled.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "done", "keep", id="hang-up.keep"),
        Binding("enter,tab,down", "begin", "type them", id="hang-up.begin", show=False),
        Binding("n", "new", "next client", id="hang-up.new", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(self, lines: Sequence[Missing], today: date, *, leaving: bool) -> None:
        whose = {each.whose for each in lines}
        about = f"About {lines[0].whose}. " if len(whose) == 1 and lines[0].whose else ""
        text = "Only the client knows these. Empty fields are asked for again next time."
        if any(each.line.proposal for each in lines):
            text += " In a field, enter takes what is proposed."
        super().__init__("Before you hang up", f"{about}{text}")
        self.names_mailboxes = len(whose) > 1
        """Whether each question names its mailboxes, as they are not the same for all."""
        self.lines = lines
        self.today = today
        self.leaving = leaving
        self.doubted: dict[int, str] = {}
        self.confirmed: set[int] = set()
        """The fields whose proposal was taken with enter: only then has the client said so."""

    def body(self) -> ComposeResult:
        with VerticalScroll(id="hang-up", can_focus=False):
            for place, missing in enumerate(self.lines):
                whose = f" ({missing.whose})" if self.names_mailboxes and missing.whose else ""
                yield Paragraphs([((f"{missing.question}{whose}", "quiet"),)])
                line = missing.line.line
                hint = " or ".join(line.options) or ("12/9, yesterday, 3d" if line.kind == "date" else line.label)
                yield Input(missing.line.proposal, placeholder=hint, id=f"field-{place}", compact=True)

    def foot(self) -> Sequence[Span]:
        short = self.app.size.width < 60
        gap = "  " if short else "   "
        typing = isinstance(self.focused, Input)
        keys = [("enter", "next"), ("ctrl+s", "keep")] if typing else [("enter", "type them")]
        if not typing:
            keys.append(("n", "next client" if self.leaving else "skip" if short else "leave them empty"))
        keys.append(("esc", ("leave" if short else "leave: the call goes on") if self.leaving else "back"))
        return tuple(span for key, word in keys for span in ((key, "key"), (f" {word}{gap}", "quiet")))

    def on_descendant_focus(self) -> None:
        self.query_one("#dialog-foot", Paragraphs).show([self.foot()])

    def action_begin(self) -> None:
        """enter: go into the first field."""
        self.query_one("#field-0", Input).focus()

    def action_new(self) -> None:
        """n: begin the next client's case where this one is being left; elsewhere, go on without the values."""
        if self.leaving:
            cast(AppHost, self.app).next_client = True
        self.dismiss(None if self.leaving else [])

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        place = int((message.input.id or "field-0").split("-")[1])
        if self._value(place) is None:
            return
        self.confirmed.add(place)
        if place + 1 < len(self.lines):
            self.query_one(f"#field-{place + 1}", Input).focus()
        else:
            self.action_done()

    def _value(self, place: int) -> str | None:
        """Return the value of a field; None, and say why, if it does not fit or looks wrong for the first time."""
        box = self.query_one(f"#field-{place}", Input)
        line = self.lines[place].line
        try:
            value = line_value(line, box.value, self.today)
        except OxtuiError as error:
            self.complain(error)
            box.focus()
            return None
        doubt = looks_like(line.line.kind, box.value, self.today)
        if doubt and self.doubted.get(place) != box.value:
            self.doubted[place] = box.value
            self.show_warning(doubt, "enter")
            box.focus()
            return None
        return value

    def action_done(self) -> None:
        values = [self._value(place) for place in range(len(self.lines))]
        if None not in values:
            filled = zip(self.lines, values, strict=True)
            said = [row for place, row in enumerate(filled) if place in self.confirmed or self._typed(place)]
            self.dismiss([(each.template, each.line.line.key, value) for each, value in said if value])

    def _typed(self, place: int) -> bool:
        """Return whether a field has more than what was proposed in it."""
        return self.query_one(f"#field-{place}", Input).value != self.lines[place].line.proposal


class HangingUp(CasePart):
    """Asks once in a call, before the case is left or waits."""

    _asked_in: str = ""
    """The call in which it was asked."""

    def first(self, then: Callable[[], None], *, leaving: bool) -> None:
        """Ask for the values that only the client can give, in a call with them, then go on."""
        talk = self.case.conversation
        lines = clients_lines(self.service, self.case) if talk.with_client and talk.event != self._asked_in else []
        if not lines:
            then()
            return
        self._asked_in = talk.event

        def answered(values: list[tuple[str, str, str]] | None) -> None:
            for template, key, value in values or []:
                self.send(self.case, SetLine(template, key, value))
            if leaving or values is not None:
                then()

        self.screen.ask(HangUp(lines, self.service.clock.today(), leaving=leaving), answered)
