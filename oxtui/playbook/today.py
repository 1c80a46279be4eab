"""The parts of a playbook that are never pinned: channels, contacts, notices, decisions, pages, settings."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

from oxtui.playbook.hours import parse_hours
from oxtui.playbook.schema.keys import Id, ItemId, Link, Text, Texts, doc, form
from oxtui.text import did_you_mean

Glyphs: TypeAlias = Literal["unicode", "ascii"]
THEMES: Final = (
    "oxtui-dark", "oxtui-light", "oxtui-contrast",
    "ansi-dark", "ansi-light", "atom-one-dark", "atom-one-light", "catppuccin-frappe", "catppuccin-latte",
    "catppuccin-macchiato", "catppuccin-mocha", "dracula", "flexoki", "gruvbox", "monokai", "nord", "rose-pine",
    "rose-pine-dawn", "rose-pine-moon", "solarized-dark", "solarized-light", "textual-dark", "textual-light",
    "tokyo-night",
)  # fmt: skip
"""Our themes and Textual's, for `oxtui check`, which does not import Textual; a test compares them."""


def unknown_theme(name: str, known: Iterable[str] = THEMES) -> str:
    """Return what is wrong with a theme's name, or "" if there is such a theme."""
    known = sorted(known)
    return "" if name in known else f"there is no theme '{name}'{did_you_mean(name, known)}; oxtui-dark is used"


def _wrong_hours(text: str) -> str:
    try:
        parse_hours(text)
    except ValueError as error:
        return str(error)
    return ""


class Channel(Struct, frozen=True):
    """A way to reach another team: a chat, Salesforce."""

    what = "a channel"

    id: Annotated[Id, doc("its name")]
    name: Annotated[Text, doc("as people know it")]
    purpose: Annotated[Text, doc("what it is for")]
    hours: Annotated[str, doc("when it is worked: `mon-thu 09:00-17:00, fri 09:00-15:00`", check=_wrong_hours)] = ""


class FloorNotice(Struct, frozen=True):
    """Something agents need to know for some days; it expires by itself."""

    what = "a notice"

    text: Annotated[Text, doc("one sentence, as an agent would say it")]
    until: Annotated[date, doc('the last day it is shown, quoted: `"2026-12-04"`')]
    at: Annotated[ItemId, doc("the item it is shown at; else only on Home")] = ""

    def shown_on(self, day: date) -> bool:
        """Whether it is still shown on `day`."""
        return day <= self.until


class Contact(Struct, frozen=True):
    """A named person at another team (S2.8)."""

    what = "a contact"

    id: Annotated[Id, doc("its name")]
    name: Annotated[Text, doc("who it is")]
    team: Annotated[Text, doc("where they are")]
    for_: Annotated[Text, doc("what they are asked for")] = field(name="for")


Day: TypeAlias = Annotated[
    str,
    form("^(?:[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))?$", "is not a date like 2026-11-22"),
]
DecisionId: TypeAlias = Annotated[str, form("^[A-Z][0-9]{1,3}$", "is not the number of a decision, like D1")]


class Decision(Struct, frozen=True):
    """A contradiction or gap in the article, how the playbook handles it, and who settled it (D1-D14)."""

    what = "a decision"

    id: Annotated[DecisionId, doc("its number")]
    text: Annotated[Text, doc("where the article contradicts itself or is silent")]
    does: Annotated[Text, doc("how the playbook handles it meanwhile")]
    money: Annotated[bool, doc("`true`: it touches a figure")]
    decided_by: Annotated[str, doc("who settled it; name and date, or neither")] = ""
    decided_on: Annotated[Day, doc("and when: `2026-11-22`")] = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be settled."""
        return not (self.decided_by and self.decided_on)


class Page(Struct, frozen=True):
    """A page of the reference: a how-to with its steps, or a list of links."""

    what = "a page"

    id: Annotated[Id, doc("its name")]
    title: Annotated[Text, doc("its heading")]
    lines: Annotated[Texts, doc("its lines", repeats=True)]
    link: Annotated[Link, doc("an address, copied by `l`")] = ""

    def steps(self, discount: str = "") -> tuple[str, ...]:
        """Return its lines with `{discount}` replaced by the discount of the current case."""
        return tuple(line.replace("{discount}", discount or "the discount") for line in self.lines)


Resolver: TypeAlias = Annotated[
    str, form(r"^[A-Za-z0-9.:_\[\]-]*$", "is not a host, or a host and a port like 192.0.2.1:53")
]
ActionId: TypeAlias = Annotated[
    str, form(r"^[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*$", "is not the id of an action, like case.tick")
]
Keys: TypeAlias = Annotated[
    str,
    form(
        r"^(?:[^\s,]+(?:,[^\s,]+)*|,)$",
        "is no key: a key is given by its name, like space, ctrl+z or u; several with commas between",
    ),
]


class Settings(Struct, frozen=True):
    """Settings of the screen and the store; times in seconds or days."""

    what = "settings.yaml"

    theme: Annotated[Text, doc("`oxtui-dark`, `oxtui-light`, `oxtui-contrast`, or one of Textual's")] = "oxtui-dark"
    glyphs: Annotated[Glyphs, doc("`unicode`, or `ascii` for a terminal that draws boxes badly")] = "unicode"
    clipboard_clear_seconds: Annotated[int, Meta(ge=5, le=600), doc("a copied password is taken off the clipboard")] = (
        45
    )
    retention_days: Annotated[int, Meta(ge=1, le=3650), doc("how long closed cases are kept")] = 365
    resolver: Annotated[Resolver, doc("`HOST` or `HOST:PORT` for DNS; empty: the system's own")] = ""
    floor: Annotated[
        Text, doc("the server of a shared floor: a service of libpq; empty: the cases are this machine's")
    ] = ""
    dns_timeout_seconds: Annotated[int, Meta(ge=1, le=30), doc("how long DNS is waited for")] = 3
    keymap: Annotated[dict[ActionId, Keys], doc('`id: key`, or several with commas: `case.undo: "u,ctrl+z"`')] = field(
        default_factory=dict
    )
