"""What was done while the floor's server did not answer, and could not be counted any more when it did."""

from __future__ import annotations

from datetime import datetime

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Making
from oxtui.cases.events import iso
from oxtui.text import clean

LONGEST = 500
"""Characters that are told of it."""


class Late(Command, frozen=True):
    """A line in the log that is read and never counted: `words` say what was done at `at`, `why` it came too late."""

    STANDS_ALONE = True

    words: str
    at: datetime
    why: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `late` event."""
        words, why = (clean(text, lines=True).strip()[:LONGEST] for text in (self.words, self.why))
        return [making.draft("late", {"words": words, "done_at": iso(self.at), "why": why})]
