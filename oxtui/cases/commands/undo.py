"""Undo: one's last mark is taken back, with exactly its changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, effects_data
from oxtui.cases.contradictions import contradicted_by_undo
from oxtui.cases.guard import need_client, need_conversation
from oxtui.cases.parts import Undo, item_of
from oxtui.errors import Refusal
from oxtui.text import clean

UNDO_MINUTES: Final = 5
"""The time in which one's last mark can be undone without a conversation."""
_NO_MARK: Final = ("line", "hold", "note", "details", "mailboxes", "licences")
"""Events that mark no item: undoing them needs no conversation."""


def may_undo(case: Case) -> bool:
    """Whether the last mark can be undone: in the conversation it was made in; without one within five minutes."""
    if case.undo is None:
        return False
    event = case.undo.event
    call = case.conversation.event
    begun = [each.seq for each in case.log if call and case.same_call.get(each.id, each.id) == call]
    if case.conversation.live and begun:
        return event.seq > begun[0]
    return timedelta(0) <= case.now - event.at <= timedelta(minutes=UNDO_MINUTES)


class UndoIt(Command, frozen=True):
    """Undo one's last mark: exactly its changes are put back, with the marks it made stale."""

    event: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        undo = case.undo
        if undo is None or undo.event.id != self.event or not may_undo(case):
            done = case.event(self.event)
            if done is not None and done.agent != case.agent:
                raise Refusal(f"That was done by {clean(done.agent)}", "only what you did yourself is undone")
            raise Refusal("That can no longer be undone", "x or enter on the item: take it back")
        if undo.event.what not in _NO_MARK:
            self._as_doing(case, undo)
        return [Draft("undone", {"entry": self.event, "what": undo.event.what} | contradicted_since(case))]

    def _as_doing(self, case: Case, undo: Undo) -> None:
        """Check that an earlier answer or tick may be put back: it needs what marking it needed."""
        ended = [
            mark
            for number, marks in undo.restored.items()
            for key, mark in marks.items()
            if number in case.boards and key not in case.boards[number].marks
        ]
        if not any(mark.done for mark in (*undo.before.values(), *ended)):
            return
        need_conversation(case.conversation, "Putting it back")
        found = item_of(case.procedure, undo.event)
        if found and any(mark.done and not mark.word for mark in undo.before.values()):
            need_client(case.conversation, found[1])


def contradicted_since(case: Case) -> dict[str, Any]:
    """The `boards` of an undo: the marks that it puts back and that DNS has contradicted since."""
    return {"boards": boards} if (boards := effects_data(contradicted_by_undo(case))) else {}
