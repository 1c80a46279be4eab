"""The NBs in force, for the screen, the note, the handover and the killer's confirmation."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from oxtui.cases.case import Case
from oxtui.cases.contradictions import dns_says
from oxtui.cases.outcome import answer_text
from oxtui.cases.reasons import ended_before
from oxtui.cases.status import Standing, State
from oxtui.cases.waits import name_of, status_of
from oxtui.cases.wording import noted
from oxtui.playbook.conditions import Atom, Condition
from oxtui.playbook.model import NB, Answer, Item


def lasting(case: Case) -> tuple[NB, ...]:
    """The lasting NBs in force: the scenario's and those of the answers given, each once.

    One begins with its item and ends when the killer that shows it is done.
    """
    if case.closed:
        return ()
    standing = case.standing
    outside = (changed_outside(case),) if case.altered else ()
    if standing is None:
        return outside
    names = list(standing.scenario.nbs)
    for (name, _), mark in standing.board.marks.items():
        item = standing.scenario.by_id.get(name)
        names += [nb for answer in (item.given(mark.value) if item else ()) for nb in answer.nbs]
    named = (case.procedure.nbs.get(name) for name in dict.fromkeys(names))
    own = tuple(nb for nb in named if nb is not None and nb.lasting and _lasts(standing, nb))
    return (*outside, *_ended_before(case), *contradicted(case), *_denied_fields(case), *own)


def changed_outside(case: Case) -> NB:
    """The NB that the log was changed by something other than oxtui, and what does not count because of it."""
    numbers = ", ".join(str(number) for number in case.altered[:6])
    many = len(case.altered) > 1
    what = "Entries" if many else "Entry"
    again = "" if case.authenticated else ", so the client needs authenticating again: a"
    text = f"{what} {numbers} of this case {'were' if many else 'was'} changed or taken out by something other than "
    text += f"oxtui. {'They do' if many else 'It does'} not count{again}."
    short = f"{what} {numbers} changed from outside: not counted" + ("; authenticate again" if again else "")
    return NB("changed-outside", text, short, lasting=True, danger=True)


def _ended_before(case: Case) -> tuple[NB, ...]:
    """The NBs of services that were ended before something they rested on changed."""
    return tuple(
        NB(f"ended-{item.id}", f"{noted(item)} already, {before}", f"{noted(item)} already", lasting=True, danger=True)
        for item in (case.scenario.items() if case.scenario else ())
        if (before := ended_before(case, case.status(item.id)))
    )


def contradicted(case: Case) -> tuple[NB, ...]:
    """The NBs of answers that the newest evidence contradicts; in red those that must be checked again."""
    nbs = []
    for item in case.scenario.items() if case.scenario else ():
        marks = case.marks(item.id).values()
        stale = case.status(item.id).state is State.STALE and any(mark.because == "evidence" for mark in marks)
        says = dns_says(case, item)
        if stale or says:
            answers = ", ".join(dict.fromkeys(answer_text(item, mark.value, case.procedure.words) for mark in marks))
            text = f"{says or 'DNS answered otherwise'}. '{item.text}' was answered '{answers}': look again."
            nbs.append(NB(f"dns-{item.id}", text, f"DNS differs: {name_of(item)}", lasting=True, danger=stale))
    return tuple(nbs)


def _denied_fields(case: Case) -> Iterator[NB]:
    """The NBs of answers that call a field of the case empty while it is filled."""
    for status in case.applicable():
        item = status.item
        for answer in _given(case, item):
            if number := case.details.of(answer.without):
                known = case.procedure.about.fields[answer.without]
                text = f"'{item.text}' was answered '{answer.text}', but the {known.label} is {number}: look again."
                yield NB(f"filled-{item.id}", text, f"'{answer.text}', but {known.brief} {number}", lasting=True)


def _lasts(standing: Standing, nb: NB) -> bool:
    """Whether a lasting NB is in force: its item can be worked on, and no killer that shows it is done."""
    first = standing.scenario.by_id.get(nb.from_item)
    if first is not None and status_of(standing, first).state in (State.LOCKED, State.NOT_APPLICABLE):
        return False
    killers = (item for item in standing.scenario.items() if item.killer and nb.id in item.nbs)
    return standing.in_force(nb) is True and not any((item.id, "") in standing.board.marks for item in killers)


def of_item(case: Case, item: Item, offered: str = "") -> tuple[NB, ...]:
    """The NBs shown before an item: its own, and those of the answer that is offered or, without one, given.

    While it is not known whether one holds, it is shown with its condition.
    """
    names = list(item.nbs)
    names += [nb for answer in (item.given({offered}) if offered else _given(case, item)) for nb in answer.nbs]
    named = (case.procedure.nbs.get(name) for name in dict.fromkeys(names))
    return tuple(shown for nb in named if nb is not None and (shown := _as_known(case, nb)))


def _given(case: Case, item: Item) -> tuple[Answer, ...]:
    """The answers of an item that are given, for whichever mailbox."""
    return item.given({value for mark in case.marks(item.id).values() for value in mark.value})


def _as_known(case: Case, nb: NB) -> NB | None:
    """An NB as it is shown before its item: None if it does not hold, with its condition if that is not known."""
    if nb.unless and case.conversation.live:
        return None
    holds = case.standing.in_force(nb) if case.standing else True
    if holds is None and case.standing:
        short = f"Not known yet: {nb.short}"
        return replace(nb, text=f"{_condition_words(case.standing, nb)}: {nb.text}", short=short, danger=False)
    return nb if holds else None


def _condition_words(standing: Standing, nb: NB) -> str:
    """The condition of an NB as an agent says it: the answers that bring it into force."""
    unknown = [part for part in nb.when.conjuncts() if standing.holds(Condition(part)) is None]
    by_id = standing.scenario.by_id
    words = []
    for part in unknown:
        if not isinstance(part, Atom) or not part.answers:
            questions = [by_id[name].text for name in standing.said_by_answers(nb)]
            return f"It depends on the answers ({' · '.join(questions)})"
        item = by_id[part.item]
        known = ((each, item.answer(each)) for each in sorted(part.answers))
        answers = [f"'{answer.text if answer else each}'" for each, answer in known]
        name = item.done or f"'{item.text}'"
        words.append(f"{name} is {' or '.join(answers)}")
    return f"If {' and '.join(words)}"
