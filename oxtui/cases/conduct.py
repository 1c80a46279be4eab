"""Commands that concern the case as a whole: conversations, details, mailboxes, scenario, copies, waiting, closing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import field

from oxtui.cases import legacy, moves
from oxtui.cases.board import NO_LONGER_APPLIES, Board, Effects, Key
from oxtui.cases.case import LEAVES_BECAUSE, YES_NO, Case, moment_of
from oxtui.cases.commands import Command, Draft, Making, check_value, effects_data, iso_date, one_text, scenario_of
from oxtui.cases.contradictions import spoken_against
from oxtui.cases.evidence import proposed_in
from oxtui.cases.guard import Position, name_of, need_conversation, waits_text
from oxtui.cases.status import State, Status
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Ending, Item, Procedure, Scenario, Value
from oxtui.text import clean, domain_of, mailboxes_of

MODES: Final = ("client", "writing", "back-office")


# -- conversations
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
        return [making.draft("parked", {})] if case.conversation.live else []


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
            number: _spoiled(case, number, "authentication", lambda mark: case.rests.get(mark) == auth)
            for number in case.boards
        }
        data = {"call": auth, "reason": clean(self.reason, lines=True).strip(), "boards": effects_data(effects)}
        return [making.draft("revoked", data)]


def _spoiled(case: Case, number: int, because: str, chosen: Any = lambda mark: True) -> Effects:
    """What of a scenario has to be checked again for a reason beside the playbook."""
    if number not in case.procedure.scenarios:
        return Effects()
    position = Position(case.standing_in(number), case.conversation)
    board = position.standing.board
    keys = tuple(key for key, mark in board.marks.items() if chosen(mark.event))
    return moves.spoil(position, because, keys).effects


# -- details
class SetDetails(Command, frozen=True):
    """Set phone, contact, Salesforce or JIRA number; the domain is for ChangeDomain."""

    STANDS_ALONE = True

    fields: Mapping[str, str] = field(default_factory=dict)

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `details` event, or none where nothing changes."""
        data: dict[str, Any] = {}
        for name, text in self.fields.items():
            if name in ("salesforce", "jira"):
                form = Value(name, f"{name.capitalize() if name != 'jira' else 'JIRA'} number", pattern=name)
                value = check_value(case, form, text) if name in case.procedure.patterns else clean(text).strip()
            elif name in ("phone", "contact"):
                value = clean(text).strip()
            else:
                raise WrongUse(f"A case has no '{clean(name)}'", "phone, contact, salesforce, jira")
            now = case.details.jira[-1:] if name == "jira" else (getattr(case.details, name),)
            if value != (now[0] if now else ""):
                data[name] = value
        return [making.draft("details", data | {"effects": {}})] if data else []


class ChangeDomain(Command, frozen=True):
    """The case is about another domain.

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
        domain = domain_of(self.domain)
        if domain == case.domain:
            return []
        if self.same_client:
            if not may_be_mistyped(case):
                raise Refusal("Something was done for this domain already", "then it is another client's: check it all")
            return [making.draft("details", {"domain": domain, **_mistyped(case, domain)})]
        effects = {number: _spoiled(case, number, "domain") for number in case.boards}
        drafts = [making.draft("details", {"domain": domain, "boards": effects_data(effects)})]
        if case.auth_event is not None:
            reason = f"the domain was {case.domain}"
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
        if address.rpartition("@")[2] == case.domain
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


class SetMailboxes(Command, frozen=True):
    """Add (typed or pasted, several at once) and remove mailboxes; `known` says yes or no of their fields.

    `reasons` says why a mailbox leaves of which something was said or done, or that is still served.
    """

    added: str = ""
    removed: tuple[str, ...] = ()
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return [("mailboxes",)] if self.removed else []

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `mailboxes` event, or none where nothing changes."""
        there = {address.lower() for address in case.addresses}
        before = {left.mailbox.address.lower(): left.mailbox.address for left in case.left_out}
        typed = [address for address in mailboxes_of(self.added) if address.lower() not in there]
        added = [before.get(address.lower(), address) for address in typed]
        removed = [address for address in self.removed if address in case.addresses]
        for address in removed:
            if needs_reason(case, address) and self.reasons.get(address) not in LEAVES_BECAUSE:
                raise Refusal(f"Why does {address} leave the case?", " · ".join(LEAVES_BECAUSE.values()), ("reason",))
        known = self._known(case, added)
        if not (added or removed or known):
            return []
        data: dict[str, Any] = {"added": added, "removed": removed, "known": known}
        reasons = {address: self.reasons[address] for address in removed if address in self.reasons}
        data |= {"reasons": reasons} if reasons else {}
        return [making.draft("mailboxes", data | self._effects(case, added, removed))]

    def _known(self, case: Case, added: list[str]) -> dict[str, dict[str, str]]:
        there = {mailbox.address: mailbox for mailbox in case.mailboxes}
        there |= {left.mailbox.address: left.mailbox for left in case.left_out}
        found: dict[str, dict[str, str]] = {}
        for address, fields in self.known.items():
            for name, state in fields.items():
                if state not in YES_NO:
                    raise WrongUse("It is yes, no or unknown", "")
                if name not in case.procedure.mailbox_fields:
                    raise WrongUse(
                        f"Of a mailbox there is no '{clean(name)}'", ", ".join(case.procedure.mailbox_fields)
                    )
                if address in added or (address in there and there[address].of(name) != state):
                    found.setdefault(address, {})[name] = state
        return found

    def _effects(self, case: Case, added: list[str], removed: list[str]) -> dict[str, Any]:
        """What follows in each scenario: the number of licences, before the order and after it."""
        effects: dict[int, Effects] = {}
        uncovered: dict[str, list[str]] = {}
        addresses = tuple(name for name in (*case.addresses, *added) if name not in removed)
        for number, board in case.boards.items():
            if number not in case.procedure.scenarios or not board.marks or not (added or removed):
                continue
            position = Position(case.standing_in(number), case.conversation)
            fixed = moves.fixes_licences(position)
            if fixed and added:
                uncovered[str(number)] = added
            follows = not fixed and case.licences_typed is None and len(addresses) != len(case.addresses)
            effects[number] = moves.mailboxes_change(position, addresses, licences=follows)
        data: dict[str, Any] = {"boards": effects_data(effects)}
        return data | ({"uncovered": uncovered} if uncovered else {})


def needs_reason(case: Case, address: str) -> bool:
    """Whether a mailbox leaves only with a reason: something was said or done of it, or it may still be served."""
    if any(key[1] == address for board in case.boards.values() for key in board.marks):
        return True
    mailbox = next((each for each in case.mailboxes if each.address == address), None)
    if mailbox is None or not case.procedure.mailbox_fields or case.scenario is None:
        return False
    fields = {item.ends for item in case.scenario.items() if item.ends}
    return any(mailbox.of(name) != "no" for name in fields)


# -- scenario
class Choose(Command, frozen=True):
    """Choose the scenario (with the path taken through the call flow), or change it.

    `keep` are the actions of the scenario that is left, by item id, that count in the new one (`same_as`).
    """

    scenario: int
    path: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return [("scenario",)]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """A `scenario` event, and a `flow` event where the path is known."""
        if self.scenario not in case.procedure.scenarios:
            raise WrongUse(f"There is no scenario {self.scenario}", "")
        need_conversation(case.conversation, "Choosing a scenario")
        if case.cleared and self.scenario != case.number:
            raise _still_cleared(case)
        drafts = [making.draft("flow", {"answers": dict(self.path)})] if dict(self.path) not in ({}, case.flow) else []
        if self.scenario == case.number:
            return drafts
        data: dict[str, Any] = {"scenario": self.scenario, "boards": {}}
        if case.scenario is not None:
            kept = [row for row in keepable(case, self.scenario) if row[1] in self.keep]
            data["kept"] = [list(row) for row in kept]
            effects = _left_behind(case, self.scenario, {(row[1], row[3]) for row in kept})
            data["boards"] = effects_data({case.number or 0: effects})
        return [*drafts, making.draft("scenario", data)]


def keepable(case: Case, to: int) -> list[tuple[str, str, str, str]]:
    """The actions done in the case's scenario that another has too: scenario, item, item there, mailbox."""
    scenario = case.scenario
    found: list[tuple[str, str, str, str]] = []
    for item in scenario.items() if scenario else ():
        other = dict(item.same_as).get(to)
        if other is None or item.kind != "action":
            continue
        for mailbox, mark in case.marks(item.id).items():
            if mark.done and not mark.skipped and not mark.asked:
                found.append((str(case.number), item.id, other, mailbox))
    return found


def to_undo(case: Case, to: int, keep: Iterable[str] = ()) -> tuple[Item, ...]:
    """The actions that will need undoing where another scenario is chosen and those of `keep` are kept, each once."""
    if case.scenario is None or to == case.number:
        return ()
    kept = {(row[1], row[3]) for row in keepable(case, to) if row[1] in keep}
    asked = [key[0] for key, *_ in _left_behind(case, to, kept).asked]
    return tuple(case.scenario.by_id[name] for name in dict.fromkeys(asked))


def _left_behind(case: Case, to: int, kept: set[Key]) -> Effects:
    """What is left behind with a scenario: all of it stale should it be chosen again; acts are asked about."""
    scenario, board = scenario_of(case), case.board
    stale: list[tuple[Key, str]] = []
    asked: list[tuple[Key, str, str]] = []
    for key, mark in board.marks.items():
        item = scenario.by_id.get(key[0])
        if item is None or item.killer:
            continue
        acted = item.acts and mark.done and not mark.skipped
        if acted and key not in kept and to not in item.keeps:
            asked.append((key, NO_LONGER_APPLIES, "scenario"))
        else:
            stale.append((key, "scenario"))
    return Effects(stale=tuple(stale), asked=tuple(asked))


# -- templates
class SetLine(Command, frozen=True):
    """Type a line of a template (never a secret)."""

    template: str
    key: str
    value: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `line` event."""
        template = case.procedure.templates.get(self.template)
        line = next((line for line in template.lines if line.key == self.key), None) if template else None
        if template is None or line is None:
            raise WrongUse(f"There is no line '{clean(self.key)}'", "")
        if line.kind in ("heading", "secret", "mailbox") or line.source in ("fixed", "call"):
            raise Refusal(f"'{line.label}' is not typed", "it comes from the case")
        value = clean(self.value).strip()
        if line.kind == "choice" and value and value not in line.options and not line.free:
            raise WrongUse(f"'{value}' is not offered for '{line.label}'", " or ".join(line.options))
        if line.kind == "date" and value:
            value = iso_date(value, line.label)
        return [making.draft("line", {"template": template.id, "key": line.key, "value": value})]


_OUT_OF_REACH: Final = frozenset({State.LOCKED, State.NOT_APPLICABLE, State.PENDING})


def item_for_template(case: Case, template: str) -> Item | None:
    """The item of the case's scenario that the template belongs to and that is furthest on, or None."""
    if not case.scenario:
        return None
    found = [item for item in case.scenario.items() if any(name == template for name, _ in item.templates)]
    ready = [item for item in found if case.status(item.id).state not in _OUT_OF_REACH]
    todo = [item for item in ready if case.status(item.id).state is not State.DONE]
    if todo or ready:
        return (todo or ready)[-1]
    return next((item for item in found if case.status(item.id).applies), found[0] if found else None)


def wanted_by(case: Case, item: Item, template: str) -> tuple[str, ...]:
    """The mailboxes for which the answers want a template of an item (("",) where it is wanted once), or nothing."""
    standing = case.standing
    condition = next((when for name, when in item.templates if name == template), None)
    if standing is None or condition is None:
        return ()
    if not item.each:
        return ("",) if standing.holds(condition) is True else ()
    return tuple(
        name
        for name in case.addresses
        if (applies := standing.applies((item.id, name))) is not False
        and (applies or not item.reopens)  # an attempt is there once something came back
        and standing.holds(condition, name) is True
    )


def wanted(case: Case, template: str) -> bool:
    """Whether the answers want a template (several may be wanted)."""
    items = case.scenario.items() if case.scenario else ()
    return any(wanted_by(case, item, template) for item in items)


def may_copy(case: Case, template: str) -> Item:
    """The item that a template's copy belongs to; raises Refusal while it cannot be copied yet."""
    need_conversation(case.conversation, "A copy")
    item = item_for_template(case, template)
    if item is None:
        raise Refusal("This template does not belong to the case's scenario", "s: another scenario")
    status = case.status(item.id)
    if status.state is State.NOT_APPLICABLE:
        raise Refusal(f"'{item.text}' does not apply here", "")
    if not wanted_by(case, item, template):
        raise Refusal("The answers do not ask for this template", f"it belongs to '{item.text}'")
    position = case.position()
    ready = [name for name, state in status.by.items() if state is not State.NOT_APPLICABLE]
    waits = [wait for name in ready for wait in position.standing.waits(item, name)]
    if status.state is State.LOCKED or (waits and not any(position.standing.stands(item, name) for name in ready)):
        words = waits_text(scenario_of(case), waits[:1]) or "its item is locked"
        raise Refusal(f"The copy waits: {words}", f"it belongs to '{item.text}'")
    return item


class BeginCopy(Command, frozen=True):
    """A template is about to be put on the clipboard: decided and recorded before it is (DESIGN, rule 12)."""

    template: str
    missing: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return [("domain",), ("mailboxes",), ("scenario",)]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `copying` event."""
        item = may_copy(case, self.template)
        data = {"template": self.template, "item": item.id, "scenario": case.number}
        return [making.draft("copying", data | {"missing": list(self.missing), "mailboxes": list(self.mailboxes)})]


class RecordCopy(Command, frozen=True):
    """That a copy which was begun is on the clipboard, and how it went there."""

    STANDS_ALONE = True

    begun: str
    how: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `copied` event; none where it was recorded already."""
        begun = case.event(self.begun)
        if begun is None or begun.what != "copying":
            raise Refusal("That copy was not begun here", "copy it again")
        if any(event.what == "copied" and event.get("begun") == self.begun for event in case.log):
            return []
        data = {name: begun.get(name) for name in ("template", "item", "scenario", "missing", "mailboxes")}
        return [making.draft("copied", data | {"begun": self.begun, "how": clean(self.how)})]


# -- notes, waiting, evidence
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

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `hold` event, after the end of the conversation."""
        if moment_of(self.until) is None:
            raise WrongUse(f"'{clean(self.until)}' is not a date", "YYYY-MM-DD, or with a time YYYY-MM-DDTHH:MM")
        data = {"for": clean(self.waits_for).strip() or "someone", "until": self.until}
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


class MovePlaybook(Command, frozen=True):
    """Move the case to the steps of another playbook: what that spoils has to be checked again.

    The case is replayed under the new steps, so what changed from once to once a mailbox is spread by that.
    """

    procedure: Procedure

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `moved` event, which names what it spoils; none where the case has these very steps."""
        if self.procedure.digest == case.procedure.digest and legacy.is_of_these_steps(case.log):
            return []
        boards = effects_data(spoiled_by_move(case, self.procedure))
        return [making.draft("moved", {"playbook": self.procedure.digest, "boards": boards})]


def spoiled_by_move(case: Case, procedure: Procedure) -> dict[int, Effects]:
    """What moving a case to the steps of `procedure` spoils, by scenario."""
    return {
        number: _spoiled_by_move(case, number, board, procedure.scenarios[number])
        for number, board in case.boards.items()
        if number in procedure.scenarios
    }


def _spoiled_by_move(case: Case, number: int, board: Board, new: Scenario) -> Effects:
    """The marks whose item changed its kind or lost its answer, and every witness of a killer that is not done."""
    old = case.procedure.scenarios.get(number)
    stale: list[tuple[Key, str]] = []
    witnesses = {
        name for name, killers in new.witnesses.items() if not all((killer, "") in board.marks for killer in killers)
    }
    for key, mark in board.marks.items():
        item, before = new.by_id.get(key[0]), old.by_id.get(key[0]) if old else None
        if item is None or item.killer:
            continue
        same_kind = before is None or before.kind == item.kind
        chosen = item.select in ("one", "several")
        fits = same_kind and (item.kind == "action" or not chosen or all(map(item.answer, mark.value)))
        if item.id in witnesses or not (fits or mark.skipped):
            boxes = (key[1],) if item.each and key[1] else case.addresses if item.each else ("",)
            stale += [((item.id, box), "playbook") for box in boxes]
    return Effects(stale=tuple(dict.fromkeys(stale)))


# -- closing
def left_running(case: Case) -> tuple[str, ...]:
    """What goes on running and billing when the case ends now."""
    items = case.scenario.items() if case.scenario else ()
    return tuple(
        item.leaves
        for item in items
        if item.killer and item.leaves and (item.id, "") not in case.board.marks and not _already(case, item)
    )


def _already(case: Case, item: Item) -> bool:
    """Whether the service that a killer ends was ended already, as its question says."""
    atom = item.already
    mark = case.marks(atom.item).get("") if atom else None
    return bool(atom and mark and atom.answers.intersection(mark.value))


def _open_name(status: Status) -> str:
    """The name of an open item; with its state where it is not just still to be done."""
    plain = status.state in (State.TODO, State.LOCKED)
    return name_of(status.item) if plain else f"{name_of(status.item)} ({status.state})"


def fits(case: Case, ending: Ending) -> bool:
    """Whether the `when` of an ending holds in the case's scenario."""
    if not ending.when:
        return True
    return case.standing is not None and case.standing.holds(ending.when) is True


def _still_cleared(case: Case) -> Refusal:
    """That a service may have been cancelled: nothing that would hide the question is done before it is answered."""
    return Refusal(f"Was it cancelled? {case.cleared[0][0].text}", "open it, and say yes or not yet")


def refused_ending(case: Case, ending: Ending) -> Refusal | None:
    """Why the case cannot end so now, or None where it can."""
    if case.cleared:
        return _still_cleared(case)
    if ending.complete and (refusal := _refused_complete(case)):
        return refusal
    if not fits(case, ending):
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
        return Refusal(f"Something done before has to be settled: {item.text}", item.reverse)
    if case.uncovered:
        return Refusal("Nobody has said whether the licences cover the new mailbox", "answer that first")
    rest = case.open_items()
    if not rest:
        return None
    names = ", ".join(_open_name(status) for status in rest[:3])
    more = f" and {len(rest) - 3} more" if len(rest) > 3 else ""
    return Refusal(f"{len(rest)} still open: {names}{more}", f"first: {rest[0].item.text}")


class Close(Command, frozen=True):
    """Close the case with a coded ending, and what it asks to be told."""

    ending: str
    told: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `closed` event."""
        if case.closed:
            raise Refusal("The case is closed already", "")
        ending = next((ending for ending in case.procedure.endings if ending.id == self.ending), None)
        if ending is None:
            raise WrongUse(f"There is no ending '{clean(self.ending)}'", "")
        refusal = refused_ending(case, ending)
        if refusal:
            raise refusal
        told = one_text(self.told, ending.needs) if ending.needs else clean(self.told, lines=True).strip()
        skipped = [status.item.id for status in case.skipped()]
        data = {"ending": ending.id, "told": told, "skipped": skipped, "left": list(left_running(case))}
        return [making.draft("closed", data)]


class Reopen(Command, frozen=True):
    """A closed case is taken up again; nobody is on the line."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `reopened` event."""
        if not case.closed:
            raise Refusal("The case is open", "")
        return [making.draft("reopened", {})]
