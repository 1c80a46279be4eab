"""Undo: one's last mark, and exactly what it changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Making, effects_data
from oxtui.cases.contradictions import put_back
from oxtui.cases.guard import need_client, need_conversation
from oxtui.errors import Refusal
from oxtui.text import clean

UNDO_MINUTES: Final = 5
"""How long one's last mark can be undone without a conversation."""


def may_undo(case: Case, now: datetime) -> bool:
    """Whether `u` may take back what it means: in the conversation it was done in; without one within five minutes."""
    if case.undo is None:
        return False
    event = case.undo.event
    begun = case.event(case.conversation.event)
    if case.conversation.live and begun is not None:
        return event.seq > begun.seq
    return timedelta(0) <= now - event.at <= timedelta(minutes=UNDO_MINUTES)


class UndoIt(Command, frozen=True):
    """Undo one's last mark: exactly what it changed is put back, what it made stale too."""

    event: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `undone` event."""
        if case.undo is None or case.undo.event.id != self.event or not may_undo(case, case.now):
            done = case.event(self.event)
            if done is not None and done.agent != case.agent:
                raise Refusal(f"That was done by {clean(done.agent)}", "only what you did yourself is undone")
            raise Refusal("That can no longer be undone", "x or enter on the item: take it back")
        if case.undo.event.what not in ("line", "hold", "note", "details", "mailboxes", "licences"):
            self._as_doing(case)
        data = {"entry": self.event, "what": case.undo.event.what}
        return [making.draft("undone", data | contradicted_since(case))]

    def _as_doing(self, case: Case) -> None:
        """Putting an answer or a tick back needs what doing it needed, where there was one before."""
        undo = case.undo
        if undo is None:
            return
        gone = [
            mark
            for number, marks in undo.restored.items()
            for key, mark in marks.items()
            if number in case.boards and key not in case.boards[number].marks
        ]  # what it ended comes back as well
        if not any(mark.done for mark in (*undo.before.values(), *gone)):
            return
        need_conversation(case.conversation, "Putting it back")
        item = case.scenario.by_id.get(str(undo.event.get("item"))) if case.scenario else None
        if item is not None and any(mark.done and not mark.word for mark in undo.before.values()):
            need_client(case.conversation, item)


def contradicted_since(case: Case) -> dict[str, Any]:
    """What the event of an undo names: marks that it puts back and that DNS has spoken against since."""
    return {"boards": boards} if (boards := effects_data(put_back(case))) else {}
