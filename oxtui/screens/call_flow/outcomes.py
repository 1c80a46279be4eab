"""The outcomes of the call flow: a scenario, an ending, or a wait with no scenario yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.cases.case import Case
from oxtui.cases.commands.closing import Close, refused_ending
from oxtui.cases.commands.scenarios import KeepFlow
from oxtui.cases.commands.waiting import Note, SetHold
from oxtui.cases.evidence import proposed_in
from oxtui.cases.wording import until_words
from oxtui.errors import Refusal
from oxtui.playbook.flow import ends
from oxtui.playbook.hours import default_hold
from oxtui.playbook.model import Ending, FlowQuestion, Outcome
from oxtui.screens.call_flow.choosing import Choosing
from oxtui.screens.dialogs.ask import Ask, Confirm, Pick, required
from oxtui.screens.host import IN_HISTORY
from oxtui.screens.parts.note_parts import NoteCopies
from oxtui.screens.parts.part import OneCase, Part
from oxtui.text import sentence
from oxtui.widgets.spans import Span


class ConfirmClosing(Confirm):
    """Asks before a case is closed; the wrap-up note can be copied first."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("Y", "copy_note", "wrap-up note", id="dialog.wrap-up")]

    def __init__(self, title: str, text: str, copy_note: Callable[[], None]) -> None:
        super().__init__(title, text, yes="close")
        self.action_copy_note = copy_note

    def foot(self) -> Sequence[Span]:
        return (*super().foot(), ("   Y", "key"), (" copy the wrap-up note", "quiet"))


class Outcomes(Part):
    """Walks the questions of the call flow, and follows where they lead."""

    choosing: Choosing
    texts: NoteCopies
    others_told: Callable[[], list[str]]

    def walk(self) -> None:
        """space: ask the questions of the call flow, one after the other."""
        if self.choosing.may_choose() and self.case.procedure.flow:
            self._ask(self.case.procedure.flow[0], {})

    def _ask(self, question: FlowQuestion, path: dict[str, str]) -> None:
        answers = question.answers
        wanted = ""
        if question.proposal and question.proposal.evidence:
            wanted = proposed_in(self.case.evidence).get(question.proposal.evidence, "")
        at = next((n for n, answer in enumerate(answers) if answer.id == wanted), 0)
        options = [(answer.text, "DNS says so" if answer.id == wanted else "") for answer in answers]

        def answered(place: int) -> None:
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
        """0: offer every end of the call flow, and the other outcomes of a call."""
        choices = [(outcome.text, "", partial(self._follow, outcome)) for outcome in ends(self.case.procedure)]
        if choices:
            self.choose_from("None of these", choices)
        else:
            self.host.say("Every call fits a scenario of this playbook.")

    def _follow(self, outcome: Outcome) -> None:
        case = self.case
        if outcome.scenario:
            self.choosing.choose(outcome.scenario, {})
        elif ending := next((each for each in case.procedure.endings if each.id == outcome.ending), None):
            self._close_as(ending, "Nothing was done for the client.")
        elif outcome.wait_for:
            self._wait_for(case, outcome)
        else:
            self.host.say(outcome.text)

    def _wait_for(self, case: Case, outcome: Outcome) -> None:
        """Wait without a scenario: ask whom for, note it, and wait."""
        channel = self.service.playbook.channels.get(outcome.wait_for)
        name = channel.name if channel else outcome.wait_for
        until = default_hold(channel.hours if channel else "", self.service.clock.local())

        def waits(_: Case) -> None:
            self.host.say(f"Waits for {name} until {until_words(until)}")
            self.screen.once_in_front(self.host.pop_screen)

        self.send(case, Note(outcome.text), lambda case: self.send(case, SetHold(name, until), waits))

    # -- closing
    def offer_to_close(self) -> None:
        """Offer to close a case whose client could not be authenticated."""
        ending = next((ending for ending in self.case.procedure.endings if ending.only == "unauthenticated"), None)
        words = self.case.procedure.auth_failed
        if ending:
            self._close_as(ending, f"Say: {words}" if words else "")

    def close(self) -> None:
        """z: offer the endings that fit now."""
        case = self.newest
        fitting = [ending for ending in case.procedure.endings if refused_ending(case, ending) is None]
        if fitting:
            choices = [(ending.text, "", partial(self._close_as, ending)) for ending in fitting]
            self.choose_from(f"Close {case.name}", choices)
        else:
            self.refuse(Refusal("No ending fits now", "choose the scenario: its case has z"))

    def _close_as(self, ending: Ending, words: str = "") -> None:
        text = "\n".join(([words] if words else []) + [f"{sentence(who)}." for who in self.others_told()])
        if ending.needs:
            self.ask(Ask(ending.needs, text, check=required(ending.needs)), partial(self._close, ending))
        else:
            confirm = ConfirmClosing(f"Close as '{ending.text}'?", text, self.texts.wrap_up)
            self.ask(confirm, lambda _: self._close(ending))

    def _close(self, ending: Ending, told: str = "") -> None:
        def closed(case: Case) -> None:
            self.host.say(f"{case.name} is closed: {ending.text}", IN_HISTORY)
            self._leave()

        self.send(self.newest, Close(ending.id, told), closed)

    def _leave(self) -> None:
        """Close this case's screens: under them is Home, or the case one came from."""
        for screen in reversed(self.host.screen_stack):
            if isinstance(screen, OneCase) and screen.case.id == self.case.id:
                screen.once_in_front(self.host.pop_screen)
