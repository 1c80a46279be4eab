"""The world speaks: which answers DNS contradicts, what that locks, and what says nothing (rules 6 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oxtui.cases.commands.details import ChangeDomain
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.contradictions import dns_says
from oxtui.cases.evidence import MX, Evidence
from oxtui.cases.nbs import lasting, of_item
from oxtui.cases.notes.handover import handover
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.status import State
from oxtui.errors import Refusal
from oxtui.playbook.dns_owners import NONE, UNKNOWN
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, THREE, FakeClock, Walk, service_at, shipped

TWO = THREE[:2]
DNS = "dns-office-365"
KILLER = "cancel-ox-mail"


def ready(home: Path) -> Walk:
    return Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).back()


def dns(walk: Walk, owner: str) -> None:
    walk.do(KeepEvidence(evidence_data(DOMAIN, owner)))


def why(walk: Walk, name: str) -> tuple[State, str]:
    status = walk.case.status(name)
    return status.state, status.because


# -- what contradicts
def test_what_differs_from_what_was_on_the_screen_is_to_be_looked_at_again(home: Path) -> None:
    walk = ready(home)
    dns(walk, "other")
    assert why(walk, DNS) == (State.STALE, "evidence")
    assert [nb.id for nb in lasting(walk.case) if nb.danger] == [f"dns-{DNS}"]
    walk.refused(Clear(KILLER), "the DNS check needs checking again")


def test_what_was_on_the_screen_when_it_was_answered_contradicts_nothing_the_next_time(home: Path) -> None:
    walk = ready(home)
    dns(walk, "other")
    walk.answer(DNS, "yes")
    assert walk.case.marks(DNS)[""].saw == "no", "still so, they said, and saw it"
    dns(walk, "other")
    assert walk.state(DNS) is State.DONE
    walk.do(Clear(KILLER))


def test_nothing_on_the_screen_differs_too(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer(DNS, "yes")
    assert walk.case.marks(DNS)[""].saw == ""
    dns(walk, "other")
    assert walk.state(DNS) is State.STALE


def test_back_and_forth_it_differs_again(home: Path) -> None:
    walk = ready(home)
    dns(walk, "other")
    walk.answer(DNS, "yes")
    dns(walk, "office365")
    walk.answer(DNS, "yes")
    dns(walk, "other")
    assert walk.state(DNS) is State.STALE


def test_it_is_a_lost_value_only_once_an_agent_answers_otherwise(home: Path) -> None:
    walk = ready(home)
    dns(walk, "other")
    below = ("jira", "jira-result", "client-confirms")
    assert walk.states(*below) == [State.IN_DOUBT] * 3, "in doubt, and asked nothing"
    walk.answer(DNS, "yes")
    assert walk.states(*below) == [State.DONE] * 3, "said still so, all stands again"
    dns(walk, "office365")
    dns(walk, "other")
    walk.answer(DNS, "no")
    walk.answer(DNS, "yes")
    assert walk.states("jira", "client-confirms") == [State.STALE] * 2


def test_evidence_that_agrees_again_revives_nothing(home: Path) -> None:
    walk = ready(home)
    dns(walk, "other")
    dns(walk, "office365")
    assert why(walk, DNS) == (State.STALE, "evidence")


def test_not_yet_is_contradicted_by_nothing(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer(DNS, "no")
    dns(walk, "office365")
    assert walk.state(DNS) is State.TODO


def test_a_term_of_a_ticket_that_was_raised_is_contradicted_no_more(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer("mx", "office-365")
    dns(walk, "other")
    assert walk.state("mx") is State.STALE, "it can still be put right"
    raised = ready(home / "raised")
    before = raised.case.marks("mx")[""]
    dns(raised, "other")
    assert raised.case.marks("mx")[""] == before, "the ticket said so when it was raised"


def test_once_a_service_was_ended_it_asks_but_locks_nothing(home: Path) -> None:
    walk = ready(home)
    walk.cancel(KILLER)
    dns(walk, "ox-mail")
    assert walk.states(KILLER, DNS) == [State.DONE, State.STALE]
    assert f"ended-{KILLER}" in [nb.id for nb in lasting(walk.case)]


# -- what is said at once
def said(walk: Walk, name: str = DNS) -> str:
    return dns_says(walk.case, walk.item(name))


def test_an_answer_against_what_dns_says_is_said_at_once_and_locks_nothing_more(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    dns(walk, "ox-mail")
    walk.answer(DNS, "yes")
    assert walk.state(DNS) is State.DONE and said(walk) == "DNS says otherwise: MX at OX-Mail"
    (nb,) = [nb for nb in lasting(walk.case) if nb.id == f"dns-{DNS}"]
    text = "DNS says otherwise: MX at OX-Mail. 'Do DNS and MX point to Office 365?' was answered 'yes': look again."
    assert (nb.text, nb.danger) == (text, False)
    assert text in wrap_up(walk.case, walk.service.clock) and text in handover([walk.case], walk.service.clock)
    dns(walk, "office365")
    assert said(walk) == ""


def test_a_domain_that_does_not_exist_is_said_at_the_answers_that_say_it_does(home: Path) -> None:
    walk = ready(home)
    walk.do(KeepEvidence(Silent(error="the domain does not exist").data()))
    assert said(walk) == "DNS says otherwise: the domain does not exist"
    walk.do(KeepEvidence(Silent(error="no answer from 127.0.0.1:53 within 3 s").data()))
    assert said(walk) == ""


def test_nothing_is_said_of_what_is_not_answered_or_not_yet(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    dns(walk, "office365")
    assert said(walk) == ""
    walk.answer(DNS, "no")
    assert said(walk) == ""


# -- NBs with teeth
def test_what_locks_names_what_brings_it_into_force(home: Path) -> None:
    walk = ready(home)
    walk.answer("mx", "ox-mail")
    walk.settle("jira", "1")
    questions = "Do DNS and MX point to Office 365? · Where does MX point now?"
    assert hint(walk) == f"look again: {questions}"
    dns(walk, "ox-mail")
    walk.answer(DNS, "yes")
    assert hint(walk) == f"look again: {questions} · what DNS says, v asks it anew"
    walk.answer("mx", "office-365")
    walk.settle("jira", "1")
    walk.answer(DNS, "yes")
    assert hint(walk) == "look again: what DNS says, v asks it anew"


def hint(walk: Walk) -> str:
    with pytest.raises(Refusal) as caught:
        walk.service.would_change(walk.case, Clear(KILLER))
    return caught.value.hint


def test_while_nobody_knows_an_nb_locks_and_is_shown_with_its_condition(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    walk.answer("order-completed", "completed")
    walk.answer(DNS, "yes")
    texts = [nb.text for nb in of_item(walk.case, walk.item(KILLER))]
    assert texts[1:] == [
        "If the MX check is 'OX-Mail': MX is still at OX-Mail, so new mail does not reach Office 365.",
        "If the MX check is 'elsewhere': MX points elsewhere, which may be a mail filter in front of Office 365.",
    ]
    told = wrap_up(walk.case, walk.service.clock)
    assert "MX is still at OX-Mail" not in told and "MX points elsewhere" not in told
    assert [lock.about for lock in walk.case.status(KILLER).locks] == ["dns-answers-differ"]
    walk.answer("mx", "office-365")
    assert [nb.id for nb in of_item(walk.case, walk.item(KILLER))] == ["keep-ox-mail"]
    assert not walk.case.status(KILLER).locks


def test_what_lifts_the_lock_of_an_nb_is_what_comes_next(home: Path) -> None:
    """Nobody is waited for: it said "Wait"."""
    walk = Walk(service_at(home)).ordered(2).sent(mx="ox-mail")
    walk.answer("jira-result", "completed")
    walk.answer("client-confirms", "works")
    lifts = f"Look again: {walk.item(DNS).text} · {walk.item('mx').text}"
    assert walk.case.next_text() == lifts
    assert f"Next: {lifts}" in wrap_up(walk.case, walk.service.clock)
    walk.answer("mx", "office-365")
    assert not walk.case.status(KILLER).locks and not walk.case.next_text().startswith("Look again")


def test_mx_at_ox_mail_locks_and_elsewhere_only_warns(home: Path) -> None:
    walk = ready(home)
    dns(walk, "ox-mail")
    walk.answer(DNS, "yes")
    walk.refused(Clear(KILLER), shipped().procedure.nbs["dns-answers-differ"].short)
    dns(walk, "other")
    walk.answer(DNS, "yes")
    assert "mx-elsewhere" in [nb.id for nb in lasting(walk.case)]
    walk.do(Clear(KILLER))
    dns(walk, "ox-mail")
    walk.refused(Cancel(KILLER))


def test_newer_evidence_lifts_it_and_an_answer_does_not(home: Path) -> None:
    walk = ready(home)
    dns(walk, "ox-mail")
    walk.answer(DNS, "yes")
    walk.answer("mx", "other")
    walk.settle("jira", "1")
    walk.refused(Clear(KILLER), shipped().procedure.nbs["dns-answers-differ"].short)
    dns(walk, "office365")
    walk.do(Clear(KILLER))


# -- what says nothing
@dataclass
class Silent:
    """Evidence that does not know."""

    owner: str = UNKNOWN
    error: str | None = None
    mx: tuple[MX, ...] = ()

    def data(self) -> dict[str, Any]:
        at = datetime(2026, 11, 22, tzinfo=UTC)
        return Evidence(DOMAIN, "127.0.0.1:53", at, mx=self.mx, owner=self.owner, error=self.error).to_data()


NOTHING = {
    "no answer": Silent(error="no answer from 127.0.0.1:53 within 3 s"),
    "NXDOMAIN, as from a resolver that says so of everything": Silent(error="the domain does not exist"),
    "an unknown host": Silent(mx=(MX("mx.nobody.example", 10, UNKNOWN),)),
    "behind a filter": Silent("spamexperts", mx=(MX("mx.filter.example", 10, "spamexperts"),)),
    "an error, and records that say OX-Mail": Silent("ox-mail", "half an answer", (MX("mx1.ox", 10, "ox-mail"),)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_does_not_know_contradicts_nothing_and_locks_nothing(home: Path, name: str) -> None:
    walk = ready(home)
    before = walk.case.statuses
    walk.do(KeepEvidence(NOTHING[name].data()))
    assert walk.case.statuses == before and walk.case.evidence
    assert walk.case.situation.evidence.get("mx") is None
    walk.do(Clear(KILLER), Cancel(KILLER))


def test_what_does_not_know_lifts_nothing_either(home: Path) -> None:
    walk = ready(home)
    dns(walk, "other")
    walk.do(KeepEvidence(NOTHING["no answer"].data()))
    assert walk.state(DNS) is State.STALE


def test_a_domain_without_any_mx_is_an_answer(home: Path) -> None:
    walk = ready(home)
    walk.do(KeepEvidence(Silent(NONE).data()))
    assert walk.state(DNS) is State.STALE


def test_evidence_that_cannot_be_read_says_nothing(home: Path) -> None:
    walk = ready(home)
    before = walk.case.statuses
    walk.do(KeepEvidence({"domain": DOMAIN, "owner": 7}))
    assert walk.case.statuses == before


def test_what_dns_said_of_another_domain_says_nothing_of_this_one(home: Path) -> None:
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=TWO).ordered(2)
    dns(walk, "ox-mail")
    walk.do(ChangeDomain("other.com.au"))
    assert walk.case.situation.evidence == {}


def test_an_answer_that_was_under_way_when_the_domain_changed_is_not_kept(home: Path) -> None:
    walk = ready(home)
    before = len(walk.case.log)
    walk.do(KeepEvidence(evidence_data("elsewhere.com.au", "ox-mail")))
    assert len(walk.case.log) == before and walk.state(DNS) is State.DONE


def test_a_mailbox_that_comes_asks_dns_nothing(home: Path) -> None:
    walk = ready(home)
    dns(walk, "other")
    walk.answer(DNS, "yes")
    walk.do(SetMailboxes(f"late@{DOMAIN}"))
    assert walk.state(DNS) is State.DONE
