"""Sample cases for practice, in every state, made through the service as an agent would make them.

They are worked through by what the playbook says, not by its names: another playbook has samples, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from oxtui.cases.case import Case
from oxtui.cases.commands import (
    AnswerIt,
    Cancel,
    Clear,
    Command,
    Defer,
    PutQuote,
    Settle,
    Skip,
    Tick,
    quoted_plans,
)
from oxtui.cases.conduct import (
    BeginCall,
    Choose,
    Close,
    EndCall,
    FailAuthentication,
    KeepEvidence,
    Note,
    SetHold,
)
from oxtui.cases.evidence import MX, Evidence, verdict_of
from oxtui.cases.money import Quote, given_by_sme, work_out
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Item, Value
from oxtui.service import Service

_MOST_STEPS: Final = 200
_PACE: Final = timedelta(seconds=75)
_REASON: Final = "The client will send it later"


class Sample(Struct, frozen=True):
    """One case: `ago` days and minutes before now it was opened, `then` what makes its state."""

    domain: str
    scenario: int
    boxes: tuple[str, ...]
    contact: str
    ago: tuple[int, int]
    then: Callable[[_Player], None]
    answers: Mapping[str, str] = field(default_factory=dict)


class _Player:
    """Works on one sample case, on a clock of its own that starts in the past."""

    def __init__(self, service: Service, sample: Sample, now: datetime) -> None:
        self.service = service
        self.sample = sample
        self.now = now
        self.at = now - timedelta(days=sample.ago[0], minutes=sample.ago[1])
        self._move(timedelta())
        mailboxes = [f"{name}@{sample.domain}" for name in sample.boxes]
        details = {"contact": sample.contact, "phone": "03 5550 0100"}
        self.case: Case = service.start(sample.domain, details, mailboxes)

    def _move(self, by: timedelta) -> None:
        self.at = min(self.at + by, self.now)
        self.service.clock = Clock(self.at)

    def do(self, command: Command) -> bool:
        """Do one thing a little later; False where the playbook does not allow it."""
        self._move(_PACE)
        try:
            self.case = self.service.change(self.case.id, command)
        except (Refusal, WrongUse):
            return False
        return True

    def call(self) -> None:
        """The client is on the line, authenticated."""
        methods = self.case.procedure.auth_methods
        self.do(BeginCall("client", methods[0] if methods else "", self.sample.contact))

    def choose(self) -> None:
        """Take the sample's scenario, or the first one of a playbook that has it not."""
        numbers = list(self.case.procedure.scenarios)
        self.do(Choose(self.sample.scenario if self.sample.scenario in numbers else numbers[0]))

    def begin(self, stop: Callable[[Case, Item], bool] = lambda case, item: False) -> None:
        """A call, the scenario, and its items until `stop`."""
        self.call()
        self.choose()
        self.work(stop)

    def work(self, stop: Callable[[Case, Item], bool] = lambda case, item: False) -> None:
        """Do one item after the other, until `stop` says of the next one that it is enough."""
        for _ in range(_MOST_STEPS):
            item = self.case.next_item()
            if item is None or stop(self.case, item) or not all(self.do(command) for command in self.steps(item)):
                return

    def steps(self, item: Item) -> tuple[Command, ...]:
        """What does `item`: one thing, or the two of what is irreversible."""
        return (Clear(item.id), Cancel(item.id)) if item.killer else (self.step(item),)

    def step(self, item: Item, answer: str = "", mailboxes: tuple[str, ...] = ()) -> Command:
        """What does `item`: a quote, a tick, or the sample's (else the first) answer."""
        if item.quote:
            return PutQuote(self.quote(item))
        if self.case.status(item.id).state is State.OUT_THERE:
            return Settle(item.id, "1")
        if item.kind == "action":
            values = {value.key: self.value(value) for value in item.values}
            return Tick(item.id, values=values, through=next(iter(self.case.ways(item)), ""))
        return self.answer(item, answer or self.sample.answers.get(item.id, ""), mailboxes)

    def answer(self, item: Item, name: str, mailboxes: tuple[str, ...] = ()) -> AnswerIt:
        """The answer called `name` (where there is none, the first), told as it asks to be."""
        day = self.at.date()
        if item.select == "dates":
            value: tuple[str, ...] = ((day - timedelta(9)).isoformat(), (day - timedelta(2)).isoformat())
        elif item.select == "date":
            value = ((day - timedelta(9)).isoformat(),)
        elif item.select == "text":
            value = ("a sample",)
        else:
            chosen = item.answer(name) or item.answers[0]
            value = (chosen.id,)
        asked = any(answer.asks for answer in item.answers if answer.id in value)
        lines = [line for template in self.case.procedure.templates.values() for line in template.lines]
        passwords = any(line.kind == "secret" for line in lines)
        what = "The password of one mailbox was not accepted" if passwords else "One of the details was not right"
        told = what if asked else ""
        return AnswerIt(item.id, value, mailboxes, told=told)

    def value(self, value: Value) -> str:
        """A value of the form that is asked for."""
        if value.kind == "date":
            return self.at.date().isoformat()
        pattern = self.case.procedure.patterns.get(value.pattern)
        return pattern[1] if pattern else "30412" if "number" in value.label.lower() else "inbox.png"

    def quote(self, item: Item) -> Quote:
        """The quote for the plans that the answers name; where no rule gives one, an SME's."""
        now, new = quoted_plans(self.case, item)
        plans, today = self.service.playbook.plans, self.at.date()
        current = plans.get(now) or plans.all[0]
        wanted = plans.get(new) or current
        licences = self.case.licences
        quote = work_out(current, wanted, plans.policy, today, months=4, licences=licences)
        if quote.discount is not None:
            return quote
        amount = Decimal("0.00") if current.term == "monthly" else min(Decimal("5.00"), quote.new_price)
        given = ("Sam Lee", "chat of today")
        return given_by_sme(current, wanted, plans.policy, today, amount, *given, months=4, licences=licences)

    def evidence(self) -> Evidence:
        """What a lookup could have answered: mail is with the first owner that dns.yaml states.

        Nobody is asked for a made-up domain.
        """
        domain, owners = self.sample.domain, self.service.playbook.owners
        pattern = next((owner.mx[0] for owner in owners.stated if owner.mx), f"mx1.{domain}")
        first, dot, rest = pattern.partition(".")
        host = (domain.replace(".", "-") if first == "*" else first.replace("*", "1")) + dot + rest.replace("*", "mx")
        mx = (MX(host, 0, owners.owner_of(host)),)
        names = owners.names_of(record.owner for record in mx)
        owner, notes = verdict_of(mx, names)
        at = self.at.replace(microsecond=0).astimezone(UTC)
        servers = (f"ns1.{domain}", f"ns2.{domain}")
        return Evidence(domain, "192.0.2.53:53", at, servers, mx, owner=owner, notes=notes, names=names)

    def hold(self, item: Item | None, days: int) -> None:
        """The case waits for whom `item` waits (else the client), until so many days from now (which may be past)."""
        party = item.waits_on if item else ""
        channel = self.service.playbook.channels.get(party)
        waits_for = channel.name if channel else f"the {party or 'client'}"
        self.do(SetHold(waits_for, (self.now + timedelta(days)).date().isoformat()))


# -- what makes the states
def _killer(_case: Case, item: Item) -> bool:
    return item.killer


def _waits(_case: Case, item: Item) -> bool:
    return bool(item.waits_on)


def _after(count: int) -> Callable[[Case, Item], bool]:
    return lambda case, item: case.progress()[0] >= count


def _not_authenticated(player: _Player) -> None:
    player.do(FailAuthentication("The answer to the security question was wrong"))


def _new(player: _Player) -> None:
    """Nothing was done yet."""


def _in_hand(player: _Player) -> None:
    player.begin(_after(4))


def _escalating(player: _Player) -> None:
    player.begin(_after(8))


def _waiting(player: _Player) -> None:
    player.begin(_waits)
    player.hold(player.case.next_item(), 2)


def _due(player: _Player) -> None:
    player.begin(_waits)
    items = player.case.scenario.items() if player.case.scenario else ()
    channels = player.service.playbook.channels
    player.hold(next((item for item in items if item.waits_on in channels), None), -1)


def _returned(player: _Player) -> None:
    """The last thing that others decide comes back for one mailbox, and is good for the rest."""
    player.begin(lambda case, item: item.waits_on != "" and item.answer("returned") is not None)
    item = player.case.next_item()
    if item is None:
        return
    boxes = player.case.addresses if item.each else ()
    if len(boxes) > 1:
        player.do(player.step(item, "completed", boxes[1:]))
    player.do(player.step(item, "returned", boxes[:1]))
    player.do(KeepEvidence(player.evidence().to_data()))
    player.do(EndCall())


def _nearly_closed(player: _Player) -> None:
    player.begin(_killer)


def _stale(player: _Player) -> None:
    """An answer changes that something done outside was done on: its order is for another plan now."""
    player.begin(_after(8))
    names = (name for status in player.case.applicable() if status.item.acts for name in status.item.uses)
    questions = [player.case.status(name).item for name in dict.fromkeys(names) if name in player.case.statuses]
    questions.sort(key=lambda item: not any(answer.plan for answer in item.answers))
    for question in questions:
        given = {each for mark in player.case.marks(question.id).values() for each in mark.value}
        other = next((answer.id for answer in question.answers if given and answer.id not in given), "")
        if other and player.do(player.answer(question, other)):
            return


def _unwind(player: _Player) -> None:
    """Another scenario is chosen when something with an effect outside was done already."""
    player.begin(lambda case, item: case.acted())
    other = next((n for n in list(player.case.procedure.scenarios)[::-1] if n != player.case.number), None)
    if other is not None:
        player.do(Choose(other))


def _skipped(player: _Player) -> None:
    player.begin(_after(5))
    _first_that_may(player, lambda item: Skip(item.id, _REASON))


def _deferred(player: _Player) -> None:
    player.begin(_after(5))
    until = (player.now + timedelta(1)).date().isoformat()
    _first_that_may(player, lambda item: Defer(item.id, until, _REASON))


def _first_that_may(player: _Player, command: Callable[[Item], Command]) -> None:
    for status in player.case.open_items():
        if player.do(command(status.item)):
            return


def _closed(player: _Player) -> None:
    player.begin()
    player.do(Note("A practice case, worked through to its end"))
    complete = next((each.id for each in player.case.procedure.endings if each.complete), "")
    player.do(Close(complete))


_YEARLY: Final = {"billed-now": "yearly", "billed-next": "yearly"}
_BACK: Final = {"mx": "office-365", "missing": "no"}
_MIXED: Final = {"billed-now": "yearly", "billed-next": "monthly"}

SAMPLES: Final = (
    Sample("harbour-kayaks.example", 2, ("anna", "ben"), "Anna Kowalski", (3, 95), _due),
    Sample(
        "coastal-dental.example",
        2,
        ("reception", "dr.moss", "dr.vale"),
        "Priya Moss",
        (2, 130),
        _returned,
        _BACK,
    ),
    Sample("old-mill-bakery.example", 1, ("shop",), "Tom Reid", (0, 25), _in_hand, _YEARLY),
    Sample(
        "tindal-legal.example",
        3,
        ("office", "tindal"),
        "Grace Tindal",
        (0, 40),
        _escalating,
        {"solved": "no"},
    ),
    Sample("redgum-vets.example", 1, ("front", "surgery"), "Mei Chen", (1, 60), _stale, _YEARLY),
    Sample("bellbird-print.example", 1, ("orders",), "Luca Bell", (1, 200), _waiting),
    Sample(
        "fernhill-school.example",
        2,
        ("admin", "library", "head"),
        "Ruth Fern",
        (2, 60),
        _nearly_closed,
        _YEARLY,
    ),
    Sample(
        "three-sisters-tours.example",
        3,
        ("bookings",),
        "Kim Okafor",
        (0, 75),
        _skipped,
        {"issue": "missing-mail"},
    ),
    Sample("lantern-studio.example", 3, ("hello",), "Noor Haddad", (0, 55), _deferred),
    Sample("pier-nine-cafe.example", 1, ("cafe",), "Joe Marsh", (0, 50), _unwind),
    Sample("granite-gym.example", 2, ("service",), "Alex Stone", (0, 12), _not_authenticated),
    Sample("wattle-florist.example", 1, ("flowers",), "Ivy Ward", (0, 3), _new),
    Sample("saltbush-wines.example", 1, ("cellar", "sales"), "Dana Hill", (9, 90), _closed, _MIXED),
    Sample("quokka-cycles.example", 3, ("ride",), "Finn Gray", (12, 60), _closed),
)


def make(service: Service, samples: tuple[Sample, ...] = SAMPLES) -> list[str]:
    """Make the sample cases on `service`, whose clock is as before when this returns; gives their ids."""
    clock = service.clock
    now = clock.local()
    ids = []
    try:
        for sample in samples:
            player = _Player(service, sample, now)
            sample.then(player)
            if not player.case.closed:
                player.do(EndCall())  # whoever practises has one call, and begins it
            ids.append(player.case.id)
    finally:
        service.clock = clock
    return ids
