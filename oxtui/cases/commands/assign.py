"""Whose a case is: taken over, given to somebody, given back to everybody, or left by who is put out of the floor."""

from __future__ import annotations

from collections.abc import Iterable

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Making
from oxtui.errors import WrongUse
from oxtui.text import clean, secret_like

LONGEST = 64
"""Characters of a name: what a login name or a role of a server may have."""


class Assign(Command, frozen=True):
    """The case is this agent's from now on; "" makes it nobody's. It needs no conversation, and ends none."""

    to: str

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return [("holder",)]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `assigned` event; none where the case is theirs already."""
        name = clean(self.to).strip()
        if len(name) > LONGEST or secret_like(name):
            raise WrongUse("That is not a name", "the login name of a colleague")
        return [] if name == case.holder else [making.draft("assigned", {"to": name})]


class PutOut(Command, frozen=True):
    """An agent may not work on the floor any more: their conversation ends, and their case is nobody's.

    It is recorded in the name of who put them out, and needs no conversation.
    """

    agent: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `assigned` event that names who left; none where the case was not theirs and they were not in it."""
        theirs = case.holder == self.agent
        if not theirs and self.agent not in case.talks:
            return []
        return [making.draft("assigned", {"to": "" if theirs else case.holder, "put_out": self.agent})]
