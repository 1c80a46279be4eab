"""The desk: starting, finding, taking back, waiting, closing, dropping, reopening; and time and playbooks that pass."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.desk.walks import CONFIG, DOMAIN, ONE, SUNDAY, THREE, FakeClock, Walk, desk_at, shipped

from oxtui.casework.changes import AnswerIt, Defer, PutQuote, Skip, Tick, Undo, Unwind
from oxtui.casework.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    FailAuthentication,
    MovePlaybook,
    Note,
    RecordCopy,
    Resume,
    Revoke,
    SetDetails,
    SetHold,
    SetLine,
    SetMailboxes,
)
from oxtui.casework.money import given_by_sme, work_out
from oxtui.errors import Negative, Refusal, WrongUse
from oxtui.playbook.load import Playbook, load
from oxtui.playbook.progress import State


def changed(tmp_path: Path, name: str, *changes: tuple[str, str]) -> Playbook:
    """The shipped playbook with texts of one file replaced."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    text = (folder / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    return load(folder).playbook


# -- starting and finding
def test_a_case_begins_from_a_domain_an_address_or_a_url(home: Path) -> None:
    desk = desk_at(home)
    assert desk.start("https://www.Brightside.com.au/about").domain.endswith("brightside.com.au")
    case = desk.start("Anna@Brightside.com.au", {"phone": "03 9000 0000", "salesforce": "00123456"})
    assert (case.domain, [box.lower() for box in case.addresses]) == (DOMAIN, list(ONE))
    assert case.details.phone == "03 9000 0000" and case.log[0].what == "opened"
    assert desk_at(home).case(case.id).log == case.log
    with pytest.raises(WrongUse):
        desk.start("not a domain")
    with pytest.raises(WrongUse):
        desk.start(DOMAIN, {"salesforce": "x"})
    assert len(desk.overviews()) == 2


def test_a_case_is_found_by_id_and_by_the_only_case_of_its_domain(home: Path) -> None:
    desk = desk_at(home)
    first = desk.start(DOMAIN)
    assert desk.find(first.id).id == desk.find(DOMAIN).id == first.id
    second = desk.start(DOMAIN)
    with pytest.raises(Negative, match="2 open cases") as caught:
        desk.find(DOMAIN)
    assert first.id in caught.value.hint and second.id in caught.value.hint
    Walk(desk, first.id).close("unreachable")
    assert desk.find(DOMAIN).id == second.id and desk.find(first.id).closed
    Walk(desk, second.id).close("unreachable")
    with pytest.raises(Negative, match="2 closed cases"):
        desk.find(DOMAIN)
    with pytest.raises(Negative, match="no case for other.com"):
        desk.find("other.com")
    with pytest.raises(Negative, match="no open case"):
        desk.case(first.id)


def test_the_last_touched_case_of_a_domain_is_offered_first(home: Path) -> None:
    clock = FakeClock()
    desk = desk_at(home, clock=clock)
    first, second = desk.start(DOMAIN), desk.start(DOMAIN)
    desk.start("other.com")
    clock.pass_(minutes=1)
    desk.change(first.id, Note("called again"))
    assert [row.id for row in desk.open_for(DOMAIN)] == [first.id, second.id]


def test_peek_is_what_was_seen_last(home: Path) -> None:
    walk = Walk(desk_at(home))
    assert walk.desk.peek("nobody") is None
    before = walk.case
    walk.other(desk_at(home)).do(Note("from the other pane"))
    assert walk.desk.peek(walk.id) is before
    assert len(walk.case.log) == len(before.log) + 1 and walk.desk.peek(walk.id) is walk.case


# -- ticking and answering
def test_by_whom_through_what_and_with_which_values(home: Path) -> None:
    walk = Walk(desk_at(home)).plan(1)
    walk.refused(walk.ticking("tell-team", through=""), "say through what", "chat or Salesforce", error=WrongUse)
    walk.refused(walk.ticking("tell-team", by="nobody"), "nobody it can be done by", error=WrongUse)
    walk.refused(walk.ticking("salesforce-reason", values={"salesforce": "12"}), "does not look like", error=WrongUse)
    for by in ("me", "client", "colleague", "sme"):
        case = walk.tick("tell-team", through="Salesforce", by=by)
        assert (case.log[-1].get("by"), case.log[-1].get("through")) == (by, "Salesforce")
        walk.desk.undo(walk.id)
    walk.tick("salesforce-reason", values={})
    assert walk.case.details.salesforce == ""
    two = Walk(desk_at(home)).ordered(2).sent()
    assert two.case.details.jira == ("HOST-4412",)
    two.desk.undo(two.id)
    assert two.case.details.jira == ()
    two.refused(two.ticking("jira", values={}), "JIRA number is missing", error=WrongUse)


def test_wrong_kinds_of_answers(home: Path) -> None:
    walk = Walk(desk_at(home), mailboxes=THREE).begin(2)
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
    walk = Walk(desk_at(home), mailboxes=THREE).ordered(1)
    walk.answer("order-completed", "completed")
    walk.refused(walk.ticking("accounts-swapped", "eve@elsewhere.com"), "no mailbox of this case", error=WrongUse)
    walk.tick("accounts-swapped", THREE[1])
    walk.refused(walk.ticking("accounts-swapped", THREE[1]), "done already")
    case = walk.tick("accounts-swapped")
    assert case.log[-1].get("mailboxes") == [THREE[0], THREE[2]]
    walk.refused(walk.ticking("accounts-swapped"), "done already")


def test_skip_and_later(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(desk_at(home, clock=clock)).plan(1)
    walk.refused(Skip("salesforce-reason", "  "), "needs a reason", error=WrongUse)
    walk.do(Skip("salesforce-reason", "no Salesforce today"))
    assert walk.state("salesforce-reason") is State.OVERRIDDEN
    walk.refused(Skip("billed-now", "x"), "its answer decides")
    walk.refused(Skip("tell-team\x00", "x"), "has no item")
    walk.refused(Defer("tell-team", "tomorrow"), "not a date", error=WrongUse)
    walk.do(Defer("tell-team", "2026-11-24"), Defer("salesforce-reason", "2026-11-24T09:00"))
    assert walk.states("tell-team", "salesforce-reason", "order") == [State.DEFERRED, State.DEFERRED, State.LOCKED]
    assert walk.case.standing() == "in hand"
    walk.refused(Close("complete"), "deferred")
    clock.pass_(hours=47)
    assert walk.desk.overviews()[0].status == "due" and len(walk.case.deferred_due()) == 2
    walk.do(BeginCall("client"))
    walk.tick("tell-team")
    walk.tick("salesforce-reason")
    assert walk.case.standing() == "in hand"


def test_skipped_items_are_counted_at_the_end(home: Path) -> None:
    one = Walk(desk_at(home)).plan(1)
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
    walk = Walk(desk_at(home)).plan(1, "yearly", "yearly")
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
    three = Walk(desk_at(home)).begin(3)
    three.refused(PutQuote(walk.case.quote), "has no pro-rata")  # type: ignore[arg-type]


def test_no_discount_is_put_in_on_monthly_billing_whoever_says_so(home: Path) -> None:
    walk = Walk(desk_at(home)).plan(1, "monthly", "yearly")
    plans = shipped().plans
    now, new = plans.get("m365-essentials-monthly"), plans.get("m365-business-basic-yearly")
    assert now and new
    none = given_by_sme(now, new, plans.policy, SUNDAY.date(), Decimal("0.00"), "Sam", "chat")
    forged = replace(none, discount=none.new_price, first_invoice=none.discount)
    walk.refused(PutQuote(forged), "No discount on monthly billing")
    walk.do(PutQuote(none))
    assert walk.state("quote") is State.DONE


def test_an_unlisted_licence_still_has_its_term(home: Path) -> None:
    walk = Walk(desk_at(home)).plan(2, "yearly", "yearly", "another")
    walk.tick("sme")
    walk.refused(PutQuote(walk.quoted(new="m365-deluxe-monthly")), "The answers say yearly")
    walk.do(PutQuote(walk.quoted(new="m365-deluxe-yearly", amount="10.00")))


def test_a_new_price_makes_the_quote_stale_unless_the_order_is_placed(home: Path, tmp_path: Path) -> None:
    dearer = changed(tmp_path, "plans.yaml", ('price: "167.88"', 'price: "179.88"'))
    waiting = Walk(desk_at(home)).plan(1, "yearly", "yearly")
    waiting.quote()
    placed = Walk(desk_at(home)).ordered(1, "yearly", "yearly")
    later = desk_at(home, playbook=dearer)
    assert waiting.other(later).state("quote") is State.STALE
    assert placed.other(later).states("quote", "order") == [State.DONE, State.DONE]


# -- undo
def test_undo_of_every_kind_goes_back_step_by_step(home: Path) -> None:
    walk = Walk(desk_at(home), mailboxes=THREE).plan(1, "yearly", "yearly")
    walk.do(SetDetails({"phone": "03 1"}), Note("a note"), SetMailboxes(f"new@{DOMAIN}"))
    walk.quote()
    walk.tick("tell-team")
    walk.do(Skip("salesforce-reason", "x"), Defer("salesforce-reason", "2026-11-30"), SetLine("ox-mail-issues", "to", "x"))
    walk.tick("order")
    walk.do(Choose(3, {"moved": "done"}), Unwind(1, "order"), SetHold("SME", "2026-11-30"))
    done = [entry for entry in walk.case.log if entry.what in
            {"ticked", "answered", "quote", "skipped", "deferred", "line", "scenario", "flow", "hold", "unwound",
             "mailboxes", "details", "note"}]  # fmt: skip
    assert {entry.what for entry in done} >= {"flow", "unwound", "hold", "line", "deferred", "skipped", "quote"}
    for entry in reversed(done):
        assert walk.desk.undo(walk.id).log[-1].get("entry") == entry.id
    case = walk.case
    assert (case.number, case.addresses, case.details.phone, case.hold, case.quote, case.flow) == (
        None, (), "", None, None, {})  # fmt: skip
    assert case.unwinds == () and not case.acted()
    with pytest.raises(Refusal, match="nothing to take back"):
        walk.desk.undo(walk.id)
    assert desk_at(home).case(walk.id).log == case.log


def test_really_reversed_is_written_down_as_such(home: Path) -> None:
    walk = Walk(desk_at(home)).ordered(1)
    walk.desk.undo(walk.id, reversed_=True)
    assert walk.case.log[-1].get("reversed") is True and walk.state("order") is State.TODO
    taken = walk.case.log[-1].id
    walk.desk.undo(walk.id, entry=taken)
    assert walk.state("order") is State.DONE
    walk.refused(Undo(taken, "anna"), "nothing to take back")
    walk.refused(Undo(walk.case.log[0].id, "anna"), "nothing to take back")


def test_an_older_answer_taken_back_leaves_a_later_quote_stale(home: Path) -> None:
    walk = Walk(desk_at(home, "ben")).plan(1, "yearly", "yearly")
    anna = walk.other(desk_at(home, "anna"))
    anna.answer("licence", "email-deluxe")
    walk.quote()
    anna.desk.undo(anna.id)
    assert walk.state("quote") is State.STALE, "it was worked out for the other licence"


# -- scenario and unwinding
def test_an_answer_that_ends_an_effect_asks_for_it_to_be_taken_back(home: Path) -> None:
    three = Walk(desk_at(home)).checked("other")
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
    walk = Walk(desk_at(home)).ordered(2)
    walk.do(Choose(3), EndCall())
    walk.refused(Unwind(2, "order"), "authenticated client")
    walk.do(BeginCall("back-office"), Unwind(2, "order"))
    walk.refused(Close("out-of-scope", "x"), "no longer goes back")
    walk.do(Unwind(2, "sme"))
    walk.do(Close("out-of-scope", "a new phone"))
    assert walk.closed_as("out-of-scope")


def test_choosing_the_same_again_writes_nothing(home: Path) -> None:
    walk = Walk(desk_at(home)).begin(2)
    before = len(walk.case.log)
    walk.do(Choose(2), SetDetails({}), SetMailboxes(), Resume(), SetDetails({"domain": DOMAIN}))
    assert len(walk.case.log) == before
    walk.refused(Choose(7), "no scenario 7", error=WrongUse)
    walk.refused(SetDetails({"shoe": "42"}), "A case has no 'shoe'", error=WrongUse)
    walk.refused(SetMailboxes(ox={ONE[0]: "perhaps"}), error=WrongUse)


# -- calls and time
def test_a_call_lapses_by_the_monotonic_clock_even_where_the_wall_clock_stands_still(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(desk_at(home, clock=clock)).begin(1)
    clock.pass_(minutes=59, wall=False)
    walk.answer("billed-now", "monthly")
    clock.pass_(minutes=1, wall=False)
    assert walk.case.call.lapsed and walk.state("billed-now") is State.DONE
    walk.refused(walk.answering("licence", "business-basic"), "lapsed", "authenticate again")
    walk.do(BeginCall("client"))
    walk.answer("licence", "business-basic")


def test_a_call_lapses_where_the_machine_slept(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(desk_at(home, clock=clock)).begin(1)
    assert walk.case.call.live
    clock.pass_(minutes=61, monotonic=False)
    assert not walk.case.call.live


def test_a_clock_put_back_does_not_lengthen_a_call(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(desk_at(home, clock=clock)).begin(1)
    clock.pass_(minutes=-300, monotonic=False)
    assert walk.case.call.live
    clock.pass_(minutes=61, wall=False)
    assert not walk.case.call.live


def test_a_call_lapses_across_a_restart(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(desk_at(home, clock=clock)).begin(1)
    clock.pass_(minutes=40)
    again = FakeClock(clock.local())
    walk = walk.other(desk_at(home, clock=again))
    walk.answer("billed-now", "monthly")
    again.pass_(minutes=21)
    assert walk.case.call.lapsed
    walk.refused(BeginCall("phone"), "no kind of call", error=WrongUse)


def test_back_office_lapses_too(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(desk_at(home, clock=clock)).begin(1)
    walk.do(EndCall(), BeginCall("back-office"))
    walk.answer("billed-now", "monthly")
    clock.pass_(minutes=60)
    walk.refused(walk.answering("licence", "business-basic"), "lapsed")


def test_what_never_needs_a_call(home: Path) -> None:
    walk = Walk(desk_at(home))
    walk.do(FailAuthentication("wrong PIN"), Note("will call back"), SetHold("the client", "2026-11-24"),
            SetDetails({"phone": "1"}), SetMailboxes(THREE[1]), Resume())  # fmt: skip
    assert walk.case.auth_failed
    walk.refused(SetHold("x", "soon"), "not a date", error=WrongUse)
    walk.refused(Note("  "), "empty", error=WrongUse)
    walk.close("not-authenticated")
    assert walk.closed_as("not-authenticated")


def test_a_hold_ends_the_call_and_falls_due(home: Path) -> None:
    clock = FakeClock()
    walk = Walk(desk_at(home, clock=clock)).begin(1)
    case = walk.do(SetHold("SME", "2026-11-23T09:00", "the amount"))
    assert case.hold and not case.call.mode and case.standing() == "waiting"
    clock.pass_(hours=23)
    assert walk.case.standing() == "due"


def test_revoking_makes_stale_and_doing_it_again_fresh(home: Path) -> None:
    walk = Walk(desk_at(home)).ordered(1)
    walk.do(Revoke("another person called"))
    assert walk.states("licence", "tell-team", "order") == [State.STALE] * 3
    walk.refused(Revoke(), "no authentication")
    walk.do(BeginCall("client"))
    for name, value in {"billed-now": "monthly", "licence": "business-basic", "billed-next": "monthly"}.items():
        walk.answer(name, value)
    walk.tick("tell-team")
    walk.tick("salesforce-reason")
    walk.tick("order")
    assert walk.states("licence", "tell-team", "order") == [State.DONE] * 3


# -- closing
def test_every_ending_and_what_it_asks(home: Path) -> None:
    def fresh() -> Walk:
        return Walk(desk_at(home))

    for ending in ("handed-over", "out-of-scope"):
        walk = fresh()
        walk.refused(Close(ending, " "), "?", error=WrongUse)
        walk.close(ending, "Ben")
        assert walk.closed_as(ending)
    for ending in ("not-authenticated", "unreachable", "nothing-to-do", "mistake"):
        walk = fresh()
        walk.close(ending)
        assert walk.closed_as(ending)
    walk = fresh().ordered(1)
    walk.refused(Close("not-authenticated"), "was authenticated")
    walk.refused(Close("nothing-to-do"), "A scenario was chosen")
    walk.refused(Close("mistake"), "Something was done")
    walk.refused(Close("complete"), "still open", "more")
    walk.refused(Close("perfect"), "no ending", error=WrongUse)
    copied = fresh().begin(1)
    copied.do(RecordCopy("i-dont-want-ox-mail"))
    copied.refused(Close("mistake"), "Something was done")


def test_a_case_that_is_closed_takes_nothing_and_reopens_with_nobody_on_the_line(home: Path) -> None:
    walk = Walk(desk_at(home)).ordered(1)
    before = walk.case
    closed = walk.close("handed-over", "Ben")
    assert closed.log[-1].get("left") == ["Microsoft 365 - Email Essentials is still running and billed"]
    with pytest.raises(Negative, match="no longer open"):
        walk.desk.change(walk.id, Note("too late"))
    with pytest.raises(Refusal, match="closed"):
        walk.desk.may(closed, BeginCall("client"))
    assert [row["id"] for row in walk.desk.history.by_domain(DOMAIN)] == [walk.id]
    case = walk.desk.reopen(walk.id)
    assert not case.closed and not case.call.live and case.call.authenticated_before
    assert case.log[: len(before.log)] == before.log and [e.what for e in case.log[-2:]] == ["closed", "reopened"]
    assert walk.desk.history.get(walk.id) is None and walk.desk.settle() == []
    with pytest.raises(Negative, match="not in the history"):
        walk.desk.reopen(walk.id)
    walk.do(BeginCall("client"))
    walk.answer("order-completed", "completed")


def test_a_case_in_which_nothing_was_done_is_dropped_and_no_other(home: Path) -> None:
    walk = Walk(desk_at(home))
    walk.do(SetDetails({"phone": "1"}))
    walk.desk.drop(walk.id)
    walk.desk.drop(walk.id)
    assert walk.desk.overviews() == []
    other = Walk(desk_at(home))
    other.do(Note("something"))
    with pytest.raises(Refusal, match="Something was done"):
        other.desk.drop(other.id)


# -- changed by hand
def by_hand(home: Path, change: object) -> None:
    path = home / "cases.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    (document,) = data["cases"].values()
    change(document["log"])  # type: ignore[operator]
    path.write_text(json.dumps(data), encoding="utf-8")


FORGERIES = {
    "a tick is moved to the cancellation": lambda log: last(log, "ticked")["data"].update(item="cancel-ox-mail"),
    "an answer is turned round": lambda log: last(log, "answered")["data"].update(value=["completed"]),
    "a call is made one with the client": lambda log: last(log, "call")["data"].update(mode="client"),
    "an entry in the middle is gone": lambda log: log.pop(6),
    "an entry is written in": lambda log: log.append({**last(log, "call"), "seq": len(log) + 1, "id": "zzzzzzzzzzzz"}),
}


def last(log: list[dict[str, object]], what: str) -> dict[str, dict[str, object]]:
    return next(kept for kept in reversed(log) if kept["what"] == what)  # type: ignore[return-value]


@pytest.mark.parametrize("name", list(FORGERIES))
def test_a_file_changed_by_hand_opens_no_gate(home: Path, name: str) -> None:
    walk = Walk(desk_at(home), mailboxes=THREE).ordered(2).sent()
    walk.answer("jira-result", "returned")
    walk.do(EndCall(), BeginCall("back-office"))
    assert walk.case.call.live
    for path in (home / "backups").rglob("*"):
        path.unlink() if path.is_file() else None
    by_hand(home, FORGERIES[name])
    for pane in (walk, walk.other(desk_at(home))):
        case = pane.case
        if case.altered:
            assert not case.call.live and not case.authenticated
            pane.refused(pane.ticking("client-confirms"))
            pane.refused(RecordCopy("o365-reversal"), "authenticated client")
            pane.refused(BeginCall("back-office"), "never authenticated")
        else:  # the pane that had read it put the entry back
            assert case.status("cancel-ox-mail").state is State.LOCKED
        assert case.status("cancel-ox-mail").state is not State.DONE
    walk.do(BeginCall("client"))
    walk.refused(walk.ticking("cancel-ox-mail"))
    assert walk.case.call.live, "a new authentication goes on from there"


# -- playbooks
def test_a_case_keeps_the_steps_it_was_opened_with_until_it_is_moved(home: Path, tmp_path: Path) -> None:
    walk = Walk(desk_at(home)).plan(1)

    newer = changed(
        tmp_path,
        "scenarios/1-does-not-want-ox-mail.yaml",
        ("      - id: salesforce-reason\n", "      - {id: say-thanks, do: Thank the client, done: the thanks}\n      - id: say-more\n"),
    )
    digest = newer.procedure.digest
    assert digest != shipped().procedure.digest
    later = walk.other(desk_at(home, playbook=newer))
    assert later.state("salesforce-reason") is State.TODO and "say-thanks" not in later.case.statuses
    assert later.desk.start("other.com").procedure.digest == digest
    walk.refused(MovePlaybook(digest), "today's playbook only")
    (home / "playbooks" / f"{digest}.json").unlink()
    later.do(MovePlaybook(digest))
    assert later.state("say-thanks") is State.TODO and "salesforce-reason" not in later.case.statuses
    assert later.state("licence") is State.DONE
    assert (home / "playbooks" / f"{digest}.json").exists(), "what it was moved to is kept"
    assert walk.other(desk_at(home)).case.procedure.digest == digest
    before = len(later.case.log)
    later.do(MovePlaybook(digest))
    assert len(later.case.log) == before


# -- the summary of what it costs
def test_two_desks_see_each_other_at_once(home: Path) -> None:
    walk = Walk(desk_at(home)).plan(1)
    other = walk.other(desk_at(home, "ben"))
    stamp = other.desk.stamp()
    walk.tick("tell-team")
    assert other.desk.stamp() != stamp and other.state("tell-team") is State.DONE
    other.do(BeginCall("client"))
    other.tick("order")
    assert walk.case.log[-1].agent == "ben" and [e.seq for e in walk.case.log] == list(range(1, len(walk.case.log) + 1))
