"""Where an agent lives: one case with its checklist, its NBs and the panel beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.errors import Conflict, OxtuiError
from oxtui.outbox import SLOW_SECONDS
from oxtui.playbook.model import Item, Procedure
from oxtui.screens.base import BaseScreen
from oxtui.screens.case.actions import Actions
from oxtui.screens.case.closing import Closing
from oxtui.screens.case.copying import Copying
from oxtui.screens.case.details import Details
from oxtui.screens.case.footer import Footer
from oxtui.screens.case.hang_up import HangingUp
from oxtui.screens.case.head import Head, Steps
from oxtui.screens.case.items import Items
from oxtui.screens.case.keys import HELP, KEYS
from oxtui.screens.case.killer import Killing
from oxtui.screens.case.notes import Notes
from oxtui.screens.case.proposals import proposals
from oxtui.screens.case.questions import Questions
from oxtui.screens.case.reporting import Reporting
from oxtui.screens.case.settling import Settling
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.case.targets import WORKABLE, Targets
from oxtui.screens.case.template import EditHere, TemplateForm
from oxtui.screens.case.undoing import Undoing
from oxtui.screens.case.waiting import Waiting
from oxtui.screens.parts.calls import Calls
from oxtui.screens.parts.leaving import Leaving
from oxtui.screens.parts.trying import to_try
from oxtui.text import clean
from oxtui.widgets.banner import Notice
from oxtui.widgets.bars import FootBar, HeadLine, KeyHint, TopBar
from oxtui.widgets.checklist import Checklist
from oxtui.widgets.item_rows import Refused
from oxtui.widgets.panels import Panel, Warnings
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Span


class CaseScreen(BaseScreen):
    """One case: it has the two widgets, sends what the keys mean, and draws what comes of it."""

    BINDINGS = KEYS
    SHOWS_STATES = True
    HELP_TEXT = HELP

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case
        self.shows_case = case.id
        self._beside_asked = False
        self._drawn_for: Size | None = None
        self.checklist = Checklist(case, id="checklist")
        self.panel = Panel(case, id="panel")
        self._above = Warnings(id="lasting")
        self._nbs = Warnings(id="warnings")

        self.calls = Calls(self)
        self.steps = Steps(self)
        self.head = Head(self, self.steps)
        self.sidebar = Sidebar(self, self.head, self._above, self._nbs)
        self.form = TemplateForm(self)
        self.copying = Copying(self, self.sidebar)
        self.details = Details(self, self.steps, self.sidebar.ask_dns, self.calls.others_told)
        self.targets = Targets(self, self.details.add_mailboxes)
        self.reporting = Reporting(self)
        self.undoing = Undoing(self, self.targets, self.open_cleared)
        self.settling = Settling(self, self.targets)
        self.questions = Questions(self, self.targets, self.reporting, self.action_close)
        self.actions = Actions(self, self.targets, self.undoing, self.reporting)
        self.killing = Killing(self, self.reporting, self.actions.by_word)
        self.items = Items(self, self.questions, self.actions, self.killing, self.settling)
        self.notes = Notes(self)
        self.waiting = Waiting(self)
        self.closing = Closing(self, self.notes, self.form, self.calls, self.copying)
        self.leaving = Leaving(self, self.calls)
        self.hanging_up = HangingUp(self)
        self.footer = Footer(self, self.sidebar, self.form, self.copying, self.undoing)

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield HeadLine(id="case-head")
        yield self._above
        with Horizontal(id="case-main"):
            self.checklist.add_class("box", update=False)
            self.checklist.when = self.service.clock.when
            self.checklist.warnings = lambda: (nb.text for nb in self.head.item_nbs())
            yield self.checklist
            with Vertical(id="side"):
                yield self._nbs
                self.panel.add_class("box", update=False)
                yield self.panel
        yield FootBar()

    def on_mount(self) -> None:
        self._draw_checklist()
        self.checklist.go_to_next()
        self.checklist.moved = self._cursor_moved
        self.checklist.focus()
        self.sidebar.draw()
        self._drawn_for = self.pane_size
        self.notes.load()
        self.call_after_refresh(self.open_cleared)

    # -- the case
    @property
    def speaks(self) -> Procedure:
        return self.case.procedure

    def look_again(self) -> None:
        """Show the case as it was read or written last; no disk is waited for."""
        case = self.service.peek(self.case.id)
        if case is not None and self.case.id in self.service.documents():
            self._take(case)
        elif not self.case.closed and self.is_current:
            self.notes.closed_elsewhere(self.form.typed())

    def floor_changed(self) -> None:
        """Another pane has written: look again."""
        self.look_again()

    def on_screen_resume(self) -> None:
        if self.service.peek(self.case.id) is not self.case:
            self.look_again()

    def read_newest(self, then: Callable[[], None], refused: OxtuiError) -> None:
        """Read the case anew in a thread, show it, then go on; where it cannot be read, tell what was refused."""
        service, case_id = self.service, self.case.id

        def read(case: Case) -> None:
            self._take(case)
            then()

        self.host.aside(lambda: service.case(case_id), read, lambda _: self.host.tell(refused))

    def case_changed(self, case: Case) -> None:
        if case.id == self.case.id:
            self._take(case)

    def _take(self, case: Case) -> None:
        """Show the case as it is now; where its scenario was taken back, the call flow."""
        if case.seq != self.case.seq:
            self.checklist.shown.refused = None  # what was refused was refused of the case before
        self.case = case
        if self.app.screen is self and not (case.scenario or case.unwinds or case.closed):
            self.host.switch_to_case(case)
        elif self.in_panel:
            self.draw()  # what the key does next is done in the panel
        elif self.ready:
            self._draw_checklist()
            self.refresh_beside()
        self.killing.draw()

    def time_passed(self) -> None:
        super().time_passed()
        self.calls.time_passed()

    def under_way(self) -> bool:
        """Whether keys of this case are not on disk yet: then the service decides, and not the screen."""
        return any(job.case_id == self.case.id for job in self.host.outbox.pending)

    # -- doing, asking, telling
    def do(self, command: Command, item: Item | None = None) -> None:
        """Have a command carried out and move on to what comes next."""

        def done(case: Case) -> None:
            shown, row = self.checklist.shown, self.checklist.current
            if item is None:
                return
            shown.offered.pop(item.id, None)
            shown.picked.pop(item.id, None)
            status = case.statuses.get(item.id)
            settled = status is None or not status.applies or status.state not in WORKABLE
            if settled and (row is None or not row.ours or row.item.id == item.id):
                self.checklist.go_to_next(item.id, first=item.reopens)

        self.checklist.shown.refused = None
        self.send(self.case, command, done, item.id if item else "")
        if item:
            self.set_timer(SLOW_SECONDS, self._draw_pending)  # what is on disk sooner is never drawn as pending

    def allowed(self, check: Callable[[], object]) -> bool:
        """Whether something may be done; if not it is told why."""
        try:
            check()
        except OxtuiError as error:
            self.refused(error)
            return False
        return True

    def offered(self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError) -> bool:
        return self.notes.offered(case, command, error) or self.calls.offered(case, command, done, error)

    def refused(self, error: OxtuiError) -> None:
        """Tell why, under the row that the key was meant for; from a panel or a dialog as everywhere."""
        if isinstance(error, Conflict):
            # somebody else was quicker: what they did is read, drawn, and then it is told
            self.read_newest(partial(self._tell_here, error), error)
        else:
            self._tell_here(error)

    def _tell_here(self, error: OxtuiError) -> None:
        row = self.checklist.current
        if row is None or self.app.screen is not self or not self.checklist.has_focus:
            super().refused(error)
            return
        self.checklist.shown.refused = Refused(row.key, error.message, error.hint)
        self.case_refused()

    def case_refused(self) -> None:
        self.draw()

    def run_key(self, action: str) -> None:
        """Run another action of the screen."""
        self.call_next(self.run_action, action)

    def soon(self, function: Callable[[], object], seconds: float = 0) -> None:
        """Call something once what is drawn now is laid out, or after some seconds."""
        if seconds:
            self.set_timer(seconds, function)
        else:
            self.call_after_refresh(function)

    # -- drawing
    @property
    def in_front(self) -> bool:
        """Whether no dialog is over it."""
        return self.is_current

    @property
    def in_panel(self) -> bool:
        """Whether the panel is in front of the checklist, where there is room for one."""
        return self.has_class("-panel")

    def show_panel(self, shown: bool) -> None:
        """Have the panel, or the checklist, in front."""
        self.set_class(shown, "-panel")

    def put_over(self, field: Widget) -> None:
        """Put a field over a line of the panel."""
        self.mount(field)

    def draw(self) -> None:
        """Draw the case as it is now."""
        if self.ready:
            self._drawn_for = self.pane_size
            self._draw_checklist()
            self.sidebar.draw()
            self.refresh_bars()

    def draw_answer(self) -> None:
        """Draw the answer stepped to."""
        self.checklist.redraw()
        self.refresh_beside()

    def refresh_beside(self) -> None:
        """Have the NBs, the panel and the bars drawn: once a key, and painted with the checklist."""
        if not self._beside_asked:
            self._beside_asked = self.call_later(self._draw_beside)

    async def _draw_beside(self) -> None:
        self._beside_asked = False
        if self.ready and self.is_mounted:
            self.sidebar.draw()
            self.bars.draw()
            for _ in range(3):
                await asyncio.sleep(0)  # what was drawn asks for its paint now: one picture, and not two

    def _cursor_moved(self) -> None:
        self.sidebar.to_suggest = True
        self.refresh_beside()

    def _draw_pending(self) -> None:
        if self.host.outbox.pending:
            self.draw()

    def _draw_checklist(self) -> None:
        checklist = self.checklist
        checklist.shown.pending = self.host.outbox.marks(self.case.id)
        checklist.shown.notes = self.sidebar.words() | self.copying.words()
        checklist.shown.copies = self.copying.shown()
        checklist.shown.proposed = proposals(self.case)
        checklist.inline_nb = not self.wide()
        checklist.set_titles(Content("Checklist"), Content(f"next: {self.case.next_text()}"))
        checklist.show(self.case)
        self.query_one("#case-head", HeadLine).show(*self.head.line())

    def crumbs(self) -> tuple[Span, ...]:
        return tuple(self.head.crumbs())

    def hints(self) -> list[KeyHint]:
        return self.footer.hints(super().hints())

    def own_notices(self) -> tuple[Notice, ...]:
        return (*self.calls.notices(), *(() if self.narrow() else to_try(self.host, self.case)))

    @property
    def coming(self) -> bool:
        return self.form.coming

    def wants_secret(self) -> bool:
        return self.ready and self.form.wants_secret()

    # -- what happens
    def on_resize(self) -> None:
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        if self._drawn_for != self.pane_size:
            self.draw()
        self.call_after_refresh(self.form.follow)

    def on_descendant_focus(self) -> None:
        self.sidebar.draw_warnings()
        self.refresh_bars()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_open()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if isinstance(message.input, EditHere):
            message.stop()
            self.form.submitted(message.input, message.value)

    def on_paste(self, event: events.Paste) -> None:
        if self.items.pasted(clean(event.text).strip()):
            event.stop()

    def open_cleared(self) -> None:
        """Show the box of a killer that was cleared and not answered: only there enter and esc answer it."""
        if self.case.cleared and not self.killing.open_now and self.app.screen is self:
            self.killing.open(self.case.cleared[0][0])

    # -- the keys
    def _acts(self, action: str) -> bool:
        """Whether a key does something now; where not, it says why."""
        why = self.footer.why_not(action)
        if why is not None:
            self.refused(why)
        return why is None

    def action_tick(self) -> None:
        if not self._acts("tick"):
            return
        if self.panel.has_focus:
            self.form.turn_choice()
        else:
            self.items.tick()

    def action_digit(self, digit: int) -> None:
        if self.panel.has_focus:
            self.form.pick_choice(digit)
        else:
            self.items.digit(digit)

    def action_open(self) -> None:
        if self.panel.has_focus:
            self.form.edit()
        else:
            self.items.open()

    def action_skip(self) -> None:
        if self._acts("skip"):
            self.undoing.skip()

    def action_later(self) -> None:
        if self._acts("later"):
            self.undoing.put_off()

    def action_undo(self) -> None:
        self.undoing.undo()

    def action_turn(self, by: int) -> None:
        self.sidebar.turn(by)

    def action_template(self) -> None:
        """t: the template, with its first open line being typed; t again: the item's other one."""
        if not self._acts("template"):
            return
        self.sidebar.open_template()
        if self.case.conversation.live:
            self.form.type_missing()

    def action_calculator(self, typed: str = "") -> None:
        if not self._acts("calculator"):
            return
        from oxtui.screens.pages.calculator import CalculatorScreen

        def closed(case: Case | None) -> None:
            row = self.checklist.current
            if case and row and row.item.quote and (coming := case.next_item()):
                self.checklist.go_to_next(first=(coming.id,))  # where the border says

        self.app.push_screen(CalculatorScreen(self.case, typed), closed)

    def action_dns(self) -> None:
        if self._acts("dns"):
            self.sidebar.show_dns()

    def action_copy(self) -> None:
        self.copying.copy()

    def action_copy_words(self) -> None:
        self.copying.copy_words()

    def action_copy_covered(self) -> None:
        if self._acts("copy_covered"):
            self.copying.copy_covered()

    def action_wrap_up(self) -> None:
        self.copying.wrap_up()

    def action_client_text(self) -> None:
        self.copying.copy_client_text()

    def action_link(self) -> None:
        if self._acts("link"):
            self.copying.copy_link()

    def action_call_client(self) -> None:
        if self._acts("call_client"):
            self.calls.begin()

    def action_call_back_office(self) -> None:
        if why := self.lacks("call_back_office"):
            self.refused(why)
            return
        self.calls.begin_back_office()

    def action_call_how(self) -> None:
        if self._acts("call_how"):
            self.calls.ask_how()

    def action_details(self) -> None:
        self.details.open()

    def action_note(self) -> None:
        self.notes.write()

    def action_remark(self) -> None:
        self.notes.remark()

    def action_wait(self) -> None:
        self.hanging_up.first(self.waiting.open, leaving=False)

    def action_scenario(self) -> None:
        self.host.open_call_flow(self.case)

    def action_playbook(self) -> None:
        self.steps.move()

    def action_close(self) -> None:
        self.closing.open()

    def action_reference(self) -> None:
        from oxtui.screens.pages.reference import ReferenceScreen

        self.app.push_screen(ReferenceScreen())

    def action_back(self) -> None:
        if not self.ready:
            self.app.pop_screen()
        elif self.form.editing:
            self.form.end()
        elif self.panel.has_focus or self.in_panel:
            self.sidebar.leave()
        else:
            self.hanging_up.first(self.leaving.leave, leaving=True)
