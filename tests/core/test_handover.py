"""The handover of a shift, the question that chases a ticket, and the line that carries a case elsewhere."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import zlib
from datetime import timedelta
from typing import Any

import pytest

from oxtui.cases import transfer as carry
from oxtui.cases.case import Case
from oxtui.cases.commands import Defer, Skip, Tick, Unwind
from oxtui.cases.conduct import (
    BeginCall,
    Choose,
    Close,
    FailAuthentication,
    Note,
    Reopen,
    Resume,
    Revoke,
    SetDetails,
    SetHold,
    SetLine,
    SetMailboxes,
)
from oxtui.cases.events import Document
from oxtui.cases.handover import chase, compare, handover
from oxtui.cases.replay import fold
from oxtui.cases.transfer import agree, line_of, merged, read_line, restored
from oxtui.clock import Clock
from oxtui.errors import Refusal, WrongUse
from tests.core.worked import SUNDAY, Worked, box, escalated, finished, returned, shipped, with_mailboxes


def folded(document: Document, work: Worked) -> Case:
    return fold(document, shipped().procedure, work.at)


# -- the line
def test_a_case_goes_through_its_line_and_back_unchanged() -> None:
    for work in (Worked(), escalated(), returned(), finished()):
        line = line_of(work.document)
        assert read_line(line) == work.document
        assert line.count("\n") == 0
        assert line.startswith("oxtui:1:")
        assert len(line) < 4000


def test_it_is_found_at_the_end_of_a_note_however_it_was_wrapped() -> None:
    work = returned()
    line = line_of(work.document)
    wrapped = "\r\n ".join(line[start : start + 76] for start in range(0, len(line), 76))
    older = line_of(escalated().document)
    for text in (work.note() + line, f"{work.note()}{wrapped}\nKind regards\nAnna.", f"{older}\n\n{line}\n"):
        assert read_line(text) == work.document


def test_one_altered_character_anywhere_is_refused() -> None:
    line = line_of(with_mailboxes("anna").document)
    for place, was in enumerate(line):
        for other in {"A", "B", "a", "0", "1", "-", "_", ".", ":", " ", "é", "\u200b"} - {was}:
            with pytest.raises(WrongUse):
                read_line(line[:place] + other + line[place + 1 :])


def test_a_line_cut_off_doubled_or_with_a_letter_too_many_is_refused() -> None:
    line = line_of(with_mailboxes("anna").document)
    for place in range(len(line)):
        with pytest.raises(WrongUse):
            read_line(line[:place])
        with pytest.raises(WrongUse):
            read_line(line[:place] + line[place + 1 :])
    for text in ("", "oxtui:", "brightside.com.au", line[: len(line) // 2] + line, line + line[:-1]):
        if text.startswith(line[:9]) and text.endswith(line):
            assert read_line(text)["id"] == read_line(line)["id"]
            continue
        with pytest.raises(WrongUse):
            read_line(text)


def made(
    payload: Any, version: int = 1, *, words: bytes = carry._WORDS, flush: int = zlib.Z_FINISH, more: bytes = b""
) -> str:
    """A line as someone could make it by hand: a right checksum over what no oxtui wrote."""
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, words)
    coded = base64.urlsafe_b64encode(deflate.compress(text) + deflate.flush(flush) + more).decode().rstrip("=")
    digest = hashlib.sha256(f"oxtui:{version}:{coded}".encode()).hexdigest()[:16]
    return f"oxtui:{version}:{digest}:{coded}."


def payload(*rows: list[Any]) -> list[Any]:
    return ["abc", 0, "00", ["anna"], [["e1", 0, 0, "opened", {"domain": "x.org"}], *rows]]


def test_a_line_made_by_hand_holds_a_case_or_is_refused() -> None:
    assert read_line(made(payload()))["log"][0]["data"] == {"domain": "x.org"}
    bad: list[Any] = [
        [], {}, "x", None, 7, ["abc", 0, "00", ["anna"], []],
        [1, 0, "00", ["anna"], [["e1", 0, 0, "opened", {}]]],
        ["abc", "0", "00", ["anna"], [["e1", 0, 0, "opened", {}]]],
        ["abc", 0, "../00", ["anna"], [["e1", 0, 0, "opened", {}]]],
        ["abc", 10**18, "00", ["anna"], [["e1", 0, 0, "opened", {}]]],
        ["abc", 0, "00", ["anna"], [["e1", 0, 0, "ticked", {}]]],
        ["abc", 0, "00", [], [["e1", 0, 0, "opened", {}]]],
        payload(["e1", 0, 0, "note", {"text": "the id again"}]),
        payload(["e2", 0, -1, "note", {"text": "nobody"}]),
        payload(["e2", 0, 0, "note", {"text": "\x1b]52;c;aGVsbG8=\x07"}]),
        payload(["e2", 0, 0, "note", {"text\u202e": "turned"}]),
        payload(["e2", 0, 0, "mailboxes", {"ox": ["x"]}]),
        payload(["e2", 0, 0, "mailboxes", {"added": "info"}]),
        payload(["e2", 0, 0, "mailboxes", {"added": [["x"]]}]),
        payload(["e2", 0, 0, "scenario", {"scenario": "two"}]),
        payload(["e2", 0, 0, "scenario", {"scenario": True}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "values": {"jira": {}}}]),
        payload(["e2", 0, 0, "undone", {"entry": "e1", "reversed": 1}]),
        payload(["e2", 0, 0, "quote", {"scenario": 2, "item": "quote", "quote": {"discount": "9.99"}}]),
        payload(["e2", 0, 0, {}, {}]),
        payload(["e2", 0, 0, "", {}]),
        payload(["e2", 0, 0, "note", []]),
        payload(["../e2", 0, 0, "note", {}]),
        b"\xff\xfe", b"[" * 100_000, b'"' + b"a" * 3_000_000 + b'"',
    ]  # fmt: skip
    for each in bad:
        with pytest.raises(WrongUse):
            read_line(made(each))


def test_a_line_is_one_whole_stream_and_no_more() -> None:
    """A case may come out of each of these all the same; it is not what somebody was given to pass on."""
    text = json.dumps(payload()).encode()
    assert read_line(made(text))["id"] == "abc"
    for line in (made(text, flush=zlib.Z_SYNC_FLUSH), made(text, more=b"more"), made(text + b" " * 2_000_001)):
        with pytest.raises(WrongUse, match="does not hold a case"):
            read_line(line)


def test_a_line_of_another_version_says_so() -> None:
    with pytest.raises(WrongUse, match="another version"):
        read_line(made(payload(), version=2))


def test_a_log_changed_from_outside_is_not_passed_on_as_if_it_were_whole() -> None:
    work = escalated()
    changed = copy.deepcopy(work.document)
    changed["log"][5]["agent"] = "somebody"
    gap = copy.deepcopy(work.document)
    del gap["log"][5]
    for document in (changed, gap):
        with pytest.raises(Refusal, match="6"):
            line_of(document)


# -- restoring
def test_a_restored_case_is_where_it_was_but_nobody_is_authenticated() -> None:
    work = with_mailboxes("anna", "info").do(Choose(2), Tick("sme")).says("ox-running", "running")
    assert work.case.call.live
    document = restored(read_line(line_of(work.document)), "bob", work.at)
    case = folded(document, work)
    assert not case.call.live
    assert not case.authenticated
    assert case.altered == ()
    assert case.statuses == work.case.statuses
    assert case.mailboxes == work.case.mailboxes
    assert document["log"][-1]["what"] == "imported"
    with pytest.raises(Refusal):
        BeginCall("back-office").drafts(case)
    with pytest.raises(Refusal):
        Tick("sme").drafts(case)


def test_the_state_of_a_long_case_survives_the_journey() -> None:
    work = returned()
    case, before = folded(restored(read_line(line_of(work.document)), "bob", work.at), work), work.case
    for name in (
        "details",
        "mailboxes",
        "flow",
        "scenario",
        "records",
        "statuses",
        "quote",
        "evidence",
        "hold",
    ):
        assert getattr(case, name) == getattr(before, name), name
    from oxtui.cases.notes import wrap_up

    told = wrap_up(case, work.clock)
    assert "bob: restored as reported by anna; the client has to be authenticated again" in told
    assert "client authenticated by PIN, caller Jo Bright" in told


def test_every_kind_of_entry_goes_through_the_line() -> None:
    """What the service can write, a line can carry: a kind left out here would be refused on the other machine."""
    work = escalated()
    work.do(BeginCall("client"), SetLine("o365-reversal", "when-did-it-start", "2026-11-20"))
    work.do(Defer("chat-follow-up", "2026-11-25")).undo().do(Skip("chat-follow-up", "nobody is there"))
    work.do(Revoke("it was the neighbour"), FailAuthentication("wrong PIN"), BeginCall("client"), Choose(3), Choose(2))
    work.do(SetDetails({"jira": "HOST-1"}), SetMailboxes(removed=(box("anna"),), ox={box("info"): "yes"}))
    work.do(SetHold("the client", "2026-11-25"), Resume(), Note("two\nlines"), Close("handed-over", "Sam"), Reopen())
    work.append("call", {"mode": "client", "method": "", "caller": "", "despite": [3]})
    work.do(Choose(1), Tick("tell-team", through="chat"), Choose(2), Unwind(1, "tell-team"))
    kinds = {kept["what"] for kept in work.document["log"]}
    assert kinds >= {
        "opened", "details", "mailboxes", "evidence", "call", "call-ended", "flow", "scenario", "answered", "ticked",
        "quote", "skipped", "deferred", "copied", "line", "undone", "revoked", "auth-failed", "hold", "resumed", "note",
        "closed", "reopened", "unwound",
    }  # fmt: skip
    assert read_line(line_of(work.document)) == work.document


def test_a_restored_case_can_be_moved_to_the_playbook_that_is_here() -> None:
    work = escalated()
    log = restored(work.document, "bob", work.at, playbook="ab" * 32)["log"]
    assert [kept["what"] for kept in log[-2:]] == ["imported", "moved"]
    assert log[-1]["data"] == {"playbook": "ab" * 32}
    assert len(restored(work.document, "bob", work.at, playbook=work.document["playbook"])["log"]) == len(log) - 1


# -- merging
def further(document: Document, text: str, agent: str = "bob") -> Document:
    """`document` with a note on top, by another agent elsewhere."""
    work = Worked(agent=agent)
    work.document = copy.deepcopy(document)
    return work.do(Note(text)).document


def test_the_longer_log_wins_where_the_other_is_its_beginning() -> None:
    short = escalated().document
    long = further(short, "called back")
    assert merged(short, long).document == long
    assert merged(short, long).news == 1
    assert merged(long, short).document == long
    assert merged(long, short).news == 0
    assert merged(long, long).news == 0


def test_two_logs_that_went_their_own_ways_are_both_shown() -> None:
    short = escalated().document
    mine, theirs = further(short, "mine", "anna"), further(short, "theirs")
    result = merged(mine, theirs)
    assert result.document is None
    assert result.conflict == (mine, theirs)
    with pytest.raises(WrongUse):
        merged(mine, escalated().document)


def test_two_versions_are_told_side_by_side() -> None:
    work = returned()
    theirs = copy.deepcopy(work.document)
    work.do(Resume(), Note("they ask for the password"))
    other = Worked()
    other.document, other.at = theirs, work.at
    other.do(BeginCall("client", "PIN")).says("jira-result", "completed", mailboxes=(box("sales"),))
    alike = agree(work.document, other.document)
    assert alike == len(returned().document["log"])
    lines = compare(work.case, other.case, alike, work.clock)
    assert lines[0].startswith(f"Both have the same {alike} entries, up to Mon 23/11/2026 09:16;")
    here, there = lines.index(next(x for x in lines if x.startswith("HERE"))), len(lines)
    assert any("note: they ask for the password" in line for line in lines[here:there])
    assert "IN THE LINE: waiting" in "\n".join(lines) and lines[-1].endswith("JIRA result: completed for sales@")


def test_a_case_goes_there_and_back_again() -> None:
    """Restoring is no work: what only restored a case gives way to what went on elsewhere."""
    here = escalated().document
    there = restored(read_line(line_of(here)), "bob", SUNDAY)
    assert merged(here, there).news == 0
    moved_on = further(here, "went on here", "anna")
    assert merged(there, read_line(line_of(moved_on))).document == moved_on
    worked = further(there, "worked there")
    back = merged(here, read_line(line_of(worked)))
    assert back.document == worked
    assert back.news == 2
    assert merged(moved_on, worked).conflict
    assert "instead" not in restored(worked, "anna", SUNDAY, here=here)["log"][-1]["data"]
    told = there["log"][-1]["id"]
    assert restored(moved_on, "bob", SUNDAY, here=there)["log"][-1]["data"]["instead"] == [told]


def test_a_checksum_that_was_lost_here_is_no_other_way() -> None:
    here = escalated().document
    worked = further(here, "worked there")
    here["log"][2]["sum"] = ""
    assert merged(here, worked).document == worked


# -- the shift
def test_all_open_cases_are_handed_over_due_first() -> None:
    waiting = returned()
    due = Worked("due.example").do(SetHold("SME team", "2026-11-23", "amount"))
    idle = Worked("idle.example", at=SUNDAY - timedelta(days=1))
    later = with_mailboxes("anna").do(Choose(1), Tick("tell-team", through="chat"))
    later.do(Defer("salesforce-reason", "2026-11-26"))
    clock = Clock(waiting.at)
    cases = [fold(work.document, shipped().procedure, waiting.at) for work in (waiting, idle, later, due, finished())]
    text = handover(cases, clock)
    blocks = text.rstrip("\n").split("\n\n")
    assert blocks[0] == "Handover Mon 23/11/2026 09:16 +1100: 4 open cases, 1 due"
    assert [block.split(":")[0] for block in blocks[1:]] == [
        "due.example", "brightside.com.au", "idle.example", "brightside.com.au",
    ]  # fmt: skip
    assert blocks[1].split("\n") == [
        "due.example: no scenario yet, DUE",
        "  Waits for SME team until Mon 23/11/2026 (amount)",
        "  Next: Authenticate the client",
        "  Last touched Sun 22/11/2026 10:47 by anna",
    ]
    assert "  Put off until Thu 26/11/2026: Set the reason on the Salesforce case" in blocks[2]
    assert "JIRA HOST-4412" in blocks[4]
    assert "Next: What came back on the JIRA?" in blocks[4]


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
