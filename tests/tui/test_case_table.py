"""What Home tells of a case beside its name, without a screen."""

from __future__ import annotations

from datetime import timedelta

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.log.replay import replay
from oxtui.cases.overview import overview
from oxtui.widgets.casedetail import people, steps
from oxtui.widgets.casetable import CaseTable
from oxtui.widgets.glyphs import UNICODE
from tests.core.worked import Worked, box, confirmed, returned


def told(work: Worked, days: int = 0) -> str:
    """The words of the row, seen so many days later."""
    now = work.at + timedelta(days=days)
    table = CaseTable()
    row = overview(replay(work.document, work.procedure, now, agent="ben"))
    table.show([row], now)
    return "".join(text for line, _ in table.owned(120) for text, _ in line)


def test_a_cancellation_that_was_cleared_and_not_answered_is_told_on_home() -> None:
    work = confirmed()
    assert "next: Cancel the OX-Mail service" in told(work)
    work.do(Clear("cancel-ox-mail"))
    assert "Cleared at 09:08: cancelled?" in told(work)
    assert "Cleared on 25/11 at 09:08: cancelled?" in told(work, days=1)


def test_the_detail_names_what_is_known_of_the_mailboxes_and_who_was_left_out() -> None:
    work = returned().do(SetMailboxes(known={box("anna"): {"ox-mail": "yes"}}))
    work.do(BeginCall("client"), SetMailboxes(removed=(box("info"),), reasons={box("info"): "removed"}))
    rows = ["".join(text for text, _ in row) for row in people(work.case)]
    assert f"mailbox  {box('anna')}  on OX-Mail" in rows
    assert f"         Left out: {box('info')} (the client removed it)" in rows
    assert any("Migrate back" in "".join(text for text, _ in row) for row in steps(work.case, UNICODE))
