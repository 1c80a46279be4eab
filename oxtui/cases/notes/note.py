"""The wrap-up note, as an agent writes it into the ticket; no secret can be in it, for none is ever in a log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.clocks import clock_words
from oxtui.cases.events import Event
from oxtui.cases.evidence import evidence_in
from oxtui.cases.money import Quote
from oxtui.cases.nbs import lasting
from oxtui.cases.notes.telling import counted, ending_words, led_by, text_of, writing_words
from oxtui.cases.notes.timeline import timeline
from oxtui.cases.notes.unsettled import cleared_words, everything, known_words, left_out_words
from oxtui.cases.outcome import ENDED_HERE, ended_here
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.status import State
from oxtui.cases.waits import Status, name_of, waits_of
from oxtui.cases.wording import (
    Stamps,
    answer_words,
    aside,
    day_words,
    for_some,
    hold_words,
    one_line,
    only_some,
    until_words,
    with_answer,
)
from oxtui.clock import Clock
from oxtui.playbook.flow import asked, leads_to
from oxtui.playbook.model import Item
from oxtui.text import clip, plural, sentence

MOST_OF_A_COMMENT: Final = 4000
"""Characters that a comment on a case takes in the systems that notes are pasted into."""

_SPF_MOST: Final = 160
_Section = tuple[str, list[str]]


def is_note(text: str) -> bool:
    """Whether a text is a wrap-up note without its `oxtui:` line, or the beginning of one."""
    return " items done or skipped" in text and "As of" in text


def wrap_up(case: Case, clock: Clock) -> str:
    """The wrap-up note of `case` as plain text, ending in a line feed; times in the clock's zone."""
    return _text(_sections(case, clock))


def short_note(case: Case, clock: Clock, most: int = MOST_OF_A_COMMENT) -> str:
    """The note in one comment of at most `most` characters, without older lines or facts to be found elsewhere."""
    sections = _sections(case, clock)
    for name in ("DNS", "WHY THIS SCENARIO", "FOUND", _quote_head(case), _each_head(case), "AUTHENTICATION"):
        if len(_text(sections)) < most:
            break
        sections = [section for section in sections if section[0] != name]
    text = _text(sections)
    done = next((lines for name, lines in sections if name == "DONE"), [])
    for dropped in range(1, len(done)):
        if len(text) < most:
            break
        day = next(line for line in reversed(done[: dropped + 1]) if line.endswith(":"))
        left_out = f"({plural(dropped, 'earlier line')}: see the whole note)"
        kept = [left_out, *([day] if done[dropped] != day else []), *done[dropped:]]
        text = _text([(name, kept if name == "DONE" else lines) for name, lines in sections])
    return text if len(text) < most else text[: most - 3].rstrip() + "…\n"


def comments(text: str, most: int = MOST_OF_A_COMMENT) -> tuple[str, ...]:
    """`text` in comments of at most `most` characters, split between its sections; the `oxtui:` line stays whole."""
    parts = [""]

    def put(mark: str, part: str) -> None:
        joined = f"{parts[-1]}{mark}{part}" if parts[-1] else part
        if len(joined) < most:
            parts[-1] = joined
        else:
            parts.append(part.lstrip("\n"))

    for block in text.rstrip("\n").split("\n\n"):
        if len(block) < most:
            put("\n\n", block)
            continue
        parts.append("")  # only an agent's own note makes a section so long
        for line in block.split("\n"):
            for begin in range(0, max(1, len(line)), most - 1):
                put("\n", line[begin : begin + most - 1])
    return tuple(f"{part}\n" for part in parts if part)


def _sections(case: Case, clock: Clock) -> list[_Section]:
    stamps = Stamps(clock)
    sections: list[tuple[str, Sequence[str]]] = [
        ("", _head(case, stamps)),
        ("NB", [nb.text for nb in lasting(case)]),
        ("CHECK AGAIN", everything(case)),
        ("AUTHENTICATION", _authentication(case, stamps)),
        ("WHY THIS SCENARIO", _path(case)),
        ("FOUND", _found(case, stamps)),
        ("DONE", timeline(case, stamps)),
        (_each_head(case), _by_mailbox(case)),
        ("SKIPPED", _skipped(case)),
        ("PUT OFF", put_off_words(case)),
        (_quote_head(case), _quote(case, stamps)),
        ("DNS", _evidence(case, clock)),
        ("NOTES", _notes(case, stamps)),
    ]
    return [(name, list(lines)) for name, lines in sections if lines]


def _text(sections: Sequence[_Section]) -> str:
    return "\n\n".join("\n".join([name, *lines] if name else lines) for name, lines in sections) + "\n"


# -- the head
def _head(case: Case, stamps: Stamps) -> list[str]:
    done, total = case.progress()
    scenario = case.scenario
    title = f"{scenario.title} (scenario {scenario.number})" if scenario else "no scenario chosen"
    standing = case.standing_word()
    by = f" by {case.log[0].agent}" if case.log and case.log[0].agent else ""
    rows = [f"{case.domain}: {title}, {'due now' if standing == 'due' else standing}"]
    progress = f", {done} of {total} items done or skipped" if total and not case.closed else ""
    as_of = "" if case.closed else f" As of {stamps.now()}."
    rows.append(f"Opened {stamps.at(case.opened_at)}{by}{progress}.{as_of} Times are {stamps.zone}.")
    rows += _standing(case, stamps)
    if case.mailboxes:
        names = [f"{mailbox.address}{aside(known_words(case, mailbox))}" for mailbox in case.mailboxes]
        rows.append(f"{sentence(case.procedure.about.many)} ({len(names)}): {', '.join(names)}")
    rows += left_out_words(case)
    rows += contact_line(case)
    if case.altered:
        rows.append(f"Changed from outside and not counted: entries {', '.join(map(str, case.altered))} of the log.")
    return rows


def contact_line(case: Case) -> list[str]:
    """One line with the case's own fields, or none if they are all empty."""
    known = [(each.label, case.details.all_of(name)) for name, each in case.procedure.about.fields.items()]
    parts = [f"{label} {', '.join(values)}" for label, values in known if values]
    return [sentence(", ".join(parts))] if parts else []


def _standing(case: Case, stamps: Stamps) -> list[str]:
    rows = []
    if case.closed:
        ending = next((end for end in case.procedure.endings if end.id == case.closed.ending), None)
        event = next(event for event in reversed(case.log) if event.what == "closed")
        words = ending_words(case, case.closed.ending)
        skipped = len(event.get("skipped") or ()) if ending and ending.complete else 0
        words += f" with {skipped} skipped" if skipped else ""
        detail = f": {one_line(case.closed.told)}" if case.closed.told else ""
        rows.append(f"Closed {stamps.at(case.closed.at)} by {case.closed.agent}, {words}{detail}")
        rows += [f"LEFT RUNNING: {text}" for text in event.get("left") or ()]
    elif case.hold:
        rows.append(hold_words(case))
    rows += clock_words(case)
    rows += cleared_words(case, stamps)
    if case.next_text():
        item = case.next_item()
        left = case.status(item.id).left if item and item.each else ()
        some = only_some(case, left).replace(" for", ", for", 1)
        rows.append(f"Next{some}: {case.next_text()}")
    return rows


# -- authentication
def _authentication(case: Case, stamps: Stamps) -> list[str]:
    revoked = {str(event.get("call")): event for event in counted(case) if event.what == "revoked"}
    rows = []
    for event in counted(case):
        when = f"{stamps.at(event.at)}, {event.agent}"
        reason = f": {text_of(event, 'reason')}" if event.get("reason") else ""
        if event.what == "auth-failed":
            rows.append(f"{when}: the client could NOT be authenticated{reason}")
        elif event.what == "imported":
            who = f" by {event.get('from')}" if event.get("from") else ""
            rows.append(f"{when}: restored as reported{who}; the client must be authenticated again")
        elif event.what == "revoked" and not event.get("call"):
            rows.append(f"{when}: every authentication TAKEN BACK{reason}")
        elif event.what == "call":
            call = case.same_call.get(event.id, event.id)
            rows.append(f"{when}: {_call_words(event)}{_taken_back(revoked.get(call), stamps)}")
    return rows or ["The client has not been authenticated."]


def _call_words(event: Event) -> str:
    if event.get("mode") not in ("client", "writing"):
        return "worked without the client on the line"
    method = f" by {event.get('method')}" if event.get("method") else ""
    caller = f", caller {event.get('caller')}" if event.get("caller") else ""
    if event.get("mode") == "client":
        return f"client authenticated{method}{caller}"
    return f"client authenticated in writing{method} ({writing_words(event)}){caller}"


def _taken_back(event: Event | None, stamps: Stamps) -> str:
    if event is None:
        return ""
    why = f": {text_of(event, 'reason')}" if event.get("reason") else ""
    return f" - TAKEN BACK {stamps.at(event.at)} by {event.agent}{why}"


# -- findings
def _path(case: Case) -> list[str]:
    """The questions of the call flow that were asked, and what led to the scenario if they did not."""
    rows = [f"{question.text} {answer.text}" for question, answer in asked(case.procedure, case.flow)]
    if case.number is not None and leads_to(case.procedure, case.flow) != case.number:
        chosen = next((event for event in reversed(list(counted(case))) if event.what == "scenario"), None)
        led = led_by(case, chosen) if chosen else ""
        if led:
            rows.append(f"{led}: on to scenario {case.number}")
        elif rows:
            rows.append(f"Scenario {case.number} was chosen directly")
    return rows


def _by_mailbox(case: Case) -> list[str]:
    """The items that are done for some mailboxes only; mailboxes that may not need it are not counted."""
    rows = []
    standing = case.standing
    for status in case.applicable():
        if standing is None or not status.item.each:
            continue
        of = {box: state for box, state in status.by.items() if standing.applies((status.item.id, box))}
        rest = [box for box, state in of.items() if state not in (State.DONE, State.SKIPPED)]
        if 0 < len(rest) < len(of):
            rows.append(f"{_name(status.item)}: {len(of) - len(rest)} of {len(of)}, not yet{only_some(case, rest)}")
    return rows


# -- answers
def _found(case: Case, stamps: Stamps) -> list[str]:
    """The current answers, in the order of the article, under the day each was given.

    Whether a service was running is no fact any more once it was ended here: its end is listed instead.
    """
    days: dict[date, list[str]] = {}
    ended = {question: mark for question, _, mark in ended_here(case)}
    for status in case.applicable():
        item = status.item
        if item.kind != "question":
            continue
        event = case.event(ended[item.id].event) if item.id in ended else None
        if event is not None:
            at = event.counts_from
            days.setdefault(stamps.date(at), []).append(with_answer(item, f"{ENDED_HERE} at {stamps.time(at)}"))
            continue
        groups = _groups(case, status, stamps)
        if item.waits_on and len(groups) == 1 and status.state is State.DONE:
            continue  # a result is in the timeline, with its time
        for day in dict.fromkeys(day for day, _ in groups):
            words = [text + for_some(case, item, boxes) for (on, text), boxes in groups.items() if on == day]
            days.setdefault(day, []).append(with_answer(item, "; ".join(words)))
    return [row for day in sorted(days) for row in (f"{day_words(day)}:", *days[day])]


def _groups(case: Case, status: Status, stamps: Stamps) -> dict[tuple[date, str], list[str]]:
    """The mailboxes of an item by the day and the words of their answer."""
    groups: dict[tuple[date, str], list[str]] = {}
    for box, mark in case.marks(status.item.id).items():
        event = case.event(mark.event)
        state = status.by.get(box, State.NOT_APPLICABLE)
        if mark.skipped or event is None or state is State.NOT_APPLICABLE:
            continue
        words = answer_words(case, status.item, mark.value, mark.told) or "done"
        if state is State.STALE:
            words += " (to be checked again)"
        elif state is State.IN_DOUBT:
            words += f" (depends on {_waited_for(case, status.item, box)})"
        groups.setdefault((stamps.date(event.at), words), []).append(box)
    return groups


def _waited_for(case: Case, item: Item, box: str) -> str:
    """The items to check again before an answer counts."""
    standing = case.standing
    waits = waits_of(standing, item, box) if standing else ()
    names = dict.fromkeys(name_of(standing.scenario.by_id[wait.atom.item]) for wait in waits) if standing else ()
    return ", ".join(names) or "another answer"


# -- not done
def _skipped(case: Case) -> list[str]:
    rows = []
    for status in case.skipped():
        reasons: dict[str, list[str]] = {}
        for box, mark in case.marks(status.item.id).items():
            event = case.event(mark.event)
            if mark.skipped and status.by.get(box) is State.SKIPPED:
                reason = text_of(event, "reason") if event else ""
                reasons.setdefault(reason or "no reason given", []).append(box)
        for reason, boxes in reasons.items():
            rows.append(f"{_name(status.item)}{for_some(case, status.item, boxes)} - {reason}")
    return rows


def _name(item: Item) -> str:
    """An item by its short name."""
    return sentence(item.done or item.text)


def put_off_words(case: Case) -> list[str]:
    """The items that were put off, each with its day and reason."""
    rows = []
    for status in case.applicable():
        if status.state is State.PUT_OFF:
            event = case.event(case.board.put_off.get(status.item.id, ""))
            until = until_words(case.put_off_until(status.item.id))
            reason = text_of(event, "reason") if event else ""
            rows.append(" - ".join(filter(None, (status.item.text, f"until {until}", reason))))
    return rows


# -- the evidence
def _quote(case: Case, stamps: Stamps) -> list[str]:
    quote, event = case.quote, case.quote_event
    if quote is None or event is None:
        return []
    line = f"{_sums(case, quote)}, {quote.by} ({stamps.at(event.at)}, {event.agent})"
    flaw = quote_flaw(case)
    if flaw:
        # The client may have been told this figure, so it stays in the note, but not as one that counts.
        return [f"Check again: {flaw}. Worked out before: {line}"]
    return [line, *quote.working]


def _quote_head(case: Case) -> str:
    return case.procedure.words.prorata.upper()


def _each_head(case: Case) -> str:
    return f"DIFFERENT BY {case.procedure.about.one.upper()}"


def _sums(case: Case, quote: Quote) -> str:
    if quote.discount is None or quote.first_invoice is None:
        return "No figure"
    count = f" for {case.procedure.words.licences(quote.licences)}" if quote.licences > 1 else ""
    return f"Discount {quote.shown_discount}, first invoice {quote.shown_first_invoice}{count}"


def _evidence(case: Case, clock: Clock) -> list[str]:
    if case.evidence is None:
        return []
    evidence = evidence_in(case.evidence)
    if evidence is None:
        return ["The DNS evidence cannot be read."]
    return [clip(line, _SPF_MOST) for line in evidence.summary(clock)] if evidence.says_something else []


def _notes(case: Case, stamps: Stamps) -> list[str]:
    rows = []
    for event in case.log:
        if event.what == "note" and event.id not in case.dropped:
            changed = " (changed from outside)" if event.seq in case.altered else ""
            rows.append(f"{stamps.at(event.at)}, {event.agent}{changed}: {event.get('text', '')}")
    return rows
