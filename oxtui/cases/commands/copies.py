"""Lines of a template, and its copy: decided and recorded before it is on the clipboard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.commands.base import Command, Draft, Making
from oxtui.cases.commands.typed import iso_date
from oxtui.cases.guard import need_conversation, waits_text
from oxtui.cases.status import State
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Item
from oxtui.text import clean


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
            raise WrongUse(f"'{value}' is not one of the choices for '{line.label}'", " or ".join(line.options))
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
        raise Refusal("The answers so far don't need this template", f"it belongs to '{item.text}'")
    position = case.position()
    ready = [name for name, state in status.by.items() if state is not State.NOT_APPLICABLE]
    waits = [wait for name in ready for wait in position.standing.waits(item, name)]
    if status.state is State.LOCKED or (waits and not any(position.standing.stands(item, name) for name in ready)):
        words = waits_text(waits[:1]) or "its item is locked"
        raise Refusal(f"The copy waits: {words}", f"it belongs to '{item.text}'")
    return item


class BeginCopy(Command, frozen=True):
    """A template is about to be put on the clipboard: decided and recorded before it is (rule 12)."""

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
