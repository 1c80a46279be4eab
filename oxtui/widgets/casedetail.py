"""The highlighted case beside the list of Home: its numbers, the next item, the last acts; with room, its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.dates import short_day, weekday
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.spans import Span, bar

OPEN = (State.TODO, State.STALE, State.OUT_THERE, State.LOCKED, State.PUT_OFF)
_ROLES: Final = {
    State.STALE: "trouble", State.OUT_THERE: "trouble", State.LOCKED: "locked", State.PUT_OFF: "due",
}  # fmt: skip
FEW = 6
"""The most mailboxes listed; the rest are counted."""


def detail(case: Case, clock: Clock, glyphs: Glyphs, *, roomy: bool) -> Iterator[Sequence[Span]]:
    """Yield the lines of a case; `roomy` has its mailboxes and steps, too."""
    about, details = case.procedure.about, case.details
    facts = [f"{each.brief} {number}" for each in about.tickets() for number in details.all_of(each.id)]
    facts += [phone for name, each in about.fields.items() if each.phone and (phone := details.of(name))]
    if about.each:
        facts += [about.count(len(case.addresses)) if len(case.addresses) != 1 else case.addresses[0]]
    yield ((" · ".join([*facts, f"opened {short_day(clock.local(case.opened_at))}"]), "quiet"),)
    following: Sequence[Span] = (("next   ", "quiet"), (case.next_text(), "strong"))
    if roomy:
        yield from ((), *people(case), (), following)
        item = case.next_item()
        if item and item.say:
            yield ("say    ", "accent"), (item.say, "quiet")
        yield from ((), *steps(case, glyphs), (), *_last(case, clock, 8))
        return
    yield following
    locked = next((each.item for each in case.open_items() if each.state is State.LOCKED and each.item.killer), None)
    if locked:
        why = case.procedure.nbs[locked.nbs[0]].short if locked.nbs else ""
        yield ("then   ", "quiet"), (f"{glyphs.locked} {locked.text}   ", "text"), (why, "due")
    yield from _last(case, clock, 2)


def _last(case: Case, clock: Clock, most: int) -> Iterator[Sequence[Span]]:
    """Yield the last things done, so that an agent can go on from there."""
    from oxtui.cases.notes.timeline import last_done

    for place, (moment, text) in enumerate(last_done(case, most)):
        at = clock.local(moment)
        yield (f"{'' if place else 'last':<7}{weekday(at)} {at:%H:%M}  ", "quiet"), (text, "text")


def people(case: Case) -> Iterator[Sequence[Span]]:
    """Yield the contact fields and the mailboxes of a case."""
    from oxtui.cases.notes.unsettled import known_words, left_out_words

    about = case.procedure.about
    free = [
        (each.label, case.details.of(name)) for name, each in about.fields.items() if not (each.ticket or each.phone)
    ]
    wide = max((len(label) for label, _ in ((about.one, ""), *free)), default=0) + 2
    for label, value in free:
        if value:
            yield (label.ljust(wide), "quiet"), (value, "text")
    for place, mailbox in enumerate(case.mailboxes[:FEW]):
        more = len(case.mailboxes) - FEW
        known = known_words(case, mailbox)
        rest = f"  {known}" if known else ""
        rest += f"  and {more} more" if place == FEW - 1 and more > 0 else ""
        yield ((about.one if not place else "").ljust(wide), "quiet"), (mailbox.address, "text"), (rest, "quiet")
    for words in left_out_words(case):
        yield (" " * wide, "quiet"), (words, "due")


def steps(case: Case, glyphs: Glyphs) -> Iterator[Sequence[Span]]:
    """Yield the steps with their progress, each followed by its open items."""
    if case.scenario is None:
        return
    for number, step in enumerate(case.scenario.steps, 1):
        done, total = case.progress(step)
        if not total:
            continue
        yield (
            (f"{number}  ", "strong"), *bar(done, total, glyphs),
            (f"  {done}/{total}  ", "done" if done == total else "quiet"), (step.title, "strong"),
        )  # fmt: skip
        for status in (case.statuses[item.id] for item in step.items if not item.optional):
            if status.applies and status.state in OPEN:
                locked = status.state is State.LOCKED
                sign = glyphs.question if status.item.kind == "question" and not locked else glyphs.of(status.state)
                role = _ROLES.get(status.state, "text")
                yield ("   ", "text"), (f"{sign} {status.item.text}", role)
