"""Everything that can be done to a case, as values: each looks at the case and gives the events to append.

A change is decided against the newest log, under the store's lock; where it may not be done it raises
Refusal (why, and what would lift it) or WrongUse (a value that does not fit), and nothing is appended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol, TypeAlias

from msgspec import Struct, field

from oxtui.cases.case import Case, moment_of
from oxtui.cases.money import Quote
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Answer, Item, Scenario, Value
from oxtui.playbook.permits import may_defer, may_mark, may_skip, may_unwind, need_call
from oxtui.playbook.progress import Status
from oxtui.text import clean

Drafts: TypeAlias = list[tuple[str, dict[str, Any]]]
"""Entries before they are numbered and dated: what happened, and its data."""

UNDOABLE = frozenset({
    "ticked", "answered", "quote", "skipped", "deferred", "line", "scenario", "flow", "hold", "unwound",
    "mailboxes", "details", "note",
})  # fmt: skip
BY = ("me", "client", "colleague", "sme")


class Change(Protocol):
    """One thing an agent does to a case."""

    def drafts(self, case: Case) -> Drafts:
        """The events it appends to `case`; raises Refusal or WrongUse where it may not be done."""
        ...


def scenario_of(case: Case) -> Scenario:
    """The case's scenario; raises Refusal where none was chosen."""
    if case.scenario is None:
        raise Refusal("No scenario was chosen yet", "s opens the call flow")
    return case.scenario


def item_of(case: Case, item_id: str) -> tuple[Scenario, Item]:
    """An item of the case's scenario; raises Refusal where the scenario has it not."""
    scenario = scenario_of(case)
    item = scenario.by_id.get(item_id)
    if item is None:
        raise Refusal(f"This scenario has no item '{clean(item_id)}'", "the scenario may have changed: look again")
    return scenario, item


def confirmation(case: Case, item: Item) -> str:
    """What a killer or witness is confirmed for: the domain and the mailboxes, as the screen names them."""
    return f"{item.text} · {case.domain}: {', '.join(case.addresses) or 'no mailbox'}"


def needs_confirmation(scenario: Scenario, item: Item, value: tuple[str, ...] = ()) -> bool:
    """Whether ticking `item`, or answering it so, is what a cancellation rests on (or is one)."""
    if item.id not in scenario.witnesses:
        return False
    if item.kind == "action":
        return True
    killers = (scenario.by_id[name] for name in scenario.witnesses[item.id])
    return any(atom.item == item.id and atom.answers.intersection(value) for killer in killers for atom in killer.after)


def _confirmed(case: Case, item: Item, given: str, value: tuple[str, ...] = ()) -> None:
    wanted = confirmation(case, item)
    if needs_confirmation(scenario_of(case), item, value) and given != wanted:
        again = "the case has changed meanwhile" if given else "it has to be confirmed"
        raise Refusal(f"'{item.text}': {again}", f"confirm with enter: {wanted}")


def _mailboxes(case: Case, item: Item, chosen: tuple[str, ...]) -> list[str]:
    """The mailboxes meant; what was chosen and is no mailbox of the case is refused."""
    if not item.each:
        return []
    strange = [address for address in chosen if address not in case.addresses]
    if strange:
        raise WrongUse(f"{clean(strange[0])} is no mailbox of this case", "i: the mailboxes")
    return list(chosen or case.addresses)


def check_value(case: Case, value: Value, text: str) -> str:
    """`text` cleaned and checked against the form that the playbook gives; raises WrongUse."""
    text = clean(text).strip()
    if not text:
        if value.required:
            raise WrongUse(f"{value.label} is missing", _example(case, value))
        return ""
    if value.kind == "date":
        return iso_date(text, value.label)
    if value.pattern:
        pattern, example = case.procedure.patterns[value.pattern]
        for written in (text, text.upper()):  # host-4412 is HOST-4412
            if re.fullmatch(pattern, written, re.ASCII):
                return written
        raise WrongUse(f"'{text}' does not look like a {value.label}", f"for example {example}")
    return text


def _example(case: Case, value: Value) -> str:
    return f"for example {case.procedure.patterns[value.pattern][1]}" if value.pattern else ""


def iso_date(text: str, label: str) -> str:
    """`text` where it is a date as YYYY-MM-DD; raises WrongUse naming `label`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUse(f"{label}: '{text}' is not a date", "YYYY-MM-DD") from None


class Tick(Struct, frozen=True):
    """Tick an action: for `mailboxes` (none named: all), by `by`, with the values it asks for."""

    item: str
    mailboxes: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    through: str = ""
    by: str = "me"
    confirmed: str = ""

    def drafts(self, case: Case) -> Drafts:
        """One `ticked` event."""
        scenario, item = item_of(case, self.item)
        if item.kind != "action":
            raise Refusal(f"'{item.text}' is a question", "answer it with a digit")
        may_mark(case.position(scenario), item)
        if item.quote:
            raise Refusal(f"'{item.text}' is done by a quote in the case", "c opens the calculator")
        _confirmed(case, item, self.confirmed)
        if self.by not in BY:
            raise WrongUse(f"'{clean(self.by)}' is nobody it can be done by", ", ".join(BY))
        ways = case.ways(item)
        if self.through in item.through and self.through not in ways:
            raise Refusal(f"'{item.text}': not through {self.through} here", f"through {' or '.join(ways)}")
        if item.through and self.through not in ways:
            raise WrongUse(f"'{item.text}': say through what", " or ".join(ways))
        values = {value.key: check_value(case, value, self.values.get(value.key, "")) for value in item.values}
        data: dict[str, Any] = {"scenario": scenario.number, "item": item.id}
        if item.each:
            chosen = _mailboxes(case, item, self.mailboxes)
            left = case.left(item)  # done for some of them, it is done for the others now
            data["mailboxes"] = [name for name in chosen if name in left] if left else chosen
            if not data["mailboxes"]:
                raise Refusal("That mailbox is done already", "u takes back what you did last")
        data |= {"values": {key: text for key, text in values.items() if text}}
        data |= {"through": self.through if item.through else "", "by": self.by}
        return [("ticked", data)]


class AnswerIt(Struct, frozen=True):
    """Answer a question: answer ids, a text, or ISO dates; `told` is what the answer asks to be told with it."""

    item: str
    value: tuple[str, ...]
    mailboxes: tuple[str, ...] = ()
    told: str = ""
    source: str = ""
    confirmed: str = ""

    def drafts(self, case: Case) -> Drafts:
        """One `answered` event."""
        scenario, item = item_of(case, self.item)
        if item.kind != "question":
            raise Refusal(f"'{item.text}' is no question", "space ticks it")
        may_mark(case.position(scenario), item)
        value = _checked_answer(item, self.value)
        _confirmed(case, item, self.confirmed, value)
        chosen = [answer for answer in map(item.answer, value) if answer]
        told = clean(self.told, lines=True).strip()
        asks = next((answer.asks for answer in chosen if answer.asks), "")
        if asks and not told:
            raise WrongUse(f"{asks}", "one line is enough")
        data: dict[str, Any] = {"scenario": scenario.number, "item": item.id, "value": list(value)}
        if item.each:
            data["mailboxes"] = _mailboxes(case, item, self.mailboxes)
        data |= {"told": told, "from": self.source}
        return [("answered", data)]


def _checked_answer(item: Item, value: tuple[str, ...]) -> tuple[str, ...]:
    texts = tuple(clean(text).strip() for text in value)
    if item.select in ("one", "several"):
        known = [answer.id for answer in item.answers]
        unknown = [text for text in texts if text not in known]
        if unknown or not texts or (item.select == "one" and len(texts) != 1):
            raise WrongUse(f"'{item.text}' is not answered by that", _offers(item.answers))
        return tuple(name for name in known if name in texts)
    if not texts or not all(texts):
        raise WrongUse(f"'{item.text}' needs a value", "")
    if item.select == "text":
        return texts[:1]
    dates = tuple(iso_date(text, item.text) for text in texts)
    if len(dates) != (2 if item.select == "dates" else 1) or list(dates) != sorted(dates):
        raise WrongUse(f"'{item.text}': from comes before to", "two dates")
    return dates


def _offers(answers: tuple[Answer, ...]) -> str:
    return "one of: " + ", ".join(answer.text for answer in answers)


class Skip(Struct, frozen=True):
    """Skip an item and say why (override)."""

    item: str
    reason: str

    def drafts(self, case: Case) -> Drafts:
        """One `skipped` event."""
        scenario, item = item_of(case, self.item)
        may_skip(case.position(scenario), item)
        reason = clean(self.reason, lines=True).strip()
        if not reason:
            raise WrongUse("A skip needs a reason", "one line is enough")
        return [("skipped", {"scenario": scenario.number, "item": item.id, "reason": reason})]


class Defer(Struct, frozen=True):
    """Put an item off until a local date; it satisfies nothing meanwhile and blocks closing."""

    item: str
    until: str
    reason: str = ""

    def drafts(self, case: Case) -> Drafts:
        """One `deferred` event."""
        scenario, item = item_of(case, self.item)
        may_defer(case.position(scenario), item)
        data = {"scenario": scenario.number, "item": item.id, "until": _until(self.until)}
        return [("deferred", data | {"reason": clean(self.reason, lines=True).strip()})]


def _until(text: str) -> str:
    if moment_of(text) is None:
        raise WrongUse(f"'{clean(text)}' is not a date", "YYYY-MM-DD, or with a time YYYY-MM-DDTHH:MM")
    return text


class Unwind(Struct, frozen=True):
    """Record that an action which no longer applies was really reversed."""

    scenario: int
    item: str

    def drafts(self, case: Case) -> Drafts:
        """One `unwound` event."""
        if (self.scenario, self.item) in {(number, item.id) for number, item in case.unwinds}:
            need_call(case.call)
        else:
            scenario, item = item_of(case, self.item)
            if scenario.number != self.scenario:
                raise Refusal(f"'{item.text}' has not to be taken back there", "")
            may_unwind(case.position(scenario), item, case.status(item.id))
        return [("unwound", {"scenario": self.scenario, "item": self.item})]


class PutQuote(Struct, frozen=True):
    """Put a pro-rata quote into the case; it does the item that asks for one."""

    quote: Quote

    def drafts(self, case: Case) -> Drafts:
        """One `quote` event."""
        scenario = scenario_of(case)
        item = next((item for item in scenario.items() if item.quote), None)
        if item is None or item.quote is None:
            raise Refusal("This scenario has no pro-rata", "it is worked out in scenarios with an order")
        status: Status = case.status(item.id)
        if status.state.value != "done":
            may_mark(case.position(scenario), item)
        else:
            need_call(case.call, "A quote")
        for wanted, given in zip(quoted_plans(case, item), (self.quote.current, self.quote.new), strict=True):
            if wanted and wanted != given:
                raise Refusal(f"The answers say {wanted}, the quote is for {given}", "change the answer or the plan")
        # Where the licence is one that the plans do not list, its term is still answered.
        next_term = case.record(item.quote.new_term).marks.get("")
        if next_term and next_term.value != (self.quote.new_term,):
            raise Refusal(
                f"The answers say {next_term.value[0]}, the quote is for {self.quote.new_term}",
                "change the answer or the plan",
            )
        discount = self.quote.discount
        if discount is None:
            raise Refusal("The article gives no figure here", "ask an SME and record the amount they give")
        term = case.record(item.quote.current_term).marks.get("")
        if term and term.value == ("monthly",) and discount > 0:
            raise Refusal("No discount on monthly billing", "the discount is 0.00")
        return [("quote", {"scenario": scenario.number, "item": item.id, "quote": self.quote.to_data()})]


def quoted_plans(case: Case, item: Item) -> tuple[str, str]:
    """The plan ids that the answers name for the quote item: now and new, "" where they do not say."""
    if item.quote is None or case.scenario is None:
        return "", ""
    spec = item.quote

    def chosen(name: str) -> str:
        mark = case.record(name).marks.get("")
        return mark.value[0] if mark and mark.value else ""

    question = case.scenario.by_id[spec.new]
    answer = question.answer(chosen(spec.new))
    bases = (spec.current, answer.plan if answer else "")
    terms = (chosen(spec.current_term), chosen(spec.new_term))
    now, new = (f"{base}-{term}" if base and term else "" for base, term in zip(bases, terms, strict=True))
    return now, new


class Undo(Struct, frozen=True):
    """Take back an event of one's own: a mis-tick, or (`reversed_`) something really reversed outside."""

    event: str
    agent: str
    reversed_: bool = False

    def drafts(self, case: Case) -> Drafts:
        """One `undone` event."""
        event = case.event(self.event)
        if event is None or event.id in case.dropped or event.what not in UNDOABLE | {"undone"}:
            raise Refusal("There is nothing to take back", "")
        if event.agent != self.agent:
            raise Refusal(f"That was done by {clean(event.agent)}", "only what you did yourself is taken back")
        return [("undone", {"entry": event.id, "what": event.what, "reversed": self.reversed_})]


def last_undoable(case: Case, agent: str) -> str:
    """The id of the last event of `agent` that can be taken back, or ""."""
    for event in reversed(case.log):
        if event.agent == agent and event.what in UNDOABLE and event.id not in case.dropped:
            return event.id
    return ""
