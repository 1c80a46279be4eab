"""What the wrap-up note says of what is left, of NBs and of a case that was taken up again, and how long it may be."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.details import Assign, SetDetails
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, TakeBack
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import KeepEvidence, Note, SetHold
from oxtui.cases.events import Event
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.note import MOST_OF_A_COMMENT, comments, short_note, wrap_up
from oxtui.cases.notes.timeline import last_done, timeline
from oxtui.cases.offline import words_of
from oxtui.cases.overview import overview
from oxtui.cases.wording import Stamps
from oxtui.clock import Clock
from oxtui.text import sentence
from tests.core.test_notes import TWO, done, done_name, ordered
from tests.core.worked import (
    DOMAIN,
    SUNDAY,
    Worked,
    box,
    escalated,
    finished,
    returned,
    section,
    with_mailboxes,
)


# -- put off, skipped, left behind
def test_what_was_put_off_and_what_has_to_be_settled_in_a_scenario_left_behind() -> None:
    work = with_mailboxes("anna").do(Choose(1)).tick("tell-team")
    work.do(Defer("salesforce-reason", "2026-11-24T09:00", "Salesforce is down"))
    assert section(work.note(), "PUT OFF") == [
        "Is the reason set on the Salesforce case? - until Tue 24/11/2026 09:00 - Salesforce is down"
    ]
    work.do(Choose(3))
    (row,) = section(work.note(), "CHECK AGAIN")
    assert row == (
        "Asked the migration team to take the domain off the list [scenario 1] - another scenario was chosen "
        "meanwhile; still to be confirmed or undone "
        "(to undo: Tell the migration team that the domain may go back on the list)"
    )
    assert done(work) == [
        "Scenario 1 chosen directly",
        "Asked the migration team to take the domain off the list (through chat) [scenario 1]",
        "Changed to scenario 3, chosen directly",
    ]
    work.settle("tell-team", "3", scenario=1)
    assert not section(work.note(), "CHECK AGAIN")
    assert done(work)[-1] == ("Reversed: Tell the migration team that the domain may go back on the list [scenario 1]")


def test_what_is_kept_in_another_scenario_is_told() -> None:
    work = ordered("anna").do(Choose(2, keep=("order",)))
    assert done(work)[-1] == "Changed to scenario 2, chosen directly; kept from before: the order"


def test_a_skip_of_some_mailboxes_names_them() -> None:
    work = with_mailboxes("anna", "info").do(Choose(3))
    work.says("webmail", "works", mailboxes=TWO[:1]).do(Skip("webmail", "info@ is shared"))
    assert section(work.note(), "SKIPPED") == ["The webmail check for info@ - info@ is shared"]


def test_who_did_it_is_told_where_agents_change_within_a_day() -> None:
    work = with_mailboxes("anna").do(Choose(1)).tick("tell-team")
    work.by("bob").do(BeginCall("client"))
    work.says("salesforce-reason", "set", values={"salesforce": "00998877"})
    work.do(Correct("salesforce-reason", {"salesforce": "00998878"}))
    lines = section(work.note(), "DONE")
    assert lines[0] == "Sun 22/11/2026, anna:" and lines[2] == "Sun 22/11/2026, bob:"
    assert lines[3].endswith("Corrected, the Salesforce reason (Salesforce case 00998878)")
    assert "Salesforce case 00998878" in work.note()


def test_times_carry_their_offset_where_it_is_not_that_of_today() -> None:
    """A case opened before daylight saving began, read after it (Melbourne, 4 October 2026)."""
    melbourne = ZoneInfo("Australia/Melbourne")
    work = Worked(at=datetime(2026, 10, 2, 9, 0, tzinfo=melbourne))
    work.do(BeginCall("client", "PIN"), Choose(2)).tick("sme")
    note = wrap_up(work.case, Clock(datetime(2026, 10, 6, 9, 0, tzinfo=melbourne)))
    assert "Opened Fri 02/10/2026 09:00 (+1000) by anna" in note
    assert "Times are +1100." in note
    assert section(note, "DONE")[0] == "Fri 02/10/2026 (+1000), anna:"


# -- NBs
def test_the_note_has_the_nbs_that_are_on_the_screen() -> None:
    """1.14: one of them was on the screen alone."""
    work = with_mailboxes("anna").do(Choose(2))
    for answer in ("cancelled", "running"):
        work.says("ox-running", answer, told="the client, in October" if answer == "cancelled" else "")
        assert section(work.note(), "NB") == [nb.text for nb in lasting(work.case)]
        assert section(work.note(), "NB")
    assert not section(finished().note(), "NB")


def test_notes_keep_their_lines_and_evidence_that_cannot_be_read_is_said() -> None:
    work = Worked().do(Note("The client calls back\nafter five"), KeepEvidence({"domain": DOMAIN, "nonsense": 1}))
    note = work.note()
    assert section(note, "NOTES") == ["Sun 22/11/2026 10:47, anna: The client calls back", "after five"]
    assert section(note, "DNS") == ["The DNS evidence cannot be read."]


def test_sixty_mailboxes_are_told_by_those_that_differ() -> None:
    names = [f"user{number:02}" for number in range(60)]
    work = ordered(*names).says("order-completed", "completed")
    work.tick("accounts-swapped", *(box(name) for name in names[:58]))
    note = work.note()
    assert section(note, "DIFFERENT BY MAILBOX") == [
        f"{sentence(done_name(1, 'accounts-swapped'))}: 58 of 60, not yet for user58@, user59@"
    ]
    assert done(work)[-1].endswith("Moved the mailboxes to the new licence for all but user58@, user59@")
    assert len(note) < MOST_OF_A_COMMENT


def test_an_entry_changed_from_outside_is_named_and_tells_nothing() -> None:
    work = with_mailboxes("anna").do(Choose(2)).tick("sme")
    changed = [kept for kept in work.document["log"] if kept["what"] == "ticked"]
    changed[0]["data"] = {**changed[0]["data"], "by": "sme"}
    note = work.note()
    assert f"Changed from outside and not counted: entries {changed[0]['seq']} of the log." in note
    assert "SME" not in "\n".join(section(note, "DONE"))


def test_an_item_that_the_playbook_has_no_more_is_told_by_its_id() -> None:
    work = with_mailboxes("anna").do(Choose(2))
    work.append("ticked", {"scenario": 2, "item": "fax-the-form", "effects": {}})
    assert done(work) == ["Done, but not in the playbook any more: fax-the-form"]
    for what in ("answered", "settled", "corrected", "taken-back", "cleared", "not-yet", "unwound"):
        work.append(what, {"scenario": 2, "item": "fax-the-form", "effects": {}, "way": "4"})
    assert done(work) == ["Done, but not in the playbook any more: fax-the-form"]


def test_a_quote_that_no_longer_applies_is_no_promise() -> None:
    work = escalated()
    work.do(BeginCall("client")).says("billed-now", "monthly").says("billed-next", "monthly")
    (row,) = section(work.note(), "PRO-RATA")
    assert row.startswith("Check again: none applies any more. Worked out before: Discount AU$11.80 each")


# -- lengths
def test_a_long_note_is_parted_between_its_sections() -> None:
    note = finished().note()
    assert comments(note) == (note,)
    whole = f"{note}\noxtui:1:0123456789abcdef:{'x' * 2500}."
    one, two = comments(whole)
    assert one == note and two.startswith("oxtui:1:") and len(two) < MOST_OF_A_COMMENT
    for most in (120, 300, 1000):
        parts = comments(whole, most)
        assert all(0 < len(part) <= most for part in parts)
        assert "".join(parts).replace("\n", "") == whole.replace("\n", "")


@pytest.mark.parametrize("most", [400, 900, 1500, 2500, 4000])
def test_a_short_note_fits_and_keeps_what_has_to_be_looked_at(most: int) -> None:
    work = returned().do(BeginCall("client")).says("licence", "another", told="Exchange Online")
    whole, short = work.note(), short_note(work.case, work.clock, most)
    assert len(short) <= most
    if most >= 900:
        assert short.split("\n\n")[0] == whole.split("\n\n")[0]
        assert section(short, "NB") == section(whole, "NB")
    if most >= 1500:
        assert section(short, "CHECK AGAIN") == section(whole, "CHECK AGAIN")
        assert section(short, "DONE")[-1] == section(whole, "DONE")[-1]


def test_a_note_that_fits_is_not_shortened_and_what_is_older_goes_first() -> None:
    work = finished()
    assert short_note(work.case, work.clock) == work.note()
    done_lines = section(short_note(work.case, work.clock, 1000), "DONE")
    assert done_lines[0].endswith("earlier lines: see the whole note)") and done_lines[1].endswith(", anna:")
    assert done_lines[-1] == section(work.note(), "DONE")[-1]


# -- taking a case up again
def test_what_was_done_last_is_told_once_and_newest_first() -> None:
    work = finished()
    stamps = Stamps(work.clock)
    assert [f"{stamps.at(at)} {text}" for at, text in last_done(work.case, 3)] == [
        "Wed 25/11/2026 09:09 Ended the OX-Mail billing",
        "Wed 25/11/2026 09:08 Cancelled the OX-Mail service",
        "Wed 25/11/2026 09:07 Mail in Office 365, the client says: works for support@",
    ]
    assert last_done(Worked().case) == []


def test_a_command_that_waits_is_told_as_its_event_will_be() -> None:
    work, stamps = escalated().do(BeginCall("back-office")), Stamps(Clock(SUNDAY))
    for command in (
        AnswerIt("jira-result", ("returned",), (box("sales"),), "the password was wrong"),
        TakeBack("jira-result", (box("sales"),), "it was another JIRA"),
        SetHold("Platform Support", "2026-11-25", "sales@ is being moved"),
        Assign("ben"),
    ):
        words, seq = words_of(work.case, command), work.case.seq
        work.do(command)
        assert timeline(work.case, stamps, seq)[-1].partition(" ")[2] == words
    assert words_of(work.case, Skip("followed-up", "no")).startswith("Skipped")


def test_jira_numbers_are_added_and_can_be_taken_out() -> None:
    work = escalated().do(SetDetails({"jira": "HOST-9"}))
    assert work.case.details.all_of("jira") == ("HOST-4412", "HOST-9")
    count = len(work.case.log)
    assert len(work.do(SetDetails({"jira": "HOST-9"})).case.log) == count
    work.do(SetDetails({"jira": ""}))
    assert work.case.details.all_of("jira") == () and "JIRA HOST" not in work.note().split("AUTHENTICATION")[0]
    work.do(SetDetails({"jira": "HOST-1"}))
    assert work.case.details.all_of("jira") == ("HOST-1",)


def test_a_closed_case_waits_for_nobody() -> None:
    work = returned().do(BeginCall("client"), Close("handed-over", "the SME team"))
    row = overview(work.case).as_json()
    assert (row["status"], row["hold"], row["next"]) == ("closed", None, None)
    assert work.do(Reopen()).case.standing_word() == "in hand"


def test_an_event_of_a_newer_kind_is_passed_over() -> None:
    work = with_mailboxes("anna").do(Choose(2)).tick("sme")
    before = work.note()
    work.append("sang", {"song": "Waltzing Matilda"})
    assert section(work.note(), "DONE") == section(before, "DONE")
    assert isinstance(replace(work.case.log[-1], agent="x"), Event)
