"""Two agents and a floor that lose sight of each other at random, and come together again: held against replays.

All replays agree, nothing that was confirmed is lost, and no cancellation comes ahead of what it waits for, by the
oracle of tests/service/walker. A few hundred by default, 10,000 with OXTUI_LONG=1.
"""

from __future__ import annotations

import copy
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from oxtui.away.kept import Waiting
from oxtui.cases.case import Case
from oxtui.cases.commands.calls import BeginCall, EndCall, Park, Revoke
from oxtui.cases.commands.copies import RecordCopy
from oxtui.cases.commands.corrections import Correct
from oxtui.cases.commands.details import ChangeDomain, SetDetails
from oxtui.cases.commands.killers import Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.quotes import SetLicences
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import Resume
from oxtui.cases.events import Document
from oxtui.errors import OxtuiError
from oxtui.playbook.playbook import Playbook
from tests.drive.case import DOMAIN, LONG, SUNDAY, THREE, FakeClock, Walk, playbook, service_at
from tests.drive.floor import Agent, Shared
from tests.service.walker import rules, talks
from tests.service.walker.hands import HANDS
from tests.service.walker.ledger import Ledger, ledger_of
from tests.service.walker.panes import written
from tests.service.walker.values import Row, Told, moment

ROUNDS = 10_000 if LONG else 240
PARTS = 20 if LONG else 3
SEED = int(os.environ.get("OXTUI_SEED", "1"))
OF_KILLERS = (
    rules.witnesses_stand, rules.witnesses_younger, rules.nothing_below_open, rules.killer_applies,
    rules.mx_not_at_ox_mail, rules.cleared_first,
)  # fmt: skip
AWAY = ("next", "next", "next", "otherwise", "any", "killer", "undo", "mailboxes", "aside", "evidence", "conversation")


NOTHING_TWICE = (
    ChangeDomain, Choose, Correct, EndCall, Park, RecordCopy, Resume, Revoke, SetDetails, SetLicences, SetMailboxes,
)  # fmt: skip
"""Commands that write nothing where somebody else has done the same meanwhile."""


class Hands:
    """What the walker's hands ask of who types."""

    def __init__(self, clock: FakeClock, of: Playbook) -> None:
        self.clock = clock
        self.playbook = of

    @property
    def now(self) -> datetime:
        return self.clock.local()


@cache
def beginnings(folder: Path) -> tuple[Document, ...]:
    """Cases of scenario 2 as far as the order, the JIRA, the client's word, the clearing; each in Anna's call."""
    found = []
    for name in ("begun", "ordered", "sent", "back", "cleared"):
        walk = Walk(service_at(folder / name, "anna", FakeClock()), mailboxes=THREE[:1])
        if name == "begun":
            walk.begin(2)
        elif name == "ordered":
            walk.ordered(2)
        elif name == "sent":
            walk.ordered(2).sent()
        else:
            walk.back()
            if name == "cleared":
                walk.do(Clear("cancel-ox-mail"))
        document = walk.service.store.get(walk.id)
        assert document is not None
        found.append(copy.deepcopy(document))
    return tuple(found)


def own_rows_only(self: talks.Talks, row: Row) -> None:
    """Of each agent's own events alone: on a floor the order of a log is not that of its times."""
    at = moment(row["at"])
    if row["what"] == "ticked":
        self.acted.add((int(row["data"]["scenario"]), str(row["data"]["item"])))
    talk = self.conversations.get(str(row["agent"]))
    if talk is not None and not talk.ended and row["what"] != "late":
        talk.last = at


class Round:
    """One divergence: who is away, what both type, and how they come back."""

    def __init__(self, folder: Path, document: Document, seed: int, counted: Counter[str]) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.folder = folder
        self.counted = counted
        self.clock = FakeClock(SUNDAY + timedelta(minutes=5))
        self.shared = Shared(folder / "floor")
        self.id = str(document["id"])
        self.done: list[str] = []
        self.confirmed: dict[str, str] = {}
        """Commands that were shown as done, by id, in words."""
        self.seen: dict[str, int | None] = {}
        anna, ben = self.start("anna"), self.start("ben")
        anna.store.create(document)
        self.agents = {"anna": anna, "ben": ben}
        for each in self.agents.values():
            each.store.snapshot()
        if self.rng.random() < 0.7:
            ben.service.change(self.id, BeginCall("client"))
            anna.store.snapshot()
        if self.rng.random() < 0.5:
            ben.service.start(f"bens-{DOMAIN}")

    def start(self, name: str) -> Agent:
        return Agent(self.shared, self.folder / name, name, self.clock, thread=False)

    def fail(self, what: str) -> None:
        raise AssertionError(f"seed {self.seed}: {what}\n  " + "\n  ".join(self.done))

    # -- what happens
    def run(self) -> None:
        rng = self.rng
        away = rng.choice((("anna",), ("ben",), ("anna", "ben")))
        for name in away:
            self.agents[name].leave()
        for _ in range(rng.randint(3, 9)):
            self.clock.pass_(seconds=rng.choice((5, 40, 200, 900)))
            self.type(rng.choice(("anna", "anna", "ben")))
            if rng.random() < 0.08:
                self.kill(rng.choice(away))
            if rng.random() < 0.05 and len(away) == 2:
                self.back(away[0])
        self.clock.pass_(minutes=rng.choice((1, 30, 600)))
        for name in rng.sample(away, len(away)):
            self.back(name)
            if rng.random() < 0.3:
                self.type("anna")
        for each in self.agents.values():
            each.settle()

    def type(self, name: str) -> None:
        """A command of the walker's hands, decided on the case as this agent sees it."""
        agent, rng = self.agents[name], self.rng
        case = agent.service.peek(self.id)
        if case is None or case.closed:
            return
        command = HANDS[rng.choice(AWAY)][1](rng, case, Hands(self.clock, playbook()))
        if command is None:
            return
        waits = agent.outbox.floor.away is not None
        refused, before = len(agent.refused), {entry.id for entry in agent.outbox.kept if isinstance(entry, Waiting)}
        try:
            agent.press(self.id, command, case)
        except OxtuiError as error:  # the hands ask for what no screen offers
            self.done.append(f"{name} {written(command)}: {error}")
            return
        kept = [entry for entry in agent.outbox.kept if isinstance(entry, Waiting) and entry.id not in before]
        if len(agent.refused) > refused:
            self.done.append(f"{name} {written(command)}: {agent.refused[-1]}")
            self.counted["refused"] += 1
            return
        self.done.append(f"{name} {'kept' if waits else 'done'} {written(command)}")
        self.counted["kept" if kept else "done"] += 1
        shown = {event.id for event in agent.seen(self.id).log}
        writes = not isinstance(command, NOTHING_TWICE)
        self.confirmed |= {entry.id: entry.words for entry in kept if entry.id in shown and writes}
        self.seen |= {entry.id: entry.seen for entry in kept}

    def kill(self, name: str) -> None:
        """The client is killed: what is on its disk is all there is."""
        self.done.append(f"{name} killed")
        gone = self.agents[name]
        gone.killed()
        again = self.start(name)
        again.store.floor.gone_since = gone.store.floor.gone_since
        if again.outbox.floor.away is not None:
            known = {**gone.outbox._overlaid.last_known, **gone.store.peek()}
            again.outbox._overlaid.last_known = known  # as the files of one's own cases hold it
        else:
            again.store.snapshot()
        seen, before = again.service.peek(self.id), gone.service.peek(self.id)
        if seen is None or before is None or [event.id for event in seen.log] != [event.id for event in before.log]:
            self.fail(f"{name} sees another case after being killed")
        self.agents[name] = again

    def back(self, name: str) -> None:
        agent = self.agents[name]
        if agent.outbox.floor.away is None:
            return
        self.done.append(f"{name} back")
        seen, alone = agent.service.peek(self.id), self._alone(agent)
        agent.back()
        if self.rng.random() < 0.2:  # and away again in the middle of sending
            agent.store.fail_after, agent.store.written = self.rng.randint(0, 2), self.rng.random() < 0.5
            agent.settle()
            if agent.outbox.floor.away is not None:
                self.done.append(f"{name} lost it again")
                if self.rng.random() < 0.5:
                    self.kill(name)
                    agent = self.agents[name]
                agent.back()
            agent.store.fail_after = None
        agent.settle()
        case = agent.service.peek(self.id)
        if alone and seen is not None and case is not None and not agent.outbox.too_late and case.boards != seen.boards:
            self.fail("nobody else wrote, and what was shown as kept is not what came of it")

    def _alone(self, agent: Agent) -> bool:
        """Whether the floor has nothing that this agent has not seen."""
        held = agent.store.peek().get(self.id)
        there = super(type(agent.store), agent.store).get(self.id)
        return there is not None and held is not None and len(there["log"]) == len(held["log"])

    # -- what has to hold
    def judge(self) -> None:
        anna, ben = self.agents["anna"], self.agents["ben"]
        document = anna.store.get(self.id) or anna.store.archive.get(self.id)
        if document is None:
            return
        rows: list[Row] = list(document["log"])
        cases = [each.service.find(self.id) for each in (anna, ben, self.start("reader"))]
        if any(_all_of(case) != _all_of(cases[0]) for case in cases) or cases[0].altered:
            self.fail("two replays do not agree")
        if any(each.outbox.kept for each in (anna, ben)):
            self.fail("something still waits")
        ids = [str(row["id"]) for row in rows]
        if len(set(ids)) < len(ids):
            self.fail("written twice")
        told = [each.words for agent in (anna, ben) for each in agent.outbox.too_late]
        late = [str(row["data"]["words"]) for row in rows if row["what"] == "late"]
        for name, words in self.confirmed.items():
            if name not in ids and words not in told:
                self.fail(f"confirmed, and neither written nor told: {words}")
        if Counter(late) - Counter(told):
            self.fail(f"in the log, and not told to who did it: {late} {told}")
        self.counted["late"] += len(late)
        self._killers(rows)
        self._of_kept(rows, cases[0])

    def _of_kept(self, rows: list[Row], case: Case) -> None:
        """What waited was decided on what its screen had seen, and nothing that a cancellation rests on waited."""
        told = Told(pane={str(row["id"]): str(row["agent"]) for row in rows}, seen=dict(self.seen))
        for place, row in enumerate(rows):
            if row["id"] not in self.seen:
                continue
            if why := rules.seen_is_current(row, rows[:place], told):
                self.fail(f"seen_is_current at {row['seq']}: {why}")
            scenario = case.procedure.scenarios.get(row["data"].get("scenario", 0))
            marks = row["what"] in ("ticked", "answered", "skipped", "settled", "quote")
            if scenario and marks and row["data"]["item"] in scenario.witnesses and not row["data"].get("clearing"):
                self.fail(f"it waited, and a cancellation rests on it: {row['data']['item']}")

    def _killers(self, rows: list[Row]) -> None:
        ledger: Ledger = ledger_of([], Told())
        for place, row in enumerate(rows):
            for rule in OF_KILLERS:
                if why := rule(row, ledger):
                    self.fail(f"{rule.__name__} at {row['seq']}: {why}")
            if rules.killer_of(row) and row["what"] == "ticked":
                self.counted["cancelled"] += 1
            ledger = ledger_of(rows[: place + 1], Told()) if row["what"] == "undone" else _taken(ledger, row)


def _taken(ledger: Ledger, row: Row) -> Ledger:
    ledger.take(row)
    return ledger


def _all_of(case: Case) -> tuple[Any, ...]:
    return case.boards, case.log, case.details, case.mailboxes, case.holder, case.number, case.closed


@pytest.fixture
def floor_oracle(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(talks.Talks, "pass_by", own_rows_only)
    yield


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_agents_who_lost_sight_of_each_other_come_to_one_case(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, floor_oracle: None, part: int
) -> None:
    starts = beginnings(tmp_path_factory.getbasetemp() / "divergences")
    counted: Counter[str] = Counter()
    for number in range(part, ROUNDS, PARTS):
        start = copy.deepcopy(starts[number // PARTS % len(starts)])
        each = Round(tmp_path / str(number), start, SEED * 100_000 + number, counted)
        each.run()
        each.judge()
    assert counted["kept"] > ROUNDS / PARTS and counted["late"] and counted["cancelled"] and counted["refused"]
