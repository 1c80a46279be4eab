"""Makes the sample cases of `samples.yaml`, in every state, by working them through the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias
from zlib import crc32

from msgspec import Struct, convert, field

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.killers import Cancel, Clear
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, Tick
from oxtui.cases.commands.quotes import PutQuote, quoted_plans
from oxtui.cases.commands.scenarios import Choose
from oxtui.cases.commands.waiting import KeepEvidence, Note, SetHold
from oxtui.cases.lessons import Lesson, Lessons
from oxtui.cases.money import Quote, given_by_sme, work_out
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.errors import Refusal, WrongUse
from oxtui.outside.dns import practised
from oxtui.playbook.about import spoken
from oxtui.playbook.item_parts import Value
from oxtui.playbook.model import Item, Procedure
from oxtui.playbook.patterns import fits
from oxtui.service import Service

_MOST_ITEMS: Final = 200
_PACE: Final = timedelta(seconds=75)
_REASON: Final = "The client will send it later"

_Stop: TypeAlias = Callable[[Case, Item], bool]
_STOPS: Final[Mapping[str, _Stop]] = {
    "all": lambda case, item: False,
    "irreversible": lambda case, item: item.killer,
    "waits": lambda case, item: bool(item.waits_on),
    "returnable": lambda case, item: item.waits_on != "" and item.answer("returned") is not None,
    "acted": lambda case, item: case.acted(),
}
"""When `work` stops before an item, by its argument; a number is how many items to do."""


class Sample(Struct, frozen=True, forbid_unknown_fields=True):
    """One case of `samples.yaml`."""

    domain: str
    contact: str
    mailboxes: tuple[str, ...]
    scenario: int
    ago: tuple[int, int]
    answers: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    lesson: str = ""
    by: tuple[str, ...] = ()
    apart: int = 0


FIRST: Final = "n begins a case: type any {subject}, enter, then a (authenticated), and the digit of a scenario."
"""The first lesson; those of the samples follow, the newest case first."""


def read_samples() -> list[Sample]:
    """Return the sample cases."""
    import yaml

    text = Path(__file__).with_name("samples.yaml").read_text("utf-8")
    return convert(yaml.safe_load(text), list[Sample])


def make(service: Service) -> Lessons:
    """Make the sample cases on `service`, and return the lessons; its clock is restored."""
    clock = service.clock
    samples = sorted(read_samples(), key=lambda sample: sample.ago, reverse=True)  # closed in their order, too
    try:
        cases = [_make(service, sample, clock.local()) for sample in samples]
    finally:
        service.reader.clock = clock
    procedure = service.playbook.procedure
    in_words = partial(spoken, about=procedure.about, words=procedure.words)
    pairs = sorted(zip(samples, cases, strict=True), key=lambda pair: pair[0].ago)
    lessons = (
        Lesson(in_words(sample.lesson), sample.by, case.id, case.domain, case.seq, sample.apart)
        for sample, case in pairs
        if sample.lesson and _teaches(service, sample)
    )
    return Lessons((Lesson(in_words(FIRST)), *lessons), frozenset(case.id for case in cases))


def _teaches(service: Service, sample: Sample) -> bool:
    """Whether a playbook has the parts that a lesson needs: items for each mailbox, prices."""
    speaks_of_each = "{one}" in sample.lesson or "{many}" in sample.lesson
    speaks_of_prices = "quote" in sample.by or "{licences}" in sample.lesson
    each, prices = service.playbook.procedure.about.each, service.playbook.plans.all
    return not (speaks_of_each and not each) and not (speaks_of_prices and not prices)


def _make(service: Service, sample: Sample, now: datetime) -> Case:
    player = _Player(service, sample, now)
    for step in sample.steps:
        name, _, argument = step.partition(" ")
        getattr(player, name)(*argument.split())
    if not player.case.closed:
        player.do(EndCall())  # the agent who practises begins the only call
    return player.case


def subject_for(procedure: Procedure, sample: Sample) -> str:
    """Return the subject of a sample case: its domain, or a number of its own that fits the playbook's pattern."""
    about = procedure.about
    if about.is_domain or not about.subject.pattern:
        return sample.domain if about.is_domain else sample.domain.partition(".")[0]
    pattern, example = procedure.patterns[about.subject.pattern]
    number = crc32(sample.domain.encode())
    for digits in (3, 2, 1):
        other = f"{example[:-digits]}{number % 10**digits:0{digits}}"
        if fits(pattern, other):
            return other
    return example


class _Player:
    """Works one sample case, on a clock that starts in the past."""

    def __init__(self, service: Service, sample: Sample, now: datetime) -> None:
        self.service = service
        self.sample = sample
        self.now = now
        self.at = now - timedelta(days=sample.ago[0], minutes=sample.ago[1])
        self._move(timedelta())
        about = service.playbook.procedure.about
        self.names = (*sample.mailboxes, "late")
        if about.is_domain:
            self.names = tuple(f"{name}@{sample.domain}" for name in self.names)
        known = {"contact": sample.contact, "phone": "03 5550 0100"}
        details = {name: text for name, text in known.items() if name in about.fields}
        mailboxes = self.names[:-1] if about.each else ()
        self.case: Case = service.start(subject_for(service.playbook.procedure, sample), details, mailboxes)

    def _move(self, by: timedelta) -> None:
        self.at = min(self.at + by, self.now)
        self.service.reader.clock = Clock(self.at)

    def do(self, command: Command) -> bool:
        """Run a command a little later; False if it is refused."""
        self._move(_PACE)
        try:
            self.case = self.service.change(self.case.id, command)
        except (Refusal, WrongUse):
            return False
        return True

    def _work(self, stop: _Stop) -> None:
        for _ in range(_MOST_ITEMS):
            item = self.case.next_item()
            if item is None or stop(self.case, item) or not all(self.do(command) for command in self._commands(item)):
                return

    def _commands(self, item: Item) -> tuple[Command, ...]:
        """Return the command that does an item, or the two of a killer."""
        return (Clear(item.id), Cancel(item.id)) if item.killer else (self._command(item),)

    def _command(self, item: Item, answer: str = "", mailboxes: tuple[str, ...] = ()) -> Command:
        """Return the command that does an item: a quote, a tick, or the sample's (else the first) answer."""
        if item.quote:
            return PutQuote(self._quote(item))
        if self.case.status(item.id).state is State.OUT_THERE:
            return Settle(item.id, "1")
        if item.kind == "action":
            values = {value.key: self._value(value) for value in item.values}
            return Tick(item.id, values=values, through=next(iter(self.case.ways(item)), ""))
        return self._answer(item, answer or self.sample.answers.get(item.id, ""), mailboxes)

    def _answer(self, item: Item, name: str, mailboxes: tuple[str, ...] = ()) -> AnswerIt:
        """Return the answer `name` (else the first), with the text that it asks for."""
        first, last = ((self.at.date() - timedelta(days)).isoformat() for days in (9, 2))
        typed = {"dates": (first, last), "date": (first,), "text": ("a sample",)}
        typed |= {"number": ("1",), "money": ("1.00",)}
        value = typed.get(item.select) or ((item.answer(name) or item.answers[0]).id,)
        lines = [line for template in self.case.procedure.templates.values() for line in template.lines]
        passwords = any(line.kind == "secret" for line in lines)
        what = "The password of one mailbox was not accepted" if passwords else "One of the details was not right"
        patterns = self.case.procedure.patterns
        asking = [answer for answer in item.given(value) if answer.asks]
        text = next((patterns[each.pattern][1] if each.pattern else what for each in asking), "")
        return AnswerIt(item.id, value, mailboxes, told=text)

    def _value(self, value: Value) -> str:
        """Return a value that fits."""
        if value.kind == "date":
            return self.at.date().isoformat()
        if value.kind in ("number", "money"):
            return "1"
        pattern = self.case.procedure.patterns.get(value.pattern)
        return pattern[1] if pattern else "30412" if "number" in value.label.lower() else "inbox.png"

    def _quote(self, item: Item) -> Quote:
        """Return the quote for the plans answered; an SME's if no rule gives one."""
        now, new = quoted_plans(self.case, item)
        plans, today = self.service.playbook.plans, self.at.date()
        current = plans.get(now) or plans.all[0]
        wanted = plans.get(new) or current
        licences = self.case.licences
        quote = work_out(current, wanted, plans.policy, today, months=4, licences=licences)
        if quote.discount is not None:
            return quote
        amount = Decimal("0.00") if current.term == "monthly" else min(Decimal("5.00"), quote.new_price)
        return given_by_sme(quote, current, wanted, plans.policy, amount, "Sam Lee", "chat of today")

    def _first_that_may(self, command: Callable[[Item], Command]) -> None:
        any(self.do(command(status.item)) for status in self.case.open_items())

    # -- the steps

    def work(self, until: str) -> None:
        """Begin a call, choose the scenario (the first, if the playbook lacks it), and do its items."""
        procedure = self.case.procedure
        numbers, methods = list(procedure.scenarios), procedure.auth_methods
        self.do(BeginCall("client", methods[0] if methods else "", self.sample.contact))
        self.do(Choose(self.sample.scenario if self.sample.scenario in numbers else numbers[0]))
        self._work(_STOPS.get(until) or (lambda case, item: case.progress()[0] >= int(until)))

    def refuse(self) -> None:
        self.do(FailAuthentication("The answer to the security question was wrong"))

    def late(self) -> None:
        self.do(SetMailboxes(added=self.names[-1]))

    def hold(self, days: str, of: str = "next") -> None:
        """Put the case on hold for the next item's party, or (`of` "channel") the scenario's first channel."""
        channels, scenario, item = self.service.playbook.channels, self.case.scenario, self.case.next_item()
        if of == "channel" and scenario:
            items = (*(status.item for status in self.case.open_items()), *scenario.items())
            item = next((each for each in items if each.waits_on in channels), None)
        party = item.waits_on if item else ""
        waits_for = channels[party].name if party in channels else f"the {party or 'client'}"
        until = (self.now + timedelta(int(days))).date().isoformat()
        self.do(SetHold(waits_for, until, on=item.id if item and party else ""))

    def return_first(self) -> None:
        item = self.case.next_item()
        if item is None:
            return
        boxes = self.case.addresses if item.each else ()
        if len(boxes) > 1:
            self.do(self._command(item, "completed", boxes[1:]))
        self.do(self._command(item, "returned", boxes[:1]))
        if self.service.playbook.asks_dns:
            self.do(KeepEvidence(practised(self.sample.domain, self.service.playbook.owners, self.at).to_data()))
        self.do(EndCall())

    def change_answer(self) -> None:
        """Change an answer that an action outside rests on: an order is for another plan now."""
        names = (name for status in self.case.applicable() if status.item.acts for name in status.item.uses)
        questions = [self.case.status(name).item for name in dict.fromkeys(names) if name in self.case.statuses]
        questions.sort(key=lambda item: not any(answer.plan for answer in item.answers))
        for question in questions:
            answers = {each for mark in self.case.marks(question.id).values() for each in mark.value}
            other = next((answer.id for answer in question.answers if answers and answer.id not in answers), "")
            if other and self.do(self._answer(question, other)):
                return

    def change_scenario(self) -> None:
        """Choose the last of the other scenarios."""
        other = next((n for n in reversed(list(self.case.procedure.scenarios)) if n != self.case.number), None)
        if other is not None:
            self.do(Choose(other))

    def skip(self) -> None:
        self._first_that_may(lambda item: Skip(item.id, _REASON))

    def put_off(self) -> None:
        until = (self.now + timedelta(1)).date().isoformat()
        self._first_that_may(lambda item: Defer(item.id, until, _REASON))

    def close(self) -> None:
        self.do(Note("A practice case, worked through to its end"))
        self.do(Close(next((each.id for each in self.case.procedure.endings if each.complete), "")))
