"""What stands beside the checklist: the NBs in force, and one panel of four (pro-rata, template, DNS, notes)."""

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
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, cut, spread, wrap
from oxtui.widgets.text_view import NO_TITLE, NOBODY, TextView

PRO_RATA, TEMPLATE, DNS, NOTES = range(4)
TABS: Final = {TEMPLATE: "Template", DNS: "DNS", NOTES: "Notes"}
"""The pages by their places; the first is called as the playbook calls a quote."""
UNDECIDED: Final = re.compile(r"Not decided yet \((\w+)\)")
"""How an NB of an open decision begins: an agent on a call needs to know only that there is one."""


class Warnings(TextView):
    """The NBs in force: those of the current item, and the lasting ones; short ones where there is one row each."""

    nbs: tuple[NB, ...] = ()
    short = False

    def show(self, nbs: tuple[NB, ...], short: bool) -> None:
        """Draw these; nothing at all where there are none."""
        self.set_class(not nbs, "-empty")
        if (nbs, short) != (self.nbs, self.short):
            self.nbs, self.short = nbs, short
            self.redraw()

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        for nb in self.nbs:
            chip = "alarm" if nb.danger else "nb-chip"
            text = nb.short if self.short else nb.text
            head: tuple[Span, ...] = ((self.glyphs.edge + " ", "nb-chip"), (f"{self.glyphs.nb} NB ", chip))
            lines = wrap(((text, "nb"),), max(8, width - 8))
            if self.short:
                yield cut((*head, (" ", "nb"), (text, "nb")), width), NOBODY
                continue
            for place, line in enumerate(lines):
                start: tuple[Span, ...] = (
                    (*head, (" ", "nb")) if not place else ((self.glyphs.edge + " ", "nb-chip"), ("      ", "nb"))
                )
                yield (*start, *line, (" ", "nb")), NOBODY


class Panel(Rows[Filled]):
    """The panel beside the checklist; the template in it is also its form."""

    tab = PRO_RATA
    names: Mapping[int, str] = TABS
    """The pages there are, by their places: no quote without prices, no DNS where nothing is asked of it."""
    case: Case | None = None
    quote_lines: Sequence[Sequence[Span]] = ()
    filled: FilledTemplate | None = None
    template_note = ""
    copy_waits = ""
    """Why the template cannot be copied yet."""
    copying: Mapping[str, str] = {}
    """What a copy that is not over has come to, by template id."""
    next_template = ""
    """The item's other template, that t turns to."""
    evidence: Evidence | None = None
    clock: Clock | None = None
    asking = False
    notes: Callable[[], str] = str
    """Makes the wrap-up note: only where it is shown."""
    _note: tuple[Case | None, int, list[tuple[Line, int]]] | None = None
    """The note as it was drawn last: of which case, how wide, its rows."""

    def heading(self) -> Content:
        spans: list[Content] = []
        for place, name in self.names.items():
            style = "bold $ox-on-accent on $ox-accent" if place == self.tab else "$ox-quiet"
            spans.append(Content.styled(f" {name} ", style))
        return Content(" ").join(spans)

    def turn(self, tab: int) -> None:
        """Show another part."""
        self.tab = tab if tab in self.names else min(self.names, key=lambda place: (place < tab, place))
        self.cursor = NOBODY
        if self.tab == TEMPLATE and self.filled:
            editable = [place for place, line in enumerate(self.filled.lines) if line.editable]
            missing = [place for place in editable if self.filled.lines[place].missing]
            self.cursor = (missing or editable or [NOBODY])[0]
        self.redraw()
        if self.cursor == NOBODY:
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
        """Where a template line is drawn on the screen: x, y and width in cells; None where it is out of view."""
        for place, owner in enumerate(self._owners):
            if owner == index:
                region = self.scrollable_content_region
                y = place - self.scroll_offset.y
                if 0 <= y < region.height:
                    return self.region.x + self.gutter.left, self.region.y + self.gutter.top + y, region.width
        return None

    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        if self.case is None:
            return ()
        return self._with_more(list(self._part(self.tab, width)), width)

    def _part(self, tab: int, width: int) -> Iterator[tuple[Line, int]]:
        return [self._prorata, self._template, self._dns, self._notes][tab](width)

    def _with_more(self, lines: list[tuple[Line, int]], width: int) -> list[tuple[Line, int]]:
        """On a tall pane what was seen and done stands under the part in front, where all of it has room."""
        room = self.scrollable_content_region.height
        for tab in (DNS, NOTES):
            if tab == self.tab or tab not in self.names or (tab == DNS and self.evidence is None):
                continue
            more = list(self._part(tab, width))
            if len(lines) + len(more) + 3 <= room:
                rule = ((f"{self.glyphs.rule * 2} {self.names[tab]} ", "quiet"), (self.glyphs.rule * width, "line"))
                lines += [((), NOBODY), (cut(rule, width, self.glyphs.rule), NOBODY), *more]
        return lines

    def _prorata(self, width: int) -> Iterator[tuple[Line, int]]:
        for spans in self.quote_lines:
            for line in wrap(spans, width, 2):
                yield line, NOBODY

    def _template(self, width: int) -> Iterator[tuple[Line, int]]:
        filled = self.filled
        if filled is None:
            yield from _plain((("No template belongs to this scenario's open items.", "quiet"),), width)
            return
        to: tuple[Span, ...] = (("to  ", "quiet"), (filled.template.to, "text"))
        if not self.styles.border_bottom[0]:  # no border tells how far it is
            yield spread(to, (self.word(),), width), NOBODY
        else:
            yield from _plain(to, width)
        if self.next_template:
            yield from _plain((("t", "key"), (f" turns to {self.next_template}, which is wanted too", "quiet")), width)
        yield (), NOBODY
        yield cut(((filled.template.title, "strong"),), width), NOBODY
        for index, line in enumerate(filled.lines):
            current = index == self.cursor and self.in_hand
            for drawn in self._line(line, current, width):
                yield drawn, index if line.editable else NOBODY
            if current:
                for drawn in self._under(line, width):
                    yield drawn, NOBODY
        yield (), NOBODY
        missing = len(filled.missing)
        if missing:
            word = "line is" if missing == 1 else "lines are"
            yield from _plain(
                ((f"{missing} {word} missing", "trouble"), (": " + ", ".join(filled.missing), "quiet")), width
            )
        if self.copy_waits:
            yield from _plain(((f"{self.glyphs.locked} {self.copy_waits}", "due"),), width)
        elif not missing:
            cover: tuple[Span, ...] = (("   C", "key"), (" with cover lines", "quiet")) if filled.template.cover else ()
            yield from _plain((("y", "key"), (" copies it", "quiet"), *cover), width)
        for text in self.template_note.split("\n") if self.template_note else ():
            yield from _plain(((text, "quiet"),), width)

    @property
    def typing(self) -> bool:
        """Whether the line under the cursor is being typed, in a field over it."""
        return bool(self.screen.focused and self.screen.focused.has_class("edit-here"))

    @property
    def in_hand(self) -> bool:
        """Whether the keys go to it."""
        return self.has_focus or self.typing

    def on_focus(self) -> None:
        self.call_next(self.redraw)  # it has the focus once this event was read by all

    def on_blur(self) -> None:
        self.call_next(self.redraw)

    def _under(self, line: Filled, width: int) -> Iterator[Line]:
        """What stands under the line in hand: its choices, and the sentence to ask the client with."""
        if line.line.kind == "choice":
            spans: list[Span] = []
            for place, option in enumerate(line.line.options, 1):
                chosen = option == line.value
                spans += [(f"{place} ", "key"), (option, "chip" if chosen else "text"), ("   ", "text")]
            yield from wrap((("   ", "text"), *spans), width, 3)
        if line.line.ask:
            yield from wrap((("   say  ", "accent"), (line.line.ask, "quiet")), width - 1, 8)

    def show_cursor(self) -> None:
        """The choices and the sentence under the line in hand come into view with it."""
        owned = [place for place, owner in enumerate(self._owners) if owner == self.cursor != NOBODY]
        if owned and self.in_hand and self.line is not None:
            below = len(list(self._under(self.line, max(1, self._width))))
            region = Region(0, owned[0], 1, owned[-1] - owned[0] + 1 + below)
            self.scroll_to_region(region, animate=False, force=True, immediate=True)
        super().show_cursor()

    def word(self) -> tuple[str, str]:
        """How far the template is, in a word with its role; "" where another part is in front."""
        if self.tab != TEMPLATE or self.filled is None:
            return "", "quiet"
        if state := self.copying.get(self.filled.template.id):
            return f"{self.glyphs.pending} {state}", "due"
        missing = len(self.filled.missing)
        if missing:
            return f"{missing} missing", "trouble"
        if self.copy_waits:
            return f"{self.glyphs.locked} complete, copy waits", "due"
        return f"{self.glyphs.done} complete", "done"

    def redraw(self) -> None:
        super().redraw()
        text, role = self.word()
        colour = {"trouble": "bold $ox-trouble", "done": "$ox-done", "due": "bold $ox-due"}.get(role, "$ox-quiet")
        self.set_titles(self.heading(), Content.styled(f" {text} ", colour) if text else NO_TITLE)

    def _line(self, line: Filled, current: bool, width: int) -> list[Line]:
        if line.line.kind == "heading":
            return wrap(((line.text, "text"),), width)
        if current and self.typing:  # the field covers the rest of the row
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

    def _dns(self, width: int) -> Iterator[tuple[Line, int]]:
        if self.evidence is None:
            word = "Asking ..." if self.asking else "Not looked up yet: v looks it up."
            yield from _plain(((word, "quiet"),), width)
            return
        yield from _plain(((self.evidence.verdict, "strong"),), width)
        yield (), NOBODY
        for text in self.evidence.summary(self.clock):
            yield from _plain(((text, "text"),), width)
        if self.asking:
            yield from _plain((("Asking again ...", "quiet"),), width)

    def _notes(self, width: int) -> Iterator[tuple[Line, int]]:
        # a note grows with the log, and the cursor moves more often than the case changes
        if self._note is None or self._note[0] is not self.case or self._note[1] != width:
            rows = [row for text in self.notes().split("\n") for row in _plain(((text, "text"),), width)]
            self._note = (self.case, width, rows)
        yield from self._note[2]


def _plain(spans: Sequence[Span], width: int) -> Iterator[tuple[Line, int]]:
    for line in wrap(spans, width, 2):
        yield line, NOBODY


def quote_spans(quote: Quote, expert: str) -> list[Sequence[Span]]:
    """A quote as lines with roles: the sums, what to say, what to mind, and the working."""
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
