"""Where the call flow leads: a scenario, an ending, or a wait with no scenario yet."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.commands.closing import Close
from oxtui.cases.commands.scenarios import KeepFlow
from oxtui.cases.commands.waiting import Note, SetHold
from oxtui.cases.evidence import evidence_in, proposed_answers
from oxtui.cases.hours import default_hold
from oxtui.cases.wording import until_words
from oxtui.playbook.flow import ends
from oxtui.playbook.model import Ending, FlowQuestion, Outcome
from oxtui.screens.call_flow.choosing import Choosing
from oxtui.screens.dialogs.ask import Ask, Confirm, Pick
from oxtui.screens.parts.part import Owner, Part


class Outcomes(Part):
    """What the questions of the call flow come to."""

    def __init__(self, screen: Owner, choosing: Choosing) -> None:
        super().__init__(screen)
        self.choosing = choosing

    def walk(self) -> None:
        """space: the questions of the call flow, one after the other."""
        if self.choosing.may_choose() and self.case.procedure.flow:
            self._ask(self.case.procedure.flow[0], {})

    def _ask(self, question: FlowQuestion, path: dict[str, str]) -> None:
        answers = question.answers
        wanted = ""
        if question.proposal and question.proposal.evidence:
            wanted = proposed_answers(evidence_in(self.case.evidence)).get(question.proposal.evidence, "")
        at = next((n for n, answer in enumerate(answers) if answer.id == wanted), 0)
        options = [(answer.text, "DNS says so" if answer.id == wanted else "") for answer in answers]

        def answered(place: int | None) -> None:
            if place is None:
                return
            answer = answers[place]
            way = {**path, question.id: answer.id}
            following = next((each for each in self.case.procedure.flow if each.id == answer.next), None)
            if following:
                self._ask(following, way)
            elif answer.outcome and answer.outcome.scenario:
                self.choosing.choose(answer.outcome.scenario, way)
            elif outcome := answer.outcome:
                self.send(self.case, KeepFlow(way), lambda _: self._follow(outcome))

        self.ask(Pick(question.text, options, cursor=at), answered)

    def none(self) -> None:
        """0: every end that the call flow has, and what else may become of the call."""
        outcomes = ends(self.case.procedure)
        options = [(outcome.text, "") for outcome in outcomes]
        if not options:
            self.host.say("Every call fits a scenario of this playbook.")
            return
        self.ask(
            Pick("None of these", options),
            lambda place: self._follow(outcomes[place]) if place is not None else None,
        )

    def _follow(self, outcome: Outcome) -> None:
        case = self.case
        if outcome.scenario:
            self.choosing.choose(outcome.scenario, {})
        elif outcome.ending:
            ending = next((ending for ending in case.procedure.endings if ending.id == outcome.ending), None)
            if ending is None or ending.needs:
                self._ask_told(outcome)
            else:
                self._confirm_closing(ending)
        elif outcome.wait_for:
            self._wait_for(case, outcome)
        else:
            self.host.say(outcome.text)

    def _wait_for(self, case: Case, outcome: Outcome) -> None:
        """No scenario yet: ask there, note it, and wait."""
        channel = self.service.playbook.channels.get(outcome.wait_for)
        name = channel.name if channel else outcome.wait_for
        until = default_hold(channel.hours if channel else "", self.service.clock.local())

        def waits(case: Case) -> None:
            self.host.say(f"Waits for {name} until {until_words(until)}")
            self.host.pop_screen()

        def noted(case: Case) -> None:
            self.send(case, SetHold(name, until), waits)

        self.send(case, Note(outcome.text), noted)

    def _ask_told(self, outcome: Outcome) -> None:
        ending = next((ending for ending in self.case.procedure.endings if ending.id == outcome.ending), None)
        if ending is None:
            return
        self.ask(
            Ask(ending.needs or outcome.text),
            lambda told: self.send(self.case, Close(ending.id, told), self._leave_after) if told else None,
        )

    def offer_to_close(self) -> None:
        """The client could not be authenticated: the case can be closed so."""
        ending = next((ending for ending in self.case.procedure.endings if ending.only == "unauthenticated"), None)
        if ending is None:
            return
        words = self.case.procedure.auth_failed
        self._confirm_closing(ending, f"Say: {words}" if words else "")

    def _confirm_closing(self, ending: Ending, words: str = "Nothing was done for the client.") -> None:
        self.ask(
            Confirm(f"Close as '{ending.text}'?", words, yes="close"),
            lambda yes: self.send(self.case, Close(ending.id), self._leave_after) if yes else None,
        )

    def _leave_after(self, case: Case) -> None:
        self.host.pop_screen()
