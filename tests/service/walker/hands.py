"""What a pair of hands might type next: mostly what comes next in the case, often enough something else."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Park, Revoke
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.copies import BeginCopy, RecordCopy, SetLine
from oxtui.cases.commands.corrections import Settle
from oxtui.cases.commands.details import ChangeDomain, SetDetails
from oxtui.cases.commands.killers import AlreadyDone, Cancel, Clear, NotYet
from oxtui.cases.commands.mailboxes import SetMailboxes
from oxtui.cases.commands.marks import AnswerIt, Defer, Skip, TakeBack, Tick, Word
from oxtui.cases.commands.quotes import Cover, PutQuote, SetLicences, quoted_plans
from oxtui.cases.commands.scenarios import Choose, keepable
from oxtui.cases.commands.undo import UndoIt
from oxtui.cases.commands.waiting import KeepEvidence, Note, Resume, SetHold
from oxtui.cases.evidence import MX, Evidence
from oxtui.cases.money import Quote, given_by_sme, work_out
from oxtui.cases.status import State
from oxtui.errors import OxtuiError
from oxtui.playbook.model import Item
from oxtui.playbook.playbook import Playbook
from tests.drive.case import asked

DOMAINS: Final = ("brightside.com.au", "fernhill.com.au", "harbour-cafe.com.au")
NAMES: Final = ("anna", "Info", "sales", "desk")
USUAL: Final = {"missing": "no", "solved": "no", "issue": "missing-mail"}
KINDS: Final = ("office365", "ox-mail", "other", "unknown", "none", "error")


class Pane(Protocol):
    """What the hands need to know of the pane that they type in."""

    playbook: Playbook

    @property
    def now(self) -> datetime: ...


Hand = Callable[[random.Random, Case, Pane], Command | None]


def typed_values(item: Item) -> dict[str, str]:
    """What is typed with an item, as it is asked for."""
    known = {"jira": "HOST-4412", "salesforce": "00123456", "order": "SO-77", "ox-mail": "a.png", "office-365": "b.png"}
    return {value.key: "2026-12-01" if value.kind == "date" else known.get(value.key, "x") for value in item.values}


def some_boxes(rng: random.Random, case: Case, item: Item, chance: float = 0.2) -> tuple[str, ...]:
    """Mostly none named (all that are left), sometimes one or two of the case."""
    if not item.each or not case.addresses or rng.random() > chance:
        return ()
    return tuple(rng.sample(case.addresses, rng.randint(1, min(2, len(case.addresses)))))


def a_word(rng: random.Random, pane: Pane) -> Word:
    """A colleague's word, of some minutes ago or of days, sometimes of tomorrow."""
    ago = rng.choice((0, 1, 5, 20, 90, 60 * 24, 60 * 24 * 6, -60))
    when = (pane.now - timedelta(minutes=ago)).strftime("%Y-%m-%dT%H:%M")
    return Word("Priya", when, rng.random() < 0.7)


def answering(rng: random.Random, case: Case, item: Item, pane: Pane, odd: float, word: bool = False) -> AnswerIt:
    """An answer: mostly the usual one."""
    given: dict[str, Any] = {"mailboxes": some_boxes(rng, case, item), "values": typed_values(item)}
    if word:
        given["word"] = a_word(rng, pane)
    if item.select == "date":
        return AnswerIt(item.id, ("2026-11-03",), **given)
    if item.select == "dates":
        return AnswerIt(item.id, ("2026-11-03", "2026-11-07"), **given)
    if item.select == "text":
        return AnswerIt(item.id, ("some text",), **given)
    usual = USUAL.get(item.id, item.answers[0].id)
    chosen = rng.choice(item.answers).id if rng.random() < odd else usual
    answer = item.answer(chosen)
    told = f"because of {rng.randint(1, 3)}" if answer and answer.asks and rng.random() < 0.95 else ""
    told = asked(case.procedure, answer, told) if answer and told else told
    return AnswerIt(item.id, (chosen,), told=told, **given)


def ticking(rng: random.Random, case: Case, item: Item, pane: Pane, word: bool = False) -> Tick:
    given: dict[str, Any] = {"word": a_word(rng, pane)} if word else {}
    ways = case.ways(item)
    through = rng.choice(ways) if ways and rng.random() < 0.95 else ""
    return Tick(item.id, some_boxes(rng, case, item), typed_values(item), through, **given)


def quote_of(rng: random.Random, case: Case, item: Item, pane: Pane, odd: float = 0.1) -> PutQuote | None:
    """The quote that the answers ask for, or one that they do not."""
    plans = pane.playbook.plans
    now, new = quoted_plans(case, item)
    if rng.random() < odd:
        now = rng.choice(("ox-deluxe-yearly", "ox-deluxe-monthly", "m365-essentials-yearly", "m365-essentials-monthly"))
    if not new or rng.random() < odd:
        new = rng.choice(("m365-business-basic-yearly", "m365-business-basic-monthly"))
    current, later = plans.get(now), plans.get(new)
    if current is None or later is None:
        return None
    licences = case.licences if rng.random() < 0.95 else rng.randint(1, 4)
    try:
        quote: Quote = work_out(current, later, plans.policy, pane.now.date(), months=2, licences=licences)
        if not quote.covered or rng.random() < odd:
            amount = Decimal(rng.choice(("0.00", "5.00", "11.80")))
            quote = given_by_sme(quote, current, later, plans.policy, amount, "Sam", "chat")
    except OxtuiError:
        return None
    return PutQuote(quote)


def settling(rng: random.Random, case: Case, item: Item, scenario: int = 0, box: str = "") -> Settle:
    ways: tuple[Any, ...] = ("3", "4") if scenario else ("1", "2", "3", "4")
    way = rng.choice(ways)
    values = typed_values(item) if way == "2" else {}
    return Settle(item.id, way, (box,) if box else (), "it is as it is" if way == "4" else "", values, scenario)


def doing(rng: random.Random, case: Case, item: Item, pane: Pane, odd: float) -> Command | None:
    """Whatever does an item."""
    state = case.status(item.id).state
    if state is State.OUT_THERE:
        return settling(rng, case, item)
    if item.killer:
        return Clear(item.id, ("what was shown",))
    if item.quote:
        return quote_of(rng, case, item, pane, odd / 4)
    if item.kind == "question":
        return answering(rng, case, item, pane, odd)
    return ticking(rng, case, item, pane)


def next_thing(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """What a sensible agent would do next."""
    if case.closed:
        return None
    if not case.conversation.live:
        return BeginCall("client") if rng.random() < 0.75 else beginning(rng, case, pane)
    if case.scenario is None:
        return Choose(rng.choices((2, 1, 3), (6, 3, 1))[0])
    if case.cleared:
        item = case.cleared[0][0]
        return Cancel(item.id) if rng.random() < 0.8 else NotYet(item.id)
    if case.unwinds:
        number, item, box = case.unwinds[0]
        return settling(rng, case, item, number, box)
    if case.uncovered and rng.random() < 0.7:
        return Cover(rng.random() < 0.7)
    if not case.mailboxes:
        return SetMailboxes(added=f"{rng.choice(NAMES)}@{case.domain}")
    ready = (State.TODO, State.STALE, State.OUT_THERE)
    rest = [status.item for status in case.open_items() if status.state in ready]
    killers = [item for item in rest if item.killer]
    if killers and rng.random() < 0.5:
        return Clear(killers[0].id, ("what was shown",))
    if rest:
        item = rest[0] if rng.random() < 0.75 else rng.choice(rest)
        return doing(rng, case, item, pane, 0.12)
    if case.open_items() and rng.random() < 0.8:
        return unlocking(rng, case, pane)
    return Close("complete")


def unlocking(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """What might unlock a killer that is all that is left: DNS looked up again, an answer given anew."""
    again = [item for item in case.scenario.items() if item.id in ("mx", "dns-office-365")] if case.scenario else []
    if again and rng.random() < 0.5:
        return answering(rng, case, rng.choice(again), pane, 0.1)
    return evidence(rng, case, pane) if rng.random() < 0.7 else mailboxes(rng, case, pane)


def any_mark(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """Something done to any item, whether it is open or not."""
    if case.scenario is None:
        return Tick("order")
    item = rng.choice(case.scenario.items())
    pick = rng.random()
    if pick < 0.1:
        return Skip(item.id, "not needed")
    if pick < 0.15:
        return Defer(item.id, "2026-11-30", "later")
    if pick < 0.3:
        return TakeBack(item.id, some_boxes(rng, case, item, 0.5), "a slip")
    if item.quote:
        return quote_of(rng, case, item, pane)
    if item.kind == "question":
        return answering(rng, case, item, pane, 0.5)
    return ticking(rng, case, item, pane)


def otherwise(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """An answer that was given, given otherwise; or its former value at once."""
    if case.scenario is None:
        return None
    given = [item for item in case.scenario.items() if item.kind == "question" and case.marks(item.id)]
    return answering(rng, case, rng.choice(given), pane, 0.8) if given else None


def by_word(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """What a colleague saw or did."""
    if case.scenario is None:
        return None
    item = rng.choice(case.scenario.items())
    if item.kind == "question":
        return answering(rng, case, item, pane, 0.2, word=True)
    return None if item.quote else ticking(rng, case, item, pane, word=True)


def a_killer(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """A killer, at any moment."""
    if case.scenario is None:
        return None
    killers = [item for item in case.scenario.items() if item.killer]
    if not killers:
        return None
    name = killers[0].id
    return rng.choices(
        (Clear(name), Cancel(name), NotYet(name), AlreadyDone(name, "Ben", "yesterday"), Tick(name), TakeBack(name)),
        (5, 4, 1, 1, 2, 0.3),
    )[0]


def settle_any(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    if case.scenario is None:
        return None
    acts = [item for item in case.scenario.items() if item.acts]
    asked = [item for item in acts if case.status(item.id).state is State.OUT_THERE]
    item = rng.choice(asked or acts)
    return settling(rng, case, item)


def mailboxes(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """Mailboxes come, go, and something is known of them."""
    pick = rng.random()
    if pick < 0.45 and len(case.addresses) < 3:
        return SetMailboxes(added=f"{rng.choice(NAMES)}@{case.domain}")
    if pick < 0.8 and case.addresses:
        box = rng.choice(case.addresses)
        reasons = {} if rng.random() < 0.3 else {box: rng.choice(("mistyped", "removed", "not-part"))}
        return SetMailboxes(removed=(box,), reasons=reasons)
    boxes = [*case.addresses, *(left.mailbox.address for left in case.left_out)]
    if not boxes:
        return None
    field = rng.choice(("ox-mail", "essentials"))
    return SetMailboxes(known={rng.choice(boxes): {field: rng.choice(("yes", "no", "unknown"))}})


def domain(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    return ChangeDomain(rng.choice(DOMAINS), rng.random() < 0.5)


def evidence_of(rng: random.Random, domain_name: str, at: datetime) -> Evidence:
    """What a resolver might answer."""
    kind = rng.choice(KINDS)
    hosts = {"office365": "x.mail.protection.outlook.com", "ox-mail": "mx1.ox.example", "other": "mx.elsewhere.example"}
    with_us = rng.choice((True, False, None))
    if kind == "error":
        return Evidence(domain_name, "127.0.0.1:53", at, dns_with_us=None, error="no answer")
    mx = (MX(hosts[kind], 0, kind),) if kind in hosts else ()
    return Evidence(domain_name, "127.0.0.1:53", at, ns=("ns1.example",), mx=mx, owner=kind, dns_with_us=with_us)


def evidence(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    return KeepEvidence(evidence_of(rng, case.domain, pane.now).to_data())


def beginning(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    pick = rng.random()
    if pick < 0.4:
        return BeginCall("client", rng.choice(("", "PIN")))
    if pick < 0.7:
        return BeginCall("back-office")
    ago = rng.choice((5, 60, 60 * 24, -30))
    written = (pane.now - timedelta(minutes=ago)).strftime("%Y-%m-%dT%H:%M")
    return BeginCall("writing", "in writing", reference="00123456", written_at=written)


def conversation(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """Conversations begin, wait, end, and are taken back."""
    return rng.choice(
        (
            beginning(rng, case, pane), EndCall(), Park(), Revoke("the wrong person"), FailAuthentication("wrong PIN"),
            BeginCall("client"), EndCall(),
        )
    )  # fmt: skip


def scenario(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    to = rng.choice((1, 2, 3))
    keep = tuple(row[1] for row in keepable(case, to)) if case.scenario and to != case.number else ()
    return Choose(to, keep=keep if rng.random() < 0.5 else ())


def copies(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    begun = [event.id for event in case.log if event.what == "copying"]
    if begun and rng.random() < 0.5:
        return RecordCopy(rng.choice(begun), "read back")
    template = rng.choice(("o365-reversal", "ox-mail-resync", "ox-mail-issues", "i-dont-want-ox-mail"))
    return BeginCopy(template, (), case.addresses)


def licences(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    if case.uncovered and rng.random() < 0.6:
        return Cover(rng.random() < 0.5)
    return SetLicences(rng.choice((None, 1, 2, 3)))


def aside(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """What says nothing of an item."""
    return rng.choice(
        (
            Note("called back"), SetHold("platform-support", "2026-11-30", "until they answer"), Resume(),
            SetDetails({"phone": f"0299555{rng.randint(100, 999)}"}), SetDetails({"jira": "HOST-77"}),
            SetLine("o365-reversal", "when-did-it-start", "2026-11-20"),
        )
    )  # fmt: skip


def undo(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    """`u`: what it means, or any mark."""
    if case.undo is not None and rng.random() < 0.9:
        return UndoIt(case.undo.event.id)
    marks = [event.id for event in case.log if event.what in ("ticked", "answered", "settled", "taken-back", "cleared")]
    return UndoIt(rng.choice(marks[-4:])) if marks else None


def closing(rng: random.Random, case: Case, pane: Pane) -> Command | None:
    ending = rng.choice([*case.procedure.endings, *(each for each in case.procedure.endings if each.complete)] * 1)
    return Close(ending.id, "Priya" if ending.needs else "")


HANDS: Final[dict[str, tuple[float, Hand]]] = {
    "next": (60, next_thing),
    "any": (7, any_mark),
    "otherwise": (3, otherwise),
    "word": (3, by_word),
    "killer": (5, a_killer),
    "settle": (2, settle_any),
    "mailboxes": (2.5, mailboxes),
    "domain": (0.3, domain),
    "evidence": (3, evidence),
    "conversation": (3, conversation),
    "scenario": (0.6, scenario),
    "copies": (2, copies),
    "licences": (1, licences),
    "aside": (2, aside),
    "undo": (6, undo),
    "closing": (0.4, closing),
}
"""How often each is typed."""
