"""The reference pages: plans, how-tos, channels with their hours, contacts, links, open decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from textual.binding import BindingType
from textual.widgets import Input

from oxtui.cases.dates import short, show
from oxtui.cases.money import plain
from oxtui.errors import Refusal
from oxtui.playbook.hours import next_working_moment, parse_hours
from oxtui.playbook.playbook import Playbook
from oxtui.playbook.today import Channel, Decision
from oxtui.screens.base import close_box, key, open_box
from oxtui.screens.pages.list_page import ListPage
from oxtui.text import clean
from oxtui.widgets.glyphs import Glyphs
from oxtui.widgets.page import BLANK, Para, Part, Table, plain_text
from oxtui.widgets.rows import Entry


class Sheet(Struct, frozen=True):
    """A page of the reference; `l` copies its `link`, and `y` too if the page is the link `alone`."""

    title: str
    parts: tuple[Part, ...]
    link: str = ""
    alone: bool = False

    def matches(self, text: str) -> bool:
        """Return whether it has every word of `text`."""
        words = f"{self.title} {plain_text(self.parts)}".lower()
        return all(word in words for word in text.lower().split())


class ReferenceScreen(ListPage):
    """The pages of the reference."""

    CRUMB = "Reference"
    FILTER_WORDS = "find a page by any word on it"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("reference.filter", "slash", "filter", "find", "Find a page by any word on it", sign="/"),
        key("reference.copy", "y,ctrl+y", "copy", "copy", "Copy the page shown; of a link, the link"),
        key("reference.open", "enter", "open", "read", "Read the page"),
        key("reference.link", "l", "link", "link", "Copy the link of the page"),
    ]
    HELP_TEXT = (
        "Prices of today where there are any, how-tos, channels with their hours, "
        "contacts, links, and what the article leaves undecided.",
        "/ finds a page by any word on it. y copies the page shown, l its link.",
    )

    def __init__(self, at: str = "") -> None:
        """`at`: `plans`, `page:ID`, `channels`, `contacts` or `decisions`."""
        super().__init__(at)
        self.sheets: dict[str, Sheet] = {}

    def on_mount(self) -> None:
        self.query_one("#lp-filter").display = False
        self.entries.border_title = "Pages"
        self.sheets = dict(sheets(self.service.playbook, self.service.clock.local(), self.glyphs))
        self.draw_list()
        self.start_at(self.at)

    def draw_list(self) -> None:
        """List the pages that match the filter."""
        text = clean(self.query_one("#lp-filter", Input).value)
        entries = [Entry((sheet.title,), key) for key, sheet in self.sheets.items() if sheet.matches(text)]
        self.entries.show(entries, (Para((("No page matches that.", "quiet"),)),))
        self.draw_page()

    def page_title(self, key: str) -> str:
        return self.sheets[key].title

    def page_of(self, key: str) -> Iterable[Part]:
        return self.sheets[key].parts

    # -- keys
    def action_filter(self) -> None:
        self.remove_class("-reading")
        open_box(self, "#lp-filter")

    def on_input_changed(self, message: Input.Changed) -> None:
        self.draw_list()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if self.entries.current:
            self.entries.focus()
            self.action_open()

    def action_back(self) -> None:
        if self.reading():
            self.to_list()
        elif close_box(self, "#lp-filter"):
            self.entries.focus()
        else:
            super().action_back()

    def _sheet(self) -> Sheet | None:
        entry = self.entries.current if self.query("#lp-list") else None
        return self.sheets.get(entry.key) if entry else None

    def action_copy(self) -> None:
        sheet = self._sheet()
        if sheet and sheet.alone:
            self.action_link()
        else:
            super().action_copy()

    def action_link(self) -> None:
        sheet = self._sheet()
        if sheet and sheet.link:
            self.host.copy(sheet.link, "The link")
        else:
            self.refused(Refusal("This page has no link", "the pages with one say so"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "link":
            sheet = self._sheet()
            return bool(sheet and sheet.link)
        return super().check_action(action, parameters)


# -- the pages
def sheets(playbook: Playbook, now: datetime, glyphs: Glyphs) -> Iterator[tuple[str, Sheet]]:
    """Yield every page with its key, those asked for most often first; `now` is in the agent's zone."""
    if playbook.plans.all:
        yield "plans", Sheet("Plans", tuple(_plans(playbook, now)))
    links: dict[str, str] = {}
    for page in playbook.pages.values():
        parts: list[Part] = [
            Para(((f"{number:>2}  ", "accent"), (text, "text")), 4) for number, text in enumerate(page.steps(), 1)
        ]
        if page.link:
            links.setdefault(page.link, page.title)
            parts += [BLANK, Para((("link  ", "quiet"), (page.link, "accent")), 6)]
        yield f"page:{page.id}", Sheet(page.title, tuple(parts), page.link)
    hours = tuple(part for each in playbook.channels.values() for part in _channel(each, now, glyphs))
    yield "channels", Sheet("Channels and hours", hours)
    people = tuple(
        Para(((each.name, "strong"), (f"   {each.team}", "text"), (f"   {each.for_}", "quiet")), 2)
        for each in playbook.contacts.values()
    )
    yield "contacts", Sheet("Contacts", people or (Para((("The playbook names no one.", "quiet"),)),))
    for scenario in playbook.procedure.scenarios.values():
        for item in scenario.items():
            if item.link:
                links.setdefault(item.link, item.text)
    for link, title in links.items():
        yield f"link:{link}", Sheet(f"Link: {title}", (Para(((link, "accent"),)),), link, alone=True)
    yield "decisions", Sheet("Not decided yet", tuple(_decisions(playbook.decisions.values(), glyphs)))


def _plans(playbook: Playbook, now: datetime) -> Iterator[Part]:
    today, currency = now.date(), playbook.procedure.words.currency
    terms = tuple(dict.fromkeys(plan.term for plan in playbook.plans))
    prices: dict[str, dict[str, str]] = {}
    for plan in playbook.plans:
        prices.setdefault(plan.product, {})[plan.term] = plain(plan.price_on(today))
    rows = tuple((product, *(by_term.get(term, "-") for term in terms)) for product, by_term in prices.items())
    figures = range(1, len(terms) + 1)
    yield Table((currency, *terms), ("text", *("strong" for _ in terms)), rows, frozenset(figures))
    notes: dict[str, None] = {}
    for plan in playbook.plans:
        notes.update((f"{plan.product}: {note}", None) for note in plan.notes)
        for start, price in plan.from_:
            if start > today:
                notes[f"{plan.product}, {plan.term}: {plain(price)} from {show(start)}."] = None
    if notes:
        yield BLANK
        yield from (Para((("NB  ", "due"), (note, "text")), 4) for note in notes)
    yield BLANK
    yield Para(((f"Prices of {show(today)}, in {currency} per month or per year.", "quiet"),))


def _channel(channel: Channel, now: datetime, glyphs: Glyphs) -> Iterator[Part]:
    yield Para(((channel.name, "strong"),), 2)
    yield Para((("  for    ", "quiet"), (channel.purpose, "text")), 9)
    if channel.hours:
        if parse_hours(channel.hours).covers(now):
            word, role = f"{glyphs.dot} open now", "done"
        else:
            word, role = f"closed now, again {short(next_working_moment(channel.hours, now))}", "due"
        yield Para((("  hours  ", "quiet"), (channel.hours, "text"), (f"   {word}", role)), 9)
    yield BLANK


def _decisions(decisions: Iterable[Decision], glyphs: Glyphs) -> Iterator[Part]:
    every = tuple(decisions)
    waiting = [each for each in every if each.open]
    lead = f"{len(waiting)} of {len(every)} points on which the article disagrees with itself, or is silent."
    yield Para(((lead if waiting else "Every disagreement of the article is settled.", "quiet"),))
    for each in waiting:
        yield BLANK
        money = ((f"  {glyphs.nb} money", "due"),) if each.money else ()
        yield Para(((f"{each.id:<4} ", "accent"), (each.text, "text"), *money), 5)
        yield Para((("     ", "quiet"), (each.does, "quiet")), 5)
    for each in every:
        if not each.open:
            yield BLANK
            yield Para(((f"{each.id:<4} ", "done"), (each.text, "text")), 5)
            who = f"     {glyphs.done} {each.decided_by}, {each.decided_on}"
            yield Para(((who, "done"), (f"   {each.does}", "quiet")), 5)
