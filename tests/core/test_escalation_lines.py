"""Where a line of a template has its value from, and what it then says."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from oxtui.cases.commands.calls import BeginCall
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.marks import Skip
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.evidence import Evidence
from oxtui.cases.templates import Filled, affected, cover, fill
from oxtui.playbook.template import Template, TemplateLine
from tests.core.test_escalation import line, seen, sent
from tests.drive.case import DOMAIN, ONE, SUNDAY, THREE, Walk, service_at, shipped


def made_up(*lines: TemplateLine) -> Template:
    return Template("made-up", "Made up", "nobody", lines)


def test_what_no_longer_applies_fills_no_line(home: Path) -> None:
    two = sent(home, ONE, missing="yes")
    since = made_up(TemplateLine("since", "Since", "item", ref="missing-since", kind="date"))
    assert fill(two.case, since).lines[0].value == "03/11/2026"
    two.answer("missing", "no")
    assert fill(two.case, since).lines[0].value == ""


def test_several_answers_and_two_dates_are_told_in_the_lines_words(home: Path) -> None:
    three = Walk(service_at(home), mailboxes=ONE).checked("missing-mail", "other")
    lines = (
        TemplateLine("dates", "Dates", "item", ref="missing-dates"),
        TemplateLine("issue", "Issue", "item", ref="issue", mapping={"missing-mail": "Missing Emails"}),
    )
    found = fill(three.case, made_up(*lines)).lines
    assert [each.value for each in found] == ["03/11/2026 to 07/11/2026", "Missing Emails"]


def test_an_answer_is_proposed_before_what_was_seen(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=ONE)
    walk = seen(walk, "ox-mail", "mx1.ox-mail.example")
    assert walk.service.filled(walk.case, "o365-reversal").missing, "no scenario yet, and no answers to propose"
    walk = seen(walk.ordered(2), "ox-mail", "mx1.ox-mail.example")
    months = {"monthly": "by the month"}
    line = TemplateLine("when", "When", "evidence", ref="mx", mapping=months, proposes="billed-now")
    (filled,) = fill(walk.case, made_up(line)).lines
    assert (filled.value, filled.proposal, filled.seen) == ("", "by the month", "")
    rows = cover(walk.case, made_up(line), walk.service.clock)
    assert [row for row in rows if row.startswith("Evidence : ")] and "mx1.ox-mail.example" in "\n".join(rows)
    missing = Evidence("brightside.com.au", "10.255.255.53:53", SUNDAY, error="the domain does not exist")
    for evidence, shown in ((replace(missing, error="no answer within 2 s"), False), (missing, True)):
        walk.do(KeepEvidence(evidence.to_data()))
        rows = cover(walk.case, made_up(line), walk.service.clock)
        assert any(row.startswith("Evidence : ") for row in rows) is shown, "our own resolver's trouble is no evidence"
        assert ("10.255.255.53" in walk.service.note(walk.case)) is shown


def test_a_line_says_by_what_and_who_was_authenticated_and_offers_only_its_own_choices(home: Path) -> None:
    walk = seen(Walk(service_at(home), mailboxes=ONE).begin(3), "ox-mail", "mx1.ox-mail.example")
    walk.do(BeginCall("client", "PIN", "Jo Bright"))
    lines = (
        TemplateLine("by", "By", "call", ref="method"),
        TemplateLine("who", "Who", "call", ref="caller"),
        TemplateLine("mx", "MX", "evidence", ref="mx", kind="choice", options=("here", "there")),
    )
    filled = fill(walk.case, made_up(*lines)).lines
    assert [(each.value, each.proposal) for each in filled] == [("PIN", ""), ("Jo Bright", ""), ("", "")]


def test_a_resend_in_scenario_3_is_for_all(home: Path) -> None:
    three = Walk(service_at(home), mailboxes=THREE).checked("missing-mail")
    three.answer("ns", "with-us")
    three.tick("sme-case")
    three.answer("result", "returned")
    assert affected(three.case, "ox-mail-resync") == THREE


def test_a_skipped_item_tells_nothing(home: Path) -> None:
    three = Walk(service_at(home)).begin(3)
    three.answer("issue", "missing-mail")
    three.do(Skip("screenshots", "the client has none"))
    assert line(three, "ox-mail-resync", "Screenshot of OX-Mail inbox") == ""


def test_what_is_not_there_yet_is_left_out(home: Path) -> None:
    two = Walk(service_at(home), mailboxes=()).begin(2)
    filled = two.service.filled(two.case, "o365-reversal")
    assert filled.text(lambda address: "") == filled.text()
    rows = cover(two.case, filled.template, two.service.clock)
    assert rows[0].endswith(f"{DOMAIN} - 0 mailboxes")
    assert not {row.partition(" : ")[0] for row in rows} & {"Salesforce", "JIRA", "Phone", "Evidence"}
    two.do(SetDetails({"jira": "HOST-4412"}))
    assert "JIRA : HOST-4412" in cover(two.case, filled.template, two.service.clock)


def test_a_person_types_what_is_neither_fixed_nor_known() -> None:
    for template in shipped().procedure.templates.values():
        for each in template.lines:
            known = each.source in ("fixed", "call", "case") or each.kind in ("heading", "mailbox")
            assert Filled(each, "").editable is not known, each.key
    assert not Filled(TemplateLine("head", "", "client", kind="heading"), "").editable
