"""The wrap-up note: what a person would write into the ticket, read off the log at any moment.

Nothing here can hold a secret, for none is ever in a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from oxtui.cases.case import MOVED, Case
from oxtui.cases.evidence import evidence_of
from oxtui.cases.money import Quote, money
from oxtui.cases.timeline import (
    Stamps,
    answer_words,
    counted,
    diary,
    one_line,
    only_some,
    sentence,
    until_words,
    with_answer,
)
from oxtui.clock import Clock
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import NB, Item
from oxtui.playbook.progress import State, Status
from oxtui.text import clip

SALESFORCE_COMMENT: Final = 4000
"""Characters that a Salesforce case comment takes."""

_STANDINGS: Final = {"due": "due now", "waiting": "waiting", "in hand": "in hand", "closed": "closed"}
_SPF_MOST: Final = 160


def wrap_up(case: Case, clock: Clock) -> str:
    """The wrap-up note of `case` as plain text, ending in a line feed; times in the clock's zone."""
    stamps = Stamps(clock)
    sections: list[tuple[str, Sequence[str]]] = [
        ("", _head(case, stamps)),
        ("NB", [nb.text for nb in nbs_in_force(case)]),
        ("AUTHENTICATION", _authentication(case, stamps)),
        ("WHY THIS SCENARIO", _path(case)),
        ("FOUND", _found(case)),
        ("DONE", diary(case, stamps)),
        ("DIFFERENT BY MAILBOX", _by_mailbox(case)),
        ("SKIPPED", _skipped(case)),
        ("PUT OFF", _put_off(case)),
        ("CHECK AGAIN", _again(case)),
        ("PRO-RATA", _quote(case, stamps)),
        ("DNS", _evidence(case, clock)),
        ("NOTES", _notes(case, stamps)),
    ]
    parts = ["\n".join([name, *lines] if name else lines) for name, lines in sections if lines]
    return "\n\n".join(parts) + "\n"


def comments(text: str, most: int = SALESFORCE_COMMENT) -> tuple[str, ...]:
    """`text` in as many comments of at most `most` characters as it takes, parted between its sections.

    A last paragraph that does not fit any more (the `oxtui:` line) is a comment of its own.
    """
    found = [""]

    def put(mark: str, part: str) -> None:
        joined = f"{found[-1]}{mark}{part}" if found[-1] else part
        if len(joined) < most:
            found[-1] = joined
        else:
            found.append(part.lstrip("\n"))

    for block in text.rstrip("\n").split("\n\n"):
        if len(block) < most:
            put("\n\n", block)
            continue
        found.append("")  # no section is so long, unless an agent's note is
        for line in block.split("\n"):
            for begin in range(0, max(1, len(line)), most - 1):
                put("\n", line[begin : begin + most - 1])
    return tuple(f"{part}\n" for part in found if part)


def nbs_in_force(case: Case) -> tuple[NB, ...]:
    """The lasting NBs that hold now: from the item they begin at until the killer that shows them is done."""
    scenario = case.scenario
    if scenario is None or case.closed:
        return ()
    found = []
    for name in scenario.nbs:
        nb = case.procedure.nbs.get(name)
        if nb is None or not nb.lasting:
            continue
        if nb.when and nb.when.truth(lambda atom: _holds(case, atom)) is not True:
            continue
        if not is_over(case, name) and _reached(case, nb.from_item):
            found.append(nb)
    return tuple(found)


def is_over(case: Case, nb: str) -> bool:
    """Whether the killer that shows an NB is done: then it has nothing more to say."""
    items = case.scenario.items() if case.scenario else ()
    return any(item.killer and nb in item.nbs and _is_done(case, item) for item in items)


def _is_done(case: Case, item: Item) -> bool:
    return case.status(item.id).state is State.DONE


def _holds(case: Case, atom: Atom) -> bool | None:
    """As in the evaluation: true where any mailbox has one of the answers, None where it is not known."""
    status = case.statuses.get(atom.item)
    if status is None or not status.applies:
        return False
    marks = case.record(atom.item).marks.values()
    if not atom.answers:
        return True if status.state is State.DONE else None
    if any(atom.answers.intersection(mark.value) for mark in marks):
        return True
    return False if marks else None


def _reached(case: Case, item_id: str) -> bool:
    """Whether the work has come to an item: it is marked, or nothing before it waits to be done."""
    if not item_id or case.record(item_id).touched():
        return True
    for item in case.scenario.items() if case.scenario else ():
        status = case.status(item.id)
        if item.id == item_id:
            return True
        if status.open:
            return False
    return True


# -- who and where it stands
def _head(case: Case, stamps: Stamps) -> list[str]:
    done, total = case.progress()
    scenario = case.scenario
    title = f"{scenario.title} (scenario {scenario.number})" if scenario else "no scenario chosen"
    opener = case.log[0].agent if case.log else ""
    by = f" by {opener}" if opener else ""
    rows = [f"{case.domain}: {title}, {_STANDINGS[case.standing()]}"]
    progress = f", {done} of {total} items done or skipped" if total and not case.closed else ""
    rows.append(f"Opened {stamps.at(case.opened_at)}{by}{progress}. Times are {stamps.zone}.")
    rows += _standing(case, stamps)
    if case.mailboxes:
        names = [
            f"{mailbox.address} ({MOVED[mailbox.ox]})" if mailbox.known else mailbox.address
            for mailbox in case.mailboxes
        ]
        rows.append(f"Mailboxes ({len(names)}): {', '.join(names)}")
    rows += contact_line(case)
    if case.altered:
        numbers = ", ".join(str(number) for number in case.altered)
        rows.append(f"Changed from outside and not counted: events {numbers} of the log.")
    return rows


def contact_line(case: Case) -> list[str]:
    """One line with contact, phone and ticket numbers, or none where nothing is known."""
    details = case.details
    pairs = [("Contact", details.contact), ("phone", details.phone), ("Salesforce", details.salesforce)]
    parts = [f"{name} {value}" for name, value in pairs if value]
    if details.jira:
        parts.append(f"JIRA {', '.join(details.jira)}")
    return [sentence(", ".join(parts))] if parts else []


def _standing(case: Case, stamps: Stamps) -> list[str]:
    rows = []
    if case.closed:
        ending = next((end for end in case.procedure.endings if end.id == case.closed.ending), None)
        event = next(event for event in reversed(case.log) if event.what == "closed")
        words = ending.text if ending else case.closed.ending
        skipped = len(event.get("skipped", ())) if ending and ending.complete else 0
        words += f" with {skipped} skipped" if skipped else ""
        told = f": {one_line(case.closed.told)}" if case.closed.told else ""
        rows.append(f"Closed {stamps.at(case.closed.at)} by {case.closed.agent}, {words}{told}")
        rows += [f"LEFT RUNNING: {text}" for text in event.get("left", ())]
    elif case.hold:
        reason = f" ({case.hold.reason})" if case.hold.reason else ""
        rows.append(f"Waits for {case.hold.waits_for} until {until_words(case.hold.until)}{reason}")
    if case.next_text():
        rows.append(f"Next: {case.next_text()}")
    return rows


# -- authentication
def _authentication(case: Case, stamps: Stamps) -> list[str]:
    revoked = {str(event.get("call")): event for event in counted(case) if event.what == "revoked"}
    rows = []
    for event in counted(case):
        when = f"{stamps.at(event.at)}, {event.agent}"
        reason = f": {one_line(str(event.get('reason')))}" if event.get("reason") else ""
        if event.what == "auth-failed":
            rows.append(f"{when}: the client could NOT be authenticated{reason}")
        elif event.what == "imported":
            who = f" by {event.get('from')}" if event.get("from") else ""
            rows.append(f"{when}: restored as reported{who}; the client has to be authenticated again")
        elif event.what == "call" and event.get("mode") == "client":
            method = f" by {event.get('method')}" if event.get("method") else " (how was not noted)"
            caller = f", caller {event.get('caller')}" if event.get("caller") else ""
            back = revoked.get(event.id)
            undone = f" - TAKEN BACK {stamps.at(back.at)} by {back.agent}" if back else ""
            why = f": {back.get('reason')}" if back and back.get("reason") else ""
            rows.append(f"{when}: client authenticated{method}{caller}{undone}{why}")
        elif event.what == "call":
            rows.append(f"{when}: worked without the client on the line")
    return rows or ["The client has not been authenticated."]


# -- what was found
def _path(case: Case) -> list[str]:
    rows = []
    for question in case.procedure.flow:
        answer = next((way for way in question.answers if way.id == case.flow.get(question.id)), None)
        if answer:
            rows.append(f"{question.text} {answer.text}")
    return rows


def _found(case: Case) -> list[str]:
    rows = []
    for status in case.applicable():
        item, marks = status.item, case.record(status.item.id).marks
        if item.kind != "question" or not marks:
            continue
        groups = _groups(case, item)
        # What somebody else decided stands in the diary, with its time; here only where mailboxes differ.
        if item.waits_on and len(groups) == 1 and status.done == status.of:
            continue
        words = "; ".join(f"{text}{only_some(case, names) if item.each else ''}" for text, names in groups)
        rows.append(with_answer(item, words))
    return rows


def _groups(case: Case, item: Item) -> list[tuple[str, list[str]]]:
    """The answers that stand for an item, each with its mailboxes."""
    found: dict[str, list[str]] = {}
    for address, mark in case.record(item.id).marks.items():
        event = case.event(mark.event)
        found.setdefault(answer_words(item, mark.value, event), []).append(address)
    return list(found.items())


def _by_mailbox(case: Case) -> list[str]:
    rows = []
    for status in case.applicable():
        if not status.item.each or not 0 < status.done < status.of:
            continue
        stands = status.done - len(status.again)
        rest = case.left(status.item)
        rows.append(f"{_name(status.item)}: {stands} of {status.of}, not yet{only_some(case, rest)}")
    return rows


# -- what was not done
def _skipped(case: Case) -> list[str]:
    rows = []
    for status in case.skipped():
        event = case.event(case.record(status.item.id).skipped)
        reason = one_line(str(event.get("reason"))) if event else "no reason is known"
        rows.append(f"{_name(status.item)} - {reason}")
    return rows


def _name(item: Item) -> str:
    """An item by its short name."""
    return sentence(item.done or item.text)


def _put_off(case: Case) -> list[str]:
    rows = []
    for status in _in_state(case, State.DEFERRED):
        event = case.event(case.record(status.item.id).deferred)
        reason = f" - {one_line(str(event.get('reason')))}" if event and event.get("reason") else ""
        until = until_words(str(event.get("until", ""))) if event else "?"
        rows.append(f"{status.item.text} - until {until}{reason}")
    return rows


def _again(case: Case) -> list[str]:
    rows = [f"{status.item.text} - {status.why}" for status in _in_state(case, State.STALE)]
    back = [item.reverse or item.text for _, item in case.unwinds]
    back += [status.item.reverse for status in case.statuses.values() if status.state is State.UNWIND]
    return rows + [f"To be taken back: {text}" for text in back]


def _in_state(case: Case, state: State) -> list[Status]:
    return [status for status in case.applicable() if status.state is state]


# -- what it rests on
def _quote(case: Case, stamps: Stamps) -> list[str]:
    quote, event = case.quote, case.quote_event
    if quote is None or event is None:
        return []
    told = f"{_sums(quote)}, {quote.by} ({stamps.at(event.at)}, {event.agent})"
    flaw = case.quote_flaw()
    if flaw:
        # The client may have been told of it: it is not passed over, and nobody shall take it for a promise.
        return [f"Does not hold ({flaw}). Worked out before: {told}"]
    return [told, *quote.working]


def _sums(quote: Quote) -> str:
    if quote.discount is None or quote.first_invoice is None:
        return "No figure"
    return f"Discount {money(quote.discount)}, first invoice {money(quote.first_invoice)}"


def _evidence(case: Case, clock: Clock) -> list[str]:
    if case.evidence is None:
        return []
    evidence = evidence_of(case)
    if evidence is None:
        return ["What DNS answered was kept in a form that cannot be read."]
    return [clip(line, _SPF_MOST) for line in evidence.summary(clock)]


def _notes(case: Case, stamps: Stamps) -> list[str]:
    rows = []
    for event in case.log:
        if event.what == "note" and event.id not in case.dropped:
            changed = " (changed from outside)" if event.seq in case.altered else ""
            rows.append(f"{stamps.at(event.at)}, {event.agent}{changed}: {event.get('text', '')}")
    return rows
