"""Where an answer leads the whole case: to an ending, or to another scenario."""

from __future__ import annotations

from oxtui.cases.status import Standing, State
from oxtui.playbook.model import Answer, Ending, Procedure


def leading(standing: Standing | None) -> Answer | None:
    """The answer that stands and says how the case ends or where it goes on; of several the last in the article."""
    if standing is None:
        return None
    for item in reversed(standing.scenario.items()):
        leads = [answer for answer in item.answers if answer.ending or answer.goes_to]
        if leads and standing.states.get((item.id, "")) is State.DONE:
            value = standing.board.marks[item.id, ""].value
            if given := next((answer for answer in leads if answer.id in value), None):
                return given
    return None


def leads_to_ending(procedure: Procedure, standing: Standing | None) -> Ending | None:
    """The ending that an answer names, or None."""
    answer = leading(standing)
    return next((ending for ending in procedure.endings if answer and ending.id == answer.ending), None)


def leads_to_scenario(procedure: Procedure, standing: Standing | None) -> int:
    """The number of the scenario that an answer leads to, or 0."""
    answer = leading(standing)
    number = answer.goes_to.scenario if answer and answer.goes_to else 0
    return number if number in procedure.scenarios else 0


def leads_there(ending: Ending, standing: Standing | None) -> bool:
    """Whether the answers lead to an ending: its `when` holds, or one names it."""
    if not ending.when:
        return True
    answer = leading(standing)
    return (answer is not None and answer.ending == ending.id) or (
        standing is not None and standing.holds(ending.when) is True
    )
