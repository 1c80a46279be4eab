"""The handover of a shift, and the question that chases a ticket."""

from __future__ import annotations

from datetime import timedelta

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy, RecordCopy
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Defer
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import SetHold
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.handover import TAKEN_OVER, chase, handover
from oxtui.clock import Clock
from tests.core.test_handover import read
from tests.core.worked import (
    SUNDAY,
    Worked,
    box,
    confirmed,
    escalated,
    finished,
    returned,
    with_mailboxes,
)


# -- the shift
def test_all_open_cases_are_handed_over_due_first() -> None:
    waiting = returned()
    due = Worked("due.example").do(SetHold("SME team", "2026-11-23", "amount"))
    idle = Worked("idle.example", at=SUNDAY - timedelta(days=1))
    later = with_mailboxes("anna").do(Choose(1)).tick("tell-team")
    later.do(Defer("salesforce-reason", "2026-11-26"))
    cases = [read(work.document, waiting) for work in (waiting, idle, later, due, finished())]
    text = handover(cases, Clock(waiting.at))
    blocks = text.rstrip("\n").split("\n\n")
    assert blocks[0] == f"Handover Mon 23/11/2026 09:16 +1100: 4 open cases, 1 due\n{TAKEN_OVER}"
    assert TAKEN_OVER not in handover(cases, Clock(waiting.at), shared=True)
    assert [block.split(":")[0] for block in blocks[1:]] == [
        "due.example", "brightside.com.au", "idle.example", "brightside.com.au",
    ]  # fmt: skip
    assert blocks[1].split("\n") == [
        "due.example: no scenario yet, DUE",
        "  Waits for SME team until Mon 23/11/2026 (amount)",
        "  Next: Authenticate the client",
        "  Last touched Sun 22/11/2026 10:47 by anna",
    ]
    assert "  Put off: Is the reason set on the Salesforce case? - until Thu 26/11/2026" in blocks[2]
    assert "JIRA HOST-4412" in blocks[4]
    assert "Next: What came back on the JIRA?" in blocks[4]


def test_what_asks_to_be_looked_at_is_handed_over_too() -> None:
    work = confirmed().do(Clear("cancel-ox-mail"), BeginCopy("o365-reversal"))
    work.do(SetMailboxes(added=box("late"), removed=(box("info"),), reasons={box("info"): "not-part"}))
    work.says("licence", "another", told="Exchange")
    (block,) = handover([work.case], work.clock).split("\n\n")[1:]
    rows = [row.strip() for row in block.rstrip("\n").split("\n")]
    assert "anna is on the line since Wed 25/11/2026 09:02" in rows
    assert "Cleared at 09:08 by anna: not confirmed (Cancel the OX-Mail service)" in rows
    assert any(row.startswith("Check again: Placed the Office 365 order - the new licence changed") for row in rows)
    assert "Still to decide: Do the licences ordered cover late@?" in rows
    assert "Left out: info@brightside.com.au (not part of this case)" in rows
    assert "A copy of O365 Reversal was begun and not confirmed" in rows
    assert [f"NB {nb.text}" for nb in lasting(work.case)] == [row for row in rows if row.startswith("NB ")] != []
    work.do(RecordCopy(next(event.id for event in reversed(work.case.log) if event.what == "copying"), "tmux"))
    assert "A copy of" not in handover([work.case], work.clock)


def test_a_shift_without_cases_says_so() -> None:
    assert handover([], Clock(SUNDAY)) == "Handover Sun 22/11/2026 10:46 +1100: no open case\n"
    assert ": 1 open case\n" in handover([Worked().case], Clock(SUNDAY))


# -- chasing
def test_one_polite_question_for_the_ticket_that_is_waited_for() -> None:
    work = escalated()
    assert chase(work.case, work.clock) == (
        "Hello, could you please tell me how JIRA HOST-4412 for brightside.com.au is going? "
        "It was raised on Sun 22/11/2026, and the client is waiting to hear from us. Thank you."
    )
    work = returned()
    question = chase(work.case, work.clock)
    assert question
    assert "HOST-4412 for brightside.com.au (sales@) is going?" in question
    assert "It was raised on Sun 22/11/2026" in question, "when it was raised first"


def test_a_number_that_was_corrected_or_typed_when_it_was_sent_again_is_asked_about() -> None:
    work = escalated().do(BeginCall("client"), Correct("jira", {"jira": "HOST-4413"}))
    assert "JIRA HOST-4413" in str(chase(work.case, work.clock))
    work.says("jira-result", "returned", told="why").tick("jira-again", values={"jira": "HOST-5000"})
    question = str(chase(work.case, work.clock))
    assert "JIRA HOST-5000" in question and "raised on Sun 22/11/2026" in question


def test_two_tickets_are_asked_about_together() -> None:
    work = escalated().do(BeginCall("client"), Correct("jira", {"jira": "HOST-9"}, (box("sales"),)))
    question = str(chase(work.case, work.clock))
    assert "JIRA HOST-4412 and JIRA HOST-9 for brightside.com.au are going? The first was raised on" in question


def test_what_waits_for_no_ticket_asks_nothing() -> None:
    assert chase(Worked().case, Clock(SUNDAY)) is None
    assert chase(finished().case, Clock(SUNDAY)) is None
    assert chase(Worked().do(SetHold("the client", "2026-11-24")).case, Clock(SUNDAY)) is None
    assert chase(Worked().do(SetHold("SME team", "2026-11-24")).case, Clock(SUNDAY)) is None


def test_where_the_step_names_no_ticket_the_case_does() -> None:
    work = Worked().do(SetDetails({"salesforce": "00123456"}), SetHold("SME team", "2026-11-24"))
    question = chase(work.case, work.clock)
    assert question
    assert question.startswith("Hello, could you please tell me how Salesforce case 00123456 for brightside.com.au")
    assert "raised on" not in question


def test_closing_ends_the_chase() -> None:
    work = escalated().do(BeginCall("back-office"), Close("unreachable"))
    assert chase(work.case, work.clock) is None
    assert box("anna") in work.note()
