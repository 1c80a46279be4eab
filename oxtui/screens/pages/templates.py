"""The escalation templates as blank forms: the recipient of each, and its pre-checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.binding import BindingType

from oxtui.errors import Refusal
from oxtui.playbook.template import Template, TemplateLine
from oxtui.screens.base import key
from oxtui.screens.pages.list_page import ListPage
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.page import BLANK, Para, Part
from oxtui.widgets.rows import Entry

GAP = "____"


class TemplatesScreen(ListPage):
    """Every template of the playbook, as a blank form."""

    CRUMB = "Templates"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("templates.open", "enter", "open", "read", "Read the form; in it: copy"),
        key(
            "templates.copy", "y,ctrl+y", "copy", "copy", "Copied in the client's case, where it is filled in",
            show=False,
        ),
    ]  # fmt: skip
    HELP_TEXT = (
        "The templates as blank forms: whom each goes to, what is checked before it, and its lines.",
        "A template is filled and copied in the client's case: what the case knows is filled in there, "
        "and the copy stands in its log.",
    )

    def on_mount(self) -> None:
        templates = self.service.playbook.procedure.templates.values()
        self.entries.border_title = "Templates"
        self.entries.show(Entry((title(each),), each.id) for each in templates)
        self.start_at(self.at)
        self.draw_page()

    def page_title(self, key: str) -> str:
        return title(self.service.playbook.procedure.templates[key])

    def page_of(self, key: str) -> Iterable[Part]:
        template = self.service.playbook.procedure.templates[key]
        yield Para((("to       ", "quiet"), (template.to, "strong")), 9)
        checks = " · ".join(self.precheck(template, each) for each in template.prechecks)
        if checks:
            yield Para((("before   ", "quiet"), (checks, "text")), 9)
        for cover in template.cover:
            yield Para((("cover    ", "quiet"), (cover, "text")), 9)
        yield BLANK
        yield Para(((template.title, "strong"),), 2)
        yield from (_line(line) for line in template.lines)
        yield BLANK
        yield Para((("Filled in and copied in the client's case: open it, then t.", "quiet"),))

    def precheck(self, template: Template, name: str) -> str:
        """Return a pre-check (T1) in the words of its item in the template's scenario, or its id."""
        for scenario in self.service.playbook.procedure.scenarios.values():
            items = scenario.items()
            if any(template.id == used for item in items for used, _ in item.templates) and name in scenario.by_id:
                item = scenario.by_id[name]
                return item.done or item.text
        return name

    def action_open(self) -> None:
        if self.reading() or self.beside():
            self.action_copy()
        else:
            self.to_page()

    def action_copy(self) -> None:
        self.refused(Refusal("A template is filled and copied in a case", "open the client's case first, then t"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return True

    def hints(self) -> list[KeyHint]:
        keys = super().hints()
        if not (self.reading() or self.beside()):
            return keys
        there = KeyHint("tab", "list" if self.reading() else "read", "turn")
        return [there, *(hint for hint in keys if hint.action != "open")]


def title(template: Template) -> str:
    """Return a template's name without the word that all their titles begin with."""
    return template.title.removeprefix("TEMPLATE :").strip()


def _line(line: TemplateLine) -> Para:
    """Return a line of the blank form, with its possible values in quiet words."""
    if line.kind == "heading":
        return Para(((line.text, "text"),), 2)
    if line.source == "fixed":
        return Para(((f"{line.label} : ", "text"), (line.text, "strong")), 2)
    by_mailbox = line.kind in ("mailbox", "secret") and line.text
    shape = line.text if by_mailbox else f"{line.label} : {GAP}"
    shape = shape.replace("{address}", GAP).replace("{password}", GAP)
    return Para(((shape, "text"), *((f"   {word}", "quiet") for word in _may_be(line))), 2)


def _may_be(line: TemplateLine) -> Iterator[str]:
    if line.options:
        yield " | ".join(line.options) + (" | ..." if line.free else "")
    elif line.kind == "date":
        yield line.format
    elif line.kind == "mailbox":
        yield "a line for each"
    elif line.kind == "secret":
        yield "a line for each, never stored"
