"""The line that carries a case elsewhere: read, restored, merged."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import zlib
from datetime import timedelta
from typing import Any

import pytest

from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall, FailAuthentication, Park, Revoke
from oxtui.cases.commands.closing import Close, Reopen
from oxtui.cases.commands.copies import BeginCopy, SetLine
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.details import ChangeDomain, SetDetails
from oxtui.cases.commands.killers import Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import Defer, Skip, TakeBack, Word
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import KeepEvidence, Note, Resume, SetHold
from oxtui.cases.events import Document
from oxtui.cases.log.replay import replay
from oxtui.cases.notes.versions import compare
from oxtui.cases.status import State
from oxtui.cases.transfer import agree, decoded, encoded, merged, restored
from oxtui.cases.transfer_words import WORDS
from oxtui.errors import Refusal, WrongUse
from tests.core.dns_help import evidence_data
from tests.core.format_1 import LINE
from tests.core.worked import (
    DOMAIN,
    SUNDAY,
    Worked,
    box,
    confirmed,
    escalated,
    finished,
    returned,
    shipped,
    with_mailboxes,
)

PROCEDURE = shipped().procedure


def read(document: Document, work: Worked) -> Case:
    return replay(document, PROCEDURE, work.at, agent="bob")


def taken_over(work: Worked, **more: Any) -> Worked:
    """The same case in another home, where bob has pasted its line."""
    other = Worked(agent="bob", at=work.at)
    other.document = restored(decoded(encoded(work.document)), "bob", work.at, procedure=PROCEDURE, **more)
    return other


# -- the line
def test_a_case_goes_through_its_line_and_back_unchanged() -> None:
    for work in (Worked(), escalated(), returned(), finished()):
        line = encoded(work.document)
        assert decoded(line) == work.document
        assert line.count("\n") == 0
        assert line.startswith("oxtui:2:")
        assert len(line) < 4000


def test_it_is_found_at_the_end_of_a_note_however_it_was_wrapped() -> None:
    work = returned()
    line = encoded(work.document)
    wrapped = "\r\n ".join(line[start : start + 76] for start in range(0, len(line), 76))
    older = encoded(escalated().document)
    for text in (work.note() + line, f"{work.note()}{wrapped}\nKind regards\nAnna.", f"{older}\n\n{line}\n"):
        assert decoded(text) == work.document


def test_one_altered_character_anywhere_is_refused() -> None:
    line = encoded(with_mailboxes("anna").document)
    for place, was in enumerate(line):
        for other in {"A", "B", "a", "0", "1", "-", "_", ".", ":", " ", "é", "\u200b"} - {was}:
            with pytest.raises(WrongUse):
                decoded(line[:place] + other + line[place + 1 :])


def test_a_line_cut_off_doubled_or_with_a_letter_too_many_is_refused() -> None:
    line = encoded(with_mailboxes("anna").document)
    for place in range(len(line)):
        with pytest.raises(WrongUse):
            decoded(line[:place])
        with pytest.raises(WrongUse):
            decoded(line[:place] + line[place + 1 :])
    for text in ("", "oxtui:", "brightside.com.au", line[: len(line) // 2] + line, line + line[:-1]):
        if text.startswith(line[:9]) and text.endswith(line):
            assert decoded(text)["id"] == decoded(line)["id"]
            continue
        with pytest.raises(WrongUse):
            decoded(text)


def made(payload: Any, version: int = 2, *, words: bytes = b"", flush: int = zlib.Z_FINISH, more: bytes = b"") -> str:
    """A line as someone could make it by hand: a right checksum over what no oxtui wrote."""
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, words or WORDS.get(version, WORDS[1]))
    coded = base64.urlsafe_b64encode(deflate.compress(text) + deflate.flush(flush) + more).decode().rstrip("=")
    digest = hashlib.sha256(f"oxtui:{version}:{coded}".encode()).hexdigest()[:16]
    return f"oxtui:{version}:{digest}:{coded}."


def payload(*rows: list[Any]) -> list[Any]:
    return ["abc", 0, "00", ["anna"], [["e1", 0, 0, "opened", {"domain": "x.org"}], *rows]]


def test_a_line_made_by_hand_holds_a_case_or_is_refused() -> None:
    assert decoded(made(payload()))["log"][0]["data"] == {"domain": "x.org"}
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
        payload(["e2", 0, 0, "hold", {"for": "SME", "until": "0001-01-01"}]),
        payload(["e2", 0, 0, "hold", {"for": "SME", "until": "2500-01-01T10:00"}]),
        payload(["e2", 0, 0, "hold", {"for": "SME", "until": "soon"}]),
        payload(["e2", 0, 0, "hold", {"for": "SME", "until": ""}]),
        payload(["e2", 0, 0, "hold", {"for": ["SME"], "until": "2026-12-01"}]),
        payload(["e2", 0, 0, "deferred", {"scenario": 1, "item": "order", "until": "2026-13-01"}]),
        payload(["e2", 10**15, 0, "note", {"text": "in the year 33658"}]),
        payload(["e2", -(10**14), 0, "note", {"text": "before the calendar"}]),
        payload(["e2", 0, 0, "call", {"mode": "writing", "written_at": "0001-01-01T00:00:00+14:00"}]),
        payload(["e2", 0, 0, "call", {"mode": "writing", "written_at": "2026-11-22T10:00:00"}]),
        payload(["e2", 0, 0, "call", {"mode": "client", "despite": ["1"]}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "told_at": "9999-12-31T23:59:59-12:00"}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "word": {"who": "Ben", "when": "0001-01-01"}}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "word": ["Ben"]}]),
        payload(["e2", 0, 0, "ticked", {"scenario": None, "item": "sme"}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "licences": 0}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "effects": {"stale": [["order", ""]]}}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "effects": {"asked": [["a", "", "5", "x"]]}}]),
        payload(["e2", 0, 0, "ticked", {"scenario": 2, "item": "sme", "effects": []}]),
        payload(["e2", 0, 0, "revoked", {"call": "", "boards": {"9" * 5000: {"ended": []}}}]),
        payload(["e2", 0, 0, "revoked", {"call": "", "boards": {"two": {"ended": []}}}]),
        payload(["e2", 0, 0, "scenario", {"scenario": 2, "kept": [["1", "order"]]}]),
        payload(["e2", 0, 0, "scenario", {"scenario": 10**9}]),
        payload(["e2", 0, 0, "licences", {"count": 10**9}]),
        payload(["e2", 0, 0, "licences", {"count": "two"}]),
        payload(["e2", 0, 0, "mailboxes", {"known": {"a@x.org": {"ox-mail": "perhaps"}}}]),
        payload(["e2", 0, 0, "mailboxes", {"removed": ["a@x.org"], "reasons": {"a@x.org": "why not"}}]),
        payload(["e2", 0, 0, "mailboxes", {"uncovered": {"1": "a@x.org"}}]),
        payload(["e2", 0, 0, "details", {"renamed": ["a@x.org"]}]),
        payload(["e2", 0, 0, "details", {"renamed": {"a@x.org": ""}}]),
        payload(["e2", 0, 0, "mailboxes", {"added": [""]}]),
        payload(["e2", 0, 0, "evidence", {"evidence": {"asked_at": "0001-01-01T00:00:00+14:00"}}]),
        payload(["e2", 0, 0, "evidence", {"evidence": "none"}]),
        payload(["e2", 0, 0, "answered", {"scenario": 2, "item": "licence", "value": "business-basic"}]),
        payload(["e2", 0, 0, "line", {"template": "o365-reversal", "key": "dns", "value": ["x"]}]),
        payload(["e2", 0, 0, "moved", {"playbook": "../../steps"}]),
        ["abc", -(10**13), "00", ["anna"], [["e1", 10**13, 0, "opened", {}]]],
        ["abc", 0, "00", [7], [["e1", 0, 0, "opened", {}]]],
        b"\xff\xfe", b"[" * 100_000, b'"' + b"a" * 3_000_000 + b'"',
    ]  # fmt: skip
    for each in bad:
        with pytest.raises(WrongUse):
            decoded(made(each))


def test_a_line_is_one_whole_stream_and_no_more() -> None:
    """A case may come out of each of these all the same; it is not what somebody was given to pass on."""
    text = json.dumps(payload()).encode()
    assert decoded(made(text))["id"] == "abc"
    for line in (made(text, flush=zlib.Z_SYNC_FLUSH), made(text, more=b"more"), made(text + b" " * 2_000_001)):
        with pytest.raises(WrongUse, match="does not hold a case"):
            decoded(line)


def test_a_line_of_another_version_says_so() -> None:
    with pytest.raises(WrongUse, match="another version"):
        decoded(made(payload(), version=3))


def test_a_log_changed_from_outside_is_not_passed_on_as_if_it_were_whole() -> None:
    work = escalated()
    changed = copy.deepcopy(work.document)
    changed["log"][5]["agent"] = "somebody"
    gap = copy.deepcopy(work.document)
    del gap["log"][5]
    for document in (changed, gap):
        with pytest.raises(Refusal, match="6"):
            encoded(document)


def test_a_line_of_the_first_version_is_read_and_stays_of_its_format() -> None:
    document = decoded(LINE)
    assert document["format"] == 1 and len(document["log"]) == 33
    assert encoded(document) == LINE
    case = replay(document, PROCEDURE, SUNDAY + timedelta(days=2))
    assert case.altered == () and case.details.all_of("jira") == ("HOST-4412",) and case.number == 2


# -- restoring
def test_a_restored_case_is_where_it_was_but_nobody_is_authenticated() -> None:
    work = with_mailboxes("anna", "info").do(Choose(2)).tick("sme").says("ox-running", "running")
    assert work.case.conversation.live
    there = taken_over(work)
    case = there.case
    assert not case.conversation.live and not case.authenticated and case.altered == ()
    assert case.statuses == work.case.statuses
    assert case.mailboxes == work.case.mailboxes
    assert [kept["what"] for kept in there.document["log"][-1:]] == ["imported"]
    with pytest.raises(Refusal):
        there.do(BeginCall("back-office"))
    with pytest.raises(Refusal):
        there.tick("sme")


def test_what_a_cancellation_rests_on_has_to_be_seen_here() -> None:
    """Events of a pasted case are what somebody reports."""
    there = taken_over(confirmed())
    for name in ("dns-office-365", "devices", "jira-result", "client-confirms"):
        assert there.state(name) is State.STALE, name
    assert there.state("licence") is there.state("order") is State.DONE
    there.do(BeginCall("client"))
    with pytest.raises(Refusal, match="locked"):
        there.do(Clear("cancel-ox-mail"))
    assert "reported by anna, 09:07" in there.note()
    there.says("dns-office-365", "yes").says("devices", "connected").says("jira-result", "completed")
    there.says("client-confirms", "works").cancel("cancel-ox-mail")


def test_a_colleagues_word_stands_in_for_seeing_it() -> None:
    there = taken_over(confirmed()).do(BeginCall("client"))
    seen = Word("Anna", there.at.strftime("%Y-%m-%dT%H:%M"), authenticated=True)
    there.says("dns-office-365", "yes", word=seen)
    assert there.state("dns-office-365") is State.DONE


def test_a_service_that_was_ended_there_counts_as_ended_and_as_reported() -> None:
    there = taken_over(confirmed().cancel("cancel-ox-mail"))
    assert there.state("cancel-ox-mail") is there.state("client-confirms") is State.DONE
    assert there.case.marks("cancel-ox-mail")[""].word == "reported"
    assert "Cancelled the OX-Mail service (reported)" in there.note()


def test_the_state_of_a_long_case_survives_the_journey() -> None:
    work = returned()
    there, before = taken_over(work), work.case
    case = there.case
    for name in ("details", "mailboxes", "flow", "scenario", "quote", "evidence", "hold"):
        assert getattr(case, name) == getattr(before, name), name
    assert {key: mark.value for key, mark in case.board.marks.items()} == {
        key: mark.value for key, mark in before.board.marks.items()
    }
    told = there.note()
    assert "bob: restored as reported by anna; the client must be authenticated again" in told
    assert "client authenticated by PIN, caller Jo Bright" in told


def test_every_kind_of_event_goes_through_the_line() -> None:
    """What the service can write, a line can carry: a kind left out here would be refused on the other machine."""
    work = escalated()
    work.do(BeginCall("client", "PIN"), SetLine("o365-reversal", "when-did-it-start", "2026-11-20"))
    work.do(TakeBack("chat-follow-up"), Defer("chat-follow-up", "2026-11-25")).undo()
    work.do(Skip("chat-follow-up", "nobody is there"), Correct("jira", {"jira": "HOST-4413"}))
    work.says("webmail", "works").settle("jira", "1")
    work.do(BeginCopy("o365-reversal"), SetMailboxes(known={box("info"): {"ox-mail": "yes"}}))
    work.do(SetMailboxes(removed=(box("anna"),), reasons={box("anna"): "removed"}))
    work.do(SetMailboxes(added=box("late")), Cover(covered=True), KeepEvidence(evidence_data(DOMAIN, "other")))
    work.do(SetDetails({"jira": "HOST-1"}), Park(), BeginCall("client"), Revoke("it was the neighbour"))
    work.do(FailAuthentication("wrong PIN"), BeginCall("client"), Choose(3), Choose(2))
    work.do(SetHold("the client", "2026-11-25"), Resume(), Note("two\nlines"), Close("handed-over", "Sam"), Reopen())
    work.append("call", {"mode": "client", "method": "", "caller": "", "despite": [3]})
    work.do(Choose(1, {"moved": "not-begun", "stay": "office-365"}), ChangeDomain("other.example"))
    work.do(BeginCall("writing", "", "", "case 7", "2026-11-22T09:00"))
    for made in (confirmed().do(Clear("cancel-ox-mail"), NotYet("cancel-ox-mail")), work):
        assert decoded(encoded(made.document)) == made.document
    kinds = {kept["what"] for kept in made.document["log"]}
    assert kinds >= {
        "opened", "details", "mailboxes", "evidence", "call", "call-ended", "flow", "scenario", "answered", "ticked",
        "quote", "skipped", "deferred", "copying", "copied", "line", "undone", "revoked", "auth-failed", "hold",
        "resumed", "note", "closed", "reopened", "settled", "corrected", "covered", "parked", "still-there",
        "taken-back",
    }  # fmt: skip


def test_a_restored_case_moves_to_the_steps_that_are_here_where_its_own_are_not() -> None:
    work = confirmed()
    document = restored(work.document, "bob", work.at, procedure=PROCEDURE, moved=True)
    assert [kept["what"] for kept in document["log"][-2:]] == ["imported", "moved"]
    assert document["log"][-1]["data"]["playbook"] == PROCEDURE.digest and document["format"] == 2
    case = read(document, work)
    assert case.altered == () and case.status("client-confirms").state is State.STALE
    assert len(restored(work.document, "bob", work.at, procedure=PROCEDURE)["log"]) == len(document["log"]) - 1


def test_one_of_the_first_version_stays_of_its_format_until_it_is_moved() -> None:
    theirs = decoded(LINE)
    now = SUNDAY + timedelta(days=2)
    assert restored(theirs, "bob", now, procedure=PROCEDURE)["format"] == 1
    moved = restored(theirs, "bob", now, procedure=PROCEDURE, moved=True)
    assert moved["format"] == 2
    case = replay(moved, PROCEDURE, now)
    assert case.status("devices").state is State.STALE, "it was an action then, and is a question now"
    assert decoded(encoded(moved)) == moved


# -- merging
def further(document: Document, text: str, agent: str = "bob") -> Document:
    """`document` with a note on top, by another agent elsewhere."""
    work = Worked(agent=agent)
    work.document = copy.deepcopy(document)
    return work.do(Note(text)).document


def test_the_longer_log_wins_where_the_other_is_its_beginning() -> None:
    short = escalated().document
    long = further(short, "called back")
    assert merged(short, long) is merged(long, short) is merged(long, long) is long


def test_two_logs_that_went_their_own_ways_are_both_shown() -> None:
    short = escalated().document
    mine, theirs = further(short, "mine", "anna"), further(short, "theirs")
    assert merged(mine, theirs) is None
    with pytest.raises(WrongUse):
        merged(mine, escalated().document)


def test_two_versions_are_told_side_by_side() -> None:
    work = returned()
    theirs = copy.deepcopy(work.document)
    other = Worked(at=work.at)
    other.document = theirs
    work.do(Resume(), Note("they ask for the password"))
    other.do(BeginCall("client", "PIN")).says("jira-result", "completed", mailboxes=(box("sales"),))
    alike = agree(work.document, other.document)
    assert alike == len(returned().document["log"])
    lines = compare(work.case, other.case, alike, work.clock)
    assert lines[0].startswith(f"Both have the same {alike} entries, up to Mon 23/11/2026 09:16;")
    here, there = lines.index(next(x for x in lines if x.startswith("HERE"))), len(lines)
    assert any("note: they ask for the password" in line for line in lines[here:there])
    different = lines[lines.index("DIFFERENT:") : here - 1]
    assert different[1] == (
        "Waiting: here nothing; in the line for Platform Support until Wed 25/11/2026 (sales@ is being moved)"
    )
    assert different[2] == ("JIRA result: here open; in the line completed for sales@ (anna, Mon 23/11/2026 09:18)")
    assert "IN THE LINE: waiting" in "\n".join(lines) and lines[-1].endswith("JIRA result: completed for sales@")


def test_a_case_goes_there_and_back_again() -> None:
    """Restoring is no work: what only restored a case gives way to what went on elsewhere."""
    here = escalated().document
    there = restored(decoded(encoded(here)), "bob", SUNDAY, procedure=PROCEDURE)
    assert merged(here, there) is here
    moved_on = further(here, "went on here", "anna")
    assert merged(there, decoded(encoded(moved_on))) == moved_on
    worked = further(there, "worked there")
    back = merged(here, decoded(encoded(worked)))
    assert back == worked
    assert merged(moved_on, worked) is None
    again = restored(worked, "anna", SUNDAY, procedure=PROCEDURE, here=here)
    assert "instead" not in again["log"][-1]["data"]
    told = there["log"][-1]["id"]
    again = restored(moved_on, "bob", SUNDAY, procedure=PROCEDURE, here=there)
    assert again["log"][-1]["data"]["instead"] == [told]


def test_a_checksum_that_was_lost_here_is_no_other_way() -> None:
    here = escalated().document
    worked = further(here, "worked there")
    here["log"][2]["sum"] = ""
    assert merged(here, worked) == worked
