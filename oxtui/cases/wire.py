"""The commands that are saved on this machine while the floor's server is away, each tagged with its class.

Later versions read them too: a class that is renamed keeps its former name as its tag.
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

_Marks: TypeAlias = AnswerIt | Correct | Defer | PutQuote | Settle | Skip | TakeBack | Tick | UndoIt
_Killers: TypeAlias = AlreadyDone | Cancel | Clear | NotYet
_Talks: TypeAlias = BeginCall | EndCall | FailAuthentication | Park | Revoke
_OfCase: TypeAlias = Assign | ChangeDomain | Choose | Close | Cover | KeepFlow | SetDetails | SetLicences | SetMailboxes
_Beside: TypeAlias = BeginCopy | KeepEvidence | Late | Note | RecordCopy | Remark | Resume | SetHold | SetLine
Kept: TypeAlias = _Marks | _Killers | _Talks | _OfCase | _Beside
"""The commands that may wait, and those that may have been under way when the server went away."""
