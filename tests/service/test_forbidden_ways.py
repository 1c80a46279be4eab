"""The ways round an NB that were found by trying the program from outside: each ends right now."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from oxtui.cases.commands.base import Sent
from oxtui.cases.commands.calls import BeginCall, EndCall, Park, Revoke
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy, RecordCopy
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.details import ChangeDomain
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Tick, Word
from oxtui.cases.commands.quotes import Cover, SetLicences
from oxtui.cases.commands.scenarios import Choose, MovePlaybook
from oxtui.cases.commands.waiting import KeepEvidence, Note
from oxtui.cases.events import new_id
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.handover import handover
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.errors import Conflict, Refusal
from oxtui.service import Service
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, ONE, THREE, FakeClock, Walk, changed, service_at, undo_last

TWO = THREE[:2]


def pane(home: Path, agent: str = "anna", clock: FakeClock | None = None) -> Service:
    return service_at(home, agent, clock or FakeClock())


def test_a_word_older_than_the_repair_it_speaks_for_has_to_be_had_again(tmp_path: Path) -> None:
    """1.1: the JIRA came back after the client had confirmed; completed anew, the word does not come true by itself."""
    walk = Walk(pane(tmp_path)).back()
    walk.answer("jira-result", "returned")
    walk.tick("jira-again")
    walk.answer("jira-result", "completed")
    assert walk.state("client-confirms") in (State.TODO, State.STALE)
    walk.do(EndCall(), BeginCall("back-office"))
    walk.refused(Clear("cancel-ox-mail"), "locked")
    walk.refused(walk.answering("client-confirms", "works"), "needs the client")


def test_answered_there_and_back_without_the_repair_the_word_is_asked_again_too(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).back()
    walk.answer("jira-result", "returned")
    walk.answer("webmail", "works")
    walk.answer("jira-result", "completed")
    assert walk.state("client-confirms") is State.STALE
    walk.refused(Clear("cancel-ox-mail"), "locked")


def test_a_changed_domain_takes_everything_into_question(tmp_path: Path) -> None:
    """1.2: DNS was answered for a mistyped domain."""
    walk = Walk(pane(tmp_path)).back()
    walk.refused(ChangeDomain("example.com.au", same_client=True), "already")
    walk.do(ChangeDomain("example.com.au"))
    assert walk.state("dns-office-365") is State.STALE
    assert not walk.case.authenticated and not walk.case.conversation.live
    walk.refused(Clear("cancel-ox-mail"), "locked")


def test_a_mistyped_domain_of_the_same_client_keeps_what_was_said_but_not_what_dns_said(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).begin(2)
    walk.answer("ox-running", "running")
    walk.answer("ns", "with-us")
    walk.do(ChangeDomain("example.com.au", same_client=True))
    assert walk.case.addresses == ("anna@example.com.au",)
    assert walk.case.conversation.live
    assert walk.states("ox-running", "ns") == [State.DONE, State.TODO]


def test_a_mailbox_leaves_with_a_reason_and_locks_while_it_is_served(tmp_path: Path) -> None:
    """1.3: the only mailbox whose mail is not back is taken out of the case."""
    walk = Walk(pane(tmp_path), mailboxes=TWO).ordered(2).sent()
    walk.answer("jira-result", "completed", mailboxes=TWO[:1])
    walk.answer("jira-result", "refused", mailboxes=TWO[1:])
    walk.answer("client-confirms", "works", mailboxes=TWO[:1])
    walk.refused(SetMailboxes(removed=TWO[1:]), "Why does")
    walk.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "not-part"}))
    told = walk.refused(Clear("cancel-ox-mail"), "locked")
    assert "left out" in told
    walk.do(SetMailboxes(known={TWO[1]: {"ox-mail": "no"}}))
    walk.do(Clear("cancel-ox-mail"))
    assert TWO[1] in wrap_up(walk.case, walk.service.clock)


def test_a_mailbox_that_comes_back_begins_anew(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path), mailboxes=TWO).ordered(2).sent()
    walk.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "mistyped"}))
    walk.do(SetMailboxes(added=f"{TWO[1].upper()} {TWO[0].upper()}"))  # capitals do not matter
    assert walk.case.addresses == TWO
    assert walk.case.status("jira").by[TWO[1]] in (State.TODO, State.LOCKED)


def test_without_a_mailbox_nothing_is_cancelled(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).back()
    walk.do(SetMailboxes(removed=ONE, reasons={ONE[0]: "mistyped"}))
    walk.refused(Clear("cancel-ox-mail"), "locked")


@pytest.mark.parametrize("how", ["answer", "evidence"])
def test_mx_at_ox_mail_locks_the_cancellation(tmp_path: Path, how: str) -> None:
    """1.4: the red NB was on the screen, and OX-Mail could be cancelled all the same."""
    walk = Walk(pane(tmp_path)).back()
    if how == "evidence":
        walk.do(KeepEvidence(evidence_data(DOMAIN, "ox-mail")))
        walk.answer("dns-office-365", "yes")  # still so, they say
    else:
        walk.answer("mx", "ox-mail")
        walk.settle("jira", "1")
    assert "dns-answers-differ" in [nb.id for nb in lasting(walk.case)]
    told = walk.refused(Clear("cancel-ox-mail"), "locked")
    assert "MX" in told


def test_newer_evidence_opens_the_answer_it_contradicts(tmp_path: Path) -> None:
    """1.5: thirty days later MX is elsewhere."""
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).back()
    clock.pass_(days=1)
    walk.do(KeepEvidence(evidence_data(DOMAIN, "other")))
    assert walk.state("dns-office-365") is State.STALE
    assert walk.state("jira") is State.IN_DOUBT
    walk.refused(Clear("cancel-ox-mail"), "locked")


def test_evidence_that_does_not_know_contradicts_nothing(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).back()
    walk.do(KeepEvidence(evidence_data(DOMAIN, "unknown")))
    assert walk.state("dns-office-365") is State.DONE
    walk.do(Clear("cancel-ox-mail"))


def test_an_order_for_another_licence_is_out_there(tmp_path: Path) -> None:
    """1.6: one key made an order for the wrong licence right."""
    walk = Walk(pane(tmp_path)).ordered(1)
    walk.answer("licence", "email-deluxe")
    assert walk.state("order") is State.OUT_THERE
    walk.refused(walk.ticking("order"), "other terms")
    walk.refused(Settle("order", "4"), error=Exception)
    walk.settle("order", "2")
    assert walk.state("order-completed") is State.TODO
    note = wrap_up(walk.case, walk.service.clock)
    assert "Checked again: Placed" not in note and "new terms" in note


def test_nothing_is_copied_once_the_time_is_over(tmp_path: Path) -> None:
    """1.7: the case stood on the screen until its authentication lapsed."""
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).ordered(2).sent()
    seen = walk.case.seq
    clock.pass_(minutes=61)
    command = BeginCopy("o365-reversal")
    with pytest.raises(Refusal, match="lapsed"):
        walk.service.change(walk.id, command, Sent(command, new_id(), seen))
    assert not walk.case.copied()


def test_a_copy_is_decided_when_it_is_begun_not_when_it_was_asked_about(tmp_path: Path) -> None:
    """1.8: another pane takes the authentication back while the copy is being asked about."""
    walk = Walk(pane(tmp_path)).ordered(2).sent()
    other = walk.other(pane(tmp_path))
    seen = walk.case.seq
    other.do(Revoke("not the client"))
    command = BeginCopy("o365-reversal")
    with pytest.raises(Refusal):
        walk.service.change(walk.id, command, Sent(command, new_id(), seen))


def test_a_copy_that_was_begun_and_never_confirmed_is_not_told_as_copied(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).ordered(2).sent()
    case = walk.do(BeginCopy("o365-reversal"))
    assert "not confirmed" in wrap_up(walk.case, walk.service.clock)
    walk.do(RecordCopy(case.log[-1].id, "the system's clipboard"))
    assert "not confirmed" not in wrap_up(walk.case, walk.service.clock)


def test_what_was_seen_under_another_answer_is_not_done_under_the_new_one(tmp_path: Path) -> None:
    """1.9: Anna answers the licence anew; Ben, a second later, ticks the order he saw under the old one."""
    walk = Walk(pane(tmp_path)).plan(1)
    walk.tick("tell-team")
    walk.answer("salesforce-reason", "set")
    ben = walk.other(pane(tmp_path, "ben"))
    ben.do(BeginCall("client"))
    seen = ben.case.seq
    walk.answer("licence", "email-deluxe")
    order = ben.ticking("order")
    with pytest.raises(Conflict, match="anna changed"):
        ben.service.change(ben.id, order, Sent(order, new_id(), seen))
    assert walk.state("order") is State.TODO
    ben.service.change(ben.id, order, Sent(order, new_id(), ben.case.seq))
    assert walk.state("order") is State.DONE


def test_keys_typed_ahead_in_one_pane_never_conflict_with_each_other(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).begin(1)
    seen = walk.case.seq
    for command in (AnswerIt("billed-now", ("monthly",)), AnswerIt("licence", ("business-basic",))):
        walk.service.change(walk.id, command, Sent(command, new_id(), seen))
    assert walk.states("billed-now", "licence") == [State.DONE, State.DONE]


def test_nobody_ticks_in_somebody_elses_call(tmp_path: Path) -> None:
    """1.10: Ben ticked on Anna's live call."""
    walk = Walk(pane(tmp_path)).begin(1)
    ben = walk.other(pane(tmp_path, "ben"))
    ben.refused(AnswerIt("billed-now", ("monthly",)), "authenticated client")
    ben.do(BeginCall("back-office"))
    ben.answer("billed-now", "monthly")
    walk.do(EndCall())
    assert ben.case.conversation.live


def test_a_clock_set_back_revives_no_conversation(tmp_path: Path) -> None:
    """1.11: authenticate, quit, start with the clock a day back."""
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).begin(1)
    earlier = FakeClock()
    assert earlier.frozen
    earlier.frozen -= timedelta(days=1)
    again = walk.other(pane(tmp_path, clock=earlier))
    assert not again.case.conversation.live
    again.refused(AnswerIt("billed-now", ("monthly",)), "lapsed")


def test_one_that_lapsed_here_stays_lapsed_when_the_clock_goes_back(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).begin(1)
    clock.pass_(minutes=61)
    assert not walk.case.conversation.live
    clock.pass_(minutes=-30, monotonic=False)
    assert not walk.case.conversation.live


def test_a_question_that_became_an_action_does_not_count_as_done(tmp_path: Path) -> None:
    """1.13: the case was answered *found* and moves to steps in which the question is an action."""
    home = tmp_path / "home"
    walk = Walk(service_at(home, clock=FakeClock())).ordered(1)
    walk.answer("order-completed", "completed")
    walk.answer("workflows", "found")
    text = (Path(__file__).parents[2] / "config/scenarios/1-does-not-want-ox-mail.yaml").read_text("utf-8")
    block = text[text.index("      - id: workflows-cancelled") :]
    block = block[: block.index("      - id:", 10)]
    question = block.replace("        do:", "        ask:", 1)
    question = "\n".join(line for line in question.splitlines() if "noted" not in line) + "\n"
    question += "        answers: {yes: yes, no: no}\n"
    today = changed(tmp_path, "scenarios/1-does-not-want-ox-mail.yaml", (block, question))
    walk.tick("accounts-swapped")
    walk.tick("workflows-cancelled")
    moved = walk.other(service_at(home, clock=FakeClock(), playbook=today))
    moved.do(MovePlaybook(today.procedure))
    assert moved.state("workflows-cancelled") is State.STALE


def test_a_lasting_nb_is_on_the_screen_in_the_note_and_in_the_handover(tmp_path: Path) -> None:
    """1.14: it was on the screen alone."""
    walk = Walk(pane(tmp_path)).begin(2)
    walk.answer("ox-running", "running")
    walk.answer("licence", "business-basic")
    walk.answer("billed-now", "monthly")
    walk.answer("billed-next", "monthly")
    case, clock = walk.case, walk.service.clock
    nbs = lasting(case)
    assert nbs
    for nb in nbs:
        assert nb.text in wrap_up(case, clock)
        assert nb.text in handover([case], clock)


def test_mail_at_risk_is_asked_about_before_the_jira(tmp_path: Path) -> None:
    """1.15: OX-Mail is cancelled already, and nothing asked Platform Support first."""
    walk = Walk(pane(tmp_path)).begin(2)
    walk.answer("ox-running", "cancelled", told="the client, in October")
    assert walk.state("rescue") is State.TODO
    assert walk.case.scenario and "rescue" in walk.case.scenario.rests_on["jira"]
    walk.answer("licence", "business-basic")
    for name in ("billed-now", "billed-next"):
        walk.answer(name, "monthly")
    walk.tick("sme")
    walk.tick("order")  # the order does not wait: without it new mail lands nowhere
    assert walk.state("order") is State.DONE


def test_an_agent_has_one_call_and_is_asked_what_becomes_of_the_other(tmp_path: Path) -> None:
    """1.16: the first of two calls was left with esc, and both clients stayed authenticated."""
    service = pane(tmp_path)
    first, second = Walk(service), Walk(service)
    first.begin(1)
    with pytest.raises(Refusal, match="in a call") as caught:
        service.change(second.id, BeginCall("client"))
    assert caught.value.offers == (f"talk:{first.id}",)
    first.do(Park())
    second.do(BeginCall("client"))
    first.refused(AnswerIt("billed-now", ("monthly",)), "parked")
    second.do(EndCall())
    first.do(BeginCall("client"))
    assert first.case.conversation.live


def test_the_second_step_of_a_cancellation_asks_for_what_changed_since_the_first(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).back()
    walk.refused(Cancel("cancel-ox-mail"), "not cleared")
    walk.refused(Tick("cancel-ox-mail"), "two steps")
    walk.do(Clear("cancel-ox-mail"))
    walk.refused(Close("complete"), "Was it cancelled")
    ben = walk.other(pane(tmp_path, "ben", clock))
    clock.pass_(minutes=3)
    ben.take_back("client-confirms")
    with pytest.raises(Refusal) as caught:
        walk.service.change(walk.id, Cancel("cancel-ox-mail"))
    assert "already" in caught.value.offers


def test_neither_age_nor_a_lapse_refuses_the_second_step(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).back()
    walk.do(Clear("cancel-ox-mail"))
    clock.pass_(days=9)
    walk.do(Cancel("cancel-ox-mail"))
    assert walk.state("cancel-ox-mail") is State.DONE
    assert walk.service.change(walk.id, EndCall()).status("client-confirms").state is State.DONE


def test_undoing_a_cancellation_leads_back_to_cleared(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).back()
    walk.cancel("cancel-ox-mail")
    undo_last(walk.service, walk.id)
    assert [item.id for item, _ in walk.case.cleared] == ["cancel-ox-mail"]


def test_the_clients_word_grows_old(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).back()
    clock.pass_(days=6)
    assert walk.state("client-confirms") is State.STALE
    walk.do(BeginCall("client"))
    walk.refused(Clear("cancel-ox-mail"), "locked")
    walk.answer("client-confirms", "works")
    walk.cancel("cancel-ox-mail")


def test_a_change_of_scenario_asks_for_what_was_done_and_stale_comes_back(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).back()
    walk.do(Choose(3))
    assert {item.id for _, item, _ in walk.case.unwinds} >= {"order", "jira"}
    walk.refused(Close("complete"))
    walk.do(Choose(2))
    assert walk.state("client-confirms") is State.STALE
    assert walk.state("order") is State.OUT_THERE
    walk.refused(Clear("cancel-ox-mail"), "locked")


def test_what_is_written_after_the_time_is_over_revives_no_conversation(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock)).begin(2)
    clock.pass_(minutes=75)
    walk.do(SetMailboxes(added=f"new@{DOMAIN}"), Note("they rang off"), KeepEvidence(evidence_data(DOMAIN, "other")))
    assert not walk.case.conversation.live
    walk.refused(walk.answering("ox-running", "running"), "lapsed")


def test_one_more_licence_ordered_is_a_change_of_the_order(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).ordered(1).swapped()
    walk.do(SetMailboxes(added=f"desk@{DOMAIN}"), Cover(covered=False))
    for way in ("1", "4"):
        walk.refused(Settle("order", way, told="x"), "does not fit")  # type: ignore[arg-type]
    walk.settle("order", "2")
    assert walk.state("order-completed") is State.TODO
    assert walk.case.status("accounts-swapped").by[ONE[0]] is State.STALE
    assert walk.case.licences == 2


def test_an_undo_leaves_what_a_colleague_undid_alone(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).begin(1)
    ben = walk.other(pane(tmp_path, "ben"))
    ben.do(BeginCall("client"))
    walk.answer("workflows", "none")
    ben.answer("licence", "business-basic")
    undo_last(walk.service, walk.id)
    undo_last(ben.service, ben.id)
    assert walk.states("workflows", "licence") == [State.TODO, State.TODO]


def test_an_undo_is_refused_where_a_colleagues_mark_rests_on_what_it_changed(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).ordered(1)
    ben = walk.other(pane(tmp_path, "ben"))
    ben.do(SetLicences(3))
    walk.settle("order", "3")
    with pytest.raises(Refusal):
        undo_last(ben.service, ben.id)
    assert walk.state("order") is State.TODO


def test_a_changed_domain_is_typed_back_not_undone(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).begin(2)
    walk.answer("ox-running", "running")
    walk.do(ChangeDomain("other.com.au"))
    undo = walk.case.undo
    assert undo is None or undo.event.what != "details"


def test_what_the_agent_does_in_a_written_conversation_counts_from_now(tmp_path: Path) -> None:
    clock = FakeClock()
    walk = Walk(pane(tmp_path, clock=clock))
    walk.do(BeginCall("writing", reference="00123456", written_at="2026-11-21T10:55"), Choose(2))
    for name, value in (("ox-running", "running"), ("licence", "business-basic")):
        walk.answer(name, value)
    for name in ("billed-now", "billed-next"):
        walk.answer(name, "monthly")
    walk.tick("sme")
    walk.tick("order")
    older = Word("Priya", "2026-11-22T09:50")
    walk.refused(AnswerIt("order-completed", ("completed",), word=older), "changed after that")


def test_what_stops_applying_with_a_mailbox_has_to_be_checked_again_when_it_applies_again(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path), mailboxes=TWO).begin(2)
    walk.answer("ox-running", "cancelled")
    walk.answer("rescue", "lost", mailboxes=TWO[:1])
    walk.answer("rescue", "yes", mailboxes=TWO[1:])
    walk.answer("missing", "no")
    walk.do(SetMailboxes(removed=TWO[1:], reasons={TWO[1]: "removed"}))
    assert walk.state("missing") is State.NOT_APPLICABLE
    walk.do(SetMailboxes(added=f"third@{DOMAIN}"))
    walk.answer("rescue", "yes", mailboxes=(f"third@{DOMAIN}",))
    assert walk.state("missing") is State.STALE


def test_what_was_settled_on_an_authentication_goes_with_it(tmp_path: Path) -> None:
    walk = Walk(pane(tmp_path)).ordered(2).sent()
    walk.answer("webmail", "could-not")
    walk.do(BeginCall("client", method="PIN"))
    walk.settle("jira", "4")
    assert walk.state("jira") is State.DONE
    walk.do(Revoke("not the client"))
    assert walk.state("jira") is State.STALE
