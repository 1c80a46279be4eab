"""From a log to a case, on logs that are written by hand."""

from __future__ import annotations

import copy
import re
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.events import checksum, from_document, is_intact
from oxtui.cases.log.replay import read_log, replay
from oxtui.cases.reasons import why
from oxtui.cases.status import State
from oxtui.cases.transfer import decoded
from oxtui.playbook.load import load
from tests.core.format_1 import LINE
from tests.core.replay_log import Log
from tests.drive.case import CONFIG, DOMAIN, SUNDAY, THREE, shipped


def yearly(format_: int = 2) -> Log:
    """Scenario 1 on yearly terms, the plan answered, up to the quote."""
    log = Log(format_).boxes(*THREE).begin()
    for item in ("billed-now", "billed-next"):
        log.answer(item, "yearly")
    log.answer("licence", "business-basic")
    return log


# -- events
def test_an_event_comes_back_as_it_went_and_any_change_shows() -> None:
    log = Log()
    event = log.add("note", text="Größe ✓ \ud800")
    kept = log.document["log"][-1]
    assert from_document(kept).id == event and is_intact(log.document["id"], kept)
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
def test_what_has_not_the_form_of_an_event_is_a_value_error(change: dict[str, Any]) -> None:
    kept = {**Log().document["log"][0], **change}
    with pytest.raises(ValueError, match="not a log event"):
        from_document(kept)


# -- reading
def test_a_case_is_what_its_log_says() -> None:
    log = Log().boxes(*THREE)
    log.add("details", phone="03 1", jira="HOST-1")
    log.add("details", jira="HOST-2", salesforce="12345")
    log.add(
        "mailboxes", added=[], removed=[THREE[1]], known={THREE[0]: {"ox-mail": "yes"}, "strange@x.au": {"x": "no"}}
    )
    case = log.case()
    assert (case.domain, case.details.of("phone"), case.details.of("salesforce")) == (DOMAIN, "03 1", "12345")
    assert case.details.all_of("jira") == ("HOST-1", "HOST-2")
    assert case.addresses == (THREE[0], THREE[2]) and case.mailboxes[0].of("ox-mail") == "yes"
    assert case.altered == () and case.scenario is None and case.next_text() == "Authenticate the client"


def test_events_of_a_newer_kind_and_of_items_gone_are_passed_over() -> None:
    log = yearly()
    log.add("sang", song="Waltzing Matilda")
    log.add("ticked", scenario=9, item="order")
    log.tick("no-such-item")
    for what in ("settled", "corrected", "taken-back", "deferred", "cleared", "not-yet", "unwound", "skipped"):
        log.add(what, scenario=1, item="no-such-item", way="2", until="2026-12-01")
        log.add(what, scenario=9, item="order", way="2", until="2026-12-01")
    log.add("scenario", scenario=9)
    assert log.case().scenario is None
    log.add("scenario", scenario=1)
    assert log.state("billed-now") is State.DONE and log.case().altered == ()


def test_events_name_what_they_change_and_replay_asks_no_playbook() -> None:
    log = yearly()
    log.answer("licence", "email-deluxe")
    log.answer("licence", "business-basic")
    log.quote()
    log.answer("licence", "email-deluxe")
    assert log.state("quote") is State.DONE, "the event does not say that it made the quote stale"
    log.answer("licence", "business-basic", effects={"stale": [["quote", "", "licence"]]})
    status = log.case().status("quote")
    assert status.state is State.STALE and status.because == "licence"
    assert why(log.case(), status).startswith("the new licence changed, 10:46")


def test_what_an_event_ends_renews_and_asks_about() -> None:
    log = yearly()
    log.quote()
    log.tick("tell-team")
    order = log.tick("order", values={"order": "SO-1"})
    log.answer("order-completed", "refused", effects={"asked": [["order", "", "1234", "order-completed"]]})
    mark = log.case().marks("order")[""]
    assert (mark.event, mark.asked, mark.because) == (order, "1234", "order-completed")
    assert log.state("order") is State.IN_DOUBT, "it is to be placed anew: nothing is asked about it"
    again = log.tick("order-again", effects={"ended": [["order-completed", ""]], "renewed": [["order", ""]]})
    case = log.case()
    assert not case.marks("order-completed")
    mark = case.marks("order")[""]
    assert (mark.event, mark.first, mark.asked, mark.stale) == (again, order, "", "")
    typed = case.typed_with(mark)
    assert typed and typed.get("values") == {"order": "SO-1"}


# -- undo
def test_undo_puts_back_exactly_what_an_event_changed() -> None:
    log = yearly()
    log.quote()
    told = log.tick("tell-team")
    changed = log.answer("licence", "email-deluxe", effects={"stale": [["quote", "", "licence"]]})
    assert log.state("quote") is State.STALE
    log.undo(changed)
    case = log.case()
    assert case.status("quote").state is State.DONE and case.marks("licence")[""].value == ("business-basic",)
    assert case.dropped == {changed} and case.status("tell-team").state is State.DONE
    log.undo(told)
    assert log.state("tell-team") is State.TODO and log.case().dropped == {changed, told}


def test_the_undo_of_a_mailbox_of_a_details_line_and_of_the_scenario() -> None:
    log = Log().begin(2)
    more = [
        log.add("mailboxes", added=[THREE[0]], removed=[]),
        log.add("details", phone="1"),
        log.add("line", template="o365-reversal", key="when-did-it-start", value="2026-11-01"),
    ]
    switched = log.add("scenario", scenario=3)
    for event in (switched, *reversed(more)):
        log.undo(event)
    case = log.case()
    assert (case.addresses, case.details.of("phone"), case.lines, case.number) == ((), "", {}, 2)


def test_what_is_undone_twice_or_never_was_changes_nothing() -> None:
    log = yearly()
    told = log.tick("tell-team")
    for event in (told, told, "nothing", log.document["log"][0]["id"]):
        log.undo(event)
    assert log.state("tell-team") is State.TODO and log.case().dropped == {told}


# -- conversations
def test_a_lapsed_conversation_is_none_and_unticks_nothing() -> None:
    log = yearly()
    case = log.case(lapsed=lambda talk: True)
    assert case.conversation.mode == "client" and not case.conversation.live and case.authenticated
    assert case.status("licence").state is State.DONE


def test_one_that_begins_after_now_is_no_conversation() -> None:
    log = yearly()
    case = replay(log.document, shipped().procedure, SUNDAY - timedelta(hours=1), agent="anna")
    assert case.conversation.lapsed and not case.conversation.live


def test_each_agent_has_a_conversation_of_their_own() -> None:
    log = yearly()
    assert log.case().conversation.live
    other = replay(log.document, shipped().procedure, SUNDAY, agent="ben")
    assert other.conversation.mode == "" and other.conversation.authenticated_before and not other.conversation.live
    assert list(other.talks) == ["anna"]


def test_a_failed_authentication_ends_the_call_and_is_forgotten_at_the_next() -> None:
    log = yearly()
    log.add("auth-failed", reason="wrong PIN")
    case = log.case()
    assert not case.conversation.mode and case.auth_failed and case.auth_failed.get("reason") == "wrong PIN"
    log.add("call", mode="client")
    assert log.case().auth_failed is None


def test_back_office_needs_that_somebody_was_authenticated_before() -> None:
    log = Log()
    log.add("call", mode="back-office")
    assert log.case().conversation.mode == ""


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
    assert log.case().conversation.live
    tampered(log, kind)
    case = log.case()
    assert case.altered and not case.conversation.live and not case.authenticated
    assert all(case.status(name).state is not State.DONE for name in ("billed-now", "billed-next", "licence"))


def test_only_an_authentication_that_knows_of_the_damage_goes_on_from_it() -> None:
    log = yearly()
    tampered(log, "answer")
    (where,) = log.case().altered
    log.add("call", mode="client")
    assert not log.case().conversation.live
    log.add("call", mode="back-office", despite=[where])
    assert not log.case().conversation.live, "somebody has to be authenticated first"
    log.add("call", mode="client", despite=[where])
    case = log.case()
    assert case.conversation.live and "changed from outside" in why(case, case.status("billed-now"))
    log.answer("billed-now", "yearly")
    assert log.state("billed-now") is State.DONE and log.state("billed-next") is State.STALE
    log.kept("mailboxes")["data"]["added"] = ["eve@x.au"]
    case = log.case()
    assert len(case.altered) == 2 and not case.conversation.live and case.status("billed-now").state is State.STALE


def test_a_note_changed_by_hand_is_still_shown_as_changed() -> None:
    log = Log()
    log.add("note", text="as written")
    log.kept("note")["data"]["text"] = "as forged"
    assert log.case().altered == (2,) and log.case().log[1].get("text") == "as forged"
    events, altered = read_log(log.document)
    assert len(events) == 2 and altered == (2,)


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
    assert case.status("quote").state is State.STALE and "price" in why(case, case.status("quote"))
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
    case = replay(log.document, newer, SUNDAY, agent="anna", price=lambda plan: Decimal("99.99"))
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


# -- a log of the first format
def test_what_the_events_of_the_first_format_did_is_worked_out() -> None:
    log = yearly(1)
    log.quote()
    log.tick("tell-team")
    log.tick("order")
    log.answer("licence", "email-deluxe")
    assert log.state("quote") is State.STALE and log.state("order") is State.OUT_THERE
    log.answer("licence", "business-basic")
    assert log.state("quote") is State.STALE, "a value that returns revives nothing"


def test_what_was_done_in_a_scenario_left_behind_is_asked_about() -> None:
    log = yearly(1)
    log.tick("tell-team")
    log.add("scenario", scenario=3)
    case = log.case()
    assert [(number, item.id, box) for number, item, box in case.unwinds] == [(1, "tell-team", "")]
    assert case.next_text() == "Tell the migration team that the domain may go back on the list"
    log.add("unwound", scenario=1, item="tell-team")
    assert log.case().unwinds == () and log.case().acted(), "it was done, and reversed"
    log.add("scenario", scenario=1)
    assert log.state("tell-team") is State.TODO


def test_revoking_makes_stale_what_rested_on_it_and_only_that() -> None:
    log = yearly(1)
    log.add("call-ended")
    second = log.add("call", mode="client")
    log.tick("tell-team")
    log.add("revoked", call=second, reason="")
    case = log.case()
    assert case.status("licence").state is State.DONE and case.status("tell-team").state is State.STALE
    assert case.conversation.mode == "" and case.conversation.authenticated_before, "the first one still stands"
    assert case.auth_event
    log.add("revoked", call=case.auth_event.id, reason="")
    case = log.case()
    assert case.status("licence").state is State.STALE and not case.authenticated


def test_a_plain_mark_of_what_is_done_for_each_now_counts_for_the_mailboxes_of_then() -> None:
    log = Log(1).boxes(*THREE[:2]).begin(2)
    log.answer("webmail", "works")
    log.add("mailboxes", added=[THREE[2]], removed=[])
    assert set(log.case().marks("webmail")) == set(THREE[:2])


def test_one_made_before_there_was_a_mailbox_is_to_be_checked_again_for_the_first() -> None:
    log = Log(1).begin(2)
    log.answer("webmail", "works")
    log.boxes(*THREE[:2])
    case = log.case()
    assert set(case.marks("webmail")) == set(THREE[:2]) and case.status("webmail").state is State.STALE


def test_a_whole_case_of_the_first_version_is_read() -> None:
    case = replay(decoded(LINE), shipped().procedure, SUNDAY + timedelta(days=2))
    assert case.status("order").state is State.DONE and case.status("licence").state is State.DONE
    assert case.details.all_of("jira") == ("HOST-4412",) and case.hold and case.hold.until == "2026-11-25"
