"""The subject of a case, its own fields, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import field

from oxtui.cases.board import Effects
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, effects_data, spoiled_boards
from oxtui.cases.commands.typed import check_value
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.about import subject_of
from oxtui.playbook.item_parts import Value
from oxtui.text import clean, secret_like

LONGEST_NAME: Final = 64
"""The most characters in an agent's name: the limit for a login name or a server's role."""


class SetDetails(Command, frozen=True):
    """Set the case's own fields, but not its subject."""

    STANDS_ALONE = True

    fields: Mapping[str, str] = field(default_factory=dict)

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        data: dict[str, Any] = {}
        known = case.procedure.about.fields
        for name, text in self.fields.items():
            if name not in known:
                raise WrongUse(f"A case has no '{clean(name)}'", ", ".join(known))
            value = check_value(case, Value(name, known[name].label, pattern=known[name].pattern), text)
            if value != case.details.of(name):
                data[name] = value
        return [Draft("details", data | {"effects": {}})] if data else []


class ChangeDomain(Command, frozen=True):
    """Change the subject of the case: everything done must be checked again, the authentication too.

    `same_client`: it was only mistyped. That is possible before the first act, copy or killer, in the conversation that
    the case was begun in. Conversation and answers stay, but for those that DNS proposed; addresses change with it.
    """

    DECIDED_ON = ("domain",)

    domain: str
    same_client: bool = False

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        domain = subject_of(case.procedure.about, case.procedure.patterns, self.domain)
        if domain == case.domain:
            return []
        if self.same_client:
            if not may_be_mistyped(case):
                raise Refusal(
                    f"Something was done for this {case.procedure.about.label} already",
                    "then it is another client's: check it all",
                )
            return [Draft("details", {"domain": domain, **_mistyped(case, domain)})]
        drafts = [Draft("details", {"domain": domain, "boards": spoiled_boards(case, "domain")})]
        if case.auth_event is not None:
            reason = f"the {case.procedure.about.label} was {case.domain}"
            drafts.append(Draft("revoked", {"call": "", "reason": reason, "boards": {}}))
        return drafts


def may_be_mistyped(case: Case) -> bool:
    """Whether the domain may have been mistyped: nothing was done for it, and no other conversation was about it."""
    calls = {case.same_call.get(event.id, event.id) for event in case.log if event.what == "call"}
    same_call = not calls or (case.conversation.live and calls == {case.conversation.event})
    return same_call and not (case.acted() or case.copied()) and not case.hold


def _mistyped(case: Case, domain: str) -> dict[str, Any]:
    """The data of a mistyped domain: the addresses renamed, and the answers that DNS proposed taken off."""
    renamed = {
        address: f"{address.rpartition('@')[0]}@{domain}"
        for address in case.addresses
        if case.procedure.about.is_domain and address.rpartition("@")[2] == case.domain
    }
    effects: dict[int, Effects] = {}
    for number, board in case.boards.items():
        scenario = case.procedure.scenarios.get(number)
        items = scenario.items() if scenario else ()
        by_dns = {item.id for item in items if item.proposal and item.proposal.evidence}
        ended = tuple((name, renamed.get(box, box)) for name, box in board.marks if name in by_dns)
        effects[number] = Effects(ended=ended)
    return {"renamed": renamed, "mistyped": True, "boards": effects_data(effects)}


class Assign(Command, frozen=True):
    """Give the case to an agent, or to no one (""). It needs no conversation, and ends none."""

    DECIDED_ON = ("holder",)

    to: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        name = clean(self.to).strip()
        if len(name) > LONGEST_NAME or secret_like(name):
            raise WrongUse("That is not a name", "the login name of a colleague")
        return [] if name == case.holder else [Draft("assigned", {"to": name})]


class PutOut(Command, frozen=True):
    """Remove an agent from the floor: their conversation ends, and their case has no holder.

    It is recorded in the name of whoever removed them, and needs no conversation.
    """

    agent: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        theirs = case.holder == self.agent
        if not theirs and self.agent not in case.talks:
            return []
        return [Draft("assigned", {"to": "" if theirs else case.holder, "put_out": self.agent})]
