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

from oxtui.cases import commands as changing
from oxtui.cases import conduct
from oxtui.cases.case import Case
from oxtui.cases.commands import (
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
from oxtui.cases.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    FailAuthentication,
    KeepEvidence,
    MovePlaybook,
    Note,
    RecordCopy,
    Reopen,
    Resume,
    Revoke,
    SetDetails,
    SetHold,
    SetLine,
    SetMailboxes,
)
from oxtui.cases.money import Quote, given_by_sme, work_out
from oxtui.cases.notes import wrap_up
from oxtui.cases.replay import fold
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.playbook.progress import State
from oxtui.secret import Secret
from oxtui.service import Service
from tests.service.plain_model import Reader, complaints
from tests.drive.case import DOMAIN, FakeClock, Walk, service_at, shipped

LONG = os.environ.get("OXTUI_LONG") == "1"
BOXES = tuple(f"{name}@{DOMAIN}" for name in ("anna", "info", "sales"))
GOOD = {
    "order-completed": "completed", "dns-office-365": "yes", "jira-result": "completed",
    "essentials-running": "running",
    "ox-running": "running", "workflows": "none", "result": "fixed", "solved": "no", "missing": "no",
    "csp": "gone",
}  # fmt: skip
VALUES = {"jira": "HOST-4412", "salesforce": "00123456", "ox-mail": "a.png", "office-365": "b.png"}


PASSWORD = "blue-Horse_17"
# What a service does to a case, and how it shows one; beginnings of `overviews` have tests of their own.
VERBS = {
    "case", "change", "drop", "filled", "find", "forget_secrets", "keep_secret", "may", "note", "open_for",
    "overviews", "peek", "reopen", "reveal", "settle", "stamp", "start", "take_over", "undo",
}  # fmt: skip


class Noted:
    """A service that notes which of its verbs were used."""

    def __init__(self, service: Service, used: set[str]) -> None:
        self._service, self._used = service, used

    def __getattr__(self, name: str) -> Any:
        self._used.add(name)
        return getattr(self._service, name)


class Driver:
    """Two desks on one home, one case at a time, and dice; and a third service on a machine of its own."""

    def __init__(self, home: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.clock = FakeClock()
        self.used: set[str] = set()
        self.desks: list[Any] = [Noted(service_at(home, name, self.clock), self.used) for name in ("anna", "ben")]
        self.away = service_at(home.with_name("away"), "cora", self.clock)
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
    def change(self, service: Any) -> Change:
        case, dice = self.walk.case, self.dice
        if not case.call.live and dice.random() < 0.7:
            return BeginCall(dice.choice(("client", "client", "client", "back-office")))
        if case.number is None and dice.random() < 0.8:
            return Choose(self.favourite)
        if case.scenario and dice.random() < (0.85 if self.shy else 0.6):
            items = list(case.scenario.items())
            ready = [item for item in items if case.status(item.id).state in (State.TODO, State.STALE)]
            return self.on_item(dice.choice(ready[:3]) if ready and dice.random() < 0.9 else dice.choice(items))
        return self.chaos(service)

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

    def chaos(self, service: Any) -> Change:
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
            Undo(undoable[-1], service.agent),
            *(Undo(dice.choice(undoable[-12:]), service.agent, dice.random() < 0.5) for _ in range(5)),
            EndCall(), BeginCall("client"), BeginCall("back-office"), Revoke("?"), Skip(item, "no time"),
            Defer(item, "2026-11-30"), SetMailboxes(box), SetMailboxes(removed=(box,)), Note("hm"),
            RecordCopy(dice.choice(list(case.procedure.templates))), Choose(dice.choice((1, 2, 3))),
            SetHold("SME", "2026-11-30"), Resume(), FailAuthentication(),
            SetDetails({"phone": str(dice.random())}),
            SetLine("o365-reversal", "dns", "DNS with us"), SetMailboxes(box, (BOXES[0],), {box: "yes"}),
            Unwind(dice.choice((1, 2, 3)), item), Close(ending, "somebody"), Reopen(),
            KeepEvidence({"domain": DOMAIN, "error": "no answer"}), SetMailboxes(ox={box: "no"}),
            MovePlaybook(dice.choice(("another", case.procedure.digest))),
        ]  # fmt: skip
        return dice.choice(often)

    # -- one step
    def step(self) -> None:
        if self.dice.random() < 0.02:
            self.clock.pass_(minutes=self.dice.choice((5, 20, 59, 60, 61)))
        service = self.dice.choice(self.desks)
        before = list(self.raw()["log"])
        if self.dice.random() < 0.02:
            self.whole(service, before)
            return
        change = self.change(service)
        self.told[type(change).__name__] += 1
        asked = self.refusal(lambda: service.may(service.case(self.walk.id), change))
        stamp = service.stamp()
        done = self.refusal(lambda: service.change(self.walk.id, change))
        assert asked == done, f"asked whether it may be done, it said {asked!r}; done, {done!r}"
        if done:
            assert self.raw()["log"] == before, "refused, and written all the same"
            self.told["refused"] += 1
            return
        log = self.after(before, change)
        assert len(log) == len(before) or service.stamp() != stamp, "the other pane would not see it"
        if log[-1]["what"] == "closed":
            assert service.reveal(self.walk.id, BOXES[0]) == "", "a password outlived its case"
            if self.dice.random() < 0.5:
                assert service.find(self.walk.id).closed
                service.reopen(self.walk.id)
                self.after(log, "reopen")
                return
        if log[-1]["what"] == "closed" or len(log) > 90:
            self.new_case()
        elif self.told["accepted"] % 25 == 0:
            self.look(log)

    def refusal(self, verb: Any) -> str:
        """What the agent is told where it may not be done, or ""."""
        try:
            verb()
        except OxtuiError as error:
            assert error.message
            return str(error)
        return ""

    def after(self, before: list[dict[str, Any]], by: object) -> list[dict[str, Any]]:
        """The log after something was done, held against the plain reader."""
        service = self.desks[0]
        log = [
            dict(kept) for kept in (service.store.get(self.walk.id) or service.history.get(self.walk.id) or {})["log"]
        ]
        assert log[: len(before)] == before, "a log only grows"
        new = log[len(before) :]
        found = complaints(before, new, self.clock.now(), self.minutes)
        assert not found, f"{found} by {by}\n{self.story(log)}"
        self.told["accepted"] += 1
        for entry in new:
            self.told[entry["what"]] += 1
            self.told[str(entry["data"].get("item"))] += entry["what"] == "ticked"
            self.told[f"closed {entry['data'].get('ending')}"] += entry["what"] == "closed"
        return log

    def whole(self, service: Any, before: list[dict[str, Any]]) -> None:
        """One of the verbs that concern the case as a whole."""
        verb = self.dice.choice((self.drop, self.carry, self.undo, self.keep_secret))
        verb(service, before)

    def drop(self, service: Any, before: list[dict[str, Any]]) -> None:
        """A case in which something was done is not dropped."""
        case_id = service.start(DOMAIN, {"phone": "03 9000 0000"}).id
        service.drop(case_id)
        assert service.store.get(case_id) is None and service.settle() == []
        if any(entry["what"] in ("call", "ticked", "answered", "note") for entry in before):
            with pytest.raises(Refusal):
                service.drop(self.walk.id)
        assert self.raw()["log"] == before

    def carry(self, service: Any, before: list[dict[str, Any]]) -> None:
        """To another machine and back: nobody is on the line there, nor here after what was reported."""
        away = self.away.take_over(service.note(service.case(self.walk.id)))
        assert not away.call.live and not away.authenticated
        there = self.away.store.get(away.id)
        assert there and all(entry["what"] == "imported" for entry in there["log"][len(before) :])
        assert self.refusal(lambda: self.away.change(away.id, BeginCall("back-office")))
        self.away.change(away.id, Note("seen from away"))
        service.take_over(self.away.note(self.away.case(away.id)))
        # brought back twice with nothing done between: the first return tells nothing, and the second stands for it
        worked = before[:-1] if before[-1]["what"] == "imported" else before
        log = self.after(worked, "carried away and back")
        assert [entry["what"] for entry in log[len(worked) :]][-2:] == ["note", "imported"]
        assert log[-1]["data"].get("instead", []) == [entry["id"] for entry in before[len(worked) :]]

    def undo(self, service: Any, before: list[dict[str, Any]]) -> None:
        if not self.refusal(lambda: service.undo(self.walk.id, reversed_=self.dice.random() < 0.5)):
            log = self.after(before, "undo")
            taken = next(entry for entry in before if entry["id"] == log[-1]["data"]["entry"])
            assert taken["agent"] == service.agent

    def keep_secret(self, service: Any, before: list[dict[str, Any]]) -> None:
        service.keep_secret(self.walk.id, BOXES[0], Secret(PASSWORD))
        assert service.reveal(self.walk.id, BOXES[0]) == PASSWORD
        if self.dice.random() < 0.5:
            service.forget_secrets()
            assert not service.reveal(self.walk.id, BOXES[0])

    def raw(self) -> dict[str, Any]:
        document = self.walk.service.store.get(self.walk.id)
        assert document
        return document

    def look(self, log: list[dict[str, Any]]) -> None:
        """That both panes and the bytes on the disk tell the same, and that every text can be made of it."""
        text = (self.home / "cases.json").read_text(encoding="utf-8")
        assert PASSWORD not in text
        data = json.loads(text)
        document = next(kept for kept in data["cases"].values() if kept["id"] == self.walk.id)
        assert document["log"] == log
        views: list[Case] = [service.case(self.walk.id) for service in self.desks]
        for service in self.desks:
            assert service.peek(self.walk.id).log == service.find(self.walk.id).log == views[0].log
            (row,) = [row for row in service.open_for(views[0].domain) if row.id == self.walk.id]
            assert row in service.overviews() and (row.done, row.total) == views[0].progress()
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
            assert PASSWORD not in self.desks[0].filled(views[0], template).text()

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


TOLD: Counter[str] = Counter()
USED: set[str] = set()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21) if LONG else (1, 5))
def test_whatever_is_done_in_two_panes_the_plain_reader_agrees(quick_home: Path, seed: int) -> None:
    driver = Driver(quick_home, seed)
    for _ in range(2500 if LONG else 1500):
        driver.step()
    TOLD.update(driver.told)
    USED.update(driver.used)
    assert driver.told["accepted"] > 200 and driver.told["refused"] > 200, driver.told


def test_the_walks_came_to_the_end_and_used_every_verb() -> None:
    """Otherwise they would prove little."""
    if not TOLD:
        pytest.skip("it looks at what the walks have done")
    rare = ("cancel-essentials", "cancel-ox-mail", "closed complete", "reopened", "imported")
    assert min(TOLD[name] for name in rare) >= 1, TOLD
    assert TOLD["undone"] > 20 and TOLD["revoked"] > 5 and TOLD["quote"] > 5, TOLD
    assert set(vars(Service)) >= VERBS
    assert not VERBS - USED
    changes = {name for module in (conduct, changing) for name, kind in vars(module).items() if hasattr(kind, "drafts")}
    assert [name for name in changes - {"Change"} if not TOLD[name]] == []


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
