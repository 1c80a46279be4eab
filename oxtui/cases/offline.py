"""The commands that wait while the floor's server is away: which may, how they are tagged in a file, and in words.

Nothing that a cancellation rests on is done on a screen that may be old, and only one's own cases are worked on.
Later versions read the file too: a class that is renamed keeps its former name as its tag.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from msgspec import to_builtins

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Park, Revoke
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.copies import BeginCopy, RecordCopy, SetLine
from oxtui.cases.commands.corrections import Correct, Settle
from oxtui.cases.commands.details import Assign, ChangeDomain, PutOut, SetDetails
from oxtui.cases.commands.killers import AlreadyDone, Cancel, Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, TakeBack, Tick
from oxtui.cases.commands.quotes import Cover, PutQuote, SetLicences, quote_item
from oxtui.cases.commands.scenarios import Choose, KeepFlow, MovePlaybook, keepable
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import KeepEvidence, Late, Note, Remark, Resume, SetHold
from oxtui.cases.events import Event
from oxtui.cases.notes.telling import EVERY_ANSWER, Before
from oxtui.cases.wording import noted, one_line
from oxtui.errors import Refusal
from oxtui.playbook.about import spoken
from oxtui.playbook.model import Scenario

HINT: Final = "a note can be written meanwhile"
_NEVER: Final[tuple[tuple[type[Command], str], ...]] = (
    (Clear, "What cannot be undone waits for the floor"),
    (AlreadyDone, "What cannot be undone is recorded once the floor is back"),
    (Close, "A case is closed once the floor is back"),
    (Reopen, "A case is opened again once the floor is back"),
    (MovePlaybook, "A case moves to another playbook once the floor is back"),
    (PutOut, "An agent is removed once the floor is back"),
)
_ANYBODYS: Final = (Note, Remark, KeepEvidence, RecordCopy)
"""Allowed in a colleague's case as well: nothing rests on it."""


def may_keep(case: Case, command: Command) -> None:
    """Raise Refusal for what cannot wait for the server; `case` has all commands that are waiting already."""
    for kind, why in _NEVER:
        if isinstance(command, kind):
            raise Refusal(f"{why}: somebody may have changed what it rests on", HINT)
    if isinstance(command, _ANYBODYS):
        return
    if not is_own(case):
        whose = f"{case.holder}'s" if case.holder else "nobody's"
        raise Refusal(f"The floor is away, and this is {whose} case", f"{HINT}; the rest once the floor is back")
    if isinstance(command, Cancel | NotYet):
        _need_own_clearing(case, command.item)
        return
    cancelled = _cancelled_meanwhile(case)
    for scenario, name in _marked_by(case, command):
        item = scenario.by_id.get(name)
        if item is None:
            continue
        if item.killer or name in scenario.witnesses:
            raise Refusal(
                f"The floor is away, and {case.procedure.words.ends.doing} rests on '{item.text}'",
                f"{HINT}; say it once it is back",
            )
        if cancelled.intersection(scenario.rests_on.get(name, ())):
            raise Refusal(
                f"'{item.text}' waits until the cancellation is saved", f"{HINT}; say it once the floor is back"
            )


def _cancelled_meanwhile(case: Case) -> set[str]:
    """The killers whose second step is still waiting to be sent."""
    if case.confirmed is None:
        return set()
    return {str(event.get("item")) for event in case.log if event.seq > case.confirmed and event.get("clearing")}


def is_own(case: Case) -> bool:
    """Whether the case is this agent's, or they are in a conversation in it."""
    return case.holder == case.agent or bool(case.conversation.mode and not case.conversation.lapsed)


def _need_own_clearing(case: Case, item: str) -> None:
    """Raise Refusal unless this agent cleared the killer before the server went away."""
    cleared = case.event(case.board.cleared.get(item, ""))
    if cleared is None or cleared.agent != case.agent:
        raise Refusal(f"The floor is away: {case.procedure.words.ends.doing} waits for it", HINT)


def _marked_by(case: Case, command: Command) -> Iterable[tuple[Scenario, str]]:
    """The items that a command marks. Taking one back is not among them, since that can only lock."""
    scenarios, here = case.procedure.scenarios, case.scenario
    if isinstance(command, Settle) and command.scenario in scenarios:
        here = scenarios[command.scenario]
    if here is not None and isinstance(command, Tick | AnswerIt | Skip | Defer | Settle):
        yield here, command.item
    elif here is not None and isinstance(command, PutQuote) and (item := quote_item(case)):
        yield here, item.id
    elif isinstance(command, UndoIt) and case.undo is not None:
        if here is not None:
            yield here, str(case.undo.event.get("item"))
        for number, marks in case.undo.restored.items():
            yield from ((scenarios[number], key[0]) for key in marks if number in scenarios)
    elif isinstance(command, Choose) and command.scenario in scenarios:
        items = (row[2] for row in keepable(case, command.scenario) if row[1] in command.keep)
        yield from ((scenarios[command.scenario], name) for name in items)


_Marks: TypeAlias = AnswerIt | Correct | Defer | PutQuote | Settle | Skip | TakeBack | Tick | UndoIt
_Killers: TypeAlias = AlreadyDone | Cancel | Clear | NotYet
_Talks: TypeAlias = BeginCall | EndCall | FailAuthentication | Park | Revoke
_OfCase: TypeAlias = Assign | ChangeDomain | Choose | Close | Cover | KeepFlow | SetDetails | SetLicences | SetMailboxes
_Beside: TypeAlias = BeginCopy | KeepEvidence | Late | Note | RecordCopy | Remark | Resume | SetHold | SetLine
Kept: TypeAlias = _Marks | _Killers | _Talks | _OfCase | _Beside
"""The commands that may wait, and those that may have been under way when the server went away."""


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
