"""What stands beside and below an item of the checklist: its value, why it waits, its answers, what to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from oxtui.cases.case import Case
from oxtui.cases.contradictions import dns_says
from oxtui.cases.events import Event
from oxtui.cases.guard import WAYS, did_before, lock_words
from oxtui.cases.outcome import mark_words, value_text
from oxtui.cases.reasons import ended_before, why
from oxtui.cases.status import TO_DO, State
from oxtui.cases.templates import never_copied
from oxtui.cases.waits import name_of
from oxtui.cases.wording import few, past_word, until_words
from oxtui.playbook.model import Answer, Item
from oxtui.text import cells
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.item_rows import Row, Shown, is_open, ways_of
from oxtui.widgets.spans import Line, Span, wrap

MOST_NAMED: Final = 6
"""Mailboxes that are named one by one under an item."""
TIME: Final = 6
"""Cells of a time behind a value."""


class Look(Struct, frozen=True):
    """What an item is drawn with."""

    case: Case
    shown: Shown
    glyphs: Glyphs
    when: Callable[[datetime], str]


# -- beside the item
def right_of(look: Look, row: Row, state: State, width: int, *, current: bool) -> Line:
    """What stands at the right of an item."""
    if row.kind == "cover":
        return ()
    case, item, status = look.case, row.item, row.status
    if row.ours and (copy := look.shown.copies.get(item.id)):
        return ((f"{look.glyphs.pending} {copy}", "due"),)
    stands = status.done - len(status.again)
    some: Line = ((f"{status.done} of {status.of} ", "strong"),) if 0 < status.done < status.of else ()
    if some and width >= 50 and not current:
        some = (*some, (" " * TIME, "text"))  # values stand in one column, whether a time follows or not
    match state:
        case State.PENDING:
            if case.confirmed is None:
                return (("saving", "quiet"),)
            value = value_text(case, item)  # it waits for the floor's server, and counts here meanwhile
            return (("kept  ", "quiet"), (value, "strong")) if value else (("kept", "quiet"),)
        case State.DONE if status.no_longer_so:
            return ((f"{past_word(item)} {ended_before(case, status)}", "trouble"),)
        case State.DONE if says := dns_says(case, item):
            value = value_text(case, item)
            return ((f"{value}  ", "strong"), (says if width >= 50 or current else "DNS differs", "trouble"))
        case State.DONE if item.templates and (unsent := never_copied(case, item)):
            value = value_text(case, item)
            return ((f"{value}  ", "strong"), (unsent if width >= 50 or current else "not copied", "due"))
        case State.DONE:
            return _done(look, row, width)
        case State.IN_DOUBT:
            return (*_waiting(look, row, "due"),)
        case State.STALE:
            count: Line = ((f"{stands} of {status.of} ", "strong"),) if 0 < stands < status.of else ()
            because = why(case, status)
            if not because or (width < 50 and not current):
                return (*count, ("check again", "trouble"))
            return (*count, ("check again: ", "trouble"), (because, "text"))
        case State.OUT_THERE:
            because = why(case, status) if row.ours else ""
            if not because or not (width >= 50 or current):
                asked = "what became of it?"
                return ((f"was done on other terms: {asked}" if row.ours else f"was done: {asked}", "trouble"),)
            return (("was done on other terms: ", "trouble"), (because, "text"))
        case State.SKIPPED:
            event = _event(look, item)
            return (("skipped: ", "due"), (str(event.get("reason", "")) if event else "", "quiet"))
        case State.PUT_OFF:
            return (("later: ", "due"), (until_words(case.put_off_until(item.id)), "text"))
        case State.LOCKED:
            early = [] if status.waits else [lock for lock in status.locks if lock.kind == "time"]
            if early:
                return (*some, (lock_words(early[0], case.position())[0], "due"))
            # what cannot be done yet is dim; why is told where the hands are
            return (*some, *_waiting(look, row, "locked")) if current else some
    return _to_do(look, row, some, width, current=current)


def _to_do(look: Look, row: Row, some: Line, width: int, *, current: bool) -> Line:
    case, item = look.case, row.item
    if item.killer and (event := case.event(case.board.cleared.get(item.id, ""))):
        return ((f"cleared {look.when(event.at)}: {case.procedure.words.ends.done}?", "alarm"),)
    if is_open(case, item):
        value: Span = (value_text(case, item), "due")
        if width < 50:
            return (value,)
        hint: Line = (("   w", "key"), (" the case waits", "quiet")) if current else ((" " * (TIME + 1), "text"),)
        return (value, *hint)
    if item.optional:
        return (("optional", "quiet"),)
    copied = _copied(look, item)
    if current and width >= 50 and not copied:
        return (*some, *_how(look, item))
    return (*some, *copied)


def _waiting(look: Look, row: Row, role: str) -> Line:
    """What an item waits on first, and how much more."""
    waits, locks = row.status.waits, row.status.locks
    names = list(dict.fromkeys(wait.atom.item for wait in waits))
    if names and look.case.scenario:
        more = f" +{len(names) - 1}" if len(names) > 1 else ""
        return (("waiting on ", role), (name_of(look.case.scenario.by_id[names[0]]) + more, "quiet"))
    if locks and look.case.scenario:
        return (("locked: ", role), (lock_words(locks[0], look.case.position())[0], "quiet"))
    return (("locked", role),)


def _done(look: Look, row: Row, width: int) -> Line:
    item, status = row.item, row.status
    value = value_text(look.case, item)
    marks = look.case.marks(item.id).values()
    if status.of > 1 and len({mark_words(look.case, item, mark) for mark in marks}) < 2:
        value = f"{status.done} of {status.of} {value}".rstrip()
    spans: list[Span] = [(value, "strong")] if value else []
    event = _event(look, item)
    if event and width >= 50:
        spans.append((f"  {_by(look, item, event)}{look.when(event.at)}".lstrip("" if value else " "), "quiet"))
    return tuple(spans)


def _by(look: Look, item: Item, event: Event) -> str:
    """Who did it, where that was not the agent who says so."""
    words = [mark.word for mark in look.case.marks(item.id).values() if mark.word]
    if words:
        return f"{words[0]}, told  " if words[0] != "reported" else "reported  "
    by = str(event.get("by", "me"))
    return f"{by}  " if by not in ("me", "") else ""


def _event(look: Look, item: Item) -> Event | None:
    """The last event that an item's marks stand by."""
    events = [event for mark in look.case.marks(item.id).values() if (event := look.case.event(mark.event))]
    return max(events, key=lambda event: event.seq, default=None)


def _copied(look: Look, item: Item) -> Line:
    """When a template of the item was copied, where that was since it was last sent; or that a copy was only begun."""
    names = {name for name, _ in item.templates}
    if not names or not look.case.scenario:
        return ()
    mine = (each for each in look.case.scenario.items() if names.intersection(name for name, _ in each.templates))
    items = {each.id for each in mine}
    for event in reversed(look.case.log):
        if event.what == "ticked" and event.get("item") in items:
            return ()
        if event.what in ("copied", "copying") and event.get("template") in names:
            at: Span = (look.when(event.at), "quiet")
            return (("copied ", "done"), at) if event.what == "copied" else (("copy begun, not confirmed ", "due"), at)
    return ()


def _how(look: Look, item: Item) -> Line:
    """The key that does the current item; none where it would be refused."""
    case = look.case
    if not case.conversation.live or (item.client and not case.conversation.with_client):
        return (("needs the client", "quiet"),) if item.client else ()
    if did_before(case.position(), item):
        return (("for another agent", "quiet"),)
    if item.killer:
        return ((f"enter: look, then {case.procedure.words.ends.do}", "quiet"),)
    if item.quote:
        return (("c: calculator", "quiet"),)
    if item.kind == "action" and len(case.ways(item)) < 2:
        return (("space: done", "quiet"),)
    return ()


# -- below the current item
def below(look: Look, row: Row, state: State, width: int) -> Iterator[Line]:
    """What stands under the current item: its answers, which mailboxes, and the sentence to say."""
    item = row.item
    if state in (State.PENDING, State.NOT_APPLICABLE):
        return
    if state is State.OUT_THERE:
        yield from _ways_out(look, row, width)
    elif row.kind == "cover" or (item.kind == "question" and item.answers and state is not State.LOCKED):
        yield from _offers(look, row, width)
    elif item.kind == "question" and state not in (State.DONE, State.LOCKED):
        words = {"date": "enter: type the date", "dates": "enter: type both dates"}
        words |= {"number": "enter: type the number", "money": "enter: type the amount"}
        yield (("   ", "text"), (words.get(item.select, "enter: type it"), "quiet"))
    elif item.through and state not in (State.DONE, State.LOCKED):
        yield from _channels(look.case.ways(item), width)
    if item.kind == "action" and (note := look.shown.notes.get(item.id)):
        yield from wrap((("   ", "text"), (note, "quiet")), width - 1, 3)
    if row.ours:
        yield from _mailboxes(look, row, state, width)
    if item.say and state in TO_DO:
        yield from wrap((("   say  ", "accent"), (item.say, "quiet")), width - 1, 8)


def _ways_out(look: Look, row: Row, width: int) -> Iterator[Line]:
    """What can be said of something that was done on other terms, each under its digit."""
    for way, names in ways_of(look.case, row).items():
        words = WAYS[way]
        if way == "3" and row.item.reverse:
            words = f"{words}: {row.item.reverse}"
        some = f" ({few(look.case, names)})" if names != row.mailboxes and row.mailboxes else ""
        yield from wrap((("   ", "text"), (f"{way} ", "key"), (words + some, "text")), width - 1, 5)
    if "2" not in ways_of(look.case, row):
        yield from wrap((("   no 1 or 2: it does not apply now, so there are no new terms", "quiet"),), width - 1, 5)


def _channels(ways: Iterable[str], width: int) -> Iterator[Line]:
    names = list(ways)
    if len(names) > 1:
        spans: list[Span] = []
        for place, name in enumerate(names, 1):
            spans += [(f"{place} ", "key"), (f"{name}   ", "text")]
    else:
        spans = [("through ", "quiet"), *((name, "text") for name in names)]
    yield from wrap((("   ", "text"), *spans), width, 3)


def _mailboxes(look: Look, row: Row, state: State, width: int) -> Iterator[Line]:
    """The mailboxes that the next key is for, and what came to the others, where they differ."""
    item, status = row.item, row.status
    if not item.each or status.of < 2:
        return
    wanted = (State.STALE,) if state is State.STALE else (State.TODO,)
    left = [name for name, each in status.by.items() if each in wanted]
    if state in TO_DO and 0 < len(left) < status.of:
        word = "again  " if state is State.STALE else "still  "
        yield from wrap((("   " + word, "due"), (few(look.case, left), "text")), width - 1, 10)
    marks = look.case.marks(item.id)
    words = {name: text for name in marks if (text := _with_told(look, item, name))}
    if len(set(words.values())) > 1:
        for name, text in list(words.items())[:MOST_NAMED]:
            yield from wrap((("   ", "text"), (f"{few(look.case, (name,))}  ", "quiet"), (text, "text")), width - 1, 5)
        if len(words) > MOST_NAMED:
            yield (("   ", "text"), (f"and {len(words) - MOST_NAMED} more", "quiet"))


def _with_told(look: Look, item: Item, mailbox: str) -> str:
    mark = look.case.marks(item.id)[mailbox]
    words = mark_words(look.case, item, mark)
    return f"{words}: {mark.told}" if mark.told else words


def _offered_from(look: Look, row: Row, answer: Answer) -> str:
    """From when an answer is offered that waits for a time; "" where it is."""
    standing = look.case.standing
    if standing is None or not (row.ours and answer.else_):
        return ""
    early = [standing.too_early(row.item, box, (answer.id,)) for box in row.status.by]
    return f" {lock_words(early[0][0], look.case.position())[0]}" if early and all(early) else ""


def _offers(look: Look, row: Row, width: int) -> Iterator[Line]:
    item = row.item
    shown = look.shown.offered.get(item.id)
    marks = look.case.marks(item.id)
    left = row.status.to_do
    # of one that is done for some, what the next key is for
    given = {answer for name in (left or marks) if name in marks for answer in marks[name].value}
    if shown is None and not given:
        shown = look.shown.proposed.get(item.id)
    spans: list[Span] = []
    lines: list[Line] = []
    used = 3
    for place, answer in enumerate(item.answers):
        chosen = place == shown or (shown is None and answer.id in given)
        if item.select == "several" and item.id in look.shown.picked:
            chosen = place in look.shown.picked[item.id]
        sign = (look.glyphs.done if item.select == "several" else look.glyphs.cursor) if chosen else ""
        early = _offered_from(look, row, answer)
        size = cells(answer.text) + cells(sign) + cells(early) + 5
        if used + size > width and spans:
            lines.append((("   ", "text"), *spans))
            spans, used = [], 3
        role = "chip" if chosen else "locked" if early else "text"
        spans += [(f"{place + 1} ", "key"), (sign + answer.text, role), (early, "locked"), ("   ", "text")]
        used += size
    note = look.shown.notes.get(item.id, "")
    beside = used + cells(note) < width
    if note and beside:
        spans.append((note, "quiet"))
    lines.append((("   ", "text"), *spans))
    yield from lines
    if note and not beside and width >= 50:
        yield from wrap((("   ", "text"), (note, "quiet")), width - 1, 3)
