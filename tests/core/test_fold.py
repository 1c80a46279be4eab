"""From a log to a case, on logs that are written by hand."""

from __future__ import annotations

import copy
import re
import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from oxtui.cases.events import checksum, from_document, is_intact
from oxtui.cases.overview import in_order, overview
from oxtui.cases.replay import fold, read_log
from oxtui.playbook.load import load
from oxtui.playbook.progress import State
from tests.core.fold_log import Log
from tests.drive.case import CONFIG, DOMAIN, SUNDAY, THREE


def authenticated(log: Log) -> str:
    """The id of the call that the client is authenticated by."""
    entry = log.case().auth_event
    assert entry
    return entry.id


def yearly() -> Log:
    """Scenario 1 on yearly terms, the plan answered, up to the quote."""
    log = Log().boxes(*THREE).begin()
    for item in ("billed-now", "billed-next"):
        log.answer(item, "yearly")
    log.answer("licence", "business-basic")
    return log


# -- entries
def test_an_entry_comes_back_as_it_went_and_any_change_shows() -> None:
    log = Log()
    entry = log.add("note", text="Größe ✓ \ud800")
    kept = log.document["log"][-1]
    assert from_document(kept).id == entry and is_intact(log.document["id"], kept)
    for name, value in {"id": "x", "seq": 9, "at": "2026-01-01T00:00:00Z", "agent": "eve", "what": "call",
                        "data": {"text": "other"}, "sum": "0" * 16}.items():  # fmt: skip
        assert not is_intact(log.document["id"], {**kept, name: value})
    assert not is_intact("another-case", kept)
    assert len(checksum("a", kept)) == 16


@pytest.mark.parametrize(
    "change",
    [
        {"at": "yesterday"},
        {"at": "2026-01-01T00:00:00"},
        {"seq": "1"},
        {"data": []},
        {"what": 3},
        {"at": None},
    ],
)
def test_what_has_not_the_form_of_an_entry_is_a_value_error(change: dict[str, Any]) -> None:
    kept = {**Log().document["log"][0], **change}
    with pytest.raises(ValueError, match="not a log entry"):
        from_document(kept)


# -- reading
def test_a_case_is_what_its_log_says() -> None:
    log = Log().boxes(*THREE)
    log.add("details", phone="03 1", jira="HOST-1")
    log.add("details", jira="HOST-2", salesforce="12345")
    log.add("mailboxes", added=[], removed=[THREE[1]], ox={THREE[0]: "yes", "strange@x.au": "no"})
    case = log.case()
    assert (case.domain, case.details.phone, case.details.salesforce) == (DOMAIN, "03 1", "12345")
    assert case.details.jira == ("HOST-1", "HOST-2")
    assert case.addresses == (THREE[0], THREE[2]) and case.mailboxes[0].ox == "yes"
    assert case.altered == () and case.scenario is None and case.next_text() == "Authenticate the client"


def test_entries_of_a_newer_kind_and_of_items_gone_are_passed_over() -> None:
    log = yearly()
    log.add("sang", song="Waltzing Matilda")
    log.add("ticked", scenario=9, item="order")
    log.tick("no-such-item")
    log.add("scenario", scenario=9)
    assert log.case().scenario is None
    log.add("scenario", scenario=1)
    assert log.state("billed-now") is State.DONE


def test_an_answer_that_is_offered_no_more_has_to_be_given_again() -> None:
    log = Log().begin()
    log.answer("licence", "exchange-online")
    assert log.state("licence") is State.STALE and "answers have changed" in log.case().status("licence").why
    log.answer("licence", "business-basic")
    assert log.state("licence") is State.DONE


# -- undo
def test_undo_takes_out_what_it_names_and_redo_puts_it_back() -> None:
    log = yearly()
    told = log.tick("tell-team")
    taken = log.undo(told)
    assert log.state("tell-team") is State.TODO and told in log.case().dropped
    log.undo(taken)
    assert log.state("tell-team") is State.DONE and log.case().dropped == {taken}


def test_undoing_an_answer_does_not_rewrite_what_a_quote_rested_on() -> None:
    log = yearly()
    changed = log.answer("licence", "email-deluxe")
    log.quote(new="m365-deluxe-yearly")
    assert log.state("quote") is State.DONE
    back = log.undo(changed)
    status = log.case().status("quote")
    assert status.state is State.STALE and "the licence changed" in status.why
    log.undo(back)
    assert log.state("quote") is State.DONE


def test_nor_does_the_undo_of_an_undo() -> None:
    log = yearly()
    changed = log.answer("licence", "email-deluxe")
    taken = log.undo(changed)
    log.quote()
    assert log.state("quote") is State.DONE
    log.undo(taken)
    assert log.state("quote") is State.STALE


def test_undo_then_the_same_again_is_done_afresh() -> None:
    log = yearly()
    log.quote()
    log.tick("tell-team")
    first = log.tick("order")
    log.answer("order-completed", "completed")
    log.undo(first)
    assert (log.state("order"), log.state("order-completed")) == (State.TODO, State.STALE)
    log.tick("order")
    assert log.state("order-completed") is State.STALE, "it rests on the tick that was taken back"


def test_the_undo_of_a_mailbox_of_a_details_line_and_of_the_scenario() -> None:
    log = Log().begin(2)
    more = [
        log.add("mailboxes", added=[THREE[0]], removed=[], ox={}),
        log.add("details", phone="1"),
        log.add("line", template="o365-reversal", key="when-did-it-start", value="2026-11-01"),
    ]
    switched = log.add("scenario", scenario=3)
    for entry in (*more, switched):
        log.undo(entry)
    case = log.case()
    assert (case.addresses, case.details.phone, case.lines, case.number) == ((), "", {}, 2)


# -- calls
def test_a_lapsed_call_is_no_call_and_unticks_nothing() -> None:
    log = yearly()
    case = log.case(lapsed=lambda entry: entry.what == "call")
    assert case.call.mode == "client" and not case.call.live and case.authenticated
    assert case.status("licence").state is State.DONE


def test_revoking_makes_stale_what_rested_on_it_and_only_that() -> None:
    log = yearly()
    log.add("call-ended")
    second = log.add("call", mode="client")
    log.tick("tell-team")
    log.add("skipped", scenario=1, item="salesforce-reason", reason="x")
    assert log.state("salesforce-reason") is State.OVERRIDDEN
    log.add("revoked", call=second, reason="")
    case = log.case()
    assert case.status("licence").state is State.DONE and case.status("tell-team").state is State.STALE
    assert case.status("salesforce-reason").state is State.TODO
    assert case.call.mode == "" and case.call.authenticated_before, "the first authentication still stands"
    log.add("revoked", call=authenticated(log), reason="")
    case = log.case()
    assert case.status("licence").state is State.STALE and not case.authenticated
    log.add("call", mode="back-office")
    assert not log.case().call.live


def test_what_is_done_again_after_a_revocation_is_fresh() -> None:
    log = yearly()
    log.add("revoked", call=authenticated(log), reason="")
    log.add("call", mode="client")
    assert log.state("licence") is State.STALE
    log.answer("licence", "business-basic")
    assert log.state("licence") is State.DONE


def test_a_failed_authentication_ends_the_call_and_is_forgotten_at_the_next() -> None:
    log = yearly()
    log.add("auth-failed", reason="wrong PIN")
    case = log.case()
    assert not case.call.mode and case.auth_failed and case.auth_failed.get("reason") == "wrong PIN"
    log.add("call", mode="client")
    assert log.case().auth_failed is None


# -- changed from outside
def tampered(log: Log, kind: str) -> None:
    rows = log.document["log"]
    kept = log.kept("answered" if kind == "answer" else "call")
    if kind == "answer":
        kept["data"]["value"] = ["email-deluxe"]
    elif kind == "call":
        kept["data"]["mode"] = "client "
    elif kind == "gone":
        rows.remove(kept)
    elif kind == "broken":
        kept["at"] = "noon"
    elif kind == "copied":
        rows.append(copy.deepcopy(kept) | {"seq": len(rows) + 1})
    elif kind == "moved":
        kept["seq"] = 99
    elif kind == "foreign":
        rows[1] = Log().begin().document["log"][1]


@pytest.mark.parametrize("kind", ["answer", "call", "gone", "broken", "copied", "moved", "foreign"])
def test_a_log_changed_by_hand_permits_nothing_and_says_where(kind: str) -> None:
    log = yearly()
    assert log.case().call.live
    tampered(log, kind)
    case = log.case()
    assert case.altered and not case.call.live and not case.authenticated
    assert all(case.status(name).state is not State.DONE for name in ("billed-now", "billed-next", "licence"))


def test_only_an_authentication_that_knows_of_the_damage_goes_on_from_it() -> None:
    log = yearly()
    tampered(log, "answer")
    (where,) = log.case().altered
    log.add("call", mode="client")
    assert not log.case().call.live
    log.add("call", mode="back-office", despite=[where])
    assert not log.case().call.live, "somebody has to be authenticated first"
    log.add("call", mode="client", despite=[where])
    case = log.case()
    assert case.call.live and "changed from outside" in case.status("billed-now").why
    log.answer("billed-now", "yearly")
    assert log.state("billed-now") is State.DONE and log.state("billed-next") is State.STALE
    log.kept("mailboxes")["data"]["added"] = ["eve@x.au"]
    case = log.case()
    assert len(case.altered) == 2 and not case.call.live and case.status("billed-now").state is State.STALE


def test_a_note_changed_by_hand_is_still_shown_as_changed() -> None:
    log = Log()
    log.add("note", text="as written")
    log.kept("note")["data"]["text"] = "as forged"
    assert log.case().altered == (2,) and log.case().log[1].get("text") == "as forged"
    entries, altered = read_log(log.document)
    assert len(entries) == 2 and altered == (2,)


def test_an_undo_that_was_forged_takes_nothing_back() -> None:
    log = yearly()
    told = log.tick("tell-team")
    log.undo(told)
    log.kept("undone")["data"]["entry"] = log.document["log"][1]["id"]
    assert log.case().dropped == frozenset()


# -- quotes
def test_a_changed_price_makes_the_quote_stale_until_the_order_is_placed() -> None:
    log = yearly()
    log.quote()
    same = {"m365-essentials-yearly": Decimal("70.79"), "m365-business-basic-yearly": Decimal("167.88")}
    dearer = same | {"m365-business-basic-yearly": Decimal("179.88")}
    assert log.state("quote", price=same.get) is State.DONE
    case = log.case(price=dearer.get)
    assert case.status("quote").state is State.STALE and "price" in case.status("quote").why
    assert log.state("quote", price=lambda plan: None) is State.DONE, "a plan that is gone says nothing"
    log.tick("tell-team")
    log.tick("order")
    assert log.state("quote", price=dearer.get) is State.DONE


def test_a_quote_of_an_item_that_now_has_another_name_is_worked_out_anew(tmp_path: Path) -> None:
    """The case was moved to another playbook, and a price has changed since: it can be read all the same."""
    shutil.copytree(CONFIG, tmp_path / "config")
    for path in (tmp_path / "config").rglob("*.yaml"):
        path.write_text(re.sub(r"(?<=[ \[])quote(?=[],\n])", "discount", path.read_text("utf-8")), "utf-8")
    newer = load(tmp_path / "config").playbook.procedure
    log = yearly()
    log.quote()
    case = fold(log.document, newer, SUNDAY, price=lambda plan: Decimal("99.99"))
    assert case.status("discount").state is State.TODO and "quote" not in case.statuses
    assert case.quote and case.quote.new_price == Decimal("167.88"), "what was told to the client is still known"


def test_each_scenario_keeps_its_own_quote() -> None:
    log = yearly()
    log.quote()
    log.scenario = 2
    log.add("scenario", scenario=2)
    assert log.case().quote is None
    log.quote("ox-deluxe-monthly", "m365-business-basic-monthly")
    quote = log.case().quote
    assert quote and quote.current == "ox-deluxe-monthly"
    log.add("scenario", scenario=1)
    quote = log.case().quote
    assert quote and quote.current == "m365-essentials-yearly"
    dearer = {"m365-essentials-yearly": Decimal("99.99"), "m365-business-basic-yearly": Decimal("167.88")}
    assert log.state("quote", price=dearer.get) is State.STALE


# -- effects outside
def test_what_was_done_in_a_scenario_left_behind_is_to_be_taken_back() -> None:
    log = yearly()
    log.tick("tell-team")
    log.add("scenario", scenario=3)
    case = log.case()
    assert [(number, item.id) for number, item in case.unwinds] == [(1, "tell-team")]
    assert case.next_text() == "Tell the migration team that the domain may go back on the list"
    log.add("unwound", scenario=1, item="tell-team")
    assert log.case().unwinds == () and not log.case().acted()
    log.add("scenario", scenario=1)
    assert log.state("tell-team") is State.TODO


def test_an_order_that_was_skipped_later_is_still_to_be_taken_back() -> None:
    log = yearly()
    log.quote()
    log.tick("tell-team")
    log.tick("order")
    log.answer("licence", "email-deluxe")
    log.add("skipped", scenario=1, item="order", reason="a colleague sees to it")
    assert log.state("order") is State.OVERRIDDEN
    log.add("scenario", scenario=2)
    assert {item.id for _, item in log.case().unwinds} == {"tell-team", "order"}
    log.add("unwound", scenario=1, item="order")
    log.add("scenario", scenario=1)
    assert not log.case().record("order").touched(), "it was reversed: it is to be done anew, not skipped"


def test_within_a_scenario_the_next_thing_is_to_take_it_back() -> None:
    log = Log().boxes(THREE[0]).begin(3)
    log.answer("solved", "no")
    log.tick("sme-case")
    for item, value in {"issue": "other", "dns-ox": "yes", "webmail": "works", "settings": "right",
                        "spamexperts": "yes", "solved": "yes"}.items():  # fmt: skip
        log.answer(item, value)
    assert log.state("sme-case") is State.UNWIND
    assert log.case().next_text() == "Tell the Tech-SMEs that the case is withdrawn"


# -- the line on Home
def test_where_a_case_stands_on_home() -> None:
    log = Log()
    assert log.case().standing() == "in hand"
    log.add("hold", **{"for": "SME", "until": "2026-11-23"})
    assert log.case().standing() == "waiting"
    log.add("hold", **{"for": "SME", "until": "2026-11-22T10:46"})
    assert log.case().standing() == "due"
    log.add("resumed")
    log.scenario = 1
    log.add("call", mode="client")
    log.add("scenario", scenario=1)
    deferred = log.add("deferred", scenario=1, item="salesforce-reason", until="2026-11-22")
    assert log.case().standing() == "due" and len(log.case().deferred_due()) == 1
    log.undo(deferred)
    assert log.case().standing() == "in hand"
    log.add("closed", ending="unreachable", told="")
    assert log.case().standing() == "closed" and log.case().next_text() == ""


def test_due_comes_first_then_in_hand_the_last_touched_first_then_waiting_the_soonest_first() -> None:
    rows = []
    holds = {
        "w2": "2026-12-02",
        "h1": "",
        "d2": "2026-11-21",
        "w1": "2026-12-01",
        "h2": "",
        "d1": "2026-11-20",
    }
    for at, (name, until) in enumerate(holds.items()):
        log = Log()
        log.add("details", phone=name)
        if until:
            log.add("hold", **{"for": "x", "until": until})
        case = log.case()
        row = overview(case)
        moment = datetime.fromisoformat("2026-11-22T00:00:00+00:00") + timedelta(minutes=at)
        rows.append((row, name, moment))
    order = in_order([replace(row, id=name, touched_at=moment) for row, name, moment in rows])
    assert [row.id for row in order] == ["d1", "d2", "h2", "h1", "w1", "w2"]
    assert order[0].matches("D1 bright") and not order[0].matches("d1 sour")
    assert order[0].as_json()["hold"] == {"for": "x", "until": "2026-11-20"}
    assert order[2].as_json()["next"] == "Authenticate the client" and order[2].as_json()["scenario"] is None
