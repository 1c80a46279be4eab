"""The screen of one case: its checklist, its NBs and the panel beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.errors import OxtuiError
from oxtui.screens.base import unless_lacking
from oxtui.screens.call_flow.choosing import Choosing
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
from oxtui.screens.case.part import CaseView
from oxtui.screens.case.questions import Questions
from oxtui.screens.case.reporting import Reporting
from oxtui.screens.case.settling import Settling
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.case.targets import Targets
from oxtui.screens.case.template import TemplateForm
from oxtui.screens.case.undoing import Undoing
from oxtui.screens.case.waiting import Waiting
from oxtui.screens.parts.part import DigitMeans
from oxtui.text import clean
from oxtui.widgets.bars import FootBar, HeadLine, KeyHint, TopBar
from oxtui.widgets.panels import Warnings
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Span


class CaseScreen(CaseView):
    """One case: its parts, the keys that they handle, and the drawing of each change."""

    BINDINGS = KEYS
    SHOWS_STATES = True
    HELP_TEXT = HELP

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._beside_asked = False
        self._drawn_for: Size | None = None
        self._above = Warnings(id="lasting")
        self._nbs = Warnings(id="warnings")

        self.steps = Steps(self)
        self.head = Head(self, self.steps)
        self.sidebar = Sidebar(self, self.head, self._above, self._nbs)
        self.form = TemplateForm(self)
        self.copying = Copying(self, self.sidebar, self.texts)
        self.details = Details(self, self.steps, self.sidebar.ask_dns, self.calls.others_told)
        self.targets = Targets(self, self.details.add_mailboxes)
        self.reporting = Reporting(self, self.calls.ask_how)
        self.undoing = Undoing(self, self.targets, self.open_cleared)
        self.settling = Settling(self, self.targets)
        self.notes = Notes(self)
        self.closing = Closing(self, self.notes, self.form, self.calls, self.texts)
        choosing = Choosing(self, lambda _: self.checklist.go_to_next())
        self.questions = Questions(self, self.targets, self.reporting, self.closing.open, choosing)
        self.actions = Actions(self, self.targets, self.undoing, self.reporting)
        self.killing = Killing(self, self.reporting, self.actions)
        self.items = Items(self, self.questions, self.actions, self.killing, self.settling)
        self.waiting = Waiting(self)
        self.hanging_up = HangingUp(self)
        self.footer = Footer(self, self.items, self.sidebar, self.form, self.copying, self.undoing)

        # the keys that one part handles, with or without a reason why they do nothing now
        self.action_undo = self.undoing.undo
        self.action_turn = self.sidebar.turn
        self.action_copy = self.copying.copy
        self.action_details = self.details.open
        self.action_note = self.notes.write
        self.action_remark = self.notes.remark
        self.action_playbook = self.steps.move
        self.action_close = self.closing.open
        self.action_skip = self._unless_idle("skip", self.undoing.skip)
        self.action_later = self._unless_idle("later", self.undoing.put_off)
        self.action_scenario = lambda: self.host.open_call_flow(self.case)
        self.action_template = self._unless_idle("template", partial(self.form.open, self.sidebar.open_template))
        self.action_dns = self._unless_idle("dns", self.sidebar.show_dns)
        self.action_copy_covered = self._unless_idle("copy_covered", self.copying.copy_covered)
        self.action_copy_words = self._unless_idle("copy_words", self.copying.copy_words)
        self.action_link = self._unless_idle("link", self.copying.copy_link)
        self.action_calculator = self._unless_idle("calculator", self.actions.calculate)
        self.action_wait = partial(self.hanging_up.first, self.waiting.open, leaving=False)
        self.action_call_back_office = unless_lacking(self, "call_back_office", self.calls.begin_back_office)
        self.action_call_client = self._unless_idle("call_client", self.calls.begin)
        self.action_call_how = self._unless_idle("call_how", self.calls.ask_how)

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
    def floor_changed(self) -> None:
        """Show the case as it was read or written last, without waiting for a disk."""
        case = self.service.peek(self.case.id)
        if case is not None and self.case.id in self.service.documents():
            self.take(case)
        elif self.says_closed():
            self.notes.closed_elsewhere(self.form.typed())

    def on_screen_resume(self) -> None:
        if self.service.peek(self.case.id) is not self.case:
            self.floor_changed()

    def take(self, case: Case) -> None:
        """Show the case as it is now; the call flow if its scenario was taken back."""
        if case.seq != self.case.seq:
            self.checklist.shown.refused = None  # the refusal was about the case before
        super().take(case)
        if self.app.screen is self and not (case.scenario or case.unwinds or case.closed):
            self.host.switch_to_case(case)
        elif self.in_panel:
            self.draw()  # the key goes on in the panel
        elif self.ready:
            self._draw_checklist()
            self.refresh_beside()
        self.killing.draw()

    def offered(self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError) -> bool:
        return self.notes.offered(case, command, error) or super().offered(case, command, done, error)

    # -- drawing
    def draw(self) -> None:
        if self.ready:
            self._drawn_for = self.pane_size
            self._draw_checklist()
            self.sidebar.draw()
            self.refresh_bars()

    def draw_answer(self) -> None:
        self.checklist.redraw()
        self.refresh_beside()

    def refresh_beside(self) -> None:
        """Draw the NBs, the panel and the bars once a key, painted with the checklist."""
        if not self._beside_asked:
            self._beside_asked = self.call_later(self._draw_beside)

    async def _draw_beside(self) -> None:
        self._beside_asked = False
        if self.ready and self.is_mounted:
            self.sidebar.draw()
            self.bars.draw()
            for _ in range(3):
                await asyncio.sleep(0)  # the widgets drawn ask for their paint now, in one frame

    def _cursor_moved(self) -> None:
        self.sidebar.to_suggest = True
        self.refresh_beside()

    def _draw_checklist(self) -> None:
        self.items.draw(self.sidebar, self.copying)
        self.query_one("#case-head", HeadLine).show(*self.head.line())

    def crumbs(self) -> tuple[Span, ...]:
        return tuple(self.head.crumbs())

    def hints(self) -> list[KeyHint]:
        return self.footer.hints(super().hints())

    @property
    def coming(self) -> bool:
        return self.form.coming

    def wants_secret(self) -> bool:
        return self.ready and self.form.wants_secret()

    # -- events
    def on_resize(self) -> None:
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        if self._drawn_for != self.pane_size:
            self.draw()
        self.call_after_refresh(self.form.move_field)

    def on_descendant_focus(self) -> None:
        self.sidebar.draw_warnings()
        self.refresh_bars()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.action_open()

    def on_paste(self, event: events.Paste) -> None:
        if self.items.pasted(clean(event.text).strip()):
            event.stop()

    def open_cleared(self) -> None:
        """Open the box of a killer that was cleared and not answered."""
        if self.case.cleared and not self.killing.open_now and self.app.screen is self:
            self.killing.open_box(self.case.cleared[0][0])

    # -- the keys
    def _unless_idle(self, action: str, do: Callable[[], object]) -> Callable[[], None]:
        """Return the action of a key: `do`, or a refusal that says why it does nothing now."""

        def act() -> None:
            if why := self.footer.why_not(action):
                self.refused(why)
            else:
                do()

        return act

    def action_tick(self) -> None:
        self._unless_idle("tick", self.form.turn_choice if self.panel.has_focus else self.items.tick)()

    def action_digit(self, digit: int) -> None:
        if self.panel.has_focus:
            self.form.pick_choice(digit)
        else:
            self.items.digit(digit)

    def digit_means(self, digit: int) -> DigitMeans:
        return "choice" if self.panel.has_focus else self.items.digit_means(digit)

    def action_open(self) -> None:
        if self.panel.has_focus:
            self.form.edit()
        else:
            self.items.open()

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
