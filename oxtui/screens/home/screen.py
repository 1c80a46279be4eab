"""Home: what is due, in hand and waiting; the highlighted case's next item beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.dates import short_day
from oxtui.cases.outcome import value_text
from oxtui.cases.overview import Overview
from oxtui.cases.status import State
from oxtui.errors import OxtuiError, Refusal
from oxtui.screens.base import BaseScreen
from oxtui.screens.home.holders import Holders, View
from oxtui.screens.home.signs import signs
from oxtui.text import clean
from oxtui.widgets.banner import Notice
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.casetable import CaseTable
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs


class HomeScreen(BaseScreen):
    """The open cases of this home."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new", id="home.new", tooltip="A new case: type the client's {subject}"),
        Binding("enter", "open", "open", id="home.open", tooltip="Open the case under the cursor"),
        Binding("slash", "filter", "filter", key_display="/", id="home.filter", tooltip="Filter by any word or number"),
        Binding("w", "chase", "chase", id="home.chase", tooltip="Only what is due and waits for others"),
        Binding(
            "y",
            "ask",
            "copy the question",
            id="home.ask",
            tooltip="Copy one polite question for the case's ticket",
            show=False,
        ),
        *(
            Binding(str(key), f"view('{view}')", word, id=f"home.{view}", tooltip=tooltip, show=False)
            for key, (view, word, tooltip) in enumerate(
                (
                    ("mine", "mine", "Where cases are shared: only your own"),
                    ("all", "all", "Where cases are shared: everybody's"),
                    ("nobody", "nobody's", "Where cases are shared: those that nobody has"),
                ),
                1,
            )
        ),
        Binding("T", "take_case", "take over", id="home.take", tooltip="Where cases are shared: the case is yours now"),
        Binding("A", "give_case", "give to", id="home.give", tooltip="Where cases are shared: give it to somebody"),
        Binding("F", "lead", "floor", id="home.floor", tooltip="For leads: the floor now, who is where, what is due"),
        Binding("h", "history", "history", id="home.history", tooltip="Closed cases, with search"),
        Binding("c", "calculator", "calculator", id="home.calculator", tooltip="Work a discount out without a case"),
        Binding("t", "templates", "templates", id="home.templates", tooltip="The escalation templates"),
        Binding("r", "reference", "reference", id="home.reference", tooltip="Plans, how-tos, channels"),
        Binding("H", "handover", "handover", id="home.handover", tooltip="Copy all open cases as text, due first"),
        Binding("q", "leave", "quit", id="home.quit", tooltip="End oxtui"),
    ]
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
        self.holders = Holders(self, self.draw)
        self._shown_at: tuple[int, dict[str, tuple[str, str]]] = (-1, {})

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Input(placeholder=self._filter_words(), id="filter", compact=True)
        table = CaseTable(id="cases")
        table.procedure = self.service.playbook.procedure
        table.add_class("box", update=False)
        yield table
        detail = Paragraphs(id="detail")
        detail.indent = 7
        detail.add_class("box", update=False)
        yield detail
        yield FootBar()

    def _filter_words(self) -> str:
        """What a case can be found by."""
        about = self.speaks.about
        words = (about.label, *([about.one] if about.each else []), *(each.label for each in about.fields.values()))
        return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]

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
        """A conversation that begins, lapses or is taken up elsewhere, and what falls due with the minute."""
        minute, talks = self.service.clock.local().minute, signs(self.host, self.service)
        if self.ready and self.in_view and (minute, talks) != self._shown_at:
            self._shown_at = (minute, talks)
            self.draw()
        super().time_passed()

    def own_notices(self) -> tuple[Notice, ...]:
        """What counts for some days, by the playbook; in practice, what to try next."""
        today = self.service.clock.today()
        texts = [each.text for each in self.service.playbook.notices if each.shown_on(today)]
        lesson = self.host.lessons.on_home() if self.host.lessons and not self.narrow() else ""
        tried = (Notice("TRY THIS NEXT", lesson, (lesson,), calm=True),) if lesson else ()
        return (*(Notice("NB", text, (text,)) for text in texts), *tried)

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw_detail)

    def draw(self, at: str = "") -> None:
        """Draw the cases as they were last read, the cursor on case `at`: nothing here waits for a disk."""
        if not self.ready:
            return
        whole = self.host.watcher.whole or bool(self.filter) or self.chasing
        rows = self.service.seen_overviews() if whole else self.service.first_overviews(self.pane_size.height)
        known = rows
        rows = self.holders.of_view(rows)
        self._draw_title(known, whole)
        if self.chasing:
            rows = [row for row in rows if row.hold and row.status == "due"]
        if self.filter:
            rows = [row for row in rows if row.matches(self.filter)]
        now, there = self.service.clock.local(), signs(self.host, self.service)
        others = self.holders.several and self.holders.view == "all"
        self.table.show(rows, now, self.filter, whole=whole, signs=there, at=at, others=others)
        self.draw_detail()
        self.refresh_bars()

    def _draw_title(self, rows: Sequence[Overview], whole: bool) -> None:
        """What the list holds; where cases are shared, the three views and how many each has."""
        title = [("To chase: y copies the question" if self.chasing else "Open cases", False)]
        if self.holders.several and whole and not self.chasing:
            title = self.holders.title(rows)
        self.table.set_titles(Content.assemble(*((word, "reverse" if shown else "") for word, shown in title)))

    def draw_detail(self) -> None:
        """The highlighted case: numbers, next, then, last."""
        words = self.query_one("#detail", Paragraphs)
        row = self.table.current
        words.display = bool(row) and self.pane_size.height >= 20 and self.pane_size.width >= 60
        if row is None or not words.display:
            return
        words.set_titles(Content(clean(row.domain)))
        words.show(self._detail(row))

    def _detail(self, row: Overview) -> list[Sequence[Span]]:
        case = self.service.peek(row.id)
        if case is None:
            return []
        clock = self.service.clock
        about, details = case.procedure.about, case.details
        facts = [f"{each.brief} {number}" for each in about.tickets() for number in details.all_of(each.id)]
        facts += [phone for name, each in about.fields.items() if each.phone and (phone := details.of(name))]
        if about.each:
            facts += [about.count(len(case.addresses)) if len(case.addresses) != 1 else case.addresses[0]]
        facts.append(f"opened {short_day(clock.local(case.opened_at))}")
        rows: list[Sequence[Span]] = [((" · ".join(facts), "quiet"),)]
        if self.roomy():
            return [*rows, *self._roomy_detail(case)]
        rows.append((("next   ", "quiet"), (case.next_text(), "strong")))
        locked = next((s for s in case.open_items() if s.state is State.LOCKED and s.item.killer), None)
        if locked:
            why = case.procedure.nbs[locked.item.nbs[0]].short if locked.item.nbs else ""
            rows.append((("then   ", "quiet"), (f"{self.glyphs.locked} {locked.item.text}   ", "text"), (why, "due")))
        rows += self._last(case, 2)
        return rows

    def roomy(self) -> bool:
        """Whether the detail stands beside the cases, with all there is to tell."""
        return self.has_class("-huge") and self.pane_size.height >= 30

    def _roomy_detail(self, case: Case) -> list[Sequence[Span]]:
        from oxtui.widgets.casedetail import people, steps

        item = case.next_item()
        say: list[Sequence[Span]] = [(("say    ", "accent"), (item.say, "quiet"))] if item and item.say else []
        next_: Sequence[Span] = (("next   ", "quiet"), (case.next_text(), "strong"))
        rows = [(), *people(case), (), next_, *say, (), *steps(case, self.glyphs), (), *self._last(case, 8)]
        return list(rows)

    def _last(self, case: Case, most: int) -> list[Sequence[Span]]:
        """The last things done, so that a case is taken up where it was left."""
        found: list[Sequence[Span]] = []
        for entry in reversed(case.log):
            if entry.what not in ("ticked", "answered", "quote") or entry.id in case.dropped:
                continue
            scenario = case.procedure.scenarios.get(int(entry.get("scenario", 0)))
            item = scenario.by_id.get(str(entry.get("item"))) if scenario else None
            if item is None:
                continue
            at = self.service.clock.local(entry.at)
            value = value_text(case, item) if scenario is case.scenario else ""
            joint = " " if item.text.endswith("?") else ": "
            text = f"{item.text}{joint + value if value else ''}"
            found.append(
                (
                    (f"{'last' if not found else '':<7}{at:%a %H:%M}  ", "quiet"),
                    (f"{self.glyphs.done} ", "done"),
                    (text, "text"),
                )
            )
            if len(found) == most:
                break
        return found

    def crumbs(self) -> Sequence[Span]:
        procedure = self.service.playbook.procedure
        if self.narrow():
            return (("oxtui", "accent"),)
        return (("oxtui", "accent"), (f"  {procedure.title} · playbook {procedure.review}", "quiet"))

    # -- filter
    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()
        self.refresh_bars()

    def on_input_changed(self, message: Input.Changed) -> None:
        self.filter = clean(message.value).strip()
        self.draw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.action_to_list()

    def action_back(self) -> None:
        """esc: the filter goes."""
        if self.chasing:
            self.action_chase()
        box = self.query_one("#filter", Input)
        if box.display:
            box.value = ""
            box.display = False
            self.table.focus()
            self.refresh_bars()

    def hints(self) -> list[KeyHint]:
        """While the filter is typed only its own keys act."""
        if not self.query("#filter:focus"):
            return super().hints()
        count = len(self.table.rows)
        word = "open it" if count == 1 else "to the list"
        return [*([KeyHint("enter", word, "to_list")] if count else []), KeyHint("esc", "all cases", "back")]

    def action_to_list(self) -> None:
        """enter in the filter: the keys go to the list; the only case found is opened."""
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
            return self.service.floor is not None and self.service.floor.role == "lead"
        if action in ("view", "take_case", "give_case"):
            return self.holders.several and (action == "view" or bool(self.query("#cases") and self.table.rows))
        return True

    # -- chasing
    def action_chase(self) -> None:
        """w: only the cases that are due and wait for others; again: all of them."""
        self.chasing = not self.chasing
        self.draw()
        if self.narrow():  # there is no title
            self.host.say("To chase: y copies the question" if self.chasing else "All open cases")

    def action_ask(self) -> None:
        """y: one polite question for the ticket of the case under the cursor."""
        case = self._under_cursor()
        if case is None:
            return
        from oxtui.cases.notes.handover import chase

        question = chase(case, self.service.clock)
        if question is None:
            self.refused(Refusal(f"{case.domain} isn't waiting for a ticket", "enter opens the case"))
            return
        self.host.copy(question, "The question")

    # -- whose they are
    def action_view(self, view: View) -> None:
        """1, 2, 3: one's own cases, everybody's, nobody's."""
        self.holders.choose(view)

    def action_take_case(self) -> None:
        """T: the case under the cursor is this agent's from now on."""
        if case := self._under_cursor():
            self.holders.take(case)

    def action_give_case(self) -> None:
        """A: give the case under the cursor to somebody."""
        if case := self._under_cursor():
            self.holders.give(case)

    def _under_cursor(self) -> Case | None:
        row = self.table.current
        return self.service.peek(row.id) if row else None

    # -- going on
    def on_rows_highlighted(self, message: Rows.Highlighted) -> None:
        self.draw_detail()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_open()

    def action_open(self) -> None:
        row = self.table.current
        if row is None:
            return
        try:
            case = self.service.peek(row.id)
        except OxtuiError as error:  # its line says that it cannot be read
            self.host.tell(error)
            return
        if case is not None:
            self.host.open_case(case)

    def action_new(self) -> None:
        self.host.action_new_case()

    def action_history(self) -> None:
        from oxtui.screens.pages.history import HistoryScreen

        self.app.push_screen(HistoryScreen())

    def action_calculator(self) -> None:
        if why := self.lacks("calculator"):
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
        """F: the floor as whoever leads it sees it."""
        from oxtui.screens.home.lead import LeadScreen

        self.app.push_screen(LeadScreen())

    def action_handover(self) -> None:
        """H: what is handed to the next shift: on a floor the cases themselves, else all of them as text."""
        if self.service.floor is not None:
            self.holders.hand_over(self._handover_text)
        else:
            self._handover_text()

    def _handover_text(self) -> None:
        """All open cases as text; to replay them all may take a moment."""
        from oxtui.cases.notes.handover import handover

        service = self.service

        def made(text: str) -> None:
            self.host.copy(text, "The handover text")

        def make() -> str:
            return handover([service.case(row.id) for row in service.overviews()], service.clock)

        self.host.aside(make, made, self.refused)

    def action_leave(self) -> None:
        """q: end, unless it is the first letter of a sentence meant for another window."""
        self.host.typing.when_clear(lambda: self.call_next(self.host.action_leave))
