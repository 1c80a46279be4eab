"""What stands beside the checklist: the NBs in force, and the panel that helps with the current item."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from oxtui.cases.commands.copies import item_for_template, may_copy, wanted
from oxtui.cases.evidence import Evidence, evidence_in
from oxtui.cases.notes.note import wrap_up
from oxtui.cases.offers import offers
from oxtui.cases.outcome import value_text
from oxtui.cases.reasons import quote_flaw
from oxtui.cases.status import State
from oxtui.errors import OxtuiError
from oxtui.screens.case.head import Head
from oxtui.screens.case.part import CaseOwner, CasePart
from oxtui.screens.parts.asking_dns import ask
from oxtui.widgets.panels import DNS, PRO_RATA, TABS, TEMPLATE, Warnings, quote_spans
from oxtui.widgets.spans import Span


class Sidebar(CasePart):
    """The NBs, and the panel with its four pages."""

    def __init__(self, screen: CaseOwner, head: Head, above: Warnings, beside: Warnings) -> None:
        """`above`: the NBs over the checklist, on a narrow pane; `beside`: those next to it."""
        super().__init__(screen)
        self.head = head
        self.above = above
        self.beside = beside
        self.asking_dns = False
        self.to_suggest = True
        """Whether the cursor has moved since the panel was drawn: the panel that helps there is shown."""
        self._turned_to = ""
        """The template chosen where the current item has several."""

    # -- moving between the parts
    def turn(self, by: int) -> None:
        """tab: from the checklist to the panels, through them, and back."""
        panel = self.panel
        places = list(panel.names)
        at = places.index(panel.tab) + by if panel.has_focus else places.index(panel.tab) if by > 0 else len(places) - 1
        if 0 <= at < len(places):
            self.open(places[at])
        else:
            self.leave()
        self.screen.refresh_bars()

    def open(self, tab: int) -> None:
        """Show a page of the panel and put the keys into it."""
        self.screen.show_panel(True)
        self.panel.focus()
        self.panel.turn(tab)
        self.screen.draw()

    def leave(self) -> None:
        """Back to the checklist."""
        self.screen.show_panel(False)
        self.checklist.focus()

    def open_template(self) -> None:
        """t: the template; t again: the item's other one."""
        names = self._item_templates()
        turn = self.panel.has_focus and self.panel.tab == TEMPLATE and self.template_name() in names
        self._turned_to = names[(names.index(self.template_name()) + 1) % len(names)] if turn else ""
        self.open(TEMPLATE)
        self.panel.turn(TEMPLATE)  # to the first missing line of what is shown now

    # -- drawing
    def draw(self) -> None:
        """Draw the NBs and the panel."""
        self.draw_warnings()
        self._fill_panel()
        suggest, self.to_suggest = self.to_suggest, False
        if not (suggest and self._suggest()):
            self.panel.redraw()

    def draw_warnings(self) -> None:
        """The NBs: beside where there is room, else the lasting ones in a row each above the checklist."""
        own = self.head.item_nbs()
        all_lasting = self.head.lasting_nbs()
        lasting = tuple(nb for nb in all_lasting if nb not in own)
        # in a panel the item's own NBs are not beside it; on a narrow pane they are told once, above it
        above = (*own, *lasting) if self.screen.in_panel else lasting if self.screen.narrow() else all_lasting
        # only one of the two is on the screen: what changes in the other would have it laid out for nothing
        wide = self.screen.wide()
        self.above.show(() if wide else above, short=True)
        self.beside.show((*own, *lasting) if wide else (), short=False)

    def _suggest(self) -> bool:
        """Show the panel that helps with the current item, unless the agent is in it; whether there is one."""
        row = self.checklist.current
        if row is None or self.panel.has_focus:
            return False
        if row.item.quote or self._how_to():
            self.panel.turn(PRO_RATA)
        elif any(wanted(self.case, name) for name, _ in row.item.templates):
            self.panel.turn(TEMPLATE)
        elif row.item.proposal and row.item.proposal.evidence:
            self.panel.turn(DNS)
        else:
            return False
        return True

    def _fill_panel(self) -> None:
        """Give the panel what it shows of the case."""
        panel = self.panel
        panel.case = self.case
        self._name_pages()
        panel.quote_lines = [*self._how_to(), *self._quote_rows()]
        name = self.template_name()
        panel.filled = self.service.filled(self.case, name) if name else None
        panel.template_note = self._template_note(name)
        panel.copy_waits = self._copy_waits(name)
        panel.next_template = self._next_template(name)
        panel.evidence, panel.clock = self.evidence(), self.service.clock
        panel.asking = self.asking_dns
        panel.notes = partial(wrap_up, self.case, self.service.clock)

    def _name_pages(self) -> None:
        """Which pages the panel has: those that the playbook has anything for."""
        names = dict(TABS)
        if not self.service.playbook.asks_dns and self.evidence() is None:
            del names[DNS]
        if self.service.playbook.plans.all:
            names = {PRO_RATA: self.case.procedure.words.prorata, **names}
        if self.panel.names != names:
            self.panel.names = names
            self.panel.turn(self.panel.tab)

    # -- the quote
    def _how_to(self) -> list[Sequence[Span]]:
        """The steps of the current item's page, with the figure in them; none where there is no discount to enter."""
        row, quote = self.checklist.current, self.case.quote
        page = self.service.playbook.pages.get(row.item.howto) if row and not row.item.quote else None
        if page is None or quote is None or not quote.discount or quote_flaw(self.case):
            return []
        steps = page.steps(quote.shown_discount)
        numbered = [((f"{place}  ", "key"), (step, "text")) for place, step in enumerate(steps, 1)]
        return [((page.title, "strong"),), *numbered, ()]

    def _quote_rows(self) -> list[Sequence[Span]]:
        """The quote of the case with its working; where it has to be worked out again, why, and no figure."""
        quote, flaw = self.case.quote, quote_flaw(self.case)
        if quote is None:
            return self._no_quote()
        if not flaw:
            return quote_spans(quote, self.case.procedure.words.expert)
        before = f"Before: discount {quote.shown_discount or 'without a figure'}"
        return [(("check again: ", "trouble"), (flaw, "text")), *self._no_quote(), (), ((before, "quiet"),)]

    def _no_quote(self) -> list[Sequence[Span]]:
        """What the pro-rata panel says while there is no quote."""
        item = next((item for item in self.case.scenario.items() if item.quote), None) if self.case.scenario else None
        if item is None:
            return [(("Nothing is worked out in this scenario.", "quiet"),)]
        if self.case.status(item.id).state is State.NOT_APPLICABLE:
            # Why there is none is the playbook's to say: the first NB of the item that holds.
            nbs = (self.case.procedure.nbs[name] for name in item.nbs)
            why = next((nb for nb in nbs if self.head.holds(nb)), None)
            if why is None:
                return [((f"No {self.case.procedure.words.prorata.lower()} applies.", "quiet"),)]
            return [((why.short, "text"),), ((why.text, "quiet"),)]
        return [(("c", "key"), (" works the discount out", "quiet"))]

    # -- templates
    def _item_templates(self) -> list[str]:
        """The templates of the current item that the answers want."""
        row = self.checklist.current
        return [name for name, _ in row.item.templates if wanted(self.case, name)] if row else []

    def _next_template(self, name: str) -> str:
        """What the other template of the current item is called, where it has more than one."""
        names = self._item_templates()
        if len(names) < 2 or name not in names:
            return ""
        after = self.case.procedure.templates[names[(names.index(name) + 1) % len(names)]]
        return after.title.rpartition(" : ")[2]

    def template_name(self) -> str:
        """The template of the current item, else the one that is furthest on."""
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

    def _template_note(self, name: str) -> str:
        """Return the pre-checks (T1) of a template with their results."""
        template = self.case.procedure.templates.get(name)
        if template is None:
            return ""
        checks = " · ".join(self._precheck(entry) for entry in template.prechecks)
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
            return f"{self.glyphs.dot} {entry}"  # a line of the template: whether it is there is seen in it
        state = self.case.status(item.id).state
        came_to = f": {value_text(self.case, item)}" if item.kind == "question" and state is State.DONE else ""
        return f"{self.glyphs.of(state)} {item.done or item.text}{came_to}"

    # -- DNS
    def show_dns(self) -> None:
        """v: the page of DNS, looked up anew."""
        self.open(DNS)
        self.ask_dns()

    def ask_dns(self) -> None:
        """v: look the domain up in the background."""
        if not self.asking_dns and self.service.playbook.asks_dns:
            self.asking_dns = True
            self.screen.draw()
            ask(self.host, self.case, self._answered)

    def _answered(self, error: OxtuiError | None) -> None:
        self.asking_dns = False
        if error:
            self.refuse(error)
        self.screen.draw()

    def words(self) -> dict[str, str]:
        """A word under the questions that DNS or the price list speaks to."""
        evidence, today = self.evidence(), self.service.clock.today()
        plans = self.service.playbook.plans
        found = offers(self.case, plans, today)
        if evidence is not None and self.case.scenario:
            at = self.service.clock.when(evidence.asked_at)
            found |= {
                item.id: f"{self.glyphs.dot} seen {at}: {evidence.verdict}"
                for item in self.case.scenario.items()
                if item.proposal and item.proposal.evidence
            }
        for notice in self.service.playbook.notices:
            if notice.at and notice.shown_on(today):
                found[notice.at] = f"{self.glyphs.nb} {notice.text}  {found.get(notice.at, '')}".rstrip()
        return found

    def evidence(self) -> Evidence | None:
        """The last DNS evidence kept in the case."""
        return evidence_in(self.case.evidence)
