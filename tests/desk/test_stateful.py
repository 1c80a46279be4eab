"""Two panes driven at random, held against a plain reader of the log."""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oxtui.casework.changes import (
    UNDOABLE,
    AnswerIt,
    Change,
    Defer,
    PutQuote,
    Skip,
    Tick,
    Undo,
    Unwind,
    confirmation,
)
from oxtui.casework.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    FailAuthentication,
    Note,
    RecordCopy,
    Resume,
    Revoke,
    SetDetails,
    SetHold,
    SetLine,
    SetMailboxes,
)
from oxtui.casework.fold import fold
from oxtui.casework.money import Quote, given_by_sme, work_out
from oxtui.casework.notes import wrap_up
from oxtui.errors import OxtuiError
from oxtui.playbook.model import Item
from oxtui.playbook.progress import State
from tests.desk.plain_model import Reader, complaints
from tests.desk.walks import DOMAIN, FakeClock, Walk, desk_at, shipped

LONG = os.environ.get("OXTUI_LONG") == "1"
BOXES = tuple(f"{name}@{DOMAIN}" for name in ("anna", "info", "sales"))
GOOD = {
    "order-completed": "completed", "dns-office-365": "yes", "jira-result": "completed",
    "essentials-running": "running",
    "ox-running": "running", "workflows": "none", "result": "fixed", "solved": "no", "missing": "no",
    "csp": "gone",
}  # fmt: skip
VALUES = {"jira": "HOST-4412", "salesforce": "00123456", "ox-mail": "a.png", "office-365": "b.png"}


class Driver:
    """Two desks on one home, one case at a time, and dice."""

    def __init__(self, home: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.clock = FakeClock()
        self.desks = [desk_at(home, name, self.clock) for name in ("anna", "ben")]
        self.home = home
        self.minutes = shipped().procedure.call_lapse_minutes
        self.told: Counter[str] = Counter()
        self.plans = list(shipped().plans)
        self.new_case()

    def new_case(self) -> None:
        boxes = self.dice.sample(BOXES, self.dice.choice((1, 1, 2)))
        self.walk = Walk(self.dice.choice(self.desks), mailboxes=tuple(boxes))
        self.shy = self.dice.random() < 0.5
        self.favourite = self.dice.choice((1, 2, 2, 3))

    # -- what to do next
    def change(self, desk: Any) -> Change:
        case, dice = self.walk.case, self.dice
        if not case.call.live and dice.random() < 0.7:
            return BeginCall(dice.choice(("client", "client", "client", "back-office")))
        if case.number is None and dice.random() < 0.8:
            return Choose(self.favourite)
        if case.scenario and dice.random() < (0.85 if self.shy else 0.6):
            items = list(case.scenario.items())
            ready = [item for item in items if case.status(item.id).state in (State.TODO, State.STALE)]
            return self.on_item(dice.choice(ready[:3]) if ready and dice.random() < 0.9 else dice.choice(items))
        return self.chaos(desk)

    def on_item(self, item: Item) -> Change:
        case, dice = self.walk.case, self.dice
        boxes = tuple(dice.sample(case.addresses, 1)) if case.addresses and item.each and dice.random() < 0.3 else ()
        said = confirmation(case, item) if dice.random() < 0.95 else dice.choice(("", "yes"))
        if item.quote:
            return PutQuote(self.any_quote(item)) if dice.random() < 0.9 else Tick(item.id, confirmed=said)
        if item.kind == "action":
            values = {value.key: VALUES[value.key] for value in item.values}
            through = dice.choice(item.through) if item.through else ""
            return Tick(item.id, boxes, values, through, dice.choice(("me", "client", "sme")), said)
        if item.select in ("date", "dates"):
            return AnswerIt(item.id, ("2026-11-03", "2026-11-07")[: 1 if item.select == "date" else 2])
        names = [answer.id for answer in item.answers]
        good = GOOD.get(item.id)
        value = good if good and dice.random() < (0.95 if self.shy else 0.8) else dice.choice(names)
        return AnswerIt(item.id, (value,), boxes, "because", confirmed=said)

    def any_quote(self, item: Item) -> Quote:
        """Mostly the one that the answers ask for, at times any other, and at times one that is made up."""
        dice, today = self.dice, self.clock.today()
        case = self.walk.case
        spec = item.quote
        assert spec

        def given(name: str) -> str:
            mark = case.record(name).marks.get("")
            return mark.value[0] if mark else dice.choice(("monthly", "yearly"))

        now, new = given(spec.current_term), given(spec.new_term)
        current = next(plan for plan in self.plans if plan.id == f"{spec.current}-{now}")
        later = next(plan for plan in self.plans if plan.id == f"m365-business-basic-{new}")
        if dice.random() < 0.2:
            current, later = dice.sample(self.plans, 2)
        elif given(spec.new) == "email-deluxe":
            later = next(plan for plan in self.plans if plan.id == f"m365-deluxe-{new}")
        policy = shipped().plans.policy
        quote = work_out(current, later, policy, today, months=3)
        if not quote.covered and dice.random() < 0.9:
            amount = Decimal("0.00") if current.term == "monthly" else Decimal("5.00")
            quote = given_by_sme(current, later, policy, today, amount, "Sam", "chat", months=3)
        if dice.random() < 0.1:
            quote = Quote.from_data(quote.to_data() | {"discount": "9.99", "first_invoice": "1.00"})
        return quote

    def chaos(self, desk: Any) -> Change:
        case, dice = self.walk.case, self.dice
        item = dice.choice(list(case.scenario.items())).id if case.scenario else "order"
        box = dice.choice(BOXES)
        undoable = [entry.id for entry in case.log if entry.what in UNDOABLE | {"undone"}] or ["none"]
        unwinds = list(case.unwinds) + [(case.number or 0, status.item) for status in case.statuses.values()
                                        if status.state is State.UNWIND]  # fmt: skip
        if unwinds and dice.random() < 0.2:
            number, found = dice.choice(unwinds)
            return Unwind(number, found.id)
        endings = [ending.id for ending in case.procedure.endings]
        ending = "complete" if not case.open_items() else dice.choice(endings)
        often: list[Change] = [
            Undo(undoable[-1], desk.agent),
            *(Undo(dice.choice(undoable[-12:]), desk.agent, dice.random() < 0.5) for _ in range(5)),
            EndCall(), BeginCall("client"), BeginCall("back-office"), Revoke("?"), Skip(item, "no time"),
            Defer(item, "2026-11-30"), SetMailboxes(box), SetMailboxes(removed=(box,)), Note("hm"),
            RecordCopy(dice.choice(list(case.procedure.templates))), Choose(dice.choice((1, 2, 3))),
            SetHold("SME", "2026-11-30"), Resume(), FailAuthentication(),
            SetDetails({"phone": str(dice.random())}),
            SetLine("o365-reversal", "dns", "DNS with us"), SetMailboxes(box, (BOXES[0],), {box: "yes"}),
            Unwind(dice.choice((1, 2, 3)), item), Close(ending, "somebody"),
        ]  # fmt: skip
        return dice.choice(often)

    # -- one step
    def step(self) -> None:
        if self.dice.random() < 0.02:
            self.clock.pass_(minutes=self.dice.choice((5, 20, 59, 60, 61)))
        desk = self.dice.choice(self.desks)
        change = self.change(desk)
        before = list(self.raw()["log"])
        try:
            after = desk.change(self.walk.id, change)
        except OxtuiError as error:
            assert error.message
            assert self.raw()["log"] == before, "refused, and written all the same"
            self.told["refused"] += 1
            return
        log = [dict(kept) for kept in (desk.store.get(self.walk.id) or desk.history.get(self.walk.id) or {})["log"]]
        assert log[: len(before)] == before, "a log only grows"
        new = log[len(before) :]
        found = complaints(before, new, self.clock.now(), self.minutes)
        assert not found, f"{found} by {change}\n{self.story(log)}"
        self.told["accepted"] += 1
        for entry in new:
            self.told[entry["what"]] += 1
            self.told[str(entry["data"].get("item"))] += entry["what"] == "ticked"
            self.told[f"closed {entry['data'].get('ending')}"] += entry["what"] == "closed"
        if after.closed or len(log) > 90:
            self.new_case()
        elif self.told["accepted"] % 25 == 0:
            self.look(log)

    def raw(self) -> dict[str, Any]:
        return self.walk.desk.store.get(self.walk.id)  # type: ignore[return-value]

    def look(self, log: list[dict[str, Any]]) -> None:
        """That both panes and the bytes on the disk tell the same, and that every text can be made of it."""
        data = json.loads((self.home / "cases.json").read_text(encoding="utf-8"))
        document = next(kept for kept in data["cases"].values() if kept["id"] == self.walk.id)
        assert document["log"] == log
        views = [desk.case(self.walk.id) for desk in self.desks]
        fresh = fold(document, shipped().procedure, self.clock.local())
        for case in views:
            assert case.statuses == fresh.statuses and case.records == fresh.records and case.log == fresh.log
            assert (case.number, case.addresses, case.unwinds, case.hold) == (
                fresh.number, fresh.addresses, fresh.unwinds, fresh.hold)  # fmt: skip
            assert case.altered == ()
        reader = Reader(log)
        assert views[0].call.live == reader.live(self.clock.now(), self.minutes)
        assert (views[0].number or 0, list(views[0].addresses)) == (reader.scenario, reader.boxes)
        assert wrap_up(views[0], self.clock) and views[0].next_text()
        for template in fresh.procedure.templates:
            assert self.desks[0].filled(views[0], template).text()

    def story(self, log: list[dict[str, Any]]) -> str:
        return "\n".join(f"{kept['seq']} {kept['agent']} {kept['what']} {kept['data']}" for kept in log)


@pytest.fixture
def quick_home(home: Path) -> Iterator[Path]:
    """A home in memory, where there is such a place: a thousand durable writes wait for a busy disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield home
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder) / "home"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21) if LONG else (1, 2))
def test_whatever_is_done_in_two_panes_the_plain_reader_agrees(quick_home: Path, seed: int) -> None:
    driver = Driver(quick_home, seed)
    for _ in range(2500 if LONG else 1500):
        driver.step()
    told = driver.told
    # Otherwise it would prove little: the walk has to get to the end, and to be refused.
    assert min(told["cancel-essentials"], told["cancel-ox-mail"], told["closed complete"]) >= 1, told
    assert told["refused"] > 200 and told["undone"] > 20 and told["revoked"] > 5 and told["quote"] > 5, told


def test_the_plain_reader_would_notice() -> None:
    """The model itself: each rule of it is broken once."""

    def entry(what: str, at: str = "2026-11-22T00:00:00+00:00", **data: Any) -> dict[str, Any]:
        return {"id": f"{what}{len(data)}{at}", "what": what, "at": at, "data": data}

    start = [entry("mailboxes", added=list(BOXES[:1]), removed=[], ox={}), entry("call", mode="client"),
             entry("scenario", scenario=2)]  # fmt: skip
    now = FakeClock().now()

    def told(new: dict[str, Any], log: list[dict[str, Any]] = start) -> str:
        return " ".join(complaints(log, [new], now, 60))

    assert told(entry("ticked", scenario=2, item="sme")) == ""
    assert "live call" in told(entry("ticked", scenario=2, item="sme"), [*start, entry("call-ended")])
    assert "live call" in told(entry("copied", scenario=2, item="jira"), start[:1])
    for words in ("JIRA", "client confirmed", "device", "DNS"):
        assert words in told(entry("ticked", scenario=2, item="cancel-ox-mail"))
    assert "every mailbox moved" in told(entry("ticked", scenario=1, item="cancel-essentials"))
    assert "skipped: devices" in told(entry("skipped", scenario=2, item="devices"))
    monthly = [*start, entry("answered", scenario=2, item="billed-now", value=["monthly"]),
               entry("answered", scenario=2, item="billed-next", value=["yearly"])]  # fmt: skip
    assert "monthly" in told(entry("quote", scenario=2, item="quote", quote={"discount": "1.00"}), monthly)
    assert "without the discount" in told(entry("ticked", scenario=2, item="order"), monthly)
    assert "client" in told(entry("ticked", scenario=2, item="devices"), [*start, entry("call", mode="back-office")])
    assert "completed" in told(entry("closed", ending="complete"), start[:2])
