"""`oxtui template`: an escalation template filled from the command line, without a case."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from oxtui.addresses import domain_of, mailboxes_of
from oxtui.cli.context import Context
from oxtui.errors import WrongUse
from oxtui.text import clean, did_you_mean, looks_secret

if TYPE_CHECKING:
    from oxtui.cases.templates import Filled, FilledTemplate
    from oxtui.playbook.template import Template, TemplateLine

_SECRET_HINT = "passwords are typed on the screen only, into a masked field"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the template's id, as the playbook names it")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="fill a line; may be repeated")


def run(context: Context) -> int:
    """Print the text as it is pasted, and each missing line on stderr (exit 1)."""
    templates = context.playbook().procedure.templates
    template = templates.get(context.options.id)
    if template is None:
        name = context.options.id[:60]
        raise WrongUse(f"there is no template '{name}'{did_you_mean(name, templates)}", ", ".join(templates))
    filled = filled_from(template, context.options.set, context)
    context.out.text(filled.text())
    for label in filled.missing:
        context.out.error(f"missing: {label}")
    return 1 if filled.missing else 0


def filled_from(template: Template, settings: Sequence[str], context: Context) -> FilledTemplate:
    """Fill a template from `key=value` settings; raises WrongUse, which never repeats a secret."""
    from oxtui.cases.templates import blank

    values: dict[str, str] = {}
    boxes: dict[str, list[str]] = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        if not sign:
            raise WrongUse("--set takes KEY=VALUE", f"keys: {', '.join(_keys(template))}")
        key = key.strip().lower()
        line = _line(template, key)
        if line is not None and line.kind in ("mailbox", "secret"):
            boxes[key] = _addresses(line, value)
        else:
            values[key] = _value(context, line, value) if line and line.key != "domain" else _domain(value)
    filled = blank(template, values)
    credentials = context.playbook().procedure.credentials
    lines = [each for line in filled.lines for each in _spread(line, boxes.get(line.line.key, []), credentials)]
    return replace(filled, lines=tuple(lines))


def _spread(line: Filled, addresses: Sequence[str], credentials: str) -> list[Filled]:
    """Repeat a line for every mailbox; a password is never filled in."""
    from oxtui.cases.templates import secret_line

    if line.line.kind == "secret":
        return [secret_line(line.line, each, credentials) for each in addresses] or [line]
    if line.line.kind == "mailbox":
        return [replace(line, value=each, source="typed", mailbox=each) for each in addresses] or [line]
    return [line]


def _keys(template: Template) -> list[str]:
    """Return the keys that may be set, in the template's order."""
    usable = [line for line in template.lines if line.kind != "heading" and line.source not in ("fixed", "call")]
    return list(dict.fromkeys(["domain", *(line.key for line in usable)]))


def _line(template: Template, key: str) -> TemplateLine | None:
    """Return the line with that key; `domain` may have none (None), for others raises WrongUse."""
    line = next((line for line in template.lines if line.kind != "heading" and line.key == key), None)
    if key == "domain":
        return line
    if line is None:
        known = _keys(template)
        name = key[:60] if not looks_secret(key) else "…"
        raise WrongUse(f"{template.id} has no line '{name}'{did_you_mean(key, known)}", f"keys: {', '.join(known)}")
    if line.source == "call":
        raise WrongUse(f"'{line.label}' cannot be set", "it says that a client was authenticated in a case")
    if line.source == "fixed":
        raise WrongUse(f"'{line.label}' cannot be set", "its text is fixed")
    return line


def _domain(value: str) -> str:
    return domain_of(value) if value.strip() else ""


def _addresses(line: TemplateLine, value: str) -> list[str]:
    """Return mail addresses; raises WrongUse for a possible password, without repeating it."""
    if line.kind == "secret" and any(sign in value for sign in ":|=\t"):
        raise WrongUse(f"'{line.label}' takes addresses here, no passwords", _SECRET_HINT)
    if looks_secret(value):
        raise WrongUse(f"'{line.label}': that looks like a password", _SECRET_HINT)
    try:
        return mailboxes_of(value)
    except WrongUse:
        raise WrongUse(
            f"'{line.label}' takes mail addresses, and something there is none",
            f"a comma between; {_SECRET_HINT}",
        ) from None


def _value(context: Context, line: TemplateLine, text: str) -> str:
    """Return `text` as the line prints it; raises WrongUse if it does not fit."""
    value = clean(text).strip()
    if not value:
        return ""
    if line.kind == "date":
        from oxtui.cases.dates import show

        return show(context.date(value), line.format)
    if line.kind == "choice":
        same = [option for option in line.options if option.lower() == value.lower()]
        if same:
            return same[0]
        if not line.free:
            near = did_you_mean(value, line.options)
            raise WrongUse(f"'{line.label}' does not take that{near}", f"one of: {' | '.join(line.options)}")
    if looks_secret(value):
        context.out.error(f"NB '{line.label}' looks as if it held a password; {_SECRET_HINT}")
    return value
