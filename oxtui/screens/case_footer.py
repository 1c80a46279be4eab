"""The footer of a case: the keys that act on the item in front, under the names that fit it."""

from __future__ import annotations

from functools import partial

from oxtui.playbook.permits import may_defer, may_skip
from oxtui.playbook.progress import State
from oxtui.screens.case_parts import CaseParts, allows
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.checklist import Row
from oxtui.widgets.panels import TEMPLATE


class CaseFooter(CaseParts):
    """Which keys of a case act now."""

    def hints(self) -> list[KeyHint]:
        if self.editing():
            return [KeyHint("enter", "keep", "open"), KeyHint("esc", "back", "back")]
        found = super().hints()
        row = self.checklist.current
        in_panel = self.panel.has_focus
        renamed: list[KeyHint] = []
        for hint in found:
            label = hint.label
            if hint.action == "tick" and in_panel:
                label = "turn"
            elif hint.action == "tick" and row:
                if not (self.space_works(row) and self.case.call.live):
                    continue
                label = "next answer" if row.item.kind == "question" else "done"
            elif hint.action in ("skip", "later") and not self._may_put_off(hint.action, row):
                continue
            elif hint.action == "call_client" and self.case.call.live and self.case.call.mode == "client":
                label = "call"
            elif hint.action == "open":
                if row and not in_panel and self._needs_call(row):
                    continue
                label = self.open_word()
            elif hint.action == "copy":
                if in_panel and self.panel.tab == TEMPLATE and not self.case.call.live:
                    continue
                label = self.copy_word(row)
            elif hint.action == "wait" and self.case.hold:
                label = "end the wait"
            elif hint.action == "back" and in_panel:
                label = "checklist"
            renamed.append(KeyHint(hint.key, label, hint.action))
        if not self.case.call.live:
            # the gate comes first, in the footer too
            renamed.sort(key=lambda hint: hint.action not in ("call_client", "call_back_office"))
        elif not in_panel and row and row.item.client and self.case.call.mode != "client":
            renamed.sort(key=lambda hint: hint.action != "call_client")
        elif not in_panel and not self.case.open_items() and not self.case.unwinds:
            renamed.sort(key=lambda hint: hint.action != "close")  # all is done
        elif in_panel:
            count = self.choices_here()
            if count:
                renamed.insert(0, KeyHint(f"1-{count}", "choose", "digit(1)"))
        elif row and row.item.quote and row.status.state in (State.TODO, State.STALE):
            renamed.insert(0, KeyHint("1-9", "months or amount", "calculator"))
        elif row and (row.item.answers or row.item.through) and row.status.state is not State.LOCKED:
            count = len(row.item.answers or self.case.ways(row.item))
            word = "mark" if row.item.select == "several" else "answer"
            if row.item.answers or count > 1:
                renamed.insert(0, KeyHint(f"1-{count}" if count > 1 else "1", word, "digit(1)"))
        waits = (row and row.item.waits_on) or self.case.next_text() == "Wait"
        if waits and not in_panel and self.case.call.live:  # early enough to be seen on a small pane
            renamed.sort(key=lambda hint: (hint.action != "digit(1)", hint.action != "wait"))
        return renamed

    def _needs_call(self, row: Row) -> bool:
        """Whether enter on the item would be refused for want of the client."""
        call = self.case.call
        opens = row.status.state is State.LOCKED or (row.item.kind == "action" and row.status.state is State.DONE)
        return not opens and (not call.live or (row.item.client and not call.with_client))

    def _may_put_off(self, action: str, row: Row | None) -> bool:
        """Whether the current item may be skipped or put off."""
        if row is None or row.unwind or self.case.scenario is None:
            return False  # what has to be taken back may be of another scenario
        position = self.case.position(self.case.scenario)
        return allows(partial(may_skip if action == "skip" else may_defer, position, row.item))

    def open_word(self) -> str:
        """What enter does now."""
        if self.panel.has_focus:
            return "edit" if self.panel.tab == TEMPLATE else "open"
        row = self.checklist.current
        if row is None:
            return "open"
        if row.status.state is State.LOCKED:
            return "why locked"
        if row.item.quote and row.status.state is not State.DONE:
            return "calculator"
        if row.item.kind == "question":
            return "take" if row.item.id in self.checklist.shown.offered else "answer"
        return "confirm" if self.is_witness(row.item) and row.status.state is not State.DONE else "open"

    def copy_word(self, row: Row | None) -> str:
        """What y copies now."""
        if self.panel.has_focus:
            return "copy"
        item = row.item if row else None
        if item and not item.copy and any(self.template_wanted(name) for name, _ in item.templates):
            return "copy template"
        return "copy the words" if item and item.copy else "copy"

    def space_works(self, row: Row) -> bool:
        """Whether space does something here; elsewhere it tells which key does, and the footer leaves it out."""
        if row.status.state is State.LOCKED:
            return False
        item, done = row.item, row.status.state in (State.DONE, State.OVERRIDDEN)
        other_key = self.is_witness(item) or item.quote or len(self.case.ways(item)) > 1
        return bool(item.answers) if item.kind == "question" else not (done or other_key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are not shown."""
        if not self.ready:
            return True
        row = self.checklist.current
        in_panel = self.panel.has_focus
        if action == "call_client":
            return True
        if action == "copy_covered":
            return self.covers()
        if action == "call_back_office":
            return self.case.authenticated and not self.case.call.live
        if action == "calculator":
            return any(item.quote for item in self.case.scenario.items()) if self.case.scenario else False
        if action == "template":
            return bool(self.template_name())
        if action in ("skip", "later"):
            return not in_panel  # where it may not be done, that is told
        if action == "undo":
            return self.can_undo()
        if action == "link":
            return bool(row and row.item.link)
        if action == "tick" and in_panel:
            return self.panel.tab == TEMPLATE
        return True
