"""The highlighted case beside the list of Home: its numbers, the next item, the last acts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oxtui.cases.case import Case
from oxtui.cases.dates import short_day, weekday
from oxtui.cases.status import State
from oxtui.clock import Clock
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.spans import Span


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
        from oxtui.widgets.casedetail import people, steps

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
