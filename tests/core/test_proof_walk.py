"""The case that the proof walks through is the case that agents have: both take and refuse the same acts."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from oxtui.cases.case import Case
from oxtui.cases.commands import AnswerIt, Defer, PutQuote, Skip, Tick, Undo, Unwind, confirmation
from oxtui.cases.conduct import BeginCall, Choose, EndCall, RecordCopy, Revoke, SetMailboxes
from oxtui.cases.events import Event, from_document, to_document
from oxtui.cases.money import work_out
from oxtui.cases.replay import fold
from oxtui.errors import Refusal
from oxtui.playbook.load import Playbook, load
from oxtui.playbook.model import Item
from oxtui.playbook.progress import State
from oxtui.playbook.proof_search import marks_of
from oxtui.playbook.proof_slices import told_apart
from oxtui.playbook.proof_walk import Act, Walk

CONFIG = Path(__file__).parent.parent.parent / "config"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
BOXES = {"a": "a@example.com", "b": "b@example.com"}


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load(CONFIG).playbook


class Floor:
    """A case kept as its log, changed by the changes that the service makes."""

    def __init__(self, playbook: Playbook, number: int) -> None:
        self.playbook = playbook
        self.lapsed: set[str] = set()
        self.document: dict[str, Any] = {"id": "c", "opened_at": NOW.isoformat(), "log": []}
        self.entries: list[str] = []
        self.append([("opened", {"domain": "example.com"})])
        for change in (SetMailboxes(BOXES["a"]), BeginCall("client"), Choose(number)):
            self.append(change.drafts(self.case()))

    def case(self) -> Case:
        return fold(self.document, self.playbook.procedure, NOW, lapsed=lambda entry: entry.id in self.lapsed)

    def append(self, drafts: list[tuple[str, dict[str, Any]]]) -> None:
        for what, data in drafts:
            seq = len(self.document["log"]) + 1
            self.document["log"].append(to_document("c", Event(f"e{seq}", seq, NOW, "me", what, data)))

    def do(self, act: Act) -> None:
        """Raises Refusal as the service would."""
        case = self.case()
        if act.verb == "lapse":
            self.lapsed.add(case.call_event.id if case.call_event else "")
            return
        before = len(self.document["log"])
        self.append(self.change(act, case).drafts(case))
        if act.verb not in ("a", "b", "end", "mailbox", "copy", "undo"):
            self.entries.append(from_document(self.document["log"][before]).id)

    def change(self, act: Act, case: Case) -> Any:
        boxes = (BOXES[act.box],) if act.box else ()
        if act.item and case.scenario:
            item = case.scenario.by_id[act.item]
            agreed = confirmation(case, item)
            if act.verb == "tick":
                values = {value.key: _value(case, value.pattern) for value in item.values}
                return Tick(item.id, boxes, values, (*item.through, "")[0], confirmed=agreed)
            if act.verb == "answer":
                value = (
                    act.value if item.answers else ("2026-01-01", "2026-01-02")[: 2 if item.select == "dates" else 1]
                )
                return AnswerIt(item.id, value, boxes, "because", confirmed=agreed)
            if act.verb == "quote":
                return PutQuote(self.quote(case, item, act.discount))
            if act.verb == "unwind":
                return Unwind(case.number or 0, item.id)
        return {
            "skip": Skip(act.item, "why"),
            "defer": Defer(act.item, "2026-12-01"),
            "copy": RecordCopy(act.template),
            "a": BeginCall("client"),
            "b": BeginCall("back-office"),
            "end": EndCall(),
            "revoke": Revoke(),
            "mailbox": SetMailboxes(BOXES["b"]),
            "undo": Undo(self.entries[act.undone] if 0 <= act.undone < len(self.entries) else "", "me"),
        }[act.verb]

    def quote(self, case: Case, item: Item, discount: bool) -> Any:
        """A quote on the plans that the answers name (or some)."""
        from oxtui.cases.commands import quoted_plans

        current, new = quoted_plans(case, item)
        plans = self.playbook.plans
        now, then = plans.get(current or "ox-deluxe-yearly"), plans.get(new or "m365-business-basic-yearly")
        assert now and then
        quote = work_out(now, then, plans.policy, date(2026, 11, 22), months=3)
        return replace(quote, discount=Decimal(5 if discount else 0), first_invoice=Decimal(9))


def _value(case: Case, pattern: str) -> str:
    return case.procedure.patterns[pattern][1] if pattern else "a text"


def acts_of(walk: Walk) -> list[Act]:
    told = told_apart(walk.scenario)
    acts = [
        Act(verb)
        for verb in ("a", "b", "end", "lapse", "revoke", "mailbox")
        if verb != "mailbox" or "b" not in walk.mailboxes
    ]
    for item in walk.scenario.items():
        acts += [*marks_of(item, told, walk.mailboxes)] * 3
        acts += [Act(verb, item.id) for verb in ("skip", "defer", "unwind")]
    return acts


def go(playbook: Playbook, seed: int, *, undo: bool) -> int:
    """Random acts on both; gives how many were taken."""
    chance = random.Random(seed)
    number = seed % 3 + 1
    walk, floor = Walk(playbook.procedure.scenarios[number]), Floor(playbook, number)
    taken = 0
    for _ in range(120):
        act = chance.choice([*acts_of(walk), *(walk.undoable() * 2 if undo else ())])
        if act.verb in ("end", "lapse", "revoke", "b", "a") and chance.random() < 0.7:
            continue
        said = ["", ""]
        for place, do in enumerate((walk.do, floor.do)):
            try:
                do(act)
            except Refusal as refusal:
                said[place] = str(refusal)
        if act.verb == "quote" and "The answers say" in said[1]:
            pytest.fail(said[1])
        assert bool(said[0]) == bool(said[1]), (act, said, walk.acts)
        taken += not said[0]
        case = floor.case()
        mine = walk.position()
        assert (mine.call.live, mine.call.with_client) == (case.call.live, case.call.with_client), act
        states = {name: status.state for name, status in mine.statuses.items()}
        assert states == {name: status.state for name, status in case.statuses.items()}, (act, walk.acts)
    return taken


@pytest.mark.parametrize("seed", range(30))
def test_both_take_and_refuse_the_same(playbook: Playbook, seed: int) -> None:
    assert go(playbook, seed, undo=False) > 5


@pytest.mark.parametrize("seed", range(30))
def test_both_take_back_the_same(playbook: Playbook, seed: int) -> None:
    assert go(playbook, seed, undo=True) > 5


def test_a_discount_does_not_outlive_the_answer_it_was_worked_out_on(playbook: Playbook) -> None:
    floor = Floor(playbook, 1)
    for act in (
        Act("answer", "billed-now", ("monthly",)),
        Act("answer", "licence", ("business-basic",)),
        Act("answer", "billed-next", ("yearly",)),
        Act("answer", "billed-now", ("yearly",)),
        Act("quote", "quote", discount=True),
    ):
        floor.do(act)
    assert floor.case().status("quote").state is State.DONE
    floor.do(Act("undo", undone=3))
    case = floor.case()
    assert case.record("billed-now").marks[""].value == ("monthly",)
    assert case.status("quote").state is State.STALE
