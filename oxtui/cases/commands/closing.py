"""Closing a case with one of the playbook's endings, and reopening it."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft
from oxtui.cases.commands.typed import one_text
from oxtui.cases.guard import cover_question
from oxtui.cases.leading import leads_there, leads_to_scenario
from oxtui.cases.outcome import ended_already
from oxtui.cases.status import State
from oxtui.cases.waits import Status, name_of
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Ending
from oxtui.text import clean, first_few


def left_running(case: Case) -> tuple[str, ...]:
    """The services that go on running and being billed if the case is closed now."""
    items = case.scenario.items() if case.scenario else ()
    return tuple(
        item.leaves
        for item in items
        if item.killer and item.leaves and (item.id, "") not in case.board.marks and not ended_already(case.board, item)
    )


def _open_name(status: Status) -> str:
    """The name of an open item, with its state unless it is simply still to be done."""
    plain = status.state in (State.TODO, State.LOCKED)
    return name_of(status.item) if plain else f"{name_of(status.item)} ({status.state})"


def still_cleared(case: Case) -> Refusal:
    """The refusal of anything that would hide the open question whether a service was cancelled."""
    return Refusal(
        f"Was it {case.procedure.words.ends.done}? {case.cleared[0][0].text}", "open it, and say yes or not yet"
    )


def refused_ending(case: Case, ending: Ending) -> Refusal | None:
    """The refusal if the case cannot end this way now, else None."""
    if case.cleared:
        return still_cleared(case)
    if ending.complete and (refusal := _refused_complete(case)):
        return refusal
    if not leads_there(ending, case.standing):
        return Refusal("The answers do not lead to this ending", "another ending fits")
    if ending.only == "unauthenticated" and case.authenticated:
        return Refusal("The client was authenticated", "")
    if ending.only == "untouched" and (case.acted() or case.copied()):
        return Refusal("Something was done in this case already", "another ending fits")
    if ending.only == "no-scenario" and case.scenario is not None:
        return Refusal("A scenario was chosen", "another ending fits")
    return None


def _refused_complete(case: Case) -> Refusal | None:
    if not case.scenario:
        return Refusal("No scenario was chosen", "another ending fits")
    if case.unwinds:
        item = case.unwinds[0][1]
        return Refusal(f"Settle first what was done before: {item.text}", item.reverse)
    if case.uncovered:
        about, words = case.procedure.about, case.procedure.words
        return Refusal(f"A {about.one} came after the order", f"first: {cover_question(about, words)}")
    if number := leads_to_scenario(case.procedure, case.standing):
        title = case.procedure.scenarios[number].title
        return Refusal(f"An answer leads to another scenario: {title}", "s changes to it; or answer otherwise")
    rest = case.open_items()
    if not rest:
        return None
    names = first_few([_open_name(status) for status in rest], 3)
    return Refusal(f"{len(rest)} still open: {names}", f"first: {rest[0].item.text}")


class Close(Command, frozen=True):
    """Close the case with one of the playbook's endings, and the values that the ending asks for."""

    ending: str
    told: str = ""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if case.closed:
            raise Refusal("The case is closed already", "")
        ending = next((ending for ending in case.procedure.endings if ending.id == self.ending), None)
        if ending is None:
            raise WrongUse(f"There is no ending '{clean(self.ending)}'", "")
        if refusal := refused_ending(case, ending):
            raise refusal
        told = one_text(self.told, ending.needs) if ending.needs else clean(self.told, lines=True).strip()
        skipped = [status.item.id for status in case.skipped()]
        data = {"ending": ending.id, "told": told, "skipped": skipped, "left": list(left_running(case))}
        return [Draft("closed", data)]


class Reopen(Command, frozen=True):
    """Reopen a closed case; no conversation comes with it."""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if not case.closed:
            raise Refusal("The case is open", "")
        return [Draft("reopened", {})]
