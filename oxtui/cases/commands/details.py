"""The subject of a case, the client and the tickets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import field

from oxtui.cases.board import Effects
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Making, effects_data, spoiled
from oxtui.cases.commands.typed import check_value
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.about import subject_of
from oxtui.playbook.model import Value
from oxtui.text import clean


class SetDetails(Command, frozen=True):
    """Set the case's own fields; the subject is for ChangeDomain."""

    STANDS_ALONE = True

    fields: Mapping[str, str] = field(default_factory=dict)

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `details` event, or none where nothing changes."""
        data: dict[str, Any] = {}
        for name, text in self.fields.items():
            known = case.procedure.about.fields
            if name not in known:
                raise WrongUse(f"A case has no '{clean(name)}'", ", ".join(known))
            value = check_value(case, Value(name, known[name].label, pattern=known[name].pattern), text)
            if value != case.details.of(name):
                data[name] = value
        return [making.draft("details", data | {"effects": {}})] if data else []


class ChangeDomain(Command, frozen=True):
    """The case is about another subject.

    `same_client`: it was mistyped. That is only so before the first act, copy or killer and in the conversation that
    the case was begun in; then conversation and answers stay, but those that DNS proposed, and the addresses change
    with it. Otherwise all that was done has to be checked again, the authentication too.
    """

    domain: str
    same_client: bool = False

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return [("domain",)]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `details` event, with what it spoils; and the authentication taken back where the client is another."""
        domain = subject_of(case.procedure.about, case.procedure.patterns, self.domain)
        if domain == case.domain:
            return []
        if self.same_client:
            if not may_be_mistyped(case):
                raise Refusal(
                    f"Something was done for this {case.procedure.about.label} already",
                    "then it is another client's: check it all",
                )
            return [making.draft("details", {"domain": domain, **_mistyped(case, domain)})]
        effects = {number: spoiled(case, number, "domain") for number in case.boards}
        drafts = [making.draft("details", {"domain": domain, "boards": effects_data(effects)})]
        if case.auth_event is not None:
            reason = f"the {case.procedure.about.label} was {case.domain}"
            drafts.append(making.draft("revoked", {"call": "", "reason": reason, "boards": {}}))
        return drafts


def may_be_mistyped(case: Case) -> bool:
    """Whether a new domain can be the same client's, mistyped: nothing was done for the old one but to ask.

    And where there was a conversation, it is this one, and goes on.
    """
    calls = {event.id for event in case.log if event.what == "call"}
    asking = not calls or (case.conversation.live and calls == {case.conversation.event})
    return asking and not (case.acted() or case.copied()) and not case.hold


def _mistyped(case: Case, domain: str) -> dict[str, Any]:
    renamed = {
        address: f"{address.rpartition('@')[0]}@{domain}"
        for address in case.addresses
        if case.procedure.about.is_domain and address.rpartition("@")[2] == case.domain
    }
    effects: dict[int, Effects] = {}
    for number, board in case.boards.items():
        scenario = case.procedure.scenarios.get(number)
        by_id = scenario.by_id if scenario else {}
        proposed = [
            key for key in board.marks if key[0] in by_id and (found := by_id[key[0]].proposal) and found.evidence
        ]
        effects[number] = Effects(ended=tuple((name, renamed.get(box, box)) for name, box in proposed))
    return {"renamed": renamed, "mistyped": True, "boards": effects_data(effects)}
