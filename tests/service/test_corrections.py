"""What a correction costs and what it makes stale: scenario 2, three mailboxes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.cases.board import Mark
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.quotes import Cover
from oxtui.cases.commands.waiting import KeepEvidence
from oxtui.cases.status import State
from oxtui.playbook.model import Item
from tests.core.dns_help import evidence_data
from tests.drive.case import DOMAIN, THREE, FakeClock, Walk, service_at

SECOND = THREE[1]
READY = (State.TODO, State.STALE, State.OUT_THERE)
GOOD = {
    "order-completed": "completed",
    "dns-office-365": "yes",
    "devices": "connected",
    "jira-result": "completed",
    "client-confirms": "works",
}
"""The answers that lead on; any other question is answered as it stands, else with its first answer."""


def done_for_three(home: Path) -> Walk:
    """All of scenario 2 done for three mailboxes, yearly, but for the cancellation."""
    walk = Walk(service_at(home, clock=FakeClock()), mailboxes=THREE)
    walk.back("yearly", "yearly")
    assert walk.state("cancel-ox-mail") is State.TODO
    return walk


def repair(walk: Walk, way: str = "1") -> list[str]:
    """Mark what asks for it, in the order of the article, until OX-Mail may be cancelled; what was marked."""
    marked: list[str] = []
    while walk.state("cancel-ox-mail") is not State.TODO:
        status = next(
            each
            for each in walk.case.applicable()
            if each.state in READY and not each.item.killer and not each.item.optional
        )
        marked.append(status.item.id)
        assert len(marked) < 20, marked
        mark_again(walk, status.item, status.left, way, status.state)
    return marked


def mark_again(walk: Walk, item: Item, boxes: tuple[str, ...], way: str, state: State) -> None:
    """One key on an item, as an agent would press it."""
    if state is State.OUT_THERE:
        walk.settle(item.id, way, *boxes)
    elif item.quote:
        walk.quote(new="m365-business-basic-yearly")
    elif item.kind == "action":
        walk.tick(item.id, *boxes)
    else:
        stands = next(iter(walk.case.marks(item.id).values()), Mark(""))
        value = GOOD.get(item.id) or next(iter(stands.value), item.answers[0].id)
        walk.answer(item.id, value, mailboxes=boxes)


def licence_and_back(walk: Walk) -> None:
    walk.answer("licence", "another")
    walk.answer("billed-next", "yearly")  # something in between: then it is no undo
    walk.answer("licence", "business-basic")


def contradicted(walk: Walk) -> None:
    walk.do(KeepEvidence(evidence_data(DOMAIN, "other")))


def late(walk: Walk) -> None:
    walk.do(SetMailboxes(added=f"late@{DOMAIN}"), Cover(covered=True))


CORRECTIONS: dict[str, tuple[Callable[[Walk], object], str, list[str]]] = {
    "the licence, there and later back": (licence_and_back, "1", ["quote", "order"]),
    "the licence, and the order with it": (
        lambda walk: walk.answer("licence", "another"),
        "2",
        ["quote", "order", "order-completed", "dns-office-365", "devices", "client-confirms"],
    ),
    "the licence, the record was wrong": (lambda walk: walk.answer("licence", "another"), "1", ["quote", "order"]),
    "JIRA returned for one of three": (
        lambda walk: walk.answer("jira-result", "returned", mailboxes=(SECOND,)),
        "1",
        ["jira-again", "jira-result", "client-confirms"],
    ),
    "DNS no, then yes": (
        lambda walk: (walk.answer("dns-office-365", "no"), walk.answer("webmail", "works"),
                      walk.answer("dns-office-365", "yes")),
        "1",
        ["jira", "client-confirms"],
    ),
    "a device not yet connected, then connected": (
        lambda walk: (walk.answer("devices", "not-yet", mailboxes=(SECOND,)), walk.answer("webmail", "works"),
                      walk.answer("devices", "connected", mailboxes=(SECOND,))),
        "1",
        ["client-confirms"],
    ),
    "the order refused after all": (
        lambda walk: walk.answer("order-completed", "refused"),
        "1",
        ["order-again", "order-completed", "dns-office-365", "devices", "client-confirms"],
    ),
    "webmail of one corrected, the ticket was right": (
        lambda walk: walk.answer("webmail", "could-not", mailboxes=(SECOND,)),
        "1",
        ["jira"],
    ),
    "newer evidence contradicts, still so": (contradicted, "1", ["dns-office-365"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CORRECTIONS)
def test_a_correction_costs_what_the_design_says(tmp_path: Path, name: str) -> None:
    correct, way, wanted = CORRECTIONS[name]
    walk = done_for_three(tmp_path)
    correct(walk)
    assert walk.state("cancel-ox-mail") is State.LOCKED
    if name.startswith("newer evidence"):
        walk.do(KeepEvidence(evidence_data(DOMAIN, "office365")))  # it does not revive anything by itself
        assert walk.state("dns-office-365") is State.STALE
    assert repair(walk, way) == wanted
    walk.cancel("cancel-ox-mail")
    assert walk.state("cancel-ox-mail") is State.DONE


def test_a_mailbox_that_comes_late_and_is_covered_costs_seven_keys_at_most(tmp_path: Path) -> None:
    walk = done_for_three(tmp_path)
    late(walk)  # the question is one of them
    assert len(repair(walk)) <= 6


def test_the_two_ways_of_a_licence_answered_otherwise_event_by_event(tmp_path: Path) -> None:
    names = (
        "licence", "quote", "order", "order-completed", "dns-office-365", "devices", "jira", "jira-result",
        "client-confirms",
    )  # fmt: skip
    letters = {
        State.DONE: "v", State.STALE: "s", State.OUT_THERE: "s", State.IN_DOUBT: "d", State.TODO: "o", State.LOCKED: "o",  # noqa: E501
    }  # fmt: skip

    def row(walk: Walk) -> str:
        return " ".join(letters[state] for state in walk.states(*names))

    walk = done_for_three(tmp_path)
    assert row(walk) == "v v v v v v v v v"
    walk.answer("licence", "another")
    assert row(walk) == "v s s d d d d d d"
    walk.quote(new="m365-business-basic-yearly")
    assert row(walk) == "v v s d d d d d d"
    walk.settle("order", "2")
    assert row(walk) == "v v v o s s d d s"
    walk.answer("order-completed", "completed")
    assert row(walk) == "v v v v s s d d s"
    walk.answer("dns-office-365", "yes")
    assert row(walk) == "v v v v v s v v s"
    walk.answer("devices", "connected")
    assert row(walk) == "v v v v v v v v s"
    assert walk.state("cancel-ox-mail") is State.LOCKED
    walk.answer("client-confirms", "works")
    assert row(walk) == "v v v v v v v v v"
    assert walk.state("cancel-ox-mail") is State.TODO


def test_the_record_was_wrong_types_nothing_and_all_stands_again(tmp_path: Path) -> None:
    walk = done_for_three(tmp_path)
    walk.answer("licence", "another")
    walk.quote(new="m365-business-basic-yearly")
    walk.settle("order", "1")
    assert walk.state("order-completed") is State.DONE
    assert walk.state("cancel-ox-mail") is State.TODO
