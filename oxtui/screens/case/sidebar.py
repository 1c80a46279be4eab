"""Beside the checklist: the NBs in force, and the panel that helps with the current item."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from oxtui.cases.commands.copies import item_for_template, may_copy, wanted
from oxtui.cases.commands.quotes import quote_item
from oxtui.cases.evidence import Evidence, evidence_in
from oxtui.cases.nbs import of_item
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.offers import offers
from oxtui.cases.outcome import value_text
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.status import State
from oxtui.errors import OxtuiError
from oxtui.screens.case.head import Head
from oxtui.screens.case.part import CasePart
from oxtui.screens.parts.dns_lookup import look_up_dns
from oxtui.widgets.panels import DNS, PRO_RATA, TABS, TEMPLATE, Warnings, quote_spans
from oxtui.widgets.spans import Span


class Sidebar(CasePart):
    """The NBs, and the panel with its four pages."""

    head: Head
    above: Warnings
    """The NBs over the checklist, on a narrow pane."""
    beside: Warnings
    """Those next to it."""
    asking_dns: bool = False
    to_suggest: bool = True
    """Whether the cursor has moved since the panel was drawn, so the page that helps there is shown."""
    _turned_to: str = ""
    """The template chosen if the current item has several."""

    # -- moving between the parts
    def turn(self, by: int) -> None:
        """tab: go from the checklist into the panel, through its pages, and back."""
        panel = self.panel
        places = list(panel.names)
        at = places.index(panel.tab) + by if panel.has_focus else places.index(panel.tab) if by > 0 else len(places) - 1
        if 0 <= at < len(places):
            self.open(places[at])
        else:
            self.leave()
        self.screen.refresh_bars()

    def open(self, tab: int) -> None:
        """Show a page of the panel and give it the keys."""
        self.screen.add_class("-panel")
        self.panel.focus()
        self.panel.turn(tab)
        self.screen.draw()

    def leave(self) -> None:
        """Go back to the checklist."""
        self.screen.remove_class("-panel")
        self.checklist.focus()

    def open_template(self) -> None:
        """t: open the template; t again: the other one of the item."""
        self._turned_to = self._next_template() if self.panel.has_focus and self.panel.tab == TEMPLATE else ""
        self.open(TEMPLATE)
        self.panel.turn(TEMPLATE)  # to the first missing line of the template shown now

    # -- drawing
    def draw(self) -> None:
        """Draw the NBs and the panel."""
        self.draw_warnings()
        self._fill_panel()
        suggest, self.to_suggest = self.to_suggest, False
        if not (suggest and self._suggest()):
            self.panel.redraw()

    def draw_warnings(self) -> None:
        """Draw the NBs beside the checklist if there is room, else the lasting ones in a row each above it."""
        own = self.head.item_nbs()
        all_lasting = self.head.lasting_nbs()
        lasting = tuple(nb for nb in all_lasting if nb not in own)
        # in a panel the item's own NBs are not beside it; on a narrow pane the checklist shows them above the item
        above = (*own, *lasting) if self.screen.in_panel else lasting if self.screen.narrow() else all_lasting
        # only one of the two is on the screen, and a change in the other would lay it out for nothing
        wide = self.screen.wide()
        self.above.show(() if wide else above, short=True)
        self.beside.show((*own, *lasting) if wide else (), short=False)

    def _suggest(self) -> bool:
        """Show the page that helps with the current item; return False if there is none or the panel is in use."""
        row = self.checklist.current
        if row is None or self.panel.has_focus:
            return False
        if row.item.quote or self._how_to():
            self.panel.turn(PRO_RATA)
        elif self._item_templates():
            self.panel.turn(TEMPLATE)
        elif row.item.proposal and row.item.proposal.evidence:
            self.panel.turn(DNS)
        else:
            return False
        return True

    def _fill_panel(self) -> None:
        panel = self.panel
        panel.case = self.case
        self._name_pages()
        panel.quote_lines = [*self._how_to(), *self._quote_rows()]
        name, after = self.template_name(), self._next_template()
        panel.filled = self.service.filled(self.case, name) if name else None
        panel.template_note = self._prechecks(name)
        panel.copy_waits = self._copy_waits(name)
        panel.next_template = self.case.procedure.templates[after].title.rpartition(" : ")[2] if after else ""
        panel.evidence, panel.clock = self.evidence(), self.service.clock
        panel.asking = self.asking_dns
        panel.notes = partial(wrap_up, self.case, self.service.clock)

    def _name_pages(self) -> None:
        """Give the panel the pages that playbook and scenario have anything for."""
        names = dict(TABS)
        if not self.service.playbook.asks_dns and self.evidence() is None:
            del names[DNS]
        if self.case.quote or (self.service.playbook.plans.all and quote_item(self.case)):
            names = {PRO_RATA: self.case.procedure.words.prorata, **names}
        if self.panel.names != names:
            self.panel.names = names
            self.panel.turn(self.panel.tab)

    # -- the quote
    def _how_to(self) -> list[Sequence[Span]]:
        """Return the steps of the current item's page, with the discount in them; none if there is no discount."""
        row, quote = self.checklist.current, self.case.quote
        page = self.service.playbook.pages.get(row.item.howto) if row and not row.item.quote else None
        if page is None or quote is None or not quote.discount or quote_flaw(self.case):
            return []
        steps = page.steps(quote.shown_discount)
        numbered = [((f"{place}  ", "key"), (step, "text")) for place, step in enumerate(steps, 1)]
        return [((page.title, "strong"),), *numbered, ()]

    def _quote_rows(self) -> list[Sequence[Span]]:
        """Return the quote with its working; if it is out of date, the reason and no figure."""
        quote, flaw = self.case.quote, quote_flaw(self.case)
        if quote is None:
            return self._no_quote()
        if not flaw:
            return quote_spans(quote, self.case.procedure.words.expert)
        before = f"Before: discount {quote.shown_discount or 'without a figure'}"
        return [(("check again: ", "trouble"), (flaw, "text")), *self._no_quote(), (), ((before, "quiet"),)]

    def _no_quote(self) -> list[Sequence[Span]]:
        item = quote_item(self.case)
        if item is None:
            return []  # another scenario's quote
        if self.case.status(item.id).state is not State.NOT_APPLICABLE:
            return [(("c", "key"), (" works the discount out", "quiet"))]
        why = next(iter(of_item(self.case, item)), None)  # the playbook explains why there is none
        if why is None:
            return [((f"No {self.case.procedure.words.prorata.lower()} applies.", "quiet"),)]
        return [((why.short, "text"),), ((why.text, "quiet"),)]

    # -- templates
    def _item_templates(self) -> list[str]:
        """Return the templates of the current item that the answers want."""
        row = self.checklist.current
        return [name for name, _ in row.item.templates if wanted(self.case, name)] if row else []

    def _next_template(self) -> str:
        """Return the current item's template after the one shown; "" if it has only one."""
        names, name = self._item_templates(), self.template_name()
        return names[(names.index(name) + 1) % len(names)] if len(names) > 1 and name in names else ""

    def template_name(self) -> str:
        """Return the template of the current item, else the one that is furthest on."""
        names = self._item_templates()
        if self._turned_to in names:
            return self._turned_to
        if names:
            copied = {entry.get("template") for entry in self.case.log if entry.what == "copied"}
            return next((name for name in names if name not in copied), names[0])
        for name in reversed(list(self.case.procedure.templates)):
            item = item_for_template(self.case, name)
            if item and self.case.status(item.id).state is not State.NOT_APPLICABLE and wanted(self.case, name):
                return name
        return ""

    def _prechecks(self, name: str) -> str:
        """Return the pre-checks (T1) of a template with their results."""
        template = self.case.procedure.templates.get(name)
        checks = " · ".join(self._precheck(entry) for entry in template.prechecks) if template else ""
        return f"checked: {checks}" if checks else ""

    def _copy_waits(self, name: str) -> str:
        """Return why a template cannot be copied yet, or ""."""
        try:
            if item_for_template(self.case, name):
                may_copy(self.case, name)
        except OxtuiError as error:
            return error.message
        return ""

    def _precheck(self, entry: str) -> str:
        item = self.case.scenario.by_id.get(entry) if self.case.scenario else None
        if item is None:
            if "authenticated" in entry.lower():
                return f"{self.glyphs.done if self.case.authenticated else self.glyphs.action} {entry}"
            return f"{self.glyphs.dot} {entry}"  # a line of the template, which shows it
        state = self.case.status(item.id).state
        came_to = f": {value_text(self.case, item)}" if item.kind == "question" and state is State.DONE else ""
        return f"{self.glyphs.of(state)} {item.done or item.text}{came_to}"

    # -- DNS
    def show_dns(self) -> None:
        """v: open the DNS page and look the domain up again."""
        self.open(DNS)
        self.ask_dns()

    def ask_dns(self) -> None:
        """Look the domain up in the background."""
        if not self.asking_dns and self.service.playbook.asks_dns:
            self.asking_dns = True
            self.screen.draw()
            look_up_dns(self.host, self.case, self._answered)

    def _answered(self, error: OxtuiError | None) -> None:
        self.asking_dns = False
        if error:
            self.refuse(error)
        self.screen.draw()

    def words(self) -> dict[str, str]:
        """Return the hints of DNS, the price list and the floor's notices, by item."""
        evidence, today = self.evidence(), self.service.clock.today()
        words = offers(self.case, self.service.playbook.plans, today)
        if evidence is not None:
            seen = f"{self.glyphs.dot} seen {self.service.clock.when(evidence.asked_at)}: {evidence.verdict}"
            words |= {item.id: seen for item in self.items() if item.proposal and item.proposal.evidence}
        for notice in self.service.playbook.notices:
            if notice.at and notice.shown_on(today):
                words[notice.at] = f"{self.glyphs.nb} {notice.text}  {words.get(notice.at, '')}".rstrip()
        return words

    def evidence(self) -> Evidence | None:
        """Return the latest DNS evidence of the case."""
        return evidence_in(self.case.evidence)
