"""The service: starting and finding cases, ticking and answering, quotes, changing the scenario."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from oxtui.cases.commands.calls import BeginCall, EndCall
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.details import SetDetails
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, Tick
from oxtui.cases.commands.quotes import PutQuote, SetLicences
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Note, Resume, SetHold
from oxtui.cases.money import work_out
from oxtui.cases.status import State
from oxtui.errors import Negative, Refusal, WrongUse
from tests.drive.case import DOMAIN, ONE, SUNDAY, THREE, FakeClock, Walk, changed, service_at, shipped, undo_last

SCENARIO_1 = "scenarios/1-does-not-want-ox-mail.yaml"


# -- starting and finding
def test_a_case_begins_from_a_domain_an_address_or_a_url(home: Path) -> None:
    service = service_at(home)
    assert service.start("https://www.Brightside.com.au/about").domain.endswith("brightside.com.au")
    case = service.start("Anna@Brightside.com.au", {"phone": "03 9000 0000", "salesforce": "00123456"})
    assert (case.domain, [box.lower() for box in case.addresses]) == (DOMAIN, list(ONE))
    assert case.details.of("phone") == "03 9000 0000" and case.log[0].what == "opened"
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
    walk.refused(walk.ticking("tell-team", by="nobody"), "cannot do an item", error=WrongUse)
    wrong = walk.answering("salesforce-reason", "set", values={"salesforce": "12"})
    walk.refused(wrong, "does not look like", error=WrongUse)
    for by in ("me", "client", "colleague", "sme"):
        case = walk.tick("tell-team", through="Salesforce", by=by)
        assert (case.log[-1].get("by"), case.log[-1].get("through")) == (by, "Salesforce")
        undo_last(walk.service, walk.id)
    walk.answer("salesforce-reason", "no-case", values={})
    assert walk.case.details.of("salesforce") == ""
    two = Walk(service_at(home / "two")).ordered(2).sent()
    assert two.case.details.all_of("jira") == ("HOST-4412",)
    undo_last(two.service, two.id)
    assert two.case.details.all_of("jira") == ()
    two.refused(two.ticking("jira", values={}), "JIRA number is missing", error=WrongUse)


def test_wrong_kinds_of_answers(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).begin(2)
    walk.refused(Tick("billed-now"), "is a question")
    walk.refused(AnswerIt("sme", ("yes",)), "is not a question")
    walk.refused(AnswerIt("billed-now", ("weekly",)), "monthly, yearly", error=WrongUse)
    walk.refused(AnswerIt("billed-now", ("monthly", "yearly")), error=WrongUse)
    walk.refused(AnswerIt("billed-now", ()), error=WrongUse)
    walk.refused(AnswerIt("licence", ("another",)), "Which licence", error=WrongUse)
    walk.refused(Tick("no-such"), "has no item")
    walk.refused(
        AnswerIt("devices", ("connected",), ("eve@elsewhere.com",)), "not one of this case's mailboxes", error=WrongUse
    )
    walk.answer("ox-running", "running")
    walk.answer("missing", "yes")
    walk.refused(AnswerIt("missing-since", ("yesterday",)), "not a date", error=WrongUse)
    walk.do(Choose(3))
    walk.answer("issue", "missing-mail", "other")
    assert {mark.value for mark in walk.case.marks("issue").values()} == {("missing-mail", "other")}
    walk.refused(AnswerIt("missing-dates", ("2026-11-07", "2026-11-03")), "from comes before", error=WrongUse)
    walk.refused(AnswerIt("missing-dates", ("2026-11-07",)), error=WrongUse)


def test_each_mailbox_all_at_once_or_one_by_one(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).ordered(1)
    walk.answer("order-completed", "completed")
    walk.refused(
        walk.ticking("accounts-swapped", "eve@elsewhere.com"), "not one of this case's mailboxes", error=WrongUse
    )
    walk.tick("accounts-swapped", THREE[1])
    walk.refused(walk.ticking("accounts-swapped", THREE[1]), "done already")
    case = walk.tick("accounts-swapped")
    assert case.log[-1].get("mailboxes") == [THREE[0], THREE[2]]
    walk.refused(walk.ticking("accounts-swapped"), "done already")


def test_an_answer_may_differ_from_mailbox_to_mailbox(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).begin(3)
    walk.answer("issue", "missing-mail", mailboxes=THREE[:1])
    walk.answer("issue", "sending-receiving")
    assert [walk.case.marks("issue")[box].value for box in THREE] == [
        ("missing-mail",), ("sending-receiving",), ("sending-receiving",),
    ]  # fmt: skip
    assert walk.case.status("screenshots").shown, "one of them misses mail"


def test_skip_and_later(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).plan(1)
    walk.refused(Skip("salesforce-reason", "  "), "needs a reason", error=WrongUse)
    walk.do(Skip("salesforce-reason", "no Salesforce today"))
    assert walk.state("salesforce-reason") is State.SKIPPED
    walk.refused(Skip("billed-now", "x"), "cannot be skipped")
    walk.refused(Skip("tell-team\x00", "x"), "has no item")
    walk.refused(Defer("tell-team", "tomorrow"), "not a date", error=WrongUse)
    walk.refused(Defer("salesforce-reason", "2026-11-24"), "nothing to put off")
    walk.do(Defer("tell-team", "2026-11-24T09:00"))
    assert walk.states("tell-team", "order") == [State.PUT_OFF, State.LOCKED], "it satisfies nothing meanwhile"
    assert walk.case.standing_word() == "in hand"
    walk.refused(Close("complete"), "put off")
    clock.pass_(hours=47)
    assert walk.service.overviews()[0].status == "due"
    assert [status.item.id for status in walk.case.put_off_due()] == ["tell-team"]
    walk.do(BeginCall("client"))
    walk.tick("tell-team")
    assert walk.case.standing_word() == "in hand"


def test_skipped_items_are_counted_at_the_end(home: Path) -> None:
    one = Walk(service_at(home)).plan(1)
    one.tick("tell-team")
    one.do(Skip("salesforce-reason", "Salesforce is down"))
    one.tick("order")
    one.swapped()
    one.tick("next-invoice")
    one.answer("workflows", "none")
    one.answer("essentials-running", "cancelled")
    one.tick("essentials-billing")
    one.answer("csp", "gone")
    assert one.close().log[-1].get("skipped") == ["salesforce-reason"]
    assert one.closed_as("complete")


def test_an_order_of_work_is_kept_and_nothing_rests_on_it(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1)
    walk.refused(walk.ticking("order"), "first: Ask the migration team")
    walk.tick("tell-team")
    walk.tick("order")
    walk.take_back("tell-team")
    assert walk.state("order") is State.DONE


# -- quotes
def quote(now: str, new: str, licences: int = 1, months: int = 2) -> PutQuote:
    plans = shipped().plans
    current, later = plans.get(now), plans.get(new)
    assert current and later
    return PutQuote(work_out(current, later, plans.policy, SUNDAY.date(), months=months, licences=licences))


def discount(walk: Walk) -> str:
    found = walk.case.quote
    assert found
    return str(found.discount)


def test_a_quote_has_to_fit_the_answers(home: Path) -> None:
    walk = Walk(service_at(home)).plan(1, "yearly", "yearly")
    walk.refused(walk.ticking("quote"), "with the calculator")
    walk.refused(quote("m365-essentials-yearly", "m365-deluxe-yearly"), "The answers say m365-business-basic-yearly")
    walk.refused(quote("m365-deluxe-yearly", "m365-business-basic-yearly"), "The answers say m365-essentials-yearly")
    walk.do(quote("m365-essentials-yearly", "m365-business-basic-yearly"))
    assert discount(walk) == "11.80"
    walk.quote(months=3)
    assert discount(walk) == "17.70"
    three = Walk(service_at(home / "three")).begin(3)
    assert walk.case.quote
    three.refused(PutQuote(walk.case.quote), "has no pro-rata")


def test_a_quote_counts_the_licences_of_the_case(home: Path) -> None:
    walk = Walk(service_at(home), mailboxes=THREE).plan(1, "yearly", "yearly")
    good = ("m365-essentials-yearly", "m365-business-basic-yearly")
    walk.refused(quote(*good, licences=1), "3 licences, the quote is for 1")
    walk.do(quote(*good, licences=3))
    walk.do(SetLicences(5))
    assert walk.state("quote") is State.STALE
    walk.refused(quote(*good, licences=3), "5 licences")
    walk.do(quote(*good, licences=5))
    found = walk.case.quote
    assert found and found.licences == 5 and discount(walk) == "11.80"
    walk.refused(SetLicences(0), "a whole number", error=WrongUse)


def test_monthly_billing_has_no_pro_rata_whatever_is_next(home: Path) -> None:
    """N2: nothing is credited and nothing asked of an SME where the current billing is monthly."""
    for new in ("monthly", "yearly"):
        walk = Walk(service_at(home / new)).plan(1, "monthly", new)
        walk.refused(quote("m365-essentials-monthly", f"m365-business-basic-{new}"), "does not apply")
        assert walk.state("quote") is State.NOT_APPLICABLE


def test_no_discount_is_put_in_on_monthly_billing_whoever_says_so(home: Path, tmp_path: Path) -> None:
    """Even where the playbook asks for a quote on monthly billing, a made-up discount is refused."""
    asks = ("        when: billed-now=yearly\n        after: [billed-now, billed-next, licence]\n",
            "        after: [billed-now, billed-next, licence]\n")  # fmt: skip
    walk = Walk(service_at(home, playbook=changed(tmp_path, SCENARIO_1, asks))).plan(1, "monthly", "yearly")
    honest = quote("m365-essentials-monthly", "m365-business-basic-yearly")
    assert honest.quote.discount == Decimal("0.00")
    walk.refused(PutQuote(replace(honest.quote, discount=Decimal("9.99"))), "No discount on monthly billing")
    walk.do(honest)
    assert walk.state("quote") is State.DONE


def test_an_unlisted_licence_still_has_its_term(home: Path) -> None:
    walk = Walk(service_at(home)).plan(2, "yearly", "yearly", "another")
    walk.tick("sme")
    walk.refused(PutQuote(walk.quoted(new="m365-deluxe-monthly")), "The answers say yearly")
    walk.do(PutQuote(walk.quoted(new="m365-deluxe-yearly", amount="10.00")))


def test_a_new_price_makes_the_quote_stale_until_the_order_is_placed(home: Path, tmp_path: Path) -> None:
    dearer = changed(tmp_path, "plans.yaml", ('price: "167.88"', 'price: "179.88"'))
    waiting = Walk(service_at(home)).plan(1, "yearly", "yearly")
    waiting.quote()
    waiting.do(EndCall())
    placed = Walk(waiting.service).ordered(1, "yearly", "yearly")
    later = service_at(home, playbook=dearer)
    assert waiting.other(later).state("quote") is State.STALE
    assert waiting.other(later).case.status("quote").because == "price"
    placed.do(EndCall())
    waiting.other(later).do(BeginCall("client"))
    waiting.other(later).refused(waiting.ticking("order"), "the discount needs checking again")
    assert placed.other(later).states("quote", "order") == [State.DONE, State.DONE]
    assert waiting.state("quote") is State.DONE, "at the old price nothing changed"


# -- the scenario
def test_an_answer_that_ends_an_effect_asks_what_became_of_it(home: Path) -> None:
    three = Walk(service_at(home)).checked("other")
    three.tick("sme-case")
    three.answer("solved", "yes")
    assert three.state("sme-case") is State.OUT_THERE
    three.refused(Close("complete"), "still open")
    three.refused(three.ticking("sme-case"), "other terms")
    three.settle("sme-case", "3")
    assert three.state("sme-case") is State.NOT_APPLICABLE
    three.answer("client-confirms", "yes")
    three.close()
    assert three.closed_as("complete")


def test_what_is_placed_again_is_placed_on_the_new_terms(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    walk.answer("order-completed", "refused")
    walk.answer("licence", "email-deluxe")
    assert walk.states("order", "order-again") == [State.IN_DOUBT, State.TODO], "while it can be, nothing is asked"
    walk.tick("order-again")
    assert walk.states("order", "order-completed") == [State.DONE, State.TODO]
    assert walk.case.marks("order")[""].event == walk.case.log[-1].id, "it stands by having been placed again"


def test_that_it_was_reversed_can_be_said_without_a_conversation_and_nothing_else(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(1)
    walk.answer("licence", "email-deluxe")
    walk.do(EndCall())
    for way in ("1", "2", "4"):
        walk.refused(Settle("order", way, told="it is"), "needs an authenticated client")
    walk.settle("order", "3")
    assert walk.state("order") is State.TODO


def test_a_scenario_left_behind_is_settled_before_closing_as_complete(home: Path) -> None:
    walk = Walk(service_at(home)).ordered(2)
    walk.do(Choose(3))
    assert [item.id for _, item, _ in walk.case.unwinds] == ["sme", "order"]
    assert walk.case.next_text() == walk.case.unwinds[0][1].reverse
    with pytest.raises(Refusal, match="Settle first"):
        walk.close()
    walk.service.settle()
    walk.close("out-of-scope", "a new phone")
    assert walk.closed_as("out-of-scope"), "the other endings say what they leave"


def test_choosing_the_same_again_writes_nothing(home: Path) -> None:
    walk = Walk(service_at(home)).begin(2)
    before = len(walk.case.log)
    walk.do(Choose(2), SetDetails({}), SetMailboxes(), Resume(), SetLicences(None))
    assert len(walk.case.log) == before
    walk.refused(Choose(7), "no scenario 7", error=WrongUse)
    walk.refused(SetDetails({"shoe": "42"}), "A case has no 'shoe'", error=WrongUse)
    walk.refused(SetMailboxes(known={ONE[0]: {"ox-mail": "perhaps"}}), error=WrongUse)
    walk.refused(SetMailboxes(known={ONE[0]: {"mood": "yes"}}), error=WrongUse)


def test_a_wait_on_a_case_that_is_due_is_said_at_home(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(service_at(home, clock=clock)).begin(1)
    walk.do(SetHold("SME", "2026-11-23T09:00", "the amount"))
    assert walk.case.hold and walk.case.standing_word() == "waiting"
    assert not walk.case.conversation.mode, "what waits is not talked about"
    clock.pass_(hours=23)
    assert walk.case.standing_word() == "due"
    assert walk.service.overviews()[0].status == "due"


def test_a_case_whose_steps_come_a_moment_later_is_read_then(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oxtui.cases.overview.AGAIN_SECONDS", 0.0)
    anna, ben = (
        service_at(home, "anna"),
        service_at(home, "ben", playbook=changed(tmp_path, "playbook.yaml", ("2026-11", "2026-12"))),
    )
    case = anna.start("brightside.com.au")
    pin = home / "playbooks" / f"{case.procedure.digest}.json"
    aside = pin.rename(tmp_path / "aside.json")
    assert "cannot be read" in ben.overviews()[0].next
    aside.rename(pin)
    assert ben.overviews()[0].next == "Authenticate the client"
