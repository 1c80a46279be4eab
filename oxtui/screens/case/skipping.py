"""What is left undone: an item skipped with a reason, or put off until a day."""

from __future__ import annotations

from oxtui.cases.commands.marks import Defer, Skip
from oxtui.cases.dates import day_to_come
from oxtui.cases.guard import may_put_off, may_skip
from oxtui.cases.status import State
from oxtui.errors import Refusal
from oxtui.screens.case.part import CaseOwner, CasePart, something
from oxtui.screens.case.undoing import Undoing
from oxtui.screens.dialogs.ask import Ask
from oxtui.text import secret_like
from oxtui.widgets.item_rows import Row


class Skipping(CasePart):
    """What `x` and `d` do to an item."""

    def __init__(self, screen: CaseOwner, undoing: Undoing) -> None:
        super().__init__(screen)
        self.undoing = undoing

    def _ours(self, row: Row | None, verb: str) -> Row | None:
        """The row; None, and told, where it is asked about and no item of the scenario."""
        if row and (not row.ours or row.status.state is State.OUT_THERE):
            self.refuse(Refusal(f"This needs an answer, so it can't be {verb}", "a digit says what became of it"))
            return None
        return row if self.case.scenario else None

    def skip(self, row: Row | None) -> None:
        """x: skip with a reason; what is done already is offered to be taken back."""
        found = self._ours(row, "skipped")
        if found is None:
            return
        item = found.item
        if self.case.marks(item.id) and found.status.state in (State.DONE, State.IN_DOUBT, State.SKIPPED):
            self.undoing.take_back(item)
        elif self.screen.allowed(lambda: may_skip(self.case.position(), item)):
            self.ask(
                Ask(f"Skip: {item.text}", "Why? It goes into the note.", check=something, warn=secret_like),
                lambda reason: self.screen.do(Skip(item.id, reason), item) if reason else None,
            )

    def put_off(self, row: Row | None) -> None:
        """d: until a day to come."""
        found = self._ours(row, "put off")
        if found is None:
            return
        item = found.item
        if self.screen.allowed(lambda: may_put_off(self.case.position(), item)):
            today = self.service.clock.today()
            self.ask(
                Ask(
                    f"Later: {item.text}",
                    "Until when? It isn't done until then, and the case can't be closed.",
                    value="tomorrow",
                    check=lambda text: day_to_come(text, today).isoformat(),
                ),
                lambda day: self.screen.do(Defer(item.id, day), item) if day else None,
            )
