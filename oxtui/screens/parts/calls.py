"""Conversations: a call begins, goes on, is parked, ends or lapses; two calls at once are asked about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from textual import events

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command
from oxtui.cases.commands.calls import BeginCall, EndCall, FailAuthentication, Park, Revoke
from oxtui.cases.guard import TAKE_UP
from oxtui.cases.parts import Talk
from oxtui.cases.wording import talk_words
from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.screens.dialogs.ask import Ask, Choice, Pick, required
from oxtui.screens.parts.part import Flow, Part
from oxtui.text import sentence
from oxtui.widgets.banner import Notice

Done = Callable[[Case], None]
TO_READ: Final = 0.6
"""Seconds without a key: a digit that comes sooner was typed before the question was read, and meant for a scenario."""


class OtherCall(Pick):
    """Asks what to do with another client's call; a key typed ahead answers nothing, and the dialog says so."""

    def __init__(self, title: str, monotonic: Callable[[], float]) -> None:
        super().__init__(title, [("that call has ended", ""), ("park that call", "")])
        self.monotonic = monotonic
        self._quiet_since: float | None = None

    def on_mount(self) -> None:
        super().on_mount()
        self.call_after_refresh(self._wait_anew)

    def _wait_anew(self) -> None:
        self._quiet_since = self.monotonic()

    def on_key(self, event: events.Key) -> None:
        """Begin the time to read anew at a letter: keys that come one upon the other were typed ahead."""
        if event.is_printable and event.character not in self.digits:
            self._wait_anew()

    def _may_answer(self) -> bool:
        if self._quiet_since is not None and self.monotonic() - self._quiet_since >= TO_READ:
            return True
        self._wait_anew()
        self.complain(WrongUse("First, that other call: has it ended?", "1 it has ended, 2 it is parked"))
        return False

    def action_digit(self, digit: int) -> None:
        if self._may_answer():
            super().action_digit(digit)

    def action_take(self) -> None:
        if self._may_answer():
            super().action_take()


class Calls(Part):
    """The keys that act on the conversation of the case on the screen."""

    # -- beginning
    def begin(self) -> None:
        """a: authenticate the client; in a live call confirm that they are still there; take up a parked one."""
        case, talk = self.newest, self.newest.conversation
        if talk.mode == "client" and talk.parked and not talk.lapsed:
            message = "The call is taken up again"
        elif talk.mode == "client" and talk.live:
            message = "Noted: the client is still there"
        else:
            message = "Authenticated"
        self._begin(case, BeginCall("client"), lambda _: self.say(message))

    def begin_back_office(self) -> None:
        """b: work without the client on the line."""
        self._begin(self.newest, BeginCall("back-office"), lambda _: self.say("Back office: no client on the line"))

    def _begin(self, case: Case, command: Command, done: Done) -> None:
        """Begin a conversation; with another client on the line, ask first what to do with that call."""
        others = [each for each in self.service.on_the_line(case.id) if each.conversation.mode != "back-office"]
        if others:
            self._ask_about(others[0], case, command, done)
        else:
            self.send(case, command, done)

    def offered(self, case: Case, command: Command, done: Done | None, error: OxtuiError) -> bool:
        """Ask about another client's call if that is the reason for a refusal; else return False."""
        offers = error.offers if isinstance(error, Refusal) else ()
        named = next((offer.removeprefix("talk:") for offer in offers if offer.startswith("talk:")), "")
        other = self.service.peek(named) if named else None
        if other is None:
            return False
        self.screen.case_refused()
        self._ask_about(other, case, command, done)
        return True

    def _ask_about(self, other: Case, case: Case, command: Command, done: Done | None) -> None:
        """Ask whether another call has ended or is parked, then begin this one."""

        def answered(parked: int) -> None:
            self.send(other, Park() if parked else EndCall(), lambda _: self.send(case, command, done))

        begun = other.event(other.conversation.event)
        since = f" (since {self.service.clock.when(begun.at)})" if begun else ""
        self.ask(OtherCall(f"You are on a call with {other.name}{since}", self.host.typing.monotonic), answered)

    # -- how it began, and ending it
    def ask_how(self) -> None:
        """A: ask how the client was authenticated in writing; in a conversation, how to end or park it."""
        case = self.newest
        talk = case.conversation
        name = _name(talk.mode)
        choices: list[Choice] = [
            *((method, "", partial(self._authenticated_by, method)) for method in case.procedure.auth_methods),
            ("in writing", "where, and when it was written", lambda: self.follow(self._in_writing())),
        ]
        if talk.mode and not talk.lapsed:
            choices.append((f"{name} has ended", "", partial(self._end, EndCall(), f"{name} has ended")))
        if talk.live:
            park = partial(self._end, Park(), f"{name} is parked", TAKE_UP)
            choices.append((f"{name} is parked", TAKE_UP, park))
        if auth := case.own_auth:
            whose = "" if auth.agent == self.service.agent else f"{auth.agent} {self.service.clock.when(auth.at)}: "
            detail = f"{whose}it was a mistake"
            choices.append(("take the authentication back", detail, partial(self._ask_revoke, auth.id)))
        title, text = "How was the client authenticated?", ""
        if case.conversation.mode:
            title, text = sentence(name), "How the client was authenticated, or what became of it."
        self.choose_from(title, choices, text)

    def _authenticated_by(self, method: str) -> None:
        self._begin(self.newest, BeginCall("client", method), lambda _: self.say(f"Authenticated by {method}"))

    def _in_writing(self) -> Flow[None]:
        """Ask where and when the client wrote, then begin the conversation."""
        where, what = "Where did the client write?", "the number of the case or ticket"
        reference = yield Ask(where, f"{sentence(what)}.", check=required(where, what))
        moment = yield self.ask_moment("When was it written?", "What the client says in it counts from then.", "today")
        command = BeginCall("writing", reference=reference, written_at=moment)
        self._begin(self.newest, command, lambda _: self.say("In writing: authenticated"))

    def _end(self, command: Command, text: str, detail: str = "") -> None:
        """End or park the conversation, and say so."""
        self.send(self.newest, command, lambda _: self.say(sentence(text), detail))

    def _ask_revoke(self, auth: str) -> None:
        text = "Why? Everything done on it needs checking again."
        self.ask(Ask("Take the authentication back", text), lambda reason: self.send(self.newest, Revoke(reason, auth)))

    # -- a slip
    def slip(self) -> str:
        """Return the event of a call that one key takes back: this agent's, with nothing done on it yet; else ""."""
        case = self.case
        auth = case.own_auth
        if auth is None or auth.agent != self.service.agent or auth.id != case.conversation.event:
            return ""
        return "" if auth.id in case.rests.values() or not case.conversation.live else auth.id

    def take_slip_back(self) -> None:
        """u: the client is not authenticated after all."""
        if event := self.slip():
            command = Revoke("pressed by mistake", event)
            self.send(self.case, command, lambda _: self.say("Not authenticated: that was a slip"))
        else:
            self.refuse(Refusal("Something has been done since you authenticated", "A takes it back"))

    def ask_why_failed(self, then: Callable[[], None]) -> None:
        """f: ask why the client could not be authenticated, record it, and go on; a live call's `a` is taken back."""
        rests = self.case.own_auth is not None and self.case.own_auth.id in self.case.rests.values()
        text = "Why? (enter alone: no reason)"
        if rests and self.case.conversation.live:
            text += " What was done in this call needs checking again."

        def answered(reason: str) -> None:
            case, auth = self.newest, self.newest.own_auth
            fail, talk = FailAuthentication(reason), case.conversation
            if auth is None or not talk.live or talk.event != auth.id:
                self.send(case, fail, lambda _: then())
            else:
                revoke = Revoke(reason or "not authenticated", auth.id)
                self.send(case, revoke, lambda case: self.send(case, fail, lambda _: then()))

        self.ask(Ask("The client could not be authenticated", text), answered)

    # -- what the screen shows of it
    def say(self, message: str, detail: str = "") -> None:
        """Say what became of the conversation, replacing the last message about it."""
        self.host.say(message, detail, about="call")

    def time_passed(self) -> None:
        """Draw a conversation that has lapsed, and say so."""
        if not self.screen.in_view:
            return
        case = self.newest
        if case is not self.case and case.seq >= self.case.seq:
            lapsed = case.conversation.lapsed and not self.case.conversation.lapsed
            self.screen.case_changed(case)
            if lapsed:
                text = f"{case.name}: the authentication has lapsed. a once you've done it again."
                self.host.warn(text, about="call")

    def notices(self) -> tuple[Notice, ...]:
        """Return the notice of who else is on the line in this case."""
        talks = self._others_talking()
        words = tuple(map(self._describe, talks))
        on_the_line = any(talk.mode == "client" and not talk.parked for talk in talks)
        return (Notice("ON THE LINE" if on_the_line else "ALSO HERE", "; ".join(words), words),) if words else ()

    def others_told(self) -> list[str]:
        """Return who else has a conversation in this case now, in words."""
        return [self._describe(talk) for talk in self._others_talking()]

    def _others_talking(self) -> list[Talk]:
        _, talks = self.host.talks.get(self.case.id, (self.case, ()))
        return [talk for talk in talks if talk.event.agent != self.service.agent]

    def _describe(self, talk: Talk) -> str:
        """Return another agent's conversation in words."""
        return talk_words(talk, self.service.clock.when(talk.event.at))

    def say_it_goes_on(self) -> None:
        """Say, when the case is left with its client on the line, what becomes of the call."""
        case = self.newest
        if case.conversation.mode == "client" and case.conversation.live:
            lapse = f" until {self.service.clock.when(case.lapses_at)}" if case.lapses_at else ""
            self.say(f"The call with {case.name} goes on{lapse}", "When it ends, or is parked: A in the case")


def _name(mode: str) -> str:
    """Return the name of a kind of conversation."""
    return {"client": "the call", "writing": "the conversation in writing"}.get(mode, "the back office")


def lapse_notice(domain: str, mode: str, left: timedelta) -> Notice:
    """The warning before a conversation lapses."""
    minutes = max(1, -(-int(left.total_seconds()) // 60))
    key = {"client": "a: the client is still there", "back-office": "b: you are still at it"}.get(
        mode, "A: say so again"
    )
    text = f"{domain} lapses in {minutes} min. {key}"
    return Notice(_name(mode).removeprefix("the ").upper(), text, (text,), True)
