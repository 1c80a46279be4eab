"""Whether something may be done now; every "no" is a Refusal that says why and what would lift it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from oxtui.errors import Refusal
from oxtui.playbook.model import Item, Scenario
from oxtui.playbook.progress import State, Status, Wait


class Call(Struct, frozen=True):
    """The call a case is in: `mode` "client", "back-office" or "" (none); `lapsed` after its time."""

    mode: str = ""
    lapsed: bool = False
    authenticated_before: bool = False

    @property
    def live(self) -> bool:
        """Whether anything may be ticked or copied on it."""
        return bool(self.mode) and not self.lapsed

    @property
    def with_client(self) -> bool:
        """Whether an authenticated client is on the line now."""
        return self.mode == "client" and not self.lapsed


class Position(Struct, frozen=True):
    """Where a case stands: its scenario, the status of every item, and the call."""

    scenario: Scenario
    statuses: Mapping[str, Status]
    call: Call


def name_of(item: Item) -> str:
    """The item in a few words, for "waits for ..."."""
    return item.done or item.text


def need_call(call: Call, what: str = "That") -> None:
    """Refuse where nobody was authenticated (G1, N4)."""
    if call.live:
        return
    if call.mode and call.lapsed:
        raise Refusal("The authentication has lapsed", "authenticate again: a, or b without the client")
    back = ", or b to work without the client on the line" if call.authenticated_before else ""
    raise Refusal(f"{what} needs an authenticated client", f"press a once the client is authenticated{back}")


def need_client(call: Call, item: Item) -> None:
    """Refuse where `item` needs the client on the line and there is none."""
    need_call(call)
    if item.client and not call.with_client:
        raise Refusal(f"'{item.text}' needs the client on the line", "press a when the client is authenticated")


def waits_text(scenario: Scenario, waits: tuple[Wait, ...]) -> str:
    """What an item waits for, in words, each once: "the order is not done; ..."."""
    return "; ".join(dict.fromkeys(f"{name_of(scenario.by_id[wait.atom.item])} {wait.why}" for wait in waits))


def _lift(scenario: Scenario, waits: tuple[Wait, ...]) -> str:
    first = scenario.by_id[waits[0].atom.item]
    return f"first: {first.text}"


def may_mark(position: Position, item: Item) -> None:
    """Refuse to tick or answer `item` now; says what it waits for."""
    status = position.statuses[item.id]
    need_client(position.call, item)
    if status.state is State.NOT_APPLICABLE:
        raise Refusal(f"'{item.text}' does not apply here", "another answer would make it apply")
    if status.state is State.UNWIND:
        raise Refusal(f"'{item.text}' no longer applies and was done", f"first: {item.reverse}")
    if status.state is State.PENDING:
        raise Refusal("It is being saved", "wait a moment")
    again = item.kind == "question" and status.state in (State.DONE, State.STALE)
    if status.waits and not again:
        raise Refusal(
            f"'{item.text}' is locked: {waits_text(position.scenario, status.waits)}",
            _lift(position.scenario, status.waits),
        )
    if status.state is State.DONE and item.kind == "action":
        raise Refusal(f"'{item.text}' is done already", "u takes back what you did last")
    if item.each and not status.of:
        raise Refusal("The case has no mailbox yet", "i: type the client's mailboxes")


def may_skip(position: Position, item: Item) -> None:
    """Refuse to skip `item` (override): killers, witnesses, what a rule rests on, answers that decide."""
    need_call(position.call, "Skipping")
    status = position.statuses[item.id]
    if item.killer:
        raise Refusal(f"'{item.text}' cannot be skipped", "do it, or answer what makes it not apply")
    if item.id in position.scenario.firm:
        raise Refusal(f"'{item.text}' cannot be skipped: {position.scenario.firm[item.id]}", "do it, or d for later")
    if status.state in (State.DONE, State.NOT_APPLICABLE, State.UNWIND, State.PENDING):
        raise Refusal(f"'{item.text}' is {status.state}: there is nothing to skip", "")
    if status.waits:
        raise Refusal(
            f"'{item.text}' is locked: {waits_text(position.scenario, status.waits)}",
            _lift(position.scenario, status.waits),
        )


def may_defer(position: Position, item: Item) -> None:
    """Refuse to put `item` off: killers and witnesses, and what is settled already."""
    if item.id in position.scenario.witnesses:
        raise Refusal(f"'{item.text}' cannot be put off: a cancellation rests on it", "w lets the whole case wait")
    if position.statuses[item.id].state in (State.DONE, State.NOT_APPLICABLE, State.UNWIND, State.PENDING):
        raise Refusal(f"'{item.text}' is {position.statuses[item.id].state}: there is nothing to put off", "")


def may_unwind(position: Position, item: Item, status: Status) -> None:
    """Refuse to record that `item` was reversed where it does not have to be."""
    need_call(position.call)
    if status.state is not State.UNWIND:
        raise Refusal(f"'{item.text}' has not to be taken back", "")
