"""The service: starting and finding cases, ticking and answering, quotes, taking back, changing the scenario."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.cases.commands import UNDOABLE, AnswerIt, Defer, PutQuote, Skip, Tick, Undo, Unwind
from oxtui.cases.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    Note,
    Resume,
    SetDetails,
    SetHold,
    SetLine,
    SetMailboxes,
)
from oxtui.cases.money import given_by_sme, work_out
from oxtui.errors import Negative, Refusal, WrongUse
from oxtui.playbook.progress import State
from tests.drive.case import DOMAIN, ONE, SUNDAY, THREE, FakeClock, Walk, changed, service_at, shipped


# -- starting and finding
def test_a_case_begins_from_a_domain_an_address_or_a_url(home: Path) -> None:
    service = service_at(home)
    assert service.start("https://www.Brightside.com.au/about").domain.endswith("brightside.com.au")
    case = service.start("Anna@Brightside.com.au", {"phone": "03 9000 0000", "salesforce": "00123456"})
    assert (case.domain, [box.lower() for box in case.addresses]) == (DOMAIN, list(ONE))
    assert case.details.phone == "03 9000 0000" and case.log[0].what == "opened"
    assert service_at(home).case(case.id).log == case.log
    with pytest.raises(WrongUse):
        service.start("not a domain")
    with pytest.raises(WrongUse):
        service.start(DOMAIN, {"salesforce": "x"})
    assert len(service.overviews()) == 2


def test_a_case_is_found_by_id_and_by_the_only_case_of_its_domain(home: Path) -> None:
    service = service_at(home)
    first = service.start(DOMAIN)
    assert service.find(first.id).id == service.find(DOMAIN).id == first.id
    second = service.start(DOMAIN)
    with pytest.raises(Negative, match="2 open cases") as caught:
        service.find(DOMAIN)
    assert first.id in caught.value.hint and second.id in caught.value.hint
    Walk(service, first.id).close("unreachable")
    assert service.find(DOMAIN).id == second.id and service.find(first.id).closed
    Walk(service, second.id).close("unreachable")
    with pytest.raises(Negative, match="2 closed cases"):
        service.find(DOMAIN)
    with pytest.raises(Negative, match=r"no case for other\.com"):
        service.find("other.com")
    with pytest.raises(Negative, match="no open case"):
        service.case(first.id)


def test_the_last_touched_case_of_a_domain_is_offered_first(home: Path) -> None:
    clock = FakeClock()
    service = service_at(home, clock=clock)
    first, second = service.start(DOMAIN), service.start(DOMAIN)
    service.start("other.com")
    clock.pass_(minutes=1)
    service.change(first.id, Note("called again"))
    assert [row.id for row in service.open_for(DOMAIN)] == [first.id, second.id]


def test_peek_is_what_was_seen_last(home: Path) -> None:
    walk = Walk(service_at(home))
    assert walk.service.peek("nobody") is None
    before = walk.case
    walk.other(service_at(home)).do(Note("from the other pane"))
    assert walk.service.peek(walk.id) is before
    assert len(walk.case.log) == len(before.log) + 1 and walk.service.peek(walk.id) is walk.case


# -- ticking and answering
def test_by_whom_through_what_and_with_which_values(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.refused(walk.ticking("tell-team", through=""), "say through what", "chat or Salesforce", error=WrongUse)
    walk.refused(walk.ticking("tell-team", by="nobody"), "nobody it can be done by", error=WrongUse)
    walk.refused(walk.ticking("salesforce-reason", values={"salesforce": "12"}), "does not look like", error=WrongUse)
    for by in ("me", "client", "colleague", "sme"):
        case = walk.tick("tell-team", through="Salesforce", by=by)
        assert (case.log[-1].get("by"), case.log[-1].get("through")) == (by, "Salesforce")
        walk.service.undo(walk.id)
    walk.tick("salesforce-reason", values={})
    assert walk.case.details.salesforce == ""
    two = Walk(service_at(home)).ordered(2).sent()
    assert two.case.details.jira == ("HOST-4412",)
    two.service.undo(two.id)
    assert two.case.details.jira == ()
    two.refused(two.ticking("jira", values={}), "JIRA number is missing", error=WrongUse)


def test_wrong_kinds_of_answers(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).begin(2)
    walk.refused(Tick("billed-now"), "is a question")
    walk.refused(AnswerIt("sme", ("yes",)), "is no question")
    walk.refused(AnswerIt("billed-now", ("weekly",)), "monthly, yearly", error=WrongUse)
    walk.refused(AnswerIt("billed-now", ("monthly", "yearly")), error=WrongUse)
    walk.refused(AnswerIt("billed-now", ()), error=WrongUse)
    walk.refused(AnswerIt("licence", ("another",)), "Which licence", error=WrongUse)
    walk.refused(Tick("no-such"), "has no item")
    walk.refused(walk.ticking("devices", "eve@elsewhere.com"), "locked")
    walk.answer("missing", "yes")
    walk.refused(AnswerIt("missing-since", ("yesterday",)), "not a date", error=WrongUse)
    walk.do(Choose(3))
    walk.answer("issue", "missing-mail", "other")
    assert walk.case.record("issue").marks[""].value == ("missing-mail", "other")
    walk.refused(AnswerIt("missing-dates", ("2026-11-07", "2026-11-03")), "from comes before", error=WrongUse)
    walk.refused(AnswerIt("missing-dates", ("2026-11-07",)), error=WrongUse)


def test_each_mailbox_all_at_once_or_one_by_one(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(1)
    walk.answer("order-completed", "completed")
    walk.refused(walk.ticking("accounts-swapped", "eve@elsewhere.com"), "no mailbox of this case", error=WrongUse)
    walk.tick("accounts-swapped", THREE[1])
    walk.refused(walk.ticking("accounts-swapped", THREE[1]), "done already")
    case = walk.tick("accounts-swapped")
    assert case.log[-1].get("mailboxes") == [THREE[0], THREE[2]]
    walk.refused(walk.ticking("accounts-swapped"), "done already")


def test_skip_and_later(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).plan(1)
    walk.refused(Skip("salesforce-reason", "  "), "needs a reason", error=WrongUse)
    walk.do(Skip("salesforce-reason", "no Salesforce today"))
    assert walk.state("salesforce-reason") is State.OVERRIDDEN
    walk.refused(Skip("billed-now", "x"), "its answer decides")
    walk.refused(Skip("tell-team\x00", "x"), "has no item")
    walk.refused(Defer("tell-team", "tomorrow"), "not a date", error=WrongUse)
    walk.do(Defer("tell-team", "2026-11-24"), Defer("salesforce-reason", "2026-11-24T09:00"))
    assert walk.states("tell-team", "salesforce-reason", "order") == [
        State.DEFERRED,
        State.DEFERRED,
        State.LOCKED,
    ]
    assert walk.case.standing() == "in hand"
    walk.refused(Close("complete"), "deferred")
    clock.pass_(hours=47)
    assert walk.service.overviews()[0].status == "due" and len(walk.case.deferred_due()) == 2
    walk.do(BeginCall("client"))
    walk.tick("tell-team")
    walk.tick("salesforce-reason")
    assert walk.case.standing() == "in hand"


def test_skipped_items_are_counted_at_the_end(home: Path) -> None:
    one = Walk(service_at(home)).plan(1)
    one.tick("tell-team")
    one.do(Skip("salesforce-reason", "Salesforce is down"))
    one.tick("order")
    one.swapped()
    one.tick("next-invoice")
    one.answer("workflows", "none")
    one.answer("essentials-running", "cancelled")
    one.answer("csp", "gone")
    assert one.close().log[-1].get("skipped") == ["salesforce-reason"]
    assert one.closed_as("complete")


# -- quotes
def test_a_quote_has_to_fit_the_answers(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1, "yearly", "yearly")
    plans = shipped().plans

    def quote(now: str, new: str) -> PutQuote:
        current, later = plans.get(now), plans.get(new)
        assert current and later
        return PutQuote(work_out(current, later, plans.policy, SUNDAY.date(), months=2))

    walk.refused(walk.ticking("quote"), "done by a quote")
    walk.refused(quote("m365-essentials-yearly", "m365-deluxe-yearly"), "The answers say m365-business-basic-yearly")
    walk.refused(quote("m365-deluxe-yearly", "m365-business-basic-yearly"), "The answers say m365-essentials-yearly")
    walk.do(quote("m365-essentials-yearly", "m365-business-basic-yearly"))
    assert str(walk.case.quote.discount) == "11.80"  # type: ignore[union-attr]
    walk.quote(months=3)
    assert str(walk.case.quote.discount) == "17.70"  # type: ignore[union-attr]
    three = Walk(service_at(home)).begin(3)
    three.refused(PutQuote(walk.case.quote), "has no pro-rata")  # type: ignore[arg-type]


def test_no_discount_is_put_in_on_monthly_billing_whoever_says_so(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1, "monthly", "yearly")
    plans = shipped().plans
    now, new = plans.get("m365-essentials-monthly"), plans.get("m365-business-basic-yearly")
    assert now and new
    none = given_by_sme(now, new, plans.policy, SUNDAY.date(), Decimal("0.00"), "Sam", "chat")
    forged = replace(none, discount=none.new_price, first_invoice=none.discount)
    walk.refused(PutQuote(forged), "No discount on monthly billing")
    walk.do(PutQuote(none))
    assert walk.state("quote") is State.DONE


def test_an_unlisted_licence_still_has_its_term(home: Path) -> None:
    walk = Walk(service_at(home)).plan(2, "yearly", "yearly", "another")
    walk.tick("sme")
    walk.refused(PutQuote(walk.quoted(new="m365-deluxe-monthly")), "The answers say yearly")
    walk.do(PutQuote(walk.quoted(new="m365-deluxe-yearly", amount="10.00")))


def test_a_new_price_makes_the_quote_stale_unless_the_order_is_placed(home: Path, tmp_path: Path) -> None:
    dearer = changed(tmp_path, "plans.yaml", ('price: "167.88"', 'price: "179.88"'))
    waiting = Walk(service_at(home)).plan(1, "yearly", "yearly")
    waiting.quote()
    placed = Walk(service_at(home)).ordered(1, "yearly", "yearly")
    later = service_at(home, playbook=dearer)
    assert waiting.other(later).state("quote") is State.STALE
    assert placed.other(later).states("quote", "order") == [State.DONE, State.DONE]


# -- undo
def test_undo_of_every_kind_goes_back_step_by_step(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).plan(1, "yearly", "yearly")
    walk.do(SetDetails({"phone": "03 1"}), Note("a note"), SetMailboxes(f"new@{DOMAIN}"))
    walk.quote()
    walk.tick("tell-team")
    walk.do(
        Skip("salesforce-reason", "x"),
        Defer("salesforce-reason", "2026-11-30"),
        SetLine("ox-mail-issues", "to", "x"),
    )
    walk.tick("order")
    walk.do(Choose(3, {"moved": "done"}), Unwind(1, "order"), SetHold("SME", "2026-11-30"))
    done = [entry for entry in walk.case.log if entry.what in UNDOABLE]
    assert {entry.what for entry in done} == UNDOABLE
    for entry in reversed(done):
        assert walk.service.undo(walk.id).log[-1].get("entry") == entry.id
    case = walk.case
    assert (case.number, case.addresses, case.details.phone, case.hold, case.quote, case.flow) == (
        None, (), "", None, None, {})  # fmt: skip
    assert case.unwinds == () and not case.acted()
    with pytest.raises(Refusal, match="nothing to take back"):
        walk.service.undo(walk.id)
    assert service_at(home).case(walk.id).log == case.log


def test_really_reversed_is_written_down_as_such(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    walk.service.undo(walk.id, reversed_=True)
    assert walk.case.log[-1].get("reversed") is True and walk.state("order") is State.TODO
    taken = walk.case.log[-1].id
    walk.service.undo(walk.id, entry=taken)
    assert walk.state("order") is State.DONE
    walk.refused(Undo(taken, "anna"), "nothing to take back")
    walk.refused(Undo(walk.case.log[0].id, "anna"), "nothing to take back")


def test_an_older_answer_taken_back_leaves_a_later_quote_stale(home: Path) -> None:
    walk = Walk(service_at(home, "ben")).plan(1, "yearly", "yearly")
    anna = walk.other(service_at(home, "anna"))
    anna.answer("licence", "email-deluxe")
    walk.quote()
    anna.service.undo(anna.id)
    assert walk.state("quote") is State.STALE, "it was worked out for the other licence"


# -- scenario and unwinding
def test_an_answer_that_ends_an_effect_asks_for_it_to_be_taken_back(home: Path) -> None:
    three = Walk(service_at(home)).checked("other")
    three.answer("ns", "with-us")
    three.tick("sme-case")
    three.answer("solved", "yes")
    assert three.state("sme-case") is State.UNWIND
    three.refused(Close("complete"), "withdrawn")
    three.refused(Close("handed-over", "x"), "withdrawn")
    three.refused(Unwind(2, "sme-case"), "not to be taken back there")
    three.refused(Unwind(3, "result"), "has not to be taken back")
    three.do(Unwind(3, "sme-case"))
    assert three.state("sme-case") is State.NOT_APPLICABLE
    three.tick("client-confirms")
    three.close()


def test_a_scenario_left_behind_is_unwound_before_closing(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.do(Choose(3), EndCall())
    walk.refused(Unwind(2, "order"), "authenticated client")
    walk.do(BeginCall("back-office"), Unwind(2, "order"))
    walk.refused(Close("out-of-scope", "x"), "no longer goes back")
    walk.do(Unwind(2, "sme"))
    walk.do(Close("out-of-scope", "a new phone"))
    assert walk.closed_as("out-of-scope")


def test_choosing_the_same_again_writes_nothing(home: Path) -> None:
    walk = Walk(service_at(home)).begin(2)
    before = len(walk.case.log)
    walk.do(Choose(2), SetDetails({}), SetMailboxes(), Resume(), SetDetails({"domain": DOMAIN}))
    assert len(walk.case.log) == before
    walk.refused(Choose(7), "no scenario 7", error=WrongUse)
    walk.refused(SetDetails({"shoe": "42"}), "A case has no 'shoe'", error=WrongUse)
    walk.refused(SetMailboxes(ox={ONE[0]: "perhaps"}), error=WrongUse)
