"""Every scenario from start to close, under every answer, without an untrue tick."""

from __future__ import annotations

from pathlib import Path

import pytest

from oxtui.cases.commands import PutQuote
from oxtui.cases.conduct import Close
from oxtui.cases.money import work_out
from oxtui.cases.notes import wrap_up
from oxtui.playbook.progress import State
from tests.drive.case import ONE, THREE, Walk, service_at, shipped

BILLING = [("monthly", "monthly"), ("yearly", "yearly"), ("yearly", "monthly"), ("monthly", "yearly")]
BOXES = [ONE, THREE]
each_billing = pytest.mark.parametrize(("now", "new"), BILLING)
each_boxes = pytest.mark.parametrize("boxes", BOXES, ids=["one", "three"])


def walk(home: Path, boxes: tuple[str, ...] = ONE) -> Walk:
    return Walk(service_at(home), mailboxes=boxes)


def ends_complete(walk: Walk) -> str:
    """Close it as complete, and give the wrap-up note."""
    case = walk.case
    assert [status.item.id for status in case.open_items()] == []
    assert case.next_text() == "Close the case"
    left = [status for status in case.applicable() if status.state is State.TODO]
    assert all(status.item.optional for status in left)
    done, total = case.progress()
    assert total - done == len(left)
    closed = walk.close()
    assert walk.closed_as("complete")
    assert walk.service.history.get(walk.id) is not None
    return wrap_up(closed, walk.service.clock)


# -- scenario 1
@each_boxes
@each_billing
@pytest.mark.parametrize("licence", ["business-basic", "email-deluxe"])
def test_scenario_1_to_the_end(home: Path, now: str, new: str, licence: str, boxes: tuple[str, ...]) -> None:
    one = walk(home, boxes).plan(1, now, new, licence)
    yearly = "yearly" in (now, new)
    assert one.state("quote") is (State.TODO if yearly else State.NOT_APPLICABLE)
    one.tick("tell-team", through="chat")
    one.tick("salesforce-reason")
    assert one.case.details.salesforce == "00123456"
    if yearly:
        assert one.state("order") is State.LOCKED
        one.refused(one.ticking("order"), "the discount is not done")
        one.quote(amount="0.00" if now == "monthly" else "11.80")
        assert one.case.quote and one.case.quote.covered is (now == new)
    one.tick("order", through="SalesDB" if yearly else "client console")
    one.answer("order-completed", "not-yet")
    assert one.states("accounts-swapped", "workflows", "cancel-essentials") == [State.LOCKED] * 3
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
    one.tick("cancel-essentials")
    one.refused(Close("complete"), "the licence at Microsoft")
    one.answer("csp", "gone")
    assert one.state("csp-gone") is State.NOT_APPLICABLE
    note = ends_complete(one)
    assert ("PRO-RATA" in note) is yearly


@pytest.mark.parametrize("csp", ["sme-asked", "chat-asked"])
@pytest.mark.parametrize("running", ["running", "cancelled"])
def test_scenario_1_refused_order_workflows_found_licence_chased(home: Path, csp: str, running: str) -> None:
    one = walk(home, THREE).ordered(1, "yearly", "yearly")
    one.answer("order-completed", "refused")
    assert one.states("order-again", "accounts-swapped") == [State.TODO, State.LOCKED]
    one.tick("order-again")
    assert one.states("order-completed", "order-again") == [State.TODO, State.DONE]
    one.answer("order-completed", "refused")
    assert one.state("order-again") is State.TODO, "a second refusal asks for a third attempt"
    assert one.case.record("order-again").attempts == 1
    one.tick("order-again")
    one.swapped()
    assert one.state("order-again") is State.NOT_APPLICABLE
    one.tick("next-invoice")
    one.answer("workflows", "found")
    one.answer("essentials-running", running)
    one.tick("workflows-cancelled")
    if running == "running":
        assert one.state("csp") is State.LOCKED
        one.tick("cancel-essentials")
    else:
        assert one.state("cancel-essentials") is State.NOT_APPLICABLE
    one.answer("csp", csp)
    one.refused(Close("complete"), "the end of the licence")
    one.tick("csp-gone")
    ends_complete(one)


# -- scenario 2
@each_boxes
@each_billing
@pytest.mark.parametrize("licence", ["business-basic", "another"])
def test_scenario_2_to_the_end(home: Path, now: str, new: str, licence: str, boxes: tuple[str, ...]) -> None:
    two = walk(home, boxes).plan(2, now, new, licence)
    two.tick("sme")
    if (now, new) == ("monthly", "monthly"):
        assert two.state("quote") is State.NOT_APPLICABLE
    else:
        quote = two.quoted(amount="11.80" if now == "yearly" else "0.00", new="m365-deluxe-" + new)
        assert not quote.covered, "nothing is worked out by rule here (D8, D10)"
        plans = shipped().plans
        current, later = plans.get(quote.current), plans.get(quote.new)
        assert current and later
        bare = work_out(current, later, plans.policy, two.service.clock.today(), months=2)
        two.refused(PutQuote(bare), "no figure here")
        two.do(PutQuote(quote))
        given = two.case.quote
        assert given and given.given_by and given.given_by.name == "Sam"
    two.tick("order", through="SalesDB" if "yearly" in (now, new) else "client console")
    two.answer("order-completed", "refused")
    two.tick("order-again")
    two.sent(missing="yes")
    for box in boxes:
        assert two.state("client-confirms") is State.LOCKED
        two.answer("jira-result", "completed", mailboxes=(box,))
    two.tick("chat-follow-up")
    assert two.states("client-confirms", "cancel-ox-mail") == [State.TODO, State.LOCKED]
    two.tick("client-confirms")
    two.refused(Close("complete"), "the end of OX-Mail")
    two.tick("cancel-ox-mail")
    ends_complete(two)


def test_scenario_2_with_ox_mail_cancelled_already(home: Path) -> None:
    two = walk(home, THREE).begin(2)
    two.answer("ox-running", "cancelled")
    two.answer("licence", "business-basic")
    two.answer("billed-now", "monthly")
    two.answer("billed-next", "monthly")
    two.tick("sme")
    two.tick("order")
    two.sent()
    two.answer("jira-result", "completed")
    two.tick("client-confirms")
    assert two.state("cancel-ox-mail") is State.NOT_APPLICABLE
    two.refused(two.ticking("cancel-ox-mail"), "does not apply")
    ends_complete(two)


def test_scenario_2_jira_returned_for_one_of_three(home: Path) -> None:
    two = walk(home, THREE).ordered(2).sent()
    anna, info, sales = THREE
    two.answer("jira-result", "completed", mailboxes=(anna, sales))
    two.answer("jira-result", "returned", mailboxes=(info,))
    assert two.states("jira-again", "client-confirms") == [State.TODO, State.LOCKED]
    assert two.service.filled(two.case, "o365-reversal").text().count("@") == 1
    two.tick("jira-again")
    status = two.case.status("jira-result")
    assert (status.state, status.done, status.of) == (State.TODO, 2, 3)
    two.answer("jira-result", "returned", mailboxes=(info,))
    assert two.state("jira-again") is State.TODO
    assert two.case.record("jira-again").attempts == 1
    two.tick("jira-again")
    two.answer("jira-result", "completed", mailboxes=(info,))
    assert two.state("jira-again") is State.NOT_APPLICABLE
    two.tick("client-confirms")
    two.tick("cancel-ox-mail")
    ends_complete(two)


def test_scenario_2_jira_refused_and_sent_again(home: Path) -> None:
    two = walk(home, THREE).ordered(2).sent()
    two.answer("jira-result", "completed", mailboxes=THREE[:2])
    two.answer("jira-result", "refused", mailboxes=THREE[2:])
    assert two.states("jira-again", "sme-decides") == [State.NOT_APPLICABLE, State.TODO]
    two.answer("sme-decides", "send-again")
    assert two.case.status("jira-result").done == 2
    two.answer("jira-result", "completed", mailboxes=THREE[2:])
    assert two.state("sme-decides") is State.NOT_APPLICABLE
    two.tick("client-confirms")
    two.tick("cancel-ox-mail")
    ends_complete(two)


def test_scenario_2_where_the_mail_stays_is_handed_over_not_completed(home: Path) -> None:
    two = walk(home, THREE).ordered(2).sent()
    two.answer("jira-result", "refused")
    two.answer("sme-decides", "stays")
    assert two.states("client-confirms", "cancel-ox-mail") == [State.LOCKED] * 2
    assert two.case.next_text() == "Wait"
    two.refused(two.ticking("client-confirms"), "is not 'completed'")
    two.refused(Close("complete"), "still open")
    closed = two.close("handed-over", "the SME team")
    assert closed.log[-1].get("left") == ["OX-Mail is still running and billed"]
    assert two.closed_as("handed-over")


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
    assert (three.state("screenshot") is State.DONE) is missing
    assert three.states("ns", "sme-case", "result", "again") == [State.NOT_APPLICABLE] * 4
    three.tick("client-confirms")
    ends_complete(three)


@each_issue
@pytest.mark.parametrize("way", ["fixed", "returned", "refused"])
def test_scenario_3_escalated(home: Path, issues: tuple[str, ...], way: str) -> None:
    three = walk(home, THREE).checked(*issues)
    assert three.states("sme-case", "result", "client-confirms") == [State.LOCKED] * 3
    three.answer("ns", "with-us")
    three.tick("sme-case")
    if way != "fixed":
        three.answer("result", way)
        assert three.states("again", "sme-decides") == (
            [State.TODO, State.NOT_APPLICABLE] if way == "returned" else [State.NOT_APPLICABLE, State.TODO]
        )
        three.refused(three.ticking("client-confirms"), "is not 'fixed'")
        if way == "returned":
            three.tick("again")
        else:
            three.answer("sme-decides", "send-again")
        assert three.state("result") is State.TODO
    three.answer("result", "fixed")
    assert three.states("again", "sme-decides") == [State.NOT_APPLICABLE] * 2
    three.tick("client-confirms")
    ends_complete(three)


def test_scenario_3_where_it_stays_as_it_is(home: Path) -> None:
    three = walk(home).checked("other")
    three.answer("ns", "could-not")
    three.tick("sme-case")
    three.answer("result", "refused")
    three.answer("sme-decides", "stays")
    three.refused(Close("complete"), "the client's word")
    three.close("handed-over", "Sam of the SME team")
    assert three.closed_as("handed-over")


def test_no_scenario_fits(home: Path) -> None:
    none = walk(home)
    none.refused(Close("complete"), "No scenario")
    none.close("nothing-to-do")
    assert none.closed_as("nothing-to-do")
