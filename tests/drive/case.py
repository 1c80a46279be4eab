"""The one way to drive a case without a screen: worked through the service, on the shipped playbook."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, item_of
from oxtui.cases.commands.calls import BeginCall, Park
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, TakeBack, Tick
from oxtui.cases.commands.quotes import PutQuote, quoted_plans
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.money import Quote, given_by_sme, work_out
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.errors import Refusal
from oxtui.locations import Locations
from oxtui.playbook.load import load
from oxtui.playbook.model import Answer, Item, Procedure
from oxtui.playbook.playbook import Playbook
from oxtui.service import Service
from oxtui.store.interface import CaseStore
from tests.drive.stretches import remembered

CONFIG = Path(__file__).parents[2] / "config"
LONG = bool(os.environ.get("OXTUI_LONG"))
SUNDAY = datetime.fromisoformat("2026-11-22T10:46:00+11:00")
MONDAY = SUNDAY + timedelta(days=1)
DOMAIN = "brightside.com.au"
ONE = (f"anna@{DOMAIN}",)
THREE = (f"anna@{DOMAIN}", f"info@{DOMAIN}", f"sales@{DOMAIN}")
VALUES = {"jira": "HOST-4412", "salesforce": "00123456", "ox-mail": "ox.png", "office-365": "o365.png"}


STORES: list[Callable[[Path, Clock, str], CaseStore]] = []
"""What makes the store of a home in the place of the local one; a test of another store adds one and takes it away."""


def asked(procedure: Procedure, answer: Answer, told: str) -> str:
    """What is typed with an answer: the example of the form that it asks for, else `told`."""
    return procedure.patterns[answer.pattern][1] if answer.pattern else told


@cache
def playbook_in(folder: Path) -> Playbook:
    """The playbook in a folder, loaded once."""
    return load(folder).playbook


def shipped() -> Playbook:
    """The playbook in config/."""
    return playbook_in(CONFIG)


@cache
def playbook(config: Path = CONFIG) -> Playbook:
    """The playbook in a folder, with a resolver on this machine that answers nothing."""
    found = playbook_in(config)
    quiet = replace(found.settings, resolver="127.0.0.1:9", dns_timeout_seconds="0.05")
    return replace(found, settings=quiet)


class FakeClock(Clock):
    """A clock that a test moves on by hand: wall and monotonic together, or either alone."""

    def __init__(self, at: datetime = SUNDAY) -> None:
        super().__init__(at)
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def pass_(self, *, wall: bool = True, monotonic: bool = True, **units: float) -> None:
        """Let time pass: `minutes=61`; without `wall` the wall clock stands still, and so on."""
        if wall and self.frozen:
            self.frozen += timedelta(**units)
        if monotonic:
            self.seconds += timedelta(**units).total_seconds()


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


def service_at(
    home: Path,
    agent: str = "anna",
    clock: Clock | None = None,
    playbook: Playbook | None = None,
    config: Path = CONFIG,
) -> Service:
    """A pane: a service on that home, or on what `STORES` puts in its place."""
    clock = clock or Clock(SUNDAY)
    store = STORES[-1](home, clock, agent) if STORES else None
    return Service(Locations(home, config), playbook or playbook_in(config), clock, agent, store)


def new_service(
    folder: Path, *, now: datetime = SUNDAY, agent: str = "anna", playbook: Playbook | None = None
) -> Service:
    """A pane whose clock stands still, on the home `oxhome` in a folder."""
    return service_at(folder / "oxhome", agent, Clock(now), playbook)


def do(service: Service, case: Case, *commands: Command) -> Case:
    """Carry commands out one after the other."""
    for command in commands:
        case = service.change(case.id, command)
    return case


def begun(service: Service, domain: str = "brightside.com.au", scenario: int = 1, mailboxes: str = "") -> Case:
    """A case whose client is authenticated, in a scenario."""
    for other in service.on_the_line():
        service.change(other.id, Park())
    case = service.start(domain)
    boxes = mailboxes or f"anna@{domain} info@{domain}"
    return do(service, case, SetMailboxes(added=boxes), BeginCall("client"), Choose(scenario))


TO_THE_QUOTE = {
    "yearly": (1, "business-basic", "yearly", "yearly"),
    "monthly": (1, "business-basic", "monthly", "monthly"),
    "mixed": (1, "business-basic", "monthly", "yearly"),
    "mixed-back": (1, "business-basic", "yearly", "monthly"),
    "ox": (2, "business-basic", "yearly", "yearly"),
}
"""Sample cases that wait for their quote: scenario, licence, billed now, billed next."""


def sample(service: Service, name: str = "yearly", domain: str = "brightside.com.au") -> Case:
    """A case worked on up to its pro-rata (a key of TO_THE_QUOTE)."""
    scenario, licence, now, new = TO_THE_QUOTE[name]
    case = begun(service, domain, scenario)
    assert case.scenario
    wanted = {"licence": licence, "billed-now": now, "billed-next": new}
    for item in case.scenario.items():
        if item.quote:
            return case
        status = case.status(item.id)
        if not status.applies or item.killer:
            continue
        if item.kind == "question" and item.answers:
            answer = wanted.get(item.id, item.answers[0].id)
            case = do(service, case, AnswerIt(item.id, (answer,)))
        elif item.kind == "action" and not item.optional:
            through = next(iter(case.ways(item)), "")
            case = do(service, case, Tick(item.id, through=through) if through else Tick(item.id))
    raise AssertionError(f"scenario {scenario} has no quote")


def closed(service: Service, domain: str = "brightside.com.au", ending: str = "unreachable") -> Case:
    """A closed case, in the history."""
    return do(service, begun(service, domain, 3), Close(ending))


def one_case(service: Service) -> Case:
    """An open case of scenario 1 with two mailboxes, beside a closed one."""
    closed(service, "gone.example", "mistake")
    return begun(service)


class Walk:
    """One case on one service; each verb returns the case after it."""

    def __init__(self, service: Service, case_id: str = "", mailboxes: tuple[str, ...] = ONE) -> None:
        self.service = service
        self.id = case_id or service.start(DOMAIN, mailboxes=mailboxes).id

    @property
    def case(self) -> Case:
        return self.service.case(self.id)

    def other(self, service: Service) -> Walk:
        """The same case in another pane."""
        return Walk(service, self.id)

    def do(self, *changes: Command) -> Case:
        for change in changes:
            self.service.change(self.id, change)
        return self.case if self.service.store.get(self.id) else self.service.find(self.id)

    def item(self, name: str) -> Item:
        return item_of(self.case, name)[1]

    @remembered
    def begin(self, scenario: int, mode: str = "client") -> Walk:
        self.do(BeginCall(mode), Choose(scenario))
        return self

    # -- the two things done to items, with what they ask for
    def ticking(self, name: str, *boxes: str, **more: Any) -> Tick:
        """A Tick with values and channel as the screen would give them."""
        item = self.item(name)
        given: dict[str, Any] = {
            "values": {value.key: VALUES.get(value.key, "2026-12-01") for value in item.values},
            "through": next(iter(self.case.ways(item)), ""),
        }
        return Tick(name, boxes, **{**given, **more})

    def tick(self, name: str, *boxes: str, **more: Any) -> Case:
        return self.do(self.ticking(name, *boxes, **more))

    def answering(self, name: str, *value: str, **more: Any) -> AnswerIt:
        item = self.item(name)
        asking = [answer for answer in map(item.answer, value) if answer and answer.asks]
        told = asked(self.case.procedure, asking[0], "they said why") if asking else ""
        values = {value.key: VALUES.get(value.key, "2026-12-01") for value in item.values}
        given: dict[str, Any] = {"told": told, "values": values}
        return AnswerIt(name, value, **{**given, **more})

    def answer(self, name: str, *value: str, **more: Any) -> Case:
        return self.do(self.answering(name, *value, **more))

    def settle(self, name: str, way: Any, *boxes: str, told: str = "") -> Case:
        """Say what became of an action that was done on other terms."""
        values = {value.key: VALUES.get(value.key, "") for value in self.item(name).values} if way == "2" else {}
        return self.do(Settle(name, way, boxes, told or ("it is" if way == "4" else ""), values))

    def take_back(self, name: str, *boxes: str) -> Case:
        return self.do(TakeBack(name, boxes))

    def cancel(self, name: str) -> Case:
        """Both steps of a killer."""
        return self.do(Clear(name), Cancel(name))

    def quoted(self, *, months: int = 2, amount: str = "0.00", new: str = "") -> Quote:
        """The quote that the answers ask for: by rule, or the amount of an SME where no rule covers it."""
        case = self.case
        assert case.scenario
        item = next(item for item in case.scenario.items() if item.quote)
        now, named = quoted_plans(case, item)
        plans = self.service.playbook.plans
        current, later = plans.get(now), plans.get(named or new)
        assert current and later
        today = self.service.clock.today()
        quote = work_out(current, later, plans.policy, today, months=months, licences=case.licences)
        if quote.covered:
            return quote
        return given_by_sme(quote, current, later, plans.policy, Decimal(amount), "Sam", "chat of 22/11")

    def quote(self, **more: Any) -> Case:
        return self.do(PutQuote(self.quoted(**more)))

    # -- looking
    def state(self, name: str) -> State:
        return self.case.status(name).state

    def states(self, *names: str) -> list[State]:
        case = self.case
        return [case.status(name).state for name in names]

    def applies(self, *names: str) -> bool:
        """Whether any of these items is shown as one that counts."""
        case = self.case
        return any(case.status(name).applies for name in names)

    def refused(self, change: Command, *words: str, error: type[Exception] = Refusal) -> str:
        """That the change is refused with those words, and that nothing was written; gives the message."""
        before = self.service.store.get(self.id)
        with pytest.raises(error) as caught:
            self.service.change(self.id, change)
        told = str(caught.value)
        for word in words:
            assert word in told, told
        assert self.service.store.get(self.id) == before
        return told

    def close(self, ending: str = "complete", told: str = "") -> Case:
        return self.do(Close(ending, told))

    def closed_as(self, ending: str) -> bool:
        """Whether the case has left the open ones, with that ending, and can be found again."""
        case = self.service.find(self.id)
        gone = self.service.store.get(self.id) is None
        return gone and case.closed is not None and case.closed.ending == ending

    # -- the ways through the scenarios, up to a point
    @remembered
    def plan(self, scenario: int, now: str = "monthly", new: str = "monthly", licence: str = "business-basic") -> Walk:
        """The plan of scenario 1 or 2: its questions answered."""
        self.begin(scenario)
        if scenario == 2:
            self.answer("ox-running", "running")
        self.answer("billed-now", now)
        self.answer("licence", licence)
        self.answer("billed-next", new)
        return self

    @remembered
    def ordered(
        self, scenario: int, now: str = "monthly", new: str = "monthly", licence: str = "business-basic"
    ) -> Walk:
        """Up to a placed order."""
        self.plan(scenario, now, new, licence)
        self.tick("tell-team" if scenario == 1 else "sme")
        if scenario == 1:
            self.answer("salesforce-reason", "set")
        if "yearly" in (now, new):
            self.quote(new="m365-business-basic-" + new)
        self.tick("order")
        return self

    @remembered
    def swapped(self) -> Walk:
        """Scenario 1 from the placed order to the moved mailboxes."""
        self.answer("order-completed", "completed")
        self.tick("accounts-swapped")
        return self

    @remembered
    def sent(self, **answers: str) -> Walk:
        """Scenario 2 from the placed order to the JIRA sent."""
        self.answer("order-completed", "completed")
        self.answer("dns-office-365", "yes")
        self.answer("devices", "connected")
        assert self.case.scenario
        for item in self.case.scenario.step_of["jira"].items:
            if item.kind == "question" and self.state(item.id) is State.TODO:
                usual = {"missing": "no", "missing-since": "2026-11-03"}.get(item.id) or item.answers[0].id
                self.answer(item.id, answers.get(item.id, usual))
        self.tick("jira")
        return self

    @remembered
    def back(self, now: str = "monthly", new: str = "monthly") -> Walk:
        """Scenario 2 from the start up to a client who confirmed: only OX-Mail is left to cancel."""
        self.ordered(2, now, new).sent()
        self.answer("jira-result", "completed")
        self.answer("client-confirms", "works")
        return self

    @remembered
    def checked(self, *issues: str, solved: str = "no") -> Walk:
        """Scenario 3 up to whether it is solved."""
        self.begin(3)
        self.answer("issue", *issues)
        for status in self.case.applicable():
            item = status.item
            if item.id in ("solved", "issue") or self.case.status(item.id).state is not State.TODO:
                continue
            if item.kind == "action":
                if self.case.scenario and self.case.scenario.step_of[item.id].id == "troubleshoot":
                    self.tick(item.id)
            elif item.select == "dates":
                self.answer(item.id, "2026-11-03", "2026-11-07")
            elif item.answers:
                self.answer(item.id, item.answers[0].id)
        self.answer("solved", solved)
        return self


def undo_last(service: Service, case_id: str) -> Case:
    """Undo the last thing that the service's agent did in the case; raises Refusal where nothing can be."""
    undo = service.case(case_id).undo
    if undo is None:
        raise Refusal("You have nothing to undo", "")
    return service.change(case_id, UndoIt(undo.event.id))
