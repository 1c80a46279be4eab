"""Escalation templates, and the checks that the keys of a line fit together (T1 to T7)."""

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.playbook.schema.keys import Id, Text, Texts, doc, form, limits
from oxtui.playbook.schema.slips import as_id

if TYPE_CHECKING:
    from oxtui.playbook.schema.walker import Written

DateForm: TypeAlias = Annotated[str, form("^dd/mm/yy(?:yy)?$", "is not one of dd/mm/yyyy, dd/mm/yy")]
Source: TypeAlias = Literal["fixed", "case", "call", "item", "client", "console", "evidence"]
LineKind: TypeAlias = Literal["text", "choice", "date", "mailbox", "each", "secret", "heading"]


class TemplateLine(Struct, frozen=True):
    """One line of a template: a heading, or `Label : value` with a source for the value (T7)."""

    what = "a template line"

    key: Annotated[
        Text, doc("its name for `oxtui template --set`; left out: the label as `when-did-it-start`", usual="")
    ]
    label: Annotated[Text, doc("printed as `Label : value`", usual="")]
    source: Annotated[Source, doc("where the value comes from (below)", usual="client")] = field(name="from")
    text: Annotated[Text, doc("of a fixed line its text; of a mailbox or secret line its form (below)")] = ""
    ref: Annotated[Text, doc("the name of the value in its source")] = ""
    mapping: Annotated[
        dict[str, str], limits(min_length=1), doc("`answer: words`, of a line from an item or from evidence (below)")
    ] = field(default_factory=dict, name="map")
    kind: Annotated[
        LineKind, doc("`text`, `choice`, `date`, `mailbox` (or `each`) or `secret` (below)", unwritten="heading")
    ] = "text"
    options: Annotated[Texts, doc("of a choice: the form's exact words")] = ()
    free: Annotated[bool, doc("`true`: of a choice, others can be typed")] = False
    format: Annotated[DateForm, doc("of a date: `dd/mm/yyyy` (the usual) or `dd/mm/yy`")] = "dd/mm/yyyy"
    ask: Annotated[Text, doc("how to ask the client for it")] = ""
    proposes: Annotated[Text, doc("an item whose value is offered")] = ""
    heading: Annotated[Text, doc("a line of its own, without any other key")] = ""


class Template(Struct, frozen=True):
    """An escalation template (T2-T5): its lines in order, its checks and its cover lines (T1)."""

    what = "a template"

    id: Annotated[Id, doc("its name")]
    title: Annotated[Text, doc("the first line of the text")]
    to: Annotated[Text, doc("where it is pasted")]
    lines: Annotated[
        tuple[TemplateLine, ...], limits(min_length=1), doc("in their order: `heading: text`, or the keys below")
    ]
    prechecks: Annotated[Texts, doc("checks before it is sent: items by id, or words (below)")] = ()
    cover: Annotated[Texts, doc("lines offered to go before it; `{missing.from}` prints a value of an item")] = ()

    def keys(self) -> tuple[str, ...]:
        """The keys that take a value, each once, in order."""
        return tuple(dict.fromkeys(line.key for line in self.lines if line.kind != "heading"))


_FIELD: Final = re.compile(r"\{([^{}]*)\}")


def make_template(written: "Written", template: Template) -> Template:
    """Check that lines with one key, which share a value, are alike (D4)."""
    first: dict[str, TemplateLine] = {}
    for number, line in enumerate(template.lines):
        if line.kind != "heading" and line.key and first.setdefault(line.key, line) != line:
            message = f"the key '{line.key}' stands twice with different sources; give one a 'key'"
            written.problems.say((*written.path, "lines", number), message)
    return template


def make_line(written: "Written", line: TemplateLine) -> TemplateLine:
    """Return a line with its key and kind, checking that its keys fit together."""
    if "heading" in written:
        for key in written.data:
            if key not in ("heading", "facts"):
                written.say(key, f"'{key}' is not a key of a heading line: it has no other")
        return TemplateLine("", line.heading, "fixed", line.heading, kind="heading")
    kind: LineKind = line.kind if "kind" in written else "choice" if line.options else "text"
    if kind == "each":  # the same, in words that fit whatever it is
        kind, line = "mailbox", replace(line, text=line.text.replace("{each}", "{address}"))
    line = replace(line, key=line.key or as_id(line.label), kind=kind)
    if written.data:
        for key, more in (("label", ""), ("from", f", its source: {', '.join(get_args(Source))}")):
            if key not in written:
                written.problems.say(written.path, f"a template line needs '{key}'{more}")
        if line.label and (not line.key or as_id(line.key) != line.key):
            where = "key" if "key" in written else "label"
            written.say(where, f"'{line.key}' cannot be a key: give the line a 'key' of a-z, 0-9 and hyphens")
        _check_source(written, line)
        if written.data.get("kind", kind) in (kind, "each"):
            _check_form(written, line)
    return line


def _check_source(written: "Written", line: TemplateLine) -> None:
    """Check the keys that belong to the line's source."""
    if line.source == "fixed":
        if not line.text and "from" in written:
            written.say("from", "a fixed line needs its 'text'")
        for key in ("ref", "map", "options", "ask", "proposes"):
            if key in written:
                written.say(key, f"a fixed line has no '{key}'")
    elif line.source in ("case", "item", "evidence") and not line.ref:
        written.say("from", f"a line from {line.source} needs 'ref': what it reads")
    elif line.source in ("client", "console") and line.ref:
        written.say("ref", f"a line from the {line.source} is typed; 'proposes' names where a first value comes from")
    if line.source != "fixed" and line.mapping and line.source not in ("item", "evidence"):
        written.say("map", "'map' belongs to a line from item or evidence")


def _check_form(written: "Written", line: TemplateLine) -> None:
    """Check that kind, options and text fit together."""
    if line.kind == "choice" and not line.options:
        written.say("kind", "a choice needs 'options'")
    for key, kind, has in (
        ("options", "choice", line.options), ("free", "choice", line.free), ("format", "date", "format" in written),
    ):  # fmt: skip
        if has and line.kind != kind:
            written.say(key, f"'{key}' belongs to 'kind: {kind}'")
    for answer, text in line.mapping.items():
        if line.options and text and text not in line.options and not line.free:
            at = (*written.path, "map", answer)
            written.problems.say(at, f"'{text}' is not one of the 'options' of this line")
    wanted = {"mailbox": {"address"}, "secret": {"address", "password"}}.get(line.kind, set())
    if wanted and {*_FIELD.findall(line.text)} != wanted:
        words = " and ".join(f"{{{each}}}" for each in sorted(wanted))
        written.say("text", f"a {line.kind} line is printed for each: its 'text' holds {words}, nothing else")
    if line.kind == "secret" and line.source not in ("console", "client"):
        written.say("from", "a secret is typed: it comes from the console or the client, never from anything stored")
    if line.kind == "secret" and (line.proposes or line.mapping or line.options):
        written.say("kind", "a secret has no 'proposes', 'map' or 'options'")
    if line.text and line.source != "fixed" and not wanted:
        written.say("text", "'text' belongs to a line from fixed, or to mailboxes")
