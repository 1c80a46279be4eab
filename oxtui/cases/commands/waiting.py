"""Notes, remarks on a step, waiting for somebody, DNS evidence, and commands that came too late to count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from oxtui.cases.board import Effects
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, effects_data, item_of
from oxtui.cases.commands.typed import check_until, one_text
from oxtui.cases.contradictions import contradicted_marks
from oxtui.cases.events import iso
from oxtui.cases.evidence import proposed_in
from oxtui.text import clean

LONGEST_LATE: Final = 500
"""The most characters saved of a late command's words, and of the reason."""


class Note(Command, frozen=True):
    """A note, of several lines; needs no conversation."""

    STANDS_ALONE = True

    text: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        return [Draft("note", {"text": one_text(self.text, "The note is empty", "")})]


class Remark(Command, frozen=True):
    """A remark that a step is wrong, in one line, for the playbook's author; needs no conversation."""

    STANDS_ALONE = True

    item: str
    text: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        text = clean(one_text(self.text, "What is wrong with it?"))
        return [Draft("remark", {"scenario": scenario.number, "item": item.id, "text": text})]


class Late(Command, frozen=True):
    """Record a command given while the floor's server was away and refused later: for people to read, never counted.

    `words` describe the command given at `at`; `why` says why it was refused.
    """

    STANDS_ALONE = True

    words: str
    at: datetime
    why: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        words, why = (clean(text, lines=True).strip()[:LONGEST_LATE] for text in (self.words, self.why))
        return [Draft("late", {"words": words, "done_at": iso(self.at), "why": why})]


class SetHold(Command, frozen=True):
    """Have the case wait for someone until a local date (or date and time); this agent's conversation ends."""

    waits_for: str
    until: str
    reason: str = ""
    on: str = ""
    """The item whose answer it waits for."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        data = {"for": clean(self.waits_for).strip() or "someone", "until": check_until(self.until)}
        data |= {"on": self.on} if case.scenario and self.on in case.scenario.by_id else {}
        ended = [Draft("call-ended", {})] if case.conversation.mode else []
        return [*ended, Draft("hold", data | {"reason": clean(self.reason).strip()})]


class Resume(Command, frozen=True):
    """End the wait."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        return [Draft("resumed", {})] if case.hold else []


class KeepEvidence(Command, frozen=True):
    """Record the result of a DNS lookup (plain JSON value); answers that it contradicts must be checked again."""

    STANDS_ALONE = True

    evidence: Mapping[str, Any]

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if self.evidence.get("domain") != case.domain:
            return []  # the lookup was for a former domain of the case
        proposed = proposed_in(self.evidence)
        effects = {
            n: Effects(stale=contradicted_marks(case, n, board.marks, proposed)) for n, board in case.boards.items()
        }
        return [Draft("evidence", {"evidence": dict(self.evidence), "boards": effects_data(effects)})]
