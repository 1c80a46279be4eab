"""Typing the lines of a template, and copying it."""

from __future__ import annotations

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft
from oxtui.cases.commands.typed import iso_date
from oxtui.cases.guard import need_conversation, waits_text
from oxtui.cases.status import State
from oxtui.cases.waits import waits_of
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Item
from oxtui.text import clean


class SetLine(Command, frozen=True):
    """Type a line of a template (never a secret)."""

    template: str
    key: str
    value: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        template = case.procedure.templates.get(self.template)
        line = next((line for line in template.lines if line.key == self.key), None) if template else None
        if template is None or line is None:
            raise WrongUse(f"There is no line '{clean(self.key)}'", "")
        if line.kind in ("heading", "secret", "mailbox") or line.source in ("fixed", "call"):
            raise Refusal(f"'{line.label}' is not typed", "it comes from the case")
        value = clean(self.value).strip()
        if line.kind == "choice" and value and value not in line.options and not line.free:
            raise WrongUse(f"'{value}' is not one of the choices for '{line.label}'", " or ".join(line.options))
        if line.kind == "date" and value:
            value = iso_date(value, line.label)
        return [Draft("line", {"template": template.id, "key": line.key, "value": value})]


def item_for_template(case: Case, template: str) -> Item | None:
    """The item of the case's scenario that the template belongs to, of several the one furthest on, or None."""
    if not case.scenario:
        return None
    items = [item for item in case.scenario.items() if template in dict(item.templates)]
    ready = [item for item in items if case.status(item.id).state not in (State.LOCKED, State.NOT_APPLICABLE)]
    todo = [item for item in ready if case.status(item.id).state is not State.DONE]
    if todo or ready:
        return (todo or ready)[-1]
    return next((item for item in items if case.status(item.id).applies), items[0] if items else None)


def wanted_by(case: Case, item: Item, template: str) -> tuple[str, ...]:
    """The mailboxes for which the answers need an item's template (("",) if it is needed once), or none."""
    standing = case.standing
    condition = dict(item.templates).get(template)
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
    """Whether the answers need a template."""
    items = case.scenario.items() if case.scenario else ()
    return any(wanted_by(case, item, template) for item in items)


def may_copy(case: Case, template: str) -> Item:
    """Return the item that a template belongs to; raises Refusal while it cannot be copied."""
    need_conversation(case.conversation, "A copy")
    item = item_for_template(case, template)
    if item is None:
        raise Refusal("This template does not belong to the case's scenario", "s: another scenario")
    status = case.status(item.id)
    if status.state is State.NOT_APPLICABLE:
        raise Refusal(f"'{item.text}' does not apply here", "")
    if not wanted_by(case, item, template):
        raise Refusal("The answers so far don't need this template", f"it belongs to '{item.text}'")
    position = case.position()
    ready = [name for name, state in status.by.items() if state is not State.NOT_APPLICABLE]
    unmet = [wait for name in ready for wait in waits_of(position.standing, item, name)]
    if status.state is State.LOCKED or (unmet and not any(position.standing.all_met(item, name) for name in ready)):
        words = waits_text(unmet[:1]) or "its item is locked"
        raise Refusal(f"The copy waits: {words}", f"it belongs to '{item.text}'")
    return item


class BeginCopy(Command, frozen=True):
    """Record that a template is about to be written to the clipboard (rule 12)."""

    DECIDED_ON = ("domain", "mailboxes", "scenario")

    template: str
    missing: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        item = may_copy(case, self.template)
        data = {"template": self.template, "item": item.id, "scenario": case.number}
        return [Draft("copying", data | {"missing": list(self.missing), "mailboxes": list(self.mailboxes)})]


class RecordCopy(Command, frozen=True):
    """Record that a copy which was begun is on the clipboard, and how it got there; once."""

    STANDS_ALONE = True

    begun: str
    how: str = ""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        begun = case.event(self.begun)
        if begun is None or begun.what != "copying":
            raise Refusal("That copy was not begun here", "copy it again")
        if any(event.what == "copied" and event.get("begun") == self.begun for event in case.log):
            return []
        data = {name: begun.get(name) for name in ("template", "item", "scenario", "missing", "mailboxes")}
        return [Draft("copied", data | {"begun": self.begun, "how": clean(self.how)})]
