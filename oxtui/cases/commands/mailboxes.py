"""Adding and removing the mailboxes of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import field

from oxtui.cases import moves
from oxtui.cases.board import Effects
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, TouchKey, effects_data
from oxtui.cases.guard import need_conversation
from oxtui.cases.parts import LEAVES_BECAUSE, YES_NO
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.about import each_of
from oxtui.text import clean


class SetMailboxes(Command, frozen=True):
    """Add (typed or pasted, several at once) and remove mailboxes; `known` is yes or no by their fields.

    `reasons` are needed for a mailbox that something was marked for, or that may still be served.
    """

    added: str = ""
    removed: tuple[str, ...] = ()
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def rests_on(self, case: Case) -> Iterable[TouchKey]:
        return [("mailboxes",)] if self.removed else []

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        if self.added and not case.procedure.about.each:
            raise WrongUse("Nothing is done one by one in this playbook", "")
        there = {address.lower() for address in case.addresses}
        before = {left.mailbox.address.lower(): left.mailbox.address for left in case.left_out}
        typed = [address for address in each_of(case.procedure.about, self.added) if address.lower() not in there]
        added = [before.get(address.lower(), address) for address in typed]
        removed = [address for address in self.removed if address in case.addresses]
        for address in removed:
            if needs_reason(case, address) and self.reasons.get(address) not in LEAVES_BECAUSE:
                raise Refusal(f"Why does {address} leave the case?", " · ".join(LEAVES_BECAUSE.values()), ("reason",))
            if _done_for(case, address):  # it may unlock items that wait for it
                need_conversation(case.conversation, f"Taking {address} out")
        known = self._known(case, added)
        if not (added or removed or known):
            return []
        data: dict[str, Any] = {"added": added, "removed": removed, "known": known}
        reasons = {address: self.reasons[address] for address in removed if address in self.reasons}
        data |= {"reasons": reasons} if reasons else {}
        return [Draft("mailboxes", data | self._effects(case, added, removed))]

    def _known(self, case: Case, added: list[str]) -> dict[str, dict[str, str]]:
        there = {mailbox.address: mailbox for mailbox in case.mailboxes}
        there |= {left.mailbox.address: left.mailbox for left in case.left_out}
        changes: dict[str, dict[str, str]] = {}
        for address, fields in self.known.items():
            for name, state in fields.items():
                if state not in YES_NO:
                    raise WrongUse("It is yes, no or unknown", "")
                if name not in case.procedure.mailbox_fields:
                    raise WrongUse(
                        f"Of a {case.procedure.about.one} there is no '{clean(name)}'",
                        ", ".join(case.procedure.mailbox_fields),
                    )
                if address in added or (address in there and there[address].of(name) != state):
                    changes.setdefault(address, {})[name] = state
        return changes

    def _effects(self, case: Case, added: list[str], removed: list[str]) -> dict[str, Any]:
        """The effects in each scenario, and the mailboxes that were added after its order."""
        effects: dict[int, Effects] = {}
        uncovered: dict[str, list[str]] = {}
        counted = case.licences_typed is None
        for number, board in case.boards.items() if added or removed else ():
            if number in case.procedure.scenarios and board.marks:
                effects[number], late = moves.change_mailboxes(case.position(number), added, removed, counted=counted)
                if late:
                    uncovered[str(number)] = list(late)
        data: dict[str, Any] = {"boards": effects_data(effects)}
        return data | ({"uncovered": uncovered} if uncovered else {})


def _done_for(case: Case, address: str) -> bool:
    """Whether anything was marked for a mailbox."""
    return any(key[1] == address for board in case.boards.values() for key in board.marks)


def needs_reason(case: Case, address: str) -> bool:
    """Whether removing a mailbox needs a reason: something was marked for it, or it may still be served."""
    if _done_for(case, address):
        return True
    mailbox = next((each for each in case.mailboxes if each.address == address), None)
    if mailbox is None or not case.procedure.mailbox_fields or case.scenario is None:
        return False
    fields = {item.ends for item in case.scenario.items() if item.ends}
    return any(mailbox.of(name) != "no" for name in fields)
