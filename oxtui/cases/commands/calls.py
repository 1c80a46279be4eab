"""Conversations: by phone, in writing, back office; and the authentication taken back."""

from __future__ import annotations

from typing import Any

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, spoiled_boards
from oxtui.cases.commands.typed import one_text
from oxtui.cases.guard import MODES
from oxtui.cases.parts import moment_of
from oxtui.errors import Refusal, WrongUse
from oxtui.text import clean


class BeginCall(Command, frozen=True):
    """Begin a conversation: by phone (`client`), in `writing`, or `back-office` (without the client).

    In writing: `reference` names where it was written, `written_at` when (local date or date and time). The agent's own
    conversation of that kind goes on, or is taken up again (`still-there`).
    """

    mode: str
    method: str = ""
    caller: str = ""
    reference: str = ""
    written_at: str = ""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if self.mode not in MODES:
            raise WrongUse(f"'{clean(self.mode)}' is not a kind of conversation", ", ".join(MODES))
        if case.closed:
            raise Refusal("The case is closed", "reopen it first")
        talk = case.conversation
        same = self.mode == talk.mode and self.mode != "writing" and not (self.method or self.caller)
        if same and not talk.lapsed:
            return [Draft("still-there", {})]
        if self.mode == "back-office" and not talk.authenticated_before:
            raise Refusal("This client was never authenticated in this case", "a: with the client on the line")
        method, caller = clean(self.method).strip(), clean(self.caller).strip()
        data: dict[str, Any] = {"mode": self.mode, "method": method, "caller": caller}
        if self.mode == "writing":
            data |= self._writing(case)
        if case.altered:  # damage found later invalidates the call; damage known when it began does not
            data["despite"] = list(case.altered)
        return [Draft("call", data)]

    def _writing(self, case: Case) -> dict[str, str]:
        reference = one_text(self.reference, "Where did the client write?", "the number of the case or ticket")
        moment = moment_of(self.written_at)
        if moment is None:
            raise WrongUse("When did the client write?", "a date, or date and time")
        at = min(moment.replace(tzinfo=case.now.tzinfo), case.now)
        return {"reference": reference, "written_at": at.isoformat(timespec="seconds")}


class EndCall(Command, frozen=True):
    """End this agent's conversation; nothing is taken back."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        return [Draft("call-ended", {})] if case.conversation.mode else []


class Park(Command, frozen=True):
    """Park this agent's conversation: nothing is done in it until `a` takes it up."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        talk = case.conversation
        return [Draft("parked", {})] if talk.live and talk.mode and not talk.parked else []


class FailAuthentication(Command, frozen=True):
    """Record that the client could not be authenticated. It needs no conversation."""

    reason: str = ""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        return [Draft("auth-failed", {"reason": clean(self.reason, lines=True).strip()})]


class Revoke(Command, frozen=True):
    """Take an authentication back: all that rests on it, whoever marked it, must be checked again."""

    reason: str = ""
    call: str = ""
    """The event of the authentication that is meant; "" for that of this agent's conversation, or else the last."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if case.own_auth is None:
            raise Refusal("There is no authentication to take back", "")
        auth = case.same_call.get(self.call, self.call) or case.own_auth.id
        if auth not in {each.id for each in case.auths}:
            return []
        boards = spoiled_boards(case, "authentication", lambda event: case.rests.get(event) == auth)
        reason = clean(self.reason, lines=True).strip()
        return [Draft("revoked", {"call": auth, "reason": reason, "boards": boards})]
