"""The footer of a case: the keys that act on the item in front, each under the name that fits it."""

from __future__ import annotations

from functools import partial
from typing import Final

from oxtui.cases.commands.copies import wanted
from oxtui.cases.commands.quotes import quote_item
from oxtui.cases.guard import may_put_off, may_skip
from oxtui.cases.status import TO_DO, State
from oxtui.errors import WrongUse
from oxtui.screens.base import lacks
from oxtui.screens.case.copying import Copying
from oxtui.screens.case.items import Items
from oxtui.screens.case.part import CasePart, allows
from oxtui.screens.case.sidebar import Sidebar
from oxtui.screens.case.template import TemplateForm
from oxtui.screens.case.undoing import Undoing
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.item_rows import Row, is_open
from oxtui.widgets.panels import TEMPLATE

_REFUSALS: Final = {
    "copy_covered": ("Only an escalation has cover lines", "t: the template, then C"),
    "calculator": ("Nothing is worked out in this scenario", "c on Home works one out"),
    "template": ("No template is needed so far", "t on Home shows them all"),
    "skip": ("Items are skipped in the checklist", "esc goes back to it"),
    "later": ("Items are put off in the checklist", "esc goes back to it"),
    "copy_words": ("This item has no exact words", "y copies what it says"),
    "link": ("This item has no link", "r: reference has them all"),
    "tick": ("space does nothing on this page", "tab: the next one, esc: the checklist"),
}
"""The messages of keys that do nothing now, with a key that helps."""


class Footer(CasePart):
    """The keys of a case that act now, and their names."""

    rows: Items
    sidebar: Sidebar
    form: TemplateForm
    copying: Copying
    undoing: Undoing

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
            ready = self.panel.tab == TEMPLATE and self.panel.filled and not self.panel.filled.missing
            # a complete template is there to be copied
            hints.sort(key=lambda hint: not (ready and hint.action == "copy"))
            return [*choose, *hints]
        digits = self.rows.words(row).digits
        return self._ranked([*([digits] if digits else []), *hints], row)

    def _label(self, hint: KeyHint, row: Row | None) -> str:
        """Return the name of a key now; "" if it would do nothing."""
        action, in_panel, talk = hint.action, self.panel.has_focus, self.case.conversation
        if action == "tick":
            return "next choice" if in_panel else self.rows.words(row).space
        if action in ("skip", "later"):
            return hint.label if self._may_leave(action, row) else ""
        if action == "call_client" and talk.live and talk.mode == "client":
            return "still there"
        if action == "open":
            if in_panel:
                return "edit" if self.panel.tab == TEMPLATE else "open"
            return self.rows.words(row).enter
        if action == "copy":
            waits = in_panel and self.panel.tab == TEMPLATE and self.panel.copy_waits
            return "" if waits else self._copy_word(row)
        if action == "wait" and self.case.hold:
            return "the wait"
        if action == "back" and in_panel:
            return "checklist"
        return hint.label

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

    def _may_leave(self, action: str, row: Row | None) -> bool:
        """Return whether the current item may be skipped or put off."""
        if row is None or not row.ours or self.case.scenario is None:
            return False
        return allows(partial(may_skip if action == "skip" else may_put_off, self.case.position(), row.item))

    def _copy_word(self, row: Row | None) -> str:
        if row is None or self.panel.has_focus:
            return "copy"
        return "copy template" if self._wants_template(row) else "copy the words" if row.item.copy else "copy"

    def why_not(self, action: str) -> WrongUse | None:
        """Return why a key does nothing now, or None if it acts."""
        if why := lacks(self.screen, action):
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
            return quote_item(self.case) is not None
        if action == "template":
            return bool(self.sidebar.template_name())
        if action in ("skip", "later"):
            return not in_panel  # in the checklist a refusal says why
        if action == "undo":
            return self.undoing.can_undo() or bool(row and row.ours and self.case.marks(row.item.id))
        if action == "copy_words":
            return bool(row and row.item.copy)
        if action == "link":
            return bool(row and row.item.link)
        return action != "tick" or not in_panel or self.panel.tab == TEMPLATE
