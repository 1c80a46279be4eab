"""Changes that concern the case as a whole: calls, details, scenario, copies, waiting, closing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from oxtui.cases.case import MOVED, Case, moment_of
from oxtui.cases.commands import Drafts, check_value, iso_date, scenario_of
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Ending, Item, Value
from oxtui.playbook.permits import name_of, need_call, waits_text
from oxtui.playbook.progress import State, Status
from oxtui.text import clean, domain_of, mailboxes_of


class BeginCall(Struct, frozen=True):
    """A call begins: `mode` "client" (authenticated now, by `method`) or "back-office" (nobody on the line)."""

    mode: str
    method: str = ""
    caller: str = ""

    def drafts(self, case: Case) -> Drafts:
        """One `call` event."""
        if self.mode not in ("client", "back-office"):
            raise WrongUse(f"'{clean(self.mode)}' is no kind of call", "client or back-office")
        if self.mode == "back-office" and not case.call.authenticated_before:
            raise Refusal("This client was never authenticated in this case", "a: with the client on the line")
        if case.closed:
            raise Refusal("The case is closed", "reopen it first")
        data: dict[str, Any] = {"mode": self.mode}
        data |= {"method": clean(self.method).strip(), "caller": clean(self.caller).strip()}
        if case.altered:
            # It counts only against the damage that was known when it began.
            data["despite"] = list(case.altered)
        return [("call", data)]


class EndCall(Struct, frozen=True):
    """The call ends; nothing is taken back."""

    def drafts(self, case: Case) -> Drafts:
        """One `call-ended` event, or none where there is no call."""
        return [("call-ended", {})] if case.call_event else []


class FailAuthentication(Struct, frozen=True):
    """The client could not be authenticated; needs no call, so that it can be written up."""

    reason: str = ""

    def drafts(self, case: Case) -> Drafts:
        """One `auth-failed` event."""
        return [("auth-failed", {"reason": clean(self.reason, lines=True).strip()})]


class Revoke(Struct, frozen=True):
    """Take the last authentication back: what rested on it has to be checked again."""

    reason: str = ""
    call: str = ""
    """The event of the authentication that is meant; "" for the last one, whichever it is."""

    def drafts(self, case: Case) -> Drafts:
        """One `revoked` event, or none where the one meant does not stand any more."""
        if case.auth_event is None:
            raise Refusal("There is no authentication to take back", "")
        if self.call not in ("", case.auth_event.id):
            return []
        return [("revoked", {"call": case.auth_event.id, "reason": clean(self.reason, lines=True).strip()})]


class SetDetails(Struct, frozen=True):
    """Set phone, contact, Salesforce or JIRA number, or mend the domain."""

    fields: Mapping[str, str] = field(default_factory=dict)

    def drafts(self, case: Case) -> Drafts:
        """One `details` event, or none where nothing changes."""
        data: dict[str, Any] = {}
        for name, text in self.fields.items():
            if name == "domain":
                value = domain_of(text)
            elif name in ("salesforce", "jira"):
                form = Value(name, f"{name.capitalize() if name != 'jira' else 'JIRA'} number", pattern=name)
                value = check_value(case, form, text) if name in case.procedure.patterns else clean(text).strip()
            elif name in ("phone", "contact"):
                value = clean(text).strip()
            else:
                raise WrongUse(f"A case has no '{clean(name)}'", "domain, phone, contact, salesforce, jira")
            now = case.details.jira[-1:] if name == "jira" else (getattr(case.details, name),)
            if value != (now[0] if now else ""):
                data[name] = value
        return [("details", data)] if data else []


class SetMailboxes(Struct, frozen=True):
    """Add (typed or pasted, several at once) and remove mailboxes; `ox` says which have moved."""

    added: str = ""
    removed: tuple[str, ...] = ()
    ox: Mapping[str, str] = field(default_factory=dict)

    def drafts(self, case: Case) -> Drafts:
        """One `mailboxes` event, or none where nothing changes."""
        added = [address for address in mailboxes_of(self.added) if address not in case.addresses]
        removed = [address for address in self.removed if address in case.addresses]
        if any(state not in MOVED for state in self.ox.values()):
            raise WrongUse("A mailbox has moved: yes, no or unknown", "")
        known = {mailbox.address: mailbox.ox for mailbox in case.mailboxes} | dict.fromkeys(added, "unknown")
        moved = {address: state for address, state in self.ox.items() if known.get(address, state) != state}
        if not (added or removed or moved):
            return []
        return [("mailboxes", {"added": added, "removed": removed, "ox": moved})]


class Choose(Struct, frozen=True):
    """Choose the scenario (with the path taken through the call flow), or change it."""

    scenario: int
    path: Mapping[str, str] = field(default_factory=dict)

    def drafts(self, case: Case) -> Drafts:
        """A `scenario` event, and a `flow` event where the path is known."""
        if self.scenario not in case.procedure.scenarios:
            raise WrongUse(f"There is no scenario {self.scenario}", "")
        if not case.call.live:
            raise Refusal("Authentication comes first", "a: the client is authenticated")
        flow: Drafts = [("flow", {"answers": dict(self.path)})] if dict(self.path) not in ({}, case.flow) else []
        return flow + ([("scenario", {"scenario": self.scenario})] if self.scenario != case.number else [])


class SetLine(Struct, frozen=True):
    """Type a line of a template (never a secret)."""

    template: str
    key: str
    value: str

    def drafts(self, case: Case) -> Drafts:
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
        return [("line", {"template": template.id, "key": line.key, "value": value})]


_OUT_OF_REACH = frozenset({State.LOCKED, State.NOT_APPLICABLE, State.UNWIND, State.PENDING})


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


def _wanted(case: Case, item: Item, template: str) -> bool:
    """Whether the answers ask for the template, as far as they are given."""

    def holds(atom: Atom) -> bool | None:
        values = [mark.value for mark in case.record(atom.item).marks.values()]
        return any(atom.answers.intersection(value) for value in values) if values else None

    return any(name == template and when.truth(holds) is not False for name, when in item.templates)


def may_copy(case: Case, template: str) -> Item:
    """The item that a template's copy belongs to; raises Refusal while it cannot be copied yet."""
    need_call(case.call, "A copy")
    item = item_for_template(case, template)
    if item is None:
        raise Refusal("This template does not belong to the case's scenario", "s: another scenario")
    status = case.status(item.id)
    if status.state is State.NOT_APPLICABLE:
        raise Refusal(f"'{item.text}' does not apply here", "")
    if not _wanted(case, item, template):
        raise Refusal("The answers do not ask for this template", f"it belongs to '{item.text}'")
    # An item that was put off, skipped or has to be checked again may be locked as well.
    if status.waits or status.state in (State.UNWIND, State.PENDING):
        waits = waits_text(scenario_of(case), status.waits[:1])
        raise Refusal(f"The copy waits: {waits or status.why}", f"it belongs to '{item.text}'")
    return item


class RecordCopy(Struct, frozen=True):
    """That a template was copied; `missing` names the lines that were empty."""

    template: str
    missing: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()

    def drafts(self, case: Case) -> Drafts:
        """One `copied` event."""
        item = may_copy(case, self.template)
        data = {"template": self.template, "item": item.id, "scenario": case.number}
        return [("copied", data | {"missing": list(self.missing), "mailboxes": list(self.mailboxes)})]


class Note(Struct, frozen=True):
    """A note, of several lines; needs no call."""

    text: str

    def drafts(self, case: Case) -> Drafts:
        """One `note` event."""
        text = clean(self.text, lines=True).strip()
        if not text:
            raise WrongUse("The note is empty", "")
        return [("note", {"text": text})]


class SetHold(Struct, frozen=True):
    """The case waits for someone until a local date (or date and time); the call ends."""

    waits_for: str
    until: str
    reason: str = ""

    def drafts(self, case: Case) -> Drafts:
        """One `hold` event, after the end of the call."""
        if moment_of(self.until) is None:
            raise WrongUse(f"'{clean(self.until)}' is not a date", "YYYY-MM-DD, or with a time YYYY-MM-DDTHH:MM")
        data = {"for": clean(self.waits_for).strip() or "someone", "until": self.until}
        return [*EndCall().drafts(case), ("hold", data | {"reason": clean(self.reason).strip()})]


class Resume(Struct, frozen=True):
    """The wait is over."""

    def drafts(self, case: Case) -> Drafts:
        """One `resumed` event, or none where the case does not wait."""
        return [("resumed", {})] if case.hold else []


class KeepEvidence(Struct, frozen=True):
    """Keep what a DNS lookup answered (plain JSON value)."""

    evidence: Mapping[str, Any]

    def drafts(self, case: Case) -> Drafts:
        """One `evidence` event."""
        return [("evidence", {"evidence": dict(self.evidence)})]


class MovePlaybook(Struct, frozen=True):
    """Move the case to the steps of another playbook; its guards are asked again."""

    digest: str

    def drafts(self, case: Case) -> Drafts:
        """One `moved` event."""
        return [("moved", {"playbook": self.digest})] if self.digest != case.procedure.digest else []


def left_running(case: Case) -> tuple[str, ...]:
    """What goes on running and billing when the case ends now."""
    return tuple(
        status.item.leaves
        for status in case.applicable()
        if status.item.killer and status.item.leaves and status.state is not State.DONE
    )


def _open_name(status: Status) -> str:
    """The name of an open item; with its state where it is not just still to be done."""
    plain = status.state in (State.TODO, State.LOCKED)
    return name_of(status.item) if plain else f"{name_of(status.item)} ({status.state})"


def refused_ending(case: Case, ending: Ending) -> Refusal | None:
    """Why the case cannot end so now, or None where it can."""
    unwound = [item for _, item in case.unwinds]
    unwound += [status.item for status in case.statuses.values() if status.state is State.UNWIND]
    if unwound:
        return Refusal(f"Something has to be taken back first: {unwound[0].reverse}", "space on it once it is")
    if ending.complete:
        if not case.scenario:
            return Refusal("No scenario was chosen", "another ending fits")
        rest = case.open_items()
        if rest:
            names = ", ".join(_open_name(status) for status in rest[:3])
            more = f" and {len(rest) - 3} more" if len(rest) > 3 else ""
            return Refusal(f"{len(rest)} still open: {names}{more}", f"first: {rest[0].item.text}")
    if ending.only == "unauthenticated" and case.authenticated:
        return Refusal("The client was authenticated", "")
    if ending.only == "untouched" and (case.acted() or any(e.what == "copied" for e in case.log)):
        return Refusal("Something was done in this case already", "another ending fits")
    if ending.only == "no-scenario" and case.scenario is not None:
        return Refusal("A scenario was chosen", "another ending fits")
    return None


class Close(Struct, frozen=True):
    """Close the case with a coded ending, and what it asks to be told."""

    ending: str
    told: str = ""

    def drafts(self, case: Case) -> Drafts:
        """One `closed` event."""
        if case.closed:
            raise Refusal("The case is closed already", "")
        ending = next((ending for ending in case.procedure.endings if ending.id == self.ending), None)
        if ending is None:
            raise WrongUse(f"There is no ending '{clean(self.ending)}'", "")
        refusal = refused_ending(case, ending)
        if refusal:
            raise refusal
        told = clean(self.told, lines=True).strip()
        if ending.needs and not told:
            raise WrongUse(ending.needs, "one line is enough")
        skipped = [status.item.id for status in case.skipped()]
        data = {"ending": ending.id, "told": told, "skipped": skipped, "left": list(left_running(case))}
        return [("closed", data)]


class Reopen(Struct, frozen=True):
    """A closed case is taken up again; nobody is on the line."""

    def drafts(self, case: Case) -> Drafts:
        """One `reopened` event."""
        if not case.closed:
            raise Refusal("The case is open", "")
        return [("reopened", {})]
