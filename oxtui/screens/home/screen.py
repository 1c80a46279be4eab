"""Home: the cases due, in hand and waiting; the highlighted case's next item beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.overview import Overview
from oxtui.errors import Refusal
from oxtui.screens.base import BaseScreen, close_box, key, lacks, open_box
from oxtui.screens.home.holders import Holders, signs
from oxtui.text import clean, series
from oxtui.widgets.banner import Notice
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.casedetail import detail
from oxtui.widgets.casetable import CaseTable
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs


class HomeScreen(BaseScreen):
    """The open cases of this home."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("home.new", "n", "new", "new", "A new case: type the client's {subject}"),
        key("home.open", "enter", "open", "open", "Open the case under the cursor"),
        key("home.filter", "slash", "filter", "filter", "Filter by any word or number", sign="/"),
        key("home.chase", "w", "chase", "chase", "Only what is due and waits for others"),
        key("home.ask", "y", "ask", "copy the question", "Copy one polite question for the case's ticket", show=False),
        key("home.mine", "1", "view('mine')", "mine", "Where cases are shared: only your own", show=False),
        key("home.all", "2", "view('all')", "all", "Where cases are shared: everybody's", show=False),
        key(
            "home.nobody", "3", "view('nobody')", "nobody's", "Where cases are shared: those that nobody has",
            show=False,
        ),
        key("home.take", "T", "take_case", "take over", "Where cases are shared: the case is yours now"),
        key("home.give", "A", "give_case", "give to", "Where cases are shared: give it to somebody"),
        key("home.floor", "F", "lead", "floor", "For leads: the floor now, who is where, what is due"),
        key("home.history", "h", "history", "history", "Closed cases, with search"),
        key("home.calculator", "c", "calculator", "calculator", "Work a discount out without a case"),
        key("home.templates", "t", "templates", "templates", "The escalation templates"),
        key("home.reference", "r", "reference", "reference", "Plans, how-tos, channels"),
        key("home.handover", "H", "handover", "handover", "Copy all open cases as text, due first"),
        key("home.quit", "q", "leave", "quit", "End oxtui"),
    ]  # fmt: skip
    HELP_TEXT: ClassVar[tuple[str, ...]] = (
        "Home shows the open cases: due ones first, then those in hand, then those that wait for someone.",
        "n begins a case: the client's {subject}, enter{gate}, then the scenario's digit.",
        "enter opens the case under the cursor. What you ticked is on disk the moment it is shown as done.",
    )
    AUTO_FOCUS = "#cases"
    HORIZONTAL_BREAKPOINTS = [*BaseScreen.HORIZONTAL_BREAKPOINTS, (150, "-huge")]

    def __init__(self) -> None:
        super().__init__()
        self.filter = ""
        self.chasing = False
        self.holders = Holders(self, self.draw, lambda: row.id if (row := self.table.current) else "")
        self.action_view = self.holders.choose
        self.action_open = self.holders.open
        self.action_take_case = self.holders.take
        self.action_give_case = self.holders.give
        self._shown_at: tuple[int, dict[str, tuple[str, str]]] = (-1, {})

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Input(placeholder=self._filter_words(), id="filter", compact=True)
        table = CaseTable(id="cases")
        table.procedure = self.service.playbook.procedure
        table.add_class("box", update=False)
        yield table
        beside = Paragraphs(id="detail")
        beside.indent = 7
        beside.add_class("box", update=False)
        yield beside
        yield FootBar()

    def _filter_words(self) -> str:
        """Return the placeholder of the filter: the fields that it searches."""
        about = self.speaks.about
        words = (about.label, *([about.one] if about.each else []), *(each.label for each in about.fields.values()))
        return series(words, "or")

    def help_text(self) -> tuple[str, ...]:
        gate = ", a once the client is authenticated" if self.speaks.gated else ""
        return tuple(text.replace("{gate}", gate) for text in super().help_text())

    @property
    def table(self) -> CaseTable:
        return self.query_one("#cases", CaseTable)

    def on_mount(self) -> None:
        self.query_one("#filter").display = False

    def on_screen_resume(self) -> None:
        left, self.host.opened = self.host.opened, ""
        self.draw(left)

    def floor_changed(self) -> None:
        if self.in_view:
            self.draw()

    def case_changed(self, case: Case) -> None:
        if self.in_view:
            self.draw()

    def time_passed(self) -> None:
        """Draw conversations that begin or lapse, and cases that fall due with the minute."""
        minute, talks = self.service.clock.local().minute, signs(self.host, self.service)
        if self.ready and self.in_view and (minute, talks) != self._shown_at:
            self._shown_at = (minute, talks)
            self.draw()

    def own_notices(self) -> tuple[Notice, ...]:
        """Return the playbook's notices of these days and, in practice, the next lesson."""
        today = self.service.clock.today()
        texts = [each.text for each in self.service.playbook.notices if each.shown_on(today)]
        lesson, done = self.host.lessons.on_home() if self.host.lessons and not self.narrow() else ("", False)
        tried = (Notice("DONE" if done else "TRY THIS NEXT", lesson, (lesson,), calm=True),) if lesson else ()
        return (*(Notice("NB", text, (text,)) for text in texts), *tried)

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw_detail)

    def draw(self, at: str = "") -> None:
        """Draw the cases as they were last read, the cursor on case `at`: nothing here waits for a disk."""
        if not self.ready:
            return
        whole = self.host.watcher.whole or bool(self.filter) or self.chasing
        rows = self.service.seen_overviews() if whole else self.service.first_overviews(self.pane_size.height)
        shown = self.holders.of_view(rows)
        self._draw_title(rows, whole)
        if self.chasing:
            shown = [row for row in shown if row.hold and row.status == "due"]
        if self.filter:
            shown = [row for row in shown if row.matches(self.filter)]
        now, there = self.service.clock.local(), signs(self.host, self.service)
        others = self.holders.several and self.holders.view == "all"
        self.table.show(shown, now, self.filter, whole=whole, signs=there, at=at, others=others)
        self.draw_detail()
        self.refresh_bars()

    def _draw_title(self, rows: Sequence[Overview], whole: bool) -> None:
        """Draw the heading of the list; if cases are shared, the three views with their counts."""
        title = [("To chase: y copies the question" if self.chasing else "Open cases", False)]
        if self.holders.several and whole and not self.chasing:
            title = self.holders.title(rows)
        self.table.set_titles(Content.assemble(*((word, "reverse" if shown else "") for word, shown in title)))

    def draw_detail(self) -> None:
        """Draw the highlighted case beside the list."""
        words = self.query_one("#detail", Paragraphs)
        row = self.table.current
        words.display = bool(row) and not self.narrow()
        if row is not None and words.display:
            words.set_titles(Content(clean(row.name)))
            case = self.service.peek(row.id)
            words.show(list(detail(case, self.service.clock, self.glyphs, roomy=self.roomy())) if case else [])

    def roomy(self) -> bool:
        """Whether the detail, with its steps, has room beside the cases."""
        return self.has_class("-huge") and self.pane_size.height >= 30

    def crumbs(self) -> Sequence[Span]:
        procedure = self.service.playbook.procedure
        if self.narrow():
            return (("oxtui", "accent"),)
        return (("oxtui", "accent"), (f"  {procedure.title} · playbook {procedure.review}", "quiet"))

    # -- filter
    def action_filter(self) -> None:
        open_box(self, "#filter")

    def on_input_changed(self, message: Input.Changed) -> None:
        self.filter = clean(message.value).strip()
        self.draw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.action_to_list()

    def action_back(self) -> None:
        """esc: all cases again, those to chase no longer alone and without the filter."""
        if self.chasing:
            self.action_chase()
        if close_box(self, "#filter"):
            self.table.focus()
            self.refresh_bars()

    def hints(self) -> list[KeyHint]:
        """Return only the filter's own keys while it is typed."""
        if not self.query("#filter:focus"):
            return super().hints()
        count = len(self.table.rows)
        word = "open it" if count == 1 else "to the list"
        return [*([KeyHint("enter", word, "to_list")] if count else []), KeyHint("esc", "all cases", "back")]

    def action_to_list(self) -> None:
        """enter in the filter: move to the list; open the case if it is the only one found."""
        if len(self.table.rows) == 1:
            self.action_open()
        self.table.focus()
        self.refresh_bars()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return self.chasing or bool(self.filter) or bool(self.query("#filter:focus"))
        if action == "chase" and self.query("#cases"):
            return self.chasing or any(row.hold for row in self.table.rows)
        if action in ("open", "handover") and self.query("#cases"):
            return bool(self.table.rows)
        if action == "lead":
            return self.service.store.floor is not None and self.service.store.floor.role == "lead"
        if action in ("view", "take_case", "give_case"):
            return self.holders.several and (action == "view" or bool(self.query("#cases") and self.table.rows))
        return True

    # -- chasing
    def action_chase(self) -> None:
        """w: only the cases that are due and wait for others; again: all of them."""
        self.chasing = not self.chasing
        self.draw()
        if self.narrow():  # there is no heading
            self.host.say("To chase: y copies the question" if self.chasing else "All open cases")

    def action_ask(self) -> None:
        """y: one polite question for the ticket of the case under the cursor."""
        case = self.holders.under_cursor()
        if case is None:
            return
        from oxtui.cases.notes.handover import chase

        question = chase(case, self.service.clock)
        if question is None:
            self.refused(Refusal(f"{case.name} isn't waiting for a ticket", "enter opens the case"))
            return
        self.host.copy(question, "The question")

    # -- going on
    def on_rows_highlighted(self, message: Rows.Highlighted) -> None:
        self.draw_detail()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_open()

    def action_new(self) -> None:
        self.host.action_new_case()

    def action_history(self) -> None:
        from oxtui.screens.pages.history import HistoryScreen

        self.app.push_screen(HistoryScreen())

    def action_calculator(self) -> None:
        if why := lacks(self, "calculator"):
            self.refused(why)
            return
        from oxtui.screens.pages.calculator import CalculatorScreen

        self.app.push_screen(CalculatorScreen())

    def action_templates(self) -> None:
        from oxtui.screens.pages.templates import TemplatesScreen

        self.app.push_screen(TemplatesScreen())

    def action_reference(self) -> None:
        from oxtui.screens.pages.reference import ReferenceScreen

        self.app.push_screen(ReferenceScreen())

    def action_lead(self) -> None:
        """F: open the lead's view of the floor."""
        from oxtui.screens.home.lead import LeadScreen

        self.app.push_screen(LeadScreen())

    def action_handover(self) -> None:
        """H: hand over to the next shift: on a floor the cases themselves, else all of them as text."""
        if self.service.store.floor is not None:
            self.holders.hand_over(self._handover_text)
        else:
            self._handover_text()

    def _handover_text(self) -> None:
        """Copy all open cases as text, made in a thread: that replays them all."""
        from oxtui.cases.notes.handover import handover

        service = self.service

        def made(text: str) -> None:
            self.host.copy(text, "The handover text")

        def make() -> str:
            cases = [service.case(row.id) for row in service.overviews()]
            return handover(cases, service.clock, shared=service.store.floor is not None)

        self.host.aside(make, made, self.refused)

    def action_leave(self) -> None:
        """q: end, unless it is the first letter of a sentence meant for another window."""
        self.host.typing.when_clear(lambda: self.call_next(self.host.action_leave))
