"""Escalation templates from plain values (T1 to T7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, cast

from oxtui.playbook.model import Line, Template
from oxtui.playbook.reading import Fields, Path, Problems

SOURCES: Final = ("fixed", "case", "call", "item", "client", "console", "evidence")
FORMATS: Final = ("dd/mm/yyyy", "dd/mm/yy")

_TEMPLATE: Final = frozenset("id title to prechecks cover facts lines".split())
_HEADING: Final = frozenset({"heading"})
_LINE: Final = frozenset("label key from text ref map kind options free format ask proposes".split())
_KINDS: Final = ("text", "choice", "date", "mailbox", "secret")
_FIELD: Final = re.compile(r"\{([^{}]*)\}")


def key_of(label: str) -> str:
    """The key of a label: lower case, with `-` for anything else (`when-did-it-start`)."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def read_template(problems: Problems, data: object, path: Path) -> Template | None:
    """One template; None where it is not even keys and values."""
    fields = Fields(problems, data, path, "a template", _TEMPLATE)
    if not fields.data:
        problems.lost = True
        return None
    fields.need("title", "to", "lines")
    lines = tuple(_line(problems, each, at) for each, at in fields.each("lines", needed="lines" in fields))
    _check_keys(problems, path, lines)
    return Template(
        fields.identity(),
        fields.text("title"),
        fields.text("to"),
        lines,
        fields.texts("prechecks"),
        fields.texts("cover"),
        fields.texts("facts"),
    )


def _line(problems: Problems, data: object, path: Path) -> Line:
    if isinstance(data, dict) and "heading" in data:
        fields = Fields(problems, data, path, "a heading line", _HEADING)
        text = fields.text("heading")
        return Line("", text, "fixed", text, kind="heading")
    fields = Fields(problems, data, path, "a template line", _LINE)
    if not fields.data:
        return Line("", "", "fixed")
    fields.need("label")
    if "from" not in fields:
        problems.say(path, f"a template line needs 'from', its source: {', '.join(SOURCES)}")
    label = fields.text("label")
    options = fields.texts("options")
    kind = fields.choice("kind", _KINDS, "choice" if options else "text")
    line = Line(
        key=fields.text("key") or key_of(label),
        label=label,
        source=fields.choice("from", SOURCES, "client"),
        text=fields.text("text"),
        ref=fields.text("ref"),
        mapping=_mapping(fields),
        kind=cast(Literal["text", "choice", "date", "mailbox", "secret"], kind),
        options=options,
        free=fields.flag("free"),
        format=fields.choice("format", FORMATS, FORMATS[0]),
        ask=fields.text("ask"),
        proposes=fields.text("proposes"),
    )
    if label:
        _check_key(fields, line)
    _check_source(fields, line)
    _check_form(fields, line)
    return line


def _mapping(fields: Fields) -> Mapping[str, str]:
    """The template's words for each answer; an empty text leaves the line to the agent."""
    found: dict[str, str] = {}
    for name, value, path in fields.named("map", needed="map" in fields):
        if isinstance(value, str):
            found[name] = value
        else:
            fields.problems.say(path, f"'map' gives a text for the answer '{name}', not a list or keys")
    return found


def _check_key(fields: Fields, line: Line) -> None:
    if not line.key or key_of(line.key) != line.key:
        where = "key" if "key" in fields else "label"
        fields.say(where, f"'{line.key}' cannot be a key: give the line a 'key' of a-z, 0-9 and hyphens")


def _check_source(fields: Fields, line: Line) -> None:
    """That the source says where it reads, and nothing else does."""
    if line.source == "fixed":
        if not line.text and "from" in fields:
            fields.say("from", "a fixed line needs its 'text'")
        for key in ("ref", "map", "options", "ask", "proposes"):
            if key in fields:
                fields.say(key, f"a fixed line has no '{key}'")
    elif line.source in ("case", "item", "evidence") and not line.ref:
        fields.say("from", f"a line from {line.source} needs 'ref': what it reads")
    elif line.source in ("client", "console") and line.ref:
        fields.say("ref", f"a line from the {line.source} is typed; 'proposes' names where a first value comes from")
    if line.source != "fixed" and line.mapping and line.source not in ("item", "evidence"):
        fields.say("map", "'map' belongs to a line from item or evidence")


def _check_form(fields: Fields, line: Line) -> None:
    """That kind, options and text fit together."""
    if line.kind == "choice" and not line.options:
        fields.say("kind", "a choice needs 'options'")
    if line.kind != "choice" and line.options:
        fields.say("options", "'options' belong to 'kind: choice'")
    if line.free and line.kind != "choice":
        fields.say("free", "'free' belongs to 'kind: choice'")
    if "format" in fields and line.kind != "date":
        fields.say("format", "'format' belongs to 'kind: date'")
    for answer, text in line.mapping.items():
        if line.options and text and text not in line.options and not line.free:
            at = (*fields.at("map"), answer)
            fields.problems.say(at, f"'{text}' is not one of the 'options' of this line")
    wanted = {"mailbox": {"address"}, "secret": {"address", "password"}}.get(line.kind, set())
    found = set(_FIELD.findall(line.text)) if wanted else set()
    if wanted and found != wanted:
        words = " and ".join(f"{{{each}}}" for each in sorted(wanted))
        fields.say("text", f"a {line.kind} line is printed for each mailbox: its 'text' holds {words}, nothing else")
    if line.kind == "secret" and line.source not in ("console", "client"):
        fields.say("from", "a secret is typed: it comes from the console or the client, never from anything stored")
    if line.kind == "secret" and (line.proposes or line.mapping or line.options):
        fields.say("kind", "a secret has no 'proposes', 'map' or 'options'")
    if line.text and line.source != "fixed" and not wanted:
        fields.say("text", "'text' belongs to a line from fixed, or to mailboxes")


def _check_keys(problems: Problems, path: Path, lines: tuple[Line, ...]) -> None:
    """A key that stands twice is one value, so both lines have to say the same of it (D4)."""
    first: dict[str, Line] = {}
    for number, line in enumerate(lines):
        if line.kind == "heading" or not line.key:
            continue
        other = first.setdefault(line.key, line)
        if other != line:
            problems.say(
                (*path, "lines", number),
                f"the key '{line.key}' stands twice with different sources; give one a 'key'",
            )
