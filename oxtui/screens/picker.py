"""The scenario picker: the authentication gate, and the call flow with where each answer leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.conduct import BeginCall, Choose, Close, FailAuthentication, Note, SetHold
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Ending, Outcome
from oxtui.screens.asking_dns import ask, evidence_of, proposed_answers
from oxtui.screens.base import BaseScreen
from oxtui.screens.dialogs import Ask, Confirm, Pick
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.callflow import CallFlow, path_to, scenario_for
from oxtui.widgets.ink import Span
from oxtui.widgets.words import Words


class PickerScreen(BaseScreen):
    """Choose the scenario of a case; nothing is chosen before the client is authenticated."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a",
            "authenticated",
            "authenticated",
            id="picker.authenticated",
            tooltip="The client is authenticated",
        ),
        Binding(
            "b",
            "back_office",
            "back office",
            id="picker.back-office",
            tooltip="Work without the client on the line",
        ),
        *(
            Binding(
                str(n),
                f"scenario({n})",
                "scenario",
                id=f"picker.scenario-{n}",
                show=n == 1,
                tooltip="Choose a scenario",
            )
            for n in range(1, 10)
        ),
        Binding("0", "none", "none of these", id="picker.none", tooltip="No scenario fits"),
        Binding(
            "slash",
            "said",
            "what the client says",
            key_display="/",
            id="picker.said",
            tooltip="Find the scenario by what the client says",
        ),
        Binding(
            "f",
            "failed",
            "not authenticated",
            id="picker.failed",
            tooltip="The client could not be authenticated",
        ),
    ]
    HELP_TEXT: ClassVar[tuple[str, ...]] = (
        "Authenticate the client first: a. Until then the scenarios stay closed.",
        "The questions of the diagram lead to a scenario. The digits choose it.",
        "/ finds a scenario by the client's own words{example}. 0 is for what fits none of them.",
    )
    AUTO_FOCUS = None

    def __init__(self, case: Case, *, new: bool = False) -> None:
        super().__init__()
        self.case = case
        self.new = new
        self.found = 0

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Words(id="gate")
        flow = CallFlow(self.case.procedure, id="flow", glyphs=self.glyphs)
        flow.add_class("box", update=False)
        flow.can_focus = True
        yield flow
        words = self.example()
        such = f", such as: {words}" if words else ""
        yield Input(placeholder=f"what the client says{such}", id="said", compact=True)
        yield Words(id="said-found")
        yield FootBar()

    def example(self) -> str:
        """What a client may say, in the playbook's words."""
        scenarios = [*self.case.procedure.scenarios.values()][::-1]
        return next((scenario.heard[0] for scenario in scenarios if scenario.heard), "")

    def help_example(self) -> str:
        words = self.example()
        return f", such as '{words}'" if words else ""

    def key_name(self, binding: Binding) -> str:
        name = super().key_name
        if not binding.action.startswith("scenario("):
            return name(binding)
        keys = {active.binding.action: active.binding for active in self.active_bindings.values()}
        actions = [f"scenario({number})" for number in self.case.procedure.scenarios]
        return " ".join(name(keys[action]) for action in actions if action in keys)

    def on_mount(self) -> None:
        self.query_one("#said").display = self.query_one("#said-found").display = False
        self.query_one("#flow").border_title = "Call flow"
        self.query_one("#flow").focus()
        self.draw()
        if self.new:
            ask(self.home, self.case, lambda error: None)

    def case_changed(self, case: Case) -> None:
        if case.id == self.case.id:
            self.case = case
            self.draw()

    def floor_changed(self) -> None:
        try:
            self.case = self.service.case(self.case.id)
        except OxtuiError as error:
            self.home.tell(error)
            self.app.pop_screen()
            return
        self.draw()

    def draw(self) -> None:
        """Draw the gate and the diagram."""
        if not self.ready:
            return
        case = self.case
        if case.call.live:
            at = self.service.clock.when(case.call_event.at) if case.call_event else ""
            who = "Client authenticated" if case.call.mode == "client" else "Back office, nobody on the line"
            gate: Sequence[Span] = (
                (f" {self.glyphs.done} {who} {at} ", "done"),
                ("" if self.narrow() else "  choose the scenario", "quiet"),
            )
        else:
            gate = (
                (" a ", "alarm"),
                (" Authenticate the client first ", "strong"),
                ("" if self.narrow() else "  the scenarios open once it is done", "quiet"),
            )
        self.query_one("#gate", Words).show([gate])
        number = case.number or 0
        path = case.flow or (path_to(case.procedure, number) if number else {})
        evidence = evidence_of(case)
        seen = ""
        if evidence:
            at = self.service.clock.when(evidence.asked_at)
            guess = {"done": "the move looks done", "not-begun": "not moved yet, it seems"}.get(
                proposed_answers(evidence).get("moved", ""), ""
            )
            seen = f"DNS at {at}: {evidence.verdict}{': ' + guess if guess else ''}"
        self.query_one("#flow", CallFlow).show(
            path=path, chosen=number, open_=case.call.live, found=self.found, seen=seen
        )
        self.refresh_bars()

    def crumbs(self) -> Sequence[Span]:
        if self.narrow():
            return ((self.case.domain, "strong"),)
        new = f"New {self.glyphs.crumb} " if self.new else ""
        return (
            ("oxtui", "accent"),
            (f"  Home {self.glyphs.crumb} {new}", "quiet"),
            (self.case.domain, "strong"),
        )

    # -- the gate
    def action_authenticated(self) -> None:
        if self.case.call.mode == "client" and self.case.call.live:
            self.home.say("The client is authenticated already.")
            return
        self.send(self.case, BeginCall("client"))

    def action_back_office(self) -> None:
        self.send(self.case, BeginCall("back-office"))

    def action_failed(self) -> None:
        def answered(reason: str | None) -> None:
            if reason is not None:
                self.send(self.case, FailAuthentication(reason), lambda case: self._offer_to_close())

        self.app.push_screen(Ask("The client could not be authenticated", "Why? (enter alone: no reason)"), answered)

    def _offer_to_close(self) -> None:
        ending = next((ending for ending in self.case.procedure.endings if ending.only == "unauthenticated"), None)
        if ending is None:
            return
        self._confirm_closing(ending)

    def _confirm_closing(self, ending: Ending) -> None:
        self.app.push_screen(
            Confirm(f"Close as '{ending.text}'?", "Nothing was done for the client.", yes="close"),
            lambda yes: self.send(self.case, Close(ending.id), self._leave_after) if yes else None,
        )

    def _leave_after(self, case: Case) -> None:
        self.app.pop_screen()

    # -- choosing
    def action_scenario(self, number: int) -> None:
        case = self.case
        if number not in case.procedure.scenarios:
            return
        if not case.call.live:
            self.refused(Refusal("Authentication comes first", "a: the client is authenticated"))
            return
        if case.number == number:
            self._to_case(case)
            return
        if case.scenario and case.acted():
            text = f"From '{case.scenario.title}'. What was done outside for it has to be taken back."
            self.app.push_screen(
                Confirm(f"Change to {case.procedure.scenarios[number].title}?", text, yes="change"),
                lambda yes: self._choose(number) if yes else None,
            )
        else:
            self._choose(number)

    def _choose(self, number: int) -> None:
        self.send(self.case, Choose(number, path_to(self.case.procedure, number)), self._to_case)

    def _to_case(self, case: Case) -> None:
        from oxtui.screens.case import CaseScreen

        under = self.app.screen_stack[-2] if len(self.app.screen_stack) > 1 else None
        if isinstance(under, CaseScreen) and under.case.id == case.id:
            self.app.pop_screen()
        else:
            self.app.switch_screen(CaseScreen(case))

    def action_none(self) -> None:
        """0: what the call flow says of it."""
        outcomes = self.case.procedure.none_of_these
        options = [(outcome.text, "") for outcome in outcomes]
        if not options:
            self.home.say("Every call fits a scenario of this playbook.")
            return
        self.app.push_screen(
            Pick("None of these", options),
            lambda place: self._follow(outcomes[place]) if place is not None else None,
        )

    def _follow(self, outcome: Outcome) -> None:
        case = self.case
        if outcome.scenario:
            self.action_scenario(outcome.scenario)
        elif outcome.ending:
            ending = next((ending for ending in case.procedure.endings if ending.id == outcome.ending), None)
            if ending is None or ending.needs:
                self._ask_told(outcome)
            else:
                self._confirm_closing(ending)
        elif outcome.wait_for:
            from oxtui.cases.hours import next_working_moment

            channel = self.service.playbook.channels.get(outcome.wait_for)
            name = channel.name if channel else outcome.wait_for
            now = self.service.clock.local()
            until = next_working_moment(channel.hours, now) if channel and channel.hours else now.replace(tzinfo=None)

            def noted(case: Case) -> None:
                self.send(case, SetHold(name, until.strftime("%Y-%m-%dT%H:%M")), self._leave_after)

            self.send(case, Note(outcome.text), noted)

    def _ask_told(self, outcome: Outcome) -> None:
        ending = next((ending for ending in self.case.procedure.endings if ending.id == outcome.ending), None)
        if ending is None:
            return
        self.app.push_screen(
            Ask(ending.needs or outcome.text),
            lambda told: self.send(self.case, Close(ending.id, told), self._leave_after) if told else None,
        )

    # -- what the client says
    def action_said(self) -> None:
        box = self.query_one("#said", Input)
        box.display = True
        box.focus()
        self.refresh_bars()

    def on_input_changed(self, message: Input.Changed) -> None:
        self.found = scenario_for(self.case.procedure, message.value)
        scenario = self.case.procedure.scenarios.get(self.found)
        told: Sequence[Span] = ()
        if scenario:
            told = ((f" {self.found} ", "chip"), (f" {scenario.title}", "strong"), ("   enter", "key"))
        elif len(message.value.strip()) > 3:
            told = ((" No scenario has these words.", "quiet"),)
        words = self.query_one("#said-found", Words)
        words.show([told] if told else [])
        words.display = bool(told)
        self.draw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if self.found:
            self.action_scenario(self.found)

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def hints(self) -> list[KeyHint]:
        """While words are typed only their own keys act."""
        if not self.query("#said:focus"):
            return super().hints()
        found = self.case.procedure.scenarios.get(self.found)
        take = [KeyHint("enter", f"choose {self.found}", f"scenario({self.found})")] if found else []
        return [*take, KeyHint("esc", "back", "back")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back_office":
            return self.case.authenticated and not self.case.call.live
        if action == "failed":
            return not self.case.authenticated
        if action == "authenticated":
            return not self.case.call.live
        return True

    def action_back(self) -> None:
        box = self.query_one("#said", Input)
        if box.display:
            box.value = ""
            box.display = False
            self.query_one("#flow").focus()
            self.draw()
            return
        if self.new and not self.case.scenario:
            self._leave_new()
            return
        self.app.pop_screen()

    def _leave_new(self) -> None:
        case = self.case
        if any(entry.what not in ("opened", "details", "mailboxes", "evidence") for entry in case.log):
            self.app.pop_screen()
            return

        def answered(place: int | None) -> None:
            if place == 1:
                try:
                    self.service.drop(case.id)
                except OxtuiError as error:
                    self.refused(error)
                    return
            self.app.pop_screen()  # esc a second time leaves, and keeps the case

        self.app.push_screen(
            Pick(f"Nothing was done for {case.domain}", [("keep the case", ""), ("drop it", "")]), answered
        )
