"""What is always today's, whatever a case is pinned to: channels, decisions, reference, settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, cast

from oxtui.playbook.build_checks import place_of
from oxtui.playbook.hours import parse_hours
from oxtui.playbook.model import Channel, Contact, Decision, Item, Page, Procedure, Settings
from oxtui.playbook.plans import Plans
from oxtui.playbook.reading import Fields, Path, Problems, check_id

TODAY_KEYS: Final = frozenset({"channels", "contacts", "decisions"})

_CHANNEL: Final = frozenset({"name", "purpose", "hours", "facts"})
_CONTACT: Final = frozenset({"name", "team", "for", "facts"})
_DECISION: Final = frozenset({"text", "does", "money", "decided_by", "decided_on", "facts"})
_PAGE: Final = frozenset({"title", "lines", "link", "facts"})
_SETTINGS: Final = frozenset(
    "theme glyphs clipboard_clear_seconds retention_days resolver dns_timeout_seconds keymap".split()
)
_DATE: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_DECISION_ID: Final = re.compile(r"[A-Z][0-9]{1,3}")
_ACTION: Final = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*")
_KEYS: Final = re.compile(r"[^\s,]+(?:,[^\s,]+)*|,")


def read_contacts(
    problems: Problems, data: Mapping[str, Any]
) -> tuple[dict[str, Channel], dict[str, Contact], dict[str, Decision]]:
    """Channels, contacts and decisions of playbook.yaml, by id."""
    fields = Fields(problems, dict(data), (), "playbook.yaml", frozenset(data))
    channels = {name: _channel(problems, name, value, path) for name, value, path in fields.named("channels")}
    contacts = {name: _contact(problems, name, value, path) for name, value, path in fields.named("contacts")}
    decisions = {name: _decision(problems, name, value, path) for name, value, path in fields.named("decisions")}
    return channels, contacts, decisions


def _channel(problems: Problems, name: str, data: object, path: Path) -> Channel:
    check_id(problems, path, name)
    own = Fields(problems, data, path, "a channel", _CHANNEL)
    own.need("name", "purpose")
    hours = own.text("hours", empty=True)
    try:
        if hours:
            parse_hours(hours)
    except ValueError as error:
        own.say("hours", str(error))
    return Channel(name, own.text("name"), own.text("purpose"), hours, own.texts("facts"))


def _contact(problems: Problems, name: str, data: object, path: Path) -> Contact:
    check_id(problems, path, name)
    own = Fields(problems, data, path, "a contact", _CONTACT)
    own.need("name", "team", "for")
    return Contact(name, own.text("name"), own.text("team"), own.text("for"), own.texts("facts"))


def _decision(problems: Problems, name: str, data: object, path: Path) -> Decision:
    if not _DECISION_ID.fullmatch(name):
        problems.say(path, f"'{name}' is not the number of a decision, like D1")
    own = Fields(problems, data, path, "a decision", _DECISION)
    own.need("text", "does", "money")
    by, on = own.text("decided_by", empty=True), own.text("decided_on", empty=True)
    if bool(by) != bool(on):
        own.say(
            "decided_on" if by else "decided_by",
            "a decision has both 'decided_by' and 'decided_on', or neither",
        )
    if on and not _DATE.fullmatch(on):
        own.say("decided_on", f"'{on}' is not a date like 2026-11-22")
    return Decision(name, own.text("text"), own.text("does"), own.flag("money"), by, on)


def read_pages(problems: Problems, data: object) -> dict[str, Page]:
    """The pages of reference.yaml, by id."""
    fields = Fields(problems, data, (), "reference.yaml", frozenset({"pages"}))
    pages = {}
    for name, value, path in fields.named("pages"):
        check_id(problems, path, name)
        own = Fields(problems, value, path, "a page", _PAGE)
        own.need("title", "lines")
        link = own.text("link")
        if link and not link.startswith(("https://", "http://")):
            own.say("link", "'link' is an address that begins with https://")
        lines = own.texts("lines", unique=False)
        pages[name] = Page(name, own.text("title"), lines, link, own.texts("facts"))
    return pages


def read_settings(problems: Problems, data: object) -> Settings:
    """The settings; what is not given has its default. Ids and keys of the keymap are checked by the app."""
    fields = Fields(problems, data, (), "settings.yaml", _SETTINGS)
    usual = Settings()
    resolver = fields.text("resolver", usual.resolver, empty=True)
    if resolver and not re.fullmatch(r"[A-Za-z0-9.:_\[\]-]+", resolver):
        fields.say("resolver", f"'{resolver}' is not a host, or a host and a port like 192.0.2.1:53")
    return Settings(
        theme=fields.text("theme", usual.theme),
        glyphs=cast(Literal["unicode", "ascii"], fields.choice("glyphs", ("unicode", "ascii"), usual.glyphs)),
        clipboard_clear_seconds=fields.number("clipboard_clear_seconds", usual.clipboard_clear_seconds, 5, 600),
        retention_days=fields.number("retention_days", usual.retention_days, 1, 3650),
        resolver=resolver,
        dns_timeout_seconds=fields.number("dns_timeout_seconds", usual.dns_timeout_seconds, 1, 30),
        keymap=_keymap(fields),
    )


def _keymap(fields: Fields) -> dict[str, str]:
    found: dict[str, str] = {}
    by_key: dict[tuple[str, str], str] = {}
    for name, keys, path in fields.named("keymap"):
        if not _ACTION.fullmatch(name):
            fields.problems.say(path, f"'{name}' is not the id of an action, like case.tick")
        if not isinstance(keys, str) or not _KEYS.fullmatch(keys):
            fields.problems.say(
                path, "a key is given by its name, like space, ctrl+z or u; several with commas between"
            )
            continue
        found[name] = keys
        for key in keys.split(",") if keys != "," else [keys]:
            other = by_key.setdefault((name.partition(".")[0], key), name)
            if other != name:
                fields.problems.say(path, f"'{key}' is the key of '{other}' already")
    return found


def check_today(
    problems: Problems,
    procedure: Procedure,
    plans: Plans | None,
    channels: Mapping[str, Channel],
    pages: Mapping[str, Page],
) -> None:
    """What items name of today's part: plans, how-tos, channels (any words, unless they nearly are one)."""
    for number, scenario in procedure.scenarios.items():
        base: Path = ("scenarios", place_of(procedure, "scenarios", "number", str(number)))
        for place, step in enumerate(scenario.steps):
            for position, item in enumerate(step.items):
                path = (*base, "steps", place, "items", position)
                if item.howto and item.howto not in pages:
                    problems.unknown((*path, "howto"), "how-to in reference.yaml called", item.howto, pages)
                if plans is not None:
                    _check_plans(problems, plans, item, path)
                for index, name in enumerate(item.through):
                    _nearly(problems, (*path, "through", name if item.through_when else index), name, channels)
                if item.waits_on and item.waits_on not in scenario.by_id:
                    _nearly(problems, (*path, "waits_on"), item.waits_on, channels)
    for number, outcome in enumerate(procedure.none_of_these):
        if outcome.wait_for:
            _nearly(problems, ("none_of_these", number, "wait_for"), outcome.wait_for, channels)
    for number, question in enumerate(procedure.flow):
        for answer in question.answers:
            if answer.outcome and answer.outcome.wait_for:
                path = ("flow", number, "answers", answer.id, "outcome", "wait_for")
                _nearly(problems, path, answer.outcome.wait_for, channels)


def _check_plans(problems: Problems, plans: Plans, item: Item, path: Path) -> None:
    """That each plan without its term (`m365-business-basic`) is there with both terms."""
    named = [((*path, "answers", answer.id, "plan"), answer.plan) for answer in item.answers if answer.plan]
    if item.quote and item.quote.current:
        named.append(((*path, "quote", "current"), item.quote.current))
    known = {plan.id.removesuffix(f"-{plan.term}") for plan in plans}
    for at, name in named:
        if name not in known:
            problems.unknown(at, "plan", name, known)
        for term in ("monthly", "yearly") if name in known else ():
            if plans.get(f"{name}-{term}") is None:
                problems.say(at, f"there is no plan '{name}-{term}' in plans.yaml")


def _nearly(problems: Problems, path: Path, name: str, channels: Iterable[str]) -> None:
    known = list(channels)
    if name in known or not (near := problems.suggestion(name, known)):
        return
    # "Salesforce" beside the channel `salesforce`, "client console": words of one's own are welcome.
    if name[:1].isupper() or " " in name:
        return
    problems.say(path, f"there is no channel '{name}'{near}")
