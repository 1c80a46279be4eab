"""What stands beside the checklist: the NBs and the panel, drawn once a key, however much of the key asks for it."""

from __future__ import annotations

from oxtui.cases.conduct import item_for_template
from oxtui.cases.evidence import Evidence, evidence_in
from oxtui.cases.status import State
from oxtui.screens.case.template import PanelKeys
from oxtui.widgets.panels import DNS, PRO_RATA, TEMPLATE, Warnings


class BesideKeys(PanelKeys):
    """The NBs in force, and the panel that helps with the current item."""

    _turned_to = ""
    """The template chosen where the current item has several."""
    _beside_asked = False
    _to_suggest = False

    def cursor_moved(self) -> None:
        """The cursor of the checklist is on another item: the panel that helps with that is shown."""
        self._to_suggest = True
        self.refresh_beside()

    def refresh_beside(self) -> None:
        """Have the NBs, the panel and the bars drawn: once, and painted with the checklist."""
        if not self._beside_asked:
            self._beside_asked = self.call_later(self._draw_asked)

    def _draw_asked(self) -> None:
        self._beside_asked = False
        if self.ready and self.is_mounted:
            self.draw_beside()

    def draw_beside(self) -> None:
        """Draw the NBs, the panel and the bars now."""
        self.draw_warnings()
        self._fill_panel()
        suggest, self._to_suggest = self._to_suggest, False
        if not (suggest and self._suggest_panel()):
            self.panel.redraw()
        self.refresh_bars()

    def draw_warnings(self) -> None:
        """The NBs: beside where there is room, else the lasting ones in a row each above the checklist."""
        own = self.item_nbs()
        lasting = tuple(nb for nb in self.lasting_nbs() if nb not in own)
        # in a panel the item's own NBs are not beside it; on a narrow pane they are told once, above it
        above = (*own, *lasting) if self.has_class("-panel") else lasting if self.narrow() else self.lasting_nbs()
        # only one of the two is on the screen: what changes in the other would have it laid out for nothing
        wide = self.wide()
        self.query_one("#lasting", Warnings).show(() if wide else above, short=True)
        self.query_one("#warnings", Warnings).show((*own, *lasting) if wide else (), short=False)

    def _suggest_panel(self) -> bool:
        """Show the panel that helps with the current item, unless the agent is in it; whether there is one."""
        row = self.checklist.current
        if row is None or self.panel.has_focus:
            return False
        if row.item.quote:
            self.panel.turn(PRO_RATA)
        elif any(self.template_wanted(name) for name, _ in row.item.templates):
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
        panel.quote_lines = self.quote_rows()
        name = self.template_name()
        panel.filled = self.service.filled(self.case, name) if name else None
        panel.template_note = self.template_note(name)
        panel.next_template = self._next_template(name)
        panel.evidence, panel.clock = self.evidence(), self.service.clock
        panel.asking = self.asking_dns
        panel.notes = self.wrap_up_text

    def evidence(self) -> Evidence | None:
        """The last DNS evidence kept in the case."""
        return evidence_in(self.case.evidence)

    def item_templates(self) -> list[str]:
        """The templates of the current item that the answers want."""
        row = self.checklist.current
        return [name for name, _ in row.item.templates if self.template_wanted(name)] if row else []

    def _next_template(self, name: str) -> str:
        """What the other template of the current item is called, where it has more than one."""
        names = self.item_templates()
        if len(names) < 2 or name not in names:
            return ""
        after = self.case.procedure.templates[names[(names.index(name) + 1) % len(names)]]
        return after.title.rpartition(" : ")[2]

    def template_name(self) -> str:
        """The template of the current item, else the one that is furthest on."""
        names = self.item_templates()
        if self._turned_to in names:
            return self._turned_to
        if names:
            copied = {entry.get("template") for entry in self.case.log if entry.what == "copied"}
            return next((name for name in names if name not in copied), names[0])
        for name in reversed(list(self.case.procedure.templates)):
            item = item_for_template(self.case, name)
            if item and self.case.status(item.id).state is not State.NOT_APPLICABLE and self.template_wanted(name):
                return name
        return ""
