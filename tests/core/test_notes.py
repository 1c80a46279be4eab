"""The wrap-up note of real cases, worked through with the shipped playbook."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Revoke
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.copies import BeginCopy, RecordCopy
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.details import ChangeDomain
from oxtui.cases.commands.killers import Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import TakeBack, Word
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.log.replay import replay
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.note import MOST_OF_A_COMMENT, wrap_up
from oxtui.clock import Clock
from oxtui.text import sentence
from tests.core.dns_help import evidence_data
from tests.core.worked import (
    DOMAIN,
    SUNDAY,
    Worked,
    box,
    confirmed,
    escalated,
    finished,
    returned,
    section,
    shipped,
    with_mailboxes,
)

TWO = (box("anna"), box("info"))


def done_name(scenario: int, item: str) -> str:
    """What the playbook calls an item in a few words."""
    return shipped().procedure.scenarios[scenario].by_id[item].done


def done(work: Worked) -> list[str]:
    """What the note tells as done, without days and times."""
    return [line.split(" ", 1)[1] for line in section(work.note(), "DONE") if not line.endswith(":")]


def ordered(*names: str, licence: str = "business-basic") -> Worked:
    """Scenario 1, billed monthly, up to the order."""
    work = with_mailboxes(*names).do(Choose(1))
    work.says("billed-now", "monthly").says("licence", licence).says("billed-next", "monthly")
    work.tick("tell-team").says("salesforce-reason", "set").tick("order", values={"order": "SO-1"})
    return work


# -- the whole
def test_the_whole_way_of_scenario_2_reads_as_a_person_would_write_it() -> None:
    note = finished().note()
    assert note.startswith(
        "brightside.com.au: Wants Office 365 back (scenario 2), closed\n"
        "Opened Sun 22/11/2026 10:46 by anna. Times are +1100.\n"
        "Closed Wed 25/11/2026 09:10 by anna, complete with 1 skipped\n"
        "Mailboxes (4): anna@brightside.com.au, info@brightside.com.au, sales@brightside.com.au, "
        "support@brightside.com.au\n"
        "Contact Jo Bright, phone 03 9000 0000, Salesforce case 00123456, JIRA HOST-4412\n"
    )
    assert section(note, "AUTHENTICATION") == [
        "Sun 22/11/2026 10:50, anna: client authenticated by PIN, caller Jo Bright",
        "Mon 23/11/2026 09:11, anna: worked without the client on the line",
        "Wed 25/11/2026 09:02, anna: client authenticated by PIN, caller Jo Bright",
    ]
    assert section(note, "DONE") == [
        "Sun 22/11/2026, anna:",
        "10:56 Told an SME that the client wants Office 365 back",
        "10:58 Placed the Office 365 order (through SalesDB, Order number SO-77)",
        "10:59 Office 365 order: completed",
        "11:00 DNS and MX point to Office 365: yes",
        "11:01 Devices connected to Office 365: connected",
        "11:08 Copied the template O365 Reversal (still empty: When did it start)",
        "11:09 Raised a JIRA to Platform Support to move the mail back (JIRA number HOST-4412)",
        "Mon 23/11/2026, anna:",
        "09:12 JIRA result: completed for anna@, info@, support@",
        "09:13 JIRA result: returned (the password was wrong) for sales@",
        "09:14 Copied the template O365 Reversal for sales@",
        "09:15 Fixed the JIRA and sent it again for sales@",
        "09:16 Put on hold for Platform Support until Wed 25/11/2026 (sales@ is being moved)",
        "Wed 25/11/2026, anna:",
        "09:03 JIRA result: completed for sales@",
        "09:04 to 09:07 Mail in Office 365, the client says: works",
        "09:08 Cancelled the OX-Mail service",
        "09:09 Ended the OX-Mail billing",
    ]
    assert section(note, "WHY THIS SCENARIO") == [
        "Has the move of the mailboxes to OX-Mail begun? done",
        "What does the client want? Office 365 back",
    ]
    assert "New licence: Business Basic" in section(note, "FOUND")
    assert "Mail missing since: 20/11/2026" in section(note, "FOUND")
    assert section(note, "SKIPPED") == ["The follow-up - the chat is closed on Sundays"]
    pro_rata = section(note, "PRO-RATA")
    assert pro_rata[0].startswith(
        "Discount AU$11.80 each, AU$47.20 together, first invoice AU$156.08 each, AU$624.32 together for 4 licences, "
        "given by SME Sam Lee (chat 22/11)"
    )
    assert pro_rata[-1] == "Together, first invoice: 4 x 156.08 = 624.32"
    dns = section(note, "DNS")
    assert dns[0] == "brightside.com.au: Office 365"
    assert dns[-1] == "Asked 127.0.0.1:53 at 22/11/2026 10:46 +1100"
    assert not section(note, "NB")
    assert len(note) < MOST_OF_A_COMMENT


def test_in_the_middle_it_tells_whom_the_case_waits_for_and_what_differs_by_mailbox() -> None:
    note = returned().note()
    assert " As of Mon 23/11/2026 09:16. Times are +1100.\n" in note
    assert "Waits for Platform Support until Wed 25/11/2026 (sales@ is being moved)\n" in note
    assert "Next, for sales@: What came back on the JIRA?\n" in note
    assert ", waiting\n" in note.split("Opened")[0]
    assert section(note, "DIFFERENT BY MAILBOX") == [
        f"{sentence(done_name(2, 'jira-result'))}: 3 of 4, not yet for sales@"
    ]
    assert "JIRA result: completed for anna@, info@, support@" in section(note, "FOUND")
    assert section(note, "NB") == [shipped().procedure.nbs["keep-ox-mail"].text]
    later = replay(returned().document, shipped().procedure, SUNDAY + timedelta(days=4))
    assert ", due now\n" in wrap_up(later, Clock(SUNDAY))


def test_a_case_without_anything_has_a_note_too() -> None:
    assert Worked("plain.example").note() == (
        "plain.example: no scenario chosen, in hand\n"
        "Opened Sun 22/11/2026 10:46 by anna. As of Sun 22/11/2026 10:46. Times are +1100.\n"
        "Next: Authenticate the client\n\n"
        "AUTHENTICATION\nThe client has not been authenticated.\n"
    )


@pytest.mark.parametrize("made", [escalated, returned, finished])
def test_the_note_says_the_same_of_a_log_read_back_from_json(made: Any) -> None:
    work = made()
    again = replay(json.loads(json.dumps(work.document)), shipped().procedure, work.at, agent="anna")
    assert wrap_up(again, work.clock) == work.note()


# -- what was found, and when
def test_facts_of_now_and_what_was_found_then_are_told_apart() -> None:
    """2.13: OX-Mail was cancelled, and the note said that it was still running."""
    before = section(confirmed().note(), "FOUND")
    assert before[:2] == ["Sun 22/11/2026:", "OX-Mail service: still running"]
    note = finished().note()
    assert "still running" not in note
    assert section(note, "FOUND")[-4:] == [
        "Wed 25/11/2026:",
        "OX-Mail service: ended here at 09:08",
        "JIRA result: completed for sales@",
        "Mail in Office 365, the client says: works",
    ]


def test_results_of_two_days_are_told_each_under_its_own() -> None:
    """2.14: both were given the first date."""
    found = section(confirmed().note(), "FOUND")
    monday, wednesday = found.index("Mon 23/11/2026:"), found.index("Wed 25/11/2026:")
    assert found[monday + 1] == "JIRA result: completed for anna@, info@, support@"
    assert found[wednesday + 1] == "JIRA result: completed for sales@"


def test_only_what_was_asked_in_the_call_flow_is_told() -> None:
    """2.11: the note gave a scenario chosen directly as the answers that lead to it."""
    direct = with_mailboxes("anna").do(Choose(2))
    assert not section(direct.note(), "WHY THIS SCENARIO")
    asked = with_mailboxes("anna").do(Choose(2, {"moved": "done", "want": "office-365"}))
    assert len(section(asked.note(), "WHY THIS SCENARIO")) == 2
    asked.do(Choose(3))
    assert section(asked.note(), "WHY THIS SCENARIO")[2:] == ["Scenario 3 was chosen directly"]
    assert not section(with_mailboxes("anna").note(), "WHY THIS SCENARIO")


def test_an_answer_that_dns_contradicts_is_not_told_as_a_fact() -> None:
    """1.5: the note said that DNS points to Office 365, and below it where MX is."""
    work = escalated().later("2026-12-22T09:00:00+11:00").do(KeepEvidence(evidence_data(DOMAIN, "other")))
    note = work.note()
    assert "DNS and MX point to Office 365: yes (to be checked again)" in section(note, "FOUND")
    (row, doubted) = section(note, "CHECK AGAIN")
    assert row == "Do DNS and MX point to Office 365? - DNS says otherwise, 09:01"
    assert doubted == "Waiting on this: the JIRA"
    assert "09:01 DNS answered otherwise: the DNS check" in section(note, "DONE")
    told = "DNS says otherwise: MX at other. 'Do DNS and MX point to Office 365?' was answered 'yes': look again."
    assert told in section(note, "NB")


# -- what makes done true
def test_an_order_on_other_terms_is_told_with_what_can_be_said_of_it() -> None:
    work = ordered("anna").says("licence", "email-deluxe")
    (row,) = section(work.note(), "CHECK AGAIN")
    assert row == (
        "Placed the Office 365 order - the new licence changed, 10:56; still to be confirmed, changed or undone"
    )
    assert done(work)[-1] == "New licence: Email Deluxe (before: Business Basic)"


@pytest.mark.parametrize(
    ("way", "told", "words"),
    [
        ("1", "", "Placed the Office 365 order: done on these terms, the record was wrong"),
        ("2", "", "Placed the Office 365 order (Order number SO-2): changed to the new terms"),
        ("3", "the client waits", "Reversed: Cancel the Office 365 order (the client waits)"),
        ("4", "it has Teams", "Placed the Office 365 order: still right, because: it has Teams"),
    ],
)
def test_what_was_said_of_it_is_told(way: str, told: str, words: str) -> None:
    """1.6: the note said "Checked again: Placed the order" of an order for the wrong licence."""
    work = ordered("anna").says("licence", "email-deluxe")
    work.settle("order", way, told, values={"order": "SO-2"} if way == "2" else {})
    assert done(work)[-1] == words
    assert not [row for row in section(work.note(), "CHECK AGAIN") if row.startswith("Placed")]


def test_what_is_checked_again_is_told_as_that() -> None:
    work = escalated().do(Revoke("the neighbour"), BeginCall("client"))
    rows = section(work.note(), "CHECK AGAIN")
    assert "Whose name servers does the domain use? - the authentication was taken back, 11:12" in rows
    work.says("ns", "with-us")
    assert done(work)[-1] == "Confirmed again: Name servers: ours"
    for name, value in (("ox-running", "running"), ("licence", "business-basic"), ("billed-now", "yearly")):
        work.says(name, value)
    work.tick("sme")
    assert done(work)[-1] == "Checked again: Told an SME that the client wants Office 365 back"


def test_what_was_taken_back_put_right_and_done_again() -> None:
    work = ordered("anna").do(Correct("order", {"order": "SO-9"}))
    assert done(work)[-1] == "Corrected, the order (Order number SO-9)"
    work.do(TakeBack("order", reason="placed twice"))
    assert done(work)[-1] == "Taken back: Placed the Office 365 order (placed twice)"
    assert section(work.note(), "CHECK AGAIN") == []
    work.tick("order", values={"order": "SO-10"})
    assert done(work)[-1] == "Placed the Office 365 order (through client console, Order number SO-10)"


def test_a_mis_tick_leaves_no_word() -> None:
    work = with_mailboxes("anna").do(Choose(2)).tick("sme").undo()
    assert not section(work.note(), "DONE")
    work.tick("sme", by="colleague")
    assert done(work)[-1].endswith("wants Office 365 back (by a colleague)")


def test_an_answer_typed_back_at_once_leaves_no_word() -> None:
    work = ordered("anna").says("salesforce-reason", "no-case").says("salesforce-reason", "set")
    assert done(work)[-1] == "Placed the Office 365 order (through client console, Order number SO-1)"


# -- by word of a colleague, and in writing
def test_a_colleagues_word_is_told_with_who_when_and_whether_they_had_the_client() -> None:
    work = ordered("anna")
    work.says("order-completed", "completed", word=Word("Ben", "2026-11-22T10:55", authenticated=True))
    assert done(work)[-1] == (
        "Office 365 order: completed (by word of Ben, Sun 22/11/2026 10:55, client authenticated by them)"
    )
    work.tick("accounts-swapped", word=Word("Cora", "2026-11-22T10:57"))
    assert done(work)[-1].endswith("(by word of Cora, Sun 22/11/2026 10:57, client NOT authenticated by them)")


def test_what_the_client_wrote_is_told_with_where_and_when() -> None:
    work = confirmed().do(EndCall()).later("2026-11-26T09:00:00+11:00")
    work.do(BeginCall("writing", "PIN", "Jo", "case 00778899", "2026-11-26T08:30"))
    work.says("client-confirms", "works", mailboxes=TWO[:1])
    assert done(work)[-1] == (
        "Confirmed again: Mail in Office 365, the client says: works "
        "(in writing, case 00778899, Thu 26/11/2026 08:30) for anna@"
    )
    assert section(work.note(), "AUTHENTICATION")[-1].endswith(
        "client authenticated in writing by PIN (case 00778899, Thu 26/11/2026 08:30), caller Jo"
    )


# -- cancellations
def test_a_cancellation_that_was_cleared_and_not_answered_is_told_first() -> None:
    work = confirmed()
    assert "Cleared" not in work.note()
    work.do(Clear("cancel-ox-mail"))
    assert "\nCleared at 09:08 by anna: not confirmed (Cancel the OX-Mail service)\n" in work.note()
    tomorrow = replay(work.document, shipped().procedure, work.at + timedelta(days=1), agent="anna")
    told = wrap_up(tomorrow, Clock(work.at + timedelta(days=1)))
    assert "Cleared on Wed 25/11/2026 at 09:08 by anna: not confirmed" in told
    assert done(work)[-1] == "Cleared: Cancel the OX-Mail service"
    work.do(NotYet("cancel-ox-mail"))
    assert "not confirmed" not in work.note()
    assert done(work)[-2:] == ["Cleared: Cancel the OX-Mail service", "Not done yet: Cancel the OX-Mail service"]


def test_what_is_learnt_after_a_service_was_ended_is_told_so() -> None:
    work = confirmed().cancel("cancel-ox-mail")
    work.says("jira-result", "returned", mailboxes=(box("sales"),), told="nothing was moved")
    assert done(work)[-2:] == [
        "Cancelled the OX-Mail service",
        "JIRA result: returned (nothing was moved) (before: completed) for sales@ - after the OX-Mail cancellation",
    ]
    assert any("before this was known" in line for line in section(work.note(), "NB"))
    assert any("before this was known" in nb.text for nb in lasting(work.case))


def test_a_killer_left_undone_is_told_with_what_goes_on_running() -> None:
    work = with_mailboxes("anna").do(Choose(2)).says("ox-running", "running")
    work.do(Close("handed-over", "Kim of the late shift"))
    note = work.note()
    assert "handed over: Kim of the late shift\nLEFT RUNNING: OX-Mail is still running and billed\n" in note
    assert "Next:" not in note
    work.do(Reopen())
    assert done(work)[-2:] == ["Closed: handed over (Kim of the late shift)", "Opened again"]


# -- copies
def test_a_copy_that_was_begun_and_never_arrived_is_told_as_that() -> None:
    work = escalated().do(BeginCall("client"), BeginCopy("o365-reversal", (), TWO))
    assert done(work)[-1] == "Began to copy the template O365 Reversal for anna@, info@: not confirmed"
    work.do(RecordCopy(work.case.log[-1].id, "tmux"))
    assert done(work)[-1] == "Copied the template O365 Reversal for anna@, info@"
    assert "not confirmed" not in work.note()


# -- mailboxes, licences, domain
def test_mailboxes_that_were_left_out_are_named_with_why_and_what_is_known_of_them() -> None:
    work = escalated().do(BeginCall("client"))
    work.do(SetMailboxes(removed=(box("info"),), reasons={box("info"): "not-part"}))
    work.do(SetMailboxes(known={box("anna"): {"ox-mail": "yes"}, box("info"): {"ox-mail": "no"}}))
    note = work.note()
    assert "Left out: info@brightside.com.au (not part of this case, not on OX-Mail)\n" in note
    assert "anna@brightside.com.au (on OX-Mail), " in note
    assert "Mailbox taken out: info@ (not part of this case)" in done(work)
    work.do(SetMailboxes(added=box("info")))
    assert "Left out" not in work.note()


def test_a_mailbox_that_comes_after_the_order_is_asked_about_and_told() -> None:
    work = ordered("anna").do(SetMailboxes(added=box("late")))
    assert section(work.note(), "CHECK AGAIN")[0] == "Still to decide: Do the licences ordered cover late@?"
    assert "Mailbox added after the order: late@" in done(work)
    work.do(Cover(covered=True))
    assert done(work)[-1] == "Covered by the order (1 licence): late@"
    more = ordered("anna").do(SetMailboxes(added=box("late")), Cover(covered=False))
    assert done(more)[-1] == "More licences than were ordered, for late@: 2 now"
    (row,) = section(more.note(), "CHECK AGAIN")
    assert row.endswith("; still to be confirmed, changed or undone")


def test_a_changed_domain_is_told() -> None:
    work = with_mailboxes("anna").do(Choose(2)).says("ox-running", "running")
    mistyped = work.do(ChangeDomain("brightsite.com.au", same_client=True))
    assert done(mistyped)[-1] == (
        "Domain changed from brightside.com.au to brightsite.com.au (mistyped, the same client)"
    )
    work = ordered("anna").do(ChangeDomain("other.example"))
    assert done(work)[-1] == "Domain changed from brightside.com.au to other.example"
    assert section(work.note(), "AUTHENTICATION")[-1].endswith("TAKEN BACK: the domain was brightside.com.au")


# -- authentication
def test_authentication_failed_taken_back_or_never_made() -> None:
    assert section(Worked().note(), "AUTHENTICATION") == ["The client has not been authenticated."]
    failed = Worked().do(FailAuthentication("wrong PIN\ntwice"), Close("not-authenticated"))
    assert section(failed.note(), "AUTHENTICATION") == [
        "Sun 22/11/2026 10:47, anna: the client could NOT be authenticated: wrong PIN / twice"
    ]
    assert "by anna, could not authenticate\n" in failed.note()
    revoked = Worked().do(BeginCall("client"), Revoke("it was the neighbour"))
    assert section(revoked.note(), "AUTHENTICATION") == [
        "Sun 22/11/2026 10:47, anna: client authenticated - TAKEN BACK "
        "Sun 22/11/2026 10:48 by anna: it was the neighbour"
    ]


def test_what_rested_on_a_revoked_authentication_is_told_as_to_be_checked_again() -> None:
    work = with_mailboxes("anna").do(Choose(2)).tick("sme").do(Revoke())
    assert section(work.note(), "CHECK AGAIN") == [
        "Tell an SME that the client wants Office 365 back - the authentication was taken back, 10:51"
    ]
