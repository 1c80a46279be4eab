"""One event of a case's log in a line of the wrap-up note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from oxtui.cases.board import Effects
from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.outcome import typed_text
from oxtui.cases.parts import LEAVES_BECAUSE, item_of, moment_of
from oxtui.cases.waits import name_of
from oxtui.cases.wording import (
    answer_words,
    aside,
    day_words,
    few,
    for_some,
    noted,
    one_line,
    only_some,
    short_address,
    template_name,
    until_words,
    with_answer,
)
from oxtui.playbook.flow import leads_to
from oxtui.playbook.model import Item, Scenario
from oxtui.text import sentence

_BY: Final = {"client": "by the client", "colleague": "by a colleague"}


class Before(Struct, frozen=True):
    """The state before an event, and on whose word it was recorded."""

    answer: str = ""
    """The former answer in words, if this one differs."""
    again: bool = False
    """Whether the same was answered or done before, and still held."""
    source: str = ""
    """The colleague on whose word it was marked, or where the client wrote it."""
    late: str = ""
    """The service that rested on this and had been ended already."""
    domain: str = ""
    """The former domain."""


Teller: TypeAlias = Callable[[Case, Event, Before], str]


def counted(case: Case) -> Iterable[Event]:
    """The events that count: neither taken back by undo nor changed from outside."""
    return (event for event in case.log if event.id not in case.dropped and event.seq not in case.altered)


def all_effects(event: Event) -> Iterable[tuple[int, Effects]]:
    """The effects of an event on each scenario, by its number."""
    if effects := event.get("effects"):
        yield event.get("scenario", 0), Effects.from_data(effects)
    for number, data in event.get("boards", {}).items():
        yield int(number), Effects.from_data(data)


def source_of(case: Case, event: Event, talk: Event | None) -> str:
    """The colleague on whose word it was marked, or where the client wrote it; "" if the agent saw it."""
    word = event.get("word", {})
    if word.get("who"):
        when = until_words(str(word.get("when") or ""))
        client = f"client {'' if word.get('authenticated') else 'NOT '}authenticated by them"
        return ", ".join(part for part in (f"by word of {word['who']}", when, client) if part)
    if talk is not None and talk.get("mode") == "writing" and event.get("told_at"):
        return f"in writing, {writing_words(talk)}"
    if event.get("clearing") and event.get("told_at"):
        then = event.counts_from.astimezone(case.now.tzinfo)
        return f"done {day_words(then)} {then:%H:%M}, recorded later"
    return ""


def writing_words(talk: Event) -> str:
    """The place and time of the client's writing: `case 00123456, Sat 21/11/2026 14:00`."""
    at = moment_of(str(talk.get("written_at") or ""))
    when = f", {day_words(at)} {at:%H:%M}" if at else ""
    return f"{one_line(str(talk.get('reference') or 'no reference'))}{when}"


def text_of(event: Event, key: str) -> str:
    """A text of an event on one line; "" if it has none."""
    return one_line(str(event.get(key) or ""))


def _name(case: Case, scenario: Scenario) -> str:
    return "" if scenario.number == case.number else f" [scenario {scenario.number}]"


# -- an item that was done, answered, taken back
class _ItemEvent(Struct, frozen=True):
    """An event about an item that the playbook still has."""

    case: Case
    event: Event
    before: Before
    scenario: Scenario
    item: Item

    @property
    def typed(self) -> list[str]:
        """The values typed with the item: `JIRA number HOST-4412`."""
        known = {value.key: value for value in self.item.values}
        words = self.case.procedure.words
        return [
            f"{known[key].label} {typed_text(known[key].kind, str(text), words)}" if key in known else f"{key} {text}"
            for key, text in self.event.get("values", {}).items()
        ]

    def end(self, *details: str) -> str:
        """The end of the line: details, mailboxes, another scenario, and that the service had been ended."""
        some = for_some(self.case, self.item, self.event.get("mailboxes") or ())
        late = f" - after {self.before.late}" if self.before.late else ""
        return f"{aside(*details)}{some}{_name(self.case, self.scenario)}{late}"


def _of_item(tell: Callable[[_ItemEvent], str]) -> Teller:
    """A teller for events whose item the playbook still has."""

    def teller(case: Case, event: Event, before: Before) -> str:
        found = item_of(case.procedure, event)
        return tell(_ItemEvent(case, event, before, *found)) if found else ""

    return teller


@_of_item
def _ticked(row: _ItemEvent) -> str:
    event = row.event
    through = f"through {event.get('through')}" if event.get("through") else ""
    by = _BY.get(str(event.get("by")), "")
    board = row.case.boards.get(row.scenario.number)
    mark = board.marks.get((row.item.id, "")) if board and row.item.killer else None
    reported = "reported" if mark is not None and mark.word == "reported" else ""
    again = "Checked again: " if row.before.again else ""
    return f"{again}{noted(row.item)}{row.end(through, by, *row.typed, row.before.source, reported)}"


def _done(case: Case, event: Event, before: Before) -> str:
    return _ticked(case, event, before) or f"Done, but not in the playbook any more: {event.get('item')}"


@_of_item
def _answer(row: _ItemEvent) -> str:
    event, before = row.event, row.before
    words = answer_words(row.case, row.item, [str(each) for each in event.get("value", ())], text_of(event, "told"))
    until_then = f"before: {before.answer}" if before.answer else ""
    again = "Confirmed again: " if before.again else ""
    return f"{again}{with_answer(row.item, words)}{row.end(*row.typed, before.source, until_then)}"


@_of_item
def _answered(row: _ItemEvent) -> str:
    """Results, answers that a cancellation rests on, and changed answers; the rest is listed under FOUND."""
    item, scenario, before = row.item, row.scenario, row.before
    turning = item.waits_on or item.id in scenario.witnesses or item.id in scenario.reopened_by
    if turning or before.answer or before.again or before.source or row.event.get("already"):
        return _answer(row.case, row.event, before)
    return ""


@_of_item
def _quote(row: _ItemEvent) -> str:
    """A quote, with its amount while it is the case's; the note has a section for it."""
    case = row.case
    amount = case.quote.shown_discount if case.quote and row.event is case.quote_event else ""
    return f"{with_answer(row.item, amount) if amount else noted(row.item)}{row.end()}"


@_of_item
def _settled(row: _ItemEvent) -> str:
    """The settlement of an action that was done on other terms, or that no longer applies."""
    reason, end = text_of(row.event, "told"), row.end(*row.typed)
    return {
        "1": f"{noted(row.item)}{end}: done on these terms, the record was wrong{aside(reason)}",
        "2": f"{noted(row.item)}{end}: changed to the new terms{aside(reason)}",
        "3": f"Reversed: {row.item.reverse or noted(row.item)}{end}{aside(reason)}",
    }.get(str(row.event.get("way")), f"{noted(row.item)}{end}: still right, because: {reason}")


@_of_item
def _cleared(row: _ItemEvent) -> str:
    """A cancellation that was cleared, unless it was done since."""
    if row.event.id in [each.get("clearing") for each in counted(row.case) if each.what == "ticked"]:
        return ""
    return f"Cleared: {row.item.text}{_name(row.case, row.scenario)}"


def _undone(case: Case, event: Event, before: Before) -> str:
    """Only an action that was really reversed outside; a mis-tick leaves no line."""
    taken = case.event(str(event.get("entry")))
    if not event.get("reversed") or taken is None:
        return ""
    found = item_of(case.procedure, taken)
    return f"Really reversed: {found[1].text if found else taken.what}"


def _evidence(case: Case, event: Event, before: Before) -> str:
    """Only evidence that differs from an agent's answer; the records have a section of their own."""
    names = [
        name_of(scenario.by_id[key[0]])
        for number, effects in all_effects(event)
        if (scenario := case.procedure.scenarios.get(number))
        for key, _ in effects.stale
        if key[0] in scenario.by_id
    ]
    return f"DNS answered otherwise: {', '.join(dict.fromkeys(names))}" if names else ""


# -- the scenario
def _scenario(case: Case, event: Event, before: Before) -> str:
    """A change of the scenario, with the actions kept in it; the first choice is at the top of the note."""
    chosen = [each.id for each in counted(case) if each.what == "scenario"]
    number = event.get("scenario", 0)
    directly = "" if _was_led_to(case, event, number) else "chosen directly"
    if event.id == chosen[0]:
        return "" if len(chosen) == 1 else f"Scenario {number} {directly or 'chosen'}"
    scenario = case.procedure.scenarios.get(number)
    names = dict.fromkeys(there for _, _, there, _ in event.get("kept", ()))
    items = [scenario.by_id[name] for name in names if name in scenario.by_id] if scenario else []
    suffix = f"; kept from before: {', '.join(map(name_of, items))}" if items else ""
    return f"Changed to scenario {number}{f', {directly}' if directly else ''}{suffix}"


def _was_led_to(case: Case, event: Event, number: int) -> bool:
    """Whether the call flow was walked to the scenario that an event chose, or an answer led there."""
    last = _event_before(case, event)
    if last is not None and last.what == "flow":
        return leads_to(case.procedure, last.get("answers", {})) == number
    return bool(led_by(case, event))


def _event_before(case: Case, event: Event) -> Event | None:
    return next((each for each in reversed(case.log) if each.seq < event.seq), None)


def led_by(case: Case, event: Event) -> str:
    """The answer that led to the scenario which an event chose, with its question; "" if none did."""
    last = _event_before(case, event)
    place = item_of(case.procedure, last) if last is not None and last.what == "answered" else None
    if last is None or place is None:
        return ""
    answers = (answer for answer in place[1].answers if answer.id in last.get("value", ()))
    goes = next((each for each in answers if each.goes_to and each.goes_to.scenario == event.get("scenario")), None)
    return f"{place[1].text} {goes.text}" if goes else ""


# -- the case
def _covered(case: Case, event: Event, before: Before) -> str:
    boxes = few(case, [str(box) for box in event.get("mailboxes") or ()])
    count = event.get("count")
    if not event.get("covered"):
        return f"More {case.procedure.words.licence.many} than were ordered, for {boxes}: {count} now"
    return f"Covered by the order ({case.procedure.words.licences(int(count or 0))}): {boxes}"


def _licences(case: Case, event: Event, before: Before) -> str:
    count = event.get("count") or f"one for each {case.procedure.about.one}"
    return f"Number of {case.procedure.words.licence.many}: {count}"


def _mailboxes(case: Case, event: Event, before: Before) -> str:
    """Mailboxes that left with a reason, and those that came after the order."""
    one = sentence(case.procedure.about.one)
    rows = [
        f"{one} taken out: {short_address(case, address)} ({LEAVES_BECAUSE.get(str(reason), reason)})"
        for address, reason in event.get("reasons", {}).items()
    ]
    late = [str(each) for addresses in event.get("uncovered", {}).values() for each in addresses]
    rows += [f"{one} added after the order: {few(case, list(dict.fromkeys(late)))}"] if late else []
    return "; ".join(rows)


def _details(case: Case, event: Event, before: Before) -> str:
    """Only a change of the domain: the rest is at the top of the note."""
    new = str(event.get("domain") or "")
    if not new or new == before.domain:
        return ""
    mistyped = " (mistyped, the same client)" if event.get("mistyped") else ""
    return f"{sentence(case.procedure.about.label)} changed from {before.domain} to {new}{mistyped}"


def _copied(case: Case, event: Event, before: Before) -> str:
    missing = ", ".join(event.get("missing", ()))
    return f"Copied the template {_template(case, event, missing and f'still empty: {missing}')}"


def _copying(case: Case, event: Event, before: Before) -> str:
    """A copy that was begun, unless it arrived."""
    if any(each.what == "copied" and each.get("begun") == event.id for each in case.log):
        return ""
    return f"Began to copy the template {_template(case, event)}: not confirmed"


def _template(case: Case, event: Event, empty: str = "") -> str:
    name = template_name(case, event.get("template", ""))
    return f"{name}{aside(empty)}{only_some(case, event.get('mailboxes', ()))}"


def _hold(case: Case, event: Event, before: Before) -> str:
    until = until_words(str(event.get("until", "")))
    return f"Put on hold for {text_of(event, 'for')} until {until}{aside(text_of(event, 'reason'))}"


def _closed(case: Case, event: Event, before: Before) -> str:
    """A closing that did not last; the last one is at the top of the note."""
    if case.closed and event.at == case.closed.at and event.get("ending") == case.closed.ending:
        return ""
    return f"Closed: {ending_words(case, str(event.get('ending')))}{aside(text_of(event, 'told'))}"


def ending_words(case: Case, ending_id: str) -> str:
    """An ending in the playbook's words; its id if the playbook no longer has it."""
    return next((ending.text for ending in case.procedure.endings if ending.id == ending_id), ending_id)


def _assigned(case: Case, event: Event, before: Before) -> str:
    name, out = text_of(event, "to"), text_of(event, "put_out")
    if out:
        return f"{out} no longer works here: {'their conversation ended' if name else 'nobody has the case'}"
    if not name:
        return "Given back: nobody has the case"
    return "Took the case over" if name == event.agent else f"Gave the case to {name}"


def _late(case: Case, event: Event, before: Before) -> str:
    try:
        at = datetime.fromisoformat(str(event.get("done_at"))).astimezone(case.now.tzinfo)
        done = f", done {day_words(at)} {at:%H:%M} while the floor was away"
    except ValueError:
        done = ""
    return f"Too late, not counted: {text_of(event, 'words')}{done} ({text_of(event, 'why')})"


TELLERS: Final[Mapping[str, Teller]] = {
    "answered": _answered,
    "assigned": _assigned,
    "cleared": _cleared,
    "closed": _closed,
    "copied": _copied,
    "copying": _copying,
    "corrected": _of_item(lambda row: f"Corrected, {name_of(row.item)}{row.end(*row.typed)}"),
    "covered": _covered,
    "details": _details,
    "evidence": _evidence,
    "hold": _hold,
    "late": _late,
    "licences": _licences,
    "mailboxes": _mailboxes,
    "moved": lambda case, event, before: "Moved to the steps of a newer playbook",
    "not-yet": _of_item(lambda row: f"Not done yet: {row.item.text}{_name(row.case, row.scenario)}"),
    "reopened": lambda case, event, before: "Opened again",
    "scenario": _scenario,
    "settled": _settled,
    "taken-back": _of_item(lambda row: f"Taken back: {noted(row.item)}{row.end(text_of(row.event, 'reason'))}"),
    "ticked": _done,
    "undone": _undone,
    "unwound": _of_item(lambda row: f"Reversed: {row.item.reverse or row.item.text}{_name(row.case, row.scenario)}"),
}
"""By event, its line; "" if the note leaves it out."""
EVERY_ANSWER: Final[Mapping[str, Teller]] = {**TELLERS, "answered": _answer, "quote": _quote}
"""The same with every answer and quote, which the note has in sections of their own."""
