"""Which NBs are in force: worked out here, for the screen, the note, the handover and the killer's confirmation."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.status import Standing, State
from oxtui.playbook.model import NB, Item


def lasting(case: Case) -> tuple[NB, ...]:
    """The lasting NBs of the case: the scenario's and those of the answers given, each once.

    One begins with its item and ends when the killer that shows it is done; what is not known yet holds none in force.
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
        answers = item.answers if item else ()
        names += [nb for answer in answers if answer.id in mark.value for nb in answer.nbs]
    found = (case.procedure.nbs.get(name) for name in dict.fromkeys(names))
    own = tuple(nb for nb in found if nb is not None and nb.lasting and _lasts(standing, nb))
    return (*outside, *_ended_before(case), *contradicted(case), *own)


def changed_outside(case: Case) -> NB:
    """That the log was changed by something else than oxtui, and what does not stand because of it."""
    numbers = ", ".join(str(number) for number in case.altered[:6])
    many = len(case.altered) > 1
    what = "Entries" if many else "Entry"
    stands = "" if case.authenticated else ", and the authentication does not stand: a once it is done again"
    text = f"{what} {numbers} of this case {'were' if many else 'was'} changed or taken out by something else than "
    text += f"oxtui. What {'they say' if many else 'it says'} does not count{stands}."
    short = f"{what} {numbers} changed from outside: not counted" + ("; authenticate again" if stands else "")
    return NB("changed-outside", text, short, lasting=True, danger=True)


def _ended_before(case: Case) -> tuple[NB, ...]:
    """A service that was ended is a fact; what is learnt of its witnesses later says that it was ended before."""
    found = []
    scenario = case.scenario
    for item in scenario.items() if scenario else ():
        if scenario is None or not item.killer or (item.id, "") not in case.board.marks:
            continue
        names = [name for name, killers in scenario.witnesses.items() if item.id in killers and name != item.id]
        still = [case.status(name) for name in names if case.status(name).open]
        if still:
            done = item.noted or item.text
            text = f"{done} already, before this was known: {', '.join(status.item.text for status in still)}"
            found.append(
                NB(f"ended-{item.id}", text, f"Ended before: {item.done or item.text}", lasting=True, danger=True)
            )
    return tuple(found)


def contradicted(case: Case) -> tuple[NB, ...]:
    """The answers that the newest evidence speaks against."""
    found = []
    for item in case.scenario.items() if case.scenario else ():
        marks = case.marks(item.id).values()
        if case.status(item.id).state is State.STALE and any(mark.because == "evidence" for mark in marks):
            given = ", ".join(answer.text for mark in marks for answer in item.answers if answer.id in mark.value)
            text = f"DNS answers otherwise: {item.text} was answered '{given}'. Look again."
            found.append(
                NB(f"dns-{item.id}", text, f"DNS differs: {item.done or item.text}", lasting=True, danger=True)
            )
    return tuple(found)


def _lasts(standing: Standing, nb: NB) -> bool:
    return standing.in_force(nb) and _begun(standing, nb) and not _over(standing, nb)


def _begun(standing: Standing, nb: NB) -> bool:
    """From the first; or once its item can be worked on, or was."""
    item = standing.scenario.by_id.get(nb.from_item)
    if item is None:
        return True
    return standing.status(item).state not in (State.LOCKED, State.NOT_APPLICABLE)


def _over(standing: Standing, nb: NB) -> bool:
    killers = (item for item in standing.scenario.items() if item.killer and nb.id in item.nbs)
    return any((killer.id, "") in standing.board.marks for killer in killers)


def of_item(case: Case, item: Item, offered: str = "") -> tuple[NB, ...]:
    """The NBs shown before an item: its own, and those of the answer that is offered, else of those given.

    What is not known yet keeps an NB: it is shown until an answer says that it does not hold.
    """
    names = list(item.nbs)
    given = {value for mark in case.marks(item.id).values() for value in mark.value}
    chosen = {offered} if offered else given
    names += [nb for answer in item.answers if answer.id in chosen for nb in answer.nbs]
    found = (case.procedure.nbs.get(name) for name in dict.fromkeys(names))
    return tuple(nb for nb in found if nb is not None and not _ruled_out(case, nb))


def _ruled_out(case: Case, nb: NB) -> bool:
    if nb.unless and case.conversation.live:
        return True
    standing = case.standing
    if standing is None:
        return False
    return not standing.in_force(nb) and (standing.holds(nb.when) is False or not nb.when)
