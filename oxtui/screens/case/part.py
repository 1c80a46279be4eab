"""The case screen as its parts know it, and the base of the parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.status import ASKS, State
from oxtui.errors import Conflict, OxtuiError
from oxtui.outbox import SLOW_SECONDS
from oxtui.playbook.model import Item
from oxtui.screens.base import send
from oxtui.screens.dialogs.ask import PickSeveral, required
from oxtui.screens.parts.leaving import CallScreen
from oxtui.screens.parts.part import Flow, Part
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.checklist import Checklist
from oxtui.widgets.item_rows import ShownRefusal
from oxtui.widgets.panels import Panel

WORKABLE = (State.TODO, *ASKS)
"""States in which the cursor stays on an item: something is still to be done there."""
AT_REST = (State.DONE, State.SKIPPED, State.IN_DOUBT)
"""States in which nothing is left to do to an item itself."""


class CaseView(CallScreen):
    """A case with its checklist and panel: how commands are carried out and refusals shown."""

    draw: Callable[[], None]
    """Draws the case as it is now."""
    draw_answer: Callable[[], None]
    """Draws the answer stepped to."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.checklist = Checklist(case, id="checklist")
        self.panel = Panel(case, id="panel")

    @property
    def in_panel(self) -> bool:
        """Whether the panel is in front of the checklist, if there is room for one."""
        return self.has_class("-panel")

    # -- the case
    def take(self, case: Case) -> None:
        """Show the case as it is now."""
        self.case = case

    def case_changed(self, case: Case) -> None:
        if case.id == self.case.id:
            self.take(case)

    def read_newest(self, then: Callable[[], None], refused: OxtuiError) -> None:
        """Read and show the case, then go on; if it cannot be read, show the original refusal."""
        service, case_id = self.service, self.case.id

        def read(case: Case) -> None:
            self.take(case)
            then()

        self.host.aside(lambda: service.case(case_id), read, lambda _: self.host.tell(refused))

    def under_way(self) -> bool:
        """Return whether keys of this case are not on disk yet, so that the service decides, not the screen."""
        return any(job.case_id == self.case.id for job in self.host.outbox.pending)

    # -- doing
    def drop_choices(self) -> None:
        self.checklist.shown.offered.clear()
        self.checklist.shown.picked.clear()
        self.draw()

    def press(self, action: str) -> None:
        """Do what a key of the case does, after the dialog in front."""
        self.call_next(self.run_action, action)

    def do(self, command: Command, item: Item | None = None) -> None:
        """Carry out a command on an item, then move on to the next row."""

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
        send(self, self.case, command, done, item.id if item else "")
        if item:
            self.set_timer(SLOW_SECONDS, self._draw_pending)  # a change on disk sooner is never drawn as pending

    def _draw_pending(self) -> None:
        if self.host.outbox.pending:
            self.draw()

    def allowed(self, check: Callable[[], object]) -> bool:
        """Return whether a guard raises nothing; show its refusal."""
        try:
            check()
        except OxtuiError as error:
            self.refused(error)
            return False
        return True

    def refused(self, error: OxtuiError) -> None:
        """Show a refusal under the row that the key was meant for; from a panel or a dialog, as on any screen."""
        if isinstance(error, Conflict):
            # somebody else was quicker: show what they did first
            self.read_newest(partial(self._show_refusal, error), error)
        else:
            self._show_refusal(error)

    def _show_refusal(self, error: OxtuiError) -> None:
        row = self.checklist.current
        if row is None or self.app.screen is not self or not self.checklist.has_focus:
            super().refused(error)
            return
        self.checklist.shown.refused = ShownRefusal(row.key, error.message, error.hint)
        self.case_refused()

    def case_refused(self) -> None:
        self.draw()


class KeyWords(Struct, frozen=True):
    """What space, the digits and enter do to a row, in a word or two; "" or None for nothing."""

    space: str = ""
    digits: KeyHint | None = None
    enter: str = ""


class CasePart(Part):
    """One job of the case screen."""

    screen: CaseView

    @property
    def checklist(self) -> Checklist:
        """The checklist."""
        return self.screen.checklist

    @property
    def panel(self) -> Panel:
        """The panel beside the checklist."""
        return self.screen.panel

    def items(self) -> tuple[Item, ...]:
        """Return the items of the case's scenario; none before it has one."""
        return tuple(self.case.scenario.items()) if self.case.scenario else ()

    def pick_mailboxes(
        self,
        title: str,
        names: Sequence[str],
        *,
        note: str = "",
        beside: Mapping[str, str] | None = None,
        marked: bool = True,
    ) -> Flow[tuple[str, ...]]:
        """Ask which of several mailboxes are meant; `marked`: all of them at first."""
        options = [(name, beside[name] if beside else "") for name in names]
        text = f"{note}For which {self.case.procedure.about.many}?"
        places = yield PickSeveral(title, options, text, range(len(names)) if marked else ())
        return tuple(names[place] for place in places)


def allows(check: Callable[[], object]) -> bool:
    """Return whether a guard raises nothing."""
    try:
        check()
    except OxtuiError:
        return False
    return True


one_line = required("One line is needed")
"""The check of a field that takes one line of text."""
