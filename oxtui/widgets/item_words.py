"""The text beside and below an item of the checklist: its value, what it waits for, its answers, what to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
"""The most mailboxes listed below an item."""
TIME: Final = 6
"""Cells of the time after a value."""


_TYPED: Final = {"date": "the date", "dates": "both dates", "number": "the number", "money": "the amount"}


class Look(Struct, frozen=True):
    """The context that an item is drawn in."""

    case: Case
    shown: Shown
    glyphs: Glyphs
    when: Callable[[datetime], str]


# -- beside the item
def right_of(look: Look, row: Row, state: State, width: int, *, current: bool) -> Line:
    """The text at the right of an item."""
    if row.kind == "cover":
        return ()
    case, item, status = look.case, row.item, row.status
    if row.ours and (copy := look.shown.copies.get(item.id)):
        return ((f"{look.glyphs.pending} {copy}", "due"),)
    some: Line = ((f"{status.done} of {status.of} ", "strong"),) if 0 < status.done < status.of else ()
    if some and width >= 50 and not current:
        some = (*some, (" " * TIME, "text"))  # keeps values in one column, with a time or without
    match state:
        case State.PENDING:
            if case.confirmed is None:
                return (("saving", "quiet"),)
            value = value_text(case, item)  # not on the floor's server yet, but it counts here
            return (("kept  ", "quiet"), (value, "strong")) if value else (("kept", "quiet"),)
        case State.DONE if status.no_longer_so:
            return ((f"{past_word(item)} {ended_before(case, status)}", "trouble"),)
        case State.DONE if says := dns_says(case, item):
            words = says if width >= 50 or current else "DNS differs"
            return ((f"{value_text(case, item)}  ", "strong"), (words, "trouble"))
        case State.DONE if item.templates and (unsent := never_copied(case, item)):
            words = unsent if width >= 50 or current else "not copied"
            return ((f"{value_text(case, item)}  ", "strong"), (words, "due"))
        case State.DONE:
            return _done(look, row, width)
        case State.IN_DOUBT:
            return _waiting(look, row, "due")
        case State.STALE:
            valid = status.done - len(status.again)
            count: Line = ((f"{valid} of {status.of} ", "strong"),) if 0 < valid < status.of else ()
            because = why(case, status)
            if not because or (width < 50 and not current):
                return (*count, ("check again", "trouble"))
            return (*count, ("check again: ", "trouble"), (because, "text"))
        case State.OUT_THERE:
            because = why(case, status) if row.ours else ""
            if not because or not (width >= 50 or current):
                question = "what became of it?"
                return ((f"was done on other terms: {question}" if row.ours else f"was done: {question}", "trouble"),)
            done = "was done here" if status.because == "apart" else "was done on other terms"
            return ((f"{done}: ", "trouble"), (because, "text"))
        case State.SKIPPED:
            event = _event(look, item)
            return (("skipped: ", "due"), (str(event.get("reason", "")) if event else "", "quiet"))
        case State.PUT_OFF:
            return (("later: ", "due"), (until_words(case.put_off_until(item.id)), "text"))
        case State.LOCKED:
            early = [] if status.waits else [lock for lock in status.locks if lock.kind == "time"]
            if early:
                return (*some, (lock_words(early[0], case.position())[0], "due"))
            # the reason is shown only at the cursor
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
    """The first thing an item waits for, and how many more."""
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
        at = event.counts_from if item.killer else event.at
        spans.append((f"  {_by(look, item, event)}{look.when(at)}".lstrip("" if value else " "), "quiet"))
    return tuple(spans)


def _by(look: Look, item: Item, event: Event) -> str:
    """The name of who did it, if that was not the agent who marked it."""
    words = [mark.word for mark in look.case.marks(item.id).values() if mark.word]
    if words:
        return f"{words[0]}, told  " if words[0] != "reported" else "reported  "
    by = str(event.get("by", "me"))
    return f"{by}  " if by not in ("me", "") else ""


def _event(look: Look, item: Item) -> Event | None:
    """The latest event of an item's marks."""
    events = [event for mark in look.case.marks(item.id).values() if (event := look.case.event(mark.event))]
    return max(events, key=lambda event: event.seq, default=None)


def _copied(look: Look, item: Item) -> Line:
    """When a template of the item was last copied since it was sent, or that a copy was begun and not confirmed."""
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
    """The key for the current item, if it would not be refused."""
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
    """The lines below the current item: its answers, its mailboxes, and the sentence to say."""
    item = row.item
    if state in (State.PENDING, State.NOT_APPLICABLE):
        return
    if state is State.OUT_THERE:
        yield from _ways_out(look, row, width)
    elif row.kind == "cover" or (item.kind == "question" and item.answers and state is not State.LOCKED):
        yield from _offers(look, row, width)
    elif item.kind == "question" and state not in (State.DONE, State.LOCKED):
        yield (("   ", "text"), (f"enter: type {_TYPED.get(item.select, 'it')}", "quiet"))
    elif item.through and state not in (State.DONE, State.LOCKED):
        yield from _channels(tuple(look.case.ways(item)), width)
    if item.kind == "action" and (note := look.shown.notes.get(item.id)):
        yield from wrap((("   ", "text"), (note, "quiet")), width - 1, 3)
    if row.ours:
        yield from _mailboxes(look, row, state, width)
    if item.say and state in TO_DO:
        yield from wrap((("   say  ", "accent"), (item.say, "quiet")), width - 1, 8)


def _ways_out(look: Look, row: Row, width: int) -> Iterator[Line]:
    """The answers about something done on other terms, each with its digit."""
    for way, names in ways_of(look.case, row).items():
        words = WAYS[way]
        if way == "3" and row.item.reverse:
            words = f"{words}: {row.item.reverse}"
        some = f" ({few(look.case, names)})" if names != row.mailboxes and row.mailboxes else ""
        yield from wrap((("   ", "text"), (f"{way} ", "key"), (words + some, "text")), width - 1, 5)
    if "2" not in ways_of(look.case, row) and row.status.because != "apart":
        text = "It isn't needed any more: it can be undone or kept, but not changed."
        yield from wrap((("   ", "text"), (text, "quiet")), width - 1, 3)


def _channels(names: Sequence[str], width: int) -> list[Line]:
    """The channels that an item can be done through."""
    spans: list[Span] = [("through ", "quiet")] if len(names) < 2 else []
    for place, name in enumerate(names, 1):
        spans += [(f"{place} ", "key"), (f"{name}   ", "text")] if len(names) > 1 else [(name, "text")]
    return wrap((("   ", "text"), *spans), width, 3)


def _mailboxes(look: Look, row: Row, state: State, width: int) -> Iterator[Line]:
    """The mailboxes that the next key is for, and the values of the others if they differ."""
    item, status = row.item, row.status
    if not item.each or status.of < 2:
        return
    wanted = State.STALE if state is State.STALE else State.TODO
    left = [name for name, each in status.by.items() if each is wanted]
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
    """When an answer becomes available that is too early now, or ""."""
    standing = look.case.standing
    if standing is None or not (row.ours and answer.else_):
        return ""
    early = [standing.too_early(row.item, box, (answer.id,)) for box in row.status.by]
    return f" {lock_words(early[0][0], look.case.position())[0]}" if early and all(early) else ""


def _offers(look: Look, row: Row, width: int) -> Iterator[Line]:
    """The answers of a question with their digits; the chosen one is marked."""
    item = row.item
    shown = look.shown.offered.get(item.id)
    marks = look.case.marks(item.id)
    # of a question answered for some mailboxes, the answers of those the next key is for
    marked = {answer for name in (row.status.to_do or marks) if name in marks for answer in marks[name].value}
    if shown is None and not marked:
        shown = look.shown.proposed.get(item.id)
    lines: list[list[Span]] = [[("   ", "text")]]
    used = 3
    for place, answer in enumerate(item.answers):
        chosen = place == shown or (shown is None and answer.id in marked)
        if item.select == "several" and item.id in look.shown.picked:
            chosen = place in look.shown.picked[item.id]
        sign = (look.glyphs.done if item.select == "several" else look.glyphs.cursor) if chosen else ""
        early = _offered_from(look, row, answer)
        size = cells(answer.text) + cells(sign) + cells(early) + 5
        if used + size > width and used > 3:
            lines.append([("   ", "text")])
            used = 3
        role = "chip" if chosen else "locked" if early else "text"
        lines[-1] += [(f"{place + 1} ", "key"), (sign + answer.text, role), (early, "locked"), ("   ", "text")]
        used += size
    note = look.shown.notes.get(item.id, "")
    beside = used + cells(note) < width
    if note and beside:
        lines[-1].append((note, "quiet"))
    yield from map(tuple, lines)
    if note and not beside and width >= 50:
        yield from wrap((("   ", "text"), (note, "quiet")), width - 1, 3)
