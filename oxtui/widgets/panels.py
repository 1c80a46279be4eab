"""The widgets beside the checklist: the NBs in force, and a panel of four pages (pro-rata, template, DNS, notes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from textual.content import Content
from textual.geometry import Region

from oxtui.cases.case import Case
from oxtui.cases.evidence import Evidence
from oxtui.cases.money import Quote
from oxtui.cases.templates import Filled, FilledTemplate
from oxtui.clock import Clock
from oxtui.playbook.model import NB
from oxtui.text import plural
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, cut, spread, wrap
from oxtui.widgets.text_view import NO_ROW, NO_TITLE, TextView

PRO_RATA, TEMPLATE, DNS, NOTES = range(4)
TABS: Final = {TEMPLATE: "Template", DNS: "DNS", NOTES: "Notes"}
"""The titles of the pages; that of the first one comes from the playbook."""
UNDECIDED: Final = re.compile(r"Not decided yet \((\w+)\)")
"""The start of an NB about an open decision; on a call its name is enough."""


class Warnings(TextView):
    """The NBs in force, in full or in one row each."""

    nbs: tuple[NB, ...] = ()
    short = False

    def show(self, nbs: tuple[NB, ...], short: bool) -> None:
        """Replace the NBs; without any the widget takes no room."""
        self.set_class(not nbs, "-empty")
        if (nbs, short) != (self.nbs, self.short):
            self.nbs, self.short = nbs, short
            self.redraw()

    def content(self, width: int) -> Iterable[Line]:
        edge: Span = (f"{self.glyphs.edge} ", "nb-chip")
        for nb in self.nbs:
            head: Line = (edge, (f"{self.glyphs.nb} NB ", "alarm" if nb.danger else "nb-chip"), (" ", "nb"))
            if self.short:
                yield cut((*head, (nb.short, "nb")), width)
                continue
            for place, line in enumerate(wrap(((nb.text, "nb"),), max(8, width - 8))):
                yield (*((edge, ("      ", "nb")) if place else head), *line, (" ", "nb"))


class Panel(Rows[Filled]):
    """The panel beside the checklist; its template page is also the form that fills the template in."""

    tab = PRO_RATA
    names: Mapping[int, str] = TABS
    """The titles of the available pages: no quote without prices, no DNS if the playbook asks nothing of it."""
    quote_lines: Sequence[Sequence[Span]] = ()
    filled: FilledTemplate | None = None
    template_note = ""
    copy_waits = ""
    """Why the template cannot be copied yet."""
    copying: Mapping[str, str] = {}
    """The state of unfinished copies, by template id."""
    next_template = ""
    """The item's other template, which t switches to."""
    evidence: Evidence | None = None
    clock: Clock | None = None
    asking = False
    notes: Callable[[], str] = str
    """Returns the wrap-up note; called only while it is shown."""
    _note: tuple[Case, int, list[Line]] | None = None
    """The note as last laid out, with its case and width."""

    def __init__(self, case: Case, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.case = case

    def turn(self, tab: int) -> None:
        """Show a page, or the nearest available one."""
        self.tab = tab if tab in self.names else min(self.names, key=lambda place: (place < tab, place))
        editable = self.choices()
        missing = [place for place in editable if self.filled and self.filled.lines[place].missing]
        self.cursor = (missing or editable or [NO_ROW])[0]
        self.redraw()
        if self.cursor == NO_ROW:
            self.scroll_home(animate=False)

    def choices(self) -> list[int]:
        if self.tab != TEMPLATE or not self.filled:
            return []
        return [place for place, line in enumerate(self.filled.lines) if line.editable]

    def action_move(self, by: int) -> None:
        if self.choices():
            super().action_move(by)
        else:
            self.scroll_relative(y=by, animate=False)

    @property
    def line(self) -> Filled | None:
        """The template line under the cursor."""
        if self.tab != TEMPLATE or not self.filled or not 0 <= self.cursor < len(self.filled.lines):
            return None
        return self.filled.lines[self.cursor]

    def place_of(self, index: int) -> tuple[int, int, int] | None:
        """Return x, y and width in cells of a template line on the screen, or None if it is scrolled out of view."""
        if index not in self._owners:
            return None
        region = self.scrollable_content_region
        y = self._owners.index(index) - self.scroll_offset.y
        if not 0 <= y < region.height:
            return None
        return self.region.x + self.gutter.left, self.region.y + self.gutter.top + y, region.width

    def owned(self, width: int) -> Iterable[tuple[Line, int]]:
        lines = list(self._page(self.tab, width))
        # a tall pane has room for evidence and note below the page in front
        room = self.scrollable_content_region.height
        for tab in (DNS, NOTES):
            if tab == self.tab or tab not in self.names or (tab == DNS and self.evidence is None):
                continue
            more = list(self._page(tab, width))
            if len(lines) + len(more) + 3 <= room:
                rule = ((f"{self.glyphs.rule * 2} {self.names[tab]} ", "quiet"), (self.glyphs.rule * width, "line"))
                lines += [((), NO_ROW), (cut(rule, width, self.glyphs.rule), NO_ROW), *more]
        return lines

    def _page(self, tab: int, width: int) -> Iterable[tuple[Line, int]]:
        if tab == TEMPLATE and self.filled is not None:
            return self._template(self.filled, width)
        if tab == TEMPLATE:
            lines: Iterable[Line] = wrap((("No template belongs to this scenario's open items.", "quiet"),), width, 2)
        elif tab == PRO_RATA:
            lines = (line for spans in self.quote_lines for line in wrap(spans, width, 2))
        else:
            lines = self._dns(width) if tab == DNS else self._notes(width)
        return ((line, NO_ROW) for line in lines)

    def _template(self, filled: FilledTemplate, width: int) -> Iterator[tuple[Line, int]]:
        yield from ((line, NO_ROW) for line in self._address(filled, width))
        for index, line in enumerate(filled.lines):
            current = index == self.cursor and self.in_hand
            for drawn in self._line(line, current, width):
                yield drawn, index if line.editable else NO_ROW
            yield from ((drawn, NO_ROW) for drawn in (self._under(line, width) if current else ()))
        yield from ((line, NO_ROW) for line in self._state(filled, width))

    def _address(self, filled: FilledTemplate, width: int) -> Iterator[Line]:
        """The lines above the template: its recipient and title."""
        to: Line = (("to  ", "quiet"), (filled.template.to, "text"))
        # without a border there is no subtitle to show its state
        yield from wrap(to, width, 2) if self.styles.border_bottom[0] else [spread(to, (self.word(),), width)]
        if self.next_template:
            yield from wrap((("t", "key"), (f" turns to {self.next_template}, which is wanted too", "quiet")), width, 2)
        yield ()
        yield cut(((filled.template.title, "strong"),), width)

    def _state(self, filled: FilledTemplate, width: int) -> Iterator[Line]:
        """The lines below the template: missing lines, whether it can be copied, and its prechecks."""
        yield ()
        if missing := len(filled.missing):
            count = f"{plural(missing, 'line is', 'lines are')} missing"
            yield from wrap(((count, "trouble"), (": " + ", ".join(filled.missing), "quiet")), width, 2)
        if self.copy_waits:
            yield from wrap(((f"{self.glyphs.locked} {self.copy_waits}", "due"),), width, 2)
        elif not missing:
            cover: Line = (("   C", "key"), (" with cover lines", "quiet")) if filled.template.cover else ()
            yield from wrap((("y", "key"), (" copies it", "quiet"), *cover), width, 2)
        if self.template_note:
            yield from wrap(((self.template_note, "quiet"),), width, 2)

    @property
    def typing(self) -> bool:
        """Whether a field for the line under the cursor is open."""
        return bool(self.screen.focused and self.screen.focused.has_class("edit-here"))

    @property
    def in_hand(self) -> bool:
        """Whether keys go to the panel or to a field in it."""
        return self.has_focus or self.typing

    def on_focus(self) -> None:
        self.call_next(self.redraw)  # has_focus is set after this event

    def on_blur(self) -> None:
        self.call_next(self.redraw)

    def _under(self, line: Filled, width: int) -> Iterator[Line]:
        """The lines below the current template line: its options, and the question for the client."""
        if line.line.kind == "choice":
            spans: list[Span] = []
            for place, option in enumerate(line.line.options, 1):
                spans += [(f"{place} ", "key"), (option, "chip" if option == line.value else "text"), ("   ", "text")]
            yield from wrap((("   ", "text"), *spans), width, 3)
        if line.line.ask:
            yield from wrap((("   say  ", "accent"), (line.line.ask, "quiet")), width - 1, 8)

    def show_cursor(self) -> None:
        """Scroll to the current line together with its options."""
        owned = [place for place, owner in enumerate(self._owners) if owner == self.cursor != NO_ROW]
        if owned and self.in_hand and self.line is not None:
            below = len(list(self._under(self.line, max(1, self._width))))
            region = Region(0, owned[0], 1, owned[-1] - owned[0] + 1 + below)
            self.scroll_to_region(region, animate=False, force=True, immediate=True)
        super().show_cursor()

    def word(self) -> Span:
        """The state of the template in a word; "" while another page is in front."""
        if self.tab != TEMPLATE or self.filled is None:
            return "", "quiet"
        if state := self.copying.get(self.filled.template.id):
            return f"{self.glyphs.pending} {state}", "due"
        if missing := len(self.filled.missing):
            return f"{missing} missing", "trouble"
        if self.copy_waits:
            return f"{self.glyphs.locked} complete, copy waits", "due"
        return f"{self.glyphs.done} complete", "done"

    def redraw(self) -> None:
        super().redraw()
        on, off = "bold $ox-on-accent on $ox-accent", "$ox-quiet"
        tabs = (Content.styled(f" {name} ", on if tab == self.tab else off) for tab, name in self.names.items())
        text, role = self.word()
        colour = {"trouble": "bold $ox-trouble", "done": "$ox-done", "due": "bold $ox-nb"}.get(role, "$ox-quiet")
        self.set_titles(Content(" ").join(tabs), Content.styled(f" {text} ", colour) if text else NO_TITLE)

    def _line(self, line: Filled, current: bool, width: int) -> list[Line]:
        if line.line.kind == "heading":
            return wrap(((line.text, "text"),), width)
        if current and self.typing:  # the field covers the rest
            return [cut(((f"{line.mailbox or line.line.label} : ", "text"),), width)]
        if line.missing:
            label = f"{line.mailbox or line.line.label} : "
            missing = "missing: i adds them" if line.line.kind == "mailbox" else "missing"
            word = f"{self.glyphs.left} {line.proposal} {self.glyphs.right}?" if line.proposal else missing
            seen: tuple[Span, ...] = ((f"  {line.seen}", "quiet"),) if line.seen else ()
            return wrap(((label, "text"), ("________", "missing"), (f"  {word}", "trouble"), *seen), width, 2)
        if line.line.kind == "secret":
            return wrap(((f"{line.mailbox} : ", "text"), (line.value, "strong"), ("  not stored", "due")), width, 2)
        if line.by:
            rows = [cut(((f"{line.line.label} :", "text"),), width)]
            for box, value in line.by:
                rows += wrap(((f"  {box}: ", "text"), (value, "strong")), width, 4)
            return rows
        label, colon, value = line.text.partition(" : ")
        turn = current and line.line.kind == "choice"
        shown = f"{self.glyphs.left} {value} {self.glyphs.right}" if turn else value
        return wrap(((label + colon, "text"), (shown, "strong")), width, 2)

    def _dns(self, width: int) -> Iterator[Line]:
        if self.evidence is None:
            word = "Asking ..." if self.asking else "Not looked up yet: v looks it up."
            yield from wrap(((word, "quiet"),), width, 2)
            return
        yield from wrap(((self.evidence.verdict, "strong"),), width, 2)
        yield ()
        for text in self.evidence.summary(self.clock):
            yield from wrap(((text, "text"),), width, 2)
        if self.asking:
            yield from wrap((("Asking again ...", "quiet"),), width, 2)

    def _notes(self, width: int) -> list[Line]:
        # cached: the note grows with the log, and the cursor moves more often than the case changes
        if self._note is None or self._note[0] is not self.case or self._note[1] != width:
            lines = [line for text in self.notes().split("\n") for line in wrap(((text, "text"),), width, 2)]
            self._note = (self.case, width, lines)
        return self._note[2]


def quote_spans(quote: Quote, expert: str) -> list[Sequence[Span]]:
    """A quote as paragraphs: the sums, the sentence to say, the NBs, and the working."""
    rows: list[Sequence[Span]] = []
    if quote.discount is not None and quote.first_invoice is not None:
        rows.append((("discount       ", "strong"), (quote.shown_discount, "done")))
        rows.append((("first invoice  ", "strong"), (quote.shown_first_invoice, "done")))
    else:
        rows.append(((f"no figure by rule: ask {expert}", "trouble"),))
    rows.append(((quote.origin, "quiet"),))
    rows.append(())
    rows.append((("say  ", "accent"), (quote.say, "text")))
    undecided = [match[1] for nb in quote.nbs if (match := UNDECIDED.match(nb))]
    if undecided:
        rows.append((("NB ", "due"), (f"Not decided yet: {', '.join(undecided)}. r has what is open.", "quiet")))
    for nb in quote.nbs:
        if not UNDECIDED.match(nb):
            rows.append((("NB ", "due"), (nb, "quiet")))
    rows.append(())
    rows.extend(((text, "quiet"),) for text in quote.working)
    return rows
