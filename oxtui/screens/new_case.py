"""A new case: its subject first; everything else can wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from oxtui.addresses import shown_domain
from oxtui.cases.case import Case
from oxtui.cases.notes.note import is_note
from oxtui.cases.overview import Overview
from oxtui.cases.pasted import Pasted, each_in, is_public_suffix, page_of
from oxtui.errors import OxtuiError, WrongUse
from oxtui.screens.base import BaseScreen, key
from oxtui.screens.dialogs.ask import Choice, menu
from oxtui.screens.host import IN_HISTORY
from oxtui.text import clean, secret_like, sentence
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs

T = TypeVar("T")
SLOW_SECONDS = 0.4
"""Seconds that the disk may take before the screen says that it is slow."""
APART: Final = ("domain", "mailboxes")
"""The fields that are no details of the case: its subject, and its mailboxes."""


class NewCaseScreen(BaseScreen):
    """The fields of a new case."""

    CRUMB = "New case"
    BEGINS_CASE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        key("new.go-on", "enter", "go_on", "go on", "Begin the case"),
        key("new.next", "tab", "app.focus_next", "next field", "{fields}"),
    ]
    AUTO_FOCUS = "#domain"

    def __init__(self, domain: str = "") -> None:
        """`domain`: begin its case at once."""
        super().__init__()
        self.begun_with = domain
        self._warned = ""
        """The text that a warning was about: enter again takes it."""
        self._begins = False
        self._pasted = ""
        """The domain of a page that was taken into the fields: its counts stay shown."""

    def fields(self) -> list[tuple[str, str, str]]:
        """Return the id, label and placeholder of each field."""
        about = self.speaks.about
        example = next((self.speaks.patterns[name][1] for name in (about.subject.pattern,) if name), "")
        hint = "example.com.au, a mail address or a web address" if about.is_domain else example
        hints = {"contact": "who calls (optional)"}
        own = [
            (each.id, sentence(each.label), hints.get(each.id, "optional"))
            for each in about.fields.values()
            if not each.several
        ]
        each = [("mailboxes", sentence(about.many), "one or more (optional)")] if about.each else []
        return [("domain", sentence(about.label), hint), *own, *each]

    def help_text(self) -> tuple[str, ...]:
        about, system = self.speaks.about, self.speaks.words.system
        labels = [label for _, label, _ in self.fields()[1:]]
        mail = (
            f" A mail address gives the {about.label} and the first {about.one}."
            if about.is_domain and about.each
            else ""
        )
        text = [f"Type the {about.label} and press enter: nothing else is needed to begin.{mail}"]
        if labels:
            text.append(f"tab goes on: {', '.join(labels)}. They can be typed later with i in the case.")
        if about.is_domain and about.each:
            text.append(
                f"A page of {system}, pasted there, gives the {about.label} and its {about.many}; the rest is counted."
            )
        text.append("An oxtui: line from the end of another agent's wrap-up note, pasted there, takes that case over.")
        return tuple(text)

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Vertical(id="new-fields"):
            for name, label, hint in self.fields():
                yield Paragraphs([((label, "quiet"),)], id=f"label-{name}")
                value = self.begun_with if name == "domain" else ""
                yield Input(value, placeholder=hint, id=name, compact=True)
            yield Paragraphs(id="new-told")
        yield FootBar()

    def on_mount(self) -> None:
        if self.begun_with:
            self.action_go_on()

    def hints(self) -> list[KeyHint]:
        """Show enter first, although the field has that key."""
        return [KeyHint("enter", "go on", "go_on"), *(hint for hint in super().hints() if hint.action != "go_on")]

    def show_below(self, spans: Sequence[Span]) -> None:
        """Show a line under the fields."""
        self.query_one("#new-told", Paragraphs).show([(), spans])

    def on_input_changed(self, message: Input.Changed) -> None:
        if message.input.id != "domain":
            return
        if page := self._page(message.value):
            self._tell_page(*page, " takes them")
        else:
            self._look_for(message.value)

    def _page(self, text: str) -> tuple[str, Pasted] | None:
        """Return the subject and addresses of a pasted page of the console, if the playbook has such pages."""
        about = self.speaks.about
        return page_of(text) if about.is_domain and about.each and not ("oxtui:" in text or is_note(text)) else None

    def _tell_page(self, domain: str, found: Pasted, enter: str) -> None:
        """Name the addresses on a page, and the effect of enter now."""
        self.show_below(((f"{domain}: {found.counts}. ", "text"), ("enter", "key"), (enter, "quiet")))

    def _look_for(self, text: str) -> None:
        """Say which cases of the domain there are as it is typed: looked for in a thread, for the newest text."""
        service = self.service

        def search() -> list[Span]:
            domain = service.subject_of(text)
            if len(domain) <= 4:
                return []
            return self._found(domain, service.open_for(domain), service.store.archive.by_domain(domain))

        found = partial(self._tell_found, text)
        self.host.aside(search, found, lambda _: found([]), holds_keys=False)

    def _found(self, domain: str, there: Sequence[Overview], closed: Sequence[Mapping[str, Any]]) -> list[Span]:
        parts: list[Span] = []
        if there:
            parts.append((f"{self.glyphs.nb} {shown_domain(domain)} has an open case: enter offers it. ", "due"))
        if closed:
            last = closed[0]
            endings = {ending.id: ending.text for ending in self.service.playbook.procedure.endings}
            how = endings.get(str(last.get("ending")), str(last.get("ending", "")))
            day = str(last.get("closed_at", ""))[:10]
            parts.append((f"{len(closed)} closed, the last one on {day}: {how}.", "quiet"))
        return parts

    def _tell_found(self, text: str, parts: Sequence[Span]) -> None:
        box = self.query("#domain")
        fits = bool(box) and box.first(Input).value == text and not self._begins
        if self.is_mounted and fits and (parts or text != self._pasted):
            self.show_below(parts)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.action_go_on()

    def action_go_on(self) -> None:
        """enter: open an existing case, or begin one; all reading and writing is done in a thread."""
        if self._begins:
            return
        values = {name: self.query_one(f"#{name}", Input).value for name, _, _ in self.fields()}
        text = values.pop("domain")
        if "oxtui:" in text:
            service = self.service
            self._aside(lambda: service.versions(text) or service.take_over(text), partial(self._took_over, text))
            return
        if is_note(text):
            self._refused_here(
                WrongUse("This is a wrap-up note without its oxtui: line", "Y again there copies that line")
            )
            return
        about = self.speaks.about
        if page := self._page(text):
            self._take_page(*page)
            return
        try:
            domain = self.service.subject_of(text)
            if values.get("mailboxes", "").strip():
                values["mailboxes"] = ", ".join(each_in(values["mailboxes"], about, domain).addresses)
        except OxtuiError as error:
            self._refused_here(error)
            return
        if why := self._doubt(values) or self._suffix(domain):
            self.show_below(((f" {self.glyphs.nb} NB ", "nb-chip"), (why, "nb")))
            return
        self._aside(lambda: self.service.open_for(domain), lambda there: self._ask_which(domain, there, text, values))

    def _take_page(self, domain: str, found: Pasted) -> None:
        """Put a page's domain and that domain's addresses into the fields, and count the rest."""
        self.query_one("#domain", Input).value = domain
        self.query_one("#mailboxes", Input).value = ", ".join(found.addresses)
        self._pasted = domain
        self._tell_page(domain, found, " begins the case")

    def _suffix(self, domain: str) -> str:
        """Warn once of a domain under which everybody registers; else return ""."""
        if not self.speaks.about.is_domain or not is_public_suffix(domain) or self._warned == domain:
            return ""
        self._warned = domain
        return f"{domain} is nobody's own domain. enter takes it anyway"

    def _doubt(self, values: Mapping[str, str]) -> str:
        """Warn once about each text that should not be saved; else return ""."""
        for name in (each.id for each in self.speaks.about.fields.values() if not (each.ticket or each.several)):
            why = secret_like(values[name])
            if why and values[name] != self._warned:
                self._warned = values[name]
                return f"The {self.speaks.about.fields[name].label} looks like {why}. enter saves it anyway"
        return ""

    def _aside(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Run in a thread work that may wait for a disk; meanwhile the fields take no input."""
        self._begins = True
        self.set_timer(SLOW_SECONDS, self._tell_slow)

        def done(result: T) -> None:
            self._begins = False
            if self.in_stack:
                self.query(Input).set(disabled=False)
                then(result)

        def failed(error: OxtuiError) -> None:
            self._begins = False
            if self.in_stack:
                self.query(Input).set(disabled=False)
                self._refused_here(error)
            else:
                self.host.tell(error)

        self.host.aside(work, done, failed)

    def _tell_slow(self) -> None:
        if self._begins and self.is_mounted:
            self.query(Input).set(disabled=True)
            self.show_below(((f"{self.glyphs.pending} The disk is slow, or another program holds the cases", "due"),))

    def _refused_here(self, error: OxtuiError) -> None:
        """Show the problem, and move to its field."""
        self.show_below(((error.message, "trouble"), (f"  {error.hint}", "quiet")))
        boxes = list(self.query(Input))
        wrong = (box for box in boxes[1:] if box.value.strip() and box.value.strip() in error.message)
        next(wrong, boxes[0]).focus()

    def _ask_which(self, domain: str, there: Sequence[Overview], text: str, values: Mapping[str, str]) -> None:
        if not there:
            self._begin(text, values)
            return

        def open_it(row: Overview) -> None:
            if case := self.service.peek(row.id):
                self.host.switch_to_case(case)

        choices: list[Choice] = [
            (f"open it: {row.title or 'no scenario yet'}", f"next: {row.next}", partial(open_it, row)) for row in there
        ]
        choices.append(("begin another one", "", partial(self._begin, text, values)))
        self.ask(*menu(f"{shown_domain(domain)} has an open case", choices))

    def _begin(self, text: str, values: Mapping[str, str]) -> None:
        details = {name: clean(text).strip() for name, text in values.items() if name not in APART and text.strip()}
        boxes = [values["mailboxes"]] if values.get("mailboxes", "").strip() else []
        service, host = self.service, self.host

        def begun(case: Case) -> None:
            from oxtui.screens.call_flow.screen import CallFlowScreen

            host.watcher.seen()
            if self.in_stack:
                self.host.opened = case.id
                self.app.switch_screen(CallFlowScreen(case, new=True))

        self._aside(lambda: service.start(text, details, boxes), begun)

    def _took_over(self, text: str, found: Case | tuple[Case, Case, int]) -> None:
        if isinstance(found, tuple):
            self._show_both(text, *found)
        elif found.closed:
            self.app.pop_screen()
            self.host.say(f"{found.name} is closed", IN_HISTORY)
        else:
            self.host.switch_to_case(found)

    def _show_both(self, text: str, mine: Case, theirs: Case, alike: int) -> None:
        """Show two versions of a case that went on in two places, and go on with the one that is chosen."""
        from oxtui.cases.notes.versions import compare
        from oxtui.cases.transfer import acts_apart, needs_checks

        lines = compare(mine, theirs, alike, self.service.clock)
        who = theirs.log[-1].agent
        parts = ["ours becomes a note"]
        parts += ["what was done outside is asked about"] if acts_apart(mine, theirs, alike) else []
        parts += ["checks are made again"] if needs_checks(theirs) else []
        took_over = partial(self._took_over, text)
        take = partial(self.service.take_over, text, instead=True)
        choices: list[Choice] = [
            ("keep ours", "the line changes nothing", partial(took_over, mine)),
            (f"take theirs, as reported by {who}", ", ".join(parts), partial(self._aside, take, took_over)),
        ]
        self.ask(*menu(f"Two versions of {mine.name}", choices, "\n".join(lines)))
