"""Conversations: a call begins, goes on, is parked, ends or lapses; two calls at once are asked about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from oxtui.cases.case import Case, Talk
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Park, Revoke
from oxtui.cases.dates import parse_moment
from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.screens.dialogs.ask import Ask, Pick
from oxtui.screens.parts.part import Part
from oxtui.text import secret_like

if TYPE_CHECKING:
    from oxtui.widgets.banner import Notice

Done = Callable[[Case], None]


TO_READ: Final = 0.6
"""Seconds: a digit that comes sooner was typed before the question could be read, and was meant for a scenario."""


class OtherCall(Pick):
    """What becomes of another client's call; a key that was typed ahead answers nothing, and that is told."""

    def __init__(self, title: str, monotonic: Callable[[], float]) -> None:
        super().__init__(title, [("that call has ended", ""), ("park that call", "")])
        self.monotonic = monotonic
        self._shown: float | None = None

    def on_mount(self) -> None:
        super().on_mount()
        self.call_after_refresh(self._is_shown)

    def _is_shown(self) -> None:
        self._shown = self.monotonic()

    def _may_answer(self) -> bool:
        if self._shown is not None and self.monotonic() - self._shown >= TO_READ:
            return True
        self.complain(WrongUse("First, that other call: has it ended?", "1 it has ended, 2 it is parked"))
        return False

    def action_digit(self, digit: int) -> None:
        if self._may_answer():
            super().action_digit(digit)

    def action_take(self) -> None:
        if self._may_answer():
            super().action_take()


class Calls(Part):
    """What the keys do to the conversation of the case on the screen."""

    # -- beginning
    def begin(self) -> None:
        """a: the client is authenticated; in a live call still there; a parked one is taken up again."""
        case, talk = self.newest, self.newest.conversation
        if talk.mode == "client" and talk.parked and not talk.lapsed:
            said = "The call is taken up again"
        elif talk.mode == "client" and talk.live:
            said = "Noted: the client is still there"
        else:
            said = "Authenticated"
        self._begin(case, BeginCall("client"), lambda _: self.say(said))

    def begin_back_office(self) -> None:
        """b: work without the client on the line."""
        self._begin(self.newest, BeginCall("back-office"), lambda _: self.say("Back office: no client on the line"))

    def _begin(self, case: Case, command: Command, done: Done) -> None:
        """Begin a conversation; with another client on the line it is asked first what becomes of that."""
        others = [each for each in self.service.on_the_line(case.id) if each.conversation.mode != "back-office"]
        if others:
            self._ask_about(others[0], case, command, done)
        else:
            self.send(case, command, done)

    def offered(self, case: Case, command: Command, done: Done | None, error: OxtuiError) -> bool:
        """Whether a call was refused for another client's that goes on: then it is asked what becomes of that."""
        offers = error.offers if isinstance(error, Refusal) else ()
        named = next((offer.removeprefix("talk:") for offer in offers if offer.startswith("talk:")), "")
        other = self.service.peek(named) if named else None
        if other is None:
            return False
        self._owner.case_refused()
        self._ask_about(other, case, command, done)
        return True

    def _ask_about(self, other: Case, case: Case, command: Command, done: Done | None) -> None:
        """Another call goes on: it has ended or is parked, then this one begins."""

        def answered(place: int | None) -> None:
            if place is not None:
                self.send(other, Park() if place else EndCall(), lambda _: _go_on())

        def _go_on() -> None:
            self.send(case, command, done)

        begun = other.event(other.conversation.event)
        since = f" (since {self.service.clock.when(begun.at)})" if begun else ""
        self.ask(OtherCall(f"You are on a call with {other.domain}{since}", self.host.typing.monotonic), answered)

    # -- how, and what becomes of it
    def ask_how(self) -> None:
        """A: how the client was authenticated, in writing; in a conversation what becomes of it."""
        case = self.newest
        talk = case.conversation
        rows: list[tuple[str, str, Callable[[], object]]] = []
        rows += [(method, "", partial(self._authenticated_by, method)) for method in case.procedure.auth_methods]
        rows.append(("in writing", "where, and when it was written", self._ask_where))
        if talk.mode and not talk.lapsed:
            rows.append((f"{spoken(talk.mode)} has ended", "", self.end_call))
        if talk.live:
            rows.append((f"{spoken(talk.mode)} is parked", "a takes it up again", self.park_call))
        if case.authenticated:
            rows.append(("take the authentication back", "it was a mistake", self.ask_revoke))

        def answered(place: int | None) -> None:
            if place is not None:
                rows[place][2]()

        options = [(name, beside) for name, beside, _ in rows]
        self.ask(Pick("How was the client authenticated?", options), answered)

    def _authenticated_by(self, method: str) -> None:
        self._begin(self.newest, BeginCall("client", method), lambda _: self.say(f"Authenticated by {method}"))

    def _ask_where(self) -> None:
        def check(text: str) -> str:
            if not text.strip():
                raise WrongUse("Where did the client write?", "the number of the case or ticket")
            return text.strip()

        def answered(reference: str | None) -> None:
            if reference:
                self._ask_when(reference)

        text = "The number of the case or ticket."
        self.ask(Ask("Where did the client write?", text, check=check), answered)

    def _ask_when(self, reference: str) -> None:
        now = self.service.clock.local()

        def check(text: str) -> str:
            return parse_moment(text or "today", now)

        def answered(moment: str | None) -> None:
            if moment:
                command = BeginCall("writing", reference=reference, written_at=moment)
                self._begin(self.newest, command, lambda _: self.say("In writing: authenticated"))

        self.ask(
            Ask(
                "When was it written?",
                "What the client says in it counts from then.",
                placeholder="10:30, yesterday 16:20, 12/9",
                check=check,
            ),
            answered,
        )

    def end_call(self) -> None:
        """The conversation has ended."""
        said = f"{spoken(self.case.conversation.mode)} has ended"
        self.send(self.newest, EndCall(), lambda _: self.say(said.capitalize()))

    def park_call(self) -> None:
        """The conversation waits."""
        said = f"{spoken(self.case.conversation.mode)} is parked"
        self.send(self.newest, Park(), lambda _: self.say(said.capitalize(), "a takes it up again"))

    def ask_revoke(self) -> None:
        """The authentication was a mistake: why?"""
        text = "Everything done on it needs checking again."
        self.ask(
            Ask("Take the authentication back", f"Why? {text}", warn=secret_like),
            lambda reason: self.send(self.newest, Revoke(reason)) if reason is not None else None,
        )

    # -- a slip
    def slip(self) -> str:
        """The event of a call that can be taken back with one key: this agent's, with nothing done on it yet."""
        case = self.case
        auth = case.auth_event
        if auth is None or auth.agent != self.service.agent or auth.id != case.conversation.event:
            return ""
        return "" if auth.id in case.rests.values() or not case.conversation.live else auth.id

    def take_slip_back(self) -> None:
        """u: the client is not authenticated after all."""
        event = self.slip()
        if event:
            self.send(
                self.case,
                Revoke("pressed by mistake", event),
                lambda _: self.say("Not authenticated: that was a slip"),
            )
        else:
            self.refuse(Refusal("Something has been done since you authenticated", "A takes it back"))

    def fail_authentication(self, reason: str, then: Done | None = None) -> None:
        """f: the client could not be authenticated; one that was pressed just now is taken back with it."""
        case = self.newest
        auth, talk = case.auth_event, case.conversation
        if auth is None or not talk.live or talk.event != auth.id:
            self.send(case, FailAuthentication(reason), then)
            return

        def revoked(case: Case) -> None:
            self.send(case, FailAuthentication(reason), then)

        self.send(case, Revoke(reason or "not authenticated", auth.id), revoked)

    # -- what is said of it
    def say(self, message: str, detail: str = "") -> None:
        """Say what became of the conversation; what was said of it before is true no more."""
        self.host.say(message, detail, about="call")

    def time_passed(self) -> None:
        """Another second: a conversation that has lapsed is drawn so, and told."""
        if not self._owner.in_view:
            return
        case = self.newest
        if case is not self.case and case.seq >= self.case.seq:
            lapsed = case.conversation.lapsed and not self.case.conversation.lapsed
            self._owner.case_changed(case)
            if lapsed:
                self.host.warn(
                    f"{case.domain}: the authentication has lapsed. a once you've done it again.", about="call"
                )

    def notices(self) -> tuple[Notice, ...]:
        """Who else is on the line in this case."""
        from oxtui.widgets.banner import Notice

        talks, words = self.others_talking(), self.others_told()
        on_the_line = any(talk.mode == "client" and not talk.parked for talk in talks)
        word = "ON THE LINE" if on_the_line else "ALSO HERE"
        return (Notice(word, "; ".join(words), tuple(words)),) if words else ()

    def others_told(self) -> list[str]:
        """Who else has a conversation in this case now, in words."""
        return [words for talk in self.others_talking() if (words := self.told_of(talk))]

    def others_talking(self) -> list[Talk]:
        """The conversations that other agents have in this case now."""
        talks = self.host.talks.get(self.case.id)
        return [talk for talk in (talks[1] if talks else ()) if talk.event.agent != self.service.agent]

    def told_of(self, talk: Talk) -> str:
        """Another agent's conversation in words; "" for one that is parked."""
        at = self.service.clock.when(talk.event.at)
        who = talk.event.agent
        if talk.parked:
            return f"{who} has parked a call, begun {at}"
        words = {"client": "is on the line", "writing": "is working on what the client wrote"}
        return f"{who} {words.get(talk.mode, 'works in the back office')} since {at}"

    def say_it_goes_on(self) -> None:
        """Leaving the case while its client is on the line: what becomes of the call."""
        case = self.newest
        if case.conversation.mode == "client" and case.conversation.live:
            lapse = f" until {self.service.clock.when(case.lapses_at)}" if case.lapses_at else ""
            self.say(f"The call with {case.domain} goes on{lapse}", "When it ends, or is parked: A in the case")


def spoken(mode: str) -> str:
    """A conversation as it is spoken of."""
    return {"client": "the call", "writing": "the conversation in writing"}.get(mode, "the back office")


def lapse_notice(domain: str, mode: str, left: timedelta) -> Notice:
    """The warning before a conversation lapses."""
    from oxtui.widgets.banner import Notice

    minutes = max(1, -(-int(left.total_seconds()) // 60))
    key = {"client": "a: the client is still there", "back-office": "b: you are still at it"}.get(
        mode, "A: say so again"
    )
    text = f"{domain} lapses in {minutes} min. {key}"
    return Notice(spoken(mode).removeprefix("the ").upper(), text, (text,), True)
