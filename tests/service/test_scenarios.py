"""Every scenario from start to close, under every answer, without an untrue tick."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.marks import AnswerIt
from oxtui.cases.commands.quotes import PutQuote
from oxtui.cases.commands.scenarios import Choose, to_undo
from oxtui.cases.money import work_out
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.reasons import why
from oxtui.cases.status import State
from oxtui.errors import WrongUse
from tests.drive.case import ONE, THREE, FakeClock, Walk, service_at, shipped

BILLING = [("monthly", "monthly"), ("yearly", "yearly"), ("yearly", "monthly"), ("monthly", "yearly")]
BOXES = [ONE, THREE]
each_billing = pytest.mark.parametrize(("now", "new"), BILLING)
each_boxes = pytest.mark.parametrize("boxes", BOXES, ids=["one", "three"])


def walk(home: Path, boxes: tuple[str, ...] = ONE) -> Walk:
    return Walk(service_at(home), mailboxes=boxes)


def ends(walk: Walk, ending: str = "complete", told: str = "") -> str:
    """Close it, and give the wrap-up note."""
    case = walk.case
    if ending == "complete":
        assert [status.item.id for status in case.open_items()] == []
        assert case.next_text() == "Close the case"
    closed = walk.close(ending, told)
    assert walk.closed_as(ending)
    assert walk.service.store.archive.get(walk.id) is not None
    return wrap_up(closed, walk.service.clock)


# -- scenario 1
@each_boxes
@each_billing
@pytest.mark.parametrize("licence", ["business-basic", "email-deluxe"])
def test_scenario_1_to_the_end(home: Path, now: str, new: str, licence: str, boxes: tuple[str, ...]) -> None:
    one = walk(home, boxes).plan(1, now, new, licence)
    credited = now == "yearly"
    assert one.state("quote") is (State.TODO if credited else State.NOT_APPLICABLE)
    one.tick("tell-team", through="chat")
    one.answer("salesforce-reason", "set")
    assert one.case.details.of("salesforce") == "00123456"
    if credited:
        one.refused(one.ticking("order"), "the discount is not done")
        one.quote(amount="11.80")
        assert one.case.quote and one.case.quote.covered is (now == new)
        assert one.case.quote.licences == len(boxes)
    both_monthly = (now, new) == ("monthly", "monthly")
    one.tick("order", through="client console" if both_monthly else "SalesDB")
    one.answer("order-completed", "not-yet")
    assert one.state("order-completed") is State.TODO, "not yet leaves it open"
    assert one.states("accounts-swapped", "cancel-essentials") == [State.LOCKED] * 2
    one.answer("order-completed", "completed")
    for place, box in enumerate(boxes, start=1):
        assert one.state("cancel-essentials") is State.LOCKED
        one.tick("accounts-swapped", box)
        status = one.case.status("accounts-swapped")
        assert (status.done, status.of) == (place, len(boxes))
    one.tick("next-invoice")
    one.answer("workflows", "none")
    assert one.state("workflows-cancelled") is State.NOT_APPLICABLE
    assert one.state("cancel-essentials") is State.LOCKED, "whether it runs is not answered yet"
    one.answer("essentials-running", "running")
    one.cancel("cancel-essentials")
    one.refused(Close("complete"), "billing")
    one.tick("essentials-billing")
    one.answer("csp", "gone")
    assert one.state("csp-gone") is State.NOT_APPLICABLE
    note = ends(one)
    assert ("PRO-RATA" in note) is credited


@pytest.mark.parametrize("csp", ["sme-asked", "chat-asked"])
@pytest.mark.parametrize("running", ["running", "cancelled"])
def test_scenario_1_refused_order_workflows_found_licence_chased(home: Path, csp: str, running: str) -> None:
    one = walk(home, THREE).ordered(1, "yearly", "yearly")
    assert one.case.status("order-again").shown is False, "a repair appears when something broke"
    for _ in range(2):
        one.answer("order-completed", "refused")
        assert one.states("order-again", "accounts-swapped") == [State.TODO, State.LOCKED]
        one.tick("order-again")
        assert one.states("order-completed", "order-again") == [State.TODO, State.DONE]
    one.swapped()
    assert not one.applies("order-again")
    one.tick("next-invoice")
    one.answer("workflows", "found")
    one.answer("essentials-running", running)
    one.tick("workflows-cancelled")
    if running == "running":
        assert one.state("csp") is State.LOCKED
        one.cancel("cancel-essentials")
    else:
        assert one.state("cancel-essentials") is State.NOT_APPLICABLE
    one.tick("essentials-billing")
    one.answer("csp", csp)
    one.refused(Close("complete"), "still open")
    one.tick("csp-gone")
    ends(one)


# -- scenario 2
@each_boxes
@each_billing
@pytest.mark.parametrize("licence", ["business-basic", "another"])
def test_scenario_2_to_the_end(home: Path, now: str, new: str, licence: str, boxes: tuple[str, ...]) -> None:
    two = walk(home, boxes).plan(2, now, new, licence)
    two.tick("sme")
    if now == "monthly":
        assert two.state("quote") is State.NOT_APPLICABLE, "nothing is asked of an SME on monthly billing"
    else:
        quote = two.quoted(amount="11.80", new="m365-deluxe-" + new)
        assert not quote.covered, "nothing is worked out by rule here (D8, D10)"
        plans = shipped().plans
        current, later = plans.get(quote.current), plans.get(quote.new)
        assert current and later
        today = two.service.clock.today()
        bare = work_out(current, later, plans.policy, today, months=2, licences=len(boxes))
        two.refused(PutQuote(bare), "no figure here")
        two.do(PutQuote(quote))
        given = two.case.quote
        assert given and given.given_by and given.given_by.name == "Sam"
    both_monthly = (now, new) == ("monthly", "monthly")
    two.tick("order", through="client console" if both_monthly else "SalesDB")
    two.answer("order-completed", "refused")
    two.tick("order-again")
    two.sent(missing="yes")
    for box in boxes:
        assert two.case.status("client-confirms").by[box] is State.LOCKED
        two.answer("jira-result", "completed", mailboxes=(box,))
    two.tick("chat-follow-up")
    assert two.states("client-confirms", "cancel-ox-mail") == [State.TODO, State.LOCKED]
    two.answer("client-confirms", "not-yet")
    assert two.states("client-confirms", "cancel-ox-mail") == [State.TODO, State.LOCKED]
    two.answer("client-confirms", "works")
    two.refused(Close("complete"), "still open")
    two.cancel("cancel-ox-mail")
    two.refused(Close("complete"), "billing")
    two.tick("ox-billing")
    ends(two)


@pytest.mark.parametrize("rescue", ["yes", "moved-back", "not-needed", "lost"])
def test_scenario_2_with_ox_mail_cancelled_already(home: Path, rescue: str) -> None:
    two = walk(home, THREE).begin(2)
    two.answer("ox-running", "cancelled", told="the client, in October")
    two.answer("rescue", "not-known")
    assert two.state("rescue") is State.TODO
    for name, value in (("licence", "business-basic"), ("billed-now", "monthly"), ("billed-next", "monthly")):
        two.answer(name, value)
    two.tick("sme")
    two.tick("order")
    assert two.state("jira") is State.LOCKED
    for told in ("", "the one of Monday"):
        two.refused(AnswerIt("rescue", ("moved-back",), told=told), told or "Which JIRA", error=WrongUse)
    two.answer("rescue", rescue)
    moved = rescue in ("yes", "moved-back")
    if moved:
        two.sent()
        two.answer("jira-result", "completed")
    else:
        two.answer("order-completed", "completed")
        two.answer("dns-office-365", "yes")
        two.answer("devices", "connected")
        assert two.states("jira", "jira-result") == [State.NOT_APPLICABLE] * 2
    assert two.state("cancel-ox-mail") is State.NOT_APPLICABLE
    two.answer("client-confirms", "works-lost" if rescue == "lost" else "works")
    if two.case.status("ox-billing").open:
        two.tick("ox-billing")
    if rescue == "lost":
        two.refused(Close("complete"))
        ends(two, "old-mail-lost")
    else:
        ends(two)


def test_scenario_2_jira_returned_for_one_of_three(home: Path) -> None:
    two = walk(home, THREE).ordered(2).sent()
    anna, info, sales = THREE
    two.answer("jira-result", "completed", mailboxes=(anna, sales))
    for _ in range(2):
        two.answer("jira-result", "returned", mailboxes=(info,))
        assert two.case.status("jira-again").by[info] is State.TODO
        assert two.case.status("jira-again").by[anna] is not State.TODO
        assert two.service.filled(two.case, "o365-reversal").text().count("@") == 1
        two.tick("jira-again")
        status = two.case.status("jira-result")
        assert (status.by[info], status.done, status.of) == (State.TODO, 2, 3)
    two.answer("jira-result", "completed", mailboxes=(info,))
    assert not two.applies("jira-again")
    two.answer("client-confirms", "works")
    two.cancel("cancel-ox-mail")
    two.tick("ox-billing")
    ends(two)


def test_scenario_2_jira_refused_and_sent_again(home: Path) -> None:
    two = walk(home, THREE).ordered(2).sent()
    two.answer("jira-result", "completed", mailboxes=THREE[:2])
    for _ in range(2):
        two.answer("jira-result", "refused", mailboxes=THREE[2:])
        assert two.case.status("sme-decides").by[THREE[2]] in (State.TODO, State.STALE)
        two.answer("sme-decides", "again", mailboxes=THREE[2:])
        two.tick("jira-again", THREE[2])
    two.answer("jira-result", "completed", mailboxes=THREE[2:])
    assert not two.applies("sme-decides")
    two.answer("client-confirms", "works")
    two.cancel("cancel-ox-mail")
    two.tick("ox-billing")
    ends(two)


def test_scenario_2_where_one_mailbox_stays_ox_mail_goes_on(home: Path) -> None:
    two = walk(home, THREE).ordered(2).sent()
    two.answer("jira-result", "completed", mailboxes=THREE[:2])
    two.answer("jira-result", "refused", mailboxes=THREE[2:])
    two.answer("sme-decides", "stays", mailboxes=THREE[2:])
    assert two.case.status("client-confirms").by[THREE[2]] is State.NOT_APPLICABLE
    assert two.state("cancel-ox-mail") is State.NOT_APPLICABLE
    two.answer("client-confirms", "works", mailboxes=THREE[:2])
    two.refused(Close("complete"))
    told = "sales stays on OX-Mail"
    closed = two.close("stays-on-ox-mail", told)
    assert closed.log[-1].get("left")
    assert two.closed_as("stays-on-ox-mail")


# -- scenario 3
ISSUES = [
    ("general-setup",),
    ("sending-receiving",),
    ("missing-mail",),
    ("other",),
    ("sending-receiving", "missing-mail"),
    ("general-setup", "sending-receiving", "missing-mail", "other"),
]
each_issue = pytest.mark.parametrize("issues", ISSUES, ids=["+".join(issue) for issue in ISSUES])


@each_issue
def test_scenario_3_solved_by_the_checks(home: Path, issues: tuple[str, ...]) -> None:
    three = walk(home, THREE).checked(*issues, solved="yes")
    missing = "missing-mail" in issues
    assert (three.state("screenshots") is State.DONE) is missing
    assert not three.applies("sme-case", "result", "again")
    three.answer("client-confirms", "yes")
    ends(three)


@each_issue
@pytest.mark.parametrize("way", ["fixed", "returned", "refused"])
def test_scenario_3_escalated(home: Path, issues: tuple[str, ...], way: str) -> None:
    three = walk(home, THREE).checked(*issues)
    assert three.states("result", "client-confirms") == [State.LOCKED] * 2
    three.tick("sme-case")
    if way != "fixed":
        three.answer("result", way)
        three.refused(three.answering("client-confirms", "yes"), "locked")
        if way == "refused":
            three.answer("sme-decides", "again")
        three.tick("again")
        assert three.state("result") is State.TODO
    three.answer("result", "fixed")
    assert not three.applies("again", "sme-decides")
    three.answer("client-confirms", "yes")
    ends(three)


def test_scenario_3_solved_and_not_after_all(home: Path) -> None:
    three = walk(home, THREE).checked("sending-receiving", solved="yes")
    three.answer("client-confirms", "no", mailboxes=THREE[:1])
    assert three.case.status("look-again").by[THREE[0]] is State.TODO
    three.tick("look-again")
    three.answer("solved", "no", mailboxes=THREE[:1])
    three.tick("sme-case")
    three.answer("result", "fixed")
    three.answer("client-confirms", "yes")
    ends(three)


def test_scenario_3_where_it_stays_as_it_is(home: Path) -> None:
    three = walk(home).checked("other")
    three.tick("sme-case")
    three.answer("result", "refused")
    three.answer("sme-decides", "stays")
    ends(three, "stays-as-it-is", "the calendar cannot be shared")


def test_no_scenario_fits(home: Path) -> None:
    none = walk(home)
    none.refused(Close("complete"), "No scenario")
    none.close("nothing-to-do")
    assert none.closed_as("nothing-to-do")


def test_a_request_that_scenario_2_kept_is_asked_about_once_scenario_3_is_chosen(home: Path) -> None:
    work = walk(home).plan(1)
    work.tick("tell-team")
    assert to_undo(work.case, 2) == ()
    work.do(Choose(2))
    assert [item.id for item in to_undo(work.case, 3)] == ["tell-team"]
    case = work.do(Choose(3))
    assert [(number, item.id) for number, item, _ in case.unwinds] == [(1, "tell-team")]
    assert case.next_text() == "Tell the migration team that the domain may go back on the list"
    case = work.do(Settle("tell-team", "3", scenario=1))
    assert not case.unwinds
    assert work.do(Choose(2), Choose(3)).unwinds == (), "what was reversed is not asked about again"


def test_no_case_logged_beside_a_salesforce_number_is_said_to_differ(home: Path) -> None:
    work = walk(home).plan(1)
    work.answer("salesforce-reason", "no-case", values={})
    assert "filled-salesforce-reason" not in [nb.id for nb in lasting(work.case)]
    case = work.do(SetDetails({"salesforce": "00123456"}))
    nb = next(nb for nb in lasting(case) if nb.id == "filled-salesforce-reason")
    assert "was answered 'no case logged', but the Salesforce case is 00123456" in nb.text
    assert nb.short in wrap_up(case, work.service.clock) or nb.text in wrap_up(case, work.service.clock)
    work.answer("salesforce-reason", "set", values={"salesforce": "00123456"})
    assert "filled-salesforce-reason" not in [nb.id for nb in lasting(work.case)]


def test_what_an_order_is_asked_for_keeps_the_time_of_the_first_change(home: Path) -> None:
    clock = FakeClock()
    work = Walk(service_at(home, clock=clock)).ordered(1, "yearly", "yearly")
    clock.pass_(minutes=1)
    work.answer("licence", "email-deluxe")
    clock.pass_(minutes=1)
    work.quote(new="m365-deluxe-yearly")
    assert why(work.case, work.case.status("order")) == "the new licence changed, 10:47"
