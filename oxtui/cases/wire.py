"""Commands as bytes, for those that have to wait on this machine: tagged with their class, read by later versions too.

What never waits (oxtui.cases.offline) is not among them. A class that is renamed keeps its former name as its tag.
"""

from __future__ import annotations

from typing import TypeAlias

from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Park, Revoke
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy, RecordCopy, SetLine
from oxtui.cases.commands.corrections import Correct, Settle
from oxtui.cases.commands.details import Assign, ChangeDomain, SetDetails
from oxtui.cases.commands.killers import AlreadyDone, Cancel, Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, TakeBack, Tick
from oxtui.cases.commands.quotes import Cover, PutQuote, SetLicences
from oxtui.cases.commands.scenarios import Choose, KeepFlow
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import KeepEvidence, Late, Note, Remark, Resume, SetHold

Kept: TypeAlias = (
    AlreadyDone
    | AnswerIt
    | Assign
    | BeginCall
    | BeginCopy
    | Cancel
    | ChangeDomain
    | Choose
    | Clear
    | Close
    | Correct
    | Cover
    | Defer
    | EndCall
    | FailAuthentication
    | KeepEvidence
    | KeepFlow
    | Late
    | Note
    | NotYet
    | Park
    | PutQuote
    | RecordCopy
    | Remark
    | Resume
    | Revoke
    | SetDetails
    | SetHold
    | SetLicences
    | SetLine
    | SetMailboxes
    | Settle
    | Skip
    | TakeBack
    | Tick
    | UndoIt
)
"""What may wait, and what may have been under way when the server went away (it is looked for, never sent again)."""
