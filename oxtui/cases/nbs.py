"""Which NBs are in force: worked out here, for the screen, the note, the handover and the killer's confirmation."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.status import Standing, State
from oxtui.playbook.model import NB, Item


def lasting(case: Case) -> tuple[NB, ...]:
    """The lasting NBs of the case: the scenario's and those of the answers given, each once.

    One begins with its item and ends when the killer that shows it is done; what is not known yet holds none in force.
    """
    standing = case.standing
    if standing is None or case.closed:
        return ()
    names = list(standing.scenario.nbs)
    for (name, _), mark in standing.board.marks.items():
        item = standing.scenario.by_id.get(name)
        answers = item.answers if item else ()
        names += [nb for answer in answers if answer.id in mark.value for nb in answer.nbs]
    found = (case.procedure.nbs.get(name) for name in dict.fromkeys(names))
    return tuple(nb for nb in found if nb is not None and nb.lasting and _lasts(standing, nb))


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
