"""The call flow: the authentication gate, and its questions with where each answer leads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from oxtui.cases.case import Case
from oxtui.cases.evidence import evidence_in, proposed_answers
from oxtui.cases.guard import TAKE_UP
from oxtui.errors import Negative
from oxtui.playbook.flow import asked
from oxtui.screens.base import close_box, key, open_box, unless_lacking
from oxtui.screens.call_flow.choosing import Choosing
from oxtui.screens.call_flow.outcomes import Outcomes
from oxtui.screens.parts.dns_lookup import look_up_dns
from oxtui.screens.parts.leaving import CallScreen
from oxtui.text import clean
from oxtui.widgets.bars import FootBar, KeyHint, TopBar
from oxtui.widgets.callflow import CallFlow, scenario_for
from oxtui.widgets.spans import Span
from oxtui.widgets.text_view import Paragraphs


class CallFlowScreen(CallScreen):
    """Choose the scenario of a case; nothing is chosen before the client is authenticated."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("picker.authenticated", "a", "authenticated", "authenticated", "The client is authenticated"),
        key(
            "picker.how", "A", "call_how", "how",
            "How the client was authenticated, or in writing; what became of the call",
        ),
        key("picker.undo", "u", "undo", "undo a", "The client is not authenticated after all"),
        key("picker.back-office", "b", "back_office", "back office", "Work without the client on the line"),
        *(
            key(f"picker.scenario-{n}", str(n), f"scenario({n})", "scenario", "Choose a scenario", show=n == 1)
            for n in range(1, 10)
        ),
        key("picker.walk", "space", "walk", "question by question", "Walk the call flow with its questions"),
        key("picker.none", "0", "none", "none of these", "No scenario fits"),
        key(
            "picker.said", "slash", "said", "what the client says",
            "Find the scenario by what the client says", sign="/",
        ),
        key("picker.failed", "f", "failed", "not authenticated", "The client could not be authenticated"),
        key("picker.close", "z", "close", "close", "Close the case", show=False),
        key("picker.wrap-up", "Y", "wrap_up", "note", "Copy the wrap-up note", show=False),
        key("picker.client-text", "E", "client_text", "text", "Copy a text for the client", show=False),
    ]  # fmt: skip
    HELP_TEXT: ClassVar[tuple[str, ...]] = (
        "Authenticate the client first: a. Until then the scenarios stay closed. "
        "A says how, or that it was in writing; u takes back an a pressed by mistake.",
        "The questions of the diagram lead to a scenario. The digits choose it; space asks question by question.",
        "/ finds a scenario by the client's own words{example}. 0 is for what fits none of them.",
    )
    AUTO_FOCUS = None

    def __init__(self, case: Case, *, new: bool = False) -> None:
        super().__init__(case)
        self.new = new
        self.found = 0
        self.choosing = Choosing(self, lambda case: self.once_in_front(partial(self.host.to_checklist, case)))
        self.outcomes = Outcomes(self, self.choosing, self.texts, self.calls.others_told)
        self.action_authenticated = unless_lacking(self, "authenticated", self.calls.begin)
        self.action_back_office = unless_lacking(self, "back_office", self.calls.begin_back_office)
        self.action_call_how = unless_lacking(self, "call_how", self.calls.ask_how)
        ask_why = partial(self.calls.ask_why_failed, self.outcomes.offer_to_close)
        self.action_failed = unless_lacking(self, "failed", ask_why)
        self.action_undo = self.calls.take_slip_back
        self.action_walk = self.outcomes.walk
        self.action_none = self.outcomes.none
        self.action_close = self.outcomes.close

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Paragraphs(id="gate")
        flow = CallFlow(self.case.procedure, id="flow")
        flow.add_class("box", update=False)
        flow.can_focus = True
        yield flow
        such = f", such as: {words}" if (words := self._example()) else ""
        yield Input(placeholder=f"what the client says{such}", id="said", compact=True)
        yield Paragraphs(id="said-found")
        yield FootBar()

    def _example(self) -> str:
        """Return what a client may say, in the playbook's words."""
        scenarios = reversed([*self.case.procedure.scenarios.values()])
        return next((scenario.heard[0] for scenario in scenarios if scenario.heard), "")

    def help_text(self) -> tuple[str, ...]:
        example = f", such as '{words}'" if (words := self._example()) else ""
        texts = super().help_text()[0 if self.case.procedure.gated else 1 :]
        return tuple(text.replace("{example}", example) for text in texts)

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
            look_up_dns(self.host, self.case, lambda error: None)

    def case_changed(self, case: Case) -> None:
        if case.id == self.case.id:
            self.case = case
            self.draw()

    def floor_changed(self) -> None:
        if self.case.id not in self.service.documents():
            if self.says_closed():
                self.host.tell(Negative(f"{self.case.name} is no longer open", "it was closed in another pane"))
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
        path = {question.id: answer.id for question, answer in asked(case.procedure, case.flow)}
        self.query_one("#flow", CallFlow).show(
            path=path, chosen=case.number or 0, open_=case.conversation.live, found=self.found, seen=self._dns()
        )
        self.refresh_bars()

    def _dns(self) -> str:
        """Return the DNS answer, and what it says about the move."""
        evidence = evidence_in(self.case.evidence)
        if evidence is None:
            return ""
        moved = proposed_answers(evidence).get("moved", "")
        guess = {"done": ": the move looks done", "not-begun": ": not moved yet, it seems"}.get(moved, "")
        return f"DNS at {self.service.clock.when(evidence.asked_at)}: {evidence.verdict}{guess}"

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
            who = {"client": "Client authenticated", "writing": "In writing, authenticated"}.get(
                talk.mode, "Back office, no client on the line"
            )
            how = f" by {begun.get('method')}" if begun and begun.get("method") and not self.narrow() else ""
            return ((f" {glyphs.done} {who}{how}{at} ", "done"), (rest, "quiet"))
        if talk.mode and talk.parked and not talk.lapsed:
            return ((" a ", "alarm"), (f" The call is parked since{at} ", "strong"), (f"  {TAKE_UP}", "quiet"))
        if case.auth_failed:
            at = self.service.clock.when(case.auth_failed.at)
            reason = clean(str(case.auth_failed.get("reason") or ""))
            why = f": {reason}" if reason and not self.narrow() else ""
            return ((f" {glyphs.nb} Not authenticated {at}{why} ", "alarm"),)
        first = " The authentication has lapsed: again " if talk.lapsed else f" {case.procedure.authenticate} first "
        rest = "" if self.narrow() else "  the scenarios open once it is done"
        return ((" a ", "alarm"), (first, "strong"), (rest, "quiet"))

    def _failed(self) -> Sequence[Sequence[Span]]:
        """The words for a client who could not be authenticated, and the key if they can be after all."""
        if not self.case.auth_failed or self.case.conversation.live:
            return []
        words = self.case.procedure.auth_failed
        said: list[Sequence[Span]] = [((" say  ", "accent"), (words, "quiet"))] if words else []
        return [*said, ((" a    ", "key"), ("if you can authenticate them after all", "quiet"))]

    def crumbs(self) -> Sequence[Span]:
        if self.narrow():
            return ((self.case.name, "strong"),)
        new = f"New {self.glyphs.crumb} " if self.new else ""
        return (("oxtui", "accent"), (f"  Home {self.glyphs.crumb} {new}", "quiet"), (self.case.name, "strong"))

    # -- choosing
    def action_scenario(self, number: int) -> None:
        self.choosing.choose(number, {})

    # -- what the client says
    def action_said(self) -> None:
        open_box(self, "#said")

    def on_input_changed(self, message: Input.Changed) -> None:
        self.found = scenario_for(self.case.procedure, message.value)
        line: Sequence[Span] = ()
        if scenario := self.case.procedure.scenarios.get(self.found):
            line = ((f" {self.found} ", "chip"), (f" {scenario.title}", "strong"), ("   enter", "key"))
        elif len(message.value.strip()) > 3:
            line = ((" No scenario matches that.", "quiet"),)
        below = self.query_one("#said-found", Paragraphs)
        below.show([line] if line else [])
        below.display = bool(line)
        self.draw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if self.found:
            self.choosing.choose(self.found, {})

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def hints(self) -> list[KeyHint]:
        """Return only the field's own keys while words are typed."""
        if self.query("#said:focus"):
            known = self.found in self.case.procedure.scenarios
            take = [KeyHint("enter", f"choose {self.found}", f"scenario({self.found})")] if known else []
            return [*take, KeyHint("esc", "back", "back")]
        hints = [hint for hint in super().hints() if self._acts(hint.action)]
        talk = self.case.conversation
        if talk.mode != "client" or talk.lapsed:
            return hints
        again = "take it up again" if talk.parked else "still there"
        return [
            KeyHint(each.key, again if each.action == "authenticated" else each.label, each.action) for each in hints
        ]

    def _acts(self, action: str) -> bool:
        """Whether a key is worth its place in the footer; pressed anyway, it says why it does nothing."""
        live = self.case.conversation.live
        if action == "back_office":
            return self.case.auth_event is not None and not live
        if action == "undo":
            return bool(self.calls.slip())
        return action != "walk" or (live and bool(self.case.procedure.flow))

    def action_back(self) -> None:
        if close_box(self, "#said"):
            self.query_one("#flow").focus()
            self.draw()
            return
        self.leaving.leave()
