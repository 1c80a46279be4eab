"""An answer that leads the whole case on: to an ending, or to another scenario. It asks, in the key's own handler."""

from __future__ import annotations

from collections.abc import Callable

from oxtui.cases.case import Case
from oxtui.playbook.model import Answer, Item
from oxtui.screens.call_flow.choosing import Choosing
from oxtui.screens.case.part import CaseOwner
from oxtui.screens.dialogs.ask import Confirm


class Leading(Choosing):
    """Asks for what follows from an answer; *no* leaves the case as it is, and its next step says so."""

    def __init__(self, screen: CaseOwner, close: Callable[[], None]) -> None:
        super().__init__(screen)
        self.screen = screen
        self.close = close

    def given(self, item: Item, value: tuple[str, ...]) -> None:
        """What an answer that was just given leads to."""
        answer = next((each for each in item.answers if each.id in value and (each.ending or each.goes_to)), None)
        if answer is not None and answer.goes_to is not None:
            self._ask_to_change(answer, answer.goes_to.scenario)
        elif answer is not None:
            self._ask_to_close(answer)

    def _ask_to_change(self, answer: Answer, number: int) -> None:
        scenario = self.case.procedure.scenarios.get(number)
        if scenario is not None and self.case.number != number:
            self.ask(
                Confirm(answer.text, ask=f"Change to scenario {number}: {scenario.title}?", yes="change"),
                lambda yes: self.choose(number, {}) if yes else None,
            )

    def _ask_to_close(self, answer: Answer) -> None:
        ending = next((each for each in self.case.procedure.endings if each.id == answer.ending), None)
        if ending is not None and not ending.complete:
            self.ask(
                Confirm(answer.text, ask=f"Close the case: {ending.text}?", yes="close", no="not yet"),
                lambda yes: self.close() if yes else None,
            )

    def to_case(self, case: Case) -> None:
        """The checklist is here already."""
        self.screen.checklist.go_to_next()
