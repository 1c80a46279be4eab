"""Notes, waiting for somebody, and what DNS answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oxtui.cases import moves
from oxtui.cases.board import Effects
from oxtui.cases.case import Case, moment_of
from oxtui.cases.commands.base import Command, Draft, Making, effects_data
from oxtui.cases.commands.typed import one_text
from oxtui.cases.contradictions import spoken_against
from oxtui.cases.evidence import proposed_in
from oxtui.cases.guard import Position
from oxtui.errors import WrongUse
from oxtui.text import clean


class Note(Command, frozen=True):
    """A note, of several lines; needs no conversation."""

    STANDS_ALONE = True

    text: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `note` event."""
        return [making.draft("note", {"text": one_text(self.text, "The note is empty", "")})]


class SetHold(Command, frozen=True):
    """The case waits for someone until a local date (or date and time); this agent's conversation ends."""

    waits_for: str
    until: str
    reason: str = ""
    on: str = ""
    """The item whose answer is waited for."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `hold` event, after the end of the conversation."""
        if moment_of(self.until) is None:
            raise WrongUse(f"'{clean(self.until)}' is not a date", "YYYY-MM-DD, or with a time YYYY-MM-DDTHH:MM")
        data = {"for": clean(self.waits_for).strip() or "someone", "until": self.until}
        data |= {"on": self.on} if case.scenario and self.on in case.scenario.by_id else {}
        ended = [making.draft("call-ended", {})] if case.conversation.mode else []
        return [*ended, making.draft("hold", data | {"reason": clean(self.reason).strip()})]


class Resume(Command, frozen=True):
    """The wait is over."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `resumed` event, or none where the case does not wait."""
        return [making.draft("resumed", {})] if case.hold else []


class KeepEvidence(Command, frozen=True):
    """Keep what a DNS lookup answered (plain JSON value); answers that it contradicts have to be checked again."""

    STANDS_ALONE = True

    evidence: Mapping[str, Any]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `evidence` event; none where it speaks of another domain."""
        if self.evidence.get("domain") != case.domain:
            return []  # it was asked about a domain that the case does not have any more
        proposed = proposed_in(self.evidence)
        effects = {number: _contradicted(case, number, proposed) for number in case.boards}
        data = {"evidence": dict(self.evidence), "boards": effects_data(effects)}
        return [making.draft("evidence", data)]


def _contradicted(case: Case, number: int, proposed: Mapping[str, str]) -> Effects:
    """The answers that the evidence speaks against, where it differs from what was known when they were given."""
    keys = spoken_against(case, number, case.boards[number].marks, proposed)
    if not keys:
        return Effects()
    return moves.contradict(Position(case.standing_in(number), case.conversation), keys).effects
