"""The call flow: the authentication gate, and its questions with where each answer leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.evidence import evidence_in, proposed_answers
from oxtui.errors import Negative, OxtuiError
from oxtui.playbook.flow import asked
from oxtui.playbook.model import Procedure
from oxtui.screens.base import BaseScreen
from oxtui.screens.call_flow.choosing import Choosing
from oxtui.screens.call_flow.outcomes import Outcomes
from oxtui.screens.dialogs.ask import Ask
from oxtui.screens.parts.asking_dns import ask
from oxtui.screens.parts.calls import Calls
from oxtui.screens.parts.leaving import Leaving
from oxtui.screens.parts.trying import to_try
from oxtui.text import clean
from oxtui.widgets.banner import Notice
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.callflow import CallFlow, scenario_for
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs


class CallFlowScreen(BaseScreen):
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
            "A",
            "call_how",
            "how",
            id="picker.how",
            tooltip="How the client was authenticated, or in writing; what became of the call",
        ),
        Binding("u", "undo", "undo a", id="picker.undo", tooltip="The client is not authenticated after all"),
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
        Binding(
            "space", "walk", "question by question", id="picker.walk", tooltip="Walk the call flow with its questions"
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
        Binding("z", "close", "close", id="picker.close", show=False, tooltip="Close the case"),
        Binding("Y", "wrap_up", "note", id="picker.wrap-up", show=False, tooltip="Copy the wrap-up note"),
        Binding("E", "client_text", "text", id="picker.client-text", show=False, tooltip="Copy a text for the client"),
    ]
    HELP_TEXT: ClassVar[tuple[str, ...]] = (
        "Authenticate the client first: a. Until then the scenarios stay closed. "
        "A says how, or that it was in writing; u takes back an a pressed by mistake.",
        "The questions of the diagram lead to a scenario. The digits choose it; space asks question by question.",
        "/ finds a scenario by the client's own words{example}. 0 is for what fits none of them.",
    )
    AUTO_FOCUS = None

    def __init__(self, case: Case, *, new: bool = False) -> None:
        super().__init__()
        self.case = case
        self.new = new
        self.found = 0
        self.calls = Calls(self)
        self.choosing = Choosing(self)
        self.outcomes = Outcomes(self, self.choosing)
        self.leaving = Leaving(self, self.calls)

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Paragraphs(id="gate")
        flow = CallFlow(self.case.procedure, id="flow")
        flow.add_class("box", update=False)
        flow.can_focus = True
        yield flow
        words = self.example()
        such = f", such as: {words}" if words else ""
        yield Input(placeholder=f"what the client says{such}", id="said", compact=True)
        yield Paragraphs(id="said-found")
        yield FootBar()

    def example(self) -> str:
        """What a client may say, in the playbook's words."""
        scenarios = [*self.case.procedure.scenarios.values()][::-1]
        return next((scenario.heard[0] for scenario in scenarios if scenario.heard), "")

    def help_example(self) -> str:
        words = self.example()
        return f", such as '{words}'" if words else ""

    @property
    def speaks(self) -> Procedure:
        return self.case.procedure

    def help_text(self) -> tuple[str, ...]:
        told = super().help_text()
        return told if self.case.procedure.gated else told[1:]

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
            ask(self.host, self.case, lambda error: None)

    @property
    def shows_case(self) -> str:
        return self.case.id

    def case_changed(self, case: Case) -> None:
        if case.id == self.case.id:
            self.case = case
            self.draw()

    def time_passed(self) -> None:
        super().time_passed()
        self.calls.time_passed()

    def own_notices(self) -> tuple[Notice, ...]:
        return (*self.calls.notices(), *(() if self.narrow() else to_try(self.host, self.case)))

    def offered(self, case: Case, command: Command, done: Callable[[Case], None] | None, error: OxtuiError) -> bool:
        return self.calls.offered(case, command, done, error)

    def floor_changed(self) -> None:
        if self.case.id not in self.service.documents():
            if self.is_current:
                self.host.tell(Negative(f"{self.case.domain} is no longer open", "it was closed in another pane"))
                self.app.pop_screen()
            return
        self.case = self.calls.newest
        self.draw()

    def on_screen_resume(self) -> None:
        if self.is_mounted:
            self.floor_changed()

    def draw(self) -> None:
        """Draw the gate and the diagram."""
        if not self.ready:
            return
        case = self.case
        self.query_one("#gate", Paragraphs).show([self._gate(), *self._failed()])
        number = case.number or 0
        path = {question.id: answer.id for question, answer in asked(case.procedure, case.flow)}
        evidence = evidence_in(case.evidence)
        seen = ""
        if evidence:
            at = self.service.clock.when(evidence.asked_at)
            guess = {"done": "the move looks done", "not-begun": "not moved yet, it seems"}.get(
                proposed_answers(evidence).get("moved", ""), ""
            )
            seen = f"DNS at {at}: {evidence.verdict}{': ' + guess if guess else ''}"
        self.query_one("#flow", CallFlow).show(
            path=path, chosen=number, open_=case.conversation.live, found=self.found, seen=seen
        )
        self.refresh_bars()

    def _gate(self) -> Sequence[Span]:
        """Whether the scenarios are open, and by what conversation."""
        case, glyphs = self.case, self.glyphs
        talk = case.conversation
        if not case.procedure.gated:
            return (("Choose the scenario", "strong"),)
        begun = case.event(talk.event)
        at = f" {self.service.clock.when(begun.at)}" if begun else ""
        rest = "" if self.narrow() else "  choose the scenario"
        if talk.live:
            who = {
                "client": "Client authenticated",
                "writing": "In writing, authenticated",
                "back-office": "Back office, no client on the line",
            }[talk.mode]
            how = f" by {begun.get('method')}" if begun and begun.get("method") and not self.narrow() else ""
            return ((f" {glyphs.done} {who}{how}{at} ", "done"), (rest, "quiet"))
        if talk.mode and talk.parked and not talk.lapsed:
            return ((" a ", "alarm"), (f" The call is parked since{at} ", "strong"), ("  a takes it up again", "quiet"))
        if case.auth_failed:
            at = self.service.clock.when(case.auth_failed.at)
            reason = clean(str(case.auth_failed.get("reason") or ""))
            why = f": {reason}" if reason and not self.narrow() else ""
            later = "  a if you can authenticate them after all"
            return ((f" {glyphs.nb} Not authenticated {at}{why} ", "alarm"), (later, "quiet"))
        first = " The authentication has lapsed: again " if talk.lapsed else f" {case.procedure.authenticate} first "
        rest = "" if self.narrow() else "  the scenarios open once it is done"
        return ((" a ", "alarm"), (first, "strong"), (rest, "quiet"))

    def _failed(self) -> Sequence[Sequence[Span]]:
        """What is said to a client who could not be authenticated."""
        words = self.case.procedure.auth_failed
        shown = words and self.case.auth_failed and not self.case.conversation.live
        return [((" say  ", "accent"), (words, "quiet"))] if shown else []

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
    def _asks_who(self) -> bool:
        """Whether anybody is authenticated in this playbook; if not, that is told."""
        why = self.lacks("authenticated")
        if why:
            self.refused(why)
        return why is None

    def action_authenticated(self) -> None:
        if self._asks_who():
            self.calls.begin()

    def action_back_office(self) -> None:
        if self._asks_who():
            self.calls.begin_back_office()

    def action_call_how(self) -> None:
        if self._asks_who():
            self.calls.ask_how()

    def action_undo(self) -> None:
        self.calls.take_slip_back()

    def action_failed(self) -> None:
        """f: not authenticated; one that was pressed just now goes with it."""
        if not self._asks_who():
            return
        rests = self.case.auth_event is not None and self.case.auth_event.id in self.case.rests.values()
        text = "Why? (enter alone: no reason)"
        if rests and self.case.conversation.live:
            text += " What was done in this call needs checking again."

        def answered(reason: str | None) -> None:
            if reason is not None:
                self.calls.fail_authentication(reason, lambda case: self.outcomes.offer_to_close())

        self.app.push_screen(Ask("The client could not be authenticated", text), answered)

    # -- choosing
    def action_scenario(self, number: int) -> None:
        self.choosing.choose(number, {})

    def action_walk(self) -> None:
        self.outcomes.walk()

    def action_none(self) -> None:
        self.outcomes.none()

    def action_close(self) -> None:
        self.outcomes.close()

    def action_wrap_up(self) -> None:
        self.outcomes.copy_note()

    def action_client_text(self) -> None:
        self.outcomes.copy_client_text()

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
            told = ((" No scenario matches that.", "quiet"),)
        words = self.query_one("#said-found", Paragraphs)
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
            talk = self.case.conversation
            word = "take it up again" if talk.parked else "still there"
            again = talk.mode == "client" and not talk.lapsed
            return [
                KeyHint(hint.key, word, hint.action) if again and hint.action == "authenticated" else hint
                for hint in super().hints()
                if self._acts(hint.action)
            ]
        found = self.case.procedure.scenarios.get(self.found)
        take = [KeyHint("enter", f"choose {self.found}", f"scenario({self.found})")] if found else []
        return [*take, KeyHint("esc", "back", "back")]

    def _acts(self, action: str) -> bool:
        """Whether a key is worth its place in the footer; pressed all the same, it says why not."""
        live = self.case.conversation.live
        if action == "back_office":
            return self.case.auth_event is not None and not live
        if action == "undo":
            return bool(self.calls.slip())
        return action != "walk" or (live and bool(self.case.procedure.flow))

    def action_back(self) -> None:
        box = self.query_one("#said", Input)
        if box.display:
            box.value = ""
            box.display = False
            self.query_one("#flow").focus()
            self.draw()
            return
        self.leaving.leave()
