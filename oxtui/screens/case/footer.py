"""The footer of a case: the keys that act on the item in front, each under the name that fits it."""

from __future__ import annotations

from functools import partial
from typing import Final

from oxtui.cases.commands.copies import wanted
from oxtui.cases.guard import may_put_off, may_skip
from oxtui.cases.status import TO_DO, State
from oxtui.errors import WrongUse
from oxtui.screens.case.copying import Copying
from oxtui.screens.case.part import CasePart, CaseView, allows
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.case.template import TemplateForm
from oxtui.screens.case.undoing import Undoing
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.item_rows import Row, is_open, ways_of
from oxtui.widgets.panels import TEMPLATE

_SETTLED: Final = (State.DONE, State.SKIPPED, State.IN_DOUBT)
_REFUSALS: Final = {
    "copy_covered": ("Only an escalation has cover lines", "t: the template, then C"),
    "calculator": ("Nothing is worked out in this scenario", "c on Home works one out"),
    "template": ("No template is needed so far", "t on Home shows them all"),
    "skip": ("Items are skipped in the checklist", "esc goes back to it"),
    "later": ("Items are put off in the checklist", "esc goes back to it"),
    "link": ("This item has no link", "r: reference has them all"),
    "tick": ("space does nothing on this page", "tab: the next one, esc: the checklist"),
}
"""The messages of keys that do nothing now, with a key that helps."""


class Footer(CasePart):
    """Which keys of a case act now."""

    def __init__(
        self, screen: CaseView, sidebar: Sidebar, form: TemplateForm, copying: Copying, undoing: Undoing
    ) -> None:
        super().__init__(screen)
        self.sidebar = sidebar
        self.form = form
        self.copying = copying
        self.undoing = undoing

    def hints(self, bound: list[KeyHint]) -> list[KeyHint]:
        """Return the keys that act, of those bound, in the order in which they are needed."""
        if self.form.editing:
            return [KeyHint("enter", "keep", "open"), KeyHint("esc", "back", "back")]
        row = self.checklist.current
        named = [(hint, self._label(hint, row)) for hint in bound if self.acts(hint.action)]
        hints = [KeyHint(hint.key, label, hint.action) for hint, label in named if label]
        if self.panel.has_focus:
            count = self.form.choices()
            choose = [KeyHint(f"1-{count}", "choose", "digit(1)")] if count and self.case.conversation.live else []
            return [*choose, *hints]
        digits = self._digits(row) if row else None
        return self._ranked([*([digits] if digits else []), *hints], row)

    def _label(self, hint: KeyHint, row: Row | None) -> str:
        """Return the name of a key now; "" if it would do nothing."""
        action, in_panel, talk = hint.action, self.panel.has_focus, self.case.conversation
        if action == "tick":
            return "next choice" if in_panel else self._tick_word(row)
        if action in ("skip", "later"):
            return hint.label if self._may_leave(action, row) else ""
        if action == "call_client" and talk.live and talk.mode == "client":
            return "still there"
        if action == "open":
            return "" if row and not in_panel and self._needs_call(row) else self._open_word(row)
        if action == "copy":
            waits = in_panel and self.panel.tab == TEMPLATE and self.panel.copy_waits
            return "" if waits else self._copy_word(row)
        if action == "wait" and self.case.hold:
            return "the wait"
        if action == "back" and in_panel:
            return "checklist"
        return hint.label

    def _tick_word(self, row: Row | None) -> str:
        if row is None or not (self._space_works(row) and self.case.conversation.live):
            return ""
        if row.item.kind == "question":
            return "next answer" if row.item.answers else "still so"
        return "still so" if row.status.state is State.STALE else "done"

    def _digits(self, row: Row) -> KeyHint | None:
        """Return the hint for the digits on the current item, if they act."""
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
        """Put the keys that open the gate first, then those that the item needs."""
        talk, ours = self.case.conversation, row if row and row.ours else None
        if not talk.live:
            first = ["call_client", "call_back_office"]
            if row and row.status.state is State.OUT_THERE:
                first.append("open")
        elif ours and ours.item.client and not talk.with_client:
            first = ["call_client"]
        elif not self.case.open_items() and not self.case.unwinds:
            first = ["close"]  # all is done
        elif ours and ours.status.state is State.STALE and ours.item.kind == "question":
            first = ["open"]  # still so
        elif ours and self._waits(ours):
            first = ["digit(1)", "wait"]
        elif ours and ours.status.state in TO_DO and self._wants_template(ours):
            first = ["template", "copy"]
        else:
            return hints
        return sorted(hints, key=lambda hint: first.index(hint.action) if hint.action in first else len(first))

    def _waits(self, row: Row) -> bool:
        """Return whether the item, or the whole case, waits for somebody else's answer."""
        return is_open(self.case, row.item) or bool(row.item.waits_on) or self.case.next_text() == "Wait"

    def _wants_template(self, row: Row) -> bool:
        return any(wanted(self.case, name) for name, _ in row.item.templates)

    def _needs_call(self, row: Row) -> bool:
        """Return whether enter on the item would be refused only because there is no conversation."""
        state = row.status.state
        opens = state in (State.LOCKED, State.OUT_THERE) or (row.item.kind == "action" and state in _SETTLED)
        return not opens and not self.case.conversation.live

    def _may_leave(self, action: str, row: Row | None) -> bool:
        """Return whether the current item may be skipped or put off."""
        if row is None or not row.ours or self.case.scenario is None:
            return False
        return allows(partial(may_skip if action == "skip" else may_put_off, self.case.position(), row.item))

    def _open_word(self, row: Row | None) -> str:
        if self.panel.has_focus:
            return "edit" if self.panel.tab == TEMPLATE else "open"
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
        if item.kind != "question":
            return "open"
        if state is State.STALE:
            return "still so"
        shown = item.id in self.checklist.shown.offered or item.id in self.checklist.shown.proposed
        return "take" if shown and not self.case.marks(item.id) else "answer"

    def _copy_word(self, row: Row | None) -> str:
        if row is None or self.panel.has_focus:
            return "copy"
        return "copy template" if self._wants_template(row) else "copy the words" if row.item.copy else "copy"

    def _space_works(self, row: Row) -> bool:
        """Return whether space does something here; elsewhere it says which key does."""
        item, state = row.item, row.status.state
        if not row.ours or state in (State.LOCKED, State.OUT_THERE) or item.killer:
            return False
        if item.kind == "question":
            return bool(item.answers) or state is State.STALE
        return state not in _SETTLED and not item.quote and (state is State.STALE or len(self.case.ways(item)) < 2)

    def why_not(self, action: str) -> WrongUse | None:
        """Return why a key does nothing now, or None if it acts."""
        if why := self.screen.lacks(action):
            return why
        return None if self.acts(action) else WrongUse(*_REFUSALS.get(action, ("That does nothing here", "")))

    def acts(self, action: str) -> bool:
        """Return whether a key means something now."""
        row, in_panel = self.checklist.current, self.panel.has_focus
        if action == "copy_covered":
            return self.copying.covers()
        if action == "call_back_office":
            return self.case.auth_event is not None and not self.case.conversation.live
        if action == "calculator":
            return any(item.quote for item in self.items())
        if action == "template":
            return bool(self.sidebar.template_name())
        if action in ("skip", "later"):
            return not in_panel  # in the checklist a refusal says why
        if action == "undo":
            return self.undoing.can_undo() or bool(row and row.ours and self.case.marks(row.item.id))
        if action == "link":
            return bool(row and row.item.link)
        return action != "tick" or not in_panel or self.panel.tab == TEMPLATE
