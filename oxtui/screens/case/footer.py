"""The footer of a case: the keys that act on the item in front, under the names that fit it."""

from __future__ import annotations

from functools import partial
from typing import Final

from oxtui.cases.commands.copies import wanted
from oxtui.cases.guard import may_put_off, may_skip
from oxtui.cases.status import TO_DO, State
from oxtui.errors import WrongUse
from oxtui.screens.case.copying import Copying
from oxtui.screens.case.part import CaseOwner, CasePart, allows
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.case.template import TemplateForm
from oxtui.screens.case.undoing import Undoing
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.checklist import Row
from oxtui.widgets.item_rows import is_open, ways_of
from oxtui.widgets.panels import TEMPLATE

_SETTLED = (State.DONE, State.SKIPPED, State.IN_DOUBT)


_SILENT: Final = {
    "copy_covered": ("Only an escalation has cover lines", "t: the template, then C"),
    "calculator": ("Nothing is worked out in this scenario", "c on Home works one out"),
    "template": ("No template is needed so far", "t on Home shows them all"),
    "skip": ("Items are skipped in the checklist", "esc goes back to it"),
    "later": ("Items are put off in the checklist", "esc goes back to it"),
    "link": ("This item has no link", "r: reference has them all"),
    "tick": ("space does nothing on this page", "tab: the next one, esc: the checklist"),
}
"""What a key that does nothing says, and what helps."""


class Footer(CasePart):
    """Which keys of a case act now."""

    def __init__(
        self, screen: CaseOwner, sidebar: Sidebar, form: TemplateForm, copying: Copying, undoing: Undoing
    ) -> None:
        super().__init__(screen)
        self.sidebar = sidebar
        self.form = form
        self.copying = copying
        self.undoing = undoing

    def hints(self, bound: list[KeyHint]) -> list[KeyHint]:
        """The keys that act, of those that are bound, in the order in which they are needed."""
        if self.form.editing:
            return [KeyHint("enter", "keep", "open"), KeyHint("esc", "back", "back")]
        row = self.checklist.current
        in_panel = self.panel.has_focus
        bound = [hint for hint in bound if self.acts(hint.action)]
        renamed = [
            KeyHint(hint.key, label, hint.action)
            for hint in bound
            if (label := self._label(hint, row, in_panel=in_panel))
        ]
        if in_panel:
            count = self.form.choices()
            if count and self.case.conversation.live:
                renamed.insert(0, KeyHint(f"1-{count}", "choose", "digit(1)"))
            return renamed
        digits = self._digits(row) if row else None
        if digits:
            renamed.insert(0, digits)
        return self._ranked(renamed, row)

    def _label(self, hint: KeyHint, row: Row | None, *, in_panel: bool) -> str:
        """What a key is called now; "" where it would do nothing."""
        action, label = hint.action, hint.label
        if action == "tick":
            return "next choice" if in_panel else self._tick_word(row)
        if action in ("skip", "later"):
            return label if self._may_leave(action, row) else ""
        if action == "call_client" and self.case.conversation.live and self.case.conversation.mode == "client":
            return "still there"
        if action == "open":
            return "" if row and not in_panel and self._needs_call(row) else self._open_word()
        if action == "copy":
            waits = in_panel and self.panel.tab == TEMPLATE and self.panel.copy_waits
            return "" if waits else self._copy_word(row)
        if action == "wait" and self.case.hold:
            return "the wait"
        if action == "back" and in_panel:
            return "checklist"
        return label

    def _tick_word(self, row: Row | None) -> str:
        if row is None or not (self._space_works(row) and self.case.conversation.live):
            return ""
        if row.item.kind == "question":
            return "next answer" if row.item.answers else "still so"
        return "still so" if row.status.state is State.STALE else "done"

    def _digits(self, row: Row) -> KeyHint | None:
        """What the digits do to the current item."""
        item, state = row.item, row.status.state
        if row.kind == "cover":
            return KeyHint("1-2", "answer", "digit(1)")
        if state is State.OUT_THERE:
            ways = list(ways_of(self.case, row))
            return KeyHint(f"{ways[0]}-{ways[-1]}" if len(ways) > 1 else "".join(ways), "what became of it", "open")
        if not self.case.conversation.live:
            return None
        if item.quote and state in TO_DO:
            return KeyHint("1-9", "months or amount", "calculator")
        if state is State.LOCKED:
            return None
        count = len(item.answers or (self.case.ways(item) if state not in _SETTLED else ()))
        if item.kind == "question" and count:
            word = "mark" if item.select == "several" else "answer"
            return KeyHint(f"1-{count}" if count > 1 else "1", word, "digit(1)")
        return KeyHint(f"1-{count}", "done through", "digit(1)") if count > 1 else None

    def _ranked(self, hints: list[KeyHint], row: Row | None) -> list[KeyHint]:
        """The keys in the order in which they are needed: what opens the gate, what the item needs, the rest."""
        talk = self.case.conversation
        if not talk.live:
            first = ["call_client", "call_back_office"]
            if row and row.status.state is State.OUT_THERE:
                first.append("open")
        elif row and row.ours and row.item.client and not talk.with_client:
            first = ["call_client"]
        elif not self.case.open_items() and not self.case.unwinds:
            first = ["close"]  # all is done
        elif row and row.ours and row.status.state is State.STALE and row.item.kind == "question":
            first = ["open"]  # still so
        elif row and row.ours and self._waits(row):
            first = ["digit(1)", "wait"]
        elif row and row.ours and self._wants_copy(row):
            first = ["template", "copy"]
        else:
            return hints
        places = {action: place for place, action in enumerate(first)}
        return sorted(hints, key=lambda hint: places.get(hint.action, len(first)))

    def _waits(self, row: Row) -> bool:
        """Whether it is about somebody else's answer: left open, waited for, or nothing else is to be done."""
        return is_open(self.case, row.item) or bool(row.item.waits_on) or self.case.next_text() == "Wait"

    def _wants_copy(self, row: Row) -> bool:
        """Whether the item's template is what comes first: it is wanted, and the item still to be done."""
        copies = any(wanted(self.case, name) for name, _ in row.item.templates)
        return copies and row.status.state in TO_DO

    def _needs_call(self, row: Row) -> bool:
        """Whether enter on the item would only be refused for want of any conversation."""
        state = row.status.state
        opens = state in (State.LOCKED, State.OUT_THERE) or (row.item.kind == "action" and state in _SETTLED)
        return not opens and not self.case.conversation.live

    def _may_leave(self, action: str, row: Row | None) -> bool:
        """Whether the current item may be skipped or put off."""
        if row is None or not row.ours or self.case.scenario is None:
            return False
        return allows(partial(may_skip if action == "skip" else may_put_off, self.case.position(), row.item))

    def _open_word(self) -> str:
        """What enter does now."""
        if self.panel.has_focus:
            return "edit" if self.panel.tab == TEMPLATE else "open"
        row = self.checklist.current
        if row is None:
            return "open"
        item, state = row.item, row.status.state
        if row.kind == "cover" or state is State.OUT_THERE:
            return "choose"
        if item.killer and state is State.TODO:
            ends = self.case.procedure.words.ends
            return f"look, then {ends.do}" if item.id not in self.case.board.cleared else f"{ends.done}?"
        if state is State.LOCKED:
            return "why locked"
        if item.quote and state in TO_DO:
            return "calculator"
        if item.kind == "question":
            shown = item.id in self.checklist.shown.offered or item.id in self.checklist.shown.proposed
            if state is State.STALE:
                return "still so"
            return "take" if shown and not self.case.marks(item.id) else "answer"
        return "open"

    def _copy_word(self, row: Row | None) -> str:
        """What y copies now."""
        if self.panel.has_focus:
            return "copy"
        item = row.item if row else None
        if item and any(wanted(self.case, name) for name, _ in item.templates):
            return "copy template"
        return "copy the words" if item and item.copy else "copy"

    def _space_works(self, row: Row) -> bool:
        """Whether space does something here; elsewhere it tells which key does, and the footer leaves it out."""
        item, state = row.item, row.status.state
        if not row.ours or state in (State.LOCKED, State.OUT_THERE) or item.killer:
            return False
        if item.kind == "question":
            return bool(item.answers) or state is State.STALE
        again = state is State.STALE
        return state not in _SETTLED and not item.quote and (again or len(self.case.ways(item)) < 2)

    def why_not(self, action: str) -> WrongUse | None:
        """Why a key does nothing now; None where it acts. No key is silent."""
        if why := self.screen.lacks(action):
            return why
        return None if self.acts(action) else WrongUse(*_SILENT.get(action, ("That does nothing here", "")))

    def acts(self, action: str) -> bool:
        """Whether a key means something now."""
        row = self.checklist.current
        in_panel = self.panel.has_focus
        if action == "call_client":
            return True
        if action == "copy_covered":
            return self.copying.covers()
        if action == "call_back_office":
            return self.case.auth_event is not None and not self.case.conversation.live
        if action == "calculator":
            return any(item.quote for item in self.case.scenario.items()) if self.case.scenario else False
        if action == "template":
            return bool(self.sidebar.template_name())
        if action in ("skip", "later"):
            return not in_panel  # where it may not be done, that is told
        if action == "undo":
            return self.undoing.can_undo() or bool(row and row.ours and self.case.marks(row.item.id))
        if action == "link":
            return bool(row and row.item.link)
        if action == "tick" and in_panel:
            return self.panel.tab == TEMPLATE
        return True
