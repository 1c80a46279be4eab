"""The wrap-up note of real cases, worked through with the shipped playbook."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from oxtui.cases.commands import Defer, Tick, Unwind, confirmation
from oxtui.cases.conduct import (
    BeginCall,
    Choose,
    Close,
    FailAuthentication,
    KeepEvidence,
    Note,
    Reopen,
    Revoke,
    SetDetails,
)
from oxtui.cases.notes import SALESFORCE_COMMENT, comments, nbs_in_force, wrap_up
from oxtui.cases.overview import overview
from oxtui.cases.replay import fold
from oxtui.cases.timeline import Stamps, last_done, sentence
from oxtui.clock import Clock
from tests.core.worked import SUNDAY, Worked, box, escalated, finished, returned, shipped, with_mailboxes


def done_name(scenario: int, item: str) -> str:
    """What the playbook calls an item in a few words."""
    return shipped().procedure.scenarios[scenario].by_id[item].done


def section(note: str, name: str) -> list[str]:
    """The lines under a heading of the note; none where it is not there."""
    for part in note.rstrip("\n").split("\n\n"):
        lines = part.split("\n")
        if lines[0] == name:
            return lines[1:]
    return []


def test_the_whole_way_of_scenario_2_reads_as_a_person_would_write_it() -> None:
    note = finished().note()
    assert note.startswith(
        "brightside.com.au: Wants Office 365 back (scenario 2), closed\n"
        "Opened Sun 22/11/2026 10:46 by anna. Times are +1100.\n"
        "Closed Wed 25/11/2026 09:09 by anna, complete with 1 skipped\n"
        "Mailboxes (4): anna@brightside.com.au, info@brightside.com.au, sales@brightside.com.au, "
        "support@brightside.com.au\n"
        "Contact Jo Bright, phone 03 9000 0000, Salesforce 00123456, JIRA HOST-4412\n"
    )
    assert section(note, "AUTHENTICATION") == [
        "Sun 22/11/2026 10:50, anna: client authenticated by PIN, caller Jo Bright",
        "Mon 23/11/2026 09:11, anna: worked without the client on the line",
        "Wed 25/11/2026 09:02, anna: client authenticated by PIN, caller Jo Bright",
    ]
    assert section(note, "DONE") == [
        "Sun 22/11/2026, anna:",
        "10:56 Told an SME that the client goes back to Office 365",
        "10:58 Placed the Office 365 order (through SalesDB)",
        "10:59 Office 365 order: completed",
        "11:01 The client connected the devices to Office 365",
        "11:08 Copied the template O365 Reversal (still empty: When did it start)",
        "11:09 Raised a JIRA to Platform Support to move mail back (JIRA number HOST-4412)",
        "Mon 23/11/2026, anna:",
        "09:12 JIRA result: completed for anna@, info@, support@",
        "09:13 JIRA result: returned (the password was wrong) for sales@",
        "09:14 Copied the template O365 Reversal for sales@",
        "09:15 Mended the JIRA and sent it again",
        "09:16 Put on hold for Platform Support until Wed 25/11/2026 (sales@ is being moved)",
        "Wed 25/11/2026, anna:",
        "09:03 JIRA result: completed for sales@",
        "09:04 to 09:07 The client confirmed old and new mail in Office 365",
        "09:08 Cancelled OX-Mail, service and billing",
    ]
    assert section(note, "WHY THIS SCENARIO") == [
        "Has the move of the mailboxes to OX-Mail begun? done",
        "What does the client want? Office 365 back",
    ]
    assert "New licence: Business Basic" in section(note, "FOUND")
    assert "Mail missing since: 20/11/2026" in section(note, "FOUND")
    assert section(note, "SKIPPED") == ["The webmail check - the webmail is down for maintenance"]
    pro_rata = section(note, "PRO-RATA")
    assert pro_rata[0].startswith("Discount AU$11.80, first invoice AU$156.08, given by SME Sam Lee (chat 22/11)")
    assert pro_rata[-1] == "167.88 - 11.80 = 156.08"
    dns = section(note, "DNS")
    assert dns[0] == "brightside.com.au: Office 365"
    assert dns[-1] == "Asked 127.0.0.1:53 at 2026-11-22 10:46 +1100"
    assert not section(note, "NB")
    assert len(note) < SALESFORCE_COMMENT


def test_in_the_middle_it_tells_whom_the_case_waits_for_and_what_differs_by_mailbox() -> None:
    note = returned().note()
    assert "Waits for Platform Support until Wed 25/11/2026 (sales@ is being moved)\n" in note
    assert "Next: What came back on the JIRA?\n" in note
    assert ", waiting\n" in note.split("Opened")[0]
    assert section(note, "DIFFERENT BY MAILBOX") == [
        f"{sentence(done_name(2, 'jira-result'))}: 3 of 4, not yet for sales@"
    ]
    assert "JIRA result: completed for anna@, info@, support@" in section(note, "FOUND")
    assert section(note, "NB") == [shipped().procedure.nbs["keep-ox-mail"].text]
    assert ", due now\n" in wrap_up(
        fold(returned().document, shipped().procedure, SUNDAY + timedelta(days=4)), Clock(SUNDAY)
    )


def test_a_mis_tick_leaves_no_word_and_a_real_reversal_does() -> None:
    work = with_mailboxes("anna").do(Choose(2))
    work.do(Tick("sme")).undo()
    assert "SME" not in "\n".join(section(work.note(), "DONE"))
    work.do(Tick("sme", by="colleague"))
    assert section(work.note(), "DONE")[-1].endswith("goes back to Office 365 (by a colleague)")
    work.undo(reversed_=True)
    lines = section(work.note(), "DONE")
    assert [line[6:] for line in lines[1:]] == ["Really reversed: Tell an SME that the client goes back to Office 365"]


def test_authentication_failed_taken_back_or_never_made() -> None:
    assert section(Worked().note(), "AUTHENTICATION") == ["The client has not been authenticated."]
    failed = Worked().do(FailAuthentication("wrong PIN\ntwice"), Close("not-authenticated"))
    assert section(failed.note(), "AUTHENTICATION") == [
        "Sun 22/11/2026 10:47, anna: the client could NOT be authenticated: wrong PIN / twice"
    ]
    assert "by anna, could not authenticate\n" in failed.note()
    revoked = Worked().do(BeginCall("client"), Revoke("it was the neighbour"))
    assert section(revoked.note(), "AUTHENTICATION") == [
        "Sun 22/11/2026 10:47, anna: client authenticated (how was not noted) - TAKEN BACK "
        "Sun 22/11/2026 10:48 by anna: it was the neighbour"
    ]


def test_what_rested_on_a_revoked_authentication_is_told_as_to_be_checked_again() -> None:
    work = with_mailboxes("anna").do(Choose(2), Tick("sme"), Revoke())
    assert section(work.note(), "CHECK AGAIN") == [
        "Tell an SME that the client goes back to Office 365 - the authentication was taken back"
    ]


def test_what_was_put_off_and_what_has_to_be_taken_back() -> None:
    work = with_mailboxes("anna").do(Choose(1), Tick("tell-team", through="chat"))
    work.do(Defer("salesforce-reason", "2026-11-24T09:00", "Salesforce is down"))
    note = work.note()
    assert section(note, "PUT OFF") == [
        "Set the reason on the Salesforce case - until Tue 24/11/2026 09:00 - Salesforce is down"
    ]
    work.do(Choose(3))
    note = work.note()
    assert section(note, "CHECK AGAIN") == [
        "To be taken back: Tell the migration team that the domain may go back on the list"
    ]
    done = [line[6:] for line in section(note, "DONE")[1:]]
    assert done[1:] == [
        "Had the team take the domain off the migration list (through chat) [scenario 1]",
        "Changed to scenario 3",
    ]
    work.do(Unwind(1, "tell-team"))
    note = work.note()
    assert not section(note, "CHECK AGAIN")
    assert section(note, "DONE")[-1].endswith("may go back on the list: done [scenario 1]")


def test_who_did_it_is_told_where_agents_change_within_a_day() -> None:
    work = with_mailboxes("anna").do(Choose(1), Tick("tell-team", through="chat"))
    work.agent = "bob"
    work.do(Tick("salesforce-reason", values={"salesforce": "00998877"}))
    assert section(work.note(), "DONE") == [
        "Sun 22/11/2026, anna:",
        "10:50 Had the team take the domain off the migration list (through chat)",
        "Sun 22/11/2026, bob:",
        "10:51 Set the reason on the Salesforce case (Salesforce case 00998877)",
    ]
    assert "Salesforce 00998877" in work.note()


def test_a_killer_left_undone_is_told_with_what_goes_on_running() -> None:
    work = with_mailboxes("anna").do(Choose(2)).says("ox-running", "running")
    work.do(Close("handed-over", "Kim of the late shift"))
    note = work.note()
    assert "handed over: Kim of the late shift\nLEFT RUNNING: OX-Mail is still running and billed\n" in note
    assert "Next:" not in note
    work.do(Reopen())
    assert section(work.note(), "DONE")[-2:] == [
        "10:51 Closed: handed over (Kim of the late shift)",
        "10:52 Opened again",
    ]


def test_times_carry_their_offset_where_it_is_not_that_of_today() -> None:
    """A case opened before daylight saving began, read after it (Melbourne, 4 October 2026)."""
    from zoneinfo import ZoneInfo

    melbourne = ZoneInfo("Australia/Melbourne")
    work = Worked(at=datetime(2026, 10, 2, 9, 0, tzinfo=melbourne))
    work.do(BeginCall("client", "PIN"), Choose(2), Tick("sme"))
    note = wrap_up(work.case, Clock(datetime(2026, 10, 6, 9, 0, tzinfo=melbourne)))
    assert "Opened Fri 02/10/2026 09:00 (+1000) by anna" in note
    assert "Times are +1100." in note
    assert section(note, "DONE")[0] == "Fri 02/10/2026 (+1000), anna:"


def test_lasting_nbs_are_in_force_from_their_item_until_the_killer_is_done() -> None:
    work = with_mailboxes("anna").do(Choose(2))
    assert nbs_in_force(work.case) == ()
    work.says("ox-running", "cancelled")
    assert [nb.id for nb in nbs_in_force(work.case)] == ["ox-mail-gone"]
    work.says("ox-running", "running").do(Tick("sme"))
    assert [nb.id for nb in nbs_in_force(work.case)] == ["keep-ox-mail"]
    assert nbs_in_force(finished().do(Reopen()).case) == ()


def test_notes_keep_their_lines_and_evidence_that_cannot_be_read_is_said() -> None:
    work = Worked().do(Note("The client calls back\nafter five"), KeepEvidence({"nonsense": 1}))
    note = work.note()
    assert section(note, "NOTES") == ["Sun 22/11/2026 10:47, anna: The client calls back", "after five"]
    assert section(note, "DNS") == ["What DNS answered was kept in a form that cannot be read."]


def test_sixty_mailboxes_are_told_by_those_that_differ() -> None:
    names = [f"user{number:02}" for number in range(60)]
    work = with_mailboxes(*names).do(Choose(1))
    work.says("billed-now", "monthly").says("licence", "business-basic").says("billed-next", "monthly")
    work.do(Tick("tell-team", through="chat"), Tick("order", through="SalesDB"))
    work.says("order-completed", "completed")
    work.do(Tick("accounts-swapped", tuple(box(name) for name in names[:58]), confirmed=swap(work)))
    note = work.note()
    assert section(note, "DIFFERENT BY MAILBOX") == [
        f"{sentence(done_name(1, 'accounts-swapped'))}: 58 of 60, not yet for user58@, user59@"
    ]
    assert section(note, "DONE")[-1].endswith("Moved the mailboxes to the new licence for all but user58@, user59@")
    assert len(note) < SALESFORCE_COMMENT


def swap(work: Worked) -> str:
    case = work.case
    assert case.scenario
    return confirmation(case, case.scenario.by_id["accounts-swapped"])


def test_an_entry_changed_from_outside_is_named_and_tells_nothing() -> None:
    work = with_mailboxes("anna").do(Choose(2), Tick("sme"))
    changed = [kept for kept in work.document["log"] if kept["what"] == "ticked"]
    changed[0]["data"] = {**changed[0]["data"], "by": "sme"}
    note = work.note()
    assert f"Changed from outside and not counted: entries {changed[0]['seq']} of the log." in note
    assert "SME" not in "\n".join(section(note, "DONE"))


def test_a_case_without_anything_has_a_note_too() -> None:
    assert Worked("plain.example").note() == (
        "plain.example: no scenario chosen, in hand\n"
        "Opened Sun 22/11/2026 10:46 by anna. Times are +1100.\n"
        "Next: Authenticate the client\n\n"
        "AUTHENTICATION\nThe client has not been authenticated.\n"
    )


@pytest.mark.parametrize("made", [escalated, returned, finished])
def test_the_note_says_the_same_of_a_log_read_back_from_json(made: Any) -> None:
    import json

    work = made()
    again = fold(json.loads(json.dumps(work.document)), shipped().procedure, work.at)
    assert wrap_up(again, work.clock) == work.note()


def test_a_quote_that_no_longer_applies_is_no_promise() -> None:
    work = escalated()
    work.do(BeginCall("client")).says("billed-now", "monthly").says("billed-next", "monthly")
    assert section(work.note(), "PRO-RATA") == [
        "Does not hold (none applies any more). Worked out before: Discount AU$11.80, first invoice AU$156.08, "
        "given by SME Sam Lee (chat 22/11) (Sun 22/11/2026 10:57, anna)"
    ]


def test_a_long_note_is_parted_between_its_sections() -> None:
    note = finished().note()
    assert comments(note) == (note,)
    whole = f"{note}\noxtui:1:0123456789abcdef:{'x' * 2500}."
    one, two = comments(whole)
    assert one == note and two.startswith("oxtui:1:") and len(two) < SALESFORCE_COMMENT
    for most in (120, 300, 1000):
        parts = comments(whole, most)
        assert all(0 < len(part) <= most for part in parts)
        assert "".join(parts).replace("\n", "") == whole.replace("\n", "")


def test_what_was_done_last_is_told_once_and_newest_first() -> None:
    work = finished()
    told = last_done(work.case, Stamps(work.clock), 3)
    assert told == [
        "Wed 25/11/2026 09:08 Cancelled OX-Mail, service and billing",
        "Wed 25/11/2026 09:07 The client confirmed old and new mail in Office 365 for support@",
        "Wed 25/11/2026 09:03 JIRA result: completed for sales@",
    ]
    assert last_done(Worked().case, Stamps(work.clock)) == []


def test_jira_numbers_are_added_and_can_be_taken_out() -> None:
    work = escalated().do(SetDetails({"jira": "HOST-9"}))
    assert work.case.details.jira == ("HOST-4412", "HOST-9")
    assert not SetDetails({"jira": "HOST-9"}).drafts(work.case)
    work.do(SetDetails({"jira": ""}))
    assert work.case.details.jira == () and "JIRA HOST" not in work.note().split("AUTHENTICATION")[0]
    work.do(SetDetails({"jira": "HOST-1"}))
    assert work.case.details.jira == ("HOST-1",)


def test_a_closed_case_waits_for_nobody() -> None:
    work = returned().do(BeginCall("client"), Close("handed-over", "the SME team"))
    row = overview(work.case).as_json()
    assert (row["status"], row["hold"], row["next"]) == ("closed", None, None)
    assert work.do(Reopen()).case.standing() == "in hand"
