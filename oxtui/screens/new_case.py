"""A new case: the domain first; everything else can wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.errors import OxtuiError
from oxtui.screens.base import BaseScreen
from oxtui.screens.dialogs import Pick, Told
from oxtui.text import clean, domain_of, secret_like
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.ink import Span
from oxtui.widgets.words import Words

FIELDS = (
    ("domain", "Domain", "example.com.au, a mail address or a web address"),
    ("phone", "Phone", "may be left empty"),
    ("salesforce", "Salesforce", "case number, may be left empty"),
    ("mailboxes", "Mailboxes", "addresses, several at once; may be left empty"),
)


class NewCaseScreen(BaseScreen):
    """The fields of a new case."""

    CRUMB = "New case"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "go on", id="new.go-on", tooltip="Begin the case"),
        Binding(
            "tab",
            "app.focus_next",
            "next field",
            id="new.next",
            tooltip="Phone, Salesforce number, mailboxes",
        ),
    ]
    HELP_TEXT: ClassVar[tuple[str, ...]] = (
        "Type the client's domain and press enter: nothing else is needed to begin. "
        "A mail address gives the domain and the first mailbox.",
        "tab goes to phone, Salesforce number and mailboxes. They can be typed later with i in the case.",
        "An oxtui: line from the end of another agent's wrap-up note, pasted as the domain, takes that case over.",
    )
    AUTO_FOCUS = "#domain"
    _warned = ""
    """The phone that was told to look like a password: enter again keeps it so."""

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Vertical(id="new-fields"):
            for name, label, hint in FIELDS:
                yield Words([((label, "quiet"),)], id=f"label-{name}")
                yield Input(placeholder=hint, id=name, compact=True)
            yield Words(id="new-told")
        yield FootBar()

    def hints(self) -> list[KeyHint]:
        """The field has the enter key, and what it does comes first all the same."""
        rest = [hint for hint in super().hints() if hint.action != "go_on"]
        return [KeyHint("enter", "go on", "go_on"), *rest]

    def told(self, spans: Sequence[Span]) -> None:
        """Say something under the fields."""
        self.query_one("#new-told", Words).show([(), spans])

    def on_input_changed(self, message: Input.Changed) -> None:
        if message.input.id == "domain":
            self._look_for(message.value)

    def _look_for(self, text: str) -> None:
        """Earlier cases of the domain are told as it is typed."""
        try:
            domain = domain_of(text)
            rows = self.service.open_for(domain)
            closed = self.service.history.by_domain(domain) if "." in domain and len(domain) > 4 else []
        except OxtuiError:
            self.told(())
            return
        parts: list[Span] = []
        if rows:
            parts.append((f"{self.glyphs.nb} {domain} has an open case: enter offers it. ", "due"))
        if closed:
            last = closed[0]
            parts.append(
                (
                    f"{len(closed)} closed, the last one on {str(last.get('closed_at', ''))[:10]}: "
                    f"{last.get('ending', '')}.",
                    "quiet",
                )
            )
        self.told(tuple(parts))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.action_go_on()

    def action_go_on(self) -> None:
        values = {name: self.query_one(f"#{name}", Input).value for name, _, _ in FIELDS}
        text = values.pop("domain")
        if "oxtui:" in text:
            self._take_over(text)
            return
        try:
            domain = domain_of(text)
            there = self.service.open_for(domain)
        except OxtuiError as error:
            self.told(((error.message, "trouble"), (f"  {error.hint}", "quiet")))
            self.query_one("#domain", Input).focus()
            return
        why = secret_like(values["phone"])
        if why and values["phone"] != self._warned:
            self._warned = values["phone"]
            self.told(((f" {self.glyphs.nb} NB ", "nb-chip"), (f"The phone looks like {why}. enter saves it so", "nb")))
            return
        if not there:
            self._begin(text, values)
            return
        options = [(f"open it: {row.title or 'no scenario yet'}", f"next: {row.next}") for row in there]

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place < len(there):
                self.app.pop_screen()
                self.home.open_case(self.service.case(there[place].id))
            else:
                self._begin(text, values)

        self.app.push_screen(Pick(f"{domain} has an open case", [*options, ("begin another one", "")]), answered)

    def _begin(self, text: str, values: dict[str, str]) -> None:
        details = {name: clean(values[name]).strip() for name in ("phone", "salesforce") if values[name].strip()}
        boxes = [values["mailboxes"]] if values["mailboxes"].strip() else []
        try:
            case = self.service.start(text, details, boxes)
        except OxtuiError as error:
            self.told(((error.message, "trouble"), (f"  {error.hint}", "quiet")))
            wrong = next(
                (name for name, typed in values.items() if typed.strip() and typed.strip() in error.message), ""
            )
            if wrong:
                self.query_one(f"#{wrong}", Input).focus()
            return
        from oxtui.screens.picker import PickerScreen

        self.app.switch_screen(PickerScreen(case, new=True))

    def _take_over(self, text: str) -> None:
        try:
            versions = self.service.versions(text)
            case = None if versions else self.service.take_over(text)
        except OxtuiError as error:
            self.told(((error.message, "trouble"), (f"  {error.hint}", "quiet")))
            return
        if case is None:
            if versions:
                self._show_both(*versions)
            return
        self.app.pop_screen()
        if case.closed:
            self.home.say(f"{case.domain} is closed", "It stands in the history (h on Home).")
        else:
            self.home.open_case(case)

    def _show_both(self, mine: Case, theirs: Case, alike: int) -> None:
        """Two versions of a case that went different ways: both are told, and nothing is merged."""
        from oxtui.cases.handover import compare

        lines = compare(mine, theirs, alike, self.service.clock)
        self.app.push_screen(Told(lines, may_go=False, title=f"Two versions of {mine.domain}"))
