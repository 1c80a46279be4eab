"""Commands in words, for those that are waiting to be saved or were refused."""

from __future__ import annotations

from typing import Final

from msgspec import to_builtins

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.waiting import Note, Remark, SetHold
from oxtui.cases.events import Event
from oxtui.cases.notes.telling import EVERY_ANSWER, Before
from oxtui.cases.wording import noted, one_line
from oxtui.playbook.about import spoken

_EVENTS: Final = {
    "AnswerIt": "answered", "Assign": "assigned", "Cancel": "ticked", "Clear": "cleared", "Correct": "corrected",
    "NotYet": "not-yet", "SetHold": "hold", "Settle": "settled", "TakeBack": "taken-back", "Tick": "ticked",
}  # fmt: skip
"""By command, the event that comes of it, where that is told by what the command has."""
_PLAIN: Final = {
    "AlreadyDone": "Was ended already", "Choose": "The scenario was chosen",
    "BeginCopy": "A template was copied", "ChangeDomain": "The {subject} was changed", "Close": "The case was closed",
    "Cover": "The {licences} for a new {one}", "Defer": "Put off", "EndCall": "The call ended",
    "FailAuthentication": "The client could not be authenticated", "KeepEvidence": "What DNS answered",
    "Park": "The call was parked", "PutQuote": "A quote was put in", "RecordCopy": "A template was copied",
    "Resume": "The wait was over", "Revoke": "The authentication was taken back", "SetDetails": "Details were typed",
    "SetLicences": "The number of {licences}", "SetLine": "A line of a template was typed", "Skip": "Skipped",
    "KeepFlow": "An answer of the call flow", "SetMailboxes": "The {many} were changed",
    "UndoIt": "The last step was undone",
}  # fmt: skip


def words_of(case: Case, command: Command) -> str:
    """A command in words, in the past tense, for the agent and for readers of the log."""
    if isinstance(command, Note | Remark):
        return f"Note: {one_line(command.text)}"
    if isinstance(command, BeginCall):
        kinds = {"client": "by phone", "writing": "in writing"}
        return f"A conversation began {kinds.get(command.mode, 'without the client')}"
    name = type(command).__name__
    if what := _EVENTS.get(name):
        data = to_builtins(command) | {"scenario": getattr(command, "scenario", 0) or case.number or 0}
        data |= {"for": command.waits_for} if isinstance(command, SetHold) else {}
        if told := EVERY_ANSWER[what](case, Event("", 1, case.now, case.agent, what, data), Before()):
            return told
    text = spoken(_PLAIN.get(name, "Something was done"), case.procedure.about, case.procedure.words)
    item = case.scenario.by_id.get(getattr(command, "item", "")) if case.scenario else None
    return f"{text}: {noted(item)}" if item else text
