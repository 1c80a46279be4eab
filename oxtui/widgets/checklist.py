"""The checklist: the steps and items of a scenario with their states, values, times and warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.outcome import value_text
from oxtui.cases.status import SETTLED, State
from oxtui.cases.wording import few
from oxtui.playbook.model import Step
from oxtui.widgets.item_rows import Row, Shown, is_open, rows_of
from oxtui.widgets.item_words import Look, below, right_of
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, bar, cut, spread, width_of, wrap
from oxtui.widgets.text_view import NO_ROW

MOST_WIDE: Final = 92
"""Cells: in a wider pane values would be too far from their questions."""
SPARE: Final = 4
"""Lines that stay free where values get lines of their own: the answers below the cursor's item come and go."""
_ROLES: Final = {
    State.TODO: "text",
    State.STALE: "strong",
    State.OUT_THERE: "strong",
    State.PENDING: "quiet",
    State.IN_DOUBT: "text",
}
_SIGN_ROLES: Final = {
    State.DONE: "done",
    State.SKIPPED: "due",
    State.PUT_OFF: "due",
    State.STALE: "trouble",
    State.IN_DOUBT: "due",
    State.OUT_THERE: "trouble",
    State.PENDING: "quiet",
}


class Checklist(Rows[Row]):
    """All items of a case in one widget; the screen decides what the keys do."""

    inline_nb = False
    """Whether the NBs of the current item are shown above it, because there is no room beside the list."""
    warnings: Callable[[], Iterable[str]] = tuple
    """Returns the NBs of the current item."""
    when: Callable[[datetime], str] = str
    """Formats the time of an event in five cells, as a time or a date."""
    _refusal_height = 0
    _whole = False
    """Whether values too long for their line are shown whole, in a line of their own."""
    _clipped = 0
    """How many lines the clipped values would take."""

    def __init__(self, case: Case, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.case = case
        self.shown = Shown()

    # -- rows
    def show(self, case: Case) -> None:
        """Draw a case, keeping the cursor on its item."""
        at = self.current
        self.case = case
        self.rows = list(rows_of(case))
        if at is not None:
            self.cursor = next((n for n, row in enumerate(self.rows) if row.key == at.key), self._after(at))
        self.redraw()

    def _after(self, gone: Row) -> int:
        """The index of the first row left after one that is no longer shown."""
        order = [item.id for item in self.case.scenario.items()] if self.case.scenario else []
        if not gone.ours or gone.item.id not in order:
            return 0
        later = order[order.index(gone.item.id) :]
        return next((n for n, row in enumerate(self.rows) if row.ours and row.item.id in later), 0)

    def go_to_next(self, after: str = "", first: Iterable[str] = ()) -> None:
        """Move the cursor to the next workable row: an item of `first`, else one below item `after`, else from the top.

        Questions left open ("not yet") come last.
        """
        wanted = list(first)
        places = {row.item.id: n for n, row in enumerate(self.rows) if row.ours}
        start = places.get(after, -1) + 1
        order = [*range(start, len(self.rows)), *range(start)]
        ready = [place for place in order if self._workable(self.rows[place])]
        again = [place for place in sorted(ready) if self.rows[place].ours and self.rows[place].item.id in wanted]
        fresh = [place for place in ready if not self._left_open(self.rows[place])]
        if ready:
            self.put_cursor((again or fresh or ready)[0])

    def row_of(self, item: str) -> Row | None:
        """Return the row of an item of the scenario, by its id, if it is shown."""
        return next((row for row in self.rows if row.kind != "left" and row.item.id == item), None)

    def go_to(self, item: str) -> None:
        """Move the cursor to an item of the scenario, if it is shown."""
        if row := self.row_of(item):
            self.put_cursor(self.rows.index(row))

    def _workable(self, row: Row) -> bool:
        if row.item.id in self.shown.pending or (row.item.optional and row.status.state is State.TODO):
            return False
        return row.status.state in (State.TODO, State.STALE, State.OUT_THERE)

    def _left_open(self, row: Row) -> bool:
        return row.ours and is_open(self.case, row.item)

    def put_cursor(self, index: int) -> None:
        if index != self.cursor:
            self.shown.refused = None
        super().put_cursor(index)

    # -- drawing
    def owned(self, width: int) -> Iterable[tuple[Line, int]]:
        if not self.rows:
            return ()
        width, self._whole, self._clipped = min(width, MOST_WIDE), False, 0
        lines = list(self._steps(width))
        if self._clipped and len(lines) + self._clipped + SPARE <= self.scrollable_content_region.height:
            self._whole = True  # there is room for values in a line of their own
            lines = list(self._steps(width))
        return lines

    def _steps(self, width: int) -> Iterator[tuple[Line, int]]:
        """Yield the lines of the rows in front, and of each step."""
        lead = [place for place, row in enumerate(self.rows) if not row.ours]
        for place in lead:
            yield from self._item(self.rows[place], place, width)
        for number, step in enumerate(self.case.scenario.steps if self.case.scenario else ()):
            mine = [place for place, row in enumerate(self.rows) if row.ours and row.item in step.items]
            if not mine:
                continue
            if number or lead:
                yield (), NO_ROW
            folded = self._folded(mine)
            # the lines of a folded step belong to its first row: the cursor or a click there unfolds it
            for line in self._heading(step, number, mine, width, folded=folded):
                yield line, mine[0] if folded else NO_ROW
            for place in () if folded else mine:
                yield from self._item(self.rows[place], place, width)

    def _folded(self, places: list[int]) -> bool:
        """Whether a step takes one line, because all of it is done and the cursor is elsewhere."""
        rows = [self.rows[place] for place in places]
        done = all(not row.status.open and row.item.id not in self.shown.pending for row in rows)
        return done and self.cursor not in places

    def _heading(self, step: Step, number: int, places: list[int], width: int, *, folded: bool) -> Iterator[Line]:
        done, total = self.case.progress(step)
        left: list[Span] = [(f"{number + 1}  ", "strong"), (step.title, "strong")]
        count: Line = ((f"  {done}/{total} ", "strong" if done < total else "done"),)
        if width >= 50 and total and not folded:
            count = (*bar(done, total, self.glyphs), *count)
        below: list[Line] = []
        if folded:
            left[0] = (f"{self.glyphs.done}  ", "done")
            count = (*count, (f"{self._last(places)} ", "quiet"))
            room = width - width_of(left) - width_of(count) - 5
            values = [text for place in places if (text := value_text(self.case, self.rows[place].item))]
            if values and room >= 16:
                words: Line = ((" · ".join(dict.fromkeys(values)), "quiet"),)
                if width_of(words) > room:
                    below = wrap(words, width - 4)
                    self._clipped += len(below)
                if not (below and self._whole):
                    left += [("   ", "text"), *cut(words, room, self.glyphs.ellipsis)]
        yield spread(left, count, width)
        for line in below if self._whole else ():
            yield (("   ", "text"), *line)

    def _last(self, places: list[int]) -> str:
        """When the last of these rows was marked."""
        marks = [mark for place in places for mark in self.case.marks(self.rows[place].item.id).values()]
        events = [event for mark in marks if (event := self.case.event(mark.event))]
        return self.when(max(event.at for event in events)) if events else ""

    def lead(self, place: int) -> bool:
        line = self._lines[place]
        return bool(line) and (line[0][1].startswith("nb") or line[0][1] == "strong")

    def show_cursor(self) -> None:
        """Scroll the current item into the upper part, with its NBs above and its answers below.

        Without room for all, the item and its refusal come first, then its NBs.
        """
        owned = [place for place, owner in enumerate(self._owners) if owner == self.cursor]
        room = self.scrollable_content_region.height
        if not owned or room <= 0:
            return
        must = owned[-1] + self._refusal_height
        first, last = owned[0], must
        while first > 0 and self._owners[first - 1] == NO_ROW and self.lead(first - 1) and must - first + 1 < room:
            first -= 1
        while last + 1 < len(self._lines) and self._lines[last + 1] and self._owners[last + 1] == NO_ROW:
            last += 1
        last = min(last, first + room - 1)
        top = self.scroll_offset.y
        # what comes next matters more than what is done: scroll before the cursor reaches the bottom
        if top <= first and last < top + (room if last - first >= room * 2 // 3 else room * 2 // 3):
            return
        target = max(last - room + 1, min(first, owned[0] - room // 3), 0)
        self.scroll_to(y=target, animate=False, force=True, immediate=True)

    def _item(self, row: Row, index: int, width: int) -> Iterator[tuple[Line, int]]:
        current = index == self.cursor
        if current and self.inline_nb:
            yield from ((line, NO_ROW) for line in self._nbs(width))
        state = State.PENDING if row.item.id and row.item.id in self.shown.pending else row.status.state
        look = Look(self.case, self.shown, self.glyphs, self.when)
        head: Line = ((self.glyphs.cursor if current else " ", "accent"), self._sign(row, state), (" ", "text"))
        lines = wrap(((self._text(row), _ROLES.get(state, "quiet" if state in SETTLED else "locked")),), width - 4)
        right = right_of(look, row, state, width, current=current)
        room = width - width_of(lines[0]) - 6

        def fits(line: Line) -> bool:
            return not line or (len(lines) == 1 and width_of(line) <= room)

        if state is State.DONE and right and not fits(right) and _is_time(right[-1]):
            right = right[:-1]
        beside = fits(right)
        if state is State.TODO and not beside and all(role == "quiet" for _, role in right):
            right = ()  # only the name of a key, which the footer has as well
        if right and not beside and not current and len(lines) == 1 and room >= 16:
            self._clipped += 1
            if not self._whole:
                right, beside = cut(right, room, self.glyphs.ellipsis), True
        yield spread((*head, *lines[0]), (*right, (" ", "text")) if right and beside else (), width), index
        if right and not beside:
            whole = current or self._whole
            lines += wrap(right, width - 4) if whole else [cut(right, width - 4, self.glyphs.ellipsis)]
        for line in lines[1:]:
            yield (("   ", "text"), *line), index
        if current:
            refusal = list(self._refusal(row, width))
            self._refusal_height = len(refusal)
            yield from ((line, NO_ROW) for line in (*refusal, *below(look, row, state, width)))

    def _text(self, row: Row) -> str:
        if row.kind == "cover":
            return f"Added after the order: {few(self.case, row.mailboxes)}. {row.item.text}"
        return f"{row.item.text} (scenario {row.scenario})" if row.kind == "left" else row.item.text

    def _nbs(self, width: int) -> Iterator[Line]:
        for warning in self.warnings():
            for place, line in enumerate(wrap(((f"{self.glyphs.nb} NB ", "nb-chip"), (warning, "nb")), width - 2, 5)):
                indent: Line = (("     ", "nb"),) if place else ()  # in the background colour of the NB
                yield ((f"{self.glyphs.edge} ", "nb-chip"), *indent, *line[bool(place) :], (" ", "nb"))

    def _refusal(self, row: Row, width: int) -> Iterator[Line]:
        """The refusal of the last key, below its row."""
        refused = self.shown.refused
        if refused is None or refused.row != row.key:
            return
        hint: Line = ((f" {self.glyphs.arrow} {refused.hint}", "text"),) if refused.hint else ()
        lock: Line = (("   ", "text"), (f"{self.glyphs.locked} ", "trouble"))
        yield from wrap((*lock, (refused.message, "strong"), *hint), width - 1, 5)

    def _sign(self, row: Row, state: State) -> Span:
        glyphs = self.glyphs
        if state is not State.TODO:
            return glyphs.of(state), _SIGN_ROLES.get(state, "locked")
        if row.item.killer:
            return glyphs.killer, "nb-chip"
        due = self._left_open(row) or row.kind == "cover"
        return glyphs.question if row.item.kind == "question" else glyphs.action, "due" if due else "accent"


def _is_time(span: Span) -> bool:
    """Whether a span is the time of a mark: `10:46`, or `23/11` on an earlier day."""
    text = span[0].strip()
    return span[1] == "quiet" and len(text) == 5 and text[2] in ":/"
