"""The templates, to the letter (T2 to T7): labels, order and values as the receiving teams have them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.cases.commands.calls import Revoke
from oxtui.cases.commands.copies import SetLine
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.evidence import MX, Evidence
from oxtui.cases.templates import affected, blank, cover, fill
from oxtui.errors import WrongUse
from oxtui.playbook.template import Template, TemplateLine
from oxtui.secret import DOTS, Secret
from tests.drive.case import DOMAIN, ONE, THREE, Walk, service_at, shipped

REVERSAL = f"""\
TEMPLATE : O365 Reversal
Domain : {DOMAIN}
Issue : Office365 reversal
Authenticated : Yes
When did it start : 03/11/2026
DNS : DNS with us
MX : Resolving to OX Mail? No
Was OX-Mail Cancelled : No
License upgraded : Yes, Upgraded to Business Basic
Was OX-Mail Cancelled : No
Accounts that need reversals and their credentials
OX-MAIL Email : password
{THREE[0]} : {DOTS}
{THREE[1]} : {DOTS}
{THREE[2]} : {DOTS}
"""

RESYNC = f"""\
TEMPLATE : OX-Mail Resync Request
Domain : {DOMAIN}
Issue : Missing Emails
Authenticated : Yes
When did it start : 03/11/26
DNS : DNS Not with us
MX : Resolving to OX Mail? Yes
Was OX-Mail Cancelled : No
Screenshot of OX-Mail inbox : ox.png
Screenshot of Office 365 inbox : o365.png
Accounts that need Resync
OX-MAIL Email : {ONE[0]}
"""

ISSUES = f"""\
TEMPLATE : OX-Mail Issues(Send/receive)
Domain : {DOMAIN}
Issue : Cant send/receive
Authenticated : Yes
When did it start : 03/11/26
DNS : DNS with us
MX : Resolving to OX Mail? Yes
Can login to webmail : yes
SPAM Experts logged in : yes
Test email sent : not received
From : {ONE[0]}
To : me@example.com
Subject : Test 1
Approximate time and date : 10:40 on 22/11
Email Account with issue : {ONE[0]}
"""

NOTICE = f"""\
I DONT WANT OX-MAIL
Domain : {DOMAIN}
Request : Please take this domain off the OX-Mail migration list.
Reason : Nothing has been moved yet, and the client stays on Office 365 with a higher licence.
Ticket : None, neither JIRA nor Fresh. Care does the licence and ends Email Essentials.
"""


def text(walk: Walk, template: str) -> str:
    return walk.service.filled(walk.case, template).text()


def line(walk: Walk, template: str, label: str) -> str:
    (value, *_) = [row.removeprefix(f"{label} : ") for row in text(walk, template).split("\n") if row.startswith(label)]
    return value


def put(walk: Walk, template: str, **lines: str) -> None:
    for key, value in lines.items():
        walk.do(SetLine(template, key.replace("_", "-"), value))


def sent(home: Path, boxes: tuple[str, ...] = THREE, **answers: str) -> Walk:
    return Walk(service_at(home), mailboxes=boxes).ordered(2).sent(**answers)


def with_passwords(walk: Walk) -> Walk:
    for number, box in enumerate(THREE):
        walk.service.keep_secret(walk.id, box, Secret(f"hunter{number}!"))
    return walk


# -- the four, whole
def test_reversal(home: Path) -> None:
    two = with_passwords(sent(home))
    put(two, "o365-reversal", when_did_it_start="2026-11-03")
    assert text(two, "o365-reversal") == REVERSAL
    assert two.service.filled(two.case, "o365-reversal").missing == ()


def test_resync(home: Path) -> None:
    three = Walk(service_at(home)).checked("missing-mail")
    three.answer("ns", "not-with-us")
    put(three, "ox-mail-resync", was_ox_mail_cancelled="No")
    assert text(three, "ox-mail-resync") == RESYNC


def test_issues(home: Path) -> None:
    three = Walk(service_at(home)).checked("sending-receiving")
    three.answer("ns", "with-us")
    put(three, "ox-mail-issues", when_did_it_start="2026-11-03", test_email_sent="not received",
        to="me@example.com",
        subject="Test 1", approximate_time_and_date="10:40 on 22/11", **{"from": ONE[0]})  # fmt: skip
    assert text(three, "ox-mail-issues") == ISSUES


def test_notice(home: Path) -> None:
    one = Walk(service_at(home)).begin(1)
    assert text(one, "i-dont-want-ox-mail") == NOTICE
    assert one.service.filled(one.case, "i-dont-want-ox-mail").missing == ()


# -- values (T7), and what is missing
def test_before_anything_is_known_every_line_stands_there_empty(home: Path) -> None:
    two = Walk(service_at(home), mailboxes=()).begin(2)
    filled = two.service.filled(two.case, "o365-reversal")
    assert len(filled.text().splitlines()) == len(filled.lines) + 1 == 13
    assert filled.missing == ("When did it start", "DNS", "MX", "Was OX-Mail Cancelled", "License upgraded",
                              "OX-MAIL Email")  # fmt: skip
    assert line(two, "o365-reversal", "Authenticated") == "Yes"
    two.do(Revoke())
    assert line(two, "o365-reversal", "Authenticated") == ""


@pytest.mark.parametrize(
    ("item", "answer", "label", "value"),
    [
        ("ns", "with-us", "DNS", "DNS with us"),
        ("ns", "not-with-us", "DNS", "DNS Not with us"),
        ("ns", "could-not", "DNS", ""),
        ("mx", "ox-mail", "MX", "Resolving to OX Mail? Yes"),
        ("mx", "office-365", "MX", "Resolving to OX Mail? No"),
        ("mx", "other", "MX", "Resolving to OX Mail? No"),
        ("mx", "could-not", "MX", ""),
        ("ox-running", "running", "Was OX-Mail Cancelled", "No"),
        ("ox-running", "cancelled", "Was OX-Mail Cancelled", "Yes"),
        ("licence", "business-basic", "License upgraded", "Yes, Upgraded to Business Basic"),
        ("licence", "another", "License upgraded", "they said why"),
    ],
)
def test_each_answer_in_the_reversals_own_words(home: Path, item: str, answer: str, label: str, value: str) -> None:
    two = sent(home)
    two.answer(item, answer)
    assert line(two, "o365-reversal", label) == value


@pytest.mark.parametrize(
    ("item", "answer", "label", "value"),
    [
        ("dns-ox", "no", "MX", "Resolving to OX Mail? No"),
        ("dns-ox", "could-not", "MX", ""),
        ("webmail", "does-not", "Can login to webmail", "yes"),
        ("webmail", "no-login", "Can login to webmail", "no"),
        ("webmail", "could-not", "Can login to webmail", ""),
        ("spamexperts", "no", "SPAM Experts logged in", "no"),
        ("spamexperts", "could-not", "SPAM Experts logged in", ""),
    ],
)
def test_each_answer_in_the_words_of_the_issues(home: Path, item: str, answer: str, label: str, value: str) -> None:
    three = Walk(service_at(home)).checked("sending-receiving")
    three.answer(item, answer)
    assert line(three, "ox-mail-issues", label) == value


def test_was_ox_mail_cancelled_is_one_value_on_two_lines(home: Path) -> None:
    two = sent(home)
    put(two, "o365-reversal", was_ox_mail_cancelled="Yes")
    rows = text(two, "o365-reversal").split("\n")
    assert [row for row in rows if row.startswith("Was OX")] == ["Was OX-Mail Cancelled : Yes"] * 2
    two.answer("ox-running", "cancelled")
    two.answer("ns", "not-with-us")  # something in between: else it is taken back, and nothing was said since
    two.answer("ox-running", "running")
    assert line(two, "o365-reversal", "Was OX-Mail Cancelled") == "No", "what was said last counts"


def test_one_stored_date_in_each_templates_own_form(home: Path) -> None:
    two = sent(home, missing="yes")
    filled = two.service.filled(two.case, "o365-reversal")
    (start,) = [row for row in filled.lines if row.line.key == "when-did-it-start"]
    assert (start.value, start.proposal) == ("", "03/11/2026"), "a proposal is not an answer"
    put(two, "o365-reversal", when_did_it_start="2026-11-03")
    assert line(two, "o365-reversal", "When did it start") == "03/11/2026"
    assert two.case.lines["o365-reversal", "when-did-it-start"].value == "2026-11-03"


def test_what_is_typed_has_to_fit_the_line(home: Path) -> None:
    two = sent(home)
    two.refused(SetLine("o365-reversal", "dns", "DNS maybe"), "not one of the choices", "DNS with us", error=WrongUse)
    two.refused(SetLine("o365-reversal", "when-did-it-start", "03/11/2026"), "not a date", error=WrongUse)
    two.refused(SetLine("o365-reversal", "authenticated", "Yes"), "not typed")
    two.refused(SetLine("o365-reversal", "ox-mail-email", "hunter2"), "not typed")
    two.refused(SetLine("o365-reversal", "issue", "other"), "not typed")
    two.refused(SetLine("o365-reversal", "nothing", "x"), "no line", error=WrongUse)
    two.refused(SetLine("no-template", "dns", "x"), "no line", error=WrongUse)
    put(two, "o365-reversal", license_upgraded="  Exchange\x1b[31m Online  ")
    assert line(two, "o365-reversal", "License upgraded") == "Exchange[31m Online"
    put(two, "o365-reversal", license_upgraded="")
    assert line(two, "o365-reversal", "License upgraded") == "Yes, Upgraded to Business Basic"


# -- the mailboxes meant
def test_after_a_return_only_the_mailboxes_that_came_back(home: Path) -> None:
    two = sent(home)
    assert affected(two.case, "o365-reversal") == THREE
    two.answer("jira-result", "completed", mailboxes=THREE[:1])
    two.answer("jira-result", "returned", mailboxes=THREE[1:2])
    assert affected(two.case, "o365-reversal") == THREE[1:2], "the third is still under way"
    assert affected(two.case, "ox-mail-issues") == THREE, "another template was not returned"
    two.answer("jira-result", "completed", mailboxes=THREE[2:])
    two.tick("jira-again")
    assert affected(two.case, "o365-reversal") == THREE[1:2]
    two.answer("jira-result", "completed")
    assert affected(two.case, "o365-reversal") == THREE


def test_a_mailbox_that_comes_late_is_raised_by_itself(home: Path) -> None:
    two = sent(home)
    two.do(SetMailboxes(added=f"late@{DOMAIN}"), Cover(covered=True))
    assert affected(two.case, "o365-reversal") == (f"late@{DOMAIN}",)
    filled = two.service.filled(two.case, "o365-reversal")
    assert [each.mailbox for each in filled.lines if each.mailbox] == [f"late@{DOMAIN}"]


def test_each_template_lists_the_mailboxes_that_have_its_issue(home: Path) -> None:
    three = Walk(service_at(home), mailboxes=THREE).begin(3)
    assert affected(three.case, "ox-mail-resync") == THREE, "nothing is known yet"
    three.answer("issue", "missing-mail", mailboxes=THREE[:1])
    three.answer("issue", "sending-receiving", mailboxes=THREE[1:2])
    three.answer("issue", "missing-mail", "sending-receiving", mailboxes=THREE[2:])
    for item in ("ns", "dns-ox", "webmail", "settings", "spamexperts"):
        three.answer(item, three.item(item).answers[0].id)
    three.tick("screenshots")
    three.answer("missing-dates", "2026-11-03", "2026-11-07")
    three.answer("solved", "no")
    assert affected(three.case, "ox-mail-resync") == (THREE[0], THREE[2])
    assert affected(three.case, "ox-mail-issues") == THREE[1:]
    three.tick("sme-case")
    three.answer("result", "returned", mailboxes=THREE[:1])
    assert affected(three.case, "ox-mail-resync") == THREE[:1]
    assert affected(three.case, "ox-mail-issues") == THREE[1:]
    rows = cover(three.case, three.case.procedure.templates["ox-mail-resync"], three.service.clock)
    assert rows[0].endswith("- 1 mailbox") and "Missing emails : 03/11/26 to 07/11/26" in rows


def test_a_template_that_no_mailbox_needs_names_none(home: Path) -> None:
    three = Walk(service_at(home), mailboxes=THREE).begin(3)
    three.answer("issue", "other")
    assert affected(three.case, "ox-mail-resync") == ()
    assert not [row for row in cover_rows(three, "ox-mail-resync") if row.startswith("Missing emails")]


def cover_rows(walk: Walk, template: str) -> tuple[str, ...]:
    return cover(walk.case, walk.case.procedure.templates[template], walk.service.clock)


# -- what was said of each mailbox
def test_every_value_of_every_mailbox_is_printed_and_what_lacks_is_missing(home: Path) -> None:
    """2.12: only the first was printed, and the template called itself complete."""
    three = Walk(service_at(home), mailboxes=THREE).checked("sending-receiving")
    assert line(three, "ox-mail-issues", "Can login to webmail") == "yes", "all are alike"
    three.answer("webmail", "no-login", mailboxes=THREE[1:2])
    rows = f"Can login to webmail :\n{THREE[0]}: yes\n{THREE[1]}: no\n{THREE[2]}: yes\n"
    assert rows in three.service.filled(three.case, "ox-mail-issues").text()
    three.answer("webmail", "could-not", mailboxes=THREE[2:])
    filled = three.service.filled(three.case, "ox-mail-issues")
    assert f"Can login to webmail {THREE[2]}" in filled.missing
    assert f"Can login to webmail :\n{THREE[0]}: yes\n{THREE[1]}: no\n{THREE[2]}: \n" in filled.text()
    put(three, "ox-mail-issues", can_login_to_webmail="no")
    filled = three.service.filled(three.case, "ox-mail-issues")
    assert "Can login to webmail : no\n" in filled.text() and not [
        n for n in filled.missing if n.startswith("Can login")
    ]


def test_only_the_mailboxes_that_a_template_is_about_are_printed(home: Path) -> None:
    three = Walk(service_at(home), mailboxes=THREE[:2]).begin(3)
    three.answer("issue", "sending-receiving", mailboxes=THREE[:1])
    three.answer("issue", "missing-mail", mailboxes=THREE[1:2])
    three.answer("webmail", "works", mailboxes=THREE[:1])
    three.answer("webmail", "no-login", mailboxes=THREE[1:2])
    assert line(three, "ox-mail-issues", "Can login to webmail") == "yes"


# -- without a case
def test_every_line_of_the_domain_is_filled_with_it() -> None:
    lines = (
        TemplateLine("domain", "Domain", "client"),
        TemplateLine("of", "Of", "case", ref="domain"),
        TemplateLine("to", "To", "client"),
    )
    filled = blank(Template("made-up", "Made up", "nobody", lines), {"domain": DOMAIN})
    assert [each.value for each in filled.lines] == [DOMAIN, DOMAIN, ""]


def test_the_command_lines_own_filling() -> None:
    template = shipped().procedure.templates["ox-mail-resync"]
    filled = blank(template, {"dns": "DNS with us", "ox-mail-email": ONE[0], "domain": DOMAIN})
    rows = filled.text().splitlines()
    assert rows[1] == f"Domain : {DOMAIN}" and rows[2] == "Issue : Missing Emails" and rows[5] == "DNS : DNS with us"
    assert rows[-1] == f"OX-MAIL Email : {ONE[0]}" and "Authenticated" in filled.missing


def test_no_such_template(home: Path) -> None:
    walk = Walk(service_at(home))
    with pytest.raises(WrongUse, match="no template"):
        walk.service.filled(walk.case, "nope")


# -- from the DNS evidence
AT = datetime(2026, 11, 21, 23, 46, tzinfo=UTC)


def seen(walk: Walk, owner: str, host: str, with_us: bool | None = True) -> Walk:
    found = Evidence(walk.case.domain, "192.0.2.53:53", AT, ("ns1.floor.example",), (MX(host, 5, owner),), owner=owner)
    walk.do(KeepEvidence(replace(found, dns_with_us=with_us).to_data()))
    return walk


def proposed(walk: Walk, template: Template) -> dict[str, tuple[str, str, str]]:
    filled = fill(walk.case, template, clock=walk.service.clock)
    return {each.line.key: (each.value, each.proposal, each.seen) for each in filled.lines if each.seen or each.value}


def test_evidence_is_proposed_for_dns_and_mx_with_its_source_and_never_filled(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=ONE).ordered(2)
    template = walk.case.procedure.templates["o365-reversal"]
    before = walk.service.filled(walk.case, "o365-reversal")
    assert not any(each.proposal for each in before.lines if each.line.key in ("dns", "mx"))
    found = proposed(seen(walk, "office365", "c.mail.protection.outlook.com"), template)
    source = "DNS 22/11 10:46"
    assert found["dns"] == ("", "DNS with us", source)
    assert found["mx"] == ("", "Resolving to OX Mail? No", source)
    assert {"DNS", "MX"} <= set(fill(walk.case, template).missing), "a proposal is no value"
    walk.do(SetLine("o365-reversal", "dns", "DNS Not with us"))
    assert proposed(walk, template)["dns"] == ("DNS Not with us", "", ""), "what a person says stands"


@pytest.mark.parametrize(
    ("owner", "mx"), [("ox-mail", "Yes"), ("other", "No"), ("unknown", None), ("spamexperts", None)]
)
def test_what_evidence_does_not_know_it_does_not_propose(home: Path, owner: str, mx: str | None) -> None:
    walk = seen(Walk(service_at(home), mailboxes=ONE).ordered(2), owner, "mx.example", with_us=None)
    found = proposed(walk, walk.case.procedure.templates["o365-reversal"])
    assert "dns" not in found
    assert found.get("mx", ("", None))[1] == (f"Resolving to OX Mail? {mx}" if mx else None)


def test_a_line_from_evidence_offers_what_was_seen(home: Path) -> None:
    walk = seen(Walk(service_at(home), mailboxes=ONE).ordered(2), "ox-mail", "mx1.ox-mail.example")
    words = {"ox-mail": "OX", "office-365": "O365", "other": ""}
    lines = (
        TemplateLine("records", "Records", "evidence", ref="mx"),
        TemplateLine("servers", "Servers", "evidence", ref="ns"),
        TemplateLine("where", "Where", "evidence", ref="mx", mapping=words),
        TemplateLine("right", "Right", "evidence", ref="dns-ox", kind="choice", options=("yes", "no")),
        TemplateLine("moved", "Moved", "evidence", ref="moved"),
    )
    found = proposed(walk, Template("made-up", "Made up", "nobody", lines))
    assert [value for value, _, _ in found.values()] == [""] * 5
    assert found["records"][1].startswith("5 mx1.ox-mail.example: OX-Mail (192.0.2.53:53 at ")
    assert found["servers"][1].startswith("ns1.floor.example: with us (")
    assert (found["where"][1], found["right"][1], found["moved"][1]) == ("OX", "yes", "done")
