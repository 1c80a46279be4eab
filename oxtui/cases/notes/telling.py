"""One event of a case's log in a line of text, as the wrap-up note tells it; "" where it is not told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from oxtui.cases.board import Effects
from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.cases.outcome import typed_text
from oxtui.cases.parts import LEAVES_BECAUSE, item_of, moment_of
from oxtui.cases.wording import (
    answer_words,
    day_words,
    few,
    noted,
    one_line,
    only_some,
    sentence,
    short_address,
    template_name,
    until_words,
    with_answer,
)
from oxtui.playbook.flow import leads_to
from oxtui.playbook.model import Item, Scenario

_BY: Final = {"client": "by the client", "colleague": "by a colleague"}


class About(Struct, frozen=True):
    """What an event found: the answer that it replaced or repeated, whose word it is, what was ended before it."""

    before: str = ""
    """The answer that stood until then, in words, where this is another one."""
    again: bool = False
    """Whether the same was answered or done before, and stood."""
    source: str = ""
    """By word of whom, or where it was written."""
    late: str = ""
    """The service that had been ended before, where it rested on this."""
    domain: str = ""
    """The domain until then."""


Teller: TypeAlias = Callable[[Case, Event, About], str]


def counted(case: Case) -> Iterable[Event]:
    """The events that count: neither taken back by undo nor changed from outside."""
    return (event for event in case.log if event.id not in case.dropped and event.seq not in case.altered)


def all_effects(event: Event) -> Iterable[tuple[int, Effects]]:
    """What an event did to each scenario."""
    if effects := event.get("effects"):
        yield event.get("scenario", 0), Effects.from_data(effects)
    for number, data in event.get("boards", {}).items():
        yield int(number), Effects.from_data(data)


def source_of(case: Case, event: Event, talk: Event | None) -> str:
    """By word of whom it was marked, or where the client wrote it; "" where who marked it saw it."""
    word = event.get("word", {})
    if word.get("who"):
        when = until_words(str(word.get("when") or ""))
        client = f"client {'' if word.get('authenticated') else 'NOT '}authenticated by them"
        return ", ".join(part for part in (f"by word of {word['who']}", when, client) if part)
    if talk is not None and talk.get("mode") == "writing" and event.get("told_at"):
        return f"in writing, {written(talk)}"
    return ""


def written(talk: Event) -> str:
    """Where the client wrote, and when: `case 00123456, Sat 21/11/2026 14:00`."""
    at = moment_of(str(talk.get("written_at") or ""))
    when = f", {day_words(at)} {at:%H:%M}" if at else ""
    return f"{one_line(str(talk.get('reference') or 'no reference'))}{when}"


def _elsewhere(case: Case, scenario: Scenario) -> str:
    return "" if scenario.number == case.number else f" [scenario {scenario.number}]"


def _some(case: Case, event: Event, item: Item) -> str:
    return only_some(case, event.get("mailboxes") or ()) if item.each else ""


def _typed(case: Case, item: Item, event: Event) -> list[str]:
    """What was typed with an item: `JIRA number HOST-4412`."""
    known = {value.key: value for value in item.values}
    words = case.procedure.words
    return [
        f"{known[key].label} {typed_text(known[key].kind, str(text), words)}" if key in known else f"{key} {text}"
        for key, text in event.get("values", {}).items()
    ]


def _end(case: Case, event: Event, about: About, scenario: Scenario, item: Item, details: Sequence[str]) -> str:
    """What is told behind an item: details, mailboxes, another scenario, and that the service had been ended."""
    words = f" ({', '.join(details)})" if details else ""
    late = f" - after {about.late}" if about.late else ""
    return f"{words}{_some(case, event, item)}{_elsewhere(case, scenario)}{late}"


def _of_item(tell: Callable[[Case, Event, About, Scenario, Item], str]) -> Teller:
    """Tells of an event whose item the playbook still has."""

    def told(case: Case, event: Event, about: About) -> str:
        found = item_of(case.procedure, event)
        return tell(case, event, about, *found) if found else ""

    return told


def _ticked(case: Case, event: Event, about: About) -> str:
    found = item_of(case.procedure, event)
    if not found:
        return f"Done, but not in the playbook any more: {event.get('item')}"
    scenario, item = found
    details = [f"through {event.get('through')}"] if event.get("through") else []
    details += [_BY[str(event.get("by"))]] if str(event.get("by")) in _BY else []
    details += _typed(case, item, event)
    details += [about.source] if about.source else []
    details += ["reported"] if item.killer and reported(case, scenario, item) else []
    again = "Checked again: " if about.again else ""
    return f"{again}{noted(item)}{_end(case, event, about, scenario, item, details)}"


def reported(case: Case, scenario: Scenario, item: Item) -> bool:
    """Whether a killer was done by who passed the case on: nobody here has seen it."""
    board = case.boards.get(scenario.number)
    mark = board.marks.get((item.id, "")) if board else None
    return mark is not None and mark.word == "reported"


def _answered(case: Case, event: Event, about: About) -> str:
    """What others decided, what a cancellation rests on, and what was answered anew; the rest is told as found."""
    found = item_of(case.procedure, event)
    if not found:
        return ""
    scenario, item = found
    turning = item.waits_on or item.id in scenario.witnesses or item.id in scenario.reopened_by
    if not (turning or about.before or about.again or about.source or event.get("already")):
        return ""
    return told_answer(case, event, about)


@_of_item
def told_answer(case: Case, event: Event, about: About, scenario: Scenario, item: Item) -> str:
    words = answer_words(case, item, [str(each) for each in event.get("value", ())], str(event.get("told") or ""))
    details = _typed(case, item, event)
    details += [about.source] if about.source else []
    details += [f"before: {about.before}"] if about.before else []
    again = "Confirmed again: " if about.again else ""
    return f"{again}{with_answer(item, words)}{_end(case, event, about, scenario, item, details)}"


@_of_item
def _settled(case: Case, event: Event, about: About, scenario: Scenario, item: Item) -> str:
    """What was said of an action that was done on other terms, or that no longer applies."""
    told = one_line(str(event.get("told") or ""))
    end = _end(case, event, about, scenario, item, _typed(case, item, event))
    because = f" ({told})" if told else ""
    return {
        "1": f"{noted(item)}{end}: done on these terms, the record was wrong{because}",
        "2": f"{noted(item)}{end}: changed to the new terms{because}",
        "3": f"Reversed: {item.reverse or noted(item)}{end}{because}",
    }.get(str(event.get("way")), f"{noted(item)}{end}: still right, because: {told}")


@_of_item
def _corrected(case: Case, event: Event, about: About, scenario: Scenario, item: Item) -> str:
    return f"Corrected, {item.done or item.text}{_end(case, event, about, scenario, item, _typed(case, item, event))}"


@_of_item
def _taken_back(case: Case, event: Event, about: About, scenario: Scenario, item: Item) -> str:
    reason = one_line(str(event.get("reason") or ""))
    return f"Taken back: {noted(item)}{_end(case, event, about, scenario, item, [reason] if reason else [])}"


def _cleared(case: Case, event: Event, about: About) -> str:
    """That a cancellation was cleared: only where nobody has said since that it was done."""
    found = item_of(case.procedure, event)
    answers = [each.get("clearing") for each in counted(case) if each.what == "ticked"]
    if not found or event.id in answers:
        return ""
    return f"Cleared: {found[1].text}{_elsewhere(case, found[0])}"


@_of_item
def _not_yet(case: Case, event: Event, about: About, scenario: Scenario, item: Item) -> str:
    return f"Not done yet: {item.text}{_elsewhere(case, scenario)}"


def _covered(case: Case, event: Event, about: About) -> str:
    boxes = few(case, [str(box) for box in event.get("mailboxes") or ()])
    count = event.get("count")
    if not event.get("covered"):
        return f"More {case.procedure.words.licence.many} than were ordered, for {boxes}: {count} now"
    return f"Covered by what was ordered ({case.procedure.words.licences(int(count or 0))}): {boxes}"


def _licences(case: Case, event: Event, about: About) -> str:
    count = event.get("count")
    each = f"one for each {case.procedure.about.one}"
    return f"Number of {case.procedure.words.licence.many}: {count if count else each}"


def _mailboxes(case: Case, event: Event, about: About) -> str:
    """Mailboxes that left with a reason, and those that came after the order."""
    one = sentence(case.procedure.about.one)
    rows = [
        f"{one} taken out: {short_address(case, address)} ({LEAVES_BECAUSE.get(str(reason), reason)})"
        for address, reason in event.get("reasons", {}).items()
    ]
    late = [str(each) for addresses in event.get("uncovered", {}).values() for each in addresses]
    rows += [f"{one} added after the order: {few(case, list(dict.fromkeys(late)))}"] if late else []
    return "; ".join(rows)


def _details(case: Case, event: Event, about: About) -> str:
    """Only a change of the domain: the rest stands at the top."""
    new = str(event.get("domain") or "")
    if not new or new == about.domain:
        return ""
    mistyped = " (mistyped, the same client)" if event.get("mistyped") else ""
    return f"{sentence(case.procedure.about.label)} changed from {about.domain} to {new}{mistyped}"


def _evidence(case: Case, event: Event, about: About) -> str:
    """Only what DNS answered otherwise than an agent; the records have a section of their own."""
    names = []
    for number, effects in all_effects(event):
        scenario = case.procedure.scenarios.get(number)
        items = [scenario.by_id[key[0]] for key, _ in effects.stale if key[0] in scenario.by_id] if scenario else []
        names += [item.done or item.text for item in items]
    return f"DNS answered otherwise: {', '.join(dict.fromkeys(names))}" if names else ""


@_of_item
def _unwound(case: Case, event: Event, about: About, scenario: Scenario, item: Item) -> str:
    return f"Reversed: {item.reverse or item.text}{_elsewhere(case, scenario)}"


def _undone(case: Case, event: Event, about: About) -> str:
    """Only what was really reversed outside; a mis-tick leaves no word."""
    taken = case.event(str(event.get("entry")))
    if not event.get("reversed") or taken is None:
        return ""
    found = item_of(case.procedure, taken)
    return f"Really reversed: {found[1].text if found else taken.what}"


def _scenario(case: Case, event: Event, about: About) -> str:
    """A change of the scenario, with what is kept in it; the first choice is told at the top."""
    chosen = [each.id for each in counted(case) if each.what == "scenario"]
    number = event.get("scenario", 0)
    directly = "" if _was_led_to(case, event, number) else " directly"
    if event.id == chosen[0]:
        return "" if len(chosen) == 1 else f"Scenario {number} chosen{directly}"
    scenario = case.procedure.scenarios.get(number)
    names = dict.fromkeys(there for _, _, there, _ in event.get("kept", ()))
    items = [scenario.by_id[name] for name in names if name in scenario.by_id] if scenario else []
    kept = f"; kept from before: {', '.join(item.done or item.text for item in items)}" if items else ""
    return f"Changed to scenario {number}{', chosen directly' if directly else ''}{kept}"


def _was_led_to(case: Case, event: Event, number: int) -> bool:
    """Whether the call flow was walked to the scenario that an event chose, or an answer led there."""
    before = _before(case, event)
    if before is not None and before.what == "flow":
        return leads_to(case.procedure, before.get("answers", {})) == number
    return bool(led_by(case, event))


def _before(case: Case, event: Event) -> Event | None:
    return next((each for each in reversed(case.log) if each.seq < event.seq), None)


def led_by(case: Case, event: Event) -> str:
    """The answer that led to the scenario which an event chose, with its question; "" where none did."""
    before = _before(case, event)
    found = item_of(case.procedure, before) if before is not None and before.what == "answered" else None
    if before is None or found is None:
        return ""
    given = (answer for answer in found[1].answers if answer.id in before.get("value", ()))
    goes = next((each for each in given if each.goes_to and each.goes_to.scenario == event.get("scenario")), None)
    return f"{found[1].text} {goes.text}" if goes else ""


def _copied(case: Case, event: Event, about: About) -> str:
    missing = event.get("missing", ())
    empty = f" (still empty: {', '.join(missing)})" if missing else ""
    return f"Copied the template {_copied_what(case, event, empty)}"


def _copying(case: Case, event: Event, about: About) -> str:
    """A copy that was begun: only where nothing says that it arrived."""
    if any(each.what == "copied" and each.get("begun") == event.id for each in case.log):
        return ""
    return f"Began to copy the template {_copied_what(case, event)}: not confirmed"


def _copied_what(case: Case, event: Event, empty: str = "") -> str:
    name = template_name(case, event.get("template", ""))
    return f"{name}{empty}{only_some(case, event.get('mailboxes', ()))}"


def _hold(case: Case, event: Event, about: About) -> str:
    reason = f" ({event.get('reason')})" if event.get("reason") else ""
    return f"Put on hold for {event.get('for')} until {until_words(str(event.get('until', '')))}{reason}"


def _closed(case: Case, event: Event, about: About) -> str:
    """A closing that did not last; the one that stands is told at the top."""
    if case.closed and event.at == case.closed.at and event.get("ending") == case.closed.ending:
        return ""
    ending = next((end for end in case.procedure.endings if end.id == event.get("ending")), None)
    told = f" ({one_line(str(event.get('told')))})" if event.get("told") else ""
    return f"Closed: {ending.text if ending else event.get('ending')}{told}"


def _moved(case: Case, event: Event, about: About) -> str:
    return "Moved to the steps of a newer playbook"


def _assigned(case: Case, event: Event, about: About) -> str:
    name, out = (one_line(str(event.get(key) or "")) for key in ("to", "put_out"))
    if out:
        return f"{out} works here no more: {'their conversation ended' if name else 'nobody has the case'}"
    if not name:
        return "Given back: nobody has the case"
    return "Took the case over" if name == event.agent else f"Gave the case to {name}"


def _late(case: Case, event: Event, about: About) -> str:
    words, why = (one_line(str(event.get(name) or "")) for name in ("words", "why"))
    try:
        at = datetime.fromisoformat(str(event.get("done_at"))).astimezone(case.now.tzinfo)
        done = f", done {day_words(at)} {at:%H:%M} while the floor was away"
    except ValueError:
        done = ""
    return f"Too late, not counted: {words}{done} ({why})"


def _reopened(case: Case, event: Event, about: About) -> str:
    return "Opened again"


TELLERS: Final[Mapping[str, Teller]] = {
    "answered": _answered,
    "assigned": _assigned,
    "cleared": _cleared,
    "closed": _closed,
    "copied": _copied,
    "copying": _copying,
    "corrected": _corrected,
    "covered": _covered,
    "details": _details,
    "evidence": _evidence,
    "hold": _hold,
    "late": _late,
    "licences": _licences,
    "mailboxes": _mailboxes,
    "moved": _moved,
    "not-yet": _not_yet,
    "reopened": _reopened,
    "scenario": _scenario,
    "settled": _settled,
    "taken-back": _taken_back,
    "ticked": _ticked,
    "undone": _undone,
    "unwound": _unwound,
}
