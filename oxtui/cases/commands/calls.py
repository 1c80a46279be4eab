"""Conversations: by phone, in writing, back office; and the authentication taken back."""

from __future__ import annotations

from typing import Any, Final

from oxtui.cases.case import Case, moment_of
from oxtui.cases.commands.base import Command, Draft, Making, effects_data, spoiled
from oxtui.cases.commands.typed import one_text
from oxtui.errors import Refusal, WrongUse
from oxtui.text import clean

MODES: Final = ("client", "writing", "back-office")


class BeginCall(Command, frozen=True):
    """A conversation begins: by phone (`client`), in writing, or `back-office` (nobody on the line).

    In writing: `reference` names where it was written, `written_at` when (local date or date and time).
    """

    mode: str
    method: str = ""
    caller: str = ""
    reference: str = ""
    written_at: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `call` event; or `still-there` where that very conversation goes on or is taken up again."""
        if self.mode not in MODES:
            raise WrongUse(f"'{clean(self.mode)}' is not a kind of conversation", ", ".join(MODES))
        if case.closed:
            raise Refusal("The case is closed", "reopen it first")
        talk = case.conversation
        if (
            self.mode == talk.mode
            and not talk.lapsed
            and not self.method
            and not self.caller
            and self.mode != "writing"
        ):
            return [making.draft("still-there", {})]
        if self.mode == "back-office" and not talk.authenticated_before:
            raise Refusal("This client was never authenticated in this case", "a: with the client on the line")
        data: dict[str, Any] = {"mode": self.mode}
        data |= {"method": clean(self.method).strip(), "caller": clean(self.caller).strip()}
        if self.mode == "writing":
            data |= self._written(case)
        if case.altered:
            # It counts only against the damage that was known when it began.
            data["despite"] = list(case.altered)
        return [making.draft("call", data)]

    def _written(self, case: Case) -> dict[str, str]:
        reference = one_text(self.reference, "Where did the client write?", "the number of the case or ticket")
        moment = moment_of(self.written_at)
        if moment is None:
            raise WrongUse("When did the client write?", "a date, or date and time")
        at = min(moment.replace(tzinfo=case.now.tzinfo), case.now)
        return {"reference": reference, "written_at": at.isoformat(timespec="seconds")}


class EndCall(Command, frozen=True):
    """This agent's conversation ends; nothing is taken back."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `call-ended` event, or none where there is none."""
        return [making.draft("call-ended", {})] if case.conversation.mode else []


class Park(Command, frozen=True):
    """This agent's conversation waits: nothing is done in it until `a` takes it up."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `parked` event, or none where it is parked already."""
        talk = case.conversation
        return [making.draft("parked", {})] if talk.live and talk.mode and not talk.parked else []


class FailAuthentication(Command, frozen=True):
    """The client could not be authenticated; needs no conversation, so that it can be written up."""

    reason: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `auth-failed` event."""
        return [making.draft("auth-failed", {"reason": clean(self.reason, lines=True).strip()})]


class Revoke(Command, frozen=True):
    """Take the last authentication back: all that rests on it has to be checked again, whoever marked it."""

    reason: str = ""
    call: str = ""
    """The event of the authentication that is meant; "" for the last one, whichever it is."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `revoked` event, or none where the one meant does not stand any more."""
        if case.auth_event is None:
            raise Refusal("There is no authentication to take back", "")
        if self.call not in ("", case.auth_event.id):
            return []
        auth = case.auth_event.id
        effects = {
            number: spoiled(case, number, "authentication", lambda mark: case.rests.get(mark) == auth)
            for number in case.boards
        }
        data = {"call": auth, "reason": clean(self.reason, lines=True).strip(), "boards": effects_data(effects)}
        return [making.draft("revoked", data)]
