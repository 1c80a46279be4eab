"""Answers that lead the whole case to an ending, or to another scenario."""

from __future__ import annotations

from oxtui.cases.status import Standing, State
from oxtui.playbook.model import Answer, Ending, Procedure


def leading(standing: Standing | None) -> Answer | None:
    """The answer given that leads to an ending or a scenario; of several the last in the article."""
    if standing is None:
        return None
    for item in reversed(standing.scenario.items()):
        if standing.states.get((item.id, "")) is State.DONE:
            value = standing.board.marks[item.id, ""].value
            for answer in item.given(value):
                if answer.ending or answer.goes_to:
                    return answer
    return None


def leads_to_ending(procedure: Procedure, standing: Standing | None) -> Ending | None:
    """The ending that an answer given leads to, or None."""
    answer = leading(standing)
    return next((ending for ending in procedure.endings if answer and ending.id == answer.ending), None)


def leads_to_scenario(procedure: Procedure, standing: Standing | None) -> int:
    """The number of the scenario that an answer given leads to, or 0."""
    answer = leading(standing)
    number = answer.goes_to.scenario if answer and answer.goes_to else 0
    return number if number in procedure.scenarios else 0


def leads_there(ending: Ending, standing: Standing | None) -> bool:
    """Whether the answers lead to an ending: its `when` holds, or one of them names it."""
    if not ending.when:
        return True
    answer = leading(standing)
    return (answer is not None and answer.ending == ending.id) or (
        standing is not None and standing.holds(ending.when) is True
    )
