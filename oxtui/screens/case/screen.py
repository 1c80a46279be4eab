"""Where an agent lives: one case with its checklist, its NBs and the panels beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from oxtui.cases.case import Case
from oxtui.cases.conduct import SetLine
from oxtui.errors import OxtuiError
from oxtui.screens.case.details import DetailKeys
from oxtui.screens.case.footer import CaseFooter
from oxtui.screens.case.items import ItemKeys
from oxtui.screens.case.playbook import PlaybookKeys
from oxtui.screens.case.sidebar import BesideKeys
from oxtui.screens.case.template import line_value
from oxtui.screens.case.whole import WholeKeys
from oxtui.screens.note_parts import NoteParts
from oxtui.text import clip
from oxtui.widgets.bars import FootBar, HeadLine, TopBar
from oxtui.widgets.checklist import Checklist
from oxtui.widgets.panels import TEMPLATE, Panel, Warnings
from oxtui.widgets.paper import Rows

PENDING_SHOWS_AFTER = 0.06  # seconds: what is on disk sooner is never drawn as pending


class CaseScreen(PlaybookKeys, CaseFooter, ItemKeys, BesideKeys, DetailKeys, WholeKeys):
    """One case."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "tick",
            "done",
            id="case.tick",
            tooltip="Tick the action; step through a question's answers",
        ),
        Binding("enter", "open", "open", id="case.open", tooltip="Take the answer shown; details, value, by whom"),
        Binding(
            "x", "skip", "skip, say why", id="case.skip", tooltip="Skip the item and say why; take back what is done"
        ),
        Binding("d", "later", "later", id="case.later", tooltip="Put the item off until a date"),
        Binding("u", "undo", "undo", id="case.undo", tooltip="Undo what you did last; else take the item back"),
        Binding("c", "calculator", "pro-rata", id="case.pro-rata", tooltip="Work the discount out"),
        Binding("t", "template", "template", id="case.template", tooltip="Fill and copy the escalation template"),
        Binding("y", "copy", "copy", id="case.copy", tooltip="Copy what has the focus"),
        Binding(
            "C",
            "copy_covered",
            "with cover lines",
            id="case.copy-with-cover",
            tooltip="Copy the escalation with lines for the SME before it: numbers, evidence",
        ),
        Binding("w", "wait", "waiting", id="case.wait", tooltip="The case waits for someone until a date"),
        Binding("n", "note", "note", id="case.note", tooltip="Write a note"),
        Binding(
            "tab",
            "turn(1)",
            "panels",
            id="case.panels",
            tooltip="The panels beside the checklist",
            priority=False,
        ),
        Binding("z", "close", "close", id="case.close", tooltip="Close the case"),
        Binding(
            "a",
            "call_client",
            "authenticated",
            id="case.authenticated",
            tooltip="A call begins: the client is authenticated",
        ),
        Binding(
            "b",
            "call_back_office",
            "back office",
            id="case.back-office",
            tooltip="Work without the client on the line",
        ),
        Binding("i", "details", "details", id="case.details", tooltip="Mailboxes, phone, tickets"),
        Binding(
            "s",
            "scenario",
            "scenario",
            id="case.scenario",
            tooltip="The call flow: choose or change the scenario",
        ),
        Binding("v", "dns", "DNS", id="case.dns", tooltip="Look the domain's DNS up"),
        Binding(
            "Y",
            "wrap_up",
            "wrap-up note",
            id="case.wrap-up",
            tooltip="Copy the wrap-up note",
        ),
        Binding("l", "link", "link", id="case.link", tooltip="Copy the item's link", show=False),
        Binding("r", "reference", "reference", id="case.reference", tooltip="Plans, how-tos, channels", show=False),
        Binding("P", "playbook", "playbook", id="case.playbook", tooltip="Move to today's playbook", show=False),
        Binding("shift+tab", "turn(-1)", "panels", id="case.panels-back", show=False),
        *(
            Binding(str(digit), f"digit({digit})", "answer", id=f"case.answer-{digit}", show=False)
            for digit in range(1, 10)
        ),
    ]
    SHOWS_STATES = True
    HELP_TEXT: ClassVar[tuple[str, ...]] = (
        "The checklist holds the steps of the scenario. "
        "The cursor is on what comes next; what waits for something says for what.",
        "space ticks an action and moves on. "
        "On a question the digits pick an answer and move on; space steps through the answers, "
        "enter takes the one shown.",
        "An answer that a cancellation rests on asks for one more enter. "
        "The cancellation itself takes two: enter shows all that it rests on, then it asks whether you have done it.",
        "An NB belongs to the item under it. It stays in view as long as it is in force.",
        "check again: something the item rests on has changed. If it is still so, enter says so; "
        "if not, answer or do it again. What was waiting for it counts again by itself.",
        "was done on other terms: say what became of it with a digit. "
        "You can record whatever really happened: enter on what is refused shows how.",
    )

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case
        self.asking_dns = False
        self.note_parts = NoteParts()
        self._following = ""
        self._asked_in = ""
        """The call in which the client's missing lines were asked for."""

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield HeadLine(id="case-head")
        yield Warnings(id="lasting", glyphs=self.glyphs)
        with Horizontal(id="case-main"):
            checklist = Checklist(id="checklist", glyphs=self.glyphs)
            checklist.add_class("box", update=False)
            checklist.when = self.service.clock.when
            checklist.warnings = lambda: (nb.text for nb in self.item_nbs())
            yield checklist
            with Vertical(id="side"):
                yield Warnings(id="warnings", glyphs=self.glyphs)
                panel = Panel(id="panel", glyphs=self.glyphs)
                panel.add_class("box", update=False)
                yield panel
        yield FootBar()

    # -- state
    @property
    def checklist(self) -> Checklist:
        return self.query_one("#checklist", Checklist)

    @property
    def panel(self) -> Panel:
        return self.query_one("#panel", Panel)

    def on_mount(self) -> None:
        self.panel.border_title = self.panel._title()
        self.checklist.border_title = "Checklist"
        self.draw_checklist()
        self.checklist.go_to_next()
        self.checklist.moved = self.cursor_moved
        self.checklist.focus()
        self._to_suggest = True
        self.draw_beside()
        self.call_after_refresh(self.open_cleared)

    def on_resize(self) -> None:
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        self.draw()
        self.call_after_refresh(self.follow_panel)

    def floor_changed(self) -> None:
        """Another pane has written: look again."""
        self.look_again()

    def on_screen_resume(self) -> None:
        self.look_again()

    def look_again(self) -> None:
        """Show the case as it was read or written last; no disk is waited for."""
        case = self.service.peek(self.case.id)
        if case is not None and self.case.id in self.service.store.peek():
            self._take(case)
        elif not self.case.closed and self.is_current:
            self.closed_elsewhere()

    def read_newest(self, then: Callable[[], None], refused: OxtuiError) -> None:
        """Read the case anew in a thread, show it, then go on; where it cannot be read, tell what was refused."""
        service, case_id = self.service, self.case.id

        def read(case: Case) -> None:
            self._take(case)
            then()

        self.home.aside(lambda: service.case(case_id), read, lambda _: self.home.tell(refused))

    def case_changed(self, case: Case) -> None:
        if case.id == self.case.id:
            self._take(case)

    def _take(self, case: Case) -> None:
        """Show the case as it is now; where its scenario was taken back, the call flow."""
        if case.seq != self.case.seq and self.query("#checklist"):
            self.checklist.shown.told = None  # what was refused was refused of the case before
        self.case = case
        if self.app.screen is self and not (case.scenario or case.unwinds or case.closed):
            from oxtui.screens.call_flow import CallFlowScreen

            self.app.switch_screen(CallFlowScreen(case))
        elif self.has_class("-panel"):
            self.draw()  # what the key does next is done in the panel
        elif self.query("#checklist"):
            self.draw_checklist()
            self.refresh_beside()
        self.killing.draw()

    def case_refused(self) -> None:
        self.draw()

    def begin_pending(self) -> None:
        """Draw what is under way as pending, where it is not on disk in a moment."""
        self.set_timer(PENDING_SHOWS_AFTER, self._draw_pending)

    def _draw_pending(self) -> None:
        if self.home.outbox.pending:
            self.draw()

    def draw(self) -> None:
        """Draw the case as it is now."""
        if self.query("#checklist"):
            self.draw_checklist()
            self.draw_beside()

    def draw_checklist(self) -> None:
        """Draw the checklist and the head above it."""
        checklist = self.checklist
        jobs = (job for job in self.home.outbox.pending if job.case_id == self.case.id)
        checklist.shown.pending = frozenset(job.mark for job in jobs if job.mark)
        checklist.shown.notes = self.evidence_words()
        checklist.shown.copies = self.copies_shown()
        checklist.shown.proposed = self.proposals()
        checklist.inline_nb = not self.wide()
        following = clip(
            f"next: {self.case.next_text()}",
            max(20, (checklist.outer_size.width or self.pane_size.width // 2) - 8),
        )
        if following != self._following:  # setting it paints the whole box
            self._following = following
            checklist.border_subtitle = Content(following)
        checklist.show(self.case)
        self.query_one("#case-head", HeadLine).show(*self.head())

    # -- events
    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_open()

    def on_descendant_focus(self) -> None:
        self.draw_warnings()
        self.refresh_bars()

    def before_hanging_up(self, then: Callable[[], None]) -> None:
        """In a call with the client: ask once for what only they can tell, then go on."""
        talk = self.case.conversation
        call = self.case.event(talk.event)
        lines = self.clients_lines() if talk.with_client and call and call.id != self._asked_in else []
        if not lines or call is None:
            then()
            return
        self._asked_in = call.id
        from oxtui.screens.case.hang_up import HangUp

        def told(values: list[tuple[str, str, str]] | None) -> None:
            for template, key, value in values or []:
                self.send(self.case, SetLine(template, key, value))
            then()

        self.app.push_screen(HangUp(lines, line_value, self.service.clock.today()), told)

    def action_wait(self) -> None:
        self.before_hanging_up(super().action_wait)

    def action_reference(self) -> None:
        from oxtui.screens.reference import ReferenceScreen

        self.app.push_screen(ReferenceScreen())

    def action_calculator(self, typed: str = "") -> None:
        from oxtui.screens.calculator import CalculatorScreen

        def closed(case: Case | None) -> None:
            row = self.checklist.current
            if case and row and row.item.quote:  # the discount is in: on to what comes next
                self.checklist.go_to_next(row.item.id)

        self.app.push_screen(CalculatorScreen(self.case, typed), closed)

    def action_template(self) -> None:
        """t: the template, with its first open line being typed; t again: the item's other one."""
        names = self.item_templates()
        turn = self.panel.has_focus and self.panel.tab == TEMPLATE and self.template_name() in names
        self._turned_to = names[(names.index(self.template_name()) + 1) % len(names)] if turn else ""
        super().action_template()

    def action_digit(self, digit: int) -> None:
        if self.panel.has_focus:
            self.pick_choice(digit)
        else:
            super().action_digit(digit)

    def action_tick(self) -> None:
        if self.panel.has_focus:
            self.turn_choice()
        else:
            super().action_tick()

    def action_open(self) -> None:
        if self.panel.has_focus:
            self.edit_line()
        else:
            super().action_open()

    def draw_after_step(self) -> None:
        self.checklist.redraw()
        self.refresh_beside()

    def action_back(self) -> None:
        if not self.ready:
            self.app.pop_screen()
            return
        if self.editing():
            self.end_edit()
            return
        if self.panel.has_focus or self.has_class("-panel"):
            self.remove_class("-panel")
            self.checklist.focus()
            return
        self.before_hanging_up(self.leave)
