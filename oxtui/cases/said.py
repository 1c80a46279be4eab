"""Commands in words, for those that are waiting to be saved or were refused."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.details import Assign
from oxtui.cases.commands.killers import Cancel, Clear, NotYet
from oxtui.cases.commands.marks import AnswerIt, Skip, TakeBack, Tick
from oxtui.cases.commands.waiting import Note, Remark, SetHold
from oxtui.cases.wording import answer_words, few, one_line, until_words, with_answer
from oxtui.playbook.about import spoken

_PLAIN = {
    "BeginCopy": "A template was copied", "ChangeDomain": "The {subject} was changed", "Close": "The case was closed",
    "Correct": "What was typed was corrected", "Cover": "The {licences} for a new {one}", "EndCall": "The call ended",
    "FailAuthentication": "The client could not be authenticated", "KeepEvidence": "What DNS answered",
    "Park": "The call was parked", "PutQuote": "A quote was put in", "RecordCopy": "A template was copied",
    "Resume": "The wait was over", "Revoke": "The authentication was taken back", "SetDetails": "Details were typed",
    "SetLicences": "The number of {licences}", "SetLine": "A line of a template was typed",
    "KeepFlow": "An answer of the call flow", "SetMailboxes": "The {many} were changed",
    "UndoIt": "The last step was undone",
}  # fmt: skip


def words_of(case: Case, command: Command) -> str:
    """A command in words, in the past tense, for the agent and for readers of the log."""
    if isinstance(command, Note | Remark):
        return f"Note: {one_line(command.text)}"
    if isinstance(command, Assign):
        return f"The case was given to {command.to}" if command.to else "The case was given back"
    if isinstance(command, SetHold):
        return f"Waits for {one_line(command.waits_for)} until {until_words(command.until)}"
    if isinstance(command, BeginCall):
        kinds = {"client": "by phone", "writing": "in writing"}
        return f"A conversation began {kinds.get(command.mode, 'without the client')}"
    item = case.scenario.by_id.get(getattr(command, "item", "")) if case.scenario else None
    if item is None:
        return _plain(case, command, "Something was done")
    name = item.done or item.text
    if isinstance(command, AnswerIt):
        name = with_answer(item, answer_words(case, item, list(command.value), command.told))
    boxes: tuple[str, ...] = getattr(command, "mailboxes", ())
    some = few(case, boxes) if item.each and boxes else ""
    before = {Skip: "Skipped: ", TakeBack: "Taken back: ", NotYet: "Not done yet: ", Clear: "Cleared: "}.get(
        type(command)
    )
    if before is None and not isinstance(command, AnswerIt | Tick | Cancel):
        before = f"{_plain(case, command, 'Settled')}: "
    return f"{before or ''}{name}{f' ({some})' if some else ''}"


def _plain(case: Case, command: Command, other: str) -> str:
    text = _PLAIN.get(type(command).__name__, other)
    return spoken(text, case.procedure.about, case.procedure.words)
